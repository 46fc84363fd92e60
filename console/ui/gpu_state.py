"""What the GPUs page knows of each GPU: where it sits, what it reads and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.acquisition.latest import LinkState
from console.alarms.book import Alarm
from console.session.session import Session
from console.site import Host
from console.text import tr
from console.ui import formats
from console.ui.conditions import condition
from console.ui.tile_state import IDLE_FLAGS, margin_k
from drivers.points import Quality, Reading, Reason, Snapshot

TEMPERATURE = "core_temperature"
MEMORY_TEMPERATURE = "memory_temperature"
POWER = "power"
UTILIZATION = "utilization"
THROTTLE = "throttle_reasons"
XID = "last_xid"
KEYS = (TEMPERATURE, MEMORY_TEMPERATURE, POWER, UTILIZATION, THROTTLE, XID)
SILENT = frozenset({Reason.NOT_YET_READ, Reason.STALE, Reason.NO_COMMS})
"""Reasons that say that nobody answers for a GPU."""
_UUID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a GPU sits: its number in its host, the host, and tank and slot where it has them.

    ``host_order`` and ``tank_order`` count them as the site file does; a rack has no tank.
    """

    part: str
    number: int
    host: str
    tank: str
    slot: int | None
    host_order: int
    tank_order: int | None

    @property
    def words(self) -> str:
        """The place from the outside in: ``Tank 3 > Node 3 > GPU 0``."""
        name = tr("GPU {n}", n=self.number)
        return " > ".join(filter(None, (self.tank, self.host, name)))


@dataclass(frozen=True, slots=True)
class GpuState:
    """One GPU now; two equal states look the same.

    ``values`` are those of :data:`KEYS`, rounded as shown, None where none may be trusted;
    ``margin_k`` is what is left to the first upper limit of the core; ``alarm`` the worst active.
    """

    place: Place
    values: tuple[float | None, ...]
    reasons: tuple[Reason, ...]
    margin_k: int | None
    model: str
    uuid: str
    alarm: Alarm | None
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
        return self.need < 9

    @property
    def need(self) -> int:
        """How much it needs a look: 1 to 4 by its alarm, then what has none, 9 for normal."""
        troubles = (self.silent or self.lost, self.throttled, bool(self.xid), self.margin_k is None)
        return self.priority or next((n for n, found in enumerate(troubles, 5) if found), 9)

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
        xid = tr("last Xid {n}", n=self.xid) if self.xid else ""
        said = (self.place.words, self.word, margin, power, xid)
        return ", ".join(dict.fromkeys(filter(None, said)))

    def _quiet_word(self) -> str:
        """The state of one that answers and has no alarm."""
        if self.throttled:
            return tr("throttling")
        if self.xid:
            return tr("last Xid {n}", n=self.xid)
        return tr("normal") if self.margin_k is not None else tr("margin unknown")

    def value(self, key: str) -> float | None:
        """Return a value of :data:`KEYS`, None where none may be trusted."""
        return self.values[KEYS.index(key)]

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


@dataclass(frozen=True, slots=True)
class HostLine:
    """A server and its GPUs: ``count`` of them from ``first`` on, in the roster's order."""

    id: str
    name: str
    tank_id: str
    tank: str
    slot: int | None
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How many GPUs there are, and how many of each kind of trouble."""

    all: int
    lost: int
    silent: int
    throttled: int
    alarmed: int

    @property
    def words(self) -> str:
        """All of it in one line: ``48 GPUs, 1 lost, 1 throttling``."""
        said = [tr("1 GPU") if self.all == 1 else tr("{n} GPUs", n=self.all)]
        if self.lost:
            said.append(tr("{n} lost", n=self.lost))
        if self.silent:
            said.append(tr("{n} without answer", n=self.silent))
        if self.throttled:
            said.append(tr("{n} throttling", n=self.throttled))
        if self.alarmed:
            said.append(tr("{n} with an alarm", n=self.alarmed))
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class Change:
    """What differs since the last look: whether GPUs were added, hosts' alarms, which GPUs."""

    rebuilt: bool
    hosts: bool
    gpus: Sequence[int]


