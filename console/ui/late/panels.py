"""Parts of the page for filled forms: its head, the way back that was taken, the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.documents.boxes import Box
from console.documents.codes import shown_form
from console.text import language, tr
from console.ui.controls import Button, frame
from console.ui.late.box_rows import BoxGroup, TextRow
from console.ui.late.copying import Copying
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import theme
from procedures.texts import words


class FormHead(QWidget):
    """Which form of what, and that it is no live work."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Words("", 16)
        self.facts = Words("", 11, quiet=True)
        self.mark = Words(tr("LATE ENTRY FROM PAPER"), 13)
        self.mark.setWordWrap(False)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.title)
        said.addWidget(self.facts)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addLayout(said, 1)
        row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_form(self, copying: Copying) -> None:
        """Show a form."""
        form, order = copying.found.form, copying.order
        title = words(dict(form.revision.procedure.title), language())[0]
        self.title.say(f"{title}: {order.title}" if order else title)
        facts = [
            tr("form {form}", form=shown_form(form.form)),
            copying.found.printed.order,
            tr("revision {digest}", digest=form.revision.digest[:8]),
            tr("pages: {count}", count=form.pages),
        ]
        if form.superseded_us:
            facts.append(
                tr("this revision was replaced since it was printed; it is copied as printed")
            )
        self.facts.say("   ".join(part for part in facts if part))


class WayBack(QWidget):
    """That the way back was taken at this step: by whom, when, why."""

    def __init__(self) -> None:
        super().__init__()
        self.rows = [
            TextRow(Box("abort/by", tr("Who took the way back"))),
            TextRow(Box("abort/time", tr("When"), tr("hh:mm"))),
            TextRow(Box("abort/reason", tr("Why"))),
        ]
        self.group = BoxGroup(tr("The way back was taken here"), "", self.rows)
        self.taken = Button(tr("Enter it"), primary=True)
        self.back = Button(tr("Cancel"))
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch(1)
        buttons.addWidget(self.taken)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.group)
        column.addLayout(buttons)
        column.addStretch(1)

    def say(self, faults: Mapping[str, str]) -> None:
        """Say at each box what is wrong."""
        for row in self.rows:
            row.say(faults.get(row.box.id, ""))


class Over(QWidget):
    """All is in the log: what a reviewer will look at first."""

    def __init__(self) -> None:
        super().__init__()
        self.heading = Words(tr("The form is in the log"), 20)
        self.told = Words("", 13)
        self.list = Words("", 13)
        self.another = Button(tr("Copy another form"), primary=True)
        self.to_work = Button(tr("To the work board"))
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.addWidget(self.list)
        rows.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.to_work)
        buttons.addStretch(1)
        buttons.addWidget(self.another)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.told)
        column.addWidget(scrolling(inside, tr("Exceptions")), 1)
        column.addLayout(buttons)

    def show_form(self, copying: Copying, copier: str, exceptions: Iterable[str]) -> None:
        """Show what became of it."""
        lines = list(exceptions)
        self.told.say(
            tr(
                "Late entry {run}, copied by {copier}. Exceptions for the reviewer: {count}.",
                run=copying.found.form.run,
                copier=copier,
                count=len(lines),
            )
        )
        self.list.say("\n".join(f"\N{BULLET} {line}" for line in lines))

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)
