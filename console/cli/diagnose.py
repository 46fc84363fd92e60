"""``diagnose``: a text to send with a question, shown before it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.text import tr
from drivers.files import FileError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(diagnose)


def diagnose(
    output: Annotated[Path, typer.Option("-o", "--output", help="The text file to write.")],
    data: Annotated[Path | None, typer.Option("--data", help="The data folder to look at.")] = None,
    site: Annotated[
        Path | None, typer.Option(help="The site file whose devices are timed.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask/--no-ask", help="Poll every device thrice.")] = True,
    serials: Annotated[bool, typer.Option("--serials", help="Leave serial numbers in.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
) -> None:
    """Gather versions, logs, errors, and plan and timing of each device, without names or secrets.

    All of it is shown first; it is written where you agree, and sent nowhere.

    Example: [bold]tankside diagnose -o question.txt --data DIR --site hall.toml[/bold]
    """
    from console.cli.log import data_folder
    from console.diagnose import diagnosis
    from console.site import load_site

    loaded = load_site(site) if site is not None else None
    try:
        folder = data_folder(data)
    except FileError:
        if data is not None:
            raise
        folder = None  # nothing was recorded yet: the rest is worth having
    text = diagnosis(folder, loaded, ask=ask, keep_serials=serials)
    typer.echo(text)
    if not yes and not typer.confirm(tr("Write this to {file}?", file=output)):
        raise typer.Exit(1)
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror or error}") from None
    typer.echo(tr("Written: {file}", file=output))
