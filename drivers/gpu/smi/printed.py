"""One printed value: a number with its unit checked, or the reason why there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from drivers.gpu.smi.spec import smi_spec
from drivers.points import Reason, Stamp

_NUMBER = re.compile(r"([+-]?\d{1,18}(?:\.\d{1,9})?)\s*([^\d\s.].*)?", re.ASCII)
_MASK = re.compile(r"0x[0-9A-Fa-f]{1,16}", re.ASCII)
_BUS = re.compile(r"([0-9A-Fa-f]{4,8}):([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2})\.([0-9A-Fa-f])", re.ASCII)
_UUID = re.compile(r"GPU-[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_SLASHED = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)(?:\.\d+)?", re.ASCII)
_SPELLED = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})", re.ASCII
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEARS = range(2000, 2100)


def absent(text: str) -> Reason | None:
    """Return the reason that stands in place of a value (``N/A``, ``[GPU is lost]``), else None."""
    return smi_spec().reasons.get(text.strip().removeprefix("[").removesuffix("]").lower())


def number(text: str, units: frozenset[str]) -> float | Reason:
    """Return a number whose unit is one of ``units`` ("" for none); REJECTED for anything else."""
    if (reason := absent(text)) is not None:
        return reason
    found = _NUMBER.fullmatch(text.strip())
    if found is None or (found[2] or "") not in units:
        return Reason.REJECTED
    return float(found[1])


def mask(text: str) -> float | Reason:
    """Return a bit mask printed as ``0x0000000000000004``."""
    if (reason := absent(text)) is not None:
        return reason
    return float(int(text, 16)) if _MASK.fullmatch(text) else Reason.REJECTED


def word(text: str, words: Mapping[str, int]) -> float | Reason:
    """Return the number that a word stands for; an unknown word is REJECTED, never guessed."""
    known = {spelling.lower(): value for spelling, value in words.items()}
    value = known.get(text.strip().lower())
    if value is not None:
        return float(value)
    reason = absent(text)
    return Reason.REJECTED if reason is None else reason


def identity(name: str, text: str) -> str:
    """Return a part of a GPU's identity as printed; empty where it is not known or not whole."""
    text = text.strip()
    if not text or absent(text) is not None or not text.isprintable() or len(text) > 200:
        return ""
    if name == "uuid":
        return text if _UUID.fullmatch(text) else ""
    return bus_id(text) if name == "pci_bus_id" else text


def bus_id(text: str) -> str:
    """Return a place on the bus as ``00000000:1A:00.0``, however long its domain was printed."""
    found = _BUS.fullmatch(text)
    return f"{found[1]:0>8}:{found[2]}:{found[3]}.{found[4]}".upper() if found else ""


def moment(text: str) -> datetime | None:
    """Return ``Tue Jul 14 08:12:38 2026`` or ``2026/07/14 08:12:38.696``, without a zone."""
    text = text.strip()
    if found := _SLASHED.fullmatch(text):
        year, month, day, hour, minute, second = (int(part) for part in found.groups())
    elif (found := _SPELLED.fullmatch(text)) and found[1] in _MONTHS:
        month = _MONTHS.index(found[1]) + 1
        day, hour, minute, second, year = (int(part) for part in found.groups()[1:])
    else:
        return None
    if year not in _YEARS:
        return None
    try:
        return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  none is printed
    except ValueError:
        return None


def stamp(taken: datetime, now: Stamp, utc_offset_min: int | None = None) -> Stamp:
    """Return when a moment was, in this computer's zone where its own is not told.

    nvidia-smi prints no zone.
    """
    zone = None if utc_offset_min is None else timezone(timedelta(minutes=utc_offset_min))
    utc_us = round((taken.replace(tzinfo=zone) if zone else taken).timestamp() * 1e6)
    return Stamp(utc_us, now.mono_s - (now.utc_us - utc_us) / 1e6)
