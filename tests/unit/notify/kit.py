"""Alarm events as the log publishes them, and rules, short to write."""

from __future__ import annotations

from typing import Any

from console.alarms.events import AlarmEvent, AlarmKey, AlarmKind
from console.notify.policy import Notice, Notifier
from console.notify_rules import CommandRule, OutletRule
from drivers.points import Stamp

START_US = 1_795_000_000_000_000
SEVERITY_OF = {1: "fatal", 2: "critical", 3: "caution"}
PRIORITIES = [3, 2, 2, 1]


def rule(*priorities: int, **more: Any) -> OutletRule:
    return CommandRule(priorities=priorities or (1, 2, 3, 4), run=("true",), **more)


def notifier(*priorities: int, gather_s: float = 0.0, **more: Any) -> Notifier:
    return Notifier({"page": rule(*priorities, **more)}, gather_s)


def key(number: int = 1, alarm: str = "pump-failed") -> AlarmKey:
    return AlarmKey(f"tank-{number}", alarm, "x")


def event(kind: AlarmKind, of: AlarmKey, at_s: float = 0.0, /, **body: Any) -> AlarmEvent:
    told = {"alarm": of.alarm, "item": of.item, "name": of.alarm.replace("-", " ").capitalize()}
    stamp = Stamp(START_US + round(at_s * 1e6), at_s)
    return AlarmEvent(kind, of.subject, told | body, stamp)


def raised(
    of: AlarmKey, priority: int = 2, at_s: float = 0.0, first: AlarmKey | None = None, **more: Any
) -> AlarmEvent:
    """An alarm that is raised; priority 4 is one whose definition knows no other."""
    body: dict[str, Any] = {
        "severity": SEVERITY_OF.get(priority, "caution"),
        "priority": priority,
        "priorities": [4, 4, 4, 4] if priority == 4 else PRIORITIES,
        "group": "cooling",
    }
    if first is not None:
        body["first_out"] = list(first)
    return event(AlarmKind.RAISED, of, at_s, **(body | more))


def acknowledged(of: AlarmKey, at_s: float = 0.0) -> AlarmEvent:
    return event(AlarmKind.ACKNOWLEDGED, of, at_s)


def cleared(of: AlarmKey, at_s: float = 0.0) -> AlarmEvent:
    return event(AlarmKind.CLEARED, of, at_s, severity="ok")


def told(found: Notifier, now_s: float) -> list[Notice]:
    return [notice for _, notice in found.due(now_s)]


def heads(found: list[Notice]) -> list[tuple[str, int, AlarmKey]]:
    return [(str(notice.what), notice.priority, notice.lead.key) for notice in found]
