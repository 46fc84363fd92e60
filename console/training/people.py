"""Who takes part in a training: one person with their real PIN, and colleagues of the script.

The site's roster and PINs are read, never written: a training has a log of its own, and a wrong
PIN, a lock-out or a new hash stays in it. Wrong tries of earlier trainings are carried over, so
that nobody finds out a PIN by training again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.session.workplace import Workplace
from console.text import tr
from console.training.scenario import Role, Scenario
from console.work.book import WorkBook
from console.work.demo import demo_people
from console.work.desk import WorkDesk
from console.work.events import JSON, KINDS, Kind, Refused
from console.work.people.gate import Gate
from console.work.people.roster import FOR_EVER, Person
from console.work.people.secrets import SecretsError, SecretStore
from procedures.spec import Procedure

ACTOR = "training"
_PIN_S = 60.0
_NAMES: dict[str, str] = {
    "technician": "Colleague (technician)",
    "verifier": "Colleague (verifier)",
    "supervisor": "Colleague (supervisor)",
}
"""What the scripted colleagues are called; a key of the catalogue each."""


def colleague_id(role: Role) -> str:
    """Return the id of the scripted colleague with a role; no person of a site has such a one."""
    return f"colleague-{role}"


def colleague_name(role: str) -> str:
    """Return what a scripted colleague is called, in the language in use."""
    return tr(_NAMES[role])


class SiteSecrets(SecretStore):
    """The PINs of a site, for reading alone: nothing is ever made or written there."""

    def put(self, person: str, hashed: str, seal_in_force: str) -> str:
        """Leave the file as it is: the hash in force stays."""
        return seal_in_force

    def _make_pepper(self) -> bytes:
        raise SecretsError(tr("This site has no PINs yet: nobody can sign in for a training."))


@dataclass(frozen=True)
class Trainee:
    """Who trains: a person of a site, or of the demo where ``site`` is None."""

    id: str
    name: str
    language: str
    site: Path | None
    seal: str = ""
    wrong: int = 0

    @property
    def is_real(self) -> bool:
        """Whether it is a person of a site's own roster."""
        return self.site is not None


def trainees(site: Path | None) -> list[Trainee]:
    """Return who may train: the active people of a site who have a PIN, or the demo's technicians.

    Raises StorageError where the site's log cannot be read.
    """
    if site is None:
        return [
            Trainee(one.id, one.name, one.language, None)
            for one in demo_people()
            if "technician" in one.roles or "verifier" in one.roles
        ]
    book, log = _book_of(site)
    return [
        Trainee(one.id, one.name, one.language, site, one.pins.get(log, ""), one.lock.wrong)
        for one in book.people.active()
        if one.pins.get(log)
    ]


def trainee_named(site: Path | None, person: str) -> Trainee:
    """Return one of them; raises Refused naming those that there are."""
    known = trainees(site)
    found = next((one for one in known if one.id.casefold() == person.strip().casefold()), None)
    if found is None:
        names = ", ".join(one.id for one in known) or tr("nobody")
        raise Refused(
            tr("{person} cannot train here; there are {names}.", person=person, names=names)
        )
    return found


def demo_pin(person: str) -> str:
    """Return the PIN of a person of the demo, which everybody knows."""
    return next(one.pin for one in demo_people() if one.id == person)


def _book_of(site: Path) -> tuple[WorkBook, str]:
    """Return the book of a site and the id of its own log."""
    reader = LogReader(site)
    book = WorkBook()
    book.restore(reader.of_kinds(KINDS))
    return book, log_id(reader)


def log_id(reader: LogReader) -> str:
    """Return the id of the log that a folder's own console writes; empty where there is none."""
    last = reader.page(kinds=("application.started",), limit=1) or reader.page(limit=1)
    return last[0].device_id if last else ""


def furnish(place: Workplace, scenario: Scenario, procedure: Procedure, who: Trainee) -> None:
    """Put the people of a training into its log; called while its workplace is being opened.

    They have the roles of the scenario and the qualifications that the procedure asks for: it is
    the training that leads to them.
    """
    desk = place.room.desk
    if who.site is not None:
        place.room.gate.close()
        place.room.gate = Gate(desk, SiteSecrets(who.site))
    with desk.lock:
        if desk.book.people.is_empty:
            _add(desk, procedure, who.id, who.name, scenario.crew.trainee, who.language)
            for role in scenario.crew.colleagues:
                _add(desk, procedure, colleague_id(role), colleague_name(role), role, "en")
            _let_sign_in(desk, who)
    if who.site is None:
        place.room.gate.furnish([(who.id, demo_pin(who.id))]).result(_PIN_S)


def _add(
    desk: WorkDesk, procedure: Procedure, person: str, name: str, role: Role, language: str
) -> None:
    added: dict[str, JSON] = {"name": name, "roles": [role], "language": language}
    desk.tell(Kind.PERSON_ADDED, person, added, ACTOR)
    wanted = {q for need in procedure.requires.people for q in need.qualifications}
    for qualification in sorted(wanted):
        body: dict[str, JSON] = {"qualification": qualification, "until_us": FOR_EVER}
        desk.tell(Kind.PERSON_QUALIFIED, person, {**body, "because": "training"}, ACTOR)


def _let_sign_in(desk: WorkDesk, who: Trainee) -> None:
    """Name the site's own PIN as the one that counts, and go on counting wrong tries."""
    if who.site is None:
        return
    desk.tell(Kind.PERSON_PIN_SET, who.id, {"seal": who.seal}, ACTOR)
    wrong = min(who.wrong + _wrong_before(who), 40)
    for _ in range(wrong):
        desk.tell(Kind.PERSON_REFUSED, who.id, {"why": "pin", "carried": True}, who.id)
    lasts_s = desk.roles.pin.lock_s(wrong)
    if lasts_s:
        body: dict[str, JSON] = {"wrong": wrong, "lasts_s": lasts_s}
        desk.tell(Kind.PERSON_LOCKED, who.id, body, who.id)


def _wrong_before(who: Trainee) -> int:
    """Count the wrong tries of a person in trainings since the last one that was right."""
    if who.site is None:
        return 0
    wrong = 0
    for folder in sorted((who.site / "training").glob("*/"), reverse=True):
        tries, was_right = _tries_in(folder, who.id)
        wrong += tries
        if was_right:
            break
    return wrong


def _tries_in(folder: Path, person: str) -> tuple[int, bool]:
    """Return how often a PIN was wrong since it was right in one training, and whether it was."""
    kinds = (Kind.PERSON_REFUSED, Kind.PERSON_SIGNED_IN)
    try:
        events = LogReader(folder).of_kinds([str(kind) for kind in kinds])
    except StorageError:
        return 0, False
    wrong, was_right = 0, False
    for event in events:
        if event.subject.casefold() != person.casefold():
            continue
        if event.kind == Kind.PERSON_SIGNED_IN:
            wrong, was_right = 0, True
        elif event.body.get("why") == "pin" and not event.body.get("carried"):
            wrong += 1
    return wrong, was_right


def person_of(place: Workplace, who: Trainee) -> Person | None:
    """Return the trainee as the training's roster has them."""
    return place.room.desk.book.people.get(who.id)


def technicians(people: Sequence[Trainee]) -> list[Person]:
    """Return trainees as people of a roster, for a panel that asks who signs."""
    return [Person(one.id, one.name, frozenset(), one.language) for one in people]
