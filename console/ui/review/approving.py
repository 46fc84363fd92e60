"""Approving: one record with a signature, or several without an exception with one PIN."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from console.session.workplace import Workplace
from console.text import tr
from console.ui.review.offers import runs_in
from console.ui.work.order_signing import present
from console.work.events import JSON, Refused
from console.work.orders.rules import State
from console.work.people.signature import Signature
from console.work.reviews.desk import REVIEW, About
from console.work.reviews.queue import Item, ItemKind

MOST = 50
"""So many are approved with one PIN at most."""


def words_of_approval(item: Item) -> str:
    """Return what is signed when one record is approved."""
    if item.kind is ItemKind.ORDER:
        return tr(
            "I reviewed the record of order {number} with its audit trail and {n} exceptions, "
            "and close it: {title}",
            number=item.id,
            n=item.exceptions or 0,
            title=item.title,
        )
    if item.kind is ItemKind.RUN:
        return tr(
            "I reviewed the record of run {run} with its audit trail and {n} exceptions",
            run=item.id,
            n=item.exceptions or 0,
        )
    return tr("I have taken note of this: {title}", title=item.title)


def facts_of(item: Item) -> dict[str, JSON]:
    """Return what a signature without an order is about."""
    return {"kind": item.kind, "id": item.id, "title": item.title, "exceptions": item.exceptions}


def check_one(place: Workplace, item: Item, by: str) -> None:
    """Refuse who may not approve this, or has not looked at what must be looked at."""
    reviews = place.room.reviews
    if item.exceptions is None:
        raise Refused(tr("The exceptions are still being counted."))
    if item.kind is ItemKind.ORDER:
        order = place.room.orders.find(item.id)
        reviews.refuse_unready(by, order, runs_in(place, order.runs))
    elif item.kind is ItemKind.RUN:
        reviews.refuse_hands(by, runs_in(place, [item.id]))
        lacking = reviews.missing(by, item.key, ("exceptions", "steps"), 0)
        if lacking:
            raise Refused(lacking)


def approve_one(place: Workplace, item: Item, by: str, signature: Signature) -> None:
    """Close the order, or conclude the review of what has none; raises Refused."""
    check_one(place, item, by)
    if item.kind is ItemKind.ORDER:
        place.room.orders.move(by, item.id, State.CLOSED, signature=signature)
        return
    run = item.id if item.kind is ItemKind.RUN else ""
    about = About(item.key, run)
    place.room.reviews.settle(by, about, facts_of(item), signature)


def shown_of(place: Workplace, item: Item) -> str:
    """Return the hash of what is signed."""
    if item.kind is ItemKind.ORDER:
        return place.room.orders.shown(item.id, State.CLOSED)
    return place.room.reviews.shown(item.key, facts_of(item))


def check_several(items: Sequence[Item]) -> None:
    """Refuse unless all are orders without a single exception, and not too many."""
    if not items:
        raise Refused(tr("Mark what is to be approved together first, with Space."))
    if len(items) > MOST:
        raise Refused(tr("At most {n} are approved together.", n=MOST))
    for item in items:
        if item.kind is not ItemKind.ORDER or item.is_returned:
            raise Refused(tr("Only orders in review are approved together: {what}.", what=item.id))
        if item.exceptions is None:
            raise Refused(tr("The exceptions of {what} are still being counted.", what=item.id))
        if item.exceptions:
            raise Refused(
                tr(
                    "{what} has {n} exceptions: it is reviewed by itself.",
                    what=item.id,
                    n=item.exceptions,
                )
            )


def words_of_several(items: Sequence[Item]) -> str:
    """Return what is signed when several are approved."""
    numbers = ", ".join(item.id for item in items)
    return tr(
        "I close {n} orders whose records have no exception: {numbers}",
        n=len(items),
        numbers=numbers,
    )


class Several:
    """Approves one order after the other with one PIN; the first refusal ends it.

    ``done(count)`` is told at the end, ``refused(sentence, count)`` where it stopped.
    """

    def __init__(
        self,
        place: Workplace,
        items: Sequence[Item],
        person: str,
        pin: str,
        done: Callable[[int], None],
        refused: Callable[[str, int], None],
    ) -> None:
        self._place = place
        self._left = list(items)
        self._person, self._pin = person, pin
        self._done, self._refused = done, refused
        self._count = 0

    def go(self) -> None:
        """Sign and close the next one."""
        if not self._left:
            self._pin = ""
            self._done(self._count)
            return
        item = self._left[0]
        try:
            shown = shown_of(self._place, item)
        except Refused as refusal:
            self._stop(str(refusal))
            return
        future = self._place.room.gate.sign(self._person, self._pin, REVIEW, shown)
        self._place.later(future, self._signed, self._stop)

    def _signed(self, signature: Signature) -> None:
        item = self._left.pop(0)
        place = self._place
        try:
            order = place.room.orders.find(item.id)
            runs = runs_in(place, order.runs)
            place.room.reviews.refuse_unready(signature.person, order, runs, looked=False)
            with present(place, signature.person):
                place.room.orders.move(signature.person, item.id, State.CLOSED, signature=signature)
        except Refused as refusal:
            self._stop(tr("{what}: {told}", what=item.id, told=str(refusal)))
            return
        self._count += 1
        self.go()

    def _stop(self, sentence: str) -> None:
        self._pin = ""
        self._refused(sentence, self._count)
