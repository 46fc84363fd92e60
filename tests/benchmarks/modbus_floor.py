"""The cheapest right Modbus TCP server there is, in a process of its own: never the bottleneck.

Every register holds the same word; run as ``python modbus_floor.py [CPU]``, prints its port.
"""

from __future__ import annotations

import asyncio
import os
import struct
import sys


class Floor(asyncio.Protocol):
    """Answers whole requests, one at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        function, count = data[7], data[10] << 8 | data[11]
        size = (count + 7) // 8 if function < 3 else 2 * count
        head = data[:4] + struct.pack(">HBBB", size + 3, data[6], function, size)
        self._write(head + b"\x01\x90" * (size // 2) + b"\0" * (size % 2))


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201  how the parent learns it
    await server.serve_forever()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    asyncio.run(main())
