"""The training's own part of the window, below every page: hands, sights, time, the end."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.text import tr
from console.training.colleagues import SAID
from console.training.people import colleague_name
from console.training.trainer import Trainer
from console.ui import formats, paint
from console.ui.controls import Button
from console.ui.theme import look, metrics, theme
from console.ui.training.hands_bar import Hand, HandsBar
from console.ui.training.in_front import InFront

FAST = 30.0
"""How many seconds pass in one while the work only waits."""


class TrainingBar(QWidget):
    """Two rows: the tank, and the training; there while the work goes on.

    ``ended`` asks for the training's end, ``back`` for the page with the work.
    """

    ended = Signal()
    back = Signal()

    def __init__(self, trainer: Trainer) -> None:
        super().__init__()
        self._trainer = trainer
        self._faults = 0
        self.setAccessibleName(tr("Training"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hands = HandsBar(Hand(trainer.session, trainer.hosts, trainer.world.handle))
        self.status = _Status(trainer)
        self.front = InFront(trainer, self.status.refuse)
        self.work = Button(tr("Back to the work"))
        self.work.hide()
        self.override = Button(tr("Ask to let the gate pass"))
        self.faster = Button(tr("Faster, x{times}", times=f"{FAST:g}"), checkable=True)
        self.leave = Button(tr("End the training"))
        self._sure = False
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 4)
        row.setSpacing(8)
        row.addWidget(self.status, 2)
        row.addWidget(self.front, 3)
        for button in (self.work, self.override, self.faster, self.leave):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.hands)
        column.addLayout(row)
        self.override.clicked.connect(self._ask_override)
        self.leave.clicked.connect(self._leave)
        self.work.clicked.connect(self.back)
        look().changed.connect(self.update)
        self.refresh()

    @property
    def factor(self) -> float:
        """How many seconds are to pass in one."""
        return FAST if self.faster.isChecked() and self._trainer.is_waiting else 1.0

    def refresh(self) -> None:
        """Bring everything up to date; faster time ends as soon as anything happens."""
        trainer = self._trainer
        run = trainer.run
        is_going = run is not None and not trainer.is_over
        waits = is_going and trainer.is_waiting
        if not waits or trainer.faults_begun != self._faults:
            self.faster.setChecked(False)
        self._faults = trainer.faults_begun
        self.setVisible(is_going)
        self.faster.setEnabled(waits)
        self.override.setVisible(is_going and bool(trainer.overridable))
        if is_going:
            self.hands.refresh()
            self.front.refresh()
        self.status.refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)

    def _ask_override(self) -> None:
        gates = self._trainer.overridable
        if not gates:
            return
        given = self._trainer.ask_override(gates[0], tr("Asked for in the training"))
        if not given:
            self.status.refuse(tr("The supervisor says no: {gate} stays as it is.", gate=gates[0]))

    def _leave(self) -> None:
        """End at the second press: the first says what the end means."""
        if self._sure:
            self.ended.emit()
            return
        self._sure = True
        self.leave.setText(tr("Really end: it is not passed"))
        self.leave.setAccessibleName(self.leave.text())
        self.leave.updateGeometry()


class _Status(QWidget):
    """What is trained and since when; what a colleague is doing; what was refused."""

    def __init__(self, trainer: Trainer) -> None:
        super().__init__()
        self._trainer = trainer
        self._lines = ("", "")
        self._refused = ""
        self._refused_at = 0
        self.setMinimumWidth(208)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look().changed.connect(self.update)

    def refuse(self, sentence: str) -> None:
        """Show why something was refused, until the work goes on; nothing clears it."""
        self._refused = sentence
        run = self._trainer.run
        self._refused_at = run.events if run else 0
        self.refresh()

    def refresh(self) -> None:
        """Say how it stands."""
        run = self._trainer.run
        if run is None or run.events > self._refused_at + 1:
            self._refused = ""
        lines = (self._first(), self._refused or self._second())
        if lines != self._lines:
            self._lines = lines
            self.setAccessibleName(": ".join(filter(None, lines)))
            self.setToolTip(lines[1])
            self.update()

    def _first(self) -> str:
        return tr("Training {time}", time=formats.elapsed(self._trainer.elapsed_s))

    def _second(self) -> str:
        doing = self._trainer.doing
        if doing is None:
            return ""
        gate = str(getattr(doing.act.command, "gate", ""))
        text = tr(SAID[doing.act.what], who=colleague_name(doing.act.role), gate=gate)
        return tr("{what}: {seconds} s", what=text, seconds=round(doing.left_s))

    def sizeHint(self) -> QSize:
        return QSize(280, metrics().target + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, middle = QPainter(self), self.height() / 2
        paint.label(p, QRectF(0, middle - 20, self.width(), 20), self._lines[0], 11, bold=True)
        below = QRectF(0, middle, self.width(), 20)
        paint.label(p, below, self._lines[1], 11)
