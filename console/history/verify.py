"""The proof that the log is what was recorded: every hash, link and signature, recomputed.

What it cannot see by itself is a log that somebody with this machine's key has forged anew, or cut
off with the telemetry file rewritten: for that, heads are kept outside this machine (on paper, on a
second disk, as receipts of a central log) and compared as anchors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from console.history.events import NO_HASH, Event, Head, Kind, canonical
from console.history.logfile import (
    COLUMNS,
    device_id_of,
    event_of,
    head_of,
    holds,
    set_aside_chains,
)
from console.history.trust.export_file import LEAVING
from console.history.trust.heads import Anchor, anchors, has_heads, signed_end, signed_heads
from console.history.trust.keys import SignedHead, fingerprint
from console.text import tr


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether the log is unaltered, how many events were read, the hash of this chain's end.

    ``first_bad`` is ``(sequence, event id, why)`` of the first event that is not as recorded;
    the id is empty where an event is missing. ``signed`` is how many events signatures cover,
    ``keys`` the fingerprints of the keys that signed, in the order of their first use, ``anchors``
    how many heads kept elsewhere the log agrees with.
    """

    ok: bool
    events: int
    head_hash: str
    first_bad: tuple[int, str, str] | None = None
    signed: int = 0
    keys: tuple[str, ...] = ()
    anchors: int = 0


def verify(
    connection: sqlite3.Connection | None,
    anchor: Head | None,
    kept: Iterable[Anchor] = (),
    trusted: Iterable[str] = (),
) -> VerifyResult:
    """Check every chain in the log, event by event, and against heads kept elsewhere.

    ``trusted`` are the fingerprints or public keys that may have signed; none: this log's own may
    be any, another laptop's must be one that was let in. What is wrong with another laptop's log
    names that laptop. Raises sqlite3.Error.
    """
    if connection is None:
        return _result(0, NO_HASH, _missing_end(None, anchor))
    walk = _Walk(device_id_of(connection), _others(connection))
    query = f"SELECT rowid, {COLUMNS} FROM events ORDER BY device_id, sequence"
    for rowid, *row in connection.execute(query):
        bad = walk.step(rowid, row)
        if bad is not None:
            return VerifyResult(False, walk.events, walk.hash, bad)
    own = head_of(connection, device_id_of(connection))
    ends = walk.announced_ends
    if anchor is not None and anchor.device_id not in set_aside_chains(connection):
        ends = [*ends, anchor]
    cut = next((bad for end in ends if (bad := _missing_end(connection, end))), None)
    if not has_heads(connection):
        return _result(walk.events, own.hash, cut)
    kept = [*anchors(connection), *kept]
    heads = list(signed_heads(connection))
    found = [
        cut,
        _unproven(connection, kept, heads),
        *_unsigned(connection, own),
        _badly_keyed(connection, heads, {key.replace(" ", "").lower() for key in trusted}),
    ]
    bad = min((fault for fault in found if fault), default=None, key=lambda fault: fault[0])
    keys = tuple(dict.fromkeys(signed.fingerprint for signed in heads))
    return replace(
        _result(walk.events, own.hash, bad),
        signed=sum(_signed_until(connection, chain) for chain in {h.head.device_id for h in heads}),
        keys=keys,
        anchors=len(kept),
    )


def _unproven(
    connection: sqlite3.Connection, kept: list[Anchor], heads: list[SignedHead]
) -> tuple[int, str, str] | None:
    """Return the first place where the log is not what was signed or kept elsewhere."""
    wrong = [_wrongly_signed(connection, signed) for signed in heads]
    for anchor in kept:
        why = tr("it is not the event {number} kept elsewhere", number=anchor.head.sequence)
        wrong.append(_not_held(connection, anchor.head, why))
    return min((fault for fault in wrong if fault), default=None)


def _wrongly_signed(
    connection: sqlite3.Connection, signed: SignedHead
) -> tuple[int, str, str] | None:
    number = signed.head.sequence
    if not signed.is_genuine:
        return number, "", tr("the signature of event {number} is forged", number=number)
    why = tr("another event {number} was signed than the one here", number=number)
    device = signed.head.device_id
    why = _of_chain(why, device, device_id_of(connection))
    return _not_held(connection, signed.head, why)


def _not_held(connection: sqlite3.Connection, head: Head, why: str) -> tuple[int, str, str] | None:
    if holds(connection, head):
        return None
    if head_of(connection, head.device_id).sequence < head.sequence:
        return _missing_end(connection, head)
    return head.sequence, "", why


def _unsigned(connection: sqlite3.Connection, own: Head) -> Iterator[tuple[int, str, str] | None]:
    """Yield the first event of each chain that no signature covers.

    A chain that this console left before there were signatures is told of by the one after it.
    """
    chains = connection.execute("SELECT device_id, max(sequence) FROM events GROUP BY device_id")
    left = _left_chains(connection)
    for device_id, end in chains.fetchall():
        until = _signed_until(connection, device_id)
        if end > until and not (until == 0 and device_id in left):
            why = tr("events from {number} on are not signed", number=until + 1)
            yield until + 1, "", _of_chain(why, device_id, own.device_id)


def _left_chains(connection: sqlite3.Connection) -> set[str]:
    query = (
        "SELECT json_extract(body, '$.device_id') FROM events WHERE kind IN (?, ?) "
        "AND json_valid(body) AND device_id NOT IN (SELECT device_id FROM devices)"
    )
    rows = connection.execute(query, tuple(map(str, sorted(LEAVING))))
    return {str(device_id) for (device_id,) in rows if device_id}


