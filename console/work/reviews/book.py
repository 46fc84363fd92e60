"""Everything that the log tells of reviews; the same events make the same book in any order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.work.events import Happening, text_of, whole_of
from console.work.people.roles import same
from console.work.people.signature import Signature, signature_of
from console.work.reviews.kinds import KINDS, ReviewKind


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a review told: of what, by whom and when (UTC microseconds).

    ``of`` is the order's number or the key of what has none; ``section`` a part of the record,
    ``session`` the sitting in which it was looked at, ``thread`` the first question's id, ``turn``
    how much had been said in the thread before.
    """

    id: str
    kind: ReviewKind
    of: str
    by: str
    utc_us: int
    run: str = ""
    step: str = ""
    text: str = ""
    section: str = ""
    session: str = ""
    thread: str = ""
    disposition: str = ""
    procedure: str = ""
    revision: str = ""
    signature: Signature | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Thread:
    """A question with all that was said to it, in order of time."""

    said: tuple[Told, ...]

    @property
    def first(self) -> Told:
        """The question that began it."""
        return self.said[0]

    @property
    def is_open(self) -> bool:
        """Whether an answer is due."""
        return self.said[-1].kind is ReviewKind.QUESTION


class ReviewBook:
    """What reviews told; ``take`` is all that ever changes it."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}
        self._by: dict[tuple[str, ReviewKind], list[Told]] = {}
        self.unread = 0

    def take(self, event: Happening) -> bool:
        """Take one event; returns whether the book changed. What cannot be read is counted."""
        if event.kind not in KINDS:
            return False
        try:
            told = _told_of(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.unread += 1
            return False
        if told.id in self._told:
            return False
        self._told[told.id] = told
        among = self._by.setdefault((told.of, told.kind), [])
        among.append(told)
        among.sort(key=_when)
        return True

    def restore(self, events: Iterable[Happening]) -> None:
        """Take what the log holds."""
        for event in events:
            self.take(event)

    def of(self, of: str, kind: ReviewKind) -> Sequence[Told]:
        """Return what was told of one thing, in order of time."""
        return tuple(self._by.get((of, kind), ()))

    def everything(self, kind: ReviewKind) -> Sequence[Told]:
        """Return all of one kind, in order of time."""
        return sorted((one for one in self._told.values() if one.kind is kind), key=_when)

    def threads(self, of: str) -> Sequence[Thread]:
        """Return every question with its answers, the oldest first."""
        by_thread: dict[str, list[Told]] = {}
        for one in self.of(of, ReviewKind.QUESTION):
            by_thread.setdefault(one.thread or one.id, []).append(one)
        for one in self.of(of, ReviewKind.ANSWERED):
            if one.thread in by_thread:
                by_thread[one.thread].append(one)
        return [Thread(tuple(sorted(said, key=_turn))) for said in by_thread.values()]

    def thread(self, of: str, thread: str) -> Thread | None:
        """Return one question with its answers."""
        return next((one for one in self.threads(of) if one.first.id == thread), None)

    def open_threads(self, of: str) -> Sequence[Thread]:
        """Return the questions to which an answer is due."""
        return [one for one in self.threads(of) if one.is_open]

    def looked_at(self, of: str, by: str, since_us: int = 0) -> frozenset[str]:
        """Return the parts of a record that somebody had on the screen since then."""
        opened = self.of(of, ReviewKind.OPENED)
        return frozenset(
            one.section for one in opened if same(one.by, by) and one.utc_us >= since_us
        )

    def settled(self, of: str) -> Told | None:
        """Return who concluded the review of what has no order, None while nobody did."""
        return next(iter(self.of(of, ReviewKind.SETTLED)), None)


def _when(told: Told) -> tuple[int, str]:
    return told.utc_us, told.id


def _turn(told: Told) -> tuple[int, int, str]:
    return told.turn, told.utc_us, told.id


def _told_of(event: Happening) -> Told:
    """Return what an event tells; raises for one of another shape."""
    body, kind = event.body, ReviewKind(event.kind)
    told = Told(
        str(body["id"]),
        kind,
        event.subject,
        event.actor,
        event.utc_us,
        signature=signature_of(body),
        turn=whole_of(body, "turn", 0),
        **{name: text_of(body, name) for name in _TEXTS},
    )
    lacks = [name for name in _NEEDED[kind] if not getattr(told, name)]
    if lacks or not told.id or not told.of:
        raise ValueError(f"{kind}: {lacks or 'id'} must be given")
    return told


_TEXTS = (
    "run",
    "step",
    "text",
    "section",
    "session",
    "thread",
    "disposition",
    "procedure",
    "revision",
)
_NEEDED: dict[ReviewKind, Sequence[str]] = {
    ReviewKind.OPENED: ("section", "session"),
    ReviewKind.QUESTION: ("text",),
    ReviewKind.ANSWERED: ("text", "thread"),
    ReviewKind.DEVIATION: ("text",),
    ReviewKind.CHANGE_ASKED: ("text", "procedure"),
    ReviewKind.SETTLED: ("signature",),
}
