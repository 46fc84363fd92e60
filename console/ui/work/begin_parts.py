"""What the form that begins a procedure is made of: ticks, and rows of who and what is there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.text import tr
from console.ui import paint
from console.ui.controls import Button, Choice, Field, frame
from console.ui.setup_parts import Words
from console.ui.theme import font, metrics, theme
from console.ui.work.begin_words import papers
from console.work.people.roster import Person
from procedures.spec import People

_BOX = 20
_FIELD = 176


class Tick(Button):
    """Something to confirm: a box with a tick in it once it is."""

    def __init__(self, text: str) -> None:
        super().__init__(text, checkable=True, left=True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        return QSize(metrics().target * 2, metrics().target)

    def sizeHint(self) -> QSize:
        wide = QFontMetricsF(font(13)).horizontalAdvance(self.text()) + _BOX + 36
        return QSize(round(wide), metrics().target)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        frame(p, rect, t.panel, t.line, focused=self.hasFocus())
        box = QRectF(12, rect.center().y() - _BOX / 2, _BOX, _BOX)
        frame(p, box, t.desired if self.isChecked() else t.panel, t.muted)
        if self.isChecked():
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(QPen(t.text, 2.5))
            x, y = box.left(), box.top()
            ticked = [QPointF(x + 4, y + 10), QPointF(x + 8, y + 15), QPointF(x + 16, y + 5)]
            p.drawPolyline(QPolygonF(ticked))
        paint.label(p, rect.adjusted(12 + _BOX + 8, 0, -8, 0), self.text(), 13)


class Seat(QWidget):
    """One place in the crew: who fills it, and whether their papers are valid."""

    changed = Signal()

    def __init__(self, role: str, need: People, people: list[Person], utc_us: int) -> None:
        super().__init__()
        self.setAccessibleName(role)
        self.need = need
        self._people = {person.id: person for person in people}
        self._utc_us = utc_us
        choices = [("", tr("nobody yet")), *((one.id, one.name) for one in people)]
        self.who = Choice(role, choices)
        self.told = Words(quiet=True)
        title = Words(role, 11)
        title.setFixedWidth(104)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(self.who, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        below = QHBoxLayout()
        below.addSpacing(112)
        below.addWidget(self.told, 1)
        column.addLayout(below)
        self.who.currentIndexChanged.connect(self._turned)
        self._turned()

    @property
    def person(self) -> str:
        """The id of who fills it, empty for nobody."""
        return self.who.key

    def _turned(self) -> None:
        found = self._people.get(self.person)
        self.told.say(papers(found, self.need, self._utc_us) if found else "")
        self.changed.emit()


class Thing(QWidget):
    """Something that must be there: a tick, and beside it what is to be known of it."""

    changed = Signal()

    def __init__(self, key: str, title: str, ask: QWidget | None = None) -> None:
        super().__init__()
        self.key = key
        self.setAccessibleName(title)
        self.tick = Tick(title)
        self.ask = ask
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.tick, 1)
        if ask is not None:
            ask.setFixedWidth(_FIELD)
            row.addWidget(ask)
            self._listen(ask)
        self.tick.toggled.connect(lambda _on: self.changed.emit())

    def _listen(self, ask: QWidget) -> None:
        """What is written beside a thing says that it is there."""
        if isinstance(ask, Field):
            ask.textEdited.connect(lambda _text: self.tick.setChecked(True))
            ask.textChanged.connect(lambda _text: self.changed.emit())
        elif isinstance(ask, Choice):
            ask.currentIndexChanged.connect(lambda _row: self.tick.setChecked(bool(ask.key)))

    @property
    def is_there(self) -> bool:
        """Whether it was confirmed."""
        return self.tick.isChecked()

    @property
    def said(self) -> str:
        """What was written or chosen beside it."""
        if isinstance(self.ask, Field):
            return self.ask.text().strip()
        return self.ask.key if isinstance(self.ask, Choice) else ""


def group(title: str, rows: list[QWidget], changed: Callable[[], None]) -> QWidget:
    """Return rows under a heading; ``changed`` is told of each."""
    whole = QWidget()
    whole.setAccessibleName(title)
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    heading = Words(title, 11)
    heading.setFont(font(11, bold=True))
    heading.setAlignment(Qt.AlignmentFlag.AlignLeft)
    column.addWidget(heading)
    for row in rows:
        column.addWidget(row)
        if isinstance(row, Seat | Thing):
            row.changed.connect(changed)
    return whole
