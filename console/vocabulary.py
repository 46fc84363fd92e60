"""The words for units, limits, reasons and point names, shared by screen, paper and command line.

No Qt in here. English is the key of each word in the catalogue (``console.text``).
"""

from __future__ import annotations

import re

from console.text import tr
from drivers.points import Level, Reason

_UNITS = {
    "1": "",
    "Cel": "°C",
    "[degF]": "°F",
    "m3/h": "m³/h",
    "kW.h": "kWh",
    "W.h": "Wh",
    "uS/cm": "µS/cm",
    "Ohm": "Ω",
    "kOhm": "kΩ",
    "MOhm": "MΩ",
    "By": "B",
    "KiBy": "KiB",
    "MiBy": "MiB",
    "GiBy": "GiB",
    "MiBy/s": "MiB/s",
    "[ppm]": "ppm",
    "{rpm}": "rpm",
    "[psi]": "psi",
    "m[H2O]": "mH₂O",
    "[pH]": "pH",
    "[in_i]": "in",
    "[gal_us]": "gal",
    "[gal_us]/min": "gpm",
    "mm2/s": "mm²/s",
    "m3": "m³",
    "m3/s": "m³/s",
    "kg/m3": "kg/m³",
    "V.A": "VA",
    "N.m": "N·m",
    "kV.A": "kVA",
    "MW.h": "MWh",
    "um": "µm",
    "deg": "°",
}

REASONS = {
    Reason.NONE: "good",
    Reason.NOT_YET_READ: "not yet read",
    Reason.STALE: "stale",
    Reason.SENTINEL: "sensor reports a fault",
    Reason.SENSOR_FAULT: "sensor fault",
    Reason.OUT_OF_RANGE: "out of range",
    Reason.NOT_EXPORTED: "not exported",
    Reason.NOT_SUPPORTED: "not supported",
    Reason.DEVICE_LOST: "device lost",
    Reason.NO_COMMS: "no answer",
    Reason.NO_FLOW: "no flow",
    Reason.REJECTED: "reply rejected",
    Reason.DISAGREE: "sensors disagree",
    Reason.NOT_APPLICABLE: "not applicable now",
    Reason.RECORDED: "from a recording",
}
"""Why a value is not good; a key of the catalogue each."""

LEVELS = {
    Level.LOWER_FATAL: "dangerously low",
    Level.LOWER_CRITICAL: "very low",
    Level.LOWER_CAUTION: "low",
    Level.UPPER_CAUTION: "high",
    Level.UPPER_CRITICAL: "very high",
    Level.UPPER_FATAL: "dangerously high",
}
"""What a value beyond a limit is; a key of the catalogue each."""


def unit(code: str) -> str:
    """Return the printed symbol of a UCUM code: ``Cel`` gives ``°C``; unknown codes stay."""
    return _UNITS.get(code, code)


def reason_text(reason: Reason) -> str:
    """Return in words why a value is not good."""
    return tr(REASONS[reason])


def level_text(level: Level) -> str:
    """Return the word for a crossed limit: ``high``, ``very low``."""
    return tr(LEVELS[level])


def numbered(name: str) -> tuple[str, dict[str, str]]:
    """Return the entry that names with other numbers share, and the numbers by placeholder.

    ``Fan rack 2 detector 1`` gives ``Fan rack {n} detector {m}``; more than three stay as they are.
    """
    numbers = dict(zip("nmk", re.findall(r"\d+", name), strict=False))
    pattern = name
    for placeholder in numbers:
        pattern = re.sub(r"\d+", f"{{{placeholder}}}", pattern, count=1)
    return pattern, numbers


def translated_name(name: str) -> str:
    """Return the translation of an English label, its own or that of its numbered pattern."""
    direct = tr(name)
    if direct != name or "{" in name:
        return direct
    pattern, numbers = numbered(name)
    return tr(pattern, **numbers) if numbers else direct


def translated_words(words: str) -> str:
    """Return the translation of a state or of flags joined by commas (:meth:`Point.words`)."""
    return ", ".join(translated_name(word) for word in words.split(", "))
