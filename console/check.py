"""Asking every device of a site once: what a site engineer does before trusting a screen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from console.session.alarms import site_definitions
from console.session.devices import build_devices, derivers
from console.site import LoadedSite
from drivers.device import Device, DeviceError
from drivers.points import Reading, Reason, Snapshot

_WAIT_S = 5.0


@dataclass(frozen=True)
class PointRow:
    """One point as read."""

    part: str
    point: str
    value: float | None
    words: str | None
    unit: str
    quality: str
    reason: str
    register: str
    precision: int


@dataclass(frozen=True)
class DeviceResult:
    """One device: its points, or why there are none."""

    device: str
    url: str
    error: str | None = None
    rows: Sequence[PointRow] = field(default_factory=tuple)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


async def check_devices(loaded: LoadedSite) -> list[DeviceResult]:
    """Ask every device once, all at the same time; results in site order.

    Raises FileError where an alarm of the site or of a map beside it is wrong.
    """
    site_definitions(loaded)
    extend = derivers(loaded)

    async def ask(device: Device) -> DeviceResult:
        try:
            async with asyncio.timeout(_WAIT_S):
                await device.connect()
                snapshots = await device.poll()
        except TimeoutError:
            return DeviceResult(device.id, device.url, f"no answer within {_WAIT_S:g} s")
        except DeviceError as error:
            return DeviceResult(device.id, device.url, str(error))
        finally:
            await device.close()
        whole = [extend[s.device].extend(s) if s.device in extend else s for s in snapshots]
        return DeviceResult(device.id, device.url, None, tuple(_rows(whole)))

    return list(await asyncio.gather(*(ask(device) for device in build_devices(loaded))))


def _rows(snapshots: Sequence[Snapshot]) -> list[PointRow]:
    return [
        _row(snapshot.device, reading) for snapshot in snapshots for reading in snapshot.readings
    ]


def _row(part: str, reading: Reading) -> PointRow:
    point, value = reading.point, reading.value
    reason = "" if reading.reason is Reason.NONE else reading.reason.word
    words = None if value is None else point.words(value)
    quality = reading.quality.value
    return PointRow(
        part, point.key, value, words, point.unit, quality, reason, point.register, point.precision
    )
