"""Every GPU of a site in its place, kept up to date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.acquisition.latest import LinkState
from console.alarms.status import Status
from console.session.session import Session
from console.site import Host
from console.text import tr
from console.ui.gpu_advice import Judge
from console.ui.gpu_state import GpuState, Place, state_of
from drivers.points import Reason, Snapshot, Stamp


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
        self._judge = Judge(session)
        self.hosts: list[HostLine] = []
        self.places: list[Place] = []
        self.states: list[GpuState] = []
        self.host_alarms: dict[str, Status] = {}
        self.host_reasons: dict[str, Reason] = {}
        self._rebuild(session.latest.parts())

    def refresh(self, watched: int | None = None) -> Change:
        """Ask the session; returns what looks different. ``watched`` is the position of a GPU.

        What that one calls for is known at the next call, of the others within seconds.
        """
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
            finding = self._judge.of(place.part)
            if known.view is view and known.alarm is alarm and known.finding is finding:
                continue
            self.states[i] = self._state(place, view, alarm, now)
            if self.states[i] != known:
                changed.append(i)
        self._judge.look(self.states, watched)
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

    def _refresh_hosts(self, worst: Mapping[str, Status]) -> bool:
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
            expected = {gpu.slot: gpu for gpu in host.gpu}
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
                    expected.get(int(part.rpartition("gpu")[2])),
                )
                for part in mine
            ]
        views = [session.latest.view(place.part, now) for place in self.places]
        pairs = zip(self.places, views, strict=True)
        self.states = [self._state(place, view, None, now) for place, view in pairs]

    def _state(self, place: Place, view: Snapshot, alarm: Status | None, now: Stamp) -> GpuState:
        gone = view.reasons[0] == Reason.DEVICE_LOST
        last = self._session.latest.last_known(place.part) if gone else None
        return state_of(place, view, alarm, last, now.utc_us, self._judge.of(place.part))


def worst_alarms(alarms: Sequence[Status]) -> dict[str, Status]:
    """Return the worst active alarm of each part, one that nobody has seen before another."""
    worst: dict[str, Status] = {}
    for alarm in alarms:
        known = worst.get(alarm.subject)
        if alarm.active and (known is None or alarm.priority < known.priority):
            worst[alarm.subject] = alarm
    return worst


def _in_order(session: Session) -> list[Host]:
    tanks = [host for tank in session.tanks for host in session.site.hosts_in(tank.id)]
    return tanks + [host for host in session.hosts if host.tank is None]
