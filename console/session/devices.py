"""From the site file to the devices that are polled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from console.health.derived import Deriver, TankFacts
from console.site import Host, LoadedSite, Site, Tank
from drivers.device import Device
from drivers.files import FileError
from drivers.gpu.device import GpuDevice
from drivers.gpu.open import open_source
from drivers.gpu.roster import ExpectedGpu
from drivers.modbus.arming import Arming
from drivers.modbus.device import CompiledMap, ModbusDevice
from drivers.modbus.lines import Lines
from drivers.points import Schema, Stamp

_LONGEST_ANSWER_S = 5.0
_ANSWER_SHARE = 0.8
"""Of a period: what is left is for reading the answer."""


def build_devices(
    loaded: LoadedSite,
    clock: Callable[[], Stamp] = Stamp.now,
    arming: Callable[[str], Arming | None] = lambda _tank: None,
) -> list[Device]:
    """Return a device for every tank and host, in file order; nothing is connected yet.

    Tanks behind one gateway or serial line share one connection. ``arming`` gives the armed mode
    of a tank's controller; without one it is never written to. Raises FileError where two tanks
    give one line different settings.
    """
    compiled, lines = compile_tanks(loaded), Lines()
    tanks: list[Device] = [
        ModbusDevice(
            tank.id,
            tank.url,
            compiled[tank.id],
            period_s=tank.period_s,
            clock=clock,
            lines=lines,
            arming=arming(tank.id),
        )
        for tank in loaded.site.tank
    ]
    hosts: list[Device] = [gpu_device(host, loaded.path, clock) for host in loaded.site.host]
    return tanks + hosts


def gpu_device(
    host: Host, site_file: Path | None, clock: Callable[[], Stamp] = Stamp.now
) -> GpuDevice:
    """Return the device that speaks for a host's GPUs; files are named from the site file's folder.

    Raises FileError where the source cannot be.
    """
    base = site_file.parent if site_file else Path()
    try:
        source = open_source(
            host.url,
            base,
            period_s=host.period_s,
            timeout_s=min(_LONGEST_ANSWER_S, host.period_s * _ANSWER_SHARE),
            ca_file=base / host.ca if host.ca else None,
        )
    except ValueError as error:
        raise FileError(f'{site_file}: host "{host.id}" url: {error}') from None
    expected = [ExpectedGpu(gpu.slot, gpu.uuid, gpu.serial, gpu.model) for gpu in host.expected]
    return GpuDevice(host.id, source, expected=expected, period_s=host.period_s, clock=clock)


def compile_tanks(loaded: LoadedSite) -> dict[str, CompiledMap]:
    """Return each tank's map with its plan and decoder (shared) and its own limits, by tank id."""
    compiled = {name: CompiledMap.of(regmap) for name, regmap in loaded.maps.items()}
    return {
        tank.id: replace(compiled[tank.map], schema=_schema_of(tank, loaded))
        for tank in loaded.site.tank
    }


def derivers(loaded: LoadedSite) -> dict[str, Deriver]:
    """Return what extends each tank's snapshots by its derived points."""
    return {
        tank.id: Deriver(_schema_of(tank, loaded), _facts(tank, loaded.site))
        for tank in loaded.site.tank
    }


def _schema_of(tank: Tank, loaded: LoadedSite) -> Schema:
    """The map's points, with the site's own limits where the site file gives them."""
    shared = loaded.maps[tank.map].schema_of_points
    if not tank.limits:
        return shared
    return Schema(
        tuple(replace(point, limits=tank.limits_of(point.key, point.limits)) for point in shared)
    )


def _facts(tank: Tank, site: Site) -> TankFacts:
    fluid = site.fluids[tank.fluid]
    return TankFacts(
        density_kg_m3=fluid.density_kg_m3,
        specific_heat_j_kgk=fluid.specific_heat_j_kgk,
        expansion_per_k=fluid.expansion_per_k,
        volume_l=tank.volume_l,
        free_area_m2=tank.free_area_m2,
        level_reference_mm=tank.level_reference_mm,
        reference_temperature_c=tank.reference_temperature_c,
    )
