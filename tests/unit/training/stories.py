"""Events of a training made by hand, for tests of scoring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from console.training.result import Score
from console.training.scenario import Scenario, scenario_named
from console.training.scoring import score
from procedures.document import load_document, procedure_path
from procedures.spec import Procedure

WHO = "chen"


@dataclass(frozen=True)
class Told:
    """An event as the log would hold it, at seconds since the beginning."""

    kind: str
    at_s: float
    actor: str = WHO
    body: Mapping[str, Any] = field(default_factory=dict)
    subject: str = "node-1"

    @property
    def utc_us(self) -> int:
        return 1_000_000_000 + round(self.at_s * 1e6)


@cache
def procedure(name: str) -> Procedure:
    return load_document(procedure_path(name)).procedure


def refused(at_s: float, code: str, command: str = "Complete", **more: Any) -> Told:
    body = {
        "command": command,
        "step": more.pop("step", "lift-half"),
        "asked": more,
        "reasons": [{"code": code, "text": f"because of {code}"}],
    }
    return Told("work.refused", at_s, body=body)


BEGUN = Told("work.begun", 0.0)
ENDED = Told("work.finished", 600.0)
SAFE = Told("work.made_safe", 300.0)


def scored(name: str, *events: Told, begun: Told = BEGUN, **changes: Any) -> Score:
    scenario: Scenario = scenario_named(name).model_copy(update=changes)
    return score(scenario, procedure(scenario.procedure), (begun, *events), WHO)


def taken(found: Score) -> dict[str, int]:
    """Points by code of deduction."""
    points: dict[str, int] = {}
    for one in found.deductions:
        points[str(one.code)] = points.get(str(one.code), 0) + one.points
    return points
