"""Breaking text into lines: at spaces, between Chinese characters, and inside what is too long.

Nothing is ever left out: what cannot be broken anywhere better is broken anywhere.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from console.documents.fonts import Fonts

_NOT_FIRST = frozenset(
    "!%),.:;?]}¢°·’”†‡›℃、。〃々〉》」』】〕〗〞︰︱︳﹐﹑﹒﹔﹕﹖﹗！＂％＇），．：；？］｝～"
)
"""What no line begins with."""
_NOT_LAST = frozenset("([{£¥‘“‹〈《「『【〔〖〝﹙﹛﹝（［｛￡￥$")
"""What no line ends with."""
_AFTER = frozenset("-‐–—/\u00ad_|,;@=&")
"""After these a long word may be broken."""


def lines_of(text: str, width: float, size: float, fonts: Fonts, bold: bool = False) -> list[str]:
    """Return a text in lines no wider than ``width``; line feeds in it end a line.

    A single character that is wider than the line stands alone.
    """
    found: list[str] = []
    for part in _tidy(text).split("\n"):
        found += _broken(part, width / size, fonts, bold)
    return found


def one_line(text: str, width: float, size: float, fonts: Fonts, bold: bool = False) -> str:
    """Return as much of a text as one line holds, with an ellipsis where it is more."""
    plain = " ".join(_tidy(text).split())
    if fonts.width(plain, size, bold) <= width:
        return plain
    room = width / size - fonts.glyph("…", bold).width
    kept = []
    for character in plain:
        room -= fonts.glyph(character, bold).width
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _tidy(text: str) -> str:
    whole = unicodedata.normalize("NFC", text)
    whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    return whole.replace("\u2028", "\n").replace("\u2029", "\n").replace("\t", "    ")


def _broken(text: str, room: float, fonts: Fonts, bold: bool) -> list[str]:
    """Return one paragraph in lines of at most ``room`` (in units of the size)."""
    lines: list[str] = []
    start, width = 0, 0.0
    best = -1  # where the line would best be broken: the first character of the next
    n, end = 0, len(text)
    while n < end:
        glyph = fonts.glyph(text[n], bold)
        is_space = text[n] == " "
        if width + glyph.width > room + 1e-9 and n > start and not is_space:
            cut = best if best > start else _anywhere(text, start, n)
            lines.append(text[start:cut].rstrip(" "))
            start = n = cut
            width, best = 0.0, -1
            continue
        width += glyph.width
        n += 1
        if n < end and may_break(text[n - 1], text[n]):
            best = n
    lines.append(text[start:].rstrip(" ") if start else text.rstrip(" "))
    return lines


def _anywhere(text: str, start: int, n: int) -> int:
    """Return where to break a word longer than a line: not before what rides on a letter."""
    cut = n
    while cut > start + 1 and unicodedata.combining(text[cut]):
        cut -= 1
    return cut if cut > start + 1 or not unicodedata.combining(text[n]) else n


@lru_cache(maxsize=65536)
def may_break(before: str, after: str) -> bool:
    """Whether a line may be broken between two characters."""
    if after == " ":
        return False
    if before == " ":
        return True
    if after in _NOT_FIRST or before in _NOT_LAST or unicodedata.combining(after):
        return False
    if is_wide(before) or is_wide(after):
        return True
    return before in _AFTER and not after.isdigit()


@lru_cache(maxsize=65536)
def is_wide(character: str) -> bool:
    """Whether lines may be broken on both sides of a character: Chinese, Japanese, Korean."""
    return unicodedata.east_asian_width(character) in {"W", "F"}


def reads_leftwards(text: str) -> bool:
    """Whether some of a text is in a script that is written from right to left."""
    return any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text if c > "\u0590")
