"""What administrators do with the roster; every command raises Refused or tells one event."""

from __future__ import annotations

import re
from collections.abc import Iterable

from console.text import LANGUAGES, tr
from console.work.desk import WorkDesk
from console.work.events import JSON, Kind, Refused
from console.work.people.roles import same
from console.work.people.roster import ADMIN, FOR_EVER, Person
from console.work.people.signature import Signature, shown_hash

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,30}")
_MANAGE = "roster.manage"


class SecondNeededError(Refused):
    """All that lacks is the signature of a second administrator."""


def check_id(person: str) -> None:
    """Refuse an id that is not short, lower-case and plain."""
    if not _ID.fullmatch(person):
        raise Refused(
            tr(
                "{found} cannot be an id: small letters, digits, dot, dash; at most 31.",
                found=repr(person),
            )
        )


def check_name(name: str) -> str:
    """Return a name as it is kept, its spaces single; raises Refused for what is none."""
    told = " ".join(name.split())
    if not told or len(told) > 80 or not told.isprintable():
        raise Refused(tr("A name has 1 to 80 letters."))
    return told


def grant_shown(person: str, roles: Iterable[str]) -> str:
    """Return the hash of what a second administrator signs when a role is granted."""
    return shown_hash({"person": person, "roles": sorted(roles)})


