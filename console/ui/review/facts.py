"""A record in words, part by part, as rich text. No Qt but the colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from console.session.procedure_desk import state_words
from console.session.review_reading import Record, RunRecord
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats
from console.ui.log_actions import proof_text
from console.ui.review.reading import Proven
from console.ui.theme import theme
from console.ui.work import order_words as words
from console.ui.work.order_facts import OrderFacts, lines_html, pairs_html
from console.work.orders.model import Order
from console.work.review import Finding
from console.work.reviews.book import Thread, Told
from console.work.reviews.desk import SECTION_NAMES
from console.work.reviews.findings import counted, order_findings
from console.work.reviews.kinds import DISPOSITIONS, ReviewKind
from console.work.reviews.queue import is_change_open
from console.work.reviews.steps import Signed, StepRecord, Value
from console.work.reviews.words import FindingWords, span_words, words_of
from console.work.step_times import LEAST_RUNS
from console.work.words import conflict_words
from procedures.diff import Change, diff
from procedures.engine.events import KIND_LABELS, WorkKind
from procedures.register_events import Revisions
from procedures.revision import Revision

PROVEN = {
    "pin": "PIN given for this",
    "signed_in": "signed in at the console",
    "nobody": "not proven",
    "paper": "signed on paper",
    "": "proof not recorded",
}
"""How it was proven who signed; a key of the catalogue each."""
TAKEN = {"as_found": "as found", "as_left": "as left", "reading": "read"}
"""When a value was taken; a key of the catalogue each."""
GATE_STATES = {
    "met": "met",
    "unmet": "not met",
    "unknown": "unknown",
    "not_fitted": "not fitted",
}
"""What a gate found; a key of the catalogue each."""
RESULTS = {"done": "done", "skipped": "skipped", "failed": "failed", "aborted": "aborted"}
"""How a step ended; a key of the catalogue each."""
_SHORT = 12


class RecordFacts:
    """Puts one record into words. ``order`` None where there is none."""

    def __init__(
        self, session: Session, place: Workplace, order: Order | None, record: Record | None
    ) -> None:
        self._session = session
        self._place = place
        self.order = order
        self.record = record

    # ---- helpers ----

    def person(self, person: str) -> str:
        """Return somebody's name."""
        return words.person_name(self._place.room.book, person)

    def clock(self, utc_us: int) -> str:
        """Return a moment to the second, with its date where it is not today."""
        return formats.clock(utc_us, self._session.now().utc_us) if utc_us else ""

    def words(self, run: RunRecord | None) -> FindingWords:
        """Return what puts the exceptions of a run into words."""
        procedure = run.revision.procedure if run else None
        return FindingWords(procedure, self.person, formats.decimal_point(), self._session.name_of)

    # ---- exceptions ----

    def findings(self) -> list[tuple[RunRecord | None, Finding]]:
        """Return every exception with its run, the heaviest kinds first, then in order of time."""
        found: list[tuple[RunRecord | None, Finding]] = []
        if self.order is not None:
            found += [(None, one) for one in order_findings(self.order, self._place.room.book)]
        if self.record is not None:
            found += [(None, one) for one in self.record.clocks]
            found += [(run, one) for run in self.record.runs for one in run.findings]
        return found

    @property
    def count(self) -> int:
        """How many exceptions count."""
        return counted(one for _, one in self.findings())

    # ---- a step ----

    def step_exceptions(self, run: RunRecord, step: StepRecord) -> str:
        """Return what of a visit was not as planned."""
        say = self.words(run)
        return lines_html(
            (f"{self.clock(one.utc_us)} {self.person(one.by)}", _both(say, one))
            for one in run.findings
            if (one.step, one.visit or 1) == (step.step, step.visit)
        )

    def step_head(self, run: RunRecord, step: StepRecord) -> str:
        """Return who did a step, when, and how long it took against what is usual."""
        time = step.time
        told: list[tuple[str, str]] = []
        if time is not None:
            result = tr(RESULTS[time.result]) if time.result else tr("open")
            began = self.clock(time.started_us)
            ended = self.clock(time.ended_us)
            span = f"{began} \N{EN DASH} {ended}" if began and ended else began or ended
            told = [
                (tr("Result"), words.DOT.join((result, self.person(time.by)))),
                (tr("Time"), span),
                (tr("Took"), self.took(run, step)),
            ]
            if time.suspended_s >= 1:
                told.append((tr("Lay still"), span_words(time.suspended_s)))
        return pairs_html(told)

    def took(self, run: RunRecord, step: StepRecord) -> str:
        """Return how long a step took, planned and usual beside it."""
        time = step.time
        if time is None or not time.started_us:
            return ""
        told = [span_words(time.worked_s, formats.decimal_point())]
        if time.planned_s is not None:
            told.append(tr("planned {time}", time=span_words(time.planned_s)))
        usual = run.usual.get(step.step)
        if usual is not None:
            said = tr("usual {time} in {n} runs", time=span_words(usual.mean_s), n=usual.runs)
            told.append(said)
            if usual.is_unusual(time):
                told.append(tr("unusual"))
            elif usual.runs < LEAST_RUNS:
                told.append(tr("too few to say what is usual"))
        return words.DOT.join(told)

    def values(self, step: StepRecord) -> str:
        """Return the values of a step against their limits, as found and as left."""
        return _table(
            (tr("Value"), tr("Taken"), tr("Found"), tr("Allowed"), tr("By")),
            [self._value(value) for value in step.values],
        )

    def _value(self, value: Value) -> tuple[str, ...]:
        shown = formats.decimal(value.number, value.decimals)
        unit = formats.unit(value.unit)
        found = f"{shown} {unit}".rstrip()
        if not value.inside:
            found = tr("{found}, outside", found=found)
        live = ", ".join(formats.NOTHING if v is None else f"{v:g}" for _, v in value.live)
        if live:
            found = tr("{found} (equipment says {live})", found=found, live=live)
        by = f"{self.person(value.by)} {self.clock(value.utc_us)}"
        taken = tr(TAKEN[value.taken]) if value.taken in TAKEN else value.taken
        return words_of(value.title), taken, found, _allowed(value, unit), by

    def gates(self, run: RunRecord, step: StepRecord) -> str:
        """Return what the gates of a step looked at."""
        say = self.words(run)
        rows = [
            (
                say.part_of(step.step, gate.id),
                tr(GATE_STATES[gate.state]) if gate.state in GATE_STATES else gate.state,
                "; ".join(map(say.plain, gate.seen)),
            )
            for gate in step.gates
        ]
        return _table((tr("Gate"), tr("State"), tr("Looked at")), rows)

    def signatures(self, step: StepRecord) -> str:
        """Return who signed what a step says, and how that was proven."""
        return _table(
            (tr("Signature"), tr("By"), tr("When"), tr("Proof")),
            [self._signature(one) for one in step.signed],
        )

    def _signature(self, one: Signed) -> tuple[str, ...]:
        label = KIND_LABELS.get(WorkKind(one.kind), one.kind)
        how = tr(PROVEN[one.how]) if one.how in PROVEN else one.how
        return tr(label), self.person(one.by), self.clock(one.utc_us), how

    def said(self, step: StepRecord) -> str:
        """Return labels, answers, ticks, notes and deviations of a step."""
        return lines_html(
            (
                f"{self.clock(line.utc_us)} {self.person(line.by)}",
                " ".join(filter(None, (words_of(line.title) if line.title else "", line.text))),
            )
            for line in (*step.scans, *step.said)
        )

    def evidence(self, step: StepRecord) -> str:
        """Return what of the telemetry is kept as evidence."""
        if not step.points_hash:
            return ""
        told = tr(
            "Telemetry of {n} points, SHA-256 {hash}",
            n=len(step.points),
            hash=step.points_hash[:_SHORT],
        )
        return lines_html([("", told)])

    # ---- the other parts ----

    def parts(self) -> str:
        """Return what was moved, used and filled."""
        if self.order is None:
            return lines_html([("", tr("Without an order nothing was booked."))])
        facts = OrderFacts(self._session, self._place)
        booked = facts.parts(self.order)
        moved = lines_html(self._moves(self.order))
        return (moved + booked) or lines_html([("", tr("Nothing was moved, used or filled."))])

    def _moves(self, order: Order) -> Iterable[tuple[str, str]]:
        from console.event_text import event_text

        book = self._place.room.book
        for event in book.events():
            is_ours = event.kind == "asset.moved" and event.body.get("order") == order.number
            if is_ours or (
                event.kind == "asset.moved" and self._is_meanwhile(event.subject, event)
            ):
                said = event_text(event, self._session.name_of, formats.decimal_point())
                about = f"{self.clock(event.utc_us)} {self.person(event.actor)}"
                yield about, f"{event.subject}: {said.what}"

    def _is_meanwhile(self, serial: str, event: object) -> bool:
        """Whether the order's own thing was moved while its runs lasted."""
        if self.order is None or serial != self.order.serial or not self.order.serial:
            return False
        when = int(getattr(event, "utc_us", 0))
        spans = [run.span_us for run in self.record.runs] if self.record else []
        return any(first <= when <= last for first, last in spans)

    def procedure(self) -> str:
        """Return the difference between the revision that was used and the one in force."""
        revisions = self._place.runs.procedures
        texts = self._texts(revisions)
        if not texts:
            why = self.order.no_procedure if self.order else ""
            none = tr("No procedure was followed.")
            return lines_html([("", tr("{what} {why}", what=none, why=why) if why else none)])
        return "".join(self._compared(one, revisions) for one in texts)

    def _texts(self, revisions: Revisions) -> Sequence[Revision]:
        found = [run.revision for run in self.record.runs] if self.record else []
        ref = self.order.procedure if self.order else None
        if ref is not None and ref.revision in revisions.revisions:
            found.append(revisions.revisions[ref.revision])
        return list({one.digest: one for one in found}.values())

    def _compared(self, used: Revision, revisions: Revisions) -> str:
        register = revisions.registers.get(used.procedure.id)
        now = revisions.in_force(used.procedure.id)
        state = state_words(register.state(used.digest)) if register else ""
        head = pairs_html(
            (
                (tr("Procedure"), words_of(used.procedure.title)),
                (tr("Used"), words.DOT.join(filter(None, (used.digest[:_SHORT], state)))),
                (tr("In force"), now.digest[:_SHORT] if now else tr("none")),
            )
        )
        if now is None or now.digest == used.digest:
            same = tr("What was used is what is in force.") if now else ""
            return head + lines_html([("", same)] if same else [])
        return head + _changes(diff(used.procedure, now.procedure))

    def follow_up(self, key: str) -> str:
        """Return questions and answers, deviations, changes asked for, and orders that follow."""
        reviews = self._place.room.reviews.book
        html = "".join(self.thread(one) for one in reviews.threads(key))
        found = [
            (self._head(one), tr("{what}: {told}", what=_disposition(one), told=one.text))
            for one in reviews.of(key, ReviewKind.DEVIATION)
        ]
        found += [
            (self._head(one), self._change(one)) for one in reviews.of(key, ReviewKind.CHANGE_ASKED)
        ]
        found += list(self._orders())
        return (html + lines_html(found)) or lines_html([("", tr("Nothing is open."))])

    def thread(self, thread: Thread) -> str:
        """Return a question with what was said to it."""
        state = tr("waits for an answer") if thread.is_open else tr("answered")
        step = thread.first.step
        head = words.DOT.join(filter(None, (self._step_name(thread.first.run, step), state)))
        said = [(self._head(one), one.text) for one in thread.said]
        return _heading(head) + lines_html(said)

    def _change(self, one: Told) -> str:
        is_open = is_change_open(self._place.runs.procedures, one.procedure, one.revision)
        state = tr("open") if is_open else tr("another revision is in force")
        told = tr("Change of {procedure} asked for", procedure=one.procedure)
        return f"{told}{words.DOT}{state}: {one.text}"

    def _orders(self) -> Iterable[tuple[str, str]]:
        if self.order is None:
            return
        book = self._place.room.book
        for child in book.orders.children(self.order.number):
            yield words.short_number(child.number), f"{child.title} ({words.state_name(child)})"
        for conflict in book.conflicts.open(self.order.number):
            yield tr("Contradiction"), conflict_words(conflict)

    def _head(self, one: Told) -> str:
        return f"{self.clock(one.utc_us)} {self.person(one.by)}"

    def _step_name(self, run: str, step: str) -> str:
        found = self.record.run(run) if self.record else None
        return self.words(found).step_name(step) if step else tr("The whole record")

    def open_count(self, key: str) -> int:
        """Return how many questions, changes and orders that follow are open."""
        reviews = self._place.room.reviews.book
        changes = (
            one
            for one in reviews.of(key, ReviewKind.CHANGE_ASKED)
            if is_change_open(self._place.runs.procedures, one.procedure, one.revision)
        )
        book, number = self._place.room.book, self.order.number if self.order else ""
        orders = book.orders.children(number) if number else ()
        open_orders = [one for one in orders if not one.state.is_over]
        return len(reviews.open_threads(key)) + len(list(changes)) + len(open_orders)

    def proof_line(self, proven: Proven | None) -> str:
        """Return in a line what verifying the log found, and when."""
        if proven is None:
            return tr("The log is being verified …")
        result = proven.proof.result
        if result is None or result.first_bad is not None:
            return proof_text(proven.proof, proven.utc_us)
        return tr(
            "Log verified at {time}: {count} events, unaltered and complete.",
            time=formats.clock(proven.utc_us, self._session.now().utc_us),
            count=result.events,
        )

    def log(self, key: str, proven: Proven | None) -> str:
        """Return what the log proves, and who looked at what of this record."""
        if proven is None:
            proof = tr("The log is being verified …")
        else:
            proof = proof_text(proven.proof, proven.utc_us)
        looked = [
            (self.clock(one.utc_us), self.person(one.by), self._section(one))
            for one in self._place.room.reviews.book.of(key, ReviewKind.OPENED)
        ]
        table = _table((tr("When"), tr("By"), tr("Looked at in review")), looked)
        return lines_html([("", proof)]) + self._extent() + table

    def _section(self, told: Told) -> str:
        name, _, step = told.section.partition(" ")
        if step:
            return self._step_name(told.run or self._run_of(step), step)
        return tr(SECTION_NAMES[name]) if name in SECTION_NAMES else told.section

    def _run_of(self, step: str) -> str:
        runs = self.record.runs if self.record else ()
        known = (run.run.id for run in runs if step in run.revision.procedure.steps)
        return next(known, "")

    def _extent(self) -> str:
        """Return which events of which log are the record's."""
        rows = []
        for run in self.record.runs if self.record else ():
            numbers = [event.sequence for event in run.events]
            if numbers:
                told = tr(
                    "{count} events, number {first} to {last} of the log",
                    count=len(numbers),
                    first=min(numbers),
                    last=max(numbers),
                )
                rows.append((run.run.id, told))
        return pairs_html(rows)