class GpuRoster:
    """Every GPU of a site in the order of tanks, slots and numbers; servers in racks come last."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._parts: Sequence[str] = ()
        self.hosts: list[HostLine] = []
        self.places: list[Place] = []
        self.states: list[GpuState] = []
        self.host_alarms: dict[str, Alarm] = {}
        self.host_reasons: dict[str, Reason] = {}
        self._rebuild(session.latest.parts())

    def refresh(self) -> Change:
        """Ask the session; returns what looks different."""
        parts = self._session.latest.parts()
        rebuilt = parts != self._parts
        if rebuilt:
            self._rebuild(parts)
        worst = worst_alarms(self._session.book.alarms())
        hosts_changed = self._refresh_hosts(worst)
        now = self._session.now()
        changed = []
        for i, place in enumerate(self.places):
            view = self._session.latest.view(place.part, now)
            known, alarm = self.states[i], worst.get(place.part)
            if known.view is view and known.alarm is alarm:
                continue
            self.states[i] = state_of(place, view, alarm)
            if self.states[i] != known:
                changed.append(i)
        return Change(rebuilt, hosts_changed, changed)

    def find(self, subject: str) -> int | None:
        """Return the position of a GPU, or of the first GPU of a host or tank; None if unknown."""
        tank = {line.tank_id: line.first for line in reversed(self.hosts) if line.count}
        host = {line.id: line.first for line in self.hosts if line.count}
        part = {place.part: i for i, place in enumerate(self.places)}
        return part.get(subject, host.get(subject, tank.get(subject) if subject else None))

    def of_host(self, host: HostLine) -> Sequence[GpuState]:
        """Return the GPUs of a host."""
        return self.states[host.first : host.first + host.count]

    def counts(self) -> Counts:
        """Return the counts over all GPUs."""
        return Counts(
            len(self.states),
            sum(1 for s in self.states if s.lost),
            sum(1 for s in self.states if s.silent),
            sum(1 for s in self.states if s.throttled),
            sum(1 for s in self.states if s.priority and not s.lost),
        )

    def _refresh_hosts(self, worst: Mapping[str, Alarm]) -> bool:
        alarms = {line.id: worst[line.id] for line in self.hosts if line.id in worst}
        links = {line.id: self._session.latest.link(line.id) for line in self.hosts}
        reasons = {
            id_: Reason.NO_COMMS if link.state is LinkState.LOST else Reason.NOT_YET_READ
            for id_, link in links.items()
        }
        same = (alarms, reasons) == (self.host_alarms, self.host_reasons)
        self.host_alarms, self.host_reasons = alarms, reasons
        return not same

    def _rebuild(self, parts: Sequence[str]) -> None:
        session, now = self._session, self._session.now()
        self._parts = parts
        self.hosts, self.places = [], []
        by_host: dict[str, list[str]] = {}
        for part in parts:
            by_host.setdefault(part.partition("/")[0], []).append(part)
        order = {tank.id: i for i, tank in enumerate(session.tanks)}
        for number, host in enumerate(_in_order(session)):
            mine = [part for part in by_host.get(host.id, ()) if "/" in part]
            tank = session.tank_of(host.id)
            name, id_ = (tank.name, tank.id) if tank else ("", "")
            line = HostLine(host.id, host.name, id_, name, host.slot, len(self.places), len(mine))
            self.hosts.append(line)
            self.places += [
                Place(
                    part,
                    int(part.rpartition("gpu")[2]),
                    host.name,
                    name,
                    host.slot,
                    number,
                    order.get(id_),
                )
                for part in mine
            ]
        latest = session.latest
        self.states = [state_of(p, latest.view(p.part, now), None) for p in self.places]


def state_of(place: Place, view: Snapshot, alarm: Alarm | None) -> GpuState:
    """Return a GPU as it is to be shown."""
    found = [_shown(view, key) for key in KEYS]
    temperature = view.get(TEMPERATURE)
    left_k = None if temperature is None else margin_k(temperature)
    return GpuState(
        place=place,
        values=tuple(value for value, _ in found),
        reasons=tuple(reason for _, reason in found),
        margin_k=None if left_k is None else int(left_k // 1),
        model=view.identity.get("model", "").removeprefix("NVIDIA "),
        uuid=view.identity.get("uuid", "").removeprefix("GPU-")[:_UUID_SHOWN],
        alarm=alarm,
        view=view,
    )


def worst_alarms(alarms: Sequence[Alarm]) -> dict[str, Alarm]:
    """Return the worst active alarm of each part, one that nobody has seen before another."""
    worst: dict[str, Alarm] = {}
    for alarm in alarms:
        known = worst.get(alarm.subject)
        if alarm.active and (known is None or alarm.priority < known.priority):
            worst[alarm.subject] = alarm
    return worst


def kelvins(margin: int) -> str:
    """Return a margin as shown; what is left is never rounded up."""
    return formats.decimal(margin, 0)


def _shown(view: Snapshot, key: str) -> tuple[float | None, Reason]:
    i = view.schema.index.get(key)
    if i is None:
        return None, Reason.NOT_SUPPORTED
    reason = Reason(int(view.reasons[i]))
    if reason.quality is Quality.BAD:
        return None, reason
    value = float(view.values[i])
    shown = round(value, view.schema.points[i].precision) if math.isfinite(value) else None
    return shown, reason


def _in_order(session: Session) -> list[Host]:
    tanks = [host for tank in session.tanks for host in session.site.hosts_in(tank.id)]
    return tanks + [host for host in session.hosts if host.tank is None]
