"""From a touch to a command of the run, and back to the hand: what was refused, in words."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.guided.words import Namer
from console.work.events import Refused
from procedures.engine import commands as cmd
from procedures.engine.decide import Decision
from procedures.spec import Step

Refuse = Callable[[str], None]


class Hands(QObject):
    """Asks things of one run in the name of who is at the console, or of another who gives a PIN.

    ``asked`` is emitted after every answer, so that the screen looks again at once. A refusal goes
    to the ``refuse`` of the call, one sentence a line.
    """

    asked = Signal()
    allowed = Signal()
    """Something asked for is on its way to the disk."""
    sheet = Signal(object)
    """Asks the page to put a question (:mod:`console.ui.guided.sheets`) in its centre."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.run = ""
        self.language = "en"
        self.names: Namer | None = None
        self.spec: Step | None = None

    @property
    def place(self) -> Workplace | None:
        """Where people work, None until it is open."""
        return self.session.workplace

    @property
    def who(self) -> str:
        """The id of the person at the console, empty where there is nobody."""
        return self.place.hands if self.place else ""

    def ask(self, command: cmd.Command, refuse: Refuse) -> bool:
        """Ask; returns whether it is allowed (and on its way to the disk)."""
        place = self.place
        if place is None:
            refuse(tr("The work log is not open yet."))
            return False
        try:
            decision = place.ask(self.run, command)
        except Refused as refusal:
            refuse(str(refusal))
            return False
        self._tell(decision, refuse)
        self.asked.emit()
        if decision.is_allowed:
            self.allowed.emit()
        return decision.is_allowed

    def ask_as(
        self, command: cmd.Command, pin: str, done: Callable[[], None], refuse: Refuse
    ) -> None:
        """Ask in the name of another person, who gives a PIN; ``done`` only where it is allowed."""
        place = self.place
        if place is None:
            refuse(tr("The work log is not open yet."))
            return

        def decided(decision: Decision) -> None:
            self._tell(decision, refuse)
            if decision.is_allowed:
                done()
            self.asked.emit()

        place.ask_as(self.run, command, pin, decided, refuse)

    def ask_with(
        self,
        command: cmd.Command,
        person: str,
        pin: str,
        done: Callable[[], None],
        refuse: Refuse,
    ) -> None:
        """Ask in one's own name what another person must agree to, who gives a PIN."""
        place = self.place
        if place is None:
            refuse(tr("The work log is not open yet."))
            return

        def proven(_person: object) -> None:
            if self.ask(command, refuse):
                done()

        place.later(place.room.gate.prove(person, pin), proven, refuse)

    def _tell(self, decision: Decision, refuse: Refuse) -> None:
        names = self.names
        if decision.refusals:
            said = [names.sentence(s, self.spec) if names else str(s) for s in decision.refusals]
            refuse("\n".join(dict.fromkeys(said)))
