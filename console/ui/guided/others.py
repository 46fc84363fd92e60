"""The other runs that are open, and in a few words what each waits for. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.session.workplace import Workplace
from console.text import tr
from console.ui.guided.top import OpenRun
from console.ui.guided.words import countdown

if TYPE_CHECKING:
    from console.session.running.desk import RunView
    from console.session.session import Session


def open_runs(place: Workplace, shown: str, session: Session) -> Sequence[OpenRun]:
    """Return the open runs less the one that is shown."""
    if not place.is_ready:
        return ()
    found = []
    for run in place.runs.open():
        view = place.runs.view(run.id) if run.id != shown else None
        if view is not None:
            found.append(OpenRun(run.id, session.name_of(run.subject), waits_for(view)))
    return found


def waits_for(view: RunView) -> str:
    """Return what a run waits for: time, a hand, or that somebody takes it over."""
    run, timer = view.run, view.standing.timer
    if run.suspended_by:
        return tr("handed over")
    if run.current is not None and run.current.held:
        return tr("held")
    if timer is not None and timer.to_min_s:
        return countdown(timer.to_min_s)
    if timer is not None and timer.is_warning:
        return tr("overdue")
    return tr("goes on now") if not view.standing.needs else tr("waits")
