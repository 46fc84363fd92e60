"""A plan as one controller accepts it: what it refuses is asked for in smaller pieces.

Many controllers refuse a read that crosses a hole in their registers or is longer than they like,
with exception 2 or 3, whatever their manual says. Such a read is split between values, and the
split is remembered. What is refused even by itself is left out, so that one missing register does
not cost a tank all its values, and is asked for again from time to time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.device import DeviceRefusedError
from drivers.modbus.frames import (
    ACKNOWLEDGE,
    BUSY,
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    ModbusRefusedError,
)
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block, split
from drivers.modbus.regmap import RegisterMap

RETRY_S = 60.0
"""How long a read that was refused by itself is left out."""
_BUSY_WAITS_S = (0.05, 0.15)
_EARLY_S = 0.25
"""A slow group is read in the cycle nearest to its time, not in the one after."""
Words = NDArray[np.uint16]


@dataclass(slots=True)
class _Part:
    """One read, what it last returned, and when (loop time); None where it was refused."""

    block: Block
    words: Words | None = None
    asked_s: float | None = None
    refusal: str = ""

    def is_due(self, now_s: float) -> bool:
        """Whether it has to be asked in this cycle."""
        if self.asked_s is None:
            return True
        wait_s = RETRY_S if self.refusal else self.block.every_s
        return now_s - self.asked_s >= wait_s - _EARLY_S


class Reads:
    """Everything a poll reads; ``blocks`` are the reads whose words :meth:`run` returns."""

    def __init__(self, blocks: Sequence[Block], regmap: RegisterMap) -> None:
        self._plan = tuple(blocks)
        self._regmap = regmap
        self._parts = [_Part(block) for block in blocks]

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The reads that the controller accepts, in the order of the words."""
        return tuple(part.block for part in self._parts if not part.refusal)

    @property
    def refused(self) -> tuple[tuple[Block, str], ...]:
        """The reads that are left out, and what the controller said."""
        return tuple((part.block, part.refusal) for part in self._parts if part.refusal)

    @property
    def ambiguous(self) -> bool:
        """Whether the answer to one read could pass for that of another."""
        shapes = [(part.block.area, part.block.count) for part in self._parts]
        return len(set(shapes)) < len(shapes)

    def forget(self) -> None:
        """Ask for everything at the next run, whatever was read before; splits are kept."""
        for part in self._parts:
            part.asked_s = None

    async def run(self, link: ModbusLink) -> Words:
        """Return the words of :attr:`blocks` laid end to end.

        Reads that are not due yet keep their last words. Raises DeviceError when any read fails
        other than by being refused, or all are refused.
        """
        now_s = asyncio.get_running_loop().time()
        todo = [part for part in self._parts if part.is_due(now_s)]
        while todo:
            if link.in_flight > 1:
                todo = await self._read_at_once(link, todo)
            else:
                todo[:1] = await self._read(link, todo[0])
        read = [part.words for part in self._parts if part.words is not None]
        if not read:
            said = self._parts[0].refusal
            self._parts = [_Part(block) for block in self._plan]
            raise DeviceRefusedError(f"{link.name} refuses every read of its map: {said}")
        return np.concatenate(read)

    async def _read_at_once(self, link: ModbusLink, todo: Sequence[_Part]) -> list[_Part]:
        tasks = [asyncio.ensure_future(self._read(link, part)) for part in todo]
        try:
            return [part for parts in await asyncio.gather(*tasks) for part in parts]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, link: ModbusLink, part: _Part) -> list[_Part]:
        """Read one part; returns the parts to read instead where it was split."""
        try:
            words = await _patiently(link, part.block)
        except ModbusRefusedError as error:
            if error.code not in {ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE}:
                raise
            halves = () if error.code == ILLEGAL_FUNCTION else split(part.block, self._regmap)
            pieces = [_Part(block) for block in halves]
            if pieces:
                at = self._parts.index(part)
                self._parts[at : at + 1] = pieces
                return pieces
            part.words, part.refusal = None, str(error)
        else:
            part.words, part.refusal = words, ""
        part.asked_s = asyncio.get_running_loop().time()
        return []


async def _patiently(link: ModbusLink, block: Block) -> Words:
    """Read a block, asking again shortly while the controller says that it is busy."""
    for wait_s in _BUSY_WAITS_S:
        try:
            return await link.read(block)
        except ModbusRefusedError as error:
            if error.code not in {ACKNOWLEDGE, BUSY}:
                raise
        await asyncio.sleep(wait_s)
    return await link.read(block)
