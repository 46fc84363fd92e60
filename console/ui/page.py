"""What the window asks of every page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from console.session.session import Refresh, Session


class Page(QWidget):
    """One page of the window: what it is called, what it is about, and how it keeps up.

    The window calls :meth:`refresh` every 200 ms while the page is visible and once right after it
    is shown, so a page reads the session there and nowhere else, and repaints only what changed.
    ``open_subject(page, subject)`` asks the window to go to a tank or a GPU on another page.
    """

    open_subject = Signal(str, str)

    name = ""
    """Id of the page: ``site``, ``tank``, ``gpus``, ``log``."""
    icon = ""
    """Name of its picture in ``resources/icons``."""
    is_whole = False
    """Whether it takes all of the window but the alarm strip, which nothing ever covers."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setObjectName(self.name)
        self.setAccessibleName(self.title())

    def title(self) -> str:
        """Return the word beside the icon, translated."""
        raise NotImplementedError

    def headline(self) -> str:
        """Return where this is, as read in the header: ``Hall A > Tank 3``."""
        return self.title()

    def refresh(self, changes: Refresh) -> None:
        """Bring what is visible up to date; must take a few milliseconds at most."""
        raise NotImplementedError

    def show_subject(self, subject: str) -> None:
        """Turn to a part (``tank-3``, ``node-1/gpu0``); unknown ids are ignored."""

    @property
    def settled(self) -> bool:
        """Whether nothing that is shown is still being read; a picture is taken then."""
        return True

    def show_moment(self, utc_us: int) -> None:
        """Bring a moment into view and mark it; pages without a time axis ignore it."""

    def missed(self, changes: Refresh) -> None:
        """Be told of events while another page is shown; most pages read what they need later."""
