"""Reviews: what is told, the rules, the same book in any order, what a damaged event does."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.event_text import event_text
from console.history.kinds import LABELS
from console.work.events import JSON, Draft, Refused
from console.work.orders.desk import NewOrder
from console.work.orders.model import Order, ProcedureRef
from console.work.orders.rules import State
from console.work.reviews.book import ReviewBook
from console.work.reviews.desk import REVIEW, About, ReviewDesk, hands_of, review_since_us
from console.work.reviews.kinds import KINDS, ReviewKind
from procedures.engine import commands as ask
from tests.unit.procedures.bench import Bench
from tests.unit.work.kit import Recorded, Site, recorded
from tests.unit.work.test_orders import in_review

NUMBER = "WO-1"
HERE = About(NUMBER, "R-1", "lift")
FACTS: dict[str, JSON] = {"id": "R-1", "exceptions": 2}


class Desk:
    """A review desk whose book follows what was told, as after the disk."""

    def __init__(self) -> None:
        self.site = Site()
        self.told: list[Draft] = []
        self.desk = ReviewDesk(self.site.desk, self._record, self.site.clock)

    def _record(self, draft: Draft) -> None:
        self.told.append(draft)
        self.desk.book.take(recorded([draft])[0])

    @property
    def book(self) -> ReviewBook:
        return self.desk.book


@pytest.fixture
def desk() -> Desk:
    return Desk()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as told:
        act()
    return str(told.value)


# ---- questions -------------------------------------------------------------------------------


def test_a_question_is_answered_and_asked_again(desk: Desk) -> None:
    desk.desk.ask("okafor", HERE, "Why 1.4 ohm at first?")
    (thread,) = desk.book.threads(NUMBER)
    assert thread.is_open
    assert (thread.first.step, thread.first.run, thread.first.by) == ("lift", "R-1", "okafor")
    desk.site.clock.set_wall(-5)
    desk.desk.answer("chen", NUMBER, thread.first.id, "The clamp was painted.")
    assert desk.book.open_threads(NUMBER) == [], "whatever the clock said"
    desk.site.clock.set_wall(-5)
    desk.desk.ask("okafor", HERE, "And then?", thread.first.id)
    (again,) = desk.book.open_threads(NUMBER)
    assert [one.text for one in again.said] == [
        "Why 1.4 ohm at first?",
        "The clamp was painted.",
        "And then?",
    ]
    assert desk.book.threads("WO-2") == []


def test_who_may_not_is_told_so(desk: Desk) -> None:
    assert "no role" in refused(lambda: desk.desk.ask("chen", HERE, "Why?"))
    assert "1 to 2000" in refused(lambda: desk.desk.ask("okafor", HERE, "   "))
    assert "no such question" in refused(lambda: desk.desk.answer("chen", NUMBER, "x", "So."))
    assert "no such question" in refused(lambda: desk.desk.ask("okafor", HERE, "Why?", "x"))
    desk.desk.ask("okafor", HERE, "Why?")
    thread = desk.book.threads(NUMBER)[0].first.id
    assert refused(lambda: desk.desk.answer("Okafor", NUMBER, thread, "So.")) == (
        "Who asked does not answer."
    )
    desk.site.desk.leave("chen")
    told = refused(lambda: desk.desk.answer("chen", NUMBER, thread, "So."))
    assert told == "Chen is not signed in."
    assert len(desk.told) == 1


def test_deviations_and_changes_asked_for(desk: Desk) -> None:
    desk.desk.deviation("okafor", HERE, "Painted clamp", "repair")
    told = refused(lambda: desk.desk.deviation("okafor", HERE, "Painted clamp", "shrug"))
    assert told == "Say what is to come of it."
    desk.desk.ask_change("okafor", HERE, ProcedureRef("lift", "ab" * 32), "Scrape it first")
    (deviation,) = desk.book.of(NUMBER, ReviewKind.DEVIATION)
    (change,) = desk.book.of(NUMBER, ReviewKind.CHANGE_ASKED)
    assert (deviation.disposition, change.procedure) == ("repair", "lift")
    assert desk.book.everything(ReviewKind.CHANGE_ASKED) == [change]


# ---- looking ---------------------------------------------------------------------------------


def test_looking_is_recorded_once_in_a_sitting_and_of_reviewers_alone(desk: Desk) -> None:
    assert desk.desk.look("okafor", HERE, "exceptions", "s1")
    assert not desk.desk.look("okafor", HERE, "exceptions", "s1")
    assert desk.desk.look("okafor", HERE, "exceptions", "s2")
    for nobody in ("chen", "", "ghost"):
        assert not desk.desk.look(nobody, HERE, "exceptions", "s1")
    desk.site.desk.leave("okafor")
    assert not desk.desk.look("okafor", HERE, "steps", "s1")
    assert desk.book.looked_at(NUMBER, "OKAFOR") == {"exceptions"}
    assert desk.book.looked_at(NUMBER, "okafor", desk.site.clock.wall_us + 1) == frozenset()


def test_what_was_not_looked_at_is_named(desk: Desk) -> None:
    desk.desk.look("okafor", HERE, "exceptions", "s1")
    told = desk.desk.missing("okafor", NUMBER, ("exceptions", "steps"), 0)
    assert told == "Okafor has not looked at: Steps."
    assert desk.desk.missing("okafor", NUMBER, ("exceptions",), 0) == ""


# ---- approving -------------------------------------------------------------------------------


def reviewed(desk: Desk) -> Order:
    order = in_review(desk.site)
    for section in ("exceptions", "steps"):
        desk.desk.look("okafor", About(order.number), section, "s1")
    return order


def test_an_order_is_approved_by_who_looked_and_did_not_do_it(desk: Desk) -> None:
    order = reviewed(desk)
    desk.desk.refuse_unready("okafor", order, ())
    desk.site.add("sam", "technician", "supervisor")
    told = refused(lambda: desk.desk.refuse_unready("sam", order, ()))
    assert told == "Sam has not looked at: Exceptions, Steps."
    desk.desk.refuse_unready("sam", order, (), looked=False)


def test_an_open_question_keeps_an_order_open(desk: Desk) -> None:
    order = reviewed(desk)
    desk.desk.ask("okafor", About(order.number), "Where is the photo?")
    told = refused(lambda: desk.desk.refuse_unready("okafor", order, ()))
    assert told == "A question of the review is not answered yet."
    thread = desk.book.threads(order.number)[0].first.id
    desk.site.clock.advance(1)
    desk.desk.answer("chen", order.number, thread, "Here.")
    desk.desk.refuse_unready("okafor", order, ())


def test_after_a_return_everything_is_looked_at_anew(desk: Desk) -> None:
    order = reviewed(desk)
    desk.site.clock.advance(60)
    desk.site.move("okafor", order.number, State.RETURNED, "A photo is missing")
    again = desk.site.orders.find(order.number)
    told = refused(lambda: desk.desk.refuse_unready("okafor", again, ()))
    assert told == f"Order {order.number} is not in review."
    desk.site.clock.advance(60)
    desk.site.move("chen", order.number, State.IN_PROGRESS)
    back = desk.site.move("chen", order.number, State.REVIEW)
    assert review_since_us(back) > review_since_us(order)
    assert "not looked at" in refused(lambda: desk.desk.refuse_unready("okafor", back, ()))


def finished() -> Bench:
    bench = Bench()
    assert bench.begin().event
    while bench.step:
        bench.do()
    bench.must(ask.Close("tom"))
    return bench


def test_who_did_or_verified_a_step_of_a_run_does_not_review_it(desk: Desk) -> None:
    run = finished().run
    assert run is not None
    hands = hands_of(run)
    assert "tom" in hands
    for person in sorted(hands):
        desk.site.add(person, "supervisor")
        why = refused(lambda who=person: desk.desk.refuse_hands(who, [run]))  # type: ignore[misc]
        assert why == "Who did or verified the work does not review it."
    desk.desk.refuse_hands("okafor", [run])


def test_what_has_no_order_is_concluded_with_a_signature_once(desk: Desk) -> None:
    about, facts = About("run:R-1", "R-1"), FACTS
    shown = desk.desk.shown("run:R-1", facts)
    signature = desk.site.sign("okafor", REVIEW, shown)
    other = desk.site.sign("okafor", REVIEW, desk.desk.shown("run:R-2", facts))
    told = refused(lambda: desk.desk.settle("okafor", about, facts, other))
    assert told == "The signature is for something else; it takes a new one."
    desk.desk.settle("okafor", about, facts, signature)
    settled = desk.book.settled("run:R-1")
    assert settled is not None
    assert settled.signature is not None
    assert settled.signature.shown == shown
    again = desk.site.sign("okafor", REVIEW, shown)
    told = refused(lambda: desk.desk.settle("okafor", about, facts, again))
    assert told == "This has been concluded already."


# ---- the book --------------------------------------------------------------------------------


def a_review() -> list[Recorded]:
    desk = Desk()
    for number in ("WO-1", "WO-2"):
        about = About(number, "R-1", "lift")
        desk.desk.look("okafor", about, "steps", "s1")
        desk.desk.ask("okafor", about, "Why?")
        desk.site.clock.advance(3)
        thread = desk.book.threads(number)[0].first.id
        desk.desk.answer("chen", number, thread, "So.")
        desk.site.clock.advance(3)
        desk.desk.ask("okafor", about, "Really?", thread)
        desk.desk.deviation("okafor", about, "Painted", "watch")
    return recorded(desk.told)


def state_of(book: ReviewBook) -> object:
    return [
        [book.of(number, kind) for kind in ReviewKind] + [book.threads(number)]
        for number in ("WO-1", "WO-2")
    ]


@given(st.integers(0, 2**32), st.data())
def test_the_same_events_make_the_same_book_in_any_order(seed: int, data: st.DataObject) -> None:
    events = a_review()
    straight, shuffled = ReviewBook(), ReviewBook()
    straight.restore(events)
    twice = events + data.draw(st.lists(st.sampled_from(events)))
    random.Random(seed).shuffle(twice)
    shuffled.restore(twice)
    assert state_of(shuffled) == state_of(straight)


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    st.sampled_from(sorted(KINDS)),
    st.dictionaries(
        st.sampled_from(
            ["id", "run", "step", "text", "section", "session", "thread", "signature", "procedure"]
        ),
        JUNK,
    ),
)
def test_a_damaged_event_changes_nothing_and_can_be_shown(kind: str, body: dict[str, Any]) -> None:
    book = ReviewBook()
    event = Recorded(kind, NUMBER, body, "okafor", 1)
    if not book.take(event):
        assert book.threads(NUMBER) == []
        assert book.unread == 1
    assert event_text(event).kind == LABELS[kind]  # type: ignore[index]  # its text


def test_other_kinds_are_none_of_its_business() -> None:
    book = ReviewBook()
    assert not book.take(Recorded("order.opened", NUMBER, {}, "chen", 1))
    assert book.unread == 0


def test_events_of_a_review_in_words(desk: Desk) -> None:
    order = desk.site.orders.open("okafor", NewOrder("Lift", "tank-1"))
    about = About(order.number, "R-1", "lift")
    desk.desk.look("okafor", about, "exceptions", "s1")
    desk.desk.look("okafor", about, "steps lift", "s1")
    desk.desk.ask("okafor", about, "Why?")
    desk.desk.deviation("okafor", about, "Painted", "watch")
    desk.desk.ask_change("okafor", about, ProcedureRef("lift", "ab" * 32), "Scrape")
    facts: dict[str, JSON] = {"id": "R-1"}
    signature = desk.site.sign("okafor", REVIEW, desk.desk.shown("run:R-1", facts))
    desk.desk.settle("okafor", About("run:R-1"), facts, signature)
    assert [event_text(event).what for event in recorded(desk.told)] == [
        "Looked at: Exceptions",
        "Looked at step lift",
        "lift: Why?",
        "To be watched: lift: Painted",
        "lift: lift: Scrape",
        "Review concluded, signed Okafor",
    ]
