"""One column of the board: its title and how many, and its cards, worked by taps and arrows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.text import tr
from console.ui import paint
from console.ui.controls import ScrollBar
from console.ui.theme import font, look, metrics, theme
from console.ui.work.cards import LANE_NAMES, Card, Lane

_Index = QModelIndex | QPersistentModelIndex
_GAP = 8
_PAD = 10
_BAR = 12
_CHINESE = 0x2E80
_NEVER_FIRST = "，。：；！？、）》】」”"
_MARK = 20
_HEAD = 36
_LINE, _TITLE = 19, 20
_HEIGHT = 2 * _PAD + _MARK + 4 + 2 * _TITLE + 4 + 4 * _LINE


class _Cards(QAbstractListModel):
    """The cards of a column; only those that differ are reported as changed."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.cards: tuple[Card, ...] = ()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self.cards):
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return self.cards[index.row()].sentence
        return None

    def show(self, cards: tuple[Card, ...]) -> bool:
        """Show cards; returns whether they are other ones than before."""
        before = self.cards
        if [card.key for card in before] != [card.key for card in cards]:
            self.beginResetModel()
            self.cards = cards
            self.endResetModel()
            return True
        self.cards = cards
        for row, (old, new) in enumerate(zip(before, cards, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))
        return False


class _ThinBar(ScrollBar):
    """Shows how far a narrow column goes on; the board's two buttons are what gloves press."""

    def sizeHint(self) -> QSize:
        return QSize(_BAR, super().sizeHint().height())