def _heading(text: str) -> str:
    """Return a line in bold, as rich text."""
    colour = theme().text.name()
    return f'<p style="margin:0 0 4px 0; color:{colour}"><b>{escape(text)}</b></p>'


def _both(say: FindingWords, finding: Finding) -> str:
    return f"{say.title(finding)}: {say.sentence(finding)}"


def _allowed(value: Value, unit: str) -> str:
    low, high = value.low, value.high
    shown = [None if one is None else formats.decimal(one, value.decimals) for one in (low, high)]
    if shown[0] is not None and shown[1] is not None:
        return tr("{low} to {high}", low=shown[0], high=f"{shown[1]} {unit}".rstrip())
    if shown[0] is not None:
        return f"≥ {shown[0]} {unit}".rstrip()
    return f"≤ {shown[1]} {unit}".rstrip() if shown[1] is not None else ""


def _disposition(one: Told) -> str:
    return tr(DISPOSITIONS[one.disposition]) if one.disposition in DISPOSITIONS else ""


def _changes(changes: Sequence[Change]) -> str:
    rows = [(one.where, one.what, one.before, one.after) for one in changes]
    heads = (tr("Where"), tr("What"), tr("Used then"), tr("In force"))
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table with titles; empty without rows. Columns without any text are left out."""
    if not rows:
        return ""
    kept = [n for n in range(len(heads)) if any(row[n] for row in rows)]
    muted, text = theme().muted.name(), theme().text.name()
    padded = "padding:3px 12px 3px 0"
    top = "".join(f'<td style="color:{muted}; {padded}">{escape(heads[n])}</td>' for n in kept)
    body = "".join(
        "<tr>"
        + "".join(f'<td style="color:{text}; {padded}">{escape(row[n])}</td>' for n in kept)
        + "</tr>"
        for row in rows
    )
    return f'<table width="100%" cellspacing="0"><tr>{top}</tr>{body}</table>'
