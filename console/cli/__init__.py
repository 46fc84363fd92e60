"""The ``tankside`` command."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from console.cli import (
    alarms,
    check,
    data,
    diagnose,
    gpu,
    log,
    notify,
    people,
    picture,
    procedure,
    regmap,
    regmap_live,
    site,
    train,
    update,
    watch,
    work,
    workorder,
)
from console.text import system_language, tr, use_language

app = typer.Typer(
    name="tankside",
    help="The operations console for immersion-cooled GPU tanks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
watch.register(app)
check.register(app)
picture.register(app)
alarms.register(app)
data.register(app)
diagnose.register(app)
procedure.register(app)
work.register(app)
workorder.register(app)
people.register(app)
train.register(app)
notify.register(app)
app.add_typer(log.app, name="log")
app.add_typer(site.app, name="site")
app.add_typer(update.app, name="update")
app.add_typer(gpu.app, name="gpu")
app.add_typer(regmap.app, name="regmap")
regmap_live.register(regmap.app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tankside {version('tankside')}")
        raise typer.Exit


def _self_test(wanted: bool) -> None:
    if not wanted:
        return
    from console.selftest import run_selftest

    use_language(system_language())
    failed = 0
    for found in run_selftest():
        failed += not found.ok
        verdict = tr("ok") if found.ok else tr("FAILED")
        typer.echo(f"{verdict:6} {found.name:16} {found.took_s:5.1f} s  {found.detail}")
    raise typer.Exit(1 if failed else 0)


@app.callback()
def _common(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
    self_test: Annotated[
        bool,
        typer.Option(
            "--selftest",
            help="Try everything that this installation has to do; exit 1 if something fails.",
            callback=_self_test,
            is_eager=True,
        ),
    ] = False,
) -> None:
    use_language(system_language())


def main() -> None:
    """Run a command; the world's errors end with one sentence and exit code 2."""
    from console.history.trouble import StorageError
    from drivers.device import DeviceError
    from drivers.files import FileError
    from drivers.simulator.process import SimulatorError

    try:
        app()
    except (DeviceError, FileError, SimulatorError, StorageError) as error:
        typer.echo(f"tankside: {error}", err=True)
        sys.exit(2)


__all__ = ["app", "main"]
