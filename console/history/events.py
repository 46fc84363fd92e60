"""What happened: kinds of event, an event before and after recording, the hash that chains it.

The content of an event is hashed as canonical JSON (RFC 8785 in spirit): one object with the
members ``actor body boot_id device_id id kind mono_us previous_hash sequence subject utc_us``,
sorted by name at every depth, no spaces, UTF-8 without ``\\u`` escapes for printable characters,
numbers as Python writes them (the shortest text that reads back the same). The hash is the
SHA-256 of those bytes in lower-case hex; ``previous_hash`` of the first event is 64 zeros. An
auditor recomputes it from a line of the export with nothing but a JSON library::

    event = json.loads(line)
    claimed = event.pop("hash")
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == claimed
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Integral, Real
from typing import TypeAlias

from console.history.kinds import LABELS, Kind, label
from drivers.points import Stamp

__all__ = [
    "CONTENT",
    "JSON",
    "LABELS",
    "NO_HASH",
    "Event",
    "EventDraft",
    "Head",
    "Kind",
    "canonical",
    "label",
    "plain",
    "seal",
    "sha256",
    "uuid7",
]
JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
NO_HASH = "0" * 64
"""What stands for the event before the first."""


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as its source tells it: not yet numbered, hashed or on disk.

    ``subject`` is the id of the part it is about (``tank-1``, ``host-1/gpu0``) or empty for the
    console itself; ``body`` holds what JSON can hold (NaN becomes null) and is not changed after.
    """

    kind: str
    subject: str
    body: Mapping[str, JSON]
    time: Stamp
    actor: str = "system"

    @property
    def utc_us(self) -> int:
        """When it happened, UTC microseconds; named as in :class:`Event`."""
        return self.time.utc_us


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the log holds it.

    ``device_id`` names the chain it belongs to (this installation's log), ``sequence`` counts
    from 1 without gaps in it, ``mono_us`` is the monotonic clock within ``boot_id``.
    """

    id: str
    device_id: str
    sequence: int
    utc_us: int
    mono_us: int
    boot_id: str
    actor: str
    kind: str
    subject: str
    body: Mapping[str, JSON]
    previous_hash: str
    hash: str

    @property
    def content(self) -> dict[str, JSON]:
        """Everything that the hash covers."""
        return {name: getattr(self, name) for name in CONTENT}

    def hash_of_content(self) -> str:
        """Return what ``hash`` must be, 64 hex digits."""
        return sha256(canonical(self.content))


CONTENT = (
    "actor",
    "body",
    "boot_id",
    "device_id",
    "id",
    "kind",
    "mono_us",
    "previous_hash",
    "sequence",
    "subject",
    "utc_us",
)
"""The members of an event that its hash covers."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: which log, how many events it holds, the hash of the last."""

    device_id: str
    sequence: int
    hash: str


def seal(draft: EventDraft, event_id: str, head: Head, boot_id: str) -> tuple[Event, str]:
    """Return the event that follows ``head``, and its body as canonical text.

    Raises what a draft made of the wrong types raises (TypeError, ValueError, RecursionError …).
    """
    body = {_text(name): plain(value) for name, value in draft.body.items()}
    unsealed = Event(
        id=event_id,
        device_id=head.device_id,
        sequence=head.sequence + 1,
        utc_us=int(draft.time.utc_us),
        mono_us=int(draft.time.mono_s * 1e6),
        boot_id=boot_id,
        actor=_text(draft.actor),
        kind=_text(draft.kind),
        subject=_text(draft.subject),
        body=body,
        previous_hash=head.hash,
        hash="",
    )
    content = unsealed.content
    return Event(**content, hash=sha256(canonical(content))), canonical(body)  # type: ignore[arg-type]  # content holds Event's own members


def canonical(value: JSON) -> str:
    """Return the one JSON text of a value; raises ValueError for NaN and infinities."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def plain(value: object) -> JSON:
    """Return the value as JSON can hold it: NaN and infinities as null, what is foreign as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Real):
        return _number(value)
    if isinstance(value, Mapping):
        return {_text(name): plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [plain(item) for item in value]
    return _text(value)


def _number(value: Real) -> int | float | None:
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isfinite(value) else None


def uuid7(utc_us: int) -> str:
    """Return a new UUIDv7 (RFC 9562) of that moment, to the microsecond, so that ids sort by it."""
    milliseconds, microseconds = divmod(max(utc_us, 0), 1000)
    random = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    head = (milliseconds & (1 << 48) - 1) << 16 | 0x7000 | microseconds * 4096 // 1000
    return str(uuid.UUID(int=head << 64 | 0b10 << 62 | random))


def _text(value: object) -> str:
    """Return text that UTF-8 can hold; half a surrogate pair is written out."""
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
