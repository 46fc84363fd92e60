"""What the console itself adds to the record of a run, beside the engine's events.

| kind | members of the body |
|---|---|
| ``work.level_before`` | ``run step visit part level_mm expected_mm samples`` |
| ``work.heat_before`` | ``run part_k_w watts fluid_c`` by GPU, ``from_us until_us`` |
| ``work.accepted_heat`` | ``run step visit before_k_w after_k_w change_percent`` by GPU |
| ``work.evidence`` | ``run step visit from_us until_us points sha256``, ``derived`` |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from procedures.engine.events import WorkKind


class RecordKind(StrEnum):
    """Kinds of event that the console adds to a run; none is ever renamed."""

    LEVEL_BEFORE = "work.level_before"
    HEAT_BEFORE = "work.heat_before"
    ACCEPTED_HEAT = "work.accepted_heat"
    EVIDENCE = "work.evidence"


RECORD_LABELS = {
    RecordKind.LEVEL_BEFORE: "Level before the lift",
    RecordKind.HEAT_BEFORE: "Thermal resistance before the work",
    RecordKind.ACCEPTED_HEAT: "Thermal resistance after the work",
    RecordKind.EVIDENCE: "Telemetry of a step",
}
"""The English label of each kind, a key of the catalogue."""
RUN_KINDS = frozenset(str(kind) for kind in WorkKind if not str(kind).startswith("work.procedure_"))
"""Kinds of which every event is of one run."""
PROCEDURE_KINDS = frozenset(str(kind) for kind in WorkKind) - RUN_KINDS
KINDS = RUN_KINDS | PROCEDURE_KINDS | frozenset(str(kind) for kind in RecordKind)
"""Everything that a :class:`console.session.running.desk.RunDesk` reads of a log."""
Visit = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LevelBefore:
    """The level before a lift, mm, and the one that the temperature explained then, if known."""

    level_mm: float
    expected_mm: float | None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What was added to one run. ``heat_before`` is K/W by GPU, None while nobody has looked."""

    level_before: LevelBefore | None = None
    level_step: Visit = ("", 0)
    heat_before: Mapping[str, float] | None = None
    evidence: frozenset[Visit] = field(default_factory=frozenset)
    accepted: frozenset[Visit] = field(default_factory=frozenset)

    def after(self, kind: str, body: Mapping[str, Any]) -> RunRecord:
        """Return the record after an event; raises KeyError, TypeError or ValueError."""
        if kind == RecordKind.HEAT_BEFORE:
            found = {str(gpu): float(k_w) for gpu, k_w in body["part_k_w"].items()}
            return replace(self, heat_before=found)
        visit = str(body["step"]), int(body["visit"])
        if kind == RecordKind.LEVEL_BEFORE:
            expected = body["expected_mm"]
            level = LevelBefore(
                float(body["level_mm"]), None if expected is None else float(expected)
            )
            return replace(self, level_before=level, level_step=visit)
        if kind == RecordKind.EVIDENCE:
            return replace(self, evidence=self.evidence | {visit})
        return replace(self, accepted=self.accepted | {visit})
