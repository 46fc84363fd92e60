"""One record part by part; each part that comes on the screen is told, so that it is recorded."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button
from console.ui.review.exceptions_view import ExceptionsView
from console.ui.review.facts import RecordFacts
from console.ui.review.reading import Proven
from console.ui.review.steps_view import StepsView
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import metrics
from console.ui.work.order_sections import Section
from console.work.reviews.desk import SECTION_NAMES, About

EXCEPTIONS, STEPS, PARTS, PROCEDURE, QUESTIONS, LOG = SECTION_NAMES
SHORT_NAMES = {
    EXCEPTIONS: "Exceptions",
    STEPS: "Steps",
    PARTS: "Parts and fluid",
    PROCEDURE: "Procedure",
    QUESTIONS: "Follow-up",
    LOG: "Log",
}
"""What the tabs say; a key of the catalogue each."""


class RecordView(QWidget):
    """``looked`` carries the name of a part (or ``steps STEP``) that is on the screen now."""

    looked = Signal(str)
    moved = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName(tr("The record"))
        self.facts: RecordFacts | None = None
        self._key = ""
        self._is_read = False
        self.tabs = SectionTabs()
        self.proof = Words(quiet=True)
        self.exceptions = ExceptionsView()
        self.steps = StepsView(session)
        self.texts = {name: Section(tr(SECTION_NAMES[name])) for name in _TEXTS}
        self._stack = QStackedWidget()
        self._pages: dict[str, QWidget] = {EXCEPTIONS: self.exceptions, STEPS: self.steps}
        for name, section in self.texts.items():
            self._pages[name] = scrolling(_at_top(section), tr(SECTION_NAMES[name]))
        for page in self._pages.values():
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.tabs)
        column.addWidget(self._stack, 1)
        column.addWidget(self.proof)
        self.tabs.chosen.connect(self.turn)
        self.exceptions.to_step.connect(self.to_step)
        self.exceptions.chosen.connect(self.moved)
        self.steps.chosen.connect(lambda _step: self.moved.emit())

    @property
    def section(self) -> str:
        """The part that is on the screen."""
        return self.tabs.section

    def turn(self, section: str) -> None:
        """Show another part."""
        self.tabs.choose(section)
        self._stack.setCurrentWidget(self._pages[section])
        if section == STEPS:
            self.steps.choose_first()
        self.moved.emit()

    def to_step(self, run: str, step: str) -> None:
        """Show one visit of a step."""
        self.turn(STEPS)
        self.steps.choose(run, step)
        self.steps.table.setFocus()

    def show_record(
        self, key: str, facts: RecordFacts, proven: Proven | None, *, is_read: bool
    ) -> None:
        """Show a record; another one than before begins with its exceptions."""
        is_other = key != self._key
        self.facts, self._key, self._is_read = facts, key, is_read
        self.exceptions.show_record(facts, is_read=is_read)
        self.steps.show_record(facts, is_read=is_read)
        self.show_words(proven)
        if is_other:
            self.exceptions.table.choose("")
            self.turn(EXCEPTIONS)
        elif self.section == STEPS:
            self.steps.choose_first()

    def show_words(self, proven: Proven | None) -> None:
        """Bring the parts that are words up to date."""
        facts, key = self.facts, self._key
        if facts is None:
            return
        self.texts[PARTS].say(facts.parts())
        self.texts[PROCEDURE].say(facts.procedure())
        self.texts[QUESTIONS].say(facts.follow_up(key))
        self.texts[LOG].say(facts.log(key, proven))
        self.proof.say(facts.proof_line(proven))
        self.tabs.count(EXCEPTIONS, facts.count if self._is_read else None)
        self.tabs.count(QUESTIONS, facts.open_count(key) or None)

    def on_screen(self) -> list[str]:
        """Return the parts that are on the screen and read, as events name them."""
        if not self._is_read or not self.isVisible():
            return []
        found = [self.section]
        current = self.steps.current if self.section == STEPS else None
        return [*found, f"{STEPS} {current[1].step}"] if current else found

    def where(self, of: str) -> tuple[About, str, str]:
        """Return where the reviewer is: the place, the step's name, the exception in words."""
        facts = self.facts
        if self.section == EXCEPTIONS and facts is not None:
            about, found = self.exceptions.place(of), self.exceptions.about
            if about is not None and found is not None:
                run = facts.record.run(about.run) if facts.record else None
                step = facts.words(run).step(found[2])
                return about, step, self.exceptions.sentence()
        current = self.steps.current
        if self.section == STEPS and facts is not None and current is not None:
            name = facts.words(current[0]).step_name(current[1].step, current[1].visit)
            return About(of, current[0].run.id, current[1].step), name, ""
        return About(of), "", ""

    @property
    def waiting(self) -> bool:
        """Whether something that is shown is still being read."""
        return self.section == STEPS and self.steps.waiting

    def refresh(self) -> None:
        """Let curves go on."""
        if self.section == STEPS:
            self.steps.refresh()


class SectionTabs(QWidget):
    """The parts of a record side by side, with how many there are; ``chosen`` carries a name."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Parts of the record"))
        self._names = list(SHORT_NAMES)
        self._group = QButtonGroup(self)
        self.buttons = {name: _Tab(tr(text), checkable=True) for name, text in SHORT_NAMES.items()}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, button in enumerate(self.buttons.values()):
            self._group.addButton(button, number)
            row.addWidget(button)
        row.addStretch(1)
        self.buttons[EXCEPTIONS].setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._names[number]))

    @property
    def section(self) -> str:
        """The part that is chosen."""
        return self._names[self._group.checkedId()]

    def choose(self, section: str) -> None:
        """Choose a part without telling anyone."""
        self.buttons[section].setChecked(True)

    def count(self, section: str, count: int | None) -> None:
        """Say how many there are; nothing while that is not known."""
        name, button = tr(SHORT_NAMES[section]), self.buttons[section]
        told = name if count is None else f"{name} {count}"
        if button.text() != told:
            button.setText(told)
            button.setAccessibleName(told)
            button.updateGeometry()


class _Tab(Button):
    """A tab that gives way in a narrow window rather than making it wider."""

    def minimumSizeHint(self) -> QSize:
        return QSize(metrics().target, metrics().target)


_TEXTS = (PARTS, PROCEDURE, QUESTIONS, LOG)


def _at_top(section: Section) -> QWidget:
    held = QWidget()
    column = QVBoxLayout(held)
    column.setContentsMargins(0, 0, 8, 0)
    column.addWidget(section)
    column.addStretch(1)
    return held
