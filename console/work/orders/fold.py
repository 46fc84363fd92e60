"""Orders rebuilt from events alone. What contradicts the rules stands aside as a conflict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import (
    REQUESTED,
    Body,
    Happening,
    Kind,
    Mark,
    moment_of,
    text_of,
    texts_of,
    whole_of,
)
from console.work.orders.model import (
    Cost,
    Move,
    Note,
    Order,
    Origin,
    ProcedureRef,
    Provider,
    Request,
    Source,
    Span,
)
from console.work.orders.rules import OrderRules, State
from console.work.people.roles import Roles, same
from console.work.people.signature import signature_of

PRIORITIES = (1, 2, 3, 4)


class Orders:
    """Every order by number."""

    def __init__(self, roles: Roles, rules: OrderRules, conflicts: Conflicts) -> None:
        self._orders: dict[str, Order] = {}
        self._roles = roles
        self._rules = rules
        self._conflicts = conflicts

    def get(self, number: str) -> Order | None:
        """Return an order by number, in whatever letter case."""
        return self._orders.get(number.strip().upper())

    def all(self) -> Sequence[Order]:
        """Return every order, in the order in which they were opened."""
        return list(self._orders.values())

    def open(self) -> Sequence[Order]:
        """Return what is not over, the most urgent first, then the next due."""
        found = (order for order in self._orders.values() if not order.state.is_over)
        return sorted(found, key=lambda o: (o.priority, o.due_us or 2**62, o.number))

    def about(self, part: str) -> Sequence[Order]:
        """Return the orders of a part."""
        return [o for o in self._orders.values() if o.about == part or part in o.parts]

    def children(self, number: str) -> Sequence[Order]:
        """Return the orders that came out of another one."""
        return [order for order in self._orders.values() if order.parent == number]

    def taken(self, request: str) -> Sequence[Order]:
        """Return the orders that were made of a request."""
        return [order for order in self._orders.values() if order.source.request == request]

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take an event; raises KeyError, TypeError or ValueError for one that it cannot read."""
        if event.kind == Kind.ORDER_OPENED:
            return self._open(event, mark)
        order = self._orders[event.subject]
        if event.kind == Kind.ORDER_MOVED:
            after = self._move(order, event, mark)
        elif event.kind == Kind.ORDER_VERIFIED:
            after = self._verify(order, event, mark)
        elif _is_labour_out_of_time(order, event):
            facts = {"to": "labour", "found": str(order.state)}
            self._against(ConflictKind.ORDER, order.number, event, mark, facts)
            return True
        else:
            after = _CHANGES[event.kind](order, event)
        self._orders[order.number] = after
        return after != order

    def _open(self, event: Happening, mark: Mark) -> bool:
        order = _opened(event)
        if order.number in self._orders:
            facts = {"title": order.title, "about": order.about}
            self._against(ConflictKind.NUMBER, order.number, event, mark, facts)
            return True
        self._orders[order.number] = order
        return True

    def _move(self, order: Order, event: Happening, mark: Mark) -> Order:
        from_, to = State(text_of(event.body, "from")), State(text_of(event.body, "to"))
        way = self._rules.way(from_, to)
        if way is None:
            raise ValueError(f"there is no way from {from_} to {to}")
        if order.state is not from_:
            facts = {"from": str(from_), "to": str(to), "found": str(order.state)}
            self._against(ConflictKind.ORDER, order.number, event, mark, facts)
            return order
        why = self._roles.kept_apart(way.act, order.acts(), event.actor)
        if why:
            self._against(
                ConflictKind.APART, order.number, event, mark, {"to": str(to), "why": why}
            )
            return order
        if "verified" in way.needs and order.verify and not order.verified:
            facts = {"to": str(to), "why": "nobody verified it"}
            self._against(ConflictKind.APART, order.number, event, mark, facts)
            return order
        signature = signature_of(event.body)
        if way.signed and (signature is None or not same(signature.person, event.actor)):
            raise ValueError(f"the way from {from_} to {to} takes a signature")
        reason = text_of(event.body, "reason")
        move = Move(from_, to, event.actor, moment_of(event), reason, signature)
        # What was verified before the work went on says nothing of how it ended.
        verified = () if to is State.IN_PROGRESS else order.verified
        labour = _ended(order.labour, event, lambda _span: True)
        return replace(
            order, state=to, moves=(*order.moves, move), verified=verified, labour=labour
        )

    def _verify(self, order: Order, event: Happening, mark: Mark) -> Order:
        signature = signature_of(event.body)
        if signature is None or not same(signature.person, event.actor):
            raise ValueError("verifying takes a signature")
        if order.state is not State.REVIEW:
            facts = {"to": "verified", "found": str(order.state)}
            self._against(ConflictKind.ORDER, order.number, event, mark, facts)
            return order
        why = self._roles.kept_apart("order.verify", order.acts(), event.actor)
        twice = any(same(event.actor, one.person) for one in order.verified)
        if why or twice:
            facts = {"to": "verified", "why": why or "verified already"}
            self._against(ConflictKind.APART, order.number, event, mark, facts)
            return order
        return replace(order, verified=(*order.verified, signature))

    def _against(
        self,
        kind: ConflictKind,
        subject: str,
        event: Happening,
        mark: Mark,
        facts: Mapping[str, str],
    ) -> None:
        found = Conflict(
            f"{kind}:{mark.uid}:{mark.digest[:8]}", kind, subject, event.actor, event.utc_us, facts
        )
        self._conflicts.raise_(found)


