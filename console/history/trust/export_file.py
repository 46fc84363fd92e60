"""The log as a file that proves itself: events, signed heads among them, and a seal at the end.

One line of canonical JSON each, in the order of recording: an event with its hash; after it, where
one was kept, ``{"checkpoint": …}``, a signed head; last ``{"seal": …}``: how many lines there are,
the SHA-256 of their bytes, and a signature of both. Each event is checked with a JSON library alone
(:mod:`console.history.events` shows how), the signatures with any Ed25519.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from console.history.events import CONTENT, JSON, NO_HASH, Event, Head, Kind, canonical
from console.history.trust.heads import Anchor
from console.history.trust.keys import DeviceKey, SignedHead, fingerprint, is_signed
from console.text import tr

_PURPOSE = "tankside-export/1"
_WHOLE = ("sequence", "utc_us", "mono_us")
_WORDS = tuple(name for name in (*CONTENT, "hash") if name not in {*_WHOLE, "body"})
_MEMBERS = frozenset((*CONTENT, "hash"))
_MOST = 2**63 - 1
"""The greatest whole number that a log's file can hold."""
_SIGNED = ("device_id", "sequence", "hash", "utc_us", "public_key", "signature")


LEAVING = frozenset({Kind.LOG_SHORTENED, Kind.LOG_RESTORED})
"""Kinds whose ``device_id`` is a chain that was left; version 1.0 did not sign those."""


class TextSink(Protocol):
    """Anything that takes text: an open file, a socket's file, standard output."""

    def write(self, text: str, /) -> object:
        """Take a piece of text."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """What is first found wrong: the line, the event's number in its chain (0: none), why."""

    line: int
    sequence: int
    event_id: str
    why: str


@dataclass(frozen=True, slots=True)
class FileProof:
    """Whether an exported log is unaltered and whole.

    ``events`` were read, ``heads`` is the end of each chain, ``keys`` the fingerprints that signed,
    ``is_sealed`` whether a seal proves that nothing was cut off at the end.
    """

    events: int
    heads: tuple[Head, ...]
    keys: tuple[str, ...]
    is_sealed: bool
    fault: Fault | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault is None


def event_line(event: Event) -> str:
    """Return an event as a line of the file, without its end."""
    return canonical({**event.content, "hash": event.hash})


def checkpoint_line(signed: SignedHead) -> str:
    """Return a signed head as a line of the file, without its end."""
    return canonical({"checkpoint": signed_head_told(signed)})


class Sealer:
    """Writes lines and, at the end, the seal over all of them."""

    def __init__(self, stream: TextSink) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.lines = 0

    def write(self, line: str) -> None:
        """Write one line."""
        told = f"{line}\n"
        self._stream.write(told)
        self._digest.update(told.encode("utf-8"))
        self.lines += 1

    def seal(self, key: DeviceKey, utc_us: int) -> None:
        """Write the seal; nothing comes after it."""
        told: dict[str, JSON] = {"lines": self.lines, "sha256": self._digest.hexdigest()}
        told |= {"utc_us": utc_us, "for": _PURPOSE}
        signature = key.sign(canonical(told).encode("utf-8"))
        sealed: dict[str, JSON] = {**told, "public_key": key.public, "signature": signature}
        self._stream.write(canonical({"seal": sealed}) + "\n")


def prove_file(
    path: Path, *, keys: Iterable[str] = (), anchors: Iterable[Anchor] = ()
) -> FileProof:
    """Check an exported log with nothing but the file; raises OSError.

    ``keys`` are the fingerprints or public keys that may have signed (none: any one will do),
    ``anchors`` are heads kept elsewhere that the file must hold.
    """
    with path.open("rb") as file:
        return prove_lines(file, keys=keys, anchors=anchors)


def prove_lines(
    lines: Iterable[bytes], *, keys: Iterable[str] = (), anchors: Iterable[Anchor] = ()
) -> FileProof:
    """Check the lines of an exported log, as :func:`prove_file`."""
    reader = _Reader({key.replace(" ", "").lower() for key in keys})
    fault = next(reader.faults(lines), None) or reader.missing(anchors)
    return FileProof(
        events=reader.events,
        heads=tuple(reader.heads.values()),
        keys=tuple(reader.keys),
        is_sealed=reader.is_sealed,
        fault=fault,
    )


