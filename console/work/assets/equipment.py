"""Equipment by serial number, with every place it was in, rebuilt from events alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from console.work.assets.places import Place, PlaceKind, serial_of
from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import JSON, Happening, Kind, Mark, text_of, whole_of


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay at a place from a moment (UTC microseconds), by whom, on which order."""

    place: Place
    from_us: int
    by: str
    order: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """One thing with a serial number.

    ``part`` is its part number where it is a spare, ``batch`` the maker's name for its lot.

    ``claims`` are places that contradict the recorded one, until somebody settles it.
    """

    serial: str
    kind: str
    model: str = ""
    maker: str = ""
    part: str = ""
    batch: str = ""
    warranty_until_us: int = 0
    stays: tuple[Stay, ...] = ()
    claims: tuple[Place, ...] = ()

    @property
    def place(self) -> Place | None:
        """Where it is by the records; None where that was never told."""
        return self.stays[-1].place if self.stays else None

    def in_warranty(self, utc_us: int) -> bool:
        """Whether the warranty lasts at a moment; False where no end is known."""
        return utc_us < self.warranty_until_us


class Equipment:
    """Every asset by serial number."""

    def __init__(self, conflicts: Conflicts) -> None:
        self._assets: dict[str, Asset] = {}
        self._in_slot: dict[Place, list[str]] = {}
        self._stored: dict[tuple[str, str], set[str]] = {}
        self._conflicts = conflicts

    def get(self, serial: str) -> Asset | None:
        """Return an asset by serial number, in whatever letter case."""
        return self._assets.get(serial_of(serial))

    def all(self) -> Sequence[Asset]:
        """Return every asset by serial number."""
        return [self._assets[serial] for serial in sorted(self._assets)]

    def at(self, place: Place) -> Sequence[Asset]:
        """Return what is at a place; without a slot, everything its holder holds."""
        return [a for a in self.all() if a.place is not None and _is_at(a.place, place)]

    def stored(self, part: str, store: str) -> Sequence[Asset]:
        """Return the pieces of a part number that lie in a store."""
        return [self._assets[serial] for serial in sorted(self._stored.get((part, store), ()))]

    def count_stored(self, part: str, store: str) -> int:
        """Return how many pieces of a part number lie in a store."""
        return len(self._stored.get((part, store), ()))

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take an event; raises KeyError, TypeError or ValueError for one that it cannot read."""
        serial = serial_of(event.subject)
        if not serial:
            raise ValueError("an asset has a serial number")
        if event.kind == Kind.ASSET_REGISTERED:
            return self._register(serial, event)
        if event.kind == Kind.ASSET_CHANGED:
            return self._set(_described(self._assets[serial], event))
        place = Place.parse(text_of(event.body, "to"))
        if event.kind == Kind.ASSET_SEEN:
            return self._see(self._assets[serial], place, event, mark)
        return self.move(self._assets[serial], place, event, mark)

    def receive(self, serial: str, part: str, store: str, event: Happening, mark: Mark) -> bool:
        """Take a spare with a serial number into a store; one that is elsewhere is a conflict."""
        asset = self._assets.get(serial) or Asset(serial, "part", part=part)
        place = Place(PlaceKind.STORE, store)
        known = asset.place
        self._set(replace(asset, part=asset.part or part))
        if known is not None and known.kind not in {PlaceKind.AWAY, PlaceKind.SCRAPPED}:
            return self._claim(self._assets[serial], place, event, mark)
        return self._put(self._assets[serial], place, event, mark)

    def move(self, asset: Asset, place: Place, event: Happening, mark: Mark) -> bool:
        """Move an asset; where it was meant to come from elsewhere, that is a conflict."""
        meant = text_of(event.body, "from")
        found = str(asset.place) if asset.place else ""
        if meant != found:
            return self._claim(asset, place, event, mark)
        if place.kind is PlaceKind.SERVER and self._holds(asset.serial, place.holder):
            raise ValueError(f"{asset.serial} would be inside itself")
        return self._put(asset, place, event, mark)

    def settle(self, conflict: Conflict, event: Happening, mark: Mark, *, is_first: bool) -> bool:
        """Settle a conflict of places: the asset is where the one who settled it says.

        Where two settled it differently, apart from each other, that is a conflict again.
        """
        serial = str(conflict.facts.get("serial") or conflict.subject)
        asset = self._assets.get(serial_of(serial))
        if asset is None or conflict.kind not in {ConflictKind.PLACE, ConflictKind.SLOT}:
            return False
        told = text_of(event.body, "place")
        place = Place.parse(told) if told else None
        if not is_first:
            return place is not None and self._claim(asset, place, event, mark)
        claimed = str(conflict.facts.get("claimed") or "")
        left = tuple(claim for claim in asset.claims if str(claim) != claimed)
        asset = replace(asset, claims=left)
        self._set(asset)
        if place is not None and asset.place != place:
            self._put(asset, place, event, mark)
        return True

    # ---- immersion ----

    def immersed(self, serial: str, now_us: int) -> Sequence[tuple[str, int, int, bool]]:
        """Return ``(tank, from_us, to_us, ended)`` of every time in fluid, oldest first.

        What sits in a server is in fluid while the server is.
        """
        asset = self.get(serial)
        return [] if asset is None else list(self._immersed(asset, now_us, 0))

    def immersion_h(self, serial: str, now_us: int) -> float:
        """Return the hours in fluid so far."""
        return sum(to - from_ for _, from_, to, _ in self.immersed(serial, now_us)) / 3.6e9

    def extractions(self, serial: str, now_us: int) -> int:
        """Return how often it was taken out of fluid."""
        return sum(ended for _, _, _, ended in self.immersed(serial, now_us))

    def _immersed(
        self, asset: Asset, now_us: int, depth: int
    ) -> Iterator[tuple[str, int, int, bool]]:
        for stay, to_us, ended in _stays(asset, now_us):
            if stay.place.kind is PlaceKind.TANK:
                yield stay.place.holder, stay.from_us, to_us, ended
            elif stay.place.kind is PlaceKind.SERVER and depth < 4:  # a ring of claims ends
                server = self.get(stay.place.holder)
                for tank, low, high, out in (
                    self._immersed(server, now_us, depth + 1) if server else ()
                ):
                    first, last = max(low, stay.from_us), min(high, to_us)
                    if first < last:
                        yield tank, first, last, out or last < high

    # ---- helpers ----

    def _register(self, serial: str, event: Happening) -> bool:
        asset = self._assets.get(serial) or Asset(serial, text_of(event.body, "kind"))
        return self._set(_described(asset, event))

    def _set(self, asset: Asset) -> bool:
        before = self._assets.get(asset.serial)
        self._assets[asset.serial] = asset
        was_on = _shelf(before) if before is not None else None
        if was_on is not None:
            self._stored[was_on].discard(asset.serial)
        is_on = _shelf(asset)
        if is_on is not None:
            self._stored.setdefault(is_on, set()).add(asset.serial)
        return before != asset

    def _put(self, asset: Asset, place: Place, event: Happening, mark: Mark) -> bool:
        stay = Stay(
            place,
            _moment_us(asset, event),
            event.actor,
            text_of(event.body, "order"),
            text_of(event.body, "because"),
        )
        others = [s for s in self._in_slot.get(place, ()) if s != asset.serial]
        if others:
            facts: dict[str, JSON] = {"place": str(place), "serial": asset.serial}
            facts["other"] = others[0]
            self._raise(ConflictKind.SLOT, str(place), event, mark, facts)
        if asset.place is not None and asset.place.holds_one:
            self._in_slot[asset.place].remove(asset.serial)
        if place.holds_one:
            self._in_slot.setdefault(place, []).append(asset.serial)
        return self._set(replace(asset, stays=(*asset.stays, stay)))

    def _see(self, asset: Asset, place: Place, event: Happening, mark: Mark) -> bool:
        """Compare where somebody or the console itself saw an asset with where it should be."""
        if asset.place is None:
            return self._put(asset, place, event, mark)
        if asset.place == place:
            return False
        return self._claim(asset, place, event, mark)

    def _claim(self, asset: Asset, place: Place, event: Happening, mark: Mark) -> bool:
        if asset.place == place or place in asset.claims:
            return False
        self._set(replace(asset, claims=(*asset.claims, place)))
        facts: dict[str, JSON] = {
            "serial": asset.serial,
            "recorded": str(asset.place or ""),
            "claimed": str(place),
        }
        self._raise(ConflictKind.PLACE, asset.serial, event, mark, facts)
        return True

    def _raise(
        self,
        kind: ConflictKind,
        subject: str,
        event: Happening,
        mark: Mark,
        facts: Mapping[str, JSON],
    ) -> None:
        found = Conflict(
            f"{kind}:{mark.uid}:{subject}", kind, subject, event.actor, event.utc_us, facts
        )
        self._conflicts.raise_(found)

    def _holds(self, outer: str, inner: str) -> bool:
        """Whether ``inner`` is ``outer`` or sits somewhere in it."""
        for _ in range(8):
            if inner == outer:
                return True
            asset = self._assets.get(inner)
            if asset is None or asset.place is None or asset.place.kind is not PlaceKind.SERVER:
                return False
            inner = asset.place.holder
        return True


def _shelf(asset: Asset) -> tuple[str, str] | None:
    """Return part number and store of a spare that lies in one, else None."""
    place = asset.place
    if not asset.part or place is None or place.kind is not PlaceKind.STORE:
        return None
    return asset.part, place.holder


def _described(asset: Asset, event: Happening) -> Asset:
    body = event.body
    return replace(
        asset,
        kind=text_of(body, "kind", asset.kind),
        model=text_of(body, "model", asset.model),
        maker=text_of(body, "maker", asset.maker),
        part=text_of(body, "part", asset.part),
        batch=text_of(body, "batch", asset.batch),
        warranty_until_us=whole_of(body, "warranty_until_us", asset.warranty_until_us),
    )


def _moment_us(asset: Asset, event: Happening) -> int:
    """Return when a move happened: as claimed, but not in the future nor before the last one."""
    claimed = whole_of(event.body, "occurred_us", event.utc_us)
    last_us = asset.stays[-1].from_us if asset.stays else 0
    return max(min(claimed, event.utc_us), last_us)


def _stays(asset: Asset, now_us: int) -> Iterator[tuple[Stay, int, bool]]:
    for i, stay in enumerate(asset.stays):
        ended = i + 1 < len(asset.stays)
        yield stay, asset.stays[i + 1].from_us if ended else max(now_us, stay.from_us), ended


def _is_at(found: Place, wanted: Place) -> bool:
    if wanted.slot:
        return found == wanted
    return (found.kind, found.holder) == (wanted.kind, wanted.holder)
