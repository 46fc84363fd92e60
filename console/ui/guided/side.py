"""What a step is about, live: the level while lifting, the GPUs, the tank's temperatures."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.session.running.desk import RunView
from console.session.running.sensing import (
    CORE,
    DROP,
    DROP_PREDICTED,
    LEVEL,
    POWER,
    Sensing,
    window_of,
)
from console.session.session import Session
from console.text import tr
from console.ui import formats, paint
from console.ui.curves import CurveView, Strip
from console.ui.guided.side_clocks import ClockRow, Clocks
from console.ui.guided.side_figures import PAD, FigureRow, Figures, figure_row
from console.ui.guided.side_gpus import GpuFigures, GpuRow
from console.ui.guided.side_level import LevelGauge, LevelState
from console.ui.guided.side_plan import About, Figure, Plan, plan_of
from console.ui.live_curves import LiveCurves, live_strip
from console.ui.theme import look, theme
from drivers.points import Quality, Schema, Snapshot
from procedures.engine.moment import Moment
from procedures.spec import Step
from procedures.texts import words

_SPAN_US = 600_000_000
_HEAT_EVERY_S = 5.0
"""How often resistances are worked out anew: ten minutes of samples of each GPU are looked at."""
_WORK_EVERY_S = 1.0
_NEVER_S = float("-inf")
_HEAD_H = 44


class SidePanel(QWidget):
    """Big numbers with quality and age, and the curve of the last ten minutes.

    Everything in it is live: it reads the session, not the view that it was given.
    """

    def __init__(self) -> None:
        super().__init__()
        self._feeder: _Feeder | None = None
        self._plan: Plan | None = None
        self._curves: LiveCurves | None = None
        self._view: CurveView | None = None
        self._drawn: object = None
        self.head = _Head()
        self.gauge, self.gpus, self.clocks = LevelGauge(), GpuFigures(), Clocks()
        self.figures = Figures()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for part in (self.head, self.clocks, self.gauge, self.gpus, self.figures):
            self._column.addWidget(part)
        self._column.addStretch(0)
        for part in (self.gauge, self.gpus, self.clocks):
            part.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Live values of this step"))
        look().changed.connect(self.update)

    @property
    def plan(self) -> Plan | None:
        """What is shown; None before the first step."""
        return self._plan

    @property
    def curve(self) -> CurveView | None:
        """The curve, where one was made."""
        return self._view

    def show_step(self, session: Session, view: RunView, step: Step | None) -> None:
        """Turn to what a step is about; None (all done) shows the tank.

        Cheap where the run has not moved: it may be called at every refresh.
        """
        if self._feeder is None or self._feeder.session is not session:
            self._feeder = _Feeder(session)
        schemas = _schemas(session, view)
        plan = plan_of(view.run, view.revision.procedure, step, schemas.get)
        self._feeder.turn(view, plan)
        if plan != self._plan:
            self._plan = plan
            self.gauge.setVisible(plan.about is About.LEVEL)
            self.gpus.setVisible(plan.about is About.GPUS)
            self.head.show_name(_name(session, plan))
        self._draw_curves(session, plan, schemas)
        self.refresh()

    def refresh(self) -> None:
        """Draw what is new; call :meth:`show_step` first whenever the run has moved."""
        feeder, plan = self._feeder, self._plan
        if feeder is None or plan is None:
            return
        feeder.look()
        if plan.about is About.LEVEL:
            self.gauge.show_level(feeder.level())
        if plan.about is About.GPUS:
            self.gpus.show_rows(feeder.gpus())
        self.clocks.show_rows(feeder.clocks())
        self.figures.show_rows(feeder.figures())
        if self._curves is not None and self._view is not None and self._view.isVisible():
            self._curves.refresh()

    def sizeHint(self) -> QSize:
        return QSize(336, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 200)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().panel)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._curves is not None:
            self._curves.reload()
        self._make_room()

    # ---- the curve -------------------------------------------------------------------------

    def _draw_curves(self, session: Session, plan: Plan, schemas: Mapping[str, Schema]) -> None:
        wanted = (id(session), plan.part, plan.curves, schemas.get(plan.part))
        if wanted == self._drawn:
            return
        self._drawn = wanted
        strips = _strips(session, plan)
        if strips and self._curves is None:
            self._view = CurveView(tr("Last minutes"), session.now().utc_us, still=True)
            self._view.follow(_SPAN_US)
            self._view.setMinimumHeight(0)
            self._curves = LiveCurves(session, self._view)
            self._column.insertWidget(self._column.count() - 1, self._view, 1)
        if self._curves is not None:
            self._curves.show_strips(strips)
        self._make_room()

    def _make_room(self) -> None:
        """Figures come before curves: on a low window there is no curve."""
        if self._view is None or self._plan is None:
            return
        above = (self.head, self.clocks, self.gauge, self.gpus, self.figures)
        used = sum(part.sizeHint().height() for part in above if not part.isHidden())
        room = self.height() - used
        self._view.setVisible(bool(self._plan.curves) and room >= 150)


class _Feeder:
    """Reads the session for the widgets of one run."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._sensing = Sensing(session)
        self._view: RunView | None = None
        self._plan = Plan(About.NOTHING)
        self._now = Moment(0, 0, "", "")
        self._parts: dict[str, Snapshot] = {}
        self._work: Snapshot | None = None
        self._heat: dict[str, float] = {}
        self._work_at_s = self._heat_at_s = _NEVER_S

    def turn(self, view: RunView, plan: Plan) -> None:
        """Go on with another moment of the run, or another step."""
        if self._view is None or _moved(view, self._view) or plan != self._plan:
            self._work, self._heat = None, {}
            self._work_at_s = self._heat_at_s = _NEVER_S
        self._view, self._plan = view, plan

    def look(self) -> None:
        """Read everything that the plan asks for, once."""
        session, view = self.session, self._view
        if view is None:
            return
        self._now = self._moment()
        wanted = {figure.part for figure in self._plan.figures} | {self._plan.part}
        wanted |= set(self._plan.gpus)
        known = set(session.latest.parts())
        self._parts = {part: session.view(part) for part in wanted & known}
        if self._plan.about is About.LEVEL or "" in wanted:
            self._look_at_work(view)

    def _look_at_work(self, view: RunView) -> None:
        """Derive what the console knows of the work: once a second, for it looks far back."""
        if self._now.mono_s - self._work_at_s < _WORK_EVERY_S:
            return
        self._work_at_s = self._now.mono_s
        procedure = view.revision.procedure
        self._work = self._sensing.work(view.run, procedure, view.record, self._now)

    def _moment(self) -> Moment:
        place = self.session.workplace
        if place is not None:
            return place.runs.moment()
        stamp = self.session.now()
        return Moment(stamp.utc_us, round(stamp.mono_s * 1e6), "", "")

    # ---- for each widget -------------------------------------------------------------------

    def figures(self) -> list[FigureRow]:
        """Return the points of the plan."""
        return [self._figure(figure) for figure in self._plan.figures]

    def _figure(self, figure: Figure) -> FigureRow:
        snapshot = self._parts.get(figure.part) if figure.part else self._work
        reading = snapshot.get(figure.key) if snapshot is not None else None
        name = formats.point_name(reading.point) if reading else figure.key
        if figure.part and figure.part != self._plan.part:
            name = f"{self.session.name_of(figure.part)}: {name}"
        alarms = self.session.book.of([figure.part]) if figure.part else ()
        mine = [one.priority for one in alarms if one.active and one.point == figure.key]
        return figure_row(name, reading, figure, self._now.mono_s, min(mine, default=0))

    def level(self) -> LevelState:
        """Return where the surface is and should be."""
        tank, work = self._parts.get(self._plan.part), self._work
        reading = tank.get(LEVEL) if tank is not None else None
        is_bad = reading is None or reading.quality is Quality.BAD
        level = None if is_bad or reading is None else reading.value
        why = formats.reason_text(reading.reason) if reading is not None and is_bad else ""
        drop, predicted = (work.good(key) if work else None for key in (DROP, DROP_PREDICTED))
        if drop is None and level is not None and not why:
            why = tr("not lifted yet")
        return LevelState(level, drop, predicted, self._plan.tolerance_percent, why)

    def gpus(self) -> list[GpuRow]:
        """Return the GPUs of the server; resistances are worked out every few seconds."""
        view = self._view
        if view is None:
            return []
        self._look_at_heat(view)
        before = view.record.heat_before or {}
        return [self._gpu(part, before.get(part)) for part in self._plan.gpus]

    def _gpu(self, part: str, before_k_w: float | None) -> GpuRow:
        snapshot = self._parts.get(part)
        core, power = (snapshot.get(k) if snapshot else None for k in (CORE, POWER))
        name = part.partition("/")[2].replace("gpu", "GPU ") or part
        return GpuRow(name, core, power, before_k_w, self._heat.get(part))

    def _look_at_heat(self, view: RunView) -> None:
        if self._now.mono_s - self._heat_at_s < _HEAT_EVERY_S:
            return
        self._heat_at_s = self._now.mono_s
        procedure = view.revision.procedure
        window_s = window_of(view.run, procedure)
        self._heat = self._sensing.heat_now(view.run, procedure, self._now, window_s)

    def clocks(self) -> list[ClockRow]:
        """Return the clocks that run."""
        view = self._view
        if view is None:
            return []
        run, found = view.run, []
        language = run.current.language if run.current else ""
        for clock in view.revision.procedure.clocks:
            start_us = run.clocks.get(clock.id)
            if start_us is not None:
                spent_s = int((run.clock_at(self._now) - start_us) / 1e6)
                title = words(clock.title, language or "en")[0]
                found.append(ClockRow(title, spent_s, clock.max_s, clock.warn_s))
        return found


