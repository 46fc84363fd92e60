"""The fluid in each tank: what was put in and taken out, litre by litre, and of which batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import JSON, Happening, Kind, Mark, number_of, text_of, whole_of

_MOST_L = 100_000.0
_NOTHING_L = 1e-6


class Why(StrEnum):
    """Why fluid came or went."""

    FILL = "fill"
    TOP_UP = "top_up"
    RETURN = "return"
    DRAG_OUT = "drag_out"
    DRAIN = "drain"
    SAMPLE = "sample"
    SPILL = "spill"
    VAPOUR = "vapour"


ADDS = frozenset({Why.FILL, Why.TOP_UP, Why.RETURN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tank's account; ``litres`` is positive, ``measured`` says it is no estimate."""

    tank: str
    why: Why
    litres: float
    batch: str
    measured: bool
    order: str
    asset: str
    by: str
    utc_us: int

    @property
    def change_l(self) -> float:
        """What it did to the tank, litres."""
        return self.litres if self.why in ADDS else -self.litres


@dataclass
class _Tank:
    """The litres of each batch, well mixed: what goes takes its share of every batch."""

    batches: dict[str, float] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    missing_l: float = 0.0

    @property
    def total_l(self) -> float:
        return sum(self.batches.values())

    def add(self, batch: str, litres: float) -> None:
        self.batches[batch] = self.batches.get(batch, 0.0) + litres

    def remove(self, litres: float) -> float:
        """Take fluid out; returns the litres that were not there."""
        total = self.total_l
        lacking = max(litres - total, 0.0)
        share = max(1 - litres / total, 0.0) if total > 0 else 0.0
        kept = {batch: held * share for batch, held in self.batches.items()}
        self.batches = {batch: held for batch, held in kept.items() if held > _NOTHING_L}
        self.missing_l += lacking
        return lacking


class FluidLedger:
    """The account of every tank. Nothing is known of a tank before its first fill."""

    def __init__(self, conflicts: Conflicts) -> None:
        self._tanks: dict[str, _Tank] = {}
        self._conflicts = conflicts

    def tanks(self) -> Sequence[str]:
        """Return the tanks with an account."""
        return sorted(self._tanks)

    def balance_l(self, tank: str) -> float | None:
        """Return the litres by the books; None where no fill was ever recorded."""
        found = self._tanks.get(tank)
        if found is None or not any(entry.why is Why.FILL for entry in found.entries):
            return None
        return found.total_l - found.missing_l

    def batches(self, tank: str) -> Mapping[str, float]:
        """Return the litres of each batch, taking the tank for well mixed."""
        found = self._tanks.get(tank)
        return dict(found.batches) if found else {}

    def main_batch(self, tank: str) -> str:
        """Return the batch of which there is most, empty where nothing is known."""
        found = self.batches(tank)
        return max(found, key=lambda batch: (found[batch], batch), default="")

    def entries(self, tank: str) -> Sequence[Entry]:
        """Return the account of a tank, in order."""
        found = self._tanks.get(tank)
        return list(found.entries) if found else []

    def total_l(self, tank: str, why: Why, since_us: int = 0) -> float:
        """Return the litres that came or went for a reason since a moment."""
        return sum(e.litres for e in self.entries(tank) if e.why is why and e.utc_us >= since_us)

    def of_order(self, order: str) -> Sequence[Entry]:
        """Return what came and went on an order."""
        return [e for tank in self.tanks() for e in self.entries(tank) if e.order == order]

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take an event; raises KeyError, TypeError or ValueError for one that it cannot read."""
        entry = _entry(event)
        tank = self._tanks.setdefault(entry.tank, _Tank())
        tank.entries.append(entry)
        if entry.why in ADDS:
            tank.add(entry.batch, entry.litres)
            return True
        is_known = self.balance_l(entry.tank) is not None
        lacking = tank.remove(entry.litres) if is_known else 0.0
        if lacking > _NOTHING_L:
            facts: dict[str, JSON] = {
                "tank": entry.tank,
                "litres": entry.litres,
                "lacking": round(lacking, 3),
            }
            found = Conflict(
                f"{ConflictKind.FLUID}:{mark.uid}",
                ConflictKind.FLUID,
                entry.tank,
                event.actor,
                event.utc_us,
                facts,
            )
            self._conflicts.raise_(found)
        return True


def _entry(event: Happening) -> Entry:
    body = event.body
    why = Why(text_of(body, "why"))
    if (why in ADDS) != (event.kind == Kind.FLUID_ADDED):
        raise ValueError(f"why: {why} does not go with {event.kind}")
    litres = number_of(body, "litres")
    if not 0 < litres <= _MOST_L or not event.subject:
        raise ValueError(f"litres: found {litres}; allowed are 0 to {_MOST_L:g}")
    return Entry(
        tank=event.subject,
        why=why,
        litres=litres,
        batch=text_of(body, "batch"),
        measured=body.get("measured") is True,
        order=text_of(body, "order"),
        asset=text_of(body, "asset"),
        by=event.actor,
        utc_us=min(whole_of(body, "occurred_us", event.utc_us), event.utc_us),
    )
