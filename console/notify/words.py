"""Messages in the reader's language, and in one sentence why one did not go."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from console import alarm_words
from console.alarms.events import AlarmKey
from console.alarms.severity import Severity
from console.alarms.specs import AlarmSpec
from console.alarms.status import Status
from console.notify.message import Message, Told
from console.notify.policy import Notice, What
from console.text import tr
from console.vocabulary import translated_name

FAILURES = {
    "missing": "there is no program {program}",
    "not_started": "{program} could not be started: {why}",
    "timeout": "no end within {seconds} s",
    "flood": "it said too much and was ended",
    "exit": "ended with status {status}: {output}",
    "exit_quietly": "ended with status {status}",
    "no_answer": "no answer within {seconds} s",
    "unreachable": "the address cannot be reached: {why}",
    "certificate": "the certificate of the address is not trusted: {why}",
    "redirect": "the address points elsewhere (HTTP status {status}); write the right one",
    "status": "the address answered with HTTP status {status}",
    "garbled": "what answers there does not speak HTTP",
    "token": "the token cannot be read: {why}",
    "trust": "the certificates in {file} cannot be used: {why}",
    "no_desktop": "there is no notify-send here, and no window that could show a notification",
    "stopped": "the console was closed meanwhile",
    "fault": "an unexpected error: {why}",
}
"""Why a message did not go; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Makes messages of a site. ``name_of`` gives the name that people know a part by."""

    site: str
    site_name: str
    name_of: Callable[[str], str]
    definition_of: Callable[[AlarmKey], AlarmSpec | None] = lambda _key: None

    def message(self, notice: Notice, now_us: int) -> Message:
        """Return a notice in words."""
        lead = self._told(notice.lead)
        urgent = self._told(notice.urgent) if notice.urgent.key != notice.lead.key else None
        told = None if notice.what is What.HELD_BACK else lead
        return Message(
            id=str(uuid.uuid4()),
            what=str(notice.what),
            priority=notice.priority,
            site=self.site,
            site_name=self.site_name,
            sent_us=now_us,
            title=_title(notice, lead),
            text="\n".join(self._lines(notice, lead, urgent)),
            count=notice.count,
            lead=told,
            urgent=urgent if told else None,
        )

    def test(self, priority: int, now_us: int) -> Message:
        """Return a message that says that it is a test."""
        title = tr("Test of priority {priority}: {site}", priority=priority, site=self.site_name)
        text = tr("This is a test of how alarms are told. No alarm was raised.")
        return Message(
            id=str(uuid.uuid4()),
            what=str(What.TEST),
            priority=priority,
            site=self.site,
            site_name=self.site_name,
            sent_us=now_us,
            title=title,
            text=text,
        )

    def _lines(self, notice: Notice, lead: Told, urgent: Told | None) -> list[str]:
        if notice.what is What.HELD_BACK:
            told = (self._told(status) for status in notice.examples)
            names = "; ".join(f"{one.place}: {one.name}" for one in told)
            return [tr("Among them: {names}", names=names), tr("The console shows all of them.")]
        lines = [lead.measured] if lead.measured else []
        if urgent is not None:
            what = f"{urgent.place}: {urgent.name}"
            lines.append(tr("Most urgent now: {what}", what=what))
        if notice.count and notice.what is What.ALARM:
            lines.append(tr("Followed from it: {count}", count=notice.count))
        elif notice.count:
            lines.append(tr("Others that wait to be acknowledged: {count}", count=notice.count))
        asked = urgent or lead
        if asked.action:
            lines.append(tr("What to do: {action}", action=asked.action))
        return [*lines, self.site_name]

    def _told(self, status: Status) -> Told:
        spec = self.definition_of(status.key)
        severity = max(status.active, status.latched)
        return Told(
            alarm=status.key.alarm,
            item=status.key.item,
            subject=status.subject,
            place=self.name_of(status.subject),
            name=_name(status),
            severity=severity.word,
            measured=_measured(status),
            raised_us=status.raised_us,
            cause=translated_name(spec.cause) if spec else "",
            consequence=translated_name(spec.consequence) if spec else "",
            action=translated_name(spec.action) if spec else "",
            respond_s=spec.time_to_respond_of(severity or Severity.CAUTION) if spec else None,
        )


def failure_text(code: str, values: Mapping[str, Any]) -> str:
    """Return in words why a message did not go; what another version wrote as it is."""
    try:
        text = tr(FAILURES[code], **values)
    except (KeyError, IndexError):
        return code
    return text if values or "{" not in text else code


def tell_failed(body: Mapping[str, Any]) -> str:
    """Say of a notify.failed event which way out failed, and why."""
    why = failure_text(str(body["code"]), dict(body.get("values") or {}))
    return tr("Telling by {outlet} failed: {why}", outlet=body["outlet"], why=why)


def tell_restored(body: Mapping[str, Any]) -> str:
    """Say of a notify.restored event which way out works again."""
    return tr(
        "Telling by {outlet} works again; {count} messages did not go",
        outlet=body["outlet"],
        count=int(body["failed"]),
    )


def tell_held_back(body: Mapping[str, Any]) -> str:
    """Say of a notify.held_back event how many messages were summed up in one."""
    return tr(
        "{count} messages of priority {priority} by {outlet} were held back and told as one",
        count=int(body["count"]),
        priority=body["priority"],
        outlet=body["outlet"],
    )


def tell_dropped(body: Mapping[str, Any]) -> str:
    """Say of a notify.dropped event how many messages were lost."""
    count = int(body["count"])
    if not body.get("outlet"):
        return tr("{count} events passed before they could be told outside", count=count)
    return tr(
        "{count} messages by {outlet} were not sent: too many waited, or the console was closed",
        count=count,
        outlet=body["outlet"],
    )


def _title(notice: Notice, lead: Told) -> str:
    values = {"priority": notice.priority, "place": lead.place, "name": lead.name}
    if notice.what is What.HELD_BACK:
        return tr(
            "Priority {priority}: {count} messages held back",
            priority=notice.priority,
            count=notice.count,
        )
    if notice.what is What.REPEAT:
        return tr("Priority {priority}, not acknowledged: {place}: {name}", **values)
    return tr("Priority {priority}: {place}: {name}", **values)


def _name(status: Status) -> str:
    try:
        return alarm_words.alarm_name(status.body)
    except (KeyError, ValueError, TypeError, AttributeError):
        return status.key.alarm


def _measured(status: Status) -> str:
    try:
        return alarm_words.measured(status.body)
    except (KeyError, ValueError, TypeError, AttributeError):
        return ""
