"""Reading the log beside the window: pages, proof and export, each in a thread of its own.

Results come back by a queued signal. A result of a question that is no longer asked never does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from PySide6.QtCore import QObject

from console.history.events import Event
from console.history.verify import VerifyResult
from console.ui.errands import Errand, Errands
from console.ui.log_filters import LogFilter
from console.ui.log_model import LogRow, RowMaker

PAGE = 200
_SEARCHED_AT_ONCE = 1000


class LogSource(Protocol):
    """What is asked of the log (:class:`console.history.reader.LogReader`)."""

    def page(
        self,
        *,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> list[Event]:
        """Return events, newest first."""
        ...

    def verify(self) -> VerifyResult:
        """Recompute the chain."""
        ...

    def export(self, stream: TextIO) -> int:
        """Write every event as a line."""
        ...


@dataclass(frozen=True)
class Found:
    """Part of an answer: more rows, how far back the log was searched, whether that was all.

    ``finished`` ends this answer, ``at_end`` says that the log holds nothing older. So many events
    as ``not_indexed`` says were searched the slow way.
    """

    rows: tuple[LogRow, ...] = ()
    searched_to_us: int | None = None
    finished: bool = False
    at_end: bool = False
    trouble: str = ""
    not_indexed: int = 0


@dataclass(frozen=True)
class Proof:
    """What verifying found, or why it could not."""

    result: VerifyResult | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Exported:
    """How many events were written to which file, or why none."""

    path: Path
    count: int = 0
    trouble: str = ""


class WordIndex(Protocol):
    """What finds words without reading every event (:class:`console.history.reader.LogReader`)."""

    def page(
        self,
        text: str | None = None,
        *,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        before: str | None = None,
        limit: int = PAGE,
    ) -> list[Event]:
        """Return events in which every word occurs, newest first."""
        ...

    def not_indexed(self) -> int:
        """Return how many events are not indexed yet."""
        ...


class LogReading(Errands):
    """Asks the log without ever waiting for it; ``answered`` carries Found, Proof or Exported."""

    def __init__(
        self,
        source: LogSource,
        maker: RowMaker,
        parent: QObject,
        index: WordIndex | None = None,
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._index = index
        self._by_words: LogFilter | None = None
        self._maker = maker

    def ask(self, chosen: LogFilter, before: str | None = None) -> None:
        """Ask for the next page older than ``before``, or for the newest."""
        self.send(
            "page",
            lambda errand: self._read(errand, chosen, before),
            lambda trouble: Found(finished=True, trouble=trouble),
        )

    def verify(self) -> None:
        """Ask for the proof."""
        self.send(
            "verify",
            lambda errand: errand.deliver(Proof(self._source.verify())),
            lambda trouble: Proof(trouble=trouble),
        )

    def export(self, path: Path) -> None:
        """Ask for the whole log in a file."""
        self.send(
            "export",
            lambda errand: errand.deliver(Exported(path, write_export(self._source, path))),
            lambda trouble: Exported(path, trouble=trouble),
        )

    # ---- in the thread ---------------------------------------------------------------------

    def _read(self, errand: Errand, chosen: LogFilter, before: str | None) -> None:
        if chosen.words and self._found_by_words(errand, chosen, before):
            return
        missing = PAGE
        limit = _SEARCHED_AT_ONCE if chosen.words else PAGE
        while not errand.cancelled:
            events = self._page(chosen, before, limit)
            rows = [self._maker.of_event(event) for event in events]
            fitting = [row for row in rows if chosen.finds(row.searched)] if chosen.words else rows
            found, at_end = fitting[:missing], len(events) < limit and len(fitting) <= missing
            missing -= len(found)
            finished = at_end or missing == 0
            searched_to_us = events[-1].utc_us if events else None
            errand.deliver(Found(tuple(found), searched_to_us, finished, at_end))
            if finished:
                return
            before = events[-1].id

    def _found_by_words(self, errand: Errand, chosen: LogFilter, before: str | None) -> bool:
        """Answer from the index of words, at once; False where what is looked for is not there.

        Then every event is put into words and looked at: a sentence says more than was recorded.
        """
        if self._index is None:
            return False
        left = self._index.not_indexed()
        if left:
            errand.deliver(Found(not_indexed=left))
        events = self._index.page(
            " ".join(chosen.words),
            subjects=chosen.subjects,
            kinds=chosen.kinds,
            since_us=chosen.since_us,
            until_us=chosen.until_us,
            before=before,
        )
        if not events and chosen != self._by_words:
            return False
        self._by_words = chosen  # its older pages come from the index too
        rows = tuple(self._maker.of_event(event) for event in events)
        searched_us = events[-1].utc_us if events else None
        is_end = len(events) < PAGE
        errand.deliver(Found(rows, searched_us, finished=True, at_end=is_end, not_indexed=left))
        return True

    def _page(self, chosen: LogFilter, before: str | None, limit: int) -> list[Event]:
        return self._source.page(
            subjects=chosen.subjects,
            kinds=chosen.kinds,
            since_us=chosen.since_us,
            until_us=chosen.until_us,
            before=before,
            limit=limit,
        )


def write_export(source: LogSource, path: Path) -> int:
    """Write the log beside the file and put it in place when it is whole; returns how many events.

    Raises OSError and StorageError; then no part of it is left.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            count = source.export(stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
