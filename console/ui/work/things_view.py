"""A list of things on the left, the one that is chosen on the right with what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Field
from console.ui.plain_table import Column, Line, PlainTable
from console.ui.setup_parts import Panel, Words, scrolling
from console.ui.work.acts import Act, Acts
from console.work.book import WorkBook

MINUTE_US = 60_000_000
_TYPING_MS = 120
READ_ROW = 40
TITLES = 32
_ALMOST_ALL = 1000


class ThingsView(QWidget):
    """The frame of every view of things; a view fills it.

    It is made anew only when the book changed, a minute passed, or something else is wanted.
    """

    narrow_hides: tuple[int, ...] = ()
    """Columns that are left out where the list is narrow."""
    scrolls = True
    """Whether the right side scrolls where it has not room enough."""
    narrow = 900
    """Below this many pixels the list is narrow."""
    side = (424, 760, 0.42)
    """The least and the most pixels that the right side takes, and its share of the width."""

    def __init__(
        self, session: Session, name: str, columns: Sequence[Column], search: str, detail: QWidget
    ) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.session = session
        self.search = Field(search)
        self.count = Words(quiet=True)
        self.table = PlainTable(name, columns)
        self.empty = Words("", 13, quiet=True)
        shown = scrolling(detail, tr("Details")) if self.scrolls else detail
        self.acts = Acts(session, tr("Details"), shown)
        self._shown: object = None
        self._head = QHBoxLayout()
        self._side = Panel(tr("Details"))
        self._lay_out()
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self.look_again)
        self.search.textChanged.connect(self._typing.start)
        self.search.returnPressed.connect(self._into_table)
        self.table.chosen.connect(self._chosen)

    # ---- what a view says ----

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        """Return the rows that are wanted."""
        raise NotImplementedError

    def wanted(self) -> object:
        """Return what is chosen above the list; while it is equal the rows are the same."""
        return self.search.text()

    def show_thing(self, book: WorkBook, key: str) -> None:
        """Show the chosen row's thing, or that none is chosen."""
        raise NotImplementedError

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        """Return what can be done."""
        raise NotImplementedError

    def always_of(self, book: WorkBook) -> Sequence[Act]:
        """Return what can be done whatever is chosen."""
        return ()

    def nothing(self) -> str:
        """Return what to say where there are no rows, with the next step."""
        return tr("Nothing fits. Look for something else.")

    # ---- keeping up ----

    @property
    def place(self) -> Workplace | None:
        """People, orders and equipment, once the log has been read."""
        place = self.session.workplace
        return place if place is not None and place.is_ready else None

    def refresh(self) -> None:
        """Show what is new; nothing is made anew while nothing changed."""
        place = self.place
        if place is None:
            return
        shown = (place.version, self.session.now().utc_us // MINUTE_US, self.wanted())
        if shown != self._shown:
            self._shown = shown
            self._fill(place.room.book)

    def look_again(self) -> None:
        """Make everything anew."""
        self._shown = None
        self.refresh()

    def add_choice(self, widget: QWidget) -> None:
        """Put another choice beside the search."""
        self._head.insertWidget(self._head.count() - 1, widget)

    def _fill(self, book: WorkBook) -> None:
        lines = self.lines(book)
        self.table.show_lines(lines)
        self.table.viewport().update()
        self.count.say(tr("{n} shown", n=len(lines)))
        self.empty.say("" if lines else self.nothing())
        self.empty.setVisible(not lines)
        self._show(book)

    def _show(self, book: WorkBook) -> None:
        self.show_thing(book, self.table.key)
        if not self.acts.is_open:
            self.acts.offer(self.acts_of(book, self.table.key), self.always_of(book))

    def _chosen(self) -> None:
        self.acts.leave()
        self.acts.say("")
        place = self.place
        if place is not None:
            self._show(place.room.book)

    def _into_table(self) -> None:
        """Enter in the search goes to what was found."""
        self.look_again()
        if self.table.lines and not self.table.key:
            self.table.choose(self.table.lines[0].key)
        self.table.setFocus(Qt.FocusReason.TabFocusReason)

    # ---- layout ----

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit_side()

    def side_width(self) -> int:
        """Return how many pixels the right side takes."""
        least, most, share = self.side
        return round(min(max(self.width() * share, least), most))

    def fit_side(self) -> None:
        """Give the right side its width, and leave columns out where that makes the list narrow."""
        side = self.side_width()
        self._side.setFixedWidth(side)
        is_narrow = self.width() - side < self.narrow
        for column in self.narrow_hides:
            self.table.setColumnHidden(column, is_narrow)

    def _lay_out(self) -> None:
        self._head.setSpacing(8)
        self._head.setContentsMargins(0, 0, 0, 0)
        self._head.addWidget(self.search, 1)
        self._head.addWidget(self.count)
        self.count.setMinimumWidth(72)
        self.count.setWordWrap(False)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(self._head)
        left.addWidget(self.empty)
        left.addWidget(self.table, 1)
        left.addWidget(self.acts.always)
        self.empty.hide()
        inside = QVBoxLayout(self._side)
        inside.setContentsMargins(16, 12, 16, 16)
        inside.addWidget(self.acts)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(left, 1)
        whole.addWidget(self._side)


class ReadTable(PlainTable):
    """Rows that are only read and may take two lines: as tall bare-handed as in gloves."""

    def _relook(self) -> None:
        super()._relook()
        self.setMinimumHeight(TITLES + 2 * READ_ROW)
        self.verticalHeader().setDefaultSectionSize(READ_ROW)


class Detail(QWidget):
    """The chosen thing: its name, one line under it, and more parts below."""

    def __init__(self, *parts: QWidget, stretch: int = -1) -> None:
        super().__init__()
        self.name = Words("", 16)
        self.under = Words(quiet=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(self.name)
        column.addWidget(self.under)
        column.addSpacing(4)
        for number, part in enumerate(parts):
            column.addWidget(part, _ALMOST_ALL if number == stretch else 0)
        column.addStretch(1)  # where the part that grows is hidden, the words stay at the top

    def head(self, name: str, under: str = "") -> None:
        """Say what is shown."""
        self.name.say(name)
        self.under.say(under)
        self.under.setVisible(bool(under))
