"""The simulated equipment in the foreground, for a console started elsewhere."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path

import typer

from drivers.files import FileError
from drivers.simulator.faults import FaultEvent
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess


def simulate(options: PlantOptions, site_out: Path | None, seconds: float | None) -> None:
    """Serve until the time is up or Ctrl-C; prints the site file unless it is written to one."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with SimulatorProcess(options, _print_fault) as simulator:
        ready = simulator.start()
        if site_out is None:
            typer.echo(ready.site_toml)
        else:
            _write(site_out, ready.site_toml)
            typer.echo(f"{len(ready.tanks)} tanks, {len(ready.hosts)} hosts; open {site_out}")
        ended.wait(seconds)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror}") from None


def _print_fault(event: FaultEvent) -> None:
    state = "begins" if event.active else "ends"
    typer.echo(
        json.dumps(
            {"fault": event.name, "target": event.target, "state": state, "at_s": event.at_s}
        ),
        err=True,
    )
