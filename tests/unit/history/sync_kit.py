"""Laptops whose logs are to be brought together."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from pathlib import Path

from console.history.events import Event, EventDraft
from console.history.logfile import LogFile
from console.history.sync.ledger import Enrolled
from console.history.sync.local import LocalLedger
from console.history.trust.keys import DeviceKey
from drivers.points import Stamp
from tests.unit.history.kit import START_US, write


class Laptop:
    """A log with its key, and a clock that is wrong and now and then stepped."""

    def __init__(self, folder: Path, name: str, seed: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, name
        self._chance = random.Random(f"{name}{seed}")
        self._now_us = START_US + self._chance.randrange(-3_600_000_000, 3_600_000_000)
        self._mono_s = 0.0
        self.log = LogFile(folder, self.clock)
        self.log.open()
        self.ledger = LocalLedger(self.log)
        self.key = DeviceKey.of(folder)

    @property
    def device_id(self) -> str:
        return self.ledger.own

    @property
    def enrolled(self) -> Enrolled:
        return Enrolled(self.device_id, self.key.public, self.name)

    def clock(self) -> Stamp:
        """Read a clock that is stepped by minutes, backwards as well."""
        step_us = self._chance.choice([1_000, 20_000, 900_000])
        if self._chance.random() < 0.02:
            step_us = self._chance.randrange(-600_000_000, 600_000_000)
        self._now_us += step_us
        self._mono_s += 0.01
        return Stamp(self._now_us, self._mono_s)

    def tell(self, count: int = 1) -> list[Event]:
        drafts = [
            EventDraft("work.noted", f"tank-{n % 3}", {"text": f"{self.name} {n}"}, self.clock())
            for n in range(count)
        ]
        return write(self.log, *drafts)

    def close(self) -> None:
        self.log.close()


@contextlib.contextmanager
def laptops(folder: Path, count: int = 4, *, known: bool = True) -> Iterator[list[Laptop]]:
    """Laptops that know each other."""
    several = [Laptop(folder / f"laptop-{n}", f"laptop-{n}") for n in range(count)]
    if known:
        for one in several:
            for other in several:
                if other is not one:
                    one.ledger.enrol(other.enrolled, "admin", START_US)
    try:
        yield several
    finally:
        for one in several:
            one.close()


def held(laptop: Laptop) -> set[tuple[str, int, str]]:
    """Everything that a laptop holds."""
    rows = laptop.log.connection.execute("SELECT device_id, sequence, hash FROM events")
    return {(str(device), int(number), str(digest)) for device, number, digest in rows}
