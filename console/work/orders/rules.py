"""The rules of work orders, as ``resources/orders.toml`` has them."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileModel, parse, read_text, toml_of

GUIDE = "docs/work.md"
Need = Literal["procedure", "people", "assigned", "stopped", "verified"]


class State(StrEnum):
    """Where an order stands."""

    REQUEST = "request"
    PLANNED = "planned"
    READY = "ready"
    IN_PROGRESS = "in_progress"
    REVIEW = "review"
    RETURNED = "returned"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to the order."""
        return self in {State.CLOSED, State.CANCELLED}


STATE_NAMES = {
    State.REQUEST: "Request",
    State.PLANNED: "Planned",
    State.READY: "Ready",
    State.IN_PROGRESS: "In progress",
    State.REVIEW: "In review",
    State.RETURNED: "Returned",
    State.CLOSED: "Closed",
    State.CANCELLED: "Cancelled",
}
"""The English name of each state, a key of the catalogue."""


class Transition(FileModel):
    """A way from one state to another: who may go it and what it takes."""

    from_: State = Field(alias="from")
    to: State
    act: str
    signed: bool = False
    reason: bool = False
    needs: tuple[Need, ...] = ()


class ClockRule(FileModel):
    """A service clock: where it stops and its limit in hours by priority."""

    id: str
    name: str
    stops_in: tuple[State, ...]
    limit_h: dict[int, float]

    def limit_s(self, priority: int) -> float | None:
        """Return the limit for a priority, seconds; None where there is none."""
        hours = self.limit_h.get(priority)
        return None if hours is None else hours * 3600


class PauseRule(FileModel):
    """A reason for waiting and the clocks that stand still meanwhile."""

    id: str
    name: str
    stops: tuple[str, ...]


class OrderRules(FileModel):
    """The whole table."""

    transition: tuple[Transition, ...]
    clock: tuple[ClockRule, ...]
    pause: tuple[PauseRule, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        ways = [(way.from_, way.to) for way in self.transition]
        twice = {way for way in ways if ways.count(way) > 1}
        if twice:
            raise ValueError(f"transition: {min(twice)} is listed twice")
        reached = {State.REQUEST} | {to for _, to in ways}
        missing = sorted(set(State) - reached)
        if missing:
            raise ValueError(f"transition: no way leads to {missing[0]}")
        clocks = {clock.id for clock in self.clock}
        for rule in self.pause:
            unknown = sorted(set(rule.stops) - clocks)
            if unknown:
                raise ValueError(f"pause {rule.id}: there is no clock {unknown[0]!r}")
        return self

    def way(self, from_: State, to: State) -> Transition | None:
        """Return the transition between two states, None where there is none."""
        return next((w for w in self.transition if w.from_ is from_ and w.to is to), None)

    def ways_from(self, state: State) -> tuple[Transition, ...]:
        """Return the transitions that leave a state."""
        return tuple(way for way in self.transition if way.from_ is state)

    def pause_rule(self, reason: str) -> PauseRule | None:
        """Return the rule of a reason for waiting."""
        return next((rule for rule in self.pause if rule.id == reason), None)


def load_rules(path: Path) -> OrderRules:
    """Return the rules in a file; raises FileError naming place, found and allowed."""
    text = read_text(path)
    return parse(OrderRules, toml_of(text, path), path, text=text, guide=GUIDE)


@lru_cache(maxsize=1)
def shipped_rules() -> OrderRules:
    """Return the rules of this installation."""
    return load_rules(resources.path("orders.toml"))
