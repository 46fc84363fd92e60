"""Where a headless run happens: the simulator without waiting, or a site as it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.demo import PausedDemo
from console.session import Session
from console.session.running.desk import RunDesk
from console.session.running.drive import Driver, Heard, Pace, RealTime
from console.text import tr
from drivers.files import FileError, parse, read_toml
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess
from procedures.engine.people import Person

if TYPE_CHECKING:
    from console.session.work import WorkRoom

World = Callable[[str], None]
_LOOK_S = 2.0
_SHUT_S = 10.0


class ActError(Exception):
    """An act of a script that cannot be done here; one sentence."""


@dataclass(frozen=True)
class Stage:
    """A session in motion: what it is, how time passes, what hands can do to the equipment."""

    session: Session
    pace: Pace
    world: World


class PausedPace:
    """Time that passes only when nobody has anything to do, two seconds at a time."""

    def __init__(self, demo: PausedDemo) -> None:
        self._demo = demo

    def rest(self) -> None:
        """Move the demo on."""
        self._demo.advance(_LOOK_S)


def plant_world(demo: PausedDemo, host: str) -> World:
    """Return what does the acts of a script to a paused demo."""

    def act(words: str) -> None:
        verb, *rest = words.split()
        if verb == "wait":
            demo.advance(float(rest[0]))
        elif verb == "inject":
            demo.plant.inject(rest[0], rest[1] if len(rest) > 1 else None)
        elif verb == "clear":
            demo.plant.clear(rest[0], rest[1] if len(rest) > 1 else None)
        else:
            demo.plant.handle(verb, host, float(rest[0]) if rest else 1.0)

    return _told(act)


def process_world(simulator: SimulatorProcess, host: str) -> World:
    """Return what does the acts of a script to a simulator in a process of its own."""

    def act(words: str) -> None:
        verb, *rest = words.split()
        if verb == "wait":
            time.sleep(float(rest[0]))
        elif verb == "inject":
            simulator.inject(rest[0], rest[1] if len(rest) > 1 else None)
        elif verb == "clear":
            simulator.clear(rest[0], rest[1] if len(rest) > 1 else None)
        else:
            simulator.handle(verb, host, float(rest[0]) if rest else 1.0)

    return _told(act)


def no_world(words: str) -> None:
    """Refuse: real equipment is moved by people."""
    raise ActError(tr("{act}: on real equipment people do that, no script; take it out", act=words))


def _told(act: World) -> World:
    def told(words: str) -> None:
        try:
            act(words)
        except (ValueError, IndexError) as error:
            raise ActError(f"{words}: {error}") from None

    return told


@contextmanager
def paused_stage(
    data: Path, options: PlantOptions, host: str, *, before_s: float, end_us: int | None = None
) -> Iterator[Stage]:
    """Yield the demo site at the end of ``before_s`` seconds of its life; no time passes by itself.

    ``end_us`` is the moment at which it stands then, UTC; the same one every time unless given.
    """
    when = {} if end_us is None else {"end_us": end_us}
    demo = PausedDemo(data, options, seconds=before_s, hosts_from_s=0.0, **when)
    try:
        yield Stage(demo.session, PausedPace(demo), plant_world(demo, host))
    finally:
        demo.close()


@contextmanager
def site_stage(session: Session, world: World = no_world) -> Iterator[Stage]:
    """Yield a site that is polled."""
    session.start()
    try:
        yield Stage(session, RealTime(), world)
    finally:
        session.stop(_SHUT_S)


@contextmanager
def driven(
    stage: Stage, roster: Callable[[], Mapping[str, Person]], heard: Heard
) -> Iterator[Driver]:
    """Yield a driver over a desk that has taken up what the log holds."""
    desk = RunDesk(stage.session, roster)
    driver = Driver(stage.session, desk, stage.pace, heard)
    try:
        wait_open(stage.session)
        desk.restore()
        driver.look()
        yield driver
    finally:
        desk.close()


def wait_open(session: Session, timeout_s: float = 10.0) -> None:
    """Wait until the log can be written; raises FileError with the reason why not."""
    end_s = time.monotonic() + timeout_s
    while not session.history.device_id:
        if time.monotonic() > end_s:
            raise FileError(session.history.status.sentence or tr("The log could not be opened."))
        time.sleep(0.01)


def roster_of(path: Path) -> dict[str, Person]:
    """Return the people of a file of the form of ``resources/demo/people.toml``; FileError."""
    from console.work.demo import DemoPeople
    from console.work.people.roster import FOR_EVER

    people = parse(DemoPeople, read_toml(path), path).person
    return {
        one.id: Person(
            one.id, one.name, frozenset(one.roles), dict.fromkeys(one.qualifications, FOR_EVER)
        )
        for one in people
    }


def roster_in(room: WorkRoom) -> dict[str, Person]:
    """Return the active people of the work desk as the engine knows people."""
    return {
        one.id: Person(one.id, one.name, one.roles, one.qualifications)
        for one in room.desk.book.people.active()
    }
