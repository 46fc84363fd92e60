"""The proof that the log is what was recorded: every hash and every link, recomputed.

What it cannot see by itself is an end cut off by someone who also rewrote the telemetry file, or a
whole log forged anew: for that, the head hash must be kept outside this machine (on paper, with
the supervisor) and compared.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from console.history.events import NO_HASH, Event, Head, Kind, canonical
from console.history.logfile import (
    COLUMNS,
    device_id_of,
    event_of,
    head_of,
    holds,
    set_aside_chains,
)
from console.text import tr


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """Whether the log is unaltered, how many events were read, the hash of this chain's end.

    ``first_bad`` is ``(sequence, event id, why)`` of the first event that is not as recorded;
    the id is empty where an event is missing.
    """

    ok: bool
    events: int
    head_hash: str
    first_bad: tuple[int, str, str] | None = None


def verify(connection: sqlite3.Connection | None, anchor: Head | None) -> VerifyResult:
    """Check every chain in the log, event by event; raises sqlite3.Error."""
    if connection is None:
        return _result(0, NO_HASH, _missing_end(None, anchor))
    walk = _Walk()
    query = f"SELECT rowid, {COLUMNS} FROM events ORDER BY device_id, sequence"
    for rowid, *row in connection.execute(query):
        bad = walk.step(rowid, row)
        if bad is not None:
            return VerifyResult(False, walk.events, walk.hash, bad)
    device_id = device_id_of(connection)
    own = head_of(connection, device_id)
    ends = walk.announced_ends
    if anchor is not None and anchor.device_id not in set_aside_chains(connection):
        ends = [*ends, anchor]
    cut = next((bad for end in ends if (bad := _missing_end(connection, end))), None)
    return _result(walk.events, own.hash, cut)


class _Walk:
    """One pass over the rows in order of chain and sequence."""

    def __init__(self) -> None:
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
            return expected, "", tr("event {number} is missing", number=expected)
        why = self._fault(rowid, event_of(row), str(body))
        if why:
            return sequence, event_id, why
        self.events += 1
        self._sequence, self._rowid, self.hash = sequence, rowid, str(row[11])
        return None

    def _fault(self, rowid: int, event: Event, body: str) -> str:
        if event.previous_hash != self.hash:
            return tr("it does not follow the event before it")
        if canonical(event.body) != body or event.hash_of_content() != event.hash:
            return tr("its content is not what was recorded")
        if rowid <= self._rowid:
            return tr("it has been moved to another place in the log")
        self._note_end(event)
        return ""

    def _note_end(self, event: Event) -> None:
        """Remember where a chain ended that was found cut off when the console started."""
        if event.kind != Kind.LOG_SHORTENED:
            return
        told = [event.body.get(name) for name in ("device_id", "sequence", "hash")]
        match told:
            case [str(device_id), int(sequence), str(end_hash)]:
                self.announced_ends.append(Head(device_id, sequence, end_hash))
            case _:
                pass


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
