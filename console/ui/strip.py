"""The alarm strip: always on top, never covered, calm grey when there is nothing."""

from __future__ import annotations

import getpass

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.acquisition.latest import LinkState
from console.alarms.severity import PRIORITIES
from console.alarms.status import Status
from console.event_text import event_text
from console.history.status import StorageState
from console.session.session import Session
from console.text import tr
from console.ui import formats, paint
from console.ui.conditions import condition
from console.ui.controls import Button
from console.ui.theme import font, look, metrics, theme

_BLINK_MS = 500
_MARK = 28


class Strip(QWidget):
    """Highest alarm with its acknowledge button, counts, lost devices, recording, clock, person.

    ``open_subject`` carries the part that the shown alarm is about.
    """

    open_subject = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.actor = getpass.getuser()
        self.setObjectName("strip")
        self.setAccessibleName(tr("Alarms"))
        self.alarm_view = _AlarmView(session)
        self.acknowledge = Button(tr("Acknowledge"))
        self.acknowledge.hide()
        self.counts = _Counts()
        self.recording = _Recording()
        self.clock = _Clock(self.actor)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 16, 0)
        row.setSpacing(16)
        for part in (self.recording, self.alarm_view, self.acknowledge, self.counts, self.clock):
            row.addWidget(part)
        row.setStretchFactor(self.alarm_view, 1)
        self.acknowledge.clicked.connect(self._acknowledge)
        self.alarm_view.opened.connect(self.open_subject)
        look().changed.connect(self._relook)
        self._relook()

    def refresh(self) -> None:
        """Bring everything up to date; called on every tick, whatever page is shown."""
        highest = self._session.book.highest()
        self.alarm_view.show_alarm(highest)
        self.acknowledge.setVisible(highest is not None and not highest.acknowledged)
        links = self._session.latest.links()
        lost = sum(1 for link in links if link.state is LinkState.LOST)
        self.counts.show_counts(dict(self._session.book.counts()), lost)
        self.recording.show_status(self._session)
        self.clock.show_time(self._session.now().utc_us)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        p.fillRect(0, self.height() - 1, self.width(), 1, theme().line)

    def _acknowledge(self) -> None:
        shown = self.alarm_view.alarm
        if shown is not None:
            self._session.acknowledge([shown], self.actor)

    def _relook(self) -> None:
        self.setFixedHeight(metrics().strip)
        self.update()


class _AlarmView(QWidget):
    """The alarm to look at first; a tap opens its tank. Only its mark blinks, and only unseen."""

    opened = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.alarm: Status | None = None
        self.lit = True
        self._age_s = -2
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(240)
        self.blink = QTimer(self, interval=_BLINK_MS)
        self.blink.timeout.connect(self._on_blink)
        self.show_alarm(None)

    def show_alarm(self, alarm: Status | None) -> None:
        age_s = -1
        if alarm is not None:
            age_s = int((self._session.now().utc_us - alarm.since_us) / 1e6)
        if alarm == self.alarm and age_s == self._age_s:
            return
        self.alarm, self._age_s = alarm, age_s
        unseen = alarm is not None and not alarm.acknowledged
        if unseen and not self.blink.isActive():
            self.blink.start()
        elif not unseen:
            self.blink.stop()
            self.lit = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if alarm else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if alarm else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(" ".join(self._words()) if alarm else tr("No alarms"))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.alarm is not None and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.alarm.subject)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.alarm is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Space}:
            self.opened.emit(self.alarm.subject)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        rect = QRectF(self.rect())
        if self.alarm is None:
            paint.label(p, rect.adjusted(8, 0, 0, 0), tr("No alarms"), 16, colour=theme().muted)
            return
        mark = QRectF(8, rect.center().y() - _MARK / 2, _MARK, _MARK)
        filled = self.lit and self.alarm.active
        paint.priority_mark(p, mark, self.alarm.priority, filled=filled)
        left, what, age = mark.right() + 12, *self._words()
        age_w = QFontMetricsF(font(13)).horizontalAdvance("00:00:00")
        text_w = rect.right() - left - age_w - 12
        top = QRectF(left, rect.center().y() - 23, text_w, 24)
        below = QRectF(left, rect.center().y() + 1, text_w, 22)
        paint.label(p, top, what, 16, bold=True)
        paint.label(p, below, self._place(), 13, colour=theme().muted)
        beside = QRectF(rect.right() - age_w, rect.top(), age_w, rect.height())
        paint.label(p, beside, age, 13, colour=theme().muted, flags=paint.RIGHT)
        if self.hasFocus():
            paint.focus_ring(p, rect)

    def _words(self) -> tuple[str, str]:
        if self.alarm is None:
            return "", ""
        what = condition(self.alarm)
        if not self.alarm.active:
            what = tr("{what} (returned to normal)", what=what)
        return what, formats.elapsed(self._age_s)

    def _place(self) -> str:
        """Where, the value that crossed, and the limit: ``Tank 3  55.2 °C (limit 55 °C)``."""
        if self.alarm is None:
            return ""
        event = _AsEvent(self.alarm)
        told = event_text(event, self._session.name_of, formats.decimal_point()).what
        tank = self._session.tank_of(self.alarm.subject)
        name = self._session.name_of(self.alarm.subject)
        if tank is not None and tank.id != self.alarm.subject:
            name = f"{tank.name} > {name}"
        return f"{name}   {told.rpartition(': ')[2]}" if "limit" in self.alarm.body else name

    def _on_blink(self) -> None:
        self.lit = not self.lit
        self.update(0, 0, 8 + _MARK + 4, self.height())


