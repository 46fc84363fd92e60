"""The work of a data folder for one command: reading it, or holding its lock to write."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.text import tr
from console.work.book import WorkBook
from console.work.events import KINDS, Refused
from drivers.files import FileError

if TYPE_CHECKING:
    from console.history.history import History
    from console.session.work import WorkRoom

_OPEN_S = 20.0
_CLOSE_S = 20.0
As = Annotated[str, typer.Option("--as", help="Who does it; asks for the PIN.", metavar="PERSON")]


def read_book(data: Path | None) -> WorkBook:
    """Return the book of a data folder, also while a console records there."""
    from console.cli.log import data_folder
    from console.history.reader import LogReader

    book = WorkBook()
    book.restore(LogReader(data_folder(data)).of_kinds(KINDS))
    return book


@contextmanager
def opened(data: Path | None) -> Iterator[WorkRoom]:
    """Yield the work of a folder that this command now holds.

    What the rules refuse ends the command with one sentence and exit code 2. Raises FileError where
    a console runs on the folder or something could not be recorded.
    """
    from console.cli.log import data_folder
    from console.history.history import History as Log
    from console.session.work import WorkRoom as Room

    folder = data if data is not None else data_folder(None)
    refuse_running(folder)
    history = Log(folder)
    history.start()
    room: Room | None = None
    try:
        wait_open(history)
        room = Room(folder, history.record, lambda: history.device_id)
        room.restore()
        yield room
    except Refused as error:
        typer.echo(f"tankside: {error}", err=True)
        raise typer.Exit(2) from None
    finally:
        if room is not None:
            room.close()
        is_whole = history.close(_CLOSE_S)
    if not is_whole:
        raise FileError(f"{folder}: {history.status.sentence or tr('not everything was recorded')}")


def refuse_running(folder: Path) -> None:
    """Raise FileError where a console records in a folder."""
    from console.history.lock import FolderLock
    from console.history.trouble import StorageError

    if not folder.exists():
        return
    lock = FolderLock(folder)
    try:
        lock.acquire()
    except StorageError as error:
        raise FileError(
            tr(
                "{error} This command changed nothing: do it in that console, or close it first.",
                error=error,
            )
        ) from None
    lock.release()


def wait_open(history: History) -> None:
    """Wait until the log can be written; raises FileError with the reason why not."""
    end_s = time.monotonic() + _OPEN_S
    while not history.device_id:
        if time.monotonic() > end_s:
            raise FileError(history.status.sentence or tr("The log could not be opened."))
        time.sleep(0.01)


def ask_pin(prompt: str, *, twice: bool = False) -> str:
    """Return a PIN: typed unseen at a terminal, else a line of standard input."""
    if sys.stdin.isatty():
        return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice))
    line = sys.stdin.readline()
    if not line.strip():
        raise typer.BadParameter(tr("a PIN is read from the terminal or from standard input"))
    return line.rstrip("\r\n")


def day_us(text: str) -> int:
    """Return the UTC microsecond at which a day given as YYYY-MM-DD ends."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise typer.BadParameter(
            tr("{found} is no day; write YYYY-MM-DD", found=repr(text))
        ) from None
    return int(day.timestamp() * 1e6) + 86_400_000_000


def day_text(utc_us: int) -> str:
    """Return the day that ends, or in which something ends, at a moment: YYYY-MM-DD in UTC."""
    return f"{datetime.fromtimestamp((utc_us - 1) / 1e6, UTC):%Y-%m-%d}"
