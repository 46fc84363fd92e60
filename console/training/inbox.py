"""Taking results of trainings into the site's log: checked, granted or refused, and told.

It is done when the site's console opens, or by ``tankside train`` while no console runs. A result
counts once. What is refused is recorded once, with the sentence that says why.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.history.events import JSON, EventDraft
from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.text import tr
from console.training.kinds import TrainingKind
from console.training.paper import Paper, PaperError, papers_in, proves, read
from console.training.people import ACTOR
from console.training.words import GRANTS, REFUSALS
from console.work.desk import WorkDesk
from console.work.events import Kind
from console.work.people.secrets import SecretsError, SecretStore
from drivers.points import Stamp

if TYPE_CHECKING:
    from console.session.workplace import Workplace

_logger = logging.getLogger(__name__)
_AHEAD_US = 86_400_000_000
"""How far a result may be ahead of the clock here: a clock set back is no forgery."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one result file: taken or refused, and what followed, a word of the tables."""

    file: str
    is_taken: bool
    outcome: str
    values: Mapping[str, JSON]
    paper: Paper | None = None

    @property
    def sentence(self) -> str:
        """It in words, in the language in use."""
        return tr((GRANTS if self.is_taken else REFUSALS)[self.outcome], **self.values)


class Inbox:
    """The results beside one site's log. ``log`` is the id of that log; one thread uses it."""

    def __init__(
        self,
        desk: WorkDesk,
        record: Callable[[EventDraft], None],
        site: Path,
        clock: Callable[[], Stamp],
    ) -> None:
        self._desk = desk
        self._record = record
        self._site = site
        self._clock = clock
        self._secrets = SecretStore(site)
        self._taken: dict[str, tuple[str, str]] = {}
        self._refused: set[tuple[str, str]] = set()

    def take(self) -> list[Verdict]:
        """Take everything that is new; raises StorageError where the log cannot be read."""
        kinds = (str(TrainingKind.TAKEN), str(TrainingKind.REFUSED))
        for event in LogReader(self._site).of_kinds(kinds):
            self._know(event.kind, event.body)
        return [verdict for path in papers_in(self._site) if (verdict := self._look(path))]

    def _know(self, kind: str, body: Mapping[str, Any]) -> None:
        where = str(body.get("file", "")), str(body.get("sha256", ""))
        if kind == TrainingKind.TAKEN:
            self._taken[str(body.get("result", ""))] = where
        else:
            self._refused.add(where)

    def _look(self, path: Path) -> Verdict | None:
        """Judge one file and tell the log; None where that was done before."""
        name = path.parent.name
        try:
            paper, digest = read(path)
        except PaperError as error:
            told, digest = str(error.args[0]), str(error.args[1])
            verdict = Verdict(name, False, "unreadable", {"why": told})
        else:
            if self._taken.get(paper.id) == (name, digest):
                return None
            verdict = self._judge(path, paper)
        if (name, digest) in self._refused:
            return None
        self._tell(verdict, digest)
        return verdict

    def _judge(self, path: Path, paper: Paper) -> Verdict:
        name = path.parent.name
        fault = self._fault(path, paper)
        if fault:
            return Verdict(name, False, *fault, paper)
        outcome, until_us = self._grant(paper)
        values: dict[str, JSON] = {"qualification": paper.qualification}
        if until_us:
            values["day"] = day_of(until_us)
        return Verdict(name, True, outcome, values, paper)

    def _fault(self, path: Path, paper: Paper) -> tuple[str, dict[str, JSON]] | None:
        """Return why a result does not count, as a word of ``REFUSALS`` and its values."""
        forged = self._forged(paper)
        if forged:
            return forged
        if not proves(path.parent, paper.log):
            return "log", {}
        if paper.ended_us > self._desk.now().utc_us + _AHEAD_US:
            return "future", {}
        person = self._desk.book.people.get(paper.person)
        if person is None or not person.active:
            return "stranger", {"person": paper.person}
        return None

    def _forged(self, paper: Paper) -> tuple[str, dict[str, JSON]] | None:
        """Return why a result is not one that this machine made, or not for the first time."""
        if paper.device != self._desk.log:
            return "other_machine", {}
        try:
            if not paper.is_genuine(self._secrets):
                return "forged", {}
        except SecretsError as error:
            return "unreadable", {"why": str(error)}
        if paper.id in self._taken:
            return "replayed", {"folder": self._taken[paper.id][0]}
        return None

    def _grant(self, paper: Paper) -> tuple[str, int]:
        """Grant what a result is worth; returns a word of ``GRANTS`` and until when, UTC us."""
        held = self._desk.book.people.get(paper.person)
        found = held.qualified.get(paper.qualification) if held else None
        if not paper.passed:
            return "failed", 0
        if paper.by_script:
            return "script", 0
        if not paper.qualification:
            return "nothing", 0
        if paper.until_us <= self._desk.now().utc_us:
            return "ended", 0
        if found is not None and found.until_us >= paper.until_us:
            return "longer", 0
        because = f"training {paper.scenario}: {paper.points} points, log {paper.log.hash}"
        body: dict[str, JSON] = {"qualification": paper.qualification}
        body |= {"until_us": paper.until_us, "because": because}
        subject = held.id if held else paper.person
        self._desk.tell(Kind.PERSON_QUALIFIED, subject, body, ACTOR)
        return "granted", paper.until_us

    def _tell(self, verdict: Verdict, digest: str) -> None:
        """Tell the log, after what was granted: a crash in between grants the same again."""
        body: dict[str, JSON] = {"file": verdict.file, "sha256": digest}
        paper = verdict.paper
        if paper is not None:
            body |= {
                "result": paper.id,
                "person": paper.person,
                "scenario": paper.scenario,
                "points": paper.points,
                "passed": paper.passed,
                "pass_mark": paper.pass_mark,
                "qualification": paper.qualification,
                "by_script": paper.by_script,
                "log": paper.log.hash,
            }
        if verdict.is_taken and paper is not None:
            self._taken[paper.id] = verdict.file, digest
            body |= {"outcome": verdict.outcome, "values": dict(verdict.values)}
            kind, subject = TrainingKind.TAKEN, paper.person
        else:
            self._refused.add((verdict.file, digest))
            text = REFUSALS[verdict.outcome].format(**verdict.values)
            body |= {"why": verdict.outcome, "values": dict(verdict.values), "sentence": text}
            kind, subject = TrainingKind.REFUSED, ACTOR
        self._record(EventDraft(kind, subject, body, self._clock(), ACTOR))


def day_of(utc_us: int) -> str:
    """Return the last day before a moment: YYYY-MM-DD in UTC."""
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp((utc_us - 1) / 1e6, UTC):%Y-%m-%d}"


def take_results(place: Workplace, site: Path, clock: Callable[[], Stamp]) -> None:
    """Take the results beside a site's log as its workplace is opened; trouble is told, not raised.

    Nobody is kept from work because a result cannot be read.
    """
    try:
        Inbox(place.room.desk, place.record, site, clock).take()
    except (StorageError, OSError) as error:
        _logger.error("results of trainings could not be taken: %s", error)  # noqa: TRY400  it is told
