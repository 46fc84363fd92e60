"""What the GPU drawer says in rows: values, memory health, links, identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.gpu_counters import growth
from console.ui.gpu_margin import MARGIN, margin_of
from console.ui.gpu_sections import Row
from console.ui.gpu_state import XID, kelvins
from drivers.points import Point, Quality, Reading, Reason, Snapshot

MEMORY = (
    "ecc_mode",
    "ecc_uncorrected_volatile",
    "ecc_corrected_volatile",
    "ecc_uncorrected_aggregate",
    "ecc_corrected_aggregate",
    "sram_threshold_exceeded",
    "uncorrectable_remapped_rows",
    "correctable_remapped_rows",
    "row_remap_pending",
    "row_remap_failure",
    "retired_pages_uncorrected",
    "retired_pages_corrected",
    "retired_pages_pending",
    "channel_repair_pending",
    "tpc_repair_pending",
    "unrepairable_memory",
)
_GENERATION, _GENERATIONS = "pcie_generation", "pcie_generation_max"
_LANES, _MOST_LANES = "pcie_width", "pcie_width_max"
_LINK = (_GENERATION, _GENERATIONS, _LANES, _MOST_LANES)
_COUNTED_LINKS = ("pcie_replay_count", "nvlink_errors", "fabric_state")
ELSEWHERE = frozenset({*MEMORY, *_LINK, *_COUNTED_LINKS, MARGIN, XID})
_ABSENT = frozenset({Reason.NOT_EXPORTED, Reason.NOT_SUPPORTED})
_ENERGY, _MJ_PER_KWH = "mJ", 3.6e9
_THIN = "\N{NARROW NO-BREAK SPACE}"
_IDENTITY = ("model", "uuid", "serial", "part_number", "vbios", "driver", "pci_bus_id", "hostname")


def value_rows(view: Snapshot, alarmed: Mapping[str, int]) -> list[Row]:
    """Return the margin and every value that is not memory health or links."""
    shown = [reading for reading in view.readings if reading.point.key not in ELSEWHERE]
    rows = [_row(r, alarmed) for r in shown if r.reason not in _ABSENT]
    return [_margin_row(view, alarmed), *rows] if rows else []


def memory_rows(session: Session, view: Snapshot, alarmed: Mapping[str, int]) -> list[Row]:
    """Return ECC, remapped rows and retired pages, with how each counter grew."""
    readings = [r for key in MEMORY if (r := view.get(key)) is not None]
    return [
        _row(r, alarmed, _grown(session, view.device, r))
        for r in readings
        if r.reason not in _ABSENT
    ]


def link_rows(session: Session, view: Snapshot, alarmed: Mapping[str, int]) -> list[Row]:
    """Return the PCIe link as it is and as it could be, and the errors of links."""
    link = _link(view, _GENERATION, _LANES)
    rows = []
    if link:
        best = _link(view, _GENERATIONS, _MOST_LANES)
        note = tr("at most {link}", link=best) if best and best != link else ""
        rows.append(Row(tr("PCIe link"), link, note=note, measured=True))
    readings = [r for key in _COUNTED_LINKS if (r := view.get(key)) is not None]
    return rows + [
        _row(r, alarmed, _grown(session, view.device, r))
        for r in readings
        if r.reason not in _ABSENT
    ]


def identity_rows(view: Snapshot) -> list[Row]:
    """Return what the GPU calls itself."""
    names = {
        "model": tr("Model"),
        "uuid": tr("UUID"),
        "serial": tr("Serial number"),
        "part_number": tr("Part number"),
        "vbios": tr("VBIOS"),
        "driver": tr("Driver"),
        "pci_bus_id": tr("PCI bus"),
        "hostname": tr("Host name"),
    }
    missing = formats.reason_text(Reason.NOT_EXPORTED)
    return [Row(names[key], view.identity.get(key) or missing, long=True) for key in _IDENTITY]


def absent(view: Snapshot) -> dict[Reason, list[Point]]:
    """Return the points that the GPU or its source does not have, by why."""
    found: dict[Reason, list[Point]] = {}
    for reading in view.readings:
        if reading.reason in _ABSENT:
            found.setdefault(reading.reason, []).append(reading.point)
    return found


def absent_texts(view: Snapshot) -> Sequence[str]:
    """Return in words what the GPU or its source does not have."""
    return [
        tr(
            "{why}: {names}",
            why=formats.reason_text(reason),
            names=", ".join(formats.point_name(point) for point in points),
        )
        for reason, points in absent(view).items()
    ]


def _margin_row(view: Snapshot, alarmed: Mapping[str, int]) -> Row:
    margin, name = margin_of(view), tr("Margin")
    if margin is None:
        return Row(name, tr("unknown"))
    note = (
        tr("as the GPU tells it")
        if margin.told
        else tr("to the limit of {limit}", limit=f"{formats.decimal(margin.limit_c or 0, 0)} °C")
    )
    told = view.get(MARGIN) if margin.told else None
    recorded = told is not None and told.reason is Reason.RECORDED
    if recorded:
        note = f"{note}, {formats.reason_text(Reason.RECORDED)}"
    bar = None if recorded else told
    priority = alarmed.get(MARGIN, 0)
    return Row(name, kelvins(int(margin.k // 1)), "K", note, bar, priority, measured=True)


def _row(reading: Reading, alarmed: Mapping[str, int], note: str = "") -> Row:
    point, name = reading.point, formats.point_name(reading.point)
    priority = alarmed.get(point.key, 0)
    if reading.quality is Quality.BAD or reading.value is None:
        return Row(name, formats.reason_text(reading.reason), priority=priority)
    number, unit = formats.number(reading), formats.unit(point.unit)
    worded = point.words(reading.value) is not None
    bar = reading if unit and point.unit != _ENERGY and not worded else None
    if point.unit == _ENERGY:
        number, unit = formats.decimal(reading.value / _MJ_PER_KWH, 1), "kWh"
    if reading.quality is Quality.UNCERTAIN:
        reason = formats.reason_text(reading.reason)
        note = f"{reason}, {note}" if note else reason
    return Row(name, number, unit, note, bar, priority, measured=not worded)


def _grown(session: Session, part: str, reading: Reading) -> str:
    """How a counter grew since it was first seen within the hour, and when it last did."""
    if reading.quality is Quality.BAD or reading.point.states:
        return ""
    grown, now = growth(session, part, reading.point.key), session.now()
    if grown is None:
        return ""

    def clock(mono_s: float) -> str:
        return formats.clock(now.utc_us - round((now.mono_s - mono_s) * 1e6), now.utc_us)

    since = clock(grown.since_s)
    if grown.last_s is None:
        return tr("no change since {time}", time=since)
    more = formats.decimal(grown.grown, 0)
    return tr("+{n} since {time}, last {last}", n=more, time=since, last=clock(grown.last_s))


def _link(view: Snapshot, generation: str, lanes: str) -> str:
    """A PCIe link in words: ``Gen 5, 16 lanes``; what is not known is left out."""
    at, wide = _number(view, generation), _number(view, lanes)
    said = (tr("Gen {n}", n=at) if at else "", tr("{n} lanes", n=wide) if wide else "")
    return ", ".join(filter(None, said))


def _number(view: Snapshot, key: str) -> str:
    reading = view.get(key)
    if reading is None or reading.quality is Quality.BAD or reading.value is None:
        return ""
    return formats.number(reading)
