"""``gpu xid``: what an Xid means and asks for, by number or from a kernel log."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options as opt
from console.text import tr
from console.vocabulary import translated_name
from drivers.files import FileError

if TYPE_CHECKING:
    from drivers.gpu.actions import Action
    from drivers.gpu.advice import Advice
    from drivers.gpu.incidents import XidIncident
    from drivers.gpu.xids import Xid

EXTRACTIONS = {
    "no": "stays in the tank",
    "second": "only if it comes back within 24 h",
    "yes": "has to come out",
}
"""Whether the GPU has to come out; a key of the catalogue each."""
WHERE = {"remote": "from afar", "at tank": "at the tank"}
"""Where the work is done; a key of the catalogue each."""
_MOST_BYTES = 256_000_000


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(name="xid")(show_xid)


def show_xid(
    what: Annotated[
        str,
        typer.Argument(
            metavar="CODE|FILE", help="An Xid, a file with a kernel log, or - for stdin."
        ),
    ],
    as_json: opt.AsJson = False,
) -> None:
    """Say what an Xid means and what to do, or find the Xids of a kernel log.

    Exit code 1 for a number that is not known, 2 for a file that cannot be read.

    Examples: [bold]tankside gpu xid 79[/bold], [bold]dmesg -T | tankside gpu xid -[/bold]
    """
    if what.isascii() and what.isdecimal():
        _show_code(int(what[:9]), as_json=as_json)
    else:
        _show_log(*_log(what), as_json=as_json)


# ---- one number ----


def _show_code(code: int, *, as_json: bool) -> None:
    from drivers.gpu.xids import xid

    found = xid(code)
    if as_json:
        from console.cli.table import print_json

        print_json({"code": code, "known": False} if found is None else _code_fields(found))
    elif found is None:
        typer.echo(
            tr(
                "Xid {code} is not known: NVIDIA's catalogue has 1 to {last}.",
                code=code,
                last=_last(),
            )
        )
    else:
        _print_code(found)
    if found is None:
        raise typer.Exit(1)


def _last() -> int:
    from drivers.gpu.xids import xid_table

    return max(xid_table())


def _print_code(found: Xid) -> None:
    from drivers.gpu.actions import action

    typer.echo(f"Xid {found.code}  {found.mnemonic}")
    typer.echo(translated_name(found.meaning))
    if found.note:
        typer.echo(tr(found.note))
    typer.echo("")
    typer.echo(f"{tr('NVIDIA, at once')}: {_bucket(found.immediate)}")
    typer.echo(f"{tr('NVIDIA, then')}: {_bucket(found.investigatory)}")
    typer.echo("")
    todo = action(found.action)
    typer.echo(f"{tr('What to do')}: {tr(todo.title)} ({tr(WHERE[todo.where])})")
    for number, step in enumerate(todo.steps, start=1):
        typer.echo(f"  {number}. {tr(step)}")
    if todo.evidence:
        typer.echo(f"{tr('Keep as evidence')}: {'; '.join(tr(item) for item in todo.evidence)}")
    typer.echo(f"{tr('The GPU')}: {tr(EXTRACTIONS[found.extraction])}")
    if found.extraction == "second" and todo.then_action:
        typer.echo(f"{tr('Then')}: {tr(action(todo.then_action).title)}")


def _bucket(code: str) -> str:
    """NVIDIA's action code with its meaning."""
    from drivers.gpu.actions import bucket_words

    return f"{code} ({tr(bucket_words(code))})" if code else tr("gives nothing")


def _code_fields(found: Xid) -> dict[str, Any]:
    from drivers.gpu.actions import action, bucket_words

    fields = found.model_dump(mode="json")
    fields["known"] = True
    fields["nvidia"] = {
        when: {"code": code, "words": bucket_words(code)} if code else None
        for when, code in (
            ("immediate", fields.pop("immediate")),
            ("investigatory", fields.pop("investigatory")),
        )
    }
    fields["action"] = _action_fields(action(found.action))
    return fields


