"""All points of a device: value, unit, bar, quality, age and register, grouped as in Redfish."""

from __future__ import annotations

import re
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.health.derived import CALCULATED
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import ScrollBar
from console.ui.theme import font, look, metrics, theme
from drivers.points import Point, Quality, Reading, Reason, Snapshot

_ROW, _HEADING = 48, 32
ROW_ROLE = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Row:
    """A heading (no reading) or a point as shown; two equal rows look the same."""

    heading: str
    reading: Reading | None = None
    age: str = ""
    priority: int = 0

    @property
    def key(self) -> str:
        """The point's key, empty for a heading."""
        return self.reading.point.key if self.reading else ""

    @property
    def spoken(self) -> str:
        """The row in one sentence."""
        if self.reading is None:
            return self.heading
        point = self.reading.point
        parts = [
            formats.point_name(point),
            formats.with_unit(self.reading),
            quality_words(self.reading),
        ]
        return ", ".join(filter(None, [*parts, register_words(point), self.age]))


def quality_words(reading: Reading) -> str:
    """Return why a value is not good, in words, or nothing."""
    return "" if reading.reason is Reason.NONE else formats.reason_text(reading.reason)


def register_words(point: Point) -> str:
    """Return the address as printed, or that the value is worked out here."""
    return tr("calculated") if point.register == CALCULATED else point.register


class PointsModel(QAbstractListModel):
    """The rows of one snapshot; only those that look different are reported as changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._keys: tuple[str, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return row.spoken
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid() or self._rows[index.row()].reading is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def show_snapshot(self, view: Snapshot, age_s: float, priorities: dict[str, int]) -> None:
        """Show a snapshot; ``priorities`` is the worst active alarm by point."""
        rows = _rows(view, formats.age(age_s) if age_s >= 3 else "", priorities)
        keys = tuple(row.key or row.heading for row in rows)
        if keys != self._keys:
            self.beginResetModel()
            self._rows, self._keys = rows, keys
            self.endResetModel()
            return
        before, self._rows = self._rows, rows
        changed = [i for i, (a, b) in enumerate(zip(before, rows, strict=True)) if _differs(a, b)]
        for i in changed:
            self.dataChanged.emit(self.index(i), self.index(i))


def _differs(a: Row, b: Row) -> bool:
    if a.reading is None or b.reading is None:
        return a != b
    same_value = a.reading.value == b.reading.value and a.reading.reason is b.reading.reason
    return not (same_value and a.age == b.age and a.priority == b.priority)


def _rows(view: Snapshot, age: str, priorities: dict[str, int]) -> list[Row]:
    groups: dict[str, list[Row]] = {}
    for reading in view.readings:
        row = Row("", reading, age, priorities.get(reading.point.key, 0))
        groups.setdefault(reading.point.group, []).append(row)
    found: list[Row] = []
    for group, rows in groups.items():
        found += [Row(group_name(group)), *rows]
    return found


def group_name(group: str) -> str:
    """A Redfish resource in the reader's language: ``CoolantConnector`` as "Coolant connector"."""
    translated = formats.translated_name(group)
    if translated != group:
        return translated
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", group).capitalize()


class PointsTable(QListView):
    """The list; ``chosen`` carries the key of the point whose row was tapped or entered."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.points = PointsModel(self)
        self.setModel(self.points)
        self.setItemDelegate(_PointDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ScrollBar())
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Points"))
        self.setUniformItemSizes(False)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        look().changed.connect(self._relook)

    def _choose(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        if isinstance(row, Row) and row.key:
            self.chosen.emit(row.key)

    def _relook(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class _PointDelegate(QStyledItemDelegate):
    """Draws a row: name and value above, register, age or what is wrong and a bar below."""

    def sizeHint(self, _option: QStyleOptionViewItem, index: _Index) -> QSize:
        row = index.data(ROW_ROLE)
        if isinstance(row, Row) and row.reading is None:
            return QSize(200, _HEADING)
        return QSize(200, max(_ROW, metrics().target))

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, Row):
            return
        t, rect = theme(), QRectF(option.rect)
        state = option.state
        if row.reading is None:
            p.fillRect(rect, t.background)
            heading = rect.adjusted(12, 8, -8, 0)
            paint.label(p, heading, row.heading, 11, colour=t.muted, bold=True)
            return
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        p.fillRect(rect, t.desired if chosen else t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom(), rect.width(), 1), t.range)
        self._draw(p, rect.adjusted(12, 3, -12, -3), row, row.reading)
        if state & QStyle.StateFlag.State_HasFocus:
            paint.focus_ring(p, rect)

    def _draw(self, p: QPainter, r: QRectF, row: Row, reading: Reading) -> None:
        t, point = theme(), reading.point
        half = r.height() / 2
        top = QRectF(r.left(), r.top(), r.width(), half)
        below = QRectF(r.left(), r.top() + half, r.width(), half)
        number = formats.number(reading)
        has_unit = number != formats.NOTHING and not point.states and not point.flags
        unit = formats.unit(point.unit) if has_unit else ""
        left = top.left()
        if row.priority:
            paint.priority_mark(p, QRectF(left, top.center().y() - 9, 18, 18), row.priority)
            left += 24
        value_w = QFontMetricsF(font(13)).horizontalAdvance(number + unit) + 16
        name = QRectF(left, top.top(), top.right() - value_w - left, top.height())
        paint.label(p, name, formats.point_name(point), 13)
        paint.value(p, top, number, unit, 13, flags=paint.RIGHT)
        wrong = quality_words(reading)
        about = "  ".join(filter(None, [register_words(point), wrong, row.age]))
        bar_w = 96.0
        text = QRectF(below.left(), below.top(), below.width() - bar_w - 12, below.height())
        paint.label(p, text, about, 11, colour=t.text if wrong else t.muted)
        if not point.states and not point.flags:
            bar = QRectF(below.right() - bar_w, below.center().y() - 3, bar_w, 7)
            bad = reading.quality is Quality.BAD
            paint.analog_bar(p, bar, point, None if bad else reading, horizontal=True)
