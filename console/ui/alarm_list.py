"""The list of alarms: tall rows that show cause before consequence, worked by taps and arrows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.alarms.events import AlarmKey
from console.session.session import Session
from console.text import tr
from console.ui import alarm_words as words
from console.ui import formats, paint
from console.ui.alarm_marks import BLINK_MS, alarm_mark, is_lit
from console.ui.alarm_rows import Row
from console.ui.conditions import condition
from console.ui.controls import ScrollBar
from console.ui.theme import font, look, metrics, theme

_Index = QModelIndex | QPersistentModelIndex
_ROW = 60
_MARK = 26
_PAD = 12
_INDENT = 28
_FOLD = 84
_LONG_S = 5040.0


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything that a row says; made when a row is drawn."""

    what: str
    where: str
    since: str
    ago: str
    state: str
    left: str
    bold: bool
    is_late: bool = False

    @property
    def sentence(self) -> str:
        """The row as one sentence."""
        told = (self.what, self.where, self.state, self.since, self.left)
        return ", ".join(filter(None, told))


class RowTexts:
    """Puts rows into words."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, row: Row) -> Texts:
        """Return what a row says now."""
        if row.summary:
            return self._summary(row)
        alarm, now_us = row.status, self._session.now().utc_us
        place = words.place_text(self._session, alarm.subject)
        where = "   ".join(filter(None, (place, words.measured_text(alarm))))
        aside = alarm.state.is_set_aside
        if aside:
            where = f"{place}   {words.aside_text(alarm, now_us)}"
        spec = self._session.alarms.definition_of(alarm.key)
        left = words.left_s(alarm, spec, now_us)
        state, rest = words.row_state(alarm)
        if left is not None:
            rest = words.left_text(left)
        since_us = alarm.aside_us if aside else alarm.since_us
        return Texts(
            what=condition(alarm),
            where=where,
            since=formats.clock(since_us, now_us),
            ago=formats.age(max(now_us - since_us, 0) / 1e6),
            state=state,
            left=words.shelf_left(alarm, now_us) or rest,
            bold=not alarm.acknowledged,
            is_late=left is not None and left < 0,
        )

    def _summary(self, row: Row) -> Texts:
        """A place's group in a flood: how many, how many unseen, and what came first."""
        first, now_us = row.status, self._session.now().utc_us
        unseen = sum(1 for status in row.whole if not status.acknowledged)
        group = words.group_text(first.group)
        what = tr(
            "{place} \N{MIDDLE DOT} {group}: {n} alarms",
            place=self._session.name_of(row.place),
            group=group,
            n=sum(1 for status in row.whole if not status.state.is_set_aside),
        )
        return Texts(
            what=what,
            where=tr("first: {what}", what=condition(first)),
            since=formats.clock(first.since_us, now_us),
            ago=formats.age(max(now_us - first.since_us, 0) / 1e6),
            state=tr("{n} unacknowledged", n=unseen) if unseen else tr("acknowledged"),
            left="",
            bold=bool(unseen),
        )


