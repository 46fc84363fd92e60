"""``demo``, ``open``, ``record`` and ``simulate``: watching a site, or being one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr

if TYPE_CHECKING:
    from console.session import Session, Summary

Page = Annotated[str, typer.Option(help="The page to start on.")]
Theme = Annotated[str | None, typer.Option(help="light, dark, contrast or contrast-dark.")]
Glove = Annotated[bool | None, typer.Option(help="Targets of 20 mm, for gloves.")]
Language = Annotated[str | None, typer.Option(help="en or zh_CN.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(name="demo")(demo)
    app.command(name="open")(open_site)
    app.command(name="record")(record)
    app.command(name="simulate")(simulate)


def demo(
    tanks: opt.Tanks = 6,
    hosts: opt.Hosts = 6,
    gpus: opt.Gpus = 8,
    seed: opt.Seed = 7,
    speed: opt.Speed = 1.0,
    fault: opt.Faults = None,
    exporter: opt.Exporter = "dcgm",
    headless: Annotated[bool, typer.Option("--headless", help="No window: a table here.")] = False,
    seconds: opt.Seconds = None,
    data: opt.Data = None,
    as_json: opt.AsJson = False,
    page: Page = "site",
    theme: Theme = None,
    glove: Glove = None,
    language: Language = None,
) -> None:
    """Watch a simulated site: everything real but the equipment.

    Example: [bold]tankside demo --tanks 12 --fault pump_trip:tank-3@30[/bold]
    """
    from console.app import demo_site

    plant = opt.plant_options(tanks, hosts, gpus, seed, speed, fault, exporter=exporter)
    if not headless and not _has_display():
        typer.echo(tr("There is no display: the same site follows as a table."), err=True)
        headless = True
    with demo_site(plant, data) as session:
        if headless:
            summary = _headless(session, seconds, as_json=as_json)
        else:
            summary = _window(session, page, theme, glove, language, seconds)
    _print_summary(summary, as_json=as_json)


def open_site(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    data: opt.Data = None,
    page: Page = "site",
    theme: Theme = None,
    glove: Glove = None,
    language: Language = None,
) -> None:
    """Open the window on a real site.

    Example: [bold]tankside open hall.toml[/bold]
    """
    from console.app import open_site as open_session

    session = open_session(site, data)
    if not _has_display():
        typer.echo(
            tr(
                "There is no display; `tankside record {site}` watches without a window.", site=site
            ),
            err=True,
        )
        raise typer.Exit(2)
    _window(session, page, theme, glove, language, None)


def record(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    seconds: opt.Seconds = None,
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """Watch and record a real site without a window, until Ctrl-C.

    Example: [bold]tankside record hall.toml --seconds 3600[/bold]
    """
    from console.app import open_site as open_session

    summary = _headless(open_session(site, data), seconds, as_json=as_json)
    _print_summary(summary, as_json=as_json)


def simulate(
    tanks: opt.Tanks = 6,
    hosts: opt.Hosts = 6,
    gpus: opt.Gpus = 8,
    seed: opt.Seed = 7,
    speed: opt.Speed = 1.0,
    fault: opt.Faults = None,
    exporter: opt.Exporter = "dcgm",
    modbus_port: Annotated[int, typer.Option(help="First Modbus port; 0: any free ones.")] = 1502,
    gpu_port: Annotated[int, typer.Option(help="First exporter port; 0: any free ones.")] = 9400,
    site_out: Annotated[
        Path | None, typer.Option(help="Write the site file that reads it.")
    ] = None,
    regmap: Annotated[
        str, typer.Option("--map", help="The register map that the controllers speak.")
    ] = "generic-single-phase",
    seconds: opt.Seconds = None,
) -> None:
    """Serve the simulated equipment only: real Modbus and real exporters on this computer.

    Example: [bold]tankside simulate --tanks 2 --site-out sim.toml[/bold], then
    [bold]tankside open sim.toml[/bold]
    """
    from console.simulate import simulate as serve

    ports = {"modbus_port": modbus_port, "gpu_port": gpu_port}
    plant = opt.plant_options(
        tanks, hosts, gpus, seed, speed, fault, **ports, regmap=regmap, exporter=exporter
    )
    serve(plant, site_out, seconds)


def _has_display() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def _window(
    session: Session,
    page: str,
    theme: str | None,
    glove: bool | None,
    language: str | None,
    seconds: float | None,
) -> Summary:
    from console.ui.window import run_window

    run_window(session, page=page, theme=theme, glove=glove, language=language, seconds=seconds)
    return session.summary()


def _headless(session: Session, seconds: float | None, *, as_json: bool) -> Summary:
    from console.app import run_headless
    from console.cli.table import LiveTable

    told = StorageTold()
    with LiveTable(live=not as_json and sys.stdout.isatty()) as table:

        def tick(watched: Session) -> None:
            table.show(watched)
            told.say(watched)

        summary = run_headless(session, seconds, tick, every_s=1.0)
    if not as_json and not sys.stdout.isatty():
        table.print(session)
    return summary


class StorageTold:
    """Says once on standard error when recording fails, and when it goes on."""

    def __init__(self) -> None:
        self._sentence = ""

    def say(self, session: Session) -> None:
        """Say what has changed."""
        status = session.history.status
        if status.sentence == self._sentence:
            return
        self._sentence = status.sentence
        text = self._sentence or tr("Recording goes on.")
        typer.echo(f"tankside: {text}", err=True)


def _print_summary(summary: Summary, *, as_json: bool) -> None:
    from console.cli.table import print_json, print_summary

    if as_json:
        print_json(summary.as_dict())
    else:
        print_summary(summary)
