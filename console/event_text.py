"""What an event says, in one sentence of the reader's language: for the screen and the terminal.

A body comes from a file and may be from another version, so nothing here trusts its shape.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console import alarm_words, gpu_words, site_words, sync_words
from console.alarms.events import Happening
from console.history.events import Kind, label
from console.notify import words as notify_words
from console.text import LANGUAGES, tr
from console.training import words as training_words
from console.vocabulary import reason_text, translated_name, translated_words, unit
from console.work import words as work_words
from console.work.reviews import words as review_words
from drivers.points import Level, Reason

_NO_BREAK, _MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"
LIMITS = {1: "caution", 2: "critical", 3: "fatal"}
"""The name of a limit by its severity; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class EventText:
    """An event in words: its kind, the place it is about (empty for the console), what happened.

    ``priority`` is that of the alarm it opened, None where it opened none.
    """

    kind: str
    place: str
    what: str
    priority: int | None

    @property
    def sentence(self) -> str:
        """Place and happening as one text."""
        if not self.place:
            return self.what
        return tr("{place}: {what}", place=self.place, what=self.what)


def event_text(
    event: Happening, name_of: Callable[[str], str] = str, decimal_point: str = "."
) -> EventText:
    """Return an event in words; ``name_of`` gives the name that people know a part by."""
    tell = _TELLERS.get(event.kind, _tell_body)
    try:
        what = tell(_Body(event.body, decimal_point))
        priority = alarm_words.priority_of(event)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        what, priority = _tell_body(_Body(event.body, decimal_point)), None
    place = "" if event.kind in _OF_THE_CONSOLE else name_of(event.subject)
    return EventText(label(event.kind), place, what, priority)


class _Body:
    """The body of an event, asked for words and numbers; what is missing raises KeyError."""

    def __init__(self, raw: Mapping[str, Any], decimal_point: str) -> None:
        self.raw = raw
        self.decimal_point = decimal_point

    def __getitem__(self, name: str) -> Any:
        return self.raw[name]

    def text(self, name: str) -> str:
        found = self.raw.get(name)
        return "" if found is None else str(found)

    @property
    def point(self) -> str:
        """The name of the point, or its key in plain words where an old event lacks the name."""
        return translated_name(self.text("name") or self.text("point").replace("_", " "))

    @property
    def level(self) -> Level:
        return Level[str(self.raw["level"]).upper()]

    def number(self, name: str) -> str:
        """A number with at most one decimal and its unit: ``55.2 °C``."""
        text = f"{float(self.raw[name]):.1f}".removesuffix(".0").replace(".", self.decimal_point)
        return f"{text.replace('-', _MINUS)}{_NO_BREAK}{unit(self.text('unit'))}".rstrip()


def _limit(body: _Body) -> str:
    return tr(LIMITS[body.level.severity])


def _tell_limit(upper: str, lower: str) -> Callable[[_Body], str]:
    def tell(body: _Body) -> str:
        if body.text("state"):
            return _tell_state(body)
        if body.raw["value"] is None:
            return tr(
                "{name}: {limit} limit no longer watched", name=body.point, limit=_limit(body)
            )
        return tr(
            upper if body.level.is_upper else lower,
            name=body.point,
            limit=_limit(body),
            value=body.number("value"),
            at=body.number("limit"),
        )

    return tell


def _tell_state(body: _Body) -> str:
    return tr("{name}: {state}", name=body.point, state=translated_words(body.text("state")))


def _tell_acknowledged(body: _Body) -> str:
    if body.text("point"):
        return tr("{name}: {limit} limit acknowledged", name=body.point, limit=_limit(body))
    return tr("Acknowledged: {what}", what=label(body.text("level")))


def _tell_sensor_failed(body: _Body) -> str:
    reason = reason_text(Reason[str(body["reason"]).upper()])
    return tr("{name}: {state}", name=body.point, state=reason)


def _tell_sensor_restored(body: _Body) -> str:
    return tr("{name}: sensor works again", name=body.point)


