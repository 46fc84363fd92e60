"""Orders that nobody asked for: of alarms, of Xids, of steps that failed (docs/work.md).

What asks for an order is data: ``order`` in an alarm's definition and in the table of Xids. The
site says whether it becomes an order at once (``automatic``), a request that a person decides on
(``ask``), or nothing. There is never a second one while one is open about the same part and cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.alarms.events import AlarmKind, key_of
from console.alarms.states import State
from console.alarms.status import Status
from console.history.events import JSON, Event, EventDraft, Kind
from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.text import tr
from console.work.events import Refused
from console.work.orders.desk import SYSTEM, NewOrder
from console.work.orders.model import Order, Origin, ProcedureRef, Source
from drivers.gpu.actions import Extraction
from drivers.gpu.xids import xid
from drivers.order_rule import OrderRule
from procedures.engine.events import WorkKind

if TYPE_CHECKING:
    from console.session.running.desk import RunDesk
    from console.session.session import Session
    from console.session.work import WorkRoom

_DAY_US = 86_400_000_000
_XIDS = frozenset({str(Kind.GPU_XID), str(Kind.GPU_XID_REPEATED)})
_WORSE = frozenset(
    str(kind)
    for kind in (
        AlarmKind.RAISED,
        AlarmKind.CHANGED,
        AlarmKind.UNSUPPRESSED,
        AlarmKind.UNSHELVED,
        AlarmKind.IN_SERVICE,
    )
)
_ACCEPTANCE = "thermal_resistance_change"
_TITLE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that something asks for; ``since_us`` is when its cause began, UTC."""

    title: str
    about: str
    source: Source
    priority: int
    since_us: int
    procedure: str = ""
    alarms: tuple[str, ...] = ()
    xids: tuple[int, ...] = ()
    parent: str = ""


