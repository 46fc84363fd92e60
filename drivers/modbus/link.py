"""One Modbus connection whose every answer is checked. The only file that imports pymodbus.

pymodbus 3.16 returns an answer with a wrong function code or register count and even a write's
answer to a read as success, fails inside the transport on an exception without its code, and after
the peer hangs up waits out the whole time-out. All of it is mended in the hooks below. Nothing
reconnects by itself: the poll loop decides when.
"""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException

from drivers.device import DeviceError, DeviceGarbledError, DeviceTimeoutError
from drivers.modbus.frames import payload_of
from drivers.modbus.planner import Block
from drivers.modbus.regmap import Area
from drivers.modbus.url import ModbusUrl

# The library logs each time-out as an error; here a silent tank is a state, shown and recorded.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


class ModbusLink:
    """A connection to one unit; at most one request is in flight."""

    def __init__(self, url: ModbusUrl, unit: int, timeout_s: float) -> None:
        self._where = f"{url.host}:{url.port}"
        self._url = url
        self._unit = unit
        self._timeout_s = timeout_s
        self._client: AsyncModbusTcpClient | None = None
        self._request = b""
        self._payload: bytes | None = None

    async def connect(self) -> None:
        """Open the connection; raises DeviceError."""
        self.close()
        # Not reused: a client that lost its peer keeps half a frame and a counter of failures.
        client = AsyncModbusTcpClient(
            self._url.host,
            port=self._url.port,
            timeout=self._timeout_s,
            retries=0,
            reconnect_delay=0,
            trace_connect=self._on_link,
            trace_packet=self._on_packet,
        )
        self._client = client
        if not await client.connect():
            self.close()
            raise DeviceError(f"{self._where} does not accept the connection")

    async def read(self, block: Block) -> NDArray[np.uint16]:
        """Read one block; returns ``block.count`` words (one per bit); raises DeviceError."""
        client = self._client
        if client is None or not client.connected:
            raise DeviceError(f"{self._where} is not connected")
        try:
            await self._ask(client, block)
        except ConnectionException:
            raise DeviceError(f"{self._where} closed the connection") from None
        except ModbusException:
            raise DeviceTimeoutError(
                f"{self._where} did not answer within {self._timeout_s:g} s"
            ) from None
        except DeviceError as error:
            asked = f"{block.area.value} {block.address} +{block.count}"
            raise type(error)(f"{self._where}, asked for {asked}: {error}") from None
        except OSError as error:
            raise DeviceError(f"{self._where}: {error}") from None
        return self._words(block)

    def close(self) -> None:
        """Drop the connection at once."""
        client, self._client = self._client, None
        if client is not None:
            client.close()

    async def _ask(self, client: AsyncModbusTcpClient, block: Block) -> None:
        ask = {
            Area.COIL: client.read_coils,
            Area.DISCRETE: client.read_discrete_inputs,
            Area.HOLDING: client.read_holding_registers,
            Area.INPUT: client.read_input_registers,
        }[block.area]
        self._payload = None
        await ask(block.address, count=block.count, device_id=self._unit)

    def _words(self, block: Block) -> NDArray[np.uint16]:
        """The checked bytes as words; what the library made of them is not used."""
        payload = self._payload
        if payload is None:
            raise DeviceGarbledError(f"{self._where} answered something that was not checked")
        if block.area.is_bits:
            bits = np.unpackbits(np.frombuffer(payload, np.uint8), bitorder="little")
            return bits[: block.count].astype(np.uint16)
        return np.frombuffer(payload, ">u2").astype(np.uint16)

    def _on_packet(self, sending: bool, data: bytes) -> bytes:
        """Called by the library with what it sends, and with all received and not yet used."""
        if sending:
            self._request = data
            return data
        try:
            self._payload = payload_of(self._request, data)
        except DeviceError as error:
            self._fail(error)
            return b""
        return data

    def _on_link(self, connected: bool) -> None:
        if not connected:
            self._fail(ConnectionException("the peer closed the connection"))

    def _fail(self, error: Exception) -> None:
        """End the request in flight now instead of at its time-out."""
        if self._client is None:
            return
        waiting = self._client.ctx.response_future
        if not waiting.done():
            waiting.set_exception(error)
            waiting.exception()  # taken here: nobody may be waiting for it
