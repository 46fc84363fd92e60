"""GPU faults in the text of a kernel log: Xid, SXid and GPUs that fell off the bus.

Reads what ``dmesg`` (also ``-T``, ``-x``, ``--time-format=iso``), ``journalctl`` (short, short-iso,
short-unix, short-monotonic, cat), syslog files and ``/dev/kmsg`` write. The forms of an Xid::

    NVRM: Xid (PCI:0000:10:1c): 63, pid=1896, name=python, Row Remapper: ...
    NVRM: Xid (PCI:0000:01:00 GPU-I:05): 94, pid='<unknown>', name=<unknown>, Contained: ...
    NVRM: Xid (0000:01:00): 31, Ch 0000000b, ...
    nvidia-nvswitch3: SXid (PCI:0000:05:00.0): 12028, Non-fatal, Link 32 ...

Pure: no clock, no file. Nothing in a log can make it raise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from drivers.gpu.log_time import LogTime, log_time

_LONGEST_LINE = 8192
_FORGET_AFTER_LINES = 3
_BUS = r"(?:[0-9A-Fa-f]{1,8}:)?[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,2}(?:\.[0-9A-Fa-f])?"
_LINE_END = re.compile(r"\r\n|\n|\r")
_EVENT = re.compile(
    rf"(?P<kind>S?Xid) ?\((?:PCI:)? ?(?P<bus>{_BUS})(?P<instance>[^)]{{0,64}})\): "
    r"(?P<code>[0-9]{1,9})(?![0-9])[,.:;]? ?(?P<rest>.*)",
    re.IGNORECASE,
)
_PID = re.compile(r"pid=(?P<pid>[0-9]{1,10}(?![0-9])|'?<unknown>'?)(?:, ?|$)")
_NAME = re.compile(r"name=(?P<name>[^,]*)(?:, ?|$)")
_OFF_THE_BUS = re.compile(r"fallen off the bus", re.IGNORECASE)
_ABOUT_GPU = re.compile(rf"NVRM: (?:The NVIDIA )?GPU (?:at )?(?:PCI:)?(?P<bus>{_BUS})")
_UUID = re.compile(rf"GPU at PCI:(?P<bus>{_BUS}): (?P<uuid>GPU-[0-9A-Fa-f-]{{8,64}})")
_SERIAL = re.compile(r"GPU Board Serial Number: (?P<serial>[0-9A-Za-z-]{1,32})")
_REPEATED = re.compile(r"message repeated (?P<times>[0-9]{1,6}) times: \[ ?")
_NVIDIA = re.compile(r"NVRM: |nvidia-nvswitch[0-9]+: |S?Xid ?\(", re.IGNORECASE)


class EventKind(StrEnum):
    """What a line reports."""

    XID = "xid"
    SXID = "sxid"
    """A fault of an NVSwitch; the numbers are another list than that of Xids."""
    OFF_THE_BUS = "off the bus"
    """The driver's sentence that a GPU is gone, which can come without any Xid."""


@dataclass(frozen=True, slots=True)
class XidReport:
    """One fault as a log wrote it.

    ``code`` is None for a GPU off the bus without an Xid, ``bus_id`` as ``0000:10:1c.0`` (None
    where the line does not say), ``pid`` and ``process`` None where the driver did not know them.
    ``uuid`` and ``serial`` are those that the log named for the same GPU before. ``times`` is how
    often the log says that it came, ``line`` counts from one.
    """

    kind: EventKind
    code: int | None
    bus_id: str | None
    when: LogTime
    pid: int | None = None
    process: str | None = None
    detail: str = ""
    uuid: str | None = None
    serial: str | None = None
    times: int = 1
    line: int = 0

    @property
    def time(self) -> datetime | None:
        """Wall-clock time as logged: with a zone only if the log has one; None if it has none."""
        return self.when.wall


def parse_kernel_log(text: str | bytes, *, now: datetime) -> list[XidReport]:
    """Return every fault in a log, in its order; never raises on any content.

    ``now`` gives the year to times without one: the latest year that does not put them more than
    a day into the future. Use the time the log was taken, such as the file's.
    """
    return list(_Reader(now).reports(_decoded(text)))


