"""Least, mean and greatest of each curve in two ranges, and by how much they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from console.history.telemetry_store.envelope import Statistics
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import ScrollBar
from console.ui.theme import look, theme
from console.ui.trend_strips import Chosen, is_state

_LINE, _EDGE = 19, 8
_LABEL = 76
_Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Block:
    """The texts of one curve: what it is, and three rows of a title and three numbers."""

    title: str
    unit: str
    rows: tuple[tuple[str, tuple[str, str, str]], ...]

    @property
    def words(self) -> str:
        """All of it for a screen reader."""
        return "; ".join(
            [f"{self.title} {self.unit}", *(f"{t}: {', '.join(n)}" for t, n in self.rows)]
        )


def block_of(one: Chosen, shown: Statistics, other: Statistics, *, alone: bool = False) -> Block:
    """Return what is said of a curve in two ranges: the difference is the first less the second.

    Where one part is ``alone``, its name need not be said.
    """
    decimals = one.point.precision + (0 if is_state(one.point) else 1)
    here, there = _three(shown), _three(other)
    change = [a - b for a, b in zip(here, there, strict=True)]
    rows = (
        (tr("shown"), _texts([_number(value, decimals) for value in here])),
        (tr("compared"), _texts([_number(value, decimals) for value in there])),
        (tr("difference"), _texts([_signed(value, decimals) for value in change])),
    )
    title = formats.point_name(one.point) if alone else one.text
    return Block(title, formats.unit(one.point.unit), rows)


class _Blocks(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.blocks: tuple[Block, ...] = ()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.blocks)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        wanted = role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
        return self.blocks[index.row()].words if wanted and index.isValid() else None

    def show(self, blocks: tuple[Block, ...]) -> None:
        if len(blocks) == len(self.blocks):
            self.blocks = blocks
            if blocks:
                self.dataChanged.emit(self.index(0), self.index(len(blocks) - 1))
            return
        self.beginResetModel()
        self.blocks = blocks
        self.endResetModel()


class FigureList(QListView):
    """The blocks, one above the other; they are read, not chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Blocks(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self, self._model))
        self.setAccessibleName(tr("Figures of both ranges"))
        self.setVerticalScrollBar(ScrollBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMinimumSize(120, 64)
        look().changed.connect(self.viewport().update)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What is shown."""
        return self._model.blocks

    def show_figures(self, figures: Sequence[tuple[Chosen, Statistics, Statistics]]) -> None:
        """Show the figures of these curves."""
        alone = len({one.part for one, _, _ in figures}) == 1
        self._model.show(tuple(block_of(*one, alone=alone) for one in figures))


class _Painter(QStyledItemDelegate):
    def __init__(self, view: FigureList, model: _Blocks) -> None:
        super().__init__(view)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(96, 5 * _LINE + 2 * _EDGE)

    def paint(self, p: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        block, t = self._model.blocks[index.row()], theme()
        rect = QRectF(option.rect)
        p.fillRect(rect, t.panel)
        p.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), t.line)
        inside = rect.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        line = QRectF(inside.left(), inside.top(), inside.width(), _LINE)
        paint.label(p, line, block.title, 11, bold=True)
        line.translate(0, _LINE)
        _row(p, line, block.unit, (tr("Least"), tr("Mean"), tr("Greatest")), t.muted)
        for number, (title, numbers) in enumerate(block.rows):
            line.translate(0, _LINE)
            _row(p, line, title, numbers, t.text if number == 2 else t.value)


def _row(
    p: QPainter, line: QRectF, title: str, numbers: tuple[str, str, str], colour: QColor
) -> None:
    paint.label(p, line, title, 11, colour=theme().muted)
    width = (line.width() - _LABEL) / 3
    for column, text in enumerate(numbers):
        box = QRectF(line.left() + _LABEL + column * width, line.top(), width, line.height())
        paint.label(p, box, text, 11, colour=colour, flags=paint.RIGHT)


def _three(of: Statistics) -> tuple[float, float, float]:
    return of.minimum, of.mean, of.maximum


def _texts(texts: Sequence[str]) -> tuple[str, str, str]:
    least, mean, greatest = texts
    return least, mean, greatest


def _number(value: float, decimals: int) -> str:
    return formats.decimal(value, decimals) if math.isfinite(value) else formats.NOTHING


def _signed(value: float, decimals: int) -> str:
    if not math.isfinite(value):
        return formats.NOTHING
    text = formats.decimal(value, decimals)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text
