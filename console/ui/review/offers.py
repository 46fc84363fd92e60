"""What a reviewer can do with one thing in the queue now, and the sentence why not."""

from __future__ import annotations

from collections.abc import Sequence

from console.session.workplace import Workplace
from console.text import tr
from console.ui.review.reading import runs_of
from console.ui.work.order_offers import Offer, may_not
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.orders.rules import State, Transition
from console.work.people.roster import Person
from console.work.reviews.desk import REVIEW
from console.work.reviews.queue import Item, ItemKind
from procedures.engine.state import Run

APPROVE, SETTLE, RETURN, ASK, ANSWER = "approve", "settle", "return", "ask", "answer"
DEVIATION, CHILD, OPEN, CHANGE = "deviation", "child", "open", "change"
REPORT, FORM, GO = "report", "form", "go"
WHERE = {
    ItemKind.PROCEDURE: ("work", "procedures"),
    ItemKind.CHANGE: ("work", "procedures"),
    ItemKind.CONFLICT: ("work", "equipment"),
    ItemKind.QUARANTINE: ("log", ""),
    ItemKind.TRAINING: ("work", "people"),
}
"""The page and subject on which a thing is dealt with."""


def offers_of(place: Workplace, item: Item) -> Sequence[Offer]:
    """Return what can be done with a thing, each with who may or why not."""
    if item.kind is ItemKind.ORDER:
        order = place.room.book.orders.get(item.id)
        return _of_order(place, order) if order is not None else ()
    if item.kind is ItemKind.RUN:
        return _of_run(place, item)
    found = [Offer(GO, tr("Go there"), is_next=True)]
    if item.kind in {ItemKind.QUARANTINE, ItemKind.TRAINING}:
        found.insert(0, _settle(place, item, tr("Take note")))
    return found


def _of_order(place: Workplace, order: Order) -> Sequence[Offer]:
    rules = place.room.desk.book.rules
    back = rules.way(State.REVIEW, State.RETURNED)
    why = may_not(place, REVIEW)
    not_now = "" if order.state is State.REVIEW else _not_in_review(order)
    change = "" if order.procedure else tr("No procedure was followed.")
    return [
        _approve(place, order),
        Offer(RETURN, tr("Return …"), not_now or why, (), back),
        *_asking(place, order.number, why),
        Offer(CHILD, tr("Follow-up order …"), may_not(place, "order.request")),
        Offer(CHANGE, tr("Change procedure …"), change or may_not(place, "order.request")),
        Offer(REPORT, tr("Report")),
        Offer(FORM, tr("Work order")),
    ]


def _asking(place: Workplace, of: str, why: str) -> Sequence[Offer]:
    found = [
        Offer(ASK, tr("Ask …"), why),
        Offer(DEVIATION, tr("Deviation …"), why),
    ]
    if place.room.reviews.book.open_threads(of):
        found.append(Offer(ANSWER, tr("Answer …"), may_not(place, "order.note")))
    return found


def _of_run(place: Workplace, item: Item) -> Sequence[Offer]:
    return [
        _settle(place, item, tr("Approve …")),
        *_asking(place, item.key, may_not(place, REVIEW)),
        Offer(OPEN, tr("Order …"), may_not(place, "order.request")),
        Offer(CHANGE, tr("Change procedure …"), may_not(place, "order.request")),
    ]


def _approve(place: Workplace, order: Order) -> Offer:
    way = place.room.desk.book.rules.way(State.REVIEW, State.CLOSED)
    title = tr("Approve …")
    if order.state is not State.REVIEW or way is None:
        return Offer(APPROVE, title, _not_in_review(order))
    runs = runs_in(place, order.runs)
    signers = _signers(place, runs, order)
    why = "" if signers else tr("There is nobody who may sign this.")
    unmet = _unmet(place, order, way)
    return Offer(APPROVE, title, unmet or why, signers, way, is_next=True)


def _unmet(place: Workplace, order: Order, way: Transition) -> str:
    unmet = place.room.orders.unmet(order, way, place.hands)
    if unmet:
        return unmet[0]
    if place.room.reviews.book.open_threads(order.number):
        return tr("A question of the review is not answered yet.")
    return ""


def _not_in_review(order: Order) -> str:
    return tr("Order {number} is not in review.", number=order.number)


def _settle(place: Workplace, item: Item, title: str) -> Offer:
    signers = _signers(place, runs_in(place, runs_of(place, item)), None)
    why = "" if signers else tr("There is nobody who may sign this.")
    if place.room.reviews.book.open_threads(item.key):
        why = tr("A question of the review is not answered yet.")
    return Offer(SETTLE, title, why, signers, None, is_next=True)


def _signers(place: Workplace, runs: Sequence[Run], order: Order | None) -> tuple[Person, ...]:
    return tuple(
        person
        for person in place.room.desk.book.people.active()
        if not why_not(place, person, runs, order)
    )


def why_not(place: Workplace, person: Person, runs: Sequence[Run], order: Order | None) -> str:
    """Return why a person may not review this; empty where they may."""
    try:
        place.room.desk.permit(person, REVIEW)
        place.room.reviews.refuse_hands(person.id, runs, order)
    except Refused as refusal:
        return str(refusal)
    return ""


def runs_in(place: Workplace, names: Sequence[str]) -> list[Run]:
    """Return the runs with some ids."""
    return [run for run in place.runs.runs() if run.id in names]
