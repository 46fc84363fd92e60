"""Alarms: what needs somebody now, the cause before what follows from it, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from console.alarms.events import AlarmKey, RefusedError
from console.alarms.severity import PRIORITIES
from console.alarms.status import Status
from console.history.reader import LogReader
from console.session.session import Refresh, Session
from console.text import tr
from console.ui import alarm_words as words
from console.ui.actor import actor_of
from console.ui.alarm_detail import AlarmDetail
from console.ui.alarm_figures import AlarmFigures
from console.ui.alarm_flood import FloodBanner
from console.ui.alarm_list import AlarmList, ListTitles
from console.ui.alarm_reading import AlarmLog
from console.ui.alarm_rows import Chosen, Row, Tab, counts, rows_of, to_acknowledge
from console.ui.alarm_tabs import AlarmTabs
from console.ui.conditions import condition
from console.ui.controls import Button, Choice
from console.ui.page import Page
from console.ui.theme import font

_EMPTY = {
    Tab.ALL: "No alarms. Nothing needs anybody now.",
    Tab.ACTIVE: "No alarm is active.",
    Tab.UNACKNOWLEDGED: "Every alarm has been acknowledged.",
    Tab.SHELVED: "No alarm is shelved.",
    Tab.SUPPRESSED: "No alarm is suppressed.",
    Tab.OUT_OF_SERVICE: "No alarm is out of service.",
}
"""What stands where rows would be; a key of the catalogue each."""


class AlarmsPage(Page):
    """The lists, the panel of one alarm, and the figures of the alarms themselves.

    ``open_moment`` asks for a page, a part and the UTC microseconds of what to show there.
    """

    open_moment = Signal(str, str, object)

    name = "alarms"
    icon = "alarms"

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, log: AlarmLog | None = None
    ) -> None:
        super().__init__(session, parent)
        self._places: dict[str, str] = {}
        self._unfolded: set[AlarmKey] = set()
        self._drawn: object = None
        self._on_screen: list[Status] = []
        self.tabs = AlarmTabs()
        self.priority = Choice(tr("Priority"), _priorities())
        self.place = Choice(tr("Tank"), [("", tr("All tanks")), *_places(session)])
        self.count = _line()
        self.up, self.down = Button("▲"), Button("▼")
        self.up.setAccessibleName(tr("One screen up"))
        self.down.setAccessibleName(tr("One screen down"))
        self.acknowledge = Button("")
        self.flood = FloodBanner()
        self.list = AlarmList(session)
        self.titles = ListTitles(self.list)
        self.empty = _line(16)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.detail = AlarmDetail(session)
        self.figures = AlarmFigures(
            log or LogReader(session.data),
            lambda: session.now().utc_us,
            lambda key, name: words.key_text(session, key, name),
        )
        self._lay_out()
        self._connect()

    def title(self) -> str:
        return tr("Alarms")

    def show_subject(self, subject: str) -> None:
        """Show the alarms of a part's tank, the most urgent of the part itself chosen."""
        self.tabs.choose(Tab.ALL)
        self.priority.choose("")
        self.place.choose(self._place_of(subject))
        groups = self.session.book.groups()
        beneath = (g for g in groups if g.first.subject != subject)
        self._unfolded |= {
            g.first.key for g in beneath if any(s.subject == subject for s in g.others)
        }
        self._turn()
        mine = [row for row in self.list.rows.rows if row.status.subject == subject]
        if mine:
            self.list.choose(mine[0].key)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._focus)

    def _focus(self) -> None:
        shown = self.tabs.buttons[Tab.FIGURES] if self.tabs.tab is Tab.FIGURES else self.list
        shown.setFocus()

    def refresh(self, changes: Refresh) -> None:
        now_us = self.session.now().utc_us
        book = self.session.book
        self.flood.show_flood(book.recent(now_us), is_flood=book.in_flood(now_us))
        self.tabs.show_counts(counts(book))
        if self.tabs.tab is Tab.FIGURES:
            self.figures.refresh()
        else:
            self._show()

    @property
    def chosen(self) -> Chosen:
        """The filter as it stands."""
        return Chosen(self.tabs.tab, int(self.priority.key or 0), self.place.key)

    # ---- showing ---------------------------------------------------------------------------

    def _show(self) -> None:
        chosen = self.chosen
        if chosen.tab is Tab.FIGURES:
            return
        book, second = self.session.book, self.session.now().utc_us // 1_000_000
        rows = rows_of(
            book, chosen, self._unfolded, self._place_of, summarise=self.flood.summarises
        )
        self.list.show_rows(rows, second)
        self._keep_one_chosen(rows)
        self._show_counts(rows)
        self._lists.setCurrentIndex(0 if rows else 1)
        self.titles.setVisible(bool(rows))
        if not rows:
            is_open = not (chosen.priority or chosen.place)
            self.empty.setText(tr(_EMPTY[chosen.tab]) if is_open else tr("Nothing matches."))

    def _keep_one_chosen(self, rows: list[Row]) -> None:
        """What is shown beside the list is always one of its rows: the first, unless chosen."""
        if self.list.row is None and rows:
            self.list.choose(rows[0].key)
        self.detail.show_row(self.list.row)

    def _show_counts(self, rows: list[Row]) -> None:
        """The button acts on exactly those alarms that its label counted."""
        self._on_screen = to_acknowledge(self.list.shown())
        waiting = len(self._on_screen)
        text = tr("Acknowledge {n} shown", n=waiting) if waiting else tr("Acknowledge shown")
        if self.acknowledge.text() != text:
            self.acknowledge.setText(text)
            self.acknowledge.setAccessibleName(text)
            self.acknowledge.updateGeometry()
        self.acknowledge.setEnabled(waiting > 0)
        heads = [row for row in rows if row.depth == 0]
        grouped = any(row.beneath for row in heads)
        n = len({s.key for row in heads for s in row.whole if not s.state.is_set_aside})
        if grouped and n > len(heads):
            self.count.setText(tr("{n} alarms, groups: {groups}", n=n, groups=len(heads)))
        else:
            self.count.setText(tr("1 alarm") if len(heads) == 1 else tr("{n} alarms", n=len(heads)))
        room = self.list.verticalScrollBar().maximum() > 0
        for button in (self.up, self.down):
            button.setEnabled(room)

    def _acknowledge(self) -> None:
        """Each for itself: one that became worse meanwhile must not keep the others waiting."""
        refused: dict[str, None] = {}
        for status in self._on_screen:
            try:
                self.session.alarms.acknowledge([status], actor_of(self.session))
            except RefusedError as error:
                refused[f"{condition(status)}: {error}"] = None
        self.detail.say_trouble("\n".join(refused))

    def _toggle(self, row: object) -> None:
        """Fold or open consequences; a summary opens its place."""
        if not isinstance(row, Row):
            return
        if row.summary:
            self.place.choose(row.place)
        else:
            self._unfolded ^= {row.key}
        self._show()

    def _turn(self) -> None:
        """Show another list from its top."""
        is_figures = self.tabs.tab is Tab.FIGURES
        self._stack.setCurrentIndex(1 if is_figures else 0)
        for widget in (self.priority, self.place, self.up, self.down, self.acknowledge, self.count):
            widget.setVisible(not is_figures)
        if is_figures:
            self.figures.refresh()
            return
        self.list.selectionModel().clear()
        self._show()
        self.list.scrollToTop()

    def _place_of(self, subject: str) -> str:
        found = self._places.get(subject)
        if found is None:
            found = self._places[subject] = words.place_id(self.session, subject)
        return found

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.priority)
        tools.addWidget(self.place)
        tools.addSpacing(8)
        tools.addWidget(self.count, 1)
        for button in (self.up, self.down, self.acknowledge):
            tools.addWidget(button)
        self._lists = QStackedWidget()
        self._lists.addWidget(self.list)
        self._lists.addWidget(self.empty)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.titles)
        left.addWidget(self._lists, 1)
        lists = QWidget()
        middle = QHBoxLayout(lists)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(16)
        middle.addLayout(left, 1)
        middle.addWidget(self.detail)
        self._stack = QStackedWidget()
        self._stack.addWidget(lists)
        self._stack.addWidget(self.figures)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addLayout(tools)
        column.addWidget(self.flood)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.tabs.chosen.connect(self._turn)
        for choice in (self.priority, self.place):
            choice.currentIndexChanged.connect(self._turn)
        self.flood.every.toggled.connect(self._turn)
        self.list.picked.connect(self.detail.show_row)
        self.list.toggled.connect(self._toggle)
        self.detail.open_part.connect(self.open_moment)
        self.detail.open_work.connect(lambda subject: self.open_subject.emit("work", subject))
        self.acknowledge.clicked.connect(self._acknowledge)
        self.up.clicked.connect(lambda: self.list.page_by(-1))
        self.down.clicked.connect(lambda: self.list.page_by(1))


def _priorities() -> list[tuple[str, str]]:
    return [("", tr("Any priority")), *((str(p), tr("Priority {p}", p=p)) for p in PRIORITIES)]


def _places(session: Session) -> list[tuple[str, str]]:
    """The tanks, and the hosts that stand in none."""
    tanks = [(tank.id, tank.name) for tank in session.tanks]
    return tanks + [(host.id, host.name) for host in session.hosts if not host.tank]


def _line(points: int = 11) -> QLabel:
    label = QLabel()
    label.setFont(font(points))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(points > 11)
    return label
