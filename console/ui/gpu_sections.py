"""The parts of the GPU drawer: a heading with lines below it, drawn, or with words that wrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from console.alarms.status import Status
from console.text import tr
from console.ui import formats, paint
from console.ui.conditions import condition
from console.ui.theme import font, look, theme
from drivers.points import Reading

INSET = 12
"""Where words begin: in line with the titles of the trends."""
_HEAD = 28
_ROW = 30
_NOTED = 48
_BAR = 44
_VALUE = 96
_DOT = "\N{MIDDLE DOT}\N{NO-BREAK SPACE}"


class Section(QWidget):
    """Lines under a heading, drawn; as tall as they are."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.note = ""
        self.setAccessibleName(heading)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(0, _HEAD + sum(self.height_of(i) for i in range(self.count())))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def count(self) -> int:
        """Return how many lines there are."""
        raise NotImplementedError

    def height_of(self, _i: int) -> int:
        """Return how tall a line is."""
        return _ROW

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        """Draw a line."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        width = self.width() - INSET
        draw_heading(p, QRectF(INSET, 0, width, _HEAD), self._heading, self.note)
        top = _HEAD
        for i in range(self.count()):
            r = QRectF(INSET, top, width, self.height_of(i))
            top += self.height_of(i)
            if r.intersects(QRectF(event.rect())):
                self.draw_line(p, r, i)


def draw_heading(p: QPainter, r: QRectF, heading: str, note: str = "") -> None:
    """Draw a heading over a line, and at its right something grey about all that follows."""
    t = theme()
    words = QRectF(r.left(), r.top(), r.width(), 24)
    width = QFontMetricsF(font(11)).horizontalAdvance(note) + 8 if note else 0
    paint.label(p, words.adjusted(0, 0, -width, 0), heading, 11, bold=True)
    paint.label(p, words, note, colour=t.muted, flags=paint.RIGHT)
    p.fillRect(QRectF(r.left(), r.top() + 26, r.width(), 1), t.line)


class AlarmList(Section):
    """What is wrong with the GPU or its host, and since when; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__(tr("Alarms"))
        self._alarms: Sequence[Status] = ()
        self._since: tuple[str, ...] = ()
        self.setAccessibleDescription(tr("no alarm"))
        self.hide()

    def show_alarms(self, alarms: Sequence[Status], now_us: int) -> None:
        """Show these alarms."""
        since = tuple(formats.clock(alarm.since_us, now_us) for alarm in alarms)
        if (list(alarms), since) != (list(self._alarms), self._since):
            taller = len(alarms) != len(self._alarms)
            self._alarms, self._since = alarms, since
            said = ", ".join(condition(alarm) for alarm in alarms)
            self.setAccessibleDescription(said or tr("no alarm"))
            self.setVisible(bool(alarms))
            if taller:
                self.updateGeometry()
            self.update()

    def count(self) -> int:
        return len(self._alarms)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        t, alarm = theme(), self._alarms[i]
        mark = QRectF(r.left(), r.center().y() - 9, 18, 18)
        paint.priority_mark(p, mark, alarm.priority, quiet=not alarm.active)
        since = self._since[i] if alarm.active else tr("cleared")
        width = QFontMetricsF(font(11)).horizontalAdvance(since) + 8
        paint.label(p, r.adjusted(26, 0, -width, 0), condition(alarm))
        paint.label(p, r, since, colour=t.muted, flags=paint.RIGHT)


@dataclass(frozen=True, slots=True)
class Row:
    """A name and what is said of it; ``note`` stands grey below.

    ``bar`` is the reading whose range tells something, ``priority`` that of its active alarm.
    ``measured`` values have the colour of live ones. ``long`` values are shortened in the middle.
    """

    name: str
    value: str
    unit: str = ""
    note: str = ""
    bar: Reading | None = None
    priority: int = 0
    measured: bool = False
    long: bool = False

    @property
    def spoken(self) -> str:
        """The row as a screen reader says it."""
        said = " ".join(filter(None, (self.name, self.value, self.unit)))
        return f"{said} ({self.note})" if self.note else said


