"""The alarm engine: samples, links, time and commands in; events of every transition out.

Pure: no clock but the stamps it is given, no file, no thread. One thread at a time may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.alarms.compiling import compile_plan
from console.alarms.definitions import Definitions
from console.alarms.desk import Desk
from console.alarms.events import AlarmEvent, AlarmKey, AlarmKind, Happening
from console.alarms.happenings import Happenings
from console.alarms.hiding import Hiding
from console.alarms.journal import AlarmBook
from console.alarms.ledger import Ledger
from console.alarms.links import Links, link_of
from console.alarms.plan import Plan, Planned
from console.alarms.severity import Severity
from console.alarms.shelves import Moment, Shelves
from console.alarms.specs import AlarmSpec, ConditionSpec
from console.alarms.states import State
from console.alarms.status import Status
from console.alarms.telling import Body, identity, measured, nature, of_status, written
from console.alarms.watching import Change, PartWatch
from drivers.points import Schema, Snapshot, Stamp

_MOST_PLANS = 256


@dataclass(slots=True)
class _Part:
    device: str
    scope: str
    watch: PartWatch


class AlarmEngine:
    """The alarms of a site. ``places`` maps devices to the tank that they stand in.

    Every method that returns events has already followed them itself; the caller records them in
    that order. Commands raise RefusedError.
    """

    def __init__(self, definitions: Definitions, places: Mapping[str, str] | None = None) -> None:
        self._definitions = definitions
        self._places = dict(places or {})
        self._devices: set[str] = set()
        self._parts: dict[str, _Part] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        self._planned: dict[AlarmKey, Planned] = {}
        self._began: set[AlarmKey] = set()
        self._ledger = Ledger(self.place_of)
        self._shelves = Shelves()
        self._links = Links()
        self._happenings = Happenings()
        self._hiding = Hiding(self._ledger, self.definition_of)
        self._desk = Desk(self._ledger, self._shelves, self._planned.get)

    @property
    def book(self) -> AlarmBook:
        """The engine's own view of the alarms; the window keeps another, from published events."""
        return self._ledger.book

    def place_of(self, subject: str) -> str:
        """Return the tank (or the lone device) that a part belongs to."""
        device = subject.partition("/")[0]
        return self._places.get(device, device)

    def definition_of(self, key: AlarmKey) -> AlarmSpec | None:
        """Return what to tell a person of an alarm: cause, consequence, action, time, priority."""
        planned = self._planned.get(key)
        return planned.spec if planned and isinstance(planned.spec, AlarmSpec) else None

    def keys(self, subject: str, alarm: str = "") -> Sequence[AlarmKey]:
        """Return the alarms that a part can have, of one definition or of all."""
        return [
            key
            for key, planned in self._planned.items()
            if key.subject == subject
            and alarm in {"", key.alarm}
            and isinstance(planned.spec, AlarmSpec)
        ]

    def add_device(self, device: str, scope: str) -> None:
        """Make a device known with the alarms of its link; ``scope`` is ``tank`` or ``host``."""
        self._devices.add(device)
        self._add_links(device, device, scope)

    def add_part(self, device: str, part: str, scope: str, schema: Schema) -> None:
        """Make a part known before it ever answered, or with another schema than before."""
        self._devices.add(device)
        if part not in self._parts:
            self._add_told(device, part, scope)
        plan = self._plan(part, schema, self._definitions.of(device, scope))
        known = self._parts.get(part)
        for planned in known.watch.plan.alarms if known else ():
            self._planned.pop(planned.key, None)
        self._planned |= {planned.key: planned for planned in plan.alarms}
        self._parts[part] = _Part(device, scope, PartWatch(plan))
        self._resume_part(part)

    def feed(self, device: str, snapshot: Snapshot) -> Sequence[AlarmEvent]:
        """Take a sample of a part; one of the past is no news."""
        if snapshot.past:
            return ()
        part = self._parts.get(snapshot.device)
        if part is None or part.watch.plan.schema is not snapshot.schema:
            scope = part.scope if part else ("gpu" if "/" in snapshot.device else "tank")
            self.add_part(device, snapshot.device, scope, snapshot.schema)
            self._drop_orphans(snapshot.time)
            part = self._parts[snapshot.device]
        self._hear(part, snapshot)
        changes = part.watch.feed(snapshot.values, snapshot.reasons, snapshot.time.mono_s)
        if changes:
            self._follow(part.watch, changes, snapshot.time)
        return self._finish(snapshot.time) if self._ledger.has_news else ()

    def link_changed(
        self, device: str, *, lost: bool, now: Stamp, message: str = ""
    ) -> Sequence[AlarmEvent]:
        """Note that a device fell silent or answers (again)."""
        self._links.set(device, "lost" if lost else "", message)
        if lost:
            self._lose(device, now)
        self._follow_links(now)
        return self._finish(now)

    def tick(self, now: Stamp) -> Sequence[AlarmEvent]:
        """Let time pass; call it about once a second. Shelves end here, and only here."""
        for key in self._shelves.due(now):
            self._desk.unshelve(key, "system", now, "expired")
        self._follow_links(now)
        self._hiding.update(now)
        return self._finish(now)

    def acknowledge(
        self, key: AlarmKey, actor: str, now: Stamp, seen: Severity = Severity.FATAL
    ) -> Sequence[AlarmEvent]:
        """Acknowledge one alarm, as bad as it was shown; refused where it became worse since."""
        return self._done(now, lambda: self._desk.acknowledge(key, actor, now, seen))

    def reset(self, key: AlarmKey, actor: str, now: Stamp) -> Sequence[AlarmEvent]:
        """Reset a latched and acknowledged alarm; the caller has checked the role."""
        return self._done(now, lambda: self._desk.reset(key, actor, now))

    def shelve(
        self, key: AlarmKey, duration_s: float, reason: str, actor: str, now: Stamp
    ) -> Sequence[AlarmEvent]:
        """Shelve one alarm for a time."""
        return self._done(now, lambda: self._desk.shelve(key, duration_s, reason, actor, now))

    def unshelve(self, key: AlarmKey, actor: str, now: Stamp) -> Sequence[AlarmEvent]:
        """Take one alarm from the shelf."""
        return self._done(now, lambda: self._desk.unshelve(key, actor, now))

    def suppress(
        self, keys: Iterable[AlarmKey], work_order: str, reason: str, actor: str, now: Stamp
    ) -> Sequence[AlarmEvent]:
        """Suppress exactly these alarms while a work order is open."""
        return self._done(now, lambda: self._desk.suppress(keys, work_order, reason, actor, now))

    def release(
        self,
        work_order: str,
        actor: str,
        now: Stamp,
        because: str = "closed",
        keys: Iterable[AlarmKey] | None = None,
    ) -> Sequence[AlarmEvent]:
        """Give back what a work order suppressed, when it is closed or aborted, or some of it."""
        return self._done(now, lambda: self._desk.release(work_order, actor, now, because, keys))

    def take_out_of_service(
        self, key: AlarmKey, work_order: str, reason: str, actor: str, now: Stamp
    ) -> Sequence[AlarmEvent]:
        """Take one alarm out of service."""
        return self._done(now, lambda: self._desk.take_out(key, work_order, reason, actor, now))

    def return_to_service(self, key: AlarmKey, actor: str, now: Stamp) -> Sequence[AlarmEvent]:
        """Return one alarm to service."""
        return self._done(now, lambda: self._desk.put_back(key, actor, now))

    def restore(
        self, events: Iterable[Happening], now: Stamp, boot_id: str = "", last_us: int = 0
    ) -> Sequence[AlarmEvent]:
        """Take up the state that the log holds, oldest event first; before the first sample.

        ``boot_id`` is the machine's present start, as events of the log carry it; ``last_us`` the
        time of the last event of any kind in the log. Returns what the restart itself changed.
        """
        shelved: dict[AlarmKey, Moment] = {}
        for event in events:
            self._recall(event, shelved)
        self._ledger.forget_places()
        last_us = max(last_us, self.book.last_us)
        moment = Moment(now.utc_us, round(now.mono_s * 1e6), boot_id)
        for status in self.book.statuses():
            if status.state is State.SHELVED:
                began = shelved.get(status.key, Moment(status.aside_us))
                if not self._shelves.resume(status.key, began, status.until_us, moment, last_us):
                    self._desk.unshelve(status.key, "system", now, "expired")
        for part in self._parts:
            self._resume_part(part)
        self._resume_links(self._devices)
        self._drop_orphans(now)
        for status in self.book.statuses():
            self._doubt(status, now)
        return self._finish(now)

    def _done(self, now: Stamp, command: Callable[[], None]) -> Sequence[AlarmEvent]:
        command()
        return self._finish(now)

    def _finish(self, now: Stamp) -> Sequence[AlarmEvent]:
        """Let causes hide and give back their consequences, then hand over the events."""
        if self._ledger.has_news:
            self._hiding.update(now)
            for status in self.book.statuses():
                if status.suppressors and not status.state.is_set_aside:
                    # A work order waited until the alarm came back from the shelf.
                    for by in sorted(status.suppressors):
                        self._ledger.write(
                            AlarmKind.SUPPRESSED, status.key, of_status(status) | {"by": by}, now
                        )
        return self._ledger.take()

    def _follow(self, watch: PartWatch, changes: Iterable[Change], now: Stamp) -> None:
        alarms = watch.plan.alarms
        causes = self._definitions.causes
        for change in sorted(changes, key=lambda c: alarms[c.alarm].key.alarm not in causes):
            planned = alarms[change.alarm]
            body = measured(watch, change.alarm)
            self._condition(planned, change.active, change.current, body, now)

    def _condition(
        self, planned: Planned, active: Severity, current: Severity, told: Body, now: Stamp
    ) -> None:
        """Journal how an alarm's condition changed."""
        body = identity(planned) | told | {"severity": current.word, "active": active.word}
        if not isinstance(planned.spec, AlarmSpec):
            self._event(planned.key, active, body, now)
            return
        status = self.book.get(planned.key)
        kind = _kind_of(status, active, current)
        if kind is None:
            return
        if kind is AlarmKind.RAISED:
            body |= {"severity": active.word}
        body |= nature(planned, active or status.latched)
        if kind is AlarmKind.RAISED and not status.active:
            self._introduce(planned, active, body, now)
        self._ledger.write(kind, planned.key, body, now)
        if kind is AlarmKind.RAISED and current is not active:
            self._ledger.write(
                AlarmKind.CHANGED, planned.key, body | {"severity": current.word}, now
            )

    def _introduce(self, planned: Planned, active: Severity, body: Body, now: Stamp) -> None:
        """Say of a new alarm what came before it, and hide it where that explains it."""
        group = str(body.get("group", ""))
        first = self._ledger.first_out(planned.key.subject, group)
        if first is not None and first != planned.key:
            body["first_out"] = written(first)
        cause = self._hiding.cause(planned.key, active)
        if cause is not None and not self.book.get(planned.key).state.is_set_aside:
            self._hiding.hide(planned.key, cause, now)

    def _event(self, key: AlarmKey, active: Severity, body: Body, now: Stamp) -> None:
        if bool(active) == (key in self._began):
            return
        (self._began.add if active else self._began.discard)(key)
        kind = AlarmKind.CONDITION_BEGAN if active else AlarmKind.CONDITION_ENDED
        self._ledger.write(kind, key, body, now)

    def _plan(self, part: str, schema: Schema, specs: Sequence[ConditionSpec]) -> Plan:
        """Compile what equal parts share once: 500 GPUs would take two seconds at every start."""
        of = (schema, *map(id, specs))
        if of not in self._plans:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            self._plans[of] = compile_plan(part, schema, specs)
        return self._plans[of].of(part)

    def _add_links(self, device: str, subject: str, scope: str) -> None:
        specs = [spec for spec in self._definitions.of(device, scope) if spec.link]
        planned = [Planned(AlarmKey(subject, spec.id), spec, None) for spec in specs]
        self._links.add(subject, planned)
        self._planned |= {one.key: one for one in planned}

    def _add_told(self, device: str, part: str, scope: str) -> None:
        """Make the alarms of a part known that its values do not tell."""
        if scope == "gpu":
            self._add_links(device, part, scope)
        specs = [spec for spec in self._definitions.of(device, scope) if spec.happening]
        planned = [Planned(AlarmKey(part, spec.id), spec, None) for spec in specs]
        self._happenings.add(part, planned)
        self._planned |= {one.key: one for one in planned}

    def _hear(self, part: _Part, snapshot: Snapshot) -> None:
        """Take what the part's driver tells beside values: that it is gone, what happened."""
        if part.scope == "gpu":
            word = link_of(snapshot)
            if word or self._links.word(snapshot.device):
                self._links.set(snapshot.device, word)
                self._follow_links(snapshot.time)
        heard = self._happenings.changes(snapshot.device, snapshot.happenings)
        for planned, raised, happening in heard:
            severity = Severity.of_word(planned.spec.severity) if raised else Severity.OK
            self._condition(planned, severity, severity, {**happening.body}, snapshot.time)

    def _follow_links(self, now: Stamp) -> None:
        for planned, raised, message in self._links.changes(now):
            severity = Severity.of_word(planned.spec.severity) if raised else Severity.OK
            told: Body = {"message": message} if message else {}
            self._condition(planned, severity, severity, told, now)

    def _lose(self, device: str, now: Stamp) -> None:
        """Nothing is known any more of what the device told."""
        for name, part in self._parts.items():
            if part.device == device:
                part.watch.lose()
                for status in self.book.statuses():
                    if status.subject == name:
                        self._doubt(status, now)

    def _drop_orphans(self, now: Stamp) -> None:
        """Clear what is active by a definition, or of equipment, that there is no longer."""
        for status in self.book.statuses():
            device = status.subject.partition("/")[0]
            is_known = status.subject in self._parts or device not in self._devices
            is_known |= status.subject in self._devices and not status.point
            if status.active and is_known and status.key not in self._planned:
                body = of_status(status) | {"because": "no longer defined"}
                self._ledger.write(AlarmKind.CLEARED, status.key, body, now)

    def _doubt(self, status: Status, now: Stamp) -> None:
        planned = self._planned.get(status.key)
        if planned is not None and planned.spec.source in {"link", "happening"}:
            return  # no value tells it, so the lack of values makes it no less known
        if status.active and status.current is not Severity.UNKNOWN:
            body = of_status(status) | {
                "severity": Severity.UNKNOWN.word,
                "active": status.active.word,
            }
            self._ledger.write(AlarmKind.CHANGED, status.key, body, now)

    def _recall(self, event: Happening, shelved: dict[AlarmKey, Moment]) -> None:
        self.book.apply(event)
        key = AlarmKey(
            event.subject, str(event.body.get("alarm", "")), str(event.body.get("item", ""))
        )
        if event.kind == AlarmKind.SHELVED:
            mono_us = int(getattr(event, "mono_us", 0))
            boot_id = str(getattr(event, "boot_id", ""))
            shelved[key] = Moment(event.utc_us, mono_us, boot_id)
        elif event.kind == AlarmKind.CONDITION_BEGAN:
            self._began.add(key)
        elif event.kind == AlarmKind.CONDITION_ENDED:
            self._began.discard(key)

    def _resume_part(self, name: str) -> None:
        watch = self._parts[name].watch
        positions = {planned.key: i for i, planned in enumerate(watch.plan.alarms)}
        statuses = [s for s in self.book.statuses() if s.key in positions and s.active]
        held = {positions[status.key]: status.active for status in statuses}
        # A recorded condition that goes on must end in the log too.
        held |= {positions[key]: Severity.CAUTION for key in self._began if key in positions}
        watch.resume(held)
        self._resume_links({name})

    def _resume_links(self, subjects: set[str]) -> None:
        for status in self.book.statuses():
            if status.subject in subjects and status.active:
                self._links.resume(status.subject, status.key.alarm)


def _kind_of(status: Status, active: Severity, current: Severity) -> AlarmKind | None:
    """Return which event tells the change of a condition; None where there is none to tell."""
    if bool(active) != bool(status.active):
        return AlarmKind.RAISED if active else AlarmKind.CLEARED
    if active > status.seen and status.state is State.ACKNOWLEDGED:
        return AlarmKind.RAISED
    if (active, current) != (status.active, status.current) and not status.is_over:
        return AlarmKind.CHANGED
    return None
