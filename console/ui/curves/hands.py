"""What a mouse, a finger, two fingers and keys do to a view of curves.

A tap puts the cursor and keeps it, a drag moves the time, the wheel and two fingers zoom. Every
one of these has a key and, beside the view, a button (``controls.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QNativeGestureEvent, QWheelEvent
from PySide6.QtWidgets import QGestureEvent, QPinchGesture

from console.ui.theme import metrics

if TYPE_CHECKING:
    from console.ui.curves.view import CurveView

STEP_SHARE = 0.25
ZOOM = 1.6
_NOTCH = 120.0
_WHEEL = 1.25
_LEAPS = 20
_Key = Qt.Key
_CURSOR_KEYS = frozenset({_Key.Key_Left, _Key.Key_Right, _Key.Key_M, _Key.Key_Escape})
_OTHERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class Hands:
    """Turns events into what a :class:`CurveView` can do; if ``still``, only with its cursor."""

    def __init__(self, view: CurveView, *, still: bool = False) -> None:
        self._view = view
        self._still = still
        self._pressed: QPointF | None = None
        self._dragged_from: float | None = None
        self.pinned = False
        self._first_us: int | None = None
        self.selecting = False

    # ---- mouse and one finger --------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """Note where; what it means shows when it moves or ends."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()
            if self.selecting and self._first_us is None:
                self._first_us = self._view.moment_at(event.position().x())

    def move(self, event: QMouseEvent) -> None:
        """Drag the time or the selection; without a button, show the values under the pointer."""
        x = event.position().x()
        if self._pressed is None:
            if not self.pinned and self._inside(event.position()):
                self._view.set_cursor(self._view.moment_at(x))
            return
        slack = metrics().target / 4
        if self._dragged_from is None and abs(x - self._pressed.x()) < slack:
            return
        if self.selecting and self._first_us is not None:
            self._dragged_from = x
            self._view.select(self._first_us, self._view.moment_at(x))
            return
        if self._still:
            self._view.set_cursor(self._view.moment_at(x))
            self._dragged_from, self.pinned = x, True
            return
        if self._dragged_from is None:
            self._dragged_from = self._pressed.x()
        ratio = self._view.devicePixelRatioF()
        columns = round((self._dragged_from - x) * ratio)
        if columns:
            self._dragged_from = x
            self._view.pan_columns(columns)

    def release(self, event: QMouseEvent) -> None:
        """End a drag; without one it was a tap."""
        if self._pressed is None or event.button() != Qt.MouseButton.LeftButton:
            return
        dragged, self._dragged_from = self._dragged_from is not None, None
        self._pressed = None
        moment = self._view.moment_at(event.position().x())
        if self.selecting:
            self._tap_selection(moment, dragged)
        elif not dragged and (mark := self._view.mark_at(event.position(), metrics().target / 2)):
            self.pinned = True
            self._view.set_cursor(mark.utc_us)
        elif not dragged and self._inside(event.position()):
            self.pinned = not self.pinned
            self._view.set_cursor(moment)

    def _tap_selection(self, moment: int, dragged: bool) -> None:
        """The first tap is the one end, the second the other; a drag is both."""
        first = self._first_us
        if first is None or (not dragged and self._view.selection is None and first == moment):
            self._view.set_cursor(moment)
            self.pinned = True
            return
        self._first_us = None
        self._view.select(first, moment)
        self._view.begin_selection(on=False)

    def leave(self) -> None:
        """Take the cursor away with the pointer, unless it was put there by a tap or a key."""
        if not self.pinned:
            self._view.set_cursor(None)

    def _inside(self, at: QPointF) -> bool:
        return self._view.plot_area().contains(at.toPoint())

    # ---- wheel and two fingers -------------------------------------------------------------

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; sideways, or with Shift, pan."""
        if self._still:
            event.ignore()
            return
        turned = event.angleDelta()
        sideways = turned.x() if abs(turned.x()) > abs(turned.y()) else 0
        if event.modifiers() & _SHIFT:
            sideways = turned.y() or turned.x()
        if sideways:
            self._view.pan(-sideways / _NOTCH * STEP_SHARE / 2)
        elif turned.y():
            self._view.zoom(_WHEEL ** (-turned.y() / _NOTCH), self._share(event.position().x()))
        if self._view.cursor_us is not None and not self.pinned:  # it is where the pointer is
            self._view.set_cursor(self._view.moment_at(event.position().x()))
        event.accept()

    def gesture(self, event: QEvent) -> bool:
        """Zoom as two fingers say; returns whether the event was one of those."""
        if self._still:
            return False
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
                return False
            factor = 1 / max(1 + event.value(), 0.1)
            self._view.zoom(factor, self._share(event.position().x()))
            return True
        if not isinstance(event, QGestureEvent):
            return False
        pinch = event.gesture(Qt.GestureType.PinchGesture)
        if not isinstance(pinch, QPinchGesture):
            return False
        self._pressed = self._dragged_from = None
        if pinch.scaleFactor() > 0:
            self._view.zoom(1 / pinch.scaleFactor(), self._share(pinch.centerPoint().x()))
        event.accept()
        return True

    def _share(self, x: float) -> float:
        area = self._view.plot_area()
        return min(max((x - area.left()) / max(area.width(), 1), 0.0), 1.0)

    # ---- keys ------------------------------------------------------------------------------

    def key(self, event: QKeyEvent) -> bool:
        """Do what a key asks for; returns False for the keys of others."""
        view, shift = self._view, bool(event.modifiers() & _SHIFT)
        key = event.key()
        if event.modifiers() & _OTHERS or (self._still and key not in _CURSOR_KEYS):
            return False
        if key in {_Key.Key_Left, _Key.Key_Right}:
            self._step(-1 if key == _Key.Key_Left else 1, leap=shift)
        elif key in {_Key.Key_PageUp, _Key.Key_PageDown}:
            view.pan(-STEP_SHARE * 2 if key == _Key.Key_PageUp else STEP_SHARE * 2)
        elif key in {_Key.Key_Plus, _Key.Key_Equal}:
            view.zoom(1 / ZOOM, view.cursor_share())
        elif key == _Key.Key_Minus:
            view.zoom(ZOOM, view.cursor_share())
        elif key == _Key.Key_M:
            self.pinned = True
            view.step_to_mark(-1 if shift else 1)
        elif key == _Key.Key_End:
            view.follow(view.reach.span_us)
        elif key == _Key.Key_Space and view.cursor_us is not None:
            self._select_by_key(view.cursor_us)
        elif key == _Key.Key_Escape:
            return self._give_up()
        else:
            return False
        return True

    def _step(self, direction: int, *, leap: bool) -> None:
        """Move the cursor; at the edge the time moves instead."""
        view = self._view
        grid = view.grid
        at = view.cursor_us
        if at is None:
            at = (grid.start_us + grid.end_us) // 2
        else:
            at += direction * grid.step_us * max(grid.count // (_LEAPS if leap else 200), 1)
        if at < grid.start_us or at >= grid.end_us:
            if self._still:
                return
            view.pan(direction * STEP_SHARE)
        self.pinned = True
        view.set_cursor(at)

    def _select_by_key(self, moment: int) -> None:
        if self._first_us is None:
            self._first_us = moment
            self._view.begin_selection()
            self._view.select(None)
            return
        first, self._first_us = self._first_us, None
        self._view.select(first, moment)
        self._view.begin_selection(on=False)

    def _give_up(self) -> bool:
        """Take away selection and cursor; with nothing to take away the key is another's."""
        view = self._view
        had = view.cursor_us is not None or view.selection is not None or self.selecting
        self._first_us, self.pinned = None, False
        view.begin_selection(on=False)
        view.select(None)
        view.set_cursor(None)
        return had
