"""Setup: what the controllers send and what is made of it, and how a new one is adopted."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Segments
from console.ui.page import Page
from console.ui.setup_adopt import Adoption
from console.ui.setup_inspector import Inspector


class SetupPage(Page):
    """Two views: the registers of the controllers there are, and the way to a new one."""

    name = "setup"
    icon = "setup"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        views = [("registers", tr("Registers")), ("adopt", tr("Adopt a controller"))]
        self.views = Segments(tr("View"), views)
        self.inspector = Inspector(session)
        self.adoption = Adoption(session)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.inspector)
        self._stack.addWidget(self.adoption)
        head = QHBoxLayout()
        head.addWidget(self.views)
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.views)
        self.views.chosen.connect(self.show_view)
        if not session.tanks:
            self.show_view("adopt")

    def title(self) -> str:
        return tr("Setup")

    def headline(self) -> str:
        if self._stack.currentWidget() is self.adoption:
            return f"{self.title()} > {tr('Adopt a controller')}"
        name = self.session.name_of(self.inspector.subject)
        return " > ".join(filter(None, (self.title(), tr("Registers"), name)))

    def show_subject(self, subject: str) -> None:
        """Show the registers of a tank; ``adopt`` is the way to a new one."""
        if subject == "adopt":
            self.show_view("adopt")
        elif any(tank.id == subject for tank in self.session.tanks):
            self.show_view("registers")
            self.inspector.show_tank(subject)

    def show_view(self, view: str) -> None:
        """Turn to a view."""
        self.views.choose(view)
        self._stack.setCurrentWidget(self.adoption if view == "adopt" else self.inspector)

    def refresh(self, changes: Refresh) -> None:
        if self._stack.currentWidget() is self.adoption:
            self.adoption.refresh()
        else:
            self.inspector.refresh()
