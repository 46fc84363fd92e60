"""The log: everything that happened, newest first, found by text, tank, kind and time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.session.session import Refresh, Session
from console.text import tr
from console.ui import formats
from console.ui.controls import Button
from console.ui.log_actions import LogActions
from console.ui.log_details import LogDetails
from console.ui.log_filter_bar import LogFilterBar
from console.ui.log_filters import LogFilter
from console.ui.log_model import LogModel, LogRow, RowMaker
from console.ui.log_reading import PAGE, Exported, Found, LogReading, LogSource, Proof
from console.ui.log_table import LogTable
from console.ui.page import Page
from console.ui.theme import font


class LogPage(Page):
    """Events as they come on top, older ones read in pages from the disk, never on this thread."""

    name = "log"
    icon = "log"

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, source: LogSource | None = None
    ) -> None:
        super().__init__(session, parent)
        self._seen = 0
        self._unseen = 0
        self._asking = False
        self._at_end = False
        self._filter = LogFilter()
        self._maker = RowMaker(self._name_of, formats.decimal_point())
        log = LogReader(session.data)
        index = log if source is None else None
        self._reading = LogReading(source or log, self._maker, self, index)
        self.model = LogModel(lambda: session.now().utc_us)
        tanks = [(tank.id, tank.name) for tank in session.tanks]
        self.filters = LogFilterBar(tanks, session.parts_of, lambda: session.now().utc_us)
        self.table = LogTable(self.model)
        self.table.setAccessibleName(tr("Events, newest first"))
        self.details = LogDetails(self._tank_of, self.model.is_active)
        self.state = _Empty()
        self.tools = LogActions(lambda: session.now().utc_us)
        self._started = False
        self._lay_out()
        self._connect()

    def title(self) -> str:
        return tr("Log")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.table.setFocus)  # not the search: digits change pages

    def show_subject(self, subject: str) -> None:
        tank = self.session.tank_of(subject)
        if tank is not None:
            self.filters.tank.choose(tank.id)

    def show_moment(self, utc_us: int) -> None:
        """Show what happened around a moment."""
        self.filters.choose_around(utc_us)

    def refresh(self, changes: Refresh) -> None:
        if not self._started:
            self._started = True
            self._restart()
        entries, self._seen = self.session.history.feed.since(self._seen)
        self._take(entries)
        self._mark_active()

    # ---- reading ---------------------------------------------------------------------------

    def _restart(self) -> None:
        """Begin anew: what this run has told is at hand, the rest is asked for."""
        self._filter = self.filters.chosen()
        self.model.clear()
        self.details.hide()
        self.table.set_narrow(False)
        self._at_end, self._unseen = False, 0
        entries, self._seen = self.session.history.feed.since(0)
        newest = [self._maker.of_entry(entry) for entry in _latest_states(entries)[:PAGE]]
        self.model.add_older(row for row in newest if row.passes(self._filter))
        self._ask(next((row.id for row in reversed(newest) if row.recorded), None))

    def _ask(self, before: str | None) -> None:
        self._asking = True
        self._reading.ask(self._filter, before)
        self._show_state()

    def _more(self) -> None:
        if not (self._asking or self._at_end or self.model.is_full) and self._started:
            self._ask(self.model.last_recorded_id)

    def _answered(self, answer: object) -> None:
        match answer:
            case Found():
                self._found(answer)
            case Proof():
                self.tools.show_proof(answer)
            case Exported():
                self.tools.show_export(answer)

    def _found(self, found: Found) -> None:
        self.model.add_older(found.rows)
        if found.finished:
            self._asking, self._at_end = False, found.at_end
        self._show_state(found)

    def _take(self, entries: Sequence[FeedEntry]) -> None:
        """Put what has just happened on top."""
        rows = []
        for row in (self._maker.of_entry(entry) for entry in _latest_states(entries)):
            if self.model.knows(row.id):
                self.model.confirm(row)
            elif row.passes(self._filter):
                rows.append(row)
        was_at_top = self.table.at_top
        added = self.model.add_newer(rows)
        if added:
            self.table.keep_place(added)
            self._unseen += 0 if was_at_top else added
            self._show_state()

    def _mark_active(self) -> None:
        alarms = self.session.book.alarms()
        held = [(*alarm.key, alarm.raised_us) for alarm in alarms if alarm.active]
        if self.model.set_active(held):
            self.table.viewport().update()
            self.details.update()

    # ---- showing ---------------------------------------------------------------------------

    def _show_state(self, found: Found | None = None) -> None:
        count = self.model.rowCount()
        empty = count == 0
        self._stack.setCurrentWidget(self.state if empty else self.table)
        trouble = found.trouble if found else ""
        self.tools.show_count(self._count_text(count, found), self._unseen)
        if not empty:
            return
        if trouble:
            self.state.say(trouble, tr("Try again"))
        elif self._asking:
            self.state.say(tr("Reading the log …"))
        elif self._filter.is_open:
            self.state.say(tr("Nothing is recorded yet. Events appear here as they happen."))
        else:
            self.state.say(tr("Nothing matches."), tr("Clear the filter"))

    def _count_text(self, count: int, found: Found | None) -> str:
        if found and found.trouble:
            return found.trouble
        if self._asking:
            return self._asking_text(count, found)
        if self.model.is_full:
            return tr(
                "the newest {count} events · narrow the filter to see older ones", count=count
            )
        if self._at_end:
            return tr("{count} events", count=count)
        return tr("{count} events · older ones follow below", count=count)

    def _asking_text(self, count: int, found: Found | None) -> str:
        if found and found.not_indexed:
            return tr(
                "{count} events · {left} are still being indexed, searching takes longer",
                count=count,
                left=formats.decimal(found.not_indexed, 0),
            )
        if found and found.searched_to_us is not None:
            back = formats.clock(found.searched_to_us, self.session.now().utc_us)
            return tr("{count} events · searching, back to {time}", count=count, time=back)
        return tr("{count} events · reading on …", count=count)

    def _empty_button(self) -> None:
        if self._filter.is_open:
            self._restart()
        else:
            self.filters.clear()

    def _picked(self, row: LogRow) -> None:
        self.details.show_row(row)
        if self.details.isHidden():
            self.details.show()
            self.table.set_narrow(True)

    def _close_details(self) -> None:
        self.details.hide()
        self.table.clearSelection()
        self.table.set_narrow(False)
        self.table.setFocus()

    def _to_top(self) -> None:
        self.table.scrollToTop()

    def _scrolled(self, value: int) -> None:
        if value == 0 and self._unseen:
            self._unseen = 0
            self._show_state()

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.state)
        self._stack.addWidget(self.table)
        middle = QHBoxLayout()
        middle.setSpacing(16)
        middle.addWidget(self._stack, 1)
        middle.addWidget(self.details)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.filters)
        column.addLayout(middle, 1)
        column.addWidget(self.tools)
        self.details.hide()

    def _connect(self) -> None:
        self._reading.answered.connect(self._answered)
        self.filters.changed.connect(self._restart)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.filters.text.setFocus)
        self.table.near_end.connect(self._more)
        self.table.picked.connect(self._picked)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.details.closed.connect(self._close_details)
        self.details.open_part.connect(self.open_subject)
        self.state.pressed.connect(self._empty_button)
        self.tools.newest.clicked.connect(self._to_top)
        self.tools.up.clicked.connect(lambda: self.table.page_by(-1))
        self.tools.down.clicked.connect(lambda: self.table.page_by(1))
        self.tools.verify.clicked.connect(self._reading.verify)
        self.tools.sync.clicked.connect(lambda: self.open_subject.emit("sync", ""))
        self.tools.exported.connect(self._reading.export)

    def _name_of(self, subject: str) -> str:
        return self.session.name_of(subject)

    def _tank_of(self, subject: str) -> str:
        tank = self.session.tank_of(subject)
        return tank.id if tank else ""


def _latest_states(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Return entries newest first, each event once, as it was last told."""
    found: dict[str, FeedEntry] = {}
    for entry in reversed(entries):
        found.setdefault(entry.id, entry)
    return list(found.values())


class _Empty(QWidget):
    """What stands where rows would be: why there are none and what to do."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = QLabel()
        self._words.setFont(font(16))
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = Button("")
        self.button.setAccessibleName(tr("Next step"))
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(self._words)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    @property
    def words(self) -> str:
        """What stands there."""
        return self._words.text()

    def say(self, words: str, next_step: str = "") -> None:
        """Show a sentence and, where there is one, the button for the next step."""
        self._words.setText(words)
        self.button.setText(next_step)
        self.button.setAccessibleName(next_step or tr("Next step"))
        self.button.setVisible(bool(next_step))
