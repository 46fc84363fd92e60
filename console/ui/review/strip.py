"""The telemetry around a step: what was kept as its evidence, with the step marked in it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.review_reading import RunRecord
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.curves import CurveView, Mark, Strip
from console.ui.live_curves import LiveCurves, live_strip
from console.ui.review.facts import RecordFacts
from console.ui.trend_strips import look_up
from console.work.reviews.steps import StepRecord

_HEIGHT, _MORE = 150, 96
_MOST = 3
_MIN_BESIDE_US = 60_000_000
_SHARE = 0.25
_PENS = 8


class StepStrip(QWidget):
    """Curves of the points that are evidence of a step; read in a thread of their own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: tuple[object, ...] = ()
        self.view = CurveView(tr("Telemetry around the step"), session.now().utc_us, still=True)
        self._curves = LiveCurves(session, self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.hide()

    def show_step(self, facts: RecordFacts, run: RunRecord, step: StepRecord) -> None:
        """Turn to a step; one without telemetry has none to show."""
        shown = (run.run.id, step.key, step.points_hash)
        if shown == self._shown:
            return
        self._shown = shown
        time = step.time
        strips = self._strips(step) if time and time.started_us else []
        self.setVisible(bool(strips))
        if not strips or time is None:
            return
        self.setFixedHeight(_HEIGHT + _MORE * (len(strips) - 1))
        until_us = time.ended_us or self._session.now().utc_us
        beside_us = max(round((until_us - time.started_us) * _SHARE), _MIN_BESIDE_US)
        self._curves.show_strips(strips)
        self.view.set_range(time.started_us - beside_us, until_us + beside_us)
        title = facts.words(run).step_name(step.step, step.visit)
        self.view.set_marks((Mark(time.started_us, title, until_us=until_us),))
        self.view.set_cursor(until_us)

    @property
    def waiting(self) -> bool:
        """Whether curves are still being read."""
        return self.isVisible() and self.view.waiting

    def refresh(self) -> None:
        """Let time go on."""
        if self.isVisible():
            self._curves.refresh()

    def _strips(self, step: StepRecord) -> Sequence[Strip]:
        """Return a strip for each part and unit, a few of them."""
        groups: dict[tuple[str, str], list[str]] = {}
        for part, key in step.points:
            if part in self._session.latest.parts():
                point = self._session.latest.schema(part).get(key)
                if point is not None and not point.states and not point.flags:
                    groups.setdefault((part, point.unit), []).append(key)
        found = []
        for (part, _unit), keys in list(groups.items())[:_MOST]:
            lines = [
                (key, _name(self._session, part, key), n % _PENS) for n, key in enumerate(keys)
            ]
            strip = live_strip(self._session, self._session.name_of(part), part, lines)
            if strip is not None:
                found.append(strip)
        return found

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._curves.reload()


def _name(session: Session, part: str, key: str) -> str:
    return formats.point_name(look_up(session, (part, key)).point)