class Automatic:
    """Watches what is published and asks for orders; used by the thread that refreshes."""

    def __init__(self, session: Session, room: WorkRoom, runs: RunDesk) -> None:
        self._session = session
        self._room = room
        self._runs = runs
        self._mode = session.site.work.orders
        self._xids: dict[tuple[str, int], int] = {}
        self._asked: set[tuple[str, str, str]] = set()

    def restore(self) -> None:
        """Learn when each Xid came last; raises StorageError."""
        since_us = self._session.now().utc_us - _DAY_US
        for event in LogReader(self._session.data).each_of_kinds(_XIDS, taken_in=False):
            if event.utc_us >= since_us:
                self._note_xid(event)

    def look(self) -> None:
        """Look at every alarm as it stands: a crash may have kept an order from being made."""
        for status in self._session.book.statuses():
            self._alarm(status)

    def follow(self, entries: Iterable[FeedEntry]) -> None:
        """Take what was published; what is not on the disk has not happened."""
        for entry in entries:
            event = entry.event
            if entry.recorded and isinstance(event, Event) and self._mode != "off":
                self._take(event)

    def _take(self, event: Event) -> None:
        if event.kind == Kind.WORK_REQUESTED:
            told = event.body.get("source")
            if isinstance(told, Mapping):
                cause = str(told.get("origin")), str(told.get("what"))
                self._asked.discard((event.subject, *cause))
        elif event.kind in _WORSE:
            self._alarm(self._session.book.get(key_of(event)))
        elif event.kind in _XIDS:
            self._xid(event)
        elif event.kind in {WorkKind.STEP_FAILED, WorkKind.GATE_OVERRIDDEN}:
            self._failed(event)

    # ---- what asks ----

    def _alarm(self, status: Status) -> None:
        spec = self._session.alarms.definition_of(status.key)
        rule = spec.order if spec else None
        if spec is None or rule is None or self._mode == "off":
            return
        is_there = status.state is not State.NORMAL and not status.state.is_set_aside
        if not is_there or max(status.active, status.latched) < rule.least:
            return
        name = f"{status.key.alarm} {status.key.item}".strip()
        part = self._session.name_of(status.subject)
        title = tr("{alarm}: {part}", alarm=tr(spec.name), part=part)
        source = Source(Origin.ALARM, name, status.subject)
        procedure = self._procedure(rule, status.subject)
        self._want(
            Wanted(
                title,
                status.subject,
                source,
                rule.priority,
                status.raised_us,
                procedure,
                alarms=(name,),
            )
        )

    def _xid(self, event: Event) -> None:
        code, before_us = _code(event.body), self._last_us(event)
        self._note_xid(event)
        known = xid(code)
        if known is None or known.order is None:
            return
        is_again = event.kind == Kind.GPU_XID_REPEATED or event.utc_us - before_us <= _DAY_US
        if known.extraction is Extraction.SECOND and not is_again:
            return
        rule, part = known.order, event.subject
        title = tr("Xid {code}: {part}", code=code, part=self._session.name_of(part))
        source = Source(Origin.XID, str(code), part)
        procedure = self._procedure(rule, part)
        self._want(
            Wanted(title, part, source, rule.priority, event.utc_us, procedure, xids=(code,))
        )

    def _last_us(self, event: Event) -> int:
        return self._xids.get((event.subject, _code(event.body)), -_DAY_US)

    def _note_xid(self, event: Event) -> None:
        self._xids[event.subject, _code(event.body)] = event.utc_us

    def _failed(self, event: Event) -> None:
        """Ask for an order of its own where a step failed or an acceptance was overridden."""
        run = str(event.body.get("run", ""))
        parent = next((o for o in self._orders_of(run) if not o.state.is_over), None)
        view = self._runs.view(run)
        if parent is None or view is None or view.run.training:
            return
        is_override = event.kind == WorkKind.GATE_OVERRIDDEN
        if is_override and _ACCEPTANCE not in str(event.body.get("check", "")):
            return
        step = str(event.body.get("step", ""))
        reason = str(event.body.get("reason", ""))
        title = tr("{order}: {step} failed: {reason}", order=parent.title, step=step, reason=reason)
        source = Source(Origin.CHECK, f"{run} {step}", parent.about)
        self._want(
            Wanted(
                title,
                parent.about,
                source,
                parent.priority,
                event.utc_us,
                parent=parent.number,
                alarms=parent.alarms,
            )
        )

    def _orders_of(self, run: str) -> Sequence[Order]:
        return [order for order in self._room.desk.book.orders.all() if run in order.runs]

    def _procedure(self, rule: OrderRule, part: str) -> str:
        return rule.procedure_for(in_rack=self._session.tank_of(part) is None)

    # ---- what is made of it ----

    def _want(self, wanted: Wanted) -> None:
        if self._is_known(wanted):
            return
        if self._mode == "automatic":
            new = NewOrder(
                wanted.title[:_TITLE],
                wanted.about,
                wanted.priority,
                wanted.source,
                serial=self._serial(wanted.about),
                alarms=wanted.alarms,
                parts=(wanted.about,),
                parent=wanted.parent,
            )
            try:
                self._room.orders.open_by_itself(new, self._in_force(wanted.procedure))
            except Refused:  # the log is not open: the alarm is looked at again when it is
                return
        else:
            self._request(wanted)

    def _is_known(self, wanted: Wanted) -> bool:
        """Whether there is an order or a request for it, open or younger than its cause."""
        source, book = wanted.source, self._room.desk.book
        cause = (source.origin, source.what)
        for order in book.orders.all():
            is_same = order.about == wanted.about
            is_same &= (order.source.origin, order.source.what) == cause
            if is_same and (not order.state.is_over or order.opened.utc_us >= wanted.since_us):
                return True
        is_asked = (wanted.about, str(source.origin), source.what) in self._asked
        waiting = book.open_requests()
        return is_asked or any(
            one.about == wanted.about and (one.source.origin, one.source.what) == cause
            for one in waiting
        )

    def _request(self, wanted: Wanted) -> None:
        source = wanted.source
        self._asked.add((wanted.about, str(source.origin), source.what))
        told: dict[str, JSON] = {
            "origin": str(source.origin),
            "what": source.what,
            "subject": source.subject,
        }
        body: dict[str, JSON] = {
            "title": wanted.title[:_TITLE],
            "source": told,
            "serial": self._serial(wanted.about),
            "findings": [],
            "xids": list(wanted.xids),
            "alarms": list(wanted.alarms),
            "priority": wanted.priority,
            "procedure": wanted.procedure,
            "parent": wanted.parent,
        }
        self._session.history.record(
            EventDraft(Kind.WORK_REQUESTED, wanted.about, body, self._session.now(), SYSTEM)
        )

    def _serial(self, part: str) -> str:
        known = self._session.latest.last_known(part)
        return str(known.identity.get("serial", "")) if known else ""

    def _in_force(self, procedure: str) -> ProcedureRef | None:
        revision = self._runs.procedures.in_force(procedure) if procedure else None
        return ProcedureRef(procedure, revision.digest) if revision else None


def _code(body: Mapping[str, Any]) -> int:
    found = body.get("code", 0)
    return found if isinstance(found, int) else 0
