"""The alarm strip: always on top, never covered, calm grey when there is nothing."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from console.acquisition.latest import LinkState
from console.alarms.events import RefusedError
from console.alarms.severity import PRIORITIES
from console.alarms.status import Status
from console.history.status import StorageState
from console.session.session import Session
from console.text import tr
from console.ui import alarm_words, formats, paint
from console.ui.actor import actor_of
from console.ui.alarm_marks import BLINK_MS, alarm_mark, is_lit
from console.ui.conditions import condition
from console.ui.controls import KEPT_IN_VIEW, Button
from console.ui.sounder import Sounder
from console.ui.theme import font, look, metrics, theme
from console.ui.work.sign_chip import SignChip

_MARK = 28
_SMALL = 20
_SAID_S = 8.0


class Strip(QWidget):
    """Highest alarm with its acknowledge button, counts, lost devices, recording, clock, person.

    ``open_alarm`` carries the part that the shown alarm is about and when it was raised (UTC
    microseconds); ``open_alarms`` asks for the list, ``open_sign_in`` for the sign-in.
    """

    open_alarm = Signal(str, object)
    open_alarms = Signal()
    open_sign_in = Signal()

    def __init__(self, session: Session, sounder: Sounder) -> None:
        super().__init__()
        self._session = session
        self.setObjectName(KEPT_IN_VIEW)
        self.setAccessibleName(tr("Alarms"))
        self.alarm_view = _AlarmView(session)
        self.acknowledge = Button(tr("Acknowledge"))
        self.silence = Button(tr("Silence"))
        self.counts = _Counts()
        self.recording = _Recording()
        self.training = _Training()
        self.training.setVisible(bool(session.training))
        self.clock = _Clock()
        self.person = SignChip(session)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(16)
        buttons = (self.acknowledge, self.silence)
        marks = (self.training, self.recording)
        for part in (*marks, self.alarm_view, *buttons, self.counts, self.clock, self.person):
            row.addWidget(part)
        row.setStretchFactor(self.alarm_view, 1)
        self.acknowledge.hide()
        self.silence.hide()
        self.acknowledge.clicked.connect(self._acknowledge)
        self.silence.clicked.connect(sounder.silence)
        sounder.changed.connect(lambda: self.silence.setVisible(sounder.sounds))
        self.alarm_view.opened.connect(self.open_alarm)
        self.counts.clicked.connect(self.open_alarms)
        self.person.clicked.connect(self.open_sign_in)
        look().changed.connect(self._relook)
        self._relook()

    @property
    def actor(self) -> str:
        """In whose name an alarm is acknowledged now."""
        return actor_of(self._session)

    def refresh(self) -> None:
        """Bring everything up to date; called on every tick, whatever page is shown."""
        book, now = self._session.book, self._session.now()
        highest = book.highest()
        self.alarm_view.show_alarm(highest)
        self.acknowledge.setVisible(highest is not None and not highest.acknowledged)
        links = self._session.latest.links()
        lost = sum(1 for link in links if link.state is LinkState.LOST)
        flood = book.recent(now.utc_us) if book.in_flood(now.utc_us) else 0
        self.counts.show_counts(book.counts(), lost, len(book.shelved()), flood)
        self.recording.show_status(self._session)
        self.clock.show_time(now.utc_us)
        self.person.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.person.fit(event.size().width())
        super().resizeEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        p.fillRect(0, self.height() - 1, self.width(), 1, theme().line)

    def _acknowledge(self) -> None:
        shown = self.alarm_view.alarm
        if shown is None:
            return
        try:
            self._session.acknowledge([shown], self.actor)
        except RefusedError as refused:
            self.alarm_view.say(str(refused))

    def _relook(self) -> None:
        self.setFixedHeight(metrics().strip)
        self.update()


class _AlarmView(QWidget):
    """The alarm to look at first; a tap opens its tank. Only its mark blinks, and only unseen."""

    opened = Signal(str, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.alarm: Status | None = None
        self._age_s = -2
        self._said = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(216)
        self.blink = QTimer(self, interval=BLINK_MS)
        self.blink.timeout.connect(self._on_blink)
        self._quiet = QTimer(self, singleShot=True, interval=round(_SAID_S * 1000))
        self._quiet.timeout.connect(lambda: self.say(""))
        self.show_alarm(None)

    def show_alarm(self, alarm: Status | None) -> None:
        """Show another alarm, or none."""
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
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if alarm else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if alarm else Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(" ".join(self._words()) if alarm else tr("No alarms"))
        self.setAccessibleDescription(self._place())
        self.update()

    def say(self, sentence: str) -> None:
        """Say for a moment why a command was refused, in the place of where the alarm is."""
        self._said = sentence
        if sentence:
            self._quiet.start()
        self.setAccessibleDescription(self._place())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.alarm is not None and self.rect().contains(event.position().toPoint()):
            self.opened.emit(self.alarm.subject, self.alarm.since_us)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.alarm is not None and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Space}:
            self.opened.emit(self.alarm.subject, self.alarm.since_us)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        rect = QRectF(self.rect())
        if self.alarm is None:
            paint.label(p, rect.adjusted(8, 0, 0, 0), tr("No alarms"), 16, colour=theme().muted)
            return
        mark = QRectF(8, rect.center().y() - _MARK / 2, _MARK, _MARK)
        alarm_mark(p, mark, self.alarm, lit=is_lit())
        left, what, age = mark.right() + 12, *self._words()
        age_w = QFontMetricsF(font(13)).horizontalAdvance("00:00:00")
        text_w = rect.right() - left - age_w - 12
        top = QRectF(left, rect.center().y() - 23, text_w, 24)
        below = QRectF(left, rect.center().y() + 1, text_w, 22)
        paint.label(p, top, what, 16, bold=True)
        colour = theme().text if self._said else theme().muted
        paint.label(p, below, self._place(), 13, colour=colour)
        beside = QRectF(rect.right() - age_w, rect.top(), age_w, rect.height())
        paint.label(p, beside, age, 13, colour=theme().muted, flags=paint.RIGHT)
        if self.hasFocus():
            paint.focus_ring(p, rect)

    def _words(self) -> tuple[str, str]:
        if self.alarm is None:
            return "", ""
        return condition(self.alarm), formats.elapsed(self._age_s)

    def _place(self) -> str:
        """Where, the value that crossed, and the limit: ``Tank 3  55.2 °C (limit 55 °C)``."""
        if self.alarm is None or self._said:
            return self._said
        place = alarm_words.place_text(self._session, self.alarm.subject)
        over = "" if self.alarm.active else tr("returned to normal")
        return "   ".join(filter(None, (place, over or alarm_words.measured_text(self.alarm))))

    def _on_blink(self) -> None:
        self.update(0, 0, 8 + _MARK + 4, self.height())


class _Counts(QAbstractButton):
    """How many are active at each priority; below, what is shelved and lost, or that it floods.

    A tap opens the list.
    """

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[int, int] = dict.fromkeys(PRIORITIES, 0)
        self._below = ("", "")
        self._flood = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.show_counts(self._counts, 0, 0, 0)

    def show_counts(self, counts: Mapping[int, int], lost: int, shelved: int, flood: int) -> None:
        """Show them; a count of none is grey. ``flood`` is how many came in ten minutes, or 0."""
        told = (tr("shelved {n}", n=shelved), tr("lost {n}", n=lost))
        said = tr("FLOOD {n} in 10 min", n=flood) if flood else ""
        if (dict(counts), told, said) == (self._counts, self._below, self._flood):
            return
        self._counts, self._below, self._flood = dict(counts), told, said
        self._loud = (shelved > 0, lost > 0)
        by_priority = (tr("priority {p}: {n}", p=p, n=n) for p, n in counts.items())
        self.setAccessibleName(", ".join(filter(None, (said, *by_priority, *told))))
        self.setAccessibleDescription(tr("Opens the list of alarms"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        texts = (tr("FLOOD"), tr("shelved {n}", n=88), tr("lost {n}", n=88))
        below = sum(_wide(text) for text in texts)
        return QSize(round(max(len(PRIORITIES) * _count_width(), below)), metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        middle = self.height() / 2
        for i, priority in enumerate(PRIORITIES):
            count = self._counts.get(priority, 0)
            mark = QRectF(i * _count_width(), middle - 22, _SMALL, _SMALL)
            paint.priority_mark(p, mark, priority, quiet=not count)
            number = QRectF(mark.right() + 4, middle - 24, _count_width() - _SMALL - 4, 24)
            colour = t.text if count else t.muted
            said = str(count) if count < 1000 else "1k+"
            paint.label(p, number, said, 13, colour=colour, bold=bool(count))
        below = QRectF(0, middle + 1, self.width(), 22)
        if self._flood:
            said, width = tr("FLOOD"), _wide(tr("FLOOD"))
            badge = QRectF(below.left(), below.top() + 1, width - 6, below.height() - 2)
            p.fillRect(badge, t.text)
            paint.label(p, badge, said, 11, colour=t.panel, bold=True, flags=paint.CENTRE)
            below.setLeft(below.left() + width)
        self._draw_below(p, below)
        if self.hasFocus():
            paint.focus_ring(p, QRectF(self.rect()))

    def _draw_below(self, p: QPainter, rect: QRectF) -> None:
        left = rect.left()
        for text, is_loud in zip(self._below, self._loud, strict=True):
            width = _wide(text)
            colour = theme().text if is_loud else theme().muted
            at = QRectF(left, rect.top(), width, rect.height())
            paint.label(p, at, text, 11, colour=colour, bold=is_loud)
            left += width


def _count_width() -> float:
    """Room for a mark and a count of any length: a count that is cut off is worse than none."""
    widest = QFontMetricsF(font(13, bold=True)).horizontalAdvance("888")
    return _SMALL + 4 + widest + 4


def _wide(text: str) -> float:
    """Room for a word below the counts, and a gap behind it."""
    return QFontMetricsF(font(11, bold=True)).horizontalAdvance(text) + 14


class _Training(QWidget):
    """The word that says nothing here is real; never seen outside a training."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Training: nothing here is real"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        wide = QFontMetricsF(font(13, bold=True)).horizontalAdvance(tr("TRAINING"))
        return QSize(round(wide) + 24, metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        badge = QRectF(0, self.height() / 2 - 16, self.width(), 32)
        p.fillRect(badge, t.text)
        paint.label(p, badge, tr("TRAINING"), 13, colour=t.panel, bold=True, flags=paint.CENTRE)


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
    """Local time."""

    def __init__(self) -> None:
        super().__init__()
        self._time = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)

    def show_time(self, utc_us: int) -> None:
        """Show a moment."""
        text = formats.clock(utc_us, utc_us)
        if text != self._time:
            self._time = text
            self.setAccessibleName(text)
            self.update()

    def sizeHint(self) -> QSize:
        wide = QFontMetricsF(font(16)).horizontalAdvance("00:00:00")
        return QSize(round(wide) + 8, metrics().strip)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        paint.label(p, QRectF(self.rect()), self._time, 16, flags=paint.RIGHT)
