"""An order whole, section by section, as rich text: every fact, clock, cost, part and event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from console.event_text import event_text
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats
from console.ui.theme import theme
from console.ui.work import order_words as words
from console.ui.work.order_offers import open_runs
from console.work.orders.clocks import service_clocks
from console.work.orders.model import Order, Provider
from console.work.orders.rules import State
from console.work.reviews.book import Told
from console.work.words import ORIGIN_NAMES, PROVIDER_NAMES, WHY_NAMES, conflict_words
from procedures.engine.state import Run, RunStatus

Pairs = Iterable[tuple[str, str]]
_SHORT = 12
_NAME = 128
_LATEST = 60
RUN_STATES = {
    RunStatus.RUNNING: "running",
    RunStatus.PERFORMED: "every step is done",
    RunStatus.FINISHED: "finished",
    RunStatus.ABORTING: "on the way to safe",
    RunStatus.SAFE: "made safe",
}
"""How far a run has come; a key of the catalogue each."""


def pairs_html(pairs: Pairs) -> str:
    """Return names and values as a table; what has no value is left out."""
    muted, text = theme().muted.name(), theme().text.name()
    named = f"color:{muted}; padding:0 12px 4px 0"
    rows = [
        f'<tr><td width="{_NAME}" style="{named}">{escape(name)}</td>'
        f'<td style="color:{text}; padding-bottom:4px">{escape(value)}</td></tr>'
        for name, value in pairs
        if value
    ]
    return f'<table width="100%">{"".join(rows)}</table>' if rows else ""


def lines_html(lines: Iterable[tuple[str, str]]) -> str:
    """Return lines, each with something greyer before it; empty for none."""
    muted, text = theme().muted.name(), theme().text.name()
    return "".join(
        f'<p style="margin:0 0 6px 0"><span style="color:{muted}">{escape(about)}</span>'
        f'{"<br>" if about else ""}<span style="color:{text}">{escape(what)}</span></p>'
        for about, what in lines
    )


class OrderFacts:
    """Puts one order into words, as the log has it."""

    def __init__(self, session: Session, place: Workplace) -> None:
        self._session = session
        self._place = place
        self._book = place.room.book

    # ---- what it is ----

    def facts(self, order: Order) -> str:
        """Return what the order is, for whom, and what it came from."""
        book, now_us = self._book, self._session.now().utc_us
        due = words.day_clock(order.due_us, now_us) if order.due_us else tr("no date")
        children = ", ".join(
            words.short_number(o.number) for o in book.orders.children(order.number)
        )
        return pairs_html(
            (
                (tr("Part"), words.place_name(self._session, order.about)),
                (tr("Serial number"), order.serial),
                (tr("Procedure"), self._procedure(order)),
                (tr("Assigned"), words.names_of(book, order.assigned)),
                (tr("Due"), due),
                (tr("Second person"), self._second(order)),
                (tr("Done by"), tr(PROVIDER_NAMES[order.provider])),
                (tr("Warranty"), self._warranty(order, now_us)),
                (tr("Came"), self._source(order)),
                (tr("Opened"), self._opened(order, now_us)),
                (tr("Parent order"), words.short_number(order.parent) if order.parent else ""),
                (tr("Follow-up orders"), children),
                (tr("Alarms"), ", ".join(order.alarms)),
            )
        )

    def _procedure(self, order: Order) -> str:
        if order.procedure is None:
            return (
                tr("none: {why}", why=order.no_procedure) if order.no_procedure else tr("none yet")
            )
        title = words.procedure_name(self._place, order.procedure)
        revision = order.procedure.revision[:_SHORT]
        told = tr("{title}, revision {revision}", title=title, revision=revision)
        in_force = self._place.runs.procedures.in_force(order.procedure.id)
        if in_force is None or in_force.digest == order.procedure.revision:
            return told
        return tr("{what} (a newer one is in force)", what=told)

    def _second(self, order: Order) -> str:
        if order.verified:
            return tr("verified by {names}", names=", ".join(s.name for s in order.verified))
        return tr("is to verify") if order.verify else tr("not asked for")

    def _warranty(self, order: Order, now_us: int) -> str:
        asset = self._book.assets.get(order.serial) if order.serial else None
        if asset and asset.warranty_until_us:
            until = words.day_clock(asset.warranty_until_us, now_us).partition(" ")[0]
            return (
                tr("until {day}", day=until)
                if asset.in_warranty(now_us)
                else tr("ended {day}", day=until)
            )
        return tr("yes") if order.warranty else tr("no")

    def _source(self, order: Order) -> str:
        origin = tr(ORIGIN_NAMES[order.source.origin])
        return f"{origin}: {order.source.what}" if order.source.what else origin

    def _opened(self, order: Order, now_us: int) -> str:
        name = words.person_name(self._book, order.opened_by)
        return f"{words.day_clock(order.opened.utc_us, now_us)}, {name}"

    # ---- clocks and work ----

    def clocks(self, order: Order) -> str:
        """Return each service clock with its state, and every wait."""
        now = self._place.room.desk.now()
        told = [
            (tr(clock.name), words.clock_state(clock, self._book))
            for clock in service_clocks(order, self._book.rules, now)
        ]
        waits = [
            (
                words.pause_name(self._book, span.what),
                tr("for {time}", time=words.span_text(span.seconds(now)))
                if span.ended
                else tr("waits for {time} now", time=words.span_text(span.seconds(now))),
            )
            for span in order.pauses
        ]
        return pairs_html([*told, *waits])

    def work(self, order: Order) -> str:
        """Return the runs, who worked how long, and how long the equipment was out of use."""
        now = self._place.room.desk.now()
        runs = {run.id: run for run in self._place.runs.runs()}
        mine = dict.fromkeys((*order.runs, *(run.id for run in open_runs(self._place, order))))
        told = [(name, self._run(runs.get(name), name)) for name in mine]
        for person, seconds in order.labour_s(now).items():
            clock = words.span_text(seconds)
            if person in order.working():
                clock = tr("{time}, running", time=clock)
            told.append((words.person_name(self._book, person), clock))
        down_s = order.downtime_s(now)
        if down_s or order.is_down:
            down = words.span_text(down_s)
            down = tr("{time}, running", time=down) if order.is_down else down
            told.append((tr("Out of use"), down))
        return pairs_html(told)

    def _run(self, run: Run | None, name: str) -> str:
        if run is None:
            why = self._place.runs.unreadable.get(name)
            return tr("its text is not in this log") if why else tr("being recorded")
        state = tr("suspended") if run.suspended_by else tr(RUN_STATES[run.status])
        if run.late:
            state = f"{tr('copied from paper')}{words.DOT}{state}"
        step = step_name(self._place, run)
        return f"{state}{words.DOT}{step}" if step else state

    # ---- things and money ----

    def parts(self, order: Order) -> str:
        """Return what is promised to the order, what was used, and fluid that came and went."""
        stock = self._book.stock
        told = [
            (self._part(part), tr("{count} reserved in {store}", count=count, store=store))
            for part, store, count in stock.reservations(order.number)
        ]
        for move in stock.movements():
            if move.order == order.number and move.change:
                used = tr("{count} used", count=-move.change)
                back = tr("{count} given back", count=move.change)
                serials = ", ".join(move.serials)
                what = used if move.change < 0 else back
                told.append(
                    (self._part(move.part), f"{what}{words.DOT}{serials}" if serials else what)
                )
        for entry in self._book.fluid.of_order(order.number):
            litres = formats.decimal(entry.litres, 1)
            tank = self._session.name_of(entry.tank)
            what = tr("{litres} L {why}", litres=litres, why=tr(WHY_NAMES[entry.why]))
            told.append((tank, f"{what}{words.DOT}{entry.batch}" if entry.batch else what))
        return pairs_html(told)

    def _part(self, part: str) -> str:
        known = self._book.stock.part(part)
        return known.name if known else part

    def costs(self, order: Order) -> str:
        """Return the sum for own, manufacturer and third party, then each amount."""
        sums = order.cost_by_provider()
        told = [
            (tr(PROVIDER_NAMES[who]).capitalize(), words.money(amount, currency))
            for who in Provider
            for (provider, currency), amount in sums.items()
            if provider is who
        ]
        lines = [
            (
                words.money(cost.amount_minor, cost.currency),
                f"{cost.what}{words.DOT}{tr(PROVIDER_NAMES[cost.provider])}",
            )
            for cost in order.costs
        ]
        return pairs_html(told) + pairs_html(lines)

    # ---- what was said and done ----

    def notes(self, order: Order) -> str:
        """Return the notes, the latest first."""
        now_us = self._session.now().utc_us
        return lines_html(
            (f"{words.day_clock(n.utc_us, now_us)} {words.person_name(self._book, n.by)}", n.text)
            for n in reversed(order.notes)
        )

    def questions(self, order: Order) -> str:
        """Return what a reviewer asked and what was answered."""
        return lines_html(
            (
                f"{self._step_of(one)} {words.person_name(self._book, one.by)}".strip(),
                one.text,
            )
            for thread in self._place.room.reviews.book.threads(order.number)
            for one in thread.said
        )

    def _step_of(self, told: Told) -> str:
        """Return the title of the step that something is about."""
        run = next((one for one in self._place.runs.runs() if one.id == told.run), None)
        revision = self._place.runs.procedures.revisions.get(run.revision) if run else None
        spec = revision.procedure.steps.get(told.step) if revision else None
        return f"{words.words_of(spec.title)}{words.DOT}" if spec else ""

    def history(self, order: Order) -> str:
        """Return the events of the order, the latest first."""
        now_us = self._session.now().utc_us
        events = list(self._book.history(order.number))[-_LATEST:]
        return lines_html(
            (
                f"{words.day_clock(e.utc_us, now_us)} {words.person_name(self._book, e.actor)}",
                event_text(e, self._session.name_of, formats.decimal_point()).what,
            )
            for e in reversed(events)
        )

    def conflicts(self, order: Order) -> str:
        """Return what contradicts something else, for a supervisor to settle."""
        found = self._book.conflicts.open(order.number)
        return lines_html(("", conflict_words(one)) for one in found)


def step_name(place: Workplace, run: Run) -> str:
    """Return the title of the step that a run has come to; empty when all is done."""
    revision = place.runs.procedures.revisions.get(run.revision)
    if run.current is None or revision is None:
        return ""
    spec = revision.procedure.steps.get(run.current.step)
    return words.words_of(spec.title) if spec else run.current.step


def next_up(order: Order) -> str:
    """Return what happens next to an order, in a sentence."""
    return tr(_NEXT[order.state])


_NEXT: dict[State, str] = {
    State.REQUEST: "Next: somebody plans it.",
    State.PLANNED: "Next: a supervisor releases it with a signature.",
    State.READY: "Next: who is assigned starts it.",
    State.IN_PROGRESS: "Next: the work is done and given to review.",
    State.REVIEW: "Next: it is reviewed, then closed or returned.",
    State.RETURNED: "Next: who is assigned takes it up again.",
    State.CLOSED: "Closed. Notes and costs can still be added.",
    State.CANCELLED: "Cancelled. Notes and costs can still be added.",
}
SAID: Sequence[str] = tuple(_NEXT.values())
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""
