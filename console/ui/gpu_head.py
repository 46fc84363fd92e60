"""The top of the GPU drawer: which GPU, where, in what state, and whether it is the right one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from console.site import HostGpu
from console.text import tr
from console.ui import formats, paint
from console.ui.gpu_state import GpuState
from console.ui.theme import font, look, theme

_MARK = 20


class GpuHead(QWidget):
    """Number, state, place, model and serial number of a GPU."""

    def __init__(self) -> None:
        super().__init__()
        self.title = _Line(tr("GPU"), 16, bold=True)
        self.word = _StateWord()
        self.place = _Line(tr("Place"), 11)
        self.who = _Line(tr("Model"), 11, wraps=True)
        self.expected = _Line(tr("Expected"), 11, bold=True, wraps=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        for part in (self.title, self.place, self.who, self.word, self.expected):
            column.addWidget(part)

    def show_gpu(self, state: GpuState, now_us: int) -> None:
        """Show another GPU, or another state."""
        place = state.place
        self.title.setText(tr("GPU {n}", n=place.number))
        slot = "" if place.slot is None else tr("slot {n}", n=place.slot)
        self.place.setText(" > ".join(filter(None, (place.tank or tr("Rack"), slot, place.host))))
        serial = tr("serial {n}", n=state.serial) if state.serial else ""
        self.who.setText(", ".join(filter(None, (state.model, serial))))
        self.who.setVisible(bool(self.who.text()))
        self.word.show_word(state, self._when(state, now_us))
        expected = _expected(state)
        self.expected.setText(expected)
        self.expected.setVisible(bool(expected))

    def _when(self, state: GpuState, now_us: int) -> str:
        if state.last is not None:
            return tr("last read at {time}", time=state.last.read_at)
        if state.silent and state.view.sequence:
            time = formats.clock(state.view.time.utc_us, now_us)
            return tr("last read at {time}", time=time)
        return ""


def _expected(state: GpuState) -> str:
    """Return which GPU should sit here, where another one does; nothing where that is not known."""
    expected = state.place.expected
    return _other_words(expected) if expected is not None and state.mismatch else ""


def _other_words(expected: HostGpu) -> str:
    if expected.serial:
        return tr("Another GPU is expected here: serial {n}", n=expected.serial)
    return tr("Another GPU is expected here: {uuid}", uuid=expected.uuid)


class _Line(QLabel):
    """A line of words that may be copied and never widens the panel."""

    def __init__(self, name: str, points: int, *, bold: bool = False, wraps: bool = False) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFont(font(points, bold=bold))
        self.setMinimumWidth(1)
        self.setWordWrap(wraps)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)


class _StateWord(QWidget):
    """The state in a word with its mark."""

    def __init__(self) -> None:
        super().__init__()
        self._priority = 0
        self._unknown = False
        self._words = ""
        self._when = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("State"))
        look().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(0, 28)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_word(self, state: GpuState, when: str) -> None:
        """Show the state of a GPU and since when nothing was read of it."""
        words = state.word[:1].upper() + state.word[1:]
        unknown = state.lost or state.silent or state.margin_k is None
        said = (state.priority, unknown, words, when)
        if said != (self._priority, self._unknown, self._words, self._when):
            self._priority, self._unknown, self._words, self._when = said
            self.setAccessibleDescription(", ".join(filter(None, (words, when))))
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        r = QRectF(self.rect())
        mark = QRectF(r.left(), r.center().y() - _MARK / 2, _MARK, _MARK)
        marked = bool(self._priority) or self._unknown
        if self._priority:
            paint.priority_mark(p, mark, self._priority)
        elif self._unknown:
            paint.hatched(p, mark)
        r = r.adjusted(_MARK + 8 if marked else 0, 0, 0, 0)
        wide = QFontMetricsF(font(13, bold=marked)).horizontalAdvance(self._words) > r.width()
        paint.label(p, r, self._words, 11 if wide else 13, bold=marked)
        paint.label(p, r, self._when, colour=t.muted, flags=paint.RIGHT)
