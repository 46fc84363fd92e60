"""Equipment that answers but that nobody registered: what to take over from exporters. No widget.

Exporters tell the serial number of a GPU and never that of its server, so a server that no record
places in its slot is taken over under the host's id; a real serial number is registered by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from console.session.session import Session
from console.site import Host
from console.text import tr
from console.work.assets.desk import AssetDesk
from console.work.assets.places import Place, PlaceKind, serial_of
from console.work.book import WorkBook
from console.work.events import Refused
from console.work.words import place_words


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that is not in the records: what it is and where it answers from."""

    serial: str
    kind: str
    model: str
    place: Place


def unregistered(session: Session, book: WorkBook) -> Sequence[Seen]:
    """Return what may be taken over, servers first, each with its GPUs behind it.

    Left out are GPUs whose exporter tells no serial number, and what would stand where the records
    have something else: that needs a person.
    """
    held = {a.place: a.serial for a in book.assets.all() if a.place and a.place.holds_one}
    return [one for host in session.hosts for one in _of_host(session, book, host, held)]


def preview(seen: Sequence[Seen], most: int = 12) -> str:
    """Return in words what taking them over will do."""
    told = [
        f"{one.serial}  {one.model or one.kind}  \N{RIGHTWARDS ARROW} {place_words(one.place)}"
        for one in seen[:most]
    ]
    if len(seen) > most:
        told.append(tr("… and {n} more", n=len(seen) - most))
    servers = [one for one in seen if one.kind == "server"]
    if servers:
        said = "Exporters do not tell serial numbers of servers: they are named like their hosts."
        told.append(tr(said))
    return "\n".join(told)


def take_over(desk: AssetDesk, by: str, seen: Sequence[Seen]) -> int:
    """Register what was seen where it was seen; returns how many. Raises Refused, and then what
    came before it is registered."""
    for one in seen:
        desk.register(by, one.serial, one.kind, model=one.model)
        desk.see(by, one.serial, one.place)
    return len(seen)


def take_over_told(desk: AssetDesk, by: str, seen: Sequence[Seen]) -> str:
    """Take over and say how many that were; raises Refused where there are none."""
    if not seen:
        raise Refused(tr("Everything that tells a serial number is registered already."))
    return tr("{n} taken over.", n=take_over(desk, by, seen))


_Held = Mapping[Place, str]
"""What the records have in each slot."""


def _of_host(session: Session, book: WorkBook, host: Host, held: _Held) -> Iterator[Seen]:
    place = _place(host)
    serial = held.get(place) or serial_of(host.id)
    gpus = list(_gpus(session, book, host, serial, held))
    if gpus and book.assets.get(serial) is None:
        yield Seen(serial, "server", "", place)
    yield from gpus


def _gpus(session: Session, book: WorkBook, host: Host, server: str, held: _Held) -> Iterator[Seen]:
    for part in session.gpus(host.id):
        known = session.latest.last_known(part)
        identity = known.identity if known is not None else session.view(part).identity
        serial = serial_of(identity.get("serial", ""))
        slot = part.rpartition("gpu")[2]
        if not _is_serial(serial) or not slot.isdecimal() or book.assets.get(serial):
            continue
        place = Place(PlaceKind.SERVER, server, slot)
        if place not in held:
            yield Seen(serial, "gpu", identity.get("model", ""), place)


def _place(host: Host) -> Place:
    """Return where a host's server sits by the site file."""
    if host.tank is None:
        return Place(PlaceKind.RACK, host.id)
    return Place(PlaceKind.TANK, host.tank, str(host.slot or ""))


def _is_serial(serial: str) -> bool:
    return bool(serial) and serial.isprintable() and len(serial) <= 64 and set(serial) != {"0"}
