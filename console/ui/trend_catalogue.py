"""Which points there are to choose from: by place, by name, and those that are only recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from console.session.session import Session
from console.ui import formats
from console.ui.trend_strips import Name
from drivers.points import Point

MOST_FOUND = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A tank, a server or a GPU: its id, its name, and where it is in words."""

    id: str
    name: str
    within: str = ""


class Catalogue:
    """The site's places and points; ``recorded`` are the keys of parts that left the site."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.recorded: Mapping[str, Sequence[str]] = {}

    # ---- places ----------------------------------------------------------------------------

    def tanks(self) -> list[Place]:
        """Return the tanks in file order."""
        return [Place(tank.id, tank.name, tank.hall) for tank in self._session.tanks]

    def hosts(self, tank: str | None) -> list[Place]:
        """Return the servers of a tank in slot order, or those that are in none."""
        if tank is None:
            hosts = [host for host in self._session.hosts if host.tank is None]
        else:
            hosts = list(self._session.site.hosts_in(tank))
        return [Place(host.id, host.name) for host in hosts]

    def gpus(self, host: str) -> list[Place]:
        """Return the GPUs of a server."""
        return [Place(part, self._session.name_of(part)) for part in self._session.gpus(host)]

    def gone(self) -> list[Place]:
        """Return the parts that are in the history and not in the site."""
        known = set(self._session.latest.parts())
        return [Place(part, part) for part in self.recorded if part not in known]

    def place(self, part: str) -> Place:
        """Return a place by its id."""
        return Place(part, self._session.name_of(part))

    def is_host(self, part: str) -> bool:
        """Whether a part is a server, which has GPUs and no points of its own."""
        return any(host.id == part for host in self._session.hosts)

    def is_tank(self, part: str) -> bool:
        """Whether a part is a tank."""
        return any(tank.id == part for tank in self._session.tanks)

    def above(self, part: str) -> str:
        """Return where one comes to a place from: the tank, the server, or '' for the top."""
        host, slash, _ = part.partition("/")
        if slash and self.is_host(host):
            return host
        if self.is_host(part):
            tank = self._session.tank_of(part)
            return tank.id if tank else ""
        return ""

    # ---- points ----------------------------------------------------------------------------

    def points(self, part: str) -> list[tuple[str, Point]]:
        """Return group and point of everything that a part has, in its own order."""
        if part in self._session.latest.parts():
            return [(point.group, point) for point in self._session.latest.schema(part)]
        keys = self.recorded.get(part, ())
        return [("", Point(key, key.replace("_", " ").replace(".", " "))) for key in keys]

    def find(self, text: str) -> tuple[list[Place], list[tuple[Place, Point]], bool]:
        """Return places and points whose names hold every word, and whether that was all."""
        words = text.casefold().split()
        places: list[Place] = []
        points: list[tuple[Place, Point]] = []
        for part in self._parts():
            place = self.place(part)
            where = self._searched(part, place)
            if _holds(where, words):
                places.append(place)
            points += [
                (place, point)
                for _, point in self.points(part)
                if _holds(f"{where} {_searched_point(point.key, point.name)}", words)
                and not _holds(where, words)
            ]
            if len(places) + len(points) > MOST_FOUND:
                return places, points[: MOST_FOUND - len(places)], False
        return places, points, True

    def _parts(self) -> Iterable[str]:
        hosts = [host.id for host in self._session.hosts]
        return dict.fromkeys([*self._session.latest.parts(), *hosts, *self.recorded])

    def _searched(self, part: str, place: Place) -> str:
        tank = self._session.tank_of(part)
        return f"{place.name} {part} {tank.name if tank else ''}".casefold()


def key_of(name: Name) -> str:
    """Return part and point as one text; a part's id holds no line feed."""
    return "\n".join(name)


def name_of(key: str) -> Name:
    """Return what :func:`key_of` was made of."""
    part, _, point = key.partition("\n")
    return part, point


def _holds(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


@lru_cache(maxsize=4096)
def _searched_point(key: str, name: str) -> str:
    return f"{formats.translated_name(name)} {name} {key}".casefold()
