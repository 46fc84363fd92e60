"""Equipment, parts, fluid and what contradicts itself in their records: one view at a time."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Segments
from console.ui.setup_parts import Words
from console.ui.work.equipment_conflicts import ConflictsView
from console.ui.work.equipment_view import EquipmentView
from console.ui.work.fluid_view import FluidView
from console.ui.work.parts_acts import short_words
from console.ui.work.parts_view import PartsView
from console.ui.work.things_view import ThingsView

_VIEWS: dict[str, Callable[[Session], ThingsView]] = {
    "equipment": EquipmentView,
    "parts": PartsView,
    "fluid": FluidView,
    "conflicts": ConflictsView,
}


class EquipmentTab(QWidget):
    """Four views of things; each is made when it is first looked at."""

    open_subject = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Equipment"))
        self._session = session
        self._made: dict[str, ThingsView] = {}
        self._version = -1
        names = (tr("Equipment"), tr("Parts"), tr("Fluid"), tr("Contradictions"))
        self.views = Segments(tr("View"), list(zip(_VIEWS, names, strict=True)))
        self.note = Words(quiet=True)
        self._stack = QStackedWidget()
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.views)
        head.addWidget(self.note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.views)
        self.views.chosen.connect(self.show_view)
        self.show_view("equipment")

    def view(self, key: str) -> ThingsView:
        """Return one of the views, made now if it never was."""
        if key not in self._made:
            made = self._made[key] = _VIEWS[key](self._session)
            if isinstance(made, EquipmentView):
                made.open_subject.connect(self.open_subject)
            self._stack.addWidget(made)
        return self._made[key]

    def show_view(self, key: str) -> None:
        """Turn to a view: equipment, parts, fluid or conflicts."""
        self.views.choose(key)
        view = self.view(key)
        self._stack.setCurrentWidget(view)
        view.refresh()

    def show_asset(self, serial: str) -> None:
        """Show one asset by serial number."""
        self.show_view("equipment")
        view = self.view("equipment")
        view.search.clear()
        view.look_again()
        view.table.choose(serial.strip().upper())

    def refresh(self, _changes: Refresh) -> None:
        """Bring the view that is shown up to date."""
        place = self._session.workplace
        if place is None or not place.is_ready:
            trouble = place.trouble if place is not None else ""
            self.note.say(trouble or tr("The work log is being read …"))
            return
        self.view(self.views.key).refresh()
        if place.version != self._version:
            self._version = place.version
            book = place.room.book
            open_ = len(book.conflicts.open())
            told = [tr("Contradictions not settled: {n}", n=open_) if open_ else ""]
            told.append(short_words(book))
            self.note.say(" \N{MIDDLE DOT} ".join(filter(None, told)))
