"""The site file that reads a simulated plant."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drivers.simulator.exporter import MODEL
from drivers.simulator.units import HostUnit, TankUnit

LOOPBACK = "127.0.0.1"
TANKS_PER_HALL = 10


def site_tables(
    tanks: Sequence[TankUnit],
    hosts: Sequence[HostUnit],
    names: tuple[str, str],
    tank_ports: Mapping[str, int],
    host_ports: Mapping[str, int],
) -> dict[str, Any]:
    """Return the tables of a site file with the true figures of every tank.

    ``names`` are those of the register map and of the fluid.
    """
    return {
        "site": {"id": "demo", "name": "Simulated site"},
        "tank": [_tank(tank, names, tank_ports[tank.id]) for tank in tanks],
        "host": [_host(host, host_ports[host.id]) for host in hosts],
    }


def hall_name(number: int) -> str:
    """Return the hall of a tank by its number from 1: ten tanks to a hall, A to Z, then AA."""
    letters, index = "", (number - 1) // TANKS_PER_HALL + 1
    while index:
        index, letter = divmod(index - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"Hall {letters}"


def to_toml(tables: Mapping[str, Any]) -> str:
    """Write a table, or a list of tables, of plain values and such lists under each key."""
    parts = ["# Written by the simulator: it reads simulated equipment on this computer.\n"]
    for key, value in tables.items():
        rows = value if isinstance(value, list) else [value]
        title = f"[[{key}]]" if isinstance(value, list) else f"[{key}]"
        for row in rows:
            parts += _tables(title, key, row)
    return "\n".join(parts)


def _tables(title: str, path: str, row: Mapping[str, Any]) -> Iterator[str]:
    inner = {key: value for key, value in row.items() if isinstance(value, list)}
    plain = {key: value for key, value in row.items() if key not in inner}
    yield f"{title}\n" + "".join(f"{key} = {_value(value)}\n" for key, value in plain.items())
    for key, rows in inner.items():
        for part in rows:
            yield from _tables(f"[[{path}.{key}]]", f"{path}.{key}", part)


def _value(value: object) -> str:
    if isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _tank(tank: TankUnit, names: tuple[str, str], port: int) -> dict[str, Any]:
    p = tank.model.parameters
    unit_id = tank.wire.transport.unit_id
    return {
        "id": tank.id,
        "name": f"Tank {tank.number}",
        "hall": hall_name(tank.number),
        "map": names[0],
        "url": f"tcp://{LOOPBACK}:{port}?unit={unit_id}",
        "fluid": names[1],
        "volume_l": p.volume_l,
        "free_area_m2": p.free_area_m2,
        "it_mass_kg": p.it_mass_kg,
        "level_reference_mm": p.level_reference_mm,
        "reference_temperature_c": p.reference_temperature_c,
        "slots": p.slots,
    }


def _host(host: HostUnit, port: int) -> dict[str, Any]:
    return {
        "id": host.id,
        "name": f"Node {host.number}",
        "tank": host.tank.id,
        "slot": host.slot,
        "url": f"http://{LOOPBACK}:{port}/metrics",
        "gpus": host.gpus,
        "displaced_l": host.displaced_l,
        **({"gpu": _gpus(host)} if host.gpus else {}),
    }


def _gpus(host: HostUnit) -> list[dict[str, Any]]:
    """The GPUs that were bought for a host, by slot as its exporter counts at first."""
    return [
        {"slot": slot, "uuid": who.uuid, "serial": who.serial, "model": MODEL}
        for slot, who in enumerate(host.seats.bought)
    ]
