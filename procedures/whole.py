"""What can only be wrong with a procedure as a whole: names that do not exist or are given twice.

Without these a procedure cannot be compiled. What can be compiled and is still a bad idea is the
linter's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from drivers.files import Fault

if TYPE_CHECKING:
    from procedures.spec import Procedure, Step

Where = tuple[str | int, ...]


def steps_at(procedure: Procedure) -> Iterator[tuple[Where, Step]]:
    """Yield every step with its place in the file."""
    for n, phase in enumerate(procedure.phases):
        yield from ((("phases", n, "steps", m), step) for m, step in enumerate(phase.steps))
    for n, path in enumerate(procedure.make_safe):
        yield from ((("make_safe", n, "steps", m), step) for m, step in enumerate(path.steps))


def faults_of_whole(procedure: Procedure) -> Iterator[Fault]:
    """Yield every name that is given twice or stands for nothing."""
    yield from _twice(procedure)
    yield from _paths(procedure)
    yield from _clocks(procedure)
    yield from _alarms(procedure)
    for where, step in steps_at(procedure):
        yield from _step(procedure, where, step)
    for where, step in steps_at(procedure):
        if where[0] == "make_safe":
            yield from _asks_nothing(where, step)


def _asks_nothing(where: Where, step: Step) -> Iterator[Fault]:
    """A way to safety may not end at a gate, a second person or a question."""
    asked = {
        "before": step.before,
        "during": step.during,
        "hold": step.hold,
        "ask": step.ask,
        "on_fail": step.on_fail,
        "skip": step.skip,
        "make_safe": step.make_safe,
    }
    for name, given in asked.items():
        if given:
            text = f"a step of a make-safe path has no {name!r}: nothing may stand in the way"
            yield Fault((*where, name), "make-safe-blocked", text)
    if step.sign.second:
        text = "a step of a make-safe path needs one person only: perhaps nobody else is there"
        yield Fault((*where, "sign", "second"), "make-safe-blocked", text)
    if any(lock.act == "remove" for lock in step.locks):
        text = "a make-safe path hangs locks; taking one off needs its owner"
        yield Fault((*where, "locks"), "make-safe-blocked", text)
    if step.timer and step.timer.on_overrun == "hold":
        text = "a timer of a make-safe path warns; it does not hold"
        yield Fault((*where, "timer", "on_overrun"), "make-safe-blocked", text)
    for n, value in enumerate(step.values):
        if value.outside == "goto" or value.equals:
            text = "a value of a make-safe path is recorded, and leads nowhere"
            yield Fault((*where, "values", n), "make-safe-blocked", text)


def unknown(where: Where, what: str, found: str, allowed: Iterable[str]) -> Fault:
    """Return the fault of a name that stands for nothing, with those that do."""
    names = ", ".join(sorted(allowed)) or "none"
    return Fault(where, "unknown-name", f"there is no {what} {found!r}; allowed are {names}")


def _twice(procedure: Procedure) -> Iterator[Fault]:
    named: list[tuple[Where, str, str]] = []
    for where, step in steps_at(procedure):
        named.append(((*where, "id"), "step", step.id))
        named += [((*where, *at), f"in {step.id!r}", name) for at, name in step.member_ids]
        shared = procedure.invariants_of(step.id)[: -len(step.during) or None]
        own = {invariant.id for invariant in step.during}
        named += [((*where, "id"), f"in {step.id!r}", i.id) for i in shared if i.id in own]
    for name in ("phases", "make_safe", "safe_states", "clocks"):
        parts = enumerate(getattr(procedure, name))
        named += [((name, n, "id"), name, part.id) for n, part in parts]
    for name in ("tools", "spares", "permits"):
        parts = enumerate(getattr(procedure.requires, name))
        named += [(("requires", name, n, "id"), name, part.id) for n, part in parts]
    seen: set[tuple[str, str]] = set()
    for at, group, word in named:
        if (group, word) in seen:
            yield Fault(at, "id-twice", f"the id {word!r} is given twice; each is given once")
        seen.add((group, word))
    recorded: dict[str, str] = {}
    for where, step in steps_at(procedure):
        for name in ("values", "scans"):
            for n, part in enumerate(getattr(step, name)):
                other = recorded.setdefault(part.id, step.id)
                if other != step.id:
                    text = f"{part.id!r} is already recorded by step {other!r}; choose another id"
                    yield Fault((*where, name, n, "id"), "id-twice", text)


def _paths(procedure: Procedure) -> Iterator[Fault]:
    paths = {path.id for path in procedure.make_safe}
    for n, phase in enumerate(procedure.phases):
        if phase.make_safe not in paths:
            where: Where = ("phases", n, "make_safe")
            yield unknown(where, "make-safe path", phase.make_safe, paths)
        yield from _subjects(procedure, ("phases", n, "during"), [i.check for i in phase.during])
    states = {state.id for state in procedure.safe_states}
    for n, path in enumerate(procedure.make_safe):
        if path.ends_in not in states:
            yield unknown(("make_safe", n, "ends_in"), "safe state", path.ends_in, states)
    for n, name in enumerate(procedure.exclusive):
        if name not in procedure.subjects:
            yield unknown(("exclusive", n), "subject", name, procedure.subjects)


def _clocks(procedure: Procedure) -> Iterator[Fault]:
    steps = {step.id for _, step in steps_at(procedure)}
    for n, clock in enumerate(procedure.clocks):
        if clock.from_step not in steps:
            yield unknown(("clocks", n, "from_step"), "step", clock.from_step, steps)
        for m, name in enumerate(clock.until_steps):
            if name not in steps:
                yield unknown(("clocks", n, "until_steps", m), "step", name, steps)


def _alarms(procedure: Procedure) -> Iterator[Fault]:
    phases = {phase.id for phase in procedure.phases}
    for n, expected in enumerate(procedure.expects_alarms):
        if expected.subject not in procedure.subjects:
            yield unknown(
                ("expects_alarms", n, "subject"), "subject", expected.subject, procedure.subjects
            )
        for m, name in enumerate(expected.phases):
            if name not in phases:
                yield unknown(("expects_alarms", n, "phases", m), "phase", name, phases)


def _step(procedure: Procedure, where: Where, step: Step) -> Iterator[Fault]:
    for n, name in enumerate(step.hazards):
        if name not in procedure.hazards:
            yield unknown((*where, "hazards", n), "hazard", name, procedure.hazards)
    for field in ("before", "during", "verify"):
        checks = [part.check for part in getattr(step, field)]
        yield from _subjects(procedure, (*where, field), checks)
    paths = {path.id for path in procedure.make_safe}
    if step.make_safe and step.make_safe not in paths:
        yield unknown((*where, "make_safe"), "make-safe path", step.make_safe, paths)
    main = procedure.order if where[0] == "phases" else (step.id,)
    for source, goto in step.gotos:
        if goto.goto not in main:
            yield unknown(_goto_at(where, step, source), "step", goto.goto, main)
    if step.on_fail and step.on_fail.goto in main[main.index(step.id) + 1 :]:
        text = "a failed step leads back, not on; name this step or an earlier one"
        yield Fault((*where, "on_fail", "goto"), "fail-forward", text)
    if step.timer and step.timer.since and step.timer.since not in procedure.steps:
        yield unknown((*where, "timer", "since"), "step", step.timer.since, procedure.steps)
    yield from _recorded(procedure, where, step)


def _goto_at(where: Where, step: Step, source: str) -> Where:
    if source == "fail" and step.on_fail:
        return (*where, "on_fail", "goto")
    answers = [answer.id for answer in step.ask.answers] if step.ask else []
    if source in answers:
        return (*where, "ask", "answers", answers.index(source), "goto")
    return (*where, "values", [value.id for value in step.values].index(source), "goto")


def _subjects(procedure: Procedure, where: Where, checks: list[str]) -> Iterator[Fault]:
    from procedures.checks import parse_check

    for n, check in enumerate(checks):
        for comparison in parse_check(check).either:
            if comparison.subject not in procedure.subjects:
                at = (*where, n, "check")
                yield unknown(at, "subject", comparison.subject, procedure.subjects)


def _recorded(procedure: Procedure, where: Where, step: Step) -> Iterator[Fault]:
    values = {value.id for other in procedure.steps.values() for value in other.values}
    scans = {scan.id for other in procedure.steps.values() for scan in other.scans}
    tools = {tool.id for tool in procedure.requires.tools}
    for n, value in enumerate(step.values):
        if value.equals and value.equals not in values - {value.id}:
            yield unknown((*where, "values", n, "equals"), "value", value.equals, values)
        if value.instrument and value.instrument not in tools:
            yield unknown((*where, "values", n, "instrument"), "tool", value.instrument, tools)
        if value.source and value.source.split(".")[0] not in procedure.subjects:
            name = value.source.split(".")[0]
            yield unknown((*where, "values", n, "source"), "subject", name, procedure.subjects)
    for n, scan in enumerate(step.scans):
        for field in ("same_as", "not_same_as"):
            name = getattr(scan, field)
            if name and name not in scans - {scan.id}:
                yield unknown((*where, "scans", n, field), "scan", name, scans)
        if scan.must_be and scan.must_be not in procedure.subjects:
            at = (*where, "scans", n, "must_be")
            yield unknown(at, "subject", scan.must_be, procedure.subjects)
