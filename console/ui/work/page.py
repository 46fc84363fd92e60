"""Orders, running work, procedures, equipment and people, a tab each."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Button
from console.ui.page import Page
from console.ui.theme import font, metrics
from console.ui.work.time_doubt_bar import TimeDoubtBar

BOARD, RUNNING, PROCEDURES, EQUIPMENT, PEOPLE, FIGURES = (
    "board",
    "running",
    "procedures",
    "equipment",
    "people",
    "figures",
)
TITLES = {
    BOARD: "Board",
    RUNNING: "Running work",
    PROCEDURES: "Procedures",
    EQUIPMENT: "Equipment",
    PEOPLE: "People",
    FIGURES: "Figures",
}
"""What the tabs are called; a key of the catalogue each."""


TIME, CONFLICTS = "time", "conflicts"
"""Subjects: two people are to confirm the time; what the records contradict each other in."""


class Tab(Protocol):
    """What a tab does: it keeps up while it is shown."""

    def refresh(self, changes: Refresh) -> None:
        """Bring what is visible up to date."""


class WorkPage(Page):
    """The tabs, each made when it is first shown, and what stands there before the log is read.

    Subjects: a tab's name; ``time``; ``conflicts``; an order's number; ``request:ID`` of a wish;
    ``new:`` with what a new order is about: nothing, a part, or ``alarm:SUBJECT|ALARM|ITEM``.
    """

    name = "work"
    icon = "work"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.tabs = WorkTabs()
        self.doubt = TimeDoubtBar(session)
        self.doubt.opened.connect(self._make_room)
        self.made: dict[str, QWidget] = {}
        self.notice = QLabel()
        self.notice.setFont(font(16))
        self.notice.setWordWrap(True)
        self.notice.setTextFormat(Qt.TextFormat.PlainText)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._wanted = ""
        self._stack = QStackedWidget()
        self._stack.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(self.doubt)
        column.addWidget(self._stack, 1)
        self.tabs.chosen.connect(lambda _tab: self.refresh(_NOTHING))
        self.tabs.forms.clicked.connect(lambda: self.open_subject.emit("late", ""))

    def title(self) -> str:
        return tr("Work")

    @property
    def is_ready(self) -> bool:
        """Whether the log of work has been read."""
        place = self.session.workplace
        return place is not None and place.is_ready

    @property
    def settled(self) -> bool:
        place = self.session.workplace
        return place is None or place.is_ready or bool(place.trouble)

    def show_subject(self, subject: str) -> None:
        """Turn to a tab, an order, a wish, or the form of a new order."""
        if subject in TITLES:
            self.tabs.choose(subject)
            return
        if subject == CONFLICTS:
            self._show_conflicts()
            return
        if subject == TIME:
            self.doubt.refresh()
            self.doubt.ask()
            return
        self.tabs.choose(BOARD)
        self._wanted = subject
        self._show_wanted()
        QTimer.singleShot(0, self, self._focus)

    def _make_room(self, is_asking: bool) -> None:
        """Leave the page to the two people who confirm the time, while they are asked."""
        self._stack.setVisible(not is_asking)

    def _show_conflicts(self) -> None:
        from console.ui.work.equipment_tab import EquipmentTab

        self.tabs.choose(EQUIPMENT)
        if self.is_ready:
            equipment = self._tab(EQUIPMENT)
            if isinstance(equipment, EquipmentTab):
                equipment.show_view("conflicts")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._focus)

    def _focus(self) -> None:
        """Put the keyboard where the work is, not on the page, which does nothing with it."""
        from console.ui.work.board_tab import BoardTab

        shown = self._stack.currentWidget()
        if isinstance(shown, BoardTab):
            shown.take_keyboard()
        else:
            self.tabs.buttons[self.tabs.tab].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self, changes: Refresh) -> None:
        self.doubt.refresh()
        if not self.is_ready:
            self._say()
            return
        shown = self._tab(self.tabs.tab)
        self._show_wanted()
        if self._stack.currentWidget() is not shown:
            self._stack.setCurrentWidget(shown)
        shown.refresh(changes)  # type: ignore[attr-defined]  # every tab has it (Tab)

    def _show_wanted(self) -> None:
        """Turn to what was asked for, as soon as the log has been read."""
        if self._wanted and self.is_ready:
            subject, self._wanted = self._wanted, ""
            from console.ui.work.board_tab import BoardTab

            board = self._tab(BOARD)
            if isinstance(board, BoardTab):
                board.show_subject(subject)

    def _say(self) -> None:
        """Say why there is nothing to show, and what to do about it."""
        place = self.session.workplace
        if place is None:
            text = tr("This console only watches. Start it with its window to plan and do work.")
        elif place.trouble:
            text = tr("{why} Work is shown as soon as it can be read.", why=place.trouble)
        else:
            text = tr("Reading orders, equipment and people from the log …")
        if self.notice.text() != text:
            self.notice.setText(text)
        self._stack.setCurrentWidget(self.notice)

    def _tab(self, name: str) -> QWidget:
        if name not in self.made:
            made = self.made[name] = _make(name, self)
            self._stack.addWidget(made)
        return self.made[name]


class _TabButton(Button):
    """A tab that gives way in a narrow window rather than making it wider."""

    def minimumSizeHint(self) -> QSize:
        return QSize(metrics().target, metrics().target)


class WorkTabs(QWidget):
    """One of the tabs holds; ``chosen`` carries the name of another one."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Parts of the work"))
        self._names = list(TITLES)
        self._group = QButtonGroup(self)
        self.buttons = {name: _TabButton(tr(TITLES[name]), checkable=True) for name in TITLES}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, name in enumerate(self._names):
            self._group.addButton(self.buttons[name], number)
            row.addWidget(self.buttons[name])
        row.addStretch(1)
        self.forms = _TabButton(tr("Filled forms …"))
        row.addWidget(self.forms)
        self.buttons[BOARD].setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._names[number]))

    @property
    def tab(self) -> str:
        """The tab that holds."""
        return self._names[self._group.checkedId()]

    def choose(self, name: str) -> None:
        """Make a tab hold without telling anyone."""
        self.buttons[name].setChecked(True)


_NOTHING = Refresh((), alarms_changed=False)


def _make(name: str, page: WorkPage) -> QWidget:
    """Return a tab, made now: none costs anything before somebody looks at it."""
    session = page.session
    if name == BOARD:
        from console.ui.work.board_tab import BoardTab

        board = BoardTab(session)
        board.open_subject.connect(page.open_subject)
        return board
    if name == RUNNING:
        from console.ui.work.running_tab import RunningTab

        running = RunningTab(session)
        running.open_subject.connect(page.open_subject)
        return running
    if name == PROCEDURES:
        from console.ui.work.procedures_tab import ProceduresTab

        procedures = ProceduresTab(session)
        procedures.open_subject.connect(page.open_subject)
        return procedures
    if name == EQUIPMENT:
        from console.ui.work.equipment_tab import EquipmentTab

        equipment = EquipmentTab(session)
        equipment.open_subject.connect(page.open_subject)
        return equipment
    if name == FIGURES:
        from console.ui.work.figures_tab import FiguresTab

        return FiguresTab(session)
    from console.ui.work.people_tab import PeopleTab

    return PeopleTab(session)
