"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from drivers.simulator.faults import FAULTS, FORM, FaultSpec
from drivers.simulator.options import EXPORTERS, PlantOptions

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder for the log and the history.", show_default="per site"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Tanks = Annotated[int, typer.Option(help="Simulated tanks.", min=1, max=600)]
Hosts = Annotated[int, typer.Option(help="Simulated GPU servers, spread over the tanks.", min=0)]
Gpus = Annotated[int, typer.Option(help="GPUs in each server.", min=0, max=32)]
Seed = Annotated[int, typer.Option(help="The same seed gives the same site.", min=0)]
Speed = Annotated[float, typer.Option(help="Simulated seconds per second.", min=0.01, max=10_000)]
Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--fault",
        metavar=FORM,
        help=f"Something that goes wrong; may be given several times. Known: {', '.join(FAULTS)}.",
    ),
]
Exporter = Annotated[
    str, typer.Option(help=f"What speaks for the simulated GPUs: {', '.join(EXPORTERS)}.")
]
Seconds = Annotated[float | None, typer.Option(help="Stop after so many seconds.", min=0)]


def plant_options(
    tanks: int,
    hosts: int,
    gpus: int,
    seed: int,
    speed: float = 1.0,
    faults: list[str] | None = None,
    *,
    modbus_port: int = 0,
    gpu_port: int = 0,
    regmap: str = "generic-single-phase",
    exporter: str = "dcgm",
) -> PlantOptions:
    """Return the simulator's options; raises typer.BadParameter with what is allowed."""
    try:
        return PlantOptions(
            tanks=tanks,
            hosts=hosts,
            gpus_per_host=gpus,
            seed=seed,
            speed=speed,
            modbus_port=modbus_port,
            gpu_port=gpu_port,
            map=regmap,
            exporter=exporter,
            faults=tuple(FaultSpec.parse(fault) for fault in faults or ()),
        )
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
