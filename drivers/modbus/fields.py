"""Raw numbers that are not simply numbers: single bits, masks, decimal digits, packed times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import Numbers

_DIGITS = {"bcd16": 4, "bcd32": 8}


def is_coded(spec: PointSpec) -> bool:
    """Whether the registers hold something that must be unpacked."""
    return bool(spec.field or spec.inverted) or spec.type in {*_DIGITS, "hhmm"}


class FieldReader:
    """Unpacks in place; ``position[i]`` is where the number of point ``i`` stands.

    What cannot be unpacked (a digit above nine, an hour above 23) becomes NaN.
    """

    def __init__(self, specs: Sequence[PointSpec], position: NDArray[np.intp]) -> None:
        bits = [(position[i], s) for i, s in enumerate(specs) if s.field or s.inverted]
        self._bits = np.array([at for at, _ in bits], np.intp)
        fields = [spec.field or ((1 << spec.coding.bits) - 1, 0) for _, spec in bits]
        self._masks = np.array([mask for mask, _ in fields], np.int64)
        self._shifts = np.array([shift for _, shift in fields], np.int64)
        self._flips = np.array([spec.inverted for _, spec in bits], np.int64)
        signed = [spec.coding.dtype[0] == "i" for _, spec in bits]
        # The weight of the sign bit, or beyond every field where the number is unsigned.
        self._signs = np.array(
            [
                1 << ((mask >> shift).bit_length() - 1) if is_signed else 1 << 62
                for (mask, shift), is_signed in zip(fields, signed, strict=True)
            ],
            np.int64,
        )
        self._decimal = {digits: _where(specs, position, kind) for kind, digits in _DIGITS.items()}
        self._times = _where(specs, position, "hhmm")

    def unpack(self, numbers: Numbers) -> None:
        """Replace the raw numbers of coded points by what they stand for."""
        if self._bits.size:
            words = numbers[self._bits].astype(np.int64)
            fields = ((words ^ self._flips) & self._masks) >> self._shifts
            numbers[self._bits] = fields - ((fields & self._signs) << 1)
        for digits, where in self._decimal.items():
            if where.size:
                numbers[where] = _decimal(numbers[where].astype(np.int64), digits)
        if self._times.size:
            packed = numbers[self._times].astype(np.int64)
            hours, minutes = packed >> 8, packed & 0xFF
            is_time = (hours <= 23) & (minutes <= 59)
            numbers[self._times] = np.where(is_time, hours * 60 + minutes, np.nan)


def _where(specs: Sequence[PointSpec], position: NDArray[np.intp], kind: str) -> NDArray[np.intp]:
    return np.array([position[i] for i, s in enumerate(specs) if s.type == kind], np.intp)


def _decimal(packed: NDArray[np.int64], digits: int) -> Numbers:
    """Return the numbers that binary-coded decimals stand for, NaN where a digit is above nine."""
    places = np.arange(digits)
    nibbles = packed[:, None] >> (4 * places) & 0xF
    total = (nibbles * 10**places).sum(axis=1)
    return np.where((nibbles <= 9).all(axis=1), total, np.nan)
