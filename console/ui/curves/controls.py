"""Buttons for what a mouse and keys do to curves: large enough for gloves, all with words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Button
from console.ui.curves.hands import STEP_SHARE, ZOOM
from console.ui.curves.view import CurveView


class CurveControls(QWidget):
    """Earlier, later, now; shorter, longer; choose a range, by two taps or a drag."""

    def __init__(self, view: CurveView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.setAccessibleName(tr("Time shown"))
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self.earlier = self._add(tr("Earlier"), lambda: view.pan(-2 * STEP_SHARE))
        self.later = self._add(tr("Later"), lambda: view.pan(2 * STEP_SHARE))
        self.now = self._add(tr("Now"), lambda: view.follow(view.reach.span_us))
        self.shorter = self._add(tr("Shorter"), lambda: view.zoom(1 / ZOOM, view.cursor_share()))
        self.longer = self._add(tr("Longer"), lambda: view.zoom(ZOOM, view.cursor_share()))
        self.choose = Button(tr("Choose a range"), checkable=True)
        self.choose.toggled.connect(lambda on: view.begin_selection(on=on))
        row.addWidget(self.choose)
        row.addStretch(1)
        view.range_changed.connect(self._show_state)
        view.selecting_changed.connect(self.choose.setChecked)
        self._show_state()

    def _add(self, text: str, do: Callable[[], None]) -> Button:
        button = Button(text)
        button.clicked.connect(lambda _checked=False: do())
        self._row.addWidget(button)
        return button

    def _show_state(self) -> None:
        """What cannot be done is said by the buttons: there is nothing later than now."""
        follows = self._view.reach.follows
        self.later.setEnabled(not follows)
        self.now.setEnabled(not follows)
