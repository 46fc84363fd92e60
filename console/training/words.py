"""What events of training say, from a body of whatever version.

Every teller may raise what a body of another shape raises; :mod:`console.event_text` then shows
the body as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.text import tr
from console.training.kinds import TrainingKind

Body = Mapping[str, Any]
REFUSALS = {
    "unreadable": "{why}",
    "other_machine": "It was made on another machine, or for another log.",
    "forged": "It was altered after the training, or not made by this console.",
    "replayed": "It has been counted already, from {folder}.",
    "log": "The log of the training is not there, or was altered.",
    "future": "It is from the future; set the clock right.",
    "stranger": "There is nobody called {person} here who is active.",
}
"""Why a result is refused; a key of the catalogue each."""
GRANTS = {
    "granted": "{qualification} until {day}",
    "failed": "Not passed; nothing is granted",
    "script": "Played by a script; nothing is granted",
    "nothing": "This scenario grants nothing",
    "ended": "The qualification would have ended already",
    "longer": "{qualification} is valid for longer already",
}
"""What came of a result that was taken; a key of the catalogue each."""


def _begun(body: Body) -> str:
    return tr("{person} trains {scenario}", person=body["person"], scenario=body["scenario"])


def _fault(body: Body) -> str:
    return tr("{fault}: {inject}", fault=body["fault"], inject=body["inject"])


def _read(body: Body) -> str:
    return tr("Another label was looked for; it reads {reads}", reads=body["reads"])


def _asked(body: Body) -> str:
    if body["granted"]:
        return tr("The supervisor was asked to let {gate} pass, and does", gate=body["gate"])
    return tr("The supervisor was asked to let {gate} pass, and does not", gate=body["gate"])


def _ended(body: Body) -> str:
    if body["passed"]:
        return tr("Passed with {points} points", points=body["points"])
    return tr("Not passed, {points} points", points=body["points"])


def _taken(body: Body) -> str:
    outcome = tr(GRANTS[str(body["outcome"])], **body["values"])
    return tr(
        "{scenario}: {points} points of {mark} needed. {outcome}",
        scenario=body["scenario"],
        points=body["points"],
        mark=body["pass_mark"],
        outcome=outcome,
    )


def _refused(body: Body) -> str:
    why = tr(REFUSALS[str(body["why"])], **body["values"])
    return tr("{file}: {why}", file=body["file"], why=why)


TELLERS: dict[str, Callable[[Body], str]] = {
    TrainingKind.BEGUN: _begun,
    TrainingKind.FAULT: _fault,
    TrainingKind.LABEL_READ: _read,
    TrainingKind.OVERRIDE_ASKED: _asked,
    TrainingKind.ENDED: _ended,
    TrainingKind.TAKEN: _taken,
    TrainingKind.REFUSED: _refused,
}
