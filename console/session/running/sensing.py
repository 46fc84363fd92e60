"""What a run sees: the live parts behind its subjects, and what the console derives for the work.

The derived points are those of ``procedures/points.toml`` of the kind ``work``. A value that cannot
be known is there without a value, so that its gate is not met; only where the tank has no level at
all the points about the level are absent.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from console.alarms.severity import Severity
from console.health.derived import LEVEL_EXPECTED
from console.session.running.heat import USUAL_LIMIT_W, WINDOW_S, Course, latest
from console.session.running.record import LevelBefore, RunRecord
from drivers.points import Point, Reason, Schema, Snapshot
from procedures.engine.moment import Moment
from procedures.engine.readings import SnapshotReadings
from procedures.engine.state import Run, StepStatus
from procedures.spec import Procedure, Step

if TYPE_CHECKING:
    from console.session.session import Session

DROP, DROP_PREDICTED, DROP_DEVIATION = (
    "level_drop",
    "level_drop_predicted",
    "level_drop_deviation",
)
HEAT_CHANGE, LEVEL_DEVIATION = "thermal_resistance_change", "level_deviation"
ALARMS_CRITICAL = "alarms_critical"
CORE, POWER, LIMIT = "core_temperature", "power", "power_limit"
FLUID = ("bulk_temperature", "coolant_supply_temperature", "coolant_return_temperature")
LEVEL = "level"
LEVEL_SPAN_S = 30.0
_WORDS = {
    DROP: ("Level drop", "mm", 0),
    DROP_PREDICTED: ("Level drop predicted", "mm", 0),
    DROP_DEVIATION: ("Level drop off its prediction", "%", 0),
    HEAT_CHANGE: ("Change of thermal resistance", "%", 1),
    LEVEL_DEVIATION: ("Level off its expectation", "mm", 0),
    ALARMS_CRITICAL: ("Critical alarms of the tank", "1", 0),
}


def parts_of_kind(run: Run, procedure: Procedure, kind: str) -> tuple[str, ...]:
    """Return the parts behind every subject of a kind; of a server its GPUs, not its host."""
    names = [name for name, spec in procedure.subjects.items() if spec.kind == kind]
    parts = [part for name in names for part in run.subjects.get(name, ())]
    return tuple(part for part in parts if kind != "gpu" or "/" in part)


def lift_steps(procedure: Procedure, step: str) -> tuple[str, ...]:
    """Return the steps of a step's phase that lift: those whose gates look at the level's drop.

    Each of them lifts an equal part of the way, the last one clear of the fluid.
    """
    phase = procedure.phase_of.get(step)
    return tuple(spec.id for spec in phase.steps if _looks_at_drop(spec)) if phase else ()


def share_out(run: Run, procedure: Procedure) -> float:
    """Return how much of the server is out of the fluid when the present step is done, 0 to 1."""
    step = run.current
    steps = lift_steps(procedure, step.step) if step else ()
    if step and step.step in steps:
        return (steps.index(step.step) + 1) / len(steps)
    done = [name for name in run.done if name in lift_steps(procedure, name)]
    if not done:
        return 0.0
    last = max(done, key=lambda name: run.done[name].at_us)
    steps = lift_steps(procedure, last)
    return (steps.index(last) + 1) / len(steps)


def _looks_at_drop(step: Step) -> bool:
    return any(one.point.startswith(DROP) for gate in step.gates for one in gate.parsed.either)


class Sensing:
    """Readings for the runs of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(
        self, run: Run, procedure: Procedure, record: RunRecord, now: Moment
    ) -> SnapshotReadings:
        """Return what is known now of everything that a run is bound to."""
        known = set(self._session.latest.parts())
        found: dict[str, Sequence[Snapshot]] = {}
        for name, spec in procedure.subjects.items():
            if spec.kind == "work":
                found[name] = [self.work(run, procedure, record, now)]
                continue
            parts = [part for part in run.subjects.get(name, ()) if part in known]
            found[name] = [self._session.view(part) for part in parts]
        return SnapshotReadings(found)

    def is_heard(self, run: Run, procedure: Procedure) -> bool:
        """Whether every tank of a run has answered since the console was started."""
        views = [self._session.view(part) for part in parts_of_kind(run, procedure, "tank")]
        return all(bool(np.isfinite(view.values).any()) for view in views)

    # ---- what is derived ----

    def work(self, run: Run, procedure: Procedure, record: RunRecord, now: Moment) -> Snapshot:
        """Return the derived points of a run as one snapshot."""
        tank = next(iter(parts_of_kind(run, procedure, "tank")), None)
        view = self._session.view(tank) if tank else None
        values: dict[str, float | None] = {ALARMS_CRITICAL: float(self._critical(tank))}
        if view is not None and LEVEL in view.schema:
            values |= self._level(view, run, procedure, record)
        if LEVEL_EXPECTED in (view.schema if view else ()):
            values[LEVEL_DEVIATION] = _difference(view)
        if parts_of_kind(run, procedure, "gpu"):
            values[HEAT_CHANGE] = self.heat_change(run, procedure, record, now)
        return _snapshot(run.id, values, view, now)

    def _critical(self, tank: str | None) -> int:
        """Count the alarms of the tank itself that are critical or worse and not set aside."""
        return sum(
            status.active >= Severity.CRITICAL and not status.state.is_set_aside
            for status in self._session.book.statuses()
            if tank is not None and status.key.subject == tank
        )

    def _level(
        self, view: Snapshot, run: Run, procedure: Procedure, record: RunRecord
    ) -> dict[str, float | None]:
        drop = _drop_mm(view, record.level_before)
        predicted = self.predicted_mm(run, procedure)
        deviation = None
        if drop is not None and predicted:
            deviation = abs(drop - predicted) / predicted * 100
        return {DROP: drop, DROP_PREDICTED: predicted, DROP_DEVIATION: deviation}

    def predicted_mm(self, run: Run, procedure: Procedure) -> float | None:
        """Return by how much the level should have fallen when this step is done; None unknown."""
        session = self._session
        tank = next(iter(parts_of_kind(run, procedure, "tank")), "")
        area_m2 = next((t.free_area_m2 for t in session.tanks if t.id == tank), None)
        ids = {part.partition("/")[0] for parts in run.subjects.values() for part in parts}
        hosts = [host for host in session.hosts if host.id in ids]
        if area_m2 is None or len(hosts) != 1 or hosts[0].displaced_l is None:
            return None
        return hosts[0].displaced_l / area_m2 * share_out(run, procedure)

    def level_before(self, tank: str, now: Moment) -> tuple[LevelBefore, int] | None:
        """Return the level of the last half minute and how many samples it is of; None unknown."""
        level = self._course(tank, LEVEL, LEVEL_SPAN_S, now.mono_s).good().values
        expected = self._course(tank, LEVEL_EXPECTED, LEVEL_SPAN_S, now.mono_s).good().values
        return median_level(level.tolist(), expected.tolist())

    def heat_now(
        self, run: Run, procedure: Procedure, now: Moment, window_s: float = WINDOW_S
    ) -> dict[str, float]:
        """Return K/W of each GPU that was steady under load since the present step was begun."""
        step = run.current
        if step is None or step.status is StepStatus.READY:
            return {}
        span_s = (run.clock_at(now) - step.started_us) / 1e6
        tank = next(iter(parts_of_kind(run, procedure, "tank")), None)
        if tank is None or span_s <= 0:
            return {}
        fluid = mean_of([self._course(tank, key, span_s, now.mono_s) for key in self._fluid(tank)])
        found = {}
        for gpu in parts_of_kind(run, procedure, "gpu"):
            core, power, limit = (
                self._course(gpu, key, span_s, now.mono_s) for key in (CORE, POWER, LIMIT)
            )
            heat = latest(core, power, fluid, least_power_w(limit), window_s=window_s)
            if heat:
                found[gpu] = heat.k_w
        return found

    def heat_change(
        self, run: Run, procedure: Procedure, record: RunRecord, now: Moment
    ) -> float | None:
        """Return the worst GPU's change, %; None while any GPU known before is not known now."""
        if not record.heat_before or not looks_at(run, procedure, HEAT_CHANGE):
            return None
        gpus = parts_of_kind(run, procedure, "gpu")
        after = self.heat_now(run, procedure, now, window_of(run, procedure))
        if set(gpus) - set(record.heat_before) or set(gpus) - set(after):
            return None
        return max(change_percent(record.heat_before[gpu], after[gpu]) for gpu in gpus)

    def _fluid(self, tank: str) -> tuple[str, ...]:
        return fluid_keys(self._session.latest.schema(tank))

    def _course(self, part: str, key: str, span_s: float, now_s: float) -> Course:
        ages, values = self._session.trends.window(part, key, span_s, now_s)
        return Course(ages, values.astype(np.float64))


