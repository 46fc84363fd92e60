"""A bundle as a file: a zip with the manifest, its signature and the files that it lists.

Reading believes nothing before it is proven: sizes are bounded while unpacking, names come from
the signed manifest only, and every byte must have the hash that was signed.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from console.bundle.manifest import FORMAT, MANIFEST, MOST_BYTES, MOST_FILES, SIGNATURE, Manifest
from console.history.trust.keys import DeviceKey
from console.signing import RefusedFileError, Signature, digest_groups, sign
from console.text import tr
from drivers.files import FileError, parse

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_MOST_MANIFEST_BYTES = 1024 * 1024
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LINK = 0o120000 << 16
_TYPE = 0o170000 << 16


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read: whole, unaltered, and signed by the key that it names.

    Whether that key is trusted, and whether the bundle is too old, is for who applies it.
    """

    manifest: Manifest
    signature: Signature
    contents: Mapping[str, bytes]
    manifest_bytes: bytes

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the signed manifest, 64 hex digits: it names every byte of the bundle."""
        return hashlib.sha256(self.manifest_bytes).hexdigest()

    @property
    def shown_digest(self) -> str:
        """The digest as it is shown on screen and paper."""
        return digest_groups(self.digest)


def write_bundle(
    path: Path, manifest: Manifest, contents: Mapping[str, bytes], key: DeviceKey
) -> Bundle:
    """Sign and write a bundle, the same bytes for the same content; raises FileError."""
    told = manifest.model_dump(mode="json")
    raw = json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8")
    signature = sign(raw, FORMAT, key)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, MANIFEST, raw)
        _add(archive, SIGNATURE, signature.model_dump_json().encode("ascii"))
        for file in manifest.files:
            _add(archive, file.name, contents[file.name])
    try:
        path.write_bytes(out.getvalue())
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    return Bundle(manifest, signature, contents, raw)


def read_bundle(path: Path) -> Bundle:
    """Read and prove a bundle; raises RefusedFileError saying what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, path)
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        RecursionError,
    ) as error:
        raise RefusedFileError(
            tr("{file}: this is no whole bundle: {error}", file=path, error=error)
        ) from None


def _read(archive: zipfile.ZipFile, path: Path) -> Bundle:
    entries = _entries(archive, path)
    for name in (MANIFEST, SIGNATURE):
        if name not in entries:
            raise RefusedFileError(
                tr("{file}: this is no site bundle: it has no {name}", file=path, name=name)
            )
    raw = _bounded(archive, entries[MANIFEST], _MOST_MANIFEST_BYTES, path)
    signature = _signature(_bounded(archive, entries[SIGNATURE], 4096, path), path)
    if not signature.covers(raw, FORMAT):
        raise RefusedFileError(
            tr(
                "{file}: the signature is wrong: it was altered, or signed by somebody else",
                file=path,
            )
        )
    manifest = parse(Manifest, _object(raw, path), path, guide="docs/operations.md")
    listed = {file.name: file for file in manifest.files}
    _refuse_other_names(set(entries) - {MANIFEST, SIGNATURE}, set(listed), path)
    contents = {}
    for name, file in listed.items():
        content = _bounded(archive, entries[name], file.bytes, path)
        if len(content) != file.bytes or hashlib.sha256(content).hexdigest() != file.sha256:
            raise RefusedFileError(tr("{file}: {name} in it was altered", file=path, name=name))
        contents[name] = content
    return Bundle(manifest, signature, contents, raw)


def _entries(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MOST_FILES + 2:
        raise RefusedFileError(
            tr("{file}: it holds more than {most} files", file=path, most=MOST_FILES)
        )
    if sum(info.file_size for info in infos) > MOST_BYTES + _MOST_MANIFEST_BYTES:
        most = MOST_BYTES // 2**20
        raise RefusedFileError(
            tr("{file}: it unpacks to more than {most} MiB", file=path, most=most)
        )
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        is_link = info.external_attr & _TYPE == _LINK
        if (
            info.orig_filename in entries
            or info.is_dir()
            or is_link
            or info.flag_bits & 1
            or info.compress_type not in _METHODS
        ):
            raise RefusedFileError(
                tr(
                    "{file}: {name} in it is no plain file",
                    file=path,
                    name=repr(info.orig_filename),
                )
            )
        entries[info.orig_filename] = info
    return entries


def _refuse_other_names(found: set[str], listed: set[str], path: Path) -> None:
    for name in sorted(found - listed):
        if name.startswith(("/", "\\")) or ".." in name or ":" in name or "\\" in name:
            raise RefusedFileError(
                tr(
                    "{file}: {name} in it would lie outside the site's folder",
                    file=path,
                    name=repr(name),
                )
            )
        raise RefusedFileError(
            tr("{file}: {name} in it was not signed", file=path, name=repr(name))
        )
    for name in sorted(listed - found):
        raise RefusedFileError(tr("{file}: {name} is missing in it", file=path, name=repr(name)))


def _bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int, path: Path) -> bytes:
    """Return an entry's content, never unpacking more than it may have."""
    with archive.open(info) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise RefusedFileError(
            tr(
                "{file}: {name} in it is larger than was signed",
                file=path,
                name=repr(info.filename),
            )
        )
    return content


def _signature(raw: bytes, path: Path) -> Signature:
    return parse(Signature, _object(raw, path), path, guide="docs/operations.md")


def _object(raw: bytes, path: Path) -> dict[str, object]:
    found = json.loads(raw.decode("utf-8"))
    if not isinstance(found, dict):
        raise RefusedFileError(tr("{file}: this is no site bundle", file=path))
    return found


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o100644 << 16
    info.create_system = 3
    archive.writestr(info, content)
