"""``tankside diagnose``: what one would ask for from afar, as one text that can be read first.

It never reads PINs, keys, photos or samples; people, places and addresses get stand-ins
(:mod:`console.scrub`). Nothing is sent anywhere.
"""

from __future__ import annotations

import asyncio
import getpass
import platform
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from console.about import components
from console.history.events import Event, Kind
from console.history.trouble import StorageError
from console.scrub import Scrubber
from console.session.devices import build_devices
from console.settings import SettingsFile
from console.site import LoadedSite
from drivers.device import Device, DeviceError
from drivers.files import FileError
from drivers.modbus.device import ModbusDevice

LOG_LINES = 400
_EVENTS = 200
_POLLS = 3
_WAIT_S = 5.0
_TROUBLE = frozenset(
    {
        Kind.APPLICATION_STARTED,
        Kind.APPLICATION_STOPPED,
        Kind.DEVICE_CONNECTED,
        Kind.DEVICE_LOST,
        Kind.DEVICE_RESTORED,
        Kind.SENSOR_FAILED,
        Kind.SENSOR_RESTORED,
        Kind.STORAGE_DEGRADED,
        Kind.STORAGE_RESTORED,
        Kind.SAMPLES_DROPPED,
        Kind.CLOCK_CHANGED,
        Kind.CLOCK_BACKWARDS,
        Kind.LOG_SET_ASIDE,
        Kind.LOG_SHORTENED,
        Kind.LOG_QUARANTINED,
        Kind.TELEMETRY_DAMAGED,
        Kind.EVENT_UNREADABLE,
        Kind.NOTIFY_FAILED,
        Kind.NOTIFY_DROPPED,
        Kind.SITE_APPLIED,
        Kind.SITE_ROLLED_BACK,
        Kind.WRITE_FAILED,
        Kind.WRITE_REFUSED,
    }
)
Section = Callable[[], Iterator[str]]


def diagnosis(
    data: Path | None, loaded: LoadedSite | None, *, ask: bool = True, keep_serials: bool = False
) -> str:
    """Return the whole text. ``ask`` polls every device of the site, :data:`_POLLS` times.

    A part that fails says why in its place; the others are there all the same.
    """
    sections: dict[str, Section] = {"Versions": _versions, "Settings": _settings}
    if data is not None:
        sections |= {
            "Data folder": lambda: _folder(data),
            "Trouble in the log": lambda: _events(data),
            "tankside.log": lambda: _tail(data / "tankside.log"),
            "crash.log": lambda: _tail(data / "crash.log"),
        }
    if loaded is not None:
        sections["Devices: plan and timing"] = lambda: _devices(loaded, ask=ask)
    scrubber = _scrubber(data, loaded, keep_serials=keep_serials)
    parts = [f"Tankside diagnosis of {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"]
    parts += [f"\n== {title}\n{_text(section)}" for title, section in sections.items()]
    return scrubber.clean("\n".join(parts)) + "\n"


def _text(section: Section) -> str:
    try:
        return "\n".join(section()) or "nothing"
    except (OSError, StorageError, FileError, ValueError) as error:
        return f"cannot be told: {error}"


def _scrubber(data: Path | None, loaded: LoadedSite | None, *, keep_serials: bool) -> Scrubber:
    scrubber = Scrubber(keep_serials=keep_serials)
    scrubber.know("machine", [socket.gethostname()])
    with suppress(KeyError, OSError):
        scrubber.know("user", [getpass.getuser()])
    if data is not None:
        with suppress(StorageError):
            _know_people(scrubber, data)
    if loaded is not None:
        site = loaded.site
        scrubber.know("site", [site.site.name, site.site.id])
        for tank in site.tank:
            scrubber.know("tank", [tank.name, tank.id])
            scrubber.know("hall", [tank.hall])
        for host in site.host:
            scrubber.know("host", [host.name, host.id])
            if not keep_serials:
                for gpu in host.gpu:
                    scrubber.know("gpu", [gpu.uuid, gpu.serial])
    return scrubber


