"""Limits as a person writes them in a file: the six Redfish thresholds, each optional."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from drivers.files import Fault, FileModel, faults_error
from drivers.points import Level, Limit


class LimitSpec(FileModel):
    """One threshold: the reading in the point's unit, dwell and hysteresis."""

    reading: float = Field(allow_inf_nan=False)
    dwell_s: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    hysteresis: float = Field(default=0.0, ge=0, allow_inf_nan=False)


class LimitsSpec(FileModel):
    """The Redfish thresholds of a point; those not given do not exist."""

    lower_fatal: LimitSpec | None = None
    lower_critical: LimitSpec | None = None
    lower_caution: LimitSpec | None = None
    upper_caution: LimitSpec | None = None
    upper_critical: LimitSpec | None = None
    upper_fatal: LimitSpec | None = None

    @model_validator(mode="after")
    def _rise(self) -> Self:
        try:
            found = self.limits()
        except ValueError as error:
            raise faults_error([Fault((), "limits", str(error))]) from None
        faults = list(_wide_deadbands(found))
        if faults:
            raise faults_error(faults)
        return self

    def limits(self) -> tuple[Limit, ...]:
        """Return the thresholds from lowest to highest; raises ValueError when out of order."""
        given = [(level, getattr(self, level.word)) for level in sorted(Level)]
        limits = [Limit(level, s.reading, s.dwell_s, s.hysteresis) for level, s in given if s]
        readings = [limit.reading for limit in limits]
        if readings != sorted(readings):
            raise ValueError(f"limits must rise from lower_fatal to upper_fatal, found {readings}")
        return tuple(limits)


def _wide_deadbands(limits: Sequence[Limit]) -> Iterator[Fault]:
    """Yield limits whose hysteresis fills the band between them and the next milder one."""
    for lower, upper in pairwise(limits):
        gap = upper.reading - lower.reading
        for limit in (lower, upper):
            towards = limit is upper if limit.level.is_upper else limit is lower
            if towards and limit.hysteresis > 0 and limit.hysteresis >= gap:
                told = (
                    f"hysteresis {limit.hysteresis:g} is as wide as the band of {gap:g} between "
                    f"{lower.level.word} and {upper.level.word}: it would never clear in it"
                )
                yield Fault((limit.level.word,), "deadband", told)