class WrongError(Exception):
    """What is wrong with a line: ``why``, and the event concerned (0 and empty: none)."""

    def __init__(self, why: str, sequence: int = 0, event_id: str = "") -> None:
        super().__init__(why)
        self.why, self.sequence, self.event_id = why, sequence, event_id


class _Reader:
    """One pass over a file."""

    def __init__(self, trusted: set[str]) -> None:
        self._trusted = trusted
        self._digest = hashlib.sha256()
        self._lines = 0
        self._seen: dict[Head, None] = {}
        self._proven: dict[str, int] = {}
        self._signers: dict[str, set[str]] = {}
        self._left: set[str] = set()
        self.heads: dict[str, Head] = {}
        self.keys: dict[str, None] = {}
        self.events = 0
        self.is_sealed = False

    def faults(self, lines: Iterable[bytes]) -> Iterator[Fault]:
        """Yield what is wrong, first things first; what follows a fault proves nothing."""
        for line in lines:
            fault = self.take(line)
            if fault:
                yield fault
        if not self.is_sealed:
            yield Fault(self._lines + 1, 0, "", tr("the seal is missing: the end was cut off"))

    def take(self, line: bytes) -> Fault | None:
        """Take the next line; returns what is wrong with it."""
        self._lines += 1
        try:
            self._take(line)
        except WrongError as wrong:
            return Fault(self._lines, wrong.sequence, wrong.event_id, wrong.why)
        finally:
            self._digest.update(line)
        return None

    def missing(self, anchors: Iterable[Anchor]) -> Fault | None:
        """Return an anchor that the file contradicts or does not reach."""
        for anchor in anchors:
            head = anchor.head
            if head in self._seen:
                continue
            why = tr("it is not the event {number} kept elsewhere", number=head.sequence)
            return Fault(0, head.sequence, "", why)
        return None

    def _take(self, line: bytes) -> None:
        if self.is_sealed:
            raise WrongError(tr("something follows the seal"))
        told = parsed(line)
        if set(told) == {"checkpoint"}:
            self._checkpoint(_mapping(told["checkpoint"]))
        elif set(told) == {"seal"}:
            self._seal(_mapping(told["seal"]))
        else:
            self._event(told, line)

    def _event(self, told: dict[str, Any], line: bytes) -> None:
        device = str(told.get("device_id", ""))
        before = self.heads.get(device, Head(device, 0, NO_HASH))
        event = event_after(before, told, line)
        self.heads[device] = Head(device, event.sequence, event.hash)
        self._seen[self.heads[device]] = None
        self.events += 1
        if event.kind in LEAVING:
            self._left.add(str(event.body.get("device_id")))

    def _checkpoint(self, told: Mapping[str, Any]) -> None:
        signed = signed_head_of(told)
        number = signed.head.sequence
        self._trust(signed.public_key, number)
        if not signed.is_genuine:
            raise WrongError(tr("the signature of event {number} is forged", number=number), number)
        device = signed.head.device_id
        first = self._proven.get(device, 0) + 1
        if self.heads.get(device) != signed.head:
            why = tr(
                "another event {number} was signed: changed at event {first} or later",
                number=number,
                first=first,
            )
            raise WrongError(why, first)
        self._proven[device] = number
        self._signers.setdefault(device, set()).add(signed.public_key)

    def _seal(self, told: Mapping[str, Any]) -> None:
        content = {name: told.get(name) for name in ("for", "lines", "sha256", "utc_us")}
        key, signature = str(told.get("public_key")), str(told.get("signature"))
        try:
            is_genuine = is_signed(canonical(content).encode("utf-8"), key, signature)
        except ValueError:  # numbers without an end
            is_genuine = False
        if not is_genuine:
            raise WrongError(tr("the seal is forged"))
        self._trust(key, 0)
        found = {"for": _PURPOSE, "lines": self._lines - 1, "sha256": self._digest.hexdigest()}
        if any(content[name] != value for name, value in found.items()):
            raise WrongError(tr("the seal is of another file: lines were added, taken or changed"))
        self._refuse_unsigned(key)
        self.is_sealed = True

    def _refuse_unsigned(self, sealing: str) -> None:
        """See that nobody seals what another laptop recorded and did not sign."""
        for device, head in self.heads.items():
            first = self._proven.get(device, 0) + 1
            is_own = sealing in self._signers.get(device, ())
            if first <= head.sequence and not is_own and device not in self._left:
                told = tr(
                    "events from {number} on of {device} are not signed",
                    number=first,
                    device=device,
                )
                raise WrongError(told, first)

    def _trust(self, key: str, number: int) -> None:
        short = fingerprint(key)
        if self._trusted and not self._trusted & {key.lower(), short.replace(" ", "")}:
            raise WrongError(tr("it is signed with the unknown key {key}", key=short), number)
        self.keys[short] = None


