"""How every result beside a site's log stands: taken, refused, or waiting. For supervisors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.history.events import JSON
from console.history.reader import LogReader
from console.text import tr
from console.training.kinds import TrainingKind
from console.training.paper import PaperError, papers_in, read
from console.training.words import GRANTS, REFUSALS


@dataclass(frozen=True, slots=True)
class Standing:
    """One result. ``state`` is ``waits``, ``taken`` or ``refused``; ``points`` None: unreadable."""

    folder: str
    person: str
    scenario: str
    points: int | None
    passed: bool
    state: str
    sentence: str
    at_us: int

    def as_dict(self) -> dict[str, JSON]:
        """Return it for JSON."""
        return {
            "folder": self.folder,
            "person": self.person,
            "scenario": self.scenario,
            "points": self.points,
            "passed": self.passed,
            "state": self.state,
            "sentence": self.sentence,
            "at_us": self.at_us,
        }


def results_of(site: Path) -> list[Standing]:
    """Return the results of a site, oldest first; raises StorageError.

    What the site's log tells comes first; what is only a file waits and is shown as what it says.
    """
    kinds = (str(TrainingKind.TAKEN), str(TrainingKind.REFUSED))
    known: dict[tuple[str, str], Standing] = {}
    for event in LogReader(site).of_kinds(kinds):
        where = str(event.body.get("file", "")), str(event.body.get("sha256", ""))
        known[where] = _told(event.kind, event.body, event.utc_us)
    found = list(known.values())
    for path in papers_in(site):
        waiting = _waiting(path)
        if waiting is not None and waiting[0] not in known:
            found.append(waiting[1])
    return sorted(found, key=lambda one: (one.folder, one.at_us))


def _told(kind: str, body: Mapping[str, Any], at_us: int) -> Standing:
    points = body.get("points")
    return Standing(
        folder=str(body.get("file", "")),
        person=str(body.get("person", "")),
        scenario=str(body.get("scenario", "")),
        points=points if isinstance(points, int) else None,
        passed=body.get("passed") is True,
        state="taken" if kind == TrainingKind.TAKEN else "refused",
        sentence=_sentence(kind, body),
        at_us=at_us,
    )


def _sentence(kind: str, body: Mapping[str, Any]) -> str:
    table = GRANTS if kind == TrainingKind.TAKEN else REFUSALS
    word = str(body.get("outcome" if kind == TrainingKind.TAKEN else "why", ""))
    values = body.get("values")
    try:
        return tr(table[word], **(values if isinstance(values, Mapping) else {}))
    except KeyError:
        return str(body.get("sentence", word))


def _waiting(path: Path) -> tuple[tuple[str, str], Standing] | None:
    name = path.parent.name
    try:
        paper, digest = read(path)
    except PaperError as error:
        told = Standing(name, "", "", None, False, "waits", str(error.args[0]), 0)
        return (name, str(error.args[1])), told
    told = Standing(
        name,
        paper.person,
        paper.scenario,
        paper.points,
        paper.passed,
        "waits",
        tr("Waits for the site's console to take it"),
        paper.ended_us,
    )
    return (name, digest), told
