"""One GPU in the matrix, from a number among hundreds to a cell with all its words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from console.text import tr
from console.ui import formats, paint
from console.ui.gpu_margin import TEMPERATURE
from console.ui.gpu_state import POWER, GpuState, kelvins
from console.ui.theme import Theme, font, theme
from console.ui.tile_state import FULL_MARGIN_K

_LARGE = (88.0, 38.0)
_MEDIUM = (46.0, 36.0)
_NOTCH = 4.0
_PLATE = 18.0
_FLAT = 92.0
_WORDS = 60.0
_NO_GAUGE = 8.0


def draw_cell(p: QPainter, rect: QRectF, state: GpuState, *, lit: bool) -> None:
    """Draw a GPU; ``lit`` is the bright half of the blink of an alarm nobody has seen."""
    t = theme()
    large = rect.width() >= _LARGE[0] and rect.height() >= _LARGE[1]
    medium = rect.width() >= _MEDIUM[0] and rect.height() >= _MEDIUM[1]
    gauge_w = 10.0 if large else (8.0 if medium else 5.0)
    if state.lost or state.silent:
        paint.hatched(p, rect)
    else:
        _ground(p, rect, state, gauge_w, t)
    if state.priority:
        _edge(p, rect, t.priority[state.priority], 2 if medium else 1)
    if state.throttled:
        p.fillRect(rect.adjusted(2, 2, -2, _NOTCH + 2 - rect.height()), t.text)
    if large or medium:
        left = gauge_w + (6 if large else 4)
        _two_lines(p, rect.adjusted(left, 0, -4, 0), state, t, lit=lit)
    else:
        _one_line(p, rect.adjusted(gauge_w, 0, 0, 0), state, t, lit=lit)


def _ground(p: QPainter, rect: QRectF, state: GpuState, gauge_w: float, t: Theme) -> None:
    """At the left a vessel that empties from above as the margin shrinks.

    What is not of now has the dashed outline of it.
    """
    p.fillRect(rect, t.panel if state.recorded else t.line)
    inner = rect.adjusted(1, 1, -1, -1)
    p.fillRect(inner, t.panel)
    if state.recorded:
        p.setPen(QPen(t.stale, 1, Qt.PenStyle.DashLine))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawRect(rect.adjusted(0, 0, -1, -1))
    gauge = QRectF(inner.left(), inner.top(), gauge_w - 1, inner.height())
    if state.margin_k is None:
        paint.hatched(p, gauge)
        return
    p.fillRect(gauge, t.range)
    share = min(max(state.margin_k / FULL_MARGIN_K, 0.0), 1.0)
    filled = round(gauge.height() * share)
    p.fillRect(gauge.adjusted(0, gauge.height() - filled, 0, 0), t.normal)


def _edge(p: QPainter, rect: QRectF, colour: QColor, width: int) -> None:
    """Four rectangles: a pen on whole pixels is either blurred or off by one."""
    for side in (
        QRectF(rect.left(), rect.top(), rect.width(), width),
        QRectF(rect.left(), rect.bottom() - width, rect.width(), width),
        QRectF(rect.left(), rect.top(), width, rect.height()),
        QRectF(rect.right() - width, rect.top(), width, rect.height()),
    ):
        p.fillRect(side, colour)


def _two_lines(p: QPainter, r: QRectF, state: GpuState, t: Theme, *, lit: bool) -> None:
    tall = r.height() >= 44
    half = r.height() / 2
    upper = QRectF(r.left(), r.top() + (3 if tall else 2), r.width(), half)
    lower = QRectF(r.left(), r.top() + half - (1 if tall else 0), r.width(), half - 1)
    if state.priority:
        side = 20.0 if r.width() >= 64 else 16.0
        mark = QRectF(upper.right() - side, upper.center().y() - side / 2 + 1, side, side)
        paint.priority_mark(p, mark, state.priority, filled=lit or not state.unseen)
        upper.setRight(mark.left() - 2)
    if state.lost:
        _lost_words(p, r, upper, lower, state)
    if state.lost or state.silent:
        return
    if state.margin_k is None:
        # A temperature without a limit is no margin, but it is what is known.
        known = state.value(TEMPERATURE) is not None
        words = state.text(TEMPERATURE, unit=True) if known or upper.width() >= _WORDS else ""
        _text(p, upper.adjusted(-1, 0, 3, 0), words or formats.NOTHING, t.text)
    else:
        points = 16 if tall and r.width() >= 64 else 13
        upper.setLeft(upper.left() + _number(p, upper, state, points, t) + 3)
    _second_line(p, lower, state, t, said=_xid(p, upper, state, t))


def _lost_words(p: QPainter, r: QRectF, upper: QRectF, lower: QRectF, state: GpuState) -> None:
    """That it is lost, and below what was last read of it and when, where that has room."""
    upper, lower = upper.adjusted(-_NO_GAUGE, 0, 0, 0), lower.adjusted(-_NO_GAUGE, 0, 0, 0)
    last = _fitting(_last_words(state), lower.width() - 12)
    aside = _width(state.word) + 12 > upper.width()
    if aside or not last:
        top = lower.center().y() if aside else r.center().y()
        width = r.width() if aside else upper.width()
        plate(p, QRectF(r.left(), top - _PLATE / 2, width, _PLATE), state.word)
        return
    half = _PLATE / 2
    plate(p, QRectF(upper.left(), upper.center().y() - half, upper.width(), _PLATE), state.word)
    below = QRectF(lower.left(), lower.center().y() - half, lower.width(), _PLATE)
    plate(p, below, last, quiet=True)


def _last_words(state: GpuState) -> list[str]:
    """The last values of a lost GPU, longest first, and never without their time."""
    if state.last is None:
        return []
    margin = "" if state.last.margin_k is None else f"{kelvins(state.last.margin_k)} K"
    short = state.last.read_at[:-3]
    kinds = ((margin, state.last.power, short), (margin, short), (short,))
    return [", ".join(filter(None, kind)) for kind in kinds]


def _xid(p: QPainter, r: QRectF, state: GpuState, t: Theme) -> bool:
    """Say the last Xid beside the number; returns whether there was need and room."""
    words = f"Xid {state.xid}" if state.xid and state.margin_k is not None else ""
    fits = bool(words) and _width(words) <= r.width()
    _text(p, r, words if fits else "", t.text, paint.RIGHT)
    return fits


def _second_line(p: QPainter, r: QRectF, state: GpuState, t: Theme, *, said: bool) -> None:
    """Power, and right of it what there is to say; where only one has room, what there is to say.

    That is dropped where it does not fit at all: the notch says "throttling" too. ``said`` is True
    where the Xid stands elsewhere.
    """
    remarks = [words for words in _remarks(state) if not (said and str(state.xid) in words)]
    power = _power(state, r.width())
    beside = _fitting(remarks, r.width() - _width(power) - 8)
    alone = "" if beside else _fitting(remarks, r.width())
    _text(p, r, alone or power, t.text)
    _text(p, r, beside, t.text, paint.RIGHT)


def _power(state: GpuState, width: float) -> str:
    """The power, without its unit where that has no room: a number is never cut."""
    if state.value(POWER) is None:
        return ""
    return _fitting([state.text(POWER, unit=True), state.text(POWER)], width)


def _remarks(state: GpuState) -> list[str]:
    """What to say of a GPU, longest first; throttling has its notch besides."""
    slow = [tr("throttling")] if state.throttled else []
    called = [tr("check")] if state.finding is not None else []
    if not state.xid:
        return slow or called or ([tr("recording")] if state.recorded else [])
    xid = f"Xid {state.xid}"
    both = [f"{xid}, {slow[0]}"] if slow else []
    return [*both, xid, f"X{state.xid}", *slow]


def _fitting(texts: Iterable[str], width: float) -> str:
    return next((text for text in texts if _width(text) <= width), "")


def _one_line(p: QPainter, r: QRectF, state: GpuState, t: Theme, *, lit: bool) -> None:
    """The number, and beside it what else has room."""
    if state.priority:
        side = min(18.0, r.height() - 2)
        roomy = r.width() >= 38
        at = r.right() - side - 3 if roomy else r.center().x() - side / 2
        mark = QRectF(at, r.center().y() - side / 2, side, side)
        paint.priority_mark(p, mark, state.priority, filled=lit or not state.unseen)
        if not roomy:
            return
        r = r.adjusted(0, 0, -side - 4, 0)
    if state.lost:
        _lost(p, r, state, t)
    elif not state.silent:
        _number_and_rest(p, r, state, t)


def _number_and_rest(p: QPainter, r: QRectF, state: GpuState, t: Theme) -> None:
    if r.width() >= _FLAT and state.margin_k is not None:
        _number(p, r.adjusted(6, 0, 0, 0), state, 11, t)
        rest = r.adjusted(r.width() * 0.4, 0, -6, 0)
        words = _fitting(_remarks(state), rest.width()) or _power(state, rest.width())
        _text(p, rest, words, t.text, paint.RIGHT)
        return
    text = formats.NOTHING if state.margin_k is None else kelvins(state.margin_k)
    _text(p, r, text, t.text if state.margin_k is None else t.value, paint.CENTRE)
    if state.xid or state.finding is not None:
        p.fillRect(QRectF(r.right() - 7, r.bottom() - 7, 5, 5), t.text)


def _lost(p: QPainter, r: QRectF, state: GpuState, t: Theme) -> None:
    if _width(state.word) + 16 <= r.width() and r.height() >= 20:
        plate(p, QRectF(r.left() + 4, r.center().y() - _PLATE / 2, r.width(), _PLATE), state.word)
    else:
        _cross(p, r, t)


def _cross(p: QPainter, r: QRectF, t: Theme) -> None:
    box = QRectF(r.center().x() - 5, r.center().y() - 5, 10, 10)
    p.setPen(QPen(t.text, 2))
    p.drawLine(box.topLeft(), box.bottomRight())
    p.drawLine(box.topRight(), box.bottomLeft())


def plate(p: QPainter, r: QRectF, words: str, *, quiet: bool = False) -> None:
    """Write words on a plate, so that they stay readable on hatching; ``quiet`` ones grey."""
    t = theme()
    box = QRectF(r.left(), r.top(), min(_width(words) + 12, r.width()), r.height())
    p.fillRect(box, t.panel)
    _text(p, box.adjusted(6, 0, -2, 0), words, t.muted if quiet else t.text)


def _number(p: QPainter, r: QRectF, state: GpuState, points: int, t: Theme) -> float:
    """Draw the margin with its unit on one baseline; returns how wide that is."""
    big, big_m = _face(points)
    small, small_m = _face(11)
    baseline = round(r.center().y() + big_m.capHeight() / 2)
    number = kelvins(state.margin_k or 0)
    p.setFont(big)
    p.setPen(t.muted if state.recorded else t.value)
    p.drawText(QPointF(r.left(), baseline), number)
    p.setFont(small)
    p.setPen(t.muted)
    number_w = big_m.horizontalAdvance(number)
    width = number_w + 4 + small_m.horizontalAdvance("K")
    if width > r.width():  # a mark needs the room: the unit is that of every cell
        return number_w
    p.drawText(QPointF(r.left() + number_w + 4, baseline), "K")
    return width


def _text(
    p: QPainter,
    r: QRectF,
    words: str,
    colour: QColor,
    flags: Qt.AlignmentFlag = paint.LEFT,
) -> None:
    if not words:
        return
    face, metric = _face(11)
    width = _width(words)
    if width > r.width():
        words = metric.elidedText(words, Qt.TextElideMode.ElideRight, r.width())
        width = metric.horizontalAdvance(words)
    left = r.left()
    if flags != paint.LEFT:
        left += (r.width() - width) / (2 if flags == paint.CENTRE else 1)
    p.setFont(face)
    p.setPen(colour)
    p.drawText(QPointF(left, round(r.center().y() + metric.capHeight() / 2)), words)


def forget_fonts() -> None:
    """Ask for the fonts anew, after the look changed."""
    _face.cache_clear()
    _width.cache_clear()


@lru_cache(maxsize=8)
def _face(points: int) -> tuple[QFont, QFontMetricsF]:
    made = font(points)
    return made, QFontMetricsF(made)


@lru_cache(maxsize=512)
def _width(words: str) -> float:
    return _face(11)[1].horizontalAdvance(words)