def _badly_keyed(
    connection: sqlite3.Connection, heads: list[SignedHead], trusted: set[str]
) -> tuple[int, str, str] | None:
    """Return the first head that is signed with a key that may not sign for its laptop."""
    let_in = _keys_let_in(connection)
    for signed in heads:
        device, short = signed.head.device_id, signed.fingerprint
        is_let_in = device not in let_in or short in let_in[device]
        is_trusted = not trusted or trusted & {signed.public_key, short.replace(" ", "")}
        if not is_let_in or not is_trusted:
            why = tr("it is signed with the unknown key {key}", key=short)
            return signed.head.sequence, "", _of_chain(why, device, device_id_of(connection))
    for device, name, short in _devices(connection):
        if short not in let_in[device]:
            why = tr("the key {key} of {name} is not the one that was let in", key=short, name=name)
            return 0, "", why
    if device_id_of(connection) in let_in:
        return 0, "", tr("this laptop's own log is told to be another's")
    return None


def _keys_let_in(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """Return the fingerprints that each other laptop may have signed with.

    Those that the log itself tells of, where it does; else what stands in the table.
    """
    found: dict[str, set[str]] = {device: set() for device, _, _ in _devices(connection)}
    query = (
        "SELECT subject, json_extract(body, '$.fingerprint') FROM events WHERE kind = ? "
        "AND json_valid(body) AND device_id NOT IN (SELECT device_id FROM devices)"
    )
    for device, short in connection.execute(query, (str(Kind.DEVICE_ENROLLED),)):
        if device in found:
            found[device].add(str(short))
    for device, _, short in _devices(connection):
        found[device] = found[device] or {short}
    return found


def _devices(connection: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = connection.execute("SELECT device_id, name, public_key FROM devices").fetchall()
    return [(str(device), str(name), fingerprint(str(key))) for device, name, key in rows]


def _others(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the laptops whose logs were taken in here."""
    if not has_heads(connection):
        return frozenset()
    return frozenset(device for device, _, _ in _devices(connection))


def _of_chain(why: str, device_id: str, own: str) -> str:
    """Return why, with whose log it is where it is not this laptop's own."""
    if device_id == own:
        return why
    return tr("{why} (in the log of {device})", why=why, device=device_id)


def _signed_until(connection: sqlite3.Connection, device_id: str) -> int:
    signed = signed_end(connection, device_id)
    return signed.head.sequence if signed else 0


class _Walk:
    """One pass over the rows in order of chain and sequence."""

    def __init__(self, own: str, others: frozenset[str]) -> None:
        self._own = own
        self._others = others
        self.events = 0
        self.hash = NO_HASH
        self.announced_ends: list[Head] = []
        self._device_id = ""
        self._sequence = 0
        self._rowid = 0

    def step(self, rowid: int, row: list[object]) -> tuple[int, str, str] | None:
        """Take the next row; what is wrong with it, or None."""
        event_id, device_id, sequence, body = str(row[0]), str(row[1]), int(str(row[2])), row[9]
        if device_id != self._device_id:
            self._device_id, self._sequence, self._rowid, self.hash = device_id, 0, 0, NO_HASH
        if sequence != self._sequence + 1:
            expected = self._sequence + 1
            why = tr("event {number} is missing", number=expected)
            return expected, "", _of_chain(why, device_id, self._own)
        why = self._fault(rowid, event_of(row), str(body))
        if why:
            return sequence, event_id, _of_chain(why, device_id, self._own)
        self.events += 1
        self._sequence, self._rowid, self.hash = sequence, rowid, str(row[11])
        return None

    def _fault(self, rowid: int, event: Event, body: str) -> str:
        if event.previous_hash != self.hash:
            return tr("it does not follow the event before it")
        if not _is_as_recorded(event, body):
            return tr("its content is not what was recorded")
        if rowid <= self._rowid:
            return tr("it has been moved to another place in the log")
        self._note_end(event)
        return ""

    def _note_end(self, event: Event) -> None:
        """Remember where a chain ended that was found cut off when the console started."""
        if event.kind != Kind.LOG_SHORTENED or event.device_id in self._others:
            return  # what another laptop lost need never have been here
        told = [event.body.get(name) for name in ("device_id", "sequence", "hash")]
        match told:
            case [str(device_id), int(sequence), str(end_hash)]:
                self.announced_ends.append(Head(device_id, sequence, end_hash))
            case _:
                pass


def _is_as_recorded(event: Event, body: str) -> bool:
    try:
        return canonical(event.body) == body and event.hash_of_content() == event.hash
    except (ValueError, RecursionError):  # numbers without an end, half a character, too deep
        return False


def _missing_end(
    connection: sqlite3.Connection | None, end: Head | None
) -> tuple[int, str, str] | None:
    if end is None or end.sequence == 0 or (connection and holds(connection, end)):
        return None
    last = head_of(connection, end.device_id).sequence if connection else 0
    why = tr("the end of the log is missing: it had reached event {number}", number=end.sequence)
    return min(last + 1, end.sequence), "", why


def _result(events: int, head_hash: str, bad: tuple[int, str, str] | None) -> VerifyResult:
    return VerifyResult(bad is None, events, head_hash, bad)
