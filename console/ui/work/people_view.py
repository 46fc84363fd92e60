"""Everybody in a list; of the one who is chosen everything that is known, and what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button, Choice, Segments
from console.ui.plain_table import Line
from console.ui.setup_parts import FactList, Words
from console.ui.theme import metrics
from console.ui.work.acts import Act, allowed
from console.ui.work.order_signing import Signing
from console.ui.work.people_acts import MANAGE, RESET, person_acts, recorded
from console.ui.work.people_reading import Results, TrainingReading
from console.ui.work.people_rows import (
    COLUMNS,
    HISTORY_COLUMNS,
    NARROW_HIDES,
    QUALIFIED_COLUMNS,
    SHOWN,
    TRAINING_COLUMNS,
    Wanted,
    history_lines,
    people_lines,
    permission_words,
    person_facts,
    qualified_lines,
    role_names,
    same_person,
    training_lines,
)
from console.ui.work.person_form import Entry, PersonForm
from console.ui.work.pin_form import Chosen, PinForm, pin_rules
from console.ui.work.sign_panel import SignPanel
from console.ui.work.things_view import MINUTE_US, Detail, ReadTable, ThingsView
from console.work.book import WorkBook
from console.work.events import Refused
from console.work.people.desk import SecondNeededError, grant_shown
from console.work.people.roster import ADMIN, Person
from console.work.people.signature import Signature

_TAB_LEAST = 72
_ALL = (1 << 24) - 1
"""As many pixels as Qt lets a widget have."""
Do = Callable[[str, Entry, Signature | None], str]


class PeopleView(ThingsView):
    """The roster. Whoever may not change it is told so, in words, before a form opens."""

    narrow_hides = NARROW_HIDES

    def __init__(self, session: Session) -> None:
        self.facts = FactList(tr("What is known"))
        self.permits = Words(quiet=True)
        self.more = _More()
        self.detail = Detail(self.facts, self.permits, self.more, stretch=2)
        super().__init__(
            session, tr("People"), COLUMNS, tr("Name, role, qualification"), self.detail
        )
        self.shown = Choice(tr("Show"), [(key, tr(name)) for key, name in SHOWN.items()])
        self.add_choice(self.shown)
        self.shown.currentIndexChanged.connect(self.look_again)
        self.results = Results()
        self._reading = TrainingReading(session.data, self)
        self._reading.answered.connect(self._take_results)
        self._asked: object = None
        self._do: Do = _nothing
        self._pin_of: Person | None = None
        self._panels()

    def fit_side(self) -> None:
        """Give everything to the right side while keys on the screen are needed there."""
        is_whole = metrics().glove and (self.pin.isVisible() or self.sign.isVisible())
        for part in (self.search, self.shown, self.count, self.table, self.acts.always):
            part.setVisible(not is_whole)
        super().fit_side()
        if is_whole:
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(_ALL)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Show, QEvent.Type.Hide}:
            self.fit_side()
        return super().eventFilter(watched, event)

    # ---- what the list says ----

    def wanted(self) -> object:
        place = self.place
        here = place.hands if place is not None else ""
        return Wanted(self.search.text(), self.shown.key), here, self._locked(), self.results

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        place = self.place
        if place is None:
            return ()
        wanted, desk = Wanted(self.search.text(), self.shown.key), place.room.desk
        return people_lines(book, wanted, desk.now(), desk.log, hands=place.hands)

    def refresh(self) -> None:
        """Show what is new, and look for results of trainings once a minute while it is shown."""
        minute = self.session.now().utc_us // MINUTE_US
        place = self.place
        if place is not None and (place.version, minute) != self._asked:
            self._asked = (place.version, minute)
            self._reading.ask()
        super().refresh()

    def show_thing(self, book: WorkBook, key: str) -> None:
        person = book.people.get(key) if key else None
        for part in (self.facts, self.permits, self.more):
            part.setVisible(person is not None)
        place = self.place
        if person is None or place is None:
            self.detail.head(tr("Nobody chosen"), tr("Choose a row to see who it is."))
            return
        now = place.room.desk.now()
        self.detail.head(person.name, role_names(book.roles, person.roles))
        self.facts.show_facts(person_facts(book, person, now, place.room.desk.log))
        self.permits.say(permission_words(book, person))
        self.more.qualified.show_lines(qualified_lines(book, person, now.utc_us))
        self.more.history.show_lines(history_lines(book, person, now.utc_us))
        self.more.show_trainings(training_lines(self.results.all, person, now.utc_us))
        self.more.say_empty(person, self.results)

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        person = book.people.get(key) if key else None
        if person is None:
            return ()
        opens = {"change": lambda: self._change(key), "pin": lambda: self._set_pin(key)}
        return person_acts(self.session, person, opens)

    def always_of(self, book: WorkBook) -> Sequence[Act]:
        add = Act("add", tr("Add a person"), MANAGE, lambda _by, _a: "", opens=self._add)
        return (add,)

    def _locked(self) -> frozenset[str]:
        place = self.place
        if place is None:
            return frozenset()
        now, everybody = place.room.desk.now(), place.room.book.people.everybody()
        return frozenset(one.id for one in everybody if one.lock.left_s(now) > 0)

    def _take_results(self, results: object) -> None:
        if isinstance(results, Results) and results != self.results:
            self.results = results
            self.look_again()

    # ---- adding and changing ----

    def _add(self) -> None:
        allowed(self.session, MANAGE)

        def do(by: str, entry: Entry, second: Signature | None) -> str:
            people = self._workplace().room.people
            people.add(
                by, entry.id, entry.name, entry.roles, language=entry.language, second=second
            )
            return entry.id

        self._begin_form(None, do)

    def _change(self, key: str) -> None:
        allowed(self.session, MANAGE)
        person = self._workplace().room.desk.who(key)

        def do(by: str, entry: Entry, second: Signature | None) -> str:
            people = self._workplace().room.people
            people.change(
                by,
                person.id,
                name=entry.name if entry.name != person.name else None,
                roles=entry.roles if entry.roles != person.roles else None,
                language=entry.language if entry.language != person.language else None,
                second=second,
            )
            return ""

        self._begin_form(person, do)

    def _begin_form(self, person: Person | None, do: Do) -> None:
        self._do = do
        self.acts.show_panel(self.form)
        self.form.begin(person)

    def _entered(self, entry: Entry) -> None:
        """Do it; where a second administrator has to sign, ask for that first."""
        try:
            self._done(self._do(allowed(self.session, MANAGE), entry, None), entry)
        except SecondNeededError as needed:
            self._ask_second(entry, str(needed))
        except Refused as refusal:
            self.form.says.say(str(refusal))

    def _ask_second(self, entry: Entry, why: str) -> None:
        place = self._workplace()
        book = place.room.book
        others = [
            one
            for one in book.people.with_role(ADMIN)
            if not same_person(one.id, place.hands) and not same_person(one.id, entry.id)
        ]
        words = tr(
            "{name} becomes {roles}. {why}",
            name=entry.name,
            roles=role_names(book.roles, entry.roles),
            why=why,
        )

        def then(_person: str, signature: Signature) -> None:
            self._done(self._do(allowed(self.session, MANAGE), entry, signature), entry)

        self.acts.show_panel(self.sign)
        self._signing.ask(
            place, words, others, MANAGE, lambda: grant_shown(entry.id, entry.roles), then
        )

    def _signed(self) -> None:
        """Whatever came of the signature, what is left of it goes."""
        if self.acts.is_open and not self.form.isVisible() and not self.pin.isVisible():
            self.acts.leave()

    def _done(self, added: str, entry: Entry) -> None:
        self.acts.leave()
        if not added:
            self.acts.say(recorded())
            return
        self._set_pin(added, tr("{person} was added.", person=entry.name))

    # ---- PINs ----

    def _set_pin(self, key: str, before: str = "") -> None:
        by = allowed(self.session, RESET)
        desk = self._workplace().room.desk
        person = desk.who(key)
        if same_person(by, person.id):
            raise Refused(
                tr("Your own PIN is changed at the top right of the window, under your name.")
            )
        self._pin_of = person
        rules = pin_rules(desk.roles, person.roles)
        told = tr("{person} types it here and tells it to nobody.", person=person.name)
        self.acts.show_panel(self.pin)
        heading = tr("New PIN or passphrase of {person}", person=person.name)
        self.pin.begin(heading, " ".join(filter(None, (before, told, rules))))

    def _new_pin(self, chosen: Chosen) -> None:
        person = self._pin_of
        if person is None:
            return
        try:
            by = allowed(self.session, RESET)
        except Refused as refusal:
            self.pin.refuse(str(refusal))
            return
        place = self._workplace()

        def done(_nothing: None) -> None:
            if self.pin.isVisibleTo(self):
                self.acts.leave()
            self.acts.say(tr("The PIN of {person} is set.", person=person.name))

        place.later(place.room.gate.set_pin(by, person.id, chosen.pin), done, self.pin.refuse)

    # ---- inside ----

    def _workplace(self) -> Workplace:
        place = self.place
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        return place

    def _panels(self) -> None:
        """Make what opens in the place of a person."""
        place = self.session.workplace
        if place is None:
            raise RuntimeError("people are shown where there is a workplace")
        self.form = PersonForm(place.room.desk.roles)
        self.pin = PinForm()
        self.sign = SignPanel(self.session)
        self._signing = Signing(self.sign, self)
        for panel in (self.form, self.pin, self.sign):
            self.acts.add_panel(panel)
            panel.installEventFilter(self)
        self.form.given.connect(self._entered)
        self.form.left.connect(self.acts.leave)
        self.pin.given.connect(self._new_pin)
        self.pin.left.connect(self.acts.leave)
        self._signing.ended.connect(self._signed)


class _More(QWidget):
    """Qualifications, trainings and history of one person, one at a time."""

    def __init__(self) -> None:
        super().__init__()
        names = (tr("Qualifications"), tr("Trainings"), tr("History"))
        self.qualified = ReadTable(names[0], QUALIFIED_COLUMNS)
        self.trainings = ReadTable(names[1], TRAINING_COLUMNS)
        self.history = ReadTable(names[2], HISTORY_COLUMNS)
        self._tables = (self.qualified, self.trainings, self.history)
        keys = ("qualified", "trainings", "history")
        self.which = Segments(tr("Show of this person"), list(zip(keys, names, strict=True)))
        for button in self.which.findChildren(Button):
            button.setMinimumWidth(_TAB_LEAST)  # gives way in a narrow panel
        self.empty = Words("", 13, quiet=True)
        self._empty: dict[QWidget, str] = dict.fromkeys(self._tables, "")
        self._stack = QStackedWidget()
        for table in self._tables:
            self._stack.addWidget(table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.which)
        column.addWidget(self.empty)
        column.addWidget(self._stack, 1)
        column.addStretch(0)
        self.which.chosen.connect(self._turn)
        self._keys = keys

    def show_trainings(self, lines: tuple[Line, ...]) -> None:
        """Show the results of trainings."""
        self.trainings.show_lines(lines)

    def say_empty(self, person: Person, results: Results) -> None:
        """Say why a table is empty, and the next step."""
        self._empty = {
            self.qualified: tr("{person} has no qualification.", person=person.name),
            self.trainings: results.trouble
            or tr("No training yet. It begins with: tankside train"),
            self.history: tr("Nothing is recorded."),
        }
        self._turn(self.which.key)

    def _turn(self, key: str) -> None:
        table = self._tables[self._keys.index(key)]
        self._stack.setCurrentWidget(table)
        said = "" if table.lines else self._empty[table]
        self.empty.say(said)
        self.empty.setVisible(bool(said))
        self._stack.setVisible(not said)


def _nothing(_by: str, _entry: Entry, _second: Signature | None) -> str:
    """Do nothing: no form was opened."""
    return ""
