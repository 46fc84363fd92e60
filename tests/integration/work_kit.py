"""A workplace on a small paused site for tests: the demo's people, signed in without PINs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from console.cli.procedure_stage import Stage, paused_stage
from console.history.events import JSON, EventDraft
from console.session.running.drive import Driver
from console.session.workplace import Workplace
from console.site import WorkRules
from console.work.demo import demo_people
from console.work.events import Kind
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.people.roster import FOR_EVER
from console.work.people.signature import Signature
from drivers.simulator.options import PlantOptions
from tests.integration.run_kit import HOST, SMALL


@dataclass(frozen=True)
class Works:
    """Everything that a test of the workplace moves."""

    stage: Stage
    place: Workplace
    driver: Driver

    def rest(self, times: int = 1) -> None:
        """Let time pass and everything be told."""
        for _ in range(times):
            self.driver.pace.rest()
            self.settle()

    def settle(self) -> None:
        """Wait until what was told is on the disk and followed."""
        assert self.place.settle(20)
        self.stage.session.refresh()
        assert self.place.settle(20)

    def record(self, kind: str, subject: str, **body: JSON) -> None:
        """Record an event as equipment would have made it."""
        session = self.stage.session
        session.history.record(EventDraft(kind, subject, body, session.now()))
        self.settle()

    def order(self, about: str, run: str = "") -> Order:
        """Open an order; with a run it is in work and names it."""
        orders = self.place.room.orders
        made = orders.open("chen", NewOrder("Lift the server", about))
        if run:
            orders.without_procedure("silva", made.number, "a test")
            orders.change("silva", made.number, OrderChanges(assigned=("chen",)))
            for by, to in (("silva", "planned"), ("okafor", "ready"), ("chen", "in_progress")):
                self.move(by, made.number, State(to))
            orders.link("chen", made.number, run=run)
        self.settle()
        return orders.find(made.number)

    def move(self, by: str, number: str, to: State, reason: str = "") -> None:
        """Move an order, with a signature where the way takes one."""
        room = self.place.room
        way = room.desk.book.rules.way(room.orders.find(number).state, to)
        assert way
        shown, now_us = room.orders.shown(number, to), self.stage.session.now().utc_us
        given = Signature(str(uuid4()), by, by, "any", way.act, now_us, shown, "seal")
        room.desk.issue(given)
        room.orders.move(by, number, to, reason=reason, signature=given if way.signed else None)
        self.settle()


def let_in(place: Workplace) -> None:
    """Add the demo's people where there is nobody, and sign all of them in."""
    desk = place.room.desk
    for person in demo_people():
        if desk.book.people.get(person.id) is None:
            told: dict[str, JSON] = {"name": person.name, "roles": list(person.roles)}
            desk.tell(Kind.PERSON_ADDED, person.id, {**told, "language": "en"}, "console")
            for name in person.qualifications:
                granted: dict[str, JSON] = {"qualification": name, "until_us": FOR_EVER}
                desk.tell(Kind.PERSON_QUALIFIED, person.id, granted, "console")
        desk.enter(person.id)


@contextmanager
def works(
    folder: Path,
    orders: Literal["ask", "automatic", "off"] = "ask",
    options: PlantOptions = SMALL,
    before_s: float = 300.0,
    **more: Any,
) -> Iterator[Works]:
    """A workplace over a small site whose clock moves only when it is told to."""
    with paused_stage(folder, options, HOST, before_s=before_s, **more) as stage:
        session = stage.session
        session.is_demo = False  # no PINs: they take their time
        session.site = session.site.model_copy(update={"work": WorkRules(orders=orders)})
        place = session.open_work(wait=True)
        let_in(place)
        found = Works(stage, place, Driver(session, place.runs, stage.pace))
        found.settle()
        yield found
