"""Permission to write to one controller: asked for by a person, with a reason, and it runs out.

Everything that happens with it is told as a note, before it happens where that is possible: what
cannot be recorded is not done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from drivers.device import DeviceError
from drivers.points import Stamp

LONGEST_S = 900.0
USUAL_S = 120.0
_LEAST_REASON = 3


class WriteRefusedError(DeviceError):
    """Nothing has left the program; the sentence says why not."""


class WriteFailedError(DeviceError):
    """Something was sent; the sentence says what is known of the outcome."""


class NoteKind(StrEnum):
    """What a note tells."""

    ARMED = "armed"
    DISARMED = "disarmed"
    REQUESTED = "requested"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class WriteNote:
    """What happened, for the log; ``until_utc_us`` is when an arming runs out.

    ``before`` and ``after`` are the values read before and after a write, in the point's unit;
    ``words`` are the registers sent.
    """

    kind: NoteKind
    device: str
    actor: str
    reason: str
    time: Stamp
    until_utc_us: int = 0
    point: str = ""
    name: str = ""
    unit: str = ""
    register: str = ""
    value: float | None = None
    before: float | None = None
    after: float | None = None
    words: tuple[int, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Permission:
    actor: str
    reason: str
    until_s: float


class Arming:
    """The armed mode of one controller; off until somebody arms it and again when time is up.

    ``record`` takes every note; what it raises stops the write. One person holds the arming.
    """

    def __init__(
        self,
        device: str,
        record: Callable[[WriteNote], None],
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self.device = device
        self._record = record
        self._clock = clock
        self._permission: _Permission | None = None

    @property
    def remaining_s(self) -> float:
        """How long writing stays allowed, in seconds; 0 when it is not."""
        if self._permission is None:
            return 0.0
        return max(self._permission.until_s - self._clock().mono_s, 0.0)

    @property
    def holder(self) -> str:
        """Who may write now; empty for nobody."""
        return self._permission.actor if self._permission and self.remaining_s > 0 else ""

    def arm(self, actor: str, reason: str, for_s: float = USUAL_S) -> None:
        """Allow ``actor`` to write for some seconds; raises WriteRefusedError."""
        if not actor.strip():
            raise WriteRefusedError("whoever arms writing must be named")
        must_have_reason(reason)
        if not 1.0 <= for_s <= LONGEST_S:
            raise WriteRefusedError(f"writing can be armed for 1 to {LONGEST_S:g} s, not {for_s:g}")
        if self.holder and self.holder != actor:
            raise WriteRefusedError(f"{self.device} is armed by {self.holder}")
        now = self._clock()
        until_utc_us = now.utc_us + round(for_s * 1e6)
        self.tell(WriteNote(NoteKind.ARMED, self.device, actor, reason, now, until_utc_us))
        self._permission = _Permission(actor, reason, now.mono_s + for_s)

    def disarm(self, actor: str) -> None:
        """End it at once, whoever holds it."""
        was_armed, reason = self.holder, self._permission.reason if self._permission else ""
        self._permission = None
        if was_armed:
            self.tell(WriteNote(NoteKind.DISARMED, self.device, actor, reason, self._clock()))

    def must_allow(self, actor: str) -> None:
        """Raise WriteRefusedError unless ``actor`` may write this very moment."""
        if self._permission is None:
            raise WriteRefusedError(f"writing to {self.device} is not armed")
        if self.remaining_s <= 0:
            raise WriteRefusedError(f"the arming of {self.device} has run out")
        if self.holder != actor:
            raise WriteRefusedError(f"{self.device} is armed by {self.holder}, not by {actor}")

    def tell(self, note: WriteNote) -> None:
        """Record a note, timed now; raises WriteRefusedError where that fails."""
        try:
            self._record(replace(note, time=self._clock()))
        except Exception as error:  # the recorder is somebody else's: whatever it raises stops us
            raise WriteRefusedError(f"it cannot be recorded, so it is not done: {error}") from error

    def tell_outcome(self, note: WriteNote) -> None:
        """Record what came of something already sent; raises WriteFailedError where that fails."""
        try:
            self.tell(note)
        except WriteRefusedError as error:
            raise WriteFailedError(
                f"{note.point} was sent {note.words}, but the outcome is not recorded: {error}"
            ) from error


def must_have_reason(reason: str) -> None:
    """Raise WriteRefusedError for a reason that says nothing."""
    if len(reason.strip()) < _LEAST_REASON:
        raise WriteRefusedError("a reason must be given")
