"""Everything that people do with work: asked for here, checked, told to the log.

What a command tells is applied to the desk's own book at once, so that the next command is checked
against it; the window shows a second book that follows published events alone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager

from console.text import tr
from console.work.book import WorkBook
from console.work.events import JSON, Draft, Happening, Kind, Moment, Refused, mark_body
from console.work.people.roles import Roles, same, shipped_roles
from console.work.people.roster import Person
from console.work.people.signature import Signature
from drivers.points import Stamp

_logger = logging.getLogger(__name__)
FRESH_US = 300_000_000
"""How long a signature may wait to be used: five minutes."""


class WorkDesk:
    """The one place that tells events of work; safe from any thread.

    ``record`` takes a draft to the log, ``log`` gives the log's id (empty before it is open) and
    ``boot`` names this start of the machine. Commands raise Refused, and nothing has happened.
    """

    def __init__(
        self,
        record: Callable[[Draft], None],
        clock: Callable[[], Stamp],
        *,
        log: Callable[[], str],
        boot: str,
        roles: Roles | None = None,
    ) -> None:
        self.roles = roles or shipped_roles()
        self.book = WorkBook(self.roles)
        self._record = record
        self._clock = clock
        self._log = log
        self._boot = boot
        self._lock = threading.RLock()
        self._present: set[str] = set()
        self._signatures: dict[str, Signature] = {}

    @property
    def lock(self) -> AbstractContextManager[bool]:
        """Held while something is checked and then told."""
        return self._lock

    @property
    def log(self) -> str:
        """The id of the log; raises Refused while it is not open."""
        log = self._log()
        if not log:
            raise Refused(tr("The log is not open, so nothing can be recorded."))
        return log

    def now(self) -> Moment:
        """Read both clocks."""
        stamp = self._clock()
        return Moment(stamp.utc_us, int(stamp.mono_s * 1e6), self._boot)

    def take(self, events: Iterable[Happening]) -> None:
        """Take what the log holds or another laptop brought, in any order."""
        with self._lock:
            self.book.restore(events)

    def take_over(self, book: WorkBook) -> None:
        """Put a book made anew of the whole log in the place of this one; nothing told is lost."""
        with self._lock:
            book.catch_up(self.book)
            self.book = book

    def take_request(self, event: Happening) -> None:
        """Take a wish for work that is now on the disk."""
        with self._lock:
            self.book.apply(event)

    def tell(self, kind: Kind, subject: str, body: Mapping[str, JSON], actor: str) -> Draft:
        """Tell the log of something that has been checked, and apply it to the desk's book."""
        with self._lock:
            known = self.book.people.get(actor)
            actor = known.id if known else actor
            stamp = self._clock()
            now = Moment(stamp.utc_us, int(stamp.mono_s * 1e6), self._boot)
            mark = mark_body(self.book.last + 1, self.log, now)
            draft = Draft(kind, subject, {**body, "mark": mark}, stamp, actor)
            unread = self.book.unread_count
            self.book.apply(draft)
            if self.book.unread_count > unread:
                _logger.error("the desk told what its own book cannot read: %r", draft)
            self._record(draft)
            return draft

    # ---- who may ----

    def enter(self, person: str) -> None:
        """Note that a person proved who they are (:class:`console.work.people.gate.Gate`)."""
        with self._lock:
            self._present.add(person)

    def leave(self, person: str) -> None:
        """Note that a person signed out."""
        with self._lock:
            self._present.discard(person)

    @property
    def present(self) -> frozenset[str]:
        """The ids of those who are signed in here."""
        return frozenset(self._present)

    def allow(self, by: str, act: str) -> Person:
        """Return the person who asks; raises Refused unless signed in and permitted."""
        person = self.signed_in(by)
        self.permit(person, act)
        return person

    def signed_in(self, by: str) -> Person:
        """Return the person who asks; raises Refused unless signed in here."""
        person = self.who(by)
        if person.id not in self._present:
            raise Refused(tr("{person} is not signed in.", person=person.name))
        return person

    def permit(self, person: Person, act: str) -> None:
        """Refuse what no role of a person permits."""
        if not self.roles.permits(person.roles, act):
            what = tr(self.roles.acts[act]) if act in self.roles.acts else act
            raise Refused(
                tr("{person} has no role that permits this: {what}.", person=person.name, what=what)
            )

    def who(self, person: str) -> Person:
        """Return an active person of the roster; raises Refused."""
        found = self.book.people.get(person)
        if found is None:
            raise Refused(tr("There is nobody called {person}.", person=person))
        if not found.active:
            raise Refused(tr("{person} is retired.", person=found.name))
        return found

    # ---- signatures ----

    def issue(self, signature: Signature) -> None:
        """Keep a signature that was just given, until it is used (the gate does this)."""
        with self._lock:
            self._signatures[signature.id] = signature

    def use(self, signature: Signature, by: str, meaning: str, shown: str) -> Mapping[str, JSON]:
        """Return a signature as a member of a body, once; raises Refused for one that is not fit.

        It must have been given here, by that person, with that meaning, of what is being signed,
        less than five minutes ago, and not been used.
        """
        with self._lock:
            given = self._signatures.get(signature.id)
            if given is None or given != signature:
                raise Refused(tr("This signature was used already; it takes a new one."))
            fits = same(given.person, by) and given.meaning == meaning and given.shown == shown
            if not fits:
                raise Refused(tr("The signature is for something else; it takes a new one."))
            if abs(self.now().utc_us - given.utc_us) > FRESH_US:
                raise Refused(tr("The signature is too old; it takes a new one."))
            self.permit(self.who(by), meaning)
            del self._signatures[signature.id]
            return {"signature": given.as_body()}
