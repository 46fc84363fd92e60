"""The alarms of a session: the engine behind a lock, its events on their way to the log.

Samples come from the acquisition thread, commands from the window. The engine is pure and takes
microseconds, so whoever comes second waits for no disk and no device. What a command changes is
on screen once it is on disk: the window's book follows published events alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from console.alarms.definitions import (
    Definitions,
    Equipment,
    Source,
    definitions_of,
    load_definitions,
    map_definitions,
)
from console.alarms.engine import AlarmEngine
from console.alarms.events import AlarmEvent, AlarmKey, AlarmKind
from console.alarms.hiding import WORK
from console.alarms.journal import AlarmBook
from console.alarms.severity import Severity
from console.alarms.specs import AlarmSpec
from console.alarms.standing import Standing
from console.alarms.status import Status
from console.history.boot import boot_id
from console.history.events import Event, EventDraft
from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.session.devices import derivers
from console.site import LoadedSite
from drivers.gpu.points import gpu_schema
from drivers.points import Schema, Snapshot, Stamp

Record = Callable[[EventDraft], None]
ALARM_KINDS = frozenset(str(kind) for kind in AlarmKind)


def site_definitions(loaded: LoadedSite) -> Definitions:
    """Return the definitions in force for a site; raises FileError naming file and line."""
    made = derivers(loaded)
    equipment = [Equipment(t.id, "tank", made[t.id].schema) for t in loaded.site.tank]
    equipment += [Equipment(h.id, "gpu", gpu_schema()) for h in loaded.site.host]
    path = loaded.path or Path("site")
    site: Source | None = None
    if loaded.alarms:
        site = definitions_of(loaded.alarms, path, loaded.text)
    tanks: dict[str, list[str]] = {}
    for tank in loaded.site.tank:
        tanks.setdefault(tank.map, []).append(tank.id)
    maps = (map_definitions(name, ids, path.parent) for name, ids in tanks.items())
    return load_definitions(equipment, site, [source for source in maps if source is not None])


class AlarmRoom:
    """Everything that is done with alarms; safe from any thread.

    Commands raise :class:`console.alarms.events.RefusedError` with the sentence to show, and then
    nothing has happened.
    """

    def __init__(
        self, engine: AlarmEngine, record: Record, clock: Callable[[], Stamp] = Stamp.now
    ) -> None:
        self._engine = engine
        self._record = record
        self._clock = clock
        self._lock = threading.RLock()
        self._restored: AlarmBook | None = None

    # ---- what the acquisition thread tells ----

    def add_device(self, device: str, scope: str) -> None:
        """Make a device known: ``tank`` or ``host``."""
        with self._lock:
            self._engine.add_device(device, scope)

    def add_part(self, device: str, part: str, scope: str, schema: Schema) -> None:
        """Make a part known before it ever answered: ``tank`` or ``gpu``."""
        with self._lock:
            self._engine.add_part(device, part, scope, schema)

    def feed(self, device: str, snapshot: Snapshot) -> None:
        """Take a sample."""
        with self._lock:
            self._tell(self._engine.feed(device, snapshot))

    def link_changed(self, device: str, *, lost: bool, now: Stamp, message: str = "") -> None:
        """Note that a device fell silent or answers."""
        with self._lock:
            self._tell(self._engine.link_changed(device, lost=lost, now=now, message=message))

    def tick(self, now: Stamp) -> None:
        """Let time pass: delays run out and shelves end, whether or not anything is sampled."""
        with self._lock:
            self._tell(self._engine.tick(now))

    def restore(self, folder: Path) -> Sequence[Event]:
        """Take up what the log of a folder holds; call it before the first sample.

        Returns the events that still say how alarms stand. A log that cannot be read leaves the
        engine as new: history tells of the trouble itself.
        """
        try:
            reader = LogReader(folder)
            standing = Standing(reader.each_of_kinds(ALARM_KINDS, taken_in=False))
            last = reader.page(limit=1)
        except StorageError:
            return ()
        events = standing.events
        last_us = max([standing.book.last_us, *(event.utc_us for event in last)])
        with self._lock:
            self._restored = standing.book
            self._tell(self._engine.restore(events, self._clock(), boot_id(), last_us))
        return events

    def take_restored(self) -> AlarmBook | None:
        """Return, once, the book that a restart took up: what the window's begins with."""
        with self._lock:
            book, self._restored = self._restored, None
        return book

    # ---- what people do ----

    def definition_of(self, key: AlarmKey) -> AlarmSpec | None:
        """Return cause, consequence, action, time to respond and more; None for an unknown one."""
        with self._lock:
            return self._engine.definition_of(key)

    def keys(self, subject: str, alarm: str = "") -> Sequence[AlarmKey]:
        """Return the alarms that a part can have, of one definition or of all."""
        with self._lock:
            return self._engine.keys(subject, alarm)

    def acknowledge(self, statuses: Iterable[Status], actor: str) -> None:
        """Acknowledge alarms as bad as they were shown; RefusedError at the first refused."""
        with self._lock:
            for status in statuses:
                seen = max(status.latched, Severity.CAUTION)
                self._tell(self._engine.acknowledge(status.key, actor, self._clock(), seen))

    def reset(self, key: AlarmKey, actor: str) -> None:
        """Reset a latched and acknowledged alarm."""
        with self._lock:
            self._tell(self._engine.reset(key, actor, self._clock()))

    def shelve(self, key: AlarmKey, duration_s: float, reason: str, actor: str) -> None:
        """Shelve an alarm for a time."""
        with self._lock:
            self._tell(self._engine.shelve(key, duration_s, reason, actor, self._clock()))

    def unshelve(self, key: AlarmKey, actor: str) -> None:
        """Take an alarm from the shelf."""
        with self._lock:
            self._tell(self._engine.unshelve(key, actor, self._clock()))

    def suppress(self, keys: Iterable[AlarmKey], work_order: str, reason: str, actor: str) -> None:
        """Suppress exactly these alarms while a work order is open."""
        with self._lock:
            self._tell(self._engine.suppress(keys, work_order, reason, actor, self._clock()))

    def release(
        self,
        work_order: str,
        actor: str,
        because: str = "closed",
        keys: Iterable[AlarmKey] | None = None,
    ) -> None:
        """Give back what a work order suppressed: everything, or these alarms of it."""
        with self._lock:
            self._tell(self._engine.release(work_order, actor, self._clock(), because, keys))

    def held_for(self, work_order: str) -> Sequence[AlarmKey]:
        """Return the alarms that are suppressed for a work order now, on their way to disk too."""
        by = WORK + work_order
        with self._lock:
            return [s.key for s in self._engine.book.statuses() if by in s.suppressors]

    def take_out_of_service(self, key: AlarmKey, work_order: str, reason: str, actor: str) -> None:
        """Take an alarm out of service under a work order."""
        with self._lock:
            now = self._clock()
            self._tell(self._engine.take_out_of_service(key, work_order, reason, actor, now))

    def return_to_service(self, key: AlarmKey, actor: str) -> None:
        """Return an alarm to service."""
        with self._lock:
            self._tell(self._engine.return_to_service(key, actor, self._clock()))

    def _tell(self, events: Iterable[AlarmEvent]) -> None:
        """Record under the lock: the log has the order in which things happened."""
        for event in events:
            self._record(EventDraft(event.kind, event.subject, event.body, event.time, event.actor))
