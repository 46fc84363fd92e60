"""The table of the log: tall rows, marks rather than colour, a place that stays put as it grows."""

from __future__ import annotations

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from console.history.events import Kind
from console.text import tr
from console.ui import log_model as columns
from console.ui import paint
from console.ui.controls import ScrollBar
from console.ui.log_model import LogModel, LogRow
from console.ui.theme import font, look, metrics, theme

ROW_HEIGHT = 48
_PAD = 12
_MARK = 20
_POINTS = 11
_OVER = frozenset(
    {
        Kind.ALARM_CLEARED,
        Kind.ALARM_ACKNOWLEDGED,
        Kind.ALARM_RESET,
        Kind.ALARM_IN_SERVICE,
        Kind.CONDITION_ENDED,
        Kind.LIMIT_CLEARED,
        Kind.LIMIT_ACKNOWLEDGED,
        Kind.DEVICE_RESTORED,
        Kind.DEVICE_CONNECTED,
        Kind.GPU_RESTORED,
        Kind.SENSOR_RESTORED,
        Kind.FAULT_CLEARED,
        Kind.STORAGE_RESTORED,
    }
)
"""Kinds that say that something is in order: they get a tick."""


def kind_mark(p: QPainter, rect: QRectF, row: LogRow, *, active: bool) -> None:
    """Draw the sort of an event: an alarm's mark, a tick for what is over, a dot for the rest.

    An alarm's mark has its colour only while the alarm holds.
    """
    if row.text.priority is not None:
        paint.priority_mark(p, rect, row.text.priority, quiet=not active)
        return
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    middle = rect.center()
    if row.event.kind in _OVER:
        p.setPen(QPen(theme().muted, 1.5))
        x, y = middle.x(), middle.y()
        p.drawPolyline([QPointF(x - 6, y), QPointF(x - 2, y + 4), QPointF(x + 6, y - 5)])
    else:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(theme().muted)
        p.drawEllipse(middle, 2.5, 2.5)
    p.restore()


class LogTable(QTableView):
    """Shows a :class:`LogModel`; ``near_end`` when older rows should be fetched.

    Rows that arrive on top do not move what is read: while scrolled down, the view keeps its place.
    """

    near_end = Signal()
    picked = Signal(object)

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._narrow = False
        self.setModel(model)
        self.setItemDelegate(_Cells(model, self))
        self.setVerticalScrollBar(ScrollBar(self))
        self.setHorizontalHeader(_Titles(self))
        self._fixed()
        self._relook()
        look().changed.connect(self._relook)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.selectionModel().selectionChanged.connect(self._selected)

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

    def set_narrow(self, narrow: bool) -> None:
        """Leave room for the details: the kind becomes its mark alone, who did it is left out."""
        self._narrow = narrow
        self.setColumnHidden(columns.WHO, narrow)
        self._widths()

    @property
    def at_top(self) -> bool:
        """Whether the newest row is in view."""
        return self.verticalScrollBar().value() == 0

    def keep_place(self, added: int) -> None:
        """After rows were added on top: show what was shown before, unless that was the newest."""
        bar = self.verticalScrollBar()
        if bar.value() > 0:
            self.updateGeometries()
            bar.setValue(bar.value() + added)

    def page_by(self, pages: int) -> None:
        """Move by screens, for hands that cannot use a wheel."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._widths()

    def _widths(self) -> None:
        metric = QFontMetricsF(font(_POINTS))
        wide = {
            columns.TIME: metric.horizontalAdvance("2026-00-00") + 2 * _PAD,
            columns.KIND: 2 * _PAD + _MARK + (0 if self._narrow else self._kind_width(metric)),
            columns.PLACE: metric.horizontalAdvance("Node 88 GPU 88") + _PAD,
            columns.WHO: metric.horizontalAdvance("M. Surname") + _PAD,
            columns.RECORD: metric.horizontalAdvance(tr("not recorded")) + 3 * _PAD,
        }
        for column, width in wide.items():
            self.setColumnWidth(column, round(width))
        used = sum(self.columnWidth(column) for column in wide)
        self.setColumnWidth(columns.WHAT, max(self.viewport().width() - used, 160))

    def _kind_width(self, metric: QFontMetricsF) -> float:
        """Room for what is common; a rare long label ends in an ellipsis, the details show it."""
        return metric.horizontalAdvance(Kind.ALARM_ACKNOWLEDGED.label)

    def _scrolled(self, value: int) -> None:
        if value >= self.verticalScrollBar().maximum() - 2 * self.verticalScrollBar().pageStep():
            self.near_end.emit()

    def _selected(self) -> None:
        for index in self.selectionModel().selectedRows():
            self.picked.emit(index.data(Qt.ItemDataRole.UserRole))

    def _relook(self) -> None:
        self.verticalHeader().setDefaultSectionSize(max(ROW_HEIGHT, metrics().target))
        self._widths()
        self.viewport().update()


class _Titles(QHeaderView):
    """Flat column titles over a line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setHighlightSections(False)
        self.setAccessibleName(tr("Columns"))

    def sizeHint(self) -> QSize:
        return QSize(0, 32)

    def paintSection(self, p: QPainter, rect: QRect, section: int) -> None:
        area = QRectF(rect)
        p.fillRect(area, theme().background)
        p.fillRect(QRectF(area.left(), area.bottom() - 1, area.width(), 1), theme().line)
        if section == columns.KIND and area.width() < 5 * _PAD:
            return  # the mark alone needs no title
        text = str(self.model().headerData(section, Qt.Orientation.Horizontal))
        inset = {columns.TIME: _PAD, columns.KIND: 4}.get(section, 0)
        paint.label(p, area.adjusted(inset, 0, -4, 0), text, _POINTS, colour=theme().muted)


