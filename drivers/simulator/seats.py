"""Which GPU sits where in a host, and by which number its driver calls it today."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drivers.simulator.gpus import GpuBank

BUSES = ("18", "2A", "3A", "5D", "9A", "AB", "BA", "DB")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a GPU is called: UUID and serial number, drawn once from the seed."""

    uuid: str
    serial: str

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Identity:
        """Draw an identity of the shape real ones have."""
        text = rng.bytes(16).hex()
        parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
        return cls("GPU-" + "-".join(parts), f"165{rng.integers(10**10):010d}")


class Seats:
    """The GPUs of one host; ``first`` is the position of its first one in the tank's bank.

    ``bought`` are the GPUs that belong in the seats, ``spares`` what sits there after a swap.
    A driver numbers what it finds when it starts, so that numbers move up behind a GPU that is
    gone; the bus address stays with the seat.
    """

    def __init__(
        self,
        bank: GpuBank,
        first: int,
        bought: tuple[Identity, ...],
        spares: tuple[Identity, ...] = (),
    ) -> None:
        self.bank = bank
        self.bought = bought
        self._spares = spares
        self._swapped: set[int] = set()
        self.range = range(first, first + len(bought))
        self.slice = slice(first, first + len(bought))
        self.numbers: list[int | None] = list(range(len(bought)))
        self.changes = 0
        """Grows whenever an identity or a number changes."""

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The GPUs that sit there now."""
        return tuple(
            self._spares[i] if i in self._swapped else who for i, who in enumerate(self.bought)
        )

    def visible(self) -> list[int]:
        """Return the seats whose GPU the driver answers for."""
        found = np.flatnonzero(self.bank.visible[self.slice]).tolist()
        return [i for i in found if self.numbers[i] is not None]

    def bus(self, seat: int) -> str:
        """Return the bus address of a seat."""
        bus = BUSES[seat] if seat < len(BUSES) else f"{0xDC + seat - len(BUSES):02X}"
        return f"00000000:{bus}:00.0"

    def swap(self, seat: int, *, spare: bool) -> bool:
        """Put the spare into a seat, or the one that belongs there; returns whether it changed."""
        if (seat in self._swapped) == spare:
            return False
        self._swapped ^= {seat}
        self.changes += 1
        return True

    def renumber(self) -> None:
        """Number what is there now, as a driver and an exporter do that start anew."""
        found = np.flatnonzero(self.bank.visible[self.slice]).tolist()
        numbers = {seat: number for number, seat in enumerate(found)}
        fresh = [numbers.get(seat) for seat in range(len(self.bought))]
        self.changes += fresh != self.numbers
        self.numbers = fresh
