"""``regmap``: check, plan, import and export register maps. Nothing here talks to equipment.

The commands that do (``probe`` and ``read``) are added to the same group by
``console/cli/regmap_live.py``.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from drivers.modbus.explain import Explanation
    from drivers.modbus.interchange.common import Imported
    from drivers.modbus.lint import Finding

app = typer.Typer(help="Check, plan, import and export register maps.", no_args_is_help=True)
MapName = Annotated[
    str,
    typer.Argument(metavar="MAP", help="A map file ending in .toml, or the id of a shipped one."),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="A file; else to the terminal.")
]


class Foreign(StrEnum):
    """Formats that can be imported."""

    MBMAP = "mbmap"
    CSV = "csv"
    RACKMON = "rackmon"


class Exchange(StrEnum):
    """Formats that can be exported."""

    CSV = "csv"
    MBMAP = "mbmap"


class Protocol(StrEnum):
    """Lines that a plan can be made for."""

    TCP = "tcp"
    RTU = "rtu"
    ASCII = "ascii"


@app.command()
def lint(
    files: Annotated[
        list[str], typer.Argument(metavar="MAP…", help="Map files, or ids of shipped maps.")
    ],
    as_json: opt.AsJson = False,
) -> None:
    """Say what is wrong or doubtful in register maps, with file and line.

    Exit code 1 where there are errors, 2 where a file cannot be read; warnings alone are 0.

    Example: [bold]tankside regmap lint my-tank.toml[/bold]
    """
    from drivers.modbus.lint import lint_file
    from drivers.modbus.regmap import map_path

    findings: list[Finding] = []
    unreadable: list[str] = []
    for name in files:
        try:
            findings += lint_file(map_path(name))
        except FileError as error:
            unreadable.append(str(error))
    errors = sum(finding.severity == "error" for finding in findings)
    if as_json:
        from console.cli.table import print_json

        print_json([finding.as_dict() for finding in findings])
    else:
        _print_findings(findings, errors, len(files) - len(unreadable))
    for sentence in unreadable:
        typer.echo(f"tankside: {sentence}", err=True)
    raise typer.Exit(2 if unreadable else 1 if errors else 0)


@app.command()
def plan(
    name: MapName,
    protocol: Annotated[
        Protocol | None, typer.Option(help="Plan for this line instead of the map's own.")
    ] = None,
    baud: Annotated[
        int | None, typer.Option(help="Plan for this speed of a serial line.", min=300)
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Show the reads that a map leads to, what each is for, and how long they take.

    Example: [bold]tankside regmap plan ocp-orv3-rpu --baud 9600[/bold]
    """
    from drivers.modbus.explain import explain_plan
    from drivers.modbus.regmap import load_map

    regmap = load_map(name)
    if baud is not None:
        transport = regmap.transport.model_copy(update={"baud": baud})
        regmap = regmap.model_copy(update={"transport": transport})
    found = explain_plan(regmap, protocol.value if protocol else None)
    if as_json:
        from console.cli.table import print_json

        print_json({"map": regmap.id, **found.as_dict()})
    else:
        _print_plan(regmap.id, found)


@app.command(name="import")
def import_map(
    file: Annotated[Path, typer.Argument(help="The file to read.")],
    source: Annotated[Foreign, typer.Option("--from", help="What the file is.")],
    output: Output = None,
) -> None:
    """Turn another format into a register map, and say what is doubtful in the result.

    Exit code 1 where the map still has errors: it is written all the same, to be mended.

    Example: [bold]tankside regmap import --from csv points.csv -o my-tank.toml[/bold]
    """
    from drivers.files import read_text
    from drivers.modbus.interchange.toml_text import to_toml
    from drivers.modbus.lint import lint_text

    found = _imported(source, read_text(file), file.name)
    text = to_toml(found.data)
    _write(text, output)
    for remark in found.remarks:
        typer.echo(f"{file}: {remark}", err=True)
    findings = lint_text(text, output or Path("-"))
    for finding in findings:
        typer.echo(str(finding), err=True)
    raise typer.Exit(1 if any(finding.severity == "error" for finding in findings) else 0)


@app.command()
def export(
    name: MapName,
    target: Annotated[Exchange, typer.Option("--to", help="What to write.")],
    output: Output = None,
) -> None:
    """Write a register map in another format; importing it again gives the same map.

    Example: [bold]tankside regmap export --to csv vertiv-xdu1350b -o points.csv[/bold]
    """
    from drivers.modbus.interchange.csv_map import export_csv
    from drivers.modbus.interchange.mbmap import export_mbmap
    from drivers.modbus.regmap import load_map

    writer = {Exchange.CSV: export_csv, Exchange.MBMAP: export_mbmap}[target]
    _write(writer(load_map(name)), output)


@app.command()
def schema(output: Output = None) -> None:
    """Write the JSON Schema of register maps, for editors that check while one types.

    Example: [bold]tankside regmap schema -o regmap.schema.json[/bold]
    """
    from drivers.modbus.schema import regmap_schema

    _write(regmap_schema(), output)


def _imported(source: Foreign, text: str, name: str) -> Imported:
    from drivers.modbus.interchange.csv_map import import_csv
    from drivers.modbus.interchange.mbmap import import_mbmap
    from drivers.modbus.interchange.rackmon import import_rackmon

    reader = {
        Foreign.CSV: import_csv,
        Foreign.MBMAP: import_mbmap,
        Foreign.RACKMON: import_rackmon,
    }[source]
    return reader(text, name)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror}") from None
    typer.echo(tr("written to {path}", path=output), err=True)


def _print_findings(findings: list[Finding], errors: int, files: int) -> None:
    for finding in findings:
        typer.echo(str(finding))
    typer.echo(
        tr(
            "{files} maps read: {errors} errors, {warnings} warnings",
            files=files,
            errors=errors,
            warnings=len(findings) - errors,
        )
    )


def _print_plan(name: str, found: Explanation) -> None:
    from rich.table import Table

    from console.cli.table import terminal

    table = Table(title=f"{name}  {found.protocol}", title_justify="left")
    for heading in ("Read", "Addresses", "Count", "Unused", "When", "ms", "Points"):
        is_text = heading in {"Read", "When", "Points"}
        table.add_column(tr(heading), justify="left" if is_text else "right")
    for read in found.reads:
        table.add_row(
            f"FC{read.function_code} {read.area}",
            f"{read.address}–{read.address + read.count - 1}",
            str(read.count),
            str(read.unused),
            _when(read.every_s),
            f"{read.time_ms:.1f}",
            ", ".join(read.points),
        )
    terminal().print(table)
    typer.echo(
        tr(
            "{ms} ms for each cycle; a gap of up to {gap} registers is cheaper to read across",
            ms=f"{found.cycle_ms:.1f}",
            gap=found.break_even_registers,
        )
    )


def _when(every_s: float | None) -> str:
    if every_s is None:
        return tr("once per connection")
    return tr("every {seconds} s", seconds=f"{every_s:g}") if every_s else tr("every cycle")
