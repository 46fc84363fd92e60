"""The middle of the screen: what must be known, hazards, one instruction, and what it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.text import tr
from console.ui.guided.banners import Banners
from console.ui.guided.gates import GateRow, InvariantRow
from console.ui.guided.hands import Hands
from console.ui.guided.hazard_strip import HazardStrip
from console.ui.guided.hazards import HazardPanel
from console.ui.guided.instruction import Instruction
from console.ui.guided.items import AnswerRow, ItemRow, LockRow
from console.ui.guided.photos import PhotoRow
from console.ui.guided.rows import Row
from console.ui.guided.scans import ScanRow
from console.ui.guided.signing import HoldRow, SecondRow
from console.ui.guided.situation import Situation
from console.ui.guided.values import ValueRow
from console.ui.setup_parts import Words, scrolling
from procedures.engine.state import StepStatus
from procedures.spec import Step

RowT = TypeVar("RowT", bound=Row)
_Key = tuple[str, str, int, str, str]


class Centre(QWidget):
    """One step. Its lines are made when the step or its state changes, and then only updated."""

    understood = Signal()

    def __init__(self, hands: Hands) -> None:
        super().__init__()
        self.setAccessibleName(tr("Step"))
        self._hands = hands
        self._key: _Key | None = None
        self.rows: list[Row] = []
        self.banners = Banners()
        self.hazards = HazardPanel()
        self.hazards.button.setAccessibleName(tr("Hazards read"))
        self.reminder = HazardStrip()
        self._asks: bool | None = None
        self.instruction = Instruction()
        self.question = Words("", 16)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._list = QVBoxLayout()
        self._lay_out()
        self.hazards.acknowledged.connect(self.understood)

    def show_state(self, now: Situation, handover: str = "") -> None:
        """Bring everything up to date."""
        step = now.step
        status = step.status.value if step else ""
        visit = step.visit if step else 0
        key = (now.view.run.id, step.step if step else "", visit, status, now.names.language)
        if key != self._key:
            self._key = key
            self._build(now)
        self.banners.show_state(now, handover)
        self._show_hazards(now)
        self.instruction.show_step(now)
        for row in self.rows:
            row.show_state(now)

    def first(self, kind: type[RowT]) -> RowT | None:
        """Return the first line of a kind that is still open: where typed or scanned things go."""
        found = (
            row for row in self.rows if isinstance(row, kind) and getattr(row, "is_open", True)
        )
        return next(found, None)

    def _show_hazards(self, now: Situation) -> None:
        """Before the start they are shown in full, to be acknowledged; then as a reminder."""
        asks = now.asks_for_hazards
        self.hazards.setVisible(asks)
        self.reminder.setVisible(not asks and now.spec is not None and bool(now.spec.hazards))
        can = asks and now.is_member and now.is_free
        if can != self._asks:
            self._asks = can
            self.hazards.ask(can)
        self._fit()

    def _fit(self) -> None:
        """Give the hazards all the room that they ask for, up to what can be seen at once."""
        if self.hazards.isHidden():
            return
        wanted = min(self.hazards.sizeHint().height(), self._area.viewport().height() - 8)
        height = max(wanted, self.hazards.minimumSizeHint().height())
        if height != self.hazards.height():
            self.hazards.setFixedHeight(height)

    def _build(self, now: Situation) -> None:
        for row in self.rows:
            row.hide()
            row.deleteLater()
        spec = now.spec
        self.rows = list(self._rows(now, spec)) if spec is not None else []
        for row in self.rows:
            self._list.addWidget(row)
        names = spec.hazards if spec is not None else ()
        self._asks = None
        self.hazards.show_hazards(now.view.revision.procedure, names, now.names.language)
        self.reminder.show_hazards(now.view.revision.procedure, names, now.names.language)
        asks = spec.ask if spec is not None else None
        is_open = now.step is not None and now.step.status is not StepStatus.READY
        self.question.say(now.names.of(asks.text) if asks and is_open else "")
        self.question.setVisible(bool(self.question.text()))
        self._area.verticalScrollBar().setValue(0)

    def _rows(self, now: Situation, spec: Step) -> Iterator[Row]:
        names, hands = now.names, self._hands
        for part in now.view.revision.procedure.invariants_of(spec.id):
            yield InvariantRow(part, names.of(part.text) or part.check, hands)
        if now.step is not None and now.step.status is not StepStatus.READY:
            yield from self._asked(now, spec)
            return
        if spec.hold:
            yield HoldRow(spec.hold, hands)
        for gate in spec.before:
            yield GateRow(gate, names.of(gate.text, spec) or gate.check, hands)

    def _asked(self, now: Situation, spec: Step) -> Iterator[Row]:
        """Yield what an open step asks for, in the order in which its author writes it."""
        names, hands = now.names, self._hands
        answers = enumerate(spec.ask.answers if spec.ask else (), 1)
        yield from (ScanRow(scan, names.of(scan.title), hands) for scan in spec.scans)
        yield from (PhotoRow(photo, names.of(photo.title), hands) for photo in spec.photos)
        yield from (ValueRow(value, names.of(value.title), hands) for value in spec.values)
        yield from (ItemRow(item, names.of(item.text), hands) for item in spec.items)
        yield from (LockRow(lock, names.of(lock.title) or lock.id, hands) for lock in spec.locks)
        for gate in spec.verify:
            yield GateRow(gate, names.of(gate.text, spec) or gate.check, hands)
        for number, answer in answers:
            yield AnswerRow(answer, f"{number}   {names.of(answer.text)}", hands)
        if spec.sign.second:
            yield SecondRow(spec.sign.second, hands)

    def _lay_out(self) -> None:
        self._list.setSpacing(8)
        self._column.setContentsMargins(0, 0, 8, 8)
        self._column.setSpacing(8)
        parts = (self.banners, self.hazards, self.reminder, self.instruction)
        for part in (*parts, self.question):
            self._column.addWidget(part)
        self.question.setContentsMargins(4, 8, 0, 0)
        self._column.addLayout(self._list)
        self._column.addStretch(1)
        self._area = scrolling(self._inside, tr("Step"))
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)
