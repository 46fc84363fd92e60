"""The tanks and hosts of a plant as their controllers and exporters show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.modbus.regmap import Area, PointSpec, RegisterMap
from drivers.modbus.units import conversion
from drivers.simulator.bench import Bench
from drivers.simulator.exporter import HostExporter
from drivers.simulator.exporter_server import Wire
from drivers.simulator.gpus import GpuBank
from drivers.simulator.held import Held
from drivers.simulator.modbus_server import Unit
from drivers.simulator.registers import Encoder, Image
from drivers.simulator.seats import Seats
from drivers.simulator.spans import spans_of
from drivers.simulator.stepping import STEP_S
from drivers.simulator.tank import MODEL_UNITS, TankModel, Value

TANK_CLASS = "immersion_tank"


@dataclass
class Wrongs:
    """What the sensors and the controller of a tank do wrong, by point key.

    ``stuck`` shows a value whatever is measured; ``broken`` has no value and its fault bit set;
    ``failed`` has only the bit; ``told`` has a bit of another meaning; ``drifting`` grows by so
    much per second since a moment. ``refresh_s`` is how old what is shown may grow.
    """

    stuck: dict[str, Value] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    drifting: dict[str, tuple[float, float]] = field(default_factory=dict)
    refresh_s: float = 0.0


class TankUnit:
    """A tank and its controller, or any equipment that a map describes.

    Points that the tank's physics knows show what it says; all others stand on the bench.
    """

    def __init__(
        self, tank_id: str, number: int, model: TankModel, regmap: RegisterMap, seed: int = 0
    ) -> None:
        self.id = tank_id
        self.number = number
        self.model = model
        self.wrongs = Wrongs()
        self.encoder = Encoder(regmap)
        self.held = Held(regmap)
        write = self.write if self.held.takes_anything else None
        self.wire = Unit(self.image, regmap.transport, write=write)
        self.wire.spans = {area: spans_of(regmap, area, 0) for area in Area}
        self._measured = _measured_by(model, regmap)
        keys = {spec.key for spec in regmap.points}
        self.bench = None if keys <= set(self._measured) else Bench(regmap, seed + number)
        self._steps = 0
        self._image: Image | None = None
        self._image_at_s = 0.0

    @property
    def is_tank(self) -> bool:
        """Whether its physics shows in its points."""
        return bool(self._measured)

    @property
    def elapsed_s(self) -> float:
        """Simulated seconds since the start."""
        return self._steps * STEP_S

    def step(self) -> None:
        """Advance by one internal step."""
        self.model.step()
        self._steps += 1
        if self.elapsed_s - self._image_at_s >= self.wrongs.refresh_s:
            self._image = None

    def changed(self) -> None:
        """Forget the present image: the controller shows something else from now on."""
        self._image = None

    def true_values(self) -> dict[str, Value]:
        """Return what is so, by point key in the units of the map."""
        values = self.bench.values(self.elapsed_s) if self.bench else {}
        shown = self.model.readings()
        for key, (a, b) in self._measured.items():
            value = shown[key]
            values[key] = value * a + b if isinstance(value, float) else value
        return values

    def values(self) -> dict[str, Value]:
        """Return what the controller takes every point to be."""
        values = self.true_values()
        for key, (per_s, since_s) in self.wrongs.drifting.items():
            value = values[key]
            if isinstance(value, float):
                values[key] = value + per_s * (self.elapsed_s - since_s)
        return {**values, **self.wrongs.stuck}

    def image(self) -> Image:
        """Return what the controller answers at this moment."""
        if self._image is None:
            wrongs = self.wrongs
            faulty = wrongs.broken | wrongs.failed
            made = self.encoder.image(self.values(), wrongs.broken, faulty, wrongs.told)
            self._image = self.held.over(made, self.elapsed_s)
            self._image_at_s = self.elapsed_s
        return self._image

    def write(self, area: Area, address: int, words: Sequence[int]) -> int:
        """Take what a client writes; returns 0, or the exception that refuses it."""
        refusal = self.held.write(area, address, words, self.elapsed_s)
        if not refusal:
            self.changed()
        return refusal

    def spec(self, key: str) -> PointSpec:
        """Return a point of the map; raises ValueError naming those that there are."""
        known = {spec.key: spec for spec in self.encoder.regmap.points}
        if key not in known:
            raise ValueError(f"{self.id} has no point {key!r}; allowed are {', '.join(known)}")
        return known[key]


def _measured_by(model: TankModel, regmap: RegisterMap) -> dict[str, tuple[float, float]]:
    """Return the points that the model measures and how to turn its units into the map's.

    A map that is made for another kind of tank has other ranges: what would not be on its display
    is not taken from this one.
    """
    if regmap.device_class != TANK_CLASS:
        return {}
    readings = model.readings()
    known = [spec for spec in regmap.points if spec.key in readings]
    pairs = {s.key: conversion(MODEL_UNITS.get(s.key, s.unit), s.unit) for s in known if s.unit}
    pairs = {s.key: pairs.get(s.key, (1.0, 0.0)) for s in known}
    if len(known) == len(regmap.points):
        return pairs
    return {s.key: pairs[s.key] for s in known if _is_shown(s, readings[s.key], *pairs[s.key])}


def _is_shown(spec: PointSpec, value: Value, a: float, b: float) -> bool:
    return not isinstance(value, float) or spec.display[0] <= value * a + b <= spec.display[1]


@dataclass
class HostUnit:
    """A server in a tank, the seats of its GPUs, and its exporter."""

    id: str
    number: int
    tank: TankUnit
    slot: int
    seats: Seats
    displaced_l: float
    exporter: HostExporter
    wire: Wire = field(default_factory=Wire)
    lifted: bool = False
    is_off: bool = False
    out_share: float = 0.0
    has_restarted: bool = False

    @property
    def gpus(self) -> int:
        """How many GPUs it was bought with."""
        return len(self.seats.bought)

    @property
    def bank(self) -> GpuBank:
        """The GPUs of the host's tank."""
        return self.tank.model.gpus

    def page(self) -> str | None:
        """Return the exporter's text, or None while the host is off or out of its tank."""
        return None if self.lifted or self.is_off else self.exporter.exposition()

    def lift(self, *, out: bool) -> None:
        """Power the host off and lift it out, or lower it in and power it on; the lid follows."""
        if out == self.lifted:
            return
        self.lifted = out
        self.bank.off[self.seats.slice] = self.is_off = out
        self.hoist(1.0 if out else 0.0)
        self.tank.model.lid_open = self.tank.model.lifted_l > 0.001
        if not out:
            self.restart_exporter()

    def hoist(self, share: float) -> None:
        """Hold the host so that this share of it is out of the fluid; touches nothing else."""
        self.tank.model.lifted_l += self.displaced_l * (share - self.out_share)
        self.out_share = share

    def power(self, *, on: bool) -> None:
        """Switch the host off or on where it is."""
        if on is not self.is_off:
            return
        self.bank.off[self.seats.slice] = self.is_off = not on
        if on:
            self.restart_exporter()

    def force_load(self, share: float) -> None:
        """Make its GPUs do so much whatever its jobs; NaN lets jobs come and go again."""
        self.bank.workload.forced[self.slot - 1] = share

    def restart_exporter(self) -> None:
        """Start the exporter anew: it forgets Xids, drops connections and numbers what it finds."""
        self.bank.health.forget_xids(self.seats.range)
        self.seats.renumber()
        self.wire.hang_up()

    def gpu_at(self, index: int) -> int:
        """Return where a GPU of this host is in the bank; raises ValueError if it has none such."""
        if not 0 <= index < self.gpus:
            raise ValueError(f"{self.id} has GPUs 0 to {self.gpus - 1}, found {index}")
        return self.seats.range[index]
