"""``work list|show|new|plan|move|verify|note|conflicts``: the work orders of a data folder."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.cli.people import sign_in
from console.cli.work_access import As, day_us, opened, read_book
from console.text import tr
from console.work.orders.rules import State
from drivers.files import FileError

if TYPE_CHECKING:
    from console.work.book import WorkBook
    from console.work.orders.model import Order

app = typer.Typer(help="Work orders, from a wish to a closed record.", no_args_is_help=True)
Number = Annotated[str, typer.Argument(help="The order's number.", metavar="ORDER")]


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="work")


@app.command(name="list")
def list_orders(
    every: Annotated[bool, typer.Option("--all", help="Closed and cancelled ones too.")] = False,
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """List the open orders, the most urgent first, and wishes that are no order yet.

    Example: [bold]tankside work list --all --json[/bold]
    """
    from console.cli.table import print_json, terminal

    book = read_book(data)
    orders = book.orders.all() if every else book.orders.open()
    if as_json:
        print_json([_as_dict(order) for order in orders])
        return
    from rich.table import Table

    from console.work.orders.clocks import is_overdue
    from console.work.words import state_words

    now_us = time.time_ns() // 1000
    table = Table()
    for heading in ("Work order", "Priority", "State", "About", "Title", "Assigned", "Due (UTC)"):
        table.add_column(tr(heading), no_wrap=heading == "Work order")
    for order in orders:
        late = f" {tr('late')}" if is_overdue(order, now_us) else ""
        table.add_row(
            order.number,
            str(order.priority),
            state_words(order.state) + (f" ({tr('waits')})" if order.paused else ""),
            order.about,
            order.title,
            ", ".join(order.assigned),
            _moment(order.due_us) + late,
        )
    terminal().print(table)
    _print_beside(book)


@app.command()
def show(number: Number, data: opt.Data = None, as_json: opt.AsJson = False) -> None:
    """Show an order: its facts and everything that happened to it.

    Example: [bold]tankside work show WO-K7QDM-2026-0001[/bold]
    """
    from console.cli.table import print_json
    from console.event_text import event_text

    book = read_book(data)
    order = _find(book, number)
    if as_json:
        print_json(_as_dict(order))
        return
    for name, value in _facts(book, order):
        typer.echo(f"{name}: {value}")
    for event in book.history(order.number):
        typer.echo(f"  {_moment(event.utc_us)}  {event.actor:12}  {event_text(event).what}")


@app.command()
def new(
    title: Annotated[str, typer.Argument(help="What is to be done, in a few words.")],
    about: Annotated[str, typer.Option(help="The part: tank-1, host-1/gpu0.")],
    priority: Annotated[int, typer.Option(help="1 most urgent to 4.", min=1, max=4)] = 3,
    request: Annotated[str, typer.Option(help="The id of a wish for work.")] = "",
    parent: Annotated[str, typer.Option(help="The order that it came out of.")] = "",
    verify_too: Annotated[
        bool, typer.Option("--verify", help="A second person verifies it.")
    ] = False,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Open an order.

    Example: [bold]tankside work new "Change filter 1" --about tank-1 --as silva[/bold]
    """
    from console.work.orders.desk import NewOrder

    with opened(data) as room:
        sign_in(room, by)
        if request:
            order = room.orders.open_from_request(by, request, title, priority=priority)
        else:
            wanted = NewOrder(title, about, priority, parent=parent, verify=verify_too)
            order = room.orders.open(by, wanted)
        typer.echo(order.number)


