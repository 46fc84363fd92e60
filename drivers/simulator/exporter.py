"""A host's GPUs in the text of dcgm-exporter: its default counters, one line per GPU and field."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.simulator.counters import COUNTERS, NVLINK, PROFILING, Counter
from drivers.simulator.gpus import GpuBank

MODEL = "NVIDIA H100 80GB HBM3"
DRIVER = "580.126.09"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUSES = ("18", "2A", "3A", "5D", "9A", "AB", "BA", "DB")
XIDS = {0: "No Error", 79: "GPU has fallen off the bus"}


@dataclass(frozen=True, slots=True)
class Identity:
    """What a GPU is called: UUID and serial number, drawn once from the seed."""

    uuid: str
    serial: str

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Identity:
        """Draw an identity of the shape real ones have."""
        text = rng.bytes(16).hex()
        parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
        return cls("GPU-" + "-".join(parts), f"165{rng.integers(10**10):010d}")


class Exporter:
    """The text of one host. ``first`` is the position of its first GPU in the tank's bank."""

    def __init__(
        self,
        host: str,
        bank: GpuBank,
        first: int,
        identities: tuple[Identity, ...],
        *,
        recommended: bool = False,
    ) -> None:
        self._bank = bank
        self._slice = slice(first, first + len(identities))
        fields = [("DCGM_FI_DEV_", c) for c in COUNTERS if recommended or not c.recommended]
        fields += [("DCGM_FI_PROF_", c) for c in PROFILING]
        labels = [_labels(host, i, who, recommended) for i, who in enumerate(identities)]
        self._blocks = [_Block(prefix + c.name, c, labels) for prefix, c in fields]
        self._link = _Block(NVLINK.name, NVLINK, [_link_labels(text) for text in labels])

    def exposition(self) -> str:
        """Return the text of this moment; a GPU that its driver has lost has no lines at all."""
        visible = np.flatnonzero(self._bank.visible[self._slice]).tolist()
        if not visible:
            return ""
        blocks = [*self._blocks, self._link]
        return "".join(block.text(self._bank, self._slice, visible) for block in blocks)


class _Block:
    """The lines of one field: everything but the values is written once."""

    def __init__(self, name: str, counter: Counter, labels: list[str]) -> None:
        self._counter = counter
        self._head = f"# HELP {name} {counter.text}\n# TYPE {name} {counter.kind}\n"
        self._starts = [f"{name}{{{text}" for text in labels]
        self._is_xid = counter.name == "XID_ERRORS"

    def text(self, bank: GpuBank, part: slice, visible: list[int]) -> str:
        """Return the lines of the visible GPUs."""
        values = self._counter.values(bank)[part].tolist()
        form = "%d" if not self._counter.decimals else f"%.{self._counter.decimals}f"
        lines = [self._head]
        for i in visible:
            value = values[i] if self._counter.decimals else round(values[i])
            why = f',err_code="{value}",err_msg="{XIDS.get(value, "")}"' if self._is_xid else ""
            lines.append(f"{self._starts[i]}{why}}} {form % value}\n")
        return "".join(lines)


def _labels(host: str, index: int, who: Identity, serial: bool) -> str:
    bus = BUSES[index] if index < len(BUSES) else f"{0xDC + index - len(BUSES):02X}"
    text = (
        f'gpu="{index}",UUID="{who.uuid}",pci_bus_id="00000000:{bus}:00.0",device="nvidia{index}",'
        f'modelName="{MODEL}",hostname="{host}",DCGM_FI_DRIVER_VERSION="{DRIVER}"'
    )
    return text + (f',DCGM_FI_DEV_SERIAL="{who.serial}"' if serial else "")


def _link_labels(labels: str) -> str:
    renamed = labels.replace("UUID=", "gpu_uuid=").replace("modelName=", "model_name=")
    return f'nvlink="0",{renamed}'
