"""Signing and proving files that are carried by hand: site bundles and releases (Ed25519).

A signature covers a purpose and the bytes, so that what was signed as one thing is never taken for
another. Keys are files of one line; the private one is readable by its owner alone.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from console.history.trust.keys import DeviceKey, fingerprint, is_signed
from console.text import tr
from drivers.files import FileError, FileModel, read_text

_PRIVATE = re.compile(r"tankside-private-key/1 ([0-9a-f]{64})")
_PUBLIC = re.compile(r"(?:tankside-public-key/1 )?([0-9a-f]{64})")
_SEED_BYTES = 32


class RefusedFileError(FileError):
    """A file from elsewhere that is not taken; one sentence says which rule it breaks."""


class Signature(FileModel):
    """A signature beside what it signs: ``public_key`` is 64 hex digits, ``signature`` 128."""

    public_key: str
    signature: str

    @property
    def fingerprint(self) -> str:
        """What people compare of the key."""
        return fingerprint(self.public_key)

    def covers(self, content: bytes, purpose: str) -> bool:
        """Whether it is that key's signature of exactly these bytes for this purpose."""
        return is_signed(_signed_bytes(content, purpose), self.public_key, self.signature)


def make_key(path: Path) -> str:
    """Make a private key in a file, and its public half in ``FILE.pub``; return the public half.

    Raises FileError where a file is there already or cannot be written.
    """
    seed = secrets.token_bytes(_SEED_BYTES)
    public = DeviceKey(seed).public
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"tankside-private-key/1 {seed.hex()}\n")
        public_file(path).write_text(f"tankside-public-key/1 {public}\n", encoding="ascii")
    except FileExistsError:
        raise FileError(
            tr("{file}: there is such a file already; a key is never overwritten", file=path)
        ) from None
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    return public


def public_file(path: Path) -> Path:
    """Return where the public half of a private key's file lies."""
    return path.with_name(f"{path.name}.pub")


def read_key(path: Path) -> DeviceKey:
    """Return the private key in a file; raises FileError."""
    found = _PRIVATE.fullmatch(read_text(path).strip())
    if found is None:
        raise FileError(tr("{file}: this is no private key of Tankside", file=path))
    return DeviceKey(bytes.fromhex(found.group(1)))


def read_public(path: Path) -> str:
    """Return the public half, 64 hex digits, in a file of either kind; raises FileError."""
    text = read_text(path).strip()
    if _PRIVATE.fullmatch(text):
        return read_key(path).public
    found = _PUBLIC.fullmatch(text)
    if found is None:
        raise FileError(tr("{file}: this is no key of Tankside", file=path))
    return found.group(1)


def sign(content: bytes, purpose: str, key: DeviceKey) -> Signature:
    """Return a key's signature of some bytes for a purpose."""
    return Signature(public_key=key.public, signature=key.sign(_signed_bytes(content, purpose)))


def same_fingerprint(one: str, other: str) -> bool:
    """Whether two fingerprints are the same, however they were typed."""
    plain = [re.sub(r"[^0-9a-f]", "", text.lower()) for text in (one, other)]
    return len(plain[0]) == 16 and plain[0] == plain[1]


def digest_groups(digest: str) -> str:
    """Return a SHA-256 as people compare it: the first 32 digits in groups of four."""
    return " ".join(digest[at : at + 4] for at in range(0, 32, 4))


def _signed_bytes(content: bytes, purpose: str) -> bytes:
    return purpose.encode("ascii") + b"\n" + content
