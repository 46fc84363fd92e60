"""What can be done with an order now, by whom, and the sentence why not where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.session.workplace import Workplace
from console.text import tr
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.orders.rules import State, Transition
from console.work.people.roles import same
from console.work.people.roster import Person
from procedures.engine.state import Run

SIGN_IN = "Sign in first: nobody else may sign for you."
VERIFY = "order.verify"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be done. ``why_not`` says why it cannot be now, empty where it can.

    ``signers`` are those who may sign it; an offer without any is done by who is at the console.
    ``way`` is the step of the order that it is, if it is one.
    """

    key: str
    title: str
    why_not: str = ""
    signers: tuple[Person, ...] = ()
    way: Transition | None = None
    is_next: bool = False


_WAY_TITLES = {
    (State.REQUEST, State.PLANNED): "Planned",
    (State.PLANNED, State.READY): "Release for work",
    (State.READY, State.PLANNED): "Back to planning",
    (State.READY, State.IN_PROGRESS): "Start",
    (State.IN_PROGRESS, State.REVIEW): "To review",
    (State.REVIEW, State.CLOSED): "Close",
    (State.REVIEW, State.RETURNED): "Return …",
    (State.RETURNED, State.IN_PROGRESS): "Take up again",
}
"""What the button of a step says; a key of the catalogue each."""
_CANCEL = "Cancel order"
_NEXT = frozenset({"Release for work", "Start", "To review", "Close", "Take up again"})
ACT_WORDS = {
    "Release for work": "Release order {number} for work: {title}",
    "Start": "Start work on order {number}: {title}",
    "To review": "The work of order {number} is done: {title}",
    "Close": "Close order {number}, the work is reviewed: {title}",
    "Take up again": "Take up order {number} again: {title}",
    "Cancel order": "Cancel order {number}, everything is left safe: {title}",
    "Verify": "I saw that the work of order {number} was done as it should be: {title}",
}
"""What is signed, in words; a key of the catalogue each."""
SAID = (*_WAY_TITLES.values(), _CANCEL, *ACT_WORDS.values(), SIGN_IN)
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""


def offers_of(place: Workplace, order: Order) -> Sequence[Offer]:
    """Return what the state of an order has, each with who may or why not, as things stand."""
    found: list[Offer] = []
    if not order.state.is_over:
        found.append(_plan(place, order))
    begin = begin_offer(place, order)
    found += [begin] if begin else []
    for way in place.room.desk.book.rules.ways_from(order.state):
        is_planning = way.from_ is State.REQUEST and way.to is State.PLANNED
        if is_planning or (begin and begin.way is way):
            continue
        found.append(_way(place, order, way))
    if order.state is State.REVIEW and (order.verify or not order.verified):
        found.insert(1, _verify(place, order))
    return [*found, *_during(place, order)]


def _plan(place: Workplace, order: Order) -> Offer:
    way = place.room.desk.book.rules.way(order.state, State.PLANNED)
    is_first = order.state is State.REQUEST
    why = may_not(place, "order.plan")
    return Offer("plan", tr("Plan"), why, (), way if is_first else None, is_next=is_first)


def begin_offer(place: Workplace, order: Order) -> Offer | None:
    """Return what begins the order's procedure: with starting it, or after a crash, without.

    None where the order names no procedure, is in no state for it, or a run of it is open.
    """
    if order.procedure is None or order.state not in {State.READY, State.IN_PROGRESS}:
        return None
    if open_runs(place, order):
        return None
    way = place.room.desk.book.rules.way(order.state, State.IN_PROGRESS)
    finished = any(one.id in order.runs for one in place.runs.runs())
    title = tr("Begin the procedure …") if order.state is State.READY else tr("Begin a run …")
    why = _why_not_execute(place, order)
    return Offer("begin", title, why, (), way, is_next=not finished)


def _why_not_execute(place: Workplace, order: Order) -> str:
    if not place.hands:
        return ""
    why = may_not(place, "order.execute")
    if why:
        return why
    if not any(same(place.hands, one) for one in order.assigned):
        return tr("Only those assigned do this.")
    apart = place.room.desk.roles.kept_apart("order.execute", order.acts(), place.hands)
    return tr("{why}.", why=tr(apart)) if apart else ""


def _way(place: Workplace, order: Order, way: Transition) -> Offer:
    title = _WAY_TITLES.get((way.from_, way.to), _CANCEL)
    key = f"to:{way.to}"
    if not way.signed:
        why = _why_not(place, order, way, place.hands) if place.hands else ""
        return Offer(key, tr(title), why, (), way)
    signers = tuple(
        person
        for person in place.room.desk.book.people.active()
        if not _why_not(place, order, way, person.id)
    )
    why = "" if signers else _why_nobody(place, order, way)
    return Offer(key, tr(title), why, signers, way, is_next=title in _NEXT)


