"""One box of a form: what stands beside it on paper, a big field, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.documents.boxes import Box
from console.session.late.written import TICK
from console.session.workplace import Workplace
from console.text import tr
from console.ui import paint
from console.ui.controls import Choice, Field, frame
from console.ui.guided.photos import beside
from console.ui.guided.rows import draw_tick
from console.ui.setup_parts import Words
from console.ui.theme import look, metrics, theme
from console.work.photos import StoredPhoto

_TICK = 28


class BoxRow(QWidget):
    """A box with its label; ``text`` is what was written. Return goes on to the next one."""

    changed = Signal()

    def __init__(self, box: Box, input_: QWidget) -> None:
        super().__init__()
        self.box = box
        self.input = input_
        self.setAccessibleName(box.label)
        self.setFocusProxy(input_)
        self.label = Words(box.label, 13)
        self.hint = Words(_hint(box), 11, quiet=True)
        self.said = Words("", 13)
        self.hint.setVisible(bool(self.hint.text()))
        self.said.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 4)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(2)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.label)
        words.addWidget(self.hint)
        words.addStretch(1)
        grid.addLayout(words, 0, 0)
        grid.addWidget(input_, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.said, 1, 1)
        grid.setColumnStretch(0, 5)
        grid.setColumnStretch(1, 6)
        look().changed.connect(self._relook)
        self._relook()

    def _relook(self) -> None:
        self.setMinimumHeight(metrics().target + 8)

    @property
    def text(self) -> str:
        """What was written, empty for nothing."""
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Put something in."""
        raise NotImplementedError

    def say(self, why: str) -> None:
        """Say what is wrong here, or nothing."""
        self.said.say(why)
        self.said.setVisible(bool(why))

    def next(self) -> None:
        """Go on to the next box."""
        self.focusNextChild()


class TextRow(BoxRow):
    """A box to write in."""

    def __init__(self, box: Box) -> None:
        self.field = Field(box.label, box.hint or box.label)
        self.field.setPlaceholderText("")
        super().__init__(box, self.field)
        self.field.returnPressed.connect(self.focusNextChild)
        self.field.textChanged.connect(lambda _text: self.changed.emit())

    @property
    def text(self) -> str:
        """What was written."""
        return self.field.text().strip()

    def write(self, text: str) -> None:
        """Put a text in."""
        self.field.setText(text)


class TickRow(BoxRow):
    """A box to tick: Space or X ticks it, Return goes on."""

    def __init__(self, box: Box) -> None:
        self.tick = _Tick(box.label)
        super().__init__(box, self.tick)
        self.tick.passed.connect(self.focusNextChild)
        self.tick.toggled.connect(lambda _on: self.changed.emit())

    @property
    def text(self) -> str:
        """``x`` where it is ticked."""
        return TICK if self.tick.isChecked() else ""

    def write(self, text: str) -> None:
        """Tick it, or take the tick off."""
        self.tick.setChecked(bool(text))


class ChoiceRow(BoxRow):
    """A box of which paper has one underlined."""

    def __init__(self, box: Box, choices: Sequence[tuple[str, str]]) -> None:
        self.choice = Choice(box.label, choices)
        super().__init__(box, self.choice)
        self.choice.currentIndexChanged.connect(lambda _n: self.changed.emit())

    @property
    def text(self) -> str:
        """The key of what is underlined."""
        return self.choice.key

    def write(self, text: str) -> None:
        """Underline another one."""
        self.choice.choose(text)


class PictureBox(BoxRow):
    """Where a picture or a scan is attached by the name of its file; it is kept and hashed."""

    def __init__(self, box: Box, place: Callable[[], Workplace | None], *, most: int = 20) -> None:
        self.field = Field(box.label, tr("Name of the file; Return attaches it"))
        super().__init__(box, self.field)
        self._place = place
        self._most = most
        self.kept: list[StoredPhoto] = []
        self.field.returnPressed.connect(self._attach)

    @property
    def text(self) -> str:
        """The hashes of what is attached."""
        return ", ".join(one.sha256 for one in self.kept)

    def write(self, text: str) -> None:
        """Nothing: a picture is attached from a file."""

    def attach(self, path: Path) -> None:
        """Keep a picture beside the data, looked at beside the window."""
        place = self._place()
        if place is None:
            self.say(tr("The work log is not open yet."))
            return
        self.say(tr("Looking at the picture"))
        beside(place, lambda: place.photos.take(path), self._taken, self.say)

    def _attach(self) -> None:
        text = self.field.text().strip()
        if text:
            self.attach(Path(text).expanduser())
        else:
            self.focusNextChild()

    def _taken(self, kept: StoredPhoto) -> None:
        if kept.sha256 not in {one.sha256 for one in self.kept}:
            self.kept = [*self.kept, kept][-self._most :]
        self.field.setText("")
        hashes = ", ".join(one.sha256[:12] for one in self.kept)
        self.say(tr("Attached: {count} ({hashes})", count=len(self.kept), hashes=hashes))
        self.changed.emit()


class BoxGroup(QWidget):
    """The boxes of one section under its title."""

    def __init__(self, title: str, note: str, rows: Sequence[BoxRow]) -> None:
        super().__init__()
        self.rows = list(rows)
        self.setAccessibleName(title)
        self.title = Words(title, 16)
        self.note = Words(note, 11, quiet=True)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.note, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom)
        self.note.setWordWrap(False)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 8)
        self.column.setSpacing(2)
        self.column.addLayout(head)
        for row in self.rows:
            self.column.addWidget(row)
        look().changed.connect(self.update)

    def add(self, row: BoxRow) -> None:
        """Put another box below."""
        self.rows.append(row)
        self.column.addWidget(row)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _Tick(QAbstractButton):
    """A square to tick, a target high; ``passed`` is Return."""

    passed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(metrics().target + 8, metrics().target)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.passed.emit()
        elif event.key() == Qt.Key.Key_X:
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        box = QRectF(0, (self.height() - _TICK) / 2, _TICK, _TICK).adjusted(2, 1, 0, -1)
        p.setPen(QPen(t.muted, 2))
        p.setBrush(t.panel)
        p.drawRect(box.adjusted(1, 1, -1, -1))
        if self.isChecked():
            draw_tick(p, box, t.text)
        if self.hasFocus():
            paint.focus_ring(p, box.adjusted(-1, -1, 1, 1))


def row_of(box: Box) -> BoxRow:
    """Return the row of a box."""
    return TickRow(box) if box.kind == "tick" else TextRow(box)


def _hint(box: Box) -> str:
    return "  ".join(part for part in (box.hint, box.unit) if part)