class RowList(Section):
    """Rows of names and values; ``past`` ones are hatched and grey, for they are not of now."""

    def __init__(self, heading: str) -> None:
        super().__init__(heading)
        self.rows: tuple[Row, ...] = ()
        self.past = False

    def show_rows(self, rows: Sequence[Row], note: str = "", *, past: bool = False) -> None:
        """Show other rows; none at all hides the section."""
        if (tuple(rows), note, past) == (self.rows, self.note, self.past):
            return
        before = self.sizeHint()
        self.rows, self.note, self.past = tuple(rows), note, past
        said = ", ".join(row.spoken for row in self.rows)
        self.setAccessibleDescription(f"{note}: {said}" if past else said)
        self.setVisible(bool(self.rows))
        if self.sizeHint() != before:
            self.updateGeometry()
        self.update()

    def count(self) -> int:
        return len(self.rows)

    def height_of(self, i: int) -> int:
        return _NOTED if self.rows[i].note else _ROW

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.past:
            strip = QRectF(0, _HEAD + 2, INSET - 4, self.height() - _HEAD - 4)
            paint.hatched(QPainter(self), strip)
        super().paintEvent(event)

    def draw_line(self, p: QPainter, r: QRectF, i: int) -> None:
        row, t = self.rows[i], theme()
        upper = QRectF(r.left(), r.top(), r.width(), _ROW)
        live = t.value if row.measured else t.text
        colour = t.muted if self.past else live
        points = 13 if row.measured else 11
        value_w = QFontMetricsF(font(points)).horizontalAdvance(row.value) + 8
        value_w = _VALUE if row.bar else min(value_w, r.width() * (0.68 if row.long else 0.6))
        unit_w = QFontMetricsF(font(11)).horizontalAdvance(row.unit) + 4 if row.unit else 0
        value_w = max(value_w, 0) + (0 if row.bar else unit_w)
        value = QRectF(r.right() - value_w, upper.top(), value_w, _ROW)
        name = QRectF(r.left(), upper.top(), value.left() - r.left() - 4, _ROW)
        if row.bar:
            name.setRight(self._bar(p, row, value) - 8)
        paint.label(p, name, row.name, colour=t.muted)
        if row.unit:
            paint.value(p, value, row.value, row.unit, 13, colour=colour, flags=paint.RIGHT)
        else:
            p.setFont(font(points))
            p.setPen(colour)
            paint.elided(p, value, row.value, paint.RIGHT, middle=row.long)
        if row.note:
            below = QRectF(r.left(), r.top() + 26, r.width(), 18)
            paint.label(p, below, row.note, colour=t.muted, flags=paint.RIGHT)

    def _bar(self, p: QPainter, row: Row, value: QRectF) -> float:
        """Draw where in its range a value is; returns where the bar begins."""
        box = QRectF(value.left() - _BAR - 4, value.center().y() - 4, _BAR, 8)
        if row.bar is not None:
            shown = None if self.past else row.bar
            point = row.bar.point
            paint.analog_bar(p, box, point, shown, horizontal=True, priority=row.priority)
        return box.left()


class Prose(QWidget):
    """Words under a heading that wrap and may be copied."""

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading
        self.setAccessibleName(heading)
        self.words = QLabel()
        self.words.setFont(font(11))
        self.words.setWordWrap(True)
        self.words.setMinimumWidth(1)  # or the longest word would widen the panel
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(INSET, _HEAD + 6, 0, 0)
        column.addWidget(self.words)
        look().changed.connect(self.update)

    @property
    def plain(self) -> str:
        """What is said, without its look."""
        return self.accessibleDescription()

    def say(self, html: str, plain: str) -> None:
        """Say something else; nothing at all hides the section."""
        if html != self.words.text():
            self.words.setText(html)
            self.setAccessibleDescription(plain)
        if self.isHidden() == bool(html):
            self.setVisible(bool(html))

    def paintEvent(self, _event: QPaintEvent) -> None:
        r = QRectF(INSET, 0, self.width() - INSET, _HEAD)
        draw_heading(QPainter(self), r, self._heading)


class Words:
    """Puts words for :class:`Prose` together, each both as rich text and plain."""

    def __init__(self) -> None:
        self._html: list[str] = []
        self._plain: list[str] = []

    @property
    def html(self) -> str:
        """Everything as rich text."""
        return "".join(self._html)

    @property
    def plain(self) -> str:
        """Everything as plain text."""
        return "\n".join(self._plain)

    def line(self, text: str, *, above: int = 0, muted: bool = False, bold: bool = False) -> None:
        """Add a paragraph; ``above`` is the room above it in pixels."""
        self._add(_styled(text, muted=muted, bold=bold), text, above)

    def title(self, text: str, aside: str, *, above: int = 0, loud: bool = False) -> None:
        """Add a bold line with something behind it, grey unless it is ``loud``."""
        html = f"{_styled(text, bold=True)} {_styled(_DOT + aside, muted=not loud, bold=loud)}"
        self._add(html, f"{text} ({aside})", above)

    def steps(self, steps: Sequence[str]) -> None:
        """Add numbered steps."""
        cells = (
            f'<tr><td width="20" style="padding-top:3px">{i}.</td>'
            f'<td style="padding-top:3px">{escape(step)}</td></tr>'
            for i, step in enumerate(steps, 1)
        )
        self._html.append(f'<table cellspacing="0">{"".join(cells)}</table>')
        self._plain += [f"{i}. {step}" for i, step in enumerate(steps, 1)]

    def _add(self, html: str, plain: str, above: int) -> None:
        self._html.append(f'<p style="margin-top:{above}px; margin-bottom:2px">{html}</p>')
        self._plain.append(plain)


def _styled(text: str, *, muted: bool = False, bold: bool = False) -> str:
    """Words as rich text: what they hold is never markup."""
    words = f"<b>{escape(text)}</b>" if bold else escape(text)
    return f'<span style="color:{theme().muted.name()}">{words}</span>' if muted else words
