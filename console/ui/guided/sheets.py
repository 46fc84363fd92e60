"""A question in the place of the step: a reason, a note, who signs. Never a dialog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button, Field, frame
from console.ui.guided.hazards import HazardPanel
from console.ui.guided.rows import BigButton
from console.ui.guided.writing_field import WritingField
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import theme
from console.ui.work.keypad import Keypad
from console.ui.work.sign_panel import SignPanel
from console.work.people.roster import Person
from procedures.spec import Procedure

_LONGEST = 500
_EDGES = 80

Warned = tuple[Procedure, tuple[str, ...], str] | None
"""A procedure, hazards of it by name, and a language: shown with the question."""
Given = Mapping[str, str]
Give = Callable[[Given, str, str, Callable[[], None], Callable[[str], None]], None]
"""``give(answers, person, pin, done, refuse)``; person and PIN are empty where none was asked."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of a question: ``choices`` of which one holds, or words with ``hints`` to tap."""

    key: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()
    hints: tuple[str, ...] = ()
    value: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    ``people`` are those who may prove with a PIN that it is theirs (None: no PIN); ``act`` is what
    the PIN is for, ``verb`` what the button says; ``confirm`` what is said before the PIN.
    """

    heading: str
    verb: str
    give: Give
    text: str = ""
    asks: tuple[Ask, ...] = ()
    people: Sequence[Person] | None = None
    act: str = ""
    chosen: str = ""
    confirm: str = ""
    warned: Warned = None


class Sheet(QWidget):
    """Puts one question; ``left`` when it has been answered or given up."""

    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setAccessibleName(tr("Question"))
        self._question: Question | None = None
        self._answers: dict[str, str] = {}
        self.form = _Form()
        self.panel = SignPanel(session)
        self.panel.setAccessibleName(tr("Sign"))
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.form)
        signing = QWidget()
        column = QVBoxLayout(signing)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        column.addStretch(1)
        self._stack.addWidget(signing)
        self.form.given.connect(self._go_on)
        self.form.left.connect(self.leave)
        self.panel.given.connect(self._give)
        self.panel.cancelled.connect(self.left)

    @property
    def is_signing(self) -> bool:
        """Whether a PIN is being asked for."""
        return self._stack.currentIndex() == 1

    def put(self, question: Question) -> None:
        """Put a question; what was typed for another one is gone."""
        self._question = question
        self._answers = {}
        self.panel.done()
        if question.asks or question.confirm or question.people is None:
            self.form.begin(question)
            self._stack.setCurrentIndex(0)
            self.form.focus_first()
        else:
            self._sign(question)

    def leave(self) -> None:
        """Give the question up."""
        self.panel.done()
        self._question = None
        self.left.emit()

    def _go_on(self, answers: dict[str, str]) -> None:
        question = self._question
        if question is None:
            return
        self._answers = answers
        if question.people is None:
            question.give(answers, "", "", self.leave, self.form.say)
        else:
            self._sign(question)

    def _sign(self, question: Question) -> None:
        self._stack.setCurrentIndex(1)
        self.panel.ask(
            question.act or question.heading,
            question.people or (),
            chosen=question.chosen,
            verb=question.verb,
        )

    def _give(self, person: str, pin: str) -> None:
        question = self._question
        if question is not None:
            question.give(self._answers, person, pin, self.leave, self.panel.refuse)


class _Form(QWidget):
    """The lines of a question, its button and the way out."""

    given = Signal(dict)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Form"))
        self.heading = Words("", 20)
        self.text = Words("", 13)
        self.said = Words("", 13)
        self.go = BigButton("", primary=True)
        self.cancel = BigButton(tr("Cancel"))
        self.hazards = HazardPanel()
        self.hazards.button.setAccessibleName(tr("Hazards read"))
        self.go.setAccessibleName(tr("Go on"))
        self.keypad: Keypad | None = None
        self.fields: dict[str, Field] = {}
        self.choices: dict[str, dict[str, Button]] = {}
        self._question: Question | None = None
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(2, 2, 8, 2)
        self._rows.setSpacing(8)
        self.go.clicked.connect(self.give)
        self.cancel.clicked.connect(self.left)
        self._lay_out()

    def begin(self, question: Question) -> None:
        """Show a question."""
        self._question = question
        self.setAccessibleName(question.heading)
        self.heading.say(question.heading)
        self.text.say(question.text)
        self.text.setVisible(bool(question.text))
        self._warn(question.warned)
        self.say("")
        verb = question.confirm or (question.verb if question.people is None else tr("Go on"))
        self.go.setText(verb)
        self.go.setAccessibleName(verb)
        self.go.updateGeometry()
        self._clear()
        for ask in question.asks:
            self._add(ask)
        self._rows.addStretch(1)
        self._area.setVisible(bool(question.asks) or question.warned is None)

    def _warn(self, warned: Warned) -> None:
        """Show the hazards that go with what is asked."""
        if warned is None:
            self.hazards.hide()
            return
        self.hazards.show_hazards(*warned)
        self.hazards.ask(False)

    def focus_first(self) -> None:
        """Put the keyboard where it is needed first."""
        first: QWidget = next(iter(self.fields.values()), self.go)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def say(self, sentence: str) -> None:
        """Say why it cannot be so."""
        self.said.say(sentence)
        self.said.setVisible(bool(sentence))

    def give(self) -> None:
        """Hand over what was written, if all that is needed is there."""
        question = self._question
        if question is None:
            return
        answers = {key: field.text().strip() for key, field in self.fields.items()}
        for key, buttons in self.choices.items():
            answers[key] = next((one for one, b in buttons.items() if b.isChecked()), "")
        missing = [ask.label for ask in question.asks if ask.is_needed and not answers[ask.key]]
        if missing:
            self.say(tr("Still to say: {what}", what=missing[0]))
            return
        self.given.emit(answers)

    def _add(self, ask: Ask) -> None:
        self._rows.addWidget(Words(ask.label, 13, quiet=True))
        if ask.choices:
            self._add_choices(ask)
            return
        field = WritingField(ask.label, " ")
        field.setMaxLength(_LONGEST)
        field.setText(ask.value)
        field.returnPressed.connect(lambda: self._next(field))
        self.fields[ask.key] = field
        if ask.hints:
            self._rows.addLayout(_grid([_hint(text, field) for text in ask.hints], self.width()))
        self._rows.addWidget(field)
        if self.keypad is None:
            self.keypad = Keypad(field)
            self._rows.addWidget(self.keypad)

    def _add_choices(self, ask: Ask) -> None:
        from PySide6.QtWidgets import QButtonGroup

        group = QButtonGroup(self._inside)
        made: dict[str, Button] = {}
        for key, text in ask.choices:
            button = BigButton(text, checkable=True, left=True)
            button.setAccessibleName(f"{ask.label}: {text}")
            group.addButton(button)
            made[key] = button
        if ask.value in made:
            made[ask.value].setChecked(True)
        elif len(made) == 1:
            next(iter(made.values())).setChecked(True)
        self.choices[ask.key] = made
        self._rows.addLayout(_grid(list(made.values()), self.width()))

    def _next(self, field: Field) -> None:
        order = list(self.fields.values())
        at = order.index(field)
        if at + 1 < len(order):
            order[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.give()

    def _clear(self) -> None:
        self.fields, self.choices, self.keypad = {}, {}, None
        self.setTabOrder(self.go, self.cancel)
        _empty(self._rows)

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.cancel)
        foot.addWidget(self.go, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.text)
        column.addWidget(self.hazards, 1)
        self._area = scrolling(self._inside, tr("Questions"))
        column.addWidget(self._area, 1)
        column.addWidget(self.said)
        column.addLayout(foot)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


def _hint(text: str, field: Field) -> Button:
    button = BigButton(text, left=True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.clicked.connect(lambda: field.setText(text))
    return button


def _grid(buttons: Sequence[Button], room_px: int) -> QGridLayout:
    """Return buttons in two columns, or one below the other where they say much."""
    widest = max((button.sizeHint().width() for button in buttons), default=0)
    columns = 2 if 2 * widest + _EDGES <= room_px else 1
    grid = QGridLayout()
    grid.setSpacing(8)
    for number, button in enumerate(buttons):
        grid.addWidget(button, number // columns, number % columns)
    for column in range(columns):
        grid.setColumnStretch(column, 1)
    return grid


def _empty(layout: QVBoxLayout | QGridLayout) -> None:
    """Take everything out of a layout and throw it away."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QGridLayout | QVBoxLayout):
            _empty(inner)
            inner.deleteLater()