def _tell_started(body: _Body) -> str:
    if "devices" not in body.raw:
        return tr("Console started")
    return tr("Console started, watching {count} devices", count=body["devices"])


def _tell_clock_changed(body: _Body) -> str:
    moved_s = float(body["moved_s"])
    if moved_s < 0:
        return tr("The clock was set back by {span}", span=_span(-moved_s))
    return tr("The clock was set forward by {span}", span=_span(moved_s))


def _tell_clock_behind(body: _Body) -> str:
    return tr("The clock is {span} behind the last entry", span=_span(float(body["behind_s"])))


def _tell_clock_confirmed(body: _Body) -> str:
    return tr("The time was confirmed by two people; the second is {second}", second=body["second"])


def _span(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f}{_NO_BREAK}s"
    if seconds < 7200:
        return f"{seconds / 60:.0f}{_NO_BREAK}min"
    return f"{seconds / 3600:.1f}{_NO_BREAK}h"


def _tell_lost(body: _Body) -> str:
    why = body.text("message")
    return tr("No answer: {why}", why=why) if why else tr("No answer")


def _tell_gpu_lost(body: _Body) -> str:
    serial = body.text("serial") or body.text("uuid")
    if serial and body.raw.get("seen") is False:
        return tr("Expected GPU is not here: {serial}", serial=serial)
    return tr("GPU lost: {serial}", serial=serial) if serial else tr("GPU lost")


def _tell_gpu_back(body: _Body) -> str:
    if body.text("was_serial") or body.text("was_uuid"):
        serial = body.text("serial") or body.text("uuid")
        return tr("Another GPU is here now: {serial}", serial=serial)
    return tr("GPU is back")


def _tell_fault(template: str) -> Callable[[_Body], str]:
    def tell(body: _Body) -> str:
        return tr(template, fault=tr(str(body["fault"]).replace("_", " ")))

    return tell


def _tell_write(template: str) -> Callable[[_Body], str]:
    def tell(body: _Body) -> str:
        if not body.text("point"):
            return body.text("message") or body.text("reason")
        return tr(
            template,
            name=body.point,
            value=body.number("value"),
            before=body.number("before") if body.raw.get("before") is not None else "---",
            why=body.text("message") or body.text("reason"),
        )

    return tell


def _tell_reason(body: _Body) -> str:
    return body.text("reason")


def _tell_sentence(body: _Body) -> str:
    return str(body["sentence"])


def _tell_recording(body: _Body) -> str:
    lost = int(body.raw.get("events_lost") or 0)
    return (
        tr("Recording goes on; {count} events were lost", count=lost)
        if lost
        else tr("Recording goes on; nothing was lost")
    )


def _tell_dropped(body: _Body) -> str:
    return tr("{count} samples could not be kept", count=body["samples"])


def _tell_shortened(body: _Body) -> str:
    return tr(
        "The end of the log is missing: it had reached event {sequence} and ends at {found}",
        sequence=body["sequence"],
        found=body["found_sequence"],
    )


def _tell_restored(body: _Body) -> str:
    return tr(
        "Restored from {backup}, with a new device id; events before are those of {device}",
        backup=body["backup"],
        device=body.text("device_id") or "---",
    )


def _tell_telemetry_damaged(body: _Body) -> str:
    at = datetime.fromtimestamp(int(body["from_utc_us"]) / 1e6, UTC)
    return tr(
        "{file}: {count} damaged hours, the first of {part} at {time} UTC: {detail}",
        file=body["file"],
        count=body["count"],
        part=" ".join(filter(None, (body.text("part"), body.text("key")))) or "---",
        time=f"{at:%Y-%m-%d %H:%M}",
        detail=body.text("detail"),
    )


PRINTED_NAMES = {
    "completion_report": "Completion report",
    "period_report": "Period report",
    "labels": "Labels",
}
"""What was printed that is no form; a key of the catalogue each."""


