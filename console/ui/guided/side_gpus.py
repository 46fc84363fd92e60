"""The GPUs of the server at work: core, power, and thermal resistance before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.guided.side_figures import PAD
from console.ui.theme import look, theme
from drivers.points import Quality, Reading

_HEAD, _ROW = 44, 30
_NAME_SHARE = 0.24


@dataclass(frozen=True, slots=True)
class GpuRow:
    """One GPU: K/W before and after the work, None where they are not known."""

    name: str
    core: Reading | None
    power: Reading | None
    before_k_w: float | None
    after_k_w: float | None


class GpuFigures(QWidget):
    """A line for every GPU; those that do not fit are counted in the last one."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[GpuRow, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(tr("GPUs"))
        look().changed.connect(self.update)

    @property
    def rows(self) -> tuple[GpuRow, ...]:
        """What is shown."""
        return self._rows

    def show_rows(self, rows: Sequence[GpuRow]) -> None:
        """Show these GPUs; nothing is drawn where nothing changed."""
        wanted = tuple(rows)
        if [_texts(row) for row in wanted] == [_texts(row) for row in self._rows]:
            return
        is_other = len(wanted) != len(self._rows)
        self._rows = wanted
        self.setAccessibleDescription("; ".join(" ".join(_texts(row)) for row in wanted))
        if is_other:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEAD + _ROW * len(self._rows) + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _HEAD + _ROW * min(len(self._rows), 2) + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        heads = ("", tr("Core"), tr("Power"), tr("Was"), tr("Is"))
        columns = self._columns(24, 20)
        for place, text in zip(columns, heads, strict=True):
            paint.label(p, place, text, 11, colour=t.muted, flags=paint.RIGHT)
        over = QRectF(columns[2].left(), 4, columns[4].right() - columns[2].left(), 20)
        paint.label(p, over, tr("Die to fluid, K/kW"), 11, colour=t.muted, flags=paint.RIGHT)
        fits = max((self.height() - _HEAD - 4) // _ROW, 1)
        shown = self._rows if len(self._rows) <= fits else self._rows[: fits - 1]
        top = _HEAD + 4.0
        for row in shown:
            self._row(p, top, row)
            top += _ROW
        if hidden := len(self._rows) - len(shown):
            place = QRectF(PAD, top, self.width() - 2 * PAD, _ROW)
            paint.label(p, place, tr("and {count} more", count=hidden), 11, colour=t.muted)

    def _columns(self, top: float, height: float) -> list[QRectF]:
        width = self.width() - 2 * PAD
        name_w = round(width * _NAME_SHARE)
        each = (width - name_w) / 4
        rest = [QRectF(PAD + name_w + i * each, top, each, height) for i in range(4)]
        return [QRectF(PAD, top, name_w, height), *rest]

    def _row(self, p: QPainter, top: float, row: GpuRow) -> None:
        t = theme()
        p.fillRect(QRectF(PAD, top, self.width() - 2 * PAD, 1), t.line)
        places = self._columns(top + 1, _ROW - 1)
        name, core, power, before, after = _texts(row)
        paint.label(p, places[0], name, 13)
        for place, text, reading in ((places[1], core, row.core), (places[2], power, row.power)):
            if reading is not None and reading.quality is Quality.BAD:
                paint.hatched(p, place.adjusted(10, 5, 0, -5))
            number, _, unit = text.partition(" ")
            paint.value(p, place, number, unit, 13, flags=paint.RIGHT)
        paint.label(p, places[3], before, 13, colour=t.value, flags=paint.RIGHT)
        paint.label(p, places[4], after, 13, colour=t.value, flags=paint.RIGHT)


def _texts(row: GpuRow) -> tuple[str, str, str, str, str]:
    heat = _k_kw(row.before_k_w), _k_kw(row.after_k_w)
    return row.name, _short(row.core), _short(row.power), *heat


def _short(reading: Reading | None) -> str:
    text = formats.number(reading)
    if reading is None or text == formats.NOTHING or reading.value is None:
        return formats.NOTHING
    return f"{formats.decimal(reading.value, 0)} {formats.unit(reading.point.unit)}"


def _k_kw(k_w: float | None) -> str:
    return formats.NOTHING if k_w is None else formats.decimal(k_w * 1000, 1)
