"""Which procedures are for a part of the site, and which one a new order probably wants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.session.running.binding import BindingError, Bound, bind
from console.session.session import Session
from console.session.workplace import Workplace
from procedures.revision import Revision
from procedures.spec import Procedure, SubjectSpec

_UNNAMED = "?"
_OF_THE_SITE = frozenset({"tank", "gpu", "work"})
_FOR_ALARM = {
    "leak": "respond-spill-leak",
    "coolant-flow-low": "respond-loss-of-flow",
    "coolant-flow-low-reported": "respond-loss-of-flow",
    "coolant-flow-low-at-full-speed": "respond-loss-of-flow",
    "pump-failed": "change-pump",
    "pump-warning": "change-pump",
    "filter-blocked": "change-filter",
    "level-low": "top-up",
    "level-switch-low": "top-up",
    "facility-flow-low": "respond-loss-of-facility-water",
    "facility-supply-high": "respond-loss-of-facility-water",
    "heat-rejection-lost": "respond-loss-of-facility-water",
}
"""The shipped procedure for what an alarm says, by the ids of both."""
_GPU = ("swap-gpu-immersed", "swap-gpu-rack")


def device_of(part: str) -> str:
    """Return the tank or host that a part belongs to: procedures are bound to those."""
    return part.partition("/")[0]


def to_name(session: Session, procedure: Procedure, part: str) -> Sequence[tuple[str, SubjectSpec]]:
    """Return the subjects that nothing of the site is known to be: somebody reads their label."""
    host = next((one for one in session.hosts if one.id == device_of(part)), None)
    has_slot = host is not None and bool(host.slot)
    return [
        (name, spec)
        for name, spec in procedure.subjects.items()
        if not spec.optional
        and spec.kind not in _OF_THE_SITE
        and not (spec.kind == "label" and has_slot)
    ]


def bound_to(
    session: Session, procedure: Procedure, part: str, named: Mapping[str, tuple[str, ...]]
) -> Bound | None:
    """Return what a procedure's subjects are at a part; what nobody has named yet is ``?``.

    None where the procedure speaks of equipment that is not there.
    """
    unnamed = {name: (_UNNAMED,) for name, _ in to_name(session, procedure, part)}
    try:
        return bind(session, procedure, device_of(part), {**unnamed, **named})
    except BindingError:
        return None


def is_for(session: Session, procedure: Procedure, part: str) -> bool:
    """Whether a procedure is for a part: its kind of equipment, cooled in that way."""
    bound = bound_to(session, procedure, part, {})
    if bound is None:
        return False
    asset, applies = bound.asset, procedure.applies_to
    is_server = any(host.id == device_of(part) for host in session.hosts)
    wants_server = applies.asset in {"server", "gpu"} or (applies.asset == "rack" and is_server)
    if asset.cooling not in applies.cooling or (applies.rack and not asset.is_rack):
        return False
    return wants_server == is_server


def fitting(session: Session, place: Workplace, part: str) -> Sequence[Revision]:
    """Return the procedures in force that are for a part, by id."""
    registers = place.runs.procedures.registers
    in_force = (place.runs.procedures.in_force(name) for name in sorted(registers))
    return [one for one in in_force if one and is_for(session, one.procedure, part)]


def suggested(fit: Sequence[Revision], part: str, alarm: str = "") -> str:
    """Return the id of the procedure that is probably wanted, empty where nothing tells."""
    known = [one.procedure.id for one in fit]
    wanted = _FOR_ALARM.get(alarm, "")
    if wanted in known:
        return wanted
    gpu = [name for name in _GPU if name in known] if "/" in part else []
    return gpu[0] if gpu else ""
