"""Rules about steps: hazards before acts, acts verified, values with limits, people who sign."""

from __future__ import annotations

from collections.abc import Iterator

from procedures.lint_words import Doubt, Where, actions_in, assurance_in, given_away
from procedures.spec import Procedure, Step
from procedures.spec_parts import Measured
from procedures.units import known_units
from procedures.whole import steps_at
from procedures.yaml_text import YamlText


def step_rules(procedure: Procedure, text: YamlText) -> Iterator[Doubt]:
    """Yield what is wrong with single steps."""
    for where, step in steps_at(procedure):
        yield from _hazards(procedure, where, step, text)
        yield from _proof(where, step)
        yield from _values(where, step)
        if where[0] == "phases":
            yield from _people(procedure, where, step)
    yield from _unused_hazards(procedure)


def _hazards(procedure: Procedure, where: Where, step: Step, text: YamlText) -> Iterator[Doubt]:
    at_hazards, at_do = text.places.get((*where, "hazards")), text.places.get((*where, "do"))
    if at_hazards and at_do and at_hazards.line > at_do.line:
        said = "the hazards stand after the instruction; move 'hazards' above 'do'"
        yield Doubt((*where, "hazards"), "hazard-after-step", "error", said)
    named = [procedure.hazards[name] for name in step.hazards]
    types = {hazard.type for hazard in named}
    for n, wanted in enumerate(step.involves):
        if wanted not in types:
            said = f"the step involves {wanted!r}; name a hazard of that type under 'hazards'"
            yield Doubt((*where, "involves", n), "hazard-missing", "error", said)
    spoken_of = given_away(step.do["en"]) if step.kind in {"act", "wait"} else {}
    for kind, word in spoken_of.items():
        if kind not in {*types, *step.involves}:
            said = f"{word!r}: add {kind!r} to 'involves', or a hazard of that type"
            yield Doubt((*where, "do"), "involves-missing", "warning", said)
    is_dangerous = any(hazard.signal == "danger" for hazard in named)
    if is_dangerous and step.kind == "act" and not step.sign.second and where[0] == "phases":
        said = "a danger met alone; add 'sign: {second: {mode: concurrent}}'"
        yield Doubt((*where, "hazards"), "danger-alone", "warning", said)


def _unused_hazards(procedure: Procedure) -> Iterator[Doubt]:
    used = {name for step in procedure.steps.values() for name in step.hazards}
    for name in procedure.hazards:
        if name not in used:
            yield Doubt(("hazards", name), "hazard-unused", "warning", "no step names this hazard")


def _proof(where: Where, step: Step) -> Iterator[Doubt]:
    is_proven = bool(step.verify or step.values or step.scans or step.expect or step.items)
    if step.kind == "act" and not is_proven:
        said = "nothing tells whether it worked; add 'verify', a value, a scan, or 'expect'"
        yield Doubt((*where, "do"), "verify-missing", "error", said)
    found = assurance_in(step.do["en"])
    if found and not is_proven and not step.ask and step.kind != "act":
        said = f"{found!r} without what is expected; add 'verify', a value, or 'expect'"
        yield Doubt((*where, "do"), "check-without-value", "error", said)
    actions = actions_in(step.do["en"])
    if len(actions) > 1 and step.kind != "list":
        said = f"{len(actions)} actions in one step ({', '.join(actions)}); make a step of each"
        yield Doubt((*where, "do"), "action-count", "warning", said)


def _values(where: Where, step: Step) -> Iterator[Doubt]:
    for n, value in enumerate(step.values):
        place: Where = (*where, "values", n)
        if not value.unit:
            said = "no unit; give a UCUM code, '1' for a count"
            yield Doubt((*place, "id"), "value-unit", "error", said)
        elif value.unit not in known_units():
            said = f"unknown unit {value.unit!r}; a UCUM code of resources/units.toml"
            yield Doubt((*place, "unit"), "unit-unknown", "error", said)
        if _lacks_limits(value):
            said = "no limits; give low, high or both, or 'equals'"
            yield Doubt((*place, "id"), "value-limits", "error", said)


def _lacks_limits(value: Measured) -> bool:
    has_any = value.low is not None or value.high is not None or value.equals
    return not has_any and value.taken != "as_found"


def _people(procedure: Procedure, where: Where, step: Step) -> Iterator[Doubt]:
    people = procedure.requires.people
    brought = {need.role for need in people}
    signers = {("sign", "role"): step.sign.role}
    if step.sign.second:
        signers["sign", "second"] = step.sign.second.role
    for at, role in signers.items():
        if role not in brought:
            said = f"{role!r} signs, but requires.people asks for none; add one there"
            yield Doubt((*where, *at), "role-missing", "error", said)
    for place, asked in _asked_besides(step):
        if asked not in brought:
            said = f"{asked!r} is asked for, but requires.people brings none; add one there"
            yield Doubt((*where, *place), "role-missing", "warning", said)
    yield from _two(procedure, where, step)


def _asked_besides(step: Step) -> Iterator[tuple[Where, str]]:
    """Yield who besides those that sign may be asked for, and where that is written."""
    for name in ("before", "verify"):
        for n, gate in enumerate(getattr(step, name)):
            if gate.override:
                yield (name, n, "override"), gate.override.role
    if step.hold:
        yield ("hold",), step.hold.role
    if step.skip and step.skip.second:
        yield ("skip",), step.skip.second


def _two(procedure: Procedure, where: Where, step: Step) -> Iterator[Doubt]:
    second = step.sign.second
    if second is None:
        return
    roles = {step.sign.role, second.role}
    of_roles = sum(need.count for need in procedure.requires.people if need.role in roles)
    if of_roles < 2:
        said = (
            f"one person could be asked for both signatures; ask for a {step.sign.role} and a "
            f"{second.role} in requires.people, two people in all"
        )
        yield Doubt((*where, "sign", "second"), "two-person-one", "error", said)
