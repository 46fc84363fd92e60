"""What the points of a map must satisfy together; each broken rule names the place in the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from drivers.files import Fault
from drivers.modbus.datatypes import Area
from drivers.modbus.expression import Expression
from drivers.modbus.mapspec import Band, DerivedSpec, UnitsRegister
from drivers.modbus.units import conversion, known_units

if TYPE_CHECKING:
    from drivers.modbus.pointspec import PointSpec
    from drivers.modbus.regmap import RegisterMap

Place = tuple[str | int, ...]


def faults_of_map(regmap: RegisterMap) -> list[Fault]:
    """Return everything between the parts of a map that does not fit together."""
    rules = (
        _keys,
        _overlaps,
        _limits_of_reads,
        _groups,
        _atoms,
        _orders,
        _units,
        _gates,
        _calculated,
    )
    return [fault for rule in rules for fault in rule(regmap)]


def used_bits(spec: PointSpec) -> int:
    """Return the bits of its first register (or of all its registers) that a point takes."""
    return spec.field[0] if spec.field else (1 << 16 * spec.words) - 1


def _keys(regmap: RegisterMap) -> Iterator[Fault]:
    seen: set[str] = set()
    for name in ("point", "voted", "derived"):
        specs = getattr(regmap, "points" if name == "point" else name)
        for number, spec in enumerate(specs):
            if spec.key in seen:
                text = f"two points are called {spec.key!r}"
                yield Fault((name, number, "key"), "duplicate-key", text)
            seen.add(spec.key)
    names: set[str] = set()
    for number, entry in enumerate(regmap.identity):
        if entry.key in names:
            text = f"two texts are called {entry.key!r}"
            yield Fault(("identity", number, "key"), "duplicate-key", text)
        names.add(entry.key)


def _overlaps(regmap: RegisterMap) -> Iterator[Fault]:
    """Two points may share a register only where bits of it are singled out."""
    used: dict[tuple[Area, int], list[PointSpec]] = {}
    for number, spec in enumerate(regmap.points):
        told: set[str] = set()
        for address in range(spec.address, spec.end):
            others = used.setdefault((spec.area, address), [])
            for other in others:
                if other.key not in told and _clash(spec, other):
                    told.add(other.key)
                    text = f"{spec.key!r} and {other.key!r} both use {spec.area.value} {address}"
                    yield Fault(("point", number, "address"), "overlap", text)
            others.append(spec)


def _clash(one: PointSpec, other: PointSpec) -> bool:
    if (one.field is None) != (other.field is None):
        whole = one if one.field is None else other
        return whole.type != "bitfield" or one.address != other.address
    if one.field is None or one.address != other.address:
        return True
    return bool(used_bits(one) & used_bits(other))


def _limits_of_reads(regmap: RegisterMap) -> Iterator[Fault]:
    for place, area, address, words in asked_for(regmap):
        yield from _one_read(regmap, place, area, address, words)


def _one_read(
    regmap: RegisterMap, place: Place, area: Area, address: int, words: int
) -> Iterator[Fault]:
    """Whether the controller answers that many registers at once."""
    transport = regmap.transport
    most = transport.max_read_bits if area.is_bits else transport.max_read_registers
    if words > most:
        text = f"{words} registers cannot be read whole; at most {most} per read are allowed"
        yield Fault(place, "read-limit", text)
    for band in transport.bands:
        if _straddles(band, area, address, address + words - 1):
            text = (
                f"{area.value} {address} to {address + words - 1} crosses the edge of "
                f"the band {band.first} to {band.last}"
            )
            yield Fault(place, "band", text)
    if transport.function_codes and area.read_function not in transport.function_codes:
        text = (
            f"area {area.value!r} is read by function code {area.read_function}; "
            f"the controller knows only {list(transport.function_codes)}"
        )
        yield Fault(place, "function-code", text)


def asked_for(regmap: RegisterMap) -> Iterator[tuple[Place, Area, int, int]]:
    """Yield ``(place in the file, area, address, count)`` of everything that is ever read."""
    for number, spec in enumerate(regmap.points):
        place: Place = ("point", number)
        if spec.is_readable:
            yield (*place, "address"), spec.area, spec.address, spec.words
        if spec.sensor_fault:
            fault = spec.sensor_fault
            yield (*place, "sensor_fault"), fault.area, fault.address, 1
        for i, bit in enumerate(spec.quality_from):
            yield (*place, "quality_from", i), bit.area, bit.address, 1
        if spec.scale_from:
            yield (*place, "scale_from"), spec.scale_from.area, spec.scale_from.address, 1
    for number, text in enumerate(regmap.identity):
        yield ("identity", number, "address"), text.area, text.address, text.words
    if regmap.probe:
        yield ("probe", "address"), regmap.probe.area, regmap.probe.address, regmap.probe.words
    if regmap.order_register:
        yield ("order_register",), regmap.order_register.area, regmap.order_register.address, 1
    for number, register in enumerate(regmap.units_registers):
        yield ("units_register", number), register.area, register.address, 1


def _straddles(band: Band, area: Area, first: int, last: int) -> bool:
    touches = band.area is area and first <= band.last and last >= band.first
    return touches and not (band.first <= first and last <= band.last)


def _groups(regmap: RegisterMap) -> Iterator[Fault]:
    for name, period_s in regmap.poll_groups.items():
        if not 0 < period_s <= 86_400:
            text = f"a period must be above 0 and at most 86400 s, found {period_s}"
            yield Fault(("poll_groups", name), "poll-group", text)
    for number, spec in enumerate(regmap.points):
        if spec.poll_group and spec.poll_group not in regmap.poll_groups:
            allowed = sorted(regmap.poll_groups) or "none: the map has no poll_groups"
            text = f"there is no poll group {spec.poll_group!r}; allowed are {allowed}"
            yield Fault(("point", number, "poll_group"), "poll-group", text)


def _atoms(regmap: RegisterMap) -> Iterator[Fault]:
    """What must come out of one read must fit into one."""
    numbers = {spec.key: number for number, spec in enumerate(regmap.points)}
    for name, members in regmap.atomic_groups.items():
        place: Place = ("point", numbers[members[-1].key], "atomic_group")
        if len({(spec.area, spec.poll_group) for spec in members}) > 1:
            text = f"the points of {name!r} are not in one area and one poll group"
            yield Fault(place, "atomic-group", text)
            continue
        ordered = sorted(members, key=lambda spec: spec.address)
        gaps = [b.address - a.end for a, b in pairwise(ordered)]
        if max(gaps, default=0) > regmap.transport.widest_gap:
            text = f"between the points of {name!r} is a gap that must not be read across"
            yield Fault(place, "atomic-group", text)
        words = max(spec.end for spec in members) - ordered[0].address
        yield from _one_read(regmap, place, members[0].area, ordered[0].address, words)


def _orders(regmap: RegisterMap) -> Iterator[Fault]:
    register = regmap.order_register
    if register is not None and register.area.is_bits:
        yield Fault(("order_register", "area"), "order", "a register was expected, not a bit")
    beat = regmap.heartbeat
    if beat is not None and beat.point not in {spec.key for spec in regmap.readable}:
        text = f"there is no polled point {beat.point!r}"
        yield Fault(("heartbeat", "point"), "unknown-point", text)


def _units(regmap: RegisterMap) -> Iterator[Fault]:
    registers = {register.id: register for register in regmap.units_registers}
    if len(registers) < len(regmap.units_registers):
        yield Fault(("units_register",), "duplicate-key", "two units registers share an id")
    for number, register in enumerate(regmap.units_registers):
        for raw, codes in register.units.items():
            for code in codes:
                if code not in known_units():
                    place: Place = ("units_register", number, "units", raw)
                    yield Fault(place, "unit", f"unknown UCUM unit {code!r}")
    for number, spec in enumerate(regmap.points):
        if spec.unit_from is not None:
            register_or_none = registers.get(spec.unit_from)
            for text in _unit_from(spec, register_or_none):
                yield Fault(("point", number, "unit_from"), "unit", text)


def _unit_from(spec: PointSpec, register: UnitsRegister | None) -> Iterator[str]:
    if register is None:
        yield f"there is no units register {spec.unit_from!r}"
        return
    for raw, codes in register.units.items():
        if unit_in_force(spec.unit, codes) is None:
            yield f"at {raw} it names no unit that {spec.unit!r} can be made from"


def unit_in_force(unit: str, codes: Iterable[str]) -> str | None:
    """Return that one of ``codes`` which measures the same quantity as ``unit``, or None."""
    for code in codes:
        try:
            conversion(code, unit)
        except ValueError:
            continue
        return code
    return None


def _gates(regmap: RegisterMap) -> Iterator[Fault]:
    known = {spec.key for spec in regmap.readable}
    for number, spec in enumerate(regmap.points):
        if spec.gate:
            for key in Expression.parse(spec.gate, "truth").keys:
                if key not in known:
                    text = f"there is no polled point {key!r}"
                    yield Fault(("point", number, "gate"), "unknown-point", text)


def _calculated(regmap: RegisterMap) -> Iterator[Fault]:
    """A voted value is of polled points, a derived one of these, of voted and of earlier ones."""
    known = {spec.key for spec in regmap.readable}
    for number, voted in enumerate(regmap.voted):
        if len(set(voted.of)) < len(voted.of):
            yield Fault(("voted", number, "of"), "voted", "a sensor is named twice")
        if voted.needed > len(voted.of):
            text = f"a quorum of {voted.needed} is more than the {len(voted.of)} sensors"
            yield Fault(("voted", number, "quorum"), "voted", text)
        for key in voted.of:
            if key not in known:
                text = f"there is no polled point {key!r}"
                yield Fault(("voted", number, "of"), "unknown-point", text)
    known |= {voted.key for voted in regmap.voted}
    for number, derived in enumerate(regmap.derived):
        for name, key in _keys_of(derived):
            if key not in known:
                text = f"there is no point {key!r} above this one"
                yield Fault(("derived", number, name), "unknown-point", text)
        known.add(derived.key)


def _keys_of(derived: DerivedSpec) -> Iterator[tuple[str, str]]:
    for key in Expression.parse(derived.expression).keys:
        yield "expression", key
    if derived.gate:
        for key in Expression.parse(derived.gate, "truth").keys:
            yield "gate", key
