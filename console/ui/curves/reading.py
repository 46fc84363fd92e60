"""What curves are at a moment, or now: as values, and in words for the legend and the blind."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from console.ui import formats
from console.ui.curves.columns import ColumnStore, Ints, Latest
from console.ui.curves.model import SECOND_US, Answer, Bytes, Curve, Floats, Readout, Strip


class Reader:
    """Reads the columns of a store, and keeps the latest sample of each curve."""

    def __init__(self, strips: Sequence[Strip]) -> None:
        self._of = [(strip, curve) for strip in strips for curve in strip.curves]
        self._latest = Latest.of(len(self._of))

    def take(self, curves: Ints, utc_us: Ints, values: Floats, reasons: Bytes) -> bool:
        """Note samples as the latest; returns whether a latest value is another now."""
        return self._latest.take(curves, utc_us, values, reasons)

    def take_stored(self, answer: Answer) -> None:
        """Take the last stored value of curves that have had no live sample."""
        for number, columns in enumerate(answer.columns):
            told = np.flatnonzero(np.isfinite(columns.mean) | (columns.reason != 0))
            if not self._latest.utc_us[number] and len(told):
                at = told[-1]
                self._latest.utc_us[number] = (answer.grid.first + int(at)) * answer.grid.step_us
                self._latest.values[number] = columns.mean[at]
                self._latest.reasons[number] = columns.reason[at]

    def latest(self) -> list[Readout]:
        """Return the latest of every curve."""
        values, reasons = self._latest.values.tolist(), self._latest.reasons.tolist()
        return [
            _readout(*about, value, value, value, reason)
            for about, value, reason in zip(self._of, values, reasons, strict=True)
        ]

    def at(self, store: ColumnStore, utc_us: int) -> list[Readout]:
        """Return every curve at a moment: the nearest column that a line joins it to."""
        slot = store.grid.slot(utc_us)
        if not 0 <= slot < store.grid.count:
            return [_readout(*about, math.nan, math.nan, math.nan, 0) for about in self._of]
        return [self._column(store, number, slot) for number in range(len(self._of))]

    def _column(self, store: ColumnStore, number: int, slot: int) -> Readout:
        strip, curve = self._of[number]
        joined = max(round(curve.bridge_s * SECOND_US), store.spread_us)
        reach = joined // store.grid.step_us // 2
        near = slice(max(slot - reach, 0), slot + reach + 1)
        lows, reasons = store.low[number, near], store.reason[number, near]
        told = np.flatnonzero(~np.isnan(lows) | (reasons != 0)) + near.start
        if not len(told):
            return _readout(strip, curve, math.nan, math.nan, math.nan, 0)
        at = int(told[np.argmin(np.abs(told - slot))])
        low, high = float(store.low[number, at]), float(store.high[number, at])
        mean = store.mean(number, at)
        return _readout(strip, curve, mean, low, high, int(store.reason[number, at]))


def _readout(
    strip: Strip, curve: Curve, mean: float, low: float, high: float, reason: int
) -> Readout:
    like = curve.own or strip
    if math.isnan(mean):
        return Readout(curve, reason=reason, unit=like.unit, decimals=like.decimals)
    return Readout(curve, mean, low, high, reason, like.unit, like.decimals)


def number_and_unit(readout: Readout) -> tuple[str, str]:
    """Return number and unit as shown: ``---`` and why where there is no value."""
    if readout.mean is None:
        return formats.NOTHING, readout.why
    return formats.decimal(readout.mean, readout.decimals), formats.unit(readout.unit)


def in_words(readout: Readout) -> str:
    """Return a readout as a line of a table: ``Inlet: 44.1 °C (43.9 … 44.2)``."""
    number, unit = number_and_unit(readout)
    words = f"{readout.curve.name}: {number} {unit}".rstrip()
    low, high = readout.minimum, readout.maximum
    if readout.mean is None or low is None or high is None:
        return words
    ends = [formats.decimal(value, readout.decimals) for value in (low, high)]
    words = words if ends[0] == ends[1] else f"{words} ({ends[0]} … {ends[1]})"
    return f"{words}, {readout.why}" if readout.why else words
