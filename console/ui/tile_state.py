"""What a tile says about a tank, or about a server that stands in no tank: words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from console.acquisition.latest import LinkState
from console.alarms.status import Status
from console.session.session import Session
from console.site import Host, Tank
from console.text import tr
from console.ui import formats
from console.ui.conditions import condition
from console.ui.gpu_margin import margin_of
from console.ui.paint import GpuCell
from drivers.points import Point, Reading, Reason, Snapshot

BARS = ("coolant_return_temperature", "level", "coolant_flow")
SPARK_KEY = "coolant_return_temperature"
SPARK_S, SPARK_SLICES = 1800.0, 120
WORTH_SAYING_MIN = 20.0
"""From here on the minutes to the limit are the figure of a tile (a caution is due at 15)."""
FULL_MARGIN_K = 30.0
"""A GPU with so many kelvins below its first limit fills its cell: an idle one in warm fluid."""
_UNKNOWN = frozenset({Reason.NOT_YET_READ, Reason.STALE, Reason.NO_COMMS})
IDLE_FLAGS = 0b111
"""Throttle reasons that are no trouble: idle, application clocks, power cap."""


@dataclass(frozen=True, slots=True)
class TileState:
    """Everything a tile shows; two equal states look the same.

    ``number`` and ``unit`` are the one big figure and ``caption`` what it is; ``priority`` that of
    the worst alarm (0 none), ``unseen`` whether nobody has acknowledged one; ``live`` is False
    where nothing is known, with ``age`` since when; ``has_work`` whether somebody works there.
    """

    id: str
    name: str
    word: str
    number: str
    unit: str
    caption: str
    power: str
    live: bool
    age: str
    priority: int
    unseen: bool
    bars: tuple[tuple[Point, Reading | None], ...]
    cells: tuple[GpuCell, ...]
    has_work: bool = False

    @property
    def spoken(self) -> str:
        """The tile in one sentence."""
        figure = f"{self.caption} {self.number} {self.unit}".strip()
        work = tr("work in progress") if self.has_work else ""
        return ", ".join(filter(None, (self.name, self.word, figure, self.power, self.age, work)))


def tank_state(session: Session, tank: Tank) -> TileState:
    """Return what to show of a tank now."""
    view = session.view(tank.id)
    alarms = [a for a in session.book.of(session.parts_of(tank.id)) if a.active]
    reason = _nothing_known(view)
    minutes = None if reason else _minutes_left(session, tank)
    number, unit, caption = _figure(view, minutes)
    if reason:
        number, unit = formats.NOTHING, ""
    power = view.get("it_power")
    return TileState(
        id=tank.id,
        name=tank.name,
        word=_word(reason, alarms, heating=minutes is not None),
        number=number,
        unit=unit,
        caption=caption,
        power="" if power is None else formats.with_unit(power),
        live=reason is None,
        age=_age(session, view, reason),
        priority=min((a.priority for a in alarms), default=0),
        unseen=any(not a.acknowledged for a in alarms),
        bars=tuple((view.schema[key], view.get(key)) for key in BARS if key in view.schema),
        cells=gpu_cells_of(session, session.gpus_in(tank.id)),
        has_work=_has_work(session, tank.id),
    )


def host_state(session: Session, host: Host) -> TileState:
    """Return what to show of a server in a rack: its warmest GPU."""
    parts = session.gpus(host.id)
    link = session.latest.link(host.id)
    alarms = [a for a in session.book.of([host.id, *parts]) if a.active]
    known = [t for p in parts if (t := session.view(p).good("core_temperature")) is not None]
    reason = None if known else Reason.NO_COMMS
    if link.state is LinkState.CONNECTING:
        reason = Reason.NOT_YET_READ
    return TileState(
        id=host.id,
        name=host.name,
        word=_word(reason, alarms, heating=False),
        number=formats.decimal(max(known), 0) if known else formats.NOTHING,
        unit=formats.unit("Cel") if known else "",
        caption=tr("Warmest GPU"),
        power="",
        live=bool(known),
        age="",
        priority=min((a.priority for a in alarms), default=0),
        unseen=any(not a.acknowledged for a in alarms),
        bars=(),
        cells=gpu_cells_of(session, parts),
        has_work=_has_work(session, host.id),
    )


def _has_work(session: Session, place: str) -> bool:
    return session.workplace is not None and place in session.workplace.busy()


def spark_of(session: Session, tank: str) -> NDArray[np.float64]:
    """Return the last half hour of the return temperature, shape ``(2, SPARK_SLICES)``."""
    now_s = session.now().mono_s
    return session.trends.spark(tank, SPARK_KEY, SPARK_S, now_s, SPARK_SLICES)


def gpu_cells_of(session: Session, parts: Sequence[str]) -> tuple[GpuCell, ...]:
    """Return a cell per GPU in order, grouped by host."""
    hosts = list(dict.fromkeys(part.partition("/")[0] for part in parts))
    worst: dict[str, int] = {}
    for alarm in session.book.of(parts):
        if alarm.active:
            worst[alarm.subject] = min(alarm.priority, worst.get(alarm.subject, 9))
    return tuple(
        _remembered(session.view(part), worst.get(part, 0), hosts.index(part.partition("/")[0]))
        for part in parts
    )


_cells: dict[str, tuple[Snapshot, int, int, GpuCell]] = {}


def _remembered(view: Snapshot, priority: int, group: int) -> GpuCell:
    """A GPU's cell, worked out once for each of its snapshots: most ticks bring nothing new."""
    known = _cells.get(view.device)
    if known is None or known[0] is not view or known[1:3] != (priority, group):
        known = (view, priority, group, gpu_cell(view, priority, group))
        _cells[view.device] = known
    return known[3]


