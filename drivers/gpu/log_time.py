"""The time at the start of a kernel log line, in the forms that Linux tools write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan",
            "feb",
            "mar mär mrz",
            "apr",
            "may mai",
            "jun",
            "jul",
            "aug",
            "sep",
            "oct okt",
            "nov",
            "dec dez",
        ),
        start=1,
    )
    for name in names.split()
}
"""English and German: ``journalctl`` writes months in the host's language."""

_ISO = re.compile(
    r"(?<![0-9])([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})"
    r"(?:[.,]([0-9]{1,9}))?(?: ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})(?![0-9]))?"
)
_CLOCK = r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})"
_DMESG_T = re.compile(rf"\[\w+ (\w{{3}})\w*\.? +([0-9]{{1,2}}) {_CLOCK} ([0-9]{{4}})\]")
_SHORT = re.compile(rf"(?:^|[ >])([^\W\d_]{{3}})\w*\.? +([0-9]{{1,2}}) {_CLOCK}(?:\.[0-9]+)? ")
_CHINESE = re.compile(rf"([0-9]{{1,2}})月 +([0-9]{{1,2}}) {_CLOCK} ")
_BOOT = re.compile(r"\[ *([0-9]{1,12}\.[0-9]{1,9})\]")
_UNIX = re.compile(r"^([0-9]{9,11}\.[0-9]{1,9}) ")
_KMSG = re.compile(r"^[0-9]{1,4},[0-9]{1,20},([0-9]{1,18}),[^;]{0,64};")


@dataclass(frozen=True, slots=True)
class LogTime:
    """When a line was written: by the wall clock, by seconds since the host started, or unknown.

    ``wall`` has a zone only where the log has one; without, it is the local time of that host.
    """

    wall: datetime | None = None
    boot_s: float | None = None


def log_time(prefix: str, now: datetime) -> LogTime:
    """Return the time in what stands before the message; never raises.

    ``now`` gives the year where the log has none.
    """
    boot = _BOOT.search(prefix)
    kmsg = _KMSG.match(prefix)
    boot_s = float(boot[1]) if boot else int(kmsg[1]) / 1e6 if kmsg else None
    return LogTime(_wall(prefix, now), boot_s)


def _wall(prefix: str, now: datetime) -> datetime | None:
    try:
        return _iso(prefix) or _dated(prefix) or _unix(prefix) or _without_year(prefix, now)
    except (ValueError, OverflowError, OSError):
        return None  # digits in the shape of a time that no calendar has


def _iso(prefix: str) -> datetime | None:
    found = _ISO.search(prefix)
    if found is None:
        return None
    year, month, day, clock, fraction, zone = found.groups()
    micros = (fraction or "0").ljust(6, "0")[:6]
    zone = {"Z": "+00:00", "UTC": "+00:00", None: ""}.get(zone, zone)
    return datetime.fromisoformat(f"{year}-{month}-{day}T{clock}.{micros}{zone}")


def _dated(prefix: str) -> datetime | None:
    found = _DMESG_T.search(prefix)
    if found is None or found[1].lower() not in _MONTHS:
        return None
    day, hour, minute, second, year = (int(part) for part in found.groups()[1:])
    return datetime(year, _MONTHS[found[1].lower()], day, hour, minute, second)  # noqa: DTZ001  host's local time


def _unix(prefix: str) -> datetime | None:
    found = _UNIX.match(prefix)
    return datetime.fromtimestamp(float(found[1]), UTC) if found else None


def _without_year(prefix: str, now: datetime) -> datetime | None:
    found = _SHORT.search(prefix) or _CHINESE.search(prefix)
    if found is None:
        return None
    month = int(found[1]) if found[1].isdecimal() else _MONTHS.get(found[1].lower())
    if month is None:
        return None
    day, hour, minute, second = (int(part) for part in found.groups()[1:])
    latest = now.replace(tzinfo=None) + timedelta(days=1)
    for year in range(now.year + 1, now.year - 9, -1):  # a leap day is up to eight years away
        try:
            time = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001  host's local time
        except ValueError:
            continue
        if time <= latest:
            return time
    return None
