"""All tanks at a glance: is everything all right? One widget draws every tile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.site import Host, Tank
from console.text import tr
from console.ui import paint
from console.ui.no_equipment import NoEquipment
from console.ui.page import Page
from console.ui.theme import look, theme
from console.ui.tile import Spark, draw_tile
from console.ui.tile_state import TileState, host_state, spark_of, tank_state

_GAP = 8.0
_MARGIN = 16.0
_HEADING = 24.0
_RATIO = 1.2
_MOST = (400.0, 330.0)
_SPARK_EVERY_S = 5.0
_BLINK_MS = 500


@dataclass(frozen=True, slots=True)
class Group:
    """A hall with its tanks, or the racks with their servers."""

    title: str
    things: tuple[Tank | Host, ...]


def groups_of(session: Session) -> list[Group]:
    """Return halls in the order of the file, then servers that stand in no tank."""
    halls = dict.fromkeys(tank.hall for tank in session.tanks)
    found = [Group(h, tuple(t for t in session.tanks if t.hall == h)) for h in halls]
    racks = tuple(host for host in session.hosts if host.tank is None)
    return found + ([Group(tr("Racks"), racks)] if racks else [])


def lay_out(groups: Sequence[Group], width: float, height: float) -> list[list[QRectF]]:
    """Return a rectangle per tile, hall by hall: as large as all of them fit without scrolling."""
    headings = sum(_HEADING for group in groups if group.title)
    best: tuple[float, int, float, float] = (0.0, 1, 1.0, 1.0)
    for columns in range(1, 16):
        rows = sum(math.ceil(len(group.things) / columns) for group in groups)
        tile_w = min((width - 2 * _MARGIN - (columns - 1) * _GAP) / columns, _MOST[0])
        gaps = rows * _GAP
        tile_h = min((height - _GAP - headings - gaps) / max(rows, 1), _MOST[1])
        use = min(tile_w / _RATIO, tile_h)
        if use > best[0]:
            best = (use, columns, tile_w, tile_h)
    return _rectangles(groups, *best[1:])


def _rectangles(
    groups: Sequence[Group], columns: int, tile_w: float, tile_h: float
) -> list[list[QRectF]]:
    found, top = [], 0.0
    width, height = math.floor(tile_w), math.floor(tile_h)
    for group in groups:
        top += _HEADING if group.title else 0
        found.append(
            [
                QRectF(
                    _MARGIN + (i % columns) * (width + _GAP),
                    top + (i // columns) * (height + _GAP),
                    width,
                    height,
                )
                for i in range(len(group.things))
            ]
        )
        top += math.ceil(len(group.things) / columns) * (height + _GAP)
    return found


class TileGrid(QWidget):
    """Every tile; ``opened`` carries the id of the one that was tapped or entered."""

    opened = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.groups = groups_of(session)
        self.rects: list[list[QRectF]] = []
        self.states: dict[str, TileState] = {}
        self._sparks: dict[str, tuple[float, Spark]] = {}
        self._chosen = 0
        self._by_keys = False
        self.lit = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.blink = QTimer(self, interval=_BLINK_MS)
        self.blink.timeout.connect(self._on_blink)
        look().changed.connect(self.update)

    @property
    def things(self) -> list[Tank | Host]:
        """Tanks and servers in the order in which they are drawn."""
        return [thing for group in self.groups for thing in group.things]

    def refresh(self) -> None:
        """Ask the session about every tile; repaint those that look different."""
        now_s = self._session.now().mono_s
        for i, (thing, rect) in enumerate(zip(self.things, self._flat(), strict=False)):
            is_tank = isinstance(thing, Tank)
            state = (
                tank_state(self._session, thing)
                if isinstance(thing, Tank)
                else host_state(self._session, thing)
            )
            fresh = is_tank and self._renew_spark(thing.id, now_s, i)
            if fresh or state != self.states.get(thing.id):
                self.states[thing.id] = state
                self.update(rect.toAlignedRect())
        unseen = any(state.unseen for state in self.states.values())
        if unseen != self.blink.isActive():
            (self.blink.start if unseen else self.blink.stop)()
            self.lit = True
        self._say_chosen()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is to those who use it."""
        tabbed = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason}
        self._by_keys = event.reason() in tabbed
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.rects = lay_out(self.groups, event.size().width(), event.size().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        dirty = QRectF(event.rect())
        for group, rects in zip(self.groups, self.rects, strict=False):
            if group.title and rects:
                heading = QRectF(_MARGIN, rects[0].top() - _HEADING, 400, _HEADING - 4)
                paint.label(p, heading, group.title, 13, colour=theme().muted)
        for i, (thing, rect) in enumerate(zip(self.things, self._flat(), strict=False)):
            state = self.states.get(thing.id)
            if state is not None and rect.intersects(dirty):
                spark = self._sparks.get(thing.id)
                focused = self._by_keys and self.hasFocus() and i == self._chosen
                draw_tile(
                    p, rect, state, spark[1] if spark else None, focused=focused, lit=self.lit
                )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self._at(event.position().toPoint())
        if found is not None:
            self._chosen, self._by_keys = found, False
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._at(event.position().toPoint()) == self._chosen:
            self.opened.emit(self.things[self._chosen].id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._columns()
        self._by_keys = True
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_Up: -columns,
        }
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit(self.things[self._chosen].id)
        elif event.key() in steps:
            self._chosen = min(
                max(self._chosen + steps[Qt.Key(event.key())], 0), len(self.things) - 1
            )
            self._say_chosen()
            self.update()
        else:
            super().keyPressEvent(event)

    def _flat(self) -> list[QRectF]:
        return [rect for rects in self.rects for rect in rects]

    def _at(self, where: QPoint) -> int | None:
        flat = self._flat()
        return next((i for i, rect in enumerate(flat) if rect.contains(where.toPointF())), None)

    def _columns(self) -> int:
        first = self.rects[0] if self.rects else []
        return max(sum(1 for rect in first if rect.top() == first[0].top()), 1)

    def _renew_spark(self, tank: str, now_s: float, number: int) -> bool:
        """Half an hour in few pixels changes slowly: each tank's turn comes every five seconds."""
        known = self._sparks.get(tank)
        if known is not None and now_s - known[0] < _SPARK_EVERY_S:
            return False
        offset_s = (number % 10) / 10 * _SPARK_EVERY_S if known is None else 0.0
        self._sparks[tank] = (now_s - offset_s, spark_of(self._session, tank))
        return True

    def _say_chosen(self) -> None:
        things = self.things
        state = self.states.get(things[self._chosen].id) if things else None
        self.setAccessibleName(tr("Tanks"))
        self.setAccessibleDescription(state.spoken if state else "")

    def _on_blink(self) -> None:
        self.lit = not self.lit
        for thing, rect in zip(self.things, self._flat(), strict=False):
            state = self.states.get(thing.id)
            if state is not None and state.unseen:
                self.update(rect.toAlignedRect())


class SitePage(Page):
    """The whole site on one screen."""

    name = "site"
    icon = "site"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.grid = TileGrid(session)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid)
        self.grid.opened.connect(self._open)
        self.setFocusProxy(self.grid)
        if not self.grid.things:
            self.nothing = NoEquipment(session)
            self.nothing.wanted.connect(lambda page: self.open_subject.emit(page, ""))
            self.grid.hide()
            column.addWidget(self.nothing)
            self.setFocusProxy(next(iter(self.nothing.buttons.values())))

    def title(self) -> str:
        return tr("Site")

    def headline(self) -> str:
        return self.session.site.site.name

    def refresh(self, changes: Refresh) -> None:
        self.grid.refresh()

    def _open(self, thing: str) -> None:
        is_tank = any(tank.id == thing for tank in self.session.tanks)
        self.open_subject.emit("tank" if is_tank else "gpus", thing)
