"""A flat table of texts: every column as wide as its usual text, one row chosen by tap or key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from console.text import tr
from console.ui import paint
from console.ui.controls import ScrollBar
from console.ui.gpu_table import two_lines
from console.ui.theme import font, look, metrics, theme

_Index = QModelIndex | QPersistentModelIndex
_POINTS = 11
_PAD = 6
_ROW, _DENSE = 40, 28
_LEAST = 72.0


class Ink(Enum):
    """How a cell is written: plain, greyer, as a live value, or as a value nobody may trust."""

    PLAIN = auto()
    QUIET = auto()
    VALUE = auto()
    BAD = auto()


@dataclass(frozen=True, slots=True)
class Cell:
    """One text of a row, already translated."""

    text: str
    ink: Ink = Ink.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One row; ``key`` names it across refreshes."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, a usual text for its width, whether it is right-aligned or grows."""

    title: Callable[[], str]
    sample: str
    right: bool = False
    grows: bool = False


class _Lines(QAbstractTableModel):
    """The rows; only those that differ are reported as changed."""

    def __init__(self, columns: Sequence[Column], parent: QWidget) -> None:
        super().__init__(parent)
        self.columns = columns
        self.lines: tuple[Line, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        cells = self.lines[index.row()].cells
        if role == Qt.ItemDataRole.DisplayRole:
            return cells[index.column()].text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(cell.text for cell in cells if cell.text)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        wanted = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self.columns[section].title() if wanted else None

    def show(self, lines: tuple[Line, ...]) -> bool:
        """Show rows; returns whether they are other rows than before."""
        before = self.lines
        if [line.key for line in before] != [line.key for line in lines]:
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
            return True
        self.lines = lines
        last = len(self.columns) - 1
        for row, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row, 0), self.index(row, last))
        return False


class PlainTable(QTableView):
    """The table; ``chosen`` carries the key of a row that was chosen, by tap or by arrow keys.

    ``dense`` is for rows that are only read: they need not be as tall as a target.
    """

    chosen = Signal(str)

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        *,
        dense: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._dense = dense
        self._columns = tuple(columns)
        self._model = _Lines(self._columns, self)
        self._is_showing = False
        self.setModel(self._model)
        self.setItemDelegate(_Cells(self, self._model))
        self.setHorizontalHeader(_Titles(self, self._columns))
        self.setVerticalScrollBar(ScrollBar(self))
        self.setAccessibleName(name)
        self._fixed()
        self._relook()
        look().changed.connect(self._relook)
        self.selectionModel().currentRowChanged.connect(self._moved)

    @property
    def key(self) -> str:
        """The key of the row that is chosen, empty without one."""
        row = self.currentIndex().row()
        return self._model.lines[row].key if 0 <= row < len(self._model.lines) else ""

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._model.lines

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show rows; the one that was chosen stays chosen where it is still there."""
        kept = self.key
        self._is_showing = True
        others = self._model.show(lines)
        self._is_showing = False
        if others:
            self.choose(kept)

    def choose(self, key: str) -> None:
        """Choose a row and bring it into view; an unknown key chooses none."""
        row = next((i for i, line in enumerate(self._model.lines) if line.key == key), None)
        if row is None:
            self.selectionModel().clear()
            return
        flag = QItemSelectionModel.SelectionFlag
        index = self._model.index(row, 0)
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widths()

    def _moved(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.chosen.emit(self._model.lines[current.row()].key)

    def _fixed(self) -> None:
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setMinimumWidth(120)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _widths(self) -> None:
        metric = QFontMetricsF(font(_POINTS))
        wide = [
            max(metric.horizontalAdvance(text) for text in (column.title(), column.sample))
            + 2 * _PAD
            + 2
            for column in self._columns
        ]
        wide = [0.0 if self.isColumnHidden(n) else width for n, width in enumerate(wide)]
        seen = [n for n in range(len(self._columns)) if not self.isColumnHidden(n)]
        growing = [n for n in seen if self._columns[n].grows]
        left = self.viewport().width() - sum(wide)
        for n in growing:
            wide[n] = max(wide[n] + left / len(growing), _LEAST)
        share = min(self.viewport().width() / max(sum(wide), 1.0), 1.0)
        for n, width in enumerate(wide):
            self.setColumnWidth(n, int(width * share))

    def _relook(self) -> None:
        row = _DENSE if self._dense else max(_ROW, metrics().target)
        self.verticalHeader().setMinimumSectionSize(_DENSE)
        self.verticalHeader().setDefaultSectionSize(row)
        self._widths()
        self.viewport().update()


class _Titles(QHeaderView):
    """Flat column titles over a line."""

    def __init__(self, parent: QWidget, columns: tuple[Column, ...]) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._columns = columns
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setAccessibleName(tr("Columns"))

    def sizeHint(self) -> QSize:
        return QSize(0, 32)

    def paintSection(self, p: QPainter, rect: QRect, section: int) -> None:
        area, t, column = QRectF(rect), theme(), self._columns[section]
        p.fillRect(area, t.background)
        p.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), t.line)
        flags = paint.RIGHT if column.right else paint.LEFT
        inside = area.adjusted(_PAD, 0, -_PAD, 0)
        paint.label(p, inside, column.title(), _POINTS, colour=t.muted, flags=flags)


class _Cells(QStyledItemDelegate):
    """Paints the cells of a row."""

    def __init__(self, table: PlainTable, model: _Lines) -> None:
        super().__init__(table)
        self._table = table
        self._model = model

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        t, rect = theme(), QRectF(option.rect)
        cell = self._model.lines[index.row()].cells[index.column()]
        column = self._model.columns[index.column()]
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        p.fillRect(rect, t.desired if is_chosen else t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.range)
        if is_chosen and index.column() == 0 and self._table.hasFocus():
            p.fillRect(QRectF(rect.left(), rect.top(), 4, rect.height() - 1), t.focus)
        inside = rect.adjusted(_PAD, 0, -_PAD, 0)
        flags = paint.RIGHT if column.right else paint.LEFT
        if cell.ink is Ink.BAD:
            width = QFontMetricsF(font(_POINTS)).horizontalAdvance(cell.text) + 2 * _PAD
            left = rect.right() - width if column.right else rect.left()
            hatch = QRectF(left, rect.top() + 8, min(width, rect.width()), rect.height() - 17)
            paint.hatched(p, hatch)
        colour = _colour(cell.ink, is_chosen)
        if column.grows and not column.right:
            two_lines(p, inside, cell.text, colour)
        else:
            paint.label(p, inside, cell.text, _POINTS, colour=colour, flags=flags)


def _colour(ink: Ink, is_chosen: bool) -> QColor:
    t = theme()
    if ink is Ink.QUIET and not is_chosen:
        return t.muted
    return t.value if ink is Ink.VALUE else t.text
