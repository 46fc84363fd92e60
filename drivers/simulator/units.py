"""The tanks and hosts of a plant as their controllers and exporters show them."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.modbus.regmap import RegisterMap
from drivers.simulator.exporter import Exporter
from drivers.simulator.gpus import GpuBank
from drivers.simulator.modbus_server import Unit
from drivers.simulator.registers import Encoder, Image
from drivers.simulator.tank import TankModel, Value


class TankUnit:
    """A tank and its controller. ``stuck`` and ``broken`` are what its sensors do wrong."""

    def __init__(self, tank_id: str, number: int, model: TankModel, regmap: RegisterMap) -> None:
        self.id = tank_id
        self.number = number
        self.model = model
        self.stuck: dict[str, Value] = {}
        self.broken: set[str] = set()
        self.encoder = Encoder(regmap)
        self.wire = Unit(self.image, regmap.transport)
        self._image: Image | None = None

    def step(self) -> None:
        """Advance by one internal step."""
        self.model.step()
        self._image = None

    def changed(self) -> None:
        """Forget the present image: the controller shows something else from now on."""
        self._image = None

    def image(self) -> Image:
        """Return what the controller answers at this moment."""
        if self._image is None:
            values = {**self.model.readings(), **self.stuck}
            self._image = self.encoder.image(values, self.broken, self.broken)
        return self._image

    def check_point(self, key: str) -> None:
        """Raise ValueError unless the point is in the map and the model knows it."""
        known = [s.key for s in self.encoder.regmap.points if s.key in self.model.readings()]
        if key not in known:
            raise ValueError(f"{self.id} has no point {key!r}; allowed are {', '.join(known)}")


@dataclass
class HostUnit:
    """A server in a tank, its GPUs at ``first`` of the tank's bank, and its exporter."""

    id: str
    number: int
    tank: TankUnit
    slot: int
    first: int
    gpus: int
    displaced_l: float
    exporter: Exporter
    lifted: bool = field(default=False)

    @property
    def bank(self) -> GpuBank:
        """The GPUs of the host's tank."""
        return self.tank.model.gpus

    def page(self) -> str | None:
        """Return the exporter's text, or None while the host is out of its tank."""
        return None if self.lifted else self.exporter.exposition()

    def lift(self, *, out: bool) -> None:
        """Power the host off and lift it out, or lower it in and power it on; the lid follows."""
        if out == self.lifted:
            return
        self.lifted = out
        self.bank.off[self.first : self.first + self.gpus] = out
        self.tank.model.lifted_l += self.displaced_l if out else -self.displaced_l
        self.tank.model.lid_open = self.tank.model.lifted_l > 0.001

    def gpu_at(self, index: int) -> int:
        """Return where a GPU of this host is in the bank; raises ValueError if it has none such."""
        if not 0 <= index < self.gpus:
            raise ValueError(f"{self.id} has GPUs 0 to {self.gpus - 1}, found {index}")
        return self.first + index
