"""Who takes part, as far as the rules need to know them. Proving who somebody is comes before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from procedures.engine.sentence import Sentence, say


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the roster. ``qualifications`` maps an id to the UTC microsecond it ends."""

    id: str
    name: str
    roles: frozenset[str]
    qualifications: Mapping[str, int] = field(default_factory=dict)

    def has(self, qualification: str, utc_us: int) -> bool:
        """Whether a qualification is valid at a moment; the last microsecond no longer counts."""
        return self.qualifications.get(qualification, 0) > utc_us


def same(one: str, other: str) -> bool:
    """Whether two ids are the same person's; letter case makes nobody another."""
    return one.strip().casefold() == other.strip().casefold()


def role_fault(person: Person, role: str) -> list[Sentence]:
    """Say that somebody does not have a role, or nothing."""
    return [] if role in person.roles else [say("role", person=person.name, role=role)]
