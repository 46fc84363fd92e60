"""Where a training happens: equipment simulated in this program, a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from console.app import data_root
from console.demo import PausedDemo
from console.history.reader import LogReader
from console.history.status import StorageState
from console.text import tr
from console.training import paper as papers
from console.training.lint import faults_in
from console.training.paper import Paper
from console.training.people import SiteSecrets, Trainee, log_id
from console.training.scenario import Scenario, act_of
from console.training.trainer import Trainer
from console.work.events import Refused
from drivers.files import FileError
from drivers.simulator.fault_kinds import Parameter
from drivers.simulator.options import PlantOptions
from procedures.document import load_document, procedure_path
from procedures.register_events import Revisions
from procedures.revision import Revision, compile_procedure

PLANT = PlantOptions(tanks=1, hosts=2, gpus_per_host=2)
"""The tank that every training happens at."""
DEMO_FOLDER = "training-demo"
_FIRST_S = 60.0
_LEAST_S = 420.0


class PausedWorld:
    """The simulated equipment of a paused demo."""

    def __init__(self, demo: PausedDemo) -> None:
        self._demo = demo

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        """Do one act of work on a host; ValueError names what there is."""
        self._demo.plant.handle(act, host, amount)

    def inject(
        self,
        name: str,
        target: str | None,
        duration_s: float | None,
        parameters: Mapping[str, Parameter],
    ) -> str:
        """Begin a fault and return what it hit; ValueError names what there is."""
        event = self._demo.plant.inject(
            name, target, duration_s=duration_s, parameters=dict(parameters)
        )
        return event.target

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._demo.advance(seconds)


@dataclass(frozen=True)
class TrainingStage:
    """A training ready to begin, and where its log lies."""

    trainer: Trainer
    demo: PausedDemo
    folder: Path

    def keep_result(self, *, by_script: bool) -> Paper:
        """Write the sealed result beside the training's log; raises OSError or PaperError."""
        trainer = self.trainer
        if trainer.score is None:
            raise papers.PaperError(tr("The training did not come to an end."))
        site = trainer.who.site
        device = log_id(LogReader(site)) if site else ""
        found = papers.paper_of(
            trainer.score,
            trainer.scenario,
            trainer.revision.digest,
            device,
            time.time_ns() // 1000,
            papers.end_of(self.folder),
        ).model_copy(update={"by_script": by_script})
        if site is not None:
            found = found.sealed(SiteSecrets(site))
        papers.write(self.folder, found)
        return found


def revision_for(scenario: Scenario, site: Path | None) -> Revision:
    """Return the procedure in force at the site, or the shipped one.

    Raises FileError where the scenario names steps, gates or faults that it does not have.
    """
    found = _in_force(scenario.procedure, site) if site else None
    if found is None:
        document = load_document(procedure_path(scenario.procedure))
        found = compile_procedure(document.procedure)
    faults = faults_in(scenario, found.procedure)
    if faults:
        told = "\n".join(faults)
        raise FileError(
            tr(
                "{scenario} does not fit {procedure}:\n{faults}",
                scenario=scenario.id,
                procedure=scenario.procedure,
                faults=told,
            )
        )
    return found


def _in_force(procedure: str, site: Path) -> Revision | None:
    from console.session.running.record import PROCEDURE_KINDS

    revisions = Revisions()
    for event in LogReader(site).of_kinds(PROCEDURE_KINDS):
        revisions.take(event)
    return revisions.in_force(procedure)


def demo_root() -> Path:
    """Return where trainings lie that are of no site."""
    return data_root() / DEMO_FOLDER


def training_folder(site: Path | None, scenario: Scenario, now: datetime | None = None) -> Path:
    """Make and return the folder of a new training; raises FileError."""
    root = (site or demo_root()) / "training"
    when = f"{now or datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    for number in range(1, 1000):
        name = f"{when}-{scenario.id}" + (f"-{number}" if number > 1 else "")
        try:
            (root / name).mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            why = error.strerror or str(error)
            raise FileError(tr("{file} cannot be made: {why}", file=root / name, why=why)) from None
        return root / name
    raise FileError(tr("{file} cannot be made: {why}", file=root, why=tr("it is full")))


def _prepare(demo: PausedDemo, scenario: Scenario) -> None:
    """Do to the equipment what was done before the trainee comes; FileError where it cannot be."""
    host = next(iter(demo.plant.hosts))
    for words in scenario.prepared:
        verb, amount = act_of(words)
        try:
            demo.plant.handle(verb, host, amount)
        except ValueError as error:
            raise FileError(f"{scenario.id}: prepared: {error}") from None


@contextmanager
def training_stage(
    scenario: Scenario, who: Trainee, folder: Path, *, hurry: bool = False
) -> Iterator[TrainingStage]:
    """Yield a training whose workplace is open; the session ends with it.

    ``hurry`` leaves out most of the time before the work, which only the acceptance of a return to
    service looks back at.
    """
    revision = revision_for(scenario, who.site)
    options = replace(PLANT, seed=scenario.seed)
    before_s = min(scenario.before_s, _LEAST_S) if hurry else scenario.before_s
    begin_us = time.time_ns() // 1000 - round(before_s * 1e6)
    demo = PausedDemo(folder, options, seconds=_FIRST_S, end_us=begin_us, hosts_from_s=0.0)
    try:
        _prepare(demo, scenario)
        demo.advance(before_s)
        trainer = Trainer(demo.session, PausedWorld(demo), scenario, revision, who)
        place = demo.session.open_work(wait=True)
        if place.trouble:
            raise Refused(place.trouble)
        yield TrainingStage(trainer, demo, folder)
    finally:
        if demo.session.history.status.state is not StorageState.CLOSED:
            demo.close()
