"""How large a plant is and how it behaves, and the command line that says the same."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.simulator.faults import FAULTS, FORM, FaultSpec

MOST_TANKS, MOST_SLOTS, MOST_GPUS = 600, 60, 32
EXPORTERS = ("dcgm", "nvidia_gpu_exporter", "mixed")
COUNTERS = ("default", "recommended", "mixed")


@dataclass(frozen=True)
class PlantOptions:
    """How large a plant is and how it behaves; the same options give the same plant.

    ``speed`` is simulated seconds per second. Ports of 0 are chosen by the system; others are the
    first of a run, one for each tank or host. ``map`` names the register map that tanks speak.
    ``exporter`` is what speaks for the GPUs, mixed: every fourth host the rarer kind. ``counters``
    are those that dcgm-exporter shows: its default ones, all that a site should ask for, or mixed:
    every sixth host the default ones.
    """

    tanks: int = 6
    hosts: int = 24
    gpus_per_host: int = 8
    seed: int = 1
    speed: float = 1.0
    modbus_port: int = 0
    gpu_port: int = 0
    faults: tuple[FaultSpec, ...] = ()
    map: str = "generic-single-phase"
    exporter: str = "dcgm"
    counters: str = "mixed"

    def __post_init__(self) -> None:
        _check("tanks", self.tanks, 1, MOST_TANKS)
        _check("hosts", self.hosts, 0, self.tanks * MOST_SLOTS)
        _check("gpus per host", self.gpus_per_host, 0, MOST_GPUS)
        _check("seed", self.seed, 0, 2**63 - 1)
        _check("speed", self.speed, 0.01, 10_000)
        _choose("exporter", self.exporter, EXPORTERS)
        _choose("counters", self.counters, COUNTERS)
        for name, first, count in (
            ("modbus port", self.modbus_port, self.tanks),
            ("gpu port", self.gpu_port, self.hosts),
        ):
            if first:
                _check(name, first, 1, 65536 - count)

    def arguments(self) -> list[str]:
        """Return the command line that :func:`read_arguments` turns back into these options."""
        words = []
        for flag, value in (
            ("--tanks", self.tanks),
            ("--hosts", self.hosts),
            ("--gpus", self.gpus_per_host),
            ("--seed", self.seed),
            ("--speed", self.speed),
            ("--modbus-port", self.modbus_port),
            ("--gpu-port", self.gpu_port),
            ("--map", self.map),
            ("--exporter", self.exporter),
            ("--counters", self.counters),
            *(("--fault", spec) for spec in self.faults),
        ):
            words += [flag, str(value)]
        return words


@dataclass(frozen=True)
class Command:
    """A whole command line: the plant, and how its process behaves."""

    options: PlantOptions
    attached: bool = False
    site_out: Path | None = None


def read_arguments(words: Sequence[str]) -> Command:
    """Read a command line; ends the program with usage and exit code 2 when it is wrong."""
    parser = _parser()
    given = parser.parse_args(words)
    try:
        options = PlantOptions(
            tanks=given.tanks,
            hosts=given.hosts,
            gpus_per_host=given.gpus,
            seed=given.seed,
            speed=given.speed,
            modbus_port=given.modbus_port,
            gpu_port=given.gpu_port,
            faults=tuple(FaultSpec.parse(text) for text in given.fault),
            map=given.map,
            exporter=given.exporter,
            counters=given.counters,
        )
    except ValueError as error:
        parser.error(str(error))
    return Command(options, given.attached, given.site_out)


def _parser() -> argparse.ArgumentParser:
    usual = PlantOptions()
    listing = "\n".join(f"  {kind.name:20} {kind.description}" for kind in FAULTS.values())
    parser = argparse.ArgumentParser(
        prog="python -m drivers.simulator",
        description="Serve simulated tanks over Modbus TCP and GPUs over HTTP, on this computer.",
        epilog=f"faults, written {FORM}:\n{listing}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    number, text = parser.add_argument, "first port; 0 lets the system choose"
    number("--tanks", type=int, default=usual.tanks, help="number of tanks")
    number("--hosts", type=int, default=usual.hosts, help="number of GPU hosts in all tanks")
    number("--gpus", type=int, default=usual.gpus_per_host, help="GPUs in each host")
    number("--seed", type=int, default=usual.seed, help="the same seed gives the same plant")
    number("--speed", type=float, default=usual.speed, help="simulated seconds per second")
    number("--modbus-port", type=int, default=0, metavar="P", help=text)
    number("--gpu-port", type=int, default=0, metavar="P", help=text)
    number("--map", default=usual.map, help="register map that the tanks speak")
    number("--fault", action="append", default=[], metavar="SPEC", help="plan a fault (below)")
    number("--exporter", default=usual.exporter, help=f"what speaks for GPUs: {_or(EXPORTERS)}")
    number("--counters", default=usual.counters, help=f"fields of dcgm-exporter: {_or(COUNTERS)}")
    number("--site-out", type=Path, metavar="FILE", help="write the site file that reads this")
    number("--attached", action="store_true", help="end when standard input is closed")
    return parser


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must be {least:g} to {most:g}, found {value:g}")


def _choose(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be {_or(allowed)}, found {value!r}")


def _or(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
