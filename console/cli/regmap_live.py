"""``regmap probe`` and ``regmap read``: what talks to equipment. Both only ever read."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from console.cli import options as opt
from console.text import tr
from drivers.modbus.datatypes import Area

if TYPE_CHECKING:
    from drivers.modbus.decodings import Decoding, Row, Value
    from drivers.modbus.probe import ProbeReport
    from drivers.modbus.rawread import RawRead

ResultT = TypeVar("ResultT")
_EXPLAINED = 3
Url = Annotated[
    str,
    typer.Argument(
        metavar="URL",
        help="tcp://HOST:502?unit=1, rtu:///dev/ttyUSB0?baud=19200&parity=N, rtu+tcp://…, "
        "ascii:///…, tls://…",
    ),
]
Everything = Annotated[bool, typer.Option("--all", help="Show what is not plausible as well.")]


def register(group: typer.Typer) -> None:
    """Add the commands to the group ``regmap``."""
    group.command()(probe)
    group.command()(read)


def probe(
    url: Url,
    name: Annotated[
        str | None,
        typer.Argument(metavar="MAP", help="Only this map: a file ending in .toml, or an id."),
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Find out which register map fits an unknown controller. Reads a little, never writes.

    Exit code 0 where a map fits or may fit, 1 where none does or nobody answers.

    Example: [bold]tankside regmap probe tcp://10.1.0.11:502?unit=1[/bold]
    """
    from drivers.modbus.probe import probe as probe_controller
    from drivers.modbus.regmap import load_map, shipped_maps

    maps = [load_map(each) for each in ([name] if name else shipped_maps())]
    report = _run(probe_controller(url, maps))
    if as_json:
        from console.cli.table import print_json

        print_json(report.as_dict())
    elif report.error:
        typer.echo(f"{url}: {report.error}", err=True)
    else:
        _print_scores(report)
    raise typer.Exit(0 if report.best else 1)


def read(
    url: Url,
    area: Annotated[Area, typer.Argument(metavar="AREA", help="coil, discrete, input or holding.")],
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="On the wire, from 0: what manuals print as 30001 is input 0. 0x works.",
        ),
    ],
    count: Annotated[
        int, typer.Argument(metavar="COUNT", help="How many registers (up to 125) or bits.")
    ],
    everything: Everything = False,
    as_json: opt.AsJson = False,
) -> None:
    """Read registers once and show every plausible decoding side by side.

    Example: [bold]tankside regmap read tcp://10.1.0.11 input 0 10[/bold]
    """
    from drivers.device import DeviceError
    from drivers.modbus.rawread import read_raw

    try:
        found = _run(read_raw(url, area, _number(address), count))
    except DeviceError as error:
        typer.echo(f"{url}: {error}", err=True)
        raise typer.Exit(1) from None
    if as_json:
        from console.cli.table import print_json

        print_json(found.as_dict())
    else:
        _print_words(found, everything=everything)


def _run(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    try:
        return asyncio.run(work)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _number(text: str) -> int:
    try:
        return int(text, 0) if text[:2].lower() == "0x" else int(text)
    except ValueError:
        raise typer.BadParameter(f"the address must be a number, found {text!r}") from None


def _print_scores(report: ProbeReport) -> None:
    from rich.table import Table

    from console.cli.table import terminal

    verdicts = {
        "fits": tr("fits"),
        "may fit": tr("may fit"),
        "does not fit": tr("does not fit"),
    }
    table = Table(title=report.url, title_justify="left")
    for heading in (tr("Map"), tr("Vendor"), tr("Model"), tr("Unit")):
        table.add_column(heading)
    table.add_column(tr("Score"), justify="right")
    for heading in (tr("Verdict"), tr("Points read")):
        table.add_column(heading)
    for score in report.scores:
        counted = f"{score.read}/{score.points}"
        verdict = verdicts[score.verdict]
        row = (score.map_id, score.vendor, score.model, str(score.unit), str(score.score), verdict)
        table.add_row(*row, counted)
    console = terminal()
    console.print(table)
    for score in report.scores[:_EXPLAINED]:
        console.print(f"[bold]{score.map_id}[/bold]")
        for sentence in score.evidence:
            console.print(f"  {sentence}", markup=False, soft_wrap=True)
    counts = tr("{reads} reads, {refused} refused", reads=report.reads, refused=report.refused)
    console.print(counts, markup=False)


def _print_words(found: RawRead, *, everything: bool) -> None:
    from console.cli.table import terminal

    console = terminal()
    if found.area.is_bits:
        console.print(_table((tr("Address"), tr("Printed as"), tr("Value")), _bits(found)))
        return
    place = tr("Address"), tr("Printed as")
    console.print(_table((*place, *_ONE, tr("Note")), _ones(found)))
    for width, kinds in _WIDER.items():
        rows = list(_wider(found.rows, kinds, everything=everything))
        if rows:
            headings = (tr("Address"), tr("Order"), *kinds)
            console.print(_table(headings, rows, title=f"{width} bit"))
    for order, text in found.texts.items():
        if any(char.isalnum() for char in text):
            console.print(f"{order}  {text!r}", markup=False)


_ONE = ("hex", "u16", "s16", "bitfield", "bcd16", "hhmm", "ascii")
_WIDER = {
    32: ("u32", "s32", "f32", "bcd32", "unixtime"),
    64: ("u64", "s64", "f64"),
}


def _bits(found: RawRead) -> list[list[str]]:
    return [
        [str(row.address), _printed(found.area, row.address), str(row.word)] for row in found.rows
    ]


def _ones(found: RawRead) -> list[list[str]]:
    rows = []
    for row in found.rows:
        cells = [str(row.address), _printed(found.area, row.address), f"0x{row.word:04X}"]
        cells += [_shown(row.value(kind, "AB")) for kind in _ONE[1:]]
        rows.append([*cells, tr("often: no value") if row.note else ""])
    return rows


def _wider(rows: Sequence[Row], kinds: Sequence[str], *, everything: bool) -> list[list[str]]:
    table = []
    for row in rows:
        for order in dict.fromkeys(d.order for d in row.decodings if d.kind == kinds[0]):
            own = {d.kind: d for d in row.decodings if d.order == order}
            cells = [_cell(own.get(kind), everything=everything) for kind in kinds]
            if any(cells):
                table.append([str(row.address), order, *cells])
    return table


def _cell(decoding: Decoding | None, *, everything: bool) -> str:
    if decoding is None or not (everything or decoding.plausible):
        return ""
    return _shown(decoding.value)


def _shown(value: Value) -> str:
    if value is None:
        return ""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def _printed(area: Area, address: int) -> str:
    """The number that most manuals print for an address: one-based, the area in front."""
    digits = 4 if address < 9999 else 5
    return f"{area.leading_digit}{address + 1:0{digits}d}"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> Any:
    from rich.table import Table

    table = Table(title=title or None, title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    return table
