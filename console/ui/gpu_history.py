"""What the log tells of one GPU: its Xids, its losses, the work asked for. Read beside the window.

A GPU is followed by its UUID and serial number wherever it sat. What happened in its place to
another GPU is not its history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from console.history.events import Event, EventDraft, Kind
from console.history.feed import FeedEntry
from console.ui.errands import Errand, Errands
from drivers.gpu.roster import plain_uuid
from drivers.points import Snapshot

KINDS = frozenset(
    {
        Kind.GPU_LOST,
        Kind.GPU_RESTORED,
        Kind.GPU_SILENT,
        Kind.GPU_ANSWERING,
        Kind.GPU_XID,
        Kind.GPU_XID_REPEATED,
        Kind.GPU_REPORTED,
        Kind.GPU_UNEXPECTED,
        Kind.GPU_AS_EXPECTED,
        Kind.WORK_REQUESTED,
    }
)
_ABOUT_THE_PLACE = frozenset({Kind.GPU_UNEXPECTED, Kind.GPU_AS_EXPECTED})
_MOST = 200


class Log(Protocol):
    """What is asked of the log (:class:`console.history.reader.LogReader`)."""

    def page(
        self,
        text: str | None = None,
        *,
        subjects: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
        limit: int = _MOST,
    ) -> list[Event]:
        """Return events, newest first."""
        ...


@dataclass(frozen=True, slots=True)
class XidRecord:
    """One incident: the Xid, when it came first and last, how often, what the driver wrote.

    ``subject`` is the place where the GPU sat then.
    """

    code: int
    first_us: int
    last_us: int
    count: int
    text: str
    subject: str


@dataclass(frozen=True, slots=True)
class Who:
    """A GPU: where it sits, and the names it is known by."""

    part: str
    uuid: str = ""
    serial: str = ""

    @classmethod
    def of(cls, part: str, view: Snapshot) -> Who:
        """Return who a snapshot is of."""
        return cls(part, view.identity.get("uuid", ""), view.identity.get("serial", ""))

    @property
    def names(self) -> frozenset[str]:
        """What an event about it may call it."""
        return frozenset(map(plain_uuid, filter(None, (self.uuid, self.serial))))

    def is_meant_by(self, event: Event | EventDraft) -> bool:
        """Whether an event is about this GPU, or about its place as such."""
        here = event.subject == self.part
        if event.kind in _ABOUT_THE_PLACE:
            return here
        told = (str(event.body.get(name) or "") for name in ("uuid", "serial"))
        named = frozenset(map(plain_uuid, filter(None, told)))
        if named and self.names:
            return bool(named & self.names)
        return here


class GpuHistory(QObject):
    """The events of the GPU that is shown, newest first; ``changed`` when there are others."""

    changed = Signal()

    def __init__(self, log: Log, parent: QObject) -> None:
        super().__init__(parent)
        self._log = log
        self._who: Who | None = None
        self._events: dict[str, Event | EventDraft] = {}
        self.trouble = ""
        self.read = False
        self._errands = Errands(self)
        self._errands.answered.connect(self._take_in)

    def follow(self, who: Who) -> None:
        """Turn to a GPU; the same one again changes nothing."""
        if who != self._who:
            self._who, self._events, self.read, self.trouble = who, {}, False, ""
            self.ask()

    def ask(self) -> None:
        """Read the log again, off this thread: events may have come while nobody listened."""
        who = self._who
        if who is None:
            return

        def work(errand: Errand) -> None:
            errand.deliver((who, _read(self._log, who), ""))

        self._errands.send("gpu", work, lambda trouble: (who, [], trouble))

    def take(self, entries: Iterable[FeedEntry]) -> None:
        """Add what was published just now."""
        mine = {e.id: e.event for e in entries if e.event.kind in KINDS and self._is_mine(e.event)}
        if mine:
            self._events |= mine
            self.changed.emit()

    @property
    def events(self) -> list[Event | EventDraft]:
        """Everything known of it, newest first."""
        return sorted(self._events.values(), key=lambda e: e.utc_us, reverse=True)

    def _is_mine(self, event: Event | EventDraft) -> bool:
        return self._who is not None and self._who.is_meant_by(event)

    def _take_in(self, answer: tuple[Who, list[Event], str]) -> None:
        who, events, trouble = answer
        if who == self._who:
            told: dict[str, Event | EventDraft] = {event.id: event for event in events}
            self._events = {**told, **self._events}
            self.trouble, self.read = trouble, True
            self.changed.emit()


def _read(log: Log, who: Who) -> list[Event]:
    """Return what the log holds of a GPU; runs in a thread."""
    kinds = sorted(KINDS)
    found = log.page(subjects=[who.part], kinds=kinds, limit=_MOST)
    for name in sorted(who.names):
        found += log.page(name, kinds=kinds, limit=_MOST)
    return [event for event in found if who.is_meant_by(event)]


def xid_records(events: Iterable[Event | EventDraft]) -> list[XidRecord]:
    """Return the incidents among some events, newest first."""
    events = list(events)
    repeated = [event for event in events if event.kind == Kind.GPU_XID_REPEATED]
    records = [_record(e, repeated) for e in events if e.kind == Kind.GPU_XID and _code(e.body)]
    return sorted(records, key=lambda record: record.first_us, reverse=True)


def work_requests(events: Iterable[Event | EventDraft]) -> list[Event | EventDraft]:
    """Return the requests for work among some events, newest first."""
    found = [event for event in events if event.kind == Kind.WORK_REQUESTED]
    return sorted(found, key=lambda event: event.utc_us, reverse=True)


def _record(event: Event | EventDraft, repeated: Sequence[Event | EventDraft]) -> XidRecord:
    """An incident, with what was said of its number when it was over."""
    code = _code(event.body)
    over = next(
        (
            end.body
            for end in repeated
            if end.subject == event.subject
            and _code(end.body) == code
            and _whole(end.body, "first_us") == event.utc_us
        ),
        {},
    )
    return XidRecord(
        code=code,
        first_us=event.utc_us,
        last_us=max(_whole(over, "last_us"), event.utc_us),
        count=max(_whole(over, "count"), 1),
        text=str(event.body.get("text") or ""),
        subject=event.subject,
    )


def _code(body: Mapping[str, Any]) -> int:
    return _whole(body, "code")


def _whole(body: Mapping[str, Any], name: str) -> int:
    """A number from a body, which may be of another version and hold anything; 0 for none."""
    found = body.get(name)
    whole = isinstance(found, int) and not isinstance(found, bool)
    whole = whole or (isinstance(found, float) and found.is_integer())
    return int(found) if whole and found is not None else 0
