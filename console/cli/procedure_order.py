"""The work order of a demo run: from the wish to the closed record, signed with the demo's PINs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from console.session import Session
from console.session.running.script import Script
from console.session.work import WorkRoom
from console.work.demo import demo_people, furnish
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Order, ProcedureRef
from console.work.orders.rules import State
from procedures.revision import Revision

_PIN_S = 60.0


@contextmanager
def demo_room(session: Session) -> Iterator[WorkRoom]:
    """Yield the work of a session with the people of the demo in it."""
    room = WorkRoom(
        session.data, session.history.record, lambda: session.history.device_id, session.clock
    )
    try:
        room.restore()
        furnish(room.desk, room.gate).result(_PIN_S)
        yield room
    finally:
        room.close()


class OrderWalk:
    """One order on its way."""

    def __init__(self, room: WorkRoom, script: Script) -> None:
        self._room = room
        self._script = script
        self._pins = {person.id: person.pin for person in demo_people()}
        self.number = ""

    @property
    def order(self) -> Order:
        """The order as it stands."""
        return self._room.orders.find(self.number)

    def make_ready(self, revision: Revision) -> None:
        """Open, plan and release the order, and take it into work."""
        script, orders = self._script, self._room.orders
        planner = script.planner or script.people.supervisor
        for person in {planner, *script.people.model_dump().values()}:
            self._room.gate.sign_in(person, self._pins[person]).result(_PIN_S)
        new = NewOrder(script.order, script.target, parts=(script.target,), verify=True)
        self.number = orders.open(planner, new).number
        orders.change(
            planner, self.number, OrderChanges(assigned=(self._script.people.technician,))
        )
        orders.follow(planner, self.number, ProcedureRef(revision.procedure.id, revision.digest))
        orders.move(planner, self.number, State.PLANNED)
        self._signed(script.people.supervisor, State.READY)
        self._signed(script.people.technician, State.IN_PROGRESS)

    def link(self, run: str) -> None:
        """Name the run in the order."""
        self._room.orders.link(self._script.people.technician, self.number, run=run)

    def close(self) -> None:
        """Give the work to review, verify it and close the order."""
        self.give_to_review()
        self._signed(self._script.people.supervisor, State.CLOSED)

    def give_to_review(self) -> None:
        """Give the work to review, and have a second person verify it."""
        people, orders = self._script.people, self._room.orders
        self._signed(people.technician, State.REVIEW)
        shown = orders.shown_to_verify(self.number)
        pin = self._pins[people.verifier]
        given = self._room.gate.sign(people.verifier, pin, "order.verify", shown).result(_PIN_S)
        orders.verify(people.verifier, self.number, given)

    def _signed(self, by: str, to: State) -> None:
        orders = self._room.orders
        act = _ACTS[to]
        shown = orders.shown(self.number, to)
        given = self._room.gate.sign(by, self._pins[by], act, shown).result(_PIN_S)
        orders.move(by, self.number, to, signature=given)


_ACTS = {
    State.READY: "order.release",
    State.IN_PROGRESS: "order.execute",
    State.REVIEW: "order.execute",
    State.CLOSED: "order.review",
}
"""The act that each signed move is (resources/orders.toml)."""
