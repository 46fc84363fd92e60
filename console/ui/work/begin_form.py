"""The form that begins the procedure of an order: who, with what, and every reason why not yet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import LANGUAGES, language, tr
from console.ui.controls import Button, Choice, Field
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import font
from console.ui.work import order_words as words
from console.ui.work.acts import hands_of
from console.ui.work.begin_parts import Seat, Thing, group
from console.ui.work.begin_plan import BeginDesk, Beginning
from console.ui.work.begin_words import FLUID_NAMES, PPE_NAMES, is_fit, role_name
from console.ui.work.order_forms import time_of
from console.ui.work.order_sections import TwoColumns
from console.ui.work.order_signing import Signing
from console.ui.work.sign_panel import SignPanel
from console.ui.work.suggest import to_name
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.people.roles import same
from console.work.people.signature import Signature
from procedures.spec import People, Spare, Tool

_EXECUTE = "order.execute"
_WHY, _WHY_LOW, _LOW = 88, 48, 480


class BeginForm(QWidget):
    """``begun`` carries the id of a run that is on the disk, ``left`` that nothing was begun."""

    begun = Signal(str)
    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._desk: BeginDesk | None = None
        self._waits_for = ""
        self._checked = -1
        self._calibrated: dict[str, str] = {}
        self.seats: list[Seat] = []
        self.labels: dict[str, Field] = {}
        self.tools: list[Thing] = []
        self.spares: list[Thing] = []
        self.confirmed: list[Thing] = []
        self.language = Choice(tr("Language of the procedure"), (), self)
        self.language.hide()
        self.heading = Words("", 13)
        self.heading.setFont(font(13, bold=True))
        self.refused = Words()
        self.refused.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.go = Button(tr("Sign and begin"), primary=True)
        self.cancel = Button(tr("Cancel"))
        self.sign = SignPanel(session)
        self.sign.setAccessibleName(tr("Signature"))
        self._signing = Signing(self.sign, self)
        self._area = scrolling(QWidget(), tr("What the procedure begins with"))
        self._stack = QStackedWidget()
        self.setAccessibleName(tr("Begin the procedure"))
        self._lay_out()
        self.go.clicked.connect(self._sign)
        self.cancel.clicked.connect(self.left)
        self._signing.ended.connect(self._signed)

    @property
    def place(self) -> Workplace:
        """The people and orders of this console; raises Refused before the log is read."""
        hands_of(self._session)
        place = self._session.workplace
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        return place

    def begin(self, order: Order) -> None:
        """Ask anew for an order; raises Refused where its procedure cannot be read."""
        place = self.place
        revision = words.revision_of(place, order.procedure)
        if revision is None:
            raise Refused(tr("The text of the order's procedure is not in this log."))
        self._desk = BeginDesk(self._session, place, order, revision)
        self._waits_for = ""
        title = words.words_of(revision.procedure.title)
        part = words.place_name(self._session, order.about)
        self.heading.say(tr("{procedure} on {part}", procedure=title, part=part))
        self._build(place, self._desk)
        self._stack.setCurrentIndex(0)
        self._check()
        first: QWidget = self.seats[0].who if self.seats else self.language
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._why.setFixedHeight(_WHY if self.height() > _LOW else _WHY_LOW)

    def refresh(self) -> None:
        """Follow what happens meanwhile: another run, a paper that ends, the run on the disk."""
        place = self._session.workplace
        if place is None or self._desk is None:
            return
        if self._waits_for and place.runs.view(self._waits_for) is not None:
            run, self._waits_for, self._desk = self._waits_for, "", None
            self.left.emit()
            self.begun.emit(run)
        elif self.isVisible() and not self._waits_for and place.version != self._checked:
            self._check()

    @property
    def refusals(self) -> list[str]:
        """Every reason why the procedure cannot begin as things stand."""
        if self._desk is None:
            return []
        try:
            return self._desk.refusals(self._told())
        except Refused as refusal:
            return [str(refusal)]

    # ---- what was said ----

    def _told(self) -> Beginning:
        """Return what is in the form; raises Refused for a day that is none."""
        crew = tuple(dict.fromkeys(filter(None, (seat.person for seat in self.seats))))
        tools: dict[str, int | None] = {}
        for thing in self.tools:
            if thing.is_there:
                tools[thing.key] = time_of(thing.said) or None
        return Beginning(
            by=self.place.hands,
            crew=crew,
            language=self.language.key,
            named={name: (label.text().strip(),) for name, label in self.labels.items()},
            tools=tools,
            spares={thing.key: thing.said for thing in self.spares if thing.is_there},
            unconfirmed=tuple(t.tick.text() for t in self.confirmed if not t.is_there),
        )

    def _check(self) -> None:
        place = self._session.workplace
        self._checked = place.version if place else -1
        found = self.refusals
        shown = "\n".join(f"\N{BULLET} {one}" for one in found)
        self.refused.say(shown or tr("Everything is there."))
        self.go.setEnabled(not found and not self._waits_for)

    def _sign(self) -> None:
        desk = self._desk
        if desk is None:
            return
        try:
            place, told = self.place, self._told()
        except Refused as refusal:
            self.refused.say(str(refusal))
            return

        def go(_person: str, signature: Signature) -> None:
            failed = desk.go(told, signature)
            self._keep(told)
            self._waits_for = desk.run
            if failed:
                place.room.orders.note(told.by, desk.order.number, "; ".join(failed))

        signers = [one for one in place.room.desk.book.people.active() if same(one.id, told.by)]
        said = tr(
            "Begin {procedure} for order {number}; everybody and everything named is there.",
            procedure=words.words_of(desk.revision.procedure.title),
            number=desk.order.number,
        )
        self._stack.setCurrentIndex(1)
        shown = lambda: desk.shown(told)  # noqa: E731  asked when the PIN is given
        self._signing.ask(place, said, signers, _EXECUTE, shown, go, verb=tr("Sign and begin"))

    def _signed(self) -> None:
        self._stack.setCurrentIndex(0)
        if self._waits_for:
            self.refused.say(tr("Begun; it opens as soon as it is on the disk."))
            self.go.setEnabled(False)
        else:
            self._check()
            self.go.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self, told: Beginning) -> None:
        """Remember calibrations for the next work with the same tools."""
        self._calibrated |= {t.key: t.said for t in self.tools if t.key in told.tools and t.said}

    # ---- putting together ----

    def _build(self, place: Workplace, desk: BeginDesk) -> None:
        needs = desk.revision.procedure.requires
        self.seats = [
            self._seat(place, desk.order, need) for need in needs.people for _ in range(need.count)
        ]
        self._fill(place, desk.order)
        self.tools = [self._tool(tool) for tool in needs.tools]
        self.spares = [self._spare(place, desk.order, spare) for spare in needs.spares]
        self.confirmed = [
            *(Thing(need.fluid, self._fluid(need.fluid, need.litres)) for need in needs.fluids),
            *(Thing(item, tr(PPE_NAMES[item])) for item in needs.ppe),
            *(Thing(permit.id, words.words_of(permit.text)) for permit in needs.permits),
        ]
        both = TwoColumns(tr("What the procedure begins with"))
        groups: list[tuple[str, list[QWidget], bool]] = [
            (tr("People"), [*self.seats], True),
            (tr("Labels"), self._labels(desk), True),
            (tr("Language"), [self._languages(desk)], True),
            (tr("Tools, and until when they are calibrated"), [*self.tools], False),
            (tr("Spares"), [*self.spares], False),
            (tr("At hand and worn"), [*self.confirmed], False),
        ]
        for title, rows, is_left in groups:
            if rows:
                side = both.left if is_left else both.right
                side.addWidget(group(title, rows, self._check))
        both.left.addStretch(1)
        both.right.addStretch(1)
        both.setAutoFillBackground(False)
        self._area.setWidget(both)
        self._chain()
        both.setAutoFillBackground(False)

    def _chain(self) -> None:
        """The keyboard goes through the form as it is read, and comes to its buttons last."""
        order: list[QWidget] = [seat.who for seat in self.seats]
        order += [*self.labels.values(), self.language]
        for thing in (*self.tools, *self.spares, *self.confirmed):
            order += [part for part in (thing.tick, thing.ask) if part is not None]
        before: QWidget = self._area
        for widget in (*order, self.cancel, self.go):
            self.setTabOrder(before, widget)
            before = widget

    def _seat(self, place: Workplace, order: Order, need: People) -> Seat:
        people = list(place.room.desk.book.people.with_role(need.role))
        first = [one for one in people if any(same(one.id, who) for who in order.assigned)]
        others = [one for one in people if one not in first]
        now_us = self._session.now().utc_us
        return Seat(role_name(need.role), need, [*first, *others], now_us)

    def _fill(self, place: Workplace, order: Order) -> None:
        """Propose a crew: who is at the console and who is assigned first, nobody twice."""
        now_us, taken = self._session.now().utc_us, set[str]()
        wanted = [place.hands, *order.assigned]
        everybody = place.room.desk.book.people.active()
        fit = {
            seat: [one for one in everybody if is_fit(one, seat.need, now_us)]
            for seat in self.seats
        }
        # The seat that few can take is filled first, or somebody sits where others could.
        for seat in sorted(self.seats, key=lambda seat: len(fit[seat])):
            known = sorted(fit[seat], key=lambda p: (p.id not in wanted, len(p.roles), p.name))
            free = [person for person in known if person.id not in taken]
            if free:
                taken.add(free[0].id)
                seat.who.choose(free[0].id)

    def _tool(self, tool: Tool) -> Thing:
        title = words.words_of(tool.title)
        shown = f"{tool.count} × {title}" if tool.count > 1 else title
        if not tool.calibrated:
            return Thing(tool.id, shown)
        until = Field(tr("{tool}: calibrated until", tool=title), tr("YYYY-MM-DD"))
        thing = Thing(tool.id, shown, until)
        until.setText(self._calibrated.get(tool.id, ""))
        return thing

    def _spare(self, place: Workplace, order: Order, spare: Spare) -> Thing:
        title = words.words_of(spare.title)
        shown = f"{spare.count} × {title}" if spare.count > 1 else title
        if not spare.serial:
            return Thing(spare.id, shown)
        name = tr("{spare}: serial number", spare=title)
        serials = _reserved(place, order, spare.part)
        if not serials:
            return Thing(spare.id, shown, Field(name, tr("Serial number")))
        choices = [("", tr("choose")), *((serial, serial) for serial in serials)]
        return Thing(spare.id, shown, Choice(name, choices))

    def _fluid(self, fluid: str, litres: float) -> str:
        return tr("{fluid}, {litres} L", fluid=tr(FLUID_NAMES[fluid]), litres=f"{litres:g}")

    def _labels(self, desk: BeginDesk) -> list[QWidget]:
        procedure = desk.revision.procedure
        self.labels = {}
        for name, spec in to_name(self._session, procedure, desk.order.about):
            title = words.words_of(spec.title) if spec.title else name
            self.labels[name] = Field(title, tr("{what}: scan or write its label", what=title))
            self.labels[name].textChanged.connect(self._check)
        return list(self.labels.values())

    def _languages(self, desk: BeginDesk) -> Choice:
        codes = desk.revision.procedure.languages
        choices = [(code, LANGUAGES.get(code, code)) for code in codes]
        self.language = Choice(tr("Language of the procedure"), choices)
        self.language.choose(language())
        self.language.currentIndexChanged.connect(self._check)
        return self.language

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        for button in (self.cancel, self.go):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            foot.addWidget(button)
        self._area.setMinimumHeight(60)
        asks = QWidget()
        column = QVBoxLayout(asks)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self._area, 1)
        self._why = scrolling(self.refused, tr("Why it cannot begin yet"))
        column.addWidget(self._why)
        column.addLayout(foot)
        self._stack.addWidget(asks)
        self._stack.addWidget(scrolling(self.sign, tr("Signature")))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._stack)


def _reserved(place: Workplace, order: Order, part: str) -> list[str]:
    """Return the serial numbers of pieces that are promised to an order and lie in a store."""
    book = place.room.desk.book
    return [
        asset.serial
        for promised, store, _ in book.stock.reservations(order.number)
        if part in {"", promised}
        for asset in book.assets.stored(promised, store)
    ]
