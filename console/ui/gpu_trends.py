"""The last minutes of one GPU: margin, temperatures and power with their limits."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button
from console.ui.curves import CurveView, Strip
from console.ui.gpu_margin import MARGIN, TEMPERATURE
from console.ui.gpu_sections import INSET
from console.ui.gpu_state import MEMORY_TEMPERATURE, POWER, GpuState
from console.ui.live_curves import LiveCurves, alarm_marks, live_strip
from drivers.points import Reason, Schema, Snapshot

_STRIP, _AXIS = 112, 60
_SPAN_US = 900_000_000
_ABSENT = frozenset({Reason.NOT_EXPORTED, Reason.NOT_SUPPORTED})


class GpuTrends(QWidget):
    """Strips on one axis of time; ``to_trends`` carries the GPU whose history is asked for."""

    to_trends = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._drawn: tuple[str, Schema, bool] | None = None
        self.view = CurveView(tr("Trends"), session.now().utc_us, still=True)
        self.more_button = Button(tr("More trends"))
        self._curves = LiveCurves(session, self.view)
        self.view.follow(_SPAN_US)
        self._lay_out()
        self.more_button.clicked.connect(self._open)

    def show_gpu(self, state: GpuState) -> None:
        """Turn to a GPU; the margin only of one that tells it."""
        part, told = state.place.part, self._tells(state.view)
        wanted = (part, state.view.schema, told)
        if wanted != self._drawn:
            self._drawn = wanted
            strips = self._strips(part, with_margin=told)
            self.view.setFixedHeight(_STRIP * len(strips) + _AXIS)
            self._curves.show_strips(strips)

    def refresh(self, state: GpuState) -> None:
        """Draw what is new."""
        self.show_gpu(state)
        part = state.place.part
        self.view.set_marks(alarm_marks(self._session, self._session.book.of([part]), part))
        self._curves.refresh()

    def _tells(self, view: Snapshot) -> bool:
        """Whether the GPU tells its margin, or did before it was gone."""
        known = self._session.latest.last_known(view.device) or view
        margin = known.get(MARGIN)
        return margin is not None and margin.reason not in _ABSENT and margin.value is not None

    def _strips(self, part: str, *, with_margin: bool) -> list[Strip]:
        plans = [
            (
                tr("Temperature"),
                [(TEMPERATURE, tr("Core"), 0), (MEMORY_TEMPERATURE, tr("Memory"), 1)],
            ),
            (tr("Power"), [(POWER, tr("Power"), 2)]),
        ]
        if with_margin:
            plans.insert(0, (tr("Margin"), [(MARGIN, tr("Margin"), 3)]))
        found = [live_strip(self._session, title, part, lines) for title, lines in plans]
        return [strip for strip in found if strip is not None]

    def _open(self) -> None:
        if self._drawn is not None:
            self.to_trends.emit(self._drawn[0])

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setContentsMargins(INSET, 0, 0, 0)
        foot.addStretch(1)
        foot.addWidget(self.more_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view)
        column.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._curves.reload()
