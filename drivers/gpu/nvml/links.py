"""All errors of a GPU's NVLinks in one number: each generation counts them elsewhere.

Corrected symbols are left out: forward error correction is how NVLink 5 works.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from drivers.gpu.nvml.ways import NOT_SUPPORTED, NoValueError, field_number
from drivers.points import Reason

_PER_LINK = (
    ("NVML_FI_DEV_NVLINK_ERROR_DL_CRC", "NVML_FI_DEV_NVLINK_ERROR_DL_REPLAY",
     "NVML_FI_DEV_NVLINK_ERROR_DL_RECOVERY"),
    ("NVML_FI_DEV_NVLINK_COUNT_MALFORMED_PACKET_ERRORS",
     "NVML_FI_DEV_NVLINK_COUNT_BUFFER_OVERRUN_ERRORS", "NVML_FI_DEV_NVLINK_COUNT_RCV_ERRORS",
     "NVML_FI_DEV_NVLINK_COUNT_LINK_RECOVERY_EVENTS"),
)  # fmt: skip
"""Hopper, then Blackwell; the link is the scope."""
_TOTALS = (
    "NVML_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL",
    "NVML_FI_DEV_NVLINK_CRC_DATA_ERROR_COUNT_TOTAL",
    "NVML_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL",
    "NVML_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL",
)
_COUNTERS = range(4)
_LINK_COUNT = "NVML_FI_DEV_NVLINK_LINK_COUNT"


def link_errors(nvml: Any, handle: Any) -> Sequence[float]:
    """Return the number of errors of all links; raises NVMLError or NoValueError.

    A GPU without links has no such number.
    """
    links = _link_count(nvml, handle)
    ways: list[Callable[[], float | None]] = [
        lambda names=names: _fields(nvml, handle, names, range(links))  # type: ignore[misc]
        for names in _PER_LINK
    ]
    ways += [
        lambda: _fields(nvml, handle, _TOTALS, range(1)),
        lambda: _counters(nvml, handle, range(links)),
    ]
    for way in ways:
        total = way()
        if total is not None:
            return (total,)
    raise NoValueError(Reason.NOT_SUPPORTED)


def _link_count(nvml: Any, handle: Any) -> int:
    (answer,) = nvml.nvmlDeviceGetFieldValues(handle, [getattr(nvml, _LINK_COUNT)])
    links = int(field_number(answer))
    if links <= 0:
        raise NoValueError(Reason.NOT_SUPPORTED)
    return min(links, int(nvml.NVML_NVLINK_MAX_LINKS))


def _fields(nvml: Any, handle: Any, names: Sequence[str], scopes: range) -> float | None:
    """The sum of what is counted; None where the driver or this GPU knows none of it."""
    wanted = [
        (getattr(nvml, name), scope) for scope in scopes for name in names if hasattr(nvml, name)
    ]
    if not wanted:
        return None
    found = []
    for answer in nvml.nvmlDeviceGetFieldValues(handle, wanted):
        try:
            found.append(field_number(answer))
        except NoValueError:
            continue  # a link that is not there, or a counter of another generation
    return sum(found) if found else None


def _counters(nvml: Any, handle: Any, links: range) -> float | None:
    found = []
    for link in links:
        for counter in _COUNTERS:
            try:
                found.append(float(nvml.nvmlDeviceGetNvLinkErrorCounter(handle, link, counter)))
            except nvml.NVMLError as error:
                if error.value != NOT_SUPPORTED:
                    raise
    return sum(found) if found else None
