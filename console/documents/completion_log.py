"""What a report rests on in the log: every event with number and hash, and the log's end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.documents.completion_data import Completion, LogState
from console.documents.model import Block, Fact, Facts, Heading, Paragraph
from console.documents.report_model import Flag, Listing, Mono, ReportCell, ReportColumn
from console.documents.report_runs import run_event_words
from console.documents.report_words import Steps, Told
from console.event_text import event_text
from console.history.events import Event
from console.text import tr
from console.work.reviews.kinds import KINDS, ReviewKind

DIGITS = 16
_REVIEW = KINDS - {ReviewKind.OPENED}
"""What a review says; that a section was looked at stands in the extract."""
_LONGEST = 160


def extract_blocks(report: Completion, told: Told) -> Iterator[Block]:
    """Yield alarms of the equipment, the extract, and how it can be checked."""
    raised = [event for event in report.alarms if event.kind != "alarm.suppressed"]
    if report.alarms:
        yield Heading(tr("Alarms meanwhile"), anchor="alarms")
        yield Listing(
            (
                ReportColumn(tr("Time (UTC)"), 1.0),
                ReportColumn(tr("Place"), 1.2),
                ReportColumn(tr("What"), 5.0),
            ),
            tuple(_alarm(event, told, report.span_us[0]) for event in raised),
            empty=tr("None was raised."),
        )
        yield Paragraph(
            tr(
                "Held back because this work explains them: {count} alarms.",
                count=len(report.alarms) - len(raised),
            ),
            "small",
        )
    yield Heading(tr("Extract of the log"), anchor="log")
    yield from log_facts(report.log)
    steps = {run.id: Steps(run.procedure, told.language) for run in report.runs}
    rows = tuple(_row(event, report, told, steps) for event in report.extract)
    yield Listing(
        (
            ReportColumn(tr("No."), 0.65, "right"),
            ReportColumn(tr("Time (UTC)"), 1.9),
            ReportColumn(tr("By"), 1.0),
            ReportColumn(tr("What"), 5.0),
            ReportColumn(tr("Hash, first {digits} digits", digits=DIGITS), 1.9),
        ),
        rows,
    )


def review_blocks(report: Completion, told: Told) -> Iterator[Block]:
    """Yield what the reviewer asked, found and was answered."""
    events = [e for e in report.extract if e.kind in _REVIEW]
    if not events:
        return
    yield Heading(tr("Review"), anchor="review")
    yield Listing(
        (
            ReportColumn(tr("Time (UTC)"), 1.4),
            ReportColumn(tr("What"), 5.2),
            ReportColumn(tr("By"), 1.4),
        ),
        tuple((told.clock.utc(e.utc_us), _sentence(e), told.printed(e.actor)) for e in events),
    )


def _sentence(event: Event) -> str:
    words = event_text(event)
    return words.kind if words.what == words.kind else f"{words.kind}: {words.what}"


def log_facts(log: LogState) -> Iterator[Block]:
    """Yield the end of the log and whether it is whole."""
    state = {
        None: tr("not recomputed for this report"),
        True: tr("recomputed: every hash, link and signature is as recorded"),
        False: tr("ALTERED: {why}", why=log.fault),
    }[log.is_whole]
    yield Facts(
        (
            Fact(tr("Log"), log.end.device or "---"),
            Fact(tr("Events in the log"), str(log.end.count)),
            Fact(tr("State of the log"), state),
        ),
        columns=3,
    )
    yield Paragraph(tr("Hash of the last event: {hash}", hash=log.end.hash), "small")
    yield Paragraph(
        tr(
            "Each event's hash covers its content and the hash of the event before it. An export of"
            " the log (tankside log export) holds the whole hashes and proves itself."
        ),
        "small",
    )


def _alarm(event: Event, told: Told, since_us: int) -> tuple[ReportCell, ...]:
    words = event_text(event)
    return told.clock.short(event.utc_us, since_us), event.subject, f"{words.kind}: {words.what}"


def _what(event: Event, steps: Mapping[str, Steps]) -> str:
    known = steps.get(str(event.body.get("run") or ""))
    told = run_event_words(event, known) if known else None
    if told is not None:
        return told
    return _sentence(event)


def _row(
    event: Event, report: Completion, told: Told, steps: Mapping[str, Steps]
) -> tuple[ReportCell, ...]:
    what = _what(event, steps)
    if len(what) > _LONGEST:
        what = what[: _LONGEST - 1].rstrip() + "…"
    number: ReportCell = str(event.sequence)
    if event.id in report.altered:
        number = Flag(str(event.sequence))
    return (
        number,
        told.clock.utc(event.utc_us),
        told.printed(event.actor),
        what,
        Mono(event.hash[:DIGITS]),
    )
