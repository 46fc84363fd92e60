"""How values, units, times and reasons read on screen: the same on every page.

Numbers follow the desktop's decimal separator; files never pass through here.
"""

from __future__ import annotations

import math
import time
from datetime import datetime
from functools import lru_cache

from console.text import tr
from console.vocabulary import level_text, reason_text, translated_name, translated_words, unit
from drivers.points import Point, Quality, Reading

__all__ = [
    "NOTHING",
    "age",
    "clock",
    "decimal",
    "decimal_point",
    "elapsed",
    "level_text",
    "minutes",
    "minutes_parts",
    "number",
    "point_name",
    "reason_text",
    "translated_name",
    "unit",
    "with_unit",
]

NOTHING = "---"
"""Shown where there is no value that may be trusted."""

_THIN = "\N{NARROW NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_GROUP_FROM = 10_000


def number(value: Reading | float | None, point: Point | None = None) -> str:
    """Return a value with the decimals of its point, or ``---`` where there is none to trust.

    A reading brings its own point and counts only while its quality is not bad. Points with
    states or flags give the translated word.
    """
    if isinstance(value, Reading):
        if value.quality is Quality.BAD:
            return NOTHING
        return number(value.value, value.point)
    if value is None or not math.isfinite(value):
        return NOTHING
    if point is not None and (words := point.words(value)) is not None:
        return translated_words(words)
    return decimal(value, 1 if point is None else point.precision)


def decimal(value: float, decimals: int) -> str:
    """Return a finite number with fixed decimals in the desktop's notation."""
    grouping = "," if abs(value) >= _GROUP_FROM else ""
    text = f"{abs(value):{grouping}.{decimals}f}"
    text = text.replace(",", _THIN).replace(".", decimal_point())
    negative = value < 0 and any(digit in text for digit in "123456789")
    return _MINUS + text if negative else text


@lru_cache(maxsize=1)
def decimal_point() -> str:
    """Return the desktop's decimal separator."""
    from PySide6.QtCore import QLocale

    return QLocale.system().decimalPoint()


def with_unit(value: Reading | float | None, point: Point | None = None) -> str:
    """Return value and unit as one text: ``55.2 °C``; words and ``---`` stand alone."""
    text = number(value, point)
    about = value.point if isinstance(value, Reading) else point
    if text == NOTHING or about is None or about.states or about.flags or not unit(about.unit):
        return text
    return f"{text}{_THIN}{unit(about.unit)}"


def age(seconds: float) -> str:
    """Return how long ago: ``0.4 s``, ``12 s``, ``3 min``, ``2 h``, ``5 d``."""
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return tr("{n} s", n=decimal(seconds, 1))
    if seconds < 60:
        return tr("{n} s", n=int(seconds))
    if seconds < 3600:
        return tr("{n} min", n=int(seconds // 60))
    if seconds < 86_400:
        return tr("{n} h", n=int(seconds // 3600))
    return tr("{n} d", n=int(seconds // 86_400))


def elapsed(seconds: float) -> str:
    """Return a running time: ``00:42``, ``1:02:42``; a day or more as ``3 d``."""
    whole = max(int(seconds), 0)
    if whole >= 86_400:
        return age(whole)
    hours, rest = divmod(whole, 3600)
    short = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{short}" if hours else short


def clock(utc_us: int, now_us: int | None = None) -> str:
    """Return a moment in local time: ``12:04:11``, with the date where it is not today."""
    then = datetime.fromtimestamp(utc_us / 1e6).astimezone()
    now_s = time.time() if now_us is None else now_us / 1e6
    today = datetime.fromtimestamp(now_s).astimezone().date()
    return then.strftime("%H:%M:%S" if then.date() == today else "%Y-%m-%d %H:%M:%S")


def minutes_parts(m: float) -> tuple[str, str]:
    """Return number and unit of a time that is left, rounded down: it is never promised longer."""
    if m < 1:
        return "< 1", tr("min")
    if m < 120:
        return str(int(m)), tr("min")
    if m < 1440:
        return str(int(m // 60)), tr("h")
    return "> 24", tr("h")


def minutes(m: float) -> str:
    """Return a time that is left as one text: ``4 min``, ``< 1 min``, ``3 h``."""
    return _THIN.join(minutes_parts(m))


def point_name(point: Point) -> str:
    """Return a point's translated name; the catalogue may hold ``Pump {n} speed`` for all pumps."""
    return translated_name(point.name)
