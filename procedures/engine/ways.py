"""Where a run goes when a step has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from procedures.engine.case import Case, RefusedError
from procedures.engine.events import JSON
from procedures.engine.sentence import say
from procedures.spec_parts import Goto


@dataclass(frozen=True, slots=True)
class Way:
    """The next step (None: the path is done), and what goes back to not done on the way.

    ``name`` counts how often this way has been taken.
    """

    next: str | None
    name: str = ""
    again: tuple[str, ...] = ()

    @classmethod
    def back(cls, case: Case, goto: Goto, source: str) -> Self:
        """Return the way of a goto; refuses one that has been taken too often."""
        name = f"{case.step.step}:{source}"
        times = case.run.gotos.get(name, 0)
        if times >= goto.max:
            raise RefusedError([say("goto_spent", step=goto.goto, times=times)])
        order = case.procedure.order
        here, there = order.index(case.step.step), order.index(goto.goto)
        return cls(goto.goto, name, order[there : here + 1] if there <= here else ())

    def as_body(self) -> dict[str, JSON]:
        """Return it as members of an event's body."""
        body: dict[str, JSON] = {"next": self.next}
        return {**body, "way": self.name, "again": list(self.again)} if self.name else body


def way_of(case: Case) -> Way:
    """Return where the step to do now leads: a value outside, an answer, else the usual order."""
    for value in case.spec.values:
        typed = case.step.values.get(value.id)
        if value.goto and typed is not None and not value.inside(typed.number):
            return Way.back(case, value.goto, value.id)
    answers = case.spec.ask.answers if case.spec.ask else ()
    for answer in answers:
        if answer.id == case.step.answer and answer.goto:
            return Way.back(case, Goto(goto=answer.goto, max=answer.max), answer.id)
    return Way(next_of(case))


def next_of(case: Case) -> str | None:
    """Return the step after the one to do now in the order of the file, or None at the end."""
    name, procedure = case.step.step, case.procedure
    if case.is_making_safe:
        order = [step.id for step in procedure.paths[case.run.path].steps]
        return _after(order, name)
    phase = procedure.phase_of[name]
    if not phase.any_order:
        return _after(list(procedure.order), name)
    due = [s.id for s in phase.steps if s.id != name and s.id not in case.run.done]
    return due[0] if due else _after(list(procedure.order), phase.steps[-1].id)


def _after(order: list[str], name: str) -> str | None:
    rest = order[order.index(name) + 1 :]
    return rest[0] if rest else None
