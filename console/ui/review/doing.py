"""Doing what a reviewer asked for: after a form, or after a signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.review import offers as of
from console.ui.review.approving import (
    Several,
    approve_one,
    check_one,
    check_several,
    shown_of,
    words_of_approval,
    words_of_several,
)
from console.ui.review.forms import form_of
from console.ui.work.acts import Act, Answers, allowed, hands_of
from console.ui.work.order_offers import Offer
from console.ui.work.order_signing import Signing
from console.work.events import Refused
from console.work.people.roster import Person
from console.work.people.signature import Signature
from console.work.reviews.desk import REVIEW
from console.work.reviews.queue import Item

if TYPE_CHECKING:
    from console.ui.review.record_panel import RecordPanel


class Doing:
    """Carries out offers for the thing of a panel. Everything raises Refused or shows why not."""

    def __init__(self, session: Session, panel: RecordPanel) -> None:
        self._session = session
        self._panel = panel
        self._act: Act | None = None
        self._together = _Together(panel)
        self._signing = Signing(panel.sign, panel)
        self._signing.ended.connect(panel.show_facts)
        panel.form.given.connect(self._given)
        panel.form.left.connect(self.leave)

    @property
    def _place(self) -> Workplace:
        place = self._session.workplace
        if place is None or not place.is_ready:
            raise Refused(tr("The work log is not open yet."))
        return place

    def leave(self) -> None:
        """Leave whatever is open; nothing was done."""
        self._act = None
        if not self._panel.is_busy:
            return
        if self._panel.sign.isVisible():
            self._panel.sign.cancel.click()
        self._panel.show_facts()

    def do(self, offer: Offer) -> None:
        """Do what an offer says, or ask for what it takes; raises Refused."""
        if offer.why_not:
            raise Refused(offer.why_not)
        here = self._panel.here()
        if offer.key in {of.APPROVE, of.SETTLE}:
            self._sign(offer, here.item)
            return
        form = form_of(offer.key, here)
        if form is not None:
            allowed(self._session, form.permission)
            self._act = form
            self._panel.show_form(form)

    def _given(self, answers: Answers) -> None:
        act = self._act
        if act is None:
            return
        try:
            said = act.do(allowed(self._session, act.permission), answers)
        except Refused as refusal:
            self._panel.form.says.say(str(refusal))
            return
        self._act = None
        self._panel.show_facts()
        self._panel.say(said)

    # ---- signatures ----

    def _sign(self, offer: Offer, item: Item) -> None:
        place = self._place
        if any(person.id == place.hands for person in offer.signers):
            check_one(place, item, place.hands)

        def approved(person: str, signature: Signature) -> None:
            approve_one(place, item, person, signature)
            self._panel.say(tr("Recorded. It shows as soon as it is on the disk."))

        self._panel.show_sign()
        self._signing.ask(
            place,
            words_of_approval(item),
            offer.signers,
            REVIEW,
            lambda: shown_of(place, item),
            approved,
            verb=tr("Approve"),
        )

    def approve_several(self, items: Sequence[Item], signers: Sequence[Person]) -> None:
        """Ask for one PIN for several records without an exception; raises Refused."""
        hands_of(self._session)
        check_several(items)
        self._together.ask(self._place, items, signers)


class _Together:
    """Takes one PIN for several records and closes one after the other."""

    def __init__(self, panel: RecordPanel) -> None:
        self._panel = panel
        self._place: Workplace | None = None
        self._items: Sequence[Item] = ()
        panel.sign.given.connect(self._given)
        panel.sign.cancelled.connect(self._end)

    def ask(self, place: Workplace, items: Sequence[Item], signers: Sequence[Person]) -> None:
        """Ask for the PIN."""
        self._place, self._items = place, tuple(items)
        self._panel.show_sign()
        chosen = place.hands if any(one.id == place.hands for one in signers) else ""
        words = words_of_several(items)
        self._panel.sign.ask(words, signers, chosen=chosen, verb=tr("Approve"))

    def _given(self, person: str, pin: str) -> None:
        if self._place is None:
            return
        self._panel.sign.wait()
        Several(self._place, self._items, person, pin, self._done, self._refused).go()

    def _done(self, count: int) -> None:
        self._leave(tr("{n} orders are closed.", n=count))

    def _refused(self, sentence: str, count: int) -> None:
        if not count:
            self._panel.sign.refuse(sentence)
            return
        closed = tr("{n} orders are closed.", n=count)
        self._leave(f"{closed} {sentence}")

    def _leave(self, said: str) -> None:
        self._end()
        self._panel.sign.done()
        self._panel.show_facts()
        self._panel.say(said)

    def _end(self) -> None:
        self._place, self._items = None, ()
