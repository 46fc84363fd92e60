"""How long each step of a procedure takes against what its author planned, over many runs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from console.work.figures import Window
from console.work.step_times import StepTime, Usual, step_times, usual_times
from procedures.engine.events import Recorded, WorkKind
from procedures.revision import Revision


@dataclass(frozen=True, slots=True)
class StepNorm:
    """One step: how many times it was done, what is usual, what was planned (None: nothing)."""

    step: str
    title: Mapping[str, str]
    usual: Usual
    planned_s: float | None

    @property
    def over_s(self) -> float | None:
        """How much longer than planned it usually takes; None where nothing was planned."""
        return None if self.planned_s is None else self.usual.mean_s - self.planned_s


@dataclass(frozen=True, slots=True)
class ProcedureNorms:
    """A procedure's steps in their order, over ``runs`` runs of whatever revision."""

    procedure: str
    title: Mapping[str, str]
    runs: int
    steps: tuple[StepNorm, ...]


def step_norms(
    events: Iterable[Recorded], revisions: Mapping[str, Revision], window: Window
) -> Sequence[ProcedureNorms]:
    """Return what is usual for the steps of each procedure that was begun in a period.

    ``events`` are those of runs, oldest first; training is left out, and runs whose text is not in
    ``revisions`` (by hash).
    """
    by_run = _by_run(events, window)
    times: dict[str, list[Sequence[StepTime]]] = {}
    newest: dict[str, Revision] = {}
    for begun, of_run in by_run.values():
        revision = revisions.get(str(begun.body.get("revision", "")))
        if revision is None:
            continue
        name = revision.procedure.id
        newest[name] = revision
        times.setdefault(name, []).append(step_times(revision.procedure, of_run))
    return [_norms(newest[name], several) for name, several in sorted(times.items())]


def _by_run(
    events: Iterable[Recorded], window: Window
) -> Mapping[tuple[str, str], tuple[Recorded, list[Recorded]]]:
    found: dict[tuple[str, str], tuple[Recorded, list[Recorded]]] = {}
    for event in events:
        key = str(getattr(event, "device_id", "")), str(event.body.get("run", ""))
        if event.kind == WorkKind.BEGUN:
            at = event.body.get("at")
            utc_us = at.get("utc_us") if isinstance(at, Mapping) else None
            is_meant = isinstance(utc_us, int) and window.holds(utc_us)
            if is_meant and event.body.get("training") is not True:
                found[key] = event, [event]
        elif key in found:
            found[key][1].append(event)
    return found


def _norms(revision: Revision, several: Sequence[Sequence[StepTime]]) -> ProcedureNorms:
    procedure = revision.procedure
    usual = usual_times(several)
    steps = tuple(
        StepNorm(step, procedure.steps[step].title, usual[step], _planned_s(revision, step))
        for step in procedure.order
        if step in usual
    )
    return ProcedureNorms(procedure.id, procedure.title, len(several), steps)


def _planned_s(revision: Revision, step: str) -> float | None:
    minutes = revision.procedure.steps[step].minutes
    return minutes * 60 if minutes else None
