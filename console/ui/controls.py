"""Buttons, choices and fields as every page uses them: flat, at least one target high, named.

Each keeps to the theme in use when it paints and to the target size in use when it is laid out.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QProxyStyle,
    QScrollBar,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleHintReturn,
    QStyleOption,
    QStyleOptionViewItem,
    QWidget,
)

from console.text import tr
from console.ui import paint
from console.ui.theme import font, look, metrics, theme

_CORNER = 4
_POINTS = 13
_CHOICE = 176
_MOST_LINES = 12
KEPT_IN_VIEW = "strip"
"""The name of the widget that nothing may cover: the alarm strip."""


def frame(p: QPainter, rect: QRectF, fill: QColor, line: QColor, *, focused: bool = False) -> None:
    """Draw the box of a control: a fill, a line of one pixel, the ring of the keyboard."""
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(line, 1))
    p.setBrush(fill)
    p.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), _CORNER, _CORNER)
    if focused:
        paint.focus_ring(p, rect)
    p.restore()


class Button(QAbstractButton):
    """A flat button with a word on it; pressed or chosen it is filled.

    ``primary`` is the one thing a panel is for, ``left`` puts the word at the left edge.
    """

    def __init__(
        self,
        text: str,
        *,
        primary: bool = False,
        checkable: bool = False,
        left: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._primary = primary
        self._left = left
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        look().changed.connect(self._relook)

    def sizeHint(self) -> QSize:
        metric = QFontMetricsF(font(_POINTS, bold=self._primary))
        width = metric.horizontalAdvance(self.text()) + 4 * metrics().unit
        return QSize(max(round(width), metrics().target), metrics().target)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        held = self.isDown() or self.isChecked()
        fill = t.desired if held else (t.range if self._primary else t.panel)
        frame(p, rect, fill, t.muted if self._primary else t.line, focused=self.hasFocus())
        flags = paint.LEFT if self._left else paint.CENTRE
        colour = t.text if self.isEnabled() else t.muted
        inside = rect.adjusted(12, 0, -12, 0)
        if not self.isEnabled():
            p.setOpacity(0.6)
        paint.label(p, inside, self.text(), _POINTS, colour=colour, flags=flags, bold=self._primary)

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()


class Segments(QWidget):
    """A few choices side by side of which one holds; ``chosen`` carries the key of a new one."""

    chosen = Signal(str)

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._keys = [key for key, _ in choices]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, (_, text) in enumerate(choices):
            button = Button(text, checkable=True)
            button.setAccessibleName(f"{name}: {text}")
            self._group.addButton(button, number)
            row.addWidget(button)
        self._group.button(0).setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._keys[number]))

    @property
    def key(self) -> str:
        """The key of the choice that holds."""
        return self._keys[self._group.checkedId()]

    def choose(self, key: str) -> None:
        """Make a choice hold without telling anyone."""
        self._group.button(self._keys.index(key)).setChecked(True)


class _ListStyle(QProxyStyle):
    """Opens a choice as a list with a scroll bar."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("fusion")
        self.setParent(parent)

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        data: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_ComboBox_Popup:
            return 0
        return super().styleHint(hint, option, widget, data)


