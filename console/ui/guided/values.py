"""Measured values: the field, the limits, and what the equipment itself says beside it."""

from __future__ import annotations

from console.text import tr
from console.ui import formats
from console.ui.guided.hands import Hands
from console.ui.guided.number_field import NumberEntry, NumberPad
from console.ui.guided.questions import deviation_question
from console.ui.guided.rows import DONE, TODO, UNMET, Row, ToolButton
from console.ui.guided.situation import Situation
from console.ui.guided.words import Namer, amount
from console.ui.theme import metrics
from drivers.points import Quality
from procedures.engine import commands as cmd
from procedures.engine.state import Run
from procedures.spec_parts import Measured

_TAKEN = {"as_found": "as found", "as_left": "as left"}
"""When a value is taken; a key of the catalogue each."""


def limits_text(value: Measured) -> str:
    """Return the limits of a measured value with its unit; empty where it has none."""
    low, high, unit = value.low, value.high, value.unit
    if low is not None and high is not None:
        if low == high:
            return tr("must be {value}", value=amount(low, unit))
        return tr("{low} to {high}", low=amount(low, ""), high=amount(high, unit))
    if low is not None:
        return f"≥ {amount(low, unit)}"
    return f"≤ {amount(high, unit)}" if high is not None else ""


class ValueRow(Row):
    """One value to be measured. Recorded, it is shown large, and can be measured again."""

    def __init__(self, value: Measured, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.value = value
        self.entry = NumberEntry(title, value.unit, value.decimals)
        self.again = ToolButton(tr("Again"))
        self.again.setAccessibleName(tr("Measure again: {what}", what=title))
        self.deviation = ToolButton(tr("Deviation"))
        self.pad = NumberPad(self.entry.field)
        self.pad.hide()
        self._is_again = False
        self._recorded: float | None = None
        self._is_refused = False
        self.right.addWidget(self.entry)
        self.right.addWidget(self.again)
        self.tools.addWidget(self.deviation)
        self.tools.addWidget(self.pad)
        self.tools.addStretch(1)
        self.entry.given.connect(self._record)
        self.entry.odd.connect(self.say)
        self.again.clicked.connect(self._measure_again)
        self.deviation.clicked.connect(self._deviate)
        self._now: Situation | None = None

    @property
    def is_open(self) -> bool:
        """Whether a number is wanted here now."""
        return self._now is not None and self._now.can_record and not self._is_shown_recorded

    @property
    def _is_shown_recorded(self) -> bool:
        return self._recorded is not None and not self._is_again and not self._is_refused

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        self._now = now
        step = now.step
        typed = step.values.get(self.value.id) if step else None
        if typed is not None and typed.number != self._recorded:
            self._is_again = False
        self._recorded = typed.number if typed else None
        fault = _fault(self.value, self._recorded, now.view.run, now.names, now)
        self._is_refused = fault is not None and self._must_repeat()
        done = self._is_shown_recorded
        self.entry.setVisible(not done)
        self.entry.allow(now.can_record)
        self.again.setVisible(done and now.can_record)
        self.pad.setVisible(self.is_open and metrics().glove)
        self.deviation.setVisible(
            fault is not None and self.value.outside == "deviate" and now.can_record
        )
        self.mark.show_mark(TODO if self._recorded is None else UNMET if fault else DONE)
        shown = (
            f"{self.title_of(now)}: {amount(self._recorded, self.value.unit, self.value.decimals)}"
            if done and self._recorded is not None
            else self.title_of(now)
        )
        self.title.say(shown)
        self.tell("  ·  ".join(part for part in (*self._about(now), fault or "") if part))

    def title_of(self, now: Situation) -> str:
        """Return what is measured, and whether as found or as left."""
        said = now.names.of(self.value.title)
        taken = _TAKEN.get(self.value.taken)
        return f"{said} ({tr(taken)})" if taken and tr(taken) not in said.casefold() else said

    def type(self, text: str) -> None:
        """Take what is typed without touching the field first."""
        self.entry.field.setFocus()
        self.entry.field.insert(text)

    def _about(self, now: Situation) -> tuple[str, ...]:
        value = self.value
        names = now.names
        told = [limits_text(value)]
        if value.equals:
            wanted = now.view.run.values.get(value.equals)
            said = "?" if wanted is None else amount(wanted, value.unit, value.decimals)
            told.append(tr("as before: {value}", value=said))
        if value.instrument:
            told.append(tr("with: {tool}", tool=names.title(value.instrument, None)))
        if value.source:
            told.append(tr("the console reads {value}", value=self._live(now)))
        return tuple(told)

    def _live(self, now: Situation) -> str:
        subject, _, point = (self.value.source or "").partition(".")
        parts = now.view.run.subjects.get(subject, ())
        session = self.hands.session
        for part in parts:
            reading = session.view(part).get(point) if part in session.latest.parts() else None
            if reading is not None and reading.quality is not Quality.BAD:
                return formats.with_unit(reading)
        return formats.NOTHING

    def _record(self, number: float) -> None:
        self.say("")
        command = cmd.Record(
            self.hands.spec.id if self.hands.spec else "", self.hands.who, self.value.id, number
        )
        if self.hands.ask(command, self.say):
            self.entry.field.clear()
            self.entry.field.clearFocus()
            self._is_again = False

    def _must_repeat(self) -> bool:
        """Whether a number that is not right can only be measured again."""
        return self.value.outside == "refuse" or self.value.equals is not None

    def _measure_again(self) -> None:
        self._is_again = True
        self.entry.show()
        self.again.hide()
        self.entry.field.setFocus()

    def _deviate(self) -> None:
        if self._now is not None:
            self.hands.sheet.emit(deviation_question(self.hands, self._now, self.value.id))


def plain_amount(value: Measured, number: float) -> str:
    """Return a number of a value with its unit."""
    return amount(number, value.unit, value.decimals)


def _fault(
    value: Measured, number: float | None, run: Run, names: Namer, now: Situation
) -> str | None:
    """Return in words what is wrong with a recorded number, None where nothing is."""
    if number is None:
        return None
    if value.equals and run.values.get(value.equals) != number:
        return tr(
            "{found}: not the same as before, measure again", found=plain_amount(value, number)
        )
    if value.inside(number):
        return None
    if value.outside == "refuse":
        return tr("{found}: outside its limits, measure again", found=plain_amount(value, number))
    if value.outside == "deviate":
        is_told = now.step is not None and value.id in now.step.deviations
        return None if is_told else tr("outside its limits: report a deviation")
    way = names.step(value.goto.goto) if value.goto else ""
    return tr("outside its limits: the work goes on at {step}", step=way)
