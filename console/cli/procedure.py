"""``procedure``: check, read, draw, begin, approve and compare procedures, and run them dry.

Nothing here talks to equipment or to the log: approval is kept in files beside the procedure.
"""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import language, tr
from drivers.files import FileError

if TYPE_CHECKING:
    from procedures.dry_run import DryReport
    from procedures.engine.sentence import Sentence
    from procedures.lint import Finding
    from procedures.register import Register, RevisionState
    from procedures.revision import Revision

procedure = typer.Typer(
    help="Check, read, approve, compare and dry-run procedures.", no_args_is_help=True
)
Name = Annotated[
    str,
    typer.Argument(
        metavar="PROCEDURE", help="A file ending in .yaml, or the id of a shipped procedure."
    ),
]
Maps = Annotated[
    list[Path] | None, typer.Option("--map", help="A register map of the site; may be repeated.")
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="A file; else to the terminal.")
]


class Drawing(StrEnum):
    """Formats that the ways through a procedure can be drawn in."""

    MERMAID = "mermaid"
    DOT = "dot"


class Target(StrEnum):
    """How far a revision is to be taken."""

    REVIEW = "review"
    APPROVED = "approved"
    DRAFT = "draft"


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    from console.cli import procedure_run

    procedure_run.register(procedure)
    app.add_typer(procedure, name="procedure")


