"""A procedure as text: what the technician will read, in the order of reading."""

from __future__ import annotations

from collections.abc import Iterator

from procedures.engine.needs import limits_of
from procedures.revision import Revision
from procedures.spec import Procedure, Step
from procedures.texts import fill, words


def outline(revision: Revision, language: str, only: str | None = None) -> list[str]:
    """Return the lines of a procedure, or of one step of it, in a language."""
    procedure = revision.procedure
    if only is not None:
        return list(_step(procedure, procedure.steps[only], language))
    return list(_whole(revision, language))


def _whole(revision: Revision, language: str) -> Iterator[str]:
    procedure = revision.procedure
    yield f"{words(procedure.title, language)[0]}  [{procedure.id}, {revision.short}]"
    yield words(procedure.purpose, language)[0]
    yield from _requirements(procedure, language)
    for number, phase in enumerate(procedure.phases, 1):
        yield ""
        yield f"{number}. {words(phase.title, language)[0]}  [{phase.id} -> {phase.make_safe}]"
        for step in phase.steps:
            yield from _step(procedure, step, language)
    for path in procedure.make_safe:
        yield ""
        yield f"<- {words(path.title, language)[0]}  [{path.id} -> {path.ends_in}]"
        for step in path.steps:
            yield from _step(procedure, step, language)


def _requirements(procedure: Procedure, language: str) -> Iterator[str]:
    requires = procedure.requires
    for need in requires.people:
        papers = f" ({', '.join(need.qualifications)})" if need.qualifications else ""
        yield f"  + {need.count} {need.role}{papers}"
    for tool in requires.tools:
        yield f"  + {tool.count} {words(tool.title, language)[0]}"
    for spare in requires.spares:
        yield f"  + {spare.count} {words(spare.title, language)[0]}"
    for fluid in requires.fluids:
        yield f"  + {fluid.litres:g} L {fluid.fluid}"
    if requires.ppe:
        yield f"  + {', '.join(requires.ppe)}"


def _step(procedure: Procedure, step: Step, language: str) -> Iterator[str]:
    yield f"  {words(step.title, language)[0]}  [{step.id}]"
    for name in step.hazards:
        hazard = procedure.hazards[name]
        told = f"{words(hazard.consequence, language)[0]} {words(hazard.avoid, language)[0]}"
        yield f"    ! {hazard.signal.upper()}: {told}"
    if step.hold:
        yield f"    # {step.hold.role}"
    yield from (f"    ? {gate.check}" for gate in step.before)
    yield f"    {fill(words(step.do, language)[0], step)}"
    yield from (f"    [ ] {words(item.text, language)[0]}" for item in step.items)
    yield from (f"    ~ {part.check}" for part in procedure.invariants_of(step.id))
    if step.timer:
        ends = [f"{end:g} s" if end else "" for end in (step.timer.min_s, step.timer.max_s)]
        yield f"    @ {ends[0]}..{ends[1]}"
    for value in step.values:
        limits = limits_of(value) if value.low is not None or value.high is not None else value.unit
        yield f"    = {words(value.title, language)[0]}: {limits}"
    yield from (f"    scan {words(scan.title, language)[0]}" for scan in step.scans)
    yield from (f"    photo {words(photo.title, language)[0]}" for photo in step.photos)
    yield from (f"    lock {lock.act} {lock.id}" for lock in step.locks)
    yield from (f"    > {gate.check}" for gate in step.verify)
    if step.expect:
        yield f"    > {fill(words(step.expect, language)[0], step)}"
    for answer in step.ask.answers if step.ask else ():
        arrow = f" -> {answer.goto}" if answer.goto else ""
        yield f"    - {words(answer.text, language)[0]}{arrow}"
    if step.sign.second:
        yield f"    + {step.sign.second.role}, {step.sign.second.mode}"
