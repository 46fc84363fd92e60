"""``log list``, ``log verify``, ``log export``: the record of a data folder."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import log_sync
from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.history.trust.heads import Anchor
    from console.history.verify import VerifyResult

app = typer.Typer(
    help="Read, prove, export and bring together the logs of data folders.", no_args_is_help=True
)
log_sync.register(app)


@app.command(name="list")
def list_events(
    data: opt.Data = None,
    text: Annotated[str | None, typer.Option(help="Only events with these words.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many, newest first.", min=1)] = 50,
    as_json: opt.AsJson = False,
) -> None:
    """List the newest events.

    Example: [bold]tankside log list --text coolant --limit 20[/bold]
    """
    from console.cli.table import print_json
    from console.history.reader import LogReader

    events = LogReader(data_folder(data)).page(text, limit=limit)
    if as_json:
        print_json([{**event.content, "hash": event.hash} for event in events])
        return
    from rich.table import Table

    from console.cli.table import terminal
    from console.event_text import event_text

    table = Table()
    for heading in ("Time (UTC)", "Place", "What", "Who"):
        table.add_column(tr(heading), no_wrap=heading != "What")
    for event in events:
        at = datetime.fromtimestamp(event.utc_us / 1e6, UTC)
        told = event_text(event)
        table.add_row(f"{at:%Y-%m-%d %H:%M:%S}", told.place, told.what, event.actor)
    terminal().print(table)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An exported log; none: the log of the data folder.")
    ] = None,
    data: opt.Data = None,
    key: Annotated[
        list[str] | None, typer.Option(help="Only this key may have signed; may be repeated.")
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option(help="DEVICE:NUMBER:HASH as kept on paper; may be repeated."),
    ] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Recompute hashes, links and signatures; exit 1 and name the first event that is wrong.

    Example: [bold]tankside log verify log.jsonl --key "1a2b 3c4d 5e6f 7081"[/bold]
    """
    from console.cli.table import print_json
    from console.history.trust.anchors import anchor_of

    kept = [anchor_of(text, "paper") for text in anchor or ()]
    if file is not None:
        raise typer.Exit(0 if _file_proves_itself(file, key or (), kept, as_json) else 1)
    from console.history.reader import LogReader

    result = LogReader(data_folder(data)).verify(kept, key or ())
    if as_json:
        from dataclasses import asdict

        print_json(asdict(result))
    else:
        tell_verified(result)
    raise typer.Exit(0 if result.ok else 1)


def _file_proves_itself(file: Path, keys: Iterable[str], kept: list[Anchor], as_json: bool) -> bool:
    from dataclasses import asdict

    from console.cli.table import print_json
    from console.history.trust.export_file import prove_file

    try:
        proof = prove_file(file, keys=keys, anchors=kept)
    except OSError as error:
        raise FileError(f"{file}: cannot be read: {error.strerror or error}") from None
    if as_json:
        print_json({"ok": proof.ok, **asdict(proof)})
    elif proof.fault:
        told = tr(
            "The log was altered: line {line}, event {sequence}: {why}",
            line=proof.fault.line,
            sequence=proof.fault.sequence or "-",
            why=proof.fault.why,
        )
        typer.echo(f"{file}: {told}", err=True)
    else:
        told = tr(
            "The log is as it was recorded: {count} events, signed with {keys}",
            count=proof.events,
            keys=", ".join(proof.keys),
        )
        typer.echo(f"{file}: {told}")
    return proof.ok


@app.command()
def anchor(
    data: opt.Data = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file, on another disk; it is added to.")
    ] = None,
) -> None:
    """Print how far the log has come, to be kept elsewhere and given to [bold]verify[/bold] later.

    Example: [bold]tankside log anchor -o /media/stick/anchors.txt[/bold]
    """
    from console.history.reader import LogReader
    from console.history.trust.anchors import anchor_text

    told = [anchor_text(signed) for signed in LogReader(data_folder(data)).ends()]
    if not told:
        raise FileError(tr("Nothing has been recorded yet, so there is nothing to keep."))
    if output is None:
        typer.echo("\n".join(told))
        return
    try:
        with output.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in told)
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror}") from None


def tell_verified(result: VerifyResult) -> None:
    """Print what reading the whole chain back has shown; what is wrong goes to standard error."""
    if result.ok:
        count, head = result.events, result.head_hash
        told = tr(
            "The log is as it was recorded: {count} events, head {head}", count=count, head=head
        )
        typer.echo(told)
        if result.keys:
            typer.echo(tr("Signed with {keys}", keys=", ".join(result.keys)))
    elif result.first_bad is not None:
        sequence, event_id, why = result.first_bad
        told = tr(
            "The log was altered: event {sequence} ({id}): {why}",
            sequence=sequence,
            id=event_id or "-",
            why=why,
        )
        typer.echo(told, err=True)


@app.command()
def export(
    data: opt.Data = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A file; else to the terminal.")
    ] = None,
) -> None:
    """Write every event as one line of canonical JSON, oldest first, signed as a whole.

    Example: [bold]tankside log export -o log.jsonl[/bold]
    """
    from console.history.reader import LogReader

    reader = LogReader(data_folder(data))
    if output is None:
        if isinstance(sys.stdout, TextIOWrapper):  # the seal is over these bytes, on any system
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        reader.export(sys.stdout)
        return
    try:
        with output.open("w", encoding="utf-8", newline="\n") as file:
            count = reader.export(file)
    except OSError as error:
        raise FileError(f"{output}: cannot be written: {error.strerror}") from None
    typer.echo(tr("{count} events written to {path}", count=count, path=output))


def data_folder(data: Path | None) -> Path:
    """Return the folder asked for, or the only one there is; raises FileError."""
    from console.app import data_root

    if data is not None:
        if not data.is_dir():
            raise FileError(f"{data}: there is no such data folder")
        return data
    root = data_root()
    found = sorted(path.parent for path in root.glob("*/log.db"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise FileError(f"{root}: nothing has been recorded yet; name a folder with --data")
    names = ", ".join(str(folder) for folder in found)
    raise FileError(f"{root}: there are several data folders; choose one with --data: {names}")
