"""What can be done with a thing: buttons below it, each with a form that opens in its place.

Every act is asked for in the name of who is signed in; what the rules do not allow is said in a
sentence where the person is looking, before the form is filled in and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button, Choice, Field
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import metrics
from console.work.events import Refused

Answers = Mapping[str, str]
_COLUMNS = 3
_LONGEST = 500
_FORM_WIDTH = 560


@dataclass(frozen=True, slots=True)
class Ask:
    """One line of a form: what is asked, what stands there already, or of what is chosen."""

    key: str
    label: str
    value: str = ""
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done.

    ``permission`` is an act of ``resources/roles.toml``; ``do(by, answers)`` does it, returns what
    to say of it, and raises Refused; ``preview`` is what will happen, in words. ``check`` raises
    Refused where it is no use to begin. ``opens`` shows something else than a form, whoever is
    signed in.
    """

    key: str
    title: str
    permission: str
    do: Callable[[str, Answers], str]
    asks: Callable[[], Sequence[Ask]] = field(default=lambda: ())
    preview: Callable[[], str] = field(default=lambda: "")
    done: str = ""
    check: Callable[[], None] = field(default=lambda: None)
    opens: Callable[[], None] | None = None


def hands_of(session: Session) -> str:
    """Return the id of who is at this console; raises Refused where nobody has signed in."""
    place = session.workplace
    if place is None or not place.is_ready:
        raise Refused(tr("The work log is not open yet."))
    if not place.hands:
        raise Refused(tr("Sign in first: nobody else may sign for you."))
    place.touch()
    return place.hands


def allowed(session: Session, permission: str) -> str:
    """Return the id of who is at this console and may do this; raises Refused."""
    by = hands_of(session)
    if session.workplace is not None:
        session.workplace.room.desk.allow(by, permission)
    return by


class ActForm(QWidget):
    """The questions of one act, one below the other; Enter goes on, Escape leaves."""

    given = Signal(dict)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Form"))
        self.heading = Words("", 13)
        self.preview = Words()
        self.says = Words("", 13)
        self.go = Button(tr("Save"), primary=True)
        self.cancel = Button(tr("Cancel"))
        self.fields: dict[str, Field | Choice] = {}
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(2, 0, 8, 0)
        self._rows.setSpacing(4)
        self._lay_out()
        self.go.clicked.connect(self.give)
        self.cancel.clicked.connect(self.left)

    def begin(self, act: Act) -> None:
        """Show the questions of an act."""
        self.heading.say(act.title)
        self.preview.say(act.preview())
        self.preview.setVisible(bool(self.preview.text()))
        self.says.say("")
        self.go.setText(act.done or act.title)
        self.go.setAccessibleName(act.done or act.title)
        self.go.updateGeometry()
        self._clear()
        for ask in act.asks():
            self._add(ask)
        self._rows.addStretch(1)
        self._order()
        first = next(iter(self.fields.values()), self.go)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def give(self) -> None:
        """Hand over what was written."""
        self.given.emit({key: _said(field) for key, field in self.fields.items()})

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; while a form is open it leaves the form.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _add(self, ask: Ask) -> None:
        made: Field | Choice
        if ask.choices:
            made = Choice(ask.label, ask.choices)
            made.choose(ask.value)
        else:
            made = Field(ask.label, ask.hint or " ")
            made.setMaxLength(_LONGEST)
            made.setText(ask.value)
            made.returnPressed.connect(lambda: self._next(made))
        label = Words(ask.label, quiet=True)
        label.setBuddy(made)
        self._rows.addWidget(label)
        self._rows.addWidget(made)
        self._rows.addSpacing(8)
        self.fields[ask.key] = made

    def _next(self, field: QWidget) -> None:
        """Go on to the next question; after the last one, do it."""
        order = list(self.fields.values())
        at = next(i for i, one in enumerate(order) if one is field)
        if at + 1 < len(order):
            order[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.give()

    def _order(self) -> None:
        before: QWidget | None = None
        for widget in (*self.fields.values(), self.go, self.cancel):
            if before is not None:
                self.setTabOrder(before, widget)
            before = widget

    def _clear(self) -> None:
        self.fields = {}
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _lay_out(self) -> None:
        self.heading.setMaximumWidth(_FORM_WIDTH)
        self._inside.setMaximumWidth(_FORM_WIDTH)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.go)
        foot.addWidget(self.cancel)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.preview)
        column.addWidget(scrolling(self._inside, tr("Questions")), 1)
        column.addWidget(self.says)
        column.addLayout(foot)


