"""What the rules of the linter share: a doubt, and the words that they look for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Where = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that something breaks: where, which, how bad, and a sentence."""

    path: Where
    rule: str
    severity: Severity
    text: str


IMPERATIVES = frozenset(
    """add align apply attach blow bring clamp clean clear close collect connect contain count cover
    cut disconnect drain dry enter fasten fill fit flush hand hang hoist hold insert inspect install
    isolate label lay lift lock loosen lower mark measure move open place plug pour press pull push
    put read record refill release remove replace rinse rotate screw seal secure set shut spread
    start stop switch tag take tie tighten tilt top torque transfer turn unlock unplug unscrew wait
    wear weigh wipe write""".split()
)
"""Verbs that begin an instruction in English."""

ASSURING = re.compile(r"\b(?:ensure|verify|check|confirm|make sure)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?;]\s+|\n+")
_JOINED = re.compile(r",?\s+(?:and then|and|then)\s+([a-z]+)\b", re.IGNORECASE)
SPEAKS_OF: dict[str, re.Pattern[str]] = {
    "lifting": re.compile(r"\b(?:lift|hoist|crane|sling)", re.IGNORECASE),
    "electrical": re.compile(r"\b(?:power cord|breaker|socket|mains|busbar)", re.IGNORECASE),
    "fluid": re.compile(r"\b(?:drain|immers|drip|fluid surface|top up|spill)", re.IGNORECASE),
}
"""Words that give away what a step involves."""


def actions_in(instruction: str) -> list[str]:
    """Return the verbs of an English instruction that begin an action, in order."""
    found: list[str] = []
    for sentence in _SENTENCE.split(instruction.strip()):
        first = re.match(r"\W*([A-Za-z]+)", sentence)
        if first and first.group(1).casefold() in IMPERATIVES:
            found.append(first.group(1).casefold())
        joined = (one.group(1).casefold() for one in _JOINED.finditer(sentence))
        found += [verb for verb in joined if verb in IMPERATIVES]
    return found


def is_about(one: str, other: str) -> bool:
    """Whether a hazard of one type also covers another."""
    return one == other or {one, other} == {"fluid", "chemical"}
