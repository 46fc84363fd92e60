"""Who is at the console, at the right end of the alarm strip; a tap opens the sign-in."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from console.session.session import Session
from console.text import tr
from console.ui import paint
from console.ui.controls import frame
from console.ui.theme import look, theme

_NARROW, _WIDE = 128, 176
_ARROW = 28
_NARROW_STRIP = 1200
_SOON_S = 120


class SignChip(QAbstractButton):
    """The name and the role of who is signed in, or "Sign in". Checked while the panel is open.

    ``lapsed`` is the name of who was signed out because nothing was done for too long, until
    somebody signs in again.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._who = ""
        self._name = ""
        self._told: tuple[str, str] = ("", "")
        self.lapsed = ""
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        look().changed.connect(self.update)
        self.refresh()

    def refresh(self) -> None:
        """Show who is here now; a sign-in that nobody used for too long ends by being looked at."""
        place = self._session.workplace
        is_open = place is not None and place.is_ready
        person = place.person if place is not None and is_open else None
        if self._who and person is None and place is not None and place.lapsed == self._who:
            self.lapsed = self._name
        elif person is not None:
            self.lapsed = ""
        self._who = person.id if person else ""
        self._name = person.name if person else ""
        self._say(*self._words())

    def _words(self) -> tuple[str, str]:
        place = self._session.workplace
        if not self._who or place is None:
            return tr("Sign in"), tr("signed out: idle") if self.lapsed else ""
        left_s = place.idle_left_s
        if left_s <= _SOON_S:
            return self._name, tr("ends in {seconds} s", seconds=max(round(left_s), 1))
        person = place.person
        names = place.room.desk.roles.role
        held = [tr(names[role].name) for role in names if person and role in person.roles]
        return self._name, ", ".join(held)

    def _say(self, above: str, below: str) -> None:
        if (above, below) == self._told:
            return
        self._told = (above, below)
        told = tr("At the console: {person}", person=above) if self._who else above
        self.setText(above)
        self.setAccessibleName(told)
        self.setAccessibleDescription(below or tr("Nobody is signed in"))
        self.update()

    def fit(self, width: int) -> None:
        """Take less room in a narrow strip: the alarm comes first."""
        self.setFixedWidth(_WIDE if width >= _NARROW_STRIP else _NARROW)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        rect = QRectF(self.rect()).adjusted(0, 4, 0, -5)
        fill = t.desired if self.isChecked() or self.isDown() else t.panel
        frame(p, rect, fill, t.line, focused=self.hasFocus())
        middle = rect.center().y()
        top = middle - 22 if self._told[1] else middle - 12
        above = QRectF(12, top, self.width() - 12 - _ARROW, 23)
        below = QRectF(12, middle + 1, self.width() - 12 - _ARROW, 20)
        paint.label(p, above, self._told[0], 13, bold=not self._who)
        loud = bool(self.lapsed) and not self._who
        paint.label(p, below, self._told[1], 11, colour=t.text if loud else t.muted)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(t.muted, 1.5))
        x, down = rect.right() - 15, -1 if self.isChecked() else 1
        tip = [QPointF(x + at, middle + down * y) for at, y in ((-5, -2), (0, 3), (5, -2))]
        p.drawPolyline(QPolygonF(tip))
