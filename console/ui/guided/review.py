"""The order that a run belongs to, and sending it to review. No Qt."""

from __future__ import annotations

from collections.abc import Callable

from console.session.workplace import Workplace
from console.text import tr
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.orders.rules import STATE_NAMES, State, shipped_rules
from console.work.people.roles import same
from console.work.people.signature import Signature


def order_of(place: Workplace, run: str) -> Order | None:
    """Return the order that names a run, as it is on the disk."""
    orders = place.room.book.orders.all()
    return next((order for order in orders if run in order.runs), None)


def order_text(place: Workplace, run: str) -> str:
    """Return how the order of a run stands, in words; empty where it has none."""
    order = order_of(place, run)
    if order is None:
        return ""
    state = tr(STATE_NAMES[order.state])
    return tr("Order {number}: {state}", number=order.number, state=state)


def send_to_review(
    place: Workplace,
    number: str,
    person: str,
    pin: str,
    done: Callable[[], None],
    refused: Callable[[str], None],
) -> None:
    """Give an order to review, signed with a PIN; the person's labour clock ends with it."""
    orders = place.room.orders
    way = shipped_rules().way(State.IN_PROGRESS, State.REVIEW)
    try:
        order = orders.find(number)
        if any(same(person, one) for one in order.working()):
            orders.stop_labour(person, number)
        shown = orders.shown(number, State.REVIEW)
    except Refused as refusal:
        refused(str(refusal))
        return

    def signed(given: Signature) -> None:
        try:
            orders.move(person, number, State.REVIEW, signature=given)
        except Refused as refusal:
            refused(str(refusal))
        else:
            done()

    act = way.act if way else "order.execute"
    place.later(place.room.gate.sign(person, pin, act, shown), signed, refused)
