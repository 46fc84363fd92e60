"""Where there is no work to show: why, and where to go."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button
from console.ui.setup_parts import Words


class Empty(QWidget):
    """Says why nothing can be shown; ``left`` asks for the work board."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("No work"))
        self.heading = Words("", 20)
        self.text = Words("", 13)
        self.button = Button(tr("To the work board"), primary=True)
        self.button.clicked.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(8)
        column.addStretch(1)
        for part in (self.heading, self.text):
            part.setMaximumWidth(640)
            part.setMinimumWidth(200)
            column.addWidget(part)
        column.addSpacing(8)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(2)

    def show_why(self, place: Workplace | None, run: str) -> None:
        """Say why, in words."""
        if place is None or not place.is_ready:
            self.heading.say(tr("The work log is being read"))
            self.text.say(place.trouble if place is not None else "")
            return
        if run in place.runs.unreadable:
            self.heading.say(tr("This work cannot be shown"))
            digest = place.runs.unreadable[run][:12]
            self.text.say(tr("The text of revision {revision} is not in this log", revision=digest))
            return
        if any(one.id == run and one.late for one in place.runs.runs()):
            self.heading.say(tr("This work was done on paper"))
            self.text.say(tr("It is copied on the page for filled forms."))
            return
        self.heading.say(tr("There is no such work") if run else tr("No work is open"))
        self.text.say(tr("Begin work from an order on the work board."))
