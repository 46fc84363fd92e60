"""Whole laptops for tests: each with a data folder, a session that records, and its work."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from console.history.trust.keys import DeviceKey
from console.session.session import Session
from console.session.sync_desk import SyncState
from console.session.workplace import Workplace
from console.site import check_site
from console.work.demo import demo_people
from console.work.events import JSON, Kind
from console.work.people.roster import FOR_EVER
from drivers.points import Stamp
from tests.unit.history.kit import START_US

PATIENCE_S = 30.0
SITE = "hall-a"


class Laptop:
    """One laptop of a site without equipment: its clock is its own, and may be wrong."""

    def __init__(self, folder: Path, name: str, offset_s: float = 0.0) -> None:
        self.name, self.folder = name, folder / name
        self._offset_us = round(offset_s * 1e6)
        self._began_s = time.monotonic()
        header = {"id": SITE, "name": "Hall A", "logs_only": True}
        loaded = check_site({"site": header}, folder / f"{name}.toml")
        self.session = Session(loaded, self.folder, clock=self.clock)
        self.session.start(acquire=False)
        self.place: Workplace = self.session.open_work(wait=True)
        assert self.place.settle()

    def clock(self) -> Stamp:
        passed_s = time.monotonic() - self._began_s
        return Stamp(START_US + self._offset_us + round(passed_s * 1e6), passed_s)

    @property
    def device_id(self) -> str:
        return self.session.history.device_id

    def people(self) -> None:
        """Add the demo's people here; other laptops learn of them by a sync."""
        desk = self.place.room.desk
        for person in demo_people():
            told: dict[str, JSON] = {"name": person.name, "roles": list(person.roles)}
            desk.tell(Kind.PERSON_ADDED, person.id, {**told, "language": "en"}, "console")
            for name in person.qualifications:
                body: dict[str, JSON] = {"qualification": name, "until_us": FOR_EVER}
                desk.tell(Kind.PERSON_QUALIFIED, person.id, body, "console")
        assert self.place.settle()

    def sign_in(self, *people: str) -> None:
        """Let people in, as if they had given their PINs."""
        for person in people:
            self.place.room.desk.enter(person)

    def let_in(self, others: Sequence[Laptop]) -> None:
        """Let the logs of others be taken in here."""
        for other in others:
            if other is not self:
                key = DeviceKey.of(other.folder).public
                self.place.sync.enrol(other.device_id, key, other.name, "adeyemi")

    def sync(self, target: str) -> SyncState:
        """Bring the log together with others as the window does, and take over what came in."""
        self.place.sync.begin(target, "okafor")
        end_s = time.monotonic() + PATIENCE_S
        while self.place.sync.state.is_running and time.monotonic() < end_s:
            self.session.refresh()
            time.sleep(0.01)
        assert self.place.settle(PATIENCE_S)
        state = self.place.sync.state
        assert state.report is not None, state.trouble
        return state

    def close(self) -> None:
        self.session.stop(20)


@contextmanager
def laptops(folder: Path, count: int, offset_s: float = 137.0) -> Iterator[list[Laptop]]:
    """So many laptops that let each other in, each with a clock that is wrong by more."""
    several = [
        Laptop(folder, f"laptop-{number}", (-1) ** number * number * offset_s)
        for number in range(1, count + 1)
    ]
    try:
        for one in several:
            one.let_in(several)
        yield several
    finally:
        for one in several:
            one.close()
