"""A folder or a stick where logs meet: one file for each batch, never changed, safe to copy about.

::

    <folder>/tankside-log/<site>/<device>/000000000001-000000000256-<hash>.tsl
    <folder>/tankside-log/<site>/held/<device>.json      what that laptop holds: receipts

A file is written beside its place and renamed, so that a stick pulled out leaves whole files only.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.history.events import NO_HASH, Head, canonical
from console.history.sync.batch import Batch, BatchError, read_batch, write_batch
from console.history.sync.exchange import Carried, Taker, batches
from console.history.sync.ledger import ForkError, Source
from console.history.trust.export_file import (
    WrongError,
    parsed,
    signed_head_of,
    signed_head_told,
)
from console.history.trust.keys import SignedHead
from console.text import tr
from drivers.files import FileError

ROOT_NAME = "tankside-log"
_NAME = re.compile(r"(\d{12})-(\d{12})-([0-9a-f]{64})\.tsl")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,80}")
_END_BYTES = 4096
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BatchFile:
    """A batch as its file's name tells it."""

    path: Path
    device_id: str
    first: int
    end: Head


class SyncFolder:
    """The batches of one site in a folder; raises FileError with one sentence for what fails."""

    def __init__(self, folder: Path, site: str) -> None:
        if not _SAFE.fullmatch(site):
            raise FileError(tr("{site} cannot be the name of a folder.", site=site))
        self.root = folder / ROOT_NAME / site
        self.site = site

    def files(self) -> list[BatchFile]:
        """Return the batches that are here, by device and number."""
        found: list[BatchFile] = []
        with _trouble(self.root):
            for path in sorted(self.root.glob("*/*.tsl")):
                match = _NAME.fullmatch(path.name)
                if match and _SAFE.fullmatch(path.parent.name):
                    device = path.parent.name
                    end = Head(device, int(match[2]), match[3])
                    found.append(BatchFile(path, device, int(match[1]), end))
        return found

    def put_all(self, source: Source, refused: dict[str, str] | None = None) -> int:
        """Write what ``source`` has and the folder lacks; returns how many events.

        ``refused`` is told of chains that are damaged in the source, and why; the others go out.
        """
        written = 0
        for device, end in sorted(source.ends().items()):
            reached = self._reached(source, device).sequence
            try:
                for batch in batches(source, device, end, reached, self.site):
                    self._put(batch)
                    written += len(batch.events)
            except BatchError as refusal:
                if refused is not None:
                    refused[device] = str(refusal)
        return written

    def take_all(self, target: Source, taker: Taker) -> Carried:
        """Hand on what others left and ``target`` lacks.

        A chain that contradicts ends there. A file that is spoilt is told of, unless another one
        brings what it should have brought.
        """
        done, spoilt = Carried(), dict[BatchFile, str]()
        known = {*target.devices(), target.own}
        for file in self.files():
            if file.device_id in done.refused or self._is_known(target, file):
                continue
            try:
                taken = taker(self._found(file.path))
            except BatchError as refusal:
                told = f"{file.path.name}: {refusal}"
                if isinstance(refusal, ForkError) or file.device_id not in known:
                    done.refused[file.device_id] = told
                else:
                    spoilt[file] = told
            else:
                done.new[taken.device_id] = done.new.get(taken.device_id, 0) + taken.new
        for file, why in spoilt.items():
            if not self._is_known(target, file):
                done.refused.setdefault(file.device_id, why)
        return done

    def read(self, path: Path) -> Batch:
        """Return the batch in a file; raises BatchError, FileError."""
        with _trouble(path):
            if path.stat().st_size > _MOST_BYTES:
                raise BatchError(tr("The file is larger than any batch."))
            with path.open("rb") as file:
                batch = read_batch(file)
        if batch.site != self.site:
            raise BatchError(
                tr("The batch is of the site {other}, not of this one.", other=batch.site[:80])
            )
        return batch

    def _found(self, path: Path) -> Batch:
        """Return the batch in a file; one that the stick does not give is refused like others."""
        try:
            return self.read(path)
        except FileError as trouble:
            raise BatchError(str(trouble)) from None

    # ---- receipts ----

    def tell_held(self, device_id: str, ends: Mapping[str, SignedHead]) -> None:
        """Leave word of what a laptop holds of every chain."""
        told = [signed_head_told(end) for end in ends.values()]
        self._write(self.root / "held" / f"{device_id}.json", [canonical(told) + "\n"])

    def receipts(self, of: str, but: str) -> Iterator[tuple[str, SignedHead]]:
        """Yield what other laptops hold of a chain: who, and up to where. What is spoilt is passed.

        The signature is that of the key told with it; whether that is the chain's own is for who
        keeps it.
        """
        for path in sorted((self.root / "held").glob("*.json")):
            if path.stem == but or not _SAFE.fullmatch(path.stem):
                continue
            for told in _told_in(path):
                with contextlib.suppress(WrongError):
                    signed = signed_head_of(told)
                    if signed.head.device_id == of and signed.is_genuine:
                        yield path.stem, signed

    # ---- helpers ----

    def _reached(self, source: Source, device: str) -> Head:
        """Return how far the folder has a chain without a gap, in the source's own version."""
        head = Head(device, 0, NO_HASH)
        for file in (one for one in self.files() if one.device_id == device):
            here = source.hashes(device, file.end.sequence, file.end.sequence)
            is_ours = here.get(file.end.sequence) == file.end.hash
            goes_on = file.first <= head.sequence + 1 and file.end.sequence > head.sequence
            if is_ours and goes_on and _is_whole(file):
                head = file.end
        return head

    def _is_known(self, target: Source, file: BatchFile) -> bool:
        here = target.hashes(file.device_id, file.end.sequence, file.end.sequence)
        return here.get(file.end.sequence) == file.end.hash

    def _put(self, batch: Batch) -> None:
        first, end = batch.before.sequence + 1, batch.end.head
        name = f"{first:012d}-{end.sequence:012d}-{end.hash}.tsl"
        lines: list[str] = []
        write_batch(batch, _Lines(lines))
        self._write(self.root / batch.device_id / name, lines)

    def _write(self, path: Path, lines: Iterable[str]) -> None:
        with _trouble(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(prefix=".part-", dir=path.parent)
            try:
                with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                    file.writelines(lines)
                    file.flush()
                    os.fsync(file.fileno())
                Path(made).replace(path)
            finally:
                with contextlib.suppress(OSError):
                    Path(made).unlink(missing_ok=True)


def _is_whole(file: BatchFile) -> bool:
    """Whether a file has the end that its name tells; a stick pulled out may have left less."""
    try:
        with file.path.open("rb") as opened:
            opened.seek(-min(_END_BYTES, opened.seek(0, os.SEEK_END)), os.SEEK_END)
            last = opened.read().rstrip(b"\n").rpartition(b"\n")[2]
        return signed_head_of(parsed(last).get("checkpoint") or {}).head == file.end
    except (OSError, WrongError, TypeError):
        return False


def _told_in(path: Path) -> list[dict[str, Any]]:
    """Return what a laptop tells that it holds; nothing where the file is spoilt."""
    with contextlib.suppress(OSError, ValueError, RecursionError):
        if path.stat().st_size <= _MOST_BYTES:
            told = json.loads(path.read_text(encoding="utf-8"))
            return [one for one in told if isinstance(one, dict)] if type(told) is list else []
    return []


class _Lines:
    """A sink of text that keeps its pieces."""

    def __init__(self, kept: list[str]) -> None:
        self._kept = kept

    def write(self, text: str) -> None:
        """Keep a piece."""
        self._kept.append(text)


@contextlib.contextmanager
def _trouble(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(
            tr("{file}: cannot be used: {why}", file=path, why=error.strerror or error)
        ) from None
