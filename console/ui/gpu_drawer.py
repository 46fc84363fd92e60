"""One GPU whole: who it is, where it sits, what it reads, its alarms and its last minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from drivers.points import Point, Quality, Reading, Reason, Snapshot

if TYPE_CHECKING:
    from console.ui.plots import TrendPlot

WIDTH = 368
_ROW = 30
_BAR = 44
_VALUE = 92
_ENERGY, _MJ_PER_KWH = "mJ", 3.6e9
_INSET = 12
"""Where words begin: in line with the titles of the trends."""
_TREND = 132


class GpuDrawer(QFrame):
    """The panel beside the GPUs; ``open_tank`` asks for the tank that the GPU sits in."""

    closed = Signal()
    open_tank = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.state: GpuState | None = None
        self.trend_plots: list[TrendPlot] = []
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

    @property
    def place(self) -> str:
        """Where the GPU sits, as shown."""
        return self._place.text()

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
        alarms = self._session.book.of([part, host])
        self.alarms.show_alarms(alarms, now.utc_us)
        alarmed = {a.point: a.priority for a in reversed(alarms) if a.active and a.subject == part}
        self.points.show_view(state.view, alarmed, now.utc_us)
        self.identity.show_view(state.view)
        for trend in self.trend_plots:
            trend.refresh()

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(_INSET, 0, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._place)
        words.addStretch(1)
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
        column.setContentsMargins(4, 8, 8, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(_scrolling(inside), 1)
        self.tank_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        foot = QHBoxLayout()
        foot.setContentsMargins(_INSET, 0, 8, 0)
        foot.addWidget(self.tank_button)
        column.addLayout(foot)

    def _show_trends(self, state: GpuState) -> None:
        """Two plots, made when first needed and kept: what draws them takes long to load."""
        from console.ui.plots import SPANS_S, Curve, TrendPlot

        part, schema = state.place.part, state.view.schema
        core, power = schema.get(TEMPERATURE), schema.get(POWER)
        self.trends.setVisible(core is not None and power is not None)
        if core is None or power is None:
            return
        temperatures = [Curve(part, TEMPERATURE, tr("Core"), 0)]
        if MEMORY_TEMPERATURE in schema:
            temperatures.append(Curve(part, MEMORY_TEMPERATURE, tr("Memory"), 1))
        powers = [Curve(part, POWER, tr("Power"), 2)]
        drawn = ((tr("Temperature"), core, temperatures), (tr("Power"), power, powers))
        if not self.trend_plots:
            column = QVBoxLayout(self.trends)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(8)
            self.trend_plots = [
                TrendPlot(self._session, title, point, curves, point.limits, axis=point is power)
                for title, point, curves in drawn
            ]
            for trend in self.trend_plots:
                trend.setFixedHeight(_TREND)
                trend.set_span(SPANS_S[1])
                column.addWidget(trend)
            return
        for trend, (title, point, curves) in zip(self.trend_plots, drawn, strict=True):
            trend.set_quantity(title, point, curves)

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
        self.note = ""
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
        width = self.width() - _INSET
        paint.label(p, QRectF(_INSET, 0, width, 24), self._heading, 11, bold=True)
        paint.label(p, QRectF(_INSET, 0, width, 24), self.note, colour=t.muted, flags=paint.RIGHT)
        p.fillRect(QRectF(_INSET, 26, width, 1), t.line)
        for i in range(self.count()):
            r = QRectF(_INSET, 28 + i * _ROW, width, _ROW)
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
        self._lines: tuple[_Line, ...] = ()
        self._shown: tuple[Snapshot | None, dict[str, int]] = (None, {})

    def show_view(self, view: Snapshot, alarmed: dict[str, int], now_us: int) -> None:
        """Show a snapshot; ``alarmed`` is the priority of the active alarm of each point."""
        if self._shown[0] is view and self._shown[1] == alarmed:
            return
        before, self._shown = len(self._lines), (view, alarmed)
        self._lines = tuple(_line(reading, alarmed) for reading in view.readings)
        self.note = _when(view, now_us)
        said = (f"{formats.point_name(n.point)} {n.number} {n.unit}".strip() for n in self._lines)
        self.setAccessibleDescription(", ".join(said))
        if len(self._lines) != before:
            self.updateGeometry()
        self.update()

    def count(self) -> int:
        return len(self._lines)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        line = self._lines[i]
        value_w = _VALUE if line.bar else QFontMetricsF(font(13)).horizontalAdvance(line.number) + 8
        value = QRectF(r.right() - value_w, r.top(), value_w, r.height())
        name = QRectF(r.left(), r.top(), value.left() - r.left(), r.height())
        if line.bar:
            bar = QRectF(value.left() - _BAR - 4, r.center().y() - 4, _BAR, 8)
            paint.analog_bar(
                p, bar, line.point, line.reading, horizontal=True, priority=line.priority
            )
            name.setRight(bar.left() - 8)
        paint.label(p, name, formats.point_name(line.point), colour=theme().muted)
        if line.unit:
            paint.value(p, value, line.number, line.unit, 13, flags=paint.RIGHT)
        else:
            colour = theme().value if line.number[:1].isdigit() else theme().text
            points = 13 if line.number[:1].isdigit() else 11
            paint.label(p, value, line.number, points, colour=colour, flags=paint.RIGHT)


@dataclass(frozen=True, slots=True)
class _Line:
    """A point as listed; ``bar`` where its range tells something."""

    point: Point
    reading: Reading
    number: str
    unit: str
    bar: bool
    priority: int


def _line(reading: Reading, alarmed: dict[str, int]) -> _Line:
    point = reading.point
    number, unit = formats.number(reading), formats.unit(point.unit)
    bar = bool(unit) and point.unit != _ENERGY
    if reading.quality is Quality.BAD:
        number, unit, bar = formats.reason_text(reading.reason), "", False
    elif point.unit == _ENERGY and reading.value is not None:
        number, unit = formats.decimal(reading.value / _MJ_PER_KWH, 1), "kWh"
    elif reading.quality is Quality.UNCERTAIN:
        number, unit = f"{number} ({formats.reason_text(reading.reason)})", ""
        bar = False
    return _Line(point, reading, number, unit, bar, alarmed.get(point.key, 0))


def _when(view: Snapshot, now_us: int) -> str:
    """Say when the values were read, or were last; nothing where they never were."""
    reason = view.reading(0).reason
    if reason is Reason.DEVICE_LOST:
        return tr("lost")
    if not view.sequence:
        return ""
    time = formats.clock(view.time.utc_us, now_us)
    silent = reason in SILENT
    return tr("last read at {time}", time=time) if silent else tr("read at {time}", time=time)


class _Identity(_List):
    """What the GPU calls itself."""

    def __init__(self) -> None:
        super().__init__(tr("Identity"))
        self.pairs: tuple[tuple[str, str], ...] = ()

    def show_view(self, view: Snapshot) -> None:
        pairs = _pairs(view)
        if pairs != self.pairs:
            self.pairs = pairs
            self.updateGeometry()
            self.update()

    def count(self) -> int:
        return len(self.pairs)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        name, value = self.pairs[i]
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
