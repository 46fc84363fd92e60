"""Bursts of reports become incidents: one until the same GPU was silent about it for 3 minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from drivers.gpu.kernel_log import EventKind, XidReport, seconds_of
from drivers.gpu.log_time import LogTime

SILENCE_S = 180.0
"""NVIDIA Fleet Intelligence and NVSentinel count a burst as one until 3 minutes of silence."""
_OFF_THE_BUS = 79


@dataclass(frozen=True, slots=True)
class XidIncident:
    """Reports of one fault of one GPU that belong together: the first, the last, how many."""

    first: XidReport
    last: XidReport
    count: int
    processes: tuple[str, ...] = ()

    @property
    def kind(self) -> EventKind:
        """What was reported."""
        return self.first.kind

    @property
    def code(self) -> int | None:
        """The Xid or SXid; None for a GPU off the bus without one."""
        return self.first.code

    @property
    def bus_id(self) -> str | None:
        """The GPU, as ``0000:10:1c.0``."""
        return self.first.bus_id


_Key = tuple[EventKind, int | None, str | None]


def incidents(reports: Iterable[XidReport], silence_s: float = SILENCE_S) -> list[XidIncident]:
    """Return the incidents of a log in the order in which they began.

    Without any time in the log all reports of a GPU and code are one incident. The driver's
    sentence that a GPU is off the bus belongs to its Xid 79, whichever comes first.
    """
    found: list[XidIncident] = []
    latest: dict[_Key, int] = {}
    for report in reports:
        at = _open_incident(report, found, latest, silence_s)
        if at is None:
            latest[_key(report)] = len(found)
            found.append(_begun(report))
        else:
            found[at] = _continued(found[at], report)
            latest[_key(report)] = at
    return found


def _open_incident(
    report: XidReport, found: list[XidIncident], latest: dict[_Key, int], silence_s: float
) -> int | None:
    for key in _keys(report):
        at = latest.get(key)
        if at is not None and not _silent(found[at].last.when, report.when, silence_s):
            return at
    return None


def _key(report: XidReport) -> _Key:
    return (report.kind, report.code, report.bus_id)


def _keys(report: XidReport) -> tuple[_Key, ...]:
    """The incidents that a report may belong to, the likeliest first."""
    gone: _Key = (EventKind.OFF_THE_BUS, None, report.bus_id)
    xid: _Key = (EventKind.XID, _OFF_THE_BUS, report.bus_id)
    if report.bus_id is not None and _key(report) in {gone, xid}:
        return (xid, gone)
    return (_key(report),)


def _begun(report: XidReport) -> XidIncident:
    return XidIncident(
        report, report, report.times, (report.process,) if report.process is not None else ()
    )


def _continued(incident: XidIncident, report: XidReport) -> XidIncident:
    """Add a report. Xid 79 gives its number to an incident that began as "off the bus"."""
    first = incident.first
    if first.code is None and report.code is not None:
        first = replace(report, when=first.when, line=first.line)
    new = report.process is not None and report.process not in incident.processes
    processes = (*incident.processes, report.process) if new and report.process else ()
    return XidIncident(
        first, report, incident.count + report.times, processes or incident.processes
    )


def _silent(before: LogTime, after: LogTime, silence_s: float) -> bool:
    """Whether two times are further apart than one burst; False where no clock can tell.

    Seconds since the start that run backwards are another start of the host: another incident.
    """
    earlier, later = seconds_of(before), seconds_of(after)
    if earlier is not None and later is not None:
        return abs(later - earlier) > silence_s
    if before.boot_s is not None and after.boot_s is not None:
        return not 0 <= after.boot_s - before.boot_s <= silence_s
    return False
