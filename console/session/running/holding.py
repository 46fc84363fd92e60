"""Alarms that a run trips by itself: held back while it expects them, given back after."""

from __future__ import annotations

from collections.abc import Iterable

from console.alarms.events import AlarmKey
from console.alarms.events import RefusedError as AlarmRefusedError
from console.session.alarms import AlarmRoom
from console.text import tr

SYSTEM = "system"


class AlarmHolder:
    """Keeps what is suppressed for each run equal to what the run expects now.

    What is suppressed is asked of the alarm engine, which a restart restores from the log: nothing
    is remembered here, so nothing stays held back after a crash. Only exactly the named alarms are
    ever touched: a leak still alarms.
    """

    def __init__(self, alarms: AlarmRoom) -> None:
        self._alarms = alarms
        self._refused: dict[tuple[str, AlarmKey], str] = {}

    def update(
        self, run: str, expected: Iterable[tuple[str, str]], about: str, because: str
    ) -> None:
        """Suppress and give back until ``expected``, pairs of part and alarm id, is what is held.

        ``about`` is the reason shown with a suppressed alarm: the work that trips it; ``because``
        says in a word why one is given back.
        """
        wanted = {key for part, alarm in expected for key in self._alarms.keys(part, alarm)}
        held = set(self._alarms.held_for(run))
        for key in sorted(wanted - held, key=str):
            self._hold(run, key, about)
        over = held - wanted
        if over:
            self._alarms.release(run, SYSTEM, because, over)

    def refused(self, run: str) -> list[str]:
        """Return why alarms of a run could not be held back, one sentence each."""
        return [why for (name, _), why in self._refused.items() if name == run]

    def _hold(self, run: str, key: AlarmKey, about: str) -> None:
        if (run, key) in self._refused:
            return
        try:
            self._alarms.suppress([key], run, about, SYSTEM)
        except AlarmRefusedError as refusal:
            self._refused[run, key] = str(refusal)


def reason(procedure_title: str, asset: str) -> str:
    """Return the reason that is shown with an alarm held back for work."""
    return tr("{procedure}: {asset}", procedure=procedure_title, asset=asset)