class CardList(QListView):
    """The cards. ``picked`` carries a card's key: it was tapped, or Enter pressed on it.

    ``sideways`` carries -1 or 1 for a neighbouring column and the height to go on at.
    """

    picked = Signal(str)
    sideways = Signal(int, int)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.model_ = _Cards(self)
        self.marked = ""
        self.setModel(self.model_)
        self.setItemDelegate(_Painter(self))
        self.setVerticalScrollBar(_ThinBar(self))
        self.setAccessibleName(name)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMinimumSize(40, 80)
        self.viewport().setAutoFillBackground(False)
        self.clicked.connect(self._tapped)
        look().changed.connect(self._relook)

    @property
    def key(self) -> str:
        """The key of the card that the keyboard is on, empty without one."""
        row = self.currentIndex().row()
        return self.model_.cards[row].key if 0 <= row < len(self.model_.cards) else ""

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show cards; the keyboard stays on the one that it was on."""
        kept, at = self.key, self.verticalScrollBar().value()
        if self.model_.show(tuple(cards)):
            self.choose(kept)
            self.verticalScrollBar().setValue(at)

    def choose(self, key: str) -> bool:
        """Put the keyboard on a card; returns whether it is here."""
        row = next((n for n, card in enumerate(self.model_.cards) if card.key == key), None)
        if row is None:
            return False
        self._go(row)
        return True

    def enter(self, height: int) -> bool:
        """Take the keyboard over at a height of the viewport; returns whether there is a card."""
        if not self.model_.cards:
            return False
        row = (height + self.verticalScrollBar().value()) // self.row_height
        self._go(min(max(row, 0), len(self.model_.cards) - 1))
        self.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def mark(self, key: str) -> None:
        """Show which card's order is open beside the board."""
        if key != self.marked:
            self.marked = key
            self.viewport().update()

    @property
    def goes_on(self) -> bool:
        """Whether there are more cards than there is room for."""
        return self.verticalScrollBar().maximum() > 0

    def page_by(self, pages: int) -> None:
        """Move by screens, for hands that cannot use a wheel."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    @property
    def row_height(self) -> int:
        """The height of a card with the gap below it, pixels."""
        return max(_HEIGHT, metrics().target) + _GAP

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps:
            self.sideways.emit(steps[key], self.visualRect(self.currentIndex()).top())
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.key:
            self.picked.emit(self.key)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.key and self.model_.cards:
            self._go(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def _go(self, row: int) -> None:
        flag = QItemSelectionModel.SelectionFlag
        index = self.model_.index(row)
        self.selectionModel().setCurrentIndex(index, flag.ClearAndSelect)
        self.scrollTo(index)

    def _tapped(self, index: QModelIndex) -> None:
        self.picked.emit(self.model_.cards[index.row()].key)

    def _relook(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


class LaneColumn(QWidget):
    """A column: title, number of cards, cards."""

    def __init__(self, lane: Lane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lane = lane
        self.cards = CardList(tr(LANE_NAMES[lane]), self)
        self._shown = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, _HEAD, 0, 0)
        column.addWidget(self.cards)
        self.setAccessibleName(tr(LANE_NAMES[lane]))
        look().changed.connect(self.update)

    def show_cards(self, cards: Sequence[Card]) -> None:
        """Show the cards of this column."""
        self.cards.show_cards(cards)
        told = f"{tr(LANE_NAMES[self.lane])} {len(cards)}"
        if told != self._shown:
            self._shown = told
            self.setAccessibleName(told)
            # A column without a card is no stop of the keyboard.
            policy = Qt.FocusPolicy.StrongFocus if cards else Qt.FocusPolicy.ClickFocus
            self.cards.setFocusPolicy(policy)
            self.update()

    @property
    def count(self) -> int:
        """How many cards it has."""
        return len(self.cards.model_.cards)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        head = QRectF(2, 0, self.width() - 4, _HEAD - 10)
        number = str(self.count)
        wide = QFontMetricsF(font(11)).horizontalAdvance(number) + 4
        paint.label(p, head.adjusted(0, 0, -wide - 4, 0), tr(LANE_NAMES[self.lane]), 13, bold=True)
        paint.label(p, head, number, 11, colour=t.muted, flags=paint.RIGHT)
        p.fillRect(QRectF(0, _HEAD - 9, self.width(), 1), t.line)


class _Painter(QStyledItemDelegate):
    """Paints a card."""

    def __init__(self, view: CardList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(60, self._view.row_height)

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        card, t = self._view.model_.cards[index.row()], theme()
        rect = QRectF(option.rect).adjusted(0, 0, 0, -_GAP)
        is_marked = card.key == self._view.marked
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.muted if is_marked else t.line, 1))
        p.setBrush(t.desired if is_marked else t.panel)
        p.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if is_current and self._view.hasFocus():
            paint.focus_ring(p, rect)
        p.restore()
        _paint_card(p, rect.adjusted(_PAD, _PAD, -_PAD, -_PAD), card, is_marked=is_marked)


def _paint_card(p: QPainter, r: QRectF, card: Card, *, is_marked: bool) -> None:
    t = theme()
    quiet = t.text if is_marked else t.muted
    left = r.left()
    if card.priority:
        # Grey: how soon an order wants doing is nothing abnormal (ISA-101).
        paint.priority_mark(p, QRectF(left, r.top(), _MARK, _MARK), card.priority, quiet=True)
        left += _MARK + 6
    head = QRectF(left, r.top(), r.right() - left, _MARK)
    _tail(p, head, card.number, quiet)
    y = head.bottom() + 4
    for line in two_lines(card.title, r.width(), 13):
        paint.label(p, QRectF(r.left(), y, r.width(), _TITLE), line, 13)
        y += _TITLE
    y = head.bottom() + 4 + 2 * _TITLE + 4
    clock_ink = t.text if card.is_late else quiet
    rows = (
        (card.place, quiet, False),
        (card.clock, clock_ink, card.is_late),
        (card.people, quiet, False),
        (card.flag or card.procedure, t.text if card.flag else quiet, bool(card.flag)),
    )
    for text, colour, bold in rows:
        paint.label(p, QRectF(r.left(), y, r.width(), _LINE), text, 11, colour=colour, bold=bold)
        y += _LINE


def _tail(p: QPainter, rect: QRectF, text: str, colour: QColor) -> None:
    """Draw a number of which the end tells most: what does not fit is left out in front."""
    p.setFont(font(11))
    p.setPen(colour)
    metric = QFontMetricsF(p.font())
    fits = metric.elidedText(text, Qt.TextElideMode.ElideLeft, rect.width())
    p.drawText(rect, int(paint.LEFT | Qt.TextFlag.TextSingleLine), fits)


def two_lines(text: str, width: float, points: int, *, bold: bool = False) -> list[str]:
    """Return a text as at most two lines of a width; the second is for :func:`paint.label` to cut.

    Chinese breaks between any two characters, other text between words.
    """
    metric = QFontMetricsF(font(points, bold=bold))
    if metric.horizontalAdvance(text) <= width:
        return [text]
    breaks = [
        i
        for i, letter in enumerate(text)
        if letter == " " or (ord(letter) > _CHINESE and letter not in _NEVER_FIRST)
    ]
    fitting = [i for i in breaks if i and metric.horizontalAdvance(text[:i]) <= width]
    if not fitting:
        return [text]
    return [text[: fitting[-1]].rstrip(), text[fitting[-1] :].strip()]
