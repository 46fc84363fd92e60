"""What is said of the events of alarms, from the body of an event of whatever version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.alarms.events import AlarmKind, Happening
from console.text import tr
from console.vocabulary import translated_name, translated_words, unit

_NO_BREAK, _MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
Body = Mapping[str, Any]
Teller = Callable[[Body, str], str]
SEVERITIES = {
    "ok": "normal",
    "caution": "caution",
    "critical": "critical",
    "unknown": "unknown",
    "fatal": "fatal",
}
"""How bad an alarm is, in a word; a key of the catalogue each."""


def priority_of(event: Happening) -> int | None:
    """Return the priority of the alarm that an event raised; None where it raised none."""
    if event.kind != AlarmKind.RAISED:
        return None
    priority = event.body.get("priority")
    return priority if isinstance(priority, int) and 1 <= priority <= 4 else None


def alarm_name(body: Body) -> str:
    """Return the name of an alarm; an event of another version has at least its id."""
    return translated_name(str(body.get("name") or body["alarm"]))


def measured(body: Body, decimal_point: str = ".") -> str:
    """Return what was measured, against which limit; empty where nothing was."""
    if body.get("state"):
        return translated_words(str(body["state"]))
    if body.get("value") is None:
        return ""
    value = _number(body["value"], body, decimal_point)
    if body.get("limit") is None:
        return value
    return tr(
        "{value} (limit\u00a0{at})", value=value, at=_number(body["limit"], body, decimal_point)
    )


def _number(value: Any, body: Body, decimal_point: str) -> str:
    text = f"{float(value):.1f}".removesuffix(".0").replace(".", decimal_point)
    text = text.replace("-", _MINUS)
    return f"{text}{_NO_BREAK}{unit(str(body.get('unit') or ''))}".rstrip()


def _with(template: str) -> Teller:
    """A sentence of the alarm's name and what was measured."""

    def tell(body: Body, decimal_point: str) -> str:
        what = tr(template, name=alarm_name(body), severity=_severity(body))
        told = measured(body, decimal_point)
        return tr("{what}: {told}", what=what, told=told) if told else what

    return tell


def _why(template: str) -> Teller:
    """A sentence of the alarm's name and why a person or a rule did something."""

    def tell(body: Body, _decimal_point: str) -> str:
        what = tr(template, name=alarm_name(body), minutes=_minutes(body))
        told = _because(body)
        return tr("{what}: {told}", what=what, told=told) if told else what

    return tell


def _severity(body: Body) -> str:
    word = str(body.get("severity") or "")
    return tr(SEVERITIES[word]) if word in SEVERITIES else word


def _minutes(body: Body) -> int:
    return round(float(body.get("duration_s") or 0) / 60)


def _because(body: Body) -> str:
    cause = body.get("cause_name") or ""
    because = str(body.get("because") or "")
    words = {"expired": tr("its time was up")}
    order = str(body.get("work_order") or "")
    reason = str(body.get("reason") or cause)
    if not body.get("reason") or str(body.get("by", "")).startswith("rule:"):
        reason = translated_name(reason)  # an alarm's name, no words of a person
    found = [order, reason or words.get(because, "")]
    return ", ".join(filter(None, found))


_RAISED, _CHANGED, _CLEARED = "{name}", "{name}, now {severity}", "{name} is over"
_SEEN, _RESET = "{name} acknowledged", "{name} reset"
_SHELVED, _UNSHELVED = "{name} shelved for {minutes} min", "{name} back from the shelf"
_HIDDEN, _SHOWN = "{name} suppressed", "{name} no longer suppressed"
_OUT, _IN = "{name} out of service", "{name} back in service"
_BEGAN, _ENDED = "{name} began", "{name} ended"
SAID = (
    *(_RAISED, _CHANGED, _CLEARED, _SEEN, _RESET, _SHELVED, _UNSHELVED),
    *(_HIDDEN, _SHOWN, _OUT, _IN, _BEGAN, _ENDED),
)
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""
TELLERS: dict[str, Teller] = {
    AlarmKind.RAISED: _with(_RAISED),
    AlarmKind.CHANGED: _with(_CHANGED),
    AlarmKind.CLEARED: _with(_CLEARED),
    AlarmKind.ACKNOWLEDGED: _why(_SEEN),
    AlarmKind.RESET: _why(_RESET),
    AlarmKind.SHELVED: _why(_SHELVED),
    AlarmKind.UNSHELVED: _why(_UNSHELVED),
    AlarmKind.SUPPRESSED: _why(_HIDDEN),
    AlarmKind.UNSUPPRESSED: _why(_SHOWN),
    AlarmKind.OUT_OF_SERVICE: _why(_OUT),
    AlarmKind.IN_SERVICE: _why(_IN),
    AlarmKind.CONDITION_BEGAN: _with(_BEGAN),
    AlarmKind.CONDITION_ENDED: _with(_ENDED),
}
