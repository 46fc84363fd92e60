"""Who: a name tapped in a list, or typed, or scanned from a badge."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Field
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.setup_parts import Words
from console.ui.theme import look, metrics
from console.work.people.roster import Person, key_of

_ROWS = 5
_ROWS_GLOVE = 3
_ROW = 40
_COLUMNS = (
    Column(lambda: tr("Name"), "Ngozi Okafor", grows=True),
    Column(lambda: tr("Id"), "administrator", right=True),
)


class PersonPicker(QWidget):
    """One of some people. Where there is one only, nothing is asked.

    ``chosen`` tells that another person holds (``person``, an id, empty for none); ``entered``
    that who is meant is settled: Return was pressed, or a name tapped.
    """

    chosen = Signal()
    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Who"))
        self._people: tuple[Person, ...] = ()
        self.only = Words("", 13)
        self.field = _NameField(tr("Name or id"), tr("Name or id: type, scan or tap"))
        self.names = PlainTable(tr("Names"), _COLUMNS)
        self.names.horizontalHeader().hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.only, self.field, self.names):
            column.addWidget(part)
        self.field.textEdited.connect(self._typed)
        self.field.textChanged.connect(self._emptied)
        self.field.moved.connect(self._step)
        self.field.returnPressed.connect(self._settle)
        self.names.chosen.connect(self.chosen)
        self.names.clicked.connect(self._settle)
        self.names.activated.connect(self._settle)
        look().changed.connect(self._size)

    @property
    def person(self) -> str:
        """The id of who holds, empty where nobody does."""
        return self._people[0].id if len(self._people) == 1 else self.names.key

    def offer(self, people: Sequence[Person], chosen: str = "") -> None:
        """Begin anew with these people."""
        self._people = tuple(people)
        is_open = len(self._people) != 1
        self.only.say("" if is_open else self._people[0].name)
        self.only.setVisible(not is_open)
        self.field.setVisible(is_open)
        self.names.setVisible(is_open)
        self.field.setText("")
        self._show(self._people)
        self.names.choose(chosen)
        self._size()
        self.chosen.emit()

    def _emptied(self, text: str) -> None:
        if not text:
            self._typed("")

    def _typed(self, text: str) -> None:
        wanted = key_of(text)
        fitting = [p for p in self._people if wanted in key_of(p.id) or wanted in key_of(p.name)]
        exact = [p for p in fitting if wanted in {key_of(p.id), key_of(p.name)}]
        self._show(fitting)
        sure = exact or fitting
        self.names.choose(sure[0].id if wanted and len(sure) == 1 else "")
        self.chosen.emit()

    def _show(self, people: Sequence[Person]) -> None:
        self.names.show_lines(
            tuple(Line(p.id, (Cell(p.name), Cell(p.id, Ink.QUIET))) for p in people)
        )

    def _step(self, by: int) -> None:
        keys = [line.key for line in self.names.lines]
        if keys:
            at = keys.index(self.names.key) + by if self.names.key in keys else 0
            self.names.choose(keys[max(0, min(at, len(keys) - 1))])

    def _settle(self) -> None:
        if self.person:
            self.entered.emit()

    def _size(self) -> None:
        """As tall as the names are many, up to a few: the rest is scrolled to, or typed."""
        most = _ROWS_GLOVE if metrics().glove else _ROWS
        rows = max(min(len(self._people), most), 1)
        self.names.setFixedHeight(rows * max(_ROW, metrics().target))


class _NameField(Field):
    """A field whose arrow keys go through the list below it; ``moved`` carries 1 or -1."""

    moved = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.moved.emit(step)
