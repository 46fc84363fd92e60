"""A whole procedure as a technician will see it, as HTML for a reading view. No widget.

Every word of a procedure is escaped: what a file says is shown and never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from console.text import tr
from console.ui import formats
from console.ui.guided.words import WORK_POINTS, amount, comparison_limit, role_name, span
from console.ui.work.procedures_words import (
    ANSWERS_OUTSIDE,
    COOLING_NAMES,
    FLUID_NAMES,
    LOCK_NAMES,
    PPE_NAMES,
    SECOND_NAMES,
    SIGNAL_NAMES,
    SUBJECT_NAMES,
    TAKEN_NAMES,
    named,
)
from procedures.checks import Comparison
from procedures.revision import Revision
from procedures.spec import MakeSafe, Phase, Procedure, Step
from procedures.spec_parts import Gate, Hazard, Invariant, Measured, Timer
from procedures.texts import fill, words

SIGNAL_COLOURS = {
    "danger": ("#C8102E", "#FFFFFF"),
    "warning": ("#F28C00", "#000000"),
    "caution": ("#F5C400", "#000000"),
    "notice": ("#0057A8", "#FFFFFF"),
}
"""Ground and letters of the bar of a signal word: they are its meaning and stay in every theme."""
_SIGN_PX = 44


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of the reading view, as ``#RRGGBB``."""

    text: str
    muted: str
    line: str
    fill: str


def reading_html(revision: Revision, language: str, inks: Inks) -> str:
    """Return the whole procedure in one of its languages."""
    return "".join(_Reader(revision, language, inks).whole())


