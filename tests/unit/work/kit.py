"""A desk in memory, a clock that is moved by hand, people who are signed in."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from argon2 import PasswordHasher

from console.work.assets.desk import AssetDesk
from console.work.desk import WorkDesk
from console.work.events import Draft, Kind
from console.work.orders.desk import OrderDesk
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.people.desk import PeopleDesk
from console.work.people.gate import Gate
from console.work.people.pins import PinHasher
from console.work.people.secrets import SecretStore
from console.work.people.signature import Signature
from drivers.points import Stamp

NOON_US = 1_795_262_651_000_000
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""As argon2id as any, but quick: what is tested is what goes in and comes out."""
CREW: dict[str, tuple[str, ...]] = {
    "chen": ("technician",),
    "wu": ("technician", "verifier"),
    "okafor": ("supervisor",),
    "silva": ("planner",),
    "adeyemi": ("admin",),
}


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.wall_us = NOON_US
        self.mono_s = 1000.0

    def __call__(self) -> Stamp:
        return Stamp(self.wall_us, self.mono_s)

    def advance(self, seconds: float) -> None:
        self.wall_us += round(seconds * 1e6)
        self.mono_s += seconds

    def set_wall(self, seconds: float) -> None:
        self.wall_us += round(seconds * 1e6)


@dataclass(frozen=True)
class Recorded:
    """An event as it comes back from a log: everything through JSON once."""

    kind: str
    subject: str
    body: dict[str, Any]
    actor: str
    utc_us: int
    id: str = field(default_factory=lambda: str(uuid4()))


def recorded(drafts: Iterable[Draft]) -> list[Recorded]:
    return [
        Recorded(d.kind, d.subject, json.loads(json.dumps(d.body)), d.actor, d.utc_us)
        for d in drafts
    ]


class Site:
    """One laptop."""

    def __init__(self, log: str = "log-a", crew: dict[str, tuple[str, ...]] | None = None) -> None:
        self.clock = Clock()
        self.told: list[Draft] = []
        self.desk = WorkDesk(self.told.append, self.clock, log=lambda: log, boot=f"boot-{log}")
        self.people = PeopleDesk(self.desk)
        self.orders = OrderDesk(self.desk)
        self.assets = AssetDesk(self.desk)
        for person, roles in (CREW if crew is None else crew).items():
            self.add(person, *roles)

    @property
    def book(self):  # type: ignore[no-untyped-def]  # what it is changes with every event
        return self.desk.book

    def add(self, person: str, *roles: str) -> None:
        body = {"name": person.title(), "roles": list(roles), "language": "en"}
        self.desk.tell(Kind.PERSON_ADDED, person, body, "console")
        self.desk.enter(person)

    def sign(self, person: str, meaning: str, shown: str) -> Signature:
        """What the gate gives after the PIN was right."""
        signature = Signature(
            str(uuid4()), person, person.title(), "any", meaning, self.clock.wall_us, shown, "seal"
        )
        self.desk.issue(signature)
        return signature

    def move(self, by: str, number: str, to: State, reason: str = "") -> Order:
        """Move an order, with a signature where the way takes one."""
        order = self.orders.find(number)
        way = self.desk.book.rules.way(order.state, to)
        signature = None
        if way is not None and way.signed:
            signature = self.sign(by, way.act, self.orders.shown(number, to))
        return self.orders.move(by, number, to, reason=reason, signature=signature)


def gate_of(site: Site, folder: Path) -> Gate:
    secrets = SecretStore(folder)
    return Gate(site.desk, secrets, PinHasher(secrets, QUICK))
