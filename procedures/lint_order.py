"""Rules about order: every step can be reached, nothing leads past a hold point, ways end."""

from __future__ import annotations

from collections.abc import Iterator

from procedures.lint_words import Doubt, Where
from procedures.spec import Procedure, Step
from procedures.whole import steps_at


def order_rules(procedure: Procedure) -> Iterator[Doubt]:
    """Yield what is wrong with the order of steps."""
    places = {step.id: where for where, step in steps_at(procedure)}
    reached = reachable(procedure)
    for name in procedure.order:
        if name not in reached:
            said = "no way leads to this step; let an answer lead here, or take it out"
            yield Doubt((*places[name], "id"), "step-unreachable", "error", said)
    for name in procedure.order:
        yield from _ways(procedure, places[name], procedure.steps[name])
    for where, step in steps_at(procedure):
        yield from _earlier(procedure, where, step)
    yield from _locks(procedure)
    yield from _clocks(procedure)
    yield from _unused(procedure)


def next_steps(procedure: Procedure, name: str) -> list[str]:
    """Return every step that may follow a main step."""
    step, order = procedure.steps[name], procedure.order
    found = [goto.goto for _, goto in step.gotos]
    goes_on = step.ask is None or any(not answer.goto for answer in step.ask.answers)
    phase = procedure.phase_of[name]
    if phase.any_order:
        found += [other.id for other in phase.steps]
    rest = order[order.index(name) + 1 :]
    if rest and (goes_on or step.skip):
        found.append(rest[0])
    return found


def reachable(procedure: Procedure) -> set[str]:
    """Return the main steps that some way leads to."""
    reached, todo = set[str](), [procedure.order[0]]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += next_steps(procedure, name)
    return reached


def _ways(procedure: Procedure, where: Where, step: Step) -> Iterator[Doubt]:
    order = procedure.order
    here = order.index(step.id)
    for source, goto in step.gotos:
        there = order.index(goto.goto)
        passed = [name for name in order[here + 1 : there] if procedure.steps[name].hold]
        if passed:
            said = f"{source!r} leads past the hold point {passed[0]!r}; let it lead there"
            yield Doubt((*where, "id"), "goto-over-hold", "error", said)
        target = procedure.phase_of[goto.goto]
        is_inside = target.any_order and goto.goto != target.steps[0].id
        if is_inside or (procedure.phase_of[step.id].any_order and goto.goto != step.id):
            said = f"{source!r} leads into or out of a phase without order; use a phase of its own"
            yield Doubt((*where, "id"), "order-free", "error", said)


def _earlier(procedure: Procedure, where: Where, step: Step) -> Iterator[Doubt]:
    order = [one.id for _, one in steps_at(procedure)]
    before = set(order[: order.index(step.id)])
    values = {v.id for name in before | {step.id} for v in procedure.steps[name].values}
    scans = {s.id for name in before | {step.id} for s in procedure.steps[name].scans}
    told: list[tuple[Where, str | None, set[str]]] = []
    if step.timer:
        told.append((("timer", "since"), step.timer.since, before))
    told += [(("values", n, "equals"), v.equals, values) for n, v in enumerate(step.values)]
    for n, scan in enumerate(step.scans):
        told.append((("scans", n, "same_as"), scan.same_as, scans))
        told.append((("scans", n, "not_same_as"), scan.not_same_as, scans))
    for at, name, allowed in told:
        if name and name not in allowed:
            said = f"{name!r} comes later; refer to an earlier step"
            yield Doubt((*where, *at), "refers-later", "error", said)


def _locks(procedure: Procedure) -> Iterator[Doubt]:
    """A lock is hung before it is removed, and removed in the end."""
    hung: dict[str, Where] = {}
    removed: set[str] = set()
    for where, step in steps_at(procedure):
        for n, lock in enumerate(step.locks):
            place: Where = (*where, "locks", n, "id")
            if lock.act == "hang":
                hung.setdefault(lock.id, place)
                continue
            removed.add(lock.id)
            if lock.id not in hung:
                said = f"no earlier step hangs the lock {lock.id!r}; hang it there"
                yield Doubt(place, "refers-later", "error", said)
    for name, place in hung.items():
        if name not in removed and place[0] == "phases":
            said = f"no step removes the lock {name!r}; add one"
            yield Doubt(place, "lock-stays", "warning", said)


def _clocks(procedure: Procedure) -> Iterator[Doubt]:
    order = procedure.order
    for n, clock in enumerate(procedure.clocks):
        if clock.from_step not in order:
            continue
        start = order.index(clock.from_step)
        ends = [order.index(name) for name in clock.until_steps if name in order]
        if not any(end >= start for end in ends):
            said = f"no step after {clock.from_step!r} ends this clock; name one there"
            yield Doubt(("clocks", n, "until_steps"), "clock-never-ends", "error", said)
            continue
        running = order[start : max(ends) + 1]
        paths = {procedure.way_back(name).id: procedure.way_back(name) for name in running}
        for path in paths.values():
            if not {step.id for step in path.steps} & set(clock.until_steps):
                said = f"the make-safe path {path.id!r} leaves this clock running; name its step"
                yield Doubt(("clocks", n, "until_steps"), "clock-in-safety", "warning", said)


def _unused(procedure: Procedure) -> Iterator[Doubt]:
    used = {procedure.way_back(name).id for name in procedure.order}
    for n, path in enumerate(procedure.make_safe):
        if path.id not in used:
            said = "no phase or step uses this path; name it as make_safe, or take it out"
            yield Doubt(("make_safe", n, "id"), "make-safe-unused", "warning", said)
    ends = {path.ends_in for path in procedure.make_safe}
    for n, state in enumerate(procedure.safe_states):
        if state.id not in ends:
            said = "no make-safe path ends here; take it out"
            yield Doubt(("safe_states", n, "id"), "safe-state-unused", "warning", said)
