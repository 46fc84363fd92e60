"""The forms of an order: planning, waiting, notes, costs, reserving parts, and what takes a reason.

Each is an :class:`console.ui.work.acts.Act`: its questions, and what is asked of the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work import order_words as words
from console.ui.work.acts import Act, Answers, Ask, decimal_number, whole_number
from console.ui.work.order_offers import Offer
from console.ui.work.suggest import fitting, suggested
from console.work.assets.desk import Pieces
from console.work.events import Refused
from console.work.orders.desk import OrderChanges
from console.work.orders.model import Order, Origin, ProcedureRef, Provider
from console.work.orders.rules import State
from console.work.words import PROVIDER_NAMES

T = TypeVar("T")
PEOPLE = ("first", "second", "third")
_NONE = "-"
_TIME = "%Y-%m-%d %H:%M"
_CURRENCY = "EUR"
_ALL_YES_NO = (("", "No"), ("yes", "Yes"))
SAID = tuple(text for _, text in _ALL_YES_NO)
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""


class OrderForms:
    """Makes the form of an offer."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, offer: Offer, order: Order) -> Act | None:
        """Return the form that an offer opens; None where it is done or signed at once."""
        made: dict[str, Callable[[Order], Act]] = {
            "plan": self._plan,
            "note": self._note,
            "answer": self._answer,
            "cost": self._cost,
            "pause": self._pause,
            "reserve": self._reserve,
            "child": self._child,
        }
        if offer.key in made:
            return made[offer.key](order)
        if offer.way and offer.way.reason:
            return self._reason(offer, order)
        return None

    @property
    def _place(self) -> Workplace:
        place = self._session.workplace
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        return place

    # ---- planning ----

    def _plan(self, order: Order) -> Act:
        def do(by: str, answers: Answers) -> str:
            self._planned(by, order.number, answers)
            return ""

        return Act(
            "plan",
            tr("Plan order {number}", number=order.number),
            "order.plan",
            do,
            lambda: self._plan_asks(order),
            done=tr("Save the plan"),
        )

    def _plan_asks(self, order: Order) -> Sequence[Ask]:
        place = self._place
        fit = fitting(self._session, place, order.about)
        alarm = order.source.what if order.source.origin is Origin.ALARM else ""
        chosen = order.procedure.id if order.procedure else ""
        if not chosen and not order.no_procedure:
            chosen = suggested(fit, order.about, alarm)
        known = [one.procedure.id for one in fit]
        choices = [("", tr("not decided yet")), (_NONE, tr("None, because …"))]
        if order.procedure or order.no_procedure:
            choices = choices[1:]
        choices += [(one.procedure.id, words.words_of(one.procedure.title)) for one in fit]
        if order.procedure and order.procedure.id not in known:
            choices.append((order.procedure.id, words.procedure_name(place, order.procedure)))
        return (
            *self._people_asks(order),
            Ask(
                "procedure",
                tr("Procedure"),
                chosen or (_NONE if order.no_procedure else ""),
                choices=tuple(choices),
            ),
            Ask("none", tr("Why there is none to follow"), order.no_procedure),
            *plan_asks(order.title, order.priority, order.due_us),
            Ask(
                "verify",
                tr("A second person verifies"),
                "yes" if order.verify else "",
                choices=yes_no(),
            ),
            Ask("provider", tr("Done by"), order.provider, choices=providers()),
            Ask(
                "warranty",
                tr("Under warranty"),
                "yes" if order.warranty else "",
                choices=yes_no(),
            ),
        )

    def _people_asks(self, order: Order) -> Sequence[Ask]:
        desk = self._place.room.desk
        able = [
            (one.id, one.name)
            for one in desk.book.people.active()
            if desk.roles.permits(one.roles, "order.execute")
        ]
        labels = (tr("Assigned"), tr("And also"), tr("And also"))
        given = (*order.assigned, "", "", "")
        return [
            Ask(key, label, who, choices=(("", tr("nobody")), *able))
            for key, label, who in zip(PEOPLE, labels, given, strict=False)
        ]

    def _planned(self, by: str, number: str, answers: Answers) -> None:
        """Tell what differs, then take a request to planning; what is refused stays undone."""
        orders = self._place.room.orders
        order = orders.find(number)
        due_us = time_of(answers["due"])
        people = tuple(dict.fromkeys(filter(None, (answers[key] for key in PEOPLE))))
        changes = OrderChanges(
            title=_other(answers["title"], order.title),
            priority=_other(int(answers["priority"]), order.priority),
            due_us=_other(due_us, order.due_us // 60_000_000 * 60_000_000),
            assigned=_other(people, order.assigned),
            provider=_other(Provider(answers["provider"]), order.provider),
            warranty=_other(bool(answers["warranty"]), order.warranty),
            verify=_other(bool(answers["verify"]), order.verify),
        )
        self._follow(by, order, answers)
        orders.change(by, number, changes)
        if order.state is State.REQUEST:
            orders.move(by, number, State.PLANNED)

    def _follow(self, by: str, order: Order, answers: Answers) -> None:
        orders, wanted, none = self._place.room.orders, answers["procedure"], answers["none"]
        if not wanted:
            return
        if wanted == _NONE:
            if not none:
                raise Refused(tr("Say why there is no procedure to follow."))
            if order.procedure or none != order.no_procedure:
                orders.without_procedure(by, order.number, none)
            return
        revision = self._place.runs.procedures.in_force(wanted)
        if revision is None:
            raise Refused(tr("No revision of this procedure is in force."))
        ref = ProcedureRef(revision.procedure.id, revision.digest)
        if order.procedure != ref:
            orders.follow(by, order.number, ref)

    # ---- during the work ----

    def _note(self, order: Order) -> Act:
        def do(by: str, answers: Answers) -> str:
            self._place.room.orders.note(by, order.number, answers["text"])
            return ""

        title = tr("Note in order {number}", number=order.number)
        asks = (Ask("text", tr("What is to be remembered")),)
        return Act("note", title, "order.note", do, lambda: asks, done=tr("Note"))

    def _answer(self, order: Order) -> Act:
        """Return the form that answers a question of the review."""
        threads = self._place.room.reviews.book.open_threads(order.number)
        choices = tuple((one.first.id, one.said[-1].text) for one in threads)

        def do(by: str, answers: Answers) -> str:
            reviews = self._place.room.reviews
            reviews.answer(by, order.number, answers["thread"], answers["text"])
            return ""

        first = choices[0][0] if choices else ""
        asks = (Ask("thread", tr("Question"), first, choices=choices), Ask("text", tr("Answer")))
        return Act("answer", tr("Answer"), "order.note", do, lambda: asks, done=tr("Answer"))

    def _pause(self, order: Order) -> Act:
        def do(by: str, answers: Answers) -> str:
            self._place.room.orders.pause(by, order.number, answers["reason"])
            return ""

        rules = self._place.room.desk.book.rules
        reasons = tuple((rule.id, tr(rule.name)) for rule in rules.pause)
        asks = (Ask("reason", tr("Why it waits"), reasons[0][0], choices=reasons),)
        title = tr("Order {number} waits", number=order.number)
        return Act("pause", title, "order.note", do, lambda: asks, done=tr("It waits"))

    def _cost(self, order: Order) -> Act:
        def do(by: str, answers: Answers) -> str:
            currency = answers["currency"].upper()
            minor = round(decimal_number(answers["amount"]) * words.per_unit(currency))
            self._place.room.orders.cost(
                by,
                order.number,
                Provider(answers["provider"]),
                minor,
                currency,
                answers["what"],
            )
            return ""

        last = order.costs[-1].currency if order.costs else _CURRENCY
        asks = (
            Ask("what", tr("For what")),
            Ask("amount", tr("Amount"), hint=tr("such as 120.50")),
            Ask("currency", tr("Currency"), last),
            Ask("provider", tr("Paid to"), order.provider, choices=providers()),
        )
        title = tr("Cost of order {number}", number=order.number)
        return Act("cost", title, "order.note", do, lambda: asks, done=tr("Add cost"))

    def _reserve(self, order: Order) -> Act:
        stock = self._place.room.desk.book.stock

        def do(by: str, answers: Answers) -> str:
            if not answers.get("part"):
                raise Refused(tr("There is no part in any store to reserve."))
            part, _, store = answers["part"].rpartition("@")
            pieces = Pieces(part, store, whole_number(answers["count"]))
            self._place.room.assets.reserve(by, pieces, order.number)
            return ""

        def asks() -> Sequence[Ask]:
            there = [
                (f"{part.id}@{store}", _shelf(part.name, store, level.available))
                for part in stock.parts()
                for store in stock.stores()
                if (level := stock.level(part.id, store)).available > 0
            ]
            if not there:
                return ()
            return (
                Ask("part", tr("Part"), there[0][0], choices=tuple(there)),
                Ask("count", tr("How many"), "1"),
            )

        title = tr("Reserve parts for order {number}", number=order.number)
        return Act("reserve", title, "stock.move", do, asks, done=tr("Reserve"))

    def _child(self, order: Order) -> Act:
        def do(by: str, answers: Answers) -> str:
            orders = self._place.room.orders
            orders.open_child(by, order.number, answers["title"], answers["because"])
            return ""

        asks = (
            Ask("title", tr("Title")),
            Ask("because", tr("What failed or is left to do")),
        )
        title = tr("Follow-up of order {number}", number=order.number)
        return Act("child", title, "order.request", do, lambda: asks, done=tr("Open the order"))

    def _reason(self, offer: Offer, order: Order) -> Act | None:
        """Return the form of a step that takes a reason; a signed one goes on to its signature."""
        way = offer.way
        if way is None or way.signed:
            return None

        def do(by: str, answers: Answers) -> str:
            self._place.room.orders.move(by, order.number, way.to, reason=answers["reason"])
            return ""

        title = f"{offer.title}: {order.number}"
        asks = (Ask("reason", tr("Reason")),)
        return Act(offer.key, title, way.act, do, lambda: asks, done=offer.title)


def signed_reason(offer: Offer, order: Order, go: Callable[[str], None]) -> Act:
    """Return the form that asks for the reason of a step before it is signed."""

    def do(_by: str, answers: Answers) -> str:
        if not answers["reason"]:
            raise Refused(tr("This needs a reason."))
        go(answers["reason"])
        return ""

    asks = (Ask("reason", tr("Reason: how is everything left safe?")),)
    title = f"{offer.title}: {order.number}"
    return Act(offer.key, title, "", do, lambda: asks, done=tr("On to the signature"))


def plan_asks(title: str, priority: int, due_us: int) -> Sequence[Ask]:
    """Return the questions that a plan and a new order have in common."""
    return (
        Ask("title", tr("Title"), title),
        Ask("priority", tr("Priority"), str(priority), choices=priorities()),
        Ask("due", tr("Due"), time_text(due_us), hint=tr("2026-11-30 16:00, or nothing")),
    )


def priorities() -> tuple[tuple[str, str], ...]:
    """Return the priorities to choose from."""
    return tuple((str(p), tr("Priority {p}", p=p)) for p in (1, 2, 3, 4))


def providers() -> tuple[tuple[str, str], ...]:
    """Return who may be paid."""
    return tuple((one.value, tr(PROVIDER_NAMES[one])) for one in Provider)


def yes_no() -> tuple[tuple[str, str], ...]:
    """Return no and yes."""
    return tuple((key, tr(text)) for key, text in _ALL_YES_NO)


def time_text(utc_us: int) -> str:
    """Return a moment as people write it into a form, local time; empty for none."""
    if not utc_us:
        return ""
    return datetime.fromtimestamp(utc_us / 1e6).astimezone().strftime(_TIME)


def time_of(text: str) -> int:
    """Return the UTC microseconds of a local time or day; 0 for an empty text. Raises Refused."""
    written = text.strip()
    if not written:
        return 0
    for form in (_TIME, "%Y-%m-%d"):
        try:
            found = datetime.strptime(written, form).astimezone()
        except (ValueError, OverflowError):
            continue
        return round(found.timestamp() * 1e6)
    raise Refused(
        tr("{text} is no time; write it like 2026-11-30 16:00.", text=f"'{written[:40]}'")
    )


def _other(new: T, old: T) -> T | None:
    return None if new == old else new


def _shelf(part: str, store: str, count: int) -> str:
    return tr("{part}: {count} in {store}", part=part, count=count, store=store)
