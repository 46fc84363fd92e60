"""The timer of a step as a ring: what is left, what it may take at most, and that in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.theme import look, theme

_SIDE = 200
_THICK = 12.0


@dataclass(frozen=True, slots=True)
class RingState:
    """What the ring shows: how full it is, the figure, the words above and below, and how loud.

    ``ticks`` are the shares at which minimum and warning lie. ``is_loud`` is for the time after
    the warning, ``is_over`` for that after the maximum.
    """

    share: float
    figure: str
    above: str
    below: str
    ticks: tuple[float, ...] = ()
    is_loud: bool = False
    is_over: bool = False

    @property
    def spoken(self) -> str:
        """All of it as one sentence."""
        return f"{self.above} {self.figure}, {self.below}"


def ring_state(
    elapsed_s: float, min_s: float | None, warn_s: float | None, max_s: float | None
) -> RingState | None:
    """Return what to show of a time; None where neither minimum nor maximum is given.

    It counts down to the minimum, then up; a maximum is told as what is left until it.
    """
    if min_s is not None and elapsed_s < min_s:
        # The whole second that has begun still has to be waited for.
        left = formats.elapsed(-(-(min_s - elapsed_s) // 1))
        below = tr("at least {time}", time=formats.elapsed(min_s))
        return RingState(max(elapsed_s, 0.0) / min_s, left, tr("Still to wait"), below)
    figure = formats.elapsed(elapsed_s)
    if max_s is None:
        if min_s is None:
            return None
        below = tr("at least {time}: reached", time=formats.elapsed(min_s))
        return RingState(1.0, figure, tr("So far"), below)
    ticks = tuple(end / max_s for end in (min_s, warn_s) if end is not None and end < max_s)
    most = tr("at most {time}", time=formats.elapsed(max_s))
    if elapsed_s >= max_s:
        over = formats.elapsed(elapsed_s - max_s)
        return RingState(1.0, over, tr("Too long by"), most, ticks, True, True)
    is_loud = warn_s is not None and elapsed_s >= warn_s
    left = formats.elapsed(max_s - elapsed_s)
    return RingState(max(elapsed_s, 0.0) / max_s, left, tr("Time left"), most, ticks, is_loud)


class TimerRing(QWidget):
    """Counts down to the minimum, then to the maximum, in words and as a ring."""

    def __init__(self) -> None:
        super().__init__()
        self._state: RingState | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Timer"))
        look().changed.connect(self.update)

    @property
    def state(self) -> RingState | None:
        """What is shown."""
        return self._state

    def show_time(
        self, elapsed_s: float, min_s: float | None, warn_s: float | None, max_s: float | None
    ) -> None:
        """Show a time; nothing is drawn where neither minimum nor maximum is given."""
        state = ring_state(elapsed_s, min_s, warn_s, max_s)
        if state == self._state:
            return
        self._state = state
        self.setAccessibleDescription(state.spoken if state else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_SIDE, _SIDE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._state is None:
            return
        p = QPainter(self)
        side = min(self.width(), self.height())
        box = QRectF(0, 0, side, side)
        box.moveCenter(QRectF(self.rect()).center())
        self._ring(p, box.adjusted(_THICK, _THICK, -_THICK, -_THICK), self._state)
        self._words(p, box, self._state)

    def _ring(self, p: QPainter, rect: QRectF, state: RingState) -> None:
        t = theme()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.range, _THICK))
        p.drawEllipse(rect)
        pen = QPen(t.text if state.is_loud else t.normal, _THICK)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if state.is_over:
            pen.setDashPattern([0.75, 0.5])
        p.setPen(pen)
        p.drawArc(rect, 90 * 16, -round(state.share * 360 * 16))
        p.setPen(QPen(t.text, 2))
        for tick in state.ticks:
            p.save()
            p.translate(rect.center())
            p.rotate(360 * tick)
            p.drawLine(0, round(-rect.height() / 2 - 8), 0, round(-rect.height() / 2 + 8))
            p.restore()

    def _words(self, p: QPainter, box: QRectF, state: RingState) -> None:
        t, inner = theme(), box.width() - 4 * _THICK
        middle = box.center()
        if state.is_loud:
            plate = QRectF(middle.x() - inner / 2 + 2, middle.y() - 22, inner - 4, 40)
            p.setPen(Qt.PenStyle.NoPen)
            p.setBrush(t.text)
            p.drawRoundedRect(plate, 4, 4)
        points = 32 if len(state.figure) <= 5 else 20
        place = QRectF(middle.x() - inner / 2, middle.y() - 22, inner, 40)
        ink = t.panel if state.is_loud else t.text
        paint.label(p, place, state.figure, points, colour=ink, flags=paint.CENTRE, bold=True)
        near = inner * 0.84
        above = QRectF(middle.x() - near / 2, middle.y() - 44, near, 20)
        paint.label(p, above, state.above, 11, colour=t.muted, flags=paint.CENTRE)
        below = QRectF(middle.x() - near / 2, middle.y() + 20, near, 20)
        paint.label(p, below, state.below, 11, colour=t.muted, flags=paint.CENTRE)
