"""Taking out of a text what is nobody else's business: people, places, addresses, secrets.

The same name becomes the same stand-in everywhere, so that a reader can still follow who is who.
What is not known by name is known by its form: addresses, e-mail, tokens, serials, home folders.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from itertools import count

_SECRET = re.compile(
    r"(?i)\b(pass(?:word|phrase)?|pin|token|secret|api[_-]?key|authorization|bearer|private[_-]key)\b"
    r"(\s*[=:]\s*|\s+)(\"[^\"]*\"|'[^']*'|\S+)"
)
_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_URL_HOST = re.compile(r"(://(?:[^/@\s\"']+@)?)(\[[^\]]+\]|[A-Za-z0-9._-]+)")
_MAC = re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b")
_GPU = re.compile(r"\bGPU-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
_SERIAL = re.compile(r"(?i)(\bserial(?:[ _-]?(?:number|no))?\"?\s*[=:]\s*\"?)([A-Za-z0-9-]{4,})")
_HOME = re.compile(r"(/home/|/Users/|[A-Za-z]:\\Users\\)[^/\\\s\"':]+")
_HERE = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0", "::"})


class Scrubber:
    """Names what it takes out. ``keep_serials`` leaves serial numbers and GPU ids as they are."""

    def __init__(self, *, keep_serials: bool = False) -> None:
        self._keep_serials = keep_serials
        self._stand_ins: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._numbers: dict[str, count[int]] = {}
        self._pattern: re.Pattern[str] | None = None

    def know(self, kind: str, names: Iterable[str]) -> None:
        """Take out one thing that has several names, such as a person's id and printed name."""
        stand_in = ""
        for name in names:
            if len(name.strip()) > 1 and name.lower() not in self._known and name not in _HERE:
                stand_in = stand_in or f"{kind}-{self._next(kind)}"
                self._known[name.lower()] = stand_in
        self._pattern = None

    def clean(self, text: str) -> str:
        """Return the text without any of it."""
        text = _KEY_BLOCK.sub("[a key]", text)
        text = _SECRET.sub(lambda m: f"{m[1]}{m[2]}[secret]", text)
        text = _URL_HOST.sub(lambda m: f"://{self._address(m[2])}", text)
        text = _MAIL.sub(self._as("mail"), text)
        text = _MAC.sub(self._as("mac"), text)
        text = _IPV4.sub(lambda m: self._address(m[0]), text)
        text = _IPV6.sub(lambda m: self._address(m[0]) if _is_address(m[0]) else m[0], text)
        text = _HOME.sub(lambda m: f"{m[1]}[user]", text)
        if not self._keep_serials:
            text = _GPU.sub(self._as("gpu"), text)
            text = _SERIAL.sub(lambda m: m[1] + self._stand_in("serial", m[2]), text)
        return self._names(text)

    def _names(self, text: str) -> str:
        if self._pattern is None:
            words = sorted(self._known, key=len, reverse=True)
            inner = "|".join(re.escape(word) for word in words)
            self._pattern = (
                re.compile(rf"(?<![\w-])(?:{inner})(?![\w])", re.IGNORECASE) if words else _NEVER
            )
        return self._pattern.sub(lambda m: self._known[m[0].lower()], text)

    def _address(self, address: str) -> str:
        plain = address.strip("[]").lower()
        return address if plain in _HERE else self._stand_in("address", plain)

    def _as(self, kind: str) -> Callable[[re.Match[str]], str]:
        return lambda match: self._stand_in(kind, match[0].lower())

    def _stand_in(self, kind: str, name: str) -> str:
        if re.fullmatch(r"(address|mail|mac|gpu|serial)-\d+", name):
            return name
        return self._stand_ins.setdefault(f"{kind} {name}", "") or self._give(kind, name)

    def _give(self, kind: str, name: str) -> str:
        given = self._stand_ins[f"{kind} {name}"] = f"{kind}-{self._next(kind)}"
        return given

    def _next(self, kind: str) -> int:
        return next(self._numbers.setdefault(kind, count(1)))


_NEVER = re.compile(r"(?!)")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
