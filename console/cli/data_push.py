"""``data push``: the telemetry sent to a VictoriaMetrics server."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.cli.data_places import (
    SiteArgument,
    folder_of,
    loaded,
    moment,
    progress,
    size_text,
    tell_damage,
    time_text,
)
from console.text import tr

if TYPE_CHECKING:
    from console.data_push import PushPlan, PushReport
    from console.push_series import Naming
    from console.push_server import PushServer, ServerOptions
    from console.site import LoadedSite

_HOUR_US = 3_600_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="push")(push)


def push(
    url: Annotated[str, typer.Argument(help="The server: http://metrics.example:8428")],
    site: SiteArgument = None,
    data: opt.Data = None,
    since: Annotated[
        str | None, typer.Option(help="Nothing from before: 2026-11-21 (UTC) or 7d (ago).")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A label on every series; may be repeated."),
    ] = None,
    ca: Annotated[
        Path | None, typer.Option(help="Certificates to trust instead of the system's.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A file with a bearer token for the server.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for an answer.", min=0.1)] = 60.0,
    patience: Annotated[
        float, typer.Option(help="Seconds of trouble after which the push gives up.", min=0)
    ] = 600.0,
    compare: Annotated[
        bool, typer.Option("--compare", help="Ask the server for every hour what it has.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="Never ask; what is in doubt is sent again.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be sent.")
    ] = False,
    as_json: opt.AsJson = False,
) -> None:
    """Send what the server does not have yet; interrupted, it goes on where it was.

    Example: [bold]tankside data push https://metrics.example:8428 hall-a.toml --since 30d[/bold]
    """
    from console.data_push import PushPlan
    from console.push_server import PushServer, ServerOptions

    found = loaded(site)
    folder = folder_of(site, data)
    plan = PushPlan(
        naming=_naming(found, str(site) if site and not found else folder.name, label or []),
        since_us=moment(since) if since else None,
        compare=compare,
        resend=resend,
        dry=dry_run,
        patience_s=patience,
    )
    options = ServerOptions(ca_file=ca, token_file=token_file, timeout_s=timeout)
    report = _run(folder, url, options, plan)
    if as_json:
        from console.cli.table import print_json

        print_json({**asdict(report), "url": PushServer(url).url, "dry": dry_run})
    else:
        _tell(report, PushServer(url), dry=dry_run)
    tell_damage(report.damaged)


def _run(folder: Path, url: str, options: ServerOptions, plan: PushPlan) -> PushReport:
    from console.data_push import Pusher
    from console.push_server import PushServer

    server = PushServer(url, options)
    with progress() as line:

        def told(report: PushReport, key: tuple[int, str]) -> None:
            at = time_text(key[0] * _HOUR_US)
            line.show(
                tr("{time} {part}: {count} samples", time=at, part=key[1], count=report.samples)
            )

        pusher = Pusher(folder, server, plan, told=told)
        if plan.dry:
            return pusher.run()
        with server:
            return pusher.run()


def _tell(report: PushReport, server: PushServer, *, dry: bool) -> None:
    if dry:
        typer.echo(
            tr(
                "{count} samples of {hours} hours would be sent to {url}",
                count=report.samples,
                hours=report.sent_hours,
                url=server.url,
            )
        )
        return
    typer.echo(
        tr(
            "{count} samples of {hours} hours sent to {url} ({size})",
            count=report.samples,
            hours=report.sent_hours,
            url=server.url,
            size=size_text(report.bytes),
        )
    )
    if report.late:
        typer.echo(tr("{count} hours had late samples", count=report.late))


def _naming(found: LoadedSite | None, name: str, labels: list[str]) -> Naming:
    from console.push_series import Naming

    common = {"site": found.site.site.id if found else name}
    for text in labels:
        key, value = _label(text)
        common[key] = value
    return Naming(common, _about(found) if found else {})


def _label(text: str) -> tuple[str, str]:
    from console.push_series import LABEL, RESERVED

    key, equals, value = text.partition("=")
    if not (equals and value and LABEL.match(key)) or (key in RESERVED and key != "site"):
        raise typer.BadParameter(
            tr("'{text}' is no label; write NAME=VALUE, and no name that is taken", text=text)
        )
    return key, value


def _about(found: LoadedSite) -> dict[str, dict[str, str]]:
    """Return what the site file says of each part."""
    site = found.site
    about = {
        tank.id: {"name": tank.name, "kind": "tank", "hall": tank.hall, "model": tank.map}
        for tank in site.tank
    }
    for host in site.host:
        for gpu in host.expected:
            about[f"{host.id}/gpu{gpu.slot}"] = {
                "name": f"{host.name} GPU {gpu.slot}",
                "kind": "gpu",
                "tank": host.tank or "",
                "model": gpu.model,
                "serial": gpu.serial,
                "uuid": gpu.uuid,
            }
    return about
