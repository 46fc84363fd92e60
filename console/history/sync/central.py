"""The central log: the same events in PostgreSQL, append-only, for all laptops of a company.

One row holds an event as its line of the export, which is what its hash was made of, beside the
columns that people query. The server needs no program of ours: it refuses by itself to change or
delete an event (roles that own the table can still drop the rules, so the chain and the receipts
are what proves it).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString

import psycopg

from console.history.events import NO_HASH, Event, Head
from console.history.sync.batch import BatchError
from console.history.sync.ledger import Enrolled, cannot_be_added
from console.history.sync.target import without_password
from console.history.trust.export_file import event_after, event_line, parsed
from console.history.trust.keys import SignedHead
from console.text import tr
from drivers.files import FileError

VERSION = 1
_CONNECT_S = 10
# A server that stops answering, or a taker that stops in the middle, keeps nobody waiting for ever.
_ALIVE: Mapping[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_PATIENCE: tuple[LiteralString, ...] = (
    "SET statement_timeout = '60s'",
    "SET lock_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
)
_LOCK = 0x54616E6B  # "Tank": one taker at a time
_SCHEMA: tuple[LiteralString, ...] = (
    "CREATE SCHEMA IF NOT EXISTS tankside",
    "CREATE TABLE IF NOT EXISTS tankside.version (number integer NOT NULL)",
    """CREATE TABLE IF NOT EXISTS tankside.events (
        device_id text NOT NULL,
        sequence bigint NOT NULL CHECK (sequence > 0),
        id text NOT NULL UNIQUE,
        utc_us bigint NOT NULL,
        actor text NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL,
        hash text NOT NULL,
        line text NOT NULL,
        taken timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (device_id, sequence)
    )""",
    "CREATE INDEX IF NOT EXISTS events_by_time ON tankside.events (utc_us)",
    "CREATE INDEX IF NOT EXISTS events_by_subject ON tankside.events (subject, utc_us)",
    "CREATE INDEX IF NOT EXISTS events_by_kind ON tankside.events (kind, utc_us)",
    """CREATE TABLE IF NOT EXISTS tankside.heads (
        device_id text NOT NULL,
        sequence bigint NOT NULL,
        hash text NOT NULL,
        utc_us bigint NOT NULL,
        public_key text NOT NULL,
        signature text NOT NULL,
        PRIMARY KEY (device_id, sequence)
    )""",
    """CREATE TABLE IF NOT EXISTS tankside.devices (
        device_id text PRIMARY KEY, public_key text NOT NULL, name text NOT NULL,
        enrolled_by text NOT NULL, enrolled timestamptz NOT NULL DEFAULT now()
    )""",
    """CREATE TABLE IF NOT EXISTS tankside.quarantine (
        device_id text NOT NULL, sequence bigint NOT NULL, hash text NOT NULL, line text NOT NULL,
        source text NOT NULL, utc_us bigint NOT NULL, PRIMARY KEY (device_id, sequence, hash)
    )""",
    """CREATE OR REPLACE FUNCTION tankside.never() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the log is append-only: an event is never changed or deleted'; END $$
    """,
    """CREATE OR REPLACE FUNCTION tankside.follows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
        IF NEW.sequence <> 1 + (SELECT coalesce(max(sequence), 0) FROM tankside.events
                                WHERE device_id = NEW.device_id) THEN
            RAISE EXCEPTION 'the log is append-only: an event follows the one before';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE OR REPLACE TRIGGER events_are_never_changed
    BEFORE UPDATE OR DELETE ON tankside.events FOR EACH ROW EXECUTE FUNCTION tankside.never()""",
    """CREATE OR REPLACE TRIGGER events_are_never_emptied
    BEFORE TRUNCATE ON tankside.events FOR EACH STATEMENT EXECUTE FUNCTION tankside.never()""",
    """CREATE OR REPLACE TRIGGER events_follow_each_other
    BEFORE INSERT ON tankside.events FOR EACH ROW EXECUTE FUNCTION tankside.follows()""",
)
_INSERT: LiteralString = (
    "INSERT INTO tankside.events (device_id, sequence, id, utc_us, actor, kind, subject, hash, "
    "line) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_HEADS: LiteralString = "device_id, sequence, hash, utc_us, public_key, signature"


class CentralError(FileError):
    """The server does not answer or refuses; one sentence says what to do."""


class CentralLog:
    """A connection to the central log; :mod:`.ledger` says what each method is. Close it.

    Every method raises CentralError where the server is gone; nothing of a transaction is done
    then, and a new connection goes on.
    """

    own = ""

    def __init__(self, url: str) -> None:
        self._url = url
        with _trouble(url):
            self._connection = psycopg.connect(
                url,
                connect_timeout=_CONNECT_S,
                application_name="tankside",
                autocommit=True,
                **_ALIVE,
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _prepare(self) -> None:
        with _trouble(self._url):
            for setting in _PATIENCE:
                self._connection.execute(setting)
        with self.transaction():
            made = self._run("SELECT to_regclass('tankside.version')").fetchone()
            if made is None or made[0] is None:  # later the role needs no right to make anything
                for statement in _SCHEMA:
                    self._run(statement)
                self._run("INSERT INTO tankside.version VALUES (%s)", (VERSION,))
            found = self._run("SELECT number FROM tankside.version").fetchone()
            if found is None or found[0] != VERSION:
                raise CentralError(
                    tr(
                        "The central log is of version {found}, this program knows {ours}; bring "
                        "both to one version first.",
                        found=found[0] if found else "-",
                        ours=VERSION,
                    )
                )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[object]:
        """One transaction, one taker at a time."""
        with _trouble(self._url), self._connection.transaction():
            self._connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            yield self._connection

    def ends(self) -> Mapping[str, SignedHead]:
        """The newest signed head of every chain."""
        query: LiteralString = (
            f"SELECT DISTINCT ON (device_id) {_HEADS} FROM tankside.heads "
            "ORDER BY device_id, sequence DESC"
        )
        return {one.head.device_id: one for one in map(_signed, self._run(query).fetchall())}

    def head(self, device_id: str) -> Head:
        """The end of a chain."""
        row = self._run(
            "SELECT sequence, hash FROM tankside.events WHERE device_id = %s "
            "ORDER BY sequence DESC LIMIT 1",
            (device_id,),
        ).fetchone()
        return Head(device_id, int(row[0]), str(row[1])) if row else Head(device_id, 0, NO_HASH)

    def hashes(self, device_id: str, first: int, last: int) -> Mapping[int, str]:
        """The hashes of events that are here."""
        rows = self._run(
            "SELECT sequence, hash FROM tankside.events "
            "WHERE device_id = %s AND sequence BETWEEN %s AND %s",
            (device_id, first, last),
        )
        return {int(number): str(digest) for number, digest in rows.fetchall()}

    def devices(self) -> Mapping[str, Enrolled]:
        """Whose logs are taken in."""
        rows = self._run("SELECT device_id, public_key, name FROM tankside.devices").fetchall()
        return {str(row[0]): Enrolled(*map(str, row)) for row in rows}

    def enrol(self, device: Enrolled, by: str) -> None:
        """Let a laptop's log be taken in; another key takes the place of the one before."""
        with self.transaction():
            self._run(
                "INSERT INTO tankside.devices (device_id, public_key, name, enrolled_by) "
                "VALUES (%s, %s, %s, %s) ON CONFLICT (device_id) DO UPDATE SET "
                "public_key = excluded.public_key, name = excluded.name, "
                "enrolled_by = excluded.enrolled_by, enrolled = now()",
                (device.device_id, device.public_key, device.name, by),
            )

    def append(self, events: Sequence[Event], end: SignedHead) -> None:
        """Add events, within a transaction; BatchError for an id that is there already."""
        try:
            with self._connection.cursor() as cursor:
                cursor.executemany(_INSERT, [_row(event) for event in events])
        except (psycopg.errors.IntegrityError, psycopg.errors.RaiseException) as error:
            why = error.diag.message_primary or error
            raise BatchError(cannot_be_added(events, why)) from None
        head = end.head
        told = (head.device_id, head.sequence, head.hash, end.utc_us, end.public_key)
        self._run(
            f"INSERT INTO tankside.heads ({_HEADS}) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT DO NOTHING",
            (*told, end.signature),
        )

    def quarantine(self, events: Iterable[Event], source: str, utc_us: int) -> None:
        """Keep events that contradict others, within a transaction."""
        for event in events:
            told = (event.device_id, event.sequence, event.hash, event_line(event))
            self._run(
                "INSERT INTO tankside.quarantine VALUES (%s, %s, %s, %s, %s, %s) "
                "ON CONFLICT DO NOTHING",
                (*told, source, utc_us),
            )

    def events(self, device_id: str, after: int, until: int) -> Sequence[Event]:
        """Events of a chain, in order, each proven as it is read; raises WrongError."""
        rows = self._run(
            "SELECT line FROM tankside.events WHERE device_id = %s AND sequence > %s "
            "AND sequence <= %s ORDER BY sequence",
            (device_id, after, until),
        ).fetchall()
        head, found = self._before(device_id, after), []
        for (line,) in rows:
            event = event_after(head, parsed(line.encode("utf-8")), line.encode("utf-8"))
            head = Head(device_id, event.sequence, event.hash)
            found.append(event)
        return found

    def signed_heads(self, device_id: str) -> Sequence[SignedHead]:
        """The signed heads of a chain."""
        query: LiteralString = (
            f"SELECT {_HEADS} FROM tankside.heads WHERE device_id = %s ORDER BY sequence"
        )
        return [_signed(row) for row in self._run(query, (device_id,)).fetchall()]

    def quarantined(self) -> Sequence[tuple[str, int, str]]:
        """Return device, number and source of what contradicts others."""
        query: LiteralString = (
            "SELECT device_id, sequence, source FROM tankside.quarantine ORDER BY 1, 2"
        )
        return [(str(d), int(n), str(s)) for d, n, s in self._run(query).fetchall()]

    def _before(self, device_id: str, number: int) -> Head:
        if number == 0:
            return Head(device_id, 0, NO_HASH)
        found = self.hashes(device_id, number, number)
        return Head(device_id, number, found.get(number, NO_HASH))

    def _run(self, query: LiteralString, values: Sequence[object] = ()) -> psycopg.Cursor[Any]:
        with _trouble(self._url):
            return self._connection.execute(query, values)


@contextlib.contextmanager
def _trouble(url: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise CentralError(
            tr(
                "The central log at {where} cannot be used: {why}. Nothing was lost; try again "
                "when it answers.",
                where=without_password(url),
                why=why[:300],
            )
        ) from None


def _row(event: Event) -> tuple[object, ...]:
    words = (event.actor, event.kind, event.subject)
    shown = (word.replace("\x00", "\N{REPLACEMENT CHARACTER}") for word in words)
    line = event_line(event)
    return (event.device_id, event.sequence, event.id, event.utc_us, *shown, event.hash, line)


def _signed(row: Sequence[Any]) -> SignedHead:
    device_id, sequence, digest, utc_us, public_key, signature = row
    head = Head(str(device_id), int(sequence), str(digest))
    return SignedHead(head, int(utc_us), str(public_key), str(signature))
