"""What every rule looks at, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from procedures.engine.context import Context
from procedures.engine.events import JSON, WorkEvent, WorkKind, event
from procedures.engine.people import Person, role_fault, same
from procedures.engine.sentence import Sentence, say
from procedures.engine.state import Run, StepRun, StepStatus
from procedures.spec import Procedure, Step

SYSTEM = "system"
"""The actor of what no person asked for."""


class RefusedError(Exception):
    """A request that the rules do not allow, with every reason."""

    def __init__(self, reasons: Iterable[Sentence]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("; ".join(map(str, self.reasons)))


def refuse_if(is_so: bool, code: str, **values: object) -> None:
    """Refuse with the sentence of a code."""
    if is_so:
        raise RefusedError([say(code, **values)])


def refuse_for(reasons: Iterable[Sentence]) -> None:
    """Refuse if there is any reason."""
    found = tuple(reasons)
    if found:
        raise RefusedError(found)


@dataclass(frozen=True, slots=True)
class Case:
    """A run, its procedure, and everything given."""

    run: Run
    procedure: Procedure
    context: Context

    @property
    def step(self) -> StepRun:
        """The step to do now; refuses where there is none."""
        if self.run.current is None:
            raise RefusedError([say("no_step")])
        return self.run.current

    @property
    def spec(self) -> Step:
        """What the author wrote of the step to do now."""
        return self.procedure.steps[self.step.step]

    @property
    def is_making_safe(self) -> bool:
        """Whether the work is on its way to a safe state."""
        return not self.run.phase_holds

    def person(self, by: str) -> Person:
        """Return somebody of the roster; refuses a stranger."""
        found = self.context.people.get(by)
        if found is None:
            raise RefusedError([say("stranger", person=by)])
        return found

    def member(self, by: str) -> Person:
        """Return somebody of this work; on the way to safety anybody of the roster is."""
        person = self.person(by)
        is_member = any(same(by, other) for other in self.run.crew)
        refuse_if(not is_member and not self.is_making_safe, "not_crew", person=person.name)
        return person

    def qualified(self, by: str, role: str) -> Person:
        """Return somebody of the roster with a role and the qualifications that go with it.

        On the way to safety nobody is turned away for a paper that has expired.
        """
        person = self.person(by)
        if not self.is_making_safe:
            refuse_for(qualification_faults(self.procedure, person, role, self.context))
        return person

    def current(self, name: str) -> StepRun:
        """Return the step to do now; refuses any other."""
        if self.step.step != name:
            raise RefusedError([say("wrong_step", step=name, current=self.step.step)])
        return self.step

    def not_held(self) -> None:
        """Refuse while the step is held."""
        why = ", ".join(self.step.held)
        refuse_if(bool(self.step.held), "held", step=self.step.step, why=why)

    def open_step(self, name: str) -> StepRun:
        """Return the step to do now, which has been started and is not held."""
        step = self.current(name)
        refuse_if(step.status is StepStatus.READY, "not_started", step=name)
        refuse_if(step.status is StepStatus.PERFORMED, "waits_second", step=name)
        self.not_held()
        return step

    def executor(self, name: str, by: str) -> StepRun:
        """Return the open step if this person is doing it."""
        step = self.open_step(name)
        is_other = not same(step.executor, by)
        refuse_if(is_other, "executor", step=name, executor=step.executor)
        return step

    def knows(self, language: str) -> None:
        """Refuse a language that the procedure has no words in."""
        is_known = language in self.procedure.languages
        refuse_if(not is_known, "language", language=language)

    def event(self, kind: WorkKind, by: str, **body: JSON) -> WorkEvent:
        """Return an event of this run now."""
        run = self.run
        return event(kind, run.id, run.subject, by, self.context.now, **body)

    def step_event(self, kind: WorkKind, by: str, **body: JSON) -> WorkEvent:
        """Return an event about the step to do now."""
        step = self.step
        return self.event(kind, by, step=step.step, visit=step.visit, **body)


def qualification_faults(
    procedure: Procedure, person: Person, role: str, context: Context
) -> list[Sentence]:
    """Say what somebody lacks for a role in a procedure."""
    found = role_fault(person, role)
    needs = (need for need in procedure.requires.people if need.role == role)
    wanted = {name for need in needs for name in need.qualifications}
    return found + [
        say("qualification", person=person.name, qualification=name)
        for name in sorted(wanted)
        if not person.has(name, context.now.utc_us)
    ]
