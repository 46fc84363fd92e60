"""What can hurt in a step, said before its instruction: the worst first, all of it to be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console import pictograms
from console.text import tr
from console.ui import paint, pictogram
from console.ui.controls import Button, ScrollBar
from console.ui.guided.hold_button import TARGET_PX
from console.ui.theme import font, look, metrics, theme
from procedures.spec import Procedure
from procedures.spec_parts import Hazard
from procedures.texts import words

WORST_FIRST = ("danger", "warning", "caution", "notice")
_GAP = 8
_EDGE = 2.0


class _Size(NamedTuple):
    """How large a card is drawn: points of its words, pixels of its sign, bar and margins."""

    points: int
    sign: int
    bar: int
    pad: int


_SIZES = (_Size(16, 88, 32, 12), _Size(13, 64, 26, 12), _Size(13, 48, 24, 6))
"""All cards are as large as the room allows."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One hazard in the language of the run; ``language`` where its words are in another one."""

    signal: str
    pictogram: str
    consequence: str
    avoid: str
    language: str = ""

    @classmethod
    def of(cls, hazard: Hazard, language: str) -> Warned:
        """Return a hazard's words; English, and marked as such, where there are no others."""
        (consequence, one), (avoid, other) = (
            words(text, language) for text in (hazard.consequence, hazard.avoid)
        )
        is_foreign = {one, other} != {language}
        shown = (one if one != language else other) if is_foreign else ""
        return cls(hazard.signal, hazard.pictogram, consequence, avoid, shown)


def signal_text(signal: str) -> str:
    """Return a signal word as it stands on its bar."""
    return {
        "danger": tr("DANGER"),
        "warning": tr("WARNING"),
        "caution": tr("CAUTION"),
        "notice": tr("NOTICE"),
    }[signal]


def in_order(procedure: Procedure, names: Sequence[str], language: str) -> tuple[Warned, ...]:
    """Return hazards of a procedure, the worst first, otherwise as the author put them."""
    found = [Warned.of(procedure.hazards[name], language) for name in names]
    return tuple(sorted(found, key=lambda warned: WORST_FIRST.index(warned.signal)))


class _Card(QWidget):
    """One hazard: the bar of its signal word, its sign, what happens, how to avoid it."""

    def __init__(self, warned: Warned) -> None:
        super().__init__()
        self.warned = warned
        self.drawn_as = _SIZES[0]
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        said = f"{warned.consequence} {warned.avoid}"
        self.setAccessibleName(f"{signal_text(warned.signal)}: {said}")

    def height_at(self, width: int, size: _Size) -> int:
        """Return how tall the card is at a width and a size."""
        room = max(width - 3 * size.pad - size.sign, 40)
        text_h = sum(_wrapped(text, size.points, bold, room) for text, bold in self._texts()) + 4
        return round(size.bar + 2 * size.pad + max(text_h, size.sign))

    def _texts(self) -> tuple[tuple[str, bool], ...]:
        return (self.warned.consequence, True), (self.warned.avoid, False)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t, size = QPainter(self), theme(), self.drawn_as
        bar = pictograms.signal(self.warned.signal)
        box = QRectF(self.rect())
        p.fillRect(box, t.panel)
        head = QRectF(box.left(), box.top(), box.width(), size.bar)
        p.fillRect(head, QColor(bar.ground))
        p.setPen(QPen(QColor(bar.ground), _EDGE))
        p.drawRect(box.adjusted(_EDGE / 2, _EDGE / 2, -_EDGE / 2, -_EDGE / 2))
        self._head(p, head, bar)
        body = box.adjusted(size.pad, size.bar + size.pad, -size.pad, -size.pad)
        sign = QRectF(body.left(), body.center().y() - size.sign / 2, size.sign, size.sign)
        pictogram.draw(p, sign, self.warned.pictogram)
        self._body(p, body.adjusted(size.sign + size.pad, 0, 0, 0))

    def _head(self, p: QPainter, head: QRectF, bar: pictograms.Signal) -> None:
        left, ink = head.left() + _EDGE + self.drawn_as.pad, QColor(bar.ink)
        if bar.has_symbol:
            side = head.height() - 8
            _alert_symbol(p, QRectF(left, head.top() + 4, side, side), bar)
            left += side + 8
        place = QRectF(left, head.top(), head.right() - left - self.drawn_as.pad, head.height())
        word = signal_text(self.warned.signal)
        paint.label(p, place, word, self.drawn_as.points, colour=ink, bold=True)
        if self.warned.language:
            foreign = tr("not translated")
            paint.label(p, place, foreign, 11, colour=ink, flags=paint.RIGHT)

    def _body(self, p: QPainter, room: QRectF) -> None:
        points = self.drawn_as.points
        heights = [_wrapped(text, points, bold, room.width()) for text, bold in self._texts()]
        top = room.top() + max((room.height() - sum(heights) - 4) / 2, 0)
        for (text, bold), height in zip(self._texts(), heights, strict=True):
            p.setFont(font(points, bold=bold))
            p.setPen(theme().text)
            place = QRectF(room.left(), top, room.width(), height)
            p.drawText(place, int(Qt.TextFlag.TextWordWrap), text)
            top += height + 4


def _wrapped(text: str, points: int, bold: bool, width: float) -> float:
    metric = QFontMetricsF(font(points, bold=bold))
    room = QRectF(0, 0, width, 4000)
    return metric.boundingRect(room, int(Qt.TextFlag.TextWordWrap), text).height()


