"""The page on which something is printed: opened from an order, a procedure, a tank or a GPU."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button
from console.ui.page import Page
from console.ui.paper_jobs import LABELS, ORDER, PROCEDURE, jobs_of
from console.ui.paper_panel import PaperPanel


class PaperPage(Page):
    """``subject`` says what it is about, as :func:`console.ui.paper_jobs.jobs_of` takes it."""

    name = "paper"
    icon = "work"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.subject = ""
        self._shown = ""
        self.back = Button(tr("Back"))
        self.panel = PaperPanel(session, lambda: self.place)
        self.panel.add_button(self.back)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.addWidget(self.panel)
        self.back.clicked.connect(self._back)
        self.setFocusProxy(self.panel.where)

    def title(self) -> str:
        """Return what the page is called."""
        return tr("Print")

    @property
    def place(self) -> Workplace | None:
        """The people and orders of this console."""
        return self.session.workplace

    @property
    def settled(self) -> bool:
        """Whether nothing is being made."""
        return not self.panel.is_busy

    def headline(self) -> str:
        """Return what is printed, as read in the header."""
        what = self.subject.partition("/")[2]
        return tr("Print: {what}", what=what) if what else self.title()

    def show_subject(self, subject: str) -> None:
        """Turn to what is to be printed."""
        self.subject, self._shown = subject, ""

    def refresh(self, changes: Refresh) -> None:
        """Offer the documents once the log has been read."""
        place = self.place
        if place is None or not place.is_ready:
            self.panel.say(place.trouble if place and place.trouble else tr("Reading the log"))
        elif self._shown != self.subject:
            self._shown = self.subject
            self.panel.show_jobs(jobs_of(self.session, place, self.subject))

    def _back(self) -> None:
        kind, _, name = self.subject.partition("/")
        if kind == LABELS:
            tank = self.session.tank_of(name)
            is_tank = tank is not None and tank.id == name
            self.open_subject.emit("tank" if is_tank else "gpus", name)
        elif kind in {ORDER, PROCEDURE}:
            self.open_subject.emit("work", name if kind == ORDER else "")
        else:
            self.open_subject.emit("site", "")
