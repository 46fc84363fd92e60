"""A host's GPUs in the text of dcgm-exporter: its counters, one line per GPU and field."""

from __future__ import annotations

from typing import Protocol

from drivers.simulator.counters import COUNTERS, NVLINK, PROFILING, Counter
from drivers.simulator.gpu_health import OTHER, WINDOW_S, XIDS
from drivers.simulator.recommended_counters import RECOMMENDED
from drivers.simulator.seats import Seats

MODEL = "NVIDIA H100 80GB HBM3"
DRIVER = "580.126.09"
COUNT = "DCGM_EXP_XID_ERRORS_COUNT"


class HostExporter(Protocol):
    """What says in some format how the GPUs of a host are."""

    def exposition(self) -> str:
        """Return the text of this moment."""
        ...


class DcgmExporter:
    """The text of one host; ``recommended`` adds fields that are not shown by default."""

    def __init__(self, host: str, seats: Seats, *, recommended: bool = False) -> None:
        self._host = host
        self._seats = seats
        self._recommended = recommended
        self._made_at = seats.changes
        self._labels: list[str] = []
        self._blocks = self._made()

    def exposition(self) -> str:
        """Return the text of this moment; a GPU that its driver has lost has no lines at all."""
        visible = self._seats.visible()
        if not visible:
            return ""
        if self._made_at != self._seats.changes:
            self._made_at, self._blocks = self._seats.changes, self._made()
        text = "".join(block.text(self._seats, visible) for block in self._blocks)
        return text + self._counted(visible) if self._recommended else text

    def _counted(self, visible: list[int]) -> str:
        """The Xids of each GPU and code in the last five minutes; one 0 where there is none."""
        health = self._seats.bank.health
        since_s = health.clock() - WINDOW_S
        lines = [f"# HELP {COUNT} Xids in a sliding window.\n# TYPE {COUNT} gauge\n"]
        for i in visible:
            start = f'{COUNT}{{{self._labels[i]},window_size_in_ms="{WINDOW_S * 1000}"'
            gpu = self._seats.range[i]
            found = {c: t.within(since_s) for (own, c), t in health.told.items() if own == gpu}
            rows = [f'{start},xid="{code}"}} {n}\n' for code, n in sorted(found.items()) if n]
            lines += rows or [f"{start}}} 0\n"]
        return "".join(lines)

    def _made(self) -> list[_Block]:
        seats = range(len(self._seats.bought))
        labels = [_labels(self._host, self._seats, i, serial=self._recommended) for i in seats]
        self._labels = labels
        fields = [("DCGM_FI_DEV_", c) for c in COUNTERS]
        fields += [("DCGM_FI_DEV_", c) for c in RECOMMENDED if self._recommended]
        fields += [("DCGM_FI_PROF_", c) for c in PROFILING]
        blocks = [_Block(prefix + c.name, c, labels) for prefix, c in fields]
        return [*blocks, _Block(NVLINK.name, NVLINK, [_link_labels(text) for text in labels])]


class _Block:
    """The lines of one field: everything but the values is written once."""

    def __init__(self, name: str, counter: Counter, labels: list[str]) -> None:
        self._counter = counter
        self._head = f"# HELP {name} {counter.text}\n# TYPE {name} {counter.kind}\n"
        self._starts = [f"{name}{{{text}" for text in labels]
        self._is_xid = counter.name == "XID_ERRORS"

    def text(self, seats: Seats, visible: list[int]) -> str:
        """Return the lines of the visible GPUs."""
        values = self._counter.values(seats.bank)[seats.slice].tolist()
        form = "%d" if not self._counter.decimals else f"%.{self._counter.decimals}f"
        lines = [self._head]
        for i in visible:
            value = values[i] if self._counter.decimals else round(values[i])
            why = _why(value) if self._is_xid else ""
            lines.append(f"{self._starts[i]}{why}}} {form % value}\n")
        return "".join(lines)


def _why(code: int) -> str:
    return f',err_code="{code}",err_msg="{XIDS.get(code, OTHER).text}"'


def _labels(host: str, seats: Seats, seat: int, *, serial: bool) -> str:
    who, number = seats.identities[seat], seats.numbers[seat]
    text = (
        f'gpu="{number}",UUID="{who.uuid}",pci_bus_id="{seats.bus(seat)}",'
        f'device="nvidia{number}",modelName="{MODEL}",hostname="{host}",'
        f'DCGM_FI_DRIVER_VERSION="{DRIVER}"'
    )
    return text + (f',DCGM_FI_DEV_SERIAL="{who.serial}"' if serial else "")


def _link_labels(labels: str) -> str:
    renamed = labels.replace("UUID=", "gpu_uuid=").replace("modelName=", "model_name=")
    return f'nvlink="0",{renamed}'
