"""A signature: who, in which role, meaning what, when, and of exactly what was shown."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from console.work.events import JSON, Body


@dataclass(frozen=True, slots=True)
class Signature:
    """Made by :class:`console.work.people.gate.Gate` alone, after the PIN was given once more.

    ``meaning`` is a word of the program (an act, or the procedure engine's), ``shown`` the SHA-256
    of what the person saw, ``seal`` names the secret that was given. ``id`` is used once.
    """

    id: str
    person: str
    name: str
    role: str
    meaning: str
    utc_us: int
    shown: str
    seal: str

    def as_body(self) -> dict[str, JSON]:
        """Return it for the body of the event that it signs."""
        return {
            "id": self.id,
            "person": self.person,
            "name": self.name,
            "role": self.role,
            "meaning": self.meaning,
            "utc_us": self.utc_us,
            "shown": self.shown,
            "seal": self.seal,
        }


def signature_of(body: Body) -> Signature | None:
    """Return the signature in a body, None where there is none; raises for one of another shape."""
    found = body.get("signature")
    if found is None:
        return None
    texts = ("id", "person", "name", "role", "meaning", "shown", "seal")
    told = {name: str(found[name]) for name in texts}
    return Signature(utc_us=int(found["utc_us"]), **told)


def shown_hash(shown: Mapping[str, JSON] | str) -> str:
    """Return the hash of what a person is shown: of its canonical JSON, or of a plain text."""
    text = (
        shown
        if isinstance(shown, str)
        else json.dumps(shown, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    )
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
