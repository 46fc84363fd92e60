"""What the board shows: a card for every order and every wish, in the column of its state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work import order_words as words
from console.work.orders.model import Order, Request
from console.work.orders.rules import State
from console.work.people.roles import same

LATELY_S = 7 * 86_400.0
"""How long a closed order stays on the board."""
REQUEST = "request:"
"""What the key of a card begins with that is a wish and no order yet."""


class Lane(StrEnum):
    """A column of the board."""

    REQUEST = "request"
    PLANNED = "planned"
    READY = "ready"
    WORK = "work"
    REVIEW = "review"
    CLOSED = "closed"


LANE_NAMES = {
    Lane.REQUEST: "Requests",
    Lane.PLANNED: "Planned",
    Lane.READY: "Ready",
    Lane.WORK: "In progress",
    Lane.REVIEW: "Review",
    Lane.CLOSED: "Closed lately",
}
"""The title of each column; a key of the catalogue each."""
_LANES = {
    State.REQUEST: Lane.REQUEST,
    State.PLANNED: Lane.PLANNED,
    State.READY: Lane.READY,
    State.IN_PROGRESS: Lane.WORK,
    State.REVIEW: Lane.REVIEW,
    State.RETURNED: Lane.REVIEW,
    State.CLOSED: Lane.CLOSED,
    State.CANCELLED: Lane.CLOSED,
}


@dataclass(frozen=True, slots=True)
class Card:
    """One card. ``key`` is the order's number, or ``request:ID`` of a wish.

    ``priority`` 0 is a wish's, which has none; ``flag`` a word in bold where something waits.
    """

    key: str
    priority: int
    number: str
    title: str
    place: str
    clock: str
    is_late: bool
    people: str
    procedure: str
    flag: str = ""

    @property
    def sentence(self) -> str:
        """The card as one sentence, for a screen reader."""
        urgency = tr("priority {p}", p=self.priority) if self.priority else ""
        told = (self.number, urgency, self.title, self.place, self.clock, self.flag)
        return ", ".join(filter(None, (*told, self.people, self.procedure)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the board is narrowed to; empty members narrow nothing. ``mine`` is a person's id."""

    mine: str = ""
    tank: str = ""
    priority: int = 0


def board_of(session: Session, place: Workplace, wanted: Wanted) -> Mapping[Lane, Sequence[Card]]:
    """Return the cards of each column: the most urgent first, then the next due."""
    found: dict[Lane, list[Card]] = {lane: [] for lane in Lane}
    book, now_us = place.room.book, session.now().utc_us
    if not wanted.mine and not wanted.priority:
        taken = {order.source.request for order in book.orders.all()}
        for request in book.requests.all():
            if request.id not in taken and _is_in(session, request.about, wanted.tank):
                found[Lane.REQUEST].append(_request_card(session, place, request))
    orders = [order for order in book.orders.all() if _is_wanted(session, order, wanted, now_us)]
    for order in sorted(orders, key=_urgency):
        found[_LANES[order.state]].append(order_card(session, place, order))
    return found


def order_card(session: Session, place: Workplace, order: Order) -> Card:
    """Return the card of an order."""
    book = place.room.book
    clock = words.tightest(order, book, place.room.desk.now())
    return Card(
        key=order.number,
        priority=order.priority,
        number=words.short_number(order.number),
        title=order.title,
        place=words.place_name(session, order.about),
        clock=clock.text,
        is_late=clock.is_late,
        people=words.names_of(book, order.assigned) if order.assigned else tr("Nobody assigned"),
        procedure=words.procedure_name(place, order.procedure) or tr("No procedure"),
        flag=_flag(place, order),
    )


def _request_card(session: Session, place: Workplace, request: Request) -> Card:
    now_us = session.now().utc_us
    asked = words.span_text(max(now_us - request.utc_us, 0) / 1e6)
    return Card(
        key=REQUEST + request.id,
        priority=0,
        number=tr("Wish"),
        title=request.title or tr("Work wanted on {part}", part=session.name_of(request.about)),
        place=words.place_name(session, request.about),
        clock=tr("Asked {time} ago", time=asked),
        is_late=False,
        people=words.person_name(place.room.book, request.by),
        procedure=request_reason(request),
        flag="",
    )


def request_reason(request: Request) -> str:
    """Return what a wish is because of: its Xids, its alarms, else what was found."""
    xids = ", ".join(map(str, request.xids))
    found = ", ".join((*request.alarms, *request.findings))
    return tr("Xid {codes}", codes=xids) if xids else found


def _flag(place: Workplace, order: Order) -> str:
    """Return what keeps an order, in a word or two."""
    if place.room.book.conflicts.open(order.number):
        return tr("Contradiction")
    if order.paused:
        return words.pause_name(place.room.book, order.paused.what)
    if order.state is State.RETURNED:
        return tr("Returned")
    if order.state is State.CANCELLED:
        return tr("Cancelled")
    if order.state is State.REVIEW and order.verify and not order.verified:
        return tr("Waits for a second person")
    return ""


def _is_wanted(session: Session, order: Order, wanted: Wanted, now_us: int) -> bool:
    if order.state.is_over and order.moves[-1].at.utc_us < now_us - LATELY_S * 1e6:
        return False
    if wanted.mine and not is_mine(order, wanted.mine):
        return False
    is_urgent = not wanted.priority or order.priority == wanted.priority
    return is_urgent and _is_in(session, order.about, wanted.tank)


def is_mine(order: Order, person: str) -> bool:
    """Whether somebody is assigned to an order, works on it, or asked for it."""
    involved = (*order.assigned, *order.working(), order.opened_by)
    return any(same(person, one) for one in involved)


def _is_in(session: Session, part: str, wanted: str) -> bool:
    if not wanted:
        return True
    tank = session.tank_of(part)
    return wanted in {tank.id if tank else "", part.partition("/")[0]}


def _urgency(order: Order) -> tuple[int, int, str]:
    ended_us = -order.moves[-1].at.utc_us if order.state.is_over else 0
    return ended_us, order.priority, f"{order.due_us or 2**62:020d}{order.number}"
