"""Parts in stores: how many there are, how many are promised, rebuilt from events alone.

Parts that bear serial numbers are equipment that lies in a store; the others are counted here.
A count below nothing is what two laptops can make together: it is shown as it is, with a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from console.work.assets.equipment import Equipment
from console.work.assets.places import Place, PlaceKind, serial_of
from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import JSON, Happening, Kind, Mark, text_of, texts_of, whole_of


@dataclass(frozen=True, slots=True)
class Part:
    """A part number: name, whether each piece bears a serial number, the least to have."""

    id: str
    name: str
    serialised: bool = False
    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Level:
    """How many of a part lie in a store, and how many of those are promised to orders."""

    part: str
    store: str
    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """How many may be promised to others."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of the stock's account; ``change`` is what it did to the store's count."""

    kind: str
    part: str
    store: str
    change: int
    serials: tuple[str, ...]
    order: str
    by: str
    utc_us: int


class Stock:
    """Part numbers, counts, reservations and movements."""

    def __init__(self, equipment: Equipment, conflicts: Conflicts) -> None:
        self._equipment = equipment
        self._conflicts = conflicts
        self._parts: dict[str, Part] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._reserved: dict[tuple[str, str, str], int] = {}
        self._promised: dict[tuple[str, str], int] = {}
        self._movements: list[Movement] = []
        self._folds: dict[str, Callable[[str, Happening, Mark], None]] = {
            Kind.STOCK_RECEIVED: self._receive,
            Kind.STOCK_RESERVED: self._reserve,
            Kind.STOCK_RELEASED: self._release,
            Kind.STOCK_ISSUED: self._issue,
            Kind.STOCK_RETURNED: self._return,
            Kind.STOCK_MOVED: self._move,
            Kind.STOCK_COUNTED: self._count,
            Kind.STOCK_SCRAPPED: self._scrap,
        }

    def part(self, part: str) -> Part | None:
        """Return a part number's description."""
        return self._parts.get(part)

    def parts(self) -> Sequence[Part]:
        """Return every part number."""
        return [self._parts[part] for part in sorted(self._parts)]

    def stores(self) -> Sequence[str]:
        """Return the names of the stores that ever held something."""
        held = {store for _, store in self._counts}
        held |= {
            stay.place.holder
            for a in self._equipment.all()
            for stay in a.stays
            if stay.place.kind is PlaceKind.STORE
        }
        return sorted(held)

    def level(self, part: str, store: str) -> Level:
        """Return how many there are."""
        pieces = self._equipment.count_stored(part, store)
        promised = self._promised.get((part, store), 0)
        return Level(part, store, self._counts.get((part, store), 0) + pieces, promised)

    def reserved(self, part: str, store: str, order: str) -> int:
        """Return how many are promised to an order."""
        return self._reserved.get((part, store, order), 0)

    def reservations(self, order: str) -> Sequence[tuple[str, str, int]]:
        """Return ``(part, store, count)`` promised to an order."""
        return [(p, s, n) for (p, s, o), n in sorted(self._reserved.items()) if o == order and n]

    def short(self) -> Sequence[tuple[Part, int]]:
        """Return the parts of which there are fewer than the least to have, and how many."""
        found = []
        for part in self.parts():
            count = sum(self.level(part.id, store).on_hand for store in self.stores())
            if count < part.minimum:
                found.append((part, count))
        return found

    def movements(self, part: str | None = None) -> Sequence[Movement]:
        """Return the account, of one part or of all, in order."""
        return [m for m in self._movements if part in {None, m.part}]

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take an event; raises KeyError, TypeError or ValueError for one that it cannot read."""
        part = event.subject
        if not part:
            raise ValueError("a part has a number")
        if event.kind == Kind.PART_DEFINED:
            return self._define(part, event)
        _check(event)
        self._folds[event.kind](part, event, mark)
        return True

    def _define(self, part: str, event: Happening) -> bool:
        body = event.body
        minimum = whole_of(body, "minimum", 0)
        name = text_of(body, "name") or part
        described = Part(part, name, body.get("serialised") is True, max(minimum, 0))
        changed = self._parts.get(part) != described
        self._parts[part] = described
        return changed

    def _receive(self, part: str, event: Happening, mark: Mark) -> None:
        store, serials, count = _what(event)
        for serial in serials:
            self._equipment.receive(serial, part, store, event, mark)
        self._change(part, store, count - len(serials), event, mark)
        self._note(part, store, count, event)

    def _reserve(self, part: str, event: Happening, mark: Mark) -> None:
        store, _, count = _what(event)
        self._promise(part, store, _order(event), count)
        level = self.level(part, store)
        if level.available < 0:
            facts: dict[str, JSON] = {
                "store": store,
                "on_hand": level.on_hand,
                "reserved": level.reserved,
            }
            self._raise(part, event, mark, facts)
        self._note(part, store, 0, event)

    def _release(self, part: str, event: Happening, _mark: Mark) -> None:
        store, _, count = _what(event)
        self._unreserve(part, store, _order(event), count)
        self._note(part, store, 0, event)

    def _issue(self, part: str, event: Happening, mark: Mark) -> None:
        """Parts leave the store for an order; what was promised to it is used first."""
        store, _, count = _what(event)
        self._unreserve(part, store, _order(event), count)
        bench = Place(PlaceKind.BENCH, _order(event) or "none")
        self._take(part, bench, event, mark)

    def _scrap(self, part: str, event: Happening, mark: Mark) -> None:
        self._take(part, Place(PlaceKind.SCRAPPED, "scrap"), event, mark)

    def _move(self, part: str, event: Happening, mark: Mark) -> None:
        store, serials, count = _what(event)
        other = text_of(event.body, "to_store")
        if not other or other == store:
            raise ValueError("to_store: parts move to another store")
        self._take(part, Place(PlaceKind.STORE, other), event, mark)
        self._change(part, other, count - len(serials), event, mark)
        self._note(part, other, count, event)

    def _return(self, part: str, event: Happening, mark: Mark) -> None:
        """Parts that were issued and not used come back."""
        store, serials, count = _what(event)
        for serial in serials:
            self._shift(part, serial, Place(PlaceKind.STORE, store), event, mark, PlaceKind.BENCH)
        self._change(part, store, count - len(serials), event, mark)
        self._note(part, store, count, event)

    def _count(self, part: str, event: Happening, _mark: Mark) -> None:
        """Somebody counted what bears no serial number: the count is what they found."""
        store = _store(event)
        found = whole_of(event.body, "count")
        if found < 0:
            raise ValueError("count: nobody counts less than nothing")
        before = self._counts.get((part, store), 0)
        self._counts[part, store] = found
        self._note(part, store, found - before, event)

    def _take(self, part: str, to: Place, event: Happening, mark: Mark) -> None:
        store, serials, count = _what(event)
        for serial in serials:
            self._shift(part, serial, to, event, mark, PlaceKind.STORE)
        self._change(part, store, len(serials) - count, event, mark)
        self._note(part, store, -count, event)

    def _shift(
        self, part: str, serial: str, to: Place, event: Happening, mark: Mark, out_of: PlaceKind
    ) -> None:
        """Move one piece, if it is where the one who moved it thought."""
        asset = self._equipment.get(serial)
        place = asset.place if asset else None
        store = _store(event)
        is_there = place is not None and place.kind is out_of
        if (
            asset is None
            or not is_there
            or (out_of is PlaceKind.STORE and place != Place(out_of, store))
        ):
            facts: dict[str, JSON] = {
                "serial": serial,
                "recorded": str(place or ""),
                "claimed": str(to),
            }
            self._raise(part, event, mark, facts, f"{mark.uid}:{serial}")
            return
        believed = _Moved(event, str(place))
        self._equipment.move(asset, to, believed, mark)

    def _change(self, part: str, store: str, change: int, event: Happening, mark: Mark) -> None:
        if not change:
            return
        after = self._counts.get((part, store), 0) + change
        self._counts[part, store] = after
        if after < 0 and change < 0:
            self._raise(part, event, mark, {"store": store, "on_hand": after})

    def _unreserve(self, part: str, store: str, order: str, count: int) -> None:
        """Take back a promise, as far as there is one."""
        promised = self._reserved.get((part, store, order), 0)
        self._promise(part, store, order, -min(count, promised))

    def _promise(self, part: str, store: str, order: str, change: int) -> None:
        key = (part, store, order)
        self._reserved[key] = self._reserved.get(key, 0) + change
        self._promised[part, store] = self._promised.get((part, store), 0) + change

    def _note(self, part: str, store: str, change: int, event: Happening) -> None:
        serials = tuple(map(serial_of, texts_of(event.body, "serials")))
        line = Movement(
            event.kind, part, store, change, serials, _order(event), event.actor, event.utc_us
        )
        self._movements.append(line)

    def _raise(
        self, part: str, event: Happening, mark: Mark, facts: Mapping[str, JSON], uid: str = ""
    ) -> None:
        found = Conflict(
            f"{ConflictKind.STOCK}:{uid or mark.uid}:{part}",
            ConflictKind.STOCK,
            part,
            event.actor,
            event.utc_us,
            {"part": part, **facts},
        )
        self._conflicts.raise_(found)


@dataclass(frozen=True, slots=True)
class _Moved:
    """An event of the stock as the move of one piece."""

    event: Happening
    believed: str

    @property
    def kind(self) -> str:
        return self.event.kind

    @property
    def subject(self) -> str:
        return self.event.subject

    @property
    def actor(self) -> str:
        return self.event.actor

    @property
    def utc_us(self) -> int:
        return self.event.utc_us

    @property
    def body(self) -> Mapping[str, object]:
        return {**self.event.body, "from": self.believed}


def _check(event: Happening) -> None:
    """Raise for members of another shape, before anything is changed."""
    for name in ("order", "because", "store", "to_store"):
        text_of(event.body, name)
    whole_of(event.body, "occurred_us", 0)
    if event.kind != Kind.STOCK_COUNTED:
        _what(event)


def _what(event: Happening) -> tuple[str, tuple[str, ...], int]:
    """Return store, serial numbers and how many; raises where they do not agree."""
    serials = tuple(map(serial_of, texts_of(event.body, "serials")))
    count = whole_of(event.body, "count", len(serials))
    if count < 1 or count > 10**6 or (serials and count != len(set(serials))):
        raise ValueError(f"count: found {count} and {len(serials)} serial numbers")
    return _store(event), serials, count


def _store(event: Happening) -> str:
    store = text_of(event.body, "store")
    if not store:
        raise ValueError("store: it is missing")
    return store


def _order(event: Happening) -> str:
    return text_of(event.body, "order")
