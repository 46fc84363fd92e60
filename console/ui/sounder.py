"""A sound for what nobody has acknowledged: one pattern of beeps for each priority.

Silence is not acknowledge: it lasts until something new is raised or becomes worse. The sound is
the desktop's own beep, which needs nothing installed; the number of beeps and the pause between
them tell the priority. Off unless a person switches it on in the settings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from console.alarms.events import AlarmKey
from console.alarms.journal import AlarmBook
from console.alarms.severity import Severity

BETWEEN_MS = 180


@dataclass(frozen=True, slots=True)
class Pattern:
    """So many beeps, then a pause."""

    beeps: int
    pause_ms: int


PATTERNS: Mapping[int, Pattern] = {
    1: Pattern(4, 1_500),
    2: Pattern(3, 5_000),
    3: Pattern(2, 20_000),
    4: Pattern(1, 60_000),
}


class Sounder(QObject):
    """Follows the book; ``changed`` when it begins, ends or is silenced."""

    changed = Signal()

    def __init__(
        self,
        book: Callable[[], AlarmBook],
        wanted: Callable[[], bool],
        parent: QObject | None = None,
        *,
        beep: Callable[[], None] = QApplication.beep,
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._wanted = wanted
        self._beep = beep
        self._heard: dict[AlarmKey, tuple[Severity, int]] = {}
        self._silenced = False
        self._left = 0
        self.priority = 0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._next)

    @property
    def sounds(self) -> bool:
        """Whether there is anything to silence."""
        return self.priority > 0

    def refresh(self) -> None:
        """Bring the sound in line with what is unacknowledged."""
        waiting = [alarm for alarm in self._book().alarms() if not alarm.acknowledged]
        now = {alarm.key: (alarm.unacknowledged, alarm.raised_us) for alarm in waiting}
        if any(self._is_news(key, *told) for key, told in now.items()):
            self._silenced = False
        self._heard = now
        is_on = self._wanted() and not self._silenced
        self._sound(min((alarm.priority for alarm in waiting), default=0) if is_on else 0)

    def silence(self) -> None:
        """Be quiet until something new; nothing is acknowledged by it."""
        self._silenced = True
        self._sound(0)

    def _is_news(self, key: AlarmKey, severity: Severity, raised_us: int) -> bool:
        """Whether an alarm is new, became worse, or was raised again since it was heard."""
        known = self._heard.get(key)
        return known is None or severity > known[0] or raised_us > known[1]

    def _sound(self, priority: int) -> None:
        if priority == self.priority:
            return
        is_more_urgent = priority > 0 and (self.priority == 0 or priority < self.priority)
        self.priority = priority
        if not priority:
            self._timer.stop()
        elif is_more_urgent or not self._timer.isActive():
            self._left = PATTERNS[priority].beeps
            self._next()
        self.changed.emit()

    def _next(self) -> None:
        """One beep of the pattern, or the next round of it."""
        if not self.priority:
            return
        pattern = PATTERNS[self.priority]
        if self._left <= 0:
            self._left = pattern.beeps
        self._beep()
        self._left -= 1
        self._timer.start(BETWEEN_MS if self._left else pattern.pause_ms)
