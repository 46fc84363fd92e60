"""An alarm in a few words, as strip, tiles and lists say it."""

from __future__ import annotations

from console.alarms.severity import Severity
from console.alarms.status import Status
from console.text import tr
from console.ui import formats
from console.vocabulary import translated_words

SEVERITIES = {
    Severity.OK: "normal",
    Severity.CAUTION: "caution",
    Severity.CRITICAL: "critical",
    Severity.UNKNOWN: "unknown",
    Severity.FATAL: "fatal",
}
"""How bad it is, in words; a key of the catalogue each."""
_FOR_ANY_POINT = frozenset(
    {"above-limit", "below-limit", "sensor-failed", "equipment-fault", "equipment-state"}
)
"""Shipped alarms for whatever has no alarm of its own: their names need that of the point."""


def condition(alarm: Status) -> str:
    """Return an alarm as a few words: ``Coolant return temperature high · critical``.

    The severity is left out where the alarm is as urgent at every one of them.
    """
    name = alarm_name(alarm)
    if len(set(alarm.priorities)) == 1:
        return name
    return tr("{name} · {severity}", name=name, severity=severity_text(worst(alarm)))


def alarm_name(alarm: Status) -> str:
    """Return the translated name of its definition, with its point where it would say nothing."""
    name = formats.translated_name(str(alarm.body.get("name", alarm.key.alarm)))
    if alarm.key.alarm not in _FOR_ANY_POINT or not alarm.point:
        return name
    words = str(alarm.body.get("flag") or alarm.body.get("state") or "")
    told = translated_words(words) if words else name[:1].lower() + name[1:]
    return tr("{name}: {state}", name=alarm_point(alarm), state=told)


def alarm_point(alarm: Status) -> str:
    """Return the translated name of the point that it is told by; empty for losses."""
    if not alarm.point:
        return ""
    named = alarm.body.get("point_name") or alarm.point.replace("_", " ")
    return formats.translated_name(str(named))


def worst(alarm: Status) -> Severity:
    """Return what its priority is by: the worst that is unacknowledged, holds, or is latched."""
    return max(alarm.unacknowledged, alarm.active) or alarm.latched or Severity.CAUTION


def severity_text(severity: Severity) -> str:
    """Return how bad it is in the reader's language."""
    return tr(SEVERITIES[severity])
