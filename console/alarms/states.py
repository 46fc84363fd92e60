"""The nine states of an alarm after ISA-18.2 / IEC 62682, and every transition, as data.

The letters are those of the standard. What is not in :data:`TRANSITIONS` does not happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned_unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched_unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched_acknowledged"
    SHELVED = "shelved"
    SUPPRESSED = "suppressed_by_design"
    OUT_OF_SERVICE = "out_of_service"

    @property
    def letter(self) -> str:
        """The letter of the standard, A to I."""
        return "ABCDEFGHI"[list(State).index(self)]

    @property
    def is_set_aside(self) -> bool:
        """Whether it is shelved, suppressed or out of service: evaluated, not announced."""
        return self in SET_ASIDE

    @property
    def awaits_acknowledgement(self) -> bool:
        """Whether nobody has said yet that they saw it: it flashes."""
        return self in UNSEEN


class Trigger(StrEnum):
    """What can happen to an alarm."""

    RAISE = "condition true"
    CLEAR = "condition cleared"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    SUPPRESS = "suppress"
    UNSUPPRESS = "suppression ends"
    REMOVE = "remove from service"
    RETURN = "return to service"


class When(StrEnum):
    """What must hold besides for a transition to be the one."""

    ALWAYS = ""
    LATCHING = "the alarm latches"
    NOT_LATCHING = "the alarm does not latch"
    WORSE = "worse than what was acknowledged"
    PENDING = "the condition holds, or something is still unacknowledged or latched"
    NOT_PENDING = "nothing is left of it"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the transitions ask of an alarm at that moment."""

    latching: bool = False
    worse: bool = False
    pending: bool = False

    def allow(self, when: When) -> bool:
        """Return whether a transition's condition holds."""
        match when:
            case When.ALWAYS:
                return True
            case When.LATCHING:
                return self.latching
            case When.NOT_LATCHING:
                return not self.latching
            case When.WORSE:
                return self.worse
            case When.PENDING:
                return self.pending
            case When.NOT_PENDING:
                return not self.pending


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    start: State
    trigger: Trigger
    end: State
    when: When = When.ALWAYS


_A, _B, _C, _D, _E, _F, _G, _H, _I = State
UNSEEN = frozenset({_B, _D, _E})
SET_ASIDE = frozenset({_G, _H, _I})


def _rows() -> Iterable[Transition]:
    yield Transition(_A, Trigger.RAISE, _B)
    yield Transition(_B, Trigger.ACKNOWLEDGE, _C)
    yield Transition(_B, Trigger.CLEAR, _D, When.NOT_LATCHING)
    yield Transition(_B, Trigger.CLEAR, _E, When.LATCHING)
    yield Transition(_C, Trigger.CLEAR, _A, When.NOT_LATCHING)
    yield Transition(_C, Trigger.CLEAR, _F, When.LATCHING)
    # A condition that became worse than what was acknowledged is news.
    yield Transition(_C, Trigger.RAISE, _B, When.WORSE)
    yield Transition(_D, Trigger.ACKNOWLEDGE, _A)
    yield from (Transition(start, Trigger.RAISE, _B) for start in (_D, _E, _F))
    yield Transition(_E, Trigger.ACKNOWLEDGE, _F)
    yield Transition(_F, Trigger.RESET, _A)
    for start in (_A, _B, _C, _D, _E, _F):
        yield Transition(start, Trigger.SHELVE, _G)
        yield Transition(start, Trigger.SUPPRESS, _H)
        yield Transition(start, Trigger.REMOVE, _I)
    for start, back in ((_G, Trigger.UNSHELVE), (_H, Trigger.UNSUPPRESS), (_I, Trigger.RETURN)):
        # Never straight to C: whoever comes back must look again.
        yield Transition(start, back, _B, When.PENDING)
        yield Transition(start, back, _A, When.NOT_PENDING)


TRANSITIONS: tuple[Transition, ...] = tuple(_rows())
"""Every transition there is."""
_BY_START: dict[tuple[State, Trigger], list[Transition]] = {}
for _row in TRANSITIONS:
    _BY_START.setdefault((_row.start, _row.trigger), []).append(_row)


def next_state(state: State, trigger: Trigger, facts: Facts) -> State | None:
    """Return the state that follows; None where the trigger changes nothing in this state."""
    rows = _BY_START.get((state, trigger), ())
    return next((row.end for row in rows if facts.allow(row.when)), None)
