"""What is sent: the words for a person, the facts for a program, and how sending went."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from console.history.events import JSON

_LONGEST = 2000
"""Characters of a variable: systems refuse to start a program with an endless environment."""


@dataclass(frozen=True, slots=True)
class Told:
    """One alarm in a message: ids as in the log, the rest in the reader's language.

    ``raised_us`` is UTC microseconds; what the definition says is empty where it is not known.
    """

    alarm: str
    item: str
    subject: str
    place: str
    name: str
    severity: str
    measured: str
    raised_us: int
    cause: str = ""
    consequence: str = ""
    action: str = ""
    respond_s: float | None = None

    def as_json(self) -> dict[str, JSON]:
        """Return it as members of a message."""
        return {
            "alarm": self.alarm,
            "item": self.item,
            "subject": self.subject,
            "place": self.place,
            "name": self.name,
            "severity": self.severity,
            "measured": self.measured,
            "raised_at": iso(self.raised_us),
            "cause": self.cause,
            "consequence": self.consequence,
            "action": self.action,
            "time_to_respond_s": self.respond_s,
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``what`` is ``alarm``, ``repeat``, ``held_back`` or ``test``.

    ``lead`` is the alarm that came first, ``urgent`` the most urgent that follows from it where
    that is another one; ``count`` is explained at :class:`console.notify.policy.Notice`.
    """

    id: str
    what: str
    priority: int
    site: str
    site_name: str
    sent_us: int
    title: str
    text: str
    count: int = 0
    lead: Told | None = None
    urgent: Told | None = None

    def as_json(self) -> dict[str, JSON]:
        """Return it as a webhook and a command get it (docs/notify.md)."""
        return {
            "id": self.id,
            "what": self.what,
            "priority": self.priority,
            "site": self.site,
            "site_name": self.site_name,
            "sent_at": iso(self.sent_us),
            "title": self.title,
            "text": self.text,
            "count": self.count,
            "lead": self.lead.as_json() if self.lead else None,
            "urgent": self.urgent.as_json() if self.urgent else None,
        }

    def as_environment(self) -> dict[str, str]:
        """Return its main facts as variables of the environment, each one line."""
        lead = self.lead
        facts = {
            "ID": self.id,
            "WHAT": self.what,
            "PRIORITY": str(self.priority),
            "SITE": self.site,
            "SITE_NAME": self.site_name,
            "TITLE": self.title,
            "TEXT": self.text,
            "COUNT": str(self.count),
            "ALARM": lead.alarm if lead else "",
            "ITEM": lead.item if lead else "",
            "SUBJECT": lead.subject if lead else "",
            "PLACE": lead.place if lead else "",
            "NAME": lead.name if lead else "",
            "SEVERITY": lead.severity if lead else "",
            "ACTION": lead.action if lead else "",
        }
        return {f"TANKSIDE_{name}": _line(value) for name, value in facts.items()}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not go: a code of :data:`console.notify.words.FAILURES`, and its values."""

    code: str
    values: Mapping[str, JSON] = field(default_factory=dict)


class Sender(Protocol):
    """One way out. It may take its time: a thread of its own waits for it."""

    def send(self, message: Message, stop: threading.Event) -> Failure | None:
        """Send one message within its time; None when it went. Gives up soon after ``stop``."""


def iso(utc_us: int) -> str:
    """Return a moment as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(utc_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(text: str) -> str:
    """Return a text as one line that an environment can hold."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST]
