"""Orders, procedures, equipment and people, a tab each."""

from __future__ import annotations

from console.session.session import Refresh
from console.text import tr
from console.ui.page import Page


class WorkPage(Page):
    """Orders, procedures, equipment and people, a tab each."""

    name = "work"
    icon = "work"
    is_whole = False

    def title(self) -> str:
        """Return the word beside the icon."""
        return tr("Work")

    def refresh(self, changes: Refresh) -> None:
        """Bring what is visible up to date."""
