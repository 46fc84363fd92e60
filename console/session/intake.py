"""What happens to every sample and to every change of a link, on the acquisition thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.trends import TrendStore
from console.health.derived import Deriver
from console.history.events import JSON, EventDraft, Kind
from console.history.status import StorageState, StorageStatus
from drivers.gpu.roster import ExpectedGpu
from drivers.points import Happening, Reason, Schema, Snapshot, Stamp

RECORDING = "recording"
"""The subject of alarms about the console's own recording."""
_GONE = {Reason.DEVICE_LOST: Kind.GPU_LOST, Reason.NO_COMMS: Kind.GPU_SILENT}
_BACK = {Reason.DEVICE_LOST: Kind.GPU_RESTORED, Reason.NO_COMMS: Kind.GPU_ANSWERING}
_HAPPENINGS = {
    "xid": Kind.GPU_XID,
    "xid_repeated": Kind.GPU_XID_REPEATED,
    "reported": Kind.GPU_REPORTED,
    "unexpected": Kind.GPU_UNEXPECTED,
    "as_expected": Kind.GPU_AS_EXPECTED,
}


class Recorder(Protocol):
    """Where events and samples are kept."""

    def record(self, draft: EventDraft) -> None:
        """Keep an event."""

    def keep(self, snapshot: Snapshot) -> bool:
        """Keep a sample."""

    @property
    def status(self) -> StorageStatus:
        """How recording is going."""


class Alarms(Protocol):
    """Who watches samples and links for alarms."""

    def add_part(self, device: str, part: str, scope: str, schema: Schema) -> None:
        """Make a part known."""

    def feed(self, device: str, snapshot: Snapshot) -> None:
        """Take a sample."""

    def link_changed(self, device: str, *, lost: bool, now: Stamp, message: str = "") -> None:
        """Note that a device fell silent or answers."""

    def tick(self, now: Stamp) -> None:
        """Let time pass."""


class Intake:
    """Latest value, trend, alarms, losses and history of every part."""

    def __init__(
        self,
        latest: LatestStore,
        trends: TrendStore,
        recorder: Recorder,
        alarms: Alarms,
        derivers: dict[str, Deriver],
        clock: Callable[[], Stamp],
    ) -> None:
        self._latest = latest
        self._trends = trends
        self._recorder = recorder
        self._alarms = alarms
        self._derivers = derivers
        self._clock = clock
        self._gone: dict[str, tuple[Reason, Mapping[str, str]]] = {}
        self._known: set[str] = set()
        self._degraded = False
        self.samples = 0

    def add_part(self, device: str, part: str, schema: Schema) -> None:
        """Make a part known before it ever answered."""
        deriver = self._derivers.get(part)
        whole = deriver.schema if deriver else schema
        self._latest.add_part(device, part, whole)
        self._alarms.add_part(device, part, "tank" if part == device else "gpu", whole)

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        """Take what one poll of a device learned."""
        period_s = self._latest.link(device).period_s
        for found in snapshots:
            deriver = self._derivers.get(found.device)
            snapshot = deriver.extend(found) if deriver else found
            self._take(device, snapshot, period_s)
            self.samples += len(snapshot.schema)

    def _take(self, device: str, snapshot: Snapshot, period_s: float) -> None:
        self._latest.add_part(device, snapshot.device, snapshot.schema)
        if not snapshot.past:
            self._latest.put(snapshot)
            self._watch(device, snapshot)
        # A recording is of another time: it is shown as such and is no part of the history.
        if not (snapshot.reasons == Reason.RECORDED).any():
            self._trends.append(snapshot, period_s)
            self._recorder.keep(snapshot)

    def link_changed(self, device: str, state: LinkState, message: str) -> None:
        """Note that a device answered for the first time, fell silent, or came back."""
        link = self._latest.link(device)
        if link.state is state:
            return
        kind = {
            LinkState.LOST: Kind.DEVICE_LOST,
            LinkState.LIVE: Kind.DEVICE_RESTORED
            if link.state is LinkState.LOST
            else Kind.DEVICE_CONNECTED,
        }[state]
        now = self._clock()
        self._latest.set_link(device, state=state, since=now, message=message)
        body = {"url": link.url} | ({"message": message} if message else {})
        self._recorder.record(EventDraft(kind, device, body, now))
        lost = state is LinkState.LOST
        self._alarms.link_changed(device, lost=lost, now=now, message=message)

    def tick(self) -> None:
        """Let time pass where nothing is sampled; called about once a second."""
        now, status = self._clock(), self._recorder.status
        degraded = status.state is StorageState.DEGRADED
        if degraded != self._degraded:
            self._degraded = degraded
            self._alarms.link_changed(RECORDING, lost=degraded, now=now, message=status.sentence)
        self._alarms.tick(now)

    def _watch(self, device: str, snapshot: Snapshot) -> None:
        for happening in snapshot.happenings:
            self._recorder.record(_draft_of(happening, snapshot))
        self._follow(snapshot)
        self._alarms.feed(device, snapshot)

    def _follow(self, snapshot: Snapshot) -> None:
        """Tell of a part whose device answers that nothing is known of it any more, or again."""
        part, gone = snapshot.device, _gone(snapshot)
        before, who = self._gone.get(part, (Reason.NONE, snapshot.identity))
        if gone is not before:
            self._gone[part] = gone, snapshot.identity
            if gone:  # one that hung and is lost now has not answered in between
                self._tell(_GONE[gone], snapshot, {} if part in self._known else {"seen": False})
            else:
                self._tell(_BACK[before], snapshot, _other(who, snapshot.identity))
        if not gone:
            self._known.add(part)

    def _tell(self, kind: Kind, snapshot: Snapshot, more: Mapping[str, JSON]) -> None:
        about: dict[str, JSON] = {**snapshot.identity, **more}
        self._recorder.record(EventDraft(kind, snapshot.device, about, snapshot.time))


def _other(before: Mapping[str, str], now: Mapping[str, str]) -> Mapping[str, JSON]:
    """Who was gone, where it is surely another one that answers in its place now."""
    gone = ExpectedGpu(0, before.get("uuid", ""), before.get("serial", ""))
    if gone.is_met_by(now) is not False:
        return {}
    return {f"was_{name}": text for name, text in gone.names.items()}


def _gone(snapshot: Snapshot) -> Reason:
    """Why nothing at all is known of a part whose device answers; NONE where something is."""
    first = Reason(int(snapshot.reasons[0]))
    whole = first in _GONE and bool((snapshot.reasons == first).all())
    return first if whole else Reason.NONE


def _draft_of(happening: Happening, snapshot: Snapshot) -> EventDraft:
    kind = _HAPPENINGS[happening.kind]
    return EventDraft(kind, snapshot.device, dict(happening.body), happening.time)
