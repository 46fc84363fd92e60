"""One run of a procedure, one step at a time."""

from __future__ import annotations

from console.session.session import Refresh
from console.text import tr
from console.ui.page import Page


class GuidedPage(Page):
    """One run of a procedure, one step at a time."""

    name = "guided"
    icon = "work"
    is_whole = True

    def title(self) -> str:
        """Return the word beside the icon."""
        return tr("Guided work")

    def refresh(self, changes: Refresh) -> None:
        """Bring what is visible up to date."""