def _why_not(place: Workplace, order: Order, way: Transition, by: str) -> str:
    """Return why one person cannot go this way with the order, whether they are signed in or not.

    What the order itself lacks is said first: that is what somebody can put right.
    """
    unmet = place.room.orders.unmet(order, way, by)
    if unmet:
        return unmet[0]
    return _may_not(place, way.act, by, order)


def _why_nobody(place: Workplace, order: Order, way: Transition) -> str:
    unmet = place.room.orders.unmet(order, way, place.hands or _first(order))
    return unmet[0] if unmet else tr("There is nobody who may sign this.")


def _first(order: Order) -> str:
    return order.assigned[0] if order.assigned else ""


def _verify(place: Workplace, order: Order) -> Offer:
    done = {signature.person for signature in order.verified}
    signers = tuple(
        person
        for person in place.room.desk.book.people.active()
        if person.id not in done and not _may_not(place, VERIFY, person.id, order)
    )
    why = "" if signers else tr("There is nobody who may sign this.")
    return Offer("verify", tr("Verify"), why, signers, None, is_next=order.verify and not done)


def _may_not(place: Workplace, act: str, by: str, order: Order) -> str:
    desk = place.room.desk
    why = _without_role(place, by, act)
    if why:
        return why
    apart = desk.roles.kept_apart(act, order.acts(), by)
    return tr("{why}.", why=tr(apart)) if apart else ""


def may_not(place: Workplace, act: str) -> str:
    """Return why who is at the console may not do an act; nothing is said while nobody is there."""
    return _without_role(place, place.hands, act) if place.hands else ""


def _without_role(place: Workplace, by: str, act: str) -> str:
    """Return that somebody has no role for an act, or that they are nobody of the roster."""
    desk = place.room.desk
    try:
        person = desk.who(by)
    except Refused as refusal:
        return str(refusal)
    if desk.roles.permits(person.roles, act):
        return ""
    return tr("{person} has no role for it.", person=person.name)


def _during(place: Workplace, order: Order) -> Sequence[Offer]:
    """Return what goes on beside the way of an order."""
    why, note = may_not(place, "order.note"), Offer("note", tr("Note …"))
    found = [Offer("note", note.title, why), Offer("cost", tr("Cost …"), why)]
    if place.room.reviews.book.open_threads(order.number):
        found.append(Offer("answer", tr("Answer …"), why, is_next=True))
    if order.state.is_over:
        return found
    if order.paused:
        found.append(Offer("resume", tr("No longer waits"), why))
    else:
        found.append(Offer("pause", tr("Waits for …"), why))
    down = tr("In use again") if order.is_down else tr("Out of use")
    found.append(Offer("down", down, why))
    if order.state is State.IN_PROGRESS:
        mine = any(same(place.hands, one) for one in order.working()) if place.hands else False
        labour = tr("Stop my clock") if mine else tr("Start my clock")
        found.append(Offer("labour", labour, may_not(place, "order.execute")))
    if order.state is not State.REVIEW:
        found.append(Offer("reserve", tr("Reserve parts …"), may_not(place, "stock.move")))
    found.append(Offer("child", tr("Follow-up order …"), may_not(place, "order.request")))
    lost = lost_run(place, order)
    if lost is not None:
        found.append(Offer("link", tr("Link run {run}", run=lost.id), why, is_next=True))
    return found


# ---- runs ------------------------------------------------------------------------------------


def open_runs(place: Workplace, order: Order) -> Sequence[Run]:
    """Return the runs of an order that are not over, those that a crash kept from being linked too.

    A run that is begun for an order bears the order's number.
    """
    mine = run_name(order.number, 0)
    return [
        run for run in place.runs.open() if run.id in order.runs or run.id.startswith(mine[:-1])
    ]


def lost_run(place: Workplace, order: Order) -> Run | None:
    """Return a run that was begun for an order and is not linked to it: a crash came between."""
    return next((run for run in open_runs(place, order) if run.id not in order.runs), None)


def run_name(number: str, count: int) -> str:
    """Return the id of the next run of an order that has begun so many."""
    return f"R-{number.removeprefix('WO-')}-{count + 1}"


def next_run(place: Workplace, order: Order) -> str:
    """Return the id that the next run of an order gets."""
    known = {run.id for run in place.runs.runs()}
    return next(name for n in range(10_000) if (name := run_name(order.number, n)) not in known)
