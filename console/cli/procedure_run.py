"""``procedure run``: a whole run without a window, with scripted people."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.cli.procedure_stage import Stage
    from console.history.feed import FeedEntry
    from console.session.running.drive import Driver
    from console.session.running.script import Script
    from procedures.engine.state import Run
    from procedures.revision import Revision

_BEFORE_S = 1500.0
_PLANT = (1, 4, 8, 7)
"""Tanks, hosts, GPUs in each, seed: the same site for every demo run."""
_SHOWN = ("work.", "order.", "alarm.", "fault.")


def register(group: typer.Typer) -> None:
    """Add the command to the group ``procedure``."""
    group.command(name="run")(run)


def run(
    name: Annotated[str, typer.Argument(metavar="PROCEDURE", help="A file or a shipped id.")],
    script: Annotated[Path, typer.Option(help="What people measure, scan, sign and do (YAML).")],
    site: Annotated[
        Path | None, typer.Argument(help="A site file; needs --people and runs as training.")
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="On the simulator, without waiting.")
    ] = False,
    people: Annotated[
        Path | None, typer.Option(help="The people, as in resources/demo/people.toml.")
    ] = None,
    training: Annotated[
        bool, typer.Option("--training", help="A draft too; nothing counts as done.")
    ] = False,
    data: opt.Data = None,
    as_json: opt.AsJson = False,
) -> None:
    """Run a procedure with scripted people and print every event as it reaches the disk.

    Exit code 0 when the work was finished, 1 when it was made safe or got stuck.

    Example: [bold]tankside procedure run extract-server --demo --script extract.yaml[/bold]
    """
    from console.cli.procedure import revision_named, sentence_text
    from console.cli.procedure_stage import ActError
    from console.session.running.binding import BindingError
    from console.session.running.drive import StuckError
    from console.session.running.script import load_script

    if demo == (site is not None):
        raise typer.BadParameter(tr("give a site file or --demo"))
    job = _Job(revision_named(name), load_script(script), people, training, _printer(as_json))
    try:
        ended = job.on_demo(data) if site is None else job.on_site(site, data)
    except StuckError as stuck:
        why = "; ".join(sentence_text(one) for one in stuck.reasons)
        typer.echo(tr("stuck at {step}: {reason}", step=stuck.step, reason=why), err=True)
        raise typer.Exit(1) from None
    except (ActError, BindingError) as error:
        raise FileError(str(error)) from None
    typer.echo(tr("came to its end: {state}", state=ended.status), err=True)
    raise typer.Exit(0 if ended.status == "finished" else 1)


@dataclass(frozen=True)
class _Job:
    """What one call of the command is to do."""

    revision: Revision
    script: Script
    people: Path | None
    training: bool
    heard: Callable[[FeedEntry], None]

    def on_demo(self, data: Path | None) -> Run:
        """Run on the simulator; with people of its own under a work order where the script asks."""
        import tempfile

        from console.cli.procedure_stage import paused_stage
        from drivers.simulator.options import PlantOptions

        options = PlantOptions(*_PLANT)
        with tempfile.TemporaryDirectory(prefix="tankside-run-") as folder:
            where = data or Path(folder)
            now_us = time.time_ns() // 1000 if data else None
            with paused_stage(
                where, options, self.script.target, before_s=_BEFORE_S, end_us=now_us
            ) as stage:
                return self._with_people(stage)

    def on_site(self, site: Path, data: Path | None) -> Run:
        """Run on a site as it is; scripted people prove nothing, so it is training."""
        from console.app import open_site
        from console.cli.procedure_stage import driven, roster_of, site_stage

        if self.people is None:
            raise typer.BadParameter(tr("a run on a site needs --people"))
        roster = roster_of(self.people)
        with (
            site_stage(open_site(site, data)) as stage,
            driven(stage, lambda: roster, self.heard) as driver,
        ):
            return self._run(driver, stage, training=True)

    def _with_people(self, stage: Stage) -> Run:
        from console.cli.procedure_order import OrderWalk, demo_room
        from console.cli.procedure_stage import driven, roster_in, roster_of

        if self.people is not None:
            roster = roster_of(self.people)
            with driven(stage, lambda: roster, self.heard) as driver:
                return self._run(driver, stage, training=self.training)
        with (
            demo_room(stage.session) as room,
            driven(stage, lambda: roster_in(room), self.heard) as driver,
        ):
            if not self.script.order or self.training:
                return self._run(driver, stage, training=self.training)
            walk = OrderWalk(room, self.script)
            walk.make_ready(self.revision)
            ended = self._run(driver, stage, training=False, begun=walk.link)
            if ended.status == "finished":
                walk.close()
            driver.gather()
            return ended

    def _run(
        self,
        driver: Driver,
        stage: Stage,
        *,
        training: bool,
        begun: Callable[[str], object] = lambda _run: None,
    ) -> Run:
        from console.session.running import NewRun, bind
        from console.session.running.crew import Crew
        from console.session.running.drive import StuckError
        from console.work.photos import PhotoStore

        if not training:
            put_in_force(driver, self.revision)
        script, procedure = self.script, self.revision.procedure
        who = script.people
        crew = tuple(dict.fromkeys((who.technician, who.verifier, who.supervisor)))
        year_us = driver.session.now().utc_us + 365 * 86_400_000_000
        tools = {tool.id: year_us for tool in procedure.requires.tools}
        spares = {spare.id: f"SERIAL-{spare.id}" for spare in procedure.requires.spares}
        new = NewRun(who.technician, crew, script.language, tools, spares, training)
        bound = bind(driver.session, procedure, script.target)
        name, decision = driver.desk.begin(self.revision, bound, new)
        if not decision.is_allowed:
            raise StuckError("", decision.refusals)
        driver.settle()
        begun(name)
        photos = PhotoStore(driver.session.data)
        ended = driver.drive(name, Crew(script, procedure, stage.world, photos))
        driver.look()
        driver.gather()
        return ended


def put_in_force(driver: Driver, revision: Revision) -> None:
    """Let the demo's author and approver put a revision in force, if it is not yet."""
    for state, step in (("review", driver.desk.submit), ("approved", driver.desk.approve)):
        if driver.desk.state_of(revision) in {state, "approved"}:
            continue
        step(revision, "haddad" if state == "review" else "berg")
        _wait_for(driver, revision, state)


