"""Live trends by pyqtgraph, drawn so that they cost little.

Rules behind it, each measured: fixed ranges, x is age so that the axis stands still, pen width 1,
no antialiasing, never pyqtgraph's own grid, at most two points per pixel, no ``setData`` when
nothing is new. Import this module late: pyqtgraph takes a third of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui import formats, paint
from console.ui.decimate import decimated
from console.ui.theme import font, look, theme
from drivers.points import Limit, Point, Reading

_LABELS = 124
_AXIS_LEFT = 44
_AXIS_BELOW = 24
_TITLE = 22
SPANS_S = (300.0, 900.0, 3600.0)
_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DashDotLine,
    Qt.PenStyle.DotLine,
)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: which point of which part, its name, and which pen of the theme draws it."""

    part: str
    key: str
    name: str
    pen: int = 0


class TrendPlot(QWidget):
    """A few curves of one quantity over the last minutes, with limits and the latest values.

    The vertical range is that of ``point``; it never moves, so noise never looks like a crisis.
    """

    def __init__(
        self,
        session: Session,
        title: str,
        point: Point,
        curves: Sequence[Curve],
        limits: Sequence[Limit] = (),
        *,
        axis: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._title = title
        self._point = point
        self._curves = tuple(curves)
        self._limits = tuple(limits)
        self._axis = axis
        self._span_s = SPANS_S[0]
        self._drawn: tuple[object, ...] = ()
        self._items: list[pg.PlotCurveItem] = []
        self._lines: list[tuple[Limit, pg.InfiniteLine]] = []
        self._moment_s: float | None = None
        self._moment: pg.InfiniteLine | None = None
        self.view = pg.PlotWidget(self)
        self.labels = _Labels(self)
        self._prepare()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(96)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.view, 1)
        row.addWidget(self.labels)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, _TITLE + 4, 4, 4)
        column.addLayout(row)
        look().changed.connect(self._relook)
        self.set_curves(curves)

    @property
    def title(self) -> str:
        """What is drawn, as its heading says."""
        return self._title

    @property
    def curves(self) -> tuple[Curve, ...]:
        """The curves that are drawn."""
        return self._curves

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Draw other curves of the same quantity."""
        self._curves = tuple(curves)
        names = ", ".join(curve.name for curve in curves)
        self.setAccessibleName(f"{self._title}: {names}")
        self._relook()

    def set_quantity(self, title: str, point: Point, curves: Sequence[Curve]) -> None:
        """Turn to another quantity with its own range and limits."""
        self._title, self._point, self._limits = title, point, point.limits
        self.set_curves(curves)

    def set_span(self, span_s: float) -> None:
        """Show the last ``span_s`` seconds."""
        if span_s != self._span_s:
            self._span_s = span_s
            self._drawn = ()
            self._set_ranges()

    def mark_moment(self, mono_s: float | None) -> None:
        """Draw an upright line where something happened, at a time of the session's clock."""
        if mono_s != self._moment_s:
            self._moment_s = mono_s
            self._drawn = ()
            self._place_moment()

    def refresh(self) -> None:
        """Redraw if a sample has come, or if time alone moves what is there."""
        now_s = self._session.now().mono_s
        views = [self._session.view(curve.part) for curve in self._curves]
        seconds = int(now_s) if any(v.time.mono_s < now_s - 5 for v in views) else 0
        state = (tuple((v.sequence, int(v.reasons[0])) for v in views), seconds, self.view.width())
        if state == self._drawn:
            return
        self._drawn = state
        latest = []
        for curve, item, view in zip(self._curves, self._items, views, strict=True):
            ages, values = self._samples(curve, now_s)
            item.setData(ages, values, connect="finite")
            latest.append(view.get(curve.key))
        self.labels.show_values(latest)
        self._place_moment()
        self._mark_violated([r.value for r in latest if r is not None and r.quality != "bad"])

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.fillRect(self.rect(), t.panel)
        title = QRectF(12, 4, self.width() - 24, _TITLE)
        paint.label(p, title, self._title, 11, bold=True)
        unit = formats.unit(self._point.unit)
        offset = QFontMetricsF(font(11, bold=True)).horizontalAdvance(self._title) + 8
        paint.label(p, title.adjusted(offset, 0, 0, 0), unit, 11, colour=t.muted)

    def _samples(self, curve: Curve, now_s: float) -> tuple[Floats, Floats]:
        ages, values = self._session.trends.window(curve.part, curve.key, self._span_s, now_s)
        pixels = max(self.view.width() - _AXIS_LEFT, 100)
        bucket_s = self._span_s / pixels * 2
        times, thinned = decimated(ages + now_s, values, bucket_s)
        return times - now_s, thinned

    def _prepare(self) -> None:
        plot = self.view.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.disableAutoRange()
        plot.getAxis("left").setWidth(_AXIS_LEFT)
        plot.getAxis("bottom").setHeight(_AXIS_BELOW if self._axis else 6)
        plot.getAxis("bottom").setStyle(showValues=self._axis, tickLength=0)
        plot.getAxis("left").setStyle(tickLength=0)
        plot.layout.setContentsMargins(0, 8, 0, 0)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.view.setAccessibleName("")

    def _relook(self) -> None:
        """Build what depends on theme, curves and limits."""
        t, plot = theme(), self.view.getPlotItem()
        self.view.setBackground(t.panel)
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setPen(pg.mkPen(t.line, width=1))
            axis.setTextPen(pg.mkPen(t.muted))
            axis.setTickFont(font(11))
        plot.clear()
        self._moment = None
        self._add_grid(plot)
        self._lines = [(limit, self._limit_line(plot, limit)) for limit in self._limits]
        self._items = []
        for curve in self._curves:
            item = pg.PlotCurveItem(pen=curve_pen(curve), antialias=False)
            plot.addItem(item)
            self._items.append(item)
        self.labels.set_curves(self._curves, self._point)
        self._drawn = ()
        self._set_ranges()
        self.update()

    def _add_grid(self, plot: pg.PlotItem) -> None:
        """Faint opaque lines at the ticks: pyqtgraph's own grid costs 80 ms a frame."""
        ys = _ticks(self._point.low, self._point.high)
        grid = pg.PlotCurveItem(
            np.tile([-SPANS_S[-1], 0.0], len(ys)),
            np.repeat(ys, 2),
            connect="pairs",
            pen=pg.mkPen(theme().range, width=1),
            antialias=False,
        )
        plot.addItem(grid)

    def _place_moment(self) -> None:
        """The line wanders left with time, as everything else does."""
        if self._moment is None and self._moment_s is not None:
            pen = _pen(theme().text, Qt.PenStyle.DashLine)
            self._moment = pg.InfiniteLine(0.0, angle=90, pen=pen)
            self.view.getPlotItem().addItem(self._moment)
        if self._moment is not None:
            self._moment.setVisible(self._moment_s is not None)
            if self._moment_s is not None:
                self._moment.setValue(self._moment_s - self._session.now().mono_s)

    def _limit_line(self, plot: pg.PlotItem, limit: Limit) -> pg.InfiniteLine:
        line = pg.InfiniteLine(limit.reading, angle=0, pen=_limit_pen(limit, violated=False))
        plot.addItem(line)
        return line

    def _mark_violated(self, values: Sequence[float | None]) -> None:
        """A limit has its priority's colour only while it is violated."""
        for limit, line in self._lines:
            violated = any(value is not None and limit.violated_by(value) for value in values)
            line.setPen(_limit_pen(limit, violated=violated))

    def _set_ranges(self) -> None:
        plot, point = self.view.getPlotItem(), self._point
        plot.setXRange(-self._span_s, 0, padding=0)
        plot.setYRange(point.low, point.high, padding=0.04)
        ages = [-self._span_s * share for share in (0.8, 0.6, 0.4, 0.2)]
        names = [(age, _age_word(age) if i % 2 else "") for i, age in enumerate(ages)]
        plot.getAxis("bottom").setTicks([names if self._axis else []])
        ticks = _ticks(point.low, point.high)
        plot.getAxis("left").setTicks([[(y, formats.decimal(float(y), 0)) for y in ticks]])


