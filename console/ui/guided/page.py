"""One run of a procedure, one step at a time, over the whole window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.running.desk import RunView
from console.session.session import Refresh, Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.guided import questions
from console.ui.guided.banners import handover_text
from console.ui.guided.bottom import Bottom
from console.ui.guided.centre import Centre
from console.ui.guided.empty import Empty
from console.ui.guided.finish import Finish
from console.ui.guided.hands import Hands
from console.ui.guided.items import AnswerRow, ItemRow
from console.ui.guided.keys import Keys
from console.ui.guided.more import MoreSheet, choices
from console.ui.guided.others import open_runs
from console.ui.guided.outline import Outline
from console.ui.guided.past import KINDS, Past, read_past
from console.ui.guided.photos import beside
from console.ui.guided.review import order_of, order_text
from console.ui.guided.rows import TapRow
from console.ui.guided.scans import ScanRow
from console.ui.guided.sheets import Question, Sheet
from console.ui.guided.side import SidePanel
from console.ui.guided.situation import Act, Primary, Situation
from console.ui.guided.top import Top
from console.ui.guided.values import ValueRow
from console.ui.guided.words import Namer, choose_language
from console.ui.page import Page
from console.ui.work.time_doubt_bar import TimeDoubtBar
from console.work.orders.rules import State
from procedures.engine import commands as cmd
from procedures.engine.state import StepStatus

_NARROW = 1200
_STEP, _SHEET, _FINISH, _EMPTY = range(4)


class GuidedPage(Page):
    """One run of a procedure, one step at a time.

    ``show_subject`` turns to a run by its id; without one the newest open run is shown. Leaving the
    screen ends nothing.
    """

    name = "guided"
    icon = "work"
    is_whole = True

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.run = ""
        self.now: Situation | None = None
        self.hands = Hands(session)
        self.keys = Keys(self)
        self._language = ""
        self._understood: set[tuple[str, str, int, str]] = set()
        self._past = Past()
        self._past_of: tuple[str, int, int] = ("", -1, -1)
        self._news = 0
        self._sheet: QWidget | None = None
        self._sent: dict[str, str] = {}
        self._turning: object = None
        self.top = Top()
        self.outline = Outline()
        self.centre = Centre(self.hands)
        self.sheet = Sheet(session)
        self.finish = Finish()
        self.empty = Empty()
        self.side = SidePanel()
        self.bottom = Bottom()
        self.stack = QStackedWidget()
        self._lay_out()
        self._connect()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    # ---- what the window asks ----

    def title(self) -> str:
        """Return the word beside the icon."""
        return tr("Guided work")

    def headline(self) -> str:
        """Return what is done, and to what."""
        if self.now is None:
            return self.title()
        procedure, run = self.now.view.revision.procedure, self.now.view.run
        return f"{self.now.names.of(procedure.title)} > {self.now.names.part(run.subject)}"

    def show_subject(self, subject: str) -> None:
        """Turn to a run by its id."""
        if subject != self.run:
            self.run = subject
            self._close_sheet()
            self._language = ""
        self._look()

    def refresh(self, changes: Refresh) -> None:
        """Bring everything up to date."""
        self.doubt.refresh()
        self._hear(changes)
        self._look()

    def missed(self, changes: Refresh) -> None:
        """Note what was kept of a run while another page was shown."""
        self._hear(changes)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.keys.listen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        self.keys.listen(False)
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        wide = self.width() >= 1600
        self.outline.setFixedWidth(208 if narrow else 320 if wide else 264)
        self.side.setFixedWidth(240 if narrow else 416 if wide else 304)

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; while something is asked it leaves the question.
        is_asking = event.type() == QEvent.Type.ShortcutOverride and self._sheet is not None
        if is_asking and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._sheet is not None:
            self._close_sheet()
        else:
            super().keyPressEvent(event)

    # ---- looking ----

    def _hear(self, changes: Refresh) -> None:
        for entry in changes.entries:
            if entry.recorded and entry.event.kind in KINDS:
                self._news += 1

    def _look(self) -> None:
        """See how the run stands, and show it."""
        place = self.session.workplace
        view = self._view(place)
        self.now = self._situation(place, view) if place and view else None
        now = self.now
        if now is None or place is None:
            self._show_empty(place)
            return
        self.hands.run, self.hands.language = self.run, now.names.language
        self.hands.names, self.hands.spec = now.names, now.spec
        self._turn(now)
        self._read_past(place, now)
        self._show(place, now)

    def _view(self, place: Workplace | None) -> RunView | None:
        if place is None or not place.is_ready:
            return None
        if not self.run:
            newest = list(place.runs.open())
            self.run = newest[-1].id if newest else ""
        view = place.runs.view(self.run)
        if view is None or view.run.late:
            return None  # what is copied from paper is over: nobody is guided through it
        return place.runs.view(self.run, _signer(view, place.hands)) or view

    def _situation(self, place: Workplace, view: RunView) -> Situation:
        run = view.run
        procedure = view.revision.procedure
        shown = choose_language(procedure, self._language)
        names = Namer(self.session, run, procedure, shown)
        step = run.current
        mark = (run.id, step.step if step else "", step.visit if step else 0, place.hands)
        order = order_of(place, run.id)
        in_work = order is not None and order.state is State.IN_PROGRESS
        return Situation(
            view,
            names,
            place.hands,
            mark in self._understood,
            order.number if in_work and order else "",
            place.runs.session_id,
        )

    def _turn(self, now: Situation) -> None:
        """A question is about one step: where the run has moved on, it is over."""
        step = now.step
        at = (
            now.view.run.id,
            step.step if step else "",
            step.visit if step else 0,
            step.status if step else "",
            now.view.run.path,
        )
        if at != self._turning:
            self._turning = at
            self._close_sheet()

    def _read_past(self, place: Workplace, now: Situation) -> None:
        """Read the log beside the window when something of it is shown."""
        run = now.view.run
        if not (run.is_over or run.suspended_by):
            return
        wanted = (run.id, run.events, self._news)
        if wanted == self._past_of:
            return
        self._past_of = wanted
        folder, name = self.session.data, run.id

        def known(past: Past) -> None:
            self._past = past

        beside(place, lambda: read_past(folder, name), known, lambda _why: None)

    # ---- showing ----

    def _show_empty(self, place: Workplace | None) -> None:
        self.empty.show_why(place, self.run)
        self._close_sheet()
        self.stack.setCurrentIndex(_EMPTY)
        for part in (self.outline, self.side, self.bottom):
            part.hide()
        self.top.show_work(self.title(), "")
        self.top.show_runs(open_runs(place, self.run, self.session) if place else ())

    def _show(self, place: Workplace, now: Situation) -> None:
        for part in (self.outline, self.side, self.bottom):
            part.show()
        run, names = now.view.run, now.names
        self.top.show_work(names.of(now.view.revision.procedure.title), self._where(now))
        self.top.show_runs(open_runs(place, self.run, self.session))
        now_us = self.session.now().utc_us
        self.outline.show_run(now.view, names.language, now_us=now_us, name_of=names.person)
        self.side.show_step(self.session, now.view, now.spec)
        self.side.refresh()
        if run.is_over:
            self.finish.show_end(now, self._past, place.runs.gathering, order_text(place, self.run))
        else:
            self.centre.show_state(now, handover_text(self._past.handover))
        if self._sheet is None:
            self.stack.setCurrentIndex(_FINISH if run.is_over else _STEP)
        self._show_bottom(now)

    def _show_bottom(self, now: Situation) -> None:
        run = now.view.run
        primary = now.primary()
        if now.view.waits and self._is_recording(now):
            primary = Primary(Act.NOTHING, tr("Recording …"))
        elif self._sheet is not None:
            primary = Primary(
                Act.NOTHING, primary.text, tr("Answer the question first, or cancel it")
            )
        can_back_out = run.phase_holds and not run.is_over
        is_listed = primary.act in {Act.START, Act.COMPLETE} and self._sheet is None
        needs = len(now.needs()) if primary.why and is_listed else 0
        self.bottom.show_state(
            primary,
            needs,
            can_back_out=can_back_out,
            has_more=self._sheet is None,
        )

    def _is_recording(self, now: Situation) -> bool:
        """Whether an entry is merely on its way, not a disk in trouble."""
        return now.view.waits == tr("The last entry is still being recorded")

    def _where(self, now: Situation) -> str:
        run = now.view.run
        tank = self.session.tank_of(run.subject)
        parts = [now.names.part(run.subject)]
        if tank is not None and tank.name not in parts:
            parts.append(tank.name)
        if now.hands:
            parts.append(tr("at the console: {person}", person=now.names.person(now.hands)))
        if run.training:
            parts.append(tr("training"))
        return "  \N{MIDDLE DOT}  ".join(parts)

    # ---- what hands do ----

    def press(self) -> None:
        """Do the one thing that there is to do now, if it can be done."""
        self._look()
        now = self.now
        if now is None or self._sheet is not None:
            return
        primary = now.primary()
        if primary.is_possible:
            self._do(primary.act, now)

    def acknowledge(self) -> None:
        """Note that who is here has understood the hazards of this step."""
        now = self.now
        if now is None or now.step is None or not now.hands:
            return
        step = now.step
        self._understood.add((now.view.run.id, step.step, step.visit, now.hands))
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look()

    def _do(self, act: Act, now: Situation) -> None:
        hands, run = self.hands, now.view.run
        step = now.spec.id if now.spec else ""
        commands: dict[Act, Callable[[], cmd.Command]] = {
            Act.START: lambda: cmd.Start(
                step, hands.who, hands.language, now.spec.hazards if now.spec else ()
            ),
            Act.COMPLETE: lambda: cmd.Complete(step, hands.who),
            Act.CLOSE: lambda: cmd.Close(hands.who),
            Act.TAKE_OVER: lambda: cmd.TakeOver(hands.who, hands.language),
        }
        asked: dict[Act, Callable[[], Question | None]] = {
            Act.SIGN_IN: lambda: questions.sign_in_question(hands, now),
            Act.RELEASE: lambda: questions.release_question(hands, now),
            Act.RELEASE_HOLD: lambda: questions.hold_question(hands, now),
            Act.SECOND: lambda: questions.second_question(hands, now),
            Act.LEAVE_UNPROVEN: lambda: questions.unproven_question(hands, now),
            Act.REVIEW: lambda: questions.review_question(hands, now.order),
        }
        if act in commands:
            hands.ask(commands[act](), self._refuse)
        elif act in asked:
            self.put(asked[act]())
        elif act is Act.LEAVE:
            place = self.session.workplace
            order = order_of(place, run.id) if place else None
            self.open_subject.emit("work", order.number if order else "")

    def back_out(self) -> None:
        """Ask why, then go the way to safety."""
        if self.now is not None:
            self.put(questions.abort_question(self.hands, self.now))

    def put(self, asked: object) -> None:
        """Put a question, or another widget with a ``left`` signal, in place of the step."""
        if asked is None:
            return
        self._close_sheet()
        if isinstance(asked, Question):
            self._sheet = self.sheet
            self.stack.setCurrentIndex(_SHEET)
            self.sheet.put(asked)
        elif isinstance(asked, QWidget):
            self._sheet = asked
            asked.left.connect(self._close_sheet)  # type: ignore[attr-defined]
            self.stack.addWidget(asked)
            self.stack.setCurrentWidget(asked)
            asked.setFocus(Qt.FocusReason.OtherFocusReason)
        self._look()

    def more(self) -> None:
        """Show everything else that is possible."""
        if self.now is None:
            return
        sheet = MoreSheet(list(choices(self.hands, self.now, self._use_language, self._others())))
        sheet.picked.connect(self._picked)
        self.put(sheet)

    def _others(self) -> list[tuple[str, Callable[[], None]]]:
        """Return the ways to all other open work, also what has no room above."""
        place = self.session.workplace
        runs = open_runs(place, self.run, self.session) if place else ()
        return [
            (
                tr("Turn to: {work}", work=f"{run.where}: {run.waits}"),
                lambda name=run.run: self.show_subject(name),  # type: ignore[misc]
            )
            for run in runs
        ]

    def _picked(self, lead: Callable[[], object]) -> None:
        self._close_sheet()
        asked = lead()
        if isinstance(asked, Question):
            self.put(asked)
        self._look()

    def _use_language(self, code: str) -> None:
        self._language = code

    def _refuse(self, sentence: str) -> None:
        self.bottom.say(sentence)

    def _close_sheet(self) -> None:
        sheet, self._sheet = self._sheet, None
        if sheet is None:
            return
        if sheet is self.sheet:
            self.sheet.panel.done()
        else:
            self.stack.removeWidget(sheet)
            sheet.deleteLater()
        over = self.now is not None and self.now.view.run.is_over
        self.stack.setCurrentIndex(_FINISH if over else _STEP)
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- keys ----

    def _take_keys(self) -> None:
        """After a command the keyboard is the page's again, so that Enter is the one button."""
        where = self.focusWidget()
        is_kept = isinstance(where, TapRow) and where.isVisible()
        if self._sheet is None and not is_kept:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _entered(self) -> None:
        now = self.now
        if now is not None and self._sheet is None and now.asks_for_hazards and now.is_member:
            self.acknowledge()
        else:
            self.press()

    def _scanned(self, label: str) -> None:
        """Take what a scanner read for the next label that is wanted."""
        if self._sheet is not None or self.now is None:
            return
        row = self.centre.first(ScanRow)
        if row is not None:
            row.take(label)
        elif self.now.step is not None and self.now.step.status is StepStatus.READY:
            self.bottom.say(tr("{label} was scanned; start the step first", label=label))
        else:
            self.bottom.say(tr("{label} was scanned; no label is wanted now", label=label))

    def _typed(self, text: str) -> None:
        """Put what a hand types outside any field where it is wanted."""
        if self._sheet is not None or self.now is None:
            return
        answers = [row for row in self.centre.rows if isinstance(row, AnswerRow)]
        if text.isdecimal() and 0 < int(text) <= len(answers):
            answers[int(text) - 1].press()
            return
        value, scan = self.centre.first(ValueRow), self.centre.first(ScanRow)
        if value is not None and all(c in "0123456789.,-+" for c in text):
            value.type(text)
        elif scan is not None:
            scan.type(text)

    def _spaced(self) -> None:
        """Confirm the next line that has been read aloud."""
        row = self.centre.first(ItemRow) if self._sheet is None else None
        if row is not None:
            row.press()

    # ---- making ----

    def _connect(self) -> None:
        self.top.left.connect(lambda: self.open_subject.emit("work", ""))
        self.top.switched.connect(self.show_subject)
        self.empty.left.connect(lambda: self.open_subject.emit("work", ""))
        self.centre.understood.connect(self.acknowledge)
        self.hands.allowed.connect(self._take_keys)
        self.sheet.left.connect(self._close_sheet)
        self.hands.sheet.connect(self.put)
        self.hands.asked.connect(self._look)
        self.bottom.pressed.connect(self.press)
        self.bottom.backed_out.connect(self.back_out)
        self.bottom.more.connect(self.more)
        self.keys.entered.connect(self._entered)
        self.keys.scanned.connect(self._scanned)
        self.keys.wants_label = lambda: self.centre.first(ScanRow) is not None
        self.keys.typed.connect(self._typed)
        self.keys.spaced.connect(self._spaced)

    def _lay_out(self) -> None:
        self.doubt = TimeDoubtBar(self.session, asks=False)
        self.doubt.wanted.connect(lambda: self.open_subject.emit("work", "time"))
        for part in (self.centre, self.sheet, self.finish, self.empty):
            self.stack.addWidget(part)
        middle = QHBoxLayout()
        middle.setContentsMargins(8, 8, 8, 0)
        middle.setSpacing(8)
        middle.addWidget(self.outline)
        middle.addWidget(self.stack, 1)
        middle.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.top)
        column.addWidget(self.doubt)
        column.addLayout(middle, 1)
        column.addWidget(self.bottom)


def _signer(view: RunView, hands: str) -> str:
    """Return whose reasons are shown: who started the step, else who is at the console."""
    step = view.run.current
    if step is not None and step.status is not StepStatus.READY and step.executor:
        return step.executor
    return hands
