"""The key of one data folder, with which it signs how far its log has come (Ed25519, RFC 8032).

Who can read the key's file can sign in its name: the signature tells one laptop's log from one made
up elsewhere, not from one made up on this laptop by its owner. What is kept outside it (paper,
another disk, the receipts of a central log) proves the rest; docs/log.md says so to auditors.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from console.history.events import JSON, Head, canonical, sha256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_NAME = "device.key"
_SEED_BYTES = 32
_PURPOSE = "tankside-head/1"


class KeyFileError(Exception):
    """The key cannot be read or made; one sentence names the file and why."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """That a console said, at a moment of its own clock, how far its log had come.

    ``public_key`` is 64 hex digits, ``signature`` 128.
    """

    head: Head
    utc_us: int
    public_key: str
    signature: str

    @property
    def is_genuine(self) -> bool:
        """Whether the signature is that of the key, over exactly this."""
        return is_signed(signed_bytes(self.head, self.utc_us), self.public_key, self.signature)

    @property
    def fingerprint(self) -> str:
        """What people compare of the key: sixteen hex digits in groups."""
        return fingerprint(self.public_key)


class DeviceKey:
    """A private key in memory; it is never shown and never leaves its folder."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed

    @classmethod
    def of(cls, folder: Path) -> DeviceKey:
        """Return the key of a data folder, made if there is none; raises KeyFileError."""
        path = folder / KEY_NAME
        try:
            seed = path.read_bytes()
        except FileNotFoundError:
            seed = secrets.token_bytes(_SEED_BYTES)
            _keep(path, seed)
        except OSError as error:
            raise KeyFileError(f"{path}: cannot be read: {error.strerror or error}") from None
        if len(seed) != _SEED_BYTES:
            raise KeyFileError(f"{path}: it is damaged; move it away, a new one is made")
        return cls(seed)

    @classmethod
    def found(cls, folder: Path) -> DeviceKey | None:
        """Return the key of a data folder if it has one that can be read; makes none."""
        try:
            seed = (folder / KEY_NAME).read_bytes()
        except OSError:
            return None
        return cls(seed) if len(seed) == _SEED_BYTES else None

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self._seed)

    @cached_property
    def public(self) -> str:
        """The public half, 64 hex digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, content: bytes) -> str:
        """Return the signature of some bytes, 128 hex digits."""
        return self._private.sign(content).hex()

    def sign_head(self, head: Head, utc_us: int) -> SignedHead:
        """Return a head with this key's signature."""
        return SignedHead(head, utc_us, self.public, self.sign(signed_bytes(head, utc_us)))


def signed_bytes(head: Head, utc_us: int) -> bytes:
    """Return what is signed of a head: canonical JSON with the purpose in it, UTF-8."""
    told: dict[str, JSON] = {"for": _PURPOSE, "device_id": head.device_id, "hash": head.hash}
    told |= {"sequence": head.sequence, "utc_us": utc_us}
    return canonical(told).encode("utf-8")


def is_signed(content: bytes, public_key: str, signature: str) -> bool:
    """Whether the signature of some bytes is that key's; False for what is no key or signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), content)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def fingerprint(public_key: str) -> str:
    """Return what people compare of a key: ``1a2b 3c4d 5e6f 7081``."""
    digits = sha256(public_key)[:16]
    return " ".join(digits[at : at + 4] for at in range(0, 16, 4))


def _keep(path: Path, seed: bytes) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    try:
        handle, made = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(seed)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                Path(made).unlink()
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror or error}") from None