@app.command()
def plan(
    number: Number,
    assign: Annotated[
        list[str] | None, typer.Option(help="Who does it; may be given several times.")
    ] = None,
    procedure: Annotated[
        str, typer.Option(help="ID@REVISION, the revision as 64 hex digits.")
    ] = "",
    no_procedure: Annotated[str, typer.Option(help="Why there is none to follow.")] = "",
    due: Annotated[str, typer.Option(help="The day it is to be done: YYYY-MM-DD.")] = "",
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Plan an order: who, by which procedure, until when. A request becomes planned.

    Example: [bold]tankside work plan WO-K7QDM-2026-0001 --assign chen --as silva[/bold]
    """
    from console.work.orders.desk import OrderChanges
    from console.work.orders.model import ProcedureRef

    end_us = day_us(due) if due else None
    with opened(data) as room:
        sign_in(room, by)
        if procedure:
            name, _, revision = procedure.partition("@")
            room.orders.follow(by, number, ProcedureRef(name, revision))
        if no_procedure:
            room.orders.without_procedure(by, number, no_procedure)
        assigned = tuple(assign) if assign else None
        room.orders.change(by, number, OrderChanges(assigned=assigned, due_us=end_us))
        if room.orders.find(number).state is State.REQUEST:
            room.orders.move(by, number, State.PLANNED)


@app.command()
def move(
    number: Number,
    to: Annotated[State, typer.Argument(help="The state it goes to.")],
    reason: Annotated[str, typer.Option(help="Why, where the way takes a reason.")] = "",
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Take an order to another state; where that takes a signature, the PIN given signs.

    Example: [bold]tankside work move WO-K7QDM-2026-0001 ready --as okafor[/bold]
    """
    with opened(data) as room:
        order = room.orders.find(number)
        way = room.desk.book.rules.way(order.state, to)
        for name, value in _facts(room.desk.book, order):
            typer.echo(f"{name}: {value}")
        given = sign_in(room, by)
        signature = None
        if way is not None and way.signed:
            shown = room.orders.shown(number, to)
            signature = room.gate.sign(by, given, way.act, shown).result()
        room.orders.move(by, number, to, reason=reason, signature=signature)


@app.command()
def verify(number: Number, by: As = "", data: opt.Data = None) -> None:
    """Sign as the second person that the work is done as it should be.

    Example: [bold]tankside work verify WO-K7QDM-2026-0001 --as wu[/bold]
    """
    with opened(data) as room:
        for name, value in _facts(room.desk.book, room.orders.find(number)):
            typer.echo(f"{name}: {value}")
        given = sign_in(room, by)
        shown = room.orders.shown_to_verify(number)
        room.orders.verify(by, number, room.gate.sign(by, given, "order.verify", shown).result())


@app.command()
def note(
    number: Number,
    text: Annotated[str, typer.Argument(help="What to write down.")],
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Write something down in an order.

    Example: [bold]tankside work note WO-K7QDM-2026-0001 "hinge is worn" --as chen[/bold]
    """
    with opened(data) as room:
        sign_in(room, by)
        room.orders.note(by, number, text)


@app.command()
def conflicts(data: opt.Data = None) -> None:
    """List what contradicts itself in the records; exit 1 where there is anything.

    Example: [bold]tankside work conflicts[/bold]
    """
    from console.work.words import conflict_words

    found = read_book(data).conflicts.open()
    for conflict in found:
        typer.echo(f"{conflict.id}  {conflict.subject}: {conflict_words(conflict)}")
    raise typer.Exit(1 if found else 0)


def _find(book: WorkBook, number: str) -> Order:
    found = book.orders.get(number)
    if found is None:
        raise FileError(tr("There is no order {number}.", number=number))
    return found


def _facts(book: WorkBook, order: Order) -> list[tuple[str, str]]:
    """Return names and values of what a person should know of an order."""
    from console.work.words import state_words

    procedure = order.procedure
    followed = f"{procedure.id} {procedure.revision[:12]}" if procedure else order.no_procedure
    children = ", ".join(child.number for child in book.orders.children(order.number))
    told = (
        (tr("Work order"), f"{order.number}  {order.title}"),
        (tr("State"), state_words(order.state)),
        (tr("About"), order.about),
        (tr("Priority"), str(order.priority)),
        (tr("Due (UTC)"), _moment(order.due_us)),
        (tr("Assigned"), ", ".join(order.assigned)),
        (tr("Procedure"), followed),
        (tr("Came out of"), order.parent),
        (tr("Led to"), children),
    )
    return [(name, value) for name, value in told if value]


def _print_beside(book: WorkBook) -> None:
    for wish in book.open_requests():
        typer.echo(tr("Wish {id}: {about}, by {who}", id=wish.id, about=wish.about, who=wish.by))
    count = len(book.conflicts.open())
    if count:
        typer.echo(tr("{count} contradictions: tankside work conflicts", count=count))
    if book.unread:
        count = len(book.unread)
        typer.echo(tr("{count} events of work could not be read by this version", count=count))


def _moment(utc_us: int) -> str:
    return f"{datetime.fromtimestamp(utc_us / 1e6, UTC):%Y-%m-%d %H:%M}" if utc_us else ""


def _as_dict(order: Order) -> dict[str, object]:
    return {
        "number": order.number,
        "title": order.title,
        "about": order.about,
        "state": str(order.state),
        "priority": order.priority,
        "due_us": order.due_us,
        "assigned": list(order.assigned),
        "procedure": order.procedure.id if order.procedure else None,
        "revision": order.procedure.revision if order.procedure else None,
        "runs": list(order.runs),
        "parent": order.parent or None,
        "source": {"origin": str(order.source.origin), "what": order.source.what},
        "opened_by": order.opened_by,
        "opened_us": order.opened.utc_us,
        "moves": [
            {"to": str(m.to), "by": m.by, "utc_us": m.at.utc_us, "signed": m.signature is not None}
            for m in order.moves
        ],
    }
