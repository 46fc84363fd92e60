"""What the engine tells of every transition, and the words that events of alarms use.

The engine knows no database: it makes :class:`AlarmEvent`, which has the members of a draft of the
log (kind, subject, body, time, actor). Both the engine and the window's book follow from these
events alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

from drivers.points import Stamp

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
SYSTEM = "system"
"""The actor of what no person asked for."""


class AlarmKind(StrEnum):
    """The kinds of event that alarms make; none is ever renamed."""

    RAISED = "alarm.raised"
    CHANGED = "alarm.changed"
    CLEARED = "alarm.cleared"
    ACKNOWLEDGED = "alarm.acknowledged"
    RESET = "alarm.reset"
    SHELVED = "alarm.shelved"
    UNSHELVED = "alarm.unshelved"
    SUPPRESSED = "alarm.suppressed"
    UNSUPPRESSED = "alarm.unsuppressed"
    OUT_OF_SERVICE = "alarm.out_of_service"
    IN_SERVICE = "alarm.in_service"
    CONDITION_BEGAN = "condition.began"
    CONDITION_ENDED = "condition.ended"


class AlarmKey(NamedTuple):
    """What makes two alarms the same one.

    ``subject`` is the part (or the device, for a link), ``alarm`` the definition's id, ``item`` the
    point, ``point/bit`` for one bit of a bit field, or empty.
    """

    subject: str
    alarm: str
    item: str = ""


class Happening(Protocol):
    """What the book needs of an event."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def utc_us(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """One transition as the engine tells it; see docs/alarms.md for the members of each body."""

    kind: AlarmKind
    subject: str
    body: Mapping[str, JSON]
    time: Stamp
    actor: str = SYSTEM

    @property
    def utc_us(self) -> int:
        """When it happened, UTC microseconds; named as in an event of the log."""
        return self.time.utc_us


def key_of(event: Happening) -> AlarmKey:
    """Return which alarm an event is about; raises KeyError where it names none."""
    return AlarmKey(event.subject, str(event.body["alarm"]), str(event.body.get("item", "")))


class RefusedError(Exception):
    """A command that the rules do not allow; one sentence says why."""
