"""The session: the one object that a window, a headless run or a test holds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.thread import AcquisitionThread
from console.acquisition.trends import TrendStore
from console.alarms.engine import AlarmEngine
from console.alarms.journal import AlarmBook
from console.alarms.status import Status
from console.health.outlook import Outlook, outlook
from console.history.events import JSON, EventDraft, Kind
from console.history.feed import FeedEntry
from console.history.history import History
from console.history.reader import LogReader
from console.history.search import SearchKeeper
from console.notify.service import NoticeService, senders_of
from console.notify.words import Speaker
from console.session.alarms import AlarmRoom, site_definitions
from console.session.clock_watch import ClockWatch
from console.session.devices import build_devices, derivers
from console.session.intake import RECORDING, Intake
from console.session.writes import WriteDesk
from console.site import Host, LoadedSite, Tank
from console.text import tr
from drivers.device import Device
from drivers.points import Snapshot, Stamp

if TYPE_CHECKING:
    from console.session.workplace import Workplace

_RETURN = "coolant_return_temperature"
_OUTLOOK_SPAN_S = 60.0
_WHO = ("uuid", "serial", "model")


@dataclass(frozen=True, slots=True)
class Refresh:
    """What became known since the last refresh: events to show, whether alarms or work changed."""

    entries: Sequence[FeedEntry]
    alarms_changed: bool
    work_changed: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did; ``seconds`` is its length, ``dropped`` the samples and events lost."""

    devices: int
    devices_ok: int
    points: int
    samples: int
    polls: int
    polls_missed: int
    events: int
    dropped: int
    seconds: float

    def as_dict(self) -> dict[str, float]:
        """Return it for JSON."""
        return asdict(self)


class Tools(Protocol):
    """What a simulated site can do that a real one cannot."""

    def inject(self, fault: str, target: str | None = None) -> None:
        """Ask for a fault."""

    def clear(self, fault: str, target: str | None = None) -> None:
        """Ask for a fault's end."""

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        """Ask for one act of hands on a host."""