def _know_people(scrubber: Scrubber, data: Path) -> None:
    from console.history.reader import LogReader
    from console.work.book import WorkBook
    from console.work.events import KINDS

    book = WorkBook()
    book.restore(LogReader(data).of_kinds(KINDS))
    for person in book.people.everybody():
        scrubber.know("person", [person.name, person.id, *_words(person.name)])


def _words(name: str) -> list[str]:
    return [word for word in name.split() if len(word) > 2]


def _versions() -> Iterator[str]:
    yield f"Tankside {metadata.version('tankside')}, {_kind_of_installation()}"
    yield f"Python {platform.python_version()} on {platform.platform()}"
    yield ", ".join(f"{part.name} {part.version}" for part in components()[1:])


def _kind_of_installation() -> str:
    return "frozen" if getattr(sys, "frozen", False) else "as a Python package"


def _settings() -> Iterator[str]:
    file = SettingsFile()
    values = file.load()
    yield f"{values}"
    if file.trouble:
        yield file.trouble


def _folder(data: Path) -> Iterator[str]:
    use = shutil.disk_usage(data)
    yield f"disk: {use.free / 1e9:.1f} GB free of {use.total / 1e9:.1f} GB"
    for path in sorted(data.rglob("*")):
        # Photos and papers are named by whom they are about; their number is enough.
        if path.is_file() and path.parent == data:
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield f"{path.name}  {path.stat().st_size} bytes  {changed:%Y-%m-%d %H:%M}"
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        yield f"{folder.name}/  {sum(1 for f in folder.rglob('*') if f.is_file())} files"


def _events(data: Path) -> Iterator[str]:
    from console.history.reader import LogReader

    found = LogReader(data).of_kinds(_TROUBLE)
    yield f"{len(found)} events, the last {_EVENTS}:"
    yield from (_line(event) for event in found[-_EVENTS:])


def _line(event: Event) -> str:
    at = datetime.fromtimestamp(event.utc_us / 1e6, UTC)
    body = ", ".join(f"{name}: {value}" for name, value in event.body.items())
    return f"{at:%Y-%m-%d %H:%M:%S} {event.kind} {event.subject} {body}"


def _tail(path: Path) -> Iterator[str]:
    if not path.exists():
        yield "there is none"
        return
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    yield from lines[-LOG_LINES:]


def _devices(loaded: LoadedSite, *, ask: bool) -> Iterator[str]:
    devices = build_devices(loaded)
    timings = asyncio.run(_time_all(devices)) if ask else ["not asked"] * len(devices)
    maps = {tank.id: tank.map for tank in loaded.site.tank}
    for device, timing in zip(devices, timings, strict=True):
        regmap = maps.get(device.id, "-")
        yield f"{device.id}  {device.url}  every {device.period_s:g} s  map {regmap}"
        yield f"  {timing}"
        if isinstance(device, ModbusDevice):
            for block in device.reads.blocks:
                often = f" every {block.every_s:g} s" if block.every_s else ""
                yield f"  reads {block.area.value} {block.address} to {block.end - 1}{often}"


async def _time_all(devices: Sequence[Device]) -> list[str]:
    return list(await asyncio.gather(*(_time(device) for device in devices)))


async def _time(device: Device) -> str:
    """Return how long connecting and each poll took, milliseconds, or what went wrong."""
    took_ms: list[float] = []
    began_s = time.perf_counter()
    try:
        async with asyncio.timeout(_WAIT_S * _POLLS):
            await device.connect()
            connected_ms = (time.perf_counter() - began_s) * 1e3
            for _ in range(_POLLS):
                began_s = time.perf_counter()
                await device.poll()
                took_ms.append((time.perf_counter() - began_s) * 1e3)
    except TimeoutError:
        return f"no answer within {_WAIT_S * _POLLS:g} s"
    except DeviceError as error:
        return f"failed after {len(took_ms)} polls: {error}"
    finally:
        await device.close()
    polls = ", ".join(f"{ms:.1f}" for ms in took_ms)
    return f"connected in {connected_ms:.1f} ms, polls took {polls} ms"
