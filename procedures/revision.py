"""What is approved and run: the canonical JSON of a procedure, and its SHA-256, the revision.

Members at their default are left out and numbers are as JSON writes them, so that neither comments,
nor spaces, nor the order of keys, nor a newer console's new members make another revision.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from pydantic import ValidationError

from drivers.files import FileError
from procedures.spec import Procedure


@dataclass(frozen=True, slots=True)
class Revision:
    """A compiled procedure; equal revisions are the same procedure to the letter."""

    procedure: Procedure
    canonical: str
    digest: str

    @property
    def short(self) -> str:
        """The first twelve digits, for people."""
        return self.digest[:12]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Revision) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)


def compile_procedure(procedure: Procedure) -> Revision:
    """Return the revision of a procedure."""
    data = procedure.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    canonical = canonical_json({**data, "schema": procedure.schema_})
    return Revision(procedure, canonical, digest_of(canonical))


def revision_of(canonical: str, digest: str | None = None) -> Revision:
    """Return the revision that a canonical text holds; raises FileError where it is not one.

    With ``digest`` given, a text with any other hash is refused: it is not what was approved.
    """
    found = digest_of(canonical) if digest is None else verify_digest(canonical, digest)
    try:
        procedure = Procedure.model_validate_json(canonical)
    except ValidationError as error:
        raise FileError(f"revision {found[:12]}: cannot be read by this version: {error}") from None
    return Revision(procedure, canonical, found)


def verify_digest(canonical: str, digest: str) -> str:
    """Return the hash of a text if it is the one given; raises FileError with both if not."""
    found = digest_of(canonical)
    if found != digest:
        raise FileError(f"revision {digest[:12]}: the stored text has the hash {found[:12]}")
    return found


def canonical_json(value: object) -> str:
    """Return the one JSON text of a value; raises ValueError for NaN and infinities."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
