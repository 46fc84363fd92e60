"""What is added to the record of a run by itself: levels, resistances, telemetry of each step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from console.health.derived import LEVEL_EXPECTED
from console.history.events import JSON, EventDraft
from console.history.telemetry_reader import TelemetryReader, Trend
from console.session.running.evidence import Gatherer, Name, evidence_of
from console.session.running.heat import WINDOW_S, Course, Heat, latest
from console.session.running.record import LevelBefore, RecordKind, RunRecord, Visit
from console.session.running.sensing import (
    CORE,
    HEAT_CHANGE,
    LEVEL,
    LEVEL_SPAN_S,
    LIMIT,
    POWER,
    Sensing,
    change_percent,
    fluid_keys,
    least_power_w,
    lift_steps,
    mean_of,
    median_level,
    parts_of_kind,
    window_of,
)
from procedures.engine.events import Recorded, WorkKind
from procedures.engine.moment import Moment
from procedures.engine.readings import pattern_of
from procedures.engine.state import Run
from procedures.spec import Procedure, Step

if TYPE_CHECKING:
    from console.session.session import Session

HISTORY_S = 24 * 3600.0
"""How far back the last steady load before the work is looked for."""
_ALWAYS = (LEVEL, "coolant_return_temperature")
ENDS = frozenset({WorkKind.STEP_DONE, WorkKind.STEP_FAILED, WorkKind.STEP_SKIPPED})
SYSTEM = "system"


class Keeper:
    """Makes the events of :mod:`.record`. What a crash kept from being made is made again."""

    def __init__(self, session: Session, sensing: Sensing, gatherer: Gatherer) -> None:
        self._session = session
        self._sensing = sensing
        self._gatherer = gatherer
        self._asked: set[tuple[str, str, Visit]] = set()

    def begun(self, run: Run, procedure: Procedure, utc_us: int) -> None:
        """Look for the resistances before the work, if the procedure ever compares them."""
        compares = any(
            one.point == HEAT_CHANGE
            for step in procedure.steps.values()
            for gate in step.gates
            for one in gate.parsed.either
        )
        if compares and self._first(run, RecordKind.HEAT_BEFORE, ("", 0)):
            self._gatherer.submit(lambda reader: self._heat_before(reader, run, procedure, utc_us))

    def started(
        self, run: Run, procedure: Procedure, visit: Visit, utc_us: int, now: Moment | None
    ) -> None:
        """Keep the level before a lift; ``now`` None reads it from the telemetry (a restart)."""
        steps = lift_steps(procedure, visit[0])
        tank = next(iter(parts_of_kind(run, procedure, "tank")), None)
        if not steps or steps[0] != visit[0] or tank is None:
            return
        if not self._first(run, RecordKind.LEVEL_BEFORE, visit):
            return
        found = self._sensing.level_before(tank, now) if now else None
        if found is None:
            self._gatherer.submit(lambda reader: self._level_of(reader, run, visit, tank, utc_us))
            return
        self._tell_level(run, visit, tank, *found)

    def ended(
        self,
        run: Run,
        procedure: Procedure,
        visit: Visit,
        span_us: tuple[int, int],
        derived: Mapping[str, float],
    ) -> None:
        """Keep the telemetry of a step that is over, and what was derived for the work then."""
        if not self._first(run, RecordKind.EVIDENCE, visit):
            return
        names = self.names(run, procedure, visit[0])
        if names:
            self._gatherer.submit(
                lambda reader: self._evidence(reader, run, visit, names, span_us, derived)
            )

    def accepted(self, run: Run, procedure: Procedure, record: RunRecord, now: Moment) -> None:
        """Keep before and after of every GPU: the acceptance of the return to service.

        ``run`` is as it stood while the step that compares them was still open.
        """
        step = run.current
        if step is None or not record.heat_before:
            return
        visit = step.step, step.visit
        after = self._sensing.heat_now(run, procedure, now, window_of(run, procedure))
        if not after or not self._first(run, RecordKind.ACCEPTED_HEAT, visit):
            return
        both = sorted(set(after) & set(record.heat_before))
        before = record.heat_before
        self._tell(
            RecordKind.ACCEPTED_HEAT,
            run,
            step=visit[0],
            visit=visit[1],
            before_k_w={gpu: round(before[gpu], 6) for gpu in both},
            after_k_w={gpu: round(after[gpu], 6) for gpu in both},
            change_percent={gpu: round(change_percent(before[gpu], after[gpu]), 2) for gpu in both},
        )

    def names(self, run: Run, procedure: Procedure, step: str) -> list[Name]:
        """Return the points that are evidence of a step: what it looks at, and its tank's level."""
        spec = procedure.steps[step]
        checks = [gate.parsed for gate in spec.gates]
        checks += [part.parsed for part in procedure.invariants_of(step)]
        asked = [(one.subject, one.point) for check in checks for one in check.either]
        asked += [(source[0], source[2]) for source in _sources(spec)]
        found: dict[Name, None] = {}
        for subject, point in asked:
            found |= dict.fromkeys(self._matching(run, procedure, subject, point))
        for tank in parts_of_kind(run, procedure, "tank"):
            schema = self._session.latest.schema(tank)
            found |= dict.fromkeys((tank, key) for key in _ALWAYS if key in schema)
        return list(found)

    def _matching(self, run: Run, procedure: Procedure, subject: str, point: str) -> list[Name]:
        if procedure.subjects[subject].kind == "work":
            return []
        wanted, known = pattern_of(point), set(self._session.latest.parts())
        return [
            (part, spec.key)
            for part in run.subjects.get(subject, ())
            if part in known
            for spec in self._session.latest.schema(part)
            if wanted.fullmatch(spec.key)
        ]

    # ---- in the gatherer's thread ----

    def _evidence(
        self,
        reader: TelemetryReader,
        run: Run,
        visit: Visit,
        names: list[Name],
        span_us: tuple[int, int],
        derived: Mapping[str, float],
    ) -> None:
        found = evidence_of(reader, names, *span_us)
        told = {**found, "derived": derived} if derived else found
        self._tell(RecordKind.EVIDENCE, run, step=visit[0], visit=visit[1], **told)

    def _level_of(
        self, reader: TelemetryReader, run: Run, visit: Visit, tank: str, utc_us: int
    ) -> None:
        since_us = utc_us - round(LEVEL_SPAN_S * 1e6)
        both = ((tank, LEVEL), (tank, LEVEL_EXPECTED))
        level, expected = reader.ranges(both, since_us, utc_us + 1)
        found = median_level(_good(level), _good(expected))
        if found:
            self._tell_level(run, visit, tank, *found)

    def _tell_level(
        self, run: Run, visit: Visit, tank: str, level: LevelBefore, samples: int
    ) -> None:
        self._tell(
            RecordKind.LEVEL_BEFORE,
            run,
            step=visit[0],
            visit=visit[1],
            part=tank,
            level_mm=level.level_mm,
            expected_mm=level.expected_mm,
            samples=samples,
        )

    def _heat_before(
        self, reader: TelemetryReader, run: Run, procedure: Procedure, utc_us: int
    ) -> None:
        tank = next(iter(parts_of_kind(run, procedure, "tank")), None)
        since_us = utc_us - round(HISTORY_S * 1e6)
        found: dict[str, Heat] = {}
        for gpu in parts_of_kind(run, procedure, "gpu") if tank else ():
            heat = self._heat_of(reader, gpu, str(tank), since_us, utc_us)
            if heat:
                found[gpu] = heat
        ends = [since_us + round(heat.until_s * 1e6) for heat in found.values()]
        self._tell(
            RecordKind.HEAT_BEFORE,
            run,
            part_k_w={gpu: round(heat.k_w, 6) for gpu, heat in found.items()},
            watts={gpu: round(heat.watts, 1) for gpu, heat in found.items()},
            fluid_c={gpu: round(heat.fluid_c, 2) for gpu, heat in found.items()},
            from_us=min(ends, default=utc_us) - round(WINDOW_S * 1e6),
            until_us=max(ends, default=utc_us),
        )

    def _heat_of(
        self, reader: TelemetryReader, gpu: str, tank: str, since_us: int, until_us: int
    ) -> Heat | None:
        of_gpu = reader.ranges([(gpu, key) for key in (CORE, POWER, LIMIT)], since_us, until_us)
        keys = fluid_keys(self._session.latest.schema(tank))
        of_tank = reader.ranges([(tank, key) for key in keys], since_us, until_us)
        core, power, limit = (_course(trend, since_us) for trend in of_gpu)
        fluid = mean_of([_course(trend, since_us) for trend in of_tank])
        return latest(core, power, fluid, least_power_w(limit))

    # ---- helpers ----

    def _first(self, run: Run, kind: RecordKind, visit: Visit) -> bool:
        """Whether this has not been asked for since the console was started."""
        key = (run.id, str(kind), visit)
        if key in self._asked:
            return False
        self._asked.add(key)
        return True

    def known(self, run: str, record: RunRecord) -> None:
        """Take what the log has already, so that it is not made twice."""
        for visit in record.evidence:
            self._asked.add((run, str(RecordKind.EVIDENCE), visit))
        for visit in record.accepted:
            self._asked.add((run, str(RecordKind.ACCEPTED_HEAT), visit))
        if record.level_before:
            self._asked.add((run, str(RecordKind.LEVEL_BEFORE), record.level_step))
        if record.heat_before is not None:
            self._asked.add((run, str(RecordKind.HEAT_BEFORE), ("", 0)))

    def _tell(self, kind: RecordKind, run: Run, **body: JSON) -> None:
        told: Mapping[str, JSON] = {"run": run.id, **body}
        self._session.history.record(
            EventDraft(kind, run.subject, told, self._session.clock(), SYSTEM)
        )


def spans_of(events: list[Recorded], utc_of: Callable[[Recorded], int]) -> dict[Visit, list[int]]:
    """Return when each visit of a step was started and, where it is over, left; UTC us."""
    spans: dict[Visit, list[int]] = {}
    for event in events:
        if event.kind != WorkKind.STEP_STARTED and event.kind not in ENDS:
            continue
        visit = str(event.body["step"]), int(event.body["visit"])
        if event.kind == WorkKind.STEP_STARTED or visit in spans:
            spans.setdefault(visit, []).append(utc_of(event))
    return spans


def _sources(step: Step) -> list[tuple[str, str, str]]:
    return [value.source.partition(".") for value in step.values if value.source]


def _good(trend: Trend) -> list[float]:
    kept = np.isfinite(trend.values) & (trend.reasons == 0)
    return [float(value) for value in trend.values[kept]]


def _course(trend: Trend, since_us: int) -> Course:
    values = np.where(trend.reasons == 0, trend.values, np.nan)
    return Course((trend.utc_us - since_us) / 1e6, values)
