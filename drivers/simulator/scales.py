"""The registers by which a controller chooses orders, units and scales, and what follows of them.

Unless told otherwise a controller chooses the map's own orders, the first units that the map names
and scales that show as many decimals as the map wants and the registers can hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from drivers.modbus.consistency import unit_in_force
from drivers.modbus.datatypes import Order
from drivers.modbus.mapspec import UnitsRegister
from drivers.modbus.regmap import Area, PointSpec, RegisterMap
from drivers.modbus.units import conversion
from drivers.simulator.tank import Value

Place = tuple[Area, int]


class Scales:
    """``chosen`` holds the raw number of every choosing register by its place; it may be changed.
    ``usual`` is what it was at the start.

    A scale that is also a point follows that point's value until it is chosen here.
    """

    def __init__(self, regmap: RegisterMap) -> None:
        self._regmap = regmap
        self._units = {register.id: register for register in regmap.units_registers}
        self._points = {(s.area, s.address): s for s in regmap.points if s.field is None}
        self.chosen: dict[Place, int] = {}
        for register in regmap.units_registers:
            self.chosen[register.area, register.address] = int(next(iter(register.units)), 0)
        for spec in regmap.points:
            self._choose_scale(spec)
        chooser = regmap.order_register
        if chooser is not None:
            own = [
                raw
                for raw, found in chooser.orders.items()
                if (found.byte_order, found.word_order) == regmap.orders
            ]
            self.chosen[chooser.area, chooser.address] = int((own or list(chooser.orders))[0], 0)
        self.usual = dict(self.chosen)

    @property
    def orders(self) -> tuple[Order, Order] | None:
        """The byte and word order that the order register chooses; None without one."""
        chooser = self._regmap.order_register
        if chooser is None:
            return None
        raw = self.chosen[chooser.area, chooser.address]
        found = {int(text, 0): orders for text, orders in chooser.orders.items()}.get(raw)
        return (found.byte_order, found.word_order) if found else None

    def number(self, spec: PointSpec, value: float, values: Mapping[str, Value]) -> float:
        """Return the raw number that stands for a value now."""
        a, b = self._conversion(spec)
        own = (value - b) / a - spec.offset
        return own / self._grown(spec, values) / spec.factor + spec.raw_offset

    def _conversion(self, spec: PointSpec) -> tuple[float, float]:
        register = self._units.get(spec.unit_from or "")
        if register is None:
            return 1.0, 0.0
        unit = unit_in_force(spec.unit, self._codes(register))
        return conversion(unit or spec.unit, spec.unit)

    def _codes(self, register: UnitsRegister) -> tuple[str, ...]:
        raw = self.chosen[register.area, register.address]
        return {int(text, 0): codes for text, codes in register.units.items()}.get(raw, ())

    def _grown(self, spec: PointSpec, values: Mapping[str, Value]) -> float:
        """Return what the scale register multiplies a point by."""
        scale = spec.scale_from
        if scale is None:
            return 1.0
        place = (scale.area, scale.address)
        raw = self.chosen.get(place)
        if raw is None:
            of_it = self._points[place]
            value = values.get(of_it.key)
            raw = round(self.number(of_it, value, values)) if isinstance(value, float) else 0
        signed = raw - 0x1_0000 if scale.type == "s16" and raw & 0x8000 else raw
        grown = 10.0**signed if scale.kind == "exponent" else signed * scale.scale
        return grown or 1.0

    def _choose_scale(self, spec: PointSpec) -> None:
        scale = spec.scale_from
        if scale is None or (scale.area, scale.address) in self._points:
            return
        place = (scale.area, scale.address)
        if scale.kind == "factor":
            self.chosen[place] = max(round(1 / scale.scale), 1)
            return
        digits = spec.precision
        most = max(map(abs, spec.display))
        while digits > 0 and most * 10**digits / abs(spec.factor) > spec.coding.high:
            digits -= 1
        least = min(digits, -_signed(self.chosen[place])) if place in self.chosen else digits
        self.chosen[place] = -least & 0xFFFF


def _signed(raw: int) -> int:
    return raw - 0x1_0000 if raw & 0x8000 else raw
