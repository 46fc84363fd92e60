"""``workorder print|blank``: forms on paper, from the orders and procedures of a data folder."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from console.cli import options as opt
from console.cli import workorder_reports
from console.cli.work_access import As, opened
from console.text import language, tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.documents.issue import Form
    from console.documents.sheet import LogEnd, Printing, Sheet
    from console.documents.style import Paper
    from console.history.reader import LogReader
    from console.session.work import WorkRoom
    from console.site import Site
    from procedures.register_events import Revisions

Make: TypeAlias = "Callable[[WorkRoom, Revisions, Site | None, Printing], Sheet]"
app = typer.Typer(help="Work orders and blank forms on paper.", no_args_is_help=True)
Output = Annotated[Path, typer.Option("-o", "--output", help="The PDF file to write.")]
PaperName = Annotated[str, typer.Option("--paper", help="a4 or letter.")]
Spoken = Annotated[str, typer.Option("--language", help="en or zh_CN; else the console's.")]
Html = Annotated[
    Path | None, typer.Option("--html", help="Write the same as HTML for screen readers, too.")
]
SiteFile = Annotated[
    Path | None, typer.Option("--site", help="The site file: places, slots, the drawn tank.")
]
Demo = Annotated[
    bool, typer.Option("--demo", help="From the demo's orders; nothing is recorded anywhere.")
]
_DEMO_S = 300.0


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    workorder_reports.register(app)
    parent.add_typer(app, name="workorder")


@app.command(name="print")
def print_order(
    output: Output,
    number: Annotated[str, typer.Argument(help="The order's number.", metavar="ORDER")] = "",
    paper: PaperName = "a4",
    language_: Spoken = "",
    html: Html = None,
    site: SiteFile = None,
    demo: Demo = False,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Print a work order: everything that is needed at the tank without a laptop.

    The hash of the file goes into the log. The same order printed again is another form.

    Example: [bold]tankside workorder print WO-K7QDM-2026-0001 -o order.pdf --as silva[/bold]
    """
    from console.documents.issue import order_sheet

    if not number and not demo:
        raise typer.BadParameter(tr("name the order"), param_hint="ORDER")

    def make(room: WorkRoom, known: Revisions, where: Site | None, printing: Printing) -> Sheet:
        return order_sheet(number or _any_order(room), room.desk.book, known, where, printing)

    _write_form(make, _Wanted(output, html, _paper(paper), language_), site, data, by, demo=demo)