def _alert_symbol(p: QPainter, rect: QRectF, bar: pictograms.Signal) -> None:
    """The triangle with an exclamation mark: in the ink of the bar, its mark in the ground."""
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = QPen(QColor(bar.ink), 2)
    edge.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    p.setPen(edge)
    p.setBrush(QColor(bar.ink))
    r = rect.adjusted(1, 2, -1, -2)
    top = r.topLeft() + (r.topRight() - r.topLeft()) / 2
    p.drawPolygon(QPolygonF([top, r.bottomRight(), r.bottomLeft()]))
    x, h = r.center().x(), r.height()
    pen = QPen(QColor(bar.ground), h * 0.13)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    p.setPen(pen)
    p.drawLine(QPointF(x, r.top() + h * 0.38), QPointF(x, r.top() + h * 0.64))
    p.drawPoint(QPointF(x, r.top() + h * 0.85))
    p.restore()


class _Area(QScrollArea):
    """Scrolls up and down; tells when the room for what is inside has changed."""

    resized = Signal()

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ScrollBar())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(inside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class HazardPanel(QWidget):
    """The hazards of a step, the worst first; ``acknowledged`` when a person has read them all.

    Where not all of them fit, the button first shows the rest: nobody acknowledges what was never
    on the screen.
    """

    acknowledged = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[Warned, ...] = ()
        self._cards: list[_Card] = []
        self._seen_to = 0
        self._inside = QWidget()
        self._area = _Area(self._inside)
        self._area.setAccessibleName(tr("Hazards"))
        self._area.resized.connect(self._arrange)
        self.button = Button("", primary=True)
        self.button.clicked.connect(self._pressed)
        self.button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._area, 1)
        column.addWidget(self.button)
        self._area.verticalScrollBar().valueChanged.connect(self._look)
        self.setAccessibleName(tr("Hazards"))
        look().changed.connect(self._arrange)
        self.hide()

    @property
    def shown(self) -> tuple[Warned, ...]:
        """The hazards that are shown, the worst first."""
        return self._shown

    def show_hazards(self, procedure: Procedure, names: Sequence[str], language: str) -> None:
        """Show hazards of a procedure by their names; none hides the panel."""
        wanted = in_order(procedure, names, language)
        self.setVisible(bool(wanted))
        if wanted == self._shown:
            return
        for card in self._cards:
            card.setParent(None)
            card.deleteLater()
        self._shown, self._seen_to = wanted, 0
        self._cards = [_Card(warned) for warned in wanted]
        for card in self._cards:
            card.setParent(self._inside)
            card.show()
        self._area.verticalScrollBar().setValue(0)
        self._arrange()

    def ask(self, wanted: bool) -> None:
        """Show or hide the one button that acknowledges all of them."""
        self.button.setVisible(wanted)
        self._arrange()

    @property
    def is_all_seen(self) -> bool:
        """Whether every hazard has been on the screen to its end."""
        return self._seen_to >= self._inside.height() - 2

    def sizeHint(self) -> QSize:
        width = max(self.width(), 480)
        return QSize(width, self._height_at(width, _SIZES[0]) + self._below())

    def minimumSizeHint(self) -> QSize:
        width = max(self.width(), 320)
        least = max((card.height_at(width, _SIZES[-1]) for card in self._cards), default=0)
        return QSize(320, least + self._below())

    def _below(self) -> int:
        """How much the button takes; before the panel is shown it is not visible either."""
        if self.button.isHidden():
            return 0
        return max(self.button.sizeHint().height(), self.button.minimumHeight()) + _GAP

    # ---- inside ----------------------------------------------------------------------------

    def _height_at(self, width: int, size: _Size) -> int:
        heights = [card.height_at(width, size) for card in self._cards]
        return sum(heights) + _GAP * max(len(heights) - 1, 0)

    def _arrange(self) -> None:
        """Lay the cards out as large as they fit; what does not fit at the least is scrolled to."""
        self.button.setMinimumHeight(max(TARGET_PX, metrics().target))
        room = self._area.viewport().rect()
        fitting = (s for s in _SIZES if self._height_at(room.width(), s) <= room.height())
        size = next(fitting, _SIZES[-1])
        top = 0
        for card in self._cards:
            card.drawn_as = size
            height = card.height_at(room.width(), size)
            card.setGeometry(QRect(0, top, room.width(), height))
            card.update()
            top += height + _GAP
        self._inside.resize(room.width(), max(top - _GAP, 0))
        self.updateGeometry()
        # A scroll bar may come or go with this: look once that has settled.
        QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        bottom = self._area.verticalScrollBar().value() + self._area.viewport().height()
        if self.isVisible():
            self._seen_to = max(self._seen_to, bottom)
        all_read = tr("I have read this and will act on it")
        text = all_read if self.is_all_seen else tr("Show the rest")
        if self.button.text() != text:
            self.button.setText(text)
            self.button.setAccessibleName(text)

    def _pressed(self) -> None:
        self._look()
        if self.is_all_seen:
            self.acknowledged.emit()
            return
        bar = self._area.verticalScrollBar()
        # Whole cards: the first that was not seen to its end comes to the top.
        ends = ((card.y(), card.y() + card.height()) for card in self._cards)
        top = next((top for top, end in ends if end > self._seen_to), 0)
        bar.setValue(max(top, bar.value() + 1))
        self._look()
