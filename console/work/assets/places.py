"""Where a thing can be, in a line of text: ``tank:tank-1/3``, ``server:SN42/0``, ``store:main``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TEXT = re.compile(r"(?P<kind>[a-z]+):(?P<holder>[^/\s][^/]{0,62}?)(?:/(?P<slot>[^/\s]{1,16}))?")


class PlaceKind(StrEnum):
    """What sort of place it is; ``away`` is with the manufacturer or on the way."""

    TANK = "tank"
    SERVER = "server"
    RACK = "rack"
    BENCH = "bench"
    STORE = "store"
    AWAY = "away"
    SCRAPPED = "scrapped"


HOLDS_ONE = frozenset({PlaceKind.TANK, PlaceKind.SERVER, PlaceKind.RACK})
"""Places of these kinds, where they name a slot, hold one thing at a time."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place: ``holder`` is the tank's or host's id, a server's serial number, a store's name."""

    kind: PlaceKind
    holder: str
    slot: str = ""

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read ``kind:holder/slot``; raises ValueError naming what was found."""
        found = _TEXT.fullmatch(text.strip())
        if found is None or found["kind"] not in set(PlaceKind):
            kinds = ", ".join(PlaceKind)
            raise ValueError(f"{text!r} is no place; write KIND:HOLDER/SLOT, KIND one of {kinds}")
        kind = PlaceKind(found["kind"])
        holder = serial_of(found["holder"]) if kind is PlaceKind.SERVER else found["holder"].strip()
        return cls(kind, holder, found["slot"] or "")

    def __str__(self) -> str:
        return f"{self.kind}:{self.holder}" + (f"/{self.slot}" if self.slot else "")

    @property
    def holds_one(self) -> bool:
        """Whether only one thing can be there."""
        return bool(self.slot) and self.kind in HOLDS_ONE


def serial_of(text: str) -> str:
    """Return a serial number as it is compared: no spaces around, capital letters."""
    return text.strip().upper()
