"""The trends of one tank: four strips on one axis of time, a fifth for a point asked for."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.alarms.status import Status
from console.health.derived import HEAT, LEVEL_EXPECTED
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Segments
from console.ui.curves import CurveView, Mark, Strip
from console.ui.live_curves import LiveCurves, alarm_marks, live_strip, span_of

_SPANS = {"300": "5 min", "900": "15 min", "3600": "1 h"}
_SPANS_S = [float(key) for key in _SPANS]
_SECOND_US = 1_000_000
_MOST_PUMPS = 4


class TankTrends(QWidget):
    """The middle of the Tank page; ``to_trends`` carries the tank whose history is asked for."""

    to_trends = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._tank = ""
        self._key = ""
        self._alarms: tuple[Mark, ...] = ()
        self._moment_us: int | None = None
        self.view = CurveView(tr("Trends"), session.now().utc_us, still=True)
        self.spans = Segments(tr("Time shown"), [(k, tr(v)) for k, v in _SPANS.items()])
        self.now_button = Button(tr("Now"))
        self.more_button = Button(tr("More trends"))
        self._curves = LiveCurves(session, self.view)
        self._lay_out()
        self.spans.chosen.connect(self._set_span)
        self.now_button.clicked.connect(lambda: self._set_span(self.spans.key))
        self.more_button.clicked.connect(lambda: self.to_trends.emit(self._tank))
        self.view.range_changed.connect(lambda _start, _end: self._show_state())
        self._show_state()

    def show_tank(self, tank: str) -> None:
        """Turn to a tank, at the present."""
        self._tank, self._key = tank, ""
        self._alarms, self._moment_us = (), None
        self._set_span(self.spans.key)
        self._draw()

    def toggle_point(self, key: str) -> None:
        """Show the trend of a point below the four; asked for again it goes."""
        self._key = "" if key == self._key else key
        self._draw()

    def show_moment(self, utc_us: int) -> None:
        """Bring a moment into view and mark it: live where it is recent, else from the history."""
        self._moment_us = utc_us
        now_us = self._session.now().utc_us
        span_s = span_of((now_us - utc_us) / 1e6, _SPANS_S)
        self.spans.choose(f"{(span_s or _SPANS_S[-1]):.0f}")
        self._set_span(self.spans.key)
        if span_s is None:
            half_us = round(_SPANS_S[-1] * _SECOND_US / 2)
            self.view.set_range(utc_us - half_us, utc_us + half_us)
            self.view.pin_cursor(utc_us)
        self._show_marks()

    def show_alarms(self, alarms: Sequence[Status]) -> None:
        """Mark these alarms."""
        found = alarm_marks(self._session, alarms, self._tank)
        if found != self._alarms:
            self._alarms = found
            self._show_marks()

    def refresh(self) -> None:
        """Draw what is new."""
        self._curves.refresh()

    def _set_span(self, key: str) -> None:
        self.view.set_cursor(None)
        self.view.follow(round(float(key) * _SECOND_US))

    def _show_state(self) -> None:
        """Only what is not the present has a way back to it."""
        self.now_button.setVisible(not self.view.reach.follows)

    def _show_marks(self) -> None:
        known = {mark.utc_us for mark in self._alarms}
        marks = list(self._alarms)
        if self._moment_us is not None and self._moment_us not in known:
            marks.append(Mark(self._moment_us, tr("The moment that was asked for")))
        self.view.set_marks(marks)

    def _draw(self) -> None:
        strips = tank_strips(self._session, self._tank)
        if self._key:
            point = self._session.latest.schema(self._tank)[self._key]
            name = formats.point_name(point)
            chosen = live_strip(self._session, name, self._tank, [(self._key, name, 4)])
            strips += [chosen] if chosen is not None else []
        self._curves.show_strips(strips)
        self._show_marks()

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.now_button)
        foot.addStretch(1)
        foot.addWidget(self.spans)
        foot.addWidget(self.more_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.view, 1)
        column.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._curves.reload()


def tank_strips(session: Session, tank: str) -> list[Strip]:
    """Return the four strips of a tank, less those for which it has no points."""
    plans = [
        (
            tr("Temperature"),
            [
                ("coolant_return_temperature", tr("Return"), 0),
                ("coolant_supply_temperature", tr("Supply"), 1),
            ],
        ),
        (tr("Level"), [("level", tr("Measured"), 0), (LEVEL_EXPECTED, tr("Expected"), 1)]),
        (tr("Flow"), [("coolant_flow", tr("Flow"), 0), *_pumps(session, tank)]),
        (tr("Power"), [("it_power", tr("IT power"), 0), (HEAT, tr("Heat removed"), 1)]),
    ]
    found = [live_strip(session, title, tank, lines) for title, lines in plans]
    return [strip for strip in found if strip is not None]


def _pumps(session: Session, tank: str) -> list[tuple[str, str, int]]:
    """The speeds of the tank's pumps: what the flow is to be understood by."""
    schema = session.latest.schema(tank)
    keys = [(number, f"pump[{number}].speed_percent") for number in range(1, _MOST_PUMPS + 1)]
    known = [(number, key) for number, key in keys if key in schema]
    return [(key, tr("Pump {n}", n=number), pen) for pen, (number, key) in enumerate(known, 2)]
