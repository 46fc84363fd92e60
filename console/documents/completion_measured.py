"""Values against their limits, conditions met, the level's drop, thermal resistance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.documents import words as w
from console.documents.completion_data import RunFile
from console.documents.model import Block, Heading, Paragraph
from console.documents.report_model import Flag, Listing, ReportCell, ReportColumn
from console.documents.report_words import (
    Steps,
    Told,
    check_text,
    limits_text,
    verdict,
    with_unit,
)
from console.history.events import Event
from console.session.running.record import RecordKind
from console.session.running.sensing import DROP, DROP_DEVIATION, DROP_PREDICTED, HEAT_CHANGE
from console.text import tr
from console.vocabulary import reason_text, translated_name
from drivers.points import Reason
from procedures.engine.events import WorkKind
from procedures.spec import Procedure

TAKEN = {
    "as_found": "as found",
    "as_left": "as left",
    "reading": "reading",
}
"""When a value was taken; a key of the catalogue each."""
GATE_STATES = {
    "met": "met",
    "unmet": "NOT MET",
    "unknown": "UNKNOWN",
    "not_fitted": "not fitted",
    "overridden": "OVERRIDDEN",
}
"""How a condition stood; a key of the catalogue each."""
_QUIET = frozenset({"met", "not_fitted"})
_BROKEN = (KeyError, TypeError, ValueError, AttributeError)
_MOST_SEEN = 3


def value_blocks(run: RunFile, steps: Steps, told: Told) -> Iterator[Block]:
    """Yield every value that a person recorded, beside its limits."""
    yield Heading(tr("Values against limits"), anchor=f"values-{run.id}", note=run.id)
    rows = [
        row
        for event in run.of_kind(WorkKind.VALUE_RECORDED)
        if (row := _value_row(event, run, steps, told))
    ]
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.0),
            ReportColumn(tr("Step"), 2.1),
            ReportColumn(tr("Measured"), 2.1),
            ReportColumn(tr("Taken"), 0.9),
            ReportColumn(tr("Limits"), 1.3),
            ReportColumn(tr("Value"), 1.5),
            ReportColumn(tr("Instrument"), 1.4),
            ReportColumn(tr("By"), 1.2),
        ),
        tuple(rows),
        empty=tr("No value was recorded."),
    )


def _value_row(
    event: Event, run: RunFile, steps: Steps, told: Told
) -> tuple[ReportCell, ...] | None:
    body = event.body
    try:
        step, name, number = str(body["step"]), str(body["value"]), _number(body["number"])
        code, is_inside = str(body.get("unit") or ""), bool(body.get("inside", True))
    except _BROKEN:
        return None
    spec = steps.spec(step)
    measured = next((one for one in spec.values if one.id == name), None) if spec else None
    low, high = (measured.low, measured.high) if measured else (None, None)
    shown: ReportCell = with_unit(number, code)
    if not is_inside:
        side = verdict(number, low, high) or tr("OUTSIDE")
        shown = Flag(f"{with_unit(number, code)} {side}")
    taken = str(body.get("taken") or "")
    return (
        told.clock.short(event.utc_us, run.began_us),
        steps.named(step, int(_number(body.get("visit", 1)))),
        steps.value(step, name),
        tr(TAKEN[taken]) if taken in TAKEN else taken or "---",
        limits_text(low, high, code) or "---",
        shown,
        _tool(run.procedure, str(body.get("instrument") or ""), steps),
        told.printed(event.actor),
    )


def _number(found: Any) -> float:
    return float(found)


def _tool(procedure: Procedure | None, name: str, steps: Steps) -> str:
    tools = procedure.requires.tools if procedure else ()
    found = next((tool for tool in tools if tool.id == name), None)
    return w.said(found.title, steps.language) if found else name or "---"


# ---- conditions ----


def gate_blocks(run: RunFile, steps: Steps, told: Told) -> Iterator[Block]:
    """Yield the conditions of every step with what was seen when it was signed."""
    rows: list[tuple[ReportCell, ...]] = []
    for event in run.of_kind(WorkKind.STEP_STARTED, WorkKind.STEP_DONE):
        gates = event.body.get("gates")
        for gate in gates if isinstance(gates, list | tuple) else ():
            row = _gate_row(event, gate, run, steps, told)
            if row is not None:
                rows.append(row)
    yield Heading(
        tr("Conditions"),
        anchor=f"conditions-{run.id}",
        note=tr("live values that steps waited for"),
    )
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.0),
            ReportColumn(tr("Step"), 2.2),
            ReportColumn(tr("Must be"), 2.8),
            ReportColumn(tr("Seen"), 2.4),
            ReportColumn(tr("State"), 1.4),
        ),
        tuple(rows),
        empty=tr("No step had a condition."),
    )


def _gate_row(
    event: Event, gate: Any, run: RunFile, steps: Steps, told: Told
) -> tuple[ReportCell, ...] | None:
    try:
        step, state = str(event.body["step"]), str(gate["state"])
        name, seen = str(gate["gate"]), [_seen(one) for one in gate["seen"]]
    except _BROKEN:
        return None
    if _is_overridden(run, step, event.body.get("visit"), name) and state not in _QUIET:
        state = "overridden"
    words = tr(GATE_STATES[state]) if state in GATE_STATES else state
    return (
        told.clock.short(event.utc_us, run.began_us),
        steps.named(step, int(_number(event.body.get("visit", 1)))),
        check_text(str(gate["check"])),
        _gathered(seen),
        words if state in _QUIET else Flag(words),
    )


def _is_overridden(run: RunFile, step: str, visit: object, gate: str) -> bool:
    return any(
        (one.body.get("step"), one.body.get("visit"), one.body.get("gate")) == (step, visit, gate)
        for one in run.of_kind(WorkKind.GATE_OVERRIDDEN)
    )


def _seen(seen: Mapping[str, Any]) -> tuple[str, str]:
    part, value, word = str(seen["part"]), seen.get("value"), seen.get("word")
    if word:
        return part, translated_name(str(word))
    if not isinstance(value, int | float):
        return part, _why(str(seen.get("reason") or ""))
    return part, with_unit(round(float(value), 2), str(seen.get("unit") or ""))


def _why(reason: str) -> str:
    try:
        return reason_text(Reason[reason.upper()])
    except KeyError:
        return reason or "---"


def _gathered(seen: list[tuple[str, str]]) -> str:
    """Return what was seen: few values each, of many the span that they lie in."""
    if len(seen) <= _MOST_SEEN:
        return "; ".join(value for _, value in seen) or "---"
    values = sorted({value for _, value in seen}, key=_order)
    if len(values) == 1:
        return tr("{value}, all {count}", value=values[0], count=len(seen))
    return tr("{low} to {high}, {count} of them", low=values[0], high=values[-1], count=len(seen))


def _order(value: str) -> tuple[float, str]:
    head = value.replace("−", "-").split("\N{NO-BREAK SPACE}")[0]
    try:
        return float(head), value
    except ValueError:
        return float("inf"), value


# ---- level ----


def level_blocks(run: RunFile, steps: Steps) -> Iterator[Block]:
    """Yield by how much the level fell, beside what the displaced volume predicted."""
    rows: list[tuple[ReportCell, ...]] = []
    looked = _steps_that_look(run.procedure, DROP)
    for event in run.of_kind(RecordKind.EVIDENCE):
        derived, step = event.body.get("derived"), str(event.body.get("step"))
        if isinstance(derived, Mapping) and (step in looked or _is_drain(step, run)):
            row = _level_row(derived, steps.named(step))
            if row is not None:
                rows.append(row)
    before = run.of_kind(RecordKind.LEVEL_BEFORE)
    if not rows and not before:
        return
    yield Heading(
        tr("Level drop"), anchor=f"level-{run.id}", note=tr("predicted from the volume lifted out")
    )
    for event in before:
        yield Paragraph(_before(event), "small")
    yield Listing(
        (
            ReportColumn(tr("At the end of step"), 3.0),
            ReportColumn(tr("Predicted (mm)"), 1.2, "right"),
            ReportColumn(tr("Measured (mm)"), 1.2, "right"),
            ReportColumn(tr("Difference (mm)"), 1.2, "right"),
            ReportColumn(tr("Difference (%)"), 1.2, "right"),
        ),
        tuple(rows),
        empty=tr("No step of a lift was recorded."),
    )


def _steps_that_look(procedure: Procedure | None, point: str) -> frozenset[str]:
    if procedure is None:
        return frozenset()
    return frozenset(
        name
        for name, step in procedure.steps.items()
        for gate in step.gates
        for one in gate.parsed.either
        if one.point.startswith(point)
    )


def _is_drain(step: str, run: RunFile) -> bool:
    """Whether a step comes in the phase after a lift, while the server drips."""
    procedure = run.procedure
    if procedure is None:
        return True
    lifts = _steps_that_look(procedure, DROP)
    order = list(procedure.order)
    last = max((order.index(name) for name in lifts if name in order), default=-1)
    if last < 0 or step not in order:
        return False
    return last < order.index(step) <= last + 2


def _level_row(derived: Mapping[str, Any], step: str) -> tuple[ReportCell, ...] | None:
    predicted, found = derived.get(DROP_PREDICTED), derived.get(DROP)
    if not isinstance(predicted, int | float) or not isinstance(found, int | float):
        return None
    off = derived.get(DROP_DEVIATION)
    percent = f"{off:.1f}" if isinstance(off, int | float) else "---"
    return step, f"{predicted:.1f}", f"{found:.1f}", _signed(found - predicted), percent


def _signed(number: float) -> str:
    return f"{number:+.1f}".replace("-", "−")


def _before(event: Event) -> str:
    body = event.body
    expected = body.get("expected_mm")
    shown = f"{_number(expected):.1f} mm" if expected is not None else "---"
    return tr(
        "Before the lift: {level} mm in {tank}, median of {count} samples; expected at that"
        " temperature: {expected}.",
        level=f"{_number(body.get('level_mm')):.1f}",
        tank=body.get("part", ""),
        count=body.get("samples", ""),
        expected=shown,
    )


# ---- thermal resistance ----


def heat_blocks(run: RunFile, steps: Steps) -> Iterator[Block]:
    """Yield thermal resistance before and after, GPU by GPU, with what was accepted."""
    before = run.of_kind(RecordKind.HEAT_BEFORE)
    after = run.of_kind(RecordKind.ACCEPTED_HEAT)
    if not before and not after:
        return
    yield Heading(
        tr("Thermal resistance"), anchor=f"heat-{run.id}", note=tr("die to fluid, before and after")
    )
    limit = _heat_limit(run.procedure)
    rows = _heat_rows(before, after, limit)
    yield Listing(
        (
            ReportColumn(tr("GPU"), 2.0),
            ReportColumn(tr("Before (K/kW)"), 1.2, "right"),
            ReportColumn(tr("After (K/kW)"), 1.2, "right"),
            ReportColumn(tr("Change (%)"), 1.2, "right"),
            ReportColumn(tr("Power before (W)"), 1.2, "right"),
            ReportColumn(tr("Fluid before (°C)"), 1.2, "right"),
            ReportColumn(tr("Acceptance"), 1.6),
        ),
        tuple(rows),
        empty=tr(
            "No GPU was under steady load before the work, so there is nothing to compare with."
        ),
    )
    yield Paragraph(_accepted(run, steps, limit, is_there=bool(after)), "small")


def _heat_limit(procedure: Procedure | None) -> float | None:
    """Return by how many percent a resistance may rise, where the procedure says."""
    if procedure is None:
        return None
    found = [
        one.high
        for step in procedure.steps.values()
        for gate in step.gates
        for one in gate.parsed.either
        if one.point == HEAT_CHANGE and one.high is not None
    ]
    return min(found) if found else None


def _heat_rows(
    before: list[Event], after: list[Event], limit: float | None
) -> Iterator[tuple[ReportCell, ...]]:
    first = _map(before, "part_k_w")
    watts, fluid = _map(before, "watts"), _map(before, "fluid_c")
    then = _map(after, "before_k_w") or first
    last, change = _map(after, "after_k_w"), _map(after, "change_percent")
    for gpu in sorted({*first, *last}):
        percent = change.get(gpu)
        yield (
            gpu,
            _milli(then.get(gpu, first.get(gpu))),
            _milli(last.get(gpu)),
            _signed(percent) if percent is not None else "---",
            f"{watts[gpu]:.0f}" if gpu in watts else "---",
            f"{fluid[gpu]:.1f}" if gpu in fluid else "---",
            _acceptance(percent, limit),
        )


def _map(events: list[Event], name: str) -> dict[str, float]:
    """Return the numbers by GPU of the last event that has them."""
    for event in reversed(events):
        found = event.body.get(name)
        if isinstance(found, Mapping):
            return {str(k): float(v) for k, v in found.items() if isinstance(v, int | float)}
    return {}


def _milli(k_w: float | None) -> str:
    return f"{k_w * 1000:.1f}" if k_w is not None else "---"


def _acceptance(percent: float | None, limit: float | None) -> ReportCell:
    if percent is None:
        return Flag(tr("not measured"))
    if limit is None:
        return tr("no limit set")
    shown = tr("≤ {limit} %", limit=f"{limit:g}")
    if percent > limit:
        return Flag(tr("TOO HIGH, {limit}", limit=shown))
    return tr("accepted, {limit}", limit=shown)


def _accepted(run: RunFile, steps: Steps, limit: float | None, *, is_there: bool) -> str:
    if not is_there:
        return tr("After the work no resistance was accepted: the comparison was never signed.")
    event = run.of_kind(RecordKind.ACCEPTED_HEAT)[-1]
    return tr(
        "Accepted in step {step}. The power is the whole board's, so each figure is compared with"
        " the same GPU's own, never with another's.",
        step=steps.named(str(event.body.get("step", ""))),
    )
