"""Many hosts' exporters, in a process of their own: ``python exporter_hosts.py HOSTS GPUS [CPU]``.

Each host has its own port and dcgm-exporter's default counters of its GPUs; every number is
another one at every scrape, except what counts faults: these GPUs are healthy. Prints the ports on
one line.
"""

from __future__ import annotations

import asyncio
import os
import sys
from functools import partial

FIELDS = (
    "SM_CLOCK", "MEM_CLOCK", "MEMORY_TEMP", "GPU_TEMP", "POWER_USAGE", "TOTAL_ENERGY_CONSUMPTION",
    "PCIE_REPLAY_COUNTER", "GPU_UTIL", "MEM_COPY_UTIL", "ENC_UTIL", "DEC_UTIL", "XID_ERRORS",
    "FB_FREE", "FB_USED", "FB_RESERVED", "NVLINK_BANDWIDTH_TOTAL", "VGPU_LICENSE_STATUS",
    "UNCORRECTABLE_REMAPPED_ROWS", "CORRECTABLE_REMAPPED_ROWS", "ROW_REMAP_FAILURE",
)  # fmt: skip
PROFILING = (
    "GR_ENGINE_ACTIVE",
    "PIPE_TENSOR_ACTIVE",
    "DRAM_ACTIVE",
    "PCIE_TX_BYTES",
    "PCIE_RX_BYTES",
)
FAULTS = frozenset({
    "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", "DCGM_FI_DEV_ROW_REMAP_FAILURE",
})  # fmt: skip
NAMES = [f"DCGM_FI_DEV_{n}" for n in FIELDS] + [f"DCGM_FI_PROF_{n}" for n in PROFILING]


def exposition(host: int, gpus: int, scrape: int = 0) -> str:
    """The text of one host: as long and as wordy as the real one."""
    lines = []
    for name in NAMES:
        lines.append(f"# HELP {name} What the field is (in its unit).\n# TYPE {name} gauge\n")
        for gpu in range(gpus):
            value = 0 if name in FAULTS else (host + gpu + scrape) % 50 + 20
            uuid = f"GPU-{host:08x}-0000-4000-8000-{gpu:012x}"
            lines.append(
                f'{name}{{gpu="{gpu}",UUID="{uuid}",pci_bus_id="00000000:{gpu + 24:02X}:00.0",'
                f'device="nvidia{gpu}",modelName="NVIDIA H100 80GB HBM3",hostname="node-{host}",'
                f'DCGM_FI_DRIVER_VERSION="580.126.09"}} {value}\n'
            )
    return "".join(lines)


class Host(asyncio.Protocol):
    """The cheapest right web server there is: never the bottleneck."""

    def __init__(self, texts: list[bytes]) -> None:
        self._texts, self._asked = texts, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._write = transport.write  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        for _ in range(data.count(b"\r\n\r\n")):
            self._asked += 1
            self._write(self._texts[self._asked % len(self._texts)])


def answers(host: int, gpus: int) -> list[bytes]:
    found = []
    for scrape in range(3):
        body = exposition(host, gpus, scrape).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        found.append(head.encode() + body)
    return found


async def main(hosts: int, gpus: list[int]) -> None:
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(partial(Host, answers(host, gpus[host])), "127.0.0.1", 0)
        for host in range(hosts)
    ]
    print(*(s.sockets[0].getsockname()[1] for s in servers), flush=True)  # noqa: T201
    await servers[0].serve_forever()


def spread(gpus: int, hosts: int) -> list[int]:
    """So many GPUs over so many hosts, as evenly as it goes."""
    return [gpus // hosts + (host < gpus % hosts) for host in range(hosts)]


if __name__ == "__main__":
    if len(sys.argv) > 3:
        os.sched_setaffinity(0, {int(sys.argv[3])})
    asyncio.run(main(int(sys.argv[1]), spread(int(sys.argv[2]), int(sys.argv[1]))))
