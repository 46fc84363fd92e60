"""The rules of GPU health, read from ``resources/gpu/rules.toml``."""

from __future__ import annotations

from functools import cache
from typing import Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.gpu.actions import actions
from drivers.gpu.models import Feature
from drivers.gpu.points import gpu_schema

FACTS = frozenset({"lost", "silent"})
"""What rules may ask for besides points: 1 for a GPU that is gone, and for one that hangs."""


class Rule(FileModel):
    """One condition on one point: exactly one of the five ways to say when it applies."""

    id: str
    point: str
    plus: str | None = None
    per_hour: bool = False
    at_least: float | None = None
    below: float | None = None
    equals: float | None = None
    below_point: str | None = None
    bits: int | None = None
    unless_bits: int = 0
    load_at_least: float | None = None
    feature: Feature | None = None
    start_value: bool = False
    severity: int = Field(ge=1, le=4)
    action: str
    title: str
    why: str
    source: str

    @model_validator(mode="after")
    def _one_condition(self) -> Self:
        points = {self.point, self.plus or self.point, self.below_point or self.point}
        if unknown := points - set(gpu_schema().index) - FACTS:
            raise ValueError(f"no such point: {', '.join(sorted(unknown))}")
        given = (self.at_least, self.below, self.equals, self.below_point, self.bits)
        if sum(value is not None for value in given) != 1:
            raise ValueError("give one of at_least, below, equals, below_point, bits")
        return self


class Verdict(FileModel):
    """What heat means once the other GPUs of the tank are known."""

    action: str
    why: str


class HeatSign(FileModel):
    """One way in which a GPU shows that it is too hot."""

    id: str
    severity: int = Field(ge=1, le=4)
    title: str
    source: str


class HeatRules(FileModel):
    """How heat is judged: one GPU, many GPUs of a tank, or unclear."""

    throttle_bits: int
    many_share: float
    one_share: float
    few_known: int
    one: Verdict
    many: Verdict
    unclear: Verdict
    source: str
    sign: tuple[HeatSign, ...]

    def sign_of(self, sign_id: str) -> HeatSign:
        """Return a sign; raises KeyError for one that the file does not have."""
        return {sign.id: sign for sign in self.sign}[sign_id]


class RepeatRule(FileModel):
    """The same Xid several times; without codes it holds for every Xid of urgency 1 or 2."""

    id: str
    codes: tuple[int, ...]
    times: int = Field(ge=2)
    within_h: float = Field(gt=0)
    severity: int = Field(ge=1, le=4)
    action: str
    title: str
    why: str
    source: str


class BurstRule(FileModel):
    """How long a silence ends an incident."""

    silence_s: float
    source: str


class LastXidRule(FileModel):
    """What is said of an exporter's gauge of the last Xid."""

    title: str
    why: str
    source: str


class RuleFile(FileModel):
    """The whole file."""

    rule: tuple[Rule, ...]
    heat: HeatRules
    repeat: tuple[RepeatRule, ...]
    burst: BurstRule
    last_xid: LastXidRule

    @model_validator(mode="after")
    def _actions_exist(self) -> Self:
        used = {rule.action for rule in self.rule} | {rule.action for rule in self.repeat}
        used |= {self.heat.one.action, self.heat.many.action, self.heat.unclear.action}
        if unknown := used - set(actions()):
            raise ValueError(f"no such action: {', '.join(sorted(unknown))}")
        return self


@cache
def gpu_rules() -> RuleFile:
    """Return the rules; raises FileError for a damaged installation."""
    path = resources.path("gpu", "rules.toml")
    return parse(RuleFile, read_toml(path), path)
