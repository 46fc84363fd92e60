"""``data``: back up, move, prove, measure, export and send what is recorded in a data folder."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import data_export, data_push
from console.cli import options as opt
from console.cli.data_places import (
    SiteArgument,
    folder_of,
    progress,
    size_text,
    tell_damage,
    time_text,
)
from console.cli.log import tell_verified
from console.text import tr

if TYPE_CHECKING:
    from console.history.reader import LogReader
    from console.history.telemetry_store.sizes import Sizes

app = typer.Typer(
    help="Back up, move, prove, measure, export and send what is recorded.", no_args_is_help=True
)
data_export.register(app)
data_push.register(app)


def register(parent: typer.Typer) -> None:
    """Add the group ``data``."""
    parent.add_typer(app, name="data")


@app.command()
def backup(
    site: SiteArgument = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="A new folder, or a new file that ends in .zip.")
    ] = Path("tankside-backup"),
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """Copy everything that is recorded, while a console records or not; exit 1 if it is damaged.

    Example: [bold]tankside data backup hall-a.toml -o /media/stick/hall-a.zip[/bold]
    """
    from console.history.packed import is_packed, pack
    from console.history.telemetry_store.backup import backup as copy

    folder = folder_of(site, data)
    damaged: dict[str, str] = {}
    with progress() as line:

        def told(path: Path) -> None:
            line.show(tr("copied {file}", file=path.name))

        def faulty(path: Path, detail: str) -> None:
            damaged[path.name] = detail

        if is_packed(output):
            files = pack(folder, output, told, faulty)
        else:
            paths = copy(folder, output, told, faulty)
            files = [str(path.relative_to(output)) for path in paths]
    size = _size(output)
    for name, detail in damaged.items():
        text = tr("{file} is damaged and was copied as it is: {detail}", file=name, detail=detail)
        typer.echo(text, err=True)
    if as_json:
        told_all = {"backup": str(output), "files": files, "bytes": size, "damaged": damaged}
        _print_json(told_all)
        raise typer.Exit(1 if damaged else 0)
    typer.echo(
        tr(
            "{count} files of {folder} copied to {output} ({size})",
            count=len(files),
            folder=folder,
            output=output,
            size=size_text(size),
        )
    )
    raise typer.Exit(1 if damaged else 0)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="A folder or a .zip file.")],
    site: SiteArgument = None,
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """Make a data folder of a backup, with a new device id; nothing is overwritten.

    Example: [bold]tankside data restore hall-a.zip hall-a.toml[/bold]
    """
    from console.history.packed import unpacked
    from console.history.telemetry_store.backup import restore as make

    folder = folder_of(site, data, there=False)
    with unpacked(source, beside=folder) as found:
        files, device_id = make(found, folder, told_as=source)
    if as_json:
        names = [str(path.relative_to(folder)) for path in files]
        _print_json({"data": str(folder), "files": names, "device_id": device_id})
        return
    typer.echo(
        tr(
            "{count} files restored to {folder}; its device id is {device}",
            count=len(files),
            folder=folder,
            device=device_id,
        )
    )


@app.command()
def verify(site: SiteArgument = None, data: opt.Data = None, as_json: opt.AsJson = False) -> None:
    """Read everything back; exit 1 and name every hour that is damaged. Takes a backup as well.

    Example: [bold]tankside data verify /media/stick/hall-a.zip[/bold]
    """
    from dataclasses import asdict

    from console.history.attachments import verify_attachments
    from console.history.packed import is_packed, unpacked
    from console.history.reader import LogReader
    from console.history.telemetry_store.care import verify_telemetry

    if data is None and site is not None and (is_packed(site) or site.is_dir()):
        data = site
    with unpacked(data if data and data.is_file() else folder_of(site, data)) as folder:
        telemetry = verify_telemetry(folder)
        reader = LogReader(folder)
        log = reader.verify()
        photos = verify_attachments(folder, _bodies(reader))
    ok = telemetry.ok and log.ok and photos.ok
    if as_json:
        faults = [asdict(fault) for fault in telemetry.faults]
        counts = {"files": telemetry.files, "hours": telemetry.blocks, "samples": telemetry.samples}
        told = {"files": photos.files, "bytes": photos.bytes, "faults": dict(photos.faults)}
        _print_json(
            {
                "ok": ok,
                "log": asdict(log),
                "telemetry": {**counts, "faults": faults},
                "photos": told,
            }
        )
        raise typer.Exit(0 if ok else 1)
    if telemetry.ok:
        typer.echo(
            tr(
                "The telemetry is as it was recorded: {count} samples in {files} files",
                count=telemetry.samples,
                files=telemetry.files,
            )
        )
    tell_damage(telemetry.faults)
    if photos.files and photos.ok:
        typer.echo(tr("{count} photos are as they were taken", count=photos.files))
    for name, detail in photos.faults:
        typer.echo(tr("photo {name}: {detail}", name=name, detail=detail), err=True)
    tell_verified(log)
    raise typer.Exit(0 if ok else 1)


def _bodies(reader: LogReader) -> Iterator[Mapping[str, Any]]:
    """Give the bodies of events that name a photo, as far as the log can be read."""
    from console.history.attachments import NAMING_KINDS
    from console.history.trouble import StorageError

    with contextlib.suppress(StorageError):
        for event in reader.each_of_kinds(NAMING_KINDS):
            yield event.body


@app.command()
def stats(
    site: SiteArgument = None,
    data: opt.Data = None,
    points: Annotated[bool, typer.Option("--points", help="List every point.")] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Say what is there, what it takes, and how much a year will add.

    Example: [bold]tankside data stats --points[/bold]
    """
    from console.history.telemetry_store.sizes import sizes_of

    folder = folder_of(site, data)
    sizes = sizes_of(folder)
    if as_json:
        _print_json(_stats_json(folder, sizes))
    else:
        _print_stats(folder, sizes, points=points)