def _tell_copied(body: _Body) -> str:
    return tr(
        "Page {page} of form {form}, compared by {verifier}",
        page=int(body["page"]),
        form=body["form"],
        verifier=body["verified_by"],
    )


def _tell_printed(body: _Body) -> str:
    name = PRINTED_NAMES.get(body.text("document"))
    if name is not None:
        return tr(
            "{what} printed: {pages} pages, {language}, SHA-256 {digest}",
            what=tr(name),
            pages=int(body["pages"]),
            language=LANGUAGES.get(str(body["language"]), body["language"]),
            digest=str(body["sha256"])[:16],
        )
    return tr(
        "Form {form} printed: {pages} pages, {language}, SHA-256 {digest}",
        form=body["form"],
        pages=int(body["pages"]),
        language=LANGUAGES.get(str(body["language"]), body["language"]),
        digest=str(body["sha256"])[:16],
    )


def _tell_body(body: _Body) -> str:
    """A kind from a newer version, or a body that is not as it should be: as it is written."""
    pairs = (
        f"{name} {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in body.raw.items()
    )
    return ", ".join(pairs)


def _tell_alarm(kind: str) -> Callable[[_Body], str]:
    return lambda body: alarm_words.TELLERS[kind](body.raw, body.decimal_point)


def _tell_review(tell: Callable[[Mapping[str, Any], str], str]) -> Callable[[_Body], str]:
    return lambda body: tell(body.raw, body.decimal_point)


def _tell_work(kind: str) -> Callable[[_Body], str]:
    return lambda body: work_words.TELLERS[kind](body.raw, body.decimal_point)


def _tell_raw(tell: Callable[[Mapping[str, Any]], str]) -> Callable[[_Body], str]:
    return lambda body: tell(body.raw)


def _say(text: str) -> Callable[[_Body], str]:
    return lambda _body: tr(text)


