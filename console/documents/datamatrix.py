"""Data Matrix (ISO/IEC 16022, ECC 200), square, of up to 174 bytes: the code on small parts.

reportlab's own draws one size of 44 modules only; a serial number needs 14 to 20, which is what
makes it fit on a part. What is not ASCII is told as UTF-8 with the ECI that says so.
"""

from __future__ import annotations

from functools import lru_cache

_SIZES = (
    (10, 3, 5, 1),
    (12, 5, 7, 1),
    (14, 8, 10, 1),
    (16, 12, 12, 1),
    (18, 18, 14, 1),
    (20, 22, 18, 1),
    (22, 30, 20, 1),
    (24, 36, 24, 1),
    (26, 44, 28, 1),
    (32, 62, 36, 2),
    (36, 86, 42, 2),
    (40, 114, 48, 2),
    (44, 144, 56, 2),
    (48, 174, 68, 2),
)
"""Modules on a side, codewords of data and of error correction, regions on a side."""
_POLYNOMIAL = 0x12D
_PAD, _LATCH_BYTES, _ECI, _UTF8 = 129, 231, 241, 27
Modules = tuple[tuple[bool, ...], ...]


@lru_cache(maxsize=512)
def data_matrix(text: str) -> Modules:
    """Return the rows of dark modules, without the quiet zone; ValueError for too long a text."""
    words = _codewords(text)
    found = next((size for size in _SIZES if size[1] >= len(words)), None)
    if found is None:
        raise ValueError(f"{len(words)} codewords; a code holds at most {_SIZES[-1][1]}")
    side, room, checks, regions = found
    words = _padded(words, room)
    return _framed(_placed(words + _correction(words, checks), side - 2 * regions), regions)


# ---- codewords ----


def _codewords(text: str) -> list[int]:
    if text.isascii():
        return _ascii(text)
    data = text.encode("utf-8", "replace")
    words = [_ECI, _UTF8, _LATCH_BYTES]
    length = [len(data)] if len(data) < 250 else [len(data) // 250 + 249, len(data) % 250]
    for byte in (*length, *data):
        position = len(words) + 1
        words.append((byte + (149 * position) % 255 + 1) % 256)
    return words


def _ascii(text: str) -> list[int]:
    """Return one codeword for each letter and for each two digits."""
    words, n = [], 0
    while n < len(text):
        pair = text[n : n + 2]
        if len(pair) == 2 and pair.isdigit():
            words.append(130 + int(pair))
            n += 2
        else:
            words.append(ord(text[n]) + 1)
            n += 1
    return words


def _padded(words: list[int], room: int) -> list[int]:
    padded = list(words)
    if len(padded) < room:
        padded.append(_PAD)
    while len(padded) < room:
        found = _PAD + (149 * (len(padded) + 1)) % 253 + 1
        padded.append(found if found <= 254 else found - 254)
    return padded


# ---- error correction ----


@lru_cache(maxsize=1)
def _tables() -> tuple[list[int], list[int]]:
    powers, logs = [0] * 255, [0] * 256
    value = 1
    for n in range(255):
        powers[n], logs[value] = value, n
        value <<= 1
        if value > 255:
            value ^= _POLYNOMIAL
    return powers, logs


def _times(one: int, other: int) -> int:
    if not one or not other:
        return 0
    powers, logs = _tables()
    return powers[(logs[one] + logs[other]) % 255]


@lru_cache(maxsize=16)
def _generator(count: int) -> tuple[int, ...]:
    powers, _ = _tables()
    found = [1]
    for n in range(1, count + 1):
        longer = [*found, 0]
        for k, value in enumerate(found):
            longer[k + 1] ^= _times(value, powers[n])
        found = longer
    return tuple(found[1:])


def _correction(words: list[int], count: int) -> list[int]:
    """Return the Reed-Solomon codewords: what is left of the division by the generator."""
    rest = [0] * count
    generator = _generator(count)
    for word in words:
        factor = word ^ rest[0]
        rest = [*rest[1:], 0]
        rest = [value ^ _times(factor, g) for value, g in zip(rest, generator, strict=True)]
    return rest


# ---- placement ----

_CORNERS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)
"""Where the bits of a codeword in a corner go; negative numbers count from the far end."""
_SHAPE = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))


class _Placement:
    """Puts codewords into the mapping matrix, as annex F of the standard walks through it."""

    def __init__(self, words: list[int], side: int) -> None:
        self._words = iter(words)
        self._side = side
        self.cells: dict[tuple[int, int], bool] = {}

    def walk(self) -> None:
        side, row, column = self._side, 4, 0
        while row < side or column < side:
            self._corner(row, column)
            while row >= 0 and column < side:
                if row < side and column >= 0 and (row, column) not in self.cells:
                    self._put([(row + r, column + c) for r, c in _SHAPE])
                row, column = row - 2, column + 2
            row, column = row + 1, column + 3
            while row < side and column >= 0:
                if row >= 0 and column < side and (row, column) not in self.cells:
                    self._put([(row + r, column + c) for r, c in _SHAPE])
                row, column = row + 2, column - 2
            row, column = row + 3, column + 1
        if (side - 1, side - 1) not in self.cells:
            self.cells[side - 1, side - 1] = self.cells[side - 2, side - 2] = True

    def _corner(self, row: int, column: int) -> None:
        side = self._side
        is_at_end = row == side - 2 and column == 0
        number = -1
        if row == side and column == 0:
            number = 0
        elif is_at_end and side % 4:
            number = 1
        elif is_at_end and side % 8 == 4:
            number = 2
        elif row == side + 4 and column == 2 and side % 8 == 0:
            number = 3
        if number >= 0:
            self._put([(r % side, c % side) for r, c in _CORNERS[number]])

    def _put(self, places: list[tuple[int, int]]) -> None:
        word = next(self._words)
        side, shift = self._side, 4 - (self._side + 4) % 8
        for n, (r, c) in enumerate(places):
            row, column = r, c
            if row < 0:
                row, column = row + side, column + shift
            if column < 0:
                column, row = column + side, row + shift
            self.cells[row, column] = bool(word >> (7 - n) & 1)


def _placed(words: list[int], side: int) -> Modules:
    placement = _Placement(words, side)
    placement.walk()
    return tuple(
        tuple(placement.cells.get((row, column), False) for column in range(side))
        for row in range(side)
    )


def _framed(inner: Modules, regions: int) -> Modules:
    """Return the matrix with the finder of every region: solid left and below, dotted else."""
    part = len(inner) // regions
    whole = part + 2
    side = whole * regions

    def dark(row: int, column: int) -> bool:
        r, c = row % whole, column % whole
        if c == 0 or r == whole - 1:
            return True
        if r == 0:
            return c % 2 == 0
        if c == whole - 1:
            return r % 2 == 1
        return inner[row // whole * part + r - 1][column // whole * part + c - 1]

    return tuple(tuple(dark(row, column) for column in range(side)) for row in range(side))
