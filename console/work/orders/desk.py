"""What people do with orders; every command raises Refused or tells events."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime

from console.text import tr
from console.work.desk import WorkDesk
from console.work.events import JSON, Kind, Refused
from console.work.orders.clocks import due_us as due_by_priority
from console.work.orders.fold import PRIORITIES
from console.work.orders.model import Order, Origin, ProcedureRef, Provider, Request, Source
from console.work.orders.rules import STATE_NAMES, State, Transition
from console.work.people.roles import same
from console.work.people.signature import Signature, shown_hash

BY_HAND = Source()
SYSTEM = "system"
"""The actor of what no person asked for."""
_REVISION = re.compile(r"[0-9a-f]{64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_MINOR = 10**12


def number_prefix(log: str) -> str:
    """Return five letters and digits that tell the numbers of one laptop's log from another's."""
    digest = hashlib.sha256(log.encode("utf-8")).digest()
    return base64.b32encode(digest)[:5].decode("ascii")


def shown_of(order: Order, meaning: str, **more: JSON) -> Mapping[str, JSON]:
    """Return what a person signs about an order: all that decides, as it stands now."""
    procedure = order.procedure
    return {
        "number": order.number,
        "title": order.title,
        "about": order.about,
        "state": order.state,
        "meaning": meaning,
        "procedure": procedure.id if procedure else order.no_procedure,
        "revision": procedure.revision if procedure else "",
        "runs": list(order.runs),
        "assigned": list(order.assigned),
        "verified": [signature.person for signature in order.verified],
        "moves": len(order.moves),
        **more,
    }


@dataclass(frozen=True, slots=True)
class NewOrder:
    """What an order begins with. ``about`` is the part, ``parent`` the order it came out of.

    ``due_us`` None takes what the priority promises; ``verify`` asks for a second person before it
    is closed.
    """

    title: str
    about: str
    priority: int = 3
    source: Source = BY_HAND
    serial: str = ""
    alarms: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    parent: str = ""
    due_us: int | None = None
    warranty: bool = False
    verify: bool = False


@dataclass(frozen=True, slots=True)
class OrderChanges:
    """What planning changes; None leaves it as it is."""

    title: str | None = None
    priority: int | None = None
    due_us: int | None = None
    assigned: tuple[str, ...] | None = None
    provider: Provider | None = None
    warranty: bool | None = None
    verify: bool | None = None


class OrderDesk:
    """Opening, changing and moving orders."""

    def __init__(self, desk: WorkDesk) -> None:
        self._desk = desk

    # ---- opening ----

    def open(self, by: str, new: NewOrder) -> Order:
        """Open an order by hand or from an alarm, a Xid or a check; returns it as a request."""
        with self._desk.lock:
            self._desk.allow(by, "order.request")
            return self._open(by, new)

    def _open(self, by: str, new: NewOrder, procedure: ProcedureRef | None = None) -> Order:
        with self._desk.lock:
            parent = self.find(new.parent).number if new.parent else ""
            now_us = self._desk.now().utc_us
            usual_us = due_by_priority(_priority(new.priority), now_us, self._desk.book.rules)
            source = new.source
            body: dict[str, JSON] = {
                "title": _line(new.title),
                "about": new.about.strip(),
                "priority": new.priority,
                "due_us": usual_us if new.due_us is None else new.due_us,
                "source": {
                    "origin": source.origin,
                    "what": source.what,
                    "subject": source.subject,
                    "request": source.request,
                },
                "serial": new.serial,
                "alarms": list(new.alarms),
                "parts": list(new.parts),
                "parent": parent,
                "warranty": new.warranty,
                "verify": new.verify,
            }
            if procedure is not None:
                body["procedure"] = {"id": procedure.id, "revision": procedure.revision}
            number = self._next_number(now_us)
            self._desk.tell(Kind.ORDER_OPENED, number, body, by)
            return self.find(number)

    def open_from_request(self, by: str, request: str, title: str, *, priority: int = 3) -> Order:
        """Open an order from a wish for work; a wish becomes one order only."""
        with self._desk.lock:
            wish = self._desk.book.requests.get(request)
            if wish is None:
                raise Refused(tr("There is no such request."))
            taken = self._desk.book.orders.taken(request)
            if taken:
                raise Refused(tr("This request is order {number} already.", number=taken[0].number))
            return self.open(by, _of_wish(wish, title, priority))

    def open_by_itself(self, new: NewOrder, procedure: ProcedureRef | None = None) -> Order | None:
        """Open an order that nobody asked for, told by ``system``; None where there is one.

        There is one while an order is open about the same part for the same cause. What is asked
        for by a rule of the site needs nobody to be signed in.
        """
        with self._desk.lock:
            if self.open_about(new.about, new.source):
                return None
            return self._open(SYSTEM, new, procedure)

    def open_about(self, about: str, source: Source) -> Order | None:
        """Return the order that is open about a part for a cause."""
        return next(
            (
                order
                for order in self._desk.book.orders.open()
                if order.about == about
                and (order.source.origin, order.source.what) == (source.origin, source.what)
            ),
            None,
        )

    def open_child(
        self, by: str, parent: str, title: str, because: str, *, priority: int | None = None
    ) -> Order:
        """Open an order because something in another one failed; both name each other."""
        with self._desk.lock:
            origin = self.find(parent)
            new = NewOrder(
                title,
                origin.about,
                origin.priority if priority is None else priority,
                Source(Origin.CHECK, _line(because), origin.about),
                serial=origin.serial,
                alarms=origin.alarms,
                parts=origin.parts,
                parent=origin.number,
            )
            return self.open(by, new)

    # ---- planning ----

    def change(self, by: str, number: str, changes: OrderChanges) -> Order:
        """Change what planning decides; asking for a second person ends only before release."""
        with self._desk.lock:
            self._desk.allow(by, "order.plan")
            order = self._not_over(number)
            body: dict[str, JSON] = {
                field.name: getattr(changes, field.name)
                for field in fields(changes)
                if getattr(changes, field.name) is not None
            }
            if changes.title is not None:
                body["title"] = _line(changes.title)
            if changes.priority is not None:
                _priority(changes.priority)
            if changes.assigned is not None:
                people = dict.fromkeys(changes.assigned)
                body["assigned"] = [self._desk.who(person).id for person in people]
            if order.verify and changes.verify is False:
                self._not_begun(order)
            return self._tell(Kind.ORDER_CHANGED, order, body, by) if body else order

    def follow(self, by: str, number: str, procedure: ProcedureRef) -> Order:
        """Say which procedure, at which revision, is to be followed."""
        with self._desk.lock:
            self._desk.allow(by, "order.plan")
            order = self._not_begun(self._not_over(number))
            if not _REVISION.fullmatch(procedure.revision) or not procedure.id:
                raise Refused(tr("A procedure is named with its revision, 64 hex digits."))
            told: JSON = {"id": procedure.id, "revision": procedure.revision}
            return self._tell(
                Kind.ORDER_CHANGED, order, {"procedure": told, "no_procedure": ""}, by
            )

    def without_procedure(self, by: str, number: str, reason: str) -> Order:
        """Say that there is no procedure for this work, and why."""
        with self._desk.lock:
            self._desk.allow(by, "order.plan")
            order = self._not_begun(self._not_over(number))
            body: dict[str, JSON] = {"procedure": None, "no_procedure": _line(reason)}
            return self._tell(Kind.ORDER_CHANGED, order, body, by)

    # ---- moving ----

    def move(
        self,
        by: str,
        number: str,
        to: State,
        *,
        reason: str = "",
        signature: Signature | None = None,
    ) -> Order:
        """Take an order to another state, where table, role, signature and needs allow it."""
        with self._desk.lock:
            order = self.find(number)
            way = self._way(order, to)
            self._desk.allow(by, way.act)
            self._refuse_apart(order, way.act, by)
            for sentence in self.unmet(order, way, by):
                raise Refused(sentence)
            if way.reason and not reason.strip():
                raise Refused(tr("This needs a reason."))
            body: dict[str, JSON] = {"from": order.state, "to": to, "reason": reason.strip()}
            if way.signed:
                body |= self._signed(order, way.act, to, by, signature)
            return self._tell(Kind.ORDER_MOVED, order, body, by)

    def shown(self, number: str, to: State) -> str:
        """Return the hash that a signature for a move must have: of the order as it stands."""
        order = self.find(number)
        return shown_hash(shown_of(order, self._way(order, to).act, to=to))

    def verify(self, by: str, number: str, signature: Signature) -> Order:
        """Sign as the second person that the work was done as it should be."""
        with self._desk.lock:
            order = self.find(number)
            self._desk.allow(by, "order.verify")
            if order.state is not State.REVIEW:
                raise Refused(tr("Work is verified when it is done and before it is closed."))
            self._refuse_apart(order, "order.verify", by)
            if any(same(by, one.person) for one in order.verified):
                raise Refused(tr("{person} has signed this already.", person=by))
            body = self._desk.use(signature, by, "order.verify", self.shown_to_verify(number))
            return self._tell(Kind.ORDER_VERIFIED, order, body, by)

    def shown_to_verify(self, number: str) -> str:
        """Return the hash that a verifier's signature must have."""
        return shown_hash(shown_of(self.find(number), "order.verify"))

    def unmet(self, order: Order, way: Transition, by: str) -> list[str]:
        """Return, in sentences, what a way still takes."""
        told = {
            "procedure": (
                bool(order.procedure or order.no_procedure),
                tr("The order names no procedure, nor why it needs none."),
            ),
            "people": (bool(order.assigned), tr("Nobody is assigned.")),
            "assigned": (
                any(same(by, person) for person in order.assigned),
                tr("Only those assigned do this."),
            ),
            "stopped": (not order.working(), tr("A labour clock still runs.")),
            "verified": (
                bool(order.verified) or not order.verify,
                tr("A second person has not verified the work."),
            ),
        }
        return [told[need][1] for need in way.needs if not told[need][0]]

    # ---- during the work ----

    def link(
        self, by: str, number: str, *, run: str = "", alarm: str = "", part: str = ""
    ) -> Order:
        """Link a run of a procedure, an alarm or a part."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            order = self._not_over(number)
            told = {"run": run, "alarm": alarm, "part": part}
            body: dict[str, JSON] = {name: value for name, value in told.items() if value}
            return self._tell(Kind.ORDER_LINKED, order, body, by) if body else order

    def note(self, by: str, number: str, text: str) -> Order:
        """Write something down; also after an order is over."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            if not text.strip():
                raise Refused(tr("There is nothing to note."))
            return self._tell(Kind.ORDER_NOTED, self.find(number), {"text": text.strip()}, by)

    def pause(self, by: str, number: str, reason: str) -> Order:
        """Let an order wait for one of the reasons of the table."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            order = self._not_over(number)
            if self._desk.book.rules.pause_rule(reason) is None:
                allowed = ", ".join(rule.id for rule in self._desk.book.rules.pause)
                raise Refused(
                    tr(
                        "{found} is no reason for waiting; there are {allowed}.",
                        found=reason,
                        allowed=allowed,
                    )
                )
            if order.paused:
                raise Refused(tr("The order waits already."))
            return self._tell(Kind.ORDER_PAUSED, order, {"reason": reason}, by)

    def resume(self, by: str, number: str) -> Order:
        """End the waiting."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            order = self._not_over(number)
            if not order.paused:
                raise Refused(tr("The order does not wait."))
            return self._tell(Kind.ORDER_RESUMED, order, {}, by)

    def start_labour(self, by: str, number: str) -> Order:
        """Start one's own labour clock; a person works on one order at a time."""
        with self._desk.lock:
            self._desk.allow(by, "order.execute")
            order = self._not_over(number)
            if order.state is not State.IN_PROGRESS:
                raise Refused(tr("The order is not in work."))
            self._refuse_apart(order, "order.execute", by)
            for other in self._desk.book.orders.open():
                if any(same(by, person) for person in other.working()):
                    raise Refused(
                        tr("The clock runs for order {number} already.", number=other.number)
                    )
            return self._tell(
                Kind.ORDER_CLOCK_STARTED, order, {"clock": "labour", "person": by}, by
            )

    def stop_labour(self, by: str, number: str) -> Order:
        """Stop one's own labour clock."""
        with self._desk.lock:
            self._desk.allow(by, "order.execute")
            order = self._not_over(number)
            if not any(same(by, person) for person in order.working()):
                raise Refused(tr("No clock runs."))
            return self._tell(
                Kind.ORDER_CLOCK_STOPPED, order, {"clock": "labour", "person": by}, by
            )

    def set_down(self, by: str, number: str, *, down: bool) -> Order:
        """Say that the equipment is out of use because of this order, or in use again."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            order = self._not_over(number)
            if order.is_down is down:
                return order
            kind = Kind.ORDER_CLOCK_STARTED if down else Kind.ORDER_CLOCK_STOPPED
            return self._tell(kind, order, {"clock": "downtime"}, by)

    def cost(
        self, by: str, number: str, provider: Provider, amount_minor: int, currency: str, what: str
    ) -> Order:
        """Add an amount in the smallest unit of a currency; a negative one takes back."""
        with self._desk.lock:
            self._desk.allow(by, "order.note")
            if not _CURRENCY.fullmatch(currency):
                raise Refused(tr("A currency is three capital letters, as in EUR."))
            if not 0 < abs(amount_minor) <= _MOST_MINOR:
                raise Refused(tr("That is no amount that a cost can have."))
            body: dict[str, JSON] = {
                "provider": provider,
                "amount_minor": amount_minor,
                "currency": currency,
                "what": _line(what),
            }
            return self._tell(Kind.ORDER_COSTED, self.find(number), body, by)

    # ---- helpers ----

    def find(self, number: str) -> Order:
        """Return an order; raises Refused where there is none."""
        found = self._desk.book.orders.get(number)
        if found is None:
            raise Refused(tr("There is no order {number}.", number=number))
        return found

    def _next_number(self, utc_us: int) -> str:
        year = datetime.fromtimestamp(utc_us / 1e6, UTC).year
        head = f"WO-{number_prefix(self._desk.log)}-{year}-"
        taken = (o.number for o in self._desk.book.orders.all() if o.number.startswith(head))
        last = max((int(number[len(head) :]) for number in taken), default=0)
        return f"{head}{last + 1:04d}"

    def _way(self, order: Order, to: State) -> Transition:
        way = self._desk.book.rules.way(order.state, to)
        if way is None:
            ways = self._desk.book.rules.ways_from(order.state)
            allowed = ", ".join(tr(STATE_NAMES[other.to]) for other in ways) or "-"
            raise Refused(
                tr(
                    "Order {number} is {state}; from there it goes to: {allowed}.",
                    number=order.number,
                    state=tr(STATE_NAMES[order.state]),
                    allowed=allowed,
                )
            )
        return way

    def _signed(
        self, order: Order, act: str, to: State, by: str, signature: Signature | None
    ) -> Mapping[str, JSON]:
        if signature is None:
            raise Refused(tr("This takes a signature."))
        return self._desk.use(signature, by, act, shown_hash(shown_of(order, act, to=to)))

    def _refuse_apart(self, order: Order, act: str, by: str) -> None:
        why = self._desk.roles.kept_apart(act, order.acts(), by)
        if why:
            raise Refused(tr("{why}.", why=tr(why)))

    def _not_over(self, number: str) -> Order:
        order = self.find(number)
        if order.state.is_over:
            raise Refused(tr("Order {number} is over.", number=order.number))
        return order

    def _not_begun(self, order: Order) -> Order:
        if order.state not in {State.REQUEST, State.PLANNED}:
            raise Refused(
                tr(
                    "Order {number} is released; take it back to planning first.",
                    number=order.number,
                )
            )
        return order

    def _tell(self, kind: Kind, order: Order, body: Mapping[str, JSON], by: str) -> Order:
        self._desk.tell(kind, order.number, body, by)
        return self.find(order.number)


def _of_wish(wish: Request, title: str, priority: int) -> NewOrder:
    """Return the order that a wish becomes; one that a rule made says its cause itself."""
    source = wish.source
    if not source.what:
        origin = Origin.XID if wish.xids else Origin.CHECK if wish.findings else Origin.HAND
        what = ", ".join(map(str, wish.xids)) or ", ".join(wish.findings)
        source = Source(origin, what, wish.about)
    return NewOrder(
        title,
        wish.about,
        priority,
        replace(source, request=wish.id),
        serial=wish.serial,
        alarms=wish.alarms,
        parts=(wish.about,),
        parent=wish.parent,
    )


def _priority(priority: int) -> int:
    if priority not in PRIORITIES:
        raise Refused(tr("A priority is 1, most urgent, to 4."))
    return priority


def _line(text: str) -> str:
    told = " ".join(text.split())
    if not told or len(told) > 200:
        raise Refused(tr("This needs a text of 1 to 200 letters."))
    return told