class Requests:
    """Wishes for work, which depend on nothing and may come in any order."""

    def __init__(self) -> None:
        self._found: dict[str, Request] = {}

    def add(self, event: Happening) -> bool:
        """Take a wish; one that is not recorded yet has no id and is not taken."""
        request_id = getattr(event, "id", "")
        if event.kind != REQUESTED or not request_id or request_id in self._found:
            return False
        try:
            self._found[request_id] = _request(event, str(request_id))
        except (KeyError, TypeError, ValueError, AttributeError):
            return False
        return True

    def merge(self, other: Requests) -> None:
        """Take the wishes that another one knows."""
        for request_id, request in other._found.items():
            self._found.setdefault(request_id, request)

    def get(self, request: str) -> Request | None:
        """Return a wish by the id of its event."""
        return self._found.get(request)

    def all(self) -> Sequence[Request]:
        """Return every wish, oldest first."""
        return sorted(self._found.values(), key=lambda r: (r.utc_us, r.id))


def _request(event: Happening, request_id: str) -> Request:
    body = event.body
    return Request(
        request_id,
        event.subject,
        event.actor,
        event.utc_us,
        serial=str(body.get("serial") or body.get("uuid") or ""),
        findings=texts_of(body, "findings"),
        xids=tuple(int(code) for code in body.get("xids", ())),
        alarms=texts_of(body, "alarms"),
        source=_source(body.get("source", {})),
        priority=_priority(body, "priority") if "priority" in body else 3,
        procedure=text_of(body, "procedure"),
        parent=text_of(body, "parent"),
        title=text_of(body, "title"),
    )


def _opened(event: Happening) -> Order:
    body = event.body
    opened = moment_of(event)
    order = Order(
        number=event.subject,
        title=text_of(body, "title"),
        about=text_of(body, "about"),
        priority=3,
        opened_by=event.actor,
        opened=opened,
        source=_source(body.get("source", {})),
        parent=text_of(body, "parent"),
    )
    return _with_fields(order, body)


def _source(body: Body) -> Source:
    found = text_of(body, "origin", Origin.HAND)
    origin = Origin(found) if found in set(Origin) else Origin.HAND
    told = (text_of(body, name) for name in ("what", "subject", "request"))
    return Source(origin, *told)


def _with_fields(order: Order, body: Body) -> Order:
    """Return an order with what a body changes; raises for values of another shape."""
    changes: dict[str, object] = {}
    for name, read in _FIELDS.items():
        if name in body:
            changes[name] = read(body, name)
    return replace(order, **changes)  # type: ignore[arg-type]  # each value was checked by its reader


def _flag(body: Body, name: str) -> bool:
    if not isinstance(body[name], bool):
        raise TypeError(f"{name}: found {body[name]!r}; it must be true or false")
    return bool(body[name])


