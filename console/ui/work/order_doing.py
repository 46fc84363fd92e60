"""Doing what an offer says: at once, after a form, or after a signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work.acts import Act, Answers, allowed, hands_of
from console.ui.work.order_forms import OrderForms, signed_reason
from console.ui.work.order_offers import ACT_WORDS, VERIFY, Offer, lost_run
from console.ui.work.order_signing import Signing
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.people.signature import Signature

if TYPE_CHECKING:
    from console.ui.work.order_panel import OrderPanel

_WORDS = {
    State.READY: "Release for work",
    State.IN_PROGRESS: "Start",
    State.REVIEW: "To review",
    State.CLOSED: "Close",
    State.CANCELLED: "Cancel order",
}


class OrderDoing:
    """Carries out offers for the order of a panel. Everything raises Refused or shows why not."""

    def __init__(self, session: Session, panel: OrderPanel) -> None:
        self._session = session
        self._panel = panel
        self._forms = OrderForms(session)
        self._act: Act | None = None
        self._signing = Signing(panel.sign, panel)
        self._signing.ended.connect(panel.show_facts)
        panel.form.given.connect(self._given)
        panel.form.left.connect(self.leave)
        panel.begin.left.connect(self.leave)

    @property
    def _place(self) -> Workplace:
        place = self._session.workplace
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        return place

    def leave(self) -> None:
        """Leave whatever form is open; nothing was done."""
        self._act = None
        if self._panel.is_busy:
            if self._panel.sign.isVisible():
                self._panel.sign.cancel.click()
            self._panel.show_facts()

    def do(self, offer: Offer, order: Order) -> None:
        """Do what an offer says, or ask for what it takes; raises Refused."""
        by = hands_of(self._session)
        if offer.key == "begin":
            self._panel.begin.begin(order)
            self._panel.show_begin()
            return
        at_once = self._at_once(offer.key, order, by)
        if at_once is not None:
            at_once()
            self._panel.refresh()
            return
        form = self._forms.of(offer, order)
        if form is not None:
            allowed(self._session, form.permission)
            self._open(form)
        elif offer.key == "verify":
            self._verify(offer, order)
        elif offer.way is not None and offer.way.reason:
            self._open(signed_reason(offer, order, lambda why: self._sign(offer, order, why)))
        elif offer.way is not None:
            self._sign(offer, order, "")

    def _at_once(self, key: str, order: Order, by: str) -> Callable[[], object] | None:
        orders, number = self._place.room.orders, order.number
        lost = lost_run(self._place, order)
        mine = by in order.working()
        labour = orders.stop_labour if mine else orders.start_labour
        known: dict[str, Callable[[], object]] = {
            "resume": lambda: orders.resume(by, number),
            "down": lambda: orders.set_down(by, number, down=not order.is_down),
            "labour": lambda: labour(by, number),
            "link": lambda: orders.link(by, number, run=lost.id if lost else ""),
        }
        return known.get(key)

    def _open(self, act: Act) -> None:
        self._act = act
        self._panel.show_form(act)

    def _given(self, answers: Answers) -> None:
        act = self._act
        if act is None:
            return
        try:
            by = (
                allowed(self._session, act.permission)
                if act.permission
                else hands_of(self._session)
            )
            act.do(by, answers)
        except Refused as refusal:
            self._panel.form.says.say(str(refusal))
            return
        if self._act is act and not self._panel.sign.isVisible():
            self._act = None
            self._panel.show_facts()

    # ---- signatures ----

    def _sign(self, offer: Offer, order: Order, reason: str) -> None:
        way, orders = offer.way, self._place.room.orders
        if way is None:
            return

        def moved(person: str, signature: Signature) -> None:
            orders.move(person, order.number, way.to, reason=reason, signature=signature)

        is_again = way.from_ is State.RETURNED and way.to is State.IN_PROGRESS
        said = "Take up again" if is_again else _WORDS[way.to]
        self._panel.show_sign()
        self._signing.ask(
            self._place,
            tr(ACT_WORDS[said], number=order.number, title=order.title),
            offer.signers,
            way.act,
            lambda: orders.shown(order.number, way.to),
            moved,
        )

    def _verify(self, offer: Offer, order: Order) -> None:
        orders = self._place.room.orders
        self._panel.show_sign()
        self._signing.ask(
            self._place,
            tr(ACT_WORDS["Verify"], number=order.number, title=order.title),
            offer.signers,
            VERIFY,
            lambda: orders.shown_to_verify(order.number),
            lambda person, signature: _drop(orders.verify(person, order.number, signature)),
        )


def _drop(_order: Order) -> None:
    """Take what a command returns; nothing more is done with it."""
