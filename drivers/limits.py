"""Limits as a person writes them in a file: the six Redfish thresholds, each optional."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from drivers.files import Fault, FileModel, faults_error
from drivers.points import Level, Limit


class LimitSpec(FileModel):
    """One threshold: the reading in the point's unit, dwell and hysteresis."""

    reading: float
    dwell_s: float = Field(default=0.0, ge=0)
    hysteresis: float = Field(default=0.0, ge=0)


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
            self.limits()
        except ValueError as error:
            raise faults_error([Fault((), "limits", str(error))]) from None
        return self

    def limits(self) -> tuple[Limit, ...]:
        """Return the thresholds from lowest to highest; raises ValueError when out of order."""
        given = [(level, getattr(self, level.word)) for level in sorted(Level)]
        limits = [Limit(level, s.reading, s.dwell_s, s.hysteresis) for level, s in given if s]
        readings = [limit.reading for limit in limits]
        if readings != sorted(readings):
            raise ValueError(f"limits must rise from lower_fatal to upper_fatal, found {readings}")
        return tuple(limits)
