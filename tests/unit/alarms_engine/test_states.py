"""Every cell of the table of states: what follows, and what does not happen."""

from __future__ import annotations

from itertools import product

import pytest

from console.alarms.states import TRANSITIONS, Facts, State, Trigger, When, next_state

A, B, C, D, E, F, G, H, I = State  # noqa: E741  the letters of the standard
ACK, RESET = Trigger.ACKNOWLEDGE, Trigger.RESET
PLAIN, LATCHING = Facts(), Facts(latching=True)
WORSE, PENDING = Facts(worse=True), Facts(pending=True)
ASIDE = ((Trigger.SHELVE, G), (Trigger.SUPPRESS, H), (Trigger.REMOVE, I))
BACK = ((G, Trigger.UNSHELVE), (H, Trigger.UNSUPPRESS), (I, Trigger.RETURN))
EXPECTED: dict[tuple[State, Trigger, Facts], State] = {
    (B, ACK, PLAIN): C,
    (B, Trigger.CLEAR, PLAIN): D,
    (B, Trigger.CLEAR, LATCHING): E,
    (C, Trigger.CLEAR, PLAIN): A,
    (C, Trigger.CLEAR, LATCHING): F,
    (C, Trigger.RAISE, WORSE): B,
    (D, ACK, PLAIN): A,
    (E, ACK, PLAIN): F,
    (F, RESET, PLAIN): A,
    **{(state, Trigger.RAISE, PLAIN): B for state in (A, D, E, F)},
    **{(state, trigger, PLAIN): to for state in (A, B, C, D, E, F) for trigger, to in ASIDE},
    **{(state, trigger, PENDING): B for state, trigger in BACK},
    **{(state, trigger, PLAIN): A for state, trigger in BACK},
}


@pytest.mark.parametrize(("state", "trigger", "facts"), EXPECTED, ids=str)
def test_what_the_table_says(state: State, trigger: Trigger, facts: Facts) -> None:
    assert next_state(state, trigger, facts) is EXPECTED[state, trigger, facts]


@pytest.mark.parametrize(
    ("state", "trigger"), [(s, t) for s, t in product(State, Trigger)], ids=str
)
def test_nothing_else_happens(state: State, trigger: Trigger) -> None:
    known = {t for s, t, _ in EXPECTED if s is state}
    facts = [
        Facts(latching=latching, worse=worse, pending=pending)
        for latching, worse, pending in product((False, True), repeat=3)
    ]
    found = {next_state(state, trigger, fact) for fact in facts}
    assert (found == {None}) == (trigger not in known)


def test_there_are_nine_states_with_the_letters_of_the_standard() -> None:
    assert [state.letter for state in State] == list("ABCDEFGHI")


def test_no_two_rows_answer_the_same_question() -> None:
    both = [(When.LATCHING, When.NOT_LATCHING), (When.PENDING, When.NOT_PENDING)]
    for one, other in product(TRANSITIONS, TRANSITIONS):
        if one is not other and (one.start, one.trigger) == (other.start, other.trigger):
            assert (one.when, other.when) in [*both, *(pair[::-1] for pair in both)]


@pytest.mark.parametrize("state", [G, H, I])
def test_nothing_set_aside_comes_straight_back_as_acknowledged(state: State) -> None:
    ends = {row.end for row in TRANSITIONS if row.start is state}
    assert ends == {A, B}


def test_only_what_nobody_acknowledged_flashes() -> None:
    assert [state for state in State if state.awaits_acknowledgement] == [B, D, E]
    assert [state for state in State if state.is_set_aside] == [G, H, I]