def event_after(before: Head, told: dict[str, Any], line: bytes) -> Event:
    """Return the event of a parsed line if it is the one after ``before``; raises WrongError."""
    number, event_id = told.get("sequence"), str(told.get("id", ""))
    if told.keys() != _MEMBERS or type(number) is not int:
        raise WrongError(tr("it is not an event"), 0, event_id)
    refuse_gap(before, number, event_id)
    if not _is_event(told):
        raise WrongError(tr("it is not an event"), number, event_id)
    event = Event(**told)
    refuse_altered(event)
    if event_line(event).encode("utf-8") != line.rstrip(b"\r\n"):
        raise WrongError(tr("it is not written as it was exported"), number, event_id)
    if event.previous_hash != before.hash:
        raise WrongError(tr("it does not follow the event before it"), number, event_id)
    return event


def refuse_gap(before: Head, number: int, event_id: str) -> None:
    """Raise WrongError for a number that is not the one after ``before``."""
    if number <= before.sequence:
        raise WrongError(tr("event {number} is there twice", number=number), number, event_id)
    if number > before.sequence + 1:
        missing = before.sequence + 1
        raise WrongError(tr("event {number} is missing", number=missing), missing)


def refuse_altered(event: Event) -> None:
    """Raise WrongError for an event whose hash is not that of its content."""
    try:
        is_as_recorded = event.hash_of_content() == event.hash
    except (ValueError, RecursionError):  # numbers without an end, half a character, too deep
        is_as_recorded = False
    if not is_as_recorded:
        why = tr("its content is not what was recorded")
        raise WrongError(why, event.sequence, event.id)


def _is_event(told: Mapping[str, Any]) -> bool:
    """Whether the members are such that a log's file gives them back as they are."""
    return (
        {type(told[name]) for name in _WORDS} == {str}
        and all(_is_whole(told[name]) for name in _WHOLE)
        and isinstance(told["body"], dict)
    )


def _is_whole(value: object) -> bool:
    return type(value) is int and -_MOST <= value <= _MOST


def parsed(line: bytes) -> dict[str, Any]:
    """Return a line as JSON; raises WrongError for what is no object, or no text."""
    try:
        told = json.loads(line.decode("utf-8"))
        if b"\\u" in line:  # half a character can be told in JSON, not written in UTF-8
            json.dumps(told, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise WrongError(tr("it is not a line of an exported log"))
    return told


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, dict) else {}


def signed_head_of(told: Mapping[str, Any]) -> SignedHead:
    """Return the signed head that a checkpoint tells, not yet checked; raises WrongError."""
    device, number, digest, utc_us, key, signature = (told.get(name) for name in _SIGNED)
    words = (device, digest, key, signature)
    is_told = all(type(word) is str and word.isprintable() for word in words)
    if not is_told or not _is_whole(number) or not _is_whole(utc_us):
        raise WrongError(tr("it is not a signed head"))
    head = Head(str(device), int(str(number)), str(digest))
    return SignedHead(head, int(str(utc_us)), str(key), str(signature))


def signed_head_told(signed: SignedHead) -> dict[str, JSON]:
    """Return a signed head as JSON tells it."""
    head = signed.head
    values = (head.device_id, head.sequence, head.hash, signed.utc_us)
    return dict(zip(_SIGNED, (*values, signed.public_key, signed.signature), strict=True))
