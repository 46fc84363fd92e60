"""Where a thing was, over time: one lane for each place, a band for each stay."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.controls import frame
from console.ui.life_words import band_words
from console.ui.theme import look, theme
from console.work.assets.places import HOLDS_ONE
from console.work.life import Band, Life

_LANE, _AXIS, _TOP = 30, 26, 8
_MOST = 8
_NAME = 232.0
_LEAST = 3.0
_FEW_DAYS_US = 3 * 86_400_000_000


class LifeBands(QWidget):
    """The bands; ``chosen`` carries the number of a band that was chosen, -1 for none.

    Only the latest lanes are shown where there are many.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.bands: tuple[Band, ...] = ()
        self.lanes: list[tuple[str, list[int]]] = []
        self.number = -1
        self._is_tank = False
        self.setAccessibleName(tr("Where it was"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def show_life(self, life: Life) -> None:
        """Show the stays of a life; the choice is kept while they are the same."""
        if life.bands == self.bands:
            return
        self.bands, self._is_tank = life.bands, life.is_tank
        self.lanes = _lanes(self.bands, is_tank=life.is_tank)
        self.number = -1
        told = (self.sentence(number) for number in range(len(self.bands)))
        self.setAccessibleDescription("\n".join(told))
        self.updateGeometry()
        self.update()

    def sentence(self, number: int) -> str:
        """Return a stay as a sentence."""
        band = self.bands[number]
        since = formats.clock(band.since_us, 0)[:16]
        until = tr("now") if band.lasts else formats.clock(band.until_us, 0)[:16]
        place = lane_name(band, is_tank=self._is_tank)
        thing = f"{band.thing}: " if band.thing else ""
        return f"{thing}{place}, {since} \N{EN DASH} {until}"

    def choose(self, number: int) -> None:
        """Choose a stay, or none by -1, and tell of it."""
        if number != self.number:
            self.number = number
            self.update()
            self.chosen.emit(number)

    def sizeHint(self) -> QSize:
        return QSize(480, _TOP + _LANE * max(len(self.lanes), 1) + _AXIS)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    # ---- hands ---------------------------------------------------------------------------------

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        hit = [n for n in range(len(self.bands)) if self._rect(n).contains(event.position())]
        self.choose(hit[-1] if hit and hit[-1] != self.number else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.bands:
            super().keyPressEvent(event)
            return
        first = len(self.bands) if step < 0 else -1
        at = (self.number if self.number >= 0 else first) + step
        self.choose(at if 0 <= at < len(self.bands) else -1)

    # ---- painting ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        frame(p, QRectF(self.rect()), t.panel, t.line, focused=self.hasFocus())
        if not self.bands:
            rect = QRectF(self.rect()).adjusted(16, 0, -16, 0)
            paint.label(p, rect, tr("Nobody told where it was."), colour=t.muted)
            return
        for lane, (name, numbers) in enumerate(self.lanes):
            y = _TOP + lane * _LANE
            paint.label(p, QRectF(16, y, _NAME - 32, _LANE), name)
            for number in numbers:
                self._band(p, number)
        self._axis(p)

    def _band(self, p: QPainter, number: int) -> None:
        t, band, rect = theme(), self.bands[number], self._rect(number)
        is_used = band.place.kind in HOLDS_ONE
        p.fillRect(rect, t.normal if is_used else t.range)
        if number == self.number:
            p.setPen(t.text)
            p.drawRect(rect.adjusted(0.5, 0.5, -1.5, -1.5))
            p.fillRect(QRectF(rect.left(), rect.bottom() - 3, rect.width(), 3), t.text)
        if band.lasts:
            p.fillRect(QRectF(rect.right() - 3, rect.top() - 3, 3, rect.height() + 6), t.text)
        if band.thing and rect.width() > 60:
            inside = rect.adjusted(6, 0, -6, 0)
            paint.label(p, inside, band.thing, colour=paint.ink_on(t.normal))

    def _axis(self, p: QPainter) -> None:
        t, (since_us, until_us) = theme(), self._reach()
        reach_us = until_us - since_us
        y = _TOP + _LANE * len(self.lanes)
        area = QRectF(_NAME, y, self.width() - _NAME - 16, _AXIS)
        p.fillRect(QRectF(area.left(), area.top(), area.width(), 1), t.line)
        paint.label(p, area, _mark(since_us, reach_us), colour=t.muted)
        paint.label(p, area, _mark(until_us, reach_us), colour=t.muted, flags=paint.RIGHT)
        middle = _mark((since_us + until_us) // 2, reach_us)
        if area.width() > 360:
            paint.label(p, area, middle, colour=t.muted, flags=paint.CENTRE)

    def _reach(self) -> tuple[int, int]:
        since_us = min(band.since_us for band in self.bands)
        return since_us, max(*(band.until_us for band in self.bands), since_us + 1)

    def _rect(self, number: int) -> QRectF:
        lane = next((i for i, (_, has) in enumerate(self.lanes) if number in has), None)
        if lane is None:
            return QRectF()
        band, (since_us, until_us) = self.bands[number], self._reach()
        wide = max(self.width() - _NAME - 16, 1.0)
        scale = wide / (until_us - since_us)
        left = _NAME + (band.since_us - since_us) * scale
        width = max((band.until_us - band.since_us) * scale, _LEAST)
        return QRectF(left, _TOP + lane * _LANE + 5, width, _LANE - 10)


def lane_name(band: Band, *, is_tank: bool) -> str:
    """Return the place of a band, from the outside in."""
    if is_tank:
        slot = band.place.slot
        return tr("Slot {slot}", slot=slot) if slot else tr("no slot told")
    return band_words(band)


def _lanes(bands: Sequence[Band], *, is_tank: bool) -> list[tuple[str, list[int]]]:
    """Return the places in the order in which they were first come to, with their bands."""
    found: dict[str, list[int]] = {}
    for number, band in enumerate(bands):
        found.setdefault(lane_name(band, is_tank=is_tank), []).append(number)
    lanes = list(found.items())
    return lanes if is_tank else lanes[-_MOST:]


def _mark(utc_us: int, reach_us: int) -> str:
    """Return a moment of the axis: a day, within a few days with its time."""
    then = datetime.fromtimestamp(utc_us / 1e6).astimezone()
    return f"{then:%Y-%m-%d}" if reach_us > _FEW_DAYS_US else f"{then:%m-%d %H:%M}"