class PeopleDesk:
    """Roster changes. PINs are the gate's."""

    def __init__(self, desk: WorkDesk) -> None:
        self._desk = desk

    def add(
        self,
        by: str,
        person: str,
        name: str,
        roles: Iterable[str],
        *,
        language: str = "en",
        second: Signature | None = None,
    ) -> Person:
        """Add a person; without a PIN they cannot sign in yet."""
        with self._desk.lock:
            self._desk.allow(by, _MANAGE)
            check_id(person)
            if self._desk.book.people.get(person) is not None:
                why = tr(
                    "There is somebody called {person} already; an id is never given twice.",
                    person=person,
                )
                raise Refused(why)
            wanted = self._roles(roles)
            body: dict[str, JSON] = {"name": check_name(name), "roles": sorted(wanted)}
            body["language"] = _language(language)
            body |= self._second(by, person, wanted, frozenset(), second)
            self._desk.tell(Kind.PERSON_ADDED, person, body, by)
            return self._desk.who(person)

    def change(
        self,
        by: str,
        person: str,
        *,
        name: str | None = None,
        roles: Iterable[str] | None = None,
        language: str | None = None,
        second: Signature | None = None,
    ) -> Person:
        """Change name, roles or language of a person; nobody changes their own roles."""
        with self._desk.lock:
            found = self._desk.who(person)
            self._desk.signed_in(by)
            if not (same(by, person) and name is None and roles is None):
                self._desk.allow(by, _MANAGE)
            body: dict[str, JSON] = {}
            if name is not None:
                body["name"] = check_name(name)
            if language is not None:
                body["language"] = _language(language)
            if roles is not None:
                wanted = self._roles(roles)
                self._refuse_own_roles(by, person)
                self._refuse_no_admin(found, wanted)
                body["roles"] = sorted(wanted)
                body |= self._second(by, person, wanted, found.roles, second)
            if body:
                self._desk.tell(Kind.PERSON_CHANGED, found.id, body, by)
            return self._desk.who(person)

    def retire(self, by: str, person: str, reason: str) -> None:
        """Retire a person: they cannot sign in any more, what they signed stays."""
        with self._desk.lock:
            self._desk.allow(by, _MANAGE)
            found = self._desk.who(person)
            self._refuse_no_admin(found, frozenset())
            self._desk.tell(Kind.PERSON_RETIRED, found.id, {"reason": _reason(reason)}, by)
            self._desk.leave(found.id)

    def reinstate(self, by: str, person: str, reason: str) -> None:
        """Take a retired person back; they need a new PIN."""
        with self._desk.lock:
            self._desk.allow(by, _MANAGE)
            found = self._desk.book.people.get(person)
            if found is None or found.active:
                raise Refused(tr("Nobody called {person} is retired.", person=person))
            self._desk.tell(Kind.PERSON_REINSTATED, found.id, {"reason": _reason(reason)}, by)

    def qualify(
        self, by: str, person: str, qualification: str, until_us: int = FOR_EVER, because: str = ""
    ) -> None:
        """Grant a qualification that is valid before a moment; nobody qualifies themselves."""
        with self._desk.lock:
            self._desk.allow(by, _MANAGE)
            found = self._desk.who(person)
            if same(by, person):
                raise Refused(tr("Nobody grants a qualification to themselves."))
            check_id(qualification)
            if until_us <= self._desk.now().utc_us:
                raise Refused(tr("The qualification would have ended already."))
            body: dict[str, JSON] = {"qualification": qualification}
            body |= {"until_us": until_us, "because": because.strip()}
            self._desk.tell(Kind.PERSON_QUALIFIED, found.id, body, by)

    def disqualify(self, by: str, person: str, qualification: str, reason: str) -> None:
        """Take a qualification back."""
        with self._desk.lock:
            self._desk.allow(by, _MANAGE)
            found = self._desk.who(person)
            if qualification not in found.qualified:
                why = tr(
                    "{person} does not have {qualification}.",
                    person=found.name,
                    qualification=qualification,
                )
                raise Refused(why)
            body: dict[str, JSON] = {"qualification": qualification, "reason": _reason(reason)}
            self._desk.tell(Kind.PERSON_DISQUALIFIED, found.id, body, by)

    def unlock(self, by: str, person: str) -> None:
        """End a lock-out; nobody ends their own."""
        with self._desk.lock:
            self._desk.allow(by, "pin.reset")
            found = self._desk.who(person)
            if same(by, person):
                raise Refused(tr("Nobody ends their own lock-out."))
            self._desk.tell(Kind.PERSON_UNLOCKED, found.id, {"because": "administrator"}, by)

    def _roles(self, roles: Iterable[str]) -> frozenset[str]:
        wanted = frozenset(roles)
        unknown = sorted(wanted - set(self._desk.roles.role))
        if unknown:
            allowed = ", ".join(self._desk.roles.role)
            raise Refused(
                tr(
                    "There is no role {role}; there are {allowed}.",
                    role=unknown[0],
                    allowed=allowed,
                )
            )
        return wanted

    def _refuse_own_roles(self, by: str, person: str) -> None:
        if self._desk.roles.granting.never_to_oneself and same(by, person):
            raise Refused(tr("Nobody changes their own roles."))

    def _refuse_no_admin(self, person: Person, roles: frozenset[str]) -> None:
        others = [p for p in self._desk.book.people.with_role(ADMIN) if p.id != person.id]
        if ADMIN in person.roles and ADMIN not in roles and not others:
            raise Refused(tr("{person} is the only administrator.", person=person.name))

    def _second(
        self,
        by: str,
        person: str,
        wanted: frozenset[str],
        had: frozenset[str],
        second: Signature | None,
    ) -> dict[str, JSON]:
        """Ask for a second administrator where a role is granted that takes two."""
        takes_two = (wanted - had) & set(self._desk.roles.granting.two_administrators)
        admins = self._desk.book.people.with_role(ADMIN)
        others = [admin for admin in admins if not same(admin.id, by)]
        if not takes_two or not others:
            return {}
        if second is None or same(second.person, by) or same(second.person, person):
            raise SecondNeededError(
                tr(
                    "This role takes the signature of a second administrator: {role}.",
                    role=min(takes_two),
                )
            )
        return dict(self._desk.use(second, second.person, _MANAGE, grant_shown(person, wanted)))


def _language(language: str) -> str:
    if language not in LANGUAGES:
        allowed = ", ".join(LANGUAGES)
        raise Refused(
            tr(
                "There is no language {found}; there are {allowed}.",
                found=language,
                allowed=allowed,
            )
        )
    return language


def _reason(reason: str) -> str:
    told = reason.strip()
    if not told:
        raise Refused(tr("This needs a reason."))
    return told
