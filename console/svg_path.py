"""SVG path data turned into absolute moves, lines, cubic curves and closings.

Understood are M L H V C S Q A Z in both cases; arcs and quadratic curves become cubic ones, so
that every drawing library that knows lines and cubics draws the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Segment = tuple[str, *tuple[float, ...]]
"""``("M", x, y)``, ``("L", x, y)``, ``("C", x1, y1, x2, y2, x, y)`` or ``("Z",)``."""
Xy = tuple[float, float]

COMMANDS = "MLHVCSQAZ"
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_FLAG = re.compile(r"[01]")
_GAP = re.compile(r"[ \t\r\n\f]*,?[ \t\r\n\f]*")
_BLANK = re.compile(r"[ \t\r\n\f]*")
_MOST_CHARACTERS = 20_000
_LARGEST = 1e6


class PathError(ValueError):
    """Path data that cannot be understood: where, what was found, what is allowed."""


def parse_path(text: str) -> tuple[Segment, ...]:
    """Return the absolute segments of path data; raises PathError."""
    if len(text) > _MOST_CHARACTERS:
        raise PathError(f"has {len(text)} characters; at most {_MOST_CHARACTERS} are read")
    scanner, pen = _Scanner(text), _Pen()
    while (command := scanner.command()) is not None:
        if not pen.segments and command not in "Mm":
            raise PathError(f"begins with {command!r}; a path begins with M")
        _repeat(command, scanner, pen)
    if not pen.segments:
        raise PathError("is empty; write at least one M and one other command")
    return tuple(pen.segments)


@dataclass(slots=True)
class _Scanner:
    """Reads commands, numbers and flags from left to right."""

    text: str
    at: int = 0

    def command(self) -> str | None:
        """Return the next command letter; None at the end."""
        self._skip(_BLANK)
        if self.at == len(self.text):
            return None
        found = self.text[self.at]
        if found.upper() not in COMMANDS:
            raise self._unexpected(f"one of the commands {' '.join(COMMANDS)} (either case)")
        self.at += 1
        self._skip(_BLANK)
        return found

    def has_more(self) -> bool:
        """Whether another number follows instead of a command or the end."""
        before = self.at
        self._skip(_GAP)
        if _NUMBER.match(self.text, self.at):
            return True
        self.at = before
        return False

    def number(self) -> float:
        """Return the next number."""
        value = float(self._take(_NUMBER, "a number"))
        if not abs(value) <= _LARGEST:
            raise PathError(f"number {value:g} is out of range; at most {_LARGEST:g} is allowed")
        return value

    def flag(self) -> bool:
        """Return the next flag of an arc."""
        return self._take(_FLAG, "a flag, 0 or 1") == "1"

    def _take(self, pattern: re.Pattern[str], wanted: str) -> str:
        self._skip(_GAP)
        found = pattern.match(self.text, self.at)
        if found is None:
            raise self._unexpected(wanted)
        self.at = found.end()
        return found.group()

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _unexpected(self, wanted: str) -> PathError:
        rest = self.text[self.at : self.at + 10]
        what = f"found {rest!r}" if rest else "found the end"
        return PathError(f"at character {self.at + 1}: {what} where {wanted} is needed")


@dataclass(slots=True)
class _Pen:
    """Where the pen is, where the part of the path began, and what was drawn.

    ``handle`` is the last control point of a cubic, which a following S mirrors.
    """

    segments: list[Segment] = field(default_factory=list)
    at: Xy = (0.0, 0.0)
    start: Xy = (0.0, 0.0)
    handle: Xy | None = None
    is_closed: bool = False

    def move(self, to: Xy) -> None:
        self.segments.append(("M", *to))
        self.at = self.start = to
        self.handle, self.is_closed = None, False

    def line(self, to: Xy) -> None:
        self._reopen()
        self.segments.append(("L", *to))
        self.at, self.handle = to, None

    def curve(self, first: Xy, second: Xy, to: Xy) -> None:
        self._reopen()
        self.segments.append(("C", *first, *second, *to))
        self.at, self.handle = to, second

    def close(self) -> None:
        if not self.is_closed:
            self.segments.append(("Z",))
        self.at, self.handle, self.is_closed = self.start, None, True

    def _reopen(self) -> None:
        """After a closing the next part begins where the last one did; say so for every drawer."""
        if self.is_closed:
            self.move(self.start)


def _repeat(command: str, scanner: _Scanner, pen: _Pen) -> None:
    """Draw a command and its repetitions, which have no letter of their own."""
    kind, is_relative = command.upper(), command.islower()
    if kind == "Z":
        pen.close()
        return
    _DRAW[kind](scanner, pen, pen.at if is_relative else None)
    follows = "L" if kind == "M" else kind
    while scanner.has_more():
        _DRAW[follows](scanner, pen, pen.at if is_relative else None)


def _point(scanner: _Scanner, origin: Xy | None) -> Xy:
    x, y = scanner.number(), scanner.number()
    return (x, y) if origin is None else (origin[0] + x, origin[1] + y)


def _move(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    pen.move(_point(scanner, origin))


def _line(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    pen.line(_point(scanner, origin))


def _across(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    pen.line((scanner.number() + (origin[0] if origin else 0.0), pen.at[1]))


def _down(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    pen.line((pen.at[0], scanner.number() + (origin[1] if origin else 0.0)))


def _cubic(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    pen.curve(_point(scanner, origin), _point(scanner, origin), _point(scanner, origin))


def _smooth(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    x, y = pen.at
    first = pen.at if pen.handle is None else (2 * x - pen.handle[0], 2 * y - pen.handle[1])
    pen.curve(first, _point(scanner, origin), _point(scanner, origin))


def _quadratic(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    start, middle, end = pen.at, _point(scanner, origin), _point(scanner, origin)
    pen.curve(_towards(start, middle, 2 / 3), _towards(end, middle, 2 / 3), end)
    pen.handle = None  # S mirrors only the handle of a cubic


def _arc(scanner: _Scanner, pen: _Pen, origin: Xy | None) -> None:
    radii = abs(scanner.number()), abs(scanner.number())
    turn, is_large, is_clockwise = scanner.number(), scanner.flag(), scanner.flag()
    end = _point(scanner, origin)
    if end == pen.at:
        return
    if 0.0 in radii:
        pen.line(end)
        return
    for first, second, to in arc_curves(pen.at, radii, turn, (is_large, is_clockwise), end):
        pen.curve(first, second, to)
    pen.handle = None


_DRAW: dict[str, Callable[[_Scanner, _Pen, Xy | None], None]] = {
    "M": _move,
    "L": _line,
    "H": _across,
    "V": _down,
    "C": _cubic,
    "S": _smooth,
    "Q": _quadratic,
    "A": _arc,
}


def _towards(start: Xy, end: Xy, share: float) -> Xy:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def arc_curves(
    start: Xy, radii: Xy, turn_deg: float, flags: tuple[bool, bool], end: Xy
) -> Iterator[tuple[Xy, Xy, Xy]]:
    """Yield the cubics of an arc of an ellipse, each at most a quarter of it.

    ``flags`` are the large-arc and the sweep flag. Conversion from end points to the middle and
    angles, with radii that are too small made just large enough: SVG 1.1, appendix F.6.
    """
    turn = math.radians(turn_deg % 360.0)
    cos, sin = math.cos(turn), math.sin(turn)
    half = (start[0] - end[0]) / 2, (start[1] - end[1]) / 2
    x, y = cos * half[0] + sin * half[1], cos * half[1] - sin * half[0]
    rx, ry = radii
    short = math.hypot(x / rx, y / ry)
    if short > 1:
        rx, ry = rx * short, ry * short
    across = (x / rx) ** 2 + (y / ry) ** 2
    off = math.sqrt(max(0.0, 1 / across - 1)) * (-1 if flags[0] == flags[1] else 1)
    cx, cy = off * rx * y / ry, -off * ry * x / rx
    first = math.atan2((y - cy) / ry, (x - cx) / rx)
    sweep = math.atan2((-y - cy) / ry, (-x - cx) / rx) - first
    sweep %= math.tau
    sweep = sweep if flags[1] else sweep - math.tau
    middle = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2

    def place(u: float, v: float) -> Xy:
        u, v = rx * u + cx, ry * v + cy
        return cos * u - sin * v + middle[0], sin * u + cos * v + middle[1]

    count = max(1, math.ceil(abs(sweep) / (math.pi / 2) - 1e-9))
    step = sweep / count
    reach = 4 / 3 * math.tan(step / 4)
    for i in range(count):
        a, b = first + i * step, first + (i + 1) * step
        one = place(math.cos(a) - reach * math.sin(a), math.sin(a) + reach * math.cos(a))
        two = place(math.cos(b) + reach * math.sin(b), math.sin(b) - reach * math.cos(b))
        yield one, two, end if i == count - 1 else place(math.cos(b), math.sin(b))