def normalised_bus_id(text: str) -> str | None:
    """Return a PCI address as ``0000:10:1c.0``, or None for something else.

    Takes every form that drivers and exporters write: ``0000:10:1c``, ``00000000:10:1C.0``,
    ``10:1c.0``.
    """
    if not re.fullmatch(_BUS, text.strip()):
        return None
    address, _, function = text.strip().lower().partition(".")
    *domain, bus, device = address.split(":")
    number = int(domain[0], 16) if domain else 0
    return f"{number:04x}:{int(bus, 16):02x}:{int(device, 16):02x}.{function or '0'}"


@dataclass
class _Reader:
    """What reading carries from line to line: who is who, and a sentence broken over lines."""

    now: datetime
    uuids: dict[str, str] = field(default_factory=dict)
    serials: dict[str, str] = field(default_factory=dict)
    last_named: str | None = None
    broken: tuple[int, str] | None = None

    def reports(self, text: str) -> Iterator[XidReport]:
        for number, whole in enumerate(_LINE_END.split(text), start=1):
            started = _NVIDIA.search(whole, 0, _LONGEST_LINE)
            if started is None:
                continue
            report = self._report(number, _printable(whole[:_LONGEST_LINE]), started.start())
            if report is not None:
                yield report

    def _report(self, number: int, line: str, start: int) -> XidReport | None:
        event = _EVENT.search(line)
        if event is not None:
            return self._event(number, line, start, event)
        self._learn(number, line)
        if _OFF_THE_BUS.search(line):
            return self._off_the_bus(number, line, start)
        return None

    def _learn(self, number: int, line: str) -> None:
        """Remember UUID and serial of a GPU, and which GPU a sentence over lines is about."""
        uuid = _UUID.search(line)
        if uuid is not None and (bus := normalised_bus_id(uuid["bus"])):
            self.uuids[bus] = uuid["uuid"]
            self.last_named = bus
        serial = _SERIAL.search(line)
        if serial is not None and self.last_named is not None:
            self.serials[self.last_named] = serial["serial"]
        about = _ABOUT_GPU.search(line)
        if about is not None and (bus := normalised_bus_id(about["bus"])):
            self.broken = (number, bus)

    def _event(self, number: int, line: str, start: int, event: re.Match[str]) -> XidReport:
        bus = normalised_bus_id(event["bus"])
        pid, process, detail = _process(event["rest"])
        repeated = _REPEATED.search(line[: event.start()])
        return XidReport(
            kind=EventKind(event["kind"].lower()),
            code=int(event["code"]),
            bus_id=bus,
            when=log_time(line[:start], self.now),
            pid=pid,
            process=process,
            detail=(detail.removesuffix("]") if repeated else detail).strip(),
            uuid=self.uuids.get(bus or ""),
            serial=self.serials.get(bus or ""),
            times=max(int(repeated["times"]), 1) if repeated else 1,
            line=number,
        )

    def _off_the_bus(self, number: int, line: str, start: int) -> XidReport:
        bus = None
        if self.broken is not None and number - self.broken[0] <= _FORGET_AFTER_LINES:
            bus = self.broken[1]
        self.broken = None
        return XidReport(
            kind=EventKind.OFF_THE_BUS,
            code=None,
            bus_id=bus,
            when=log_time(line[:start], self.now),
            detail=line[start:].strip(),
            uuid=self.uuids.get(bus or ""),
            serial=self.serials.get(bus or ""),
            line=number,
        )


def _process(rest: str) -> tuple[int | None, str | None, str]:
    """Split ``pid=…, name=…, detail``: process id, process name, what is left."""
    pid: int | None = None
    process: str | None = None
    found = _PID.match(rest)
    if found is not None:
        pid = int(found["pid"]) if found["pid"].isdecimal() else None
        rest = rest[found.end() :]
    named = _NAME.match(rest)
    if named is not None:
        process = named["name"].strip() or None
        process = None if process == "<unknown>" else process
        rest = rest[named.end() :]
    return pid, process, rest


def _printable(line: str) -> str:
    """Return a line that cannot steer a terminal: a process may name itself as it likes."""
    return line if line.isprintable() else "".join(c if c.isprintable() else " " for c in line)


def _decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if text.startswith(mark):  # what a Windows shell writes
            return text[2:].decode(encoding, errors="replace")
    return text.decode("utf-8", errors="replace")


def seconds_of(when: LogTime) -> float | None:
    """Return wall-clock seconds for comparing times of one log; None where it has none."""
    if when.wall is None:
        return None
    zoned = when.wall if when.wall.tzinfo else when.wall.replace(tzinfo=UTC)
    return zoned.timestamp()
