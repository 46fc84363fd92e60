"""Reading the log: pages for the screen, lines for export, the proof that nothing was altered."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from console.history.connections import reading
from console.history.events import LABELS, Event, Head, canonical, label
from console.history.logfile import COLUMNS, LOG_FORMAT, LOG_NAME, device_id_of, event_of
from console.history.search import attached, query_of, signs_of, words_of
from console.history.telemetry import anchor_in
from console.history.trust.export_file import Sealer, TextSink, checkpoint_line, event_line
from console.history.trust.heads import Anchor, has_heads, signed_heads
from console.history.trust.keys import DeviceKey, SignedHead
from console.history.verify import VerifyResult, verify
from drivers.points import Stamp

T = TypeVar("T")
_EXPORT_AT_ONCE = 1000  # short reads: a long one keeps the write-ahead log from being folded in
_OF_EVENT = ", ".join(f"e.{name}" for name in COLUMNS.split(", "))
_SEARCHED = ("subject", "actor", "kind", "body")


class LogReader:
    """Reads the log of a data folder; safe in any thread, also while a console records there.

    Each call opens and closes a read-only connection (under 1 ms): so it never reads a file
    that has been set aside, and never holds one that is to be renamed. A folder in which nothing
    is recorded yet is an empty log. Every method raises StorageError.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOG_NAME

    def page(
        self,
        text: str | None = None,
        *,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        before: str | None = None,
        limit: int = 200,
    ) -> list[Event]:
        """Return at most ``limit`` events, newest first, in the order in which they were recorded.

        Every word of ``text`` must occur in subject, actor, kind (or its label) or body; where the
        log is indexed (:mod:`console.history.search`) at the beginning of a word there.
        ``since_us <= time < until_us``; ``before`` is the id of the last event of the page before.
        """
        where, values = _where(subjects, kinds, since_us, until_us)
        if before is not None:
            where.append("e.rowid < (SELECT rowid FROM events WHERE id = ?)")
            values.append(before)
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None:
                return []
            with attached(connection, self._folder) as indexed:
                wanted = _Wanted(text, where, values)
                rows = _either(lambda at: _page(connection, wanted, at, limit), indexed)
        return [event_of(row) for row in rows]

    def of_kinds(self, kinds: Collection[str], *, taken_in: bool = True) -> list[Event]:
        """Return every event of some kinds, oldest first."""
        return list(self.each_of_kinds(kinds, taken_in=taken_in))

    def each_of_kinds(
        self, kinds: Collection[str], *, taken_in: bool = True, own: bool = True
    ) -> Iterator[Event]:
        """Yield every event of some kinds, oldest first; the file stays open until the last.

        ``taken_in`` False leaves out what other laptops recorded (:mod:`console.history.sync`),
        ``own`` False what this one did.
        """
        where, values = _where(None, kinds, None, None)
        with reading(self._path, LOG_FORMAT) as connection:
            is_shared = connection is not None and has_heads(connection)
            if is_shared and not taken_in:
                where.append("device_id NOT IN (SELECT device_id FROM devices)")
            if not own:
                theirs = "device_id IN (SELECT device_id FROM devices)"
                where.append(theirs if is_shared else "0")
            query = f"SELECT {COLUMNS} FROM events{_clause(where)} ORDER BY rowid"
            for row in connection.execute(query, values) if connection else ():
                yield event_of(row)

    def count(
        self,
        text: str | None = None,
        *,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
    ) -> int:
        """Return how many events there are on all pages together."""
        where, values = _where(subjects, kinds, since_us, until_us)
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None:
                return 0
            with attached(connection, self._folder) as indexed:
                wanted = _Wanted(text, where, values)
                return _either(lambda at: _count(connection, wanted, at), indexed)

    def not_indexed(self) -> int:
        """Return how many events no word is indexed of yet: they are searched the slow way."""
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None:
                return 0
            with attached(connection, self._folder) as indexed:
                query = "SELECT count(*) FROM events WHERE rowid > ?"
                return int(connection.execute(query, (indexed or 0,)).fetchone()[0])

    def latest(self, since_kind: str = "") -> Event | None:
        """Return the newest event of this console's own chain by the clock, None of none.

        ``since_kind`` leaves out what was recorded before the last event of that kind.
        """
        with reading(self._path, LOG_FORMAT) as connection:
            own = device_id_of(connection) if connection else ""
            query = (
                f"SELECT {COLUMNS} FROM events WHERE device_id = ? AND sequence >= coalesce("
                "(SELECT max(sequence) FROM events WHERE device_id = ? AND kind = ?), 0) "
                "ORDER BY utc_us DESC LIMIT 1"
            )
            given = (own, own, since_kind)
            row = connection.execute(query, given).fetchone() if connection else None
        return event_of(row) if row else None

    def newest_own(self) -> Event | None:
        """Return the last event of this console's own chain by its number, None of none."""
        with reading(self._path, LOG_FORMAT) as connection:
            own = device_id_of(connection) if connection else ""
            query = (
                f"SELECT {COLUMNS} FROM events WHERE device_id = ? ORDER BY sequence DESC LIMIT 1"
            )
            row = connection.execute(query, (own,)).fetchone() if connection else None
        return event_of(row) if row else None

    def laptops(self) -> dict[str, str]:
        """Return the other laptops whose logs are taken in here: what people call each, by id."""
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None or not has_heads(connection):
                return {}
            rows = connection.execute("SELECT device_id, name FROM devices").fetchall()
        return {str(device): str(name) for device, name in rows}

    def subjects(self) -> list[str]:
        """Return every subject that occurs, sorted."""
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None:
                return []
            rows = connection.execute("SELECT DISTINCT subject FROM events ORDER BY subject")
            return [str(subject) for (subject,) in rows]

    def events(self) -> Iterator[Event]:
        """Yield every event in the order of recording."""
        last = 0
        while True:
            with reading(self._path, LOG_FORMAT) as connection:
                query = (
                    f"SELECT rowid, {COLUMNS} FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?"
                )
                rows = (
                    connection.execute(query, (last, _EXPORT_AT_ONCE)).fetchall()
                    if connection
                    else []
                )
            for row in rows:
                last = row[0]
                yield event_of(row[1:])
            if len(rows) < _EXPORT_AT_ONCE:
                return

    def export(self, stream: TextSink) -> int:
        """Write every event as one line of canonical JSON, hash included; returns how many.

        Signed heads stand after the events that they sign; where this folder has its key, a seal
        ends the file, so that it proves itself (:mod:`console.history.trust.export_file`).
        """
        heads = {signed.head: signed for signed in self.signed_heads()}
        sealer, count = Sealer(stream), 0
        for event in self.events():
            sealer.write(event_line(event))
            signed = heads.get(Head(event.device_id, event.sequence, event.hash))
            if signed:
                sealer.write(checkpoint_line(signed))
            count += 1
        key = DeviceKey.found(self._folder)
        if key is not None:
            sealer.seal(key, Stamp.now().utc_us)
        return count

    def signed_heads(self) -> list[SignedHead]:
        """Return every signed head that is kept, in order of chain and sequence."""
        with reading(self._path, LOG_FORMAT) as connection:
            if connection is None or not has_heads(connection):
                return []
            return list(signed_heads(connection))

    def ends(self) -> list[SignedHead]:
        """Return the newest signed head of each chain."""
        newest = {signed.head.device_id: signed for signed in self.signed_heads()}
        return list(newest.values())

    def verify(self, kept: Iterable[Anchor] = (), keys: Iterable[str] = ()) -> VerifyResult:
        """Recompute the whole chain; the result names the first event that is not as recorded.

        ``kept`` are heads from elsewhere, beside those that the log itself was given; ``keys`` are
        the fingerprints or public keys that may have signed (none: see :func:`.verify.verify`).

        That the end was not cut off is checked against the telemetry file, which notes every
        second how far the log has come.
        """
        anchor = anchor_in(self._folder)  # read first: it never runs ahead of the log
        with reading(self._path, LOG_FORMAT) as connection:
            return verify(connection, anchor, kept, keys)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for: words, and conditions on the columns with their values."""

    text: str | None
    where: list[str]
    values: list[object]

    def also(self, *conditions: str) -> str:
        """Return the clause with conditions more."""
        return _clause([*self.where, *conditions])


def _asked(wanted: _Wanted, indexed: int | None) -> list[tuple[str, list[object]]]:
    """Return the queries, newest events first: those not yet indexed, then the indexed ones."""
    words = query_of(wanted.text or "")
    if not words or indexed is None:
        like, needles = _like(wanted.text)
        return [(f"FROM events e{wanted.also(*like)}", [*wanted.values, *needles])]
    like, needles = _like(wanted.text)
    fresh = f"FROM events e{wanted.also(*like, f'e.rowid > {indexed:d}')}"
    found = "FROM search.words w CROSS JOIN events e ON e.rowid = w.rowid"
    signs, marks = _like(" ".join(signs_of(wanted.text or "")))
    old = f"{found}{wanted.also('w.text MATCH ?', f'w.rowid <= {indexed:d}', *signs)}"
    return [(fresh, [*wanted.values, *needles]), (old, [*wanted.values, words, *marks])]


def _either(found: Callable[[int | None], T], indexed: int | None) -> T:
    """Return what is found by the index, or without it where it turns out to be damaged."""
    try:
        return found(indexed)
    except sqlite3.DatabaseError:
        if indexed is None:
            raise
        return found(None)


def _count(connection: sqlite3.Connection, wanted: _Wanted, indexed: int | None) -> int:
    return sum(
        int(connection.execute(f"SELECT count(*) {asked}", given).fetchone()[0])
        for asked, given in _asked(wanted, indexed)
    )


def _page(
    connection: sqlite3.Connection, wanted: _Wanted, indexed: int | None, limit: int
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for asked, given in _asked(wanted, indexed):
        order = "w" if "search.words" in asked else "e"
        query = f"SELECT {_OF_EVENT} {asked} ORDER BY {order}.rowid DESC LIMIT ?"
        rows += connection.execute(query, [*given, limit - len(rows)]).fetchall()
    return rows


def _like(text: str | None) -> tuple[list[str], list[object]]:
    conditions, needles = [], []
    for word in words_of(text or ""):
        condition, more = _contains(word)
        conditions.append(condition)
        needles += more
    return conditions, needles


def _where(
    subjects: Collection[str] | None,
    kinds: Collection[str] | None,
    since_us: int | None,
    until_us: int | None,
) -> tuple[list[str], list[object]]:
    """Return conditions and their values."""
    where: list[str] = []
    values: list[object] = []
    for column, wanted in (("subject", subjects), ("kind", kinds)):
        if wanted is not None:
            where.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += map(str, wanted)
    if since_us is not None:
        where.append("utc_us >= ?")
        values.append(since_us)
    if until_us is not None:
        where.append("utc_us < ?")
        values.append(until_us)
    return where, values


def _contains(word: str) -> tuple[str, list[object]]:
    """Return the condition that a word occurs in what a person sees of an event."""
    conditions = [f"{column} LIKE ? ESCAPE '!'" for column in _SEARCHED]
    needles: list[object] = [_pattern(word)] * (len(_SEARCHED) - 1)
    needles.append(_pattern(canonical(word)[1:-1]))  # as it is written inside the body's JSON
    named = [str(kind) for kind in LABELS if word.casefold() in label(kind).casefold()]
    if named:
        conditions.append(f"kind IN ({', '.join('?' * len(named))})")
        needles += named
    return f"({' OR '.join(conditions)})", needles


def _pattern(word: str) -> str:
    for special in "!%_":
        word = word.replace(special, f"!{special}")
    return f"%{word}%"


def _clause(where: list[str]) -> str:
    return f" WHERE {' AND '.join(where)}" if where else ""