def _action_fields(todo: Action) -> dict[str, Any]:
    return todo.model_dump(mode="json")


# ---- a log ----


def _log(what: str) -> tuple[bytes, datetime]:
    """Return a log and when it was taken; raises FileError."""
    if what == "-":
        return sys.stdin.buffer.read(_MOST_BYTES), datetime.now().astimezone()
    path = Path(what)
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
        taken = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file, and it is not a number either") from None
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from None
    if len(content) > _MOST_BYTES:
        raise FileError(
            f"{path}: larger than {_MOST_BYTES // 1_000_000} MB; cut the log down first"
        )
    return content, taken


def _show_log(content: bytes, taken: datetime, *, as_json: bool) -> None:
    from drivers.gpu.advice import advise
    from drivers.gpu.incidents import incidents
    from drivers.gpu.kernel_log import parse_kernel_log

    found = incidents(parse_kernel_log(content, now=taken))
    if as_json:
        from console.cli.table import print_json

        print_json([_incident_fields(incident, advice) for incident, advice in advise(found)])
    elif not found:
        typer.echo(tr("No GPU fault in this log."))
    else:
        _print_incidents(advise(found))


def _print_incidents(found: list[tuple[XidIncident, Advice]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from console.cli.table import terminal

    table = Table()
    for heading in ("Time", "GPU", "Fault", "Count", "Meaning", "What to do", "The GPU"):
        table.add_column(tr(heading), justify="right" if heading == "Count" else "left")
    for incident, advice in found:
        cells = (
            time_text(incident),
            incident.bus_id or "?",
            fault_text(incident),
            str(incident.count),
            meaning_text(incident),
            tr(advice.action.title),
            tr(EXTRACTIONS[advice.extraction]),
        )
        table.add_row(*(Text(cell) for cell in cells))  # a log is not markup
    terminal().print(table)


def time_text(incident: XidIncident) -> str:
    """Return when it began: the log's wall clock, seconds since the host's start, or ``---``."""
    when = incident.first.when
    if when.wall is not None:
        zone = f" {when.wall:%z}" if when.wall.tzinfo else ""
        return f"{when.wall:%Y-%m-%d %H:%M:%S}{zone}"
    return (
        "---"
        if when.boot_s is None
        else tr("{seconds} s after start", seconds=f"{when.boot_s:.1f}")
    )


def fault_text(incident: XidIncident) -> str:
    """Return what was reported, in short: ``Xid 79``, ``SXid 12028``, ``off the bus``."""
    if incident.code is None:
        return tr("off the bus")
    return f"{'SXid' if incident.kind == 'sxid' else 'Xid'} {incident.code}"


def meaning_text(incident: XidIncident) -> str:
    """Return what a fault means, in the language in use."""
    from drivers.gpu.xids import UNKNOWN_MEANING, xid

    if incident.kind == "off the bus":
        return tr("The GPU stopped answering and left no Xid.")
    if incident.kind == "sxid":
        return tr(
            "A switch between GPUs (NVSwitch) reported: {detail}", detail=incident.first.detail
        )
    known = xid(incident.code or 0)
    return translated_name(known.meaning) if known else tr(UNKNOWN_MEANING)


def _incident_fields(incident: XidIncident, advice: Advice) -> dict[str, Any]:
    first, last = incident.first, incident.last
    return {
        "kind": incident.kind,
        "code": incident.code,
        "bus_id": incident.bus_id,
        "uuid": first.uuid,
        "serial": first.serial,
        "time": first.time.isoformat() if first.time else None,
        "boot_s": first.when.boot_s,
        "last_time": last.time.isoformat() if last.time else None,
        "last_boot_s": last.when.boot_s,
        "count": incident.count,
        "processes": list(incident.processes),
        "detail": first.detail,
        "line": first.line,
        "again_within_a_day": advice.is_second,
        "extraction": advice.extraction,
        "action": _action_fields(advice.action),
    }