class Choice(QComboBox):
    """One of many; what is open is as tall per line as a target."""

    def __init__(
        self, name: str, choices: Sequence[tuple[str, str]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setItemDelegate(_TallItems(self))
        self.setFont(font(_POINTS))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        # As a menu of the style it would be as long as the screen, over everything.
        self.setStyle(_ListStyle(self))
        self.view().setVerticalScrollBar(ScrollBar(self.view()))
        for key, text in choices:
            self.addItem(text, key)
        look().changed.connect(self._relook)

    @property
    def key(self) -> str:
        """The key of the choice that holds."""
        return str(self.currentData())

    def choose(self, key: str) -> None:
        """Make a choice hold; unknown keys are ignored."""
        number = self.findData(key)
        if number >= 0:
            self.setCurrentIndex(number)

    def sizeHint(self) -> QSize:
        return QSize(min(round(self._widest()) + 6 * metrics().unit, _CHOICE), metrics().target)

    def showPopup(self) -> None:
        """Open below or above, wherever there is room, and never over what must stay in view."""
        room = self._room()
        beside = self.mapToGlobal(QPoint(0, 0)).y()
        below, above = room.bottom() - beside - self.height(), beside - room.top()
        lines = min(self.count(), _MOST_LINES, max(below, above) // metrics().target)
        self.setMaxVisibleItems(max(lines, 1))
        bar = metrics().target // 2 if lines < self.count() else 0
        self.view().setMinimumWidth(round(self._widest()) + 6 * metrics().unit + bar)
        self.view().setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        super().showPopup()
        popup = self.view().window()
        height = min(popup.height(), room.height())
        popup.resize(popup.width(), height)
        under = beside + self.height()
        top = under if height <= below or below >= above else beside - height
        left = min(popup.x(), room.right() - popup.width() + 1)
        popup.move(max(left, room.left()), max(room.top(), min(top, room.bottom() - height + 1)))

    def _room(self) -> QRect:
        """Where an open list may be, on the screen: the window without its alarm strip."""
        window = self.window()
        kept = window.findChild(QWidget, KEPT_IN_VIEW)
        top = kept.mapTo(window, QPoint(0, kept.height())).y() if kept is not None else 0
        whole = window.rect().adjusted(0, top, 0, 0)
        return QRect(window.mapToGlobal(whole.topLeft()), whole.size())

    def _widest(self) -> float:
        metric = QFontMetricsF(font(_POINTS))
        texts = (self.itemText(i) for i in range(self.count()))
        return max((metric.horizontalAdvance(text) for text in texts), default=0.0)

    def minimumSizeHint(self) -> QSize:
        return QSize(15 * metrics().unit, metrics().target)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        frame(p, rect, t.panel, t.line, focused=self.hasFocus())
        paint.label(p, rect.adjusted(12, 0, -32, 0), self.currentText().strip(), _POINTS)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.muted, 1.5))
        x, y = rect.right() - 18, rect.center().y()
        p.drawPolyline(QPolygonF([QPointF(x - 5, y - 2), QPointF(x, y + 3), QPointF(x + 5, y - 2)]))

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()


class _TallItems(QStyledItemDelegate):
    """Lines of an open choice, as tall as a target."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        hint = super().sizeHint(option, index)
        return QSize(hint.width() + 24, metrics().target)

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        option.font = font(_POINTS)


class ScrollBar(QScrollBar):
    """Flat: a trough and a handle; wide enough for a glove in glove mode."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setAccessibleName(tr("Scroll bar"))
        look().changed.connect(self._relook)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.fillRect(self.rect(), t.range)
        span = self.maximum() - self.minimum()
        if span <= 0:
            return
        height = max(self.height() * self.pageStep() / (span + self.pageStep()), 32)
        top = (self.height() - height) * (self.value() - self.minimum()) / span
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(t.muted if self.isSliderDown() else t.normal)
        p.drawRoundedRect(QRectF(3, top + 2, self.width() - 6, height - 4), _CORNER, _CORNER)

    def sizeHint(self) -> QSize:
        return QSize(metrics().target // 2 if metrics().glove else 16, super().sizeHint().height())

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()


class Field(QLineEdit):
    """A line to write in, with what belongs there shown while it is empty; Escape empties it."""

    def __init__(self, name: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint or name)
        self.setFont(font(_POINTS))
        self.setFrame(False)
        self.setTextMargins(12, 0, 12, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(28 * metrics().unit, metrics().target)

    def minimumSizeHint(self) -> QSize:
        return QSize(15 * metrics().unit, metrics().target)

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; while there is something to empty, it is ours.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.setAccepted(bool(self.text()))
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        p = QPainter(self)
        line = theme().muted if self.hasFocus() else theme().line
        clear = QColor(Qt.GlobalColor.transparent)
        frame(p, QRectF(self.rect()), clear, line, focused=self.hasFocus())
