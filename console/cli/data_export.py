"""``data export``: a range of the telemetry as a file for a spreadsheet or a program."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO, cast

import typer

from console.cli import options as opt
from console.cli.data_places import (
    SiteArgument,
    duration_us,
    folder_of,
    moment,
    progress,
    tell_damage,
)
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.history.export import Column, ExportPlan, ExportReport
    from console.history.telemetry_store.reader import TelemetryReader

Parts = Annotated[
    list[str] | None,
    typer.Option("--part", help="Only this part (tank-1, host-*); may be given several times."),
]
Points = Annotated[
    list[str] | None,
    typer.Option("--point", help="Only this point (*_temperature); may be given several times."),
]
Since = Annotated[str, typer.Option(help="From when: 2026-11-21T12:00 (UTC) or how long ago: 36h.")]
Until = Annotated[str, typer.Option(help="Until when, as --since; not included.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="export")(export_range)


def export_range(
    site: SiteArgument = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file; else to the terminal.")
    ] = None,
    since: Since = "24h",
    until: Until = "0s",
    part: Parts = None,
    point: Points = None,
    step: Annotated[
        str | None,
        typer.Option(help="Least, greatest and mean of each 10s, 5m, 1h; else every sample."),
    ] = None,
    long: Annotated[
        bool, typer.Option("--long", help="A row per point and moment, with its quality.")
    ] = False,
    json_lines: Annotated[
        bool, typer.Option("--jsonl", help="A line of JSON for each row instead of CSV.")
    ] = False,
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="46,5 between semicolons.")
    ] = False,
    data: opt.Data = None,
) -> None:
    """Write a range as CSV for a spreadsheet, or as lines of JSON.

    Example: [bold]tankside data export --since 7d --step 1m --part tank-1 -o week.csv[/bold]
    """
    from console.history.export import ExportPlan, check_step
    from console.history.telemetry_store.reader import TelemetryReader

    reader = TelemetryReader(folder_of(site, data))
    step_us = duration_us(step) if step else 0
    if step_us and not check_step(step_us):
        raise typer.BadParameter(
            tr("a step is whole seconds, above 2 minutes whole minutes, above 2 hours whole hours")
        )
    since_us, until_us = moment(since), moment(until)
    if since_us >= until_us:
        raise typer.BadParameter(tr("--since is not before --until"))
    columns = _columns(reader, part or ["*"], point or ["*"])
    plan = ExportPlan(columns, since_us, until_us, step_us, long, json_lines, decimal_comma)
    if output is None:
        report = _export(reader, plan, cast("TextIO", sys.stdout))
    else:
        with _whole(output, spreadsheet=not json_lines) as stream:
            report = _export(reader, plan, stream)
        typer.echo(tr("{count} rows written to {path}", count=report.rows, path=output))
    tell_damage(report.damaged)


def _export(reader: TelemetryReader, plan: ExportPlan, stream: TextIO) -> ExportReport:
    from console.history.export import export

    with progress() as line:
        return export(reader, plan, stream, lambda share: line.show(f"{share:.0%}"))


def _columns(reader: TelemetryReader, parts: list[str], points: list[str]) -> tuple[Column, ...]:
    from console.history.export import columns_of

    def chosen(part: str, key: str) -> bool:
        return _fits(part, parts) and _fits(key, points)

    found = columns_of(reader, chosen)
    if not found:
        there = ", ".join(reader.parts()) or "-"
        raise FileError(tr("no such point is recorded; there are the parts {parts}", parts=there))
    return found


def _fits(text: str, patterns: list[str]) -> bool:
    return any(text == pattern or fnmatchcase(text, pattern) for pattern in patterns)


@contextmanager
def _whole(path: Path, *, spreadsheet: bool) -> Iterator[TextIO]:
    """Give a stream whose content is under ``path`` when the block has ended well.

    A spreadsheet knows by a byte order mark that text is UTF-8.
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as raw:
            encoding = "utf-8-sig" if spreadsheet else "utf-8"
            with io.TextIOWrapper(raw, encoding=encoding, newline="") as stream:
                yield stream
                stream.flush()
                os.fsync(raw.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise FileError(
            tr("{path}: cannot be written: {error}", path=path, error=error.strerror)
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
