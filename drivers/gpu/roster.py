"""Which GPU sits where: what the site file expects against what a source sees.

A source numbers its GPUs anew whenever one is gone, so a GPU is known by its UUID or serial
number, then by its place on the bus. A place once taken is never given to another GPU by number
alone, and a GPU that is gone keeps its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from drivers.gpu.source import GpuSample


@dataclass(frozen=True, slots=True)
class ExpectedGpu:
    """A GPU as the site file lists it; what is empty is not known and matches anything."""

    slot: int
    uuid: str = ""
    serial: str = ""
    model: str = ""

    @property
    def names(self) -> dict[str, str]:
        """What is known of it, by the names of an identity."""
        told = {"uuid": self.uuid, "serial": self.serial, "model": self.model}
        return {name: text for name, text in told.items() if text}

    @property
    def named(self) -> bool:
        """Whether it can be told from another GPU."""
        return bool(self.uuid or self.serial)

    def is_met_by(self, identity: Mapping[str, str]) -> bool | None:
        """Return whether this is the GPU; None where neither side says enough to tell."""
        told = [
            (mine, theirs)
            for mine, theirs in (
                (plain_uuid(self.uuid), plain_uuid(identity.get("uuid", ""))),
                (self.serial, identity.get("serial", "")),
            )
            if mine and theirs
        ]
        return all(mine == theirs for mine, theirs in told) if told else None


@dataclass
class Place:
    """A slot of a host: who is expected in it and who was last seen there."""

    number: int
    expected: ExpectedGpu | None = None
    identity: dict[str, str] = field(default_factory=dict)
    key: str = ""

    @property
    def mismatch(self) -> bool:
        """Whether another GPU than the expected one was last seen here."""
        if self.expected is None or not self.key:
            return False
        return self.expected.is_met_by(self.identity) is False

    @property
    def names(self) -> dict[str, str]:
        """Who was last seen here; before anybody was, who is expected."""
        return self.identity if self.key or self.expected is None else self.expected.names

    def take(self, sample: GpuSample) -> None:
        """Note who is here now; what a source does not repeat about the same GPU is kept."""
        if sample.key != self.key:
            self.key, self.identity = sample.key, {}
        if not sample.identity.items() <= self.identity.items():
            self.identity = {**self.identity, **sample.identity}


class Roster:
    """The places of one host."""

    def __init__(self, expected: Iterable[ExpectedGpu] = ()) -> None:
        self._places = {gpu.slot: Place(gpu.slot, gpu) for gpu in expected}

    @property
    def places(self) -> Sequence[Place]:
        """Every place expected or ever taken, by number."""
        return [self._places[number] for number in sorted(self._places)]

    def seat(self, samples: Iterable[GpuSample]) -> dict[int, GpuSample]:
        """Return the samples by the number of their place, and note who sits where."""
        seated: dict[int, GpuSample] = {}
        waiting = list(samples)
        present = {sample.key for sample in waiting}
        for find in (self._known, self._listed, self._same_bus, self._nameless):
            waiting = self._settle(waiting, seated, find, present)
        for sample in waiting:
            self._put(sample, self._free(sample, seated, present), seated)
        return seated

    def _settle(
        self,
        waiting: Sequence[GpuSample],
        seated: dict[int, GpuSample],
        find: Callable[[GpuSample, set[str]], int | None],
        present: set[str],
    ) -> list[GpuSample]:
        left = []
        for sample in waiting:
            number = find(sample, present)
            if number is None or number in seated:
                left.append(sample)
            else:
                self._put(sample, number, seated)
        return left

    def _put(self, sample: GpuSample, number: int, seated: dict[int, GpuSample]) -> None:
        self._places.setdefault(number, Place(number)).take(sample)
        seated[number] = sample

    def _known(self, sample: GpuSample, _present: set[str]) -> int | None:
        return next((p.number for p in self._places.values() if p.key == sample.key), None)

    def _listed(self, sample: GpuSample, _present: set[str]) -> int | None:
        """The place that the site file gives this GPU."""
        for place in self._places.values():
            if place.expected and place.expected.is_met_by(sample.identity):
                return place.number
        return None

    def _same_bus(self, sample: GpuSample, present: set[str]) -> int | None:
        """The place of one that is gone and had the same address on the bus: it was swapped."""
        bus = sample.identity.get("pci_bus_id")
        for place in self._places.values():
            if bus and place.identity.get("pci_bus_id") == bus and place.key not in present:
                return place.number
        return None

    def _nameless(self, sample: GpuSample, _present: set[str]) -> int | None:
        """The place of one that never said who it is, by the number it had."""
        for place in self._places.values():
            unknown = place.key and not ({"uuid", "pci_bus_id"} & place.identity.keys())
            if unknown and place.key == f"index {sample.index}":
                return place.number
        return None

    def _free(self, sample: GpuSample, seated: Mapping[int, GpuSample], present: set[str]) -> int:
        """A place that nobody ever took, by its own number if that may be; else a new one."""
        mine = self._places.get(sample.index)
        if mine is None:
            return sample.index
        open_ = [p for p in self.places if not p.key and p.number not in seated]
        if mine in open_:
            return mine.number
        # One that the list does not name can only sit where a named one was expected and is not.
        empty = open_ or [
            p for p in self.places if p.key not in present and p.number not in seated and p.expected
        ]
        return empty[0].number if empty else max(self._places) + 1


def plain_uuid(uuid: str) -> str:
    """Return a UUID as all sources can be compared by: lower case, without ``GPU-``."""
    return uuid.lower().removeprefix("gpu-")
