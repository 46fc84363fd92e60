"""A tile: one tank at a glance, in three sizes, drawn without widgets of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from console.text import tr
from console.ui import formats, paint, sparks
from console.ui.navigation import draw_icon
from console.ui.theme import font, theme
from console.ui.tile_state import TileState

_LARGE = (250.0, 236.0)
_MEDIUM = (170.0, 150.0)
_BAR_WORDS = {
    "coolant_return_temperature": "Return",
    "level": "Level",
    "coolant_flow": "Flow",
}

Spark = NDArray[np.float64]


def draw_tile(
    p: QPainter, rect: QRectF, state: TileState, spark: Spark | None, *, focused: bool, lit: bool
) -> None:
    """Draw a tile into a rectangle; ``lit`` is the bright half of the blink of what is unseen."""
    _panel(p, rect, state)
    inside = rect.adjusted(12, 8, -12, -8)
    if rect.width() >= _LARGE[0] and rect.height() >= _LARGE[1]:
        _large(p, inside, state, spark, lit=lit)
    elif rect.width() >= _MEDIUM[0] and rect.height() >= _MEDIUM[1]:
        _medium(p, inside, state, spark, lit=lit)
    else:
        _compact(p, rect.adjusted(8, 4, -6, -5), state, lit=lit)
    if focused:
        paint.focus_ring(p, rect)


def _panel(p: QPainter, rect: QRectF, state: TileState) -> None:
    """Grey when normal; an alarm colours the edge, no knowledge dashes it."""
    t = theme()
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    if state.priority:
        p.setPen(QPen(t.priority[state.priority], 2))
        edge = rect.adjusted(1, 1, -1, -1)
    elif not state.live:
        p.setPen(QPen(t.stale, 1, Qt.PenStyle.DashLine))
    else:
        p.setPen(QPen(t.line, 1))
    p.setBrush(t.panel)
    p.drawRoundedRect(edge, 4, 4)
    p.restore()


def _large(p: QPainter, r: QRectF, state: TileState, spark: Spark | None, *, lit: bool) -> None:
    _heading(p, QRectF(r.left(), r.top(), r.width(), 28), state, 16, lit=lit)
    foot = 20 + 10 + 40 + 16
    middle = QRectF(r.left(), r.top() + 36, r.width(), r.height() - 36 - foot - 8)
    bars_w = 52.0 * len(state.bars)
    figure = QRectF(r.left(), middle.top(), r.width() - bars_w - 8, middle.height())
    _figure(p, figure, state, 32)
    _bars(p, QRectF(r.right() - bars_w, middle.top(), bars_w, middle.height()), state, words=True)
    cells = QRectF(r.left(), r.bottom() - foot + 8, r.width(), 20)
    paint.gpu_cells(p, cells, state.cells, widest=48)
    _spark(p, QRectF(r.left(), cells.bottom() + 10, r.width(), 40), state, spark, words=True)


def _medium(p: QPainter, r: QRectF, state: TileState, spark: Spark | None, *, lit: bool) -> None:
    _heading(p, QRectF(r.left(), r.top(), r.width(), 20), state, 13, lit=lit)
    with_spark = r.height() >= 150
    foot = 14 + (26 if with_spark else 0)
    middle = QRectF(r.left(), r.top() + 26, r.width(), r.height() - 26 - foot - 6)
    bars_w = 24.0 * len(state.bars)
    figure = QRectF(r.left(), middle.top(), r.width() - bars_w - 4, middle.height())
    _figure(p, figure, state, 20)
    _bars(p, QRectF(r.right() - bars_w, middle.top(), bars_w, middle.height()), state, words=False)
    cells = QRectF(r.left(), r.bottom() - foot + 2, r.width(), 12)
    paint.gpu_cells(p, cells, state.cells)
    if with_spark:
        _spark(p, QRectF(r.left(), cells.bottom() + 4, r.width(), 22), state, spark, words=False)


def _compact(p: QPainter, r: QRectF, state: TileState, *, lit: bool) -> None:
    """Name, figure, bars and GPUs: what is left of a tile among sixty.

    Degrees go without saying here; minutes do not.
    """
    name = QRectF(r.left(), r.top(), r.width(), 20)
    if state.priority:
        mark = QRectF(name.right() - 17, name.top() + 1, 17, 17)
        paint.priority_mark(p, mark, state.priority, filled=lit or not state.unseen)
        name.setRight(mark.left() - 2)
    if state.has_work:
        wrench = QRectF(name.right() - 18, name.top(), 18, name.height())
        name.setRight(name.right() - _wrench(p, wrench))
    paint.label(p, name, state.name, 11)
    bars_w = 13.0 * len(state.bars)
    bars = QRectF(r.right() - bars_w, name.bottom(), bars_w, r.bottom() - name.bottom() + 2)
    _bars(p, bars, state, words=False)
    left_w = r.width() - bars_w - 6
    cells_h = min(12.0, max(r.bottom() - name.bottom() - 28, 0.0))
    figure = QRectF(r.left(), name.bottom(), left_w, r.bottom() - cells_h - name.bottom() - 2)
    unit = "" if state.unit == formats.unit("Cel") else state.unit
    paint.value(p, figure, state.number, unit, 16 if not unit else 13)
    if cells_h >= 6 and state.cells:
        cells = QRectF(r.left(), r.bottom() - cells_h, left_w, cells_h)
        paint.gpu_cells(p, cells, state.cells)


def _heading(p: QPainter, r: QRectF, state: TileState, points: int, *, lit: bool) -> None:
    name_w = QFontMetricsF(font(points, bold=True)).horizontalAdvance(state.name) + 8
    name_w = min(name_w, r.width() * 0.6)
    paint.label(p, QRectF(r.left(), r.top(), name_w, r.height()), state.name, points, bold=True)
    if state.has_work:
        name_w += _wrench(p, QRectF(r.left() + name_w, r.top(), r.height(), r.height()))
    right = r.right()
    if state.priority:
        side = 22 if points >= 16 else 18
        mark = QRectF(right - side, r.center().y() - side / 2, side, side)
        paint.priority_mark(p, mark, state.priority, filled=lit or not state.unseen)
        right = mark.left() - 6
    word = QRectF(r.left() + name_w, r.top(), right - r.left() - name_w, r.height())
    size = 13 if points >= 16 else 11
    paint.label(p, word, _word_of(state), size, colour=_word_colour(state), flags=paint.RIGHT)


def _wrench(p: QPainter, r: QRectF) -> float:
    """Say that somebody works there; returns the width that it takes."""
    side = min(20.0, r.height() - 2)
    place = QRectF(r.left(), r.center().y() - side / 2, side, side)
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    draw_icon(p, place, "work", theme().text)
    p.restore()
    return side + 6


def _word_of(state: TileState) -> str:
    return state.word[:1].upper() + state.word[1:]


def _word_colour(state: TileState) -> QColor:
    return theme().text if state.priority or not state.live else theme().muted


def _figure(p: QPainter, r: QRectF, state: TileState, points: int) -> None:
    """The one number, what it is, and the power below it."""
    big = 52.0 if points == 32 else 30.0
    small = 22.0 if points == 32 else 18.0
    lines = big + small * (2 if state.power or state.age else 1)
    top = r.top() + max((r.height() - lines) / 2, 0)
    if not state.live:
        box = QRectF(r.left(), top + 6, min(96.0, r.width()), big - 12)
        paint.hatched(p, box)
    paint.value(
        p,
        QRectF(r.left() + (0 if state.live else 12), top, r.width(), big),
        state.number,
        state.unit,
        points,
    )
    size = 13 if points == 32 else 11
    caption = QRectF(r.left(), top + big, r.width(), small)
    paint.label(p, caption, state.caption, size, colour=theme().muted)
    if caption.bottom() + small <= r.bottom() + 2:
        below = QRectF(r.left(), caption.bottom(), r.width(), small)
        if state.age:
            paint.label(p, below, state.age, size, colour=theme().muted)
        elif state.power:
            paint.label(p, below, tr("IT {power}", power=state.power), size, colour=theme().text)


def _bars(p: QPainter, r: QRectF, state: TileState, *, words: bool) -> None:
    """Bars on one baseline: healthy pointers stand side by side in a line."""
    if not state.bars:
        return
    pitch = r.width() / len(state.bars)
    width = 16.0 if words else (10.0 if pitch >= 20 else 7.0)
    foot = 20.0 if words else 0.0
    for i, (point, reading) in enumerate(state.bars):
        centre = r.left() + (i + 0.5) * pitch
        bar = QRectF(round(centre - width / 2), r.top() + 3, width, r.height() - foot - 6)
        paint.analog_bar(p, bar, point, reading, aligned=True)
        if words:
            text = QRectF(centre - pitch / 2, r.bottom() - 18, pitch, 18)
            word = tr(_BAR_WORDS.get(point.key, point.name))
            paint.label(p, text, word, 11, colour=theme().muted, flags=paint.CENTRE)


def _spark(p: QPainter, r: QRectF, state: TileState, spark: Spark | None, *, words: bool) -> None:
    if not state.bars:
        return
    point = state.bars[0][0]
    p.setPen(QPen(theme().line, 1))
    p.drawLine(QPointF(r.left(), r.bottom()), QPointF(r.right(), r.bottom()))
    if spark is None:
        return
    good = np.isfinite(spark[0])
    if good.any():
        limits = [limit.reading for limit in point.limits]
        sparks.spark(p, r, spark, point.low, point.high, limits)
    elif words:
        waiting = tr("the last 30 min appear here")
        paint.label(p, r, waiting, 11, colour=theme().muted, flags=paint.CENTRE)