def gpu_cell(view: Snapshot, priority: int, group: int) -> GpuCell:
    """Return a GPU as a cell: the share of its margin to the first temperature limit."""
    temperature = view["core_temperature"]
    reasons = view.good("throttle_reasons")
    throttled = reasons is not None and bool(int(reasons) & ~IDLE_FLAGS)
    lost = temperature.reason in {Reason.DEVICE_LOST, Reason.NO_COMMS}
    return GpuCell(_margin(view), lost, throttled, priority, group)


def _margin(view: Snapshot) -> float | None:
    margin = margin_of(view)
    return None if margin is None else round(min(max(margin.k / FULL_MARGIN_K, 0.0), 1.0), 2)


def _nothing_known(view: Snapshot) -> Reason | None:
    """Return why nothing at all is known of a device, or None where something is."""
    first = Reason(int(view.reasons[0]))
    return first if first in _UNKNOWN and (view.reasons == view.reasons[0]).all() else None


def _minutes_left(session: Session, tank: Tank) -> float | None:
    found = session.outlook(tank.id)
    if found is None or found.minutes is None or found.minutes > WORTH_SAYING_MIN:
        return None
    return found.minutes


def _figure(view: Snapshot, minutes: float | None) -> tuple[str, str, str]:
    if minutes is not None:
        number, unit = formats.minutes_parts(minutes)
        return number, unit, tr("to limit, at {now}", now=formats.with_unit(view.get(SPARK_KEY)))
    shown = view.get(SPARK_KEY)
    if shown is None:
        points = [point for point in view.schema if point.unit == "Cel"] or list(view.schema)
        shown = view[points[0].key]
    number = formats.number(shown)
    unit = formats.unit(shown.point.unit) if number != formats.NOTHING else ""
    short = tr("Return") if shown.point.key == SPARK_KEY else formats.point_name(shown.point)
    return number, unit, short


def _word(reason: Reason | None, alarms: Sequence[Status], *, heating: bool) -> str:
    if reason is not None:
        return formats.reason_text(reason)
    if heating:
        return tr("heating")
    if not alarms:
        return tr("normal")
    return condition(min(alarms, key=lambda alarm: alarm.priority))


def _age(session: Session, view: Snapshot, reason: Reason | None) -> str:
    if reason is None or reason is Reason.NOT_YET_READ:
        return ""
    seconds = session.now().mono_s - view.time.mono_s
    return tr("last value {age} ago", age=formats.age(seconds)) if seconds > 0 else ""
