"""``alarms report``: how good the alarms of a site are, from its log."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

app = typer.Typer(help="Measure the alarms themselves.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="alarms")


@app.callback()
def _group() -> None:
    """Measure the alarms themselves."""


@app.command()
def report(
    days: Annotated[float, typer.Option(help="How far back.", min=0.01, max=3660)] = 30,
    data: opt.Data = None,
    operators: Annotated[
        float, typer.Option(help="People who share the alarms.", min=0.1, max=1000)
    ] = 1,
    as_json: opt.AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of lines.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file; else to the terminal.")
    ] = None,
) -> None:
    """Show alarms per 10 minutes, floods, the most frequent and the chattering, beside targets.

    Example: [bold]tankside alarms report --days 30 --csv -o alarms.csv[/bold]
    """
    import json

    from console import alarm_report as told
    from console.cli.log import data_folder
    from console.history.reader import LogReader

    if as_json and as_csv:
        raise typer.BadParameter(tr("choose one of --json and --csv"))
    folder = data_folder(data)
    found = told.read_report(LogReader(folder), days, time.time_ns() // 1000, operators)
    if as_json:
        text = json.dumps(told.as_dict(found), ensure_ascii=False, indent=2) + "\n"
    else:
        text = told.as_csv(found) if as_csv else told.as_text(found)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror or error}") from None
    typer.echo(tr("The report is now in {file}.", file=output))
