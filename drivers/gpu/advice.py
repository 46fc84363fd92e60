"""From a fault and how often it came to what a technician does: one rule for all who ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from drivers.gpu.actions import Action, Extraction, action, second_within_s
from drivers.gpu.incidents import XidIncident
from drivers.gpu.kernel_log import EventKind, seconds_of
from drivers.gpu.xids import xid

UNKNOWN_CODE_ACTION = "collect-report"
LOST_ACTION = "find-lost-gpu"
SWITCH_ACTION = "check-links"
_GONE_CODE = 79


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, and whether the GPU has to come out now (yes), perhaps later (second) or not."""

    action: Action
    extraction: Extraction
    is_second: bool


def advice_for(action_id: str, times: int, extraction: Extraction | None = None) -> Advice:
    """Return the advice for a fault that came ``times`` times within the time that counts.

    ``extraction`` is that of the fault where it differs from that of the action. The second time
    asks for the action's ``then_action``. Raises KeyError for an unknown action.
    """
    first = action(action_id)
    out = first.extraction if extraction is None else extraction
    if out is Extraction.SECOND and times >= 2 and first.then_action:
        then = action(first.then_action)
        return Advice(then, Extraction.YES, is_second=True)
    return Advice(first, out, is_second=False)


def advice_for_xid(code: int, times: int = 1) -> Advice:
    """Return the advice for an Xid; an unknown one is collected and reported."""
    known = xid(code)
    if known is None:
        return advice_for(UNKNOWN_CODE_ACTION, times)
    return advice_for(known.action, times, known.extraction)


def advise(incidents: Iterable[XidIncident]) -> list[tuple[XidIncident, Advice]]:
    """Return the incidents of one log in their order, each with what to do about it.

    A GPU without a known address is compared with nothing: it may be another one every time.
    Gone is gone, with Xid 79 or without.
    """
    before: dict[tuple[EventKind, int | None, str], XidIncident] = {}
    told = []
    for incident in incidents:
        times = 1
        if incident.bus_id is not None:
            code = _GONE_CODE if incident.kind is EventKind.OFF_THE_BUS else incident.code
            kind = EventKind.SXID if incident.kind is EventKind.SXID else EventKind.XID
            key = (kind, code, incident.bus_id)
            earlier = before.get(key)
            if earlier is not None and _seconds_between(earlier, incident) <= second_within_s():
                times = 2
            before[key] = incident
        told.append((incident, _advice(incident, times)))
    return told


def _advice(incident: XidIncident, times: int) -> Advice:
    if incident.kind is EventKind.OFF_THE_BUS:
        return advice_for(LOST_ACTION, times)
    if incident.kind is EventKind.SXID or incident.code is None:
        return advice_for(SWITCH_ACTION, times)
    return advice_for_xid(incident.code, times)


def _seconds_between(earlier: XidIncident, later: XidIncident) -> float:
    """Seconds from one incident's end to the next one's start; 0 where no clock tells.

    Two starts of the host have no common clock: they count as close, because a fault that came
    back after a restart is just what the second time is about.
    """
    before, after = seconds_of(earlier.last.when), seconds_of(later.first.when)
    if before is None or after is None:
        return 0.0
    return max(after - before, 0.0)
