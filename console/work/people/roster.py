"""The roster: who there is, with which roles and qualifications, rebuilt from events alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from console.text import LANGUAGES
from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import (
    Body,
    Happening,
    Kind,
    Mark,
    Moment,
    mark_of,
    moment_of,
    text_of,
    texts_of,
    whole_of,
)
from console.work.people.roles import same

FOR_EVER = 2**53
"""The UTC microsecond at which a qualification without an end would end."""
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Qualification:
    """A qualification: valid before ``until_us``, granted by whom, on what grounds."""

    id: str
    until_us: int
    granted_by: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Lock:
    """How often in a row a PIN was wrong, and since when, for how long, the person is locked."""

    wrong: int = 0
    since: Moment | None = None
    lasts_s: int = 0

    def left_s(self, now: Moment) -> float:
        """Return how long the lock lasts from now, seconds; 0 where there is none.

        Setting the wall clock forward ends no lock within one start of the machine; setting it
        back makes none longer than it was.
        """
        if self.since is None:
            return 0.0
        return max(self.lasts_s - now.surely_since(self.since) / 1e6, 0.0)


@dataclass(frozen=True, slots=True)
class Person:
    """One person of the roster.

    ``pins`` holds the seal of the secret that counts, by the log of the machine it was set on.
    """

    id: str
    name: str
    roles: frozenset[str]
    language: str = "en"
    active: bool = True
    qualified: Mapping[str, Qualification] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    lock: Lock = Lock()

    @property
    def qualifications(self) -> Mapping[str, int]:
        """The UTC microsecond at which each qualification ends: what the engine asks for."""
        return {name: found.until_us for name, found in self.qualified.items()}

    def has(self, qualification: str, utc_us: int) -> bool:
        """Whether a qualification is valid at a moment; the last microsecond no longer counts."""
        found = self.qualified.get(qualification)
        return found is not None and found.until_us > utc_us

    def expiring(self, utc_us: int, within_days: float = 30.0) -> Sequence[Qualification]:
        """Return what is valid now and ends soon, the next first."""
        end_us = utc_us + int(within_days * 86_400e6)
        soon = [q for q in self.qualified.values() if utc_us < q.until_us <= end_us]
        return sorted(soon, key=lambda q: q.until_us)


class Roster:
    """Everybody, retired people too: their signatures stay."""

    def __init__(self, conflicts: Conflicts) -> None:
        self._people: dict[str, Person] = {}
        self._conflicts = conflicts

    def get(self, person: str) -> Person | None:
        """Return a person by id, in whatever letter case."""
        return self._people.get(key_of(person))

    def everybody(self) -> Sequence[Person]:
        """Return everybody by name, retired people last."""
        return sorted(self._people.values(), key=lambda p: (not p.active, p.name.casefold(), p.id))

    def active(self) -> Sequence[Person]:
        """Return those who may sign in."""
        return [person for person in self.everybody() if person.active]

    def with_role(self, role: str) -> Sequence[Person]:
        """Return the active people with a role."""
        return [person for person in self.active() if role in person.roles]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is there yet: the first to come is the administrator."""
        return not self._people

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take an event; raises KeyError, TypeError or ValueError for one that it cannot read."""
        if event.kind == Kind.PERSON_ADDED:
            return self._add(event, mark)
        person = self._people[key_of(event.subject)]
        after = _CHANGES[event.kind](person, event)
        self._people[key_of(event.subject)] = after
        return after != person

    def _add(self, event: Happening, mark: Mark) -> bool:
        """Add a person; who was first keeps the id and the roles."""
        key = key_of(event.subject)
        if not key:
            raise ValueError("a person has an id")
        roles = frozenset(texts_of(event.body, "roles"))
        name = text_of(event.body, "name") or event.subject
        if key not in self._people:
            self._people[key] = Person(event.subject, name, roles, _language(event.body))
            return True
        kind = ConflictKind.PERSON
        found = Conflict(
            f"{kind}:{mark.uid}", kind, event.subject, event.actor, event.utc_us, {"name": name}
        )
        self._conflicts.raise_(found)
        return True


def key_of(person: str) -> str:
    """Return what two ids of one person have in common."""
    return person.strip().casefold()


def _language(body: Body) -> str:
    found = text_of(body, "language", "en")
    return found if found in LANGUAGES else "en"


def _changed(person: Person, event: Happening) -> Person:
    body = event.body
    if "name" in body:
        person = replace(person, name=text_of(body, "name") or person.name)
    if "roles" in body:
        person = replace(person, roles=frozenset(texts_of(body, "roles")))
    if "language" in body:
        person = replace(person, language=_language(body))
    return person


def _retired(person: Person, _event: Happening) -> Person:
    return replace(person, active=False, pins={})


def _reinstated(person: Person, _event: Happening) -> Person:
    return replace(person, active=True)


def _qualified(person: Person, event: Happening) -> Person:
    name = text_of(event.body, "qualification")
    if not name:
        raise ValueError("qualification: it has no name")
    until_us = whole_of(event.body, "until_us")
    granted = Qualification(name, until_us, event.actor, text_of(event.body, "because"))
    return replace(person, qualified={**person.qualified, name: granted})


def _disqualified(person: Person, event: Happening) -> Person:
    name = text_of(event.body, "qualification")
    kept = {key: value for key, value in person.qualified.items() if key != name}
    return replace(person, qualified=kept)


def _pin_set(person: Person, event: Happening) -> Person:
    if not person.active:
        raise ValueError(f"{person.id} is retired")
    # Only what somebody else set ends a lock-out: a new hash of the same PIN, or one's own new
    # PIN, follows a sign-in that ended it anyway.
    lock = person.lock if same(event.actor, person.id) else Lock()
    pins = {**person.pins, mark_of(event).log: text_of(event.body, "seal")}
    return replace(person, pins=pins, lock=lock)


def _signed_in(person: Person, _event: Happening) -> Person:
    return replace(person, lock=Lock())


def _refused(person: Person, event: Happening) -> Person:
    if text_of(event.body, "why", "pin") != "pin":
        return person
    return replace(person, lock=replace(person.lock, wrong=person.lock.wrong + 1))


def _locked(person: Person, event: Happening) -> Person:
    lasts_s = whole_of(event.body, "lasts_s")
    return replace(person, lock=Lock(person.lock.wrong, moment_of(event), max(lasts_s, 0)))


def _unlocked(person: Person, _event: Happening) -> Person:
    return replace(person, lock=Lock())


def _same(person: Person, _event: Happening) -> Person:
    return person


_CHANGES: dict[str, Callable[[Person, Happening], Person]] = {
    Kind.PERSON_CHANGED: _changed,
    Kind.PERSON_RETIRED: _retired,
    Kind.PERSON_REINSTATED: _reinstated,
    Kind.PERSON_QUALIFIED: _qualified,
    Kind.PERSON_DISQUALIFIED: _disqualified,
    Kind.PERSON_PIN_SET: _pin_set,
    Kind.PERSON_SIGNED_IN: _signed_in,
    Kind.PERSON_SIGNED_OUT: _same,
    Kind.PERSON_REFUSED: _refused,
    Kind.PERSON_LOCKED: _locked,
    Kind.PERSON_UNLOCKED: _unlocked,
}
