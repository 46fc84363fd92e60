"""The site file: tanks, hosts and where they are. TOML in, a typed and checked model out."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

import resources
from console.notify_rules import NotifyRules
from drivers.files import FileError, FileModel, parse, read_text, read_toml, toml_of
from drivers.gpu.urls import check_source
from drivers.limits import LimitsSpec
from drivers.modbus.regmap import RegisterMap, load_map
from drivers.modbus.url import ModbusUrl
from drivers.points import Limit

ALARM_TABLES = ("alarm", "event")
"""What console.alarms reads of a site file (docs/alarms.md)."""
Cooling = Literal["single_phase", "two_phase"]
"""How a tank cools: its fluid stays liquid, or it boils."""
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]


def _modbus_url(text: str) -> str:
    ModbusUrl.parse(text)
    return text


def _gpu_url(text: str) -> str:
    check_source(text)
    return text


class Fluid(FileModel):
    """A dielectric fluid near 40 Cel. ``phase`` None: whether it boils in use is not known."""

    name: str
    density_kg_m3: float = Field(gt=300, lt=3000)
    specific_heat_j_kgk: float = Field(gt=500, lt=5000)
    expansion_per_k: float = Field(gt=0, lt=5e-3)
    phase: Cooling | None = None
    source: str = ""


class Fluids(FileModel):
    """The fluid table: shipped ones and those of the site file."""

    fluids: dict[str, Fluid]


class Tank(FileModel):
    """One immersion tank and the controller that speaks for it."""

    id: Id
    name: str
    hall: str = ""
    map: str
    url: Annotated[str, AfterValidator(_modbus_url)]
    period_s: float = Field(default=1.0, ge=0.2, le=60)
    fluid: str = "gtl-light"
    cooling: Cooling | None = None
    volume_l: float = Field(default=576.0, gt=10, le=20_000)
    free_area_m2: float = Field(default=0.6, gt=0.05, le=20)
    it_mass_kg: float = Field(default=400.0, ge=0, le=10_000)
    level_reference_mm: float | None = None
    reference_temperature_c: float = 40.0
    slots: int = Field(default=12, ge=0, le=60)
    limits: dict[str, LimitsSpec] = Field(default_factory=dict)

    def limits_of(self, key: str, shipped: tuple[Limit, ...]) -> tuple[Limit, ...]:
        """Return the limits of a point: the site's own where given, else the map's."""
        return self.limits[key].limits() if key in self.limits else shipped


class HostGpu(FileModel):
    """One GPU that a server is meant to have: its slot in the server, and how to know it."""

    slot: int = Field(ge=0, le=63)
    uuid: str = ""
    serial: str = ""
    model: str = ""


class Host(FileModel):
    """One server, what speaks for its GPUs, where it sits, and which GPUs are meant to be in it.

    ``displaced_l`` is the fluid that it displaces: what the level falls by when it is lifted out.
    ``rack`` is what the label of its place reads where that is in a rack (``R1/10``).
    """

    id: Id
    name: str
    tank: Id | None = None
    slot: int | None = Field(default=None, ge=1, le=60)
    rack: str = Field(default="", max_length=60)
    url: Annotated[str, AfterValidator(_gpu_url)]
    period_s: float = Field(default=2.0, ge=0.5, le=300)
    ca: str | None = None
    gpus: int | None = Field(default=None, ge=0, le=32)
    displaced_l: float | None = Field(default=None, gt=0, le=1000)
    gpu: tuple[HostGpu, ...] = ()

    @model_validator(mode="after")
    def _gpus_are_told_once(self) -> Self:
        if self.gpu and self.gpus not in {None, len(self.gpu)}:
            raise ValueError(
                f"gpus: found {self.gpus}, but {len(self.gpu)} [[host.gpu]] are listed"
            )
        if self.rack and self.tank:
            raise ValueError(f"rack: found {self.rack!r}, but the host is in tank {self.tank!r}")
        slots = [gpu.slot for gpu in self.gpu]
        twice = sorted({slot for slot in slots if slots.count(slot) > 1})
        if twice:
            raise ValueError(f"gpu slot: slot {twice[0]} is listed twice")
        return self

    @property
    def expected(self) -> tuple[HostGpu, ...]:
        """The GPUs meant to be there; of a mere number only the slots are known."""
        return self.gpu or tuple(HostGpu(slot=slot) for slot in range(self.gpus or 0))


class Header(FileModel):
    """Who and where. Without ``allow_writes`` nothing is ever written to a controller.

    ``logs_only`` is the desk of a supervisor: no tank and no host near, only the logs of laptops.
    """

    id: Id
    name: str
    allow_writes: bool = False
    logs_only: bool = False


class PhotoRules(FileModel):
    """What is kept of photos: with ``keep_exif`` the place where each was taken, too."""

    keep_exif: bool = False


class WorkRules(FileModel):
    """Whether alarms and Xids that ask for work make orders, requests for a person, or nothing."""

    orders: Literal["ask", "automatic", "off"] = "ask"


class Site(FileModel):
    """Everything a site engineer wrote down."""

    site: Header
    tank: tuple[Tank, ...] = ()
    host: tuple[Host, ...] = ()
    fluid: dict[str, Fluid] = Field(default_factory=dict)
    notify: NotifyRules = NotifyRules()
    photos: PhotoRules = PhotoRules()
    work: WorkRules = WorkRules()

    @model_validator(mode="after")
    def _ids_are_distinct(self) -> Self:
        seen: dict[str, str] = {}
        named = [(f"tank[{n}]", tank.id) for n, tank in enumerate(self.tank, 1)]
        named += [(f"host[{n}]", host.id) for n, host in enumerate(self.host, 1)]
        for where, given in named:
            if given in seen:
                raise ValueError(
                    f"{where} id: {given!r} is already the id of {seen[given]}; "
                    "every id is given once"
                )
            seen[given] = where
        if not seen and not self.site.logs_only:
            raise ValueError(
                "there is nothing to watch; give at least one [[tank]] or [[host]], or "
                "logs_only = true under [site] for a desk that only reads logs"
            )
        if seen and self.site.logs_only:
            raise ValueError(
                f"site logs_only: found true, but {min(seen)!r} is to be watched; leave one out"
            )
        return self

    @model_validator(mode="after")
    def _hosts_sit_in_tanks(self) -> Self:
        tanks = {tank.id: tank for tank in self.tank}
        taken: dict[tuple[str, int], str] = {}
        for number, host in enumerate(self.host, 1):
            where = f'host[{number}] "{host.id}"'
            if host.tank is None:
                continue
            if host.tank not in tanks:
                raise ValueError(
                    f"{where} tank: there is no tank {host.tank!r}; allowed are {sorted(tanks)}"
                )
            if host.slot is None:
                continue
            if host.slot > tanks[host.tank].slots:
                raise ValueError(
                    f"{where} slot: found {host.slot}; "
                    f"{host.tank!r} has slots 1 to {tanks[host.tank].slots}"
                )
            other = taken.setdefault((host.tank, host.slot), host.id)
            if other != host.id:
                raise ValueError(
                    f"{where} slot: slot {host.slot} of {host.tank!r} already holds {other!r}"
                )
        return self

    @model_validator(mode="after")
    def _gpus_are_in_one_place(self) -> Self:
        seen: dict[str, str] = {}
        for host in self.host:
            for gpu in host.gpu:
                for name in filter(None, (gpu.uuid.lower(), gpu.serial)):
                    where = f"slot {gpu.slot} of {host.id!r}"
                    if name in seen:
                        raise ValueError(f"GPU {name!r} is listed in {seen[name]} and in {where}")
                    seen[name] = where
        return self

    @model_validator(mode="after")
    def _fluids_exist(self) -> Self:
        for number, tank in enumerate(self.tank, 1):
            if tank.fluid not in self.fluids:
                raise ValueError(
                    f'tank[{number}] "{tank.id}" fluid: unknown fluid {tank.fluid!r}; '
                    f"allowed are {sorted(self.fluids)}"
                )
        return self

    @model_validator(mode="after")
    def _tanks_cool_as_their_fluids(self) -> Self:
        for number, tank in enumerate(self.tank, 1):
            phase = self.fluids[tank.fluid].phase
            if tank.cooling and phase and tank.cooling != phase:
                raise ValueError(
                    f'tank[{number}] "{tank.id}" cooling: found {tank.cooling!r}, '
                    f"but its fluid {tank.fluid!r} is for {phase!r}"
                )
        return self

    def cooling_of(self, tank: Tank) -> Cooling | None:
        """Return how a tank cools, by its own word or its fluid's; None where neither says."""
        return tank.cooling or self.fluids[tank.fluid].phase

    @property
    def fluids(self) -> dict[str, Fluid]:
        """The fluids shipped, overlaid by the site's own."""
        return {**shipped_fluids(), **self.fluid}

    def hosts_in(self, tank_id: str) -> tuple[Host, ...]:
        """Return the hosts of a tank in slot order."""
        return tuple(
            sorted((h for h in self.host if h.tank == tank_id), key=lambda h: (h.slot or 99, h.id))
        )


