"""``workorder report|period|labels``: completion reports, period reports and labels."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.cli.work_access import As, day_us, opened
from console.text import LANGUAGES, language, tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.documents.labels import Label, LabelKind
    from console.documents.report_issue import Maker, Report
    from console.documents.style import Paper
    from console.site import LoadedSite

_DAY_US = 86_400_000_000
_DAYS = 30
Output = Annotated[Path, typer.Option("-o", "--output", help="The PDF file to write.")]
PaperName = Annotated[str, typer.Option("--paper", help="a4 or letter.")]
Spoken = Annotated[str, typer.Option("--language", help="en or zh_CN; else the console's.")]
Html = Annotated[
    Path | None, typer.Option("--html", help="Write the same as HTML for screen readers, too.")
]
SiteFile = Annotated[
    Path | None, typer.Option("--site", help="The site file: names, places, limits.")
]
NoRecord = Annotated[
    bool,
    typer.Option("--no-record", help="Leave the log alone; works while a console records there."),
]
Make = Callable[[Path], "Report"]


def register(app: typer.Typer) -> None:
    """Add the commands to ``workorder``."""
    app.command(name="report")(report)
    app.command(name="period")(period)
    app.command(name="labels")(labels)


def report(
    number: Annotated[str, typer.Argument(help="The order's number.", metavar="ORDER")],
    output: Output,
    paper: PaperName = "a4",
    language_: Spoken = "",
    html: Html = None,
    site: SiteFile = None,
    no_record: NoRecord = False,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Print the completion report of an order: exceptions first, then all that was recorded.

    Needs nothing but the data folder. The hash of the file goes into the log.

    Example: [bold]tankside workorder report WO-K7QDM-2026-0001 -o report.pdf[/bold]
    """
    from console.documents.report_issue import make_completion
    from console.documents.site_limits import limits_of_site

    loaded = _site(site)
    limits = limits_of_site(loaded) if loaded else None
    maker = _maker(by, paper, language_, loaded, data)
    _issue(
        lambda folder: make_completion(folder, number, maker, limits),
        {"pdf": output, "html": html},
        data,
        by,
        no_record=no_record,
    )


def period(
    output: Output,
    since: Annotated[str, typer.Option(help="The first day, YYYY-MM-DD.")] = "",
    until: Annotated[str, typer.Option(help="The last day, YYYY-MM-DD.")] = "",
    paper: PaperName = "a4",
    language_: Spoken = "",
    html: Html = None,
    site: SiteFile = None,
    no_record: NoRecord = False,
    by: As = "",
    data: opt.Data = None,
) -> None:
    """Print the report of a period; without days that of the last thirty, until now.

    Example: [bold]tankside workorder period --since 2026-11-01 --until 2026-11-30 -o nov.pdf[/bold]
    """
    from console.documents.report_issue import make_period

    until_us = day_us(until) if until else _now_us()
    since_us = day_us(since) - _DAY_US if since else until_us - _DAYS * _DAY_US
    if since_us >= until_us:
        raise typer.BadParameter(tr("the period ends before it begins"), param_hint="--since")
    maker = _maker(by, paper, language_, _site(site), data)
    _issue(
        lambda folder: make_period(folder, since_us, until_us, maker),
        {"pdf": output, "html": html},
        data,
        by,
        no_record=no_record,
    )


def labels(
    kind: Annotated[str, typer.Argument(help="tanks, slots, servers or parts.", metavar="KIND")],
    output: Output,
    sheet: Annotated[
        str, typer.Option("--sheet", help="3x8 or 2x4 on a sheet, strip of 62 mm.")
    ] = "3x8",
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Only this one; may be repeated.")
    ] = None,
    first: Annotated[
        int, typer.Option("--first", help="Where a used sheet begins, from 1.", min=1)
    ] = 1,
    paper: PaperName = "a4",
    language_: Spoken = "",
    html: Html = None,
    site: SiteFile = None,
    data: opt.Data = None,
) -> None:
    """Print labels: big words, and the code that guided work scans.

    Tanks, slots and servers come from a site file, parts from a data folder. Nothing is recorded.

    Example: [bold]tankside workorder labels slots --site hall.toml --sheet 2x4 -o slots.pdf[/bold]
    """
    from console.documents.issue import DocumentError
    from console.documents.report_issue import make_labels

    loaded = _site(site)
    chosen = _kind(kind)
    maker = _maker("", paper, language_, loaded, data)
    try:
        found = _labels(chosen, loaded, data, tuple(only or ()), maker.language)
        made = make_labels(found, chosen, sheet, maker, first)
    except DocumentError as error:
        raise FileError(str(error)) from None
    with _written({"pdf": output, "html": html}, made):
        pass
    _tell(output, made)


