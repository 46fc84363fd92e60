"""What a reviewer writes: questions, answers, deviations, returns, orders, changes asked for."""

from __future__ import annotations

from dataclasses import dataclass

from console.session.workplace import Workplace
from console.text import tr
from console.ui.review import offers as of
from console.ui.review.facts import RecordFacts
from console.ui.work.acts import Act, Answers, Ask
from console.work.events import Refused
from console.work.orders.desk import NewOrder
from console.work.orders.model import Order, Origin, ProcedureRef, Source
from console.work.orders.rules import State
from console.work.reviews.desk import REVIEW, About
from console.work.reviews.kinds import DISPOSITIONS
from console.work.reviews.queue import Item

_LONGEST = 200
_RECORDED = "Recorded. It shows as soon as it is on the disk."
SAID = (_RECORDED,)
"""Texts that reach ``tr`` by way of a variable; a key of the catalogue each."""


@dataclass(frozen=True)
class Here:
    """What a form is about: the thing, where in its record the reviewer is, what is said there."""

    place: Workplace
    item: Item
    about: About
    where: str
    finding: str
    facts: RecordFacts

    @property
    def order(self) -> Order | None:
        """The order, where there is one."""
        return self.facts.order


def form_of(key: str, here: Here) -> Act | None:
    """Return the form that an offer opens; None for what is signed or done at once."""
    made = {
        of.ASK: _ask,
        of.ANSWER: _answer,
        of.DEVIATION: _deviation,
        of.RETURN: _return,
        of.CHILD: _child,
        of.OPEN: _open,
        of.CHANGE: _change,
    }
    return made[key](here) if key in made else None


def _ask(here: Here) -> Act:
    def do(by: str, answers: Answers) -> str:
        here.place.room.reviews.ask(by, here.about, answers["text"])
        return tr(_RECORDED)

    asks = [Ask("text", tr("Question to who did the work"))]
    return Act(of.ASK, tr("Ask"), REVIEW, do, lambda: asks, lambda: _where(here), tr("Ask"))


def _where(here: Here) -> str:
    told = here.where or tr("The whole record")
    return f"{told}\n{here.finding}" if here.finding else told


def _answer(here: Here) -> Act:
    threads = here.place.room.reviews.book.open_threads(here.about.of)
    choices = tuple((one.first.id, one.said[-1].text[:_LONGEST]) for one in threads)

    def do(by: str, answers: Answers) -> str:
        reviews = here.place.room.reviews
        reviews.answer(by, here.about.of, answers["thread"], answers["text"])
        return tr(_RECORDED)

    asks = [
        Ask("thread", tr("Question"), choices[0][0] if choices else "", choices=choices),
        Ask("text", tr("Answer")),
    ]
    return Act(of.ANSWER, tr("Answer"), "order.note", do, lambda: asks)


def _deviation(here: Here) -> Act:
    choices = tuple((key, tr(text)) for key, text in DISPOSITIONS.items())

    def do(by: str, answers: Answers) -> str:
        here.place.room.reviews.deviation(by, here.about, answers["text"], answers["what"])
        return tr(_RECORDED)

    asks = [
        Ask("text", tr("What was not as it should have been"), here.finding),
        Ask("what", tr("What is to come of it"), "accept", choices=choices),
    ]
    title = tr("Deviation")
    return Act(of.DEVIATION, title, REVIEW, do, lambda: asks, lambda: _where(here), tr("Record"))


def _return(here: Here) -> Act:
    threads = here.place.room.reviews.book.open_threads(here.about.of)
    asked = "; ".join(one.said[-1].text for one in threads)[:_LONGEST]

    def do(by: str, answers: Answers) -> str:
        orders = here.place.room.orders
        orders.move(by, here.item.id, State.RETURNED, reason=answers["text"])
        return tr("Returned.")

    asks = [Ask("text", tr("What is to be put right"), asked)]
    told = tr("{n} questions wait for an answer.", n=len(threads))
    preview = told if threads else tr("Ask about single steps first, where there is a question.")
    return Act(of.RETURN, tr("Return"), REVIEW, do, lambda: asks, lambda: preview, tr("Return"))


def _child(here: Here) -> Act:
    def do(by: str, answers: Answers) -> str:
        orders = here.place.room.orders
        child = orders.open_child(by, here.item.id, answers["title"], answers["why"])
        return tr("Order {number} is open.", number=child.number)

    asks = [
        Ask("title", tr("What is to be done")),
        Ask("why", tr("Because of"), (here.finding or here.where)[:_LONGEST]),
    ]
    return Act(
        of.CHILD,
        tr("Follow-up order"),
        "order.request",
        do,
        lambda: asks,
        lambda: _where(here),
        tr("Open the order"),
    )


def _open(here: Here) -> Act:
    def do(by: str, answers: Answers) -> str:
        cause = Source(Origin.CHECK, here.item.id, here.item.about)
        new = NewOrder(answers["title"], here.item.about, source=cause)
        order = here.place.room.orders.open(by, new)
        return tr("Order {number} is open.", number=order.number)

    asks = [Ask("title", tr("What is to be done"))]
    title = tr("New order")
    return Act(
        of.OPEN,
        title,
        "order.request",
        do,
        lambda: asks,
        lambda: _where(here),
        tr("Open the order"),
    )


def _change(here: Here) -> Act:
    def do(by: str, answers: Answers) -> str:
        ref = _procedure(here)
        here.place.room.reviews.ask_change(by, here.about, ref, answers["text"])
        return tr(_RECORDED)

    asks = [Ask("text", tr("What is to be changed in the procedure, and why"), here.finding)]
    return Act(
        of.CHANGE,
        tr("Change of the procedure"),
        "order.request",
        do,
        lambda: asks,
        lambda: _where(here),
        tr("Ask for it"),
    )


def _procedure(here: Here) -> ProcedureRef:
    """Return the procedure and revision that the record followed."""
    runs = here.facts.record.runs if here.facts.record else ()
    named = here.facts.record.run(here.about.run) if here.facts.record else None
    run = named or next(iter(runs), None)
    if run is not None:
        return ProcedureRef(run.run.procedure, run.run.revision)
    if here.order is not None and here.order.procedure is not None:
        return here.order.procedure
    raise Refused(tr("No procedure was followed."))
