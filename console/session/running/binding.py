"""From a piece of equipment of the site to what a procedure calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.site import Host, Tank
from console.text import tr
from procedures.engine.commands import Asset
from procedures.spec import Procedure

if TYPE_CHECKING:
    from console.session.session import Session

_ONLY_BOILING = ("vapour_concentration", "vapour_temperature")
"""Points that no tank has in which the fluid stays liquid."""


class BindingError(Exception):
    """Equipment that a procedure speaks of is not there; one sentence names it."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What is worked on, and the parts of the site behind each subject of the procedure."""

    asset: Asset
    subjects: Mapping[str, tuple[str, ...]]


def bind(
    session: Session,
    procedure: Procedure,
    target: str,
    more: Mapping[str, tuple[str, ...]] | None = None,
) -> Bound:
    """Return what a procedure's subjects are when it is about a host or a tank of the site.

    ``more`` names parts that the site file does not tie to the target (a power strip, a spare
    meter) or labels of another form. Raises BindingError for an unknown target and for a subject
    that nothing stands behind.
    """
    host = next((h for h in session.hosts if h.id == target), None)
    tank = session.tank_of(target)
    if host is None and tank is None:
        known = ", ".join([*(t.id for t in session.tanks), *(h.id for h in session.hosts)])
        raise BindingError(
            tr("There is no {target} in this site; there are {known}.", target=target, known=known)
        )
    subjects = {
        name: (more or {}).get(name) or _parts(session, spec.kind, host, tank)
        for name, spec in procedure.subjects.items()
    }
    for name, spec in procedure.subjects.items():
        if not subjects[name] and not spec.optional and spec.kind != "work":
            raise BindingError(
                tr("Nothing of this site is known to be {subject}; name its part.", subject=name)
            )
    asset = _asset(session, procedure.applies_to.asset, host, tank)
    return Bound(asset, {name: parts for name, parts in subjects.items() if parts})


def _parts(session: Session, kind: str, host: Host | None, tank: Tank | None) -> tuple[str, ...]:
    if kind == "tank":
        return (tank.id,) if tank else ()
    if kind == "gpu" and host:
        return (host.id, *session.gpus(host.id))
    if kind == "label" and host and host.slot:
        return (slot_label(host),)
    if kind == "label" and host and host.rack:
        return (host.rack,)
    return ()


def slot_label(host: Host) -> str:
    """Return what the label of a host's slot reads: ``tank-1/slot-3``."""
    return f"{host.tank}/slot-{host.slot}"


def _asset(session: Session, kind: str, host: Host | None, tank: Tank | None) -> Asset:
    is_server = host is not None and kind in {"server", "gpu"}
    models: tuple[str, ...] = ()
    if host:
        seen = (session.latest.last_known(part) for part in session.gpus(host.id))
        names = (found.identity.get("model", "") for found in seen if found)
        listed = (gpu.model for gpu in host.expected)
        models = tuple(dict.fromkeys(name for name in (*names, *listed) if name))
    name = host.id if host and (is_server or tank is None) else tank.id if tank else ""
    return Asset(
        id=name,
        kind=kind,
        cooling=_cooling(session, tank),
        tank=tank.map if tank else "",
        fluid=tank.fluid if tank else "",
        gpu_models=models,
        is_rack=tank is None,
    )


def _cooling(session: Session, tank: Tank | None) -> str:
    """Return how a tank cools; raises BindingError where that is not certain.

    A boiling tank that is taken for another one is opened without a thought for its vapour.
    """
    if tank is None:
        return "air"
    told = session.site.cooling_of(tank)
    if told is None:
        raise BindingError(
            tr(
                "How {tank} cools is not known; give its fluid a phase or the tank a cooling in the"
                " site file: single_phase or two_phase.",
                tank=tank.id,
            )
        )
    odd = [key for key in _ONLY_BOILING if key in session.latest.schema(tank.id)]
    if told == "single_phase" and odd:
        raise BindingError(
            tr(
                "{tank} is said to be single-phase but measures {point}; correct the site file.",
                tank=tank.id,
                point=odd[0],
            )
        )
    return told