def _labels(
    kind: LabelKind,
    loaded: LoadedSite | None,
    data: Path | None,
    only: tuple[str, ...],
    spoken: str,
) -> list[Label]:
    from console.cli.work_access import read_book
    from console.documents.labels import labels_of
    from console.text import speaking

    book = read_book(data) if kind == "parts" else None
    with speaking(spoken):
        return labels_of(kind, loaded.site if loaded else None, book, only)


def _kind(name: str) -> LabelKind:
    from console.documents.labels import KINDS

    for known in KINDS:
        if name == known:
            return known
    told = tr("allowed are {known}", known=", ".join(KINDS))
    raise typer.BadParameter(told, param_hint="KIND")


# ---- shared ----


def _now_us() -> int:
    return time.time_ns() // 1000


def _site(path: Path | None) -> LoadedSite | None:
    from console.site import load_site

    return load_site(path) if path is not None else None


def _maker(by: str, paper: str, spoken: str, loaded: LoadedSite | None, data: Path | None) -> Maker:
    from console.documents.report_issue import Maker

    spoken = spoken or language()
    if spoken not in LANGUAGES:
        told = tr("allowed are {known}", known=", ".join(LANGUAGES))
        raise typer.BadParameter(told, param_hint="--language")
    name = loaded.site.site.name if loaded else (data.resolve().name if data else "")
    return Maker(
        by or tr("the command line"),
        _now_us(),
        spoken,
        loaded.site.site.id if loaded else "",
        name,
        paper=_paper(paper),
    )


def _paper(name: str) -> Paper:
    from console.documents.style import PAPERS

    for known in PAPERS:
        if name == known:
            return known
    told = tr("allowed are {known}", known=", ".join(PAPERS))
    raise typer.BadParameter(told, param_hint="--paper")


def _issue(
    make: Make, files: dict[str, Path | None], data: Path | None, by: str, *, no_record: bool
) -> None:
    """Make a report and tell the log, before the file is there under its name."""
    from console.cli.log import data_folder
    from console.cli.people import sign_in
    from console.documents.events import DocumentKind
    from console.documents.issue import DocumentError
    from console.history.events import EventDraft
    from drivers.points import Stamp

    folder = data_folder(data)
    try:
        if no_record:
            made = make(folder)
            with _written(files, made):
                pass
        else:
            with opened(folder) as room:
                if by:
                    sign_in(room, by)
                made = make(folder)
                with _written(files, made):
                    told = made.printed
                    body, now = told.as_body(), Stamp.now()
                    actor = by or "system"
                    room.record(EventDraft(DocumentKind.PRINTED, told.subject, body, now, actor))
    except DocumentError as error:
        raise FileError(str(error)) from None
    _tell(files["pdf"], made)


def _tell(output: Path | None, made: Report) -> None:
    typer.echo(
        tr(
            "{path}: {pages} pages, SHA-256 {digest}",
            path=output,
            pages=made.pdf.pages,
            digest=made.pdf.sha256,
        )
    )


@contextmanager
def _written(files: dict[str, Path | None], made: Report) -> Iterator[None]:
    """Write the files beside where they go, let the log be told, then give them their names."""
    contents = {"pdf": made.pdf.data, "html": made.html.encode("utf-8")}
    wanted = {path: contents[kind] for kind, path in files.items() if path is not None}
    drafts = {path: path.with_name(f".{path.name}.{os.getpid()}") for path in wanted}
    try:
        for path, data in wanted.items():
            drafts[path].write_bytes(data)
        yield
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        raise FileError(f"{error.filename}: cannot be written: {error.strerror}") from None
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)