class _AsEvent:
    """An alarm in the shape of the event that opened it, so that both read the same."""

    def __init__(self, alarm: Status) -> None:
        self.kind = alarm.level if "." in alarm.level else "limit.crossed"
        self.subject = alarm.subject
        self.body = alarm.body
        self.utc_us = alarm.since_us


class _Counts(QWidget):
    """How many are active at each priority, and how many devices do not answer."""

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[int, int] = dict.fromkeys(PRIORITIES, 0)
        self._lost = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.show_counts(self._counts, 0)

    def show_counts(self, counts: dict[int, int], lost: int) -> None:
        """Show them; a count of none is grey."""
        if (counts, lost) != (self._counts, self._lost):
            self._counts, self._lost = counts, lost
            self.updateGeometry()
            self.update()
        told = ", ".join(tr("priority {p}: {n}", p=p, n=n) for p, n in counts.items())
        self.setAccessibleName(f"{told}, {self._lost_words()}")

    def sizeHint(self) -> QSize:
        lost = QFontMetricsF(font(13, bold=True)).horizontalAdvance(self._lost_words())
        return QSize(round(4 * 56 + 16 + lost), metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        middle = self.height() / 2
        for i, priority in enumerate(PRIORITIES):
            count = self._counts.get(priority, 0)
            mark = QRectF(i * 56, middle - 10, 20, 20)
            paint.priority_mark(p, mark, priority, quiet=not count)
            number = QRectF(mark.right() + 5, middle - 12, 30, 24)
            colour = t.text if count else t.muted
            paint.label(p, number, str(count), 13, colour=colour, bold=bool(count))
        rect = QRectF(4 * 56 + 8, 0, self.width(), self.height())
        colour = t.text if self._lost else t.muted
        paint.label(p, rect, self._lost_words(), 13, colour=colour, bold=bool(self._lost))

    def _lost_words(self) -> str:
        return tr("lost {n}", n=self._lost)


class _Recording(QWidget):
    """Whether what happens is kept: unseen while it is, not to be overlooked while it is not."""

    def __init__(self) -> None:
        super().__init__()
        self._sentence = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(tr("Recording"))
        self.hide()

    def show_status(self, session: Session) -> None:
        """Appear while nothing is recorded."""
        status = session.history.status
        failing = status.state is StorageState.DEGRADED
        sentence = str(status.sentence) if failing else ""
        if sentence != self._sentence:
            self._sentence = sentence
            told = f"{tr('NOT RECORDING')}: {sentence}" if sentence else tr("Recording")
            self.setAccessibleName(told)
            self.setToolTip(sentence)
            self.updateGeometry()
            self.update()
        self.setVisible(failing)

    def sizeHint(self) -> QSize:
        return QSize(360, metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        rect = QRectF(self.rect()).adjusted(0, 0, 0, -1)
        middle = rect.center().y()
        paint.priority_mark(p, QRectF(8, middle - _MARK / 2, _MARK, _MARK), 2)
        left = 8 + _MARK + 12
        top = QRectF(left, middle - 25, rect.width() - left, 20)
        paint.label(p, top, tr("NOT RECORDING"), 13, bold=True)
        p.setFont(font(11))
        p.setPen(theme().text)
        below = QRectF(left, middle - 6, rect.width() - left, 34)
        p.drawText(below, int(Qt.TextFlag.TextWordWrap), self._sentence)
        p.fillRect(QRectF(rect.right(), 8, 1, rect.height() - 16), theme().line)


class _Clock(QWidget):
    """Local time, and who is at the console."""

    def __init__(self, actor: str) -> None:
        super().__init__()
        self._actor = actor
        self._time = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_time(self, utc_us: int) -> None:
        """Show a moment."""
        text = formats.clock(utc_us, utc_us)
        if text != self._time:
            self._time = text
            self.setAccessibleName(f"{text} {self._actor}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(96, metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        middle = self.height() / 2
        top = QRectF(0, middle - 23, self.width(), 24)
        below = QRectF(0, middle + 1, self.width(), 22)
        paint.label(p, top, self._time, 16, flags=paint.RIGHT)
        paint.label(p, below, self._actor, 11, colour=theme().muted, flags=paint.RIGHT)
