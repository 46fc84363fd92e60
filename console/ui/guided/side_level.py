"""The level while a server is lifted: where it is, where it should be, how far it fell."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.guided.side_figures import PAD, met_mark
from console.ui.theme import look, theme

_HEIGHT = 232
_TANK_W = 92.0
_LEAST_SPAN_MM = 20.0
_MM = "mm"


@dataclass(frozen=True, slots=True)
class LevelState:
    """Millimetres, None where they are not known. ``why`` says why the level is not.

    ``drop`` is without what the temperature explains; ``tolerance_percent`` of the prediction.
    """

    level: float | None
    drop: float | None
    predicted: float | None
    tolerance_percent: float | None = None
    why: str = ""

    @property
    def before(self) -> float | None:
        """The level that would be there now if nothing had been lifted."""
        return None if self.level is None or self.drop is None else self.level + self.drop

    @property
    def target(self) -> float | None:
        """The level that should be there when the step is done."""
        before = self.before
        return None if before is None or self.predicted is None else before - self.predicted

    @property
    def band(self) -> float | None:
        """How far from the target the level may be."""
        if self.predicted is None or self.tolerance_percent is None:
            return None
        return abs(self.predicted) * self.tolerance_percent / 100

    @property
    def deviation_percent(self) -> float | None:
        """How far the drop is from its prediction; below 0 where less fell than predicted."""
        if self.drop is None or not self.predicted:
            return None
        return (self.drop - self.predicted) / self.predicted * 100

    @property
    def is_inside(self) -> bool:
        """Whether the drop is known and within the tolerance of its prediction."""
        deviation = self.deviation_percent
        if deviation is None or self.tolerance_percent is None:
            return False
        return abs(deviation) <= self.tolerance_percent


class LevelGauge(QWidget):
    """A window onto the surface: measured as a filled level, expected as a dash in a band."""

    def __init__(self) -> None:
        super().__init__()
        self._state = LevelState(None, None, None)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Level while lifting"))
        look().changed.connect(self.update)

    @property
    def state(self) -> LevelState:
        """What is shown."""
        return self._state

    def show_level(self, state: LevelState) -> None:
        """Show a state; nothing is drawn where nothing changed."""
        if state != self._state:
            self._state = state
            self.setAccessibleDescription("; ".join(f"{a} {b}" for a, b in self._told()))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        tank = QRectF(PAD, PAD, _TANK_W, self.height() - 2 * PAD)
        self._tank(p, tank)
        self._numbers(p, QRectF(tank.right() + 2 * PAD, PAD, 0, tank.height()))

    # ---- the picture -----------------------------------------------------------------------

    def _scale(self) -> tuple[float, float]:
        """Return the millimetres at the bottom and at the top."""
        state = self._state
        known = [v for v in (state.level, state.before, state.target) if v is not None]
        low, high = min(known), max(known)
        band = 1.3 * (state.band or 0.0)
        margin = max((high - low) * 0.35, (_LEAST_SPAN_MM - (high - low)) / 2, band)
        return low - margin, high + margin

    def _tank(self, p: QPainter, r: QRectF) -> None:
        t, state = theme(), self._state
        if state.level is None:
            paint.hatched(p, r)
        else:
            low, high = self._scale()
            inside = QRectF(r)
            inside.setTop(_y(r, low, high, state.level))
            p.fillRect(inside, t.fluid)
            p.fillRect(QRectF(r.left(), inside.top() - 1, r.width(), 3), t.value)
            self._expected(p, r, low, high)
        wall = QPen(t.muted, 3)
        wall.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        p.setPen(wall)
        p.drawPolyline(QPolygonF([r.topLeft(), r.bottomLeft(), r.bottomRight(), r.topRight()]))

    def _expected(self, p: QPainter, r: QRectF, low: float, high: float) -> None:
        """The level before as a dotted line, the expected one as a dashed line in its band."""
        t, state = theme(), self._state
        if state.before is not None:
            y = _y(r, low, high, state.before)
            p.setPen(QPen(t.muted, 1, Qt.PenStyle.DotLine))
            p.drawLine(QPointF(r.left() + 4, y), QPointF(r.right() - 4, y))
        if state.target is None:
            return
        if state.band:
            top, bottom = (_y(r, low, high, state.target + s * state.band) for s in (1, -1))
            p.setPen(QPen(t.text, 1))
            for y in (top, bottom):
                p.drawLine(QPointF(r.right() - 14, y), QPointF(r.right() + 6, y))
            p.drawLine(QPointF(r.right() + 6, top), QPointF(r.right() + 6, bottom))
        y = _y(r, low, high, state.target)
        p.setPen(QPen(t.text, 2, Qt.PenStyle.DashLine))
        p.drawLine(QPointF(r.left() + 4, y), QPointF(r.right() + 10, y))

    # ---- the numbers -----------------------------------------------------------------------

    def _told(self) -> list[tuple[str, str]]:
        state = self._state
        unit = formats.unit(_MM)
        return [
            (tr("Fallen by"), f"{_whole(state.drop)} {unit}"),
            (tr("Expected in the end"), f"{_whole(state.predicted)} {unit}"),
            (tr("Off the prediction"), self._deviation()),
            (tr("Level now"), f"{_whole(state.level)} {unit}"),
        ]

    def _deviation(self) -> str:
        """Signed: less than predicted while the server is still on its way out."""
        deviation = self._state.deviation_percent
        if deviation is None:
            return formats.NOTHING
        return f"{'+' if deviation > 0 else ''}{formats.decimal(deviation, 0)} %"

    def _numbers(self, p: QPainter, r: QRectF) -> None:
        t, state = theme(), self._state
        r.setRight(self.width() - PAD)
        unit = formats.unit(_MM)
        paint.label(
            p, QRectF(r.left(), r.top(), r.width(), 20), tr("Fallen by"), 11, colour=t.muted
        )
        big = QRectF(r.left(), r.top() + 20, r.width(), 44)
        if state.drop is None:
            paint.hatched(p, QRectF(big.left(), big.top() + 2, 84, 38))
            big.setLeft(big.left() + 8)
        paint.value(p, big, _whole(state.drop), unit if state.drop is not None else "", 32)
        tolerance = state.tolerance_percent
        band = "" if tolerance is None else f" ± {tolerance:g} %"
        rows = [
            (tr("Expected in the end"), _whole(state.predicted), f"{unit}{band}"),
            (tr("Off the prediction"), self._deviation(), ""),
            (tr("Level now"), _whole(state.level), unit),
        ]
        top = r.top() + 70
        for name, number, of in rows:
            paint.label(p, QRectF(r.left(), top, r.width(), 18), name, 11, colour=t.muted)
            shown = of if number != formats.NOTHING else ""
            paint.value(p, QRectF(r.left(), top + 18, r.width(), 24), number, shown, 16)
            if name == rows[1][0] and state.deviation_percent is not None:
                met_mark(p, QRectF(r.right() - 20, top + 20, 18, 18), is_met=state.is_inside)
            top += 46
        if state.why:
            paint.label(p, QRectF(r.left(), top - 2, r.width(), 18), state.why, 11)


def _whole(value: float | None) -> str:
    return formats.NOTHING if value is None else formats.decimal(value, 0)


def _y(r: QRectF, low: float, high: float, level: float) -> float:
    share = (level - low) / (high - low)
    return round(r.bottom() - min(max(share, 0.0), 1.0) * r.height())
