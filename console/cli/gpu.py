"""``gpu``: GPUs wherever they are, read once, watched, served; and what Xids mean."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import gpu_serve, gpu_xid
from console.cli import options as opt

if TYPE_CHECKING:
    from drivers.gpu.source import GpuSource

app = typer.Typer(help="Read, watch and serve GPUs; explain Xids.", no_args_is_help=True)
gpu_xid.register(app)
app.command(name="serve")(gpu_serve.serve)
_TIMEOUT_S = 5.0
_INVENTORY_S = 30.0
"""A GPU that hangs holds up the inventory for a few seconds; the others are not left out."""

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="nvml://local, http://HOST:9400/metrics, prometheus+http://HOST:9090?instance=NAME, "
        "or a file with the output of nvidia-smi -q or --query-gpu.",
    ),
]
Ca = Annotated[Path | None, typer.Option("--ca", help="Certificates to trust, for https.")]


@app.command(name="list")
def list_gpus(
    source: Source,
    as_json: opt.AsJson = False,
    as_site: Annotated[
        bool, typer.Option("--site", help="Print the [[host.gpu]] lines of a site file.")
    ] = False,
    columns: Annotated[
        str, typer.Option(help="What was queried, for a CSV file without a heading.")
    ] = "",
    ca: Ca = None,
) -> None:
    """Look once at every GPU, and say what each calls for.

    Example: [bold]tankside gpu list http://node-17:9400[/bold]
    """
    from console.cli import gpu_table
    from console.cli.gpu_look import look_at
    from console.cli.table import print_json, terminal

    told = [column.strip() for column in columns.split(",") if column.strip()]
    gpus = source_of(source, ca=ca, columns=told, connect_s=_INVENTORY_S)
    look = asyncio.run(look_at(gpus))
    if as_json:
        print_json(gpu_table.as_json(look))
    elif as_site:
        for line in gpu_table.site_lines(look):
            typer.echo(line)
    else:
        console, title = terminal(), gpu_table.look_title(look)
        console.print(gpu_table.gpu_table(look.gpus, title, console.width, look.findings))
        for line in (*look.trouble, *gpu_table.finding_lines(look)):
            typer.echo(line)


@app.command(name="watch")
def watch_gpus(
    source: Source,
    seconds: opt.Seconds = None,
    interval: Annotated[float, typer.Option(help="Seconds between looks.", min=0.1, max=60)] = 1.0,
    ca: Ca = None,
) -> None:
    """Look again and again: a table, how long looks take, and a line for every event.

    Example: [bold]tankside gpu watch nvml://local --seconds 60[/bold]
    """
    from console.cli.gpu_watch import watch
    from drivers.gpu.source import Capability

    gpus = source_of(source, period_s=interval, ca=ca)
    if Capability.RECORDED in gpus.capabilities:
        raise typer.BadParameter(f"{source} is a recording: use `tankside gpu list`")
    try:
        asyncio.run(watch(gpus, interval, seconds))
    except KeyboardInterrupt:
        raise typer.Exit from None


def source_of(
    text: str,
    *,
    period_s: float = 1.0,
    timeout_s: float = _TIMEOUT_S,
    ca: Path | None = None,
    columns: Sequence[str] = (),
    connect_s: float | None = None,
) -> GpuSource:
    """Return a source; raises typer.BadParameter with what is allowed."""
    from drivers.gpu.open import open_source

    try:
        return open_source(
            text,
            period_s=period_s,
            timeout_s=timeout_s,
            ca_file=ca,
            columns=columns,
            connect_s=connect_s,
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
