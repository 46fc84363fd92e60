"""The rows of controls around the curves: what to do above, spans of time and marks below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.text import tr
from console.ui import formats, paint
from console.ui.controls import Button
from console.ui.theme import look, metrics, theme
from console.ui.trend_marks import TrendMark
from console.ui.trend_model import DAY_US, HOUR_US, MINUTE_US

ALL = 0
"""The span that means everything that is recorded."""
PANELS = ("curves", "saved", "compare", "export")
_NEAR = 0.004


class TopBar(QWidget):
    """``panel`` carries which side panel is wanted, or ''; ``fitted`` whether ranges are free."""

    panel = Signal(str)
    fitted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        words = {
            "curves": tr("Curves"),
            "saved": tr("Saved views"),
            "compare": tr("Compare"),
            "export": tr("Export"),
        }
        self.buttons = {name: Button(words[name], checkable=True) for name in PANELS}
        self.fit = Button(tr("Fit to values"), checkable=True)
        self.text = _Text()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for button in self.buttons.values():
            row.addWidget(button)
        row.addWidget(self.fit)
        row.addWidget(self.text, 1)
        for name, button in self.buttons.items():
            button.clicked.connect(lambda checked, name=name: self._pressed(name, checked))
        self.fit.clicked.connect(self.fitted)

    def show_panel(self, name: str) -> None:
        """Mark the button of the panel that is open."""
        for other, button in self.buttons.items():
            button.setChecked(other == name)

    def _pressed(self, name: str, checked: bool) -> None:
        self.panel.emit(name if checked else "")


class SpanBar(QWidget):
    """Spans of time, steps through it, and the present.

    ``span`` carries µs or :data:`ALL`, ``stepped`` -1 or 1, ``zoomed`` -1 (nearer) or 1.
    """

    span = Signal(object)
    stepped = Signal(int)
    zoomed = Signal(int)
    live = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spans = [
            (5 * MINUTE_US, Button(tr("5 min"), checkable=True)),
            (HOUR_US, Button(tr("1 h"), checkable=True)),
            (8 * HOUR_US, Button(tr("8 h"), checkable=True)),
            (DAY_US, Button(tr("24 h"), checkable=True)),
            (7 * DAY_US, Button(tr("7 d"), checkable=True)),
            (30 * DAY_US, Button(tr("30 d"), checkable=True)),
            (365 * DAY_US, Button(tr("1 year"), checkable=True)),
            (ALL, Button(tr("All"), checkable=True)),
        ]
        self.earlier = _named("\N{BLACK LEFT-POINTING POINTER}", tr("Earlier"))
        self.later = _named("\N{BLACK RIGHT-POINTING POINTER}", tr("Later"))
        self.nearer = _named("+", tr("Less time, in more detail"))
        self.farther = _named("\N{MINUS SIGN}", tr("More time, in less detail"))
        self.now = Button(tr("Live"), checkable=True)
        self._lay_out()
        for span_us, button in self.spans:
            button.clicked.connect(lambda _=False, span_us=span_us: self.span.emit(span_us))
        self.earlier.clicked.connect(lambda: self.stepped.emit(-1))
        self.later.clicked.connect(lambda: self.stepped.emit(1))
        self.nearer.clicked.connect(lambda: self.zoomed.emit(-1))
        self.farther.clicked.connect(lambda: self.zoomed.emit(1))
        self.now.clicked.connect(self._live)

    def show_range(self, span_us: int, *, follows: bool, whole: bool) -> None:
        """Mark the span that is shown, ``whole`` for everything, and whether it is the present."""
        for known_us, button in self.spans:
            near = bool(known_us) and abs(span_us - known_us) <= known_us * _NEAR
            button.setChecked(whole if known_us == ALL else near and not whole)
        self.now.setChecked(follows)
        self.later.setEnabled(not follows)

    def _live(self) -> None:
        self.now.setChecked(True)
        self.live.emit()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for _, button in self.spans:
            button.setAccessibleName(tr("Show {span}", span=button.text()))
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.farther, self.nearer, self.earlier, self.later, self.now):
            row.addWidget(button)


class MarkBar(QWidget):
    """One mark in words, and the way from mark to mark.

    ``moved`` carries -1 or 1, ``both_sides`` the moment about which before and after are to be
    compared.
    """

    moved = Signal(int)
    both_sides = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mark: TrendMark | None = None
        self.before = _named(tr("\N{BLACK LEFT-POINTING POINTER} Event"), tr("Event before"))
        self.after = _named(tr("Event \N{BLACK RIGHT-POINTING POINTER}"), tr("Event after"))
        self.words = _MarkText()
        self.compare = Button(tr("Before and after"))
        self.log = Button(tr("In the log"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.before)
        row.addWidget(self.after)
        row.addWidget(self.words, 1)
        row.addWidget(self.compare)
        row.addWidget(self.log)
        self.before.clicked.connect(lambda: self.moved.emit(-1))
        self.after.clicked.connect(lambda: self.moved.emit(1))
        self.compare.clicked.connect(self._tell_compare)
        self.show_mark(None, (), 0, "", 0)

    def _tell_compare(self) -> None:
        if self._mark is not None:
            self.both_sides.emit(self._mark.mark.utc_us)

    @property
    def mark(self) -> TrendMark | None:
        """The mark that is told of."""
        return self._mark

    def show_mark(
        self,
        mark: TrendMark | None,
        marks: Sequence[TrendMark],
        found: int,
        trouble: str,
        now_us: int,
    ) -> None:
        """Tell of a mark; without one, of how many there are."""
        self._mark = mark
        self.before.setEnabled(bool(marks))
        self.after.setEnabled(bool(marks))
        self.compare.setVisible(mark is not None)
        self.log.setVisible(mark is not None)
        if mark is not None:
            time = formats.clock(mark.mark.utc_us, now_us)
            self.words.show_words(f"{time}  {mark.mark.text}", mark)
        elif trouble:
            self.words.show_words(trouble, None)
        elif not found:
            self.words.show_words(tr("Nothing happened in this time"), None)
        elif found == 1:
            self.words.show_words(tr("1 event: tap its mark"), None)
        elif found > len(marks):
            told = tr("The gravest {n} of {all} events", n=len(marks), all=found)
            self.words.show_words(told, None)
        else:
            self.words.show_words(tr("{n} events: tap a mark to see what it was", n=found), None)


class _Text(QWidget):
    """What range is shown, at the right end."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setAccessibleName(tr("Time shown"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look().changed.connect(self.update)

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show another range."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        paint.label(p, QRectF(self.rect()), self._text, 13, flags=paint.RIGHT)


class _MarkText(QWidget):
    """A mark and its sentence."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self._mark: TrendMark | None = None
        self.setAccessibleName(tr("Mark"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        return QSize(120, metrics().target)

    @property
    def text(self) -> str:
        return self._text

    def show_words(self, text: str, mark: TrendMark | None) -> None:
        if (text, mark) != (self._text, self._mark):
            self._text, self._mark = text, mark
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, rect = QPainter(self), QRectF(self.rect()).adjusted(8, 0, -8, 0)
        mark = self._mark.mark if self._mark is not None else None
        if mark is not None and mark.priority:
            box = QRectF(rect.left(), rect.center().y() - 9, 18, 18)
            paint.priority_mark(p, box, mark.priority, quiet=not mark.active)
            rect.adjust(26, 0, 0, 0)
        colour = theme().text if mark is not None else theme().muted
        paint.label(p, rect, self._text, 11, colour=colour)


def _named(sign: str, name: str) -> Button:
    button = Button(sign)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return button
