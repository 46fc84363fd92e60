"""A line of what a step asks: a mark, what it is, what is missing, and what a hand can do there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.ui import paint
from console.ui.controls import Button, frame
from console.ui.guided.hands import Hands
from console.ui.guided.situation import Situation
from console.ui.setup_parts import Words
from console.ui.theme import look, metrics, theme

_MARK = 28
TOOL_PX, BIG_PX = 48, 56
"""Least heights of what is touched here, also where the rest of the window keeps to 40."""
TODO, DONE, WAIT, UNMET, UNKNOWN = "todo", "done", "wait", "unmet", "unknown"


def draw_mark(p: QPainter, box: QRectF, mark: str, share: float | None = None) -> None:
    """Draw how a line stands: an empty ring, a tick, a ring that fills, a doubtful one."""
    t = theme()
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    ring = box.adjusted(1.5, 1.5, -1.5, -1.5)
    if mark in {DONE, "met"}:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(t.text)
        p.drawEllipse(ring)
        draw_tick(p, ring, t.panel)
    elif mark == UNKNOWN:
        p.setPen(QPen(t.stale, 2, Qt.PenStyle.DashLine))
        p.drawEllipse(ring)
        paint.label(p, box, "?", 13, colour=t.stale, flags=paint.CENTRE, bold=True)
    else:
        p.setPen(QPen(t.muted, 2))
        p.drawEllipse(ring)
        if mark == WAIT:
            p.setPen(_pen(t.text, 4))
            p.drawArc(ring.adjusted(3, 3, -3, -3), 90 * 16, -round((share or 0.0) * 360 * 16))
        elif mark == "overridden":
            draw_tick(p, ring, t.muted)
        elif mark == UNMET:
            p.setPen(_pen(t.text, 3))
            centre = ring.center()
            p.drawLine(centre - QPointF(6, 0), centre + QPointF(6, 0))
    p.restore()


def _pen(colour: QColor, width: float) -> QPen:
    """Return a pen whose lines end where they end."""
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def draw_tick(p: QPainter, box: QRectF, colour: QColor) -> None:
    """Draw a tick into a box."""
    w, h = box.width(), box.height()
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(_pen(colour, max(w / 9, 2)))
    at = [
        QPointF(box.left() + x * w, box.top() + y * h)
        for x, y in ((0.27, 0.53), (0.43, 0.69), (0.74, 0.33))
    ]
    p.drawPolyline(QPolygonF(at))


class Mark(QWidget):
    """The mark at the left of a line."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._mark: tuple[str, float | None] = (TODO, None)
        self.setFixedSize(_MARK, _MARK)
        self.setAccessibleName(name)
        look().changed.connect(self.update)

    def show_mark(self, mark: str, share: float | None = None) -> None:
        """Show another one."""
        if (mark, share) != self._mark:
            self._mark = (mark, share)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_mark(QPainter(self), QRectF(self.rect()), *self._mark)


class Row(QWidget):
    """A line with a mark; kinds of lines add what they need at the right and below.

    ``show_state`` is called with every refresh; it may change words and what is enabled, never the
    widgets themselves.
    """

    def __init__(self, title: str, hands: Hands) -> None:
        super().__init__()
        self.hands = hands
        self.setAccessibleName(title)
        self.mark = Mark(title)
        self.title = Words(title, 16)
        self.detail = Words("", 13, quiet=True)
        self.said = Words("", 13)
        self.right = QHBoxLayout()
        self.right.setSpacing(8)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        self._below = QVBoxLayout()
        self._lay_out()
        look().changed.connect(self._relook)
        self._relook()

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        raise NotImplementedError

    def say(self, text: str) -> None:
        """Say something where the hand is: why it was refused, or nothing."""
        self.said.say(text)
        self.said.setVisible(bool(text))

    def tell(self, text: str) -> None:
        """Show the greyer words below the title; none takes no room."""
        self.detail.say(text)
        self.detail.setVisible(bool(text))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addStretch(1)
        for part in (self.title, self.detail, self.said):
            words.addWidget(part)
        words.addStretch(1)
        self.detail.hide()
        self.said.hide()
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.mark)
        top.addLayout(words, 1)
        top.addLayout(self.right)
        self._below.setSpacing(8)
        self._below.setContentsMargins(_MARK + 12, 0, 0, 0)
        self._below.addLayout(self.tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(6)
        column.addLayout(top, 1)
        column.addLayout(self._below)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)

    def _relook(self) -> None:
        self.setMinimumHeight(max(metrics().target + 12, 56))


class BigButton(Button):
    """A button for a finger in a glove, in every mode."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), BIG_PX))


class ToolButton(Button):
    """A button of a line: a click leaves the keyboard where it is, Tab still reaches it."""

    def __init__(self, text: str, *, primary: bool = False) -> None:
        super().__init__(text, primary=primary)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), max(hint.height(), TOOL_PX))

    def rename(self, text: str) -> None:
        """Say something else."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.updateGeometry()


class TapRow(Row):
    """A line that is one big button: a touch anywhere on it, or Space, is ``tapped``."""

    tapped = Signal()

    def __init__(self, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self._is_on = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        for words in (self.title, self.detail, self.said):
            words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)

    @property
    def is_open(self) -> bool:
        """Whether a touch is taken."""
        return self._is_on

    def allow(self, possible: bool) -> None:
        """Take touches, or not."""
        self._is_on = possible
        policy = Qt.FocusPolicy.TabFocus if possible else Qt.FocusPolicy.NoFocus
        if self.focusPolicy() != policy:
            self.setFocusPolicy(policy)

    def press(self) -> None:
        """Do what a touch does."""
        if self._is_on:
            self.tapped.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(
            event.position().toPoint()
        ):
            self.press()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            paint.focus_ring(QPainter(self), QRectF(self.rect()))


class Live(QWidget):
    """A live value with its unit, what it must be, and its age, set right."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._shown = ("", "", "", "", False)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def show_value(self, live: str, unit: str, needed: str, age: str, *, doubtful: bool) -> None:
        """Show another value."""
        shown = (live, unit, needed, age, doubtful)
        if shown != self._shown:
            self._shown = shown
            self.setAccessibleDescription(f"{live} {unit}, {needed}, {age}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(248, 48)

    def minimumSizeHint(self) -> QSize:
        return QSize(176, 48)

    def paintEvent(self, _event: QPaintEvent) -> None:
        live, unit, needed, age, doubtful = self._shown
        p, t = QPainter(self), theme()
        r = QRectF(self.rect())
        top, foot = (
            r.adjusted(0, 0, 0, -r.height() / 2 + 2),
            r.adjusted(0, r.height() / 2 + 2, 0, 0),
        )
        if doubtful:
            box = QRectF(top.right() - 84, top.top() + 1, 84, top.height() - 2)
            paint.hatched(p, box)
        paint.value(
            p, top, live, unit, 20, flags=paint.RIGHT, colour=t.stale if doubtful else t.value
        )
        told = "  ".join(part for part in (needed, age) if part)
        paint.label(p, foot, told, 13, colour=t.muted, flags=paint.RIGHT)
