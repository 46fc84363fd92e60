"""What a run is to begin with, and beginning it so that a crash leaves what one can go on from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.session.running.binding import Bound
from console.session.running.desk import NewRun, Proof
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work.begin_words import refusals
from console.ui.work.order_offers import next_run
from console.ui.work.suggest import bound_to
from console.work.assets.desk import Pieces
from console.work.assets.places import PlaceKind
from console.work.events import Refused
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.people.signature import Signature, shown_hash
from procedures.engine.sentence import Sentence
from procedures.revision import Revision


@dataclass(frozen=True, slots=True)
class Beginning:
    """Everything that was said in the form. ``unconfirmed`` names what nobody has confirmed yet."""

    by: str
    crew: tuple[str, ...]
    language: str
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tools: Mapping[str, int | None] = field(default_factory=dict)
    spares: Mapping[str, str] = field(default_factory=dict)
    unconfirmed: tuple[str, ...] = ()

    def new_run(self, name: str) -> NewRun:
        """Return it as the desk of runs takes it."""
        return NewRun(self.by, self.crew, self.language, self.tools, self.spares, run=name)


class BeginDesk:
    """Decides whether the procedure of an order can begin, and begins it."""

    def __init__(
        self, session: Session, place: Workplace, order: Order, revision: Revision
    ) -> None:
        self._session = session
        self._place = place
        self.order = order
        self.revision = revision
        self.run = next_run(place, order)

    def refusals(self, told: Beginning) -> list[str]:
        """Return every reason why it cannot begin, in words; nothing is begun."""
        found = list(self._engine(told))
        if told.unconfirmed:
            found.append(tr("Not confirmed: {items}", items=", ".join(told.unconfirmed)))
        return found

    def _engine(self, told: Beginning) -> list[str]:
        bound = self._bound(told)
        if bound is None:
            return [tr("The equipment of the order is not in this site.")]
        refused = self._place.runs.why_not(self.revision, bound, told.new_run(self.run))
        return self._words(refused)

    def _words(self, found: Iterable[Sentence]) -> list[str]:
        return refusals(self._place, self.revision.procedure, found, self._session.name_of)

    def shown(self, told: Beginning) -> str:
        """Return the hash of what the executor signs: the step of the order, or the run alone."""
        if self.order.state is State.READY:
            return self._place.room.orders.shown(self.order.number, State.IN_PROGRESS)
        return shown_hash(
            {
                "run": self.run,
                "order": self.order.number,
                "revision": self.revision.digest,
                "crew": list(told.crew),
            }
        )

    def go(self, told: Beginning, signature: Signature) -> list[str]:
        """Begin: the order first, then the run, then what joins them; raises Refused.

        Whatever is lost on the way, a person goes on from: an order in work without a run offers
        to begin one, a run that bears the order's number offers to be linked. Returns what did not
        work beside it.
        """
        refused = self.refusals(told)
        bound = self._bound(told)
        if refused or bound is None:
            raise Refused("\n".join(refused))
        orders, number = self._place.room.orders, self.order.number
        if self.order.state is State.READY:
            orders.move(told.by, number, State.IN_PROGRESS, signature=signature)
        proof = Proof("pin", signature.utc_us)
        _, decision = self._place.runs.begin(
            self.revision, bound, told.new_run(self.run), proof=proof
        )
        if not decision.is_allowed:
            raise Refused("\n".join(self._words(decision.refusals)))
        orders.link(told.by, number, run=self.run)
        return [*self._start_clock(told.by), *self._take_out(told)]

    def _bound(self, told: Beginning) -> Bound | None:
        procedure = self.revision.procedure
        named = {name: parts for name, parts in told.named.items() if any(parts)}
        bound = bound_to(self._session, procedure, self.order.about, named)
        if bound is None:
            return None
        unnamed = {name for name, parts in told.named.items() if not any(parts)}
        kept = {name: parts for name, parts in bound.subjects.items() if name not in unnamed}
        return Bound(bound.asset, kept)

    def _start_clock(self, by: str) -> list[str]:
        try:
            self._place.room.orders.start_labour(by, self.order.number)
        except Refused as refusal_:
            return [str(refusal_)]
        return []

    def _take_out(self, told: Beginning) -> list[str]:
        """Issue the spares whose serial numbers lie in a store: they leave it with this work."""
        failed = []
        for serial in filter(None, told.spares.values()):
            asset = self._place.room.desk.book.assets.get(serial)
            place = asset.place if asset else None
            if asset is None or place is None or place.kind is not PlaceKind.STORE:
                continue
            pieces = Pieces(asset.part, place.holder, serials=(asset.serial,))
            try:
                self._place.room.assets.issue(told.by, pieces, self.order.number)
            except Refused as refusal_:
                failed.append(str(refusal_))
        return failed