def fluid_keys(schema: Schema | Sequence[str]) -> tuple[str, ...]:
    """Return the points whose mean is the fluid's temperature: its own sensor, or in and out."""
    bulk, *around = FLUID
    return (bulk,) if bulk in schema else tuple(key for key in around if key in schema)


def mean_of(courses: Sequence[Course]) -> Course:
    """Return the mean of courses that were sampled together; empty of none."""
    if not courses or len({len(course.at_s) for course in courses}) != 1:
        return courses[0] if courses else Course(np.empty(0), np.empty(0))
    return Course(courses[0].at_s, np.mean([course.values for course in courses], axis=0))


def least_power_w(limit: Course) -> float:
    """Return the least power at which a resistance is told: half of the GPU's limit."""
    known = limit.good().values
    return 0.5 * (float(known[-1]) if len(known) else USUAL_LIMIT_W)


def median_level(
    level_mm: Sequence[float], expected_mm: Sequence[float]
) -> tuple[LevelBefore, int] | None:
    """Return the middle of samples of the level, and of what was expected; None of no samples."""
    if not level_mm:
        return None
    expected = statistics.median(expected_mm) if expected_mm else None
    return LevelBefore(statistics.median(level_mm), expected), len(level_mm)


def change_percent(before: float, after: float) -> float:
    """Return a change in percent of what was before."""
    return (after - before) / before * 100


