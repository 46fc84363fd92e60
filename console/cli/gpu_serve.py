"""``gpu serve``: an exporter for a host that has none."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Annotated

import typer

from console.text import tr

if TYPE_CHECKING:
    from drivers.gpu.source import GpuSource

Listen = Annotated[
    str, typer.Option(metavar="HOST:PORT", help="Where to listen; :9400 is every address.")
]
_PORTS = range(65536)


def serve(
    source: Annotated[str, typer.Option(help="What to look at.")] = "nvml://local",
    listen: Listen = "0.0.0.0:9400",
    interval: Annotated[float, typer.Option(help="Seconds between looks.", min=0.1, max=60)] = 1.0,
) -> None:
    """Serve this computer's GPUs as an exporter, in dcgm-exporter's names, until Ctrl-C.

    Example: [bold]tankside gpu serve --listen 10.0.0.17:9400[/bold]
    """
    from console.cli.gpu import source_of

    host, port = _address(listen)
    gpus = source_of(source, period_s=interval, timeout_s=max(interval, 1.0))
    code = asyncio.run(_serve(gpus, host, port, interval))
    raise typer.Exit(code)


async def _serve(source: GpuSource, host: str, port: int, interval_s: float) -> int:
    """Return the exit code: 2 where there is nothing to serve or nowhere to."""
    from drivers.device import DeviceError
    from drivers.gpu.serve import GpuServer

    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    server = GpuServer(source, host=host, port=port, interval_s=interval_s, told=_say)
    opening = asyncio.create_task(server.open())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            return 0
        opening.result()
        where = f"[{host}]" if ":" in host else host
        typer.echo(tr("serving {url}; Ctrl-C ends", url=f"http://{where}:{server.port}/metrics"))
        await server.run(stop)
    except DeviceError as error:
        _say(str(error))
        return 2
    except OSError as error:
        _say(f"{host}:{port}: {error.strerror or error}")
        return 2
    finally:
        for task in (opening, stopping):
            task.cancel()
        await asyncio.gather(opening, stopping, return_exceptions=True)
    return 0


def _say(trouble: str) -> None:
    typer.echo(f"tankside: {trouble or tr('The source answers again.')}", err=True)


def _address(text: str) -> tuple[str, int]:
    """Return host and port; raises typer.BadParameter."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not (port.isascii() and port.isdecimal()) or int(port) not in _PORTS:
        raise typer.BadParameter(f"found {text!r}; allowed is HOST:PORT, such as 0.0.0.0:9400")
    return host or "0.0.0.0", int(port)
