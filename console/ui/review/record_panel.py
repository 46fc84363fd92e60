"""One thing of the queue: what it is, what can be done with it, its record."""

from __future__ import annotations

import uuid
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.session.review_reading import Record
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button, frame
from console.ui.review import offers as of
from console.ui.review.actions import ActionRow
from console.ui.review.doing import Doing
from console.ui.review.facts import RecordFacts
from console.ui.review.forms import Here
from console.ui.review.offers import offers_of
from console.ui.review.papers import Papers, Written, told_of
from console.ui.review.photos import PhotoSheet
from console.ui.review.reading import ReviewReading, runs_of
from console.ui.review.record_view import RecordView
from console.ui.review.rows import title_of
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import look, metrics, theme
from console.ui.work import order_words as words
from console.ui.work.acts import Act, ActForm, hands_of
from console.ui.work.order_facts import pairs_html
from console.ui.work.order_offers import Offer
from console.ui.work.order_panel import refusals_of
from console.ui.work.order_sections import Section
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.review import FindingKind
from console.work.reviews.desk import About, review_since_us
from console.work.reviews.queue import ITEM_NAMES, Item, ItemKind

_LEAST = 224
_OWN_SAY = frozenset({FindingKind.OVERRIDDEN, FindingKind.RELEASED, FindingKind.SKIPPED})
_WITH_RECORD = frozenset({ItemKind.ORDER, ItemKind.RUN})


