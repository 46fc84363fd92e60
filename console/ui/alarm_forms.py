"""What must be said to set an alarm aside: for how long and why, or under which work order."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.alarm_words import duration_text
from console.ui.controls import Button, Field, Segments
from console.ui.theme import font

DURATIONS_S = (900, 3600, 4 * 3600, 8 * 3600, 24 * 3600)


def durations_of(most_s: float) -> list[int]:
    """Return the durations to choose from, at most four, up to the longest that is allowed."""
    found = [s for s in DURATIONS_S if s < most_s]
    return [*found[:3], int(most_s)] if most_s > 0 else []


class ShelveForm(QWidget):
    """Duration and reason; ``confirmed`` carries both, nothing is asked twice."""

    confirmed = Signal(float, str)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._column = _column(self, tr("Shelve this alarm"))
        self._most_s = -1.0
        self._now_us = 0
        self._durations: list[int] = []
        self.duration: Segments | None = None
        self.until = _note()
        self.reason = Field(tr("Reason"), tr("Reason, required"))
        self.confirm = _wide(Button(tr("Shelve"), primary=True))
        self.cancel = _wide(Button(tr("Cancel")))
        self._place = QVBoxLayout()
        self._column.addLayout(self._place)
        self._column.addWidget(self.until)
        self._column.addWidget(self.reason)
        self._column.addStretch(1)
        self._column.addLayout(_row(self.cancel, self.confirm))
        self.reason.textChanged.connect(self._check)
        self.reason.returnPressed.connect(self._send)
        self.confirm.clicked.connect(self._send)
        self.cancel.clicked.connect(self.cancelled)
        self._check()

    def ask(self, most_s: float, now_us: int) -> None:
        """Begin anew for an alarm that may be shelved for so long."""
        self._now_us = now_us
        if most_s != self._most_s:
            self._most_s, self._durations = most_s, durations_of(most_s)
            self._offer()
        self.reason.clear()
        self._check()
        self.reason.setFocus()

    def _offer(self) -> None:
        if self.duration is not None:
            self._place.removeWidget(self.duration)
            self.duration.deleteLater()
        choices = [(str(s), duration_text(s)) for s in self._durations]
        self.duration = Segments(tr("For how long"), choices)
        self.duration.chosen.connect(self._check)
        self._place.addWidget(self.duration)

    @property
    def seconds(self) -> float:
        """The duration that is chosen."""
        return float(self.duration.key) if self.duration is not None else 0.0

    def _check(self) -> None:
        end_us = self._now_us + round(self.seconds * 1e6)
        told = tr("It comes back by itself at {time}.", time=formats.clock(end_us, self._now_us))
        self.until.setText(told)
        self.confirm.setEnabled(bool(self.reason.text().strip()) and self.seconds > 0)

    def _send(self) -> None:
        if self.confirm.isEnabled():
            self.confirmed.emit(self.seconds, self.reason.text().strip())


class ServiceForm(QWidget):
    """Work order and reason; ``confirmed`` carries both."""

    confirmed = Signal(str, str)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = _column(self, tr("Take this alarm out of service"))
        note = _note(tr("It stays silent until somebody returns it to service."))
        self.order = Field(tr("Work order number"), tr("Work order number, required"))
        self.reason = Field(tr("Reason"), tr("Reason, required"))
        self.confirm = _wide(Button(tr("Out of service"), primary=True))
        self.cancel = _wide(Button(tr("Cancel")))
        for widget in (note, self.order, self.reason):
            column.addWidget(widget)
        column.addStretch(1)
        column.addLayout(_row(self.cancel, self.confirm))
        for field in (self.order, self.reason):
            field.textChanged.connect(self._check)
            field.returnPressed.connect(self._send)
        self.confirm.clicked.connect(self._send)
        self.cancel.clicked.connect(self.cancelled)
        self._check()

    def ask(self) -> None:
        """Begin anew."""
        self.order.clear()
        self.reason.clear()
        self.order.setFocus()

    def _check(self) -> None:
        given = (self.order.text().strip(), self.reason.text().strip())
        self.confirm.setEnabled(all(given))

    def _send(self) -> None:
        if self.confirm.isEnabled():
            self.confirmed.emit(self.order.text().strip(), self.reason.text().strip())


def _column(form: QWidget, title: str) -> QVBoxLayout:
    form.setAccessibleName(title)
    column = QVBoxLayout(form)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    heading = QLabel(title)
    heading.setFont(font(13, bold=True))
    heading.setWordWrap(True)
    column.addWidget(heading)
    return column


def _note(text: str = "") -> QLabel:
    note = QLabel(text)
    note.setFont(font(11))
    note.setWordWrap(True)
    note.setTextFormat(Qt.TextFormat.PlainText)
    return note


def _wide(button: Button) -> Button:
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    return row


def button_rows(buttons: Sequence[Button], across: int) -> list[QHBoxLayout]:
    """Return rows of equally wide buttons."""
    return [
        _row(*(_wide(button) for button in buttons[i : i + across]))
        for i in range(0, len(buttons), across)
    ]