def _priority(body: Body, name: str) -> int:
    found = whole_of(body, name)
    if found not in PRIORITIES:
        raise ValueError(f"priority: found {found}; allowed are 1 to 4")
    return found


def _procedure(body: Body, name: str) -> ProcedureRef | None:
    found = body[name]
    if found is None:
        return None
    return ProcedureRef(text_of(found, "id"), text_of(found, "revision"))


def _provider(body: Body, name: str) -> Provider:
    return Provider(text_of(body, name))


_FIELDS: dict[str, Callable[[Body, str], object]] = {
    "title": text_of,
    "serial": text_of,
    "no_procedure": text_of,
    "priority": _priority,
    "due_us": whole_of,
    "warranty": _flag,
    "verify": _flag,
    "assigned": texts_of,
    "alarms": texts_of,
    "parts": texts_of,
    "provider": _provider,
    "procedure": _procedure,
}


def _changed(order: Order, event: Happening) -> Order:
    return _with_fields(order, event.body)


def _linked(order: Order, event: Happening) -> Order:
    body = event.body
    for name, member in (("run", "runs"), ("alarm", "alarms"), ("part", "parts")):
        if name in body:
            linked = getattr(order, member)
            added = text_of(body, name)
            if added not in linked:
                order = replace(order, **{member: (*linked, added)})  # type: ignore[arg-type]  # all are texts
    return order


def _noted(order: Order, event: Happening) -> Order:
    note = Note(text_of(event.body, "text"), event.actor, event.utc_us)
    return replace(order, notes=(*order.notes, note))


def _paused(order: Order, event: Happening) -> Order:
    if order.paused:
        return order
    span = Span(text_of(event.body, "reason"), event.actor, moment_of(event))
    return replace(order, pauses=(*order.pauses, span))


def _resumed(order: Order, event: Happening) -> Order:
    return replace(order, pauses=_ended(order.pauses, event, lambda _span: True))


def _is_labour_out_of_time(order: Order, event: Happening) -> bool:
    """Whether somebody says they worked on an order that was not in work: two laptops met."""
    is_labour = event.kind == Kind.ORDER_CLOCK_STARTED and event.body.get("clock") != "downtime"
    return is_labour and order.state is not State.IN_PROGRESS


def _clock_started(order: Order, event: Happening) -> Order:
    person = text_of(event.body, "person")
    if text_of(event.body, "clock") == "downtime":
        if order.is_down:
            return order
        span = Span("downtime", event.actor, moment_of(event))
        return replace(order, downtime=(*order.downtime, span))
    if not person or any(same(person, one) for one in order.working()):
        return order
    span = Span("labour", person, moment_of(event))
    return replace(order, labour=(*order.labour, span))


def _clock_stopped(order: Order, event: Happening) -> Order:
    if text_of(event.body, "clock") == "downtime":
        return replace(order, downtime=_ended(order.downtime, event, lambda _span: True))
    person = text_of(event.body, "person")
    return replace(order, labour=_ended(order.labour, event, lambda span: same(span.by, person)))


def _costed(order: Order, event: Happening) -> Order:
    body = event.body
    cost = Cost(
        Provider(text_of(body, "provider")),
        whole_of(body, "amount_minor"),
        text_of(body, "currency"),
        text_of(body, "what"),
        event.actor,
    )
    return replace(order, costs=(*order.costs, cost))


def _ended(
    spans: tuple[Span, ...], event: Happening, meant: Callable[[Span], bool]
) -> tuple[Span, ...]:
    now = moment_of(event)
    return tuple(
        replace(span, ended=now) if span.ended is None and meant(span) else span for span in spans
    )


_CHANGES: dict[str, Callable[[Order, Happening], Order]] = {
    Kind.ORDER_CHANGED: _changed,
    Kind.ORDER_LINKED: _linked,
    Kind.ORDER_NOTED: _noted,
    Kind.ORDER_PAUSED: _paused,
    Kind.ORDER_RESUMED: _resumed,
    Kind.ORDER_CLOCK_STARTED: _clock_started,
    Kind.ORDER_CLOCK_STOPPED: _clock_stopped,
    Kind.ORDER_COSTED: _costed,
}
