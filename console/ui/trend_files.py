"""What is shown as files: which points, which range, in which form. No Qt in here.

A range that is compared with is a file of its own beside the first: its times are its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO, cast

from console.history.export import Column, ExportPlan, check_step, export
from console.history.telemetry_store.reader import TelemetryReader
from console.ui.trend_source import TrendHistory
from console.ui.trend_strips import Chosen

MOST_ROWS = 5000
"""So many rows of a table tell as much as a screen does, and every spreadsheet opens them."""
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400)
_SECOND_US = 1_000_000
_DAY_US = 86_400 * _SECOND_US


class Format(StrEnum):
    """What is written."""

    PICTURE = "picture"
    TABLE = "table"
    TABLE_COMMA = "table_comma"
    SAMPLES = "samples"

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return ".png" if self is Format.PICTURE else ".csv"


@dataclass(frozen=True)
class Ranges:
    """What is exported: the range shown and, if it is compared, how much later the other lies."""

    chosen: tuple[Chosen, ...]
    start_us: int
    end_us: int
    against_us: int = 0

    def plans(self, kind: Format) -> list[ExportPlan]:
        """Return what to write into the first file, and into the second if there is one."""
        columns = tuple(Column(one.part, one.point.key, one.point.unit) for one in self.chosen)
        shifts = (0, self.against_us) if self.against_us else (0,)
        samples = kind is Format.SAMPLES
        return [
            ExportPlan(
                columns,
                self.start_us + shift,
                self.end_us + shift,
                0 if samples else step_for(self.end_us - self.start_us),
                long=samples,
                decimal_comma=kind is Format.TABLE_COMMA,
            )
            for shift in shifts
        ]


class CancelledError(Exception):
    """Nobody waits for the file any more."""


def write_rows(
    history: TrendHistory, wanted: Ranges, kind: Format, path: Path, is_off: Callable[[], bool]
) -> tuple[list[Path], int]:
    """Write the files; returns which, and how many rows they have together.

    Raises StorageError and OSError; a file that is not whole is never left.
    """
    reader = cast("TelemetryReader", history)  # it asks for no more than TrendHistory offers

    def told(_share: float) -> None:
        if is_off():
            raise CancelledError

    paths, rows = [], 0
    for number, plan in enumerate(wanted.plans(kind)):
        into = path.with_stem(f"{path.stem}-compared") if number else path
        rows += write_whole_file(into, lambda s, p=plan: export(reader, p, s, told).rows)  # type: ignore[misc]
        paths.append(into)
    return paths, rows


def step_for(span_us: int) -> int:
    """Return the shortest round step that a table of a range can have, at least a second."""
    for step_s in _STEPS_S:
        step_us = step_s * _SECOND_US
        if span_us <= step_us * MOST_ROWS and check_step(step_us):
            return step_us
    return -(-span_us // (MOST_ROWS * _DAY_US)) * _DAY_US


def write_whole_file(path: Path, write: Callable[[TextIO], int]) -> int:
    """Write beside the file and put it in place when it is whole; returns what ``write`` does.

    Raises OSError, and whatever ``write`` raises; then no part of it is left.
    """
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            count = write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count
