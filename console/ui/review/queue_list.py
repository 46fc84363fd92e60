"""The queue as a list: one thing in two lines, how old it is, how grave it may be."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.ui import paint
from console.ui.controls import ScrollBar
from console.ui.review.rows import Row
from console.ui.theme import font, look, metrics, theme

_Index = QModelIndex | QPersistentModelIndex
_HEIGHT, _PAD, _BAR = 64, 12, 6


class _Rows(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()].title
        return self.rows[index.row()].sentence if role == _SAID else None

    def show(self, rows: tuple[Row, ...]) -> bool:
        """Show rows; returns whether they are others than before."""
        before = self.rows
        if [row.key for row in before] != [row.key for row in rows]:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()
            return True
        self.rows = rows
        for number, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(number), self.index(number))
        return False


_SAID = Qt.ItemDataRole.AccessibleTextRole


class QueueList(QListView):
    """``chosen`` carries the key of what was chosen, ``toggled`` of what was marked by Space."""

    chosen = Signal(str)
    toggled = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model_ = _Rows(self)
        self._is_showing = False
        self.setModel(self.model_)
        self.setItemDelegate(_Painter(self))
        self.setVerticalScrollBar(ScrollBar(self))
        self.setAccessibleName(name)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMinimumSize(120, 120)
        self.selectionModel().currentRowChanged.connect(self._moved)
        look().changed.connect(self._relook)

    @property
    def key(self) -> str:
        """The key of the row that is chosen, empty without one."""
        row = self.currentIndex().row()
        return self.model_.rows[row].key if 0 <= row < len(self.model_.rows) else ""

    @property
    def keys(self) -> list[str]:
        """The keys of all rows that are shown."""
        return [row.key for row in self.model_.rows]

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show rows; what was chosen stays chosen where it is still there."""
        kept, at = self.key, self.verticalScrollBar().value()
        self._is_showing = True
        is_other = self.model_.show(tuple(rows))
        self._is_showing = False
        if is_other and kept in self.keys:
            self.choose(kept)
            self.verticalScrollBar().setValue(at)

    def choose(self, key: str) -> None:
        """Choose a row and bring it into view; an unknown key chooses none."""
        row = next((n for n, one in enumerate(self.keys) if one == key), None)
        if row is None:
            self.selectionModel().clear()
            return
        flag = QItemSelectionModel.SelectionFlag
        index = self.model_.index(row)
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.scrollTo(index)

    def step(self, by: int) -> str:
        """Choose the next row or the one before; returns its key, empty at the end."""
        row = self.currentIndex().row() + by
        if not 0 <= row < len(self.model_.rows):
            return ""
        self.choose(self.model_.rows[row].key)
        return self.key

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.key:
            self.toggled.emit(self.key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.key and self.model_.rows:
            self.choose(self.model_.rows[0].key)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _moved(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.chosen.emit(self.model_.rows[current.row()].key)

    def _relook(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class _Painter(QStyledItemDelegate):
    """Paints a row: the title over where it is, age and exceptions at the right."""

    def __init__(self, view: QueueList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, max(_HEIGHT, metrics().target))

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, t = self._view.model_.rows[index.row()], theme()
        rect = QRectF(option.rect)
        is_chosen = index.row() == self._view.currentIndex().row()
        p.fillRect(rect, t.desired if is_chosen else t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.range)
        if is_chosen and self._view.hasFocus():
            p.fillRect(QRectF(rect.left(), rect.top(), 4, rect.height() - 1), t.focus)
        self._risk(p, QRectF(rect.left() + _PAD, rect.center().y() - 16, _BAR, 32), row)
        inside = rect.adjusted(_PAD * 2 + _BAR, 0, -_PAD, 0)
        middle = rect.center().y()
        top = QRectF(inside.left(), middle - 26, inside.width(), 24)
        under = QRectF(inside.left(), middle + 2, inside.width(), 22)
        if row.marked:
            top = self._tick(p, top)
        self._line(p, top, row.title, row.age, bold=True)
        self._line(p, under, row.under, row.told, quiet=True, is_chosen=is_chosen)

    def _line(
        self,
        p: QPainter,
        rect: QRectF,
        left: str,
        right: str,
        *,
        bold: bool = False,
        quiet: bool = False,
        is_chosen: bool = False,
    ) -> None:
        t = theme()
        wide = QFontMetricsF(font(11)).horizontalAdvance(right) + 4
        ink = t.muted if quiet and not is_chosen else t.text
        room = rect.adjusted(0, 0, -wide - 8, 0)
        paint.label(p, room, left, 11, colour=ink, bold=bold)
        second = t.text if is_chosen else t.muted
        paint.label(p, rect, right, 11, colour=second, flags=paint.RIGHT)

    def _risk(self, p: QPainter, rect: QRectF, row: Row) -> None:
        """Three squares one over the other, filled from below: how grave it may be."""
        t = theme()
        for number in range(3):
            box = QRectF(rect.left(), rect.bottom() - (number + 1) * 11 + 1, rect.width(), 9)
            p.fillRect(box, t.text if number < row.bars else t.range)

    def _tick(self, p: QPainter, rect: QRectF) -> QRectF:
        """A tick before the title of what was marked; returns the room left."""
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(theme().text, 2))
        x, y = rect.left() + 2, rect.center().y()
        p.drawPolyline([QPointF(x, y), QPointF(x + 4, y + 4), QPointF(x + 12, y - 5)])
        p.restore()
        return rect.adjusted(20, 0, 0, 0)
