"""A range of the telemetry as text: CSV that a spreadsheet opens, or a line of JSON for each row.

Numbers are the shortest that read back the same, times are UTC, and no setting of the computer
changes either. Missing is an empty cell or ``null``, never a zero. A range of any length is read
in pieces.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TextIO

import numpy as np

from console.history.telemetry_store.block import HOUR_US
from console.history.telemetry_store.day import MINUTE_US
from console.history.telemetry_store.envelope import MOST_PIXELS, Envelope
from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.trend import Damage, Trend
from drivers.points import Reason

_SAMPLES_AT_ONCE = 2_000_000
_SAMPLES_PER_HOUR = 3600
_CELLS_AT_ONCE = 200_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_WORDS = {int(reason): "" if reason is Reason.NONE else reason.word for reason in Reason}


@dataclass(frozen=True, slots=True)
class Column:
    """One point to export: part, key, UCUM unit."""

    part: str
    key: str
    unit: str

    @property
    def heading(self) -> str:
        """What stands over its column: ``tank-1 coolant_flow [L/min]``."""
        return f"{self.part} {self.key} [{self.unit}]" if self.unit else f"{self.part} {self.key}"


@dataclass(frozen=True)
class ExportPlan:
    """What to export and how: ``since_us <= time < until_us`` (UTC).

    ``step_us`` of 0 gives every sample, else least, greatest and mean of each step (see
    :func:`check_step`). ``long``: one row per point and moment, with everything that is known of
    it; else one column per point, with good values only. ``decimal_comma`` writes ``46,5`` between
    semicolons, for spreadsheets set to a language that writes numbers so.
    """

    columns: tuple[Column, ...]
    since_us: int
    until_us: int
    step_us: int = 0
    long: bool = False
    json_lines: bool = False
    decimal_comma: bool = False


@dataclass
class ExportReport:
    """How many rows were written and what could not be read."""

    rows: int = 0
    damaged: list[Damage] = field(default_factory=list)


Told = Callable[[float], None]


def check_step(step_us: int) -> bool:
    """Whether steps can be of this length: whole seconds; above two minutes whole minutes, above
    two hours whole hours, as the summaries are.
    """
    if step_us >= 2 * HOUR_US:
        return step_us % HOUR_US == 0
    if step_us >= 2 * MINUTE_US:
        return step_us % MINUTE_US == 0
    return step_us >= 1_000_000 and step_us % 1_000_000 == 0


def export(
    reader: TelemetryReader, plan: ExportPlan, stream: TextIO, told: Told | None = None
) -> ExportReport:
    """Write a range; ``told`` hears which share is done; raises StorageError and OSError."""
    report = ExportReport()
    write = _json_writer(plan, stream) if plan.json_lines else _csv_writer(plan, stream)
    for since_us, until_us in _windows(plan):
        if plan.step_us:
            pixels = (until_us - since_us) // plan.step_us
            names = [(column.part, column.key) for column in plan.columns]
            found = reader.envelopes(names, since_us, until_us, pixels)
            report.damaged += [one for envelope in found for one in envelope.damaged]
            rows = _long_steps(plan, found) if plan.long else _wide_steps(found)
        else:
            names = [(column.part, column.key) for column in plan.columns]
            trends = reader.ranges(names, since_us, until_us)
            report.damaged += [one for trend in trends for one in trend.damaged]
            rows = _long_samples(plan, trends) if plan.long else _wide_samples(trends)
        for row in rows:
            write(row)
            report.rows += 1
        if told is not None:
            told((until_us - plan.since_us) / max(plan.until_us - plan.since_us, 1))
    report.damaged = list(dict.fromkeys(report.damaged))
    return report


Row = list[object]


def headings(plan: ExportPlan) -> list[str]:
    """Return what stands over the columns."""
    if plan.long:
        figures = ["minimum", "maximum", "mean", "count", "not_good"]
        values = figures if plan.step_us else ["value", "quality"]
        return ["time_utc", "part", "point", "unit", *values]
    if not plan.step_us:
        return ["time_utc", *(column.heading for column in plan.columns)]
    figures = ["minimum", "maximum", "mean"]
    return ["time_utc", *(f"{c.heading} {figure}" for c in plan.columns for figure in figures)]


def _windows(plan: ExportPlan) -> Iterator[tuple[int, int]]:
    """Cut the range into pieces of which all points together fit into memory."""
    points = max(len(plan.columns), 1)
    if plan.step_us:
        steps = max(min(_CELLS_AT_ONCE // points, MOST_PIXELS), 1)
        width_us = steps * plan.step_us
        since_us = plan.since_us // plan.step_us * plan.step_us
        until_us = -(-plan.until_us // plan.step_us) * plan.step_us
    else:
        hours = max(min(_SAMPLES_AT_ONCE // _SAMPLES_PER_HOUR // points, 24), 1)
        width_us = hours * HOUR_US
        since_us, until_us = plan.since_us, plan.until_us
    while since_us < until_us:
        end_us = min((since_us // width_us + 1) * width_us, until_us)
        yield since_us, end_us
        since_us = end_us


def _wide_samples(trends: Sequence[Trend]) -> Iterator[Row]:
    """One row per moment at which any point has a sample, good values only."""
    times = np.unique(np.concatenate([trend.utc_us for trend in trends]))
    cells = np.full((len(times), len(trends)), np.nan)
    for at, trend in enumerate(trends):
        good = trend.reasons == Reason.NONE
        cells[np.searchsorted(times, trend.utc_us[good]), at] = trend.values[good]
    for utc_us, row in zip(times.tolist(), cells.tolist(), strict=True):
        yield [utc_us, *row]


def _long_samples(plan: ExportPlan, trends: Sequence[Trend]) -> Iterator[Row]:
    for column, trend in zip(plan.columns, trends, strict=True):
        samples = zip(
            trend.utc_us.tolist(), trend.values.tolist(), trend.reasons.tolist(), strict=True
        )
        for utc_us, value, reason in samples:
            word = _WORDS.get(reason, str(reason))
            yield [utc_us, column.part, column.key, column.unit, value, word or "good"]


def _wide_steps(found: Sequence[Envelope]) -> Iterator[Row]:
    """One row per step in which any point has a value."""
    filled = np.any([envelope.count > 0 for envelope in found], axis=0)
    table = [(e.minimum, e.maximum, e.mean) for e in found]
    for at in np.flatnonzero(filled).tolist():
        yield [
            int(found[0].edges_us[at]),
            *(float(figure[at]) for figures in table for figure in figures),
        ]


def _long_steps(plan: ExportPlan, found: Sequence[Envelope]) -> Iterator[Row]:
    for column, envelope in zip(plan.columns, found, strict=True):
        for at in np.flatnonzero(envelope.count + envelope.flagged).tolist():
            yield [
                int(envelope.edges_us[at]),
                column.part,
                column.key,
                column.unit,
                float(envelope.minimum[at]),
                float(envelope.maximum[at]),
                float(envelope.mean[at]),
                int(envelope.count[at]),
                int(envelope.flagged[at]),
            ]


def _csv_writer(plan: ExportPlan, stream: TextIO) -> Callable[[Row], object]:
    comma = plan.decimal_comma
    writer = csv.writer(stream, delimiter=";" if comma else ",", lineterminator="\r\n")
    writer.writerow([_harmless(heading) for heading in headings(plan)])

    def write(row: Row) -> None:
        time, *cells = row
        writer.writerow([_csv_time(time), *(_cell(cell, comma=comma) for cell in cells)])

    return write


def _json_writer(plan: ExportPlan, stream: TextIO) -> Callable[[Row], object]:
    names = headings(plan)

    def write(row: Row) -> None:
        told = dict(zip(names, row, strict=True))
        told["time_utc"] = _moment(row[0]).isoformat(timespec="microseconds").replace("+00:00", "Z")
        plain = {name: _known(value) for name, value in told.items()}
        stream.write(json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n")

    return write


def _known(value: object) -> object:
    """Return a value as JSON can hold it: no number as null, an endless one in words."""
    if not isinstance(value, float) or np.isfinite(value):
        return value
    return None if np.isnan(value) else str(value)


def _cell(value: object, *, comma: bool) -> str:
    if isinstance(value, float):
        text = "" if np.isnan(value) else repr(value)
        return text.replace(".", ",") if comma else text
    return _harmless(str(value)) if isinstance(value, str) else str(value)


def _harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_time(utc_us: object) -> str:
    """Return ``2026-11-21 12:00:00.123``: what spreadsheets of all languages take for a time."""
    return _moment(utc_us).replace(tzinfo=None).isoformat(" ", timespec="milliseconds")


def _moment(utc_us: object) -> datetime:
    return _EPOCH + timedelta(microseconds=int(utc_us))  # type: ignore[call-overload, no-any-return]


def columns_of(
    reader: TelemetryReader,
    chosen: Callable[[str, str], bool],
    parts: Iterable[str] | None = None,
) -> tuple[Column, ...]:
    """Return the recorded points that are chosen by part and key; raises StorageError."""
    return tuple(
        Column(part, point.key, point.unit)
        for part in (reader.parts() if parts is None else parts)
        for point in reader.points(part)
        if chosen(part, point.key)
    )
