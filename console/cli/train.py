"""``train list|run|results|grant``: practice on simulated equipment, with a log of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.cli import options as opt
from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.cli.train_stage import TrainingStage
    from console.session.running.script import Script
    from console.training.inbox import Verdict
    from console.training.paper import Paper
    from console.training.people import Trainee

app = typer.Typer(
    help="Training on simulated equipment; passing grants a qualification.", no_args_is_help=True
)
Site = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder of the site whose people train; none: the demo."),
]
_DEMO_PERSON = "chen"


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="train")


@app.command(name="list")
def list_scenarios(as_json: opt.AsJson = False) -> None:
    """List the scenarios with what passing each grants.

    Example: [bold]tankside train list[/bold]
    """
    from console.cli.table import print_json, terminal
    from console.training.scenario import said, scenario_ids, scenario_named

    found = [scenario_named(name) for name in scenario_ids()]
    if as_json:
        print_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    from rich.table import Table

    table = Table()
    for heading in (tr("Id"), tr("Training"), tr("Procedure"), tr("Grants")):
        table.add_column(heading)
    for one in found:
        grant = ""
        if one.grant:
            told = {"qualification": one.grant.qualification, "days": one.grant.valid_days}
            grant = tr("{qualification}, {days} days", **told)
        table.add_row(one.id, said(one.title), one.procedure, grant)
    terminal().print(table)


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A shipped scenario, or a file ending in .yaml.")],
    data: Site = None,
    person: Annotated[str, typer.Option(help="Who trains.", metavar="PERSON")] = "",
    script: Annotated[
        Path | None, typer.Option(help="Play the trainee by a script, without a window (YAML).")
    ] = None,
    theme: Annotated[str | None, typer.Option(help="light, dark, contrast …")] = None,
    glove: Annotated[bool | None, typer.Option(help="Targets of 20 mm, for gloves.")] = None,
    language: Annotated[str | None, typer.Option(help="en or zh_CN.")] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Train: the real screens on simulated equipment. Nothing of it is in the site's own log.

    A script plays the trainee without a window; what it plays grants nothing. Exit code 0 when
    passed, 1 when not.

    Example: [bold]tankside train run leak-during-lift --data /srv/tankside/hall-a[/bold]
    """
    from console.cli.train_stage import training_folder, training_stage
    from console.training.scenario import scenario_named
    from console.work.events import Refused

    told = scenario_named(scenario)
    try:
        _refuse_no_display(script)
        who = _trainee(data, person)
        folder = training_folder(data, told)
        with training_stage(told, who, folder, hurry=script is not None) as stage:
            if script is not None:
                _play(stage, script)
            else:
                _window(stage, theme, glove, language)
            paper = _kept(stage, by_script=script is not None)
    except Refused as error:
        typer.echo(f"tankside: {error}", err=True)
        raise typer.Exit(2) from None
    _print(stage, paper, as_json=as_json)
    if data is not None and paper is not None:
        _deliver(data)
    raise typer.Exit(0 if paper is not None and paper.passed else 1)


@app.command()
def results(data: Site = None, as_json: opt.AsJson = False) -> None:
    """List the results of a site: what was taken into its log, refused, or waits.

    Example: [bold]tankside train results --data /srv/tankside/hall-a[/bold]
    """
    from console.cli.table import print_json, terminal
    from console.training.standing import results_of

    rows = results_of(_site(data))
    if as_json:
        print_json([row.as_dict() for row in rows])
        return
    from rich.table import Table

    table = Table()
    for heading in (tr("When"), tr("Person"), tr("Training"), tr("Points"), tr("State")):
        table.add_column(heading)
    for row in rows:
        points = "" if row.points is None else str(row.points)
        table.add_row(row.folder.partition("-")[0], row.person, row.scenario, points, row.sentence)
    terminal().print(table)


