"""A host's GPUs as a pollable device, whatever the source: who is there, gone, or new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from drivers.device import DeviceGarbledError
from drivers.gpu.points import gpu_schema
from drivers.gpu.roster import ExpectedGpu, Place, Roster
from drivers.gpu.schema import schema_for
from drivers.gpu.source import Capability, GpuFault, GpuSample, GpuSource, silence
from drivers.gpu.xid_watch import Bursts, GaugeEdges
from drivers.points import Happening, Reason, Schema, Snapshot, Stamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNEXPECTED, AS_EXPECTED, REPORTED = "unexpected", "as_expected", "reported"
PAST_S, PAST_STEP_S = 3600.0, 15.0
Read: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.uint8]]"
_USABLE = frozenset({int(Reason.NONE), int(Reason.RECORDED)})
_ABOUT = ("uuid", "serial", "model", "pci_bus_id")


@runtime_checkable
class Remembering(Protocol):
    """A source that can be asked for the past (:attr:`Capability.HISTORY`)."""

    async def past(self, start_utc_us: int, end_utc_us: int, step_s: float) -> Sequence[GpuSample]:
        """Return samples oldest first, each with ``measured``; raises DeviceError."""
        ...


@dataclass
class _Seat:
    """What is remembered of one place between polls."""

    schema: Schema
    edges: GaugeEdges = field(default_factory=GaugeEdges)
    bursts: Bursts = field(default_factory=Bursts)
    occupant: str = ""
    mismatch: bool = False
    measured: Stamp | None = None


class GpuDevice:
    """Polls one source. A GPU once seen, or promised by the site file, and absent is lost."""

    def __init__(
        self,
        device_id: str,
        source: GpuSource,
        *,
        expected: Iterable[ExpectedGpu] = (),
        period_s: float = 2.0,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self.id = device_id
        self.source = source
        self.period_s = period_s
        self._clock = clock
        self._roster = Roster(expected)
        self._seats: dict[int, _Seat] = {}
        self._sequence = 0
        self._past_due = Capability.HISTORY in source.capabilities
        for place in self._roster.places:
            model = place.expected.model if place.expected else ""
            self._seats[place.number] = _Seat(schema_for(model, {}, has_margin=False))

    @property
    def url(self) -> str:
        """Where it is, for messages."""
        return self.source.url

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        """One part per GPU expected or ever seen, by number."""
        return tuple((self._part(n), self._seats[n].schema) for n in sorted(self._seats))

    async def connect(self) -> None:
        """Open the source; raises DeviceError."""
        await self.source.connect()

    async def poll(self) -> Sequence[Snapshot]:
        """Look once; raises DeviceError. The first look may bring the last hour with it."""
        samples = await self.source.sample()
        live = self.take(samples, self.source.faults())
        past = await self._past() if self._past_due else []
        return [*past, *live]

    async def close(self) -> None:
        """Let go of the source."""
        await self.source.close()

    def take(
        self, samples: Sequence[GpuSample], faults: Sequence[GpuFault] = ()
    ) -> Sequence[Snapshot]:
        """Return what an answer means for every place; raises DeviceGarbledError for no GPU."""
        if not samples and not self._seats:
            raise DeviceGarbledError(f"{self.url} answered, but names no GPU")
        self._sequence += 1
        now = self._clock()
        seated = self._roster.seat(samples)
        found = []
        for place in self._roster.places:
            sample = seated.get(place.number)
            seat = self._seat(place, sample)
            happened = tuple(self._happenings(place, seat, sample, faults, now))
            if sample is None:
                found.append(self._lost(place, seat, happened, now))
            elif sample.measured is None or sample.measured != seat.measured or happened:
                seat.measured = sample.measured
                found.append(self._snapshot(place, seat, sample, happened, now))
        return found

    async def _past(self) -> list[Snapshot]:
        """The last hour from a source that remembers it; asked for once."""
        self._past_due = False
        if not isinstance(self.source, Remembering):
            return []
        end_us = self._clock().utc_us
        samples = await self.source.past(end_us - round(PAST_S * 1e6), end_us, PAST_STEP_S)
        places = {place.key: place for place in self._roster.places if place.key}
        found = []
        for sample in samples:
            place = places.get(sample.key)
            if place is not None and sample.measured is not None:
                seat, read = self._seats[place.number], (sample.values, sample.reasons)
                found.append(self._made(place, seat, read, sample.measured))
        return [replace(snapshot, past=True) for snapshot in found]

    def _seat(self, place: Place, sample: GpuSample | None) -> _Seat:
        seat = self._seats.get(place.number)
        if seat is None:
            seat = self._seats[place.number] = _Seat(gpu_schema())
        if sample is not None:
            if place.key != seat.occupant:
                seat.occupant, seat.edges, seat.bursts = place.key, GaugeEdges(), Bursts()
            seat.schema = schema_for(
                place.identity.get("model", ""),
                sample.own_limits,
                has_margin=_is_there(sample, "thermal_margin"),
            )
        return seat

    def _happenings(
        self,
        place: Place,
        seat: _Seat,
        sample: GpuSample | None,
        faults: Sequence[GpuFault],
        now: Stamp,
    ) -> Iterator[Happening]:
        if sample is not None and place.mismatch != seat.mismatch:
            seat.mismatch = place.mismatch
            kind = UNEXPECTED if place.mismatch else AS_EXPECTED
            yield Happening(kind, _difference(place), now)
        about = {name: place.identity[name] for name in _ABOUT if name in place.identity}
        for fault in faults:
            if not place.key or fault.gpu != place.key:
                continue
            told = {**about, "text": fault.text}
            if fault.code:
                yield from seat.bursts.add(fault.code, fault.time, told)
            else:  # a process that hung and was given up, a GPU that the driver lists no more
                yield Happening(REPORTED, told, fault.time)
        if sample is not None and Capability.EVENTS not in self.source.capabilities:
            code = seat.edges.new(_value(sample, "last_xid"), _value(sample, "xid_count"))
            if code is not None:
                yield from seat.bursts.add(code, now, about)
        yield from seat.bursts.tick(now)

    def _snapshot(
        self,
        place: Place,
        seat: _Seat,
        sample: GpuSample,
        happened: tuple[Happening, ...],
        now: Stamp,
    ) -> Snapshot:
        recorded = Capability.RECORDED in self.source.capabilities
        time = now if recorded or sample.measured is None else sample.measured
        return self._made(place, seat, (sample.values, sample.reasons), time, happened)

    def _lost(
        self, place: Place, seat: _Seat, happened: tuple[Happening, ...], now: Stamp
    ) -> Snapshot:
        return self._made(place, seat, silence(Reason.DEVICE_LOST), now, happened)

    def _made(
        self,
        place: Place,
        seat: _Seat,
        read: Read,
        time: Stamp,
        happened: tuple[Happening, ...] = (),
    ) -> Snapshot:
        values, reasons = read
        return Snapshot(
            device=self._part(place.number),
            schema=seat.schema,
            values=values,
            reasons=reasons,
            time=time,
            sequence=self._sequence,
            identity=place.names,
            happenings=happened,
        )

    def _part(self, number: int) -> str:
        return f"{self.id}/gpu{number}"


def _is_there(sample: GpuSample, key: str) -> bool:
    return _value(sample, key) is not None


def _value(sample: GpuSample, key: str) -> float | None:
    i = gpu_schema().index[key]
    return float(sample.values[i]) if int(sample.reasons[i]) in _USABLE else None


def _difference(place: Place) -> Mapping[str, str | int | float | None]:
    expected = place.expected or ExpectedGpu(place.number)
    return {
        "slot": place.number,
        "expected_uuid": expected.uuid or None,
        "expected_serial": expected.serial or None,
        "found_uuid": place.identity.get("uuid"),
        "found_serial": place.identity.get("serial"),
    }
