"""One alarm as it stands, and the one function by which an event changes it.

Engine and book both apply :func:`advance` to the same events, so that they cannot differ, and a
restart that reads the log gets what was there before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from console.alarms.events import AlarmKey, AlarmKind, Happening
from console.alarms.severity import PRIORITIES, Severity
from console.alarms.states import Facts, State, Trigger, next_state


@dataclass(frozen=True, slots=True)
class Status:
    """Everything known of one alarm.

    ``active`` is how bad its condition is by the last good data, ``current`` the same or UNKNOWN
    while data is missing, ``latched`` the worst since it left normal, ``seen`` the worst that
    somebody has acknowledged since. ``suppressors`` names rules and work orders that hold it.
    ``aside_us`` is when it was shelved, suppressed or taken out, 0 where it is not set aside.
    ``priorities`` are those of its definition, from caution to fatal as Severity counts them.
    ``body`` is that of the event that raised it. Times are UTC microseconds.
    """

    key: AlarmKey
    state: State = State.NORMAL
    active: Severity = Severity.OK
    current: Severity = Severity.OK
    latched: Severity = Severity.OK
    seen: Severity = Severity.OK
    latching: bool = False
    priorities: tuple[int, ...] = (4, 4, 4, 4)
    raised_us: int = 0
    changed_us: int = 0
    first_out: AlarmKey | None = None
    group: str = ""
    suppressors: frozenset[str] = frozenset()
    aside_us: int = 0
    until_us: int = 0
    reason: str = ""
    actor: str = ""
    work_order: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unacknowledged(self) -> Severity:
        """The worst that nobody has acknowledged, OK where there is none; kept while set aside."""
        if self.state.awaits_acknowledgement:
            return self.latched
        is_kept = self.state.is_set_aside and self.latched > self.seen
        return self.latched if is_kept else Severity.OK

    @property
    def priority(self) -> int:
        """That of the worst that is unacknowledged or still holds; of what is latched, else."""
        severity = max(self.unacknowledged, self.active) or self.latched
        return self.priorities[max(severity, Severity.CAUTION) - 1]

    @property
    def subject(self) -> str:
        """The part it is about."""
        return self.key.subject

    @property
    def point(self) -> str:
        """The point it is told by; empty for losses."""
        return str(self.body.get("point", ""))

    @property
    def level(self) -> str:
        """The threshold's word (``upper_critical``), or the definition's id where it has none."""
        return str(self.body.get("level", self.key.alarm))

    @property
    def since_us(self) -> int:
        """When it was raised, UTC microseconds."""
        return self.raised_us

    @property
    def acknowledged(self) -> bool:
        """Whether nobody needs to acknowledge it."""
        return not self.state.awaits_acknowledgement

    @property
    def is_over(self) -> bool:
        """Whether nothing needs to be remembered of it."""
        return self.state is State.NORMAL and not self.suppressors


_NAMES = tuple(one.name for one in fields(Status))
_VALUES = attrgetter(*_NAMES)
_SET = {name: getattr(Status, name).__set__ for name in _NAMES}
_SET_ALL = tuple(_SET.values())


def replace(status: Status, **changes: Any) -> Status:
    """Return a status with some members changed: as dataclasses.replace, in a third of the time.

    A restart makes half a million of them from 100,000 events before the first sample.
    """
    new = object.__new__(Status)
    for put, value in zip(_SET_ALL, _VALUES(status), strict=True):
        put(new, value)
    for name, value in changes.items():
        _SET[name](new, value)
    return new


def trigger(status: Status, what: Trigger, active: Severity | None = None) -> Status | None:
    """Return the alarm after a trigger; None where the table has no such transition.

    ``active`` is the condition's severity where the trigger brings a new one.
    """
    severity = status.active if active is None else active
    latched = max(status.latched, severity)
    facts = Facts(
        latching=status.latching,
        worse=severity > status.seen,
        pending=severity > Severity.OK or status.latched > Severity.OK,
    )
    state = next_state(status.state, what, facts)
    if state is None:
        return None
    remembered = _settled(status, what, state, latched)
    return replace(status, **{"state": state, "active": severity, "latched": latched} | remembered)


def _settled(before: Status, what: Trigger, state: State, latched: Severity) -> dict[str, Any]:
    """Return what was seen and what is remembered, in line with the new state."""
    if state is State.NORMAL:
        return {"latched": Severity.OK, "seen": Severity.OK, "first_out": None}
    if state in {State.ACKNOWLEDGED, State.LATCHED_ACKNOWLEDGED}:
        return {"seen": latched}
    if what is Trigger.RAISE and before.active is Severity.OK:
        return {"seen": Severity.OK}
    if before.state.is_set_aside and not state.is_set_aside:
        return {"seen": Severity.OK}
    if state.is_set_aside and before.state is State.ACKNOWLEDGED and not before.latching:
        # Seen and not latched: nothing of it is left to come back to but the condition itself.
        return {"latched": Severity.OK, "seen": Severity.OK}
    return {}


def aside(status: Status, active: Severity) -> Status:
    """Return an alarm that is set aside after its condition changed: followed, not announced.

    What was unacknowledged or latched before stays. What comes and goes meanwhile leaves a trace
    only in the log, except that a latching alarm on the shelf is remembered: nobody expected it.
    """
    remembers = status.latching and status.state is State.SHELVED
    latched = max(status.latched, active) if remembers else status.latched
    return replace(status, active=active, latched=latched)


_BACK = {
    AlarmKind.UNSHELVED: Trigger.UNSHELVE,
    AlarmKind.UNSUPPRESSED: Trigger.UNSUPPRESS,
    AlarmKind.IN_SERVICE: Trigger.RETURN,
}


def advance(status: Status, event: Happening) -> Status:
    """Return the alarm after an event; one that does not fit its state changes nothing.

    Raises ValueError or KeyError where the event is not about this alarm or is malformed.
    """
    kind = AlarmKind(event.kind)
    step = _STEPS[kind](status, event)
    return status if step is None else replace(step, changed_us=event.utc_us)


def _raised(status: Status, event: Happening) -> Status | None:
    severity = Severity.of_word(event.body["severity"])
    known = replace(
        status,
        latching=bool(event.body.get("latching", status.latching)),
        priorities=_priorities(status, event),
        group=str(event.body.get("group", "")),
        body=event.body,
        current=severity,
        **_first_told(status, event),
    )
    if status.state.is_set_aside:
        return aside(known, severity)
    return trigger(known, Trigger.RAISE, severity)


def _first_told(status: Status, event: Happening) -> dict[str, Any]:
    """What only the event tells that begins it."""
    if status.active is not Severity.OK:
        return {}
    return {"raised_us": event.utc_us, "first_out": _key_in(event.body.get("first_out"))}


def _priorities(status: Status, event: Happening) -> tuple[int, ...]:
    """The four priorities that the event tells, as far as they are such."""
    found = tuple(int(priority) for priority in event.body.get("priorities", ()))
    fit = len(found) == len(status.priorities) and set(found) <= set(PRIORITIES)
    return found if fit else status.priorities


def _key_in(written: object) -> AlarmKey | None:
    if isinstance(written, list | tuple) and len(written) == 3:
        return AlarmKey(*(str(part) for part in written))
    return None


def _changed(status: Status, event: Happening) -> Status | None:
    """Take how bad it is now; where it got worse than what was seen, that is news all the same."""
    current = Severity.of_word(event.body["severity"])
    active = Severity.of_word(event.body.get("active", current.word))
    if status.state is State.NORMAL or bool(active) != bool(status.active):
        return None
    known = replace(status, current=current)
    if status.state.is_set_aside:
        return aside(known, active)
    worse = trigger(known, Trigger.RAISE, active) if status.state is State.ACKNOWLEDGED else None
    return worse or replace(known, active=active, latched=max(status.latched, active))


def _cleared(status: Status, event: Happening) -> Status | None:
    current = Severity.of_word(event.body.get("severity", Severity.OK.word))
    if status.state.is_set_aside:
        return replace(aside(status, Severity.OK), current=current)
    after = trigger(status, Trigger.CLEAR, Severity.OK)
    return None if after is None else replace(after, current=current)


def _acknowledged(status: Status, _event: Happening) -> Status | None:
    return trigger(status, Trigger.ACKNOWLEDGE)


def _reset(status: Status, _event: Happening) -> Status | None:
    return trigger(status, Trigger.RESET)


def _shelved(status: Status, event: Happening) -> Status | None:
    after = trigger(status, Trigger.SHELVE)
    if after is None:
        return None
    until_us = int(event.body["until_us"])
    return replace(_told(after, event), until_us=until_us)


def _suppressed(status: Status, event: Happening) -> Status | None:
    by = status.suppressors | {str(event.body["by"])}
    after = trigger(status, Trigger.SUPPRESS)
    if after is None:  # suppressed already; or on the shelf, where it waits for its turn
        return replace(status, suppressors=by)
    return replace(_told(after, event), suppressors=by)


def _out_of_service(status: Status, event: Happening) -> Status | None:
    after = trigger(status, Trigger.REMOVE)
    if after is None:
        return None
    return replace(_told(after, event), work_order=str(event.body["work_order"]))


def _told(status: Status, event: Happening) -> Status:
    """Note why and by whom it was set aside; where nothing raised it, what it is called."""
    actor = str(getattr(event, "actor", ""))
    reason = str(event.body.get("reason", ""))
    known = replace(status, reason=reason, actor=actor, aside_us=event.utc_us)
    if status.body:
        return known
    return replace(
        known,
        body=event.body,
        latching=bool(event.body.get("latching", status.latching)),
        priorities=_priorities(status, event),
    )


def _back(status: Status, event: Happening) -> Status | None:
    left = status.suppressors
    if event.kind == AlarmKind.UNSUPPRESSED:
        left -= {str(event.body["by"])}
        if left or status.state is not State.SUPPRESSED:
            return replace(status, suppressors=left)
    after = trigger(status, _BACK[AlarmKind(event.kind)])
    if after is None:
        return None
    raised_us = status.raised_us if status.latched else event.utc_us
    cleaned = replace(
        after,
        suppressors=left,
        aside_us=0,
        until_us=0,
        reason="",
        actor="",
        work_order="",
        raised_us=raised_us,
    )
    if cleaned.state is State.UNACKNOWLEDGED and cleaned.active is Severity.OK:
        # Back as unacknowledged, and cleared already: returned, or latched.
        return trigger(cleaned, Trigger.CLEAR)
    return cleaned


_STEPS = {
    AlarmKind.RAISED: _raised,
    AlarmKind.CHANGED: _changed,
    AlarmKind.CLEARED: _cleared,
    AlarmKind.ACKNOWLEDGED: _acknowledged,
    AlarmKind.RESET: _reset,
    AlarmKind.SHELVED: _shelved,
    AlarmKind.UNSHELVED: _back,
    AlarmKind.SUPPRESSED: _suppressed,
    AlarmKind.UNSUPPRESSED: _back,
    AlarmKind.OUT_OF_SERVICE: _out_of_service,
    AlarmKind.IN_SERVICE: _back,
}
ALARM_KINDS = frozenset(_STEPS)
"""The kinds that change an alarm's state."""
