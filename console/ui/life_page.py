"""One thing's whole life: what it is, every place it was in, everything that happened to it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.history.reader import LogReader
from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Button, Segments
from console.ui.life_bands import LifeBands
from console.ui.life_reading import LifeFound, LifeReading
from console.ui.life_words import COLUMNS, NARROW_HIDES, is_of, life_facts, life_lines, views
from console.ui.page import Page
from console.ui.plain_table import PlainTable
from console.ui.setup_parts import FactList, Panel, Words
from console.work.book import WorkBook
from console.work.life import Band, HostAt, Life, life_of

_MINUTE_US = 60_000_000
_SIDE = 344
_NARROW = 980


class LifePage(Page):
    """Opened with a serial number, a GPU (``node-1/gpu0``), a host or a tank.

    ``open_moment(page, subject, UTC)`` asks for another page at a moment.
    """

    name = "life"
    icon = "log"
    open_moment = Signal(str, str, object)

    def __init__(
        self, session: Session, parent: QWidget | None = None, *, log: LogReader | None = None
    ) -> None:
        super().__init__(session, parent)
        self.subject = ""
        self.life: Life | None = None
        self.found: LifeFound | None = None
        self._shown: object = None
        self.reading = LifeReading(log or LogReader(session.data), self)
        self.state = Words("", 13, quiet=True)
        self.facts = FactList(tr("What is known"))
        self.bands = LifeBands()
        self.stay = Words(quiet=True)
        self.events = PlainTable(tr("Everything that happened to it"), COLUMNS, dense=True)
        self.view = Segments(tr("Show"), views())
        self.count = Words(quiet=True)
        self.order = Button(tr("Start work order"), primary=True)
        self.trend = Button(tr("Trend"))
        self.review = Button(tr("Review"))
        self.place = Button(tr("Where it is now"))
        self._lay_out()
        self.reading.answered.connect(self._answered)
        self.view.chosen.connect(lambda _key: self._show_events())
        self.bands.chosen.connect(lambda _number: self._show_events())
        self.order.clicked.connect(self._open_order)
        self.trend.clicked.connect(self._open_trend)
        self.review.clicked.connect(self._open_review)
        self.place.clicked.connect(self._open_place)

    def title(self) -> str:
        return tr("Life")

    def headline(self) -> str:
        name = self._name()
        return f"{tr('Life')} > {name}" if name else tr("Life")

    @property
    def settled(self) -> bool:
        return self.found is not None or self.life is None

    def show_subject(self, subject: str) -> None:
        """Turn to another thing."""
        if subject and subject != self.subject:
            self.subject, self._shown, self.found = subject, None, None
            self.bands.choose(-1)
            self._look()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self.events.setFocus)

    def refresh(self, changes: Refresh) -> None:
        self._look()

    # ---- keeping up ----

    def _look(self) -> None:
        """Work the life out anew where the records changed or a minute passed."""
        place = self.session.workplace
        if place is None or not place.is_ready or not self.subject:
            self._say_nothing(tr("Reading orders, equipment and people from the log …"))
            return
        now_us = self.session.now().utc_us
        shown = (self.subject, place.version, now_us // _MINUTE_US)
        if shown == self._shown:
            return
        self._shown = shown
        book = place.room.book
        self.life = life_of(
            book,
            hosts_of(self.session),
            [tank.id for tank in self.session.tanks],
            self.subject,
            now_us,
            self._serial_now(),
        )
        if self.life is None:
            self.found = None
            said = tr("Nothing is registered as {serial}, and no part is called so.",
                      serial=self.subject)  # fmt: skip
            self._say_nothing(said)
            return
        self._show_life(self.life, book, now_us)
        self.reading.ask(self.life)

    def _serial_now(self) -> str:
        """Return the serial number that the part itself tells, where it does."""
        if "/" not in self.subject:
            return ""
        known = self.session.latest.last_known(self.subject)
        return known.identity.get("serial", "") if known is not None else ""

    def _answered(self, answer: object) -> None:
        if isinstance(answer, LifeFound) and answer.life is self.life:
            self.found = answer
            self._show_events()

    # ---- showing ----

    def _say_nothing(self, text: str) -> None:
        self.state.say(text)
        for part in (self.facts, self.bands):
            part.hide()
        for button in (self.order, self.trend, self.review, self.place):
            button.setEnabled(False)
        self.events.show_lines(())

    def _show_life(self, life: Life, book: WorkBook, now_us: int) -> None:
        self.state.say(self._state(life))
        self.facts.show_facts(life_facts(life, book, now_us))
        self.bands.show_life(life)
        self.facts.show()
        self.bands.setVisible(bool(life.bands))
        self.order.setEnabled(bool(self._about()))
        self.place.setEnabled(bool(life.part))
        self.review.setEnabled(bool(life.orders))
        self._show_stay()

    def _state(self, life: Life) -> str:
        if life.is_tank:
            return tr("{n} stays of servers are recorded", n=len(life.bands))
        if life.asset is None:
            return tr(
                "No serial number is registered here: everything that was told of this place is "
                "shown, whatever sat there."
            )
        if life.subject == life.serial:
            return self.session.name_of(life.part) if life.part else ""
        return tr("Serial number {serial}", serial=life.serial)

    def _show_stay(self) -> None:
        band = self._band()
        self.trend.setEnabled(bool(self._trend_part()))
        if band is None:
            self.stay.say(tr("A tap on a stay shows what happened in it."))
        else:
            self.stay.say(self.bands.sentence(self.bands.number))

    def _show_events(self) -> None:
        """Show what happened, of the sort and the stay that are chosen."""
        self._show_stay()
        place, found = self.session.workplace, self.found
        if place is None or found is None:
            self.count.say(tr("Reading the log …"))
            return
        if found.trouble:
            self.count.say(found.trouble)
            return
        band, view = self._band(), self.view.key
        wanted = [
            event
            for event in found.events
            if is_of(view, event.kind)
            and (band is None or band.since_us <= event.utc_us <= band.until_us)
        ]
        now_us = self.session.now().utc_us
        name_of = self.session.name_of
        self.events.show_lines(life_lines(found.life, wanted, place.room.book, name_of, now_us))
        told = tr("{count} events", count=len(wanted))
        older = tr("older ones are in the log") if found.is_cut else ""
        self.count.say(f"{told} \N{MIDDLE DOT} {older}" if older else told)

    def _name(self) -> str:
        if self.life is None or (self.life.asset is not None and self.subject == self.life.serial):
            return self.subject
        return self.session.name_of(self.subject)

    # ---- where to go from here ----

    def _band(self) -> Band | None:
        number = self.bands.number
        return self.bands.bands[number] if 0 <= number < len(self.bands.bands) else None

    def _about(self) -> str:
        """Return what an order would be about: the part of the site that it is now."""
        return self.life.part if self.life is not None else ""

    def _trend_part(self) -> str:
        """Return the part whose trend is of this thing: in the chosen stay, else the last one."""
        if self.life is None:
            return ""
        band = self._band()
        if band is not None and not self.life.is_tank:
            return band.part
        parts = [one.part for one in self.life.bands if one.part]
        return self.life.part or (parts[-1] if parts else "")

    def _open_order(self) -> None:
        self.open_subject.emit("work", f"new:{self._about()}")

    def _open_trend(self) -> None:
        band, part = self._band(), self._trend_part()
        is_past = band is not None and not band.lasts
        middle_us = (band.since_us + band.until_us) // 2 if band is not None and is_past else 0
        if middle_us:
            self.open_moment.emit("trends", part, middle_us)
        else:
            self.open_subject.emit("trends", part)

    def _open_review(self) -> None:
        if self.life is not None and self.life.orders:
            self.open_subject.emit("review", self.life.orders[-1])

    def _open_place(self) -> None:
        if self.life is not None and self.life.part:
            is_tank = any(tank.id == self.life.part for tank in self.session.tanks)
            self.open_subject.emit("tank" if is_tank else "gpus", self.life.part)

    # ---- putting together ----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column in NARROW_HIDES:
            self.events.setColumnHidden(column, self.width() - _SIDE < _NARROW)

    def _lay_out(self) -> None:
        side = Panel(tr("What is known"))
        side.setFixedWidth(_SIDE)
        inside = QVBoxLayout(side)
        inside.setContentsMargins(16, 12, 16, 16)
        inside.setSpacing(8)
        inside.addWidget(self.facts)
        inside.addStretch(1)
        for button in (self.order, self.trend, self.review, self.place):
            inside.addWidget(button)
        tools = QHBoxLayout()
        tools.setSpacing(8)
        tools.addWidget(self.view)
        tools.addWidget(self.stay, 1)
        tools.addWidget(self.count)
        self.count.setWordWrap(False)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.bands)
        left.addLayout(tools)
        left.addWidget(self.events, 1)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addLayout(left, 1)
        body.addWidget(side)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.state, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(body, 1)


def hosts_of(session: Session) -> list[HostAt]:
    """Return the hosts of the site with their GPUs, as a life asks for them."""
    return [
        HostAt(host.id, host.tank or "", str(host.slot or ""), tuple(session.gpus(host.id)))
        for host in session.hosts
    ]