@procedure.command()
def lint(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="PROCEDURE…", help="Files or shipped ids; none: all shipped ones."),
    ] = None,
    maps: Maps = None,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="RULE", help="Say what a rule is about.")
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Say what is wrong or doubtful in procedures, with file, line, column and rule.

    Exit code 1 where there are errors; warnings alone are 0.

    Example: [bold]tankside procedure lint my-work.yaml[/bold]
    """
    from procedures.document import library_ids, procedure_path
    from procedures.lint import has_errors, lint_file
    from procedures.points import known

    if explain is not None:
        _explain(explain)
        return
    points = known(maps or ())
    names = files or library_ids()
    findings = [found for name in names for found in lint_file(procedure_path(name), points)]
    if as_json:
        from console.cli.table import print_json

        print_json([finding.as_dict() for finding in findings])
    else:
        _print_findings(findings, len(names))
    raise typer.Exit(1 if has_errors(findings) else 0)


@procedure.command()
def show(
    name: Name,
    step: Annotated[str | None, typer.Option(help="Only this step.")] = None,
    words: Annotated[str | None, typer.Option("--language", help="en or zh_CN.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the canonical JSON that is approved and run.")
    ] = False,
) -> None:
    """Print a procedure as the technician will read it, step by step.

    Example: [bold]tankside procedure show extract-server --step open-the-lid[/bold]
    """
    from procedures.outline import outline

    revision = revision_named(name)
    if as_json:
        typer.echo(revision.canonical)
        return
    spoken = words or language()
    known = revision.procedure.steps
    if step is not None and step not in known:
        raise typer.BadParameter(f"no step {step!r}; there are {', '.join(known)}")
    if spoken not in revision.procedure.languages:
        raise typer.BadParameter(f"--language: one of {', '.join(revision.procedure.languages)}")
    typer.echo("\n".join(outline(revision, spoken, step)))


@procedure.command()
def graph(
    name: Name,
    to: Annotated[Drawing, typer.Option(help="What to write.")] = Drawing.MERMAID,
    output: Output = None,
) -> None:
    """Draw the ways through a procedure, with every way to safe.

    Example: [bold]tankside procedure graph extract-server --to dot | dot -Tsvg > ways.svg[/bold]
    """
    from procedures.graph import dot, mermaid

    draw = {Drawing.MERMAID: mermaid, Drawing.DOT: dot}[to]
    spec = revision_named(name).procedure
    _write(draw(spec, language() if language() in spec.languages else "en"), output)


@procedure.command()
def new(
    procedure_id: Annotated[str, typer.Argument(metavar="ID", help="Lower case and dashes.")],
    author: Annotated[str, typer.Option(help="Who writes it.")],
    output: Output = None,
) -> None:
    """Begin a procedure from a small one that is complete and lints clean.

    Example: [bold]tankside procedure new change-filter --author "Ada" -o change-filter.yaml[/bold]
    """
    from procedures.template import template

    try:
        text = template(procedure_id, author)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if output is not None and output.exists():
        raise FileError(f"{output}: is there already; nothing was written")
    _write(text, output)


@procedure.command()
def approve(
    name: Name,
    by: Annotated[str, typer.Option(help="Who does it.")],
    to: Annotated[Target, typer.Option(help="How far to take it.")] = Target.APPROVED,
    note: Annotated[str, typer.Option(help="Why; needed to return a revision.")] = "",
    folder: Annotated[
        Path | None, typer.Option(help="Where revisions are kept.", show_default="beside the file")
    ] = None,
) -> None:
    """Give a revision to review, approve it, or return it to draft.

    Who wrote or submitted it cannot approve it; with lint errors nobody can. What is approved is
    kept as a file of its own and never changed: the next change is another revision.

    Example: [bold]tankside procedure approve my-work.yaml --to review --by ada[/bold]
    """
    from procedures.document import procedure_path
    from procedures.lint import has_errors, lint_file
    from procedures.register import RegisterError, Shelf

    path = procedure_path(name)
    findings = lint_file(path)
    if has_errors(findings):
        _print_findings(findings, 1)
        raise typer.Exit(1)
    revision = revision_named(name)
    shelf, about = Shelf(folder or path.parent / "revisions"), revision.procedure.id
    try:
        after = _moved(shelf.register(about), revision, by, to, note)
    except RegisterError as error:
        raise FileError(f"{path}: {error}") from None
    shelf.keep(about, after, revision)
    typer.echo(
        tr(
            "{procedure} revision {number} ({digest}): {state}",
            procedure=about,
            number=after.number(revision.digest),
            digest=revision.short,
            state=state_word(after.state(revision.digest)),
        )
    )


@procedure.command()
def diff(
    old: Annotated[str, typer.Argument(help="A file, a shipped id, or a revision's .json.")],
    new_one: Annotated[str, typer.Argument(metavar="NEW", help="What to compare it with.")],
    as_json: opt.AsJson = False,
) -> None:
    """Say in words what changed from one revision to another.

    Exit code 0 where nothing did, else 1.

    Example: [bold]tankside procedure diff extract-server my-extract-server.yaml[/bold]
    """
    from dataclasses import asdict

    from procedures.diff import diff as compare

    changes = compare(revision_named(old).procedure, revision_named(new_one).procedure)
    if as_json:
        from console.cli.table import print_json

        print_json([asdict(change) for change in changes])
    else:
        for change in changes:
            typer.echo(str(change))
        typer.echo(tr("{n} changes", n=len(changes)))
    raise typer.Exit(1 if changes else 0)


@procedure.command(name="dry-run")
def dry_run_command(
    name: Name,
    readings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="POINT=VALUE", help="A reading: tank.level=820"),
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--value", metavar="ID=NUMBER", help="What is measured.")
    ] = None,
    labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="ID=TEXT", help="What a label reads.")
    ] = None,
    answers: Annotated[
        list[str] | None, typer.Option("--answer", metavar="STEP=ANSWER", help="What is chosen.")
    ] = None,
    abort_at: Annotated[str, typer.Option(help="Abort in this step.")] = "",
    as_json: opt.AsJson = False,
) -> None:
    """Run a procedure dry: the real engine, people who do everything right, no waiting.

    What is not set goes well. Exit code 1 where it gets stuck, with the reason.

    Example: [bold]tankside procedure dry-run extract-server --abort-at lift-clear[/bold]
    """
    from procedures.dry_run import DryChoices, dry_run

    choices = DryChoices(
        {name: _reading(value) for name, value in _pairs(readings)},
        {name: _number(value) for name, value in _pairs(values)},
        dict(_pairs(labels)),
        dict(_pairs(answers)),
        abort_at,
    )
    report = dry_run(revision_named(name), choices)
    if as_json:
        _dry_json(report)
    else:
        _print_dry(report)
    raise typer.Exit(1 if report.stuck else 0)


def revision_named(name: str) -> Revision:
    """Return the revision of a file, a shipped id, or a kept revision's JSON file."""
    from drivers.files import read_text
    from procedures.document import load_document, procedure_path
    from procedures.revision import compile_procedure, revision_of

    if name.endswith(".json"):
        return revision_of(read_text(Path(name)).rstrip("\n"))
    return compile_procedure(load_document(procedure_path(name)).procedure)


