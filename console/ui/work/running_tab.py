"""Running work: every run that is not over, where it stands and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from console.session.elsewhere import RunElsewhere
from console.session.running.desk import RunView
from console.session.session import Refresh, Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import frame
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import font, look, metrics, theme
from console.ui.work import order_words as words
from console.ui.work.order_facts import RUN_STATES, step_name
from procedures.engine.state import StepStatus

_PAD = 14
_LINE = 22
_HEIGHT = 2 * _PAD + 24 + 2 * _LINE
_LEFT = 0.46
_TAIL = 128


@dataclass(frozen=True, slots=True)
class RunRow:
    """What is shown of a run. ``state`` is bold where it waits for a person."""

    run: str
    title: str
    where: str
    step: str
    people: str
    state: str
    is_held: bool
    timer: str
    elapsed: str
    laptop: str = ""
    """The other laptop that it runs on, where it is only shown here."""

    @property
    def sentence(self) -> str:
        """The row as one sentence."""
        told = (
            self.title,
            self.where,
            self.step,
            self.state,
            self.timer,
            self.people,
            self.elapsed,
        )
        return ", ".join(filter(None, told))


def rows_of(session: Session, place: Workplace) -> Sequence[RunRow]:
    """Return the open runs as they stand, oldest first."""
    views = (place.runs.view(run.id) for run in place.runs.open())
    return [_row(session, place, view) for view in views if view is not None]


def rows_elsewhere(session: Session, place: Workplace) -> Sequence[RunRow]:
    """Return the runs of other laptops, as they were told at the last sync."""
    now_us = session.now().utc_us
    return [_row_elsewhere(session, place, one, now_us) for one in place.elsewhere]


def _row_elsewhere(session: Session, place: Workplace, one: RunElsewhere, now_us: int) -> RunRow:
    run = one.run
    revision = place.runs.procedures.revisions.get(run.revision)
    title = words.words_of(revision.procedure.title) if revision else run.procedure
    step = run.current.step if run.current else ""
    if revision and step in revision.procedure.steps:
        step = words.words_of(revision.procedure.steps[step].title)
    return RunRow(
        run=run.id,
        title=title,
        where=words.place_name(session, run.subject),
        step=step,
        people=words.names_of(place.room.book, dict.fromkeys((run.lead, *run.crew))),
        state=tr("on {laptop}: it is driven there", laptop=one.laptop),
        is_held=False,
        timer="",
        elapsed=tr("as told at {time}", time=formats.clock(one.told_us, now_us)),
        laptop=one.laptop,
    )


def _row(session: Session, place: Workplace, view: RunView) -> RunRow:
    run, book = view.run, place.room.book
    order = next((o for o in book.orders.all() if run.id in o.runs), None)
    parts = [words.place_name(session, run.subject)]
    parts += [words.short_number(order.number)] if order else []
    state, is_held = _state(place, view)
    done = sum(1 for step in view.revision.procedure.order if step in run.done)
    at = tr("{done} of {all} steps done", done=done, all=len(view.revision.procedure.order))
    step = step_name(place, run) or tr("every step is done")
    executor = run.current.executor if run.current and run.current.executor else run.lead
    elapsed_s = run.clock_at(place.runs.moment()) / 1e6
    return RunRow(
        run=run.id,
        title=words.words_of(view.revision.procedure.title),
        where=words.DOT.join(parts),
        step=f"{step}{words.DOT}{at}",
        people=words.names_of(book, dict.fromkeys((executor, *run.crew))),
        state=state,
        is_held=is_held,
        timer=_timer(view),
        elapsed=tr("for {time}", time=words.span_text(elapsed_s)),
    )


def _state(place: Workplace, view: RunView) -> tuple[str, bool]:
    """Return what a run waits for, and whether that is a person who must decide."""
    waits = _for_a_person(place, view)
    if waits:
        return waits, True
    if not view.run.is_open_in(place.runs.session_id):
        return tr("resumed after a restart: the equipment is being looked at"), False
    if view.waits or view.run.training:
        return view.waits or tr("training"), False
    step = view.run.current
    is_open = step is not None and step.status is StepStatus.OPEN
    return tr("step in work") if is_open else tr(RUN_STATES[view.run.status]), False


def _for_a_person(place: Workplace, view: RunView) -> str:
    """Return why somebody must decide before a run goes on; empty where nobody must."""
    run, step = view.run, view.run.current
    if run.suspended_by:
        name = words.person_name(place.room.book, run.suspended_by)
        return tr("suspended by {person}: somebody must take it over", person=name)
    if step is not None and step.held:
        return tr("held: {why}", why=", ".join(step.held))
    if step is not None and step.status is StepStatus.PERFORMED:
        return tr("waits for a second signature")
    return ""


def _timer(view: RunView) -> str:
    """Return what a timer of the step still takes, or how long it has been over."""
    timer = view.standing.timer
    if timer is None:
        return ""
    if timer.to_min_s:
        return tr("{time} to wait", time=_countdown(timer.to_min_s))
    if timer.to_max_s is None:
        return tr("the time is up")
    if timer.to_max_s < 0:
        return tr("over by {time}", time=_countdown(-timer.to_max_s))
    return tr("{time} left", time=_countdown(timer.to_max_s))


def _countdown(seconds: float) -> str:
    whole = max(-int(-seconds // 1), 0)
    hours, rest = divmod(whole, 3600)
    short = f"{rest // 60:02d}:{rest % 60:02d}"
    return f"{hours}:{short}" if hours else short


class RunningTab(QWidget):
    """The rows; ``open_subject`` asks for the guided page with a run."""

    open_subject = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.rows: list[RunButton] = []
        self.setAccessibleName(tr("Running work"))
        self.empty = Words("", 13)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 8, 0)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.empty)
        whole.addWidget(scrolling(self._inside, tr("Runs of procedures")), 1)

    def refresh(self, _changes: Refresh) -> None:
        """Bring the rows up to date; timers count, so every second counts."""
        place = self._session.workplace
        if place is None or not place.is_ready:
            return
        here = rows_of(self._session, place)
        shown = (*here, *rows_elsewhere(self._session, place))
        self._make(len(shown))
        for button, row in zip(self.rows, shown, strict=True):
            button.show_row(row)
        lost = "\n".join(
            tr("Run {run} cannot be taken up: its text is not in this log.", run=run)
            for run in place.runs.unreadable
        )
        none = tr("No work is running. It is begun from an order that is ready, on the board.")
        self.empty.say(lost or ("" if shown else none))
        self.empty.setVisible(bool(self.empty.text()))

    def _make(self, count: int) -> None:
        while len(self.rows) < count:
            button = RunButton()
            button.clicked.connect(lambda _=False, b=button: self._open(b))
            self._column.insertWidget(len(self.rows), button)
            self.rows.append(button)
        while len(self.rows) > count:
            old = self.rows.pop()
            old.hide()
            old.deleteLater()

    def _open(self, button: RunButton) -> None:
        if button.row is not None and not button.row.laptop:
            self.open_subject.emit("guided", button.row.run)


class RunButton(QAbstractButton):
    """One run: all of the row opens it."""

    def __init__(self) -> None:
        super().__init__()
        self.row: RunRow | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("A run"))
        look().changed.connect(self.updateGeometry)

    def show_row(self, row: RunRow) -> None:
        """Show a run; nothing is painted where nothing changed."""
        if row != self.row:
            self.row = row
            self.setAccessibleName(row.sentence)
            is_ours = not row.laptop
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_ours else Qt.FocusPolicy.NoFocus)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, max(_HEIGHT, metrics().target))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t, row = QPainter(self), theme(), self.row
        rect = QRectF(self.rect())
        is_down = self.isDown() and row is not None and not row.laptop
        frame(p, rect, t.desired if is_down else t.panel, t.line, focused=self.hasFocus())
        if row is None:
            return
        inside = rect.adjusted(_PAD, _PAD, -_PAD, -_PAD)
        open_ = tr("Open")
        metric = QFontMetricsF(font(13, bold=True))
        button = max(metric.horizontalAdvance(open_) + 32, 80.0)
        box = QRectF(inside.right() - button, inside.center().y() - 20, button, 40)
        if row.laptop:
            paint.label(p, box, row.laptop, colour=t.muted, flags=paint.RIGHT)
        else:
            frame(p, box, t.range, t.muted)
            paint.label(p, box, open_, 13, bold=True, flags=paint.CENTRE)
        wide = inside.width() - button - 16
        left = QRectF(inside.left(), inside.top(), wide * _LEFT, inside.height())
        right = QRectF(left.right() + 16, inside.top(), wide - left.width() - 16, inside.height())
        _lines(p, left, ((row.title, 13, True), (row.where, 11, False), (row.people, 11, False)))
        clock = QRectF(right.right() - _TAIL, right.top(), _TAIL, 24)
        paint.label(p, clock, row.timer, 13, colour=t.value, flags=paint.RIGHT)
        wider = right if not row.timer else right.adjusted(0, 0, -_TAIL - 8, 0)
        first = QRectF(wider.left(), wider.top(), wider.width(), 24)
        paint.label(p, first, row.step, 13)
        state = QRectF(right.left(), right.top() + 26, right.width(), _LINE)
        paint.label(p, state, row.state, 11, bold=row.is_held)
        paint.label(p, state.translated(0, _LINE), row.elapsed, 11, colour=t.muted)


def _lines(p: QPainter, rect: QRectF, lines: Sequence[tuple[str, int, bool]]) -> None:
    y = rect.top()
    for number, (text, points, bold) in enumerate(lines):
        high = 26 if number == 0 else _LINE
        colour = theme().text if number == 0 else theme().muted
        paint.label(
            p,
            QRectF(rect.left(), y, rect.width(), high - 2),
            text,
            points,
            colour=colour,
            bold=bold,
        )
        y += high
