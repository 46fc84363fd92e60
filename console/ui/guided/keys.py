"""Keys of the whole screen: Enter is the primary button, digits go where a number is wanted, and a
scanner that types fast gives a label, wherever the keyboard is but in a field.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget

from console.ui.controls import Button
from console.ui.guided.rows import TapRow

BURST_MS = 60
"""A scanner types its characters faster than this one after the other; no hand does."""
_LEAST_SCAN = 3
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Keys(QObject):
    """Listens to keys below one page while it is shown.

    ``scanned`` carries what a scanner read, ``typed`` what a hand typed outside any field,
    ``entered`` that Enter was pressed, ``spaced`` the space bar, where no button takes it.
    """

    scanned = Signal(str)
    typed = Signal(str)
    entered = Signal()
    spaced = Signal()

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._burst = ""
        self._pause = QTimer(self, singleShot=True, interval=BURST_MS)
        self._pause.timeout.connect(self._slow)
        self.is_on = False

    def listen(self, wanted: bool) -> None:
        """Begin or end to listen."""
        app = QApplication.instance()
        if wanted == self.is_on or app is None:
            return
        self.is_on = wanted
        self._burst = ""
        if wanted:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is ours before the focused widget or a shortcut of the window does."""
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        if not self._is_ours(watched) or _writes(watched):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            return self._keep(event)
        return self._key(watched, event)

    def _is_ours(self, widget: QWidget) -> bool:
        return widget is self._page or self._page.isAncestorOf(widget)

    def _keep(self, event: QKeyEvent) -> bool:
        """Keep letters and digits from being shortcuts of the window."""
        if _is_printable(event):
            event.accept()
            return True
        return False

    def _key(self, widget: QWidget, event: QKeyEvent) -> bool:
        if event.key() in _ENTERS and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return self._enter(widget, event)
        if not _is_printable(event):
            return False
        if event.key() == Qt.Key.Key_Space and not self._burst:
            return self._space(widget, event)
        if not event.isAutoRepeat():
            self._burst += event.text()
            self._pause.start()
        return True

    def _enter(self, widget: QWidget, event: QKeyEvent) -> bool:
        burst, self._burst = self._burst, ""
        self._pause.stop()
        if len(burst) >= _LEAST_SCAN:
            self.scanned.emit(burst)
            return True
        if burst:
            self.typed.emit(burst)
            return True
        if event.isAutoRepeat():
            return True
        if isinstance(widget, TapRow):
            widget.press()
        elif isinstance(widget, Button) and widget.isEnabled():
            widget.click()
        elif isinstance(widget, QAbstractButton):
            return False
        else:
            self.entered.emit()
        return True

    def _space(self, widget: QWidget, event: QKeyEvent) -> bool:
        if isinstance(widget, TapRow):
            widget.press()
            return True
        if isinstance(widget, QAbstractButton):
            return False
        if not event.isAutoRepeat():
            self.spaced.emit()
        return True

    def _slow(self) -> None:
        """A pause: what came so far was no scanner with an Enter at its end."""
        burst, self._burst = self._burst, ""
        if burst:
            self.typed.emit(burst)


def _writes(widget: QWidget) -> bool:
    return isinstance(widget, QLineEdit)


def _is_printable(event: QKeyEvent) -> bool:
    barred = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    return bool(text) and text.isprintable() and not event.modifiers() & barred
