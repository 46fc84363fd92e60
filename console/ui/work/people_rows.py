"""People in words: the rows of the list, what is known of one, and what happened. No widget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from console.event_text import event_text
from console.text import LANGUAGES, tr
from console.training.standing import Standing
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.work.begin_words import qualification_name
from console.ui.work.equipment_rows import UNKNOWN, day, when
from console.work.book import WorkBook
from console.work.events import Moment
from console.work.people.gate import CONSOLE
from console.work.people.roles import Roles
from console.work.people.roster import FOR_EVER, Person, Qualification, key_of

SOON_DAYS = 30.0
_DAY_US = 86_400_000_000
SHOWN = {
    "active": "Active people",
    "soon": "Qualification ends within 30 days",
    "locked": "Locked",
    "retired": "Retired people",
    "all": "Everybody",
}
"""Which people the list shows; a key of the catalogue each."""
COLUMNS = (
    Column(lambda: tr("Person"), "Ngozi Okafor", grows=True),
    Column(lambda: tr("Id"), "administrator"),
    Column(lambda: tr("Roles"), "Administrator,", grows=True),
    Column(lambda: tr("Qualifications"), "immersion-extraction,", grows=True),
    Column(lambda: tr("Ends next"), "electrical work:", grows=True),
    Column(lambda: tr("Language"), "简体中文"),
    Column(lambda: tr("State"), "locked until 12:04:11"),
)
NARROW_HIDES = (1, 3, 5)
"""Columns left out where the list is narrow: the detail beside it has them."""
QUALIFIED_COLUMNS = (
    Column(lambda: tr("Qualification"), "immersion-extraction", grows=True),
    Column(lambda: tr("Until"), "2027-11-21,", grows=True),
    Column(lambda: tr("Granted by"), "Tola Adeyemi", grows=True),
)
HISTORY_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("What"), "Qualified: immersion-extraction · Tola Adeyemi", grows=True),
)
TRAINING_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("Training"), "extraction-alone", grows=True),
    Column(lambda: tr("Points"), "100", right=True),
    Column(lambda: tr("What followed"), "immersion-extraction until 2027-11-21", grows=True),
)
_LONGEST = 400
"""So many of the newest events are shown of one person; the log has them all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which people are shown: words that must occur, and a key of :data:`SHOWN`."""

    words: str = ""
    shown: str = "active"


def role_names(roles: Roles, held: Collection[str]) -> str:
    """Return the names of roles in the order of the table; unknown ones as they are."""
    known = [tr(roles.role[name].name) for name in roles.role if name in held]
    return ", ".join([*known, *sorted(set(held) - set(roles.role))]) or tr("no role")


def until_words(until_us: int, now_us: int) -> str:
    """Return how far a qualification goes: until a day, in how many days, or that it ended."""
    if until_us >= FOR_EVER:
        return tr("without end")
    if until_us <= now_us:
        return tr("ended {day}", day=day(until_us))
    days = (until_us - now_us) / _DAY_US
    if days <= SOON_DAYS:
        return tr("{day}, {days} left", day=day(until_us), days=_days(days))
    return tr("until {day}", day=day(until_us))


def lock_left_s(person: Person, now: Moment) -> float:
    """Return how long a person stays locked, seconds; 0 for nobody."""
    return person.lock.left_s(now)


def state_words(person: Person, now: Moment, now_us: int, log: str) -> str:
    """Return whether a person can sign in here, and why not."""
    if not person.active:
        return tr("retired")
    left_s = lock_left_s(person, now)
    if left_s > 0:
        until = formats.clock(now_us + round(left_s * 1e6), now_us)
        return tr("locked until {time}", time=until)
    if not person.pins.get(log):
        return tr("no PIN here")
    return ""


def people_lines(
    book: WorkBook, wanted: Wanted, now: Moment, log: str, *, hands: str = ""
) -> tuple[Line, ...]:
    """Return a row for each person that is wanted; ``hands`` is who is at the console."""
    found = [one for one in book.people.everybody() if _is_wanted(one, wanted.shown, now)]
    words = wanted.words.casefold().split()
    found = [one for one in found if all(word in _haystack(book, one) for word in words)]
    return tuple(_line(book, one, now, log, hands) for one in found)


def person_facts(
    book: WorkBook, person: Person, now: Moment, log: str
) -> tuple[tuple[str, str], ...]:
    """Return what is known of a person, by name."""
    state = state_words(person, now, now.utc_us, log)
    is_set = bool(person.pins.get(log))
    return (
        (tr("Id"), person.id),
        (tr("Roles"), role_names(book.roles, person.roles)),
        (tr("Language"), LANGUAGES.get(person.language, person.language)),
        (tr("PIN on this machine"), tr("set") if is_set else tr("not set")),
        (tr("State"), state or tr("can sign in")),
    )


def permission_words(book: WorkBook, person: Person) -> str:
    """Return everything that the roles of a person permit, in words."""
    acts = [tr(what) for act, what in book.roles.acts.items() if _may(book, person, act)]
    if not person.active or not acts:
        return tr("Permits nothing that is recorded.")
    return tr("Permits: {acts}", acts="; ".join(acts))


def qualified_lines(book: WorkBook, person: Person, now_us: int) -> tuple[Line, ...]:
    """Return a row for each qualification, the next to end first."""
    return tuple(
        Line(
            one.id,
            (
                Cell(qualification_name(one.id)),
                Cell(until_words(one.until_us, now_us), _ink(one, now_us)),
                Cell(_granted(book, one), Ink.QUIET),
            ),
        )
        for one in by_end(person)
    )


def history_lines(book: WorkBook, person: Person, now_us: int) -> tuple[Line, ...]:
    """Return what happened to a person, the newest first."""
    point = formats.decimal_point()
    newest = list(reversed(book.history(person.id)))[:_LONGEST]
    lines = []
    for number, event in enumerate(newest):
        told = event_text(event, decimal_point=point)
        said = ": ".join(filter(None, (told.kind, told.what)))
        if not same_person(event.actor, person.id):
            said = f"{said} \N{MIDDLE DOT} {_name_of(book, event.actor)}"
        at = Cell(when(event.utc_us, now_us), Ink.QUIET)
        lines.append(Line(f"{len(newest) - number}", (at, Cell(said))))
    return tuple(lines)


def training_lines(results: Sequence[Standing], person: Person, now_us: int) -> tuple[Line, ...]:
    """Return the results of a person's trainings, the newest first."""
    mine = [one for one in results if same_person(one.person, person.id)]
    return tuple(
        Line(
            f"{number}:{one.folder}",
            (
                Cell(when(one.at_us, now_us) if one.at_us else UNKNOWN, Ink.QUIET),
                Cell(one.scenario or UNKNOWN),
                Cell(UNKNOWN if one.points is None else str(one.points)),
                Cell(one.sentence, Ink.BAD if one.state == "refused" else Ink.PLAIN),
            ),
        )
        for number, one in enumerate(sorted(mine, key=lambda one: -one.at_us))
    )


