"""One unit's way to be asked: reads and writes that are exactly answered, or a DeviceError."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.device import DeviceError, DeviceGarbledError
from drivers.modbus.frames import ModbusRefusedError, read_request, write_request
from drivers.modbus.line import Line, Manners
from drivers.modbus.planner import Block

_SETTLE_ROUND_TRIPS = 2.0
_REMEMBERED = 8
_LEAST_CONNECT_S = {"tls": 3.0}
_LEAST_CONNECT_OTHERWISE_S = 1.0


class ModbusLink:
    """A unit behind a :class:`Line`, which it may share with others.

    ``timeout_s`` is how long the unit may take to begin its answer. Nothing reconnects by itself:
    the poll loop decides when.
    """

    def __init__(
        self, line: Line, unit: int, timeout_s: float, manners: Manners | None = None
    ) -> None:
        self._line = line
        self.unit = unit
        self._timeout_s = timeout_s
        self._recent: deque[tuple[bytes, bytes]] = deque(maxlen=_REMEMBERED)
        line.join(unit, manners or Manners(worst_latency_s=timeout_s))

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._line.is_open

    @property
    def name(self) -> str:
        """Where the unit is, for messages."""
        return self._line.name

    @property
    def neighbours(self) -> frozenset[int]:
        """Every unit on the same connection, this one among them."""
        return self._line.units

    @property
    def in_flight(self) -> int:
        """How many questions may be asked at once."""
        return self._line.in_flight

    async def connect(self) -> None:
        """Open the connection unless it is; raises DeviceError."""
        scheme = self._line.endpoint.scheme
        least_s = _LEAST_CONNECT_S.get(scheme, _LEAST_CONNECT_OTHERWISE_S)
        await self._line.open(self, max(self._timeout_s, least_s))

    async def read(self, block: Block) -> NDArray[np.uint16]:
        """Read one block; returns ``block.count`` words (one per bit); raises DeviceError."""
        pdu = read_request(block.area, block.address, block.count)
        what = f"asked for {block.area.value} {block.address} +{block.count}"
        payload = await self._ask(pdu, what)
        if not self._line.tagged:
            if self._looks_copied(pdu, payload):
                payload = await self._ask(pdu, what)
            self._recent.append((pdu, payload))
        if block.area.is_bits:
            bits = np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little")
            return bits[: block.count].astype(np.uint16)
        return np.frombuffer(payload, ">u2").astype(np.uint16)

    async def write(self, function: int, address: int, words: Sequence[int]) -> None:
        """Write registers or coils by function 5, 6, 15 or 16; raises DeviceError.

        After a DeviceTimeoutError it is not known whether the controller has taken the values.
        """
        pdu = write_request(function, address, tuple(words))
        await self._ask(pdu, f"told to set {address} +{len(words)}")

    def transfer_s(self, block: Block) -> float:
        """Return how long reading a block takes on a serial line at least; 0 on a network."""
        return self._line.transfer_s(read_request(block.area, block.address, block.count))

    def mark(self) -> int:
        """Return what :meth:`confirm` compares with."""
        return self._line.strays

    async def confirm(self, mark: int) -> None:
        """Raise DeviceGarbledError if an answer too many came since ``mark`` was taken.

        Without transaction numbers a doubled answer would pass for the next one of the same shape.
        It leaves one answer over at the end, and that is waited for here.
        """
        if self._line.tagged:
            return
        await self._line.rest(_SETTLE_ROUND_TRIPS * self._line.round_trip_s)
        if self._line.strays != mark:
            raise DeviceGarbledError(f"{self.name} sent answers that nobody had asked for")

    def close(self) -> None:
        """Let go of the connection; it is dropped at once where nobody else holds it."""
        self._line.let_go(self)

    def _looks_copied(self, pdu: bytes, payload: bytes) -> bool:
        """Whether the answer is, byte for byte, a recent one to another question of this kind.

        It may be a copy of that; or two blocks hold the same, which asking again confirms.
        """
        return any(
            said == payload and asked != pdu and asked[0] == pdu[0] for asked, said in self._recent
        )

    async def _ask(self, pdu: bytes, what: str) -> bytes:
        try:
            return await self._line.ask(self.unit, pdu, self._timeout_s)
        except ModbusRefusedError as error:
            told = f"{self.name}, unit {self.unit}, {what}: {error}"
            raise ModbusRefusedError(told, error.code) from None
        except DeviceGarbledError as error:
            told = f"{self.name}, unit {self.unit}, {what}: {error}"
            raise DeviceGarbledError(told) from None
        except OSError as error:
            raise DeviceError(f"{self.name}: {error}") from None
