"""The form of a new order: by hand, from an alarm, from a wish, or from a check that failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout

from console.alarms.events import AlarmKey
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.conditions import alarm_name
from console.ui.controls import Choice, frame
from console.ui.theme import look, theme
from console.ui.work import order_words as words
from console.ui.work.acts import Act, ActForm, Answers, Ask, allowed
from console.ui.work.cards import REQUEST, request_reason
from console.ui.work.order_forms import plan_asks, time_of
from console.ui.work.suggest import fitting, suggested
from console.work.events import Refused
from console.work.orders.desk import BY_HAND, NewOrder
from console.work.orders.model import Order, Origin, ProcedureRef, Request, Source

_LATER = "-"
_ALARM, _CHECK = "alarm:", "check:"
_USUAL = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """What a new order is about and comes from: ``request`` a wish, ``alarm`` an alarm."""

    part: str = ""
    title: str = ""
    priority: int = _USUAL
    source: Source = BY_HAND
    alarm: str = ""
    request: Request | None = None

    @property
    def because(self) -> str:
        """What it comes from, in words; empty by hand."""
        return self.source.what


def ground_of(session: Session, place: Workplace, subject: str) -> Ground:
    """Return what a subject of the page asks for: ``request:ID``, or what follows ``new:``."""
    if subject.startswith(REQUEST):
        wish = place.room.book.requests.get(subject.removeprefix(REQUEST))
        return _of_wish(session, wish) if wish else Ground()
    if subject.startswith(_ALARM):
        named = [*subject.removeprefix(_ALARM).split("|", 2), "", ""]
        return _of_alarm(session, AlarmKey(*named[:3]))
    if subject.startswith(_CHECK):
        part, _, what = subject.removeprefix(_CHECK).partition("|")
        return Ground(
            part, tr("Check failed: {what}", what=what), 2, Source(Origin.CHECK, what, part)
        )
    wish = _wish_about(place, subject)
    if wish is not None:
        return _of_wish(session, wish)
    return Ground(subject) if subject in _parts(session) else Ground()


def _wish_about(place: Workplace, part: str) -> Request | None:
    open_ = (wish for wish in place.room.book.open_requests() if wish.about == part)
    return next(open_, None) if part else None


def _of_wish(session: Session, wish: Request) -> Ground:
    reason = request_reason(wish)
    part = session.name_of(wish.about)
    title = (
        tr("{part}: {why}", part=part, why=reason) if reason else tr("Work on {part}", part=part)
    )
    origin = Origin.XID if wish.xids else Origin.CHECK if wish.findings else Origin.HAND
    source = Source(origin, reason, wish.about, wish.id)
    return Ground(wish.about, title, 2 if wish.xids else _USUAL, source, request=wish)


def _of_alarm(session: Session, key: AlarmKey) -> Ground:
    found = next((one for one in session.book.alarms() if one.key == key), None)
    name = alarm_name(found) if found else key.alarm
    priority = found.priority if found else _USUAL
    source = Source(Origin.ALARM, key.alarm, key.subject)
    return Ground(key.subject, name, priority, source, alarm="|".join(key))


class NewOrderPanel(QFrame):
    """The form in its box. ``opened`` carries the number of the order, ``left`` that none is."""

    opened = Signal(str)
    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._ground = Ground()
        self.form = ActForm()
        self.setAccessibleName(tr("New order"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 12, 12)
        column.addWidget(self.form)
        self.form.given.connect(self._given)
        self.form.left.connect(self.left)
        look().changed.connect(self.update)

    def begin(self, subject: str) -> None:
        """Ask for a new order about a subject."""
        place = self._session.workplace
        if place is None:
            return
        self._ground = ground_of(self._session, place, subject)
        self.form.begin(
            Act("new", tr("New order"), "order.request", _nothing, self._asks, self._about)
        )
        about = self.form.fields["about"]
        if isinstance(about, Choice):
            about.currentIndexChanged.connect(self._turn_part)
        self.take_keyboard()

    def take_keyboard(self) -> None:
        """Put the keyboard on the first question."""
        first = next(iter(self.form.fields.values()), self.form.go)
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _about(self) -> str:
        """Say what the order comes from."""
        ground = self._ground
        if ground.request is not None and self._session.workplace is not None:
            now_us = self._session.now().utc_us
            return tr(
                "From the wish of {person}, {time}.",
                person=words.person_name(self._session.workplace.room.book, ground.request.by),
                time=words.day_clock(ground.request.utc_us, now_us),
            )
        if ground.alarm:
            return tr("From an alarm; the order names it.")
        return tr("From a check that failed.") if ground.source.origin is Origin.CHECK else ""

    def _asks(self) -> Sequence[Ask]:
        ground = self._ground
        part = ground.part or (self._session.tanks[0].id if self._session.tanks else "")
        title, priority, due = plan_asks(ground.title, ground.priority, 0)
        due = replace(due, hint=tr("as the priority promises"))
        procedure = Ask(
            "procedure", tr("Procedure"), self._likely(part), choices=self._choices(part)
        )
        known = dict.fromkeys((*_parts(self._session), part))
        parts = tuple((one, words.place_name(self._session, one)) for one in known)
        return (title, Ask("about", tr("Part"), part, choices=parts), priority, procedure, due)

    def _choices(self, part: str) -> tuple[tuple[str, str], ...]:
        fit = fitting(self._session, self._place, part)
        named = ((one.procedure.id, words.words_of(one.procedure.title)) for one in fit)
        return ((_LATER, tr("decided when it is planned")), *named)

    def _likely(self, part: str) -> str:
        fit = fitting(self._session, self._place, part)
        alarm = self._ground.source.what if self._ground.alarm else ""
        return suggested(fit, part, alarm) or _LATER

    @property
    def _place(self) -> Workplace:
        place = self._session.workplace
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        return place

    def _turn_part(self) -> None:
        """Another part has other procedures."""
        about, procedure = self.form.fields["about"], self.form.fields["procedure"]
        if isinstance(about, Choice) and isinstance(procedure, Choice):
            procedure.clear()
            for key, text in self._choices(about.key):
                procedure.addItem(text, key)
            procedure.choose(self._likely(about.key))

    def _given(self, answers: Answers) -> None:
        try:
            by = allowed(self._session, "order.request")
            order = self._open(by, answers)
        except Refused as refusal:
            self.form.says.say(str(refusal))
            return
        self.opened.emit(order.number)

    def _open(self, by: str, answers: Answers) -> Order:
        orders, ground = self._place.room.orders, self._ground
        due_us = time_of(answers["due"])
        title, priority, about = answers["title"], int(answers["priority"]), answers["about"]
        if ground.request is not None and ground.request.about == about:
            order = orders.open_from_request(by, ground.request.id, title, priority=priority)
        else:
            new = NewOrder(
                title,
                about,
                priority,
                ground.source,
                alarms=(ground.alarm,) if ground.alarm else (),
                parts=(about,),
                due_us=due_us or None,
            )
            order = orders.open(by, new)
        self._follow(by, order, answers["procedure"])
        return order

    def _follow(self, by: str, order: Order, wanted: str) -> None:
        """Name the procedure; who may not plan leaves it as a note for who does."""
        revision = self._place.runs.procedures.in_force(wanted) if wanted != _LATER else None
        if revision is None:
            return
        try:
            ref = ProcedureRef(revision.procedure.id, revision.digest)
            self._place.room.orders.follow(by, order.number, ref)
        except Refused:
            title = words.words_of(revision.procedure.title)
            said = tr("Suggested procedure: {title}", title=title)
            self._place.room.orders.note(by, order.number, said)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


def _parts(session: Session) -> list[str]:
    """Return every tank, host and GPU, each host after its tank."""
    found: list[str] = []
    for tank in session.tanks:
        found += session.parts_of(tank.id)
    loose = [host.id for host in session.hosts if host.id not in found]
    for host in loose:
        found += [host, *session.gpus(host)]
    return found


def _nothing(_by: str, _answers: Answers) -> str:
    return ""
