"""Finding the form that lies on the desk: scan its code, type its number, or choose it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.documents.codes import shown_form
from console.documents.reentry import Printed, read_paperwork
from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Field
from console.ui.guided.photos import beside
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.setup_parts import Words
from console.work.events import Refused

_COLUMNS = (
    Column(lambda: tr("Form"), "WWWWW-WWWWW"),
    Column(lambda: tr("Printed"), "2026-11-21 12:04:11"),
    Column(lambda: tr("Order"), "WO-K7QDM-2026-0001"),
    Column(lambda: tr("Procedure"), "Extract a server", grows=True),
    Column(lambda: tr("Pages"), "Pages", right=True),
)


class FindView(QWidget):
    """``wanted`` carries what was scanned, typed or chosen."""

    wanted = Signal(str)
    left = Signal()

    def __init__(self, session: Session, place: Callable[[], Workplace | None]) -> None:
        super().__init__()
        self._session = session
        self._place = place
        self._read_at = -1
        self.setAccessibleName(tr("Find the form"))
        self.heading = Words(tr("Copy a filled form"), 20)
        self.told = Words(
            tr(
                "Scan the code of any page, or type the number that stands under it. What was done"
                " on paper becomes a late entry: the same rules, the written times, and the names"
                " of who copied and who compared."
            ),
            13,
        )
        self.field = Field(
            tr("Code of a page or number of a form"), tr("Scan the code, or type 7K3QX-9M2PG")
        )
        self.go = Button(tr("Open the form"), primary=True)
        self.back = Button(tr("Back"))
        self.said = Words("", 13)
        self.forms = PlainTable(tr("Printed and not copied yet"), _COLUMNS)
        self.none = Words(tr("Printed and not copied yet"), 13)
        self._lay_out()
        self.field.returnPressed.connect(self._ask)
        self.go.clicked.connect(self._ask)
        self.back.clicked.connect(self.left)
        self.forms.clicked.connect(lambda _at: self._chosen())
        self.forms.activated.connect(lambda _at: self._chosen())
        self.setFocusProxy(self.field)

    def say(self, sentence: str) -> None:
        """Say what was found, or why not."""
        self.said.say(sentence)

    def refresh(self) -> None:
        """Read again which forms wait, beside the window, when the log has grown."""
        place = self._place()
        if place is None or not place.is_ready or self._read_at == place.version:
            return
        self._read_at = place.version
        data = self._session.data

        def read() -> Sequence[Printed]:
            try:
                return read_paperwork(LogReader(data)).waiting()
            except StorageError as error:
                raise Refused(error.sentence) from None

        beside(place, read, self._show, self.say)

    def again(self) -> None:
        """Begin anew, and look for forms again."""
        self._read_at = -1
        self.field.setText("")
        self.refresh()

    def _ask(self) -> None:
        text = self.field.text().strip()
        if text:
            self.wanted.emit(text)

    def _chosen(self) -> None:
        if self.forms.key:
            self.wanted.emit(self.forms.key)

    def _show(self, forms: Sequence[Printed]) -> None:
        now_us = self._session.now().utc_us
        lines = tuple(
            Line(
                one.form,
                (
                    Cell(shown_form(one.form)),
                    Cell(formats.clock(one.printed_us, now_us), Ink.QUIET),
                    Cell(one.order or "---"),
                    Cell(self._title(one)),
                    Cell(str(one.pages), Ink.QUIET),
                ),
            )
            for one in forms
        )
        self.forms.show_lines(lines)
        self.forms.setVisible(bool(lines))
        none = tr("No printed form waits to be copied.")
        self.none.say(tr("Printed and not copied yet") if lines else none)

    def _title(self, one: Printed) -> str:
        from console.text import language
        from procedures.texts import words

        place = self._place()
        revision = place.runs.procedures.revisions.get(one.revision) if place else None
        if revision is None:
            return one.procedure
        return words(dict(revision.procedure.title), language())[0]

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.field, 1)
        top.addWidget(self.go)
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.told)
        column.addLayout(top)
        column.addWidget(self.said)
        column.addWidget(self.none)
        column.addWidget(self.forms, 1)
        column.addStretch(0)
