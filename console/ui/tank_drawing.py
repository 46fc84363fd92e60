"""One tank, drawn: fluid with its level marks, slots, pumps, heat exchanger, lid and leak.

Everything is optional: a tank without pumps, flow or facility readings is drawn without them. The
surface moves on the level's own scale, drawn over the upper part of the tank, so that millimetres
show; slots and pipes keep their places.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.health.derived import LEVEL_EXPECTED
from console.text import tr
from console.ui import formats, paint
from console.ui.theme import font, look, theme
from drivers.points import Quality, Reading, Snapshot

_WALL = 3.0
_GAUGE = 56.0
_ZOOM = 0.42
"""Share of the tank's height over which the level's display range is spread."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: the server in it, if any, by id and name, its GPUs and its worst alarm."""

    number: int
    host: str = ""
    name: str = ""
    gpus: int = 0
    priority: int = 0


class TankDrawing(QWidget):
    """Draws a tank's latest snapshot; ``slot_opened`` carries the host of a tapped slot."""

    slot_opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._view: Snapshot | None = None
        self._slots: tuple[Slot, ...] = ()
        self._alarms: Mapping[str, int] = {}
        self._chosen = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        look().changed.connect(self.update)

    def show_tank(self, view: Snapshot, slots: tuple[Slot, ...], alarms: Mapping[str, int]) -> None:
        """Show a snapshot; ``alarms`` is the priority of the worst active alarm by point."""
        known = self._view
        same = known is not None and (known.values is view.values) and slots == self._slots
        if same and alarms == self._alarms:
            return
        self._view, self._slots, self._alarms = view, slots, alarms
        self.setAccessibleName(tr("Drawing of the tank"))
        self.setAccessibleDescription(self._spoken())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(340, 440)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, 340)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        if self._view is None:
            return
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        tank = self._tank_rect()
        self._fluid(p, tank)
        self._boards(p, tank)
        self._walls(p, tank)
        self._gauge(p, tank)
        self._loop(p, tank)
        self._words(p, tank)
        if self.hasFocus() and 0 <= self._chosen < len(self._slots):
            paint.focus_ring(p, self._board(tank, self._chosen).adjusted(-3, -3, 3, 3))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        tank = self._tank_rect()
        for i, slot in enumerate(self._slots):
            board = self._board(tank, i).adjusted(-2, -8, 2, 8)
            if slot.host and board.contains(event.position()):
                self._chosen = i
                self.slot_opened.emit(slot.host)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        occupied = [i for i, slot in enumerate(self._slots) if slot.host]
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}
        if event.key() in steps and occupied:
            place = occupied.index(self._chosen) if self._chosen in occupied else -1
            self._chosen = occupied[(place + steps[Qt.Key(event.key())]) % len(occupied)]
            self.update()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Space} and self._chosen in occupied:
            self.slot_opened.emit(self._slots[self._chosen].host)
        else:
            super().keyPressEvent(event)

    # ---- geometry ------------------------------------------------------------------------

    def _tank_rect(self) -> QRectF:
        height = self.height() - 34 - 184
        return QRectF(_GAUGE, 34, self.width() - _GAUGE - 28, max(height, 120))

    def _level_y(self, tank: QRectF, level: float) -> float:
        """Where a level is drawn; the display range lies over the upper part of the tank."""
        if self._view is None or "level" not in self._view.schema:
            return tank.top() + tank.height() * 0.15
        point = self._view.schema["level"]
        share = (level - point.low) / (point.high - point.low)
        zone = tank.height() * _ZOOM
        return round(tank.top() + zone - min(max(share, 0.0), 1.0) * (zone - 8))

    def _board(self, tank: QRectF, i: int) -> QRectF:
        inner = tank.adjusted(14, 0, -14, -10)
        pitch = inner.width() / max(len(self._slots), 1)
        top = tank.top() + tank.height() * (_ZOOM + 0.06)
        width = min(pitch * 0.7, 30.0)
        left = inner.left() + (i + 0.5) * pitch - width / 2
        return QRectF(round(left), round(top), round(width), round(inner.bottom() - top))

    # ---- parts ---------------------------------------------------------------------------

    def _reading(self, key: str) -> Reading | None:
        return None if self._view is None else self._view.get(key)

    def _fluid(self, p: QPainter, tank: QRectF) -> None:
        level = self._reading("level")
        inside = tank.adjusted(_WALL, 0, -_WALL, -_WALL)
        if level is not None and (level.value is None or level.quality is Quality.BAD):
            zone = QRectF(
                inside.left(), inside.top() + 8, inside.width(), tank.height() * _ZOOM - 8
            )
            inside.setTop(zone.bottom())
            paint.hatched(p, zone)
        elif level is not None and level.value is not None:
            inside.setTop(self._level_y(tank, level.value))
        else:
            inside.setTop(self._level_y(tank, 0))
        p.fillRect(inside, theme().fluid)
        p.fillRect(QRectF(inside.left(), inside.top(), inside.width(), 2), theme().muted)

    def _walls(self, p: QPainter, tank: QRectF) -> None:
        p.setPen(Qt.PenStyle.NoPen)
        wall = theme().muted
        p.fillRect(QRectF(tank.left(), tank.top(), _WALL, tank.height()), wall)
        p.fillRect(QRectF(tank.right() - _WALL, tank.top(), _WALL, tank.height()), wall)
        p.fillRect(QRectF(tank.left(), tank.bottom() - _WALL, tank.width(), _WALL), wall)

    def _boards(self, p: QPainter, tank: QRectF) -> None:
        t = theme()
        for i, slot in enumerate(self._slots):
            board = self._board(tank, i)
            if slot.host:
                p.fillRect(board, t.panel)
                p.setPen(
                    QPen(
                        t.priority[slot.priority] if slot.priority else t.muted,
                        1 + bool(slot.priority),
                    )
                )
            else:
                p.setPen(QPen(t.muted, 1, Qt.PenStyle.DotLine))
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.drawRect(board.adjusted(0, 0, -1, -1))
            crowded = len(self._slots) > 10 and slot.number % 2 == 0 and not slot.host
            number = QRectF(board.left() - 6, board.top() + 4, board.width() + 12, 18)
            colour = t.text if slot.host else t.muted
            text = "" if crowded else str(slot.number)
            paint.label(p, number, text, 11, colour=colour, flags=paint.CENTRE)
            if slot.priority and board.height() > 60:
                side = min(board.width() - 4, 20)
                mark = QRectF(board.center().x() - side / 2, board.top() + 24, side, side)
                paint.priority_mark(p, mark, slot.priority)
            if slot.host and board.height() > 90:
                self._gpu_lines(p, board, slot)

    def _gpu_lines(self, p: QPainter, board: QRectF, slot: Slot) -> None:
        """A bar for every GPU of the server, as they sit on the board."""
        room = QRectF(board.left() + 4, board.top() + 50, board.width() - 8, board.height() - 56)
        pitch = min(room.height() / max(slot.gpus, 1), 12.0)
        for i in range(slot.gpus):
            bar = QRectF(room.left(), room.top() + i * pitch, room.width(), max(pitch - 4, 2))
            p.fillRect(bar, theme().normal)

    def _gauge(self, p: QPainter, tank: QRectF) -> None:
        """Limits as ticks on the wall, the expected level as a line, the level as a number."""
        level = self._reading("level")
        if level is None:
            return
        t, point = theme(), level.point
        violated = self._alarms.get("level", 0)
        for limit in point.limits:
            y = self._level_y(tank, limit.reading)
            beyond = level.value is not None and limit.violated_by(level.value)
            colour = t.priority[paint.limit_priority(limit)] if beyond else t.muted
            p.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
            p.drawLine(QPointF(tank.left() - 8, y), QPointF(tank.right(), y))
        expected = self._reading(LEVEL_EXPECTED)
        if expected is not None and expected.value is not None and expected.quality is Quality.GOOD:
            y = self._level_y(tank, expected.value)
            p.setPen(QPen(t.text, 1, Qt.PenStyle.DashLine))
            p.drawLine(QPointF(tank.left() - 12, y), QPointF(tank.left() + 30, y))
        y = tank.top() + tank.height() * _ZOOM / 2
        if level.value is not None and level.quality is not Quality.BAD:
            y = self._level_y(tank, level.value)
        self._figure(p, QRectF(0, y - 20, _GAUGE - 12, 22), level, points=13)
        name = QRectF(0, y + 2, _GAUGE - 12, 18)
        paint.label(p, name, formats.unit(point.unit), 11, colour=t.muted, flags=paint.RIGHT)
        if violated:
            paint.priority_mark(p, QRectF(_GAUGE - 30, y - 42, 18, 18), violated)

    def _loop(self, p: QPainter, tank: QRectF) -> None:
        """Pipes: out at the top right, through the heat exchanger and the pumps, in at the left."""
        t = theme()
        right, left = self.width() - 12.0, _GAUGE - 22.0
        low = tank.bottom() + 92
        pipe = QPen(t.muted, 3)
        pipe.setCapStyle(Qt.PenCapStyle.FlatCap)
        p.setPen(pipe)
        outlet = tank.top() + tank.height() * (_ZOOM + 0.08)
        inlet = tank.bottom() - 14
        path = [
            QPointF(tank.right(), outlet),
            QPointF(right, outlet),
            QPointF(right, low),
            QPointF(left, low),
            QPointF(left, inlet),
            QPointF(tank.left(), inlet),
        ]
        p.drawPolyline(QPolygonF(path))
        self._arrow(p, QPointF(right, (outlet + low) / 2), down=True)
        self._arrow(p, QPointF(left, (inlet + low) / 2 - 8), down=False)
        supply = self._reading("coolant_supply_temperature")
        back = self._reading("coolant_return_temperature")
        above = tank.bottom() + 6
        self._named(p, QRectF(_GAUGE - 8, above, 130, 40), tr("Supply"), supply, paint.LEFT)
        self._named(p, QRectF(right - 146, above, 134, 40), tr("Return"), back, paint.RIGHT)
        self._pumps(p, left, low)
        self._exchanger(p, right, low)

    def _pumps(self, p: QPainter, left: float, low: float) -> None:
        numbers = [n for n in range(1, 5) if self._reading(f"pump[{n}].state") is not None]
        t = theme()
        for i, n in enumerate(numbers[:2]):
            state = self._reading(f"pump[{n}].state")
            speed = self._reading(f"pump[{n}].speed_percent")
            centre = QPointF(left + 34 + i * 78, low)
            self._pump_symbol(p, centre, state)
            word = formats.number(state)
            top = QRectF(centre.x() - 38, low + 20, 76, 18)
            paint.label(p, top, word[:1].upper() + word[1:], 11, flags=paint.CENTRE)
            if speed is not None:
                below = top.translated(0, 18)
                text = formats.with_unit(speed)
                paint.label(p, below, text, 11, colour=t.muted, flags=paint.CENTRE)
            priority = self._alarms.get(f"pump[{n}].state", 0)
            if priority:
                paint.priority_mark(p, QRectF(centre.x() + 8, low - 26, 18, 18), priority)
        flow = self._reading("coolant_flow")
        if flow is not None:
            place = QRectF(left + 6, low + 56, 160, 20)
            self._labelled(p, place, tr("Flow"), flow)

    def _pump_symbol(self, p: QPainter, centre: QPointF, state: Reading | None) -> None:
        """Running is filled and lighter, stopped hollow; the word below says it too."""
        t = theme()
        running = state is not None and state.quality is not Quality.BAD and state.value == 1
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.muted, 2))
        p.setBrush(t.panel if not running else t.desired)
        p.drawEllipse(centre, 14, 14)
        p.setBrush(t.muted if running else Qt.BrushStyle.NoBrush)
        x, y = centre.x(), centre.y()
        p.drawPolygon(QPolygonF([QPointF(x - 8, y), QPointF(x + 4, y - 8), QPointF(x + 4, y + 8)]))
        p.restore()

    def _exchanger(self, p: QPainter, right: float, low: float) -> None:
        keys = ("facility_supply_temperature", "facility_return_temperature", "facility_flow")
        supply, back, flow = (self._reading(key) for key in keys)
        t = theme()
        box = QRectF(right - 74, low - 22, 56, 44)
        p.setPen(QPen(t.muted, 2))
        p.setBrush(t.panel)
        p.drawRect(box)
        p.setPen(QPen(t.muted, 1))
        zigzag = [
            QPointF(box.left() + 6 + i * 11, box.center().y() + (8 if i % 2 else -8))
            for i in range(5)
        ]
        p.drawPolyline(QPolygonF(zigzag))
        if supply is None and flow is None:
            return
        lines = []
        if supply is not None and back is not None:
            lines.append(f"{formats.number(supply)} \N{RIGHTWARDS ARROW} {formats.with_unit(back)}")
        if flow is not None:
            lines.append(formats.with_unit(flow))
        head = QRectF(right - 150, low + 24, 150, 18)
        paint.label(p, head, tr("Facility water"), 11, colour=t.muted, flags=paint.RIGHT)
        for i, line in enumerate(lines):
            place = head.translated(0, 18 * (i + 1))
            paint.label(p, place, line, 11, colour=t.value, flags=paint.RIGHT)
        worst = min((self._alarms[k] for k in keys if self._alarms.get(k)), default=0)
        if worst:
            paint.priority_mark(p, QRectF(box.left() - 24, box.center().y() - 34, 20, 20), worst)

    def _words(self, p: QPainter, tank: QRectF) -> None:
        """Lid and leak above the tank, in words; further left where both would not fit."""
        told = []
        for key, name in (("lid.state", tr("Lid")), ("leak[1].state", tr("Leak detector"))):
            reading = self._reading(key)
            if reading is not None:
                told.append((f"{name}: {formats.number(reading)}", self._alarms.get(key, 0)))
        widths = [
            QFontMetricsF(font(11, bold=bool(priority))).horizontalAdvance(text) + 4
            for text, priority in told
        ]
        whole = sum(widths) + 20 * (len(told) - 1) + 24 * sum(bool(p) for _, p in told)
        x = max(min(tank.left(), self.width() - whole - 8), 8.0)
        for (text, priority), width in zip(told, widths, strict=True):
            if priority:
                paint.priority_mark(p, QRectF(x, 8, 18, 18), priority)
                x += 24
            colour = theme().text if priority else theme().muted
            rect = QRectF(x, 8, width, 18)
            paint.label(p, rect, text, 11, colour=colour, bold=bool(priority))
            x += width + 20

    # ---- pieces --------------------------------------------------------------------------

    def _named(
        self, p: QPainter, r: QRectF, name: str, reading: Reading | None, flags: Qt.AlignmentFlag
    ) -> None:
        """A name over a value."""
        if reading is None:
            return
        top = QRectF(r.left(), r.top(), r.width(), 18)
        paint.label(p, top, name, 11, colour=theme().muted, flags=flags)
        self._figure(
            p, QRectF(r.left(), r.top() + 18, r.width(), 22), reading, 16, flags, unit=True
        )
        priority = self._alarms.get(reading.point.key, 0)
        if priority:
            width = QFontMetricsF(font(11)).horizontalAdvance(name)
            left = flags & Qt.AlignmentFlag.AlignLeft
            x = r.left() + width + 6 if left else r.right() - width - 24
            paint.priority_mark(p, QRectF(x, r.top(), 18, 18), priority)

    def _labelled(self, p: QPainter, r: QRectF, name: str, reading: Reading) -> None:
        """A name and a value in one line."""
        width = QFontMetricsF(font(11)).horizontalAdvance(name) + 8
        paint.label(p, r, name, 11, colour=theme().muted)
        beside = QRectF(r.left() + width, r.top(), r.width() - width, r.height())
        self._figure(p, beside, reading, 13, paint.LEFT, unit=True)
        priority = self._alarms.get(reading.point.key, 0)
        if priority:
            paint.priority_mark(p, QRectF(r.left() - 22, r.top() + 1, 18, 18), priority)

    def _figure(
        self,
        p: QPainter,
        r: QRectF,
        reading: Reading,
        points: int = 13,
        flags: Qt.AlignmentFlag = paint.RIGHT,
        *,
        unit: bool = False,
    ) -> None:
        number = formats.number(reading)
        shown = formats.unit(reading.point.unit) if unit and number != formats.NOTHING else ""
        paint.value(p, r, number, shown, points, flags=flags)

    def _arrow(self, p: QPainter, at: QPointF, *, down: bool) -> None:
        dy = 6 if down else -6
        p.save()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(theme().muted)
        x, y = at.x(), at.y()
        p.drawPolygon(
            QPolygonF([QPointF(x - 7, y - dy), QPointF(x + 7, y - dy), QPointF(x, y + dy)])
        )
        p.restore()

    def _spoken(self) -> str:
        if self._view is None:
            return ""
        keys = ("level", "coolant_supply_temperature", "coolant_return_temperature", "coolant_flow")
        told = [self._view.get(key) for key in keys]
        return ", ".join(
            f"{formats.point_name(r.point)} {formats.with_unit(r)}" for r in told if r is not None
        )