def _moved(register_: Register, revision: Revision, by: str, to: Target, note: str) -> Register:
    utc_us = time.time_ns() // 1000
    match to:
        case Target.REVIEW:
            return register_.submit(revision, by, utc_us, note)
        case Target.DRAFT:
            return register_.give_back(revision, by, utc_us, note)
        case Target.APPROVED:
            return register_.approve(revision, by, utc_us, note)


STATES = {
    "draft": "draft",
    "review": "in review",
    "approved": "approved",
    "superseded": "superseded",
}
"""The word for each state of a revision; a key of the catalogue each."""


def state_word(state: RevisionState) -> str:
    """Return the word for a state in the reader's language."""
    return tr(STATES[state])


def sentence_text(sentence: Sentence) -> str:
    """Return a sentence of the engine in the reader's language."""
    return tr(sentence.pattern, **sentence.values)


def _explain(rule: str) -> None:
    from procedures.lint import rules

    found = rules().get(rule)
    if found is None:
        raise typer.BadParameter(f"--explain: no rule {rule!r}; there are {', '.join(rules())}")
    typer.echo(f"{rule}: {found.title}\n\n{found.why}\n{found.instead}")


def _print_findings(findings: list[Finding], files: int) -> None:
    for finding in findings:
        typer.echo(str(finding))
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    typer.echo(
        tr(
            "{files} procedures read: {errors} errors, {warnings} warnings",
            files=files,
            errors=errors,
            warnings=warnings,
        )
    )


def _print_dry(report: DryReport) -> None:
    from rich.table import Table

    from console.cli.table import terminal

    table = Table(title=report.run.procedure, title_justify="left")
    table.add_column(tr("Step"))
    table.add_column(tr("Phase"))
    table.add_column(tr("Began"), justify="right")
    table.add_column(tr("Took"), justify="right")
    for step in report.steps:
        table.add_row(step.step, step.phase, f"{step.began_s:g} s", f"{step.took_s:g} s")
    terminal().print(table)
    for reason in report.stuck:
        at = report.run.current.step if report.run.current else ""
        typer.echo(tr("stuck at {step}: {reason}", step=at, reason=sentence_text(reason)))
    if not report.stuck:
        typer.echo(tr("came to its end: {state}", state=report.run.status))


def _dry_json(report: DryReport) -> None:
    from dataclasses import asdict

    from console.cli.table import print_json

    print_json(
        {
            "status": report.run.status.value,
            "steps": [asdict(step) for step in report.steps],
            "stuck": [{"code": one.code, "text": str(one)} for one in report.stuck],
        }
    )


def _pairs(given: list[str] | None) -> list[tuple[str, str]]:
    pairs = []
    for one in given or ():
        name, sign, value = one.partition("=")
        if not sign or not name.strip():
            raise typer.BadParameter(f"{one!r}; write NAME=VALUE")
        pairs.append((name.strip(), value.strip()))
    return pairs


def _reading(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a number") from None


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror}") from None
    typer.echo(tr("written to {path}", path=output), err=True)
