"""A host's GPUs in the text of nvidia_gpu_exporter with its NVML backend.

A GPU is known by its UUID without the prefix; who it is stands in one line of its own. Xids are
counted apart from the readings: those of a GPU that is gone are still told.
"""

from __future__ import annotations

import numpy as np

from drivers.simulator.exporter import DRIVER, MODEL
from drivers.simulator.seats import Seats
from drivers.simulator.smi_metrics import METRICS, Metric

PREFIX = "nvidia_smi_"
ABOUT_INFO = (
    "A metric with a constant '1' value labeled by gpu uuid, name, driver_model_current, "
    "driver_model_pending, vbios_version, driver_version, pci_bus_id, serial, compute_cap, "
    "pci_sub_device_id, index, cuda_version."
)
INFO = (
    f'compute_cap="9.0",cuda_version="13.0",driver_model_current="[N/A]",'
    f'driver_model_pending="[N/A]",driver_version="{DRIVER}",index="{{number}}",name="{MODEL}",'
    'pci_bus_id="{bus}",pci_sub_device_id="0x16C110DE",serial="{serial}",uuid="{uuid}",'
    'vbios_version="96.00.A5.00.01"'
)


class SmiExporter:
    """The text of one host."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._collected_at_s: float | None = None

    def exposition(self) -> str:
        """Return the text of this moment; without any GPU only the exporter speaks of itself."""
        seats = self._seats
        visible = seats.visible()
        uuids = [who.uuid.removeprefix("GPU-") for who in seats.identities]
        parts = [_text(metric, seats, uuids, visible) for metric in METRICS] if visible else []
        parts += [self._info(uuids, visible), self._xids(uuids), self._own(works=bool(visible))]
        return "".join(parts)

    def _own(self, *, works: bool) -> str:
        """What the exporter says of itself: without labels."""
        if works:
            self._collected_at_s = self._seats.bank.health.clock()
        at_s = self._collected_at_s
        success = "Whether the most recent collection succeeded (1) or not (0)"
        when = "Unix timestamp of the most recent successful collection"
        parts = [
            _own("failed_scrapes_total", "counter", "Number of failed collections", 0),
            _own("last_collect_success", "gauge", success, works),
        ]
        if at_s is not None:
            parts.append(_own("last_collect_success_timestamp_seconds", "gauge", when, at_s))
        return "".join(parts)

    def _info(self, uuids: list[str], visible: list[int]) -> str:
        seats = self._seats
        return _family(
            "gpu_info",
            "gauge",
            ABOUT_INFO,
            [
                (
                    INFO.format(
                        number=seats.numbers[i],
                        bus=seats.bus(i),
                        serial=seats.identities[i].serial,
                        uuid=uuids[i],
                    ),
                    "1",
                )
                for i in visible
            ],
        )

    def _xids(self, uuids: list[str]) -> str:
        seats = self._seats
        told = {
            f'uuid="{uuids[seats.range.index(gpu)]}",xid="{code}"': xid
            for (gpu, code), xid in sorted(seats.bank.health.told.items())
            if gpu in seats.range
        }
        counts = [(labels, str(xid.count)) for labels, xid in told.items()]
        last = [(labels, go_number(xid.recent_s[-1])) for labels, xid in told.items()]
        return _family(
            "xid_errors_total", "counter", "Xids since the exporter started.", counts
        ) + _family("xid_last_timestamp_seconds", "gauge", "When it was told last.", last)


def go_number(value: float) -> str:
    """Write a number as Go's ``%v`` of the exposition does: 631.95, 1.98e+09, 0."""
    if abs(value) < 1e6:
        return repr(float(value)).removesuffix(".0")
    return str(np.format_float_scientific(value, trim="-", exp_digits=2))


def _text(metric: Metric, seats: Seats, uuids: list[str], visible: list[int]) -> str:
    values = np.round(metric.values(seats.bank)[seats.slice].astype(float), metric.decimals)
    values = (values + 0.0) * metric.scale  # adding nothing turns -0 into 0
    rows = [(f'uuid="{uuids[i]}"', go_number(values[i])) for i in visible]
    return _family(metric.name, metric.kind, metric.text, rows)


def _own(name: str, kind: str, text: str, value: float) -> str:
    return _family(name, kind, text, [("", go_number(value))])


def _family(name: str, kind: str, text: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    name = PREFIX + name
    lines = [f"# HELP {name} {text}\n# TYPE {name} {kind}\n"]
    lines += [f"{name}{{{labels}}} {v}\n" if labels else f"{name} {v}\n" for labels, v in rows]
    return "".join(lines)