def shipped_fluids() -> dict[str, Fluid]:
    """Return the fluids in this installation by id."""
    path = resources.path("fluids.toml")
    return parse(Fluids, {"fluids": read_toml(path)}, path).fluids


class LoadedSite:
    """A site file with the register maps it names, all found to be right.

    ``alarms`` holds the tables that define alarms and events, which the session checks, and
    ``text`` the file they are in, for the numbers of lines.
    """

    def __init__(
        self,
        site: Site,
        maps: dict[str, RegisterMap],
        path: Path | None,
        alarms: Mapping[str, Any] = MappingProxyType({}),
        text: str = "",
    ) -> None:
        self.site = site
        self.maps = maps
        self.path = path
        self.alarms = alarms
        self.text = text


def load_site(path: Path) -> LoadedSite:
    """Read a site file and its maps; raises FileError naming file, key path, found and allowed."""
    text = read_text(path)
    return check_site(toml_of(text, path), path, text)


def read_site_text(text: str) -> dict[str, Any]:
    """Return the tables of a site file that the simulator wrote."""
    return tomllib.loads(text)


def check_site(data: dict[str, Any], path: Path, text: str = "") -> LoadedSite:
    """Validate the tables of a site file, read from ``text``, and everything they refer to."""
    alarms = {name: data[name] for name in ALARM_TABLES if name in data}
    equipment = {name: table for name, table in data.items() if name not in ALARM_TABLES}
    site = parse(Site, equipment, path, text=text)
    maps = {}
    for number, tank in enumerate(site.tank, 1):
        where = f'{path}: tank[{number}] "{tank.id}"'
        if tank.map not in maps:
            try:
                maps[tank.map] = load_map(tank.map, path.parent)
            except FileError as error:
                raise FileError(f"{where} map: {error}") from None
        unknown = sorted(set(tank.limits) - set(maps[tank.map].schema_of_points.index))
        if unknown:
            known = ", ".join(maps[tank.map].schema_of_points.index)
            raise FileError(
                f"{where} limits: the map has no point {unknown[0]!r}; allowed are {known}"
            )
    return LoadedSite(site, maps, path, alarms, text)
