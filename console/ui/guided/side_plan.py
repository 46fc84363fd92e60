"""What a step is about: decided from its checks and values and from the procedure's subjects.

Pure. What the step itself looks at comes first; then what else a person beside that equipment
would look at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from console.health.derived import LEVEL_EXPECTED
from console.session.running.sensing import (
    DROP,
    DROP_DEVIATION,
    DROP_PREDICTED,
    HEAT_CHANGE,
    LEVEL,
    lift_steps,
    parts_of_kind,
)
from drivers.points import Schema
from procedures.checks import Comparison
from procedures.engine.readings import pattern_of
from procedures.engine.state import Run
from procedures.spec import Procedure, Step
from procedures.spec_parts import Gate, Invariant

SchemaOf = Callable[[str], Schema | None]
"""Returns the points of a part; None of a part that is not known."""

_TANK = (
    "coolant_return_temperature",
    "bulk_temperature",
    "coolant_supply_temperature",
    LEVEL,
    "coolant_flow",
    "lid.state",
    "it_power",
    "tank_pressure",
    "vapour_concentration",
)
_FLUID = ("coolant_return_temperature", "bulk_temperature", "lid.state")
_CURVES = {
    "tank": (("coolant_return_temperature", "coolant_supply_temperature"), ("coolant_flow",)),
    "level": ((LEVEL, LEVEL_EXPECTED),),
    "gpu": (("core_temperature",), ("power",)),
}
_MOST_FIGURES = 7
_SOURCE = re.compile(r"([a-z][a-z0-9_]*)\.(\S+)")


class About(Enum):
    """What is drawn beside the figures."""

    LEVEL = auto()
    GPUS = auto()
    TANK = auto()
    OTHER = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class Figure:
    """A point to show; ``need`` is the comparison of the step that looks at it, if one does.

    ``max_age_s`` is how old a value may be for that. An empty part is the work itself: what the
    console derives for the run.
    """

    part: str
    key: str
    need: Comparison | None = None
    max_age_s: float = math.inf


@dataclass(frozen=True, slots=True)
class Plan:
    """What the side of a step shows; ``part`` is what it is about, ``gpus`` all of a server's.

    ``curves`` are strips of points of ``part``; of several GPUs the curve is the first one's.
    ``tolerance_percent`` is how far the drop may be off its prediction.
    """

    about: About
    part: str = ""
    gpus: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    curves: tuple[tuple[str, ...], ...] = ()
    tolerance_percent: float | None = None


def plan_of(run: Run, procedure: Procedure, step: Step | None, schema_of: SchemaOf) -> Plan:
    """Return what to show of a step; of none the tank, or whatever else the run is bound to."""
    return _Planner(run, procedure, step, schema_of).plan()


@dataclass(frozen=True, slots=True)
class _Planner:
    run: Run
    procedure: Procedure
    step: Step | None
    schema_of: SchemaOf

    def plan(self) -> Plan:
        looked = tuple(self._looked_at())
        tank = next(iter(parts_of_kind(self.run, self.procedure, "tank")), "")
        gpus = tuple(part for part in parts_of_kind(self.run, self.procedure, "gpu") if part)
        about = self._about(looked, tank, gpus)
        if about is About.NOTHING:
            return Plan(about)
        part = {About.GPUS: gpus[0] if gpus else "", About.OTHER: looked[0].part if looked else ""}
        shown = part.get(about, tank)
        return Plan(
            about,
            shown,
            gpus if about is About.GPUS else (),
            tuple(self._figures(about, looked, tank)),
            self._curves(about, shown, looked),
            self._tolerance() if about is About.LEVEL else None,
        )

    def _about(self, looked: tuple[Figure, ...], tank: str, gpus: tuple[str, ...]) -> About:
        if tank and self._is_lifting():
            return About.LEVEL
        at_gpus = any(figure.part in gpus or figure.key == HEAT_CHANGE for figure in looked)
        if gpus and (at_gpus or not tank):
            return About.GPUS
        if tank:
            return About.TANK
        live = [figure for figure in looked if figure.part]
        return About.OTHER if live else About.NOTHING

    def _is_lifting(self) -> bool:
        """Whether the step, or what its phase goes on with, moves a server through the surface."""
        if self.step is None:
            return False
        looks = any(one.point.startswith(DROP) for one, _ in self._comparisons())
        return looks or bool(lift_steps(self.procedure, self.step.id))

    # ---- what the step looks at ----

    def _comparisons(self) -> Iterator[tuple[Comparison, float]]:
        """Yield every comparison of the step with how old its value may be."""
        if self.step is None:
            return
        checks: tuple[Gate | Invariant, ...]
        checks = (*self.step.gates, *self.procedure.invariants_of(self.step.id))
        for check in checks:
            yield from ((one, check.max_age_s) for one in check.parsed.either)

    def _looked_at(self) -> Iterator[Figure]:
        """Yield each point that a check or a typed value of the step looks at, once."""
        seen: set[tuple[str, str]] = set()
        for figure in self._named():
            if (figure.part, figure.key) not in seen:
                seen.add((figure.part, figure.key))
                yield figure

    def _named(self) -> Iterator[Figure]:
        for one, max_age_s in self._comparisons():
            yield from self._points(one.subject, one.point, one, max_age_s)
        for value in self.step.values if self.step else ():
            if value.source and (found := _SOURCE.fullmatch(value.source)):
                yield from self._points(found[1], found[2])

    def _points(
        self, subject: str, key: str, need: Comparison | None = None, max_age_s: float = math.inf
    ) -> Iterator[Figure]:
        spec = self.procedure.subjects.get(subject)
        if spec is None:
            return
        if spec.kind == "work":
            yield Figure("", key, need, max_age_s)
            return
        wanted = pattern_of(key)
        for part in self.run.subjects.get(subject, ()):
            schema = self.schema_of(part)
            for point in schema or ():
                if wanted.fullmatch(point.key):
                    yield Figure(part, point.key, need, max_age_s)

    def _tolerance(self) -> float | None:
        ends = (one.high for one, _ in self._comparisons() if one.point == DROP_DEVIATION)
        return next((end for end in ends if end is not None), None)

    # ---- what is shown ----

    def _figures(self, about: About, looked: tuple[Figure, ...], tank: str) -> Iterator[Figure]:
        drawn = {DROP, DROP_PREDICTED, DROP_DEVIATION} if about is About.LEVEL else set()
        gpus = set(parts_of_kind(self.run, self.procedure, "gpu")) if about is About.GPUS else set()
        own = [f for f in looked if f.key not in drawn and f.part not in gpus]
        more = _TANK if about is About.TANK else _FLUID
        schema = self.schema_of(tank) if tank else None
        known = {(f.part, f.key) for f in own}
        keys = [key for key in more if schema is not None and key in schema]
        own += [Figure(tank, key) for key in keys if (tank, key) not in known]
        yield from own[:_MOST_FIGURES]

    def _curves(
        self, about: About, part: str, looked: tuple[Figure, ...]
    ) -> tuple[tuple[str, ...], ...]:
        schema = self.schema_of(part)
        if schema is None:
            return ()
        kind = {About.LEVEL: "level", About.GPUS: "gpu"}.get(about, "tank")
        own = [(f.key,) for f in looked if f.part == part and _is_number(schema, f.key)]
        wanted = [*(own[:1] if about in {About.TANK, About.OTHER} else ()), *_CURVES[kind]]
        strips: list[tuple[str, ...]] = []
        for keys in wanted:
            known = tuple(k for k in keys if k in schema and not any(k in s for s in strips))
            strips += [known] if known else []
        return tuple(strips[:2])


def _is_number(schema: Schema, key: str) -> bool:
    point = schema.get(key)
    return point is not None and not point.states and not point.flags
