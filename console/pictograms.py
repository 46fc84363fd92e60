"""Our own safety signs as data: drawn by the window and on paper from the same paths.

The shapes and colours are those of ISO 3864 (yellow triangle with a black edge, blue disc, red
ring with a bar); the pictures are our own. A sign keeps the number of the ISO 7010 sign that a site
may put in its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

import resources
from console.svg_path import PathError, Segment, parse_path
from drivers.files import FileError, FileModel, parse, read_text, toml_of

__all__ = [
    "PathShape",
    "Pictogram",
    "SafetySigns",
    "Segment",
    "Signal",
    "names",
    "pictogram",
    "read_signs",
    "signal",
]

Shape = Literal["warning", "mandatory", "prohibition"]
SignalWord = Literal["danger", "warning", "caution", "notice"]
NO_FILL = "none"
_GUIDE = "the head of resources/pictograms.toml"


@dataclass(frozen=True, slots=True)
class PathShape:
    """One path in a 100 x 100 box, y downwards.

    Filled by the even-odd rule with ``fill`` (``#RRGGBB`` or ``none``); drawn along in ``line``
    where ``width`` is not 0, with round caps and joins.
    """

    segments: tuple[Segment, ...]
    fill: str
    line: str
    width: float


@dataclass(frozen=True, slots=True)
class Pictogram:
    """A sign: its ISO 3864 shape, its ISO 7010 number ("" for none), the paths of its picture.

    ``layers`` is everything in the order of drawing: the ground, the picture, ring and bar.
    """

    name: str
    shape: Shape
    register: str
    paths: tuple[PathShape, ...]
    layers: tuple[PathShape, ...]


@dataclass(frozen=True, slots=True)
class Signal:
    """The bar of a signal word: its colours (``#RRGGBB``), and whether the alert symbol leads."""

    ground: str
    ink: str
    has_symbol: bool


@dataclass(frozen=True, slots=True)
class SafetySigns:
    """Everything of one file: signs by name, signal words by word."""

    signs: Mapping[str, Pictogram]
    signals: Mapping[str, Signal]


@cache
def _shipped() -> SafetySigns:
    return read_signs(resources.path("pictograms.toml"))


def pictogram(name: str) -> Pictogram:
    """Return a sign; raises KeyError for an unknown name."""
    return _shipped().signs[name]


def names() -> Sequence[str]:
    """Return the names of all signs in the order of the file."""
    return tuple(_shipped().signs)


def signal(word: str) -> Signal:
    """Return the bar of a signal word (danger, warning, caution, notice); raises KeyError."""
    return _shipped().signals[word]


# ---- the file ------------------------------------------------------------------------------

_Colour = Annotated[str, Field(pattern=r"^#[0-9A-F]{6}$")]
_Number = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]


class _Path(FileModel):
    """``fill`` and ``line`` are ``ink``, ``ground``, ``none`` or a name under ``colour``."""

    d: str
    fill: str = "ink"
    line: str = "ink"
    width: float = Field(default=0.0, ge=0, le=100)


class _Frame(FileModel):
    """A shape; ``middle`` and ``scale`` say where a picture's own 100 x 100 box lies in it."""

    ink: str
    ground: str
    middle: tuple[_Number, _Number]
    scale: float = Field(gt=0, le=2)
    below: tuple[_Path, ...] = Field(min_length=1)
    above: tuple[_Path, ...] = ()


class _Sign(FileModel):
    """A picture; ``middle`` and ``scale`` in place of its frame's."""

    shape: Shape
    register_: str = Field(default="", alias="register", pattern=r"^([EFMPW]\d{3})?$")
    middle: tuple[_Number, _Number] | None = None
    scale: float | None = Field(default=None, gt=0, le=2)
    path: tuple[_Path, ...] = Field(min_length=1)


class _Signal(FileModel):
    ground: str
    ink: str
    symbol: bool


class _File(FileModel):
    colour: dict[str, _Colour]
    frame: dict[Shape, _Frame]
    sign: dict[str, _Sign]
    signal: dict[SignalWord, _Signal] = Field(default_factory=dict)


def read_signs(path: Path) -> SafetySigns:
    """Return the signs of a file; raises FileError naming the file, the sign and the fault."""
    text = read_text(path)
    found = parse(_File, toml_of(text, path), path, text=text, guide=_GUIDE)
    signs = {name: _pictogram(name, sign, found, path) for name, sign in found.sign.items()}
    signals = {str(word): _signal(word, bar, found, path) for word, bar in found.signal.items()}
    return SafetySigns(signs, signals)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the paths of one sign or frame; knows what to name when one is wrong."""

    where: str
    colours: Mapping[str, str]
    middle: tuple[float, float] = (50.0, 50.0)
    scale: float = 1.0

    def shapes(self, paths: Sequence[_Path]) -> tuple[PathShape, ...]:
        return tuple(self._shape(number, path) for number, path in enumerate(paths, 1))

    def _shape(self, number: int, path: _Path) -> PathShape:
        where = f"{self.where} path[{number}]"
        try:
            segments = parse_path(path.d)
        except PathError as error:
            raise FileError(f"{where}: {error}") from None
        fill, line = (self.colour(name, where) for name in (path.fill, path.line))
        placed = tuple(_placed(segment, self.middle, self.scale) for segment in segments)
        return PathShape(placed, fill, line, path.width * self.scale)

    def colour(self, name: str, where: str) -> str:
        if name == NO_FILL:
            return name
        if name not in self.colours:
            known = ", ".join([*self.colours, NO_FILL])
            raise FileError(f"{where}: unknown colour {name!r}; there are {known}")
        return self.colours[name]


def _placed(segment: Segment, middle: tuple[float, float], scale: float) -> Segment:
    """Move a segment from a picture's own box, whose middle is (50, 50), to its place."""
    moved = [
        round(middle[i % 2] + (number - 50.0) * scale, 3) for i, number in enumerate(segment[1:])
    ]
    return (segment[0], *moved)


def _pictogram(name: str, sign: _Sign, file: _File, path: Path) -> Pictogram:
    frame = file.frame.get(sign.shape)
    if frame is None:
        raise FileError(f"{path}: sign {name!r}: there is no frame {sign.shape!r}")
    around = f"{path}: frame {sign.shape!r}"
    plain = _Maker(around, file.colour)
    inks = {"ink": plain.colour(frame.ink, around), "ground": plain.colour(frame.ground, around)}
    colours = {**file.colour, **inks}
    maker = _Maker(
        f"{path}: sign {name!r}", colours, sign.middle or frame.middle, sign.scale or frame.scale
    )
    paths = maker.shapes(sign.path)
    of_frame = _Maker(around, colours)
    layers = (*of_frame.shapes(frame.below), *paths, *of_frame.shapes(frame.above))
    return Pictogram(name, sign.shape, sign.register_, paths, layers)


def _signal(word: str, bar: _Signal, file: _File, path: Path) -> Signal:
    where = f"{path}: signal {word!r}"
    maker = _Maker(where, file.colour)
    return Signal(maker.colour(bar.ground, where), maker.colour(bar.ink, where), bar.symbol)
