"""Small controllers that stand for the real ones in which each fault was seen."""

from __future__ import annotations

from typing import Any

from drivers.modbus.regmap import RegisterMap
from tests.unit.simulator.test_registers import make_map

ORDERS = {
    "0": {"byte_order": "big", "word_order": "big"},
    "1": {"byte_order": "little", "word_order": "little"},
    "2": {"byte_order": "big", "word_order": "little"},
    "3": {"byte_order": "little", "word_order": "big"},
}
QUICK = {"timeout_ms": 100}


def point(key: str, address: int, **more: Any) -> dict[str, Any]:
    return {"key": key, "address": address, "unit": "Cel", **more}


def floats(**header: Any) -> RegisterMap:
    """Three long numbers: the range of the last one holds what swapped words make of it."""
    return make_map(
        point("level", 0, type="f32", unit="mm", display=(300, 900), valid=(50, 2000)),
        point("power", 2, type="u32", unit="W", display=(1000, 9000), valid=(0, 100_000)),
        point("temperature", 4, type="f32", display=(20, 70), valid=(-20, 120)),
        **{"transport": QUICK, **header},
    )


def shorts(**header: Any) -> RegisterMap:
    """Neighbouring temperatures that could stand for one another; nothing names the controller."""
    return make_map(
        point("supply", 10, type="s16", scale=0.1, display=(20, 70), valid=(-20, 120)),
        point("return", 11, type="s16", scale=0.1, display=(20, 70), valid=(-20, 120)),
        point("speed", 12, unit="{rpm}", display=(500, 3000), valid=(300, 6000)),
        **{"transport": QUICK, **header},
    )


def chosen() -> RegisterMap:
    """Orders chosen by a register, as a circulator does."""
    return floats(order_register={"address": 93, "orders": ORDERS})


def offset(raw_offset: float = 3000.0) -> RegisterMap:
    return make_map(
        point("setpoint", 0, raw_offset=raw_offset, scale=0.1, display=(0, 60), valid=(0, 60)),
        transport=QUICK,
    )


def scaled(**scaling: float) -> RegisterMap:
    return make_map(
        point("temperature", 0, **scaling, display=(20, 70), valid=(0, 120)), transport=QUICK
    )


def sentinel(kind: str, raw: Any, meaning: str) -> RegisterMap:
    return make_map(
        point("x", 0, type=kind, display=(0, 100), sentinels=[{"raw": raw, "meaning": meaning}]),
        point("y", 8, display=(0, 100)),
        transport=QUICK,
    )


def long_block(**transport: Any) -> RegisterMap:
    """Sixty registers in a row, then a hole, then ten more."""
    numbers = [*range(60), *range(70, 80)]
    return make_map(
        *(point(f"t[{n}]", n, scale=0.1, display=(20, 70), valid=(0, 120)) for n in numbers),
        transport={**QUICK, **transport},
    )


def in_pieces(**transport: Any) -> RegisterMap:
    """The same in reads of ten, one after the other."""
    return long_block(max_read_registers=10, **transport)


def named(*, allow_blank: bool) -> RegisterMap:
    model = {"key": "model", "address": 100, "type": "ascii", "length": 8}
    return make_map(
        point("x", 0, scale=0.1, display=(20, 70)),
        identity=[{**model, "expect": "^RPU", "allow_blank": allow_blank}],
        transport=QUICK,
    )


def serial() -> RegisterMap:
    return make_map(
        point("x", 0, scale=0.1, display=(20, 70)),
        identity=[{"key": "serial", "address": 100, "type": "bcd32"}],
        transport=QUICK,
    )


def watched(**more: Any) -> RegisterMap:
    """A measurement that a gateway hands on."""
    return make_map(
        point("t", 0, scale=0.1, display=(20, 70), **more),
        point("beat", 1, unit="1", counter={}),
        transport=QUICK,
    )


def beating() -> RegisterMap:
    return make_map(
        point("t", 0, scale=0.1, display=(20, 70)),
        point("beat", 1, unit="1", counter={}),
        heartbeat={"point": "beat", "within_s": 15},
        transport=QUICK,
    )


def tach(**more: Any) -> RegisterMap:
    return make_map(
        point(
            "fan", 0, unit="{rpm}", display=(0, 3000), limits={"lower_critical": {"reading": 500}},
            **more,
        ),
        transport=QUICK,
    )  # fmt: skip


def written(**write: Any) -> RegisterMap:
    """A setpoint that may be written."""
    allowed = {"min": 10, "max": 55, "confirm": False, **write}
    setpoint = point("setpoint", 0, scale=0.1, display=(10, 55), valid=(10, 55))
    return make_map(
        {**setpoint, "area": "holding", "access": "rw", "write": allowed}, transport=QUICK
    )
