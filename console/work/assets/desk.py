"""What people do with equipment, parts and fluid; a command raises Refused or tells one event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.text import tr
from console.work.assets.equipment import Asset
from console.work.assets.fluid import ADDS, Why
from console.work.assets.places import Place, PlaceKind, serial_of
from console.work.assets.stock import Level
from console.work.conflicts import ConflictKind
from console.work.desk import WorkDesk
from console.work.events import JSON, Kind, Refused
from console.work.words import place_words


@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of one number in one store: so many, or exactly those with these serial numbers."""

    part: str
    store: str
    count: int = 0
    serials: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self.serials) or self.count


class AssetDesk:
    """Equipment, stock and fluid."""

    def __init__(self, desk: WorkDesk) -> None:
        self._desk = desk

    # ---- equipment ----

    def register(
        self,
        by: str,
        serial: str,
        kind: str,
        *,
        model: str = "",
        maker: str = "",
        part: str = "",
        batch: str = "",
        warranty_until_us: int = 0,
    ) -> Asset:
        """Make a thing known by its serial number, or describe it better."""
        with self._desk.lock:
            self._desk.allow(by, "asset.move")
            key = serial_of(serial)
            if not key or not key.isprintable() or len(key) > 64:
                raise Refused(tr("A serial number has 1 to 64 letters and digits."))
            told = {"kind": kind, "model": model, "maker": maker, "part": part, "batch": batch}
            body: dict[str, JSON] = {name: value for name, value in told.items() if value}
            if warranty_until_us:
                body["warranty_until_us"] = warranty_until_us
            self._desk.tell(Kind.ASSET_REGISTERED, key, body, by)
            return self.find(key)

    def move(
        self,
        by: str,
        serial: str,
        to: Place,
        *,
        order: str = "",
        because: str = "",
        occurred_us: int | None = None,
    ) -> Asset:
        """Record that a thing is now elsewhere; ``occurred_us`` for what was written on paper."""
        with self._desk.lock:
            self._desk.allow(by, "asset.move")
            asset = self.find(serial)
            if asset.claims:
                raise Refused(
                    tr(
                        "{serial} is claimed to be in two places; settle that first.",
                        serial=asset.serial,
                    )
                )
            if asset.part and asset.place and asset.place.kind is PlaceKind.STORE:
                raise Refused(tr("{serial} is in a store; issue it first.", serial=asset.serial))
            if asset.place == to:
                raise Refused(tr("{serial} is there already.", serial=asset.serial))
            others = [a for a in self._desk.book.assets.at(to) if a.serial != asset.serial]
            if to.holds_one and others:
                raise Refused(
                    tr(
                        "{serial} is in {place}; take it out first.",
                        serial=others[0].serial,
                        place=place_words(to),
                    )
                )
            if to.kind is PlaceKind.SERVER:
                self._refuse_ring(asset.serial, to.holder)
            body: dict[str, JSON] = {"from": str(asset.place or ""), "to": str(to)}
            body |= {"order": order, "because": because}
            if occurred_us is not None:
                body["occurred_us"] = occurred_us
            self._desk.tell(Kind.ASSET_MOVED, asset.serial, body, by)
            return self.find(serial)

    def see(self, by: str, serial: str, place: Place) -> Asset:
        """Record that a label was read, or a GPU answered, somewhere; elsewhere is a conflict."""
        with self._desk.lock:
            self._desk.allow(by, "asset.move")
            asset = self.find(serial)
            if asset.place != place and place not in asset.claims:
                self._desk.tell(Kind.ASSET_SEEN, asset.serial, {"to": str(place)}, by)
            return self.find(serial)

    def find(self, serial: str) -> Asset:
        """Return an asset; raises Refused where none is known."""
        found = self._desk.book.assets.get(serial)
        if found is None:
            raise Refused(tr("Nothing with the serial number {serial} is known.", serial=serial))
        return found

    # ---- parts ----

    def define(
        self, by: str, part: str, name: str, *, serialised: bool = False, minimum: int = 0
    ) -> None:
        """Describe a part number; whether its pieces bear serial numbers is never changed."""
        with self._desk.lock:
            self._desk.allow(by, "stock.count")
            known = self._desk.book.stock.part(part)
            if known is not None and known.serialised is not serialised:
                raise Refused(
                    tr("Whether pieces of {part} bear serial numbers is fixed.", part=part)
                )
            if not part.strip() or minimum < 0:
                raise Refused(tr("A part number is missing, or its minimum is below nothing."))
            body: dict[str, JSON] = {"name": name, "serialised": serialised, "minimum": minimum}
            self._desk.tell(Kind.PART_DEFINED, part, body, by)

    def receive(self, by: str, pieces: Pieces, *, order: str = "") -> Level:
        """Take parts into a store."""

        def check(_: Level, pieces: Pieces) -> None:
            for serial in pieces.serials:
                known = self._desk.book.assets.get(serial)
                place = known.place if known else None
                if place and place.kind not in {PlaceKind.AWAY, PlaceKind.SCRAPPED}:
                    raise Refused(
                        tr(
                            "{serial} is in {place}; take it out first.",
                            serial=serial,
                            place=place_words(place),
                        )
                    )

        return self._stock(by, Kind.STOCK_RECEIVED, pieces, order, check)

    def reserve(self, by: str, pieces: Pieces, order: str) -> Level:
        """Promise parts to an order."""

        def check(level: Level, pieces: Pieces) -> None:
            if level.available < pieces.number:
                raise Refused(_too_few(pieces, level.available))

        return self._stock(by, Kind.STOCK_RESERVED, pieces, self._open_order(order), check)

    def release(self, by: str, pieces: Pieces, order: str) -> Level:
        """Take a promise back."""

        def check(_: Level, pieces: Pieces) -> None:
            promised = self._desk.book.stock.reserved(pieces.part, pieces.store, order)
            if promised < pieces.number:
                raise Refused(_too_few(pieces, promised))

        return self._stock(by, Kind.STOCK_RELEASED, pieces, order, check)

    def issue(self, by: str, pieces: Pieces, order: str) -> Level:
        """Hand parts out for an order: promised ones, or such as are promised to nobody."""

        def check(level: Level, pieces: Pieces) -> None:
            promised = self._desk.book.stock.reserved(pieces.part, pieces.store, order)
            if level.available + promised < pieces.number or level.on_hand < pieces.number:
                raise Refused(_too_few(pieces, max(level.available + promised, 0)))
            self._refuse_absent(pieces)

        return self._stock(by, Kind.STOCK_ISSUED, pieces, self._open_order(order), check)

    def give_back(self, by: str, pieces: Pieces, order: str) -> Level:
        """Take back what was handed out for an order and not used."""

        def check(_: Level, pieces: Pieces) -> None:
            moved = self._desk.book.stock.movements(pieces.part)
            out = -sum(m.change for m in moved if m.order == order and m.kind in _OUT_AND_BACK)
            if out < pieces.number:
                raise Refused(_too_few(pieces, max(out, 0)))
            bench = Place(PlaceKind.BENCH, order)
            for serial in pieces.serials:
                if self.find(serial).place != bench:
                    raise Refused(tr("{serial} is not there.", serial=serial))

        return self._stock(by, Kind.STOCK_RETURNED, pieces, order, check)

    def scrap(self, by: str, pieces: Pieces, reason: str) -> Level:
        """Throw parts away."""

        def check(level: Level, pieces: Pieces) -> None:
            if level.on_hand < pieces.number:
                raise Refused(_too_few(pieces, level.on_hand))
            self._refuse_absent(pieces)

        return self._stock(by, Kind.STOCK_SCRAPPED, pieces, "", check, because=reason)

    def transfer(self, by: str, pieces: Pieces, to_store: str) -> Level:
        """Carry parts to another store."""

        def check(level: Level, pieces: Pieces) -> None:
            if not to_store or to_store == pieces.store:
                raise Refused(tr("That is the same store."))
            if level.available < pieces.number:
                raise Refused(_too_few(pieces, level.available))
            self._refuse_absent(pieces)

        return self._stock(by, Kind.STOCK_MOVED, pieces, "", check, to_store=to_store)

    def count(self, by: str, part: str, store: str, found: int) -> Level:
        """Record what somebody counted of a part that bears no serial numbers."""
        with self._desk.lock:
            self._desk.allow(by, "stock.count")
            if self._serialised(part):
                raise Refused(tr("Pieces of {part} bear serial numbers; scan them.", part=part))
            if not 0 <= found <= 10**6:
                raise Refused(tr("That is no count."))
            self._desk.tell(Kind.STOCK_COUNTED, part, {"store": store, "count": found}, by)
            return self._desk.book.stock.level(part, store)

    # ---- fluid and conflicts ----

    def fluid(
        self,
        by: str,
        tank: str,
        why: Why,
        litres: float,
        *,
        batch: str = "",
        measured: bool = False,
        order: str = "",
        asset: str = "",
    ) -> float | None:
        """Record fluid that came or went, litres; returns what is in the tank by the books."""
        with self._desk.lock:
            self._desk.allow(by, "fluid.record")
            if not 0 < litres <= 100_000:
                raise Refused(tr("That is no amount of fluid."))
            if why in ADDS and not batch.strip():
                raise Refused(tr("Fluid that is added has a batch."))
            balance_l = self._desk.book.fluid.balance_l(tank)
            if why not in ADDS and balance_l is not None and litres > balance_l:
                raise Refused(
                    tr(
                        "By the books {tank} holds only {litres} L.",
                        tank=tank,
                        litres=f"{balance_l:.1f}",
                    )
                )
            kind = Kind.FLUID_ADDED if why in ADDS else Kind.FLUID_REMOVED
            body: dict[str, JSON] = {"why": why, "litres": float(litres), "batch": batch.strip()}
            body |= {"measured": measured, "order": order, "asset": serial_of(asset)}
            self._desk.tell(kind, tank, body, by)
            return self._desk.book.fluid.balance_l(tank)

    def resolve(self, by: str, conflict: str, resolution: str, place: Place | None = None) -> None:
        """Settle a contradiction in words; one about a place also says where the thing is."""
        with self._desk.lock:
            self._desk.allow(by, "conflict.resolve")
            found = self._desk.book.conflicts.get(conflict)
            if found is None or not found.is_open:
                raise Refused(tr("There is no such contradiction to settle."))
            if not resolution.strip():
                raise Refused(tr("This needs a reason."))
            is_place = found.kind in {ConflictKind.PLACE, ConflictKind.SLOT}
            if is_place and place is None:
                raise Refused(tr("Say where it is."))
            body: dict[str, JSON] = {"conflict": conflict, "resolution": resolution.strip()}
            body["place"] = str(place or "")
            self._desk.tell(Kind.CONFLICT_RESOLVED, found.subject, body, by)

    # ---- helpers ----

    def _stock(
        self,
        by: str,
        kind: Kind,
        pieces: Pieces,
        order: str,
        check: Callable[[Level, Pieces], None],
        **more: JSON,
    ) -> Level:
        with self._desk.lock:
            act = "stock.count" if kind is Kind.STOCK_SCRAPPED else "stock.move"
            self._desk.allow(by, act)
            pieces = self._fitting(pieces, kind)
            check(self._desk.book.stock.level(pieces.part, pieces.store), pieces)
            body: dict[str, JSON] = {"store": pieces.store, "count": pieces.number}
            body |= {"serials": list(pieces.serials), "order": order, **more}
            self._desk.tell(kind, pieces.part, body, by)
            return self._desk.book.stock.level(pieces.part, pieces.store)

    def _fitting(self, pieces: Pieces, kind: Kind) -> Pieces:
        """Return the pieces with their serial numbers as compared; raises Refused."""
        if self._desk.book.stock.part(pieces.part) is None:
            raise Refused(tr("The part number {part} is not known.", part=pieces.part))
        serials = tuple(dict.fromkeys(serial_of(serial) for serial in pieces.serials))
        promises = kind in {Kind.STOCK_RESERVED, Kind.STOCK_RELEASED}
        if self._serialised(pieces.part) != bool(serials) and not promises:
            if serials:
                raise Refused(tr("Pieces of {part} bear no serial numbers.", part=pieces.part))
            raise Refused(tr("Pieces of {part} bear serial numbers; scan them.", part=pieces.part))
        found = Pieces(pieces.part, pieces.store.strip(), pieces.count, serials)
        if not found.store or not 0 < found.number <= 10**6:
            raise Refused(tr("Say which store and how many."))
        if serials and pieces.count not in {0, len(serials)}:
            raise Refused(tr("There are {count} serial numbers.", count=len(serials)))
        return found

    def _serialised(self, part: str) -> bool:
        known = self._desk.book.stock.part(part)
        return known is not None and known.serialised

    def _refuse_absent(self, pieces: Pieces) -> None:
        place = Place(PlaceKind.STORE, pieces.store)
        for serial in pieces.serials:
            if self.find(serial).place != place:
                raise Refused(tr("{serial} is not there.", serial=serial))

    def _open_order(self, number: str) -> str:
        order = self._desk.book.orders.get(number)
        if order is None or order.state.is_over:
            raise Refused(tr("There is no open order {number}.", number=number))
        return order.number

    def _refuse_ring(self, serial: str, holder: str) -> None:
        """Refuse to put a thing into itself or into something that is in it."""
        seen: set[str] = set()
        while holder and holder not in seen:
            if holder == serial:
                raise Refused(tr("{serial} would be inside itself.", serial=serial))
            seen.add(holder)
            asset = self._desk.book.assets.get(holder)
            place = asset.place if asset else None
            holder = place.holder if place and place.kind is PlaceKind.SERVER else ""


_OUT_AND_BACK = frozenset({str(Kind.STOCK_ISSUED), str(Kind.STOCK_RETURNED)})


def _too_few(pieces: Pieces, have: int) -> str:
    return tr(
        "There are {have} of {part} in {store}; asked for {count}.",
        have=have,
        part=pieces.part,
        store=pieces.store,
        count=pieces.number,
    )
