"""What was done step by step: who, when, how long against the norm, and what was confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from console.documents.completion_data import RunFile
from console.documents.model import Block, Heading, Paragraph
from console.documents.report_model import Flag, Listing, ReportCell, ReportColumn
from console.documents.report_times import spent
from console.documents.report_words import Steps, Told
from console.text import tr
from console.work.step_times import LEAST_RUNS, StepTime
from procedures.engine.events import WorkKind

RESULTS = {
    "done": "done",
    "skipped": "SKIPPED",
    "failed": "FAILED",
    "aborted": "ABORTED",
    "": "NOT ENDED",
}
"""How a visit of a step ended; a key of the catalogue each."""
_LONG = 1.5
"""How many times what was planned a step may take before it is marked."""


def step_blocks(run: RunFile, steps: Steps, told: Told) -> Iterator[Block]:
    """Yield every visit of every step, and what was scanned, confirmed, answered and noted."""
    yield Heading(tr("Steps and their times"), anchor=f"steps-{run.id}", note=run.id)
    rows = tuple(_row(time, run, steps, told) for time in run.times)
    yield Listing(
        (
            ReportColumn(tr("Step"), 3.2),
            ReportColumn(tr("Started (UTC)"), 1.0),
            ReportColumn(tr("Waited"), 1.0, "right"),
            ReportColumn(tr("Took"), 1.3, "right"),
            ReportColumn(tr("Norm"), 1.9),
            ReportColumn(tr("Result"), 1.2),
            ReportColumn(tr("By"), 1.3),
            ReportColumn(tr("Second"), 1.2),
        ),
        rows,
        empty=tr("No step was started."),
    )
    yield Paragraph(_norm_words(run), "small")
    records = tuple(_records(run, steps, told))
    if records:
        yield Listing(
            (
                ReportColumn(tr("Time (UTC)"), 1.0),
                ReportColumn(tr("Step"), 2.3),
                ReportColumn(tr("Scanned, confirmed, answered, noted"), 4.6),
                ReportColumn(tr("By"), 1.2),
            ),
            records,
            tr("What was recorded"),
        )


def _row(time: StepTime, run: RunFile, steps: Steps, told: Told) -> tuple[ReportCell, ...]:
    result = tr(RESULTS.get(time.result, time.result))
    return (
        steps.named(time.step, time.visit),
        told.clock.short(time.started_us, run.began_us) if time.started_us else "---",
        spent(time.waited_s),
        _took(time, run),
        _norm(time, run),
        result if time.result == "done" else Flag(result),
        told.printed(time.by),
        told.printed(_second(run, time)) if _second(run, time) else "---",
    )


def _took(time: StepTime, run: RunFile) -> ReportCell:
    usual = run.usual.get(time.step)
    is_off = usual is not None and usual.is_unusual(time)
    is_long = time.planned_s is not None and time.worked_s > _LONG * time.planned_s
    return Flag(spent(time.worked_s)) if is_off or is_long else spent(time.worked_s)


def _norm(time: StepTime, run: RunFile) -> str:
    """Return what was planned, and what was usual of how many runs."""
    told = []
    if time.planned_s is not None:
        told.append(tr("planned {span}", span=spent(time.planned_s)))
    usual = run.usual.get(time.step)
    if usual is not None:
        told.append(
            tr(
                "{mean} ± {sigma} ({runs})",
                mean=spent(usual.mean_s),
                sigma=spent(usual.sigma_s),
                runs=usual.runs,
            )
        )
    return "\n".join(told) or "---"


def _norm_words(run: RunFile) -> str:
    return tr(
        "Norm: what the procedure plans, and mean ± standard deviation of other finished runs of it"
        " (how many). Marked: more than two standard deviations off where there are at least"
        " {least} runs, or half as long again as planned. Whole run: {span}.",
        least=LEAST_RUNS,
        span=spent((run.ended_us - run.began_us) / 1e6),
    )


def _second(run: RunFile, time: StepTime) -> str:
    """Return who signed a visit as the second person."""
    for event in run.of_kind(WorkKind.STEP_DONE, WorkKind.STEP_SKIPPED):
        if (event.body.get("step"), event.body.get("visit")) == (time.step, time.visit):
            return str(event.body.get("second") or "")
    return ""


_KINDS = (
    WorkKind.LABEL_SCANNED,
    WorkKind.QUESTION_ANSWERED,
    WorkKind.NOTED,
    WorkKind.ITEM_CONFIRMED,
    WorkKind.SUSPENDED,
)


def _records(run: RunFile, steps: Steps, told: Told) -> Iterator[tuple[ReportCell, ...]]:
    items: list[str] = []
    events = run.of_kind(*_KINDS)
    for n, event in enumerate(events):
        step = str(event.body.get("step") or "")
        if event.kind == WorkKind.ITEM_CONFIRMED:
            items.append(steps.item(step, str(event.body.get("item"))))
            following = events[n + 1] if n + 1 < len(events) else None
            if following and following.kind == event.kind and following.body.get("step") == step:
                continue
        words = _words(event.kind, event.body, steps, step, items)
        items = []
        yield (
            told.clock.short(event.utc_us, run.began_us),
            steps.named(step),
            words,
            told.printed(event.actor),
        )


def _words(kind: str, body: Mapping[str, Any], steps: Steps, step: str, items: list[str]) -> str:
    get = body.get
    match kind:
        case WorkKind.LABEL_SCANNED:
            name = steps.value(step, str(get("scan")))
            return tr("{name}: {label}", name=name, label=str(get("label")))
        case WorkKind.QUESTION_ANSWERED:
            return tr("answered: {answer}", answer=steps.answer(step, str(get("answer"))))
        case WorkKind.ITEM_CONFIRMED:
            return tr("confirmed: {items}", items="; ".join(items))
        case WorkKind.SUSPENDED:
            return tr("work suspended: {state}", state=str(get("state") or "---"))
        case _:
            return tr("note: {text}", text=str(get("text")))
