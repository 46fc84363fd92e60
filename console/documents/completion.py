"""The completion report of an order: exceptions first, then everything that was done and measured.

What the folder does not hold (a photo, a stretch of telemetry, the text of a procedure) is told
where it is missing; nothing of it ends the report.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from console.documents import words as w
from console.documents.completion_charts import SiteLimits, strips_of
from console.documents.completion_data import Completion, RunFile
from console.documents.completion_log import extract_blocks, review_blocks
from console.documents.completion_measured import (
    gate_blocks,
    heat_blocks,
    level_blocks,
    value_blocks,
)
from console.documents.completion_parts import part_blocks, photo_blocks
from console.documents.completion_signed import signature_blocks
from console.documents.completion_steps import step_blocks
from console.documents.model import Block, Document, Fact, Facts, Header, Heading, Paragraph
from console.documents.report_model import Flag, Listing, ReportCell, ReportColumn
from console.documents.report_times import spent
from console.documents.report_words import (
    Steps,
    Told,
    finding_name,
    finding_words,
    is_urgent,
    weight_of,
)
from console.documents.sheet import Printing
from console.text import LANGUAGES, speaking, tr
from console.work.events import Moment
from console.work.review import FINDING_NAMES, Finding, counts
from console.work.words import ORIGIN_NAMES, PROVIDER_NAMES, state_words
from procedures.engine.state import RunStatus


@dataclass(frozen=True)
class CompletionSheet:
    """What a completion report is drawn from: the printing, the records, limits of the site."""

    printing: Printing
    report: Completion
    told: Told
    limits: SiteLimits = field(default_factory=dict)
    mark: str = ""

    @property
    def language(self) -> str:
        """The language of the texts."""
        return self.printing.language


def completion_document(sheet: CompletionSheet) -> Document:
    """Return the report as a document."""
    with speaking(sheet.language):
        return Document(
            language=sheet.language,
            header=_header(sheet),
            blocks=tuple(_blocks(sheet)),
            footer=footer_of(sheet.printing),
            page=tr("Page {page} of {pages}", page="{page}", pages="{pages}"),
            on_page=tr("page {page}", page="{page}"),
            author=sheet.printing.by,
        )


def footer_of(printing: Printing) -> tuple[str, str]:
    """Return the two ends of the bottom line of a report."""
    log = tr("log: {count} events, {hash}", count=printing.log.count, hash=printing.log.hash[:16])
    left = tr(
        "Printed {when} by {who}; {log}",
        when=w.moment(printing.utc_us),
        who=printing.by,
        log=log,
    )
    return left, printing.site_name


def _blocks(sheet: CompletionSheet) -> Iterator[Block]:
    report, told = sheet.report, sheet.told
    yield from _exceptions(sheet)
    yield from _result(sheet)
    for run in report.runs:
        steps = Steps(run.procedure, sheet.language)
        yield from value_blocks(run, steps, told)
        yield from level_blocks(run, steps)
        yield from heat_blocks(run, steps)
        yield from _charts(sheet, run)
        yield from step_blocks(run, steps, told)
        yield from gate_blocks(run, steps, told)
    yield from part_blocks(report, told)
    yield from photo_blocks(report, told)
    yield from review_blocks(report, told)
    yield from signature_blocks(report, told)
    yield from extract_blocks(report, told)


def _header(sheet: CompletionSheet) -> Header:
    order, runs = sheet.report.order, sheet.report.runs
    revision = next((run.revision for run in runs if run.revision), None)
    name = order.procedure.id if order.procedure else "---"
    digest = order.procedure.revision[:8] if order.procedure else "---"
    if revision is not None:
        name, digest = revision.procedure.id, revision.digest[:8]
    facts = (
        Fact(tr("Equipment"), ", ".join(filter(None, (order.about, order.serial)))),
        Fact(tr("Procedure"), name),
        Fact(tr("State"), state_words(order.state)),
        Fact(tr("Site"), sheet.printing.site_name),
        Fact(tr("Revision"), digest),
        Fact(tr("Language"), LANGUAGES.get(sheet.language, sheet.language)),
    )
    mark = sheet.mark
    if not order.state.is_over:
        mark = tr("INTERIM - THE ORDER IS NOT CLOSED")
    if any(run.run is not None and run.run.training for run in runs):
        mark = tr("TRAINING - NOT FOR REAL WORK")
    return Header(tr("Completion report"), order.number, order.title, facts, mark)


# ---- exceptions ----


def _exceptions(sheet: CompletionSheet) -> Iterator[Block]:
    rows = [*_record_faults(sheet), *_photo_faults(sheet), *_finding_rows(sheet)]
    yield Heading(tr("Exceptions"), anchor="exceptions", note=tr("what was not as planned"))
    if not sheet.report.runs:
        yield Paragraph(tr("No run of a procedure belongs to this order: nothing was compared."))
    summary = _counted(sheet)
    if summary:
        yield Paragraph(summary, leads=True)
    columns = (
        ReportColumn(tr("Time (UTC)"), 1.15),
        ReportColumn(tr("Step"), 1.7),
        ReportColumn(tr("What"), 1.5),
        ReportColumn(tr("What was found"), 3.6),
        ReportColumn(tr("By"), 1.3),
    )
    yield Listing(columns, tuple(rows), empty=tr("None: everything was as planned."))
    for run in sheet.report.runs:
        if run.revision is None:
            yield Paragraph(
                tr(
                    "The text of the procedure is not in this log: steps are named by their ids,"
                    " and values could not be compared with limits that only the text holds."
                )
            )


def _counted(sheet: CompletionSheet) -> str:
    """Return how many findings there are of each kind, the heaviest first."""
    found = counts([finding for _, finding in _found(sheet)])
    heaviest = sorted(found.items(), key=lambda pair: -weight_of(pair[0]))
    return "; ".join(f"{tr(FINDING_NAMES[kind])}: {n}" for kind, n in heaviest)


def _found(sheet: CompletionSheet) -> list[tuple[RunFile | None, Finding]]:
    """Return every finding with its run: the marked ones first, then in order of time."""
    report = sheet.report
    found: list[tuple[RunFile | None, Finding]] = [(None, one) for one in report.own]
    found += [(run, one) for run in report.runs for one in run.findings]
    return sorted(found, key=lambda pair: (not is_urgent(pair[1].kind), pair[1].utc_us))


def _finding_rows(sheet: CompletionSheet) -> Iterator[tuple[ReportCell, ...]]:
    for run, finding in _found(sheet):
        steps = Steps(run.procedure if run else None, sheet.language)
        name: ReportCell = finding_name(finding)
        if is_urgent(finding.kind):
            name = Flag(finding_name(finding))
        yield (
            sheet.told.clock.short(finding.utc_us, sheet.report.span_us[0]),
            steps.named(finding.step, finding.visit),
            name,
            finding_words(finding, steps, sheet.told) or "---",
            sheet.told.printed(finding.by) if finding.by else "---",
        )


def _record_faults(sheet: CompletionSheet) -> Iterator[tuple[ReportCell, ...]]:
    """Yield what is wrong with the record itself: nothing else can be trusted before it."""
    report = sheet.report
    if report.log.is_whole is False:
        yield "---", "---", Flag(tr("Log altered")), report.log.fault, "---"
    for event in report.extract:
        if event.id in report.altered:
            yield (
                sheet.told.clock.short(event.utc_us, report.span_us[0]),
                str(event.body.get("step") or "---"),
                Flag(tr("Entry altered")),
                tr("The hash of event {number} is not that of its content.", number=event.sequence),
                event.actor,
            )
    for run in report.runs:
        steps = Steps(run.procedure, sheet.language)
        for step in run.unproven:
            what = tr("The telemetry of this step is not what was hashed when it ended.")
            yield "---", steps.named(step), Flag(tr("Telemetry altered")), what, "---"


# ---- what came of it ----


def _photo_faults(sheet: CompletionSheet) -> Iterator[tuple[ReportCell, ...]]:
    """Yield the photos that cannot be shown as they were taken."""
    for event, why in sheet.report.lost:
        run = next((r for r in sheet.report.runs if r.id == event.body.get("run")), None)
        steps = Steps(run.procedure if run else None, sheet.language)
        yield (
            sheet.told.clock.short(event.utc_us, sheet.report.span_us[0]),
            steps.named(str(event.body.get("step") or "")),
            Flag(tr("Photo missing or damaged")),
            why,
            sheet.told.printed(event.actor),
        )


def _result(sheet: CompletionSheet) -> Iterator[Block]:
    report, told = sheet.report, sheet.told
    order = report.order
    yield Heading(tr("Result"), anchor="result")
    since_us, until_us = report.span_us
    facts = [
        Fact(tr("Came from"), _origin(sheet)),
        Fact(tr("Opened"), _by(told.clock.utc(order.opened.utc_us), told.person(order.opened_by))),
        Fact(tr("Work began"), told.clock.both(since_us)),
        Fact(tr("Work ended"), told.clock.both(until_us)),
        Fact(tr("Took"), spent((until_us - since_us) / 1e6)),
        Fact(tr("Assigned"), ", ".join(told.person(one) for one in order.assigned)),
        Fact(tr("Labour"), _labour(sheet)),
        Fact(tr("Out of use"), _downtime(sheet)),
    ]
    if order.no_procedure:
        facts.append(Fact(tr("Without a procedure because"), order.no_procedure))
    facts += [_run_fact(run, sheet) for run in report.runs]
    yield Facts(tuple(facts), columns=2)
    yield from _moves(sheet)
    yield from _money(sheet)
    if order.notes:
        yield Listing(
            (
                ReportColumn(tr("Time (UTC)"), 1.5),
                ReportColumn(tr("Note"), 5.0),
                ReportColumn(tr("By"), 1.5),
            ),
            tuple((told.clock.utc(n.utc_us), n.text, told.printed(n.by)) for n in order.notes),
            tr("Notes"),
        )


def _by(when: str, who: str) -> str:
    return tr("{when} UTC by {who}", when=when, who=who)


def _origin(sheet: CompletionSheet) -> str:
    source = sheet.report.order.source
    name = tr(ORIGIN_NAMES.get(source.origin, str(source.origin)))
    return " ".join(filter(None, (name, source.what, source.subject)))


def _now(sheet: CompletionSheet) -> Moment:
    """The end of what is recorded: a clock that still runs is counted up to there."""
    return Moment(max(sheet.printing.utc_us, sheet.report.span_us[1]), 0, "")


def _labour(sheet: CompletionSheet) -> str:
    found = sheet.report.order.labour_s(_now(sheet))
    return "\n".join(f"{sheet.told.person(who)}: {spent(s)}" for who, s in found.items()) or "---"


def _downtime(sheet: CompletionSheet) -> str:
    order = sheet.report.order
    return spent(order.downtime_s(_now(sheet))) if order.downtime else "---"


RUN_NAMES = {
    RunStatus.RUNNING: "still running",
    RunStatus.PERFORMED: "performed, not closed",
    RunStatus.FINISHED: "finished",
    RunStatus.ABORTING: "being made safe",
    RunStatus.SAFE: "aborted and made safe",
}
"""How far a run has come; a key of the catalogue each."""


def _run_fact(run: RunFile, sheet: CompletionSheet) -> Fact:
    if run.run is None:
        return Fact(tr("Run {id}", id=run.id), tr("its events cannot be read as one run"))
    names = ", ".join(sheet.told.printed(one) for one in run.run.crew)
    words = tr("{state}; crew: {names}", state=tr(RUN_NAMES[run.run.status]), names=names)
    return Fact(tr("Run {id}", id=run.id), words)


def _moves(sheet: CompletionSheet) -> Iterator[Block]:
    order, told = sheet.report.order, sheet.told
    rows = tuple(
        (
            told.clock.utc(move.at.utc_us),
            f"{state_words(move.from_)} → {state_words(move.to)}",
            told.person(move.by),
            move.reason,
            tr("signed") if move.signature else "---",
        )
        for move in order.moves
    )
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.3),
            ReportColumn(tr("Order moved"), 1.8),
            ReportColumn(tr("By"), 1.6),
            ReportColumn(tr("Reason"), 2.2),
            ReportColumn(tr("Signature"), 0.8),
        ),
        rows,
        tr("The way of the order"),
        empty=tr("It was never moved on."),
    )


def _money(sheet: CompletionSheet) -> Iterator[Block]:
    order = sheet.report.order
    if not order.costs:
        return
    rows = tuple(
        (
            tr(PROVIDER_NAMES.get(cost.provider, str(cost.provider))),
            cost.what,
            f"{cost.amount_minor / 100:.2f} {cost.currency}",
            sheet.told.printed(cost.by),
        )
        for cost in order.costs
    )
    yield Listing(
        (
            ReportColumn(tr("Paid to"), 1.2),
            ReportColumn(tr("For"), 3.5),
            ReportColumn(tr("Amount"), 1.2, "right"),
            ReportColumn(tr("By"), 1.5),
        ),
        rows,
        tr("Costs"),
    )


def _charts(sheet: CompletionSheet, run: RunFile) -> Iterator[Block]:
    strips = strips_of(sheet.report, run, sheet.told, sheet.limits)
    if not strips:
        return
    yield Heading(
        tr("Telemetry"), anchor=f"telemetry-{run.id}", note=tr("with what was before and after")
    )
    yield from strips
