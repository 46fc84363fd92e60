"""The people of this log: who they are, what they may do, and what their qualifications end."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from console.session.session import Refresh, Session


class PeopleTab(QWidget):
    """Everybody of the roster."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session

    def refresh(self, changes: Refresh) -> None:
        """Bring what is visible up to date."""
