"""Telemetry around the work as strips of charts: what was recorded, its gaps, limits and phases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from console.documents import words as w
from console.documents.completion_data import Completion, RunFile
from console.documents.report_model import (
    Between,
    Figures,
    Floats,
    LimitLine,
    Line,
    Panel,
    Span,
    Strip,
)
from console.documents.report_times import ticks
from console.documents.report_words import Steps, Told
from console.history.telemetry_store.envelope import Envelope
from console.history.trouble import StorageError
from console.text import tr
from console.vocabulary import translated_name, unit
from procedures.checks import Comparison
from procedures.engine.state import Run
from procedures.spec import Procedure

Name = tuple[str, str]
SiteLimits = Mapping[Name, Sequence[tuple[float, str]]]
"""Limits of the site's own maps: values and words by part and point."""
PIXELS = 420
_LEAST_US, _MOST_US = 120_000_000, 600_000_000
"""How much is shown before and after the work."""
_MOST_LINES = 4
_GAP_STRIDES = 4.0
LEVEL = ("level", "level_expected")
TEMPERATURES = (
    "coolant_supply_temperature",
    "coolant_return_temperature",
    "bulk_temperature",
    "facility_supply_temperature",
)
FLOW = ("coolant_flow", "facility_flow")
PUMPS = ("pump[1].speed_percent", "pump[2].speed_percent")
CORE, POWER = "core_temperature", "power"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One panel that is wanted: its title, the parts it is of and their points."""

    title: str
    parts: tuple[str, ...]
    keys: tuple[str, ...]


def strips_of(
    report: Completion, run: RunFile, told: Told, limits: SiteLimits | None = None
) -> list[Strip]:
    """Return the strips of a run: one for each tank, one for the GPUs worked on."""
    if not run.events:
        return []
    parts = [p for ps in run.run.subjects.values() for p in ps] if run.run else []
    gpus = tuple(dict.fromkeys(part for part in parts if "/gpu" in part))
    tanks = _tanks(run)
    source = Source(report, run, told, limits or {})
    found = [
        source.strip(
            tr("Telemetry of {part} around the work", part=tank),
            (
                Wanted(tr("Fluid level"), (tank,), LEVEL),
                Wanted(tr("Temperatures"), (tank,), TEMPERATURES),
                Wanted(tr("Flow"), (tank,), FLOW),
            ),
        )
        for tank in tanks
    ]
    if gpus:
        host = gpus[0].partition("/")[0]
        found.append(
            source.strip(
                tr("Telemetry of the GPUs of {part} around the work", part=host),
                (
                    Wanted(tr("Core temperature"), gpus, (CORE,)),
                    Wanted(tr("Power"), gpus, (POWER,)),
                ),
            )
        )
    # What the axis and the signs mean is said once, below the first strip.
    return [*found[:1], *(replace(strip, axis="") for strip in found[1:])]


def _tanks(run: RunFile) -> list[str]:
    if run.run is None or run.procedure is None:
        return []
    names = [n for n, spec in run.procedure.subjects.items() if spec.kind == "tank"]
    return list(dict.fromkeys(p for n in names for p in run.run.subjects.get(n, ())))


class Source:
    """The telemetry of one run, as of one stretch of time for all its charts."""

    def __init__(self, report: Completion, run: RunFile, told: Told, limits: SiteLimits) -> None:
        self._report = report
        self._run = run
        self._limits = limits
        self._told = told
        room_us = min(max((run.ended_us - run.began_us) // 4, _LEAST_US), _MOST_US)
        self.since_us, self.until_us = run.began_us - room_us, run.ended_us + room_us
        self._steps = Steps(run.procedure, told.language)
        self.spans = _phases(run, self._steps, self.since_us)

    def strip(self, title: str, wanted: Sequence[Wanted]) -> Strip:
        """Return a strip; a panel of which nothing was recorded says so."""
        pairs = [self._panel(one) for one in wanted]
        span_s = (self.until_us - self.since_us) / 1e6
        axis = tr(
            "Times are UTC on {day}; dotted: limits while they held; shaded: phases of the work."
            " Where a curve is broken nothing good was recorded.",
            day=self._told.clock.day(self._run.began_us),
        )
        return Strip(
            title,
            tuple(panel for panel, _ in pairs),
            ticks(self.since_us, self.until_us),
            axis,
            self.spans,
            0.0,
            span_s,
            tuple(figures for _, figures in pairs if figures is not None),
            tr(
                "From {since} to {until} UTC; the numbers are in the tables below.",
                since=self._told.clock.utc(self.since_us),
                until=self._told.clock.utc(self.until_us),
            ),
        )

    def _panel(self, wanted: Wanted) -> tuple[Panel, Figures | None]:
        names = [(part, key) for part in wanted.parts for key in wanted.keys]
        try:
            found = self._report.telemetry.envelopes(names, self.since_us, self.until_us, PIXELS)
            known = {part: self._points(part) for part in wanted.parts}
        except StorageError as trouble:
            return Panel(wanted.title, "", (), note=trouble.sentence), None
        curves = [
            (name, curve_of(envelope, self.since_us))
            for name, envelope in zip(names, found, strict=True)
            if envelope.count.any()
        ]
        damaged = any(envelope.damaged for envelope in found)
        if not curves:
            why = (
                tr("the telemetry file is damaged here") if damaged else tr("nothing was recorded")
            )
            return Panel(wanted.title, "", (), note=why), None
        code = known[curves[0][0][0]].get(curves[0][0][1], ("", ""))[1]
        lines = [Line(self._name(name, wanted, known), *curve) for name, curve in curves]
        panel = Panel(wanted.title, unit(code), tuple(lines), limits=self._limits_of(names, code))
        if damaged:
            lost = tr("part of the telemetry file is damaged")
            panel = replace(panel, title=f"{wanted.title} - {lost}")
        if len(lines) > _MOST_LINES:
            panel = _gathered(panel)
        return panel, self._figures(panel, lines)

    def _points(self, part: str) -> dict[str, tuple[str, str]]:
        return {p.key: (p.name, p.unit) for p in self._report.telemetry.points(part)}

    def _name(
        self, name: Name, wanted: Wanted, known: Mapping[str, Mapping[str, tuple[str, str]]]
    ) -> str:
        part, key = name
        if len(wanted.keys) == 1:
            return part.rpartition("/")[2]
        return translated_name(known[part].get(key, (w.point_name(key), ""))[0])

    # ---- limits ----

    def _limits_of(self, names: Sequence[Name], code: str) -> tuple[LimitLine, ...]:
        run, procedure = self._run.run, self._run.procedure
        found: dict[tuple[float, str], LimitLine] = {}
        if run is not None and procedure is not None:
            for comparison, step in _comparisons(procedure):
                if comparison.unit == code and _looks_at(comparison, names, run):
                    self._add(found, comparison, step)
        end_s = (self.until_us - self.since_us) / 1e6
        for name in names:
            for value, words in self._limits.get(name, ()):
                found.setdefault((value, words), LimitLine(value, words, 0.0, end_s))
        return tuple(found.values())

    def _add(
        self, found: dict[tuple[float, str], LimitLine], comparison: Comparison, step: str
    ) -> None:
        for value, sign in ((comparison.low, "≥"), (comparison.high, "≤")):
            if value is None:
                continue
            text = f"{sign} {w.amount(value, comparison.unit)}"
            for since_us, until_us in self._visits(step):
                line = LimitLine(
                    value, text, (since_us - self.since_us) / 1e6, (until_us - self.since_us) / 1e6
                )
                known = found.get((value, text))
                found[value, text] = (
                    replace(
                        known,
                        from_s=min(known.from_s, line.from_s),
                        until_s=max(known.until_s, line.until_s),
                    )
                    if known
                    else line
                )

    def _visits(self, step: str) -> list[tuple[int, int]]:
        end = self._run.ended_us
        return [
            (time.started_us, time.ended_us or end)
            for time in self._run.times
            if time.step == step and time.started_us
        ]

    # ---- numbers ----

    def _figures(self, panel: Panel, lines: Sequence[Line]) -> Figures:
        """Return least, mean and greatest of each curve in each phase."""
        spans = self.spans or (Span(0.0, (self.until_us - self.since_us) / 1e6, "", tr("all")),)
        rows = []
        for line in lines:
            for span in spans:
                inside = (line.at_s >= span.from_s) & (line.at_s <= span.until_s)
                values = line.values[inside & np.isfinite(line.values)]
                rows.append((line.name, f"{span.name} {span.title}".strip(), *_three(values)))
        titles = (tr("Curve"), tr("Phase"), tr("Least"), tr("Mean"), tr("Greatest"))
        shown = f"{panel.title} ({panel.unit})" if panel.unit else panel.title
        return Figures(shown, titles, tuple(rows))


def _three(values: Floats) -> tuple[str, str, str]:
    if not len(values):
        return "---", "---", "---"
    return tuple(f"{number:.4g}" for number in (values.min(), values.mean(), values.max()))  # type: ignore[return-value]  # three in, three out


def curve_of(envelope: Envelope, since_us: int) -> tuple[Floats, Floats]:
    """Return a curve through the least and greatest value of each stretch; NaN where it breaks.

    Stretches without a sample between two with some are no gap unless they are many more than
    usual: samples may simply come less often than the paper could show.
    """
    filled = np.flatnonzero(envelope.count > 0)
    if not len(filled):
        return np.empty(0), np.empty(0)
    strides = np.diff(filled)
    usual = float(np.median(strides)) if len(strides) else 1.0
    middles = ((envelope.edges_us[:-1] + envelope.edges_us[1:]) / 2 - since_us) / 1e6
    at: list[float] = []
    values: list[float] = []
    for n, i in enumerate(filled.tolist()):
        if n and _is_gap(envelope, int(filled[n - 1]), i, usual):
            at.append(float(middles[filled[n - 1]] + middles[i]) / 2)
            values.append(float("nan"))
        low, high = float(envelope.minimum[i]), float(envelope.maximum[i])
        at.append(float(middles[i]))
        values.append(low)
        if high > low:
            at.append(float(middles[i]))
            values.append(high)
    return np.array(at), np.array(values)


def _is_gap(envelope: Envelope, before: int, after: int, usual: float) -> bool:
    if bool(envelope.flagged[before + 1 : after].any()):
        return True
    return after - before > max(_GAP_STRIDES * usual, usual + 2)


def _gathered(panel: Panel) -> Panel:
    """Return a panel of many curves: lowest to highest in grey, the middle as a line."""
    at = np.unique(np.concatenate([line.at_s for line in panel.lines]))
    both = [_at_times(line, at) for line in panel.lines]
    table = np.array(both)
    empty = ~np.isfinite(table).any(axis=0)
    with_some = np.where(empty, 0.0, table)
    low = np.where(empty, np.nan, np.nanmin(with_some, axis=0))
    high = np.where(empty, np.nan, np.nanmax(with_some, axis=0))
    middle = np.where(empty, np.nan, np.nanmedian(with_some, axis=0))
    last = panel.lines[-1].name
    name = tr("{first} to {last}, lowest to highest", first=panel.lines[0].name, last=last)
    return replace(
        panel,
        lines=(Line(tr("middle"), at, middle),),
        between=(Between(name, at, low, high),),
    )


def _at_times(line: Line, at: Floats) -> Floats:
    """Return a curve at other times: between its samples as drawn, nothing inside its gaps."""
    good = np.isfinite(line.values)
    found = np.interp(at, line.at_s[good], line.values[good], left=np.nan, right=np.nan)
    for before, after in _gaps(line):
        found[(at > before) & (at < after)] = np.nan
    return found


def _gaps(line: Line) -> list[tuple[float, float]]:
    """Return from when to when a curve is broken."""
    ends = np.flatnonzero(~np.isfinite(line.values))
    last = len(line.values) - 1
    return [
        (float(line.at_s[max(i - 1, 0)]), float(line.at_s[min(i + 1, last)])) for i in ends.tolist()
    ]


def _phases(run: RunFile, steps: Steps, since_us: int) -> tuple[Span, ...]:
    """Return the phases of a run in the order in which they were gone through."""
    procedure = run.procedure
    if procedure is None:
        return ()
    found: list[tuple[str, str, int, int]] = []
    for time in run.times:
        if not time.started_us:
            continue
        phase = procedure.phase_of.get(time.step)
        name = phase.id if phase else "make-safe"
        title = w.said(phase.title, steps.language) if phase else tr("Way back to a safe state")
        ended = time.ended_us or run.ended_us
        if found and found[-1][0] == name:
            found[-1] = (name, title, found[-1][2], max(ended, found[-1][3]))
        else:
            found.append((name, title, time.started_us, ended))
    joined = [
        (title, began, following[2])
        for (_, title, began, _), following in pairwise([*found, ("", "", run.ended_us, 0)])
    ]
    return tuple(
        Span((began - since_us) / 1e6, (ended - since_us) / 1e6, str(n), title)
        for n, (title, began, ended) in enumerate(joined, 1)
    )


def _comparisons(procedure: Procedure) -> list[tuple[Comparison, str]]:
    """Return every numeric comparison of a procedure with the step at which it holds."""
    found = []
    for name, step in procedure.steps.items():
        checks = [gate.parsed for gate in step.gates]
        checks += [kept.parsed for kept in procedure.invariants_of(name)]
        found += [
            (one, name)
            for check in checks
            for one in check.either
            if not one.state and (one.low is not None or one.high is not None)
        ]
    return found


def _looks_at(comparison: Comparison, names: Sequence[Name], run: Run) -> bool:
    parts = set(run.subjects.get(comparison.subject, ()))
    return any(key == comparison.point and part in parts for part, key in names)
