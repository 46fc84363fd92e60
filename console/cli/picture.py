"""``screenshot``: a page of the demo site as a picture."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from console.cli import options as opt
from console.text import LANGUAGES, use_language
from drivers.files import FileError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="screenshot")(screenshot)


def screenshot(
    page: Annotated[str, typer.Argument(help="A page: site, tank, gpus, work, guided, trends …")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The PNG file to write.")],
    theme: Annotated[str, typer.Option(help="light, dark, contrast or contrast-dark.")] = "light",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.")] = "1280x800",
    seconds: Annotated[
        float, typer.Option(help="How long the site has run by then.", min=1)
    ] = 1800,
    fault: opt.Faults = None,
    tanks: opt.Tanks = 6,
    hosts: opt.Hosts = 6,
    gpus: opt.Gpus = 8,
    seed: opt.Seed = 7,
    glove: Annotated[bool, typer.Option("--glove", help="Targets of 20 mm.")] = False,
    language: Annotated[str, typer.Option(help="en or zh_CN.")] = "en",
    subject: Annotated[str | None, typer.Option(help="Tank, GPU, order or step to show.")] = None,
) -> None:
    """Make a picture of a page of the demo site; the same options make the same picture.

    Example: [bold]tankside screenshot tank --theme dark -o tank.png[/bold]
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    width, height = _size(size)
    if language not in LANGUAGES:
        raise typer.BadParameter(f"allowed are {', '.join(LANGUAGES)}", param_hint="--language")
    use_language(language)
    plant = opt.plant_options(tanks, hosts, gpus, seed, faults=fault)
    from console.cli.picture_work import furnish_page
    from console.demo import PausedDemo
    from console.ui.picture import draw

    with tempfile.TemporaryDirectory(prefix="tankside-") as folder:
        try:
            demo = PausedDemo(Path(folder), plant, seconds=seconds)
        except ValueError as error:  # a fault of equipment that there is not
            raise typer.BadParameter(str(error)) from None
        try:
            subject = furnish_page(demo, page, subject)
            draw(
                demo.session,
                page,
                output,
                theme=theme,
                size=(width, height),
                glove=glove,
                subject=subject,
            )
        except OSError as error:
            raise FileError(f"{output}: cannot be written: {error.strerror or error}") from None
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        finally:
            demo.close()
    typer.echo(str(output))


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"found {text!r}; allowed is WIDTHxHEIGHT", param_hint="--size")
    return int(width), int(height)
