"""``nvidia-smi --query-gpu=… --format=csv``, with units, without, and without a heading.

A row counts where it has as many cells as the heading above it. Units stand in the heading
(``power.draw [W]``), behind the number, or both, and are checked wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from drivers.gpu.points import GpuPointSpec, gpu_points
from drivers.gpu.smi.captured import CapturedGpu, Facts
from drivers.gpu.smi.printed import absent, identity, mask, moment, number, word
from drivers.gpu.smi.spec import smi_spec
from drivers.points import Reason

MOST_UNNAMED = 32
_COLUMN = re.compile(r"([A-Za-z][\w.]*)(?:\s*\[([^\[\]]+)\])?", re.ASCII)
_INDEX, _TIME = "index", "timestamp"
_OF_OTHER_QUERIES = frozenset(
    {"pid", "process_name", "retired_pages.address", "retired_pages.cause", "remapped_rows.address"}
)


class UnclearRowsError(ValueError):
    """The rows do not say which GPU they are of: one sentence for a person."""


@dataclass(frozen=True)
class _Heading:
    """The columns of a table; ``units`` by column, None for all where they were told, not read."""

    names: tuple[str, ...]
    units: dict[str, str] | None


def read_query_csv(text: str, columns: Sequence[str] = ()) -> list[CapturedGpu]:
    """Return a GPU for each row, in the order printed; raises UnclearRowsError.

    ``columns`` are those asked for with ``noheader``. Of a last line that is not ended the last
    cell is left out: a file cut short may have lost a digit of it.
    """
    heading = _Heading(tuple(_bare(name) for name in columns), None) if columns else None
    rows: list[CapturedGpu] = []
    lines = text.split("\n")
    for n, line in enumerate(lines, 1):
        cells = [cell.strip().strip('"') for cell in line.split(",")]
        if found := _heading(cells):
            heading = None if _OF_OTHER_QUERIES & set(found.names) else found
        elif heading and len(cells) == len(heading.names) and any(cells):
            row = _captured(heading, cells[:-1] if n == len(lines) else cells)
            if row is not None:
                rows.append(row)
    return _named(rows)


def _heading(cells: Sequence[str]) -> _Heading | None:
    """A line of column names only, at least one of them known."""
    matches = [_COLUMN.fullmatch(cell) for cell in cells]
    found = [match for match in matches if match]
    if len(found) < len(cells) or not any(match[1] in _columns_used() for match in found):
        return None
    return _Heading(tuple(m[1] for m in found), {m[1]: m[2] or "" for m in found})


def _bare(column: str) -> str:
    return column.partition("[")[0].strip()


@cache
def _columns_used() -> frozenset[str]:
    known = {name for spec in gpu_points() for name in spec.csv}
    known |= {name for names in smi_spec().columns.values() for name in names}
    return frozenset(known | {_INDEX, _TIME})


def _captured(heading: _Heading, cells: Sequence[str]) -> CapturedGpu | None:
    """The GPU of a row; None for a line in which nothing reads as its column says."""
    facts = Facts()
    for name, cell in zip(heading.names, cells, strict=False):
        facts.add(name, cell)
    gpu = CapturedGpu(taken=moment(facts.text(_TIME)))
    index = facts.text(_INDEX)
    gpu.index = int(index) if re.fullmatch(r"\d{1,3}", index, re.ASCII) else None
    for name, columns in smi_spec().columns.items():
        texts = (identity(name, facts.text(column)) for column in columns)
        if told := next(filter(None, texts), ""):
            gpu.identity[name] = told
    for spec in gpu_points():
        gpu.add(spec.key, _point(spec, facts, heading))
    known = gpu.found or {r for r in gpu.missing.values() if r is not Reason.REJECTED}
    return gpu if known or (gpu.identity.keys() & {"uuid", "pci_bus_id"}) else None


def _point(spec: GpuPointSpec, facts: Facts, heading: _Heading) -> float | Reason | None:
    """The first of the point's columns with a value, else the reason that the first one gives."""
    reason: Reason | None = None
    for column in spec.csv:
        text = facts.get(column)
        if text is None:
            continue
        read = text if isinstance(text, Reason) else _cell(spec, column, text, heading)
        if not isinstance(read, Reason):
            return read
        reason = read if reason is None else reason
    return reason


def _cell(spec: GpuPointSpec, column: str, text: str, heading: _Heading) -> float | Reason:
    if words := smi_spec().words.get(spec.key):
        return word(text, words)
    if spec.flags:
        return mask(text)
    unit = smi_spec().units.get(spec.unit, "")
    above = unit if heading.units is None else heading.units.get(column, "")
    if above not in {"", unit}:
        reason = absent(text)
        return Reason.REJECTED if reason is None else reason
    told_above = above == unit  # then a number may stand alone
    return number(text, frozenset({unit, ""} if told_above else {unit}))


def _named(rows: Sequence[CapturedGpu]) -> list[CapturedGpu]:
    """Rows that name no GPU are taken for one each, in order, as far as that can be."""
    unnamed = [row for row in rows if row.index is None and row.key == "index None"]
    if len(unnamed) > MOST_UNNAMED:
        raise UnclearRowsError(
            f"has {len(unnamed)} rows that do not say which GPU they are of; "
            "query index or uuid as well"
        )
    for number_, row in enumerate(unnamed):
        row.index = number_
    return list(rows)
