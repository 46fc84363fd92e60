"""Where in a TOML text each key stands, so that an error can name the line.

The text has already been read by ``tomllib``, so the scanner may rely on it being valid: it only
has to tell keys, strings, arrays and tables apart, not to check them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^\s,\]}#][^,\]}#\n]*")
_SPACE = " \t"
_BLANK = " \t\r\n"


class Lines:
    """The line number, counted from one, of every key and array item of a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._of = _Scanner(text).scan()

    def of(self, path: Iterable[str | int]) -> int | None:
        """Return the line of a key path, or of the nearest table around it; None if unknown."""
        whole = tuple(path)
        for end in range(len(whole), 0, -1):
            if whole[:end] in self._of:
                return self._of[whole[:end]]
        return None


class _Scanner:
    """One pass over the text; ``_found`` collects path -> line."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._found: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while self._skip_blank():
            if self._text.startswith("[[", self._at):
                table = self._header(is_array=True)
            elif self._text[self._at] == "[":
                table = self._header(is_array=False)
            else:
                self._pair(table)
        return self._found

    def _header(self, *, is_array: bool) -> Path:
        self._at += 2 if is_array else 1
        keys = self._keys()
        self._at += 2 if is_array else 1
        path = (*self._resolved(keys[:-1]), keys[-1])
        if is_array:
            number = self._counts.get(path, 0)
            self._counts[path] = number + 1
            self._note(path)
            path = (*path, number)
        else:
            path = self._resolved(keys)
        self._note(path)
        return path

    def _resolved(self, keys: Iterable[str]) -> Path:
        """Point dotted header keys at the newest item of every array of tables on the way."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
            self._note(path)
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for key in self._keys():
            path = (*path, key)
            self._note(path)
        self._at += 1  # the equals sign
        self._skip_space()
        self._value(path)

    def _keys(self) -> list[str]:
        keys = []
        while True:
            self._skip_space()
            if self._text[self._at] in "\"'":
                keys.append(self._string())
            else:
                found = _BARE.match(self._text, self._at)
                if found is None:
                    raise ValueError(f"line {self._current_line()}: a key was expected")
                keys.append(found.group())
                self._at = found.end()
            self._skip_space()
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _value(self, path: Path) -> None:
        first = self._text[self._at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            found = _SCALAR.match(self._text, self._at)
            self._at = found.end() if found else self._at + 1

    def _array(self, path: Path) -> None:
        self._at += 1
        number = 0
        while self._skip_blank() and self._text[self._at] != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            self._skip_blank()
            if self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _inline_table(self, path: Path) -> None:
        self._at += 1
        while self._skip_blank() and self._text[self._at] != "}":
            self._pair(path)
            self._skip_blank()
            if self._text[self._at] == ",":
                self._at += 1
        self._at += 1

    def _string(self) -> str:
        quote = self._text[self._at]
        start = self._at
        if self._text.startswith(quote * 3, self._at):
            self._at = self._end_of_long_string(quote)
        else:
            self._at += 1
            while self._text[self._at] != quote:
                self._at += 2 if quote == '"' and self._text[self._at] == "\\" else 1
            self._at += 1
        written = self._text[start : self._at]
        is_plain = "\\" not in written and not written.startswith(quote * 3)
        return written[1:-1] if is_plain else str(tomllib.loads(f"key = {written}")["key"])

    def _end_of_long_string(self, quote: str) -> int:
        at = self._at + 3
        while not self._text.startswith(quote * 3, at):
            at += 2 if quote == '"' and self._text[at] == "\\" else 1
        at += 3
        while self._text.startswith(quote, at):  # up to two quotes may end the text itself
            at += 1
        return at

    def _note(self, path: Path) -> None:
        self._found.setdefault(path, self._current_line())

    def _current_line(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at] in _SPACE:
            self._at += 1

    def _skip_blank(self) -> bool:
        """Skip white space and comments; False at the end of the text."""
        while self._at < len(self._text):
            if self._text[self._at] in _BLANK:
                self._at += 1
            elif self._text[self._at] == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            else:
                return True
        return False
