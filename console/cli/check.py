"""``check``: ask everything once and say what came back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from console.cli import options as opt
from console.text import tr


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="check")(check)


def check(
    site: Annotated[Path, typer.Argument(help="The site file.")], as_json: opt.AsJson = False
) -> None:
    """Poll every device of a site once and print each point; exit 1 if one did not answer.

    Example: [bold]tankside check hall.toml[/bold]
    """
    from console.check import check_devices
    from console.site import load_site

    results = asyncio.run(check_devices(load_site(site)))
    if as_json:
        from console.cli.table import print_json

        print_json([result.as_dict() for result in results])
    else:
        for result in results:
            _print(result)
    raise typer.Exit(0 if all(result.error is None for result in results) else 1)


def _print(result: Any) -> None:
    from rich.table import Table

    from console.cli.table import terminal

    console = terminal()
    if result.error is not None:
        console.print(f"[bold]{result.device}[/bold] {result.url}")
        console.print(f"  {tr('no answer')}: {result.error}", markup=False, soft_wrap=True)
        return
    table = Table(title=f"{result.device}  {result.url}", title_justify="left")
    for heading in ("Part", "Point", "Value", "Unit", "Quality", "Reason", "Register"):
        table.add_column(tr(heading), justify="right" if heading == "Value" else "left")
    for row in result.rows:
        value = row.words or ("---" if row.value is None else f"{row.value:.{row.precision}f}")
        table.add_row(row.part, row.point, value, row.unit, row.quality, row.reason, row.register)
    console.print(table)
