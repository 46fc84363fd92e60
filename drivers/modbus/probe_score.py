"""How well a register map fits what a controller answered, and why, in sentences.

Three things are weighed: whether the controller names itself as the map expects, how much of what
the map describes can be read at all, and whether the values make sense. A value counts by how
unlikely it would be by chance: that 23 degrees lie between -20 and 120 says much in a register
that could hold anything, that a bit is 0 or 1 says nothing, and that a register is 0 little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from drivers.modbus.datatypes import TEXT_TYPES
from drivers.modbus.decoder import Decoder
from drivers.modbus.identity import mismatch, text_of
from drivers.modbus.mapspec import IdentityText, RegisterText
from drivers.modbus.planner import Block
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import Words
from drivers.modbus.regmap import RegisterMap
from drivers.points import Reason

FITS, MAY_FIT = 70, 40
"""The scores from which a map fits, and from which it may."""
_UNNAMED = 0.85
"""A map without a text that names the controller is never more certain than this."""
_WRONG_NAME, _UNREADABLE_NAME, _BLANK = 0.1, 0.5, 0.5
_BITS_THAT_CONVINCE = 8.0
_ZERO_WEIGHT, _ABSENT_WEIGHT, _LEAST_WEIGHT = 0.2, 0.2, 0.05
_ENOUGH_EVIDENCE = 0.5
_MOST_TOLD = 4
_OTHER_TEXTS = ("~", "Zq", "x9 #", "A", "0", "12345678", "@@@@@@@@")
_OTHER_NUMBERS = range(0, 65536, 13)
_TELLING = 0.005
_DIGITS_OF_A_NAME = 3


@dataclass(frozen=True)
class Findings:
    """What was read for a map: its texts (None where refused), and blocks with their words."""

    texts: tuple[tuple[RegisterText, Words | None], ...]
    blocks: tuple[Block, ...]
    words: tuple[Words, ...]
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class MapScore:
    """How well a map fits: ``score`` is 0 to 100, ``evidence`` sentences, the weightiest first.

    ``points`` counts the points described and ``read`` those that answered; ``values`` holds the
    good ones by key.
    """

    map_id: str
    vendor: str
    model: str
    unit: int
    score: int
    evidence: tuple[str, ...]
    points: int
    read: int
    values: dict[str, float]

    @property
    def verdict(self) -> str:
        """``fits``, ``may fit`` or ``does not fit``."""
        if self.score >= FITS:
            return "fits"
        return "may fit" if self.is_possible else "does not fit"

    @property
    def is_possible(self) -> bool:
        """Whether it fits or may fit."""
        return self.score >= MAY_FIT


@dataclass(frozen=True, slots=True)
class _Judged:
    """``credit`` (0 to 1) times ``weight`` speaks for the map; ``wrong`` says what does not."""

    weight: float
    credit: float
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class _Name:
    """What the texts say: what to multiply by, whether the controller named itself, sentences."""

    factor: float
    is_named: bool
    told: tuple[str, ...]


def score_map(regmap: RegisterMap, unit: int, found: Findings) -> MapScore:
    """Weigh what was read for one map."""
    name = _name(found.texts)
    specs = regmap.readable
    values, reasons = _decoded(regmap, found)
    judged = [_judge(*each) for each in zip(specs, values, reasons, strict=True)]
    read = sum(reason is not Reason.NOT_SUPPORTED for reason in reasons)
    named = [words for _, words in found.texts if words is not None]
    is_blank = not any(words.any() for words in (*found.words, *named))
    told = (*name.told, *_reads_told(found, read, len(specs)))
    told += ("every register read is 0",) if is_blank and read else _values_told(judged, read)
    return MapScore(
        regmap.id,
        regmap.vendor,
        regmap.model,
        unit,
        round(_score(judged, read / len(specs), name) * (_BLANK if is_blank else 1)),
        told,
        len(specs),
        read,
        {
            spec.key: value
            for spec, value, reason in zip(specs, values, reasons, strict=True)
            if reason is Reason.NONE
        },
    )


def _decoded(regmap: RegisterMap, found: Findings) -> tuple[list[float], list[Reason]]:
    """Return value and reason of each polled point, as the console would show them."""
    count = len(regmap.readable)
    if not found.blocks:
        return [math.nan] * count, [Reason.NOT_SUPPORTED] * count
    decoder = Decoder(regmap, found.blocks)
    values, reasons = decoder.decode(np.concatenate(found.words))
    return values[:count].tolist(), [Reason(int(reason)) for reason in reasons[:count]]


def _score(judged: Sequence[_Judged], coverage: float, name: _Name) -> float:
    weight = sum(each.weight for each in judged)
    sense = sum(each.weight * each.credit for each in judged) / weight if weight else 0.0
    certainty = weight / (weight + _ENOUGH_EVIDENCE)
    score = 100 * coverage * sense**2 * (0.4 + 0.6 * certainty)
    score = 50 + score / 2 if name.is_named and score else score * _UNNAMED
    return score * name.factor


def _name(texts: Sequence[tuple[RegisterText, Words | None]]) -> _Name:
    factor, is_named, told = 1.0, False, []
    for spec, words in texts:
        what = (spec.name or spec.key) if isinstance(spec, IdentityText) else "the probe register"
        if not spec.expect:
            continue
        if words is None:
            factor = min(factor, _UNREADABLE_NAME)
            told.append(f"{what} cannot be read")
            continue
        text = text_of(spec, words)
        if mismatch(spec, text):
            factor = min(factor, _WRONG_NAME)
            told.append(f"{what} is {text[:40]!r}, expected is {spec.expect!r}")
        elif text:
            is_named = is_named or _is_telling(spec, text)
            told.append(f"{what} is {text[:40]!r} as expected")
    return _Name(factor, is_named, tuple(told))


def _is_telling(spec: RegisterText, text: str) -> bool:
    """Whether an expectation would hardly be met by another controller's registers.

    A small number is none: any register may hold it.
    """
    if spec.type in TEXT_TYPES:
        return not any(re.search(spec.expect, other) for other in _OTHER_TEXTS)
    if len(text) < _DIGITS_OF_A_NAME:
        return False
    met = sum(re.search(spec.expect, str(number)) is not None for number in _OTHER_NUMBERS)
    return met < len(_OTHER_NUMBERS) * _TELLING


def _judge(spec: PointSpec, value: float, reason: Reason) -> _Judged:
    """Weigh one value by how unlikely it would be if the map did not fit."""
    if reason is Reason.NOT_SUPPORTED:
        return _Judged(0.0, 0.0)
    weight = _weight(spec)
    if math.isnan(value):
        return _Judged(min(weight, _ABSENT_WEIGHT), 0.5)
    words = spec.point().words(value) if spec.states else None
    if reason is Reason.OUT_OF_RANGE or (words or "").startswith("?"):
        shown = f"{value:.{spec.precision}f} {spec.unit}".strip()
        return _Judged(max(weight, _ZERO_WEIGHT), 0.0, f"{spec.key} would be {shown}")
    return _Judged(weight * _ZERO_WEIGHT if value == 0 else weight, 1.0)


def _weight(spec: PointSpec) -> float:
    """Return 0 to 1: one minus nothing for a range that a random number would hardly meet."""
    if spec.area.is_bits:
        return _LEAST_WEIGHT
    if spec.states:
        chance = len(spec.states) / 2 ** min(spec.coding.bits, 16)
    elif spec.valid is None:
        return _LEAST_WEIGHT
    elif spec.coding.is_integer:
        span = (spec.valid[1] - spec.valid[0]) / abs(spec.factor)
        chance = span / (spec.coding.high - spec.coding.low)
    else:
        return 1.0  # hardly any pattern of bits is a float of that size
    convinced = -math.log2(min(max(chance, 1e-9), 1.0)) / _BITS_THAT_CONVINCE
    return min(max(convinced, _LEAST_WEIGHT), 1.0)


def _reads_told(found: Findings, read: int, points: int) -> tuple[str, ...]:
    if found.is_silent:
        return ("the unit does not answer",)
    if read == points:
        return (f"all {points} points can be read",)
    return (f"{read} of {points} points can be read",)


def _values_told(judged: Sequence[_Judged], read: int) -> tuple[str, ...]:
    if not read:
        return ()
    wrong = [each.wrong for each in judged if each.wrong]
    if not wrong:
        told = "every value read is possible"
        weight = sum(each.weight for each in judged)
        return (
            (f"{told}, but they say little: most are 0 or may be anything",)
            if weight < 1
            else (told,)
        )
    more = f" and {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
    return (f"{len(wrong)} of {read} values are impossible: {', '.join(wrong[:_MOST_TOLD])}{more}",)
