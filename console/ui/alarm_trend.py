"""The trend of what an alarm is told by, with the moment at which it was raised in view."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.alarms.status import Status
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.curves import CurveView
from console.ui.live_curves import LiveCurves, alarm_marks, live_strip, span_of
from drivers.points import Point

_HEIGHT = 172
_SPANS_S = (300.0, 900.0, 3600.0)
_SECOND_US = 1_000_000
_BESIDE_US = 600 * _SECOND_US


class AlarmTrend(QWidget):
    """One strip: up to the present where the moment is recent, else ten minutes on either side."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[object, ...] = ()
        self.view = CurveView(tr("Trend"), session.now().utc_us, legend=False, still=True)
        self.view.setFixedHeight(_HEIGHT)
        self._curves = LiveCurves(session, self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.hide()

    def show_alarm(self, alarm: Status) -> None:
        """Turn to an alarm; one that is told by no number has no trend."""
        point = self._point(alarm)
        self.setVisible(point is not None)
        if point is None:
            self._shown = ()
            return
        shown = (alarm.key, alarm.since_us)
        if self._shown != shown:
            self._shown = shown
            self._turn(alarm, point)
        self.view.set_marks(alarm_marks(self._session, [alarm], alarm.subject))
        self._curves.refresh()

    def _turn(self, alarm: Status, point: Point) -> None:
        name = formats.point_name(point)  # the value of this moment is among the facts
        strip = live_strip(self._session, name, alarm.subject, [(point.key, name, 0)])
        self._curves.show_strips([strip] if strip is not None else [])
        self.view.set_cursor(None)
        span_s = span_of((self._session.now().utc_us - alarm.since_us) / _SECOND_US, _SPANS_S)
        if span_s is not None:
            self.view.follow(round(span_s * _SECOND_US))
        else:
            self.view.set_range(alarm.since_us - _BESIDE_US, alarm.since_us + _BESIDE_US)

    def _point(self, alarm: Status) -> Point | None:
        if not alarm.point or alarm.subject not in self._session.latest.parts():
            return None
        reading = self._session.view(alarm.subject).get(alarm.point)
        if reading is None or reading.point.states or reading.point.flags:
            return None
        return reading.point

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._curves.reload()
