"""``update check|apply|back``: a new version from a stick, and the way back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.update.installation import Installation
    from console.update.release import Found

app = typer.Typer(help="A new version from a stick, without a network.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="The release folder, on the stick.")]
Base = Annotated[
    Path | None,
    typer.Option(help="Where the versions lie side by side.", show_default="where this one runs"),
]
Trust = Annotated[str, typer.Option(help="The first time: the key's fingerprint, from paper.")]


@app.command()
def check(folder: Folder, base: Base = None, trust: Trust = "") -> None:
    """Prove a release and say whether it can be installed here; nothing is changed.

    Example: [bold]tankside update check /media/stick/tankside-0.2.0[/bold]
    """
    _checked(folder, _installation(base), trust)
    typer.echo(tr("It can be installed."))


@app.command()
def apply(folder: Folder, base: Base = None, trust: Trust = "") -> None:
    """Install a release beside this version, try it, and use it from the next start on.

    Example: [bold]tankside update apply /media/stick/tankside-0.2.0[/bold]
    """
    installation = _installation(base)
    found = _checked(folder, installation, trust)
    target = installation.install(found, typer.echo)
    typer.echo(
        tr(
            "In use from the next start on: {folder}. `tankside update back` goes back.",
            folder=target,
        )
    )


@app.command()
def back(base: Base = None) -> None:
    """Use the version before again.

    A log that the newer version has migrated lies beside its copy from before (docs/operations.md).

    Example: [bold]tankside update back[/bold]
    """
    typer.echo(tr("In use from the next start on: {folder}.", folder=_installation(base).back()))


def _checked(folder: Path, installation: Installation, trust: str) -> Found:
    from console.update.release import check as check_release
    from console.update.release import check_files, read_release

    found = read_release(folder)
    here = installation.build
    release = found.release
    typer.echo(f"{tr('Installed'):12} {here.version} ({here.number})")
    typer.echo(f"{tr('New version'):12} {release.version} ({release.number})")
    typer.echo(f"{tr('Key'):12} {found.signature.fingerprint}")
    check_release(found, here, installation.trusted_key, trust)
    check_files(found)
    return found


def _installation(base: Path | None) -> Installation:
    from console.update.installation import Installation as Place

    found = Place(base.absolute()) if base is not None else Place.running()
    if found is None:
        raise FileError(
            tr(
                "This Tankside was not installed side by side (by a package, a checkout or "
                "a kit); install the new package instead, or name a folder with --base."
            )
        )
    return found
