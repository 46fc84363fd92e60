"""The trend of what an alarm is told by, with the moment at which it was raised in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.alarms.events import AlarmKey
from console.alarms.status import Status
from console.session.session import Session
from console.ui import formats
from drivers.points import Point

if TYPE_CHECKING:
    from console.ui.plots import TrendPlot

_HEIGHT = 168
_BEFORE = 1.25
"""So much more than the age of a moment is shown, for it to have something before it."""


def span_of(age_s: float, spans_s: tuple[float, ...]) -> float:
    """Return the shortest span that shows a moment and what led to it; the longest, else."""
    return next((span for span in spans_s if span >= age_s * _BEFORE), spans_s[-1])


class AlarmTrend(QWidget):
    """One plot, made when first needed: what draws it takes a third of a second to load."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[AlarmKey, int] | None = None
        self.plot: TrendPlot | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def show_alarm(self, alarm: Status) -> None:
        """Turn to an alarm; one that is told by no number has no trend."""
        point = self._point(alarm)
        self.setVisible(point is not None)
        if point is None:
            self._shown = None
            return
        if self._shown != (alarm.key, alarm.since_us):
            self._shown = (alarm.key, alarm.since_us)
            self._turn(alarm, point)
        self.refresh()

    def refresh(self) -> None:
        """Draw what is new."""
        if self.plot is not None and not self.isHidden():
            self.plot.refresh()

    def _turn(self, alarm: Status, point: Point) -> None:
        from console.ui.plots import SPANS_S, Curve, TrendPlot

        name = formats.point_name(point)
        curves = [Curve(alarm.subject, point.key, name)]
        if self.plot is None:
            self.plot = TrendPlot(self._session, name, point, curves, point.limits, axis=True)
            self.plot.setFixedHeight(_HEIGHT)
            self._column.addWidget(self.plot)
        else:
            self.plot.set_quantity(name, point, curves)
        now = self._session.now()
        age_s = (now.utc_us - alarm.since_us) / 1e6
        self.plot.set_span(span_of(age_s, SPANS_S))
        self.plot.mark_moment(now.mono_s - age_s)

    def _point(self, alarm: Status) -> Point | None:
        if not alarm.point or alarm.subject not in self._session.latest.parts():
            return None
        reading = self._session.view(alarm.subject).get(alarm.point)
        if reading is None or reading.point.states or reading.point.flags:
            return None
        return reading.point
