"""The page for filled forms: find one, copy it box by box, have it compared: it is in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.documents.codes import shown_form
from console.documents.reentry import entered_before
from console.session.late.faults import CopyError, Fault
from console.session.session import Refresh, Session
from console.session.workplace import Workplace
from console.text import language, tr
from console.ui.controls import Button
from console.ui.guided.photos import beside
from console.ui.guided.words import Namer
from console.ui.late.compare_view import CompareView
from console.ui.late.copying import CLOSING, OPENING, Copying, open_form
from console.ui.late.entry_view import EntryView
from console.ui.late.find_view import FindView
from console.ui.late.form_outline import WIDE, FormOutline
from console.ui.late.panels import FormHead, Over, WayBack
from console.ui.page import Page
from console.ui.setup_parts import Words, scrolling
from console.ui.work.begin_words import refusals
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from procedures.engine.sentence import Sentence
from procedures.engine.state import LATE


class LatePage(Page):
    """``copying`` is the form that is open, None while one is looked for."""

    name = "late"
    icon = "work"
    is_whole = True

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.copying: Copying | None = None
        self._wanted = ""
        self.is_busy = False
        self.finder = FindView(session, lambda: self.place)
        self.sign_in = SignPanel(session)
        self.head = FormHead()
        self.outline = FormOutline()
        self.entry = EntryView(lambda: self.place)
        self.compare = CompareView(session, lambda: self.place)
        self.way_back = WayBack()
        self.over = Over()
        self.said = Words("", 13)
        self.go = Button(tr("Check and go on"), primary=True)
        self.undo = Button(tr("Take back"))
        self.abort = Button(tr("Way back …"))
        self.check = Button(tr("Compare …"))
        self.leave = Button(tr("Leave"))
        self._stack = QStackedWidget()
        self._middle = QStackedWidget()
        self._lay_out()
        self._connect()

    def title(self) -> str:
        """Return what the page is called."""
        return tr("Filled forms")

    @property
    def place(self) -> Workplace | None:
        """The people and runs of this console."""
        return self.session.workplace

    @property
    def settled(self) -> bool:
        """Whether nothing is being looked for or tried."""
        return not self.is_busy

    def show_subject(self, subject: str) -> None:
        """Open a form by its number or code; one that is open stays until it is left."""
        if self.copying is None and subject:
            self.finder.field.setText(subject)
            self.want(subject)

    def refresh(self, changes: Refresh) -> None:
        """Bring the list of forms up to date, and ask who copies once the log is read."""
        place = self.place
        if self.copying is None:
            self.finder.refresh()
            if self._wanted and place is not None and place.is_ready and not self.is_busy:
                self.want(self._wanted)

    # ---- finding ----

    def want(self, text: str) -> None:
        """Look for a form; whoever copies it signs in first."""
        place = self.place
        if place is None or not place.is_ready:
            self._wanted = text
            self.finder.say(tr("The work log is being read"))
            return
        self._wanted = ""
        if not place.hands:
            self._sign_in(lambda: self.want(text))
            return
        self.is_busy = True
        self.finder.say(tr("Looking for the form"))
        who = place.hands
        beside(
            place,
            lambda: open_form(self.session, place, text, copied_by=who),
            self._found,
            self._not_found,
        )

    def _not_found(self, why: str) -> None:
        self.is_busy = False
        self.finder.say(why)
        self.finder.field.selectAll()
        self.finder.field.setFocus()

    def _found(self, copying: Copying) -> None:
        self.is_busy = False
        self.finder.say("")
        self.copying = copying
        self._stack.setCurrentIndex(1)
        before = entered_before(copying.found)
        self._show()
        self.tell(before)

    # ---- copying ----

    def enter(self) -> None:
        """Check what is in the boxes, and take it where it keeps to the rules."""
        copying, place = self.copying, self.place
        if copying is None or place is None or self.is_busy:
            return
        if place.hands != copying.pad.copied_by:
            self._sign_in(self.enter)
            return
        place.touch()
        self.is_busy = True
        self.tell(tr("Checking"))
        self.entry.say({})
        copying.texts |= self.entry.texts()
        work = self._work(copying)
        beside(place, lambda: _tried(work), self._tried, self._refused)

    def _work(self, copying: Copying) -> Callable[[], None]:
        """Return what is to be tried: read from the boxes here, done beside the window."""
        if copying.at == OPENING:
            target, named, told = self.entry.opening()
            return lambda: copying.begin(target, named, told)
        if copying.at == CLOSING:
            return copying.close
        written = self.entry.step()
        return lambda: copying.enter(written)

    def _tried(self, faults: tuple[Fault, ...]) -> None:
        self.is_busy = False
        if faults:
            told = {one.box: self._words(one) for one in reversed(faults)}
            left = self.entry.say(told)
            self.tell("\n".join(left))
            return
        self._forget_step()
        self._show()

    def _refused(self, why: str) -> None:
        self.is_busy = False
        self.tell(why)

    def _forget_step(self) -> None:
        """A step that is done again has the same boxes on a second sheet: they begin empty."""
        copying = self.copying
        if copying is not None and copying.at not in {OPENING, CLOSING, ""}:
            prefix = f"step/{copying.at}/"
            again = copying.run is not None and copying.run.visits.get(copying.at, 1) > 1
            if again:
                kept = {k: v for k, v in copying.texts.items() if not k.startswith(prefix)}
                copying.texts = kept

    def take_back(self) -> None:
        """Take the last entry back that nobody has compared."""
        if self.copying is not None and self.copying.pad.can_undo:
            self.copying.pad.undo()
            self._show()

    def _take_way_back(self) -> None:
        copying, place = self.copying, self.place
        if copying is None or place is None or self.is_busy:
            return
        by, time, reason = (row.text for row in self.way_back.rows)
        self.is_busy = True
        work = lambda: copying.pad.way_back(by, time, reason)  # noqa: E731  done beside the window
        beside(place, lambda: _tried(work), self._way_taken, self._refused)

    def _way_taken(self, faults: tuple[Fault, ...]) -> None:
        self.is_busy = False
        self.way_back.say({one.box: self._words(one) for one in faults})
        if not faults:
            self._show()

    def tell(self, sentence: str) -> None:
        """Say something above the buttons; nothing takes no room."""
        self.said.say(sentence)
        self.said.setVisible(bool(sentence))

    # ---- comparing ----

    def _compare(self) -> None:
        if self.copying is not None and self.copying.pad.pending:
            copying = self.copying
            copying.texts |= self.entry.texts()
            self._middle.setCurrentWidget(self.compare)
            self._bar.hide()
            self.compare.show_form(copying)

    def _signed(self, person: str, pin: str) -> None:
        place, copying = self.place, self.copying
        if place is None or copying is None:
            return
        try:
            copying.pad.second_person(person)
        except CopyError as error:
            self.compare.refuse(str(error))
            return

        def proven(_person: Any) -> None:
            place.touch()
            try:
                copying.record(person)
            except CopyError as error:
                self.compare.refuse("; ".join(map(self._words, error.faults)))
            except Refused as refusal:
                self.compare.sign.done()
                self._show()
                self.tell(str(refusal))
            else:
                self.compare.sign.done()
                self._show()

        place.later(place.room.gate.prove(person, pin), proven, self.compare.refuse)

    # ---- showing ----

    def _show(self) -> None:
        """Show what is to be copied next, or that all is in the log."""
        copying = self.copying
        if copying is None:
            return
        self.tell("")
        self._bar.show()
        self.head.show_form(copying)
        self.outline.show_form(copying)
        self._side.ensureVisible(0, self.outline.top_of(copying.at), 0, 120)
        waiting = len(copying.pad.pending)
        self.undo.setVisible(copying.pad.can_undo)
        self.check.setVisible(waiting > 0)
        self.check.setText(tr("Compare ({count}) …", count=waiting))
        self.check.updateGeometry()
        is_step = copying.at not in {OPENING, CLOSING, ""}
        run = copying.run
        self.abort.setVisible(is_step and run is not None and run.phase_holds)
        self.go.setVisible(bool(copying.at))
        if copying.at:
            self.entry.show_at(copying, copying.at)
            self._middle.setCurrentWidget(self.entry)
        elif waiting:
            self._compare()
        else:
            person = self.place.room.desk.book.people.get if self.place else None
            copier = person(copying.pad.copied_by) if person else None
            name = copier.name if copier else copying.pad.copied_by
            self.over.show_form(copying, name, self._exceptions(copying))
            self._middle.setCurrentWidget(self.over)
            self._bar.hide()

    def _exceptions(self, copying: Copying) -> list[str]:
        run = copying.run
        if run is None:
            return []
        procedure = copying.found.form.revision.procedure
        namer = Namer(self.session, run, procedure, language())
        found = []
        for one in run.irregularities:
            if one.about == LATE:
                form = shown_form(run.late)
                found.append(tr("Copied from paper, form {form}", form=form))
                continue
            step = procedure.steps.get(one.step)
            title = namer.title(one.about, step) if one.about and step else one.about
            where = tr("step {number}", number=copying.number(one.step)) if step else ""
            label = _kind_label(one.kind)
            found.append(", ".join(part for part in (where, label, title, one.text) if part))
        return found

    def _words(self, one: Fault) -> str:
        if not isinstance(one.why, Sentence):
            return one.why
        copying, place = self.copying, self.place
        if copying is None or place is None:
            return str(one.why)
        procedure = copying.found.form.revision.procedure
        if copying.run is None:
            return "\n".join(refusals(place, procedure, [one.why], self.session.name_of))
        namer = Namer(self.session, copying.run, procedure, language())
        step = procedure.steps.get(copying.at)
        return namer.sentence(one.why, step)

    def close_form(self) -> None:
        """Leave the form; what nobody compared is not in the log and is gone."""
        self.copying = None
        self.finder.again()
        self._stack.setCurrentIndex(0)
        self.finder.field.setFocus()

    def _leave(self) -> None:
        copying = self.copying
        if (
            copying is not None
            and copying.pad.pending
            and self.leave.text() != tr("Leave all the same")
        ):
            self.tell(
                tr(
                    "{count} entries are not compared and would be lost. Have them compared, or"
                    " leave all the same.",
                    count=len(copying.pad.pending),
                )
            )
            self.leave.setText(tr("Leave all the same"))
            self.leave.updateGeometry()
            return
        self.leave.setText(tr("Leave"))
        self.close_form()

    def _sign_in(self, then: Callable[[], None]) -> None:
        place = self.place
        if place is None:
            return
        shown = self._stack.currentIndex()

        def given(person: str, pin: str) -> None:
            place.sign_in(person, pin, entered, self.sign_in.refuse)

        def entered() -> None:
            over()
            self.sign_in.done()
            then()

        def over() -> None:
            self.sign_in.given.disconnect(given)
            self.sign_in.cancelled.disconnect(over)
            self._stack.setCurrentIndex(shown)

        self.sign_in.given.connect(given)
        self.sign_in.cancelled.connect(over)
        self._stack.setCurrentIndex(2)
        wanted = self.copying.pad.copied_by if self.copying else ""
        people = [one for one in place.room.desk.book.people.active() if wanted in {"", one.id}]
        self.sign_in.ask(tr("Sign in: you copy this form"), people, verb=tr("Sign in"))

    def _connect(self) -> None:
        self.finder.wanted.connect(self.want)
        self.finder.left.connect(lambda: self.open_subject.emit("work", ""))
        self.go.clicked.connect(self.enter)
        self.undo.clicked.connect(self.take_back)
        self.check.clicked.connect(self._compare)
        self.leave.clicked.connect(self._leave)
        self.compare.left.connect(self._show)
        self.compare.signed.connect(self._signed)
        self.abort.clicked.connect(lambda: self._middle.setCurrentWidget(self.way_back))
        self.way_back.taken.clicked.connect(self._take_way_back)
        self.way_back.back.clicked.connect(self._show)
        self.over.another.clicked.connect(self.close_form)
        self.over.to_work.clicked.connect(lambda: self.open_subject.emit("work", ""))

    def _lay_out(self) -> None:
        self._side = scrolling(self.outline, tr("Pages and steps of the form"))
        self._side.setFixedWidth(WIDE)
        self._bar = QWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.leave, self.undo, self.abort):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.check)
        buttons.addWidget(self.go)
        bar = QVBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(8)
        bar.addWidget(self.said)
        bar.addLayout(buttons)
        for part in (self.entry, self.compare, self.way_back, self.over):
            self._middle.addWidget(part)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self._middle, 1)
        right.addWidget(self._bar)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(self._side)
        below.addLayout(right, 1)
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addLayout(below, 1)
        signing = QWidget()
        middle = QVBoxLayout(signing)
        middle.setContentsMargins(24, 24, 24, 24)
        middle.addWidget(self.sign_in)
        middle.addStretch(1)
        for page in (self.finder, form, signing):
            self._stack.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)
        self.setFocusProxy(self.finder)


def _tried(work: Callable[[], None]) -> tuple[Fault, ...]:
    try:
        work()
    except CopyError as error:
        return error.faults
    return ()


def _kind_label(kind: str) -> str:
    from console.history.kinds import label

    return label(kind)
