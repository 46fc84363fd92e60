"""The units that a map may use, by UCUM code, and how to turn one into another."""

from __future__ import annotations

from functools import cache

from pydantic import Field

import resources
from drivers.files import FileModel, parse, read_toml


class Unit(FileModel):
    """A unit: ``base = value * factor + offset`` in the SI base of its dimension."""

    code: str
    name: str
    dimension: str
    factor: float = Field(default=1.0, gt=0)
    offset: float = 0.0


class _Units(FileModel):
    unit: tuple[Unit, ...]


@cache
def known_units() -> dict[str, Unit]:
    """Return every unit that maps may use, by UCUM code."""
    path = resources.path("units.toml")
    return {unit.code: unit for unit in parse(_Units, read_toml(path), path).unit}


def conversion(source: str, target: str) -> tuple[float, float]:
    """Return ``(a, b)`` such that a value in ``target`` is ``a * value in source + b``.

    Raises ValueError for an unknown code and for units of different dimensions.
    """
    units = known_units()
    for code in (source, target):
        if code not in units:
            raise ValueError(f"unknown unit {code!r}{spelled_like(code)}")
    have, want = units[source], units[target]
    if have.dimension != want.dimension:
        raise ValueError(f"{source!r} is a {have.dimension}, {target!r} a {want.dimension}")
    return have.factor / want.factor, (have.offset - want.offset) / want.factor


def spelled_like(code: str) -> str:
    """Return ``"; did you mean 'Cel'?"`` for a usual misspelling of a UCUM code, else nothing."""
    meant = meant_by(code)
    return f"; did you mean {meant!r}?" if meant in known_units() else ""


def meant_by(code: str) -> str:
    """Return the UCUM code of a unit as manuals write it, or the text itself when unknown."""
    if code in known_units():
        return code
    bare = code.casefold().replace(" ", "")
    return _MISSPELT.get(bare, bare if bare in known_units() else code)


_MISSPELT = {
    "°c": "Cel",
    "oc": "Cel",
    "c": "Cel",
    "degc": "Cel",
    "deg.c": "Cel",
    "degreesc": "Cel",
    "celsius": "Cel",
    "°f": "[degF]",
    "f": "[degF]",
    "degf": "[degF]",
    "degreesf": "[degF]",
    "kelvin": "K",
    "l/min": "L/min",
    "l/m": "L/min",
    "lpm": "L/min",
    "gpm": "[gal_us]/min",
    "m³/h": "m3/h",
    "cmh": "m3/h",
    "l/s": "L/s",
    "l/h": "L/h",
    "l": "L",
    "psi": "[psi]",
    "pascals": "Pa",
    "kpa": "kPa",
    "mpa": "MPa",
    "pct": "%",
    "percent": "%",
    "%rh": "%",
    "rpm": "{rpm}",
    "rpms": "{rpm}",
    "r/min": "{rpm}",
    "1/min": "{rpm}",
    "volts": "V",
    "volt": "V",
    "v": "V",
    "amperes": "A",
    "ampere": "A",
    "amps": "A",
    "a": "A",
    "watts": "W",
    "watt": "W",
    "w": "W",
    "kw": "kW",
    "kwh": "kW.h",
    "wh": "W.h",
    "mwh": "MW.h",
    "va": "V.A",
    "kva": "kV.A",
    "hz": "Hz",
    "hours": "h",
    "hour": "h",
    "hrs": "h",
    "hr": "h",
    "seconds": "s",
    "second": "s",
    "sec": "s",
    "minutes": "min",
    "minute": "min",
    "µs/cm": "uS/cm",
    "us/cm": "uS/cm",
    "ppm": "[ppm]",
    "ph": "[pH]",
    "ohms": "Ohm",
    "ω": "Ohm",
    "inch": "[in_i]",
    "in": "[in_i]",
    "gal": "[gal_us]",
    "µm": "um",
    "bars": "bar",
    "barg": "bar",
}
