"""Work that runs on other laptops, as their logs told it at the last sync: to be seen, not driven.

Pure, over the events of runs that other laptops wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from procedures.engine.apply import ReplayError, apply
from procedures.engine.events import Recorded
from procedures.engine.state import Run


class OfLaptop(Recorded, Protocol):
    """An event that says whose log it is of, as the log holds it."""

    @property
    def device_id(self) -> str:
        """The laptop's id."""


@dataclass(frozen=True, slots=True)
class RunElsewhere:
    """A run that is not over: what people call its laptop, and how far that had told of it.

    ``told_us`` is the wall time of the last event that is here, UTC.
    """

    laptop: str
    run: Run
    told_us: int


def runs_elsewhere(events: Iterable[OfLaptop], names: Mapping[str, str]) -> Sequence[RunElsewhere]:
    """Return the runs of other laptops that are not over, oldest first.

    A run whose events cannot be read is left out: it is that laptop's to say what became of it.
    """
    found: dict[tuple[str, str], tuple[Run, int]] = {}
    broken: set[tuple[str, str]] = set()
    for event in events:
        key = event.device_id, str(event.body.get("run", ""))
        before = found.get(key)
        if key in broken:
            continue
        try:
            found[key] = apply(before[0] if before else None, event), _told_us(event)
        except ReplayError:
            broken.add(key)
            found.pop(key, None)
    return [
        RunElsewhere(names.get(device, device), run, told_us)
        for (device, _), (run, told_us) in found.items()
        if not run.is_over and not run.late
    ]


def _told_us(event: OfLaptop) -> int:
    at = event.body.get("at")
    told = at.get("utc_us") if isinstance(at, Mapping) else None
    return told if isinstance(told, int) else 0