_OF_THE_CONSOLE = frozenset(
    {
        Kind.APPLICATION_STARTED,
        Kind.APPLICATION_STOPPED,
        Kind.CLOCK_CHANGED,
        Kind.CLOCK_BACKWARDS,
        Kind.CLOCK_CONFIRMED,
        Kind.LOG_SYNCED,
        Kind.LOG_QUARANTINED,
        Kind.DEVICE_ENROLLED,
        Kind.NOTIFY_FAILED,
        Kind.NOTIFY_RESTORED,
        Kind.NOTIFY_HELD_BACK,
        Kind.NOTIFY_DROPPED,
        Kind.STORAGE_DEGRADED,
        Kind.STORAGE_RESTORED,
        Kind.SAMPLES_DROPPED,
        Kind.LOG_SET_ASIDE,
        Kind.LOG_SHORTENED,
        Kind.LOG_RESTORED,
        Kind.TELEMETRY_DAMAGED,
        Kind.TRAINING_REFUSED,
    }
)
_STOPPED, _CONNECTED = "Console stopped", "Connected"
_ANSWERS = "Answers again"
_GPU_AS_EXPECTED = "The GPU that the site file names is here"
_INJECTED, _FAULT_OVER = "Fault injected: {fault}", "Fault cleared: {fault}"
_ABOVE = "{name} above the {limit} limit: {value} (limit\u00a0{at})"
_BELOW = "{name} below the {limit} limit: {value} (limit\u00a0{at})"
_NOT_ABOVE = "{name} no longer above the {limit} limit: {value} (limit\u00a0{at})"
_NOT_BELOW = "{name} no longer below the {limit} limit: {value} (limit\u00a0{at})"
_ASKED = "{name} to be set to {value}: {why}"
_SET = "{name} set to {value}, was {before}"
_NOT_SET = "{name} not set to {value}: {why}"
SAID = (
    *(_STOPPED, _CONNECTED, _ANSWERS, _GPU_AS_EXPECTED, _INJECTED, _FAULT_OVER),
    *(_ABOVE, _BELOW, _NOT_ABOVE, _NOT_BELOW),
    *(_ASKED, _SET, _NOT_SET),
)
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""
_TELLERS: dict[str, Callable[[_Body], str]] = {
    Kind.APPLICATION_STARTED: _tell_started,
    Kind.APPLICATION_STOPPED: _say(_STOPPED),
    Kind.DEVICE_CONNECTED: _say(_CONNECTED),
    Kind.DEVICE_LOST: _tell_lost,
    Kind.DEVICE_RESTORED: _say(_ANSWERS),
    Kind.GPU_LOST: _tell_gpu_lost,
    Kind.GPU_RESTORED: _tell_gpu_back,
    Kind.GPU_SILENT: _tell_raw(gpu_words.tell_silent),
    Kind.GPU_ANSWERING: _say(_ANSWERS),
    Kind.GPU_XID: _tell_raw(gpu_words.tell_xid),
    Kind.GPU_XID_REPEATED: _tell_raw(gpu_words.tell_repeated),
    Kind.GPU_REPORTED: _tell_raw(gpu_words.tell_reported),
    Kind.GPU_UNEXPECTED: _tell_raw(gpu_words.tell_unexpected),
    Kind.GPU_AS_EXPECTED: _say(_GPU_AS_EXPECTED),
    Kind.WORK_REQUESTED: _tell_raw(gpu_words.tell_requested),
    Kind.CLOCK_CHANGED: _tell_clock_changed,
    Kind.CLOCK_BACKWARDS: _tell_clock_behind,
    Kind.CLOCK_CONFIRMED: _tell_clock_confirmed,
    Kind.SENSOR_FAILED: _tell_sensor_failed,
    Kind.SENSOR_RESTORED: _tell_sensor_restored,
    Kind.LIMIT_CROSSED: _tell_limit(_ABOVE, _BELOW),
    Kind.LIMIT_CLEARED: _tell_limit(_NOT_ABOVE, _NOT_BELOW),
    Kind.LIMIT_ACKNOWLEDGED: _tell_acknowledged,
    **{kind: _tell_alarm(kind) for kind in alarm_words.TELLERS},
    **{kind: _tell_work(kind) for kind in work_words.TELLERS},
    **{kind: _tell_review(tell) for kind, tell in review_words.TELLERS.items()},
    **{kind: _tell_raw(tell) for kind, tell in training_words.TELLERS.items()},
    **{kind: _tell_raw(tell) for kind, tell in sync_words.TELLERS.items()},
    **{kind: _tell_raw(tell) for kind, tell in site_words.TELLERS.items()},
    Kind.DOCUMENT_PRINTED: _tell_printed,
    Kind.DOCUMENT_COPIED: _tell_copied,
    Kind.FAULT_INJECTED: _tell_fault(_INJECTED),
    Kind.FAULT_CLEARED: _tell_fault(_FAULT_OVER),
    Kind.WRITE_ARMED: _tell_reason,
    Kind.WRITE_DISARMED: _tell_reason,
    Kind.WRITE_REQUESTED: _tell_write(_ASKED),
    Kind.WRITE_DONE: _tell_write(_SET),
    Kind.WRITE_FAILED: _tell_write(_NOT_SET),
    Kind.WRITE_REFUSED: _tell_write(_NOT_SET),
    Kind.NOTIFY_FAILED: _tell_raw(notify_words.tell_failed),
    Kind.NOTIFY_RESTORED: _tell_raw(notify_words.tell_restored),
    Kind.NOTIFY_HELD_BACK: _tell_raw(notify_words.tell_held_back),
    Kind.NOTIFY_DROPPED: _tell_raw(notify_words.tell_dropped),
    Kind.STORAGE_DEGRADED: _tell_sentence,
    Kind.STORAGE_RESTORED: _tell_recording,
    Kind.SAMPLES_DROPPED: _tell_dropped,
    Kind.LOG_SET_ASIDE: _tell_sentence,
    Kind.LOG_SHORTENED: _tell_shortened,
    Kind.LOG_RESTORED: _tell_restored,
    Kind.TELEMETRY_DAMAGED: _tell_telemetry_damaged,
}
