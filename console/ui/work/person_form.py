"""The form of a person: name, id, language and roles; what the roles permit is said below."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from console.text import LANGUAGES, tr
from console.ui.controls import Button, Field, Segments
from console.ui.setup_parts import Words, scrolling
from console.work.people.roles import Roles
from console.work.people.roster import Person

_COLUMNS = 2
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered of a person."""

    id: str
    name: str
    language: str
    roles: frozenset[str]


class PersonForm(QWidget):
    """Asks for a new person, or for changes of one; ``given`` carries :class:`Entry`."""

    given = Signal(object)
    left = Signal()

    def __init__(self, roles: Roles) -> None:
        super().__init__()
        self._roles = roles
        self._held: frozenset[str] = frozenset()
        self.heading = Words("", 13)
        self.name = Field(tr("Full name"), tr("as it is signed: Tola Adeyemi"))
        self.name.setMaxLength(_LONGEST)
        self.id = Field(tr("Id"), tr("short, in small letters: adeyemi"))
        self.id_label = _label(self.id)
        self.language = Segments(tr("Language"), list(LANGUAGES.items()))
        self.roles = {
            key: Button(tr(role.name), checkable=True) for key, role in roles.role.items()
        }
        self.permits = Words(quiet=True)
        self.says = Words("", 13)
        self.save = Button(tr("Save"), primary=True)
        self.cancel = Button(tr("Cancel"))
        self._lay_out()
        for key, button in self.roles.items():
            button.setAccessibleName(tr("Role: {role}", role=tr(roles.role[key].name)))
            button.clicked.connect(self._explain)
        self.name.returnPressed.connect(self._after_name)
        self.id.returnPressed.connect(self.language.findChildren(Button)[0].setFocus)
        self.save.clicked.connect(self._give)
        self.cancel.clicked.connect(self.left)

    def begin(self, person: Person | None = None) -> None:
        """Ask for a new person, or show one to be changed."""
        heading = tr("Change {person}", person=person.name) if person else tr("Add a person")
        self.setAccessibleName(heading)
        self.heading.say(heading)
        self.says.say("")
        self.name.setText(person.name if person else "")
        self.id.setText(person.id if person else "")
        for part in (self.id, self.id_label):
            part.setVisible(person is None)
        self.language.choose(person.language if person else "en")
        self._held = person.roles if person else frozenset()
        for key, button in self.roles.items():
            button.setChecked(key in self._held)
        self.save.setText(tr("Save") if person else tr("Add"))
        self.save.setAccessibleName(self.save.text())
        self.save.updateGeometry()
        self._explain()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def entry(self) -> Entry:
        """What is entered; roles that this version does not know stay as they were."""
        chosen = {key for key, button in self.roles.items() if button.isChecked()}
        unknown = self._held - set(self.roles)
        name = " ".join(self.name.text().split())
        return Entry(self.id.text().strip(), name, self.language.key, unknown | chosen)

    def _give(self) -> None:
        self.given.emit(self.entry)

    def _after_name(self) -> None:
        if self.id.isHidden():
            self._give()
        else:
            self.id.setFocus(Qt.FocusReason.TabFocusReason)

    def _explain(self) -> None:
        """Say what the chosen roles permit, and what granting them takes."""
        roles, chosen = self._roles, self.entry.roles
        acts = [tr(what) for act, what in roles.acts.items() if roles.permits(chosen, act)]
        told = [
            tr("Permits: {acts}", acts="; ".join(acts))
            if acts
            else tr("Permits nothing that is recorded.")
        ]
        if roles.needs_passphrase(chosen):
            told.append(tr("A PIN of digits is not enough for these roles."))
        two = [key for key in roles.granting.two_administrators if key in chosen - self._held]
        if two:
            named = ", ".join(tr(roles.role[key].name) for key in two)
            told.append(
                tr("Where there is a second administrator, that person signs: {role}.", role=named)
            )
        self.permits.say("\n".join(told))

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it leaves the form.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def _lay_out(self) -> None:
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(2, 2, 8, 2)
        rows.setSpacing(4)
        pairs = ((_label(self.name), self.name), (self.id_label, self.id))
        for label, field in pairs:
            rows.addWidget(label)
            rows.addWidget(field)
            rows.addSpacing(8)
        rows.addWidget(Words(tr("Language"), quiet=True))
        rows.addWidget(self.language)
        rows.addSpacing(8)
        rows.addWidget(Words(tr("Roles"), quiet=True))
        grid = QGridLayout()
        grid.setSpacing(8)
        for number, button in enumerate(self.roles.values()):
            grid.addWidget(button, number // _COLUMNS, number % _COLUMNS)
        rows.addLayout(grid)
        rows.addSpacing(4)
        rows.addWidget(self.permits)
        rows.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.save)
        foot.addWidget(self.cancel)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(scrolling(inside, tr("Questions")), 1)
        column.addWidget(self.says)
        column.addLayout(foot)


def _label(field: Field) -> Words:
    label = Words(field.accessibleName(), quiet=True)
    label.setBuddy(field)
    return label
