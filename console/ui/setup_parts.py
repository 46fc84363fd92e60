"""What both halves of the Setup page are made of: lists of facts, words, panels that scroll."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from console.ui import paint
from console.ui.controls import ScrollBar, frame
from console.ui.theme import font, look, theme

SIDE = 344
_ROW = 26
_HEAD = 32
_LEAST_NAME = 96

Facts = tuple[tuple[str, str], ...]


class FactList(QWidget):
    """Names and values under a heading, drawn; as tall as they are many."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.facts: Facts = ()
        self.setAccessibleName(heading)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def show_facts(self, facts: Facts) -> None:
        """Show other facts; the same ones cost nothing."""
        if facts == self.facts:
            return
        taller = len(facts) != len(self.facts)
        self.facts = facts
        self.setAccessibleDescription(", ".join(f"{name} {value}" for name, value in facts))
        if taller:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE - 48, _HEAD + len(self.facts) * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p, t, width = QPainter(self), theme(), self.width()
        paint.label(p, QRectF(0, 0, width, 24), self._heading, 11, bold=True)
        p.fillRect(QRectF(0, 26, width, 1), t.line)
        metric = QFontMetricsF(font(11))
        for number, (name, value) in enumerate(self.facts):
            r = QRectF(0, _HEAD + number * _ROW, width, _ROW)
            if not r.intersects(QRectF(event.rect())):
                continue
            said = min(metric.horizontalAdvance(value) + 2, width - _LEAST_NAME)
            paint.label(p, r.adjusted(0, 0, -said - 8, 0), name, colour=t.muted)
            paint.label(p, r.adjusted(width - said, 0, 0, 0), value, flags=paint.RIGHT)


class Panel(QFrame):
    """A box on the panel colour."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        look().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class Words(QLabel):
    """Words that break into lines and may be copied; ``quiet`` ones are greyer."""

    def __init__(self, text: str = "", points: int = 11, *, quiet: bool = False) -> None:
        super().__init__(text)
        self._quiet = quiet
        self._points = points
        self.setWordWrap(True)
        self.setMinimumWidth(1)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        look().changed.connect(self._relook)
        self._relook()

    def say(self, text: str) -> None:
        """Show other words; nothing is shown of none."""
        if text != self.text():
            self.setText(text)

    def _relook(self) -> None:
        self.setFont(font(self._points))
        palette = self.palette()
        colour = theme().muted if self._quiet else theme().text
        palette.setColor(palette.ColorRole.WindowText, colour)
        self.setPalette(palette)


def scrolling(inside: QWidget, name: str) -> QScrollArea:
    """Return an area in which a widget scrolls up and down."""
    area = QScrollArea()
    area.setVerticalScrollBar(ScrollBar(area))
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    area.setAccessibleName(name)
    return area
