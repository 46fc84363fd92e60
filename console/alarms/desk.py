"""What people do with alarms: acknowledge, reset, shelve, suppress for work, take out of service.

Every command that the rules do not allow raises RefusedError with the sentence to show, and then
nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.alarms.events import AlarmKey, AlarmKind, RefusedError
from console.alarms.hiding import WORK
from console.alarms.ledger import Ledger
from console.alarms.plan import Planned
from console.alarms.severity import Severity
from console.alarms.shelves import Shelves
from console.alarms.specs import AlarmSpec
from console.alarms.states import Facts, State, Trigger, next_state
from console.alarms.status import Status
from console.alarms.telling import Body, identity, nature, of_status
from console.text import tr
from drivers.points import Stamp


class Desk:
    """Takes commands of people. ``planned_of`` gives the definition behind an alarm."""

    def __init__(
        self,
        ledger: Ledger,
        shelves: Shelves,
        planned_of: Callable[[AlarmKey], Planned | None],
    ) -> None:
        self._ledger = ledger
        self._shelves = shelves
        self._planned_of = planned_of

    def acknowledge(self, key: AlarmKey, actor: str, now: Stamp, seen: Severity) -> None:
        """Note that a person saw it, as bad as ``seen``; refused where it became worse since."""
        status = self._ledger.book.get(key)
        if not status.state.awaits_acknowledgement:
            raise RefusedError(tr("There is nothing to acknowledge any more"))
        if status.latched > seen:
            raise RefusedError(tr("It has become worse meanwhile; look again"))
        body = of_status(status) | {"severity": status.latched.word}
        self._ledger.write(AlarmKind.ACKNOWLEDGED, key, body, now, actor)

    def reset(self, key: AlarmKey, actor: str, now: Stamp) -> None:
        """Give a latched alarm free; refused while its condition holds or nobody has seen it."""
        status = self._ledger.book.get(key)
        if status.state is not State.LATCHED_ACKNOWLEDGED:
            raise RefusedError(
                tr("Only an acknowledged alarm whose condition is over can be reset")
            )
        self._ledger.write(AlarmKind.RESET, key, of_status(status), now, actor)

    def shelve(self, key: AlarmKey, duration_s: float, reason: str, actor: str, now: Stamp) -> None:
        """Put it aside for a while, at most as long as its definition allows."""
        body = self._setting_aside(key, Trigger.SHELVE, reason)
        spec = self._spec(key)
        most_s = 0.0 if spec is None else spec.shelve_max_s
        if not 0 < duration_s <= most_s:
            told = tr(
                "This alarm may be shelved for at most {minutes} min", minutes=int(most_s / 60)
            )
            raise RefusedError(told if most_s else tr("This alarm may not be shelved"))
        until_us = self._shelves.put(key, duration_s, now)
        body |= {"until_us": until_us, "duration_s": duration_s}
        self._ledger.write(AlarmKind.SHELVED, key, body, now, actor)

    def unshelve(self, key: AlarmKey, actor: str, now: Stamp, because: str = "operator") -> None:
        """Take it from the shelf before its time."""
        status = self._in(key, State.SHELVED, tr("This alarm is not shelved"))
        self._shelves.drop(key)
        body = of_status(status) | {"because": because}
        self._ledger.write(AlarmKind.UNSHELVED, key, body, now, actor)

    def suppress(
        self, keys: Iterable[AlarmKey], work_order: str, reason: str, actor: str, now: Stamp
    ) -> None:
        """Suppress exactly these alarms for an open work order; all of them or none."""
        wanted = list(dict.fromkeys(keys))
        if not work_order.strip():
            raise RefusedError(tr("A work order is needed"))
        bodies = [self._suppression(key, reason) for key in wanted]
        for key, body in zip(wanted, bodies, strict=True):
            if WORK + work_order not in self._ledger.book.get(key).suppressors:
                body |= {"by": WORK + work_order, "work_order": work_order}
                self._ledger.write(AlarmKind.SUPPRESSED, key, body, now, actor)

    def release(
        self,
        work_order: str,
        actor: str,
        now: Stamp,
        because: str,
        keys: Iterable[AlarmKey] | None = None,
    ) -> None:
        """Give back what is suppressed for a work order: everything, or some of it."""
        by, some = WORK + work_order, None if keys is None else frozenset(keys)
        for status in self._ledger.book.statuses():
            if by in status.suppressors and (some is None or status.key in some):
                body = of_status(status) | {"by": by, "work_order": work_order, "because": because}
                self._ledger.write(AlarmKind.UNSUPPRESSED, status.key, body, now, actor)

    def take_out(self, key: AlarmKey, work_order: str, reason: str, actor: str, now: Stamp) -> None:
        """Take it out of service under a work order; it comes back only when somebody says so."""
        if not work_order.strip():
            raise RefusedError(tr("A work order is needed"))
        body = self._setting_aside(key, Trigger.REMOVE, reason)
        body["work_order"] = work_order
        self._ledger.write(AlarmKind.OUT_OF_SERVICE, key, body, now, actor)

    def put_back(self, key: AlarmKey, actor: str, now: Stamp) -> None:
        """Return it to service."""
        status = self._in(key, State.OUT_OF_SERVICE, tr("This alarm is not out of service"))
        body = of_status(status) | {"work_order": status.work_order}
        self._ledger.write(AlarmKind.IN_SERVICE, key, body, now, actor)

    def _suppression(self, key: AlarmKey, reason: str) -> Body:
        planned = self._alarm(key)
        spec = planned.spec
        if isinstance(spec, AlarmSpec) and not spec.suppressible:
            raise RefusedError(tr("{alarm} may not be suppressed for work", alarm=tr(spec.name)))
        body = identity(planned) | nature(planned, Severity.CAUTION)
        return body | {"reason": _given(reason)}

    def _setting_aside(self, key: AlarmKey, trigger: Trigger, reason: str) -> Body:
        planned = self._alarm(key)
        status = self._ledger.book.get(key)
        if next_state(status.state, trigger, Facts()) is None:
            raise RefusedError(tr("This alarm is set aside already"))
        body = identity(planned) | nature(planned, status.active or Severity.CAUTION)
        return body | {"reason": _given(reason)}

    def _alarm(self, key: AlarmKey) -> Planned:
        planned = self._planned_of(key)
        if planned is None or not isinstance(planned.spec, AlarmSpec):
            raise RefusedError(tr("There is no such alarm"))
        return planned

    def _spec(self, key: AlarmKey) -> AlarmSpec | None:
        planned = self._planned_of(key)
        found = planned.spec if planned else None
        return found if isinstance(found, AlarmSpec) else None

    def _in(self, key: AlarmKey, state: State, refusal: str) -> Status:
        status = self._ledger.book.get(key)
        if status.state is not state:
            raise RefusedError(refusal)
        return status


def _given(reason: str) -> str:
    if not reason.strip():
        raise RefusedError(tr("A reason is needed"))
    return reason.strip()
