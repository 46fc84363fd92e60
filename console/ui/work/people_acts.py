"""What can be done with a person that a plain form is enough for. No widget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work.acts import Act, Answers, Ask
from console.ui.work.begin_words import qualification_name
from console.ui.work.equipment_acts import day_end_of
from console.ui.work.equipment_rows import day
from console.ui.work.people_rows import by_end, until_words
from console.work.events import Refused
from console.work.people.desk import PeopleDesk
from console.work.people.roster import FOR_EVER, Person

MANAGE, RESET = "roster.manage", "pin.reset"
_YEAR_US = 365 * 86_400_000_000
Opens = Mapping[str, Callable[[], None]]
"""What shows a panel of its own, by act: ``change`` and ``pin``."""


def person_acts(session: Session, person: Person, opens: Opens) -> list[Act]:
    """Return what can be done with a person; ``opens`` holds what shows a panel of its own:
    ``change`` and ``pin``."""
    place = session.workplace
    if place is None:
        return []
    desk = place.room.people
    if not person.active:
        return [_reinstate(desk, person)]
    acts = [
        _opening("change", tr("Edit"), opens),
        _opening("pin", tr("Set PIN"), opens),
        _qualify(place, desk, person),
    ]
    if person.qualified:
        acts.append(_disqualify(session, desk, person))
    if person.lock.wrong or person.lock.since is not None:
        acts.append(_unlock(desk, person))
    return [*acts, _retire(desk, person)]


def known_qualifications(place: Workplace) -> list[str]:
    """Return every qualification that a procedure in force asks for or anybody was granted."""
    found = {name for one in place.room.book.people.everybody() for name in one.qualified}
    for name in list(place.runs.procedures.registers):
        revision = place.runs.procedures.in_force(name)
        if revision is not None:
            for group in revision.procedure.requires.people:
                found.update(group.qualifications)
    return sorted(found)


def recorded() -> str:
    """Return what is said of everything that was told to the log."""
    return tr("Recorded. It shows as soon as it is on the disk.")


def _opening(key: str, title: str, opens: Opens) -> Act:
    return Act(key, title, MANAGE, lambda _by, _answers: "", opens=opens[key])


def _qualify(place: Workplace, desk: PeopleDesk, person: Person) -> Act:
    def asks() -> Sequence[Ask]:
        known = [(name, qualification_name(name)) for name in known_qualifications(place)]
        choices = (("", tr("choose one, or name another below")), *known)
        until = day(place.room.desk.now().utc_us + _YEAR_US)
        return [
            Ask("known", tr("Qualification"), choices=choices),
            Ask("other", tr("Another one"), hint=tr("short, in small letters: crane-2t")),
            Ask("until", tr("Valid until"), until, tr("like 2028-12-31; empty: without end")),
            Ask("because", tr("On what grounds"), hint=tr("course, examination, certificate")),
        ]

    def do(by: str, answers: Answers) -> str:
        name = answers["other"] or answers["known"]
        if not name:
            raise Refused(tr("Say which qualification it is."))
        if not answers["because"]:
            raise Refused(tr("This needs a reason."))
        until_us = day_end_of(answers["until"]) or FOR_EVER
        desk.qualify(by, person.id, name, until_us, answers["because"])
        return recorded()

    told = tr("{person} has it as soon as it is on the disk.", person=person.name)
    return Act("qualify", tr("Qualify"), MANAGE, do, asks, lambda: told, tr("Grant"))


def _disqualify(session: Session, desk: PeopleDesk, person: Person) -> Act:
    def asks() -> Sequence[Ask]:
        now_us = session.now().utc_us
        held = tuple(
            (
                one.id,
                f"{qualification_name(one.id)} \N{MIDDLE DOT} {until_words(one.until_us, now_us)}",
            )
            for one in by_end(person)
        )
        return [
            Ask("name", tr("Qualification"), held[0][0] if held else "", choices=held),
            Ask("reason", tr("Why")),
        ]

    def do(by: str, answers: Answers) -> str:
        desk.disqualify(by, person.id, answers["name"], answers["reason"])
        return recorded()

    told = tr("{person} loses it at once, in running work too.", person=person.name)
    return Act("disqualify", tr("Disqualify"), MANAGE, do, asks, lambda: told, tr("Take back"))


def _unlock(desk: PeopleDesk, person: Person) -> Act:
    def do(by: str, _answers: Answers) -> str:
        desk.unlock(by, person.id)
        return recorded()

    told = tr(
        "{person} may try again at once. Wrong PINs in a row: {count}.",
        person=person.name,
        count=person.lock.wrong,
    )
    return Act("unlock", tr("End lock-out"), RESET, do, preview=lambda: told)


def _retire(desk: PeopleDesk, person: Person) -> Act:
    def do(by: str, answers: Answers) -> str:
        desk.retire(by, person.id, answers["reason"])
        return recorded()

    told = tr(
        "{person} can no longer sign in; what was signed stays. The id is never given to another.",
        person=person.name,
    )
    asks = [Ask("reason", tr("Why"))]
    return Act("retire", tr("Retire"), MANAGE, do, lambda: asks, lambda: told)


def _reinstate(desk: PeopleDesk, person: Person) -> Act:
    def do(by: str, answers: Answers) -> str:
        desk.reinstate(by, person.id, answers["reason"])
        return tr("{person} is back, and needs a new PIN.", person=person.name)

    asks = [Ask("reason", tr("Why"))]
    return Act("reinstate", tr("Reinstate"), MANAGE, do, lambda: asks)
