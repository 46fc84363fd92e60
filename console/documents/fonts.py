"""Fonts: where they come from, which of them draws which character, how wide it is.

Searched in order: the packages that this program depends on (docs/decisions/0018-documents.md),
then what the system has. The first that has a character draws it. A character that none has is
drawn as a box with its number, so that no text is ever lost.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

WQY_SHA256 = "2420e8078af796b19a3f6ef13de527a1a91c1e7171eea115926c614ced1009b3"
"""The font in ``paperang-p2-fonts-cjk``: the same bytes as in Debian's fonts-wqy-microhei."""
_WQY, _WQY_FILE = "WenQuanYiMicroHei", "wqy-microhei.ttc"
_SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
_SYSTEM_FILES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    (_WQY_FILE, ""),
    ("DroidSansFallbackFull.ttf", ""),
    ("DroidSansFallback.ttf", ""),
    ("Arial Unicode.ttf", ""),
    ("arial.ttf", "arialbd.ttf"),
    ("msyh.ttc", "msyhbd.ttc"),
    ("simhei.ttf", ""),
)
"""Files that are looked for, each with its bold one; in the order in which they are asked."""
_DEEPEST = 4
MISSING_SCALE = 0.62
"""How much smaller than its line the number of a missing character is."""


@dataclass(frozen=True, slots=True)
class Face:
    """One font that reportlab knows. ``glyphs`` are the code points it draws.

    ``is_emboldened`` is a bold made by drawing the outline too: the font has no bold of its own.
    """

    name: str
    glyphs: frozenset[int]
    widths: dict[int, float] = field(repr=False)
    default_width: float
    is_emboldened: bool = False

    def width(self, code: int) -> float:
        """Return how wide a character is at size 1000."""
        return self.widths.get(code, self.default_width)


@dataclass(frozen=True, slots=True)
class Glyph:
    """How one character is drawn: by which face (None: as a box with its number), how wide at 1."""

    face: Face | None
    width: float


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that one face draws; without a face ``text`` is ``U+XXXX`` for one character."""

    face: Face | None
    text: str
    width: float


Pair = tuple[Face, Face]
"""A font upright and bold."""


class Fonts:
    """The faces of one process, upright and bold, and what is known of every character asked for.

    ``more`` brings further ones the first time that a character is missing: looking through a
    system's fonts takes longer than most documents.
    """

    def __init__(self, pairs: Sequence[Pair], more: Callable[[], Sequence[Pair]] = tuple) -> None:
        self._faces = {False: [pair[0] for pair in pairs], True: [pair[1] for pair in pairs]}
        self._more: Callable[[], Sequence[Pair]] | None = more
        self._glyphs: dict[bool, dict[str, Glyph]] = {False: {}, True: {}}

    @property
    def names(self) -> tuple[str, ...]:
        """The fonts in the order in which they are asked."""
        return tuple(face.name for face in self._faces[False])

    def _bring_more(self) -> bool:
        more, self._more = self._more, None
        pairs = more() if more else ()
        self._faces[False] += [pair[0] for pair in pairs]
        self._faces[True] += [pair[1] for pair in pairs]
        return bool(pairs)

    def glyph(self, character: str, bold: bool) -> Glyph:
        """Return how a character is drawn."""
        known = self._glyphs[bold].get(character)
        if known is None:
            known = self._glyphs[bold][character] = self._find(character, bold)
        return known

    def has(self, character: str) -> bool:
        """Whether any font draws a character."""
        return self.glyph(character, bold=False).face is not None

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Return how wide a text is drawn on one line, in the unit of ``size``."""
        glyphs = self._glyphs[bold]
        total = 0.0
        for character in text:
            found = glyphs.get(character) or self.glyph(character, bold)
            total += found.width
        return total * size

    def runs(self, text: str, size: float, bold: bool = False) -> Iterator[Run]:
        """Yield a text in pieces of one face each."""
        face: Face | None = None
        pending: list[str] = []
        width = 0.0
        for character in text:
            found = self.glyph(character, bold)
            if pending and found.face is not face:
                yield Run(face, "".join(pending), width * size)
                pending, width = [], 0.0
            face = found.face
            if face is None:
                yield Run(None, code_point(character), found.width * size)
            else:
                pending.append(character)
                width += found.width
        if pending:
            yield Run(face, "".join(pending), width * size)

    def _find(self, character: str, bold: bool) -> Glyph:
        code = ord(character)
        if code >= 0x20 and not 0x7F <= code <= 0x9F and not _hides(code):
            for face in self._faces[bold]:
                if code in face.glyphs:
                    return Glyph(face, face.width(code) / 1000)
            if self._bring_more():
                return self._find(character, bold)
        number = code_point(character)
        latin = self._faces[bold][0]
        width = sum(latin.width(ord(digit)) for digit in number) / 1000 * MISSING_SCALE
        return Glyph(None, width + 0.25)