class AlarmModel(QAbstractListModel):
    """The rows; the row itself is under ``UserRole``."""

    def __init__(self, texts: RowTexts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self._texts = texts

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            beneath = tr("{n} consequences", n=len(row.beneath)) if row.beneath else ""
            return ", ".join(filter(None, (self._texts.of(row).sentence, beneath)))
        return None

    def show(self, rows: Sequence[Row]) -> bool:
        """Show rows; returns whether they are other alarms, or in another order, than before."""
        before, self_rows = self.rows, tuple(rows)
        if [(r.key, r.depth) for r in before] != [(r.key, r.depth) for r in self_rows]:
            self.beginResetModel()
            self.rows = self_rows
            self.endResetModel()
            return True
        self.rows = self_rows
        for number, (old, new) in enumerate(zip(before, self_rows, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(number), self.index(number))
        return False


class AlarmList(QListView):
    """Shows rows; ``picked`` carries the row that is chosen, ``toggled`` one to fold or open."""

    picked = Signal(object)
    toggled = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = RowTexts(session)
        self.rows = AlarmModel(self.texts, self)
        self._is_showing = False
        self._second = -1
        self.setModel(self.rows)
        self.setItemDelegate(_Cells(self))
        self.setVerticalScrollBar(ScrollBar(self))
        self.setAccessibleName(tr("Alarms, the most urgent first"))
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMinimumSize(200, 80)
        self.blink = QTimer(self, interval=BLINK_MS)
        self.blink.timeout.connect(self._on_blink)
        self.selectionModel().currentRowChanged.connect(self._moved)
        look().changed.connect(self._relook)

    @property
    def row(self) -> Row | None:
        """The row that is chosen."""
        number = self.currentIndex().row()
        return self.rows.rows[number] if 0 <= number < len(self.rows.rows) else None

    def show_rows(self, rows: Sequence[Row], second: int) -> None:
        """Show rows; the chosen one stays chosen, and what is read stays where it is."""
        kept, at = self.row, self.verticalScrollBar().value()
        self._is_showing = True
        others = self.rows.show(rows)
        if others and kept is not None:
            self.choose(kept.key)
            self.verticalScrollBar().setValue(at)
        self._is_showing = False
        if second != self._second:
            self._second = second
            self.viewport().update()
        self._pace()

    def choose(self, key: AlarmKey) -> bool:
        """Choose an alarm's row and bring it into view; returns whether it has one."""
        found = (n for n, row in enumerate(self.rows.rows) if row.key == key)
        number = next(found, None)
        if number is None:
            self.selectionModel().clear()
            return False
        flag = QItemSelectionModel.SelectionFlag
        index = self.rows.index(number)
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.scrollTo(index)
        return True

    def shown(self) -> list[Row]:
        """Return the rows of which at least half is in view."""
        view = self.viewport().rect()
        found = []
        for number, row in enumerate(self.rows.rows):
            rect = self.visualRect(self.rows.index(number))
            if rect.top() > view.bottom():
                break
            if view.top() <= rect.center().y() <= view.bottom():
                found.append(row)
        return found

    def page_by(self, pages: int) -> None:
        """Move by screens, for hands that cannot use a wheel."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid():
            row = self.rows.rows[index.row()]
            if row.beneath and event.position().x() >= self.viewport().width() - _FOLD:
                self.toggled.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.row
        opens = {Qt.Key.Key_Right: True, Qt.Key.Key_Left: False}.get(Qt.Key(event.key()))
        if row is not None and row.beneath and opens is not None and opens != row.unfolded:
            self.toggled.emit(row)
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.blink.stop()

    def _pace(self) -> None:
        """Blink only while there is something to: an idle list repaints nothing."""
        waits = any(not status.acknowledged for row in self.rows.rows for status in row.whole)
        if waits and self.isVisible() and not self.blink.isActive():
            self.blink.start()
        elif not waits:
            self.blink.stop()

    def _on_blink(self) -> None:
        height = self.viewport().height()
        self.viewport().update(0, 0, _PAD + _INDENT + _MARK + 4, height)
        self.viewport().update(self.viewport().width() - _FOLD, 0, _FOLD, height)

    def _moved(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_showing:
            self.picked.emit(self.rows.rows[current.row()])

    def _relook(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class _Cells(QStyledItemDelegate):
    """Paints a row."""

    def __init__(self, view: AlarmList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(200, max(_ROW, metrics().target))

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = self._view.rows.rows[index.row()]
        texts, t, rect = self._view.texts.of(row), theme(), QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        p.save()
        p.fillRect(rect, t.desired if chosen else t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.range)
        if chosen and self._view.hasFocus():
            p.fillRect(QRectF(rect.left(), rect.top(), 4, rect.height() - 1), t.focus)
        quiet = t.text if chosen else t.muted
        _paint_row(p, rect, row, texts, quiet)
        p.restore()


def _paint_row(p: QPainter, rect: QRectF, row: Row, texts: Texts, quiet: QColor) -> None:
    left = rect.left() + _PAD + row.depth * _INDENT
    mark = QRectF(left, rect.center().y() - _MARK / 2, _MARK, _MARK)
    marked = row.status if not row.summary else min(row.whole, key=_urgency)
    alarm_mark(p, mark, marked, lit=is_lit())
    times = _times_width()
    tail = _tail_width() if rect.width() > 560 else 0.0
    upper = QRectF(mark.right() + 12, rect.center().y() - 24, times + 4, 24)
    lower = upper.translated(0, 24)
    paint.label(p, upper, texts.since.rpartition(" ")[2], 11, colour=theme().value)
    paint.label(p, lower, texts.ago, 11, colour=quiet)
    right = rect.right() - _FOLD
    text_width = right - tail - upper.right() - 8
    said = QRectF(upper.right() + 8, upper.top(), text_width - 8, 24)
    paint.label(p, said, texts.what, 13, bold=texts.bold)
    paint.label(p, said.translated(0, 24), texts.where, 11, colour=quiet)
    if tail:
        state = QRectF(right - tail, upper.top(), tail, 24)
        paint.label(p, state, texts.state, 11, bold=texts.bold)
        colour = theme().text if texts.is_late else quiet
        below = state.translated(0, 24)
        paint.label(p, below, texts.left, 11, colour=colour, bold=texts.is_late)
    if row.beneath:
        _paint_fold(p, QRectF(right, rect.top(), _FOLD, rect.height() - 1), row)


def _urgency(status: object) -> tuple[bool, int]:
    return (bool(getattr(status, "acknowledged", True)), int(getattr(status, "priority", 9)))


def _times_width() -> float:
    metric = QFontMetricsF(font(11))
    return max(metric.horizontalAdvance("00:00:00"), metric.horizontalAdvance(tr("{n} min", n=59)))


def _tail_width() -> float:
    """Room for the usual state words, for a time left or late, and for the title above them."""
    bold, plain = QFontMetricsF(font(11, bold=True)), QFontMetricsF(font(11))
    states = (tr("unacknowledged"), tr("acknowledged"))
    beside = (words.left_text(-_LONG_S), words.left_text(_LONG_S), tr("State, time left"))
    widest = max(
        *(bold.horizontalAdvance(text) for text in states),
        *(plain.horizontalAdvance(text) for text in beside),
    )
    return float(widest) + 12


def _paint_fold(p: QPainter, rect: QRectF, row: Row) -> None:
    """How many are folded beneath, the mark of the most urgent unseen one, and which way it opens.

    A consequence that nobody has acknowledged is never out of sight because it is folded.
    """
    t = theme()
    p.fillRect(QRectF(rect.left(), rect.top() + 8, 1, rect.height() - 16), t.line)
    middle = rect.center().y()
    waiting = None if row.unfolded or row.summary else row.worst_waiting
    number = QRectF(rect.left() + 4, middle - 12, 52, 24)
    if waiting is not None:
        number = QRectF(rect.left() + 4, middle + 1, 52, 20)
        alarm_mark(p, QRectF(rect.left() + 21, middle - 21, 18, 18), waiting, lit=is_lit())
    paint.label(p, number, f"+{len(row.beneath)}", 11, bold=True, flags=paint.CENTRE)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(t.muted, 1.5))
    x = rect.right() - 18
    if row.unfolded:
        shape = [QPointF(x - 5, middle - 2), QPointF(x, middle + 3), QPointF(x + 5, middle - 2)]
    else:
        shape = [QPointF(x - 2, middle - 5), QPointF(x + 3, middle), QPointF(x - 2, middle + 5)]
    p.drawPolyline(QPolygonF(shape))


class ListTitles(QWidget):
    """The titles of the list's columns, over a line."""

    def __init__(self, below: AlarmList) -> None:
        super().__init__()
        self._below = below
        self.setFixedHeight(28)
        self.setAccessibleName(tr("Columns"))
        look().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        p.fillRect(QRectF(0, rect.bottom() - 1, rect.width(), 1), t.line)
        left = _PAD + _MARK + 12
        since = QRectF(left, 0, _times_width() + 4, rect.height())
        paint.label(p, since, tr("Since"), 11, colour=t.muted)
        start = since.right() + 8
        paint.label(p, QRectF(start, 0, 200, rect.height()), tr("Alarm"), 11, colour=t.muted)
        wide = self._below.viewport().width()
        if wide > 560:
            at = wide - _FOLD - _tail_width()
            state = QRectF(at, 0, _tail_width(), rect.height())
            paint.label(p, state, tr("State, time left"), 11, colour=t.muted)