class Session:
    """A site being watched: devices, values, trends, alarms and the log.

    ``refresh`` is called by one thread only (the window's); everything else from any thread.
    """

    def __init__(
        self, loaded: LoadedSite, data: Path, *, clock: Callable[[], Stamp] = Stamp.now
    ) -> None:
        self.loaded = loaded
        self.site = loaded.site
        self.path = loaded.path
        self.data = data
        self.clock = clock
        self.latest = LatestStore()
        self.trends = TrendStore()
        self.history = History(data, clock=clock)
        self.book = AlarmBook()
        self.alarms = AlarmRoom(self._engine(loaded), self.history.record, clock)
        self.intake = Intake(
            self.latest, self.trends, self.history, self.alarms, derivers(loaded), clock
        )
        self.writes = WriteDesk(loaded.site, self.history.record, clock)
        self.devices: list[Device] = build_devices(loaded, clock, self.writes.arming)
        self._acquisition = AcquisitionThread(
            self.devices, self.latest, self.intake, clock, self._restore
        )
        self.writes.serve(self.devices, self._acquisition.submit)
        self.notices = self._notices(loaded)
        self._search = SearchKeeper(data)
        self._clock_watch = ClockWatch(clock, self.history.record)
        self.tools: Tools | None = None
        self.is_demo = False
        """Whether the site is simulated, so that nobody is hurt by PINs that everybody knows."""
        self.training = ""
        """What is trained, where this session is a training: everything shows that it is one."""
        self.furnish: Callable[[Workplace], None] | None = None
        """What is done once its people and work are read and before anybody may ask."""
        self.workplace: Workplace | None = None
        """People, orders and guided work, where this console does them (:meth:`open_work`)."""
        tanks = {tank.id for tank in loaded.site.tank}
        self._seen = 0
        self._started: Stamp | None = None
        self._ended: Stamp | None = None
        self._is_live = False
        self.alarms.add_device(RECORDING, "console")
        for device in self.devices:
            self.latest.add_device(device.id, device.url, device.period_s)
            self.alarms.add_device(device.id, "tank" if device.id in tanks else "host")
            for part, schema in device.parts:
                self.intake.add_part(device.id, part, schema)

    @property
    def tanks(self) -> Sequence[Tank]:
        """The tanks in file order."""
        return self.site.tank

    @property
    def hosts(self) -> Sequence[Host]:
        """The hosts in file order."""
        return self.site.host

    def start(self, *, acquire: bool = True) -> None:
        """Open the log and start polling; ``acquire=False`` leaves the feeding to the caller."""
        self._started = self.clock()
        self._is_live = acquire
        self.history.start()
        body: dict[str, JSON] = {
            "site": self.site.site.id,
            "devices": len(self.devices),
            "pid": os.getpid(),
        }
        self.history.record(
            EventDraft(Kind.APPLICATION_STARTED, self.site.site.id, body, self._started)
        )
        if acquire:
            self._clock_watch.begin(LogReader(self.data))
            self._acquisition.start()
            self._search.start()
        else:
            self._restore()

    def open_work(self, *, wait: bool = False) -> Workplace:
        """Take up people, orders and runs from the log; ``wait`` until they are read.

        A session without it watches only: ``record`` and ``check`` have nobody to ask. That of a
        demo (``is_demo``) finds people and approved procedures.
        """
        from console.session.furnish import furnish as furnish_demo
        from console.session.workplace import Workplace

        def furnish(place: Workplace) -> None:
            if self.is_demo:
                furnish_demo(place)
            if self.furnish is not None:
                self.furnish(place)

        if self.workplace is None:
            self.workplace = Workplace(self, furnish)
            self.workplace.open(wait=wait)
        return self.workplace

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Stop polling, write what is left and close; returns whether all ended in time.

        Half of the time is for the devices, which are never waited for, and for messages on their
        way out; half for the disk.
        """
        deadline_s = time.monotonic() + timeout_s / 2
        self.notices.end()
        self._search.close()
        if self.workplace is not None:
            self.workplace.close()
        ended = self._acquisition.stop(timeout_s / 2)
        ended &= self.notices.close(max(deadline_s - time.monotonic(), 0.0))
        self._ended = self.clock()
        self.history.record(
            EventDraft(Kind.APPLICATION_STOPPED, self.site.site.id, {}, self._ended)
        )
        return self.history.close(timeout_s / 2) and ended

    def refresh(self) -> Refresh:
        """Return what was published since the last call and bring the alarm book up to date."""
        if self._is_live:
            self._clock_watch.look()
        entries, self._seen = self.history.feed.since(self._seen)
        restored = self.alarms.take_restored()
        if restored is not None:
            self.book.take_over(restored)
        changed = [self.book.apply(entry.event) for entry in entries]
        moved = self.workplace is not None and self.workplace.follow(entries)
        return Refresh(entries, restored is not None or any(changed), moved)

    def now(self) -> Stamp:
        """Read the session's clock."""
        return self.clock()

    def view(self, part: str) -> Snapshot:
        """Return what may be shown of a part now (see :meth:`LatestStore.view`)."""
        return self.latest.view(part, self.clock())

    def gpus(self, host: str | None = None) -> Sequence[str]:
        """Return the GPU parts known, of one host or of all, in site and GPU order."""
        hosts = [host] if host else [h.id for h in self.hosts]
        return [part for h in hosts for part in self.latest.parts(h)]

    def gpus_in(self, tank: str) -> Sequence[str]:
        """Return the GPU parts of a tank in slot order."""
        return [part for h in self.site.hosts_in(tank) for part in self.latest.parts(h.id)]

    def parts_of(self, tank: str) -> Sequence[str]:
        """Return the tank, its hosts and their GPUs: everything an alarm in it may be about."""
        hosts = [host.id for host in self.site.hosts_in(tank)]
        return [tank, *hosts, *self.gpus_in(tank)]

    def tank_of(self, subject: str) -> Tank | None:
        """Return the tank that a part, host or GPU belongs to, if any."""
        device = subject.partition("/")[0]
        host = next((h for h in self.hosts if h.id == device), None)
        wanted = host.tank if host else device
        return next((t for t in self.tanks if t.id == wanted), None)

    def name_of(self, subject: str) -> str:
        """Return the name a person knows a part by."""
        if subject == RECORDING:
            return tr("Console")
        device, _, rest = subject.partition("/")
        things: Sequence[Tank | Host] = [*self.tanks, *self.hosts]
        name = next((thing.name for thing in things if thing.id == device), device)
        return f"{name} {rest.replace('gpu', 'GPU ')}" if rest else name

    def outlook(self, tank: str) -> Outlook | None:
        """Return where a tank's return temperature is going; None when that cannot be told."""
        view = self.view(tank)
        value = view.good(_RETURN)
        if value is None:
            return None
        limits = [limit.reading for limit in view.schema[_RETURN].limits if limit.level.is_upper]
        ages, values = self.trends.window(tank, _RETURN, _OUTLOOK_SPAN_S, self.clock().mono_s)
        return outlook(value, limits, ages, values)

    def acknowledge(self, alarms: Iterable[Status], actor: str) -> None:
        """Record that a person has seen these alarms; the book follows once it is on disk.

        Raises RefusedError where one became worse since it was shown.
        """
        self.alarms.acknowledge(alarms, actor)

    def request_work(
        self, part: str, findings: Sequence[str], actor: str, xids: Sequence[int] = ()
    ) -> None:
        """Record that a person wants work on a GPU, because of findings (their ids) and Xids.

        The request names the GPU itself, since another may sit in its place by the time of work.
        """
        known = self.latest.last_known(part)
        identity = known.identity if known is not None else self.view(part).identity
        body: dict[str, JSON] = {name: identity.get(name) for name in _WHO}
        body |= {"findings": list(findings), "xids": list(xids)}
        self.history.record(EventDraft(Kind.WORK_REQUESTED, part, body, self.clock(), actor))

    def _restore(self) -> None:
        """Take up acknowledged, shelved and latched alarms before the first sample."""
        self.notices.start(self.alarms.restore(self.data))

    def _notices(self, loaded: LoadedSite) -> NoticeService:
        """Who is told of alarms outside the window: nobody, unless the site file says so."""
        header, rules = loaded.site.site, loaded.site.notify
        folder = loaded.path.absolute().parent if loaded.path else Path()
        return NoticeService(
            rules,
            senders_of(rules, folder),
            Speaker(header.id, header.name, self.name_of, self.alarms.definition_of),
            self.history.feed,
            self.history.record,
            self.clock,
        )

    def _engine(self, loaded: LoadedSite) -> AlarmEngine:
        """The engine with the definitions in force; raises FileError for one that is wrong."""
        places = {host.id: host.tank for host in loaded.site.host if host.tank}
        return AlarmEngine(site_definitions(loaded), places)

    def summary(self) -> Summary:
        """Return the counts of the run so far."""
        links = self.latest.links()
        began = self._started or self.clock()
        ended = self._ended or self.clock()
        counters = self.history.counters
        unwritten = counters.events_waiting if self._ended else 0
        return Summary(
            devices=len(links),
            devices_ok=sum(1 for link in links if link.state is LinkState.LIVE),
            points=sum(len(self.latest.schema(part)) for part in self.latest.parts()),
            samples=self.intake.samples,
            polls=sum(link.polls for link in links),
            polls_missed=sum(link.missed for link in links),
            events=counters.events_written,
            dropped=counters.dropped + counters.events_lost + unwritten,
            seconds=round(ended.mono_s - began.mono_s, 1),
        )
