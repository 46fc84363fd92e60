"""One alarm whole: what to do and by when, why it is, what was measured, and what can be done."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.alarms.events import RefusedError
from console.alarms.specs import AlarmSpec
from console.alarms.states import State
from console.alarms.status import Status
from console.session.session import Session
from console.text import tr
from console.ui import alarm_words as words
from console.ui import paint
from console.ui.actor import actor_of
from console.ui.alarm_facts import action_html, facts_html, reasons_html
from console.ui.alarm_forms import ServiceForm, ShelveForm, button_rows
from console.ui.alarm_marks import alarm_mark, is_lit
from console.ui.alarm_rows import Row
from console.ui.alarm_trend import AlarmTrend
from console.ui.conditions import condition
from console.ui.controls import Button, ScrollBar, frame
from console.ui.theme import font, look, metrics, theme

_WIDTH, _GLOVE_WIDTH = 392, 416
_FACTS, _SHELVE, _SERVICE = range(3)


class AlarmDetail(QFrame):
    """The panel beside the list. Every command is recorded first and shown once it is.

    ``open_part`` asks for a page, a subject and the moment to show there; ``open_work`` for the
    form of a work order because of the alarm, by the subject of the page of work.
    """

    open_part = Signal(str, str, object)
    open_work = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._row: Row | None = None
        self._spec: AlarmSpec | None = None
        self.head = _Head()
        self.action, self.facts, self.reasons = _text(13), _text(11), _text(11)
        for rich in (self.action, self.facts, self.reasons):
            rich.setTextFormat(Qt.TextFormat.RichText)
        self.trend = AlarmTrend(session)
        self.trouble = _text(11)
        self.acknowledge = Button(tr("Acknowledge"), primary=True)
        self.open_tank = Button(tr("Open tank"))
        self.start_work = Button(tr("Start work order"))
        self.shelve = Button(tr("Shelve …"))
        self.unshelve = Button(tr("Unshelve"))
        self.reset = Button(tr("Reset"))
        self.take_out = Button(tr("Out of service …"))
        self.put_back = Button(tr("Return to service"))
        self.shelve_form, self.service_form = ShelveForm(), ServiceForm()
        self._stack = QStackedWidget()
        self.setFixedWidth(_width())
        self.setAccessibleName(tr("Details of the alarm"))
        self._lay_out()
        self._connect()

    @property
    def alarm(self) -> Status | None:
        """The alarm that is shown."""
        return self._row.status if self._row else None

    def show_row(self, row: Row | None) -> None:
        """Show a row's alarm, or ask for one to be chosen; another alarm ends what was begun."""
        is_other = (row.key if row else None) != (self._row.key if self._row else None)
        self._row = row
        if is_other:
            self.trouble.hide()
            self._stack.setCurrentIndex(_FACTS)
            self._spec = self._session.alarms.definition_of(row.key) if row else None
            self._advise()
        self.refresh()

    def refresh(self) -> None:
        """Bring what changes with time up to date."""
        row = self._row
        self.head.show_alarm(row.status if row else None)
        self._show_buttons(row)
        if row is None:
            self.facts.setText(escape(tr("Choose an alarm to see what to do about it.")))
            self.trend.hide()
            return
        told = facts_html(self._session, row.status, self._spec)
        if told != self.facts.text():
            self.facts.setText(told)
        self.trend.show_alarm(row.status)

    # ---- commands --------------------------------------------------------------------------

    def attempt(self, command: Callable[[], object]) -> None:
        """Carry out a command; where the rules refuse it, say why and change nothing."""
        try:
            command()
        except RefusedError as refused:
            self.say_trouble(str(refused))
        else:
            self.say_trouble("")
            self._stack.setCurrentIndex(_FACTS)

    def say_trouble(self, sentence: str) -> None:
        """Say why something was refused; nothing with an empty sentence."""
        self.trouble.setText(sentence)
        self.trouble.setVisible(bool(sentence))

    def _acknowledge(self) -> None:
        alarm = self.alarm
        if alarm is not None:
            self.attempt(lambda: self._session.alarms.acknowledge([alarm], actor_of(self._session)))

    def _shelve(self, seconds: float, reason: str) -> None:
        alarm = self.alarm
        if alarm is not None:
            room = self._session.alarms
            self.attempt(lambda: room.shelve(alarm.key, seconds, reason, actor_of(self._session)))

    def _take_out(self, order: str, reason: str) -> None:
        alarm = self.alarm
        if alarm is not None:
            room = self._session.alarms
            actor = actor_of(self._session)
            self.attempt(lambda: room.take_out_of_service(alarm.key, order, reason, actor))

    def _simple(self, button: Button) -> None:
        alarm, room = self.alarm, self._session.alarms
        commands = {
            self.unshelve: room.unshelve,
            self.reset: room.reset,
            self.put_back: room.return_to_service,
        }
        if alarm is not None:
            self.attempt(lambda: commands[button](alarm.key, actor_of(self._session)))

    def _start_work(self) -> None:
        alarm = self.alarm
        if alarm is not None:
            self.open_work.emit(f"new:alarm:{'|'.join(alarm.key)}")

    def _ask_shelve(self) -> None:
        most_s = self._spec.shelve_max_s if self._spec else 0.0
        self._stack.setCurrentIndex(_SHELVE)
        self.shelve_form.ask(most_s, self._session.now().utc_us)

    def _ask_service(self) -> None:
        self._stack.setCurrentIndex(_SERVICE)
        self.service_form.ask()

    def _open(self) -> None:
        alarm = self.alarm
        if alarm is None:
            return
        tank = self._session.tank_of(alarm.subject)
        page, subject = ("tank", tank.id) if tank is not None else ("gpus", alarm.subject)
        self.open_part.emit(page, subject, alarm.since_us)

    # ---- putting together ------------------------------------------------------------------

    def _show_buttons(self, row: Row | None) -> None:
        state = row.status.state if row else State.NORMAL
        aside = state.is_set_aside
        known = row is not None and self._spec is not None
        may_shelve = self._spec is not None and self._spec.shelve_max_s > 0
        shown = {
            self.acknowledge: state.awaits_acknowledgement,
            self.open_tank: row is not None,
            self.start_work: row is not None and self._session.workplace is not None,
            self.shelve: known and may_shelve and not aside and state is not State.NORMAL,
            self.unshelve: state is State.SHELVED,
            self.reset: state is State.LATCHED_ACKNOWLEDGED,
            self.take_out: known and not aside and state is not State.NORMAL,
            self.put_back: state is State.OUT_OF_SERVICE,
        }
        for button, is_shown in shown.items():
            if button.isHidden() == is_shown:
                button.setVisible(is_shown)
        if row is not None:
            tank = self._session.tank_of(row.status.subject)
            _name(self.open_tank, tr("Open tank") if tank is not None else tr("Open GPU"))

    def _lay_out(self) -> None:
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 8, 0)
        body.setSpacing(12)
        for widget in (self.action, self.start_work, self.trend, self.facts, self.reasons):
            body.addWidget(widget)
        body.addStretch(1)
        area = _scrolled(inside, tr("What to do, and why"))
        whole = QWidget()
        facts = QVBoxLayout(whole)
        facts.setContentsMargins(0, 0, 0, 0)
        facts.setSpacing(8)
        facts.addWidget(area, 1)
        first = (self.acknowledge, self.open_tank)
        second = (self.reset, self.unshelve, self.put_back, self.shelve, self.take_out)
        for row in (*button_rows(first, 2), *button_rows(second, 5)):
            facts.addLayout(row)
        self._stack.addWidget(whole)
        for form in (self.shelve_form, self.service_form):
            self._stack.addWidget(_scrolled(form, form.accessibleName()))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        column.addWidget(self.trouble)
        self.trouble.hide()

    def _connect(self) -> None:
        self.acknowledge.clicked.connect(self._acknowledge)
        self.open_tank.clicked.connect(self._open)
        self.start_work.clicked.connect(self._start_work)
        self.shelve.clicked.connect(self._ask_shelve)
        self.take_out.clicked.connect(self._ask_service)
        for button in (self.unshelve, self.reset, self.put_back):
            button.clicked.connect(lambda _checked=False, b=button: self._simple(b))
        self.shelve_form.confirmed.connect(self._shelve)
        self.service_form.confirmed.connect(self._take_out)
        for form in (self.shelve_form, self.service_form):
            form.cancelled.connect(lambda: self._stack.setCurrentIndex(_FACTS))
        look().changed.connect(self._relook)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)

    def _advise(self) -> None:
        """Say what the definition says; its colours are those of the theme at this moment."""
        alarm = self.alarm
        self.action.setText(action_html(self._spec) if alarm else "")
        self.reasons.setText(reasons_html(self._spec, alarm) if alarm else "")

    def _relook(self) -> None:
        self.setFixedWidth(_width())
        self._advise()
        self.facts.clear()
        self.refresh()