class _ButtonGrid(QWidget):
    """Buttons of one width, so many in a row."""

    def __init__(self, columns: int) -> None:
        super().__init__()
        self._columns = columns
        self.buttons: dict[str, Button] = {}
        self._titles: list[str] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def offer(self, acts: Sequence[Act], begin: Callable[[str], None]) -> bool:
        """Have a button for each act; returns whether they are others than before."""
        titles = [act.title for act in acts]
        self.setVisible(bool(acts))
        if titles == self._titles:
            return False
        self._titles = titles
        for old in self.buttons.values():
            old.hide()
            old.deleteLater()
        self.buttons = {}
        for number, act in enumerate(acts):
            button = _ActButton(act.title)
            button.clicked.connect(lambda _=False, key=act.key: begin(key))
            self._grid.addWidget(button, number // self._columns, number % self._columns)
            button.show()  # at once: the keyboard may be on its way there
            self.buttons[act.key] = button
        return True


class _ActButton(Button):
    """Gives way in a narrow panel rather than making it wider."""

    def sizeHint(self) -> QSize:
        return QSize(metrics().target * 2, metrics().target)


class Acts(QWidget):
    """A thing above, what can be done with it below; a form takes the place of both."""

    def __init__(self, session: Session, name: str, about: QWidget) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._session = session
        self._acts: dict[str, Act] = {}
        self._now: Act | None = None
        self.buttons: dict[str, Button] = {}
        self.always = _ButtonGrid(2)
        """Buttons of acts that are about no chosen thing; they belong below the list."""
        self.says = Words()
        self.form = ActForm()
        self._own = _ButtonGrid(_COLUMNS)
        self._stack = QStackedWidget()
        self._lay_out(about)
        self.form.given.connect(self._given)
        self.form.left.connect(self.leave)

    @property
    def is_open(self) -> bool:
        """Whether a form, or what was shown instead, is open."""
        return self._stack.currentIndex() > 0

    def offer(self, acts: Sequence[Act], always: Sequence[Act] = ()) -> None:
        """Offer acts; the buttons stay where they are while they are the same."""
        made = [self._own.offer(acts, self.begin), self.always.offer(always, self.begin)]
        self._acts = {act.key: act for act in (*acts, *always)}
        if any(made):
            self.buttons = {**self._own.buttons, **self.always.buttons}

    def say(self, sentence: str) -> None:
        """Say how something went."""
        self.says.say(sentence)
        self.says.setVisible(bool(sentence))

    def begin(self, key: str) -> None:
        """Open the form of an act; whoever may not do it is told at once."""
        act = self._acts[key]
        if act.opens is not None:
            self._now = act
            self._open(act)
            return
        try:
            allowed(self._session, act.permission)
            act.check()
        except Refused as refusal:
            self.say(str(refusal))
            return
        self.say("")
        self._now = act
        self.form.begin(act)
        self._stack.setCurrentWidget(self.form)
        first = next(iter(self.form.fields.values()), self.form.go)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _open(self, act: Act) -> None:
        self.say("")
        try:
            if act.opens is not None:
                act.opens()
        except Refused as refusal:
            self.say(str(refusal))

    def add_panel(self, panel: QWidget) -> None:
        """Take in something that may be shown instead of a form."""
        self._stack.addWidget(panel)

    def show_panel(self, panel: QWidget) -> None:
        """Show it in the place of the thing and its buttons."""
        self._stack.setCurrentWidget(panel)

    def leave(self) -> None:
        """Close what is open without doing anything."""
        if not self.is_open:
            return
        self._stack.setCurrentIndex(0)
        if self._now is not None and self._now.key in self.buttons:
            self.buttons[self._now.key].setFocus(Qt.FocusReason.OtherFocusReason)
        self._now = None

    def _given(self, answers: dict[str, str]) -> None:
        if self._now is None:
            return
        try:
            said = self._now.do(allowed(self._session, self._now.permission), answers)
        except Refused as refusal:
            self.form.says.say(str(refusal))
            return
        self.leave()
        self.say(said)

    def _lay_out(self, about: QWidget) -> None:
        seen = QWidget()
        column = QVBoxLayout(seen)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(about, 1)
        column.addWidget(self.says)
        column.addWidget(self._own)
        self.says.setVisible(False)
        self._stack.addWidget(seen)
        self._stack.addWidget(self.form)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)


def _said(field: Field | Choice) -> str:
    return field.key if isinstance(field, Choice) else field.text().strip()


def whole_number(text: str) -> int:
    """Return a count that somebody wrote; raises Refused."""
    cleaned = text.strip()
    if not (cleaned.isascii() and cleaned.isdecimal() and len(cleaned) <= 7):
        raise Refused(tr("{text} is no count; write a whole number.", text=_quoted(cleaned)))
    return int(cleaned)


def decimal_number(text: str) -> float:
    """Return a number that somebody wrote with a point or a comma; raises Refused."""
    cleaned = text.strip().replace(",", ".")
    plain = cleaned.replace(".", "", 1)
    if not (plain.isascii() and plain.isdecimal() and len(plain) <= 9):
        raise Refused(tr("{text} is no number; write it like 12.5.", text=_quoted(text.strip())))
    return float(cleaned)


def _quoted(text: str) -> str:
    return f"'{text[:40]}'" if text else tr("Nothing")