class _Cells(QStyledItemDelegate):
    """Paints the cells of a row."""

    def __init__(self, model: LogModel, table: QWidget) -> None:
        super().__init__(table)
        self._model = model
        self._table = table

    def paint(
        self,
        p: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row = self._model.row(index.row())
        rect = QRectF(option.rect)
        p.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        p.fillRect(rect, theme().desired if chosen else theme().panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), theme().range)
        if chosen and index.column() == columns.TIME and self._table.hasFocus():
            p.fillRect(QRectF(rect.left(), rect.top(), 4, rect.height() - 1), theme().focus)
        text = str(index.data())
        quiet = theme().text if chosen else theme().muted
        match index.column():
            case columns.TIME:
                _two_lines(p, rect.adjusted(_PAD, 0, 0, 0), text)
            case columns.KIND:
                self._kind(p, rect, row, text)
            case columns.WHAT:
                _wrapped(p, rect.adjusted(0, 0, -_PAD, 0), text)
            case columns.RECORD:
                _record(p, rect, row, text, quiet)
            case column:
                colour = theme().text if column == columns.PLACE else quiet
                paint.label(p, rect.adjusted(0, 0, -4, 0), text, _POINTS, colour=colour)
        p.restore()

    def _kind(self, p: QPainter, rect: QRectF, row: LogRow, text: str) -> None:
        mark = QRectF(rect.left() + 4, rect.center().y() - _MARK / 2, _MARK, _MARK)
        kind_mark(p, mark, row, active=self._model.is_active(row))
        words = rect.adjusted(_MARK + _PAD, 0, -4, 0)
        if words.width() > _MARK:
            paint.label(p, words, text, _POINTS)


def _two_lines(p: QPainter, rect: QRectF, text: str) -> None:
    """The time, and above it the date where it was not today."""
    date, _, time = text.rpartition(" ")
    if date:
        upper = QRectF(rect.left(), rect.top(), rect.width(), rect.height() / 2)
        paint.label(p, upper.adjusted(0, 4, 0, 0), date, _POINTS, colour=theme().muted)
        rect = QRectF(rect.left(), rect.center().y(), rect.width(), rect.height() / 2 - 4)
    paint.label(p, rect, time, _POINTS, colour=theme().value)


def _wrapped(p: QPainter, rect: QRectF, text: str) -> None:
    """One line, or two where it is long; what does not fit into two ends in an ellipsis."""
    face = font(_POINTS)
    metric = QFontMetricsF(face)
    if metric.horizontalAdvance(text) <= rect.width():
        paint.label(p, rect, text, _POINTS)
        return
    p.setFont(face)
    p.setPen(theme().text)
    option = QTextOption(Qt.AlignmentFlag.AlignVCenter)
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    room = rect.width() * 1.85  # a break between words costs some of the first line
    p.drawText(rect, metric.elidedText(text, Qt.TextElideMode.ElideRight, room), option)


def _record(p: QPainter, rect: QRectF, row: LogRow, text: str, quiet: QColor) -> None:
    if row.recorded:
        paint.label(p, rect, text, _POINTS, colour=quiet)
        return
    tag = QRectF(rect.left(), rect.center().y() - 14, rect.width() - _PAD, 28)
    paint.hatched(p, tag)
    p.fillRect(tag.adjusted(8, 4, -8, -4), theme().panel)
    paint.label(p, tag, text, _POINTS, flags=paint.CENTRE)