@app.command()
def grant(data: Site = None, as_json: opt.AsJson = False) -> None:
    """Take results that wait into the site's log, while no console runs there.

    The console does the same whenever it opens. Exit code 1 where a result was refused.

    Example: [bold]tankside train grant --data /srv/tankside/hall-a[/bold]
    """
    from console.cli.table import print_json

    verdicts = _take(_site(data))
    if as_json:
        print_json([{"file": v.file, "taken": v.is_taken, "outcome": v.outcome} for v in verdicts])
    else:
        _say(verdicts)
        if not verdicts:
            typer.echo(tr("Nothing waits."))
    raise typer.Exit(0 if all(verdict.is_taken for verdict in verdicts) else 1)


# ---- helpers ----


def _site(data: Path | None) -> Path:
    if data is None:
        raise FileError(tr("Say whose results, with --data."))
    return data


def _refuse_no_display(script: Path | None) -> None:
    from console.work.events import Refused

    if script is None and not _has_display():
        raise Refused(tr("There is no display; --script trains without a window."))


def _trainee(data: Path | None, person: str) -> Trainee:
    """Return who trains: who is named, the demo's technician, or the only one that there is."""
    from console.training.people import trainee_named, trainees
    from console.work.events import Refused

    named = person or (_DEMO_PERSON if data is None else "")
    if named:
        return trainee_named(data, named)
    known = trainees(data)
    if len(known) == 1:
        return known[0]
    names = ", ".join(one.id for one in known) or tr("nobody")
    raise Refused(tr("Say who trains, with --person; there are {names}.", names=names))


def _play(stage: TrainingStage, path: Path) -> None:
    """Let a script play the trainee, who proves with the PIN who they are."""
    from console.session.running.script import load_script
    from console.training.headless import ScriptedTrainee

    script: Script = load_script(path)
    trainer = stage.trainer
    _sign_in(stage)
    trainer.begin(by_script=True)
    ScriptedTrainee(trainer, script).play()


def _sign_in(stage: TrainingStage) -> None:
    from console.cli.work_access import ask_pin
    from console.training.people import demo_pin
    from console.work.events import Refused

    who, place = stage.trainer.who, stage.trainer.place
    pin = ask_pin(tr("PIN of {person}", person=who.id)) if who.is_real else demo_pin(who.id)
    refused: list[str] = []
    place.sign_in(who.id, pin, lambda: None, refused.append)
    place.settle()
    if refused:
        raise Refused(refused[0])


def _window(
    stage: TrainingStage, theme: str | None, glove: bool | None, language: str | None
) -> None:
    from console.ui.training.window import run_training

    run_training(stage.trainer, theme=theme, glove=glove, language=language)


def _kept(stage: TrainingStage, *, by_script: bool) -> Paper | None:
    """Write the result; None where the training was never begun."""
    stage.trainer.give_up()
    if stage.trainer.score is None:
        return None
    try:
        return stage.keep_result(by_script=by_script)
    except OSError as error:
        why = error.strerror or str(error)
        raise FileError(tr("The result could not be written: {why}", why=why)) from None


def _print(stage: TrainingStage, paper: Paper | None, *, as_json: bool) -> None:
    from console.cli.table import print_json
    from console.training.report import result_lines

    score = stage.trainer.score
    if paper is None or score is None:
        typer.echo(tr("The training was not begun; nothing is kept of it."), err=True)
        return
    if as_json:
        print_json(paper.model_dump(mode="json", by_alias=True))
        return
    for line in result_lines(score):
        typer.echo(line)
    typer.echo(tr("The log of the training: {folder}", folder=stage.folder))


def _deliver(site: Path) -> None:
    """Take the result at once where no console runs at the site."""
    try:
        _say(_take(site), err=True)
    except FileError:
        typer.echo(
            tr("A console runs at the site: it takes the result when it is next opened."), err=True
        )


def _take(site: Path) -> list[Verdict]:
    from console.cli.work_access import opened
    from console.training.inbox import Inbox
    from drivers.points import Stamp

    with opened(site) as room:
        return Inbox(room.desk, room.record, site, Stamp.now).take()


def _say(verdicts: list[Verdict], *, err: bool = False) -> None:
    for verdict in verdicts:
        text = tr("{file}: {why}", file=verdict.file, why=verdict.sentence)
        typer.echo(text, err=err or not verdict.is_taken)


def _has_display() -> bool:
    if sys.platform in {"win32", "darwin"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))
