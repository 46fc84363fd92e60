"""What the GPUs page knows of one GPU: where it sits, what it reads and what is wrong with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

from console.alarms.status import Status
from console.health.gpu_findings import Finding
from console.site import HostGpu
from console.text import tr
from console.ui import formats
from console.ui.conditions import condition
from console.ui.gpu_margin import MARGIN, TEMPERATURE, margin_of
from console.ui.tile_state import IDLE_FLAGS
from drivers.gpu.roster import ExpectedGpu
from drivers.gpu.xids import xid
from drivers.points import Quality, Reading, Reason, Schema, Snapshot

MEMORY_TEMPERATURE = "memory_temperature"
POWER = "power"
UTILIZATION = "utilization"
THROTTLE = "throttle_reasons"
XID = "last_xid"
ECC_MODE = "ecc_mode"
UNCORRECTED = ("ecc_uncorrected_volatile", "ecc_uncorrected_aggregate")
CORRECTED = ("ecc_corrected_volatile", "ecc_corrected_aggregate")
"""Since the driver was loaded, and over the life of the GPU: the first that is known counts."""
REMAP_FAILURE = "row_remap_failure"
REMAP_PENDING = "row_remap_pending"
REMAPPED = ("uncorrectable_remapped_rows", "correctable_remapped_rows")
KEYS = (
    TEMPERATURE,
    MARGIN,
    MEMORY_TEMPERATURE,
    POWER,
    UTILIZATION,
    THROTTLE,
    XID,
    ECC_MODE,
    *UNCORRECTED,
    *CORRECTED,
    REMAP_FAILURE,
    REMAP_PENDING,
    *REMAPPED,
)
_AT = {key: i for i, key in enumerate(KEYS)}
SILENT = frozenset({Reason.NOT_YET_READ, Reason.STALE, Reason.NO_COMMS})
"""Reasons that say that nobody answers for a GPU."""
NORMAL = 10
SOON = 2
"""Findings and Xids of this severity ask for something today, or now."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a GPU sits: its number in its host, the host, and tank and slot where it has them.

    ``host_order`` and ``tank_order`` count them as the site file does; a rack has no tank.
    ``expected`` is what the site file says should sit there.
    """

    part: str
    number: int
    host: str
    tank: str
    slot: int | None
    host_order: int
    tank_order: int | None
    expected: HostGpu | None = None

    @property
    def words(self) -> str:
        """The place from the outside in: ``Tank 3 > Node 3 > GPU 0``."""
        name = tr("GPU {n}", n=self.number)
        return " > ".join(filter(None, (self.tank, self.host, name)))


@dataclass(frozen=True, slots=True)
class LastKnown:
    """What was last read of a GPU that is gone; never shown without its time."""

    read_at: str
    margin_k: int | None
    power: str


@dataclass(frozen=True, slots=True)
class GpuState:
    """One GPU now; two equal states look the same.

    ``values`` are those of :data:`KEYS`, rounded as shown, None where none may be trusted;
    ``margin_k`` is what is left to its first temperature limit, below 0 beyond it, and ``told``
    whether the GPU says so itself; ``alarm`` the worst active; ``last`` only of one that is lost;
    ``finding`` is what its values call for soonest, None where nothing has to be done today.
    """

    place: Place
    values: tuple[float | None, ...]
    reasons: tuple[Reason, ...]
    margin_k: int | None
    told: bool
    model: str
    serial: str
    alarm: Status | None
    last: LastKnown | None
    finding: Finding | None
    view: Snapshot = field(compare=False)

    @property
    def lost(self) -> bool:
        """Whether its host answers and does not know it any more."""
        return self.reasons[0] is Reason.DEVICE_LOST

    @property
    def silent(self) -> bool:
        """Whether nothing is known of it because nobody answers for it."""
        return self.reasons[0] in SILENT

    @property
    def recorded(self) -> bool:
        """Whether its values are of a captured file and not of now."""
        return Reason.RECORDED in self.reasons

    @property
    def mismatch(self) -> bool:
        """Whether another GPU sits here than the site file says; False where that is not known."""
        expected = self.place.expected
        if expected is None or self.lost:
            return False
        gpu = ExpectedGpu(expected.slot, expected.uuid, expected.serial, expected.model)
        return gpu.is_met_by(self.view.identity) is False

    @property
    def throttled(self) -> bool:
        """Whether it runs slower than it could, for a reason that is a trouble."""
        flags = self.value(THROTTLE)
        return flags is not None and bool(int(flags) & ~IDLE_FLAGS)

    @property
    def xid(self) -> int:
        """The last Xid since its exporter started, 0 for none; it is never reset by recovery."""
        return int(self.value(XID) or 0)

    @property
    def priority(self) -> int:
        """The priority of its worst active alarm, 0 without one."""
        return self.alarm.priority if self.alarm else 0

    @property
    def unseen(self) -> bool:
        """Whether nobody has acknowledged its worst alarm."""
        return self.alarm is not None and not self.alarm.acknowledged

    @property
    def abnormal(self) -> bool:
        """Whether it is worth a look; unknown is not normal."""
        return self.need < NORMAL

    @property
    def need(self) -> int:
        """How much it needs a look: 1 to 4 by its alarm, then what has none, 10 for normal."""
        troubles = (
            self.silent or self.lost,
            self.finding is not None or is_grave(self.xid),
            self.throttled,
            bool(self.xid),
            self.margin_k is None,
        )
        return self.priority or next((n for n, found in enumerate(troubles, 5) if found), NORMAL)

    @property
    def word(self) -> str:
        """Its state in a word or two."""
        if self.lost:
            return tr("lost")
        if self.silent:
            return formats.reason_text(self.reasons[0])
        return condition(self.alarm) if self.alarm else self._quiet_word()

    @property
    def spoken(self) -> str:
        """The GPU in one sentence, for a screen reader."""
        margin = "" if self.margin_k is None else tr("margin {n} K", n=kelvins(self.margin_k))
        power = "" if self.value(POWER) is None else self.text(POWER, unit=True)
        xid_words = tr("last Xid {n}", n=self.xid) if self.xid else ""
        last = tr("last read at {time}", time=self.last.read_at) if self.last else ""
        said = (self.place.words, self.word, last, margin, power, xid_words)
        return ", ".join(dict.fromkeys(filter(None, said)))

    def _quiet_word(self) -> str:
        """The state of one that answers and has no alarm."""
        if self.finding is not None:
            return self.finding.title_text()
        if self.throttled and not is_grave(self.xid):
            return tr("throttling")
        if self.xid:
            return tr("last Xid {n}", n=self.xid)
        if self.margin_k is None:
            return tr("margin unknown")
        return formats.reason_text(Reason.RECORDED) if self.recorded else tr("normal")

    def value(self, key: str) -> float | None:
        """Return a value of :data:`KEYS`, None where none may be trusted."""
        return self.values[_AT[key]]

    def first(self, keys: tuple[str, ...]) -> float | None:
        """Return the first value of some keys that may be trusted."""
        return next((value for key in keys if (value := self.value(key)) is not None), None)

    def reading(self, key: str) -> Reading | None:
        """Return the reading of a point, None where this kind of GPU has no such point."""
        return self.view.get(key)

    def text(self, key: str, *, unit: bool = False) -> str:
        """Return a value as shown, or in words why there is none."""
        reading = self.reading(key)
        if reading is None:
            return formats.reason_text(Reason.NOT_SUPPORTED)
        if reading.quality is Quality.BAD:
            return tr("lost") if self.lost else formats.reason_text(reading.reason)
        return formats.with_unit(reading) if unit else formats.number(reading)


def state_of(
    place: Place,
    view: Snapshot,
    alarm: Status | None,
    last: Snapshot | None = None,
    now_us: int | None = None,
    finding: Finding | None = None,
) -> GpuState:
    """Return a GPU as it is to be shown; ``last`` is what was last known of one that is lost."""
    values, reasons = _shown(view)
    margin = margin_of(view)
    return GpuState(
        place=place,
        values=values,
        reasons=reasons,
        margin_k=None if margin is None else int(margin.k // 1),
        told=margin is not None and margin.told,
        model=view.identity.get("model", "").removeprefix("NVIDIA "),
        serial=view.identity.get("serial", ""),
        alarm=alarm,
        last=None if last is None else _last(last, now_us),
        finding=finding,
        view=view,
    )


def is_grave(code: int) -> bool:
    """Whether an Xid asks for something today; one that nobody knows does."""
    if not code:
        return False
    known = xid(code)
    return known is None or known.urgency <= SOON


def kelvins(margin: int) -> str:
    """Return a margin as shown; what is left is never rounded up."""
    return formats.decimal(margin, 0)


def _last(view: Snapshot, now_us: int | None) -> LastKnown:
    margin, power = margin_of(view), view.get(POWER)
    known = power is not None and power.quality is not Quality.BAD
    return LastKnown(
        formats.clock(view.time.utc_us, now_us),
        None if margin is None else int(margin.k // 1),
        formats.with_unit(power) if known else "",
    )


def _shown(view: Snapshot) -> tuple[tuple[float | None, ...], tuple[Reason, ...]]:
    """Values as shown and reasons, in the order of :data:`KEYS`; hundreds of GPUs a second."""
    where, precisions = _positions(view.schema)
    raw = zip(view.values[where].tolist(), view.reasons[where].tolist(), precisions, strict=True)
    found = [
        (None if _BAD[reason] or not math.isfinite(value) else round(value, places), reason)
        for value, reason, places in raw
    ]
    return tuple(value for value, _ in found), tuple(_REASONS[reason] for _, reason in found)


@lru_cache(maxsize=64)
def _positions(schema: Schema) -> tuple[list[int], list[int]]:
    """Where the keys are in a schema, and the decimals of each; every GPU has all of them."""
    return [schema.index[key] for key in KEYS], [schema[key].precision for key in KEYS]


_REASONS = tuple(Reason)
_BAD = tuple(reason.quality is Quality.BAD for reason in _REASONS)
