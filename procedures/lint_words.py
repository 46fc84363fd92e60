"""What the rules of the linter share: a doubt, and the words that they look for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from drivers.files import FileModel, parse, read_toml
from procedures.spec_parts import HazardType

Severity = Literal["error", "warning"]
Where = tuple[str | int, ...]
_SENTENCE = re.compile(r"[.!?;]\s+|\n+")
_JOINED = re.compile(r",?\s+(?:and then|and|then)\s+([a-z]+)\b", re.IGNORECASE)
_FIRST_WORD = re.compile(r"\W*([A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that something breaks: where, which, how bad, and a sentence."""

    path: Where
    rule: str
    severity: Severity
    text: str


class Words(FileModel):
    """The file ``words.toml``, which explains its members."""

    imperatives: frozenset[str]
    assuring: tuple[str, ...]
    speaks_of: dict[HazardType, tuple[str, ...]]


@cache
def lint_words() -> Words:
    """Return the words that the linter knows."""
    path = Path(__file__).parent / "words.toml"
    return parse(Words, read_toml(path), path)


def actions_in(instruction: str) -> list[str]:
    """Return the verbs of an English instruction that begin an action, in order."""
    known = lint_words().imperatives
    found: list[str] = []
    for sentence in _SENTENCE.split(instruction.strip()):
        first = _FIRST_WORD.match(sentence)
        words = [first.group(1)] if first else []
        words += [one.group(1) for one in _JOINED.finditer(sentence)]
        found += [word.casefold() for word in words if word.casefold() in known]
    return found


def assurance_in(instruction: str) -> str:
    """Return the word of an English instruction that promises a look, or nothing."""
    return _first_of(lint_words().assuring, instruction, r"\b")


def given_away(text: str) -> dict[HazardType, str]:
    """Return what an English text speaks of, each with the word that says so."""
    kinds = lint_words().speaks_of.items()
    found = {kind: _first_of(words, text, "") for kind, words in kinds}
    return {kind: word for kind, word in found.items() if word}


def _first_of(words: tuple[str, ...], text: str, end: str) -> str:
    either = "|".join(map(re.escape, words))
    found = re.search(rf"\b(?:{either}){end}", text, re.IGNORECASE)
    return found.group() if found else ""
