"""A controller described by a register map, as a pollable device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.device import DeviceError
from drivers.modbus.decoder import Decoder
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block, plan
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.url import ModbusUrl
from drivers.points import Schema, Snapshot, Stamp


@dataclass(frozen=True)
class CompiledMap:
    """A map with its plan and decoder, shared by every controller that speaks it."""

    regmap: RegisterMap
    blocks: tuple[Block, ...]
    decoder: Decoder
    schema: Schema

    @classmethod
    def of(cls, regmap: RegisterMap, schema: Schema | None = None) -> CompiledMap:
        """Plan and compile a map; ``schema`` replaces the map's own (a site's own limits)."""
        blocks = plan(regmap)
        return cls(regmap, blocks, Decoder(regmap, blocks), schema or regmap.schema_of_points)


class ModbusDevice:
    """Polls one unit: every block of the plan in turn, then one decode."""

    def __init__(
        self,
        device_id: str,
        url: str,
        compiled: CompiledMap,
        *,
        period_s: float = 1.0,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self.id = device_id
        self.url = url
        self.period_s = period_s
        self._compiled = compiled
        self._clock = clock
        self._sequence = 0
        where, transport = ModbusUrl.parse(url), compiled.regmap.transport
        unit = transport.unit_id if where.unit is None else where.unit
        self._link = ModbusLink(where, unit, min(transport.timeout_ms / 1000, period_s * 0.8))
        self._pause_s = transport.inter_request_ms / 1000

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        """The controller itself."""
        return ((self.id, self._compiled.schema),)

    async def connect(self) -> None:
        """Open the connection; raises DeviceError."""
        await self._link.connect()

    async def poll(self) -> Sequence[Snapshot]:
        """Read and decode everything once; raises DeviceError when any block fails.

        One failed block fails the poll: values of one snapshot belong to one moment.
        """
        words: list[NDArray[np.uint16]] = []
        for number, block in enumerate(self._compiled.blocks):
            if number and self._pause_s:
                await asyncio.sleep(self._pause_s)
            words.append(await self._link.read(block))
        values, reasons = self._compiled.decoder.decode(np.concatenate(words))
        self._sequence += 1
        return (
            Snapshot(
                self.id, self._compiled.schema, values, reasons, self._clock(), self._sequence
            ),
        )

    async def close(self) -> None:
        """Drop the connection at once."""
        self._link.close()


__all__ = ["CompiledMap", "DeviceError", "ModbusDevice"]
