"""The boxes to copy next: the first pages, one step, or the last pages, as they stand on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.documents.boxes import Box, Section
from console.session.late.written import Opening, WrittenDeviation, WrittenStep
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button
from console.ui.guided.questions import DISPOSITIONS
from console.ui.late.box_rows import (
    BoxGroup,
    BoxRow,
    ChoiceRow,
    PictureBox,
    TextRow,
    row_of,
)
from console.ui.late.copying import CLOSING, OPENING, Copying
from console.ui.setup_parts import scrolling
from procedures.engine.commands import Disposition
from procedures.spec import Procedure, Step
from procedures.spec_parts import Text
from procedures.texts import words

EQUIPMENT, BEGUN, SUBJECT = "equipment", "time/begun", "subject/"
NEXT = "next"
_BOUND = frozenset({"tank", "gpu", "work"})


class EntryView(QWidget):
    """Shows the boxes of one place of the form and gives what is in them."""

    def __init__(self, place: Callable[[], Workplace | None]) -> None:
        super().__init__()
        self._place = place
        self.at = ""
        self.groups: list[BoxGroup] = []
        self._deviations: list[BoxGroup] = []
        self._copying: Copying | None = None
        self._is_filling = False
        self.more = Button(tr("Add a deviation"), left=True)
        self.more.clicked.connect(self.add_deviation)
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(8)
        self._rows.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._rows.addStretch(1)
        self.area = scrolling(self._inside, tr("Boxes of the form"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    # ---- what is asked ----

    def show_at(self, copying: Copying, at: str) -> None:
        """Ask for the boxes of another place, empty but for what was typed there before."""
        self._clear()
        self._copying, self.at = copying, at
        self._is_filling = True
        for group in self._made(copying, at):
            for row in group.rows:
                if row.box.id != NEXT:
                    row.write(copying.texts.get(row.box.id, ""))
            self._rows.insertWidget(self._rows.count() - 2, group)
            self.groups.append(group)
        self._is_filling = False
        self.more.setVisible(at not in {OPENING, CLOSING})
        self.area.verticalScrollBar().setValue(0)
        _in_order([row for group in self.groups for row in group.rows])
        self.take_keyboard()

    def take_keyboard(self) -> None:
        """Put the keyboard into the first box."""
        first = next((row for group in self.groups for row in group.rows), None)
        if first is not None:
            first.input.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def rows(self) -> dict[str, BoxRow]:
        """Every box that is shown, by its id."""
        groups = [*self.groups, *self._deviations]
        return {row.box.id: row for group in groups for row in group.rows}

    def texts(self) -> dict[str, str]:
        """Return what was typed, by the id of its box."""
        return {name: row.text for name, row in self.rows.items() if row.text}

    def say(self, faults: Mapping[str, str]) -> list[str]:
        """Say at each box what is wrong there; returns what is wrong at none of them."""
        rows, prefix = self.rows, f"step/{self.at}/"
        for row in rows.values():
            if not isinstance(row, PictureBox) or not row.kept:
                row.say("")
        left, first = [], None
        for name, why in faults.items():
            found = rows.get(name) or rows.get(prefix + name) or rows.get(_near(name))
            if found is None:
                left.append(why)
                continue
            found.say(why)
            first = first or found
        if first is not None:
            first.input.setFocus(Qt.FocusReason.OtherFocusReason)
            self.area.ensureWidgetVisible(first, 8, 48)
        return left

    def add_deviation(self) -> None:
        """Show the boxes of another line under Deviations."""
        copying = self._copying
        if copying is None or self.at not in copying.found.form.revision.procedure.steps:
            return
        number = len(self._deviations) + 1
        group = _deviation(copying, copying.found.form.revision.procedure, self.at, number)
        self._deviations.append(group)
        self._rows.insertWidget(self._rows.count() - 2, group)
        _in_order([row for one in (*self.groups, *self._deviations) for row in one.rows])
        group.rows[0].input.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what was written ----

    def opening(self) -> tuple[str, Mapping[str, str], Opening]:
        """Return the equipment, parts named besides, and what the first pages say."""
        texts, copying = self.texts(), self._copying
        order = copying.order if copying else None
        about = order.about if order else texts.get(EQUIPMENT, "")
        named = {n.removeprefix(SUBJECT): t for n, t in texts.items() if n.startswith(SUBJECT)}
        requires = copying.found.form.revision.procedure.requires if copying else None
        tools = {
            tool.id: texts.get(f"tool/{tool.id}/due", "") or "x"
            for tool in (requires.tools if requires else ())
            if f"tool/{tool.id}" in texts
        }
        spares = {
            spare.id: ", ".join(
                text
                for name, text in texts.items()
                if name.startswith(f"spare/{spare.id}/") and name.endswith("/new")
            )
            for spare in (requires.spares if requires else ())
            if f"spare/{spare.id}" in texts
        }
        return about, named, Opening(texts.get(BEGUN, ""), self._crew(texts), tools, spares)

    def step(self) -> WrittenStep:
        """Return what was written of the step that is shown."""
        prefix = f"step/{self.at}/"
        boxes = {n.removeprefix(prefix): t for n, t in self.texts().items() if n.startswith(prefix)}
        photos = {
            name.removeprefix(f"{prefix}photo/"): tuple(row.kept)
            for name, row in self.rows.items()
            if isinstance(row, PictureBox)
        }
        lines = [self._line(n) for n in range(1, len(self._deviations) + 1)]
        return WrittenStep(self.at, boxes, photos, [line for line in lines if line.finding])

    def _line(self, number: int) -> WrittenDeviation:
        rows = self.rows
        texts = {
            name: rows[f"line/{number}/{name}"].text
            for name in ("about", "what", "by", "agreed", "disposition")
        }
        disposition = cast("Disposition", texts["disposition"])
        return WrittenDeviation(
            texts["about"], texts["what"], texts["by"], texts["agreed"], disposition
        )

    def _crew(self, texts: Mapping[str, str]) -> list[tuple[str, str]]:
        names = [n for n in self.rows if n.startswith("people/") and n.endswith("/name")]
        return [
            (texts[name], texts.get(name.removesuffix("name") + "initials", ""))
            for name in names
            if texts.get(name)
        ]

    # ---- putting together ----

    def _clear(self) -> None:
        for group in (*self.groups, *self._deviations):
            group.hide()
            group.deleteLater()
        self.groups, self._deviations = [], []

    def _made(self, copying: Copying, at: str) -> Iterator[BoxGroup]:
        sections = copying.sections_at(at)
        procedure = copying.found.form.revision.procedure
        if at == OPENING:
            yield BoxGroup(tr("What and when"), "", [*_first_rows(copying, procedure)])
        due = _due(copying, procedure)
        if len(due) > 1 and at in due:
            yield BoxGroup(tr("Steps in any order"), "", [self._chooser(copying, at, due)])
        for section in sections:
            if section.step:
                rows = [*self._step_rows(procedure, section)]
                title = tr("Step {number}. {title}", number=section.number, title=section.title)
            else:
                rows = [row_of(box) for box in section.boxes if box.id != BEGUN]
                title = section.title
            yield BoxGroup(title, tr("page {page}", page=section.page), rows)

    def _chooser(self, copying: Copying, at: str, due: list[str]) -> ChoiceRow:
        """Return what asks which of some steps was done next: paper leaves that to the pen."""
        spec = copying.found.form.revision.procedure.steps
        choices = [(name, f"{copying.number(name)}. {_said(spec[name].title)}") for name in due]
        row = ChoiceRow(Box(NEXT, tr("Which was done next")), choices)
        row.write(at)

        def turn() -> None:
            if not self._is_filling and row.text != self.at:
                QTimer.singleShot(0, self, lambda: self.show_at(copying, row.text))

        row.changed.connect(turn)
        return row

    def _step_rows(self, procedure: Procedure, section: Section) -> Iterator[BoxRow]:
        at, step = f"step/{section.step}", procedure.steps[section.step]
        for box in section.boxes:
            if box.id.startswith(f"{at}/photo/"):
                yield PictureBox(box, self._place)
            elif box.id == f"{at}/skip":
                yield from _skip_rows(step, box)
            elif box.id == f"{at}/fail":
                yield TextRow(Box(box.id, tr("{way}: why", way=box.label)))
            else:
                yield row_of(box)
        if procedure.is_make_safe(section.step):
            yield TextRow(Box(f"{at}/unproven", tr("Left without its proof because")))


def _due(copying: Copying, procedure: Procedure) -> list[str]:
    """Return the steps of which any may be done next; one alone where the order is fixed."""
    at, run = copying.at, copying.run
    phase = procedure.phase_of.get(at)
    if phase is None or run is None or not phase.any_order:
        return [at]
    return [one.id for one in phase.steps if one.id not in run.done]


def _first_rows(copying: Copying, procedure: Procedure) -> Iterator[BoxRow]:
    yield TextRow(Box(BEGUN, tr("Work begun"), tr("yyyy-mm-dd hh:mm; it stands on the last page")))
    if copying.order is None:
        yield TextRow(Box(EQUIPMENT, tr("Equipment"), tr("id of the tank or server, from the top")))
    for name, spec in procedure.subjects.items():
        if spec.kind not in _BOUND:
            hint = tr("only where it is not what the site file says")
            yield TextRow(Box(f"{SUBJECT}{name}", _said(spec.title) or name.capitalize(), hint))


def _skip_rows(step: Step, box: Box) -> Iterator[BoxRow]:
    reasons = step.skip.reasons if step.skip else ()
    choices = [("", tr("not left out")), *((one.id, _said(one.text)) for one in reasons)]
    yield ChoiceRow(Box(box.id, tr("Left out because")), choices)
    yield TextRow(Box(f"{box.id}/text", tr("Why it was left out, in words")))
    if step.skip and step.skip.second:
        yield TextRow(Box(f"{box.id}/second", tr("Who agreed to leave it out")))


def _deviation(copying: Copying, procedure: Procedure, at: str, number: int) -> BoxGroup:
    step, line = procedure.steps[at], f"line/{number}"
    about: list[tuple[str, str]] = [(one.id, _said(one.title)) for one in step.values]
    about += [(one.id, _said(one.text) or one.check) for one in step.gates]
    about += [(one.id, _said(one.text) or one.check) for one in procedure.invariants_of(at)]
    about += [("timer", tr("the timer"))] if step.timer else []
    about += [(one.id, _said(one.title)) for one in procedure.clocks]
    about += [(one.id, _said(one.title) or one.id) for one in step.locks]
    about += [("expect", tr("what was expected"))] if step.expect else []
    about.append(("other", tr("something else")))
    rows: list[BoxRow] = [
        ChoiceRow(Box(f"{line}/about", tr("About")), about),
        TextRow(Box(f"{line}/what", tr("What, and why"))),
        TextRow(Box(f"{line}/by", tr("By"))),
        TextRow(Box(f"{line}/agreed", tr("Agreed by"))),
        ChoiceRow(
            Box(f"{line}/disposition", tr("What is done about it")),
            [(way, tr(text)) for way, text in reversed(DISPOSITIONS.items())],
        ),
    ]
    note = tr("page {page}", page=copying.found.form.pages)
    return BoxGroup(tr("Deviations, line {number}", number=number), note, rows)


def _near(name: str) -> str:
    """Return the box beside which a fault of the deviations is told: that of the first line."""
    part = name.removeprefix("deviation/")
    return f"line/1/{'what' if part == 'deviation' else part}"


def _said(text: Text | None) -> str:
    from console.text import language

    return words(dict(text), language())[0] if text else ""


def _in_order(rows: list[BoxRow]) -> None:
    for before, after in pairwise(rows):
        QWidget.setTabOrder(before.input, after.input)
