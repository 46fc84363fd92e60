"""The whole procedure at the left, with marks that keep the place.

Nothing in it is pressed: it says what is behind and what is ahead. It scrolls itself so that the
present step is in view with a little of what is around it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.session.running.desk import RunView
from console.text import tr
from console.ui import paint
from console.ui.controls import Button, ScrollBar
from console.ui.guided.outline_rows import (
    Heading,
    Line,
    Mark,
    NameOf,
    Row,
    mark_text,
    outline_rows,
    progress,
)
from console.ui.theme import font, look, theme

_MARK_W = 38
_PAD = 8
_HEADING_H = 36
_TITLE, _NOTE = 20, 16
_SPACE = 6
_MOST_LINES = 4
_SIDE = 16.0
_WIDTH = 288


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row with where it lies, and its title in as many lines as it needs."""

    row: Row
    top: int
    height: int
    titles: tuple[str, ...] = ()


class _List(QWidget):
    """The rows themselves, painted; only what is in view is."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Row, ...] = ()
        self._laid: list[_Laid] = []
        self._has_keyboard = False
        self.setAccessibleName(tr("Steps"))
        look().changed.connect(self.lay_out)

    def show_keyboard(self, here: bool) -> None:
        """Draw the ring of the keyboard around what is in view, or do not."""
        self._has_keyboard = here
        self.update()

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self.lay_out()

    def lay_out(self) -> None:
        top, room = 0, self.width() - _MARK_W - _PAD
        self._laid = []
        for row in self._rows:
            laid = _lay(row, top, room)
            self._laid.append(laid)
            top += laid.height
        self.resize(self.width(), top + _PAD)
        self.update()

    def now(self) -> tuple[int, int] | None:
        """Return where the present step lies and how tall it is; None where all is done."""
        for laid in self._laid:
            if isinstance(laid.row, Line) and laid.row.mark is Mark.NOW:
                return laid.top, laid.height
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        first, last = event.rect().top(), event.rect().bottom()
        for laid in self._laid:
            if laid.top + laid.height < first or laid.top > last:
                continue
            box = QRectF(0, laid.top, self.width(), laid.height)
            if isinstance(laid.row, Heading):
                _heading(p, box, laid.row)
            else:
                _line(p, box, laid.row, laid.titles)
        if self._has_keyboard:
            paint.focus_ring(p, QRectF(self.visibleRegion().boundingRect()))


def _lay(row: Row, top: int, room: float) -> _Laid:
    if isinstance(row, Heading):
        return _Laid(row, top, _HEADING_H)
    is_now = row.mark is Mark.NOW
    titles = _lines(row.title, room, _MOST_LINES if is_now else 1, bold=is_now)
    height = _TITLE * len(titles) + (_NOTE if row.note else 0) + 2 * _SPACE
    return _Laid(row, top, height + (_SPACE if is_now else 0), titles)


def _lines(text: str, width: float, most: int, *, bold: bool) -> tuple[str, ...]:
    """Break a title into at most so many lines; the last one is shortened where it must be."""
    face = font(13, bold=bold)
    layout = QTextLayout(text, face)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    found: list[str] = []
    at = 0
    while len(found) < most - 1 and (line := layout.createLine()).isValid():
        line.setLineWidth(max(width, 20))
        found.append(text[at : at + line.textLength()].strip())
        at += line.textLength()
    layout.endLayout()
    if rest := text[at:].strip():
        elide = Qt.TextElideMode.ElideRight
        found.append(QFontMetricsF(face).elidedText(rest, elide, width))
    return tuple(found)


def _heading(p: QPainter, box: QRectF, row: Heading) -> None:
    t = theme()
    p.fillRect(QRectF(box.left(), box.bottom() - 1, box.width(), 1), t.line)
    count = f"{row.passed}/{row.steps}"
    count_w = QFontMetricsF(font(11)).horizontalAdvance(count) + _PAD
    place = QRectF(box.right() - _PAD - count_w, box.top() + 8, count_w, 26)
    paint.label(p, place, count, 11, colour=t.muted, flags=paint.RIGHT)
    number = QRectF(_PAD, box.top() + 8, _MARK_W - _PAD, 26)
    if row.is_way_to_safe:
        _way_sign(p, QRectF(_PAD, box.top() + 13, _SIDE, _SIDE))
    else:
        paint.label(p, number, row.number, 13, colour=t.muted, bold=True)
    title = QRectF(_MARK_W, box.top() + 8, place.left() - _MARK_W, 26)
    paint.label(p, title, row.title, 13, bold=True)


def _way_sign(p: QPainter, r: QRectF) -> None:
    """An arrow that turns back."""
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(theme().text, 2))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawArc(QRectF(r.left() + 2, r.top() + 4, r.width() - 4, r.height() - 6), -90 * 16, 180 * 16)
    y = r.top() + 4
    p.drawLine(QPointF(r.center().x(), y), QPointF(r.left() + 2, y))
    p.drawLine(QPointF(r.left() + 2, y), QPointF(r.left() + 6, y - 4))
    p.drawLine(QPointF(r.left() + 2, y), QPointF(r.left() + 6, y + 4))
    p.restore()


def _line(p: QPainter, box: QRectF, row: Line, titles: tuple[str, ...]) -> None:
    t, is_now = theme(), row.mark is Mark.NOW
    if is_now:
        p.fillRect(box, t.desired)
        p.fillRect(QRectF(box.left(), box.top(), 4, box.height()), t.text)
    top = box.top() + _SPACE + (_SPACE / 2 if is_now else 0)
    _mark(p, QRectF(_PAD, top + 2, _SIDE, _SIDE), row.mark)
    is_quiet = row.mark in {Mark.AHEAD, Mark.BEYOND, Mark.DONE}
    colour = t.muted if is_quiet else t.text
    for text in titles:
        room = QRectF(_MARK_W, top, box.right() - _PAD - _MARK_W, _TITLE)
        paint.label(p, room, text, 13, colour=colour, bold=is_now)
        if row.mark is Mark.BEYOND:
            _strike(p, room, text, colour)
        top += _TITLE
    again = tr("{count} times", count=row.visits) if row.visits > 1 else ""
    note = "  ".join(part for part in (row.note, again) if part)
    if note:
        room = QRectF(_MARK_W, top - 1, box.right() - _PAD - _MARK_W, _NOTE)
        paint.label(p, room, note, 11, colour=t.muted)


def _strike(p: QPainter, room: QRectF, text: str, colour: QColor) -> None:
    width = min(QFontMetricsF(font(13)).horizontalAdvance(text), room.width())
    p.fillRect(QRectF(room.left(), round(room.center().y()), width, 1), colour)


def _mark(p: QPainter, r: QRectF, mark: Mark) -> None:
    """Each mark has a shape of its own: tick, arrow, open ring, ring with a bar, cross."""
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    t = theme()
    is_quiet = mark in {Mark.AHEAD, Mark.BEYOND}
    pen = QPen(t.muted if is_quiet else t.text, 2 if not is_quiet else 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    p.setPen(pen)
    _MARKS[mark](p, r.adjusted(2, 2, -2, -2))
    p.restore()


def _tick(p: QPainter, r: QRectF) -> None:
    points = [
        QPointF(r.left(), r.center().y() + 1),
        QPointF(r.left() + r.width() * 0.36, r.bottom() - 1),
        QPointF(r.right(), r.top() + 1),
    ]
    p.drawPolyline(QPolygonF(points))


def _arrow(p: QPainter, r: QRectF) -> None:
    p.setBrush(theme().text)
    points = [r.topLeft(), QPointF(r.right(), r.center().y()), r.bottomLeft()]
    p.drawPolygon(QPolygonF(points))


def _ring(p: QPainter, r: QRectF) -> None:
    p.drawEllipse(r.adjusted(1, 1, -1, -1))


def _barred(p: QPainter, r: QRectF) -> None:
    p.drawEllipse(r)
    p.drawLine(QPointF(r.left() + 3, r.center().y()), QPointF(r.right() - 3, r.center().y()))


def _cross(p: QPainter, r: QRectF) -> None:
    p.drawLine(r.topLeft(), r.bottomRight())
    p.drawLine(r.topRight(), r.bottomLeft())


def _dash(p: QPainter, r: QRectF) -> None:
    p.drawLine(QPointF(r.left() + 1, r.center().y()), QPointF(r.right() - 1, r.center().y()))


_MARKS: dict[Mark, Callable[[QPainter, QRectF], None]] = {
    Mark.DONE: _tick,
    Mark.NOW: _arrow,
    Mark.SKIPPED: _barred,
    Mark.FAILED: _cross,
    Mark.AHEAD: _ring,
    Mark.BEYOND: _dash,
}


class _Area(QScrollArea):
    """Scrolls the rows up and down, with arrows and pages too; tells when its width has changed."""

    resized = Signal()

    def __init__(self, inside: _List) -> None:
        super().__init__()
        self._inside = inside
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ScrollBar())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Outline"))
        self.setWidget(inside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._inside.show_keyboard(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._inside.show_keyboard(False)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self._inside.update()  # the ring stays where it is


class Outline(QWidget):
    """Phases and steps of a run: done, now, skipped, failed, not reached, on the way to safe."""

    def __init__(self) -> None:
        super().__init__()
        self._key: object = None
        self._rows: tuple[Row, ...] = ()
        self._list = _List()
        self._area = _Area(self._list)
        self._area.resized.connect(self._resized)
        self._area.verticalScrollBar().valueChanged.connect(self._look)
        self.now_button = Button(tr("Show the present step"))
        self.now_button.clicked.connect(self.show_now)
        self.now_button.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._head = _Head()
        column.addWidget(self._head)
        column.addWidget(self._area, 1)
        column.addWidget(self.now_button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Outline"))

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, from top to bottom."""
        return self._rows

    def show_run(
        self, view: RunView, language: str, *, now_us: int = 0, name_of: NameOf = str
    ) -> None:
        """Show where a run stands, in the language of the run.

        ``name_of`` turns the id of a person into a name; ``now_us`` (UTC) tells which times are of
        today, that of the run's last event where it is 0.
        """
        run, procedure = view.run, view.revision.procedure
        key = (run.id, run.events, view.revision.digest, language)
        if key == self._key:
            return
        self._key = key
        self._rows = outline_rows(run, procedure, language, now_us or run.at.utc_us, name_of)
        behind, steps = progress(self._rows)
        told = _progress_text(behind, steps, run.phase_holds)
        self._head.show_progress(behind, steps, told)
        self._list.show_rows(self._rows)
        self.setAccessibleDescription(self._spoken(told))
        self.show_now()

    def show_now(self) -> None:
        """Bring the present step into view, a third of the way down."""
        now = self._list.now()
        if now is not None:
            top, _height = now
            self._area.verticalScrollBar().setValue(top - self._area.viewport().height() // 3)
        self._look()

    @property
    def is_now_visible(self) -> bool:
        """Whether the present step is in view as a whole, or there is none."""
        now = self._list.now()
        if now is None:
            return True
        first = self._area.verticalScrollBar().value()
        last = first + self._area.viewport().height()
        return first <= now[0] and now[0] + now[1] <= last

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 160)

    def _resized(self) -> None:
        if self._list.width() != self._area.viewport().width():
            self._list.resize(self._area.viewport().width(), self._list.height())
            self._list.lay_out()
        QTimer.singleShot(0, self, self.show_now)

    def _look(self) -> None:
        self.now_button.setVisible(not self.is_now_visible)

    def _spoken(self, told: str) -> str:
        now = next((r for r in self._rows if isinstance(r, Line) and r.mark is Mark.NOW), None)
        return f"{told}. {mark_text(Mark.NOW)}: {now.title}" if now else told


class _Head(QWidget):
    """How far it is, as a bar and in words."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = (0, 0, "")
        self.setAccessibleName(tr("Progress"))
        self.setFixedHeight(40)
        look().changed.connect(self.update)

    def show_progress(self, behind: int, steps: int, text: str) -> None:
        self._progress = behind, steps, text
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        behind, steps, text = self._progress
        paint.label(p, QRectF(_PAD, 4, self.width() - 2 * _PAD, 20), text, 11, colour=t.muted)
        bar = QRectF(_PAD, 28, self.width() - 2 * _PAD, 4)
        p.fillRect(bar, t.range)
        share = behind / steps if steps else 0.0
        p.fillRect(QRectF(bar.left(), bar.top(), round(bar.width() * share), 4), t.normal)


def _progress_text(behind: int, steps: int, is_main: bool) -> str:
    if is_main:
        return tr("{done} of {all} steps", done=behind, all=steps)
    return tr("{done} of {all} steps to the safe state", done=behind, all=steps)
