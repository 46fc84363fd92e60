"""The words of a procedure by language and stable step id, with the limits put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel

from procedures.checks import plain
from procedures.revision import canonical_json, digest_of
from procedures.spec import Procedure, Step
from procedures.spec_parts import PLACEHOLDER, SOURCE_LANGUAGE, Gate, Invariant

Place = tuple[str | int, ...]
Write = Callable[[float, str], str]
"""Writes a number with its UCUM unit as people read it; the console has the printed symbols."""


def texts_in(part: BaseModel, at: Place = ()) -> Iterator[tuple[Place, dict[str, str]]]:
    """Yield every text below a part of a procedure with its place: a mapping from language."""
    for name, field in type(part).model_fields.items():
        yield from _texts_of(getattr(part, name), (*at, field.alias or name))


def _texts_of(value: Any, at: Place) -> Iterator[tuple[Place, dict[str, str]]]:
    if isinstance(value, BaseModel):
        yield from texts_in(value, at)
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _texts_of(item, (*at, number))
    elif isinstance(value, dict):
        if value and all(isinstance(item, str) for item in value.values()):
            yield at, value
            return
        for key, item in value.items():
            yield from _texts_of(item, (*at, key))


def words(text: dict[str, str], language: str) -> tuple[str, str]:
    """Return the words in a language and the language they are in: English where there are none."""
    shown = language if language in text else SOURCE_LANGUAGE
    return text[shown], shown


def step_texts(procedure: Procedure, language: str) -> dict[str, dict[str, str]]:
    """Return the words of every step in one language: step id -> place in the step -> words."""
    return {
        step.id: {".".join(map(str, at)): words(text, language)[0] for at, text in texts_in(step)}
        for step in procedure.steps.values()
    }


def shown_hash(procedure: Procedure, step: Step, language: str) -> str:
    """Return the SHA-256 of all words of a step and of its hazards as shown in a language."""
    hazards = [procedure.hazards[name] for name in step.hazards]
    parts = [words(text, language)[0] for part in (*hazards, step) for _, text in texts_in(part)]
    return digest_of(canonical_json([language, procedure.id, step.id, parts]))


def write_plain(number: float, unit: str) -> str:
    """Write a number with its unit's code."""
    return f"{plain(number)} {unit}".strip()


def fill(sentence: str, step: Step, write: Write = write_plain) -> str:
    """Return words with the limits of a step in place of ``{name}``; unknown names stay."""
    known = limits_of(step)

    def one(found: Any) -> str:
        limit = known.get(found.group(1))
        return found.group(0) if limit is None else write(*limit)

    return PLACEHOLDER.sub(one, sentence)


def limits_of(step: Step) -> dict[str, tuple[float, str]]:
    """Return every limit that words may name: ``{gate}``, ``{value.low}``, ``{min}``, ``{max}``."""
    found: dict[str, tuple[float, str]] = {}
    checks: tuple[Gate | Invariant, ...] = (*step.gates, *step.during)
    for gate in checks:
        first = gate.parsed.either[0]
        found |= _ends(gate.id, first.low, first.high, first.unit)
        bound = first.low if first.high is None else first.high
        if bound is not None:
            found[gate.id] = (bound, first.unit)
    for value in step.values:
        found |= _ends(value.id, value.low, value.high, value.unit)
    timer = step.timer
    spans = {"min": timer.min_s, "max": timer.max_s} if timer else {}
    found |= {name: _span(seconds) for name, seconds in spans.items() if seconds is not None}
    return found


def _ends(
    name: str, low: float | None, high: float | None, unit: str
) -> dict[str, tuple[float, str]]:
    ends = {f"{name}.low": low, f"{name}.high": high}
    return {place: (end, unit) for place, end in ends.items() if end is not None}


def _span(seconds: float) -> tuple[float, str]:
    """Return a time in the unit that people say it in."""
    return (seconds, "s") if seconds < 120 or seconds % 60 else (seconds / 60, "min")