class _Head(QWidget):
    """What the panel is about, in words."""

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self.setFixedHeight(_HEAD_H)
        look().changed.connect(self.update)

    def show_name(self, name: str) -> None:
        self._name = name
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.fillRect(QRectF(0, self.height() - 1, self.width(), 1), t.line)
        place = QRectF(PAD, 0, self.width() - 2 * PAD, self.height() - 1)
        paint.label(p, place, self._name, 13, bold=True)


def _moved(one: RunView, other: RunView) -> bool:
    """Whether anything happened to a run between two views of it, or they are of two runs."""
    moments = [(view.run.id, view.run.events, view.record) for view in (one, other)]
    return moments[0] != moments[1]


def _schemas(session: Session, view: RunView) -> dict[str, Schema]:
    known = set(session.latest.parts())
    bound = {part for parts in view.run.subjects.values() for part in parts}
    return {part: session.latest.schema(part) for part in bound & known}


def _name(session: Session, plan: Plan) -> str:
    if plan.about is About.NOTHING:
        return tr("Nothing here is measured live in this step")
    if plan.about is About.GPUS:
        return tr("GPUs of {host}", host=session.name_of(plan.part.partition("/")[0]))
    return session.name_of(plan.part)


def _strips(session: Session, plan: Plan) -> list[Strip]:
    found = []
    for keys in plan.curves:
        schema = session.latest.schema(plan.part)
        names = [formats.point_name(schema[key]) for key in keys]
        lines = [(key, name, pen) for pen, (key, name) in enumerate(zip(keys, names, strict=True))]
        strip = live_strip(session, names[0], plan.part, lines)
        found += [strip] if strip is not None else []
    return found
