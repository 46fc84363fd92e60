"""Recorded samples as the series of a Prometheus-compatible server, in VictoriaMetrics' JSON lines.

``pump[1].speed_percent`` of part ``tank-1`` becomes
``tankside_pump_speed_percent{site="hall-a",part="tank-1",point="pump[1].speed_percent",pump="1",
unit="%"}``. Only good values are sent. What is not good is told by ``tankside_quality``: the
reason's number, 0 for good, at every change and once a minute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from console.history.push_hours import PointHour
from drivers.points import Reason

PREFIX = "tankside_"
QUALITY, INFO = f"{PREFIX}quality", f"{PREFIX}part_info"
RESERVED = frozenset({"__name__", "site", "part", "point", "unit"})
LABEL = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_]*$")
_INDEX = re.compile(r"(\w+)\[(\w+)\]")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_]+")
_US_PER_MS = 1000
_MS_PER_MINUTE = 60_000

Labels = Mapping[str, str]
SeriesId = frozenset[tuple[str, str]]
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Naming:
    """The labels that every series of a site gets, and what is known of each part."""

    common: Labels
    about: Mapping[str, Labels] = field(default_factory=dict)

    def of_point(self, part: str, key: str, unit: str) -> dict[str, str]:
        """Return the name and the labels of a point."""
        labels = {"__name__": metric_name(key), **self.common, "part": part, "point": key}
        for word, number in _INDEX.findall(key):
            labels[word if word not in labels and word != "unit" else f"{word}_"] = number
        return labels | ({"unit": unit} if unit else {})

    def of_quality(self, part: str, key: str) -> dict[str, str]:
        """Return the name and the labels of a point's quality."""
        return {"__name__": QUALITY, **self.common, "part": part, "point": key}

    def of_part(self, part: str) -> dict[str, str] | None:
        """Return the name and the labels that say what a part is; None where nothing is known."""
        about = {name: text for name, text in self.about.get(part, {}).items() if text}
        return {"__name__": INFO, **self.common, "part": part, **about} if about else None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of JSON with its line end, and how many samples it holds."""

    text: bytes
    samples: int


def metric_name(key: str) -> str:
    """Return the metric of a point's key: indexes become labels, what names cannot hold ``_``."""
    return PREFIX + _NOT_IN_NAMES.sub("_", _INDEX.sub(r"\1", key)).strip("_")


def series_id(metric: Labels) -> SeriesId:
    """Return what tells a series from all others."""
    return frozenset(metric.items())


def lines_of(
    naming: Naming,
    part: str,
    found: Iterable[PointHour],
    after_us: int,
    held: Mapping[SeriesId, Times] | None = None,
) -> Iterator[Line]:
    """Give the lines for the samples of an hour after ``after_us`` that are not ``held``.

    The server counts milliseconds: of several samples within one the first is sent.
    """
    held = held or {}
    minutes: list[Times] = []
    for one in found:
        trend, key = one.trend, one.point.key
        times, first = np.unique(trend.utc_us // _US_PER_MS, return_index=True)
        reasons = trend.reasons[first]
        fresh = trend.utc_us[first] > after_us
        values = trend.values[first]
        good = (reasons == Reason.NONE) & np.isfinite(values) & fresh
        yield from _line(naming.of_point(part, key, one.point.unit), times, values, good, held)
        told = _first_of_minute(times)
        told[1:] |= reasons[1:] != reasons[:-1]
        told &= fresh
        yield from _line(naming.of_quality(part, key), times, reasons, told, held)
        minutes.append(times[fresh & _first_of_minute(times)])
    info = naming.of_part(part)
    if info is not None and minutes:
        at = np.unique(np.concatenate(minutes))
        ones = np.ones(len(at), np.uint8)
        yield from _line(info, at, ones, _first_of_minute(at), held)


def _line(
    metric: dict[str, str],
    times: Times,
    values: NDArray[np.float64] | NDArray[np.uint8],
    chosen: NDArray[np.bool_],
    held: Mapping[SeriesId, Times],
) -> Iterator[Line]:
    there = held.get(series_id(metric))
    if there is not None:
        chosen = chosen & ~np.isin(times, there)
    count = int(np.count_nonzero(chosen))
    if count:
        line = {
            "metric": metric,
            "values": values[chosen].tolist(),
            "timestamps": times[chosen].tolist(),
        }
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        yield Line(text.encode() + b"\n", count)


def _first_of_minute(times: Times) -> NDArray[np.bool_]:
    minutes = times // _MS_PER_MINUTE
    first = np.ones(len(times), np.bool_)
    first[1:] = minutes[1:] != minutes[:-1]
    return first
