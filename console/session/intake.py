"""What happens to every sample and to every change of a link, on the acquisition thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from console.acquisition.latest import LatestStore, LinkState
from console.acquisition.trends import TrendStore
from console.alarms.limits import Crossing, LimitMonitor
from console.health.derived import Deriver
from console.history.events import EventDraft, Kind
from drivers.points import Reason, Schema, Snapshot, Stamp

_SENSOR_REASONS = frozenset({Reason.SENTINEL, Reason.SENSOR_FAULT})


class Recorder(Protocol):
    """Where events and samples are kept."""

    def record(self, draft: EventDraft) -> None:
        """Keep an event."""

    def keep(self, snapshot: Snapshot) -> bool:
        """Keep a sample."""


class Intake:
    """Latest value, trend, limits, losses and history of every part."""

    def __init__(
        self,
        latest: LatestStore,
        trends: TrendStore,
        recorder: Recorder,
        derivers: dict[str, Deriver],
        clock: Callable[[], Stamp],
    ) -> None:
        self._latest = latest
        self._trends = trends
        self._recorder = recorder
        self._derivers = derivers
        self._clock = clock
        self._parts: dict[str, _PartWatch] = {}
        self.samples = 0

    def add_part(self, device: str, part: str, schema: Schema) -> None:
        """Make a part known before it ever answered."""
        deriver = self._derivers.get(part)
        self._latest.add_part(device, part, deriver.schema if deriver else schema)

    def accept(self, device: str, snapshots: Sequence[Snapshot]) -> None:
        """Take what one poll of a device learned."""
        period_s = self._latest.link(device).period_s
        for found in snapshots:
            deriver = self._derivers.get(found.device)
            snapshot = deriver.extend(found) if deriver else found
            self._latest.add_part(device, snapshot.device, snapshot.schema)
            self._latest.put(snapshot)
            self._trends.append(snapshot, period_s)
            self._watch(snapshot)
            self._recorder.keep(snapshot)
            self.samples += len(snapshot.schema)

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

    def _watch(self, snapshot: Snapshot) -> None:
        watch = self._parts.get(snapshot.device)
        if watch is None:
            watch = self._parts[snapshot.device] = _PartWatch(snapshot.schema)
        for draft in watch.feed(snapshot):
            self._recorder.record(draft)


class _PartWatch:
    """The limits and the health of the sensors of one part."""

    def __init__(self, schema: Schema) -> None:
        self._limits = LimitMonitor(schema)
        self._failed: set[int] = set()
        self._lost = False

    def feed(self, snapshot: Snapshot) -> list[EventDraft]:
        lost = bool((snapshot.reasons == Reason.DEVICE_LOST).all())
        if lost != self._lost:
            self._lost = lost
            kind = Kind.GPU_LOST if lost else Kind.GPU_RESTORED
            return [EventDraft(kind, snapshot.device, dict(snapshot.identity), snapshot.time)]
        if lost:
            return []
        drafts = [_crossing(crossing) for crossing in self._limits.feed(snapshot)]
        return drafts + self._sensors(snapshot)

    def _sensors(self, snapshot: Snapshot) -> list[EventDraft]:
        failed = {i for i, r in enumerate(snapshot.reasons) if Reason(int(r)) in _SENSOR_REASONS}
        changed, self._failed = failed ^ self._failed, failed
        drafts = []
        for i in sorted(changed):
            kind = Kind.SENSOR_FAILED if i in failed else Kind.SENSOR_RESTORED
            point, reason = snapshot.schema.points[i], Reason(int(snapshot.reasons[i]))
            body = {"point": point.key, "name": point.name, "register": point.register}
            if i in failed:
                body["reason"] = reason.word
            drafts.append(EventDraft(kind, snapshot.device, body, snapshot.time))
        return drafts


def _crossing(crossing: Crossing) -> EventDraft:
    point, limit = crossing.point, crossing.limit
    body: dict[str, Any] = {
        "point": point.key,
        "name": point.name,
        "level": limit.level.word,
        "limit": limit.reading,
        "value": round(crossing.value, point.precision + 1),
        "unit": point.unit,
    }
    words = point.words(crossing.value)
    if words is not None:
        body["state"] = words
    kind = Kind.LIMIT_CROSSED if crossing.crossed else Kind.LIMIT_CLEARED
    return EventDraft(kind, crossing.part, body, crossing.time)
