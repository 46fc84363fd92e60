"""Taking a signature for an order, and doing what was signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QObject, Signal

from console.session.workplace import Workplace
from console.ui.work.sign_panel import SignPanel
from console.work.events import Refused
from console.work.people.roster import Person
from console.work.people.signature import Signature

Then = Callable[[str, Signature], None]


@contextmanager
def present(place: Workplace, person: str) -> Iterator[None]:
    """Count somebody as here who has just proven with the PIN that they are.

    Who signs beside the person at the console does not take the console over.
    """
    desk = place.room.desk
    is_guest = person not in desk.present
    if is_guest:
        desk.enter(person)
    try:
        yield
    finally:
        if is_guest:
            desk.leave(person)


class Signing(QObject):
    """One signature at a time: ``panel`` asks for it, ``ended`` says that the asking is over."""

    ended = Signal()

    def __init__(self, panel: SignPanel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._panel = panel
        self._place: Workplace | None = None
        self._act = ""
        self._shown: Callable[[], str] = str
        self._then: Then = _nothing
        self._turn = 0
        panel.given.connect(self._given)
        panel.cancelled.connect(self._end)

    def ask(
        self,
        place: Workplace,
        words: str,
        signers: Sequence[Person],
        act: str,
        shown: Callable[[], str],
        then: Then,
        *,
        verb: str = "",
    ) -> None:
        """Ask for a signature; ``shown`` gives the hash of what is signed when the PIN is given.

        ``then(person, signature)`` does what was signed, and may raise Refused.
        """
        self._place, self._act, self._shown, self._then = place, act, shown, then
        self._turn += 1
        hands = place.hands
        chosen = hands if any(person.id == hands for person in signers) else ""
        self._panel.ask(words, signers, chosen=chosen, verb=verb)

    def _given(self, person: str, pin: str) -> None:
        place, turn = self._place, self._turn
        if place is None:
            return

        def refused(sentence: str) -> None:
            if turn == self._turn:
                self._panel.refuse(sentence)

        def done(signature: Signature) -> None:
            if turn != self._turn:
                return  # cancelled meanwhile: nothing was done
            try:
                with present(place, signature.person):
                    self._then(signature.person, signature)
            except Refused as refusal:
                self._panel.refuse(str(refusal))
                return
            place.touch()
            self._end()

        try:
            shown = self._shown()
        except Refused as refusal:
            refused(str(refusal))
            return
        self._panel.wait()
        place.later(place.room.gate.sign(person, pin, self._act, shown), done, refused)

    def _end(self) -> None:
        self._turn += 1
        self._place = None
        self._panel.done()
        self.ended.emit()


def _nothing(_person: str, _signature: Signature) -> None:
    """Do nothing: nothing was asked for."""
