"""What can be done with equipment: describe it, move it, take over what answers. No widget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from console.session.session import Session
from console.text import tr
from console.ui.work.acts import Act, Answers, Ask
from console.ui.work.equipment_rows import KIND_NAMES, day
from console.ui.work.equipment_seen import Seen, preview, take_over_told
from console.work.assets.desk import AssetDesk
from console.work.assets.equipment import Asset
from console.work.assets.places import Place, PlaceKind
from console.work.events import Refused

PLACE_KINDS = {
    PlaceKind.TANK: "Tank",
    PlaceKind.SERVER: "Server",
    PlaceKind.RACK: "Rack",
    PlaceKind.BENCH: "Bench",
    PlaceKind.STORE: "Store",
    PlaceKind.AWAY: "Away",
    PlaceKind.SCRAPPED: "Scrapped",
}
"""Sorts of places, as chosen in a form; a key of the catalogue each."""
MOVE = "asset.move"


def equipment_acts(session: Session, asset: Asset) -> list[Act]:
    """Return what can be done with a thing."""
    desk = _desk(session)
    return [_move(session, desk, asset), _describe(desk, asset)]


def new_equipment_acts(session: Session, seen: Sequence[Seen]) -> list[Act]:
    """Return what makes equipment known: by hand, or what answers and is not in the records."""
    desk = _desk(session)
    take_over = Act(
        "take-over",
        tr("Take over what is seen ({n})", n=len(seen)),
        MOVE,
        lambda by, _: take_over_told(desk, by, seen),
        preview=lambda: preview(seen),
        done=tr("Take over"),
    )
    return [_register(session, desk), *([take_over] if seen else [])]


def place_asks(place: Place | None = None, label: str = "") -> list[Ask]:
    """Return the questions for a place; ``label`` is that of the first."""
    kinds = tuple((str(kind), tr(name)) for kind, name in PLACE_KINDS.items())
    kind = str(place.kind) if place else str(PlaceKind.TANK)
    hint = tr("id of the tank, serial number of the server, name")
    return [
        Ask("kind", label or tr("Where to"), kind, choices=kinds),
        Ask("holder", tr("Which one"), place.holder if place else "", hint),
        Ask("slot", tr("Slot"), place.slot if place else "", tr("only where it has slots")),
    ]


def place_of(session: Session, answers: Answers) -> Place:
    """Return the place that was written; raises Refused for one that cannot be."""
    kind, holder, slot = PlaceKind(answers["kind"]), answers["holder"], answers["slot"]
    if kind is PlaceKind.SCRAPPED:
        holder = holder or "scrap"
    if not holder:
        raise Refused(tr("Say which one it is."))
    try:
        place = Place.parse(f"{kind}:{holder}" + (f"/{slot}" if slot else ""))
    except ValueError:
        place = None
    if place is None or "/" in holder:
        raise Refused(tr("A name has 1 to 63 letters and no slash, a slot 1 to 16."))
    if kind is PlaceKind.TANK:
        _check_tank(session, place)
    elif kind is PlaceKind.SERVER:
        _desk(session).find(place.holder)
    return place


def moment_of(text: str, now_us: int) -> int | None:
    """Return a moment written as local date and time; None for nothing. Raises Refused."""
    if not text:
        return None
    try:
        then = datetime.strptime(text, "%Y-%m-%d %H:%M").astimezone()
        utc_us = int(then.timestamp() * 1e6)
    except (ValueError, OverflowError, OSError):
        raise Refused(tr("A moment is written like 2026-11-21 14:30.")) from None
    if utc_us > now_us:
        raise Refused(tr("That is in the future."))
    return utc_us


def day_end_of(text: str) -> int:
    """Return the end of a local day, UTC microseconds; 0 for nothing. Raises Refused."""
    if not text:
        return 0
    try:
        then = datetime.strptime(f"{text} 23:59:59", "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007  local
        return int(then.astimezone().timestamp() * 1e6)
    except (ValueError, OverflowError, OSError):
        raise Refused(tr("A day is written like 2028-12-31.")) from None


def _move(session: Session, desk: AssetDesk, asset: Asset) -> Act:
    def do(by: str, answers: Answers) -> str:
        place = place_of(session, answers)
        when_us = moment_of(answers["when"], session.now().utc_us)
        desk.move(
            by,
            asset.serial,
            place,
            order=answers["order"],
            because=answers["because"],
            occurred_us=when_us,
        )
        return tr("Recorded. It shows as soon as it is on the disk.")

    asks = [
        *place_asks(),
        Ask("order", tr("Order"), hint="WO-…"),
        Ask("because", tr("Why")),
        Ask("when", tr("When"), hint=tr("empty: now; else like 2026-11-21 14:30")),
    ]
    return Act("move", tr("Move"), MOVE, do, lambda: asks)


def _describe(desk: AssetDesk, asset: Asset) -> Act:
    def do(by: str, answers: Answers) -> str:
        desk.register(
            by,
            asset.serial,
            answers["sort"],
            model=answers["model"],
            maker=answers["maker"],
            part=answers["part"],
            warranty_until_us=day_end_of(answers["warranty"]),
        )
        return tr("Recorded. It shows as soon as it is on the disk.")

    return Act("describe", tr("Describe"), MOVE, do, lambda: _about(asset), done=tr("Save"))


def _register(session: Session, desk: AssetDesk) -> Act:
    def do(by: str, answers: Answers) -> str:
        serial = answers["serial"]
        if session.workplace is not None and session.workplace.room.desk.book.assets.get(serial):
            raise Refused(tr("{serial} is registered already.", serial=serial.upper()))
        has_place = bool(answers["holder"])
        place = place_of(session, answers) if has_place else None
        until_us = day_end_of(answers["warranty"])
        made = desk.register(
            by,
            serial,
            answers["sort"],
            model=answers["model"],
            maker=answers["maker"],
            part=answers["part"],
            warranty_until_us=until_us,
        )
        if place is not None:
            desk.move(by, made.serial, place)
        return tr("{serial} is registered.", serial=made.serial)

    asks = [Ask("serial", tr("Serial number")), *_about(None), *place_asks()]
    return Act("register", tr("Register new"), MOVE, do, lambda: asks, done=tr("Register"))


def _about(asset: Asset | None) -> list[Ask]:
    kinds = dict(KIND_NAMES)
    if asset is not None and asset.kind:
        kinds.setdefault(asset.kind, asset.kind)
    until = day(asset.warranty_until_us) if asset and asset.warranty_until_us else ""
    choices = tuple((kind, tr(name)) for kind, name in kinds.items())
    return [
        Ask("sort", tr("Kind"), asset.kind if asset else "gpu", choices=choices),
        Ask("model", tr("Model"), asset.model if asset else ""),
        Ask("maker", tr("Maker"), asset.maker if asset else ""),
        Ask("part", tr("Part number"), asset.part if asset else ""),
        Ask("warranty", tr("Warranty until"), until, tr("like 2028-12-31; empty: not known")),
    ]


def _check_tank(session: Session, place: Place) -> None:
    tank = next((tank for tank in session.tanks if tank.id == place.holder), None)
    if tank is None:
        known = ", ".join(tank.id for tank in session.tanks) or "-"
        raise Refused(
            tr("There is no tank {tank} here; there are {known}.", tank=place.holder, known=known)
        )
    slot = place.slot
    if slot and not (slot.isascii() and slot.isdecimal() and 1 <= int(slot) <= tank.slots):
        raise Refused(tr("{tank} has slots 1 to {n}.", tank=tank.name, n=tank.slots))


def _desk(session: Session) -> AssetDesk:
    if session.workplace is None:
        raise Refused(tr("The work log is not open yet."))
    return session.workplace.room.assets
