"""When something happens, and how much time passed, across restarts and wrong clocks."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.points import Stamp


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on both clocks. ``boot`` says which start of the machine ``mono_us`` counts from.

    ``session`` is new for every start of the console: a run that finds another one was interrupted.
    """

    utc_us: int
    mono_us: int
    boot: str
    session: str

    @property
    def mono_s(self) -> float:
        """The monotonic clock in seconds, as readings have it."""
        return self.mono_us / 1e6

    @property
    def stamp(self) -> Stamp:
        """The moment as events have it."""
        return Stamp(self.utc_us, self.mono_us / 1e6)


@dataclass(frozen=True, slots=True)
class Elapsed:
    """Time between two moments. In doubt it is the least that is certain: zero."""

    us: int
    doubtful: bool = False


def elapsed(before: Moment, now: Moment) -> Elapsed:
    """Return the time between: monotonic within one start of the machine, else by the wall clock.

    A wall clock that went back proves nothing: no time counts as passed, and that is in doubt.
    """
    if before.boot == now.boot and now.mono_us >= before.mono_us:
        return Elapsed(now.mono_us - before.mono_us)
    passed = now.utc_us - before.utc_us
    return Elapsed(passed) if passed >= 0 else Elapsed(0, doubtful=True)
