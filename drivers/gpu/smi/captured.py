"""What a capture says of one GPU, however it was printed, and the sample that this makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from drivers.gpu.smi.printed import bus_id, stamp
from drivers.gpu.smi.spec import sections_of, smi_spec
from drivers.gpu.source import GpuSample, readings, silence
from drivers.points import Reason, Stamp

# Four spellings: "GPU 0000:1A:00.0: GPU is lost", "GPU3: 0000:5F:00.0: Unknown Error",
# "GPU0000:25:00.0: Unknown Error", "GPU2: Unknown Error".
_LOST = re.compile(
    r"Unable to determine the device handle for GPU\s*(?:(\d{1,3})(?=:))?:?\s*"
    r"([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])?\s*:\s*\S",
    re.ASCII,
)


class Facts:
    """Printed texts by place: ``A/B/C`` is line C of section B of section A.

    nvidia-smi prints a line once in its section and in a known order. One that is there twice or
    in a wrong place came from a section whose heading is lost: then nothing of that section can
    be told from the other's.
    """

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._unclear: set[str] = set()
        self._reached: dict[str, int] = {}

    def add(self, place: str, text: str) -> None:
        """Note what is printed at a place."""
        section, _, line = place.rpartition("/")
        if place in self._texts or not self._in_order(section, line):
            self._unclear.add(section)
        self._texts[place] = text

    def _in_order(self, section: str, line: str) -> bool:
        order = smi_spec().order.get(section, ())
        if line not in order:
            return True
        before, self._reached[section] = self._reached.get(section, -1), order.index(line)
        return before < self._reached[section]

    def get(self, place: str) -> str | Reason | None:
        """Return the text at a place; REJECTED where it is unclear, None where there is none."""
        if self._unclear and not self._unclear.isdisjoint(["", *sections_of(place)]):
            return Reason.REJECTED
        return self._texts.get(place)

    def text(self, place: str) -> str:
        """Return the text at a place, empty where there is none or it is unclear."""
        found = self.get(place)
        return found if isinstance(found, str) else ""


@dataclass
class CapturedGpu:
    """Values by point key, reasons by key, identity, limits; ``taken`` is in the host's zone."""

    index: int | None = None
    identity: dict[str, str] = field(default_factory=dict)
    found: dict[str, float] = field(default_factory=dict)
    missing: dict[str, Reason] = field(default_factory=dict)
    own_limits: dict[str, float] = field(default_factory=dict)
    taken: datetime | None = None
    lost: bool = False

    def add(self, key: str, value: float | Reason | None) -> None:
        """Note a point: its value, the reason why it has none, or None where it is not printed."""
        if isinstance(value, Reason):
            self.missing[key] = value
        elif value is not None:
            self.found[key] = value

    @property
    def key(self) -> str:
        """What it is told apart by, as in :attr:`drivers.gpu.source.GpuSample.key`."""
        known = self.identity.get("uuid") or self.identity.get("pci_bus_id")
        return known or f"index {self.index}"

    def sample(self, index: int, now: Stamp, utc_offset_min: int | None = None) -> GpuSample:
        """Return the sample: nothing in it is live, so what is good is RECORDED."""
        identity = dict(self.identity)
        if self.lost:
            values, reasons = silence(Reason.DEVICE_LOST)
        else:
            values, reasons = readings(self.found, self.missing, Reason.NOT_EXPORTED)
            reasons = np.where(reasons == Reason.NONE, np.uint8(Reason.RECORDED), reasons)
        measured = None
        if self.taken is not None:
            identity["captured_at"] = f"{self.taken:%Y-%m-%d %H:%M:%S}"
            measured = stamp(self.taken, now, utc_offset_min)
        return GpuSample(index, identity, values, reasons, dict(self.own_limits), measured)


def lost_gpus(text: str) -> list[CapturedGpu]:
    """Return the GPUs of which nvidia-smi says that it cannot get at them, each once."""
    found: dict[str, CapturedGpu] = {}
    for match in _LOST.finditer(text):
        gpu = CapturedGpu(int(match[1]) if match[1] else None, lost=True)
        if match[2]:
            gpu.identity["pci_bus_id"] = bus_id(match[2])
        found.setdefault(gpu.key, gpu)
    return list(found.values())


def newest(gpus: Iterable[CapturedGpu]) -> list[CapturedGpu]:
    """Return each GPU as it was printed last: a file may hold one dump after the other."""
    latest: dict[str, CapturedGpu] = {}
    for gpu in gpus:
        latest[gpu.key] = gpu
    return list(latest.values())


def numbered(present: Sequence[CapturedGpu], lost: Sequence[CapturedGpu]) -> list[CapturedGpu]:
    """Return all with numbers: their own where printed, else the next that is free, in order."""
    known = {gpu.key for gpu in present}
    gpus = [*present, *(gpu for gpu in lost if gpu.key not in known)]
    taken = {gpu.index for gpu in gpus if gpu.index is not None}
    free = (number for number in range(10_000) if number not in taken)
    told = [gpu if gpu.index is not None else replace(gpu, index=next(free)) for gpu in gpus]
    return sorted(told, key=lambda gpu: gpu.index or 0)
