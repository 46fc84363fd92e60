"""Proving who somebody is: sign-in and signatures, in a thread of their own.

Hashing takes 0.1 s, so every method returns a future: the window adds a callback, a coroutine
awaits ``asyncio.wrap_future(...)``, a command calls ``result()``. One attempt at a time: many at
once could not pass the lock-out between them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from console.text import tr
from console.work.conflicts import ConflictKind
from console.work.desk import WorkDesk
from console.work.events import Kind, Refused
from console.work.people.pins import PinHasher, check_pin
from console.work.people.roles import same
from console.work.people.roster import ADMIN, Person
from console.work.people.secrets import SecretsError, SecretStore
from console.work.people.signature import Signature

_T = TypeVar("_T")
CONSOLE = "console"
"""The actor of what no signed-in person can be behind: the first administrator."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """That a person proved who they are, and when (UTC microseconds)."""

    person: Person
    utc_us: int


class Gate:
    """Signs people in and takes their signatures; every future may raise Refused. Close it."""

    def __init__(
        self, desk: WorkDesk, secrets: SecretStore, hasher: PinHasher | None = None
    ) -> None:
        self._desk = desk
        self._secrets = secrets
        self._hasher = hasher or PinHasher(secrets)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sign-in")
        self.why_not: Callable[[], str] = lambda: ""
        """Why nobody can sign now, in a sentence; empty where they can. Safe from any thread."""

    def close(self) -> None:
        """End the thread; what waits is not done."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    # ---- what people do ----

    def sign_in(self, person: str, pin: str) -> Future[SignedIn]:
        """Let a person in who gives the right PIN."""

        def run() -> SignedIn:
            found = self._prove(person, pin)
            draft = self._desk.tell(Kind.PERSON_SIGNED_IN, found.id, {}, found.id)
            self._desk.enter(found.id)
            return SignedIn(found, draft.utc_us)

        return self._submit(run)

    def sign_out(self, person: str) -> None:
        """Let a person go; nothing happens where they are not signed in."""
        found = self._desk.book.people.get(person)
        if found is not None and found.id in self._desk.present:
            self._desk.leave(found.id)
            self._desk.tell(Kind.PERSON_SIGNED_OUT, found.id, {}, found.id)

    def sign(self, person: str, pin: str, meaning: str, shown: str) -> Future[Signature]:
        """Take a signature: the PIN once more, for one act and the hash of what was shown.

        ``meaning`` is an act of ``roles.toml``; it must be permitted.
        """

        def run() -> Signature:
            why = self.why_not()
            if why:
                raise Refused(why)
            who = self._desk.who(person)
            self._desk.permit(who, meaning)
            found = self._prove(person, pin)
            role = self._desk.roles.role_for(found.roles, meaning)
            seal = found.pins.get(self._desk.log, "")
            given = Signature(
                id=str(uuid.uuid4()),
                person=found.id,
                name=found.name,
                role=role,
                meaning=meaning,
                utc_us=self._desk.now().utc_us,
                shown=shown,
                seal=seal,
            )
            self._desk.issue(given)
            return given

        return self._submit(run)

    def prove(self, person: str, pin: str) -> Future[Person]:
        """Check a PIN alone, for another part that keeps signatures of its own."""
        return self._submit(lambda: self._prove(person, pin))

    def set_pin(self, by: str, person: str, pin: str) -> Future[None]:
        """Set a PIN: one's own when signed in, or somebody else's as an administrator."""

        def run() -> None:
            found = self._desk.who(person)
            if same(by, person):
                self._desk.signed_in(by)
            else:
                self._desk.allow(by, "pin.reset")
            self._set(found, pin, by)

        return self._submit(run)

    def first_administrator(
        self, person: str, name: str, pin: str, language: str = "en"
    ) -> Future[None]:
        """Make the first person, an administrator; refused where there is anybody already."""

        def run() -> None:
            from console.work.people.desk import check_id, check_name

            check_id(person)
            told = check_name(name)
            check_pin(pin, [ADMIN], self._desk.roles, (person, name))
            hashed = self._hasher.hash(pin)
            with self._desk.lock:
                if not self._desk.book.people.is_empty:
                    raise Refused(tr("There are people already; an administrator adds others."))
                body = {"name": told, "roles": [ADMIN], "language": language}
                self._desk.tell(Kind.PERSON_ADDED, person, body, CONSOLE)
                self._keep(self._desk.who(person), hashed, CONSOLE)

        return self._submit(run)

    def furnish(self, people: Iterable[tuple[str, str]]) -> Future[None]:
        """Give people of a demo their known PINs, where they have none on this machine."""

        def run() -> None:
            for person, pin in people:
                found = self._desk.who(person)
                if not self._secrets.find(found.id, found.pins.get(self._desk.log, "")):
                    self._keep(found, self._hasher.hash(pin), CONSOLE)

        return self._submit(run)

    # ---- in the worker ----

    def _submit(self, run: Callable[[], _T]) -> Future[_T]:
        def guarded() -> _T:
            try:
                return run()
            except SecretsError as error:
                raise Refused(str(error)) from None

        return self._worker.submit(guarded)

    def _prove(self, person: str, pin: str) -> Person:
        """Return the person whose PIN this is; raises Refused, and counts and slows wrong ones."""
        found = self._desk.book.people.get(person)
        active = found is not None and found.active
        if found is not None and active:
            self._refuse_doubtful(found)
            self._refuse_locked(found)
        seal = found.pins.get(self._desk.log, "") if found is not None and active else ""
        hashed = self._secrets.find(person, seal)
        is_right = self._hasher.verify(hashed, pin)
        if found is None or not active:
            raise Refused(tr("Name or PIN is wrong."))
        if hashed is None:
            why = tr(
                "{person} has no PIN on this machine; an administrator sets one.", person=found.name
            )
            raise Refused(why)
        if not is_right:
            raise Refused(self._count_wrong(found))
        self._welcome(found, hashed, pin)
        return self._desk.who(person)

    def _refuse_doubtful(self, person: Person) -> None:
        """Refuse an id that two laptops gave to two people, until that is settled."""
        contradictions = self._desk.book.conflicts.open(person.id)
        if any(conflict.kind is ConflictKind.PERSON for conflict in contradictions):
            why = tr("Two people have the id {person}; settle that first.", person=person.id)
            raise Refused(why)

    def _refuse_locked(self, person: Person) -> None:
        left_s = person.lock.left_s(self._desk.now())
        if left_s > 0:
            self._desk.tell(Kind.PERSON_REFUSED, person.id, {"why": "locked"}, person.id)
            raise Refused(_locked_text(person, left_s))

    def _count_wrong(self, person: Person) -> str:
        """Record a wrong PIN and, from the fifth on, a lock; returns the sentence."""
        with self._desk.lock:
            self._desk.tell(Kind.PERSON_REFUSED, person.id, {"why": "pin"}, person.id)
            wrong = self._desk.who(person.id).lock.wrong
            lasts_s = self._desk.roles.pin.lock_s(wrong)
            if not lasts_s:
                return tr("Name or PIN is wrong.")
            body = {"wrong": wrong, "lasts_s": lasts_s}
            self._desk.tell(Kind.PERSON_LOCKED, person.id, body, person.id)
            return _locked_text(person, lasts_s)

    def _welcome(self, person: Person, hashed: str, pin: str) -> None:
        """Forget wrong tries, and hash anew what was hashed with weaker parameters."""
        if person.lock.wrong or person.lock.since:
            self._desk.tell(Kind.PERSON_UNLOCKED, person.id, {"because": "pin"}, person.id)
        if self._hasher.is_outdated(hashed):
            self._keep(person, self._hasher.hash(pin), person.id)

    def _set(self, person: Person, pin: str, by: str) -> None:
        check_pin(pin, person.roles, self._desk.roles, (person.id, person.name))
        self._keep(person, self._hasher.hash(pin), by)

    def _keep(self, person: Person, hashed: str, by: str) -> None:
        """Put the hash into the file, then its seal into the log: what the log names counts."""
        in_force = person.pins.get(self._desk.log, "")
        seal = self._secrets.put(person.id, hashed, in_force)
        self._desk.tell(Kind.PERSON_PIN_SET, person.id, {"seal": seal}, by)


def _locked_text(person: Person, left_s: float) -> str:
    seconds = max(round(left_s), 1)
    return tr("{person} is locked for another {seconds} s.", person=person.name, seconds=seconds)