class RecordPanel(QFrame):
    """``step`` asks for the next thing (1) or the one before (-1), ``open_subject`` for a page."""

    step = Signal(int)
    open_subject = Signal(str, str)

    def __init__(self, session: Session, reading: ReviewReading) -> None:
        super().__init__()
        self._session = session
        self._reading = reading
        self.item: Item | None = None
        self._record: Record | None = None
        self._drawn: object = None
        self._asked: object = None
        self._offers: dict[str, Offer] = {}
        self._file = Path()
        self._sittings: dict[tuple[str, str, int], str] = {}
        self.title = Words("", 16)
        self.under = Words(quiet=True)
        self.before = Button("▲")
        self.before.setAccessibleName(tr("The one before in the queue"))
        self.after = Button("▼")
        self.after.setAccessibleName(tr("The next one in the queue"))
        self.trouble = Words("", 13)
        self.main = ActionRow(tr("What can be done"))
        self.why = Words(quiet=True)
        self.view = RecordView(session)
        self.plain = Section(tr("What it is"))
        self.form = ActForm()
        self.sign = SignPanel(session)
        self.sign.setAccessibleName(tr("Signature"))
        self.photo = PhotoSheet(session)
        self.papers = Papers(session, self)
        self.paper = Words()
        self.show_paper = Button(tr("Open the file"))
        self._stack = QStackedWidget()
        self.setAccessibleName(tr("The record"))
        self.doing = Doing(session, self)
        self._lay_out()
        self._connect()

    # ---- what is shown ----

    @property
    def place(self) -> Workplace | None:
        """People, orders and runs, once the log has been read."""
        place = self._session.workplace
        return place if place is not None and place.is_ready else None

    @property
    def order(self) -> Order | None:
        """The order, where the thing is one."""
        place, item = self.place, self.item
        if place is None or item is None or item.kind is not ItemKind.ORDER:
            return None
        return place.room.book.orders.get(item.id)

    @property
    def facts(self) -> RecordFacts | None:
        """What puts the record into words."""
        place = self.place
        return RecordFacts(self._session, place, self.order, self._record) if place else None

    def show_item(self, item: Item | None, *, keep_word: bool = False) -> None:
        """Turn to another thing; what was begun with the one before is left.

        ``keep_word`` leaves what was said of the one before: it went because of it.
        """
        is_other = (item.key if item else "") != (self.item.key if self.item else "")
        self.item = item
        if is_other:
            self.doing.leave()
            self._record, self._asked = None, None
            self.say(self.trouble.text() if keep_word else "")
            self._say_paper("")
        self._drawn = None
        self.refresh()

    def refresh(self) -> None:
        """Show what changed; reading is done beside the window."""
        place = self.place
        if place is None:
            return
        self._ask(place)
        drawn = (
            self.item,
            place.version,
            place.hands,
            self._record,
            self._reading.last,
            self._session.now().utc_us // 60_000_000,
        )
        if drawn != self._drawn:
            self._drawn = drawn
            self._show(place)
        self.view.refresh()
        self._note_looked(place)

    def take_record(self, record: Record) -> None:
        """Show a record that has been read."""
        if self.item is not None and record.key == self.item.key:
            self._record = record
            self._drawn = None
            self.refresh()

    def say(self, sentence: str) -> None:
        """Say how something went, or why it was refused."""
        self.trouble.say(sentence)
        self.trouble.setVisible(bool(sentence))

    @property
    def waiting(self) -> bool:
        """Whether something that is shown is still being read."""
        return self.view.waiting or (self._has_record and self._record is None)

    @property
    def is_busy(self) -> bool:
        """Whether a form, a signature or a photo is open."""
        return self._stack.currentIndex() != 0

    @property
    def _has_record(self) -> bool:
        return self.item is not None and self.item.kind in _WITH_RECORD

    # ---- forms ----

    def show_facts(self) -> None:
        """Show the record, not a form."""
        focus = QApplication.focusWidget()
        was_inside = focus is not None and self._stack.isAncestorOf(focus)
        self._stack.setCurrentIndex(0)
        self._drawn = None
        self.refresh()
        if was_inside:
            self.take_keyboard()

    def show_form(self, act: Act) -> None:
        """Show a form."""
        self._stack.setCurrentWidget(self.form)
        self.form.begin(act)

    def show_sign(self) -> None:
        """Show the panel that asks for a signature."""
        self._stack.setCurrentWidget(self._sign_area)

    def take_keyboard(self) -> None:
        """Put the keyboard on the first thing that can be done."""
        able = (button for button in self.main.buttons.values() if button.isEnabled())
        next(able, self.view.tabs.buttons[self.view.section]).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def here(self) -> Here:
        """Return what a form would be about now; raises Refused where nothing is chosen."""
        place, item, facts = self.place, self.item, self.facts
        if place is None or item is None or facts is None:
            raise Refused(tr("Nothing is chosen."))
        about, where, finding = self.view.where(item.key)
        if item.kind is ItemKind.RUN and not about.run:
            about = About(item.key, item.id)
        return Here(place, item, about, where, finding, facts)

    # ---- inside ----

    def _ask(self, place: Workplace) -> None:
        """Have the record read, again where its runs have moved."""
        item = self.item
        if item is None or not self._has_record:
            return
        names = runs_of(place, item)
        asked = (item.key, *((r.id, r.events) for r in place.runs.runs() if r.id in names))
        if asked != self._asked and not self._reading.is_reading:
            self._asked = asked
            self._reading.read(place, item.key, names, self.order)

    def _show(self, place: Workplace) -> None:
        item, facts = self.item, self.facts
        for part in (self.view, self.plain):
            part.setVisible(False)
        if item is None or facts is None:
            self.title.say(tr("Nothing awaits review."))
            self.under.say("")
            self.main.offer(())
            self.why.say("")
            return
        self.title.say(title_of(place, item))
        self.under.say(self._under(place, item))
        self._offer(place, item)
        if self._has_record:
            self.view.setVisible(True)
            self.view.show_record(
                item.key, facts, self._reading.last, is_read=self._record is not None
            )
        else:
            self.plain.setVisible(True)
            self.plain.say(self._plain(place, item))

    def _under(self, place: Workplace, item: Item) -> str:
        order = self.order
        if order is None:
            by = words.person_name(place.room.book, item.by) if item.by else ""
            what = tr(ITEM_NAMES[item.kind])
            return words.DOT.join(filter(None, (what, self._session.name_of(item.about), by)))
        told = (
            order.number,
            words.state_name(order),
            words.place_name(self._session, order.about),
            tr("priority {p}", p=order.priority),
            words.names_of(place.room.book, order.assigned),
        )
        return words.DOT.join(told)

    def _plain(self, place: Workplace, item: Item) -> str:
        now_us = self._session.now().utc_us
        since = words.day_clock(item.since_us, now_us) if item.since_us else ""
        return pairs_html(
            (
                (tr("What waits"), tr(ITEM_NAMES[item.kind])),
                (tr("Words"), title_of(place, item)),
                (tr("About"), self._session.name_of(item.about) if item.about else ""),
                (tr("By"), words.person_name(place.room.book, item.by) if item.by else ""),
                (tr("Since"), since),
            )
        )

    def _offer(self, place: Workplace, item: Item) -> None:
        offers = list(offers_of(place, item))
        self._offers = {one.key: one for one in offers}
        self.main.offer([one for one in offers if one.is_next or not one.why_not])
        self.why.say("\n".join(filter(None, (refusals_of(offers), self._near(place)))))
        self.why.setVisible(bool(self.why.text()))

    def _near(self, place: Workplace) -> str:
        """Return that who reviews had a say in the work: allowed, and to be known."""
        by, facts = place.hands, self.facts
        if not by or facts is None:
            return ""
        mine = [one for _, one in facts.findings() if one.kind in _OWN_SAY and one.by == by]
        return (
            tr("You decided {n} exceptions of this record yourself.", n=len(mine)) if mine else ""
        )

    def _note_looked(self, place: Workplace) -> None:
        """Have recorded what a reviewer has on the screen, once in a sitting."""
        item, by = self.item, place.hands
        if item is None or not by or self.is_busy or not self._has_record:
            return
        since = review_since_us(self.order) if self.order else 0
        sitting = self._sittings.setdefault((by, item.key, since), str(uuid.uuid4()))
        run = item.id if item.kind is ItemKind.RUN else ""
        for section in self.view.on_screen():
            place.room.reviews.look(by, About(item.key, run), section, sitting)

    def _pressed(self, key: str) -> None:
        offer, item = self._offers.get(key), self.item
        if offer is None or item is None:
            return
        self.say("")
        try:
            if key in {of.REPORT, of.FORM}:
                self._write(key)
            elif key == of.GO:
                self.open_subject.emit(*of.WHERE[item.kind])
            else:
                hands_of(self._session)
                self.doing.do(offer)
        except Refused as refusal:
            self.say(str(refusal))

    # ---- papers ----

    def _write(self, kind: str) -> None:
        place, order = self.place, self.order
        if place is None or order is None:
            return
        path = self.papers.write(place, kind, order.number)
        self._say_paper(tr("Writing {file} …", file=path))

    def _written(self, written: Written) -> None:
        self._say_paper(told_of(written))
        self._file = written.path
        self.show_paper.setVisible(not written.trouble)

    def _say_paper(self, sentence: str) -> None:
        self.paper.say(sentence)
        self._paper_row.setVisible(bool(sentence))
        self.show_paper.setVisible(False)

    def _open_paper(self) -> None:
        if not self.papers.show(self._file):
            told = tr(
                "No program of this machine shows PDF files. It is here: {file}", file=self._file
            )
            self.paper.say(told)

    # ---- photos ----

    def _open_photo(self, number: int) -> None:
        current, facts = self.view.steps.current, self.facts
        if current is None or facts is None:
            return
        shots = current[1].photos
        told = [f"{facts.clock(one.utc_us)} {facts.person(one.by)}" for one in shots]
        self._stack.setCurrentWidget(self.photo)
        self.photo.show_shot(shots, number, told)

    def _close_photo(self) -> None:
        self.show_facts()
        self.view.steps.detail.photos.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- layout ----

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(self.title)
        names.addWidget(self.under)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addLayout(names, 1)
        for button in (self.before, self.after):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        record = QWidget()
        inside = QVBoxLayout(record)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        for part in (self.main, self.why):
            inside.addWidget(part)
        inside.addWidget(self.plain)
        inside.addWidget(self.view, 1)
        inside.addStretch(0)
        self._stack.addWidget(scrolling(record, tr("The record")))
        self._stack.addWidget(self.form)
        self._sign_area = scrolling(self.sign, tr("Signature"))
        self._stack.addWidget(self._sign_area)
        self._stack.addWidget(self.photo)
        self._paper_row = QWidget()
        row = QHBoxLayout(self._paper_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.paper, 1)
        row.addWidget(self.show_paper)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.trouble)
        column.addWidget(self._paper_row)
        column.addWidget(self._stack, 1)
        self.trouble.hide()
        self._paper_row.hide()

    def _connect(self) -> None:
        self.main.pressed.connect(self._pressed)
        self.before.clicked.connect(lambda: self.step.emit(-1))
        self.after.clicked.connect(lambda: self.step.emit(1))
        self.view.steps.open_photo.connect(self._open_photo)
        self.photo.left.connect(self._close_photo)
        self.papers.written.connect(self._written)
        self.show_paper.clicked.connect(self._open_paper)
        look().changed.connect(self._relook)
        self.view.setMinimumHeight(metrics().target + _LEAST)

    def _relook(self) -> None:
        self.view.setMinimumHeight(metrics().target + _LEAST)
        self._drawn = None
        self.refresh()

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; while a form is open it goes back to the record.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.setAccepted(self.is_busy)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_busy:
            self.doing.leave()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)
