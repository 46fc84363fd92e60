"""Times that somebody wrote on paper: local, to the minute or to the second."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.session.late.faults import CopyError, fault
from console.text import tr

_CLOCK = re.compile(
    r"(?:(\d{4}-\d{2}-\d{2})[ T]+)?([01]?\d|2[0-3])[:.]?([0-5]\d)(?:[:.]([0-5]\d))?", re.ASCII
)
_MINUTE_US = 60_000_000
_SECOND_US = 1_000_000
_LONGEST_GAP_S = 12 * 3600.0
"""A time of day that would lie further on than this was meant to be before, and is refused."""


@dataclass(frozen=True, slots=True)
class Written:
    """A written time, UTC microseconds: it lies from ``utc_us`` to just before ``until_us``."""

    utc_us: int
    until_us: int

    @property
    def last_us(self) -> int:
        """The last whole second that was meant: a minute without seconds has sixty of them."""
        return self.until_us - _SECOND_US


def read_time(text: str, box: str, *, after_us: int | None, now_us: int) -> Written:
    """Read ``hh:mm``, ``hh:mm:ss`` or either with a date before it; raises CopyError.

    Without a date it is the next such time from ``after_us`` on (on the same day, or past
    midnight); without ``after_us`` the date must be written. Nothing is later than ``now_us``.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise _odd(text, box)
    day, hours, minutes, seconds = found.groups()
    if day is None and after_us is None:
        raise fault(box, tr("Write the date too: yyyy-mm-dd hh:mm."))
    span_us = _MINUTE_US if seconds is None else _SECOND_US
    clock = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
    try:
        utc_us = _dated(day, clock) if day else _next(clock, after_us or 0, span_us, box, text)
    except (ValueError, OverflowError, OSError):
        raise _odd(text, box) from None
    if utc_us > now_us:
        raise fault(box, tr("{text} has not come yet.", text=_quoted(text)))
    if after_us is not None and utc_us + span_us <= after_us:
        raise _before(text, box, after_us)
    return Written(utc_us, utc_us + span_us)


def local_text(utc_us: int, *, seconds: bool = True) -> str:
    """Return a moment as it is written on a form: ``14:05:20``."""
    local = datetime.fromtimestamp(utc_us / 1e6)  # noqa: DTZ006  paper has the wall clock's time
    return local.strftime("%H:%M:%S" if seconds else "%H:%M")


def _dated(day: str, clock: timedelta) -> int:
    local = datetime.strptime(day, "%Y-%m-%d") + clock  # noqa: DTZ007  paper has the wall clock's time
    return round(local.timestamp() * 1e6)


def _next(clock: timedelta, after_us: int, span_us: int, box: str, text: str) -> int:
    before = datetime.fromtimestamp(after_us / 1e6)  # noqa: DTZ006  paper has the wall clock's time
    midnight = before.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    for days in (0, 1):
        local = midnight + timedelta(days=days) + clock
        for fold in (0, 1):  # the hour that comes twice in autumn: the first that is late enough
            utc_us = round(local.replace(fold=fold).timestamp() * 1e6)
            if utc_us + span_us > after_us:
                if (utc_us - after_us) / 1e6 > _LONGEST_GAP_S:
                    raise _before(text, box, after_us)
                return utc_us
    raise _before(text, box, after_us)


def _odd(text: str, box: str) -> CopyError:
    told = tr(
        "{text} is no time; write hh:mm, with the date where it is another day.", text=_quoted(text)
    )
    return fault(box, told)


def _before(text: str, box: str, after_us: int) -> CopyError:
    told = tr(
        "{text} is before what was written above it ({above}); on another day write the date too.",
        text=_quoted(text),
        above=local_text(after_us),
    )
    return fault(box, told)


def _quoted(text: str) -> str:
    return text.strip()[:40] or "---"
