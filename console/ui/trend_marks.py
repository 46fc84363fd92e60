"""What happened in the range that is shown, as marks: alarms from raised to cleared, and events.

Read from the log in a thread of its own; no widgets in here. That the console was started, or did
not record, is told with them: it explains the gaps of every curve.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from PySide6.QtCore import QObject

from console.alarms.events import AlarmKey, AlarmKind, key_of
from console.event_text import event_text
from console.history.events import Event, Kind
from console.ui.curves import Mark
from console.ui.errands import Errand, Errands

MOST = 400
"""More marks than that are no marks: the gravest are kept."""
_PAGE = 1000
_PAGES = 10
_FAR_US = 1 << 61
_ENDS = frozenset({str(AlarmKind.CLEARED), str(AlarmKind.RESET)})
_EVENTS = frozenset(
    map(
        str,
        (
            Kind.DEVICE_LOST,
            Kind.DEVICE_RESTORED,
            Kind.GPU_LOST,
            Kind.GPU_RESTORED,
            Kind.GPU_XID,
            Kind.GPU_UNEXPECTED,
            Kind.WORK_REQUESTED,
            Kind.SENSOR_FAILED,
            Kind.SENSOR_RESTORED,
            Kind.LIMIT_CROSSED,
            Kind.CONDITION_BEGAN,
            Kind.FAULT_INJECTED,
            Kind.FAULT_CLEARED,
            Kind.WRITE_DONE,
            Kind.WRITE_FAILED,
            Kind.APPLICATION_STARTED,
            Kind.STORAGE_DEGRADED,
            Kind.SAMPLES_DROPPED,
        ),
    )
)
KINDS = _EVENTS | _ENDS | {str(AlarmKind.RAISED)}


class EventLog(Protocol):
    """What is asked of the log (:class:`console.history.reader.LogReader`)."""

    def page(
        self,
        *,
        subjects: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        since_us: int | None = None,
        until_us: int | None = None,
        before: str | None = None,
        limit: int = _PAGE,
    ) -> list[Event]:
        """Return events, newest first."""
        ...


@dataclass(frozen=True)
class TrendMark:
    """One mark with what is said of it: which part, and the alarm if it is one."""

    mark: Mark
    subject: str
    event_id: str
    alarm: AlarmKey | None = None


@dataclass(frozen=True)
class Marks:
    """An answer: marks in order of time, how many there were, trouble in a sentence."""

    marks: tuple[TrendMark, ...] = ()
    found: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class MarkQuestion:
    """Which parts over which range; ``held`` are the alarms that hold now."""

    subjects: frozenset[str]
    start_us: int
    end_us: int
    held: Collection[AlarmKey] = field(default=frozenset())


class MarkReading(Errands):
    """Asks the log for marks without waiting; ``answered`` carries :class:`Marks`."""

    def __init__(
        self, log: EventLog, name_of: Callable[[str], str], point: str, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._log = log
        self._name_of = name_of
        self._point = point

    def ask(self, question: MarkQuestion) -> None:
        """Ask for the marks of a range instead of any asked for before."""
        self.send(
            "marks",
            lambda errand: self._read(errand, question),
            lambda trouble: Marks(trouble=trouble),
        )

    def _read(self, errand: Errand, question: MarkQuestion) -> None:
        events: list[Event] = []
        before: str | None = None
        for _ in range(_PAGES):
            if errand.cancelled:
                return
            page = self._log.page(
                subjects=question.subjects,
                kinds=KINDS,
                since_us=question.start_us,
                until_us=question.end_us,
                before=before,
                limit=_PAGE,
            )
            events += page
            if len(page) < _PAGE:
                break
            before = page[-1].id
        marks = marks_of(reversed(events), question.held, self._words)
        errand.deliver(Marks(tuple(gravest(marks, MOST)), len(marks)))

    def _words(self, event: Event) -> str:
        return event_text(event, self._name_of, self._point).sentence


def marks_of(
    events: Iterable[Event], held: Collection[AlarmKey], words: Callable[[Event], str]
) -> list[TrendMark]:
    """Return the marks of events, oldest first; an alarm reaches to where it was cleared.

    The last one that was not reaches on while it is among ``held``; else nobody knows how far.
    """
    found: list[TrendMark] = []
    opened: dict[AlarmKey, int] = {}
    for event in events:
        key = _alarm_of(event)
        if event.kind in _ENDS:
            number = opened.pop(key, None) if key is not None else None
            if number is not None:
                found[number] = _reaching(found[number], event.utc_us)
            continue
        raised = event.kind == AlarmKind.RAISED
        if raised and key is not None:
            opened[key] = len(found)
        mark = Mark(event.utc_us, words(event), _priority(event.body) if raised else 0)
        found.append(TrendMark(mark, event.subject, event.id, key))
    for key, number in opened.items():
        if key in held:
            found[number] = _reaching(found[number], _FAR_US, active=True)
    return found


def gravest(marks: Sequence[TrendMark], most: int) -> list[TrendMark]:
    """Return at most so many marks in order of time, those of the highest priority first kept."""
    if len(marks) <= most:
        return list(marks)
    kept = sorted(marks, key=lambda one: (one.mark.priority or 9, -one.mark.utc_us))[:most]
    return sorted(kept, key=lambda one: one.mark.utc_us)


def _reaching(one: TrendMark, until_us: int, *, active: bool = False) -> TrendMark:
    return replace(one, mark=replace(one.mark, until_us=until_us, active=active))


def _alarm_of(event: Event) -> AlarmKey | None:
    try:
        return key_of(event)
    except (KeyError, TypeError):
        return None


def _priority(body: Mapping[str, object]) -> int:
    told = body.get("priority")
    return told if isinstance(told, int) and 1 <= told <= 4 else 4
