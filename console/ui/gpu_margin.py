"""How many kelvins a GPU has left to its first temperature limit, and who says so."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.points import Reading, Reason, Snapshot

TEMPERATURE = "core_temperature"
MARGIN = "thermal_margin"
_TRUSTED = frozenset({Reason.NONE, Reason.RECORDED})


@dataclass(frozen=True, slots=True)
class Margin:
    """``k`` is below 0 beyond the limit; ``told`` where the GPU itself says so.

    Otherwise it is ``limit_c``, the lowest upper limit of its core, less the core temperature.
    """

    k: float
    told: bool
    limit_c: float | None = None


def margin_of(view: Snapshot) -> Margin | None:
    """Return a GPU's margin, None where neither it nor its model gives one.

    What the GPU tells comes first: under uneven load its core temperature is kelvins below what
    its own margin is measured from.
    """
    told = view.get(MARGIN)
    if told is not None and told.value is not None and told.reason in _TRUSTED:
        return Margin(told.value, told=True)
    core = view.get(TEMPERATURE)
    limit_c = None if core is None else first_limit(core)
    if core is None or core.value is None or core.reason not in _TRUSTED or limit_c is None:
        return None
    return Margin(limit_c - core.value, told=False, limit_c=limit_c)


def first_limit(reading: Reading) -> float | None:
    """Return the lowest upper limit of a point, None where it has none."""
    return min((x.reading for x in reading.point.limits if x.level.is_upper), default=None)
