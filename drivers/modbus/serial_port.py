"""A serial line as an asyncio transport: one thread waits for bytes, the loop does the rest.

A thread because nothing else works alike on Linux, macOS and Windows, where asyncio cannot watch a
serial port; and because opening a port may block for seconds (Bluetooth, a failing USB adapter).
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import serial

from drivers.modbus.url import Endpoint

_WAKE_S = 0.5
_END_S = 0.3


class SerialTransport(asyncio.Transport):
    """Reads and writes one port; made by :func:`open_serial`."""

    def __init__(self, endpoint: Endpoint, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._endpoint = endpoint
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._port: Any = None
        self._ending = threading.Event()
        self._told = False
        self._thread = threading.Thread(
            target=self._run, name=f"serial {endpoint.device}", daemon=True
        )

    async def open(self) -> None:
        """Open the port; raises OSError. Cancelling it leaves nothing open."""
        self._thread.start()
        try:
            await self._opened
        except BaseException:
            self._end()
            raise
        self._protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hand bytes to the operating system; what it does not take at once is an error."""
        if self._ending.is_set():
            return
        try:
            taken = self._port.write(data)
        except (OSError, ValueError) as error:
            self._lose(OSError(str(error)))
            return
        if taken is not None and taken < len(data):
            self._lose(OSError("the line does not take what is sent"))

    def is_closing(self) -> bool:
        """Whether the port is closed or about to be."""
        return self._ending.is_set()

    def close(self) -> None:
        """Close at once."""
        self._lose(None)

    def abort(self) -> None:
        """Close at once."""
        self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        """Close and tell the protocol, once."""
        self._end()
        if not self._told:
            self._told = True
            self._loop.call_soon(self._protocol.connection_lost, error)

    def _end(self) -> None:
        """End the thread, which closes the port: who opens it again next must find it closed."""
        self._ending.set()
        if self._port is not None and self._thread.is_alive():
            self._port.cancel_read()
            self._thread.join(_END_S)

    def _run(self) -> None:
        try:
            port = _open(self._endpoint)
        except (OSError, ValueError) as error:
            number = getattr(error, "errno", None)
            failed = OSError(number, str(error)) if number else OSError(str(error))
            self._tell(self._finish_opening, failed)
            return
        try:
            self._port = port
            self._tell(self._finish_opening, None)
            self._listen(port)
        finally:
            port.close()

    def _listen(self, port: Any) -> None:
        while not self._ending.is_set():
            try:
                data = port.read(port.in_waiting or 1)
            except (OSError, ValueError, TypeError) as error:
                # pyserial raises what it likes when an adapter is pulled out.
                self._tell(self._lose, OSError(str(error)))
                return
            if data:
                self._tell(self._deliver, data)

    def _tell(self, what: Any, *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *args)
        except RuntimeError:
            self._ending.set()  # the loop was closed: nobody listens any more

    def _finish_opening(self, error: OSError | None) -> None:
        if self._opened.done():
            return
        if error is None:
            self._opened.set_result(None)
        else:
            self._opened.set_exception(error)

    def _deliver(self, data: bytes) -> None:
        if not self._ending.is_set():
            self._protocol.data_received(data)


def _open(endpoint: Endpoint) -> Any:
    return serial.Serial(
        endpoint.device,
        baudrate=endpoint.baud,
        bytesize=endpoint.data_bits,
        parity=endpoint.parity,
        stopbits=endpoint.stop_bits,
        timeout=_WAKE_S,
        write_timeout=0,
        exclusive=True,
    )


async def open_serial(endpoint: Endpoint, protocol: asyncio.Protocol) -> None:
    """Connect a protocol to a serial line; raises OSError with the system's own words."""
    await SerialTransport(endpoint, protocol).open()
