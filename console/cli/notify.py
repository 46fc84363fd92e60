"""``notify test``: whether what the site file says of telling people outside works."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.notify.message import Failure, Message, Sender
    from console.site import LoadedSite

Priority = Annotated[
    int | None,
    typer.Option("--priority", help="Only what is told of this priority.", min=1, max=4),
]
app = typer.Typer(name="notify", help="Telling people outside the window.", no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="notify")


@app.callback()
def _common() -> None:
    """Keep ``test`` a command of its own."""


@app.command(name="test")
def send_test(
    site: Annotated[Path, typer.Argument(help="The site file.")],
    priority: Priority = None,
    as_json: opt.AsJson = False,
) -> None:
    """Send one message marked as a test each way and say what happened; exit 1 if one failed.

    Example: [bold]tankside notify test hall.toml --priority 1[/bold]
    """
    from console.site import load_site

    results = send_tests(load_site(site), priority)
    if as_json:
        from console.cli.table import print_json

        print_json([result.as_dict() for result in results])
    elif not results:
        typer.echo(tr("The site file tells nobody outside the window."))
    else:
        for result in results:
            typer.echo(result.line())
    raise typer.Exit(1 if any(result.failure for result in results) else 0)


class Result:
    """How one way out did; ``priority`` is None where it is not for the priority asked for."""

    def __init__(
        self, outlet: str, priority: int | None, failure: Failure | None, seconds: float
    ) -> None:
        self.outlet = outlet
        self.priority = priority
        self.failure = failure
        self.seconds = round(seconds, 2)

    @property
    def why(self) -> str:
        """Why it failed, in words; empty where it did not."""
        from console.notify.words import failure_text

        return failure_text(self.failure.code, self.failure.values) if self.failure else ""

    def line(self) -> str:
        """Return it as one line for a person."""
        if self.priority is None:
            return tr("{outlet}: not told of this priority", outlet=self.outlet)
        if self.failure:
            return tr("{outlet}: failed: {why}", outlet=self.outlet, why=self.why)
        return tr("{outlet}: sent in {seconds} s", outlet=self.outlet, seconds=self.seconds)

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "outlet": self.outlet,
            "priority": self.priority,
            "sent": self.priority is not None and self.failure is None,
            "failure": self.failure.code if self.failure else None,
            "why": self.why or None,
            "seconds": self.seconds,
        }


def send_tests(loaded: LoadedSite, priority: int | None) -> list[Result]:
    """Send a test message by every rule at once, of its own most urgent priority or of one."""
    from console.notify.service import senders_of
    from console.notify.words import Speaker

    header, rules = loaded.site.site, loaded.site.notify
    speaker = Speaker(header.id, header.name, str)
    senders = senders_of(rules, loaded.path.absolute().parent if loaded.path else Path())
    jobs: list[Callable[[], Result]] = []
    for name, rule in rules.outlets():
        wanted = rule.priorities[0] if priority is None else priority
        if wanted in rule.priorities:
            message = speaker.test(wanted, time.time_ns() // 1000)
            jobs.append(partial(_send, name, senders[name], message))
        else:
            jobs.append(partial(Result, name, None, None, 0.0))
    with ThreadPoolExecutor(max(len(jobs), 1)) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def _send(name: str, sender: Sender, message: Message) -> Result:
    from console.notify.outlet import attempt

    began_s = time.monotonic()
    failure = attempt(name, sender, message, threading.Event())
    return Result(name, message.priority, failure, time.monotonic() - began_s)