@app.command()
def blank(
    procedure: Annotated[str, typer.Argument(help="The procedure's id.", metavar="PROCEDURE")],
    output: Output,
    paper: PaperName = "a4",
    language_: Spoken = "",
    html: Html = None,
    site: SiteFile = None,
    demo: Demo = False,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Print a whole procedure to be filled in by hand, for any equipment, tied to no order.

    Example: [bold]tankside workorder blank extract-server -o blank.pdf --paper letter[/bold]
    """
    from console.documents.issue import blank_sheet

    def make(_room: WorkRoom, known: Revisions, where: Site | None, printing: Printing) -> Sheet:
        return blank_sheet(procedure, known, where, printing)

    _write_form(make, _Wanted(output, html, _paper(paper), language_), site, data, by, demo=demo)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Where a form goes, and how."""

    output: Path
    html: Path | None
    paper: Paper
    language: str


def _paper(name: str) -> Paper:
    from console.documents.style import PAPERS

    for known in PAPERS:
        if name == known:
            return known
    told = tr("allowed are {known}", known=", ".join(PAPERS))
    raise typer.BadParameter(told, param_hint="--paper")


def _write_form(
    make: Make, wanted: _Wanted, site: Path | None, data: Path | None, by: str, *, demo: bool
) -> None:
    from console.documents.issue import DocumentError

    try:
        form = _from_demo(make, wanted) if demo else _from_folder(make, wanted, site, data, by)
    except DocumentError as error:
        raise FileError(str(error)) from None
    typer.echo(
        tr(
            "{path}: form {form}, {pages} pages, SHA-256 {digest}",
            path=wanted.output,
            form=form.printed.form,
            pages=form.pdf.pages,
            digest=form.pdf.sha256,
        )
    )


def _from_folder(
    make: Make, wanted: _Wanted, site: Path | None, data: Path | None, by: str
) -> Form:
    """Make a form from a data folder and tell its log, before the file is there under its name."""
    from console.cli.log import data_folder
    from console.cli.people import sign_in
    from console.documents.events import DocumentKind
    from console.documents.issue import make_form, new_printing
    from console.history.events import EventDraft
    from console.history.reader import LogReader
    from console.site import load_site
    from drivers.points import Stamp

    loaded = load_site(site).site if site is not None else None
    with opened(data_folder(data)) as room:
        if by:
            sign_in(room, by)
        reader = LogReader(room.folder)
        site_id = loaded.site.id if loaded else _site_id(room.folder)
        printing = new_printing(
            site_id,
            loaded.site.name if loaded else site_id,
            log_end(reader),
            by or tr("the command line"),
            wanted.language or language(),
            time.time_ns() // 1000,
        )
        form = make_form(make(room, revisions_of(reader), loaded, printing), wanted.paper)
        with _written(wanted, form):
            told, actor = form.printed, by or "system"
            body, now = told.as_body(), Stamp.now()
            room.record(EventDraft(DocumentKind.PRINTED, told.subject, body, now, actor))
    return form


def _from_demo(make: Make, wanted: _Wanted) -> Form:
    """Make a form from the demo's orders, in a folder that is thrown away."""
    from console.demo import paused_demo
    from console.documents.issue import make_form, new_printing
    from console.history.reader import LogReader
    from console.session.furnish_orders import furnish_orders

    with tempfile.TemporaryDirectory(prefix="tankside-") as folder:
        demo = paused_demo(Path(folder), seconds=_DEMO_S)
        try:
            furnish_orders(demo.session)
            place = demo.session.open_work(wait=True)
            end, now_us = log_end(LogReader(demo.session.data)), demo.clock().utc_us
            header = demo.session.site.site
            by, spoken = "silva", wanted.language or language()
            printing = new_printing(header.id, header.name, end, by, spoken, now_us)
            sheet = make(place.room, place.runs.procedures, demo.session.site, printing)
            form = make_form(sheet, wanted.paper)
        finally:
            demo.close()
    with _written(wanted, form):
        return form


def log_end(reader: LogReader) -> LogEnd:
    """Return the end of a log; one without events has no hash."""
    from console.documents.sheet import LogEnd as End
    from console.history.events import NO_HASH

    last = reader.page(limit=1)
    if not last:
        return End("", 0, NO_HASH)
    return End(last[0].device_id, reader.count(), last[0].hash)


def revisions_of(reader: LogReader) -> Revisions:
    """Return what a log says of procedures."""
    from console.session.running.record import PROCEDURE_KINDS
    from procedures.engine.events import WorkKind
    from procedures.register_events import revisions_in

    return revisions_in(reader.each_of_kinds({*PROCEDURE_KINDS, str(WorkKind.BEGUN)}))


def _any_order(room: WorkRoom) -> str:
    """Return an order of the demo that follows a procedure."""
    orders = [order for order in room.desk.book.orders.open() if order.procedure]
    return orders[0].number if orders else ""


def _site_id(folder: Path) -> str:
    """Return the id of the site whose folder it is, as far as its name can be one."""
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.resolve().name.lower()).strip("-_")[:63]
    return name or "site"


@contextmanager
def _written(wanted: _Wanted, form: Form) -> Iterator[None]:
    """Write the files beside where they go, let the log be told, then give them their names."""
    files = {wanted.output: form.pdf.data}
    if wanted.html is not None:
        files[wanted.html] = form.html().encode("utf-8")
    drafts = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in files}
    try:
        for path, data in files.items():
            drafts[path].write_bytes(data)
        yield
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        raise FileError(f"{error.filename}: cannot be written: {error.strerror}") from None
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
