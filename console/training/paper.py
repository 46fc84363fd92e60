"""The result of a training as a file that the site's console can trust.

It is sealed with the site's pepper, which never leaves the machine: what was altered, written by
hand or brought from another machine does not have its seal. It names the log of the training by
the hash of its last event, so that a log altered afterwards no longer proves it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.text import tr
from console.training.kinds import TrainingKind
from console.training.result import Score
from console.training.scenario import Scenario
from console.work.people.secrets import SecretStore
from drivers.files import FileModel

NAME = "result.json"
_MOST_BYTES = 2_000_000
_HEX = r"^[0-9a-f]{64}$"


class PaperError(Exception):
    """A file that is no result of a training: one sentence for a person."""


class LogEnd(FileModel):
    """The last event that counts of a training's log: its chain, its number, its hash."""

    device: str = Field(min_length=1, max_length=100)
    sequence: int = Field(ge=1)
    hash: str = Field(pattern=_HEX)


class Paper(FileModel):
    """A result. ``device`` is the id of the site's log for which it was made, empty for none."""

    schema_: Literal["training-result/1"] = Field(alias="schema")
    id: str = Field(min_length=8, max_length=100)
    device: str = Field(max_length=100)
    person: str = Field(min_length=1, max_length=100)
    scenario: str = Field(min_length=1, max_length=100)
    title: dict[str, str]
    procedure: str
    revision: str
    points: int = Field(ge=0, le=100)
    passed: bool
    pass_mark: int = Field(ge=1, le=100)
    qualification: str = Field(default="", max_length=100)
    valid_days: int = Field(default=0, ge=0, le=3650)
    ended_us: int = Field(ge=0, le=2**53)
    by_script: bool
    log: LogEnd
    score: dict[str, Any]
    seal: str = ""

    @property
    def text(self) -> str:
        """What the seal is of: everything else, as canonical JSON."""
        told = self.model_dump(mode="json", by_alias=True, exclude={"seal"})
        return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @property
    def until_us(self) -> int:
        """When the qualification ends."""
        return self.ended_us + self.valid_days * 86_400_000_000

    def sealed(self, secrets: SecretStore) -> Paper:
        """Return it with its seal; raises SecretsError."""
        return self.model_copy(update={"seal": secrets.vouch(self.text)})

    def is_genuine(self, secrets: SecretStore) -> bool:
        """Whether the seal is of this machine and of exactly this; raises SecretsError."""
        return hmac.compare_digest(secrets.vouch(self.text), self.seal)


def paper_of(
    score: Score, scenario: Scenario, revision: str, device: str, ended_us: int, log: LogEnd
) -> Paper:
    """Return the result of a training, not yet sealed."""
    return Paper(
        schema="training-result/1",
        id=str(uuid.uuid4()),
        device=device,
        person=score.person,
        scenario=scenario.id,
        title=scenario.title,
        procedure=scenario.procedure,
        revision=revision,
        points=score.points,
        passed=score.passed,
        pass_mark=score.pass_mark,
        qualification=scenario.grant.qualification if scenario.grant else "",
        valid_days=scenario.grant.valid_days if scenario.grant else 0,
        ended_us=ended_us,
        by_script=False,
        log=log,
        score=score.as_dict(),
    )


def end_of(folder: Path) -> LogEnd:
    """Return the end of a training's log; raises PaperError where it did not end."""
    events = LogReader(folder).of_kinds((str(TrainingKind.ENDED),))
    if not events:
        raise PaperError(tr("The training did not come to an end."))
    last = events[-1]
    return LogEnd(device=last.device_id, sequence=last.sequence, hash=last.hash)


def proves(folder: Path, end: LogEnd) -> bool:
    """Whether the log in a folder is unaltered and ends as a result says."""
    try:
        reader = LogReader(folder)
        ends = reader.of_kinds((str(TrainingKind.ENDED),))
        is_there = any(
            (one.device_id, one.sequence, one.hash) == (end.device, end.sequence, end.hash)
            for one in ends
        )
        return is_there and reader.verify().ok
    except StorageError:
        return False


def write(folder: Path, paper: Paper) -> Path:
    """Write a result beside its log; raises OSError."""
    path = folder / NAME
    told = paper.model_dump(mode="json", by_alias=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> tuple[Paper, str]:
    """Return a result and the SHA-256 of its file; raises PaperError with the hash in ``args``."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise PaperError(tr("The file is far too large for a result."), "")
        raw = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise PaperError(tr("The file cannot be read: {why}", why=why), "") from None
    digest = hashlib.sha256(raw).hexdigest()
    try:
        return Paper.model_validate_json(raw), digest
    except (ValidationError, ValueError, RecursionError):
        raise PaperError(tr("The file is damaged, or no result of a training."), digest) from None


def papers_in(site: Path) -> list[Path]:
    """Return the result files of a site's trainings, the oldest folder first."""
    return sorted((site / "training").glob(f"*/{NAME}"))
