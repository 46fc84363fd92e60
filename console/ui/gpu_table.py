"""The GPUs as a table, for putting them in order: which is the hottest, which has an Xid?"""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPolygonF,
    QResizeEvent,
    QTextLayout,
)
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
from console.ui import formats, paint
from console.ui.controls import ScrollBar
from console.ui.gpu_model import COLUMNS, STATE, GpuModel, GpuOrder, Key
from console.ui.gpu_roster import GpuRoster
from console.ui.gpu_state import KEYS, GpuState
from console.ui.theme import font, look, metrics, theme
from drivers.points import Quality, Reason

ROW_HEIGHT = 40
_PAD = 6
_LEAST = 96.0
_MARK = 18
_POINTS = 11


class GpuTable(QTableView):
    """Every GPU, one a row; ``opened`` carries the id of the one that was tapped or entered."""

    opened = Signal(str)
    sorted = Signal(int, Qt.SortOrder)

    def __init__(self, roster: GpuRoster, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._narrow = False
        self._usual: list[float] = [0.0] * len(COLUMNS)
        self._said: set[tuple[str, Reason]] = set()
        self.roster = roster
        self.rows = GpuModel(roster)
        self.order = GpuOrder(self.rows)
        self.rows.setParent(self)
        self.order.setParent(self)
        self.setModel(self.order)
        self.setItemDelegate(_Cells(self))
        self.setVerticalScrollBar(ScrollBar(self))
        self.titles = _Titles(self)
        self.setHorizontalHeader(self.titles)
        self.setAccessibleName(tr("Table of GPUs"))
        self._fixed()
        self._relook()
        look().changed.connect(self._relook)
        self.clicked.connect(self._open)
        self.titles.sectionClicked.connect(self._title_tapped)

    def sort_by(self, column: int, order: Qt.SortOrder) -> None:
        """Put the rows in the order of a column; -1 is the order of tanks and slots."""
        self.titles.setSortIndicatorShown(column >= 0)
        self.titles.setSortIndicator(column, order)
        self.order.sort(column, order)
        self.titles.viewport().update()
        self.sorted.emit(column, order)

    def renew(self) -> None:
        """Put the rows in order by what is known now, and make room for words that came up."""
        self.order.renew()
        said = {
            (key, reason)
            for state in self.roster.states
            if not (state.lost or state.silent)
            for key, reason in zip(KEYS, state.reasons, strict=True)
            if reason.quality is Quality.BAD
        }
        if said - self._said:
            self._said |= said
            self._relook()

    def _title_tapped(self, column: int) -> None:
        """By this column, what matters first; a second tap turns it round."""
        order = first_order(column)
        if self.order.sortColumn() == column and self.order.sortOrder() is order:
            order = _other(order)
        self.sort_by(column, order)

    def set_narrow(self, *, narrow: bool) -> None:
        """Leave room for the details: what they say is left out here."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._widths()

    def choose(self, position: int | None) -> None:
        """Select the GPU at a position of the roster and bring it into view."""
        row = None if position is None else self.order.row_of(position)
        if row is None:
            self.clearSelection()
            return
        flag = QItemSelectionModel.SelectionFlag
        index = self.order.index(row, STATE)
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect | flag.Rows)
        self.scrollTo(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._widths()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.order.state(index.row()).place.part)

    def _fixed(self) -> None:
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)

    def _widths(self) -> None:
        """Every column as wide as its usual text; what is left goes to the words.

        Beside the details, columns that they repeat give way where there is no room for all.
        """
        tight = self._narrow and sum(self._usual) > self.viewport().width()
        for number, column in enumerate(COLUMNS):
            self.setColumnHidden(number, tight and column.wide)
        shown = [n for n in range(len(COLUMNS)) if not self.isColumnHidden(n)]
        wide = {n: self._usual[n] for n in shown}
        left = self.viewport().width() - sum(wide.values())
        growing = [n for n in shown if COLUMNS[n].grows]
        for n in growing:
            wide[n] = max(wide[n] + left / len(growing), _LEAST)
        over = max(sum(wide.values()) - self.viewport().width(), 0.0) / len(shown)
        for n in shown:
            self.setColumnWidth(n, math.floor(wide[n] - over))
        used = sum(self.columnWidth(n) for n in shown)
        rest = max(self.viewport().width() - used, 0)
        self.setColumnWidth(STATE, self.columnWidth(STATE) + rest)

    def _relook(self) -> None:
        self.verticalHeader().setDefaultSectionSize(max(ROW_HEIGHT, metrics().target))
        metric = QFontMetricsF(font(_POINTS))
        self._usual = [_usual_width(n, metric, self._said) for n in range(len(COLUMNS))]
        self._widths()
        self.viewport().update()


def _usual_width(column: int, metric: QFontMetricsF, said: set[tuple[str, Reason]]) -> float:
    """Room for a title, the usual text and the words that came up instead of numbers."""
    about = COLUMNS[column]
    words = [about.title(), about.sample()]
    reasons = [formats.reason_text(reason) for point, reason in said if point == about.point]
    words += [part for reason in reasons for part in reason.split()]  # they may take two lines
    text = max(metric.horizontalAdvance(word) for word in words)
    return math.ceil(text) + 2 + 2 * _PAD + (_MARK + 6 if column == STATE else 0)


def first_order(column: int) -> Qt.SortOrder:
    """Return the order asked for more often: the largest first, of margins the smallest."""
    falling = column >= 0 and COLUMNS[column].measured and COLUMNS[column].largest_first
    return Qt.SortOrder.DescendingOrder if falling else Qt.SortOrder.AscendingOrder


def _other(order: Qt.SortOrder) -> Qt.SortOrder:
    rising = order is Qt.SortOrder.AscendingOrder
    return Qt.SortOrder.DescendingOrder if rising else Qt.SortOrder.AscendingOrder


class _Titles(QHeaderView):
    """Flat column titles over a line; a tap sorts, an arrow shows by what and which way."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setSectionsClickable(True)
        self.setAccessibleName(tr("Columns"))

    def sizeHint(self) -> QSize:
        return QSize(0, metrics().target)

    def paintSection(self, p: QPainter, rect: QRect, section: int) -> None:
        area, t = QRectF(rect), theme()
        p.fillRect(area, t.background)
        p.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), t.line)
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        sorted_by = self.isSortIndicatorShown() and section == self.sortIndicatorSection()
        right = COLUMNS[section].measured
        inside = area.adjusted(_PAD, 0, -_PAD, 0)
        colour = t.text if sorted_by else t.muted
        if sorted_by:
            at = inside.right() - 4 if right else _after(text, inside)
            _arrow(p, QPointF(at, area.center().y()), self.sortIndicatorOrder())
            if right:
                inside.adjust(0, 0, -14, 0)
        flags = paint.RIGHT if right else paint.LEFT
        paint.label(p, inside, text, _POINTS, colour=colour, flags=flags, bold=sorted_by)


