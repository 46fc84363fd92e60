"""The end of the work: how it ended, what was not as planned, what proves it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.guided.past import Past
from console.ui.guided.situation import Situation
from console.ui.guided.words import amount, span
from console.ui.setup_parts import FactList, Panel, Words, scrolling
from procedures.engine.events import KIND_LABELS, WorkKind
from procedures.engine.state import TIMER, Irregularity, RunStatus

Fact = tuple[str, str]


class Finish(QWidget):
    """The summary of a run that is over."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Summary of the work"))
        self._shown: object = None
        self.heading = Words("", 32)
        self.text = Words("", 16)
        self.order = Words("", 16)
        self.facts = FactList(tr("The work"))
        self.proof = FactList(tr("What proves it"))
        self.heat = FactList(tr("Heat resistance of each GPU: before, after, change"))
        self.exceptions = Exceptions()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        for part in (self.heading, self.text, self.order):
            column.addWidget(part)
        lists = QHBoxLayout()
        lists.setSpacing(32)
        for facts in (self.facts, self.proof):
            side = QVBoxLayout()
            side.addWidget(facts)
            side.addStretch(1)
            lists.addLayout(side, 1)
        column.addLayout(lists)
        column.addWidget(self.heat)
        column.addWidget(self.exceptions)
        column.addStretch(1)
        panel = Panel(tr("Summary of the work"))
        framed = QVBoxLayout(panel)
        framed.setContentsMargins(1, 1, 1, 1)
        framed.addWidget(scrolling(inside, tr("Summary of the work")))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 8, 8)
        whole.addWidget(panel)

    def show_end(self, now: Situation, past: Past, gathering: int, order: str) -> None:
        """Show how it ended; the same end costs nothing."""
        shown = (now.view.run, past, gathering, order, now.names.language)
        if shown == self._shown:
            return
        self._shown = shown
        self.heading.say(heading(now))
        self.text.say(ending(now))
        self.order.say(order)
        self.order.setVisible(bool(order))
        self.facts.show_facts(tuple(work_facts(now)))
        self.proof.show_facts(tuple(proof_facts(now, past, gathering)))
        self.heat.show_facts(tuple(heat_facts(now, past)))
        self.heat.setVisible(bool(past.heat))
        self.exceptions.show_exceptions(tuple(exceptions(now)))


class Exceptions(QWidget):
    """Everything that a reviewer must see, one line each."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Not as planned"))
        self.lines: tuple[str, ...] = ()
        self._words: list[Words] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.heading = Words("", 16)
        self._column.addWidget(self.heading)

    def show_exceptions(self, lines: tuple[str, ...]) -> None:
        """Show them; none is said to be none."""
        self.lines = lines
        said = (
            tr("Not as planned: {n}", n=len(lines)) if lines else tr("Everything went as planned.")
        )
        self.heading.say(said)
        for old in self._words:
            old.hide()
            old.deleteLater()
        self._words = [Words(line, 13) for line in lines]
        for words in self._words:
            self._column.addWidget(words)


def heading(now: Situation) -> str:
    """Return how it ended in two words."""
    finished = now.view.run.status is RunStatus.FINISHED
    return tr("Work finished") if finished else tr("Made safe")


def ending(now: Situation) -> str:
    """Return the state in which everything was left."""
    procedure, run = now.view.revision.procedure, now.view.run
    where = now.names.part(run.subject)
    title = now.names.of(procedure.title)
    if run.status is RunStatus.FINISHED:
        return f"{title}, {where}"
    path = procedure.paths.get(run.path)
    state = next((s for s in procedure.safe_states if path and s.id == path.ends_in), None)
    return now.names.of(state.text) if state else f"{title}, {where}"


def work_facts(now: Situation) -> Iterator[Fact]:
    """Yield how long it took and what was done."""
    run, names = now.view.run, now.names
    yield tr("Took"), span(run.clock_us / 1e6)
    results = [outcome.result for outcome in run.done.values()]
    yield tr("Steps done"), str(results.count("done"))
    for result, word in (("skipped", tr("Steps left out")), ("failed", tr("Steps failed"))):
        if result in results:
            yield word, str(results.count(result))
    if run.status is not RunStatus.FINISHED and run.left_at:
        yield tr("Stopped at"), names.step(run.left_at)
    yield tr("Led by"), names.person(run.lead)
    for clock, us in run.clocks_ended.items():
        yield names.title(clock, None), span(us / 1e6)
    for lock, who in run.locks.items():
        yield tr("Lock still hangs: {lock}", lock=names.title(lock, None)), names.person(who)
    yield tr("Revision"), now.view.revision.short


def proof_facts(now: Situation, past: Past, gathering: int) -> Iterator[Fact]:
    """Yield the evidence, the level predicted and measured, the resistances before and after."""
    kept = len(now.view.record.evidence)
    said = tr("{n} steps", n=kept)
    if gathering:
        said = tr("{n} steps, {more} still being gathered", n=kept, more=gathering)
    yield tr("Telemetry kept"), said
    if past.drop_mm is not None:
        measured, predicted = past.drop_mm
        yield tr("Level drop predicted"), amount(predicted, "mm", 1)
        yield tr("Level drop measured"), amount(measured, "mm", 1)
        if predicted:
            share = (measured - predicted) / predicted * 100
            yield tr("Off its prediction"), amount(share, "%", 0)
    if past.photos:
        yield tr("Pictures kept"), str(len(past.photos))


def heat_facts(now: Situation, past: Past) -> Iterator[Fact]:
    """Yield the resistance of each GPU before and after, and how it changed."""
    for gpu, (before, after, change) in past.heat.items():
        pair = f"{formats.decimal(before, 4)}   {formats.decimal(after, 4)} K/W"
        yield now.names.part(gpu), f"{pair}   {formats.decimal(change, 1)} %"


def exceptions(now: Situation) -> Iterator[str]:
    """Yield everything that was not as planned, in words."""
    for one in now.view.run.irregularities:
        yield exception_text(now, one)


def exception_text(now: Situation, one: Irregularity) -> str:
    """Return one of them: what kind, at which step, about what, why, by whom."""
    names = now.names
    kind = tr(KIND_LABELS[WorkKind(one.kind)]) if one.kind in set(WorkKind) else one.kind
    spec = now.view.revision.procedure.steps.get(one.step)
    about = names.title(one.about, spec) if one.about and one.about != TIMER else ""
    text = one.text
    if one.kind == WorkKind.REOPENED:
        text = tr("nobody looked for {time}", time=_span_of(one.text))
    who = names.person(one.by) if one.by else ""
    parts = (names.step(one.step) if one.step else "", about, text, who)
    return f"{kind}: " + "  \N{MIDDLE DOT}  ".join(part for part in parts if part)


def _span_of(text: str) -> str:
    try:
        return span(float(text))
    except ValueError:
        return formats.NOTHING