def same_person(one: str, other: str) -> bool:
    """Whether two ids are the same person's."""
    return key_of(one) == key_of(other)


def by_end(person: Person) -> list[Qualification]:
    """Return the qualifications of a person, the next to end first."""
    return sorted(person.qualified.values(), key=lambda one: (one.until_us, one.id))


def soon_words(person: Person, now_us: int) -> str:
    """Return what ends next within 30 days, or nothing."""
    soon = person.expiring(now_us, SOON_DAYS)
    if not soon:
        return ""
    days = _days((soon[0].until_us - now_us) / _DAY_US)
    more = f" +{len(soon) - 1}" if len(soon) > 1 else ""
    return tr("{name}: {days}", name=qualification_name(soon[0].id), days=days) + more


def _days(days: float) -> str:
    whole = int(days)
    if whole < 1:
        return tr("less than a day")
    return tr("1 day") if whole == 1 else tr("{n} days", n=whole)


def _may(book: WorkBook, person: Person, act: str) -> bool:
    return book.roles.permits(person.roles, act)


def _name_of(book: WorkBook, actor: str) -> str:
    """Return the name of who did something, or that it was the console itself."""
    if actor == CONSOLE:
        return tr("this console")
    found = book.people.get(actor)
    return found.name if found else actor


def _granted(book: WorkBook, one: Qualification) -> str:
    name = _name_of(book, one.granted_by)
    return f"{name} \N{MIDDLE DOT} {one.because}" if one.because else name


def _ink(one: Qualification, now_us: int) -> Ink:
    return Ink.BAD if one.until_us <= now_us else Ink.PLAIN


def _is_wanted(person: Person, shown: str, now: Moment) -> bool:
    if shown == "all":
        return True
    if shown == "retired":
        return not person.active
    if shown == "soon":
        return person.active and bool(person.expiring(now.utc_us, SOON_DAYS))
    if shown == "locked":
        return person.active and lock_left_s(person, now) > 0
    return person.active


def _haystack(book: WorkBook, person: Person) -> str:
    held = " ".join(f"{name} {qualification_name(name)}" for name in person.qualified)
    return f"{person.name} {person.id} {role_names(book.roles, person.roles)} {held}".casefold()


def _line(book: WorkBook, person: Person, now: Moment, log: str, hands: str) -> Line:
    held = [(qualification_name(one.id), one.until_us) for one in by_end(person)]
    valid = [name for name, until_us in held if until_us > now.utc_us]
    ended = [name for name, until_us in held if until_us <= now.utc_us]
    told = ", ".join([*valid, *(tr("{name} (ended)", name=name) for name in ended)])
    state = state_words(person, now, now.utc_us, log)
    here = tr("at this console") if person.id == hands else ""
    ink = Ink.PLAIN if person.active else Ink.QUIET
    return Line(
        person.id,
        (
            Cell(person.name, ink),
            Cell(person.id, Ink.QUIET),
            Cell(role_names(book.roles, person.roles), ink),
            Cell(told or UNKNOWN, ink),
            Cell(soon_words(person, now.utc_us) or UNKNOWN),
            Cell(LANGUAGES.get(person.language, person.language), Ink.QUIET),
            Cell(state or here or UNKNOWN),
        ),
    )
