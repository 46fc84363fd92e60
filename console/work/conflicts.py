"""What contradicts something else in the log: raised for a person, never settled by the program.

Laptops work apart and meet later, so two people may close one order or find one serial number in
two places. The first in order stands, what contradicts it is kept here until somebody decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from console.work.events import JSON, Body, text_of


class ConflictKind(StrEnum):
    """What sort of contradiction it is."""

    FORK = "fork"
    PLACE = "place"
    SLOT = "slot"
    STOCK = "stock"
    FLUID = "fluid"
    ORDER = "order"
    NUMBER = "number"
    APART = "apart"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A contradiction: what about, what was claimed, by whom, and how it was settled if it was."""

    id: str
    kind: ConflictKind
    subject: str
    actor: str
    utc_us: int
    facts: Mapping[str, JSON] = field(default_factory=dict)
    resolved_by: str = ""
    resolution: str = ""

    @property
    def is_open(self) -> bool:
        """Whether nobody has settled it."""
        return not self.resolved_by


class Conflicts:
    """Every contradiction that the events hold, in their order."""

    def __init__(self) -> None:
        self._found: dict[str, Conflict] = {}

    def raise_(self, conflict: Conflict) -> None:
        """Add one."""
        self._found.setdefault(conflict.id, conflict)

    def get(self, conflict_id: str) -> Conflict | None:
        """Return one by id."""
        return self._found.get(conflict_id)

    def resolve(self, body: Body, actor: str) -> Conflict:
        """Settle one, and return it as it is now; who was first stands. Raises KeyError."""
        found = self._found[text_of(body, "conflict")]
        if not found.is_open:
            return found
        settled = replace(found, resolved_by=actor, resolution=text_of(body, "resolution"))
        self._found[found.id] = settled
        return settled

    def all(self) -> Sequence[Conflict]:
        """Return all, settled ones too."""
        return list(self._found.values())

    def open(self, subject: str | None = None) -> Sequence[Conflict]:
        """Return those that nobody has settled, of one subject or of all."""
        return [c for c in self._found.values() if c.is_open and subject in {None, c.subject}]