def code_point(character: str) -> str:
    """Return the number of a character as people write it: ``U+4E2D``."""
    return f"U+{ord(character):04X}"


def _hides(code: int) -> bool:
    """Whether a character turns or hides others: it is told by its number instead."""
    return 0x200B <= code <= 0x200F or 0x202A <= code <= 0x202E or 0x2060 <= code <= 0x206F


_lock = threading.RLock()


def fonts() -> Fonts:
    """Return the fonts of this process; the first call reads them (some 0.15 s)."""
    with _lock:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Fonts:
    known = [pair for pair in (_noto(), _wqy()) if pair is not None]
    if not known:
        known = [*_system(()), (_vera("Vera"), _vera("VeraBd"))]
        return Fonts(known)
    return Fonts(known, lambda: _system([pair[0].name for pair in known]))


def _noto() -> Pair | None:
    """Noto Sans from ``pymupdf-fonts``: Latin, Greek, Cyrillic, upright and bold."""
    try:
        upright = importlib.import_module("pymupdf_fonts.NotoSans_Regular").fontbuffer
        bold = importlib.import_module("pymupdf_fonts.NotoSans_Bold").fontbuffer
    except ImportError:
        return None
    return _pair("NotoSans", BytesIO(upright), BytesIO(bold))


def _wqy() -> Pair | None:
    """WenQuanYi Micro Hei: Chinese, Japanese, Korean. Its package is never run, only read."""
    found = importlib.util.find_spec("paperang_p2_fonts_cjk")
    folders = found.submodule_search_locations if found else None
    if not folders:
        return None
    path = Path(next(iter(folders))) / "fonts" / _WQY_FILE
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != WQY_SHA256:
        return None
    return _pair(_WQY, BytesIO(data), None)


def _system(known: Sequence[str]) -> list[Pair]:
    """Return the system's fonts of our list, but for those known already."""
    wanted = {name for pair in _SYSTEM_FILES for name in pair if name}
    found: dict[str, Path] = {}
    for folder in _SYSTEM_FOLDERS:
        for path in _files_below(Path(folder).expanduser()):
            if path.name in wanted:
                found.setdefault(path.name, path)
    if _WQY in known:
        found.pop(_WQY_FILE, None)
    pairs = (_from_files(found[n], found.get(b)) for n, b in _SYSTEM_FILES if n in found)
    return [pair for pair in pairs if pair is not None]


def _files_below(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder in one order; one that cannot be read is passed over."""
    base = len(folder.parts)
    for place, folders, files in os.walk(folder):
        folders.sort()
        if len(Path(place).parts) - base >= _DEEPEST:
            folders.clear()
        yield from (Path(place) / name for name in sorted(files))


def _from_files(upright: Path, bold: Path | None) -> Pair | None:
    try:
        heavy = BytesIO(bold.read_bytes()) if bold else None
        return _pair(
            f"System-{upright.stem.replace(' ', '')}", BytesIO(upright.read_bytes()), heavy
        )
    except OSError:
        return None


def _pair(name: str, upright: BytesIO, bold: BytesIO | None) -> Pair | None:
    """Register a font and its bold one; None where reportlab cannot draw its outlines."""
    try:
        light = _face(name, upright, is_emboldened=False)
        heavy = _face(f"{name}-Bold", bold, is_emboldened=False) if bold else None
    except (TTFError, KeyError, ValueError, IndexError):
        return None
    if heavy is None:
        heavy = Face(light.name, light.glyphs, light.widths, light.default_width, True)
    return light, heavy


def _face(name: str, data: BytesIO, *, is_emboldened: bool) -> Face:
    font = TTFont(name, data, subfontIndex=0)
    pdfmetrics.registerFont(font)
    drawn = frozenset(code for code, glyph in font.face.charToGlyph.items() if glyph)
    widths = {int(code): float(width) for code, width in font.face.charWidths.items()}
    return Face(name, drawn, widths, float(font.face.defaultWidth), is_emboldened)


def _vera(name: str) -> Face:
    """Return the font that comes with reportlab itself: Latin only."""
    font = TTFont(name, f"{name}.ttf")
    pdfmetrics.registerFont(font)
    widths = {int(code): float(width) for code, width in font.face.charWidths.items()}
    return Face(name, frozenset(font.face.charToGlyph), widths, float(font.face.defaultWidth))
