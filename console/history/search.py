"""Words of the log, indexed beside it: any word of a million events in a blink.

``search.db`` holds nothing that the log does not hold: it may be deleted at any time and is made
again. Text in Chinese, Japanese and Korean has no spaces, so each of its characters is a word of
its own and several are looked for as a phrase; other words are found by their beginning.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from console.history.connections import connect, connect_read_only, reading
from console.history.events import LABELS, label
from console.history.logfile import LOG_FORMAT, LOG_NAME

SEARCH_NAME = "search.db"
_VERSION = 1
_AT_ONCE = 2000
_PAUSE_S = 0.02
_EVERY_S = 2.0
_logger = logging.getLogger(__name__)
MOST_WORDS = 60
"""So many words of a query are looked for, and so many characters of each: SQLite's own limits are
not far above, and a page pasted by mistake is no error."""
MOST_LETTERS = 200
_WIDE = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])")
_WORD = re.compile(r"[\w]+(?:[-./:][\w]+)*", re.UNICODE)
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS reached (one INTEGER PRIMARY KEY, row INTEGER, id TEXT)",
    # unicode61 parts words at - . / and so on, so that a phrase finds node-1/gpu0 whole.
    """CREATE VIRTUAL TABLE IF NOT EXISTS words
    USING fts5(text, content='', tokenize="unicode61 remove_diacritics 2")""",
)


class SearchIndex:
    """The index of a data folder; one writer, any number of readers."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / LOG_NAME
        self.path = folder / SEARCH_NAME

    def catch_up(self, most: int = _AT_ONCE) -> int:
        """Index the next events; returns how many. Raises sqlite3.Error, StorageError."""
        with reading(self._log, LOG_FORMAT) as log:
            if log is None:
                return 0
            with contextlib.closing(self._opened()) as index:
                last = self._reached(index, log)
                rows = log.execute(
                    "SELECT rowid, id, actor, kind, subject, body FROM events "
                    "WHERE rowid > ? ORDER BY rowid LIMIT ?",
                    (last, most),
                ).fetchall()
                try:
                    if rows:
                        self._add(index, rows)
                except sqlite3.DatabaseError as error:
                    if not isinstance(error, sqlite3.OperationalError):  # damaged inside
                        index.close()
                        self._discard()
                    raise
                return len(rows)

    def _opened(self) -> sqlite3.Connection:
        """Open the index, made anew where it is damaged or of another version."""
        connection = connect(self.path)
        try:
            _refuse_other(connection)
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("PRAGMA synchronous = NORMAL")
            for statement in _SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {_VERSION}")
        except sqlite3.DatabaseError as error:
            connection.close()
            if isinstance(error, sqlite3.OperationalError):
                raise
            self._discard()
            return self._opened()
        return connection

    def _discard(self) -> None:
        for suffix in ("-wal", "-shm", ""):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def _reached(self, index: sqlite3.Connection, log: sqlite3.Connection) -> int:
        """Return the last indexed row; an index of another log is emptied."""
        found = index.execute("SELECT row, id FROM reached").fetchone()
        if found is None:
            return 0
        same = log.execute("SELECT 1 FROM events WHERE rowid = ? AND id = ?", found).fetchone()
        if same:
            return int(found[0])
        index.execute("INSERT INTO words (words) VALUES ('delete-all')")
        index.execute("DELETE FROM reached")
        return 0

    def _add(self, index: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
        index.execute("BEGIN IMMEDIATE")
        try:
            index.executemany(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                [(row[0], text_of(*map(str, row[2:]))) for row in rows],
            )
            last = (1, rows[-1][0], rows[-1][1])
            index.execute("INSERT OR REPLACE INTO reached VALUES (?, ?, ?)", last)
            index.execute("COMMIT")
        except BaseException:
            index.execute("ROLLBACK")
            raise


def _refuse_other(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version not in {0, _VERSION}:
        raise sqlite3.DatabaseError("an index of another version")


def text_of(actor: str, kind: str, subject: str, body: str) -> str:
    """Return everything of an event that people look for, as words for the index."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = body
    names = [text for one, text in LABELS.items() if one == kind]
    names += [label(kind)] if names else []
    try:
        values = list(_values(told))
    except RecursionError:  # one event nested without end keeps no other from being found
        values = [body]
    text = spaced(" ".join((subject, actor, kind, *names, *values)))
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def spaced(text: str) -> str:
    """Return text with every character of a script without spaces standing alone."""
    return _WIDE.sub(r" \1 ", text)


def _values(told: object, name: str = "") -> Iterator[str]:
    if isinstance(told, Mapping):
        for key, value in told.items():
            yield from _values(value, str(key))
    elif isinstance(told, list):
        for value in told:
            yield from _values(value, name)
    elif isinstance(told, str):
        yield told
    elif isinstance(told, int | float) and not isinstance(told, bool):
        yield f"{name} {told}" if name.startswith("xid") else str(told)


def words_of(text: str) -> list[str]:
    """Return the words that are looked for: no more of them, and no longer, than can be."""
    sound = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    return [word[:MOST_LETTERS] for word in sound.split()][:MOST_WORDS]


def signs_of(text: str) -> list[str]:
    """Return the words that no index holds, such as an emoji alone; they are looked for as text."""
    return [word for word in words_of(text) if not _WORD.search(word.replace("_", " "))]


def query_of(text: str) -> str:
    """Return what FTS5 is asked for: every word, by its beginning; empty where there is none."""
    phrases = []
    words = [word for word in _WORD.findall(" ".join(words_of(text))) if word.strip("_")]
    for word in words[:MOST_WORDS]:
        alone = spaced(word).split()
        is_wide = any(_WIDE.match(part) for part in alone)
        quoted = " ".join(alone).replace('"', "")
        phrases.append(f'"{quoted}"' if is_wide else f'"{quoted}"*')
    return " AND ".join(phrases)


@contextlib.contextmanager
def attached(log: sqlite3.Connection, folder: Path) -> Iterator[int | None]:
    """Attach the index to a connection on the log; gives the last indexed row, None without one.

    Whatever is wrong with the index only makes searching slower.
    """
    path = folder / SEARCH_NAME
    last: int | None = None
    if path.exists():
        with contextlib.suppress(sqlite3.Error, OSError):
            connect_read_only(path).close()
            log.execute("ATTACH DATABASE ? AS search", (f"{path.absolute().as_uri()}?mode=ro",))
            row = log.execute(
                "SELECT r.row FROM search.reached r "
                "JOIN events e ON e.rowid = r.row AND e.id = r.id"
            ).fetchone()
            last = int(row[0]) if row else None
    yield last


class SearchKeeper:
    """Keeps the index up with the log, in a thread of its own that yields to everybody."""

    def __init__(self, folder: Path) -> None:
        self._index = SearchIndex(folder)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="search", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread; what is not indexed is searched slowly and indexed next time."""
        self._ending.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        pause_s = _PAUSE_S
        while not self._ending.wait(pause_s):
            try:
                pause_s = _PAUSE_S if self._index.catch_up() == _AT_ONCE else _EVERY_S
            except Exception as error:  # noqa: BLE001  a full disk is told by those who record
                _logger.info("the log is not indexed: %s", error)
                pause_s = 30.0
