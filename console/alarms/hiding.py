"""Suppression by design: a cause that is shown hides what only follows from it.

Two things keep that safe. Only a cause that a person can see hides anything: one that is itself
shelved, suppressed or out of service hides nothing. And a consequence worse than its definition
allows to hide (``suppress_up_to``) is shown all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from console.alarms.events import AlarmKey, AlarmKind
from console.alarms.ledger import Ledger
from console.alarms.severity import Severity
from console.alarms.specs import AlarmSpec
from console.alarms.states import State
from console.alarms.status import Status
from console.alarms.telling import Body, of_status, written
from drivers.points import Stamp

RULE = "rule:"
WORK = "work:"


class Hiding:
    """Holds back consequences while their cause is active, and gives them back after it."""

    def __init__(self, ledger: Ledger, spec_of: Callable[[AlarmKey], AlarmSpec | None]) -> None:
        self._ledger = ledger
        self._spec_of = spec_of
        self._ended_s: dict[AlarmKey, float] = {}

    def cause(self, key: AlarmKey, severity: Severity) -> Status | None:
        """Return the alarm that hides this one at a severity, or None."""
        spec = self._spec_of(key)
        if spec is None or not spec.suppressed_by or severity > spec.hides_up_to:
            return None
        beside = self._ledger.beside(key.subject)
        causes = [s for s in beside if s.key.alarm in spec.suppressed_by and _explains(s, key)]
        return min(causes, key=lambda status: status.raised_us, default=None)

    def hide(self, key: AlarmKey, cause: Status, now: Stamp) -> None:
        """Suppress an alarm because of its cause."""
        status, spec = self._ledger.book.get(key), self._spec_of(key)
        named: Body = {"name": spec.name} if spec else {}  # the book may not know it yet
        body = (
            named
            | of_status(status)
            | {
                "by": RULE + cause.key.alarm,
                "cause": written(cause.key),
                "reason": str(cause.body.get("name", cause.key.alarm)),
            }
        )
        self._ledger.write(AlarmKind.SUPPRESSED, key, body, now)

    def update(self, now: Stamp) -> None:
        """Bring suppression in line with what is active now."""
        for status in self._ledger.book.statuses():
            if status.state is State.SUPPRESSED:
                self._review(status, now)
            elif not status.state.is_set_aside:
                cause = self.cause(status.key, max(status.active, status.unacknowledged))
                if cause is not None:
                    self.hide(status.key, cause, now)

    def _review(self, status: Status, now: Stamp) -> None:
        rules = sorted(by for by in status.suppressors if by.startswith(RULE))
        if not rules:
            return
        spec = self._spec_of(status.key)
        too_bad = spec is None or status.active > spec.hides_up_to
        if not too_bad and self.cause(status.key, status.active) is not None:
            self._ended_s.pop(status.key, None)
            return
        ended_s = self._ended_s.setdefault(status.key, now.mono_s)
        hold_s = 0.0 if spec is None or too_bad else spec.release_after_s
        if now.mono_s - ended_s >= hold_s:
            self._ended_s.pop(status.key, None)
            for by in rules:
                body = of_status(status) | {"by": by, "because": "worse" if too_bad else "over"}
                self._ledger.write(AlarmKind.UNSUPPRESSED, status.key, body, now)


def _explains(cause: Status, consequence: AlarmKey) -> bool:
    is_shown = not cause.state.is_set_aside
    return cause.key != consequence and bool(cause.active) and is_shown