def looks_at(run: Run, procedure: Procedure, point: str) -> bool:
    """Whether a gate of the present step looks at a point of the work."""
    spec = procedure.steps[run.current.step] if run.current else None
    return spec is not None and any(
        one.point == point for gate in spec.gates for one in gate.parsed.either
    )


def window_of(run: Run, procedure: Procedure) -> float:
    """Return how long a GPU must have been steady, s: never longer than the step must last."""
    spec = procedure.steps[run.current.step] if run.current else None
    least_s = spec.timer.min_s if spec and spec.timer and spec.timer.min_s else WINDOW_S
    return min(WINDOW_S, max(least_s * 0.6, 60.0))


def _drop_mm(view: Snapshot, before: LevelBefore | None) -> float | None:
    """How far the level fell, without what the temperature explains where that is known."""
    level = view.good(LEVEL)
    if level is None or before is None:
        return None
    drop = before.level_mm - level
    expected = view.good(LEVEL_EXPECTED)
    if before.expected_mm is not None and expected is not None:
        drop -= before.expected_mm - expected
    return drop


def _difference(view: Snapshot | None) -> float | None:
    level = view.good(LEVEL) if view else None
    expected = view.good(LEVEL_EXPECTED) if view else None
    return None if level is None or expected is None else level - expected


def _snapshot(
    name: str, values: Mapping[str, float | None], view: Snapshot | None, now: Moment
) -> Snapshot:
    points = tuple(
        Point(key, _WORDS[key][0], _WORDS[key][1], _WORDS[key][2], -1000.0, 1000.0, group="Work")
        for key in values
    )
    numbers = np.array([np.nan if v is None else v for v in values.values()], np.float64)
    reasons = np.where(np.isnan(numbers), int(Reason.NOT_YET_READ), int(Reason.NONE))
    return Snapshot(
        name,
        Schema(points),
        numbers,
        reasons.astype(np.uint8),
        view.time if view is not None else now.stamp,
    )
