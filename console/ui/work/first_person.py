"""The first start of a site: nobody is there yet, and the first to come is the administrator."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import language, tr
from console.ui.setup_parts import Panel, Words
from console.ui.work.pin_form import Chosen, PinForm

_WIDE = 560


class FirstPerson(QWidget):
    """Asks for name, id and passphrase of the first administrator; ``made`` carries the id."""

    made = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._is_asking = False
        self.setAccessibleName(tr("First administrator"))
        asks = (
            ("name", tr("Full name"), tr("as it is signed: Tola Adeyemi")),
            ("id", tr("Id"), tr("short, in small letters: adeyemi")),
        )
        self.form = PinForm(asks=asks, verb=tr("Make the administrator"))
        self.form.cancel.hide()
        self.form.given.connect(self._given)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)

    def begin(self) -> None:
        """Ask, unless it is being asked already: what was typed stays."""
        if self._is_asking:
            return
        self._is_asking = True
        place = self._session.workplace
        least = place.room.desk.roles.pin.passphrase_min if place is not None else 0
        told = tr(
            "Nobody is on the roster of this site yet. The first person is the administrator, who "
            "adds the others and gives them roles. The passphrase has at least {count} characters "
            "and is kept on this machine only, never in the log.",
            count=least,
        )
        self.form.begin(tr("Who is the administrator of this site?"), told)

    def _given(self, chosen: Chosen) -> None:
        place = self._session.workplace
        if place is None:
            return
        name, person = " ".join(chosen.texts["name"].split()), chosen.texts["id"]
        future = place.room.gate.first_administrator(person, name, chosen.pin, language())

        def done(_nothing: None) -> None:
            place.version += 1
            self._is_asking = False
            self.made.emit(person)

        place.later(future, done, self.form.refuse)


class FirstStart(QWidget):
    """The form in the middle of an otherwise empty page."""

    made = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.person = FirstPerson(session)
        self.person.made.connect(self.made)
        panel = Panel(tr("First administrator"))
        panel.setMaximumWidth(_WIDE + 480)
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(24, 24, 24, 24)
        inside.addWidget(self.person)
        inside.addWidget(
            Words(tr("Until then everything can be seen, and alarms acknowledged."), quiet=True)
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 16, 0, 0)
        row.addStretch(1)
        row.addWidget(panel, 4, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
