"""From the words of all reads to raw numbers, whatever order they were sent in.

All words are gathered by one index array, least significant word first, so that a slice of them
viewed as a little-endian type is already the numbers of all values of that type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.datatypes import Area, Coding, Order
from drivers.modbus.mapspec import OrderRegister
from drivers.modbus.planner import Block

Words = NDArray[np.uint16]
Numbers = NDArray[np.float64]
Locate = Callable[[Area, int, int], int | None]


@dataclass(frozen=True, slots=True)
class RawItem:
    """Registers that make one raw number; an order of None is the map's."""

    area: Area
    address: int
    coding: Coding
    byte_order: Order | None = None
    word_order: Order | None = None

    @property
    def follows_map(self) -> bool:
        """Whether the map's orders, or the register that chooses them, matter to it."""
        open_words = self.coding.words > 1 and self.word_order is None
        return not self.area.is_bits and (self.byte_order is None or open_words)


def locator(blocks: Sequence[Block]) -> Locate:
    """Return where a run of addresses is in the words of the blocks laid end to end, or None."""
    starts, total = [], 0
    for block in blocks:
        starts.append(total)
        total += block.count

    def locate(area: Area, address: int, count: int) -> int | None:
        for block, start in zip(blocks, starts, strict=True):
            if block.covers(area, address, count):
                return start + address - block.address
        return None

    return locate


@dataclass(frozen=True, slots=True)
class _Group:
    """Numbers of one type: which of the gathered words they are and where the numbers go."""

    dtype: np.dtype[np.generic]
    words: slice
    numbers: slice


@dataclass(frozen=True, slots=True)
class _Gather:
    """Which words to gather while one choice of orders is in force."""

    index: NDArray[np.intp]
    swaps_bytes: bool
    byte_order: Order


class RawReader:
    """Compiled once; ``position[i]`` is where the number of item ``i`` stands in what it reads.

    ``unread`` are the items that no block covers; their number is meaningless.
    """

    def __init__(
        self,
        items: Sequence[RawItem],
        blocks: Sequence[Block],
        orders: tuple[Order, Order],
        chooser: OrderRegister | None = None,
    ) -> None:
        locate = locator(blocks)
        self._total = sum(block.count for block in blocks)
        placed = [(locate(i.area, i.address, i.coding.words), n) for n, i in enumerate(items)]
        self.unread = tuple(n for start, n in placed if start is None)
        # The widest first: every slice of the gathered words is then aligned for its type.
        placed.sort(key=lambda entry: (-items[entry[1]].coding.words, items[entry[1]].coding.dtype))
        self._placed = [(start or 0, items[n]) for start, n in placed]
        self.position = np.empty(len(items), np.intp)
        self.position[[n for _, n in placed]] = np.arange(len(items))
        self._groups = _grouped([item.coding for _, item in self._placed])
        self._has_f32 = any(item.coding.dtype == "f4" for item in items)
        self._fixed = self._gather(*orders)
        self._chooser_at = locate(chooser.area, chooser.address, 1) if chooser else None
        self._choices = {
            int(raw, 0) & 0xFFFF: self._gather(found.byte_order, found.word_order)
            for raw, found in (chooser.orders.items() if chooser else ())
        }

    def read(self, words: Words) -> tuple[Numbers, Order | None]:
        """Return the raw numbers and the byte order in force, None where it is unknown."""
        gather, is_known = self._fixed, True
        if self._choices:
            raw = int(words[self._chooser_at]) if self._chooser_at is not None else None
            is_known = raw in self._choices
            gather = self._choices[raw] if raw is not None and is_known else self._fixed
        sent = words.astype("<u2", copy=False)
        if gather.swaps_bytes:
            sent = np.concatenate((sent, sent.byteswap()))
        gathered = sent.take(gather.index)
        numbers = np.empty(len(self.position))
        if self._has_f32:  # widening a signalling NaN warns, and a controller may send anything
            with np.errstate(invalid="ignore"):
                self._widen(gathered, numbers)
        else:
            self._widen(gathered, numbers)
        return numbers, gather.byte_order if is_known else None

    def _widen(self, gathered: Words, numbers: Numbers) -> None:
        for group in self._groups:
            numbers[group.numbers] = gathered[group.words].view(group.dtype)

    def _gather(self, byte_order: Order, word_order: Order) -> _Gather:
        index: list[int] = []
        for start, item in self._placed:
            # What no block covers points nowhere; any word will do for a number nobody looks at.
            last = max(self._total - 1, 0)
            words = [min(word, last) for word in range(start, start + item.coding.words)]
            if (item.word_order or word_order) == "big":
                words.reverse()  # the least significant is gathered first
            if (item.byte_order or byte_order) == "little" and not item.area.is_bits:
                words = [word + self._total for word in words]  # the swapped copy
            index += words
        swaps = any(word >= self._total for word in index)
        return _Gather(np.array(index, np.intp), swaps, byte_order)


def _grouped(codings: Sequence[Coding]) -> tuple[_Group, ...]:
    groups: list[_Group] = []
    word = number = 0
    for code in codings:
        dtype = np.dtype(f"<{code.dtype}")
        first_word, first_number = word, number
        if groups and groups[-1].dtype == dtype:
            last = groups.pop()
            first_word, first_number = last.words.start, last.numbers.start
        word, number = word + code.words, number + 1
        groups.append(_Group(dtype, slice(first_word, word), slice(first_number, number)))
    return tuple(groups)
