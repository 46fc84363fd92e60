"""The code on every printed page, from which a filled form finds its way back: writing and reading.

``TS1|site|form|digest|page``: the site's id, the form instance, the first 16 hex digits of the
procedure's revision (``-`` where there is none), the page from 1. No address: it works offline.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

DIGEST_DIGITS = 16
NO_PROCEDURE = "-"
_FORMAT = "TS1"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit."""
_FORM_LENGTH = 10
_PAYLOAD = re.compile(
    rf"{_FORMAT}\|(?P<site>[a-z0-9][a-z0-9_-]{{0,62}})\|(?P<form>[0-9A-HJKMNP-TV-Z]{{10}})"
    rf"\|(?P<digest>[0-9a-f]{{{DIGEST_DIGITS}}}|{NO_PROCEDURE})\|(?P<page>[1-9]\d{{0,3}})",
    re.ASCII,
)


class CodeError(ValueError):
    """A code that is not one of ours, or that was misread; one sentence says which."""


@dataclass(frozen=True, slots=True)
class PageCode:
    """What the code of one page says. ``digest`` is empty where the form follows no procedure."""

    site: str
    form: str
    digest: str
    page: int

    @property
    def payload(self) -> str:
        """The text that the QR code holds."""
        digest = self.digest[:DIGEST_DIGITS] or NO_PROCEDURE
        return f"{_FORMAT}|{self.site}|{self.form}|{digest}|{self.page}"

    @classmethod
    def parse(cls, text: str) -> PageCode:
        """Read a scanned or typed code; raises CodeError saying what it is instead."""
        found = _PAYLOAD.fullmatch(text.strip())
        if found is None:
            raise CodeError(f"{text.strip()[:80]!r} is not the code of a form")
        form = read_form(found["form"])
        digest = "" if found["digest"] == NO_PROCEDURE else found["digest"]
        return cls(found["site"], form, digest, int(found["page"]))

    def belongs_to(self, site: str) -> bool:
        """Whether the page was printed for this site."""
        return self.site == site


def new_form() -> str:
    """Return the id of a new form: nine random characters (45 bits) and one that checks them."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_FORM_LENGTH - 1))
    return body + _check(body)


def shown_form(form: str) -> str:
    """Return a form's id as people read it: ``7K3QX-9M2PG``."""
    return f"{form[:5]}-{form[5:]}"


def read_form(text: str) -> str:
    """Return a form's id that somebody typed, whatever case and dashes; raises CodeError.

    ``O`` is read as 0, ``I`` and ``L`` as 1. One wrong character, or two neighbours exchanged, is
    noticed.
    """
    plain = text.upper().translate(str.maketrans("OIL", "011", "- \t"))
    if len(plain) != _FORM_LENGTH or any(letter not in _ALPHABET for letter in plain):
        raise CodeError(f"{text.strip()[:40]!r} is not the number of a form")
    if plain[-1] != _check(plain[:-1]):
        raise CodeError(f"the number of the form was misread: {shown_form(plain)}")
    return plain


def _check(body: str) -> str:
    """Return the check character: weights 1, 3, 5 … modulo 32.

    Odd weights have an inverse, so one wrong character is always noticed; neighbours differ by 2,
    so an exchange is noticed unless the characters lie exactly 16 apart.
    """
    total = sum((2 * n + 1) * _ALPHABET.index(letter) for n, letter in enumerate(body))
    return _ALPHABET[total % 32]
