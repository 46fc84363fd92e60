"""Events of logs that were brought together, in words; and what a sync did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.history.kinds import Kind
from console.text import tr


def synced_words(target: str, sent: int, taken: int, refused: int) -> str:
    """Return in a sentence what a sync did."""
    told = tr(
        "Brought together with {target}: {sent} events sent, {taken} taken",
        target=target,
        sent=sent,
        taken=taken,
    )
    if not refused:
        return told
    return f"{told}; {tr('refused from {count} laptops', count=refused)}"


def _tell_synced(body: Mapping[str, Any]) -> str:
    taken = sum(int(count) for count in dict(body["taken"]).values())
    return synced_words(str(body["target"]), int(body["sent"]), taken, len(body["refused"]))


def _tell_quarantined(body: Mapping[str, Any]) -> str:
    return tr(
        "Two different events have the number {number}: {count} are kept apart. The machine was "
        "cloned or its log forged",
        number=body["sequence"],
        count=body["count"],
    )


def _tell_enrolled(body: Mapping[str, Any]) -> str:
    return tr(
        "The log of {name} is taken in from now on, key {key}",
        name=body["name"],
        key=body["fingerprint"],
    )


TELLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Kind.LOG_SYNCED: _tell_synced,
    Kind.LOG_QUARANTINED: _tell_quarantined,
    Kind.DEVICE_ENROLLED: _tell_enrolled,
}
"""What tells each kind out of its body."""
