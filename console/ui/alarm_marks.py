"""The mark of an alarm: its priority's own shape and number, or what has set it aside.

Only the mark of what nobody has acknowledged blinks, once a second, and every such mark at once.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from console.alarms.states import State
from console.alarms.status import Status
from console.ui import paint
from console.ui.theme import theme

BLINK_MS = 500


def is_lit() -> bool:
    """Return whether this is the bright half of the blink: the same everywhere in the window."""
    return int(time.monotonic() * 1000) // BLINK_MS % 2 == 0


def alarm_mark(p: QPainter, rect: QRectF, alarm: Status, *, lit: bool = True) -> None:
    """Draw an alarm's mark.

    Filled while its condition holds, an outline once that is over; ``lit`` is the bright half of
    the blink of one that is unacknowledged.
    """
    if alarm.state.is_set_aside:
        aside_mark(p, rect, alarm.state)
        return
    is_dark = alarm.state.awaits_acknowledgement and not lit
    if alarm.active:
        paint.priority_mark(p, rect, alarm.priority, filled=not is_dark)
    else:
        paint.priority_mark(p, rect, alarm.priority, filled=False, quiet=is_dark)


def aside_mark(p: QPainter, rect: QRectF, state: State) -> None:
    """Draw what has set an alarm aside: a clock, a bar across a ring, or a crossed box."""
    side = min(rect.width(), rect.height()) - 4
    box = QRectF(0, 0, side, side)
    box.moveCenter(rect.center())
    middle, reach = box.center(), side / 2
    p.save()
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(QPen(theme().suppressed, 2))
    if state is State.OUT_OF_SERVICE:
        p.drawRect(box)
        inside = box.adjusted(side / 4, side / 4, -side / 4, -side / 4)
        p.drawLine(inside.topLeft(), inside.bottomRight())
        p.drawLine(inside.topRight(), inside.bottomLeft())
    else:
        p.drawEllipse(box)
        if state is State.SHELVED:
            p.drawLine(middle, QPointF(middle.x(), middle.y() - reach * 0.6))
            p.drawLine(middle, QPointF(middle.x() + reach * 0.5, middle.y()))
        else:
            p.drawLine(
                QPointF(middle.x() - reach * 0.55, middle.y()),
                QPointF(middle.x() + reach * 0.55, middle.y()),
            )
    p.restore()
