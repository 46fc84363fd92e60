"""Keys of the whole screen: Enter is the primary button, digits go where a number is wanted, and a
scanner that types fast gives a label, wherever the keyboard is but in a field.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QWidget,
)

from console.ui.controls import Button
from console.ui.guided.number_field import NumberField
from console.ui.guided.rows import TapRow

BURST_MS = 60
"""A scanner types its characters faster than this one after the other; no hand does."""
_LEAST_SCAN = 3
_KINDS = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
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
        self.wants_label: Callable[[], bool] = lambda: False
        self._since = QElapsedTimer()
        self._fast = ""

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
        if event.type() not in _KINDS:
            return False
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget):
            return False
        return self._is_ours(watched) and self._take(watched, event)

    def _take(self, widget: QWidget, event: QKeyEvent) -> bool:
        is_press = event.type() == QEvent.Type.KeyPress
        if isinstance(widget, NumberField) and is_press:
            return self._number(widget, event)
        if isinstance(widget, QLineEdit):
            return False
        if isinstance(widget, QAbstractItemView):
            return not is_press and self._keep(event)
        return self._key(widget, event) if is_press else self._keep(event)

    def _number(self, field: NumberField, event: QKeyEvent) -> bool:
        """Tell a scanner that types into a number from a hand: it is faster."""
        is_fast = self._since.isValid() and self._since.elapsed() < BURST_MS
        self._since.start()
        if event.key() in _ENTERS:
            label, self._fast = self._fast, ""
            if is_fast and len(label) > _LEAST_SCAN and self.wants_label():
                field.clear()
                self.scanned.emit(label)
                return True
        elif _is_printable(event):
            self._fast = self._fast + event.text() if is_fast else event.text()
        return False

    def _is_ours(self, widget: QWidget) -> bool:
        """Whether keys to a widget are for the step: also those to what was touched beside it.

        After the alarm above has been acknowledged by a touch, the keyboard is there.
        """
        if self._is_inside(widget):
            return True
        window = self._page.window()
        return widget is window or (
            isinstance(widget, QAbstractButton) and widget.window() is window
        )

    def _is_inside(self, widget: QWidget) -> bool:
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
        if not self._is_inside(widget):
            self.entered.emit()
        elif isinstance(widget, TapRow):
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


def _is_printable(event: QKeyEvent) -> bool:
    barred = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    text = event.text()
    return bool(text) and text.isprintable() and not event.modifiers() & barred
