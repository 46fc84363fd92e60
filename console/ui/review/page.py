"""The reviewer's page: on the left what awaits review, on the right the chosen record."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button, Choice, Field
from console.ui.page import Page
from console.ui.review.offers import why_not
from console.ui.review.queue_list import QueueList
from console.ui.review.reading import ReviewReading
from console.ui.review.record_panel import RecordPanel
from console.ui.review.rows import BY_AGE, BY_RISK, FILTER_NAMES, Wanted, rows_of
from console.ui.setup_parts import Words
from console.work.events import Refused
from console.work.people.roster import Person
from console.work.reviews.queue import Item

_MINUTE_US = 60_000_000
_TYPING_MS = 120
_LEAST, _MOST, _SHARE = 300, 460, 0.3
_EMPTY = {
    "none": "Nothing awaits review. Orders come here when their work is done.",
    "filtered": "Nothing fits. Look for something else.",
}
"""What is said where the list is empty; a key of the catalogue each."""


class ReviewPage(Page):
    """Queue and record. Subjects: an order's number, or the key of another thing that waits.

    Alt+Down and Alt+Up go through the queue from wherever the keyboard is.
    """

    name = "review"
    icon = "review"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.items: tuple[Item, ...] = ()
        self.marked: set[str] = set()
        self._made: object = None
        self._shown: object = None
        self._wanted = ""
        self.notice = Words("", 16)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.reading = ReviewReading(session, self)
        self.search = Field(tr("Title, number, tank"))
        self.only = Choice(tr("Which"), [(key, tr(text)) for key, text in FILTER_NAMES.items()])
        self.order = Choice(
            tr("Order"), [(BY_RISK, tr("Risk first")), (BY_AGE, tr("Oldest first"))]
        )
        self.count = Words(quiet=True)
        self.empty = Words("", 13, quiet=True)
        self.list = QueueList(tr("What awaits review"))
        self.mark = Button(tr("Mark"), checkable=True)
        self.several = Button(tr("Approve marked …"))
        self.panel = RecordPanel(session, self.reading)
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._lay_out()
        self._connect()

    def title(self) -> str:
        return tr("Review")

    @property
    def place(self) -> Workplace | None:
        """People, orders and runs, once the log has been read."""
        place = self.session.workplace
        return place if place is not None and place.is_ready else None

    @property
    def settled(self) -> bool:
        place = self.session.workplace
        if place is None or place.trouble:
            return True
        reading = self.reading
        is_busy = reading.is_counting or reading.is_reading or reading.is_proving
        return place.is_ready and not is_busy and not self.panel.waiting

    def show_subject(self, subject: str) -> None:
        """Turn to an order or another thing that waits."""
        self._wanted = subject
        if self.place is not None:
            self._choose_wanted()

    def refresh(self, changes: Refresh) -> None:
        place = self.place
        if place is None:
            self._say()
            return
        self._stack.setCurrentIndex(1)
        if self.reading.is_proof_old and not self.reading.is_proving:
            self.reading.prove()
        self._fill(place)
        self.panel.refresh()

    @property
    def item(self) -> Item | None:
        """The thing that is chosen."""
        return next((item for item in self.items if item.key == self.list.key), None)

    # ---- the queue ----

    def _fill(self, place: Workplace) -> None:
        """Make the queue anew where anything changed, and the list where it should look other."""
        minute = self.session.now().utc_us // _MINUTE_US
        made = (place.version, minute)
        if made != self._made:
            self._made = made
            self.items = self.reading.items(place)
            self.marked &= {item.key for item in self.items}
            self._shown = None
        wanted = Wanted(self.search.text(), self.only.key, self.order.key == BY_AGE)
        shown = (wanted, frozenset(self.marked))
        if shown != self._shown:
            self._shown = shown
            self._show(place, wanted)

    def _show(self, place: Workplace, wanted: Wanted) -> None:
        rows = rows_of(self.session, place, self.items, wanted, self.marked)
        before = self.list.key
        self.list.show_rows(rows)
        self.count.say(tr("{n} of {all}", n=len(rows), all=len(self.items)))
        told = _EMPTY["filtered" if self.items else "none"]
        self.empty.say("" if rows else tr(told))
        self.empty.setVisible(not rows)
        self._choose_wanted()
        if not self.list.key and rows:
            self.list.choose(rows[0].key)
        if self.list.key != before or not rows or self._is_other():
            self._chosen()
        self._offer_marks()

    def _is_other(self) -> bool:
        return self.item != self.panel.item

    def _choose_wanted(self) -> None:
        wanted = self._wanted
        if wanted and any(item.key == wanted for item in self.items):
            self._wanted = ""
            if wanted not in self.list.keys:
                self.search.clear()
                self.only.choose("")
                self._shown = None
            self.list.choose(wanted)

    def _chosen(self) -> None:
        before = self.panel.item
        is_gone = before is not None and all(item.key != before.key for item in self.items)
        self.panel.show_item(self.item, keep_word=is_gone)
        self._offer_marks()

    def go(self, by: int) -> None:
        """Go to the next thing in the queue, or the one before."""
        if not self.list.step(by):
            end = tr("That was the last one.") if by > 0 else tr("That was the first one.")
            self.panel.say(end)

    # ---- several at once ----

    def toggle(self, key: str) -> None:
        """Mark a thing to be approved with others, or no longer."""
        self.marked ^= {key} & {item.key for item in self.items}
        place = self.place
        if place is not None:
            self._fill(place)

    def _toggle_current(self) -> None:
        if self.list.key:
            self.toggle(self.list.key)

    def _offer_marks(self) -> None:
        self.mark.setChecked(self.list.key in self.marked)
        self.mark.setEnabled(bool(self.list.key))
        n = len(self.marked)
        told = tr("Approve {n} marked …", n=n) if n else tr("Approve marked …")
        if told != self.several.text():
            self.several.setText(told)
            self.several.setAccessibleName(told)
            self.several.updateGeometry()

    def approve_marked(self) -> None:
        """Ask for one PIN for all that is marked; says why where that cannot be."""
        place = self.place
        if place is None:
            return
        chosen = [item for item in self.items if item.key in self.marked]
        self.panel.say("")
        try:
            self.panel.doing.approve_several(chosen, _signers(place, chosen))
        except Refused as refusal:
            self.panel.say(str(refusal))

    # ---- inside ----

    def _say(self) -> None:
        """Say why there is nothing to show, and what to do about it."""
        place = self.session.workplace
        if place is None:
            text = tr("This console only watches. Start it with its window to review work.")
        elif place.trouble:
            text = tr("{why} Work is shown as soon as it can be read.", why=place.trouble)
        else:
            text = tr("Reading orders, equipment and people from the log …")
        self.notice.say(text)
        self._stack.setCurrentIndex(0)

    def _count_came(self) -> None:
        self._made = None

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self, self._focus)

    def _focus(self) -> None:
        if self.place is not None and not self.panel.is_busy:
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._left.setFixedWidth(round(min(max(self.width() * _SHARE, _LEAST), _MOST)))

    def _lay_out(self) -> None:
        choices = QHBoxLayout()
        choices.setSpacing(8)
        choices.addWidget(self.only, 1)
        choices.addWidget(self.order, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.mark)
        foot.addWidget(self.several, 1)
        self._left = QWidget()
        self._left.setAccessibleName(tr("What awaits review"))
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.search)
        column.addLayout(choices)
        column.addWidget(self.count)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self._left)
        row.addWidget(self.panel, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.notice)
        self._stack.addWidget(both)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 16)
        whole.addWidget(self._stack)

    def _connect(self) -> None:
        self._typing.timeout.connect(self._again)
        self.search.textChanged.connect(self._typing.start)
        for choice in (self.only, self.order):
            choice.currentIndexChanged.connect(self._again)
        self.list.chosen.connect(lambda _key: self._chosen())
        self.list.toggled.connect(self.toggle)
        self.mark.clicked.connect(self._toggle_current)
        self.several.clicked.connect(self.approve_marked)
        self.panel.step.connect(self.go)
        self.panel.open_subject.connect(self.open_subject)
        self.reading.counted.connect(self._count_came)
        self.reading.came.connect(self.panel.take_record)
        self.reading.failed.connect(lambda _key, why: self.panel.say(why))
        for keys, by in (("Alt+Down", 1), ("Alt+Up", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=by: self.go(step))

    def _again(self) -> None:
        place = self.place
        if place is not None:
            self._fill(place)


def _signers(place: Workplace, items: list[Item]) -> list[Person]:
    """Return who may approve all of some orders."""
    runs = place.runs.runs()
    found = []
    for person in place.room.desk.book.people.active():
        orders = [place.room.book.orders.get(item.id) for item in items]
        if all(
            order is not None
            and not why_not(place, person, [run for run in runs if run.id in order.runs], order)
            for order in orders
        ):
            found.append(person)
    return found
