"""A list for fingers: rows as tall as a target, headings, ticks; a tap or Enter says which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.ui import paint
from console.ui.controls import ScrollBar
from console.ui.theme import look, metrics, theme

_HEADING = 32
_BOX = 18
_PAD = 12
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


class RowKind(Enum):
    """What a row is: text above others, a thing to tick, to open, to do, or to choose."""

    HEADING = auto()
    TICK = auto()
    OPEN = auto()
    ACTION = auto()
    PLAIN = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``key`` is what a tap tells, ``pen`` the line that is drawn for what is ticked."""

    key: str
    text: str
    kind: RowKind = RowKind.PLAIN
    detail: str = ""
    ticked: bool = False
    pen: int | None = None


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            tick = {True: "\N{CHECK MARK} ", False: ""}[row.ticked]
            return f"{tick}{row.text} {row.detail}".strip()
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        heading = index.isValid() and self.rows[index.row()].kind is RowKind.HEADING
        return Qt.ItemFlag.ItemIsEnabled if heading else super().flags(index)

    def show(self, rows: tuple[Row, ...]) -> None:
        if [row.key for row in rows] == [row.key for row in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class TallList(QListView):
    """The list; ``tapped`` carries the key of a row."""

    tapped = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Rows(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self, self._model))
        self.setAccessibleName(name)
        self.setVerticalScrollBar(ScrollBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMinimumSize(120, 96)
        self._is_low = False
        self.clicked.connect(self._tap)
        look().changed.connect(self._relook)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return self._model.rows

    @property
    def key(self) -> str:
        """The key of the row that the keyboard is on; empty without one."""
        at = self.currentIndex().row()
        return self.rows[at].key if 0 <= at < len(self.rows) else ""

    def show_rows(self, rows: Sequence[Row], *, top: bool = False) -> None:
        """Show rows; the keyboard stays on the same one where that is still there."""
        kept = self.key
        self._model.show(tuple(rows))
        if top:
            self.scrollToTop()
            kept = ""
        keys = [row.key for row in rows]
        first = next((n for n, row in enumerate(rows) if row.kind is not RowKind.HEADING), -1)
        at = keys.index(kept) if kept in keys else first
        self.setCurrentIndex(self._model.index(at) if at >= 0 else QModelIndex())
        if top:
            self.scrollToTop()

    def keep_low(self) -> None:
        """Be just as high as the rows: for a few that never change in number."""
        self._is_low = True
        self._relook()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._tap(self.currentIndex())
            return
        if event.text().isdigit():
            event.ignore()  # the window's: digits turn pages
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def _tap(self, index: QModelIndex) -> None:
        if index.isValid() and self.rows[index.row()].kind is not RowKind.HEADING:
            self.tapped.emit(self.rows[index.row()].key)

    def _relook(self) -> None:
        self.scheduleDelayedItemsLayout()
        if self._is_low:
            self.setMaximumHeight(sum(self.sizeHintForRow(n) for n in range(len(self.rows))))
        self.viewport().update()


class _Painter(QStyledItemDelegate):
    def __init__(self, view: TallList, model: _Rows) -> None:
        super().__init__(view)
        self._view = view
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        heading = self._model.rows[index.row()].kind is RowKind.HEADING
        return QSize(96, _HEADING if heading else max(metrics().target, 44))

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, rect, t = self._model.rows[index.row()], QRectF(option.rect), theme()
        heading = row.kind is RowKind.HEADING
        p.fillRect(rect, t.background if heading else t.panel)
        inside = rect.adjusted(_PAD, 0, -_PAD, 0)
        if heading:
            paint.label(p, inside.adjusted(0, 8, 0, 0), row.text, 11, colour=t.muted)
            return
        if option.state & QStyle.StateFlag.State_MouseOver and not metrics().glove:
            p.fillRect(rect, t.range)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.range)
        left = self._lead(p, row, inside)
        right = self._tail(p, row, inside)
        self._words(p, row, QRectF(left, rect.top(), right - left, rect.height() - 1))
        current = index.row() == self._view.currentIndex().row()
        if current and self._view.hasFocus():
            paint.focus_ring(p, rect.adjusted(0, 0, 0, -1))

    def _lead(self, p: QPainter, row: Row, inside: QRectF) -> float:
        """Draw the box of what can be ticked; returns where the text begins."""
        if row.kind is not RowKind.TICK:
            return inside.left()
        t, middle = theme(), inside.center().y()
        box = QRectF(inside.left(), middle - _BOX / 2, _BOX, _BOX)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.muted, 1))
        p.setBrush(t.desired if row.ticked else t.panel)
        p.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        if row.ticked:
            p.setPen(QPen(t.text, 2))
            p.setBrush(Qt.BrushStyle.NoBrush)
            x, y = box.left(), box.top()
            p.drawPolyline(QPolygonF([QPoint(4, 9), QPoint(8, 13), QPoint(14, 5)]).translated(x, y))
        p.restore()
        return box.right() + 10

    def _tail(self, p: QPainter, row: Row, inside: QRectF) -> float:
        """Draw the arrow of what can be opened, or the pen of what is drawn."""
        t, middle, right = theme(), inside.center().y(), inside.right()
        if row.kind is RowKind.OPEN:
            p.save()
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.setPen(QPen(t.muted, 1.5))
            x, y = right - 6, middle
            p.drawPolyline(QPolygonF([QPoint(0, -5), QPoint(5, 0), QPoint(0, 5)]).translated(x, y))
            p.restore()
            return right - 16
        if row.pen is not None:
            p.setPen(QPen(t.pens[row.pen % len(t.pens)], 2))
            p.drawLine(round(right - 20), round(middle), round(right), round(middle))
            return right - 28
        return right

    def _words(self, p: QPainter, row: Row, rect: QRectF) -> None:
        colour = theme().value if row.kind is RowKind.ACTION else theme().text
        if not row.detail:
            paint.label(
                p, rect, row.text, 13 if row.kind is not RowKind.TICK else 11, colour=colour
            )
            return
        middle = rect.center().y()
        above = QRectF(rect.left(), middle - 19, rect.width(), 20)
        below = QRectF(rect.left(), middle, rect.width(), 18)
        paint.label(p, above, row.text, 11, colour=colour)
        paint.label(p, below, row.detail, 11, colour=theme().muted)
