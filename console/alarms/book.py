"""What is wrong now and what nobody has acknowledged, derived from events alone.

The book changes only when an event is published, and events are published once they are on disk:
so the window never shows an alarm that a restart would not know of. ("Alarms that an operator can
trust" replaces the rules in here by the full ISA-18.2 machine; the seam stays.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

PRIORITIES = (1, 2, 3, 4)
_PRIORITY_OF_SEVERITY = {3: 1, 2: 2, 1: 3}
_SEVERITY_OF_WORD = {"caution": 1, "critical": 2, "fatal": 3}
_OPENS = frozenset({"limit.crossed", "device.lost", "gpu.lost", "sensor.failed"})
_CLOSES = {
    "limit.cleared": "limit.crossed",
    "device.restored": "device.lost",
    "gpu.restored": "gpu.lost",
    "sensor.restored": "sensor.failed",
}
_PRIORITY_OF_KIND = {"device.lost": 2, "gpu.lost": 3, "sensor.failed": 4}


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
class Alarm:
    """One abnormal condition: a limit of a point, a lost device or GPU, a failed sensor.

    ``subject`` is the part, ``point`` empty for losses, ``level`` the threshold's word
    (``upper_critical``) or the event kind. ``body`` is that of the event that opened it.
    """

    subject: str
    point: str
    level: str
    priority: int
    since_us: int
    body: Mapping[str, Any]
    active: bool = True
    acknowledged: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two alarms the same one."""
        return (self.subject, self.point, self.level)


class AlarmBook:
    """All alarms that are active or not yet acknowledged."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, str, str], Alarm] = {}

    def apply(self, event: Happening) -> bool:
        """Take one event; returns whether the book changed. Applying an event twice is harmless."""
        before = dict(self._alarms)
        if event.kind in _OPENS:
            self._open(event)
        elif event.kind in _CLOSES:
            self._close(_key(event, _CLOSES[event.kind]))
        elif event.kind == "limit.acknowledged":
            self._acknowledge((event.subject, event.body.get("point", ""), event.body["level"]))
        return self._alarms != before

    def alarms(self) -> Sequence[Alarm]:
        """Return them by need: unacknowledged first, then by priority, then newest first."""
        return sorted(
            self._alarms.values(), key=lambda a: (a.acknowledged, a.priority, -a.since_us)
        )

    def highest(self) -> Alarm | None:
        """Return the one to show first, or None when there is nothing."""
        found = self.alarms()
        return found[0] if found else None

    def counts(self) -> Mapping[int, int]:
        """Return how many are active, by priority; one per point, at its worst level."""
        worst: dict[tuple[str, str], int] = {}
        for alarm in self._alarms.values():
            if alarm.active:
                place = (alarm.subject, alarm.point)
                worst[place] = min(alarm.priority, worst.get(place, 9))
        return {p: sum(1 for found in worst.values() if found == p) for p in PRIORITIES}

    def of(self, subjects: Iterable[str]) -> Sequence[Alarm]:
        """Return the alarms of some parts, in the same order as :meth:`alarms`."""
        wanted = set(subjects)
        return [alarm for alarm in self.alarms() if alarm.subject in wanted]

    def _open(self, event: Happening) -> None:
        key = _key(event, event.kind)
        known = self._alarms.get(key)
        if known is None or not known.active:
            self._alarms[key] = Alarm(*key, _priority(event), event.utc_us, event.body)

    def _close(self, key: tuple[str, str, str]) -> None:
        known = self._alarms.get(key)
        if known is not None and known.acknowledged:
            del self._alarms[key]
        elif known is not None:
            self._alarms[key] = replace(known, active=False)

    def _acknowledge(self, key: tuple[str, str, str]) -> None:
        known = self._alarms.get(key)
        if known is not None and known.active:
            self._alarms[key] = replace(known, acknowledged=True)
        elif known is not None:
            del self._alarms[key]


def _key(event: Happening, opened_as: str) -> tuple[str, str, str]:
    return (event.subject, event.body.get("point", ""), event.body.get("level", opened_as))


def priority_of(event: Happening) -> int | None:
    """Return the priority of the alarm that an event opens; None where it opens none."""
    return _priority(event) if event.kind in _OPENS else None


def _priority(event: Happening) -> int:
    if event.kind in _PRIORITY_OF_KIND:
        return _PRIORITY_OF_KIND[event.kind]
    return _PRIORITY_OF_SEVERITY[_SEVERITY_OF_WORD[str(event.body["level"]).rsplit("_", 1)[-1]]]