def _wait_for(driver: Driver, revision: Revision, state: str, timeout_s: float = 30.0) -> None:
    end_s = time.monotonic() + timeout_s
    while driver.desk.state_of(revision) != state:
        if time.monotonic() > end_s:
            raise FileError(driver.session.history.status.sentence or tr("The log is closed."))
        driver.look()
        time.sleep(0.005)


def _printer(as_json: bool) -> Callable[[FeedEntry], None]:
    def heard(entry: FeedEntry) -> None:
        event = entry.event
        if not event.kind.startswith(_SHOWN):
            return
        if as_json:
            told: dict[str, object] = {
                "kind": event.kind,
                "subject": event.subject,
                "actor": event.actor,
                "utc_us": event.utc_us,
                "recorded": entry.recorded,
                "body": dict(event.body),
            }
            line = json.dumps(told, ensure_ascii=False, default=str)
        else:
            line = _line(entry)
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    return heard


def _line(entry: FeedEntry) -> str:
    from datetime import UTC, datetime

    event = entry.event
    at = datetime.fromtimestamp(event.utc_us / 1e6, UTC).strftime("%H:%M:%S")
    step = str(event.body.get("step") or event.body.get("alarm") or "")
    what = next((str(event.body[key]) for key in _DETAILS if event.body.get(key)), "")
    return f"{at}  {event.kind:24} {event.actor:8} {event.subject:14} {step:22} {what}".rstrip()


_DETAILS = ("value", "scan", "item", "answer", "gate", "why", "reason", "level_mm", "to", "text")