def _stats_json(folder: Path, sizes: Sizes) -> dict[str, object]:
    from dataclasses import asdict

    files = [{**asdict(one), "path": str(one.path)} for one in sizes.files]
    return {
        "data": str(folder),
        "files": files,
        "points": [{**asdict(one), "bytes": round(one.bytes)} for one in sizes.points],
        "log_bytes": sizes.log_bytes,
        "free_bytes": sizes.free_bytes,
        "growth_bytes_per_year": None if sizes.growth_bytes is None else round(sizes.growth_bytes),
    }


def _print_stats(folder: Path, sizes: Sizes, *, points: bool) -> None:
    from console.cli.table import terminal

    out = terminal()
    out.print(_file_table(folder, sizes))
    if points:
        out.print(_point_table(sizes))
    typer.echo(tr("Log: {size}", size=size_text(sizes.log_bytes)))
    typer.echo(tr("Free on this disk: {size}", size=size_text(sizes.free_bytes)))
    if sizes.growth_bytes is None:
        typer.echo(tr("Growth: not known before an hour is rolled up"))
        return
    typer.echo(tr("Growth while recording: {size} a year", size=size_text(sizes.growth_bytes)))
    years = sizes.free_bytes / sizes.growth_bytes
    typer.echo(tr("The free space lasts for {years} years of that", years=f"{years:.1f}"))


def _file_table(folder: Path, sizes: Sizes) -> object:
    from rich.table import Table

    table = Table()
    table.add_column(tr("File"), no_wrap=True)
    table.add_column(tr("Size"), justify="right", no_wrap=True)
    table.add_column(tr("Samples"), justify="right", no_wrap=True)
    table.add_column(tr("Bytes per sample"), justify="right", no_wrap=True)
    table.add_column(tr("From (UTC)"), no_wrap=True)
    table.add_column(tr("To (UTC)"), no_wrap=True)
    for one in sizes.files:
        each = f"{one.bytes / one.samples:.3f}" if one.samples else ""
        name = str(one.path.relative_to(folder))
        times = (time_text(one.first_us), time_text(one.last_us))
        table.add_row(name, size_text(one.bytes), f"{one.samples:,}", each, *times)
    return table


def _point_table(sizes: Sizes) -> object:
    from rich.table import Table

    table = Table()
    for heading in (tr("Part"), tr("Point"), tr("Class")):
        table.add_column(heading, no_wrap=True)
    for heading in (tr("Size"), tr("Samples"), tr("Bytes per sample")):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in (tr("From (UTC)"), tr("To (UTC)")):
        table.add_column(heading, no_wrap=True)
    for one in sizes.points:
        each = f"{one.bytes / one.samples:.3f}" if one.samples else ""
        figures = (size_text(one.bytes), f"{one.samples:,}", each)
        times = (time_text(one.first_us), time_text(one.last_us))
        table.add_row(one.part, one.key, one.class_name, *figures, *times)
    return table


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _print_json(value: object) -> None:
    from console.cli.table import print_json

    print_json(value)
