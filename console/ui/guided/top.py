"""The line above: the way out, what is done to what, and the other work that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.theme import look, metrics, theme

_MOST_RUNS = 4
_FOR_TITLE, _FOR_RUN = 560, 240
"""Widths, px: a run that has no room here is under More."""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """Other work that is open: its id, where it is, and what it waits for, in a few words."""

    run: str
    where: str
    waits: str


class Top(QWidget):
    """``left`` asks to leave the screen, ``switched`` to turn to other work (a run's id)."""

    left = Signal()
    switched = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Work"))
        self.leave = Button(f"\N{LEFTWARDS ARROW} {tr('Work board')}")
        self.leave.setAccessibleName(tr("To the work board; the work stays open"))
        self.leave.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.title = _Title()
        self._runs: tuple[OpenRun, ...] = ()
        self.buttons: list[Button] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 4, 8, 4)
        self._row.setSpacing(8)
        self._row.addWidget(self.leave)
        self._row.addSpacing(8)
        self._row.addWidget(self.title, 1)
        self.leave.clicked.connect(self.left)
        look().changed.connect(self._relook)
        self._relook()

    def show_work(self, title: str, where: str) -> None:
        """Show what is done, and to what."""
        self.title.show_title(title, where)

    def show_runs(self, runs: Sequence[OpenRun]) -> None:
        """Show the other open work, each a button; what it waits for may change any second."""
        room = max((self.width() - _FOR_TITLE) // _FOR_RUN, 1)
        shown = tuple(runs[: min(_MOST_RUNS, room)])
        if [one.run for one in shown] != [one.run for one in self._runs]:
            self._make(shown)
        self._runs = shown
        for button, run in zip(self.buttons, shown, strict=True):
            text = f"{run.where}: {run.waits}" if run.waits else run.where
            if text != button.text():
                button.setText(text)
                button.setAccessibleName(tr("Turn to: {work}", work=text))
                button.updateGeometry()
                button.update()

    def _make(self, runs: Sequence[OpenRun]) -> None:
        for old in self.buttons:
            old.hide()
            old.deleteLater()
        self.buttons = []
        for run in runs:
            button = Button(run.where)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, name=run.run: self.switched.emit(name))
            self._row.addWidget(button)
            self.buttons.append(button)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().background)
        p.fillRect(0, self.height() - 1, self.width(), 1, theme().line)

    def _relook(self) -> None:
        self.setFixedHeight(metrics().target + 8)


class _Title(QWidget):
    """What is done, and greyer, to what."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._where = "", ""
        self.setAccessibleName(tr("Work"))
        self.setMinimumWidth(160)

    def show_title(self, title: str, where: str) -> None:
        """Show another title."""
        if (title, where) != (self._title, self._where):
            self._title, self._where = title, where
            self.setAccessibleName(f"{title}, {where}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        r = QRectF(self.rect())
        half = r.height() / 2
        paint.label(p, QRectF(0, half - 20, r.width(), 22), self._title, 13, bold=True)
        paint.label(p, QRectF(0, half + 1, r.width(), 18), self._where, 11, colour=t.muted)
