"""The people of the demo, with PINs that everybody knows. Nothing here is used on a real site."""

from __future__ import annotations

from concurrent.futures import Future
from functools import lru_cache

import resources
from console.work.desk import WorkDesk
from console.work.events import JSON, Kind
from console.work.people.gate import CONSOLE, Gate
from console.work.people.roster import FOR_EVER
from drivers.files import FileModel, parse, read_toml


class DemoPerson(FileModel):
    """One person of the demo."""

    id: str
    name: str
    roles: tuple[str, ...]
    pin: str
    language: str = "en"
    qualifications: tuple[str, ...] = ()


class DemoPeople(FileModel):
    """All of them."""

    person: tuple[DemoPerson, ...]


@lru_cache(maxsize=1)
def demo_people() -> tuple[DemoPerson, ...]:
    """Return the people of the demo."""
    path = resources.path("demo", "people.toml")
    return parse(DemoPeople, read_toml(path), path).person


def furnish(desk: WorkDesk, gate: Gate) -> Future[None]:
    """Add the people of the demo where there is nobody yet, and set their PINs.

    Adding is immediate; the future ends when the PINs are set, after some 0.1 s for each person.
    """
    with desk.lock:
        if desk.book.people.is_empty:
            for person in demo_people():
                body: dict[str, JSON] = {"name": person.name, "roles": list(person.roles)}
                body["language"] = person.language
                desk.tell(Kind.PERSON_ADDED, person.id, body, CONSOLE)
                for name in person.qualifications:
                    granted: dict[str, JSON] = {"qualification": name, "until_us": FOR_EVER}
                    desk.tell(Kind.PERSON_QUALIFIED, person.id, granted, CONSOLE)
    known = [p for p in demo_people() if (found := desk.book.people.get(p.id)) and found.active]
    return gate.furnish([(person.id, person.pin) for person in known])
