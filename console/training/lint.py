"""Whether a scenario fits its procedure: every step, gate, label and fault named is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from console.training.scenario import (
    Abort,
    Acknowledge,
    Answer,
    DoStep,
    NoOverride,
    ReadLabels,
    Report,
    Scenario,
)
from procedures.spec import Procedure
from procedures.yaml_text import KeyPath, YamlText

Found = tuple[KeyPath, str]


def faults_in(scenario: Scenario, procedure: Procedure, text: YamlText | None = None) -> list[str]:
    """Return one sentence for everything that is wrong, with file and line where text is given."""
    found = [
        *_steps(scenario, procedure),
        *_expected(scenario, procedure),
        *_names(scenario, procedure),
        *_crew(scenario, procedure),
        *_targets(scenario),
    ]
    return [f"{text.at(path)}: {why}" if text else why for path, why in found]


def _known(path: KeyPath, what: str, name: str, known: Iterable[str]) -> Iterator[Found]:
    names = list(known)
    if name not in names:
        there = ", ".join(names) if names else "none"
        yield path, f"there is no {what} {name!r}; there are {there}"


def _steps(scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    for number, fault in enumerate(scenario.faults):
        if fault.when.step:
            path = ("faults", number, "when", "step")
            yield from _known(path, "step", fault.when.step, procedure.steps)
    for name in scenario.step_par_s:
        yield from _known(("step_par_s", name), "step", name, procedure.steps)
    for number, name in enumerate(scenario.skips_allowed):
        skippable = [step.id for step in procedure.steps.values() if step.skip]
        yield from _known(("skips_allowed", number), "step that may be skipped", name, skippable)


def _expected(scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    for number, one in enumerate(scenario.must):
        for path, why in _CHECKS.get(type(one), _nothing)(one, scenario, procedure):
            yield ("must", number, *path), why


def _of_fault(
    one: Abort | Acknowledge | Report | DoStep, scenario: Scenario, _procedure: Procedure
) -> Iterator[Found]:
    if one.fault:
        yield from _known(("fault",), "fault", one.fault, [fault.id for fault in scenario.faults])


def _of_step(one: DoStep, scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    yield from _of_fault(one, scenario, procedure)
    yield from _known(("step",), "step", one.step, procedure.steps)


def _of_answer(one: Answer, _scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    asking = {step.id: step.ask for step in procedure.steps.values() if step.ask}
    yield from _known(("step",), "step that asks", one.step, asking)
    ask = asking.get(one.step)
    if ask:
        answers = [answer.id for answer in ask.answers]
        yield from _known(("answer",), "answer", one.answer, answers)


def _of_gates(one: NoOverride, _scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    for number, name in enumerate(one.gates):
        yield from _known(("gates", number), "gate", name, gates_of(procedure))


def _of_scans(one: ReadLabels, _scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    for number, name in enumerate(one.scans):
        yield from _known(("scans", number), "label", name, scans_of(procedure))


def _nothing(_one: object, _scenario: Scenario, _procedure: Procedure) -> Iterator[Found]:
    yield from ()


_CHECKS: Mapping[type, Callable[..., Iterator[Found]]] = {
    Abort: _of_fault,
    Acknowledge: _of_fault,
    Report: _of_fault,
    DoStep: _of_step,
    Answer: _of_answer,
    NoOverride: _of_gates,
    ReadLabels: _of_scans,
}


def _names(scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    for number, label in enumerate(scenario.labels):
        path = ("labels", number, "scan")
        yield from _known(path, "label", label.scan, scans_of(procedure))
    for number, name in enumerate(scenario.overrides_allowed):
        may = [g for g, can in gates_of(procedure).items() if can]
        yield from _known(("overrides_allowed", number), "gate with an override", name, may)


def _crew(scenario: Scenario, procedure: Procedure) -> Iterator[Found]:
    """Yield the places that nobody fills: a run could not even begin."""
    playing = [scenario.crew.trainee, *scenario.crew.colleagues]
    for need in procedure.requires.people:
        if playing.count(need.role) < need.count:
            why = f"the procedure needs {need.count} {need.role}; add it to colleagues"
            yield ("crew", "colleagues"), why


def _targets(scenario: Scenario) -> Iterator[Found]:
    """Yield faults that hit nothing of the training's site: one tank, some servers."""
    for number, fault in enumerate(scenario.faults):
        allowed = {"tank": "tank-", "host": "node-"}[fault.kind.applies_to]
        if fault.target and not fault.target.startswith(allowed):
            why = f"{fault.kind.name} hits a {fault.kind.applies_to}; write {allowed}1"
            yield ("faults", number, "inject"), why


def gates_of(procedure: Procedure) -> dict[str, bool]:
    """Return every gate of a procedure and whether somebody may override it."""
    return {
        gate.id: gate.override is not None
        for step in procedure.steps.values()
        for gate in step.gates
    }


def scans_of(procedure: Procedure) -> list[str]:
    """Return every label of a procedure."""
    return [scan.id for step in procedure.steps.values() for scan in step.scans]
