"""What a GPU calls for, from everything that the console knows of it and of its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.acquisition.latest import LinkState
from console.health.gpu_findings import Finding, RecentXid, findings
from console.health.gpu_heat import Neighbours, is_hot, neighbours
from console.health.gpu_rules import gpu_rules
from console.session.session import Session
from console.ui.gpu_counters import growth
from console.ui.gpu_history import XidRecord
from console.ui.gpu_state import SOON, GpuState
from drivers.gpu.actions import second_within_s
from drivers.gpu.models import GpuModel, gpu_model
from drivers.points import Level, Reason, Snapshot

_TRUSTED = frozenset({Reason.NONE, Reason.RECORDED})
_AT_ONCE = 6
"""So many in each look: some 2 ms, and 500 GPUs in a quarter of a minute."""
_LIMIT_OF_SIGN = {
    "margin-slowdown": ("thermal_margin", Level.LOWER_CRITICAL),
    "core-slowdown": ("core_temperature", Level.UPPER_CRITICAL),
    "core-max-operating": ("core_temperature", Level.UPPER_CAUTION),
}
"""Which limit of which point each sign of heat asks for."""
_HEAT = ("thermal_margin", "core_temperature", "memory_temperature", "throttle_reasons")


def advice(
    session: Session, state: GpuState, xids: Sequence[XidRecord], last_xid: int
) -> list[Finding]:
    """Return what a GPU calls for, most urgent first; of one that nobody answers for only Xids.

    ``last_xid`` is the one that its source shows, or showed before the GPU was gone; 0 for none.
    """
    view = state.view
    values: dict[str, float | None] = {"lost": float(state.lost), "last_xid": last_xid or None}
    values["silent"] = float(_hangs(session, state))
    if not (state.lost or state.silent):
        values |= {point.key: _trusted(view, point.key) for point in view.schema}
    return findings(
        values,
        rates_per_h={} if state.lost or state.silent else _rates(session, view),
        xids=recent(xids, last_xid, session.now().utc_us),
        model=_model(view),
        others=_neighbours(session, state),
        limits=_limits(view),
    )


class Judge:
    """Looks at every GPU in turn, a few at a time: the values of hundreds are too many at once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next = 0
        self._found: dict[str, Finding] = {}

    def of(self, part: str) -> Finding | None:
        """Return what a GPU called for when it was last looked at, if it was anything soon."""
        return self._found.get(part)

    def look(self, states: Sequence[GpuState], watched: int | None = None) -> None:
        """Look at the next few, and every time at the one that a person is looking at."""
        if watched is not None and watched < len(states):
            self._judge(states[watched])
        for _ in range(min(_AT_ONCE, len(states))):
            self._next = (self._next + 1) % len(states)
            self._judge(states[self._next])

    def _judge(self, state: GpuState) -> None:
        part, known = state.place.part, not (state.lost or state.silent)
        found = advice(self._session, state, (), state.xid) if known else []
        soon = next((finding for finding in found if finding.severity <= SOON), None)
        if soon is None:
            self._found.pop(part, None)
        elif soon != self._found.get(part):
            self._found[part] = soon


def recent(xids: Iterable[XidRecord], last: int, now_us: int) -> list[RecentXid]:
    """Return the Xids that still matter: of the last day, and the one that the gauge shows."""
    found = []
    for record in xids:
        age_s = (now_us - record.last_us) / 1e6
        if age_s <= second_within_s() or record.code == last:
            found.append(RecentXid(record.code, max(age_s, 0.0)))
    return found


def _rates(session: Session, view: Snapshot) -> dict[str, float | None]:
    rates: dict[str, float | None] = {}
    for rule in gpu_rules().rule:
        if rule.per_hour:
            grown = growth(session, view.device, rule.point)
            rates[rule.point] = None if grown is None else grown.per_hour
    return rates


def _hangs(session: Session, state: GpuState) -> bool:
    """Whether its server answers and it does not; a server that is gone is another matter."""
    link = session.latest.link(session.latest.device_of(state.place.part))
    return link.state is LinkState.LIVE and state.reasons[0] is Reason.NO_COMMS


def _limits(view: Snapshot) -> dict[str, float]:
    """The limits that the GPU is watched by: its own before those of its model."""
    return {
        sign: limit.reading
        for sign, (key, level) in _LIMIT_OF_SIGN.items()
        for limit in view.schema[key].limits
        if limit.level is level
    }


def _neighbours(session: Session, state: GpuState) -> Neighbours:
    """The other GPUs in the same fluid; a server in a rack shares its air with nobody known."""
    tank = session.tank_of(state.place.part)
    if tank is None:
        return neighbours([])
    others = [part for part in session.gpus_in(tank.id) if part != state.place.part]
    return neighbours([_is_hot(session.view(part)) for part in others])


_heat: dict[str, tuple[Snapshot, bool | None]] = {}


def _is_hot(view: Snapshot) -> bool | None:
    """Whether a GPU is hot, worked out once for each of its snapshots."""
    known = _heat.get(view.device)
    if known is None or known[0] is not view:
        heat = {key: _trusted(view, key) for key in _HEAT}
        hot = is_hot(heat, _model(view), _limits(view))
        known = _heat[view.device] = (view, hot)
    return known[1]


def _model(view: Snapshot) -> GpuModel | None:
    name = view.identity.get("model", "")
    return gpu_model(name) if name else None


def _trusted(view: Snapshot, key: str) -> float | None:
    reading = view.get(key)
    return None if reading is None or reading.reason not in _TRUSTED else reading.value
