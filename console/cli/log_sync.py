"""``log sync``, ``log device``, ``log enrol``: the logs of several laptops brought together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.history.history import History
    from console.history.sync.service import SyncReport, SyncService

_CLOSE_S = 20.0


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``log``."""
    app.command()(sync)
    app.command()(device)
    app.command()(enrol)


def sync(
    target: Annotated[
        str, typer.Argument(help="A folder, a stick, or postgresql://user@host/database.")
    ],
    site: Annotated[str, typer.Option(help="The site's id; the folder's name says it else.")] = "",
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """Send what the others lack and take what they have; exit 1 where something was refused.

    Example: [bold]tankside log sync /media/stick[/bold]
    """
    from console.history.reader import LogReader
    from console.history.sync.notes import sync_drafts
    from drivers.points import Stamp

    with _service(data, site) as (service, history):
        before = LogReader(history.folder).newest_own()
        report = service.sync(target)
        last_kind = before.kind if before else ""
        for draft in sync_drafts(report, target, "", Stamp.now(), last_kind=last_kind):
            history.record(draft)
    if as_json:
        from dataclasses import asdict

        from console.cli.table import print_json

        print_json(asdict(report))
    else:
        _tell(report)
    raise typer.Exit(0 if report.is_clean else 1)


def device(data: opt.Data = None, as_json: opt.AsJson = False) -> None:
    """Print which log this folder writes and the key that signs it, for [bold]log enrol[/bold].

    Example: [bold]tankside log device[/bold]
    """
    from console.cli.log import data_folder
    from console.cli.table import print_json
    from console.history.sync.local import reading_ledger
    from console.history.trust.keys import DeviceKey, fingerprint

    folder = data_folder(data)
    key = DeviceKey.found(folder)
    if key is None:
        raise FileError(
            tr("{folder}: it has no key yet; open it with a console once", folder=folder)
        )
    with reading_ledger(folder) as reader:
        told = {"device_id": reader.own, "public_key": key.public}
    told["fingerprint"] = fingerprint(key.public)
    if as_json:
        print_json(told)
    else:
        typer.echo(f"{told['device_id']} {told['public_key']}")
        typer.echo(tr("Fingerprint: {key}", key=told["fingerprint"]))


def enrol(
    device_id: Annotated[str, typer.Argument(help="As [bold]log device[/bold] prints it.")],
    public_key: Annotated[str, typer.Argument(help="64 hex digits.")],
    name: Annotated[str, typer.Option(help="What people call that laptop.")],
    central: Annotated[
        str, typer.Option(help="The central log's URL; none: this folder's log.")
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who vouches for it.")] = "",
    data: opt.Data = None,
) -> None:
    """Let a laptop's log be taken in here; compare the fingerprint with its owner first.

    Example: [bold]tankside log enrol 1b4e… 9f02… --name "laptop 2" --by okafor[/bold]
    """
    from console.history.sync.ledger import Enrolled
    from console.history.trust.keys import fingerprint

    key = public_key.strip().lower()
    if len(key) != 64 or set(key) - set("0123456789abcdef"):
        raise typer.BadParameter(tr("a public key is 64 hex digits"), param_hint="PUBLIC_KEY")
    told = Enrolled(device_id.strip().lower(), key, name.strip())
    if central:
        from console.history.sync.central import CentralLog

        log = CentralLog(central)
        try:
            log.enrol(told, by)
        finally:
            log.close()
    else:
        from console.history.sync.notes import enrolled_draft
        from drivers.points import Stamp

        with _service(data, "") as (service, history):
            service.enrol(told, by)
            history.record(enrolled_draft(told, by, Stamp.now()))
    typer.echo(tr("{name} is enrolled with the key {key}.", name=name, key=fingerprint(key)))


@contextmanager
def _service(data: Path | None, site: str) -> Iterator[tuple[SyncService, History]]:
    """Yield the sync of a folder that this command now holds; raises FileError."""
    from console.cli.log import data_folder
    from console.cli.work_access import refuse_running, wait_open
    from console.history.history import History as Recording
    from console.history.sync.service import SyncService as Service

    folder = data_folder(data)
    refuse_running(folder)
    history = Recording(folder)
    history.start()
    try:
        wait_open(history)
        yield Service(history, site or folder.name, lambda: time.time_ns() // 1000), history
    finally:
        is_whole = history.close(_CLOSE_S)
    if not is_whole:
        raise FileError(history.status.sentence or tr("not everything was recorded"))


def _tell(report: SyncReport) -> None:
    came = sum(report.taken.values())
    told = tr("{sent} events sent, {taken} taken", sent=report.sent, taken=came)
    typer.echo(f"{told}; {tr('receipts: {count}', count=report.receipts)}")
    if report.quarantine:
        typer.echo(
            tr("{count} events contradict others and are kept apart", count=report.quarantine),
            err=True,
        )
    for device_id, why in report.refused.items():
        typer.echo(f"{device_id}: {why}", err=True)
