"""``people list|add|change|retire|qualify|unlock|pin``: the roster of a data folder."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.cli.work_access import As, ask_pin, day_text, day_us, opened, read_book
from console.text import tr
from console.work.events import Refused

if TYPE_CHECKING:
    from console.session.work import WorkRoom
    from console.work.people.roster import Person

app = typer.Typer(help="People, their roles, qualifications and PINs.", no_args_is_help=True)
Who = Annotated[str, typer.Argument(help="The person's id: small letters.", metavar="PERSON")]
Reason = Annotated[str, typer.Option(help="Why; it is recorded.")]
Roles = Annotated[
    list[str] | None, typer.Option("--role", help="A role; may be given several times.")
]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="people")


@app.command(name="list")
def list_people(data: opt.Data = None, as_json: opt.AsJson = False) -> None:
    """List everybody with roles and qualifications.

    Example: [bold]tankside people list --data /srv/tankside/hall-a[/bold]
    """
    from console.cli.table import print_json, terminal
    from console.work.words import role_words

    people = read_book(data).people.everybody()
    if as_json:
        print_json([_as_dict(person) for person in people])
        return
    from rich.table import Table

    table = Table()
    for heading in ("Id", "Name", "Roles", "Qualifications", "State"):
        table.add_column(tr(heading))
    now_us = time.time_ns() // 1000
    for person in people:
        table.add_row(
            person.id,
            person.name,
            role_words(sorted(person.roles)),
            _qualifications(person, now_us),
            "" if person.active else tr("retired"),
        )
    terminal().print(table)


@app.command()
def add(
    person: Who,
    name: Annotated[str, typer.Option(help="The name that is printed.")],
    role: Roles = None,
    language: Annotated[str, typer.Option(help="en or zh_CN.")] = "en",
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Add a person. The first one of a folder is its administrator and sets a passphrase at once.

    Example: [bold]tankside people add chen --name "Chen Wei" --role technician --as ada[/bold]
    """
    with opened(data) as room:
        if room.desk.book.people.is_empty:
            _add_first(room, person, name, role or [], language)
            return
        sign_in(room, by)
        room.people.add(by, person, name, role or [], language=language)
        typer.echo(
            tr("{person} was added; set a PIN with: tankside people pin {person}", person=person)
        )


@app.command()
def change(
    person: Who,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    role: Roles = None,
    language: Annotated[str | None, typer.Option(help="en or zh_CN.")] = None,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Change name, language or all roles of a person.

    Example: [bold]tankside people change chen --role technician --role verifier --as ada[/bold]
    """
    with opened(data) as room:
        sign_in(room, by)
        room.people.change(by, person, name=name, roles=role, language=language)


@app.command()
def retire(person: Who, reason: Reason, by: As = "", data: opt.Data = None) -> None:
    """Retire a person: they cannot sign in any more, what they signed stays.

    Example: [bold]tankside people retire chen --reason "left the site" --as ada[/bold]
    """
    with opened(data) as room:
        sign_in(room, by)
        room.people.retire(by, person, reason)


@app.command()
def qualify(
    person: Who,
    qualification: Annotated[str, typer.Argument(help="Its id, as procedures name it.")],
    until: Annotated[str, typer.Option(help="The last day it is valid: YYYY-MM-DD.")],
    because: Annotated[str, typer.Option(help="On what grounds.")] = "",
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Grant a qualification that ends.

    Example: [bold]tankside people qualify chen lifting --until 2027-06-30 --as ada[/bold]
    """
    end_us = day_us(until)
    with opened(data) as room:
        sign_in(room, by)
        room.people.qualify(by, person, qualification, end_us, because)


@app.command()
def unlock(person: Who, by: As = "", data: opt.Data = None) -> None:
    """End somebody's lock-out.

    Example: [bold]tankside people unlock chen --as ada[/bold]
    """
    with opened(data) as room:
        sign_in(room, by)
        room.people.unlock(by, person)


@app.command()
def pin(person: Who, by: As = "", data: opt.Data = None) -> None:
    """Set a PIN: one's own, or as an administrator somebody else's.

    Without a terminal the PINs are read from standard input, a line each: of who does it, the new.

    Example: [bold]tankside people pin chen --as ada[/bold]
    """
    with opened(data) as room:
        who = by or person
        sign_in(room, who)
        new = ask_pin(tr("New PIN or passphrase of {person}", person=person), twice=True)
        room.gate.set_pin(who, person, new).result()
        typer.echo(tr("The PIN of {person} is set.", person=person))


def _add_first(room: WorkRoom, person: str, name: str, roles: list[str], language: str) -> None:
    if set(roles) - {"admin"}:
        raise Refused(tr("The first person is the administrator and adds the others."))
    phrase = ask_pin(tr("Passphrase of {person}", person=person), twice=True)
    room.gate.first_administrator(person, name, phrase, language).result()
    typer.echo(tr("{person} is the administrator.", person=person))


def sign_in(room: WorkRoom, by: str) -> str:
    """Ask for the PIN of who does it and let them in; returns the PIN, for a signature."""
    if not by:
        raise Refused(tr("Say who does it, with --as."))
    given = ask_pin(tr("PIN of {person}", person=by))
    room.gate.sign_in(by, given).result()
    return given


def _qualifications(person: Person, now_us: int) -> str:
    from console.work.people.roster import FOR_EVER

    told = []
    for found in person.qualified.values():
        day = "" if found.until_us >= FOR_EVER else f" {day_text(found.until_us)}"
        ended = "" if found.until_us > now_us else f" ({tr('ended')})"
        told.append(f"{found.id}{day}{ended}")
    return ", ".join(sorted(told))


def _as_dict(person: Person) -> dict[str, object]:
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "language": person.language,
        "active": person.active,
        "qualifications": dict(person.qualifications),
    }
