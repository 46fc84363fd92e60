"""PINs and passphrases: what is good enough, and hashing that is slow to guess (argon2id)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.text import tr
from console.work.events import Refused
from console.work.people.roles import Roles
from console.work.people.secrets import SecretStore

_LONGEST = 256
_STEPS = {1, -1, 0}


def check_pin(pin: str, roles: Iterable[str], table: Roles, known: Iterable[str] = ()) -> None:
    """Refuse a PIN or passphrase that is too easy; raises Refused with what it must be.

    ``known`` holds what everybody knows of the person: id and name.
    """
    pin, rules = normal(pin), table.pin
    if len(pin) > _LONGEST:
        raise Refused(tr("That is too long: at most {count} characters.", count=_LONGEST))
    if _is_digits(pin):
        if table.needs_passphrase(roles):
            raise Refused(
                tr(
                    "This role needs a passphrase of at least {count} characters, not only digits.",
                    count=rules.passphrase_min,
                )
            )
        if len(pin) < rules.digits_min:
            raise Refused(tr("A PIN needs at least {count} digits.", count=rules.digits_min))
    elif len(pin) < rules.passphrase_min:
        raise Refused(
            tr(
                "A passphrase needs at least {count} characters; a PIN has digits only.",
                count=rules.passphrase_min,
            )
        )
    if _is_a_row(pin) or pin.casefold() in {normal(word).casefold() for word in known}:
        raise Refused(tr("That is too easy to guess."))


def normal(pin: str) -> str:
    """Return a PIN as every keyboard writes it: full-width digits are digits, no spaces around."""
    return unicodedata.normalize("NFKC", pin).strip()


def _is_digits(pin: str) -> bool:
    return pin.isascii() and pin.isdigit()


def _is_a_row(pin: str) -> bool:
    """Whether it is one character again and again, a row up or down, or a pair repeated."""
    steps = {ord(b) - ord(a) for a, b in pairwise(pin)}
    is_row = len(steps) <= 1 and steps <= _STEPS
    return is_row or len(set(zip(pin[::2], pin[1::2], strict=False))) == 1


class PinHasher:
    """Hashes and verifies. Takes 0.1 s and 64 MiB each time: never in the window's thread."""

    def __init__(self, secrets: SecretStore, hasher: PasswordHasher | None = None) -> None:
        self._secrets = secrets
        self._hasher = hasher or PasswordHasher()
        self._nobody = ""

    def hash(self, pin: str) -> str:
        """Return the hash of a PIN with its salt and parameters; raises SecretsError."""
        return self._hasher.hash(self._secrets.peppered(normal(pin)))

    def verify(self, hashed: str | None, pin: str) -> bool:
        """Whether a PIN is the one hashed; takes as long where there is no hash at all."""
        peppered = self._secrets.peppered(normal(pin))
        if hashed is None:
            self._nobody = self._nobody or self._hasher.hash(b"nobody")
        try:
            is_right = self._hasher.verify(hashed or self._nobody, peppered)
        except (VerificationError, InvalidHashError):
            return False
        return bool(is_right) and hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether the parameters have become stronger since."""
        return self._hasher.check_needs_rehash(hashed)