def _after(text: str, inside: QRectF) -> float:
    metric = QFontMetricsF(font(_POINTS, bold=True))
    return min(inside.left() + metric.horizontalAdvance(text) + 10, inside.right() - 4)


def _arrow(p: QPainter, at: QPointF, order: Qt.SortOrder) -> None:
    """Up for rising, down for falling."""
    way = 1 if order is Qt.SortOrder.AscendingOrder else -1
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(theme().text)
    p.drawPolygon(
        QPolygonF([at + QPointF(-4, 3 * way), at + QPointF(4, 3 * way), at + QPointF(0, -3 * way)])
    )
    p.restore()


class _Cells(QStyledItemDelegate):
    """Paints the cells of a row."""

    def __init__(self, table: GpuTable) -> None:
        super().__init__(table)
        self._table = table

    def paint(
        self,
        p: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        state = self._table.order.state(index.row())
        column, rect, t = index.column(), QRectF(option.rect), theme()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        p.fillRect(rect, t.desired if chosen else t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.range)
        if chosen and column == STATE and self._table.hasFocus():
            p.fillRect(QRectF(rect.left(), rect.top(), 4, rect.height() - 1), t.focus)
        inside = rect.adjusted(_PAD, 0, -_PAD, 0)
        if column == STATE:
            _state(p, inside, state, chosen=chosen)
            return
        about = COLUMNS[column]
        missing = about.measured and about.key(state) is None
        colour = t.value if about.measured and not missing else t.text
        if missing or about.quiet or (about.counts and not _is_any(about.key(state))):
            colour = t.text if chosen else t.muted
        elif state.recorded and about.measured:
            colour = t.muted
        flags = paint.RIGHT if about.measured else paint.LEFT
        two_lines(p, inside, about.text(state), colour, flags)


def _is_any(key: Key) -> bool:
    """Whether a count is above none."""
    return any(n > 0 for n in key) if isinstance(key, tuple) else bool(key)


def _state(p: QPainter, r: QRectF, state: GpuState, *, chosen: bool) -> None:
    mark = QRectF(r.left(), r.center().y() - _MARK / 2, _MARK, _MARK)
    if state.priority:
        paint.priority_mark(p, mark, state.priority)
    elif state.lost or state.silent or state.margin_k is None:
        paint.hatched(p, mark)
    colour = theme().text if state.abnormal or chosen else theme().muted
    words = state.word[:1].upper() + state.word[1:]
    two_lines(p, r.adjusted(_MARK + 6, 0, 0, 0), words, colour)


def two_lines(
    p: QPainter, r: QRectF, words: str, colour: QColor, flags: Qt.AlignmentFlag = paint.LEFT
) -> None:
    """Write words in one line, or in two where they are long; what is left is an ellipsis."""
    face = font(_POINTS)
    metric = QFontMetricsF(face)
    if metric.horizontalAdvance(words) <= r.width():
        paint.label(p, r, words, _POINTS, colour=colour, flags=flags)
        return
    layout = QTextLayout(words, face)
    layout.beginLayout()
    line = layout.createLine()
    line.setLineWidth(r.width())
    layout.endLayout()
    first, rest = words[: line.textLength()].rstrip(), words[line.textLength() :]
    half, step = r.center().y(), metric.height()
    upper = QRectF(r.left(), half - step, r.width(), step)
    paint.label(p, upper, first, _POINTS, colour=colour, flags=flags)
    lower = upper.translated(0, step)
    paint.label(p, lower, rest, _POINTS, colour=colour, flags=flags)
