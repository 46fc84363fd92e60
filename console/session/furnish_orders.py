"""Work orders of the demo: one in nearly every state, made by its people through the real desks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from console.history.events import EventDraft
from console.session.furnish import library
from console.text import tr
from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.demo import demo_people
from console.work.events import JSON, REQUESTED
from console.work.orders.desk import BY_HAND, NewOrder, OrderChanges
from console.work.orders.model import Order, Origin, ProcedureRef, Provider, Source
from console.work.orders.rules import State
from console.work.people.roster import Person
from console.work.people.signature import Signature

if TYPE_CHECKING:
    from console.session.session import Session
    from console.session.workplace import Workplace

_PIN_S = 60.0
PLANNER, SUPERVISOR, FIRST, SECOND = "silva", "okafor", "chen", "wu"
_ACTS = {
    State.READY: (SUPERVISOR, "order.release"),
    State.IN_PROGRESS: ("", "order.execute"),
    State.REVIEW: ("", "order.execute"),
    State.CLOSED: (SUPERVISOR, "order.review"),
}
_STORE, _SEAL = "main", "seal-filter-cover"


@dataclass(frozen=True, slots=True)
class Story:
    """An order and how far it has come; ``also`` is done to it at the end."""

    new: NewOrder
    to: State
    by: str = FIRST
    procedure: str = ""
    assigned: str = FIRST
    provider: Provider = Provider.OWN
    also: Callable[[Workplace, Order], object] = field(default=lambda _place, _order: None)


def furnish_orders(session: Session) -> None:
    """Put the demo's orders into an open workplace of a demo and wait until they are shown."""
    place = session.open_work(wait=True)
    tell_orders(session, place)
    place.settle()


def tell_orders(session: Session, place: Workplace) -> None:
    """Tell the orders where the log holds none yet; takes half a second, for PINs."""
    if not session.is_demo or place.room.desk.book.orders.all():
        return
    people = {person.id: person.pin for person in demo_people()}
    if not all(place.room.desk.book.people.get(one) for one in people):
        return
    _tell_stock(place)
    walk = _Walk(place, people)
    try:
        for story in _stories(session):
            walk.tell(story)
    finally:
        walk.leave()
    _wish(session)


class _Walk:
    """Takes orders on their way, signed with PINs that everybody knows."""

    def __init__(self, place: Workplace, pins: dict[str, str]) -> None:
        self._place = place
        self._pins = pins
        self._proven: dict[str, Person] = {}
        self._digests = {one.procedure.id: one.digest for one in library()}
        self._guests = [
            one
            for one in (PLANNER, SUPERVISOR, FIRST, SECOND)
            if one not in place.room.desk.present
        ]
        for one in self._guests:
            place.room.desk.enter(one)

    def leave(self) -> None:
        """Nobody stays signed in."""
        for one in self._guests:
            self._place.room.desk.leave(one)

    def tell(self, story: Story) -> None:
        """Open, plan and move one order."""
        orders = self._place.room.orders
        number = orders.open(story.by, story.new).number
        if story.to is not State.REQUEST:
            self._plan(number, story)
            for to in _way_to(story.to):
                if story.to in {State.REVIEW, State.CLOSED, State.RETURNED} and to is State.REVIEW:
                    self._work(number, story)
                self._move(number, to, story.assigned)
        story.also(self._place, orders.find(number))

    def _plan(self, number: str, story: Story) -> None:
        orders = self._place.room.orders
        changes = OrderChanges(assigned=(story.assigned,), provider=story.provider)
        orders.change(PLANNER, number, changes)
        if story.procedure:
            ref = ProcedureRef(story.procedure, self._digests[story.procedure])
            orders.follow(PLANNER, number, ref)
        else:
            orders.without_procedure(PLANNER, number, tr("The manufacturer brings its own"))
        orders.move(PLANNER, number, State.PLANNED)

    def _work(self, number: str, story: Story) -> None:
        self._place.room.orders.start_labour(story.assigned, number)
        self._place.room.orders.stop_labour(story.assigned, number)

    def _move(self, number: str, to: State, assigned: str) -> None:
        orders = self._place.room.orders
        if to is State.RETURNED:
            reason = tr("The photos of the beacon are missing")
            orders.move(SUPERVISOR, number, to, reason=reason)
            return
        person, act = _ACTS[to]
        by = person or assigned
        orders.move(by, number, to, signature=self._signature(by, act, orders.shown(number, to)))

    def _signature(self, by: str, act: str, shown: str) -> Signature:
        """Return a signature; each person proves the PIN once, or the demo would begin late."""
        desk = self._place.room.desk
        person = self._proven.get(by)
        if person is None:
            person = self._place.room.gate.prove(by, self._pins[by]).result(_PIN_S)
            self._proven[by] = person
        role = desk.roles.role_for(person.roles, act)
        seal = person.pins.get(desk.log, "")
        now_us = desk.now().utc_us
        given = Signature(str(uuid.uuid4()), person.id, person.name, role, act, now_us, shown, seal)
        desk.issue(given)
        return given


