"""The rows of the log: events in words, newest first, added in batches and never without end."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from console.event_text import EventText, event_text
from console.history.events import Event, EventDraft
from console.history.feed import FeedEntry
from console.text import tr
from console.ui import formats
from console.ui.log_filters import LogFilter

CAPACITY = 5000
"""Rows kept: more than anyone scrolls through, and a few megabytes."""
TIME, KIND, PLACE, WHAT, WHO, RECORD = range(6)
_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NO_PARENT = QModelIndex()


@dataclass(frozen=True)
class LogRow:
    """One event with its words; ``recorded`` is False while it is in memory only."""

    id: str
    event: Event | EventDraft
    text: EventText
    recorded: bool

    @property
    def sequence(self) -> int | None:
        """Its number in the log, None before it is recorded."""
        return self.event.sequence if isinstance(self.event, Event) else None

    @property
    def alarm(self) -> tuple[str, str, str, int]:
        """What identifies the alarm that it raised: subject, definition, item and moment."""
        body = self.event.body
        alarm, item = str(body.get("alarm", "")), str(body.get("item", ""))
        return (self.event.subject, alarm, item, self.event.utc_us)

    @property
    def actor(self) -> str:
        """Who did it, in the reader's language where it was no person."""
        return tr("system") if self.event.actor == "system" else self.event.actor

    @cached_property
    def searched(self) -> str:
        """Everything that a search looks at, in lower case: what is shown, ids and the body."""
        e, t = self.event, self.text
        body = json.dumps(e.body, ensure_ascii=False, default=str)
        shown = (t.kind, t.place, t.what, self.actor, e.kind, e.subject, e.actor, body)
        return "\n".join(shown).casefold()

    def passes(self, chosen: LogFilter) -> bool:
        """Whether a filter lets it through."""
        e = self.event
        return chosen.lets(e.subject, e.kind, e.utc_us) and chosen.finds(self.searched)


class RowMaker:
    """Puts events into words; safe in any thread."""

    def __init__(self, name_of: Callable[[str], str], decimal_point: str) -> None:
        self._name_of = name_of
        self._decimal_point = decimal_point

    def of_event(self, event: Event) -> LogRow:
        """Return the row of an event read from the log."""
        return LogRow(event.id, event, self._words(event), recorded=True)

    def of_entry(self, entry: FeedEntry) -> LogRow:
        """Return the row of an event as it happens."""
        return LogRow(entry.id, entry.event, self._words(entry.event), entry.recorded)

    def _words(self, event: Event | EventDraft) -> EventText:
        return event_text(event, self._name_of, self._decimal_point)


class LogModel(QAbstractTableModel):
    """Rows newest first; the row itself is under ``UserRole``, its alarm's state in `is_active`."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        super().__init__()
        self._now_us = now_us
        self._rows: list[LogRow] = []
        self._known: set[str] = set()
        self._unrecorded: set[str] = set()
        self._active: frozenset[tuple[str, str, str, int]] = frozenset()
        self._titles = (
            tr("Time"),
            tr("Event"),
            tr("Place"),
            tr("What happened"),
            tr("Who"),
            tr("Record"),
        )

    # ---- what Qt asks ----------------------------------------------------------------------

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == _Role.UserRole:
            return row
        if role == _Role.DisplayRole:
            return self._display(row, index.column())
        if role == _Role.AccessibleTextRole:
            return f"{self._titles[index.column()]}: {self._display(row, index.column())}"
        return None

    def _display(self, row: LogRow, column: int) -> str:
        if column == TIME:
            return formats.clock(row.event.utc_us, self._now_us())
        if column == RECORD:
            return f"#{row.sequence}" if row.recorded else tr("not recorded")
        return {KIND: row.text.kind, PLACE: row.text.place, WHAT: row.text.what, WHO: row.actor}[
            column
        ]

    # ---- what the page asks ----------------------------------------------------------------

    def row(self, number: int) -> LogRow:
        """Return a row; 0 is the newest."""
        return self._rows[number]

    def knows(self, event_id: str) -> bool:
        """Whether an event is among the rows."""
        return event_id in self._known

    @property
    def last_recorded_id(self) -> str | None:
        """The id of the oldest row that the log holds, from which reading goes on."""
        return next((row.id for row in reversed(self._rows) if row.recorded), None)

    @property
    def is_full(self) -> bool:
        """Whether no older rows are taken any more."""
        return len(self._rows) >= CAPACITY

    def is_active(self, row: LogRow) -> bool:
        """Whether the alarm that an event opened still holds."""
        return row.alarm in self._active

    def set_active(self, alarms: Collection[tuple[str, str, str, int]]) -> bool:
        """Say which alarms hold; returns whether that changed."""
        before, self._active = self._active, frozenset(alarms)
        return before != self._active

    def clear(self) -> None:
        """Forget every row."""
        self.beginResetModel()
        self._rows, self._known, self._unrecorded = [], set(), set()
        self.endResetModel()

    def add_older(self, rows: Iterable[LogRow]) -> None:
        """Add rows below, newest first, up to the capacity."""
        new = self._new(rows)[: max(CAPACITY - len(self._rows), 0)]
        if new:
            start = len(self._rows)
            self.beginInsertRows(_NO_PARENT, start, start + len(new) - 1)
            self._rows += new
            self._note(new)
            self.endInsertRows()

    def add_newer(self, rows: Iterable[LogRow]) -> int:
        """Add rows on top, newest first; returns how many were new. The oldest make room."""
        new = self._new(rows)[:CAPACITY]
        if new:
            self.beginInsertRows(_NO_PARENT, 0, len(new) - 1)
            self._rows[:0] = new
            self._note(new)
            self.endInsertRows()
            self._make_room()
        return len(new)

    def confirm(self, row: LogRow) -> None:
        """Take note that an event shown as not recorded now is."""
        if row.id not in self._unrecorded or not row.recorded:
            return
        self._unrecorded.discard(row.id)
        number = next(n for n, known in enumerate(self._rows) if known.id == row.id)
        self._rows[number] = replace(row)
        self.dataChanged.emit(self.index(number, 0), self.index(number, RECORD))

    def _new(self, rows: Iterable[LogRow]) -> list[LogRow]:
        return [row for row in rows if row.id not in self._known]

    def _note(self, rows: Sequence[LogRow]) -> None:
        self._known.update(row.id for row in rows)
        self._unrecorded.update(row.id for row in rows if not row.recorded)

    def _make_room(self) -> None:
        over = len(self._rows) - CAPACITY
        if over > 0:
            self.beginRemoveRows(_NO_PARENT, CAPACITY, len(self._rows) - 1)
            gone = {row.id for row in self._rows[CAPACITY:]}
            del self._rows[CAPACITY:]
            self._known -= gone
            self._unrecorded -= gone
            self.endRemoveRows()