def curve_pen(curve: Curve) -> QPen:
    """Return the pen of a curve: its hue and, so that grey print tells them apart, its dash."""
    pens = theme().pens
    return _pen(pens[curve.pen % len(pens)], _DASHES[curve.pen % len(_DASHES)])


def _limit_pen(limit: Limit, *, violated: bool) -> QPen:
    colour = theme().priority[paint.limit_priority(limit)] if violated else theme().muted
    return _pen(colour, Qt.PenStyle.DotLine)


def _pen(colour: QColor, style: Qt.PenStyle) -> QPen:
    pen = QPen(colour, 1, style)
    pen.setCosmetic(True)
    return pen


def _ticks(low: float, high: float) -> Floats:
    """Three to five round numbers in the range."""
    raw = (high - low) / 4
    if raw <= 0:
        return np.empty(0)
    power = 10.0 ** np.floor(np.log10(raw))
    step = next((s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * 0.99), raw)
    return np.arange(np.ceil(low / step) * step, high + step * 1e-6, step)


def _age_word(age_s: float) -> str:
    if age_s == 0:
        return tr("now")
    return tr("\N{MINUS SIGN}{n} min", n=formats.decimal(-age_s / 60, 0))


class _Labels(QWidget):
    """The latest value of each curve, in the order of the curves, with a sample of its line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._curves: tuple[Curve, ...] = ()
        self._texts: list[tuple[str, str]] = []
        self.setAccessibleName(tr("Latest values"))
        self.setFixedWidth(_LABELS)

    def set_curves(self, curves: Sequence[Curve], point: Point) -> None:
        self._curves = tuple(curves)
        self._unit = formats.unit(point.unit)
        self._texts = [(formats.NOTHING, "")] * len(self._curves)
        self.update()

    def show_values(self, readings: Sequence[Reading | None]) -> None:
        texts = []
        for reading in readings:
            number = formats.number(reading)
            texts.append((number, "" if number == formats.NOTHING else self._unit))
        if texts != self._texts:
            self._texts = texts
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        row = min(40.0, self.height() / max(len(self._curves), 1))
        for i, (curve, (number, unit)) in enumerate(zip(self._curves, self._texts, strict=True)):
            top = i * row
            colour = QColor(theme().pens[curve.pen % len(theme().pens)])
            p.setPen(curve_pen(curve))
            p.drawLine(4, round(top + 10), 22, round(top + 10))
            name = QRectF(26, top, self.width() - 26, 20)
            paint.label(p, name, curve.name, 11, colour=theme().muted)
            value = QRectF(26, top + 18, self.width() - 26, 20)
            if row >= 36:
                paint.value(p, value, number, unit, 13, colour=colour)