def _way_to(state: State) -> Sequence[State]:
    way = [State.READY, State.IN_PROGRESS, State.REVIEW]
    if state in {State.RETURNED, State.CLOSED}:
        return [*way, state]
    return way[: way.index(state) + 1] if state in way else []


def _stories(session: Session) -> Sequence[Story]:
    """Return what is to be told, with as many tanks and hosts as the site has."""
    tanks = [tank.id for tank in session.tanks]
    hosts = [host.id for host in session.hosts]
    first, last = tanks[0], tanks[-1]
    host, other = hosts[0], hosts[-1]
    gpu = next(iter(session.gpus(other)), f"{other}/gpu0")
    leak = Source(Origin.ALARM, "level-low", last)
    return (
        Story(
            NewOrder(tr("Fluid level falls slowly: find out why"), last, 2, leak),
            State.REQUEST,
            SECOND,
        ),
        Story(
            NewOrder(tr("Change the filter, its pressure drop has doubled"), first, 3),
            State.PLANNED,
            procedure="change-filter",
            assigned=SECOND,
            also=_waits_for_parts,
        ),
        Story(
            NewOrder(
                tr("Extract {host} for inspection", host=session.name_of(host)),
                host,
                3,
                BY_HAND,
                parts=(host,),
                verify=True,
            ),
            State.READY,
            PLANNER,
            "extract-server",
        ),
        Story(
            NewOrder(
                tr("Take the quarterly fluid sample"), last, 4, Source(Origin.PLAN, "quarterly")
            ),
            State.READY,
            PLANNER,
            "fluid-sampling",
            SECOND,
        ),
        Story(
            NewOrder(
                tr("GPU fell off the bus: board swapped"),
                gpu,
                2,
                Source(Origin.XID, "79", gpu),
                verify=True,
            ),
            State.REVIEW,
            procedure="swap-gpu-immersed",
            also=_costly,
        ),
        Story(
            NewOrder(tr("Monthly alarm test"), first, 4, Source(Origin.PLAN, "monthly")),
            State.RETURNED,
            PLANNER,
            "monthly-alarm-test",
            SECOND,
        ),
        Story(
            NewOrder(tr("Top up after the extraction of last week"), first, 3),
            State.CLOSED,
            PLANNER,
            "top-up",
            also=_topped_up,
        ),
        Story(
            NewOrder(tr("Pump hums: the manufacturer looks at it"), first, 2, warranty=True),
            State.IN_PROGRESS,
            SUPERVISOR,
            provider=Provider.OEM,
            also=_billed,
        ),
    )


def _topped_up(place: Workplace, order: Order) -> None:
    place.room.assets.fluid(
        FIRST, order.about, Why.TOP_UP, 3.5, batch="B-2041", measured=True, order=order.number
    )


def _tell_stock(place: Workplace) -> None:
    """Put two spares into the store, as the stock of a young site has them."""
    desk = place.room.desk
    if desk.book.stock.part(_SEAL) is not None:
        return
    guests = [one for one in (PLANNER,) if one not in desk.present]
    for one in guests:
        desk.enter(one)
    try:
        assets = place.room.assets
        assets.define(PLANNER, _SEAL, tr("Seal of the filter cover"), minimum=2)
        assets.receive(PLANNER, Pieces(_SEAL, _STORE, 4))
    finally:
        for one in guests:
            desk.leave(one)


def _waits_for_parts(place: Workplace, order: Order) -> None:
    place.room.assets.reserve(PLANNER, Pieces(_SEAL, _STORE, 2), order.number)
    place.room.orders.note(SECOND, order.number, tr("Elements are ordered, due on Thursday."))
    place.room.orders.pause(SECOND, order.number, "parts")


def _billed(place: Workplace, order: Order) -> None:
    orders = place.room.orders
    orders.start_labour(FIRST, order.number)
    orders.set_down(FIRST, order.number, down=True)
    orders.cost(FIRST, order.number, Provider.OEM, 48_000, "EUR", tr("Visit of the manufacturer"))


def _costly(place: Workplace, order: Order) -> None:
    orders = place.room.orders
    orders.cost(FIRST, order.number, Provider.OWN, 12_000, "EUR", tr("Two hours of work"))
    orders.cost(FIRST, order.number, Provider.OEM, 9_500, "EUR", tr("Freight of the board"))
    orders.note(FIRST, order.number, tr("The old board went back under warranty."))


def _wish(session: Session) -> None:
    """Let somebody ask for work on a GPU, from its panel."""
    host = session.hosts[0].id
    part = next(iter(session.gpus(host)), f"{host}/gpu0")
    body: dict[str, JSON] = {"findings": ["uncorrected-ecc"], "xids": [48]}
    session.history.record(EventDraft(REQUESTED, part, body, session.clock(), SECOND))
