"""The people of this log: who they are and what they may do; at the first start, who is first."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui.setup_parts import Words
from console.ui.work.first_person import FirstStart
from console.ui.work.people_view import PeopleView


class PeopleTab(QWidget):
    """The roster, or the form of the first administrator while there is nobody at all."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("People"))
        self._session = session
        self.notice = Words("", 16)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.first: FirstStart | None = None
        self.view: PeopleView | None = None
        self.stack = QStackedWidget()
        self.stack.addWidget(self.notice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)

    def refresh(self, _changes: Refresh) -> None:
        """Bring what is visible up to date."""
        place = self._session.workplace
        if place is None or not place.is_ready:
            trouble = place.trouble if place is not None else ""
            self.notice.say(trouble or tr("The work log is being read …"))
            self.stack.setCurrentWidget(self.notice)
        elif place.room.book.people.is_empty:
            self._show_first()
        else:
            self._show_people()

    def _show_first(self) -> None:
        if self.first is None:
            self.first = FirstStart(self._session)
            self.stack.addWidget(self.first)
        if self.stack.currentWidget() is not self.first:
            self.stack.setCurrentWidget(self.first)
            self.first.person.begin()

    def _show_people(self) -> None:
        if self.view is None:
            self.view = PeopleView(self._session)
            self.stack.addWidget(self.view)
            self.setFocusProxy(self.view.search)
        if self.stack.currentWidget() is not self.view:
            had_focus = self.first is not None and self.first.isAncestorOf(self.focusWidget())
            self.stack.setCurrentWidget(self.view)
            if had_focus:
                self.view.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.view.refresh()
