"""The last minutes of one GPU: margin, temperatures and power with their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.gpu_margin import MARGIN, TEMPERATURE
from console.ui.gpu_state import MEMORY_TEMPERATURE, POWER, GpuState
from drivers.points import Point, Reason, Schema, Snapshot

if TYPE_CHECKING:
    from console.ui.plots import Curve, TrendPlot

_HEIGHT = 132
_ABSENT = frozenset({Reason.NOT_EXPORTED, Reason.NOT_SUPPORTED})


class GpuTrends(QWidget):
    """Three plots above one another, made when first needed: what draws them takes long to load."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._part = ""
        self._schema: Schema | None = None
        self.plots: list[TrendPlot] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)

    def show_gpu(self, state: GpuState) -> None:
        """Turn to a GPU."""
        part, schema = state.place.part, state.view.schema
        if (part, schema) != (self._part, self._schema):
            self._part, self._schema = part, schema
            self._draw(part, schema)

    def refresh(self, state: GpuState) -> None:
        """Draw what is new; the margin only of a GPU that tells it."""
        self.show_gpu(state)
        if self.plots:
            told = self._tells(state.view)
            if self.plots[0].isHidden() == told:
                self.plots[0].setVisible(told)
        for plot in self.plots:
            if not plot.isHidden():
                plot.refresh()

    def _tells(self, view: Snapshot) -> bool:
        """Whether the GPU tells its margin, or did before it was gone."""
        known = self._session.latest.last_known(view.device) or view
        margin = known.get(MARGIN)
        return margin is not None and margin.reason not in _ABSENT and margin.value is not None

    def _draw(self, part: str, schema: Schema) -> None:
        from console.ui.plots import SPANS_S, Curve, TrendPlot

        drawn: list[tuple[str, Point, list[Curve]]] = [
            (tr("Margin"), schema[MARGIN], [Curve(part, MARGIN, tr("Margin"), 3)]),
            (
                tr("Temperature"),
                schema[TEMPERATURE],
                [
                    Curve(part, TEMPERATURE, tr("Core"), 0),
                    Curve(part, MEMORY_TEMPERATURE, tr("Memory"), 1),
                ],
            ),
            (tr("Power"), schema[POWER], [Curve(part, POWER, tr("Power"), 2)]),
        ]
        if self.plots:
            for plot, (title, point, curves) in zip(self.plots, drawn, strict=True):
                plot.set_quantity(title, point, curves)
            return
        for title, point, curves in drawn:
            last = title == drawn[-1][0]
            plot = TrendPlot(self._session, title, point, curves, point.limits, axis=last)
            plot.setFixedHeight(_HEIGHT)
            plot.set_span(SPANS_S[1])
            self._column.addWidget(plot)
            self.plots.append(plot)
