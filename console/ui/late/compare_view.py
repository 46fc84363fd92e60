"""A second person compares what was copied with the paper, page by page, and signs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.documents.boxes import Box
from console.documents.codes import shown_form
from console.session.late.times import local_text
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.controls import Button
from console.ui.late.box_rows import BoxGroup, PictureBox
from console.ui.late.copying import Copying
from console.ui.late.entry_words import entry_words
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.setup_parts import Words, scrolling
from console.ui.work.sign_panel import SignPanel
from procedures.engine.people import same

_COLUMNS = (
    Column(lambda: tr("Page"), "Page", right=True),
    Column(lambda: tr("Written time"), "12:04:11 "),
    Column(lambda: tr("Who"), "M. Okonkwo"),
    Column(lambda: tr("What"), "Value recorded", grows=True),
)


class CompareView(QWidget):
    """Scans of the pages, every entry that waits, and the signature of who compares.

    ``signed(person, PIN)`` asks to prove and to record, ``left`` to go on copying.
    """

    signed = Signal(str, str)
    left = Signal()

    def __init__(self, session: Session, place: Callable[[], Workplace | None]) -> None:
        super().__init__()
        self._session = session
        self._place = place
        self._copying: Copying | None = None
        self.setAccessibleName(tr("Compare with the paper"))
        self.heading = Words(tr("Compare with the paper"), 20)
        self.told = Words("", 13)
        self.scans: dict[int, PictureBox] = {}
        self.entries = PlainTable(tr("Entries that wait"), _COLUMNS, dense=True)
        self.sign = SignPanel(session)
        self.go = Button(tr("Compared: sign …"), primary=True)
        self.back = Button(tr("Go on copying"))
        self._pages = QVBoxLayout()
        self._group: BoxGroup | None = None
        self._lay_out()
        self.go.clicked.connect(self._ask)
        self.back.clicked.connect(self.left)
        self.sign.given.connect(self.signed)
        self.sign.cancelled.connect(self._unasked)

    def show_form(self, copying: Copying) -> None:
        """Show what waits."""
        self._copying = copying
        self.sign.done()
        self._unasked()
        pages = sorted(copying.pad.pages)
        self._make_scans(copying, pages)
        count = len(copying.pad.pending)
        copier = _name(self._place(), copying.pad.copied_by)
        self.told.say(
            tr(
                "{count} entries of pages {pages}, copied by {copier}. Another person compares each"
                " with the paper; nothing is in the log before that.",
                count=count,
                pages=", ".join(map(str, pages)),
                copier=copier,
            )
        )
        self.entries.show_lines(tuple(self._lines(copying)))
        first = next(iter(self.scans.values()), None)
        (first.input if first else self.go).setFocus(Qt.FocusReason.OtherFocusReason)

    def refuse(self, sentence: str) -> None:
        """Say why nothing was recorded."""
        self.sign.refuse(sentence)

    def _ask(self) -> None:
        copying, place = self._copying, self._place()
        if copying is None or place is None:
            return
        missing = [page for page, row in self.scans.items() if not row.kept]
        if missing:
            for page in missing:
                self.scans[page].say(tr("Attach the scan or a photo of this page first."))
            self.scans[missing[0]].input.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        for page, row in self.scans.items():
            copying.scans[page] = row.kept[-1]
        people = [
            one
            for one in place.room.desk.book.people.active()
            if not same(one.id, copying.pad.copied_by)
        ]
        act = tr(
            "I compared {count} entries with the paper of form {form}; they say the same.",
            count=len(copying.pad.pending),
            form=shown_form(copying.found.form.form),
        )
        self._show_parts(visible=False)
        self.sign.ask(act, people)

    def _unasked(self) -> None:
        self._show_parts(visible=True)

    def _show_parts(self, *, visible: bool) -> None:
        """Leave all the room to the signature while one is asked for."""
        for part in (self._area, self.told, self.entries, self.go):
            part.setVisible(visible)

    def _make_scans(self, copying: Copying, pages: list[int]) -> None:
        if self._group is not None:
            self._group.hide()
            self._group.deleteLater()
        self.scans = {}
        for page in pages:
            label = tr("Scan or photo of page {page}", page=page)
            row = PictureBox(Box(f"scan/{page}", label), self._place, most=1)
            if page in copying.scans:
                row.kept = [copying.scans[page]]
                row.say(tr("Attached: {count} ({hashes})", count=1, hashes=row.text[:12]))
            self.scans[page] = row
        self._group = BoxGroup(tr("Scans"), "", list(self.scans.values()))
        self._pages.addWidget(self._group)
        self._rows.activate()

    def _lines(self, copying: Copying) -> list[Line]:
        place, found = self._place(), []
        for number, event in enumerate(copying.pad.pending):
            late = event.body["late"]
            page = str(late["page"]) if isinstance(late, dict) else ""
            what = entry_words(self._session, copying, event)
            cells = (
                Cell(page, Ink.QUIET),
                Cell(local_text(event.utc_us)),
                Cell(_name(place, event.actor)),
                Cell(what),
            )
            found.append(Line(str(number), cells))
        return found

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.go)
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(8)
        self._rows.addLayout(self._pages)
        self._rows.addStretch(1)
        self._area = scrolling(inside, tr("Scans"))
        self._area.setMinimumHeight(96)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.told)
        column.addWidget(self._area, 2)
        column.addWidget(self.entries, 3)
        column.addWidget(self.sign, 3)
        column.addLayout(buttons)


def _name(place: Workplace | None, who: str) -> str:
    found = place.room.desk.book.people.get(who) if place and who else None
    return found.name if found else who