class _Head(QWidget):
    """The mark, what it is and where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm: Status | None = None
        self._lit = True
        self.setFixedHeight(52)
        self.setAccessibleName(tr("No alarm is chosen"))

    def show_alarm(self, alarm: Status | None) -> None:
        """Show another alarm, or none."""
        lit = is_lit()
        if alarm is self._alarm and lit == self._lit:
            return
        self._alarm, self._lit = alarm, lit
        told = f"{condition(alarm)}, {words.state_text(alarm)}" if alarm else ""
        self.setAccessibleName(told or tr("No alarm is chosen"))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, alarm = QPainter(self), self._alarm
        rect = QRectF(self.rect())
        if alarm is None:
            paint.label(p, rect, tr("No alarm is chosen"), 13, colour=theme().muted)
            return
        alarm_mark(p, QRectF(0, 10, 32, 32), alarm, lit=self._lit)
        upper = QRectF(44, 2, rect.width() - 44, 26)
        paint.label(p, upper, condition(alarm), 13, bold=True)
        below = upper.translated(0, 24)
        state = words.state_text(alarm)
        told = tr("priority {p} \N{MIDDLE DOT} {state}", p=alarm.priority, state=state)
        paint.label(p, below, told, 11, colour=theme().muted)


def _width() -> int:
    """Four durations to choose from beside a scroll bar: each of them is wider for gloves."""
    return _GLOVE_WIDTH if metrics().glove else _WIDTH


def _scrolled(inside: QWidget, name: str) -> QScrollArea:
    """Return a flat area that shows as much of a widget as there is room for."""
    area = QScrollArea()
    area.setVerticalScrollBar(ScrollBar(area))
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    area.setAccessibleName(name)
    area.setMinimumHeight(60)
    return area


def _name(button: Button, text: str) -> None:
    if button.text() != text:
        button.setText(text)
        button.setAccessibleName(text)
        button.updateGeometry()


def _text(points: int) -> QLabel:
    label = QLabel()
    label.setFont(font(points))
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # or the longest word would widen the panel
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
