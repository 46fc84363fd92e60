"""The bar at the bottom: back out at the left, at the right the one thing to do, or why not."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.guided.hold_button import HoldButton
from console.ui.guided.situation import Primary
from console.ui.setup_parts import Words
from console.ui.theme import font, glove_target, look, metrics, theme

_WIDEST = 400
_BACK_OUT = 296
_SAID_MS = 8000


class PrimaryButton(Button):
    """The one button: at least 20 mm high by the screen's real density, in every mode."""

    def __init__(self) -> None:
        super().__init__(tr("Start step"), primary=True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        metric = QFontMetricsF(font(20, bold=True))
        width = round(metric.horizontalAdvance(self.text())) + 48
        height = max(glove_target(), metrics().target)
        return QSize(max(min(width, _WIDEST), 280), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 240), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect())
        ready = self.isEnabled()
        fill = t.muted if self.isDown() else t.text if ready else t.range
        ink = t.background if ready else t.muted
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(t.text if ready else t.line)
        p.setBrush(fill)
        p.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        points = 20 if self._fits(20) else 16
        paint.label(
            p,
            rect.adjusted(12, 0, -12, 0),
            self.text(),
            points,
            colour=ink,
            flags=paint.CENTRE,
            bold=True,
        )
        if self.hasFocus():
            paint.focus_ring(p, rect)

    def _fits(self, points: int) -> bool:
        return (
            QFontMetricsF(font(points, bold=True)).horizontalAdvance(self.text())
            <= self.width() - 24
        )


class Bottom(QWidget):
    """``pressed`` is the primary button, ``backed_out`` the held one, ``more`` everything else."""

    pressed = Signal()
    backed_out = Signal()
    more = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("What to do"))
        self.back_out = HoldButton(tr("Back out"))
        self.back_out.setAccessibleName(tr("Back out: hold to stop the work and make it safe"))
        self.others = Button(tr("More …"))
        self.others.setAccessibleName(tr("More to do"))
        self.others.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.why = Words("", 13)
        self.count = Words("", 11, quiet=True)
        self.primary = PrimaryButton()
        self._said, self._why = "", ""
        self._quiet = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._quiet.timeout.connect(lambda: self.say(""))
        self.primary.clicked.connect(self.pressed)
        self.back_out.fired.connect(self.backed_out)
        self.others.clicked.connect(self.more)
        self._lay_out()
        look().changed.connect(self._relook)
        self._relook()

    def show_state(
        self, primary: Primary, needs: int, *, can_back_out: bool, has_more: bool
    ) -> None:
        """Show what can be done now; ``needs`` is how many reasons there are against it."""
        if primary.text != self.primary.text():
            self.primary.setText(primary.text)
            self.primary.setAccessibleName(primary.text)
            self.primary.updateGeometry()
        if primary.is_possible != self.primary.isEnabled():
            self.primary.setEnabled(primary.is_possible)
            self.primary.update()
        self.primary.setAccessibleDescription(primary.why)
        self._why = primary.why or primary.hint
        self.why.say(self._said or self._why)
        more = needs - 1 if primary.why else 0
        self.count.say(tr("and {n} more, above", n=more) if more > 0 else "")
        self.count.setVisible(more > 0)
        self.back_out.setEnabled(can_back_out)
        self.others.setEnabled(has_more)

    def say(self, text: str) -> None:
        """Say something beside the button for a while: why it was refused."""
        self._said = text
        self.why.say(text or self._why)
        if text:
            self._quiet.start()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        for part in (self.why, self.count):
            part.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            words.addWidget(part)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(16)
        row.addWidget(self.back_out)
        row.addWidget(self.others)
        row.addLayout(words, 1)
        row.addWidget(self.primary)
        policy = QSizePolicy.Policy
        self.primary.setSizePolicy(policy.Preferred, policy.Fixed)
        self.others.setSizePolicy(policy.Fixed, policy.Expanding)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        p.fillRect(0, 0, self.width(), 1, theme().line)

    def _relook(self) -> None:
        height = max(glove_target(), metrics().target)
        self.setFixedHeight(height + 16)
        self.back_out.setMinimumSize(_BACK_OUT, height)
        self.primary.updateGeometry()
