"""How a procedure reads on paper: its texts with limits and units, names of points, roles, times.

Everything is said in the language that :func:`console.text.speaking` has chosen.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import resources
from console.text import tr
from console.vocabulary import numbered, translated_name, unit
from console.work.people.roles import shipped_roles
from console.work.words import PROVIDER_NAMES
from procedures.checks import Check, Comparison, plain
from procedures.spec import Step
from procedures.spec_parts import Measured
from procedures.texts import fill, words

PPE_NAMES = {
    "nitrile_gloves": "Nitrile gloves",
    "insulating_gloves": "Insulating gloves",
    "cryogenic_gloves": "Gloves against cold",
    "eye_protection": "Eye protection",
    "face_shield": "Face shield",
    "apron": "Apron",
    "sleeves": "Sleeves",
    "anti_slip_shoes": "Shoes that do not slip",
    "safety_shoes": "Safety shoes",
    "helmet": "Helmet",
    "respirator": "Respirator",
    "wrist_strap": "Wrist strap",
}
FLUID_NAMES = {
    "tank_fluid": "Fluid of the tank",
    "isopropyl_alcohol": "Isopropyl alcohol",
    "detergent": "Detergent",
    "water": "Water",
    "other": "Other fluid",
}
QUALIFICATION_NAMES = {
    "immersion-extraction": "extraction from immersion",
    "gpu-handling": "handling of GPUs",
    "electrical": "electrical work",
}
SIGNAL_NAMES = {
    "danger": "DANGER",
    "warning": "WARNING",
    "caution": "CAUTION",
    "notice": "NOTICE",
}
WORK_POINTS = {
    "level_drop": "Level drop",
    "level_drop_predicted": "Level drop predicted",
    "level_drop_deviation": "Level drop off its prediction",
    "thermal_resistance_change": "Change of thermal resistance",
    "level_deviation": "Level off its expectation",
    "alarms_critical": "Critical alarms of the tank",
}
"""Values of these tables are keys of the catalogue."""
_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "<", ">": ">"}
_NUMBERED = re.compile(r"\[(?:\d+|\*)\]")
_PLACE_OF_NUMBER = re.compile(r"\s*{\w}\s*号?\s*")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def amount(number: float, code: str) -> str:
    """Return a number with the printed symbol of its unit: ``50 °C``."""
    symbol = unit(code)
    shown = plain(number).replace("-", "\N{MINUS SIGN}")
    return f"{shown}{_NO_BREAK}{symbol}" if symbol else shown


def said(text: Mapping[str, str] | None, language: str, step: Step | None = None) -> str:
    """Return words in a language with the limits of the step put in; empty where there are none."""
    if not text:
        return ""
    found = words(dict(text), language)[0]
    return fill(found, step, amount) if step is not None else found


def span(seconds: float) -> str:
    """Return a length of time as people say it: ``90 s``, ``5 min``, ``2 h``."""
    if seconds < 120 or seconds % 60:
        return amount(round(seconds, 1), "s")
    if seconds < 7200 or seconds % 3600:
        return amount(seconds / 60, "min")
    return amount(seconds / 3600, "h")


def limits(value: Measured) -> str:
    """Return the limits of a measured value: ``0 to 1 V``; empty where there are none."""
    if value.low is None and value.high is None:
        return ""
    if value.low is None:
        return f"≤ {amount(value.high or 0.0, value.unit)}"
    if value.high is None:
        return f"≥ {amount(value.low, value.unit)}"
    return tr("{low} to {high}", low=amount(value.low, ""), high=amount(value.high, value.unit))


def limit_of(comparison: Comparison) -> str:
    """Return what a comparison wants: ``≤ 50 °C``, ``closed``, ``1 to 2 mm``."""
    if comparison.operator == "between":
        low, high = comparison.low or 0.0, comparison.high or 0.0
        return tr("{low} to {high}", low=amount(low, ""), high=amount(high, comparison.unit))
    if comparison.state:
        word = translated_name(comparison.state)
        return tr("not {word}", word=word) if comparison.operator == "!=" else word
    bound = comparison.low if comparison.high is None else comparison.high
    return f"{_SIGNS[comparison.operator]} {amount(bound or 0.0, comparison.unit)}"


def compared(comparison: Comparison) -> str:
    """Return what a comparison looks at: ``every leak detector``."""
    name = point_name(comparison.point)
    if comparison.quantifier == "any":
        return tr("{name}, at least one", name=name)
    return tr("{name}, each", name=name) if "[*]" in comparison.point else name


def check_words(check: Check) -> str:
    """Return a whole check in words; alternatives are joined by "or"."""
    parts = [tr("{name}: {state}", name=compared(c), state=limit_of(c)) for c in check.either]
    return tr(" or ").join(parts)


def point_name(key: str) -> str:
    """Return the name of a point, without its number where any is meant."""
    if key in WORK_POINTS:
        return tr(WORK_POINTS[key])
    found = _names().get(key.replace("[*]", "[1]")) or _names().get(_NUMBERED.sub("[1]", key))
    if found is None:
        found = _NUMBERED.sub(" ", key).replace(".", " ").replace("_", " ").strip().capitalize()
    return _without_number(found) if "[*]" in key else translated_name(found)


def _without_number(name: str) -> str:
    """Return the translation of ``Pump 1 state`` as one says it of any pump: ``Pump state``."""
    pattern, _ = numbered(name)
    return re.sub(r"\s+", " ", _PLACE_OF_NUMBER.sub(" ", translated_name(pattern))).strip()


@cache
def _names() -> Mapping[str, str]:
    """Return the English name of every point of shipped maps and GPUs; generic ones first."""
    folder = resources.path("regmaps")
    first = [folder / f"generic-{kind}-phase.toml" for kind in ("single", "two")]
    others = [path for path in sorted(folder.glob("*.toml")) if path not in first]
    found: dict[str, str] = {}
    for path in (*first, resources.path("gpu", "points.toml"), *others):
        for point in tomllib.loads(path.read_text(encoding="utf-8"))["point"]:
            found.setdefault(point["key"], point["name"])
    return found


def role_name(role: str) -> str:
    """Return the word for a role; one that we do not know as it is."""
    found = shipped_roles().role.get(role)
    return tr(found.name) if found else role


def ppe_name(item: str) -> str:
    """Return what is worn, in words."""
    return tr(PPE_NAMES[item])


def fluid_name(fluid: str) -> str:
    """Return a fluid that a procedure asks for, in words."""
    return tr(FLUID_NAMES[fluid])


def signal_name(signal: str) -> str:
    """Return the signal word of a hazard."""
    return tr(SIGNAL_NAMES[signal])


def provider_name(provider: str) -> str:
    """Return who does the work, in words."""
    return tr(PROVIDER_NAMES[provider])


def qualification_name(name: str) -> str:
    """Return a qualification in words; one of the site's own as it is."""
    return tr(QUALIFICATION_NAMES[name]) if name in QUALIFICATION_NAMES else name


def moment(utc_us: int) -> str:
    """Return a moment with its zone; empty for none."""
    return f"{datetime.fromtimestamp(utc_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC" if utc_us else ""


def day(utc_us: int) -> str:
    """Return the day at the end of which something is due; empty for none."""
    return f"{datetime.fromtimestamp((utc_us - 1) / 1e6, UTC):%Y-%m-%d}" if utc_us else ""
