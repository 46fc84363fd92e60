"""Notifications of the desktop by the window, where there is no notify-send."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QStyle, QSystemTrayIcon

from console.session.session import Session

_SHOWN_MS = 30_000


class DesktopNotice(QObject):
    """A tray icon that is there only once there is something to show."""

    _asked = Signal(str, str, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None
        self._can = QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()
        self._asked.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def present(self, title: str, text: str, urgent: bool) -> bool:
        """Show a message soon, from any thread, waiting for nothing; False where it cannot be."""
        if not self._can:
            return False
        try:
            self._asked.emit(title, text, urgent)
        except RuntimeError:  # the window was thrown away meanwhile
            return False
        return True

    def _show(self, title: str, text: str, urgent: bool) -> None:
        if self._tray is None:
            picture = QStyle.StandardPixmap.SP_MessageBoxWarning
            icon = QApplication.style().standardIcon(picture)
            self._tray = QSystemTrayIcon(icon, self)
            self._tray.show()
        icons = QSystemTrayIcon.MessageIcon
        kind = icons.Critical if urgent else icons.Warning
        self._tray.showMessage(title, text, kind, _SHOWN_MS)


def attach(session: Session, window: QObject) -> DesktopNotice | None:
    """Let the window show the notifications of the desktop where nothing else can."""
    if not session.notices.wants_window:
        return None
    notice = DesktopNotice(window)
    session.notices.show_with(notice.present)
    return notice