class _Reader:
    """One reading."""

    def __init__(self, revision: Revision, language: str, inks: Inks) -> None:
        self._revision = revision
        self._procedure: Procedure = revision.procedure
        self._language = language
        self._inks = inks

    def whole(self) -> Iterator[str]:
        ink = self._inks
        yield f"<body style='color:{ink.text}'>"
        yield self._p(self._of(self._procedure.purpose), "font-size:13pt;margin:0 0 8px 0")
        yield from self._needs()
        yield from self._all_hazards()
        yield from self._alarms_and_clocks()
        for number, phase in enumerate(self._procedure.phases, 1):
            yield from self._phase(number, phase)
        for path in self._procedure.make_safe:
            yield from self._way(path)
        if self._procedure.sources:
            yield self._heading(tr("Where the facts are from"))
            yield self._list(map(escape, self._procedure.sources))
        yield "</body>"

    # ---- before anything begins ----

    def _needs(self) -> Iterator[str]:
        need, fits = self._procedure.requires, self._procedure.applies_to
        cooling = ", ".join(named(COOLING_NAMES, one) for one in fits.cooling)
        only = ", ".join((*fits.tanks, *fits.fluids, *fits.gpu_models))
        rows = [
            (tr("For"), [f"{named(SUBJECT_NAMES, fits.asset)} ({cooling})", only]),
            (tr("People"), [self._person(one) for one in need.people]),
            (tr("Tools"), [self._tool(one) for one in need.tools]),
            (tr("Spares"), [self._spare(one) for one in need.spares]),
            (tr("Fluids"), [self._fluid(one) for one in need.fluids]),
            (tr("Permits"), [self._plain(one.text) for one in need.permits]),
        ]
        yield self._heading(tr("Before anything begins"))
        yield self._table([(name, [one for one in told if one]) for name, told in rows])
        yield self._wear(need.ppe)

    def _wear(self, ppe: Sequence[str]) -> str:
        """What is to be worn: the signs with their words."""
        cells = "".join(
            f"<td align='center' width='112'><img src='sign:{escape(one)}' width='{_SIGN_PX}'"
            f" height='{_SIGN_PX}'><br>{escape(named(PPE_NAMES, one))}</td>"
            for one in ppe
        )
        return f"<table cellspacing='0' cellpadding='4'><tr>{cells}</tr></table>" if cells else ""

    def _person(self, need: object) -> str:
        count, role = getattr(need, "count", 1), getattr(need, "role", "")
        papers = ", ".join(getattr(need, "qualifications", ()))
        told = f"{count} \N{MULTIPLICATION SIGN} {role_name(role)}"
        return f"{told} ({papers})" if papers else told

    def _tool(self, tool: object) -> str:
        told = self._counted(tool)
        return f"{told} ({tr('calibrated')})" if getattr(tool, "calibrated", False) else told

    def _spare(self, spare: object) -> str:
        part = getattr(spare, "part", "")
        serial = tr("serial number is recorded") if getattr(spare, "serial", False) else ""
        more = ", ".join(filter(None, (part, serial)))
        return f"{self._counted(spare)} ({more})" if more else self._counted(spare)

    def _fluid(self, need: object) -> str:
        title = getattr(need, "title", None)
        name = self._plain(title) if title else named(FLUID_NAMES, getattr(need, "fluid", ""))
        told = f"{amount(getattr(need, 'litres', 0.0), 'L')} {name}"
        batch = getattr(need, "same_batch", False)
        return f"{told} ({tr('of the batch in the tank')})" if batch else told

    def _counted(self, thing: object) -> str:
        count = getattr(thing, "count", 1)
        title = self._plain(getattr(thing, "title", {"en": ""}))
        return title if count == 1 else f"{count} \N{MULTIPLICATION SIGN} {title}"

    def _all_hazards(self) -> Iterator[str]:
        if self._procedure.hazards:
            yield self._heading(tr("Hazards of this work"))
            yield from self._hazards(self._procedure.hazards)

    def _alarms_and_clocks(self) -> Iterator[str]:
        expected = self._procedure.expects_alarms
        if expected:
            yield self._heading(tr("Alarms that this work trips and that are held back"))
            yield self._list(f"{escape(one.alarm)}: {self._of(one.why)}" for one in expected)
        if self._procedure.clocks:
            yield self._heading(tr("Times that run across steps"))
            yield self._list(
                f"{self._of(one.title)}: {escape(tr('at most {time}', time=span(one.max_s)))}"
                for one in self._procedure.clocks
            )

    # ---- phases and steps ----

    def _phase(self, number: int, phase: Phase) -> Iterator[str]:
        path = self._procedure.paths[phase.make_safe]
        yield self._heading(f"{number}  {self._plain(phase.title)}")
        back = tr("Way back: {path}", path=self._plain(path.title))
        order = f" \N{MIDDLE DOT} {tr('steps in any order')}" if phase.any_order else ""
        yield self._quiet(escape(back + order))
        if phase.during:
            yield self._gates(tr("Must stay so all the while"), phase.during)
        for place, step in enumerate(phase.steps, 1):
            yield from self._step(f"{number}.{place}", step)

    def _way(self, path: MakeSafe) -> Iterator[str]:
        yield self._heading(tr("To a safe state: {path}", path=self._plain(path.title)))
        for place, step in enumerate(path.steps, 1):
            yield from self._step(str(place), step)
        state = next(one for one in self._procedure.safe_states if one.id == path.ends_in)
        yield self._quiet(f"{escape(tr('Then'))}: {self._of(state.text)}")

    def _step(self, number: str, step: Step) -> Iterator[str]:
        minutes = f"{formats.decimal(step.minutes, 0)} {tr('min')}" if step.minutes else ""
        told = f"<b>{escape(number)}&nbsp; {self._of(step.title)}</b>"
        after = f"<span style='color:{self._inks.muted}'>&nbsp; {escape(minutes)}</span>"
        yield f"<p style='font-size:13pt;margin:16px 0 4px 0'>{told}{after}</p>"
        yield from self._hazards(step.hazards)
        if step.hold:
            yield self._strong(
                tr("Hold point: {role} must release it", role=role_name(step.hold.role))
            )
            yield self._p(self._of(step.hold.text, step)) if step.hold.text else ""
        yield self._gates(tr("Start only when"), step.before)
        yield self._p(self._of(step.do, step), "font-size:13pt;margin:4px 0 4px 0")
        yield self._quiet(self._of(step.why, step)) if step.why else ""
        yield self._list(f"\N{BALLOT BOX} {self._of(item.text)}" for item in step.items)
        if step.ask:
            yield self._p(self._of(step.ask.text, step))
            yield self._list(self._answer(one) for one in step.ask.answers)
        yield self._table(list(self._asked(step)))
        yield self._gates(tr("Must stay so meanwhile"), step.during)
        yield self._gates(tr("Done only when"), step.verify)
        yield from self._end(step)

    def _asked(self, step: Step) -> Iterator[tuple[str, list[str]]]:
        if step.timer:
            yield tr("Time"), [self._timer(step.timer)]
        yield tr("Scan"), [self._plain(one.title) for one in step.scans]
        yield tr("Photo"), [self._counted(one) for one in step.photos]
        yield tr("Measure"), [self._value(one) for one in step.values]
        yield tr("Locks"), [self._lock(one) for one in step.locks]

    def _end(self, step: Step) -> Iterator[str]:
        if step.expect:
            yield self._quiet(f"{escape(tr('It is right when'))}: {self._of(step.expect, step)}")
        signs = [tr("Signed by {role}", role=role_name(step.sign.role))]
        if step.sign.second:
            second = step.sign.second
            how = named(SECOND_NAMES, second.mode)
            signs.append(tr("and by a second person: {role}", role=role_name(second.role)))
            signs.append(how)
        yield self._quiet(escape(" \N{MIDDLE DOT} ".join(signs)))
        if step.on_fail:
            told = tr("If it fails: back to {step}", step=self._title_of(step.on_fail.goto))
            yield self._quiet(escape(told))
        if step.skip:
            reasons = "; ".join(self._plain(one.text) for one in step.skip.reasons)
            yield self._quiet(escape(tr("May be left out: {reasons}", reasons=reasons)))

    # ---- parts of a step ----

    def _hazards(self, names: Iterable[str]) -> Iterator[str]:
        """Hazards, the worst first."""
        found = [self._procedure.hazards[name] for name in names]
        found.sort(key=lambda hazard: list(SIGNAL_COLOURS).index(hazard.signal))
        yield from map(self._hazard, found)

    def _hazard(self, hazard: Hazard) -> str:
        ground, letters = SIGNAL_COLOURS[hazard.signal]
        word = escape(named(SIGNAL_NAMES, hazard.signal))
        sign = f"<img src='sign:{hazard.pictogram}' width='{_SIGN_PX}' height='{_SIGN_PX}'>"
        text = f"<b>{self._of(hazard.consequence)}</b><br>{self._of(hazard.avoid)}"
        return (
            f"<table width='100%' cellspacing='0' cellpadding='4' style='margin:4px 0 4px 0'>"
            f"<tr><td width='{_SIGN_PX + 8}' rowspan='2' valign='middle'>{sign}</td>"
            f"<td bgcolor='{ground}'><b style='color:{letters}'>{word}</b></td></tr>"
            f"<tr><td bgcolor='{self._inks.fill}'>{text}</td></tr></table>"
        )

    def _gates(self, heading: str, gates: Sequence[Gate | Invariant]) -> str:
        if not gates:
            return ""
        return self._table([(heading, [self._gate(gate) for gate in gates])])

    def _gate(self, gate: Gate | Invariant) -> str:
        either = gate.parsed.either
        limits = f" {tr('or')} ".join(comparison_limit(one) for one in either)
        said = self._plain(gate.text) if gate.text else self._compared(either[0])
        told = f"{said}  [{limits}]"
        held_s = getattr(gate, "for_s", 0.0)
        if held_s:
            told = f"{told} \N{MIDDLE DOT} {tr('for {time} without a gap', time=span(held_s))}"
        override = getattr(gate, "override", None)
        if override:
            role = role_name(override.role)
            told = f"{told} \N{MIDDLE DOT} {tr('{role} may let it pass with a reason', role=role)}"
        return told

    @staticmethod
    def _compared(one: Comparison) -> str:
        if one.point in WORK_POINTS:
            return tr(WORK_POINTS[one.point][0])
        spoken = one.point.replace("[*]", "").replace(".", " ").replace("_", " ").strip()
        return formats.translated_name(spoken.capitalize())

    def _timer(self, timer: Timer) -> str:
        told = [
            tr("at least {time}", time=span(timer.min_s)) if timer.min_s else "",
            tr("at most {time}", time=span(timer.max_s)) if timer.max_s else "",
            tr("counted from {step}", step=self._title_of(timer.since)) if timer.since else "",
        ]
        return ", ".join(filter(None, told))

    def _value(self, value: Measured) -> str:
        unit, told = value.unit, self._plain(value.title)
        ends = [
            f"\N{GREATER-THAN OR EQUAL TO} {amount(value.low, unit)}"
            if value.low is not None
            else "",
            f"\N{LESS-THAN OR EQUAL TO} {amount(value.high, unit)}"
            if value.high is not None
            else "",
        ]
        limits = ", ".join(filter(None, ends)) or formats.unit(unit)
        taken = named(TAKEN_NAMES, value.taken) if value.taken != "reading" else ""
        outside = named(ANSWERS_OUTSIDE, value.outside) if any(ends) else ""
        more = " \N{MIDDLE DOT} ".join(filter(None, (taken, outside)))
        told = f"{told}  [{limits}]" if limits else told
        return f"{told} \N{MIDDLE DOT} {more}" if more else told

    def _lock(self, lock: object) -> str:
        title = getattr(lock, "title", None)
        said = named(LOCK_NAMES, getattr(lock, "act", ""))
        return f"{said}: {self._plain(title)}" if title else said

    def _answer(self, answer: object) -> str:
        said, goto = self._of(getattr(answer, "text", None)), getattr(answer, "goto", None)
        if not goto:
            return said
        return f"{said} \N{RIGHTWARDS ARROW} {escape(self._title_of(goto))}"

    def _title_of(self, step: str) -> str:
        found = self._procedure.steps.get(step)
        return self._plain(found.title) if found else step

    # ---- words and boxes ----

    def _plain(self, text: Mapping[str, str]) -> str:
        return words(dict(text), self._language)[0]

    def _of(self, text: Mapping[str, str] | None, step: Step | None = None) -> str:
        if not text:
            return ""
        said = self._plain(text)
        filled = fill(said, step, amount) if step else said
        return escape(filled).replace("\n", "<br>")

    def _heading(self, text: str) -> str:
        line = f"border-bottom:1px solid {self._inks.line}"
        return (
            f"<h2 style='font-size:16pt;margin:24px 0 4px 0;{line}'>{escape(text)}</h2>"
            f"<hr style='background-color:{self._inks.line};height:1px'>"
        )

    def _table(self, rows: Sequence[tuple[str, Sequence[str]]]) -> str:
        told = "".join(
            f"<tr><td width='148' style='color:{self._inks.muted}'>{escape(name)}</td>"
            f"<td>{'<br>'.join(map(escape, lines))}</td></tr>"
            for name, lines in rows
            if lines
        )
        return f"<table width='100%' cellspacing='0' cellpadding='2'>{told}</table>" if told else ""

    @staticmethod
    def _list(items: Iterator[str] | map[str]) -> str:
        told = "".join(f"<li>{item}</li>" for item in items)
        return f"<ul style='margin:0 0 4px 0'>{told}</ul>" if told else ""

    @staticmethod
    def _p(inside: str, style: str = "margin:2px 0 2px 0") -> str:
        return f"<p style='{style}'>{inside}</p>" if inside else ""

    def _quiet(self, inside: str) -> str:
        return self._p(inside, f"margin:2px 0 2px 0;color:{self._inks.muted}")

    def _strong(self, text: str) -> str:
        return self._p(f"<b>{escape(text)}</b>")
