"""Where the hashes of PINs lie: a file beside the log, useless without the machine's own pepper.

Nothing of it is ever in the log. The log holds a seal of the hash that counts: an HMAC under the
pepper, which says nothing to who reads the log, and gives away a file that was swapped or restored.
docs/decisions/0017-people.md says what this does and does not protect from.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from pathlib import Path

from console.text import tr
from console.work.people.roster import key_of

PEPPER_NAME = "people.key"
HASHES_NAME = "people.pins"
_PEPPER_BYTES = 32
_KEPT = 2
"""The hash that counts and the one that is about to: a crash between file and log loses neither."""


class SecretsError(Exception):
    """The files with the PINs cannot be used: one sentence for a person."""


class SecretStore:
    """The pepper and the hashes of one data folder. Used by one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pepper: bytes | None = None

    def peppered(self, pin: str) -> bytes:
        """Return what is hashed in place of a PIN; raises SecretsError."""
        return self._hmac("pin", pin)

    def seal(self, person: str, hashed: str) -> str:
        """Return the seal of a person's hash, 64 hex digits; raises SecretsError."""
        return self._hmac("seal", f"{key_of(person)}\n{hashed}").hex()

    def vouch(self, text: str) -> str:
        """Return the seal of what this machine says of a training, 64 hex digits; SecretsError."""
        return self._hmac("training", text).hex()

    def find(self, person: str, seal: str) -> str | None:
        """Return the hash whose seal the log names; None where the file does not hold it."""
        if not seal:
            return None
        for hashed in self._read().get(key_of(person), []):
            if hmac.compare_digest(self.seal(person, hashed), seal):
                return hashed
        return None

    def put(self, person: str, hashed: str, seal_in_force: str) -> str:
        """Keep a new hash beside the one in force, and return its seal; raises SecretsError."""
        found = self._read()
        key = key_of(person)
        kept = [h for h in found.get(key, []) if self.seal(person, h) == seal_in_force]
        found[key] = [*kept, hashed][-_KEPT:]
        self._write(HASHES_NAME, json.dumps(found, sort_keys=True, indent=1).encode())
        return self.seal(person, hashed)

    def _hmac(self, purpose: str, text: str) -> bytes:
        said = f"{purpose}\n{text}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key(), said, hashlib.sha256).digest()

    def _key(self) -> bytes:
        if self._pepper is None:
            self._pepper = self._load_pepper() or self._make_pepper()
        return self._pepper

    def _load_pepper(self) -> bytes | None:
        path = self._folder / PEPPER_NAME
        try:
            found = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from None
        if len(found) != _PEPPER_BYTES:
            raise _unusable(path, tr("it is damaged"))
        return found

    def _make_pepper(self) -> bytes:
        """Make the machine's secret; only the console that holds the folder's lock gets here."""
        pepper = secrets.token_bytes(_PEPPER_BYTES)
        self._write(PEPPER_NAME, pepper)
        return pepper

    def _read(self) -> dict[str, list[str]]:
        path = self._folder / HASHES_NAME
        try:
            found = json.loads(path.read_text(encoding="ascii"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from None
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict) or not all(isinstance(h, list) for h in found.values()):
            raise _unusable(path, tr("it is damaged"))
        return {str(person): [str(h) for h in hashes] for person, hashes in found.items()}

    def _write(self, name: str, content: bytes) -> None:
        """Write a file that only its owner reads, whole or not at all."""
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(prefix=f".{name}.", dir=self._folder)  # mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                Path(made).replace(path)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    Path(made).unlink()
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from None


def _unusable(path: Path, why: str) -> SecretsError:
    return SecretsError(tr("{file} cannot be used: {why}. Nobody can sign in.", file=path, why=why))
