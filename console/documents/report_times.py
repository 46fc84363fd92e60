"""Moments on a report: UTC everywhere, local time beside it where people look for their own day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from console.text import tr

DAY_US = 86_400_000_000
_ROUND_S = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_MOST_TICKS = 11


@dataclass(frozen=True, slots=True)
class Clock:
    """Writes moments (UTC microseconds). ``zone`` is the reader's; None is this machine's own."""

    zone: tzinfo | None = UTC

    def utc(self, utc_us: int) -> str:
        """Return ``2026-11-21 12:04:11``; ``---`` for none or for one that no calendar has."""
        return _written(utc_us, UTC, "%Y-%m-%d %H:%M:%S")

    def short(self, utc_us: int, since_us: int = 0) -> str:
        """Return ``12:04:11``, with the day where it is not that of ``since_us``."""
        is_same = since_us and _written(utc_us, UTC, "%j%Y") == _written(since_us, UTC, "%j%Y")
        return _written(utc_us, UTC, "%H:%M:%S" if is_same else "%m-%d %H:%M:%S")

    def day(self, utc_us: int) -> str:
        """Return ``2026-11-21``."""
        return _written(utc_us, UTC, "%Y-%m-%d")

    def local(self, utc_us: int) -> str:
        """Return ``2026-11-21 20:04 (+08:00)``."""
        return _written(utc_us, self.zone, "%Y-%m-%d %H:%M (%:z)")

    def offset(self, utc_us: int) -> str:
        """Return how far local time is from UTC at a moment: ``+08:00``."""
        return _written(utc_us, self.zone, "%:z")

    def here(self, utc_us: int, offset: str = "") -> str:
        """Return ``20:04:11`` local time, with day and offset where they are not as expected."""
        is_same_day = _written(utc_us, self.zone, "%j") == _written(utc_us, UTC, "%j")
        form = "%H:%M:%S" if is_same_day else "%m-%d %H:%M:%S"
        told = _written(utc_us, self.zone, form)
        found = self.offset(utc_us)
        return told if found == offset else f"{told} {found}"

    def both(self, utc_us: int) -> str:
        """Return a moment in UTC, and in local time where that is another."""
        told = f"{self.utc(utc_us)} UTC"
        here, there = self.local(utc_us), _written(utc_us, UTC, "%Y-%m-%d %H:%M (%:z)")
        return told if here == there else f"{told}\n{here}"


def _written(utc_us: int, zone: tzinfo | None, form: str) -> str:
    if utc_us <= 0:
        return "---"
    try:
        at = datetime.fromtimestamp(utc_us / 1e6, UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return "---"
    offset = at.strftime("%z")
    return at.strftime(form.replace("%:z", f"{offset[:3]}:{offset[3:5]}"))


def spent(seconds: float) -> str:
    """Return a length of time: ``42 s``, ``3 min 05 s``, ``2 h 10 min``, ``3 d 4 h``."""
    return _spent(seconds).replace(" ", "\N{NO-BREAK SPACE}")


def _spent(seconds: float) -> str:
    sign = "−" if seconds < 0 else ""
    whole = round(abs(seconds))
    if whole < 60:
        return tr("{sign}{s} s", sign=sign, s=whole)
    if whole < 3600:
        return tr("{sign}{m} min {s:02d} s", sign=sign, m=whole // 60, s=whole % 60)
    if whole < 2 * 86400:
        return tr("{sign}{h} h {m:02d} min", sign=sign, h=whole // 3600, m=whole % 3600 // 60)
    return tr("{sign}{d} d {h} h", sign=sign, d=whole // 86400, h=whole % 86400 // 3600)


def ticks(since_us: int, until_us: int) -> tuple[tuple[float, str], ...]:
    """Return round moments of a stretch: seconds from its beginning, and words in UTC."""
    span_s = max((until_us - since_us) / 1e6, 1.0)
    days = int(-(-span_s // (_MOST_TICKS * 86400)))
    step_s = next((s for s in _ROUND_S if span_s / s <= _MOST_TICKS), days * 86400)
    form = "%H:%M:%S" if step_s < 60 else "%H:%M" if step_s < 86400 else "%m-%d"
    first = datetime.fromtimestamp(since_us / 1e6, UTC)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    number = int((first - midnight).total_seconds() // step_s)
    found: list[tuple[float, str]] = []
    while True:
        at = midnight + timedelta(seconds=number * step_s)
        seconds = (at - first).total_seconds()
        if seconds > span_s:
            return tuple(found)
        if seconds >= 0:
            found.append((seconds, at.strftime(form)))
        number += 1
