"""Keys on the screen for hands in gloves: figures first, letters a tap away."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Button
from console.ui.theme import look, metrics

_FIGURES = ("123", "456", "789")
_LETTERS = ("abcdef", "ghijkl", "mnopqr", "stuvwx")
_GAP = 8


class Keypad(QWidget):
    """Writes into a field at its cursor. The keys never take the keyboard from it.

    Shown in glove mode only, unless ``always``: other hands have a keyboard.
    """

    def __init__(self, field: QLineEdit, *, always: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(tr("Keys on the screen"))
        self.field = field
        self._always = always
        self._capitals = False
        self._letter_keys: list[Button] = []
        self.boards = QStackedWidget()
        self.boards.addWidget(self._figures())
        self.boards.addWidget(self._letters())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.boards)
        column.addStretch(1)
        look().changed.connect(self._relook)
        self._turn(letters=False)
        self._relook()

    def write_to(self, field: QLineEdit) -> None:
        """Write into another field from now on."""
        self.field = field

    def reset(self) -> None:
        """Show the figures again."""
        self._capitals = False
        self._case()
        self._turn(letters=False)

    def key(self, text: str) -> Button:
        """Return the key with this on it; raises KeyError for one that there is not."""
        found = {button.text(): button for button in self.findChildren(Button)}
        return found[text]

    def _figures(self) -> QWidget:
        board = QWidget()
        grid = _grid(board)
        for row, figures in enumerate(_FIGURES):
            for place, figure in enumerate(figures):
                grid.addWidget(self._writes(figure), row, place)
        grid.addWidget(self._does(tr("abc"), lambda: self._turn(letters=True), tr("Letters")), 3, 0)
        grid.addWidget(self._writes("0"), 3, 1)
        grid.addWidget(self._does("\N{ERASE TO THE LEFT}", self._erase, tr("Erase")), 3, 2)
        return board

    def _letters(self) -> QWidget:
        board = QWidget()
        grid = _grid(board)
        for row, letters in enumerate(_LETTERS):
            for place, letter in enumerate(letters):
                key = self._writes(letter)
                self._letter_keys.append(key)
                grid.addWidget(key, row, place)
        for place, letter in enumerate("yz"):
            key = self._writes(letter)
            self._letter_keys.append(key)
            grid.addWidget(key, 4, place)
        grid.addWidget(self._does("\N{UPWARDS WHITE ARROW}", self._shift, tr("Capitals")), 4, 2)
        space = self._does("\N{OPEN BOX}", lambda: self._write(" "), tr("Space"))
        grid.addWidget(space, 4, 3)
        grid.addWidget(self._does("123", lambda: self._turn(letters=False), tr("Figures")), 4, 4)
        grid.addWidget(self._does("\N{ERASE TO THE LEFT}", self._erase, tr("Erase")), 4, 5)
        return board

    def _writes(self, text: str) -> Button:
        button = _Key(text)
        button.clicked.connect(lambda: self._write(button.text()))
        return button

    def _does(self, text: str, act: Callable[[], None], name: str) -> Button:
        button = _Key(text)
        button.setAccessibleName(name)
        button.clicked.connect(act)
        return button

    def _write(self, text: str) -> None:
        if self.field.isEnabled():
            self.field.insert(text)

    def _erase(self) -> None:
        if self.field.isEnabled():
            self.field.backspace()

    def _shift(self) -> None:
        self._capitals = not self._capitals
        self._case()

    def _case(self) -> None:
        for key in self._letter_keys:
            text = key.text().upper() if self._capitals else key.text().lower()
            key.setText(text)
            key.setAccessibleName(text)

    def _turn(self, *, letters: bool) -> None:
        """Show one board; the other takes no room while it is out of sight."""
        self.boards.setCurrentIndex(int(letters))
        self._fit()
        self.updateGeometry()

    def _relook(self) -> None:
        self.setVisible(self._always or metrics().glove)
        for layout in self.boards.findChildren(QGridLayout):
            layout.invalidate()
        self._fit()

    def _fit(self) -> None:
        shown = self.boards.currentWidget()
        if shown is not None:
            self.boards.setFixedSize(shown.sizeHint())


class _Key(Button):
    """A square key that leaves the keyboard where it is."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def sizeHint(self) -> QSize:
        return QSize(metrics().target, metrics().target)


def _grid(board: QWidget) -> QGridLayout:
    grid = QGridLayout(board)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(_GAP)
    return grid
