"""One GPU whole: who it is, where it sits, what it reads, its alarms and its last minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.alarms.book import Alarm
from console.session.session import Session
from console.text import tr
from console.ui import formats, paint
from console.ui.conditions import condition
from console.ui.controls import Button, ScrollBar, frame
from console.ui.gpu_state import MEMORY_TEMPERATURE, POWER, SILENT, TEMPERATURE, GpuState
from console.ui.theme import font, look, theme
from drivers.points import Point, Quality, Reading, Snapshot

if TYPE_CHECKING:
    from console.ui.plots import TrendPlot

WIDTH = 368
_ROW = 30
_TREND = 132


class GpuDrawer(QFrame):
    """The panel beside the GPUs; ``open_tank`` asks for the tank that the GPU sits in."""

    closed = Signal()
    open_tank = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.state: GpuState | None = None
        self._trends: list[TrendPlot] = []
        self._title = _Words(16, bold=True)
        self._place = _Words(11)
        self.close_button = Button("×")
        self.close_button.setAccessibleName(tr("Close the details"))
        self.tank_button = Button(tr("Open tank"), primary=True)
        self.alarms = _Alarms()
        self.trends = QWidget()
        self.points = _Points()
        self.identity = _Identity()
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(tr("Details of the GPU"))
        self._lay_out()
        self.close_button.clicked.connect(self.closed)
        self.tank_button.clicked.connect(self._open_tank)
        look().changed.connect(self.update)

    def show_gpu(self, state: GpuState) -> None:
        """Turn to a GPU."""
        self.state = state
        self._title.setText(tr("GPU {n}", n=state.place.number))
        slot = "" if state.place.slot is None else tr("slot {n}", n=state.place.slot)
        place = (state.place.tank or tr("Rack"), slot, state.place.host)
        self._place.setText(" > ".join(filter(None, place)))
        self.tank_button.setVisible(self._session.tank_of(state.place.part) is not None)
        self._show_trends(state)
        self.refresh(state)

    def refresh(self, state: GpuState) -> None:
        """Bring everything up to date that changed."""
        self.state = state
        part = state.place.part
        host = part.partition("/")[0]
        now = self._session.now()
        self.alarms.show_alarms(self._session.book.of([part, host]), now.utc_us)
        self.points.show_view(state.view, now.utc_us)
        self.identity.show_view(state.view)
        for trend in self._trends:
            trend.refresh()

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._place)
        head.addLayout(words, 1)
        head.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 8, 0)
        body.setSpacing(16)
        for part in (self.alarms, self.trends, self.points, self.identity):
            body.addWidget(part)
        body.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 8, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(_scrolling(inside), 1)
        self.tank_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column.addWidget(self.tank_button)

    def _show_trends(self, state: GpuState) -> None:
        """Two plots, made when first needed and kept: what draws them takes long to load."""
        from console.ui.plots import Curve, TrendPlot

        part, schema = state.place.part, state.view.schema
        core, power = schema.get(TEMPERATURE), schema.get(POWER)
        if core is None or power is None:
            return
        temperatures = [Curve(part, TEMPERATURE, tr("Core"), 0)]
        if MEMORY_TEMPERATURE in schema:
            temperatures.append(Curve(part, MEMORY_TEMPERATURE, tr("Memory"), 1))
        powers = [Curve(part, POWER, tr("Power"), 2)]
        if self._trends:
            for trend, curves in zip(self._trends, (temperatures, powers), strict=True):
                trend.set_curves(curves)
            return
        column = QVBoxLayout(self.trends)
        column.setContentsMargins(-12, 0, 0, 0)  # their titles stand in line with the others
        column.setSpacing(8)
        self._trends = [
            TrendPlot(self._session, tr("Temperature"), core, temperatures, core.limits),
            TrendPlot(self._session, tr("Power"), power, powers, power.limits, axis=True),
        ]
        for trend in self._trends:
            trend.setFixedHeight(_TREND)
            column.addWidget(trend)

    def _open_tank(self) -> None:
        tank = self._session.tank_of(self.state.place.part) if self.state else None
        if tank is not None:
            self.open_tank.emit(tank.id)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _Words(QLabel):
    """A line of words that may be copied and never widens the panel."""

    def __init__(self, points: int, *, bold: bool = False) -> None:
        super().__init__()
        self.setFont(font(points, bold=bold))
        self.setMinimumWidth(1)
        self.setTextFormat(Qt.TextFormat.PlainText)


def _scrolling(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setVerticalScrollBar(ScrollBar(area))
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    area.setAccessibleName(tr("Values of the GPU"))
    return area


class _List(QWidget):
    """Lines under a heading, drawn; as tall as they are many."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.setAccessibleName(heading)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 48, 28 + self.count() * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def count(self) -> int:
        """Return how many lines there are."""
        raise NotImplementedError

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        """Draw a line."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        heading = QRectF(0, 0, self.width(), 24)
        paint.label(p, heading, self._heading, 11, bold=True)
        p.fillRect(QRectF(0, 26, self.width(), 1), t.line)
        for i in range(self.count()):
            r = QRectF(0, 28 + i * _ROW, self.width(), _ROW)
            if r.intersects(QRectF(event.rect())):
                self.draw_line(p, r, i)


class _Alarms(_List):
    """What is wrong with the GPU or its host, and since when."""

    def __init__(self) -> None:
        super().__init__(tr("Alarms"))
        self._alarms: Sequence[Alarm] = ()
        self._since: tuple[str, ...] = ()

    def show_alarms(self, alarms: Sequence[Alarm], now_us: int) -> None:
        since = tuple(formats.clock(alarm.since_us, now_us) for alarm in alarms)
        if (list(alarms), since) != (list(self._alarms), self._since):
            taller = len(alarms) != len(self._alarms)
            self._alarms, self._since = alarms, since
            said = ", ".join(condition(alarm) for alarm in alarms)
            self.setAccessibleDescription(said or tr("no alarm"))
            if taller:
                self.updateGeometry()
            self.update()

    def count(self) -> int:
        return max(len(self._alarms), 1)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        t = theme()
        if not self._alarms:
            paint.label(p, r, tr("no alarm"), colour=t.muted)
            return
        alarm = self._alarms[i]
        mark = QRectF(r.left(), r.center().y() - 9, 18, 18)
        paint.priority_mark(p, mark, alarm.priority, quiet=not alarm.active)
        since = self._since[i] if alarm.active else tr("cleared")
        width = QFontMetricsF(font(11)).horizontalAdvance(since) + 8
        paint.label(p, r.adjusted(26, 0, -width, 0), condition(alarm))
        paint.label(p, r, since, colour=t.muted, flags=paint.RIGHT)


class _Points(_List):
    """Every point: its name, where in its range it is, its value or in words why there is none."""

    def __init__(self) -> None:
        super().__init__(tr("Values"))
        self._lines: tuple[tuple[Point, str, str, Reading | None], ...] = ()
        self._read = ""
        self._view: Snapshot | None = None

    def show_view(self, view: Snapshot, now_us: int) -> None:
        if view is self._view:
            return
        taller = self._view is None or len(view.schema) != len(self._view.schema)
        self._view = view
        self._lines = tuple(_line(reading) for reading in view.readings)
        self._read = _when(view, now_us)
        if taller:
            self.updateGeometry()
        self.update()

    def count(self) -> int:
        return len(self._lines)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        p = QPainter(self)
        heading = QRectF(0, 0, self.width(), 24)
        paint.label(p, heading, self._read, 11, colour=theme().muted, flags=paint.RIGHT)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        point, number, unit, reading = self._lines[i]
        t, half = theme(), r.width() / 2
        name = QRectF(r.left(), r.top(), half + 8, r.height())
        right = QRectF(r.left() + half, r.top(), half, r.height())
        paint.label(p, name, formats.point_name(point), colour=t.muted)
        if reading is not None and unit:
            paint.value(p, right, number, unit, 13, flags=paint.RIGHT)
            return
        colour = t.text if reading is None or point.flags or point.states else t.value
        points = 11 if reading is None or point.flags or point.states else 13
        paint.label(p, right, number, points, colour=colour, flags=paint.RIGHT)


def _when(view: Snapshot, now_us: int) -> str:
    """Say when the values were read, or were last; nothing where they never were."""
    if not view.sequence:
        return ""
    time = formats.clock(view.time.utc_us, now_us)
    silent = view.reading(0).reason in SILENT
    return tr("last read at {time}", time=time) if silent else tr("read at {time}", time=time)


def _line(reading: Reading) -> tuple[Point, str, str, Reading | None]:
    if reading.quality is Quality.BAD:
        return reading.point, formats.reason_text(reading.reason), "", None
    number, unit = formats.number(reading), formats.unit(reading.point.unit)
    if reading.point.unit == "mJ" and reading.value is not None:
        number, unit = formats.decimal(reading.value / 3.6e9, 1), "kWh"
    return reading.point, number, unit, reading


class _Identity(_List):
    """What the GPU calls itself."""

    def __init__(self) -> None:
        super().__init__(tr("Identity"))
        self._pairs: tuple[tuple[str, str], ...] = ()

    def show_view(self, view: Snapshot) -> None:
        pairs = _pairs(view)
        if pairs != self._pairs:
            self._pairs = pairs
            self.updateGeometry()
            self.update()

    def count(self) -> int:
        return len(self._pairs)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        name, value = self._pairs[i]
        paint.label(p, r.adjusted(0, 0, -r.width() * 0.6, 0), name, colour=theme().muted)
        p.setFont(font(11))
        p.setPen(theme().text)
        paint.elided(p, r.adjusted(r.width() * 0.35, 0, 0, 0), value, paint.RIGHT, middle=True)


def _pairs(view: Snapshot) -> tuple[tuple[str, str], ...]:
    names = (
        ("model", tr("Model")),
        ("uuid", tr("UUID")),
        ("serial", tr("Serial number")),
        ("pci_bus_id", tr("PCI bus")),
        ("driver", tr("Driver")),
        ("hostname", tr("Host name")),
    )
    return tuple((word, view.identity.get(key) or tr("not exported")) for key, word in names)
