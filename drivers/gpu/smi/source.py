"""A captured file as a source of GPU readings. Nothing in it is live, and all of it says so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from drivers.device import DeviceError, DeviceGarbledError
from drivers.gpu.smi.captured import CapturedGpu, lost_gpus, newest, numbered
from drivers.gpu.smi.file_text import read_capture
from drivers.gpu.smi.smi_csv import UnclearRowsError, read_query_csv
from drivers.gpu.smi.smi_text import read_query_text
from drivers.gpu.source import Capability, GpuFault, GpuSample
from drivers.points import Stamp

_COMPLAINTS = (
    "NVIDIA-SMI has failed",
    "Failed to initialize NVML",
    "No devices were found",
    "Driver/library version mismatch",
)
_LONGEST_QUOTE = 120


class CaptureSource:
    """``nvidia-smi -q`` or ``--query-gpu`` output in a file.

    ``columns`` are the names asked for where the file has no heading; ``utc_offset_min`` is the
    zone of the host, which nvidia-smi does not print: without it this computer's own is taken.
    """

    def __init__(
        self,
        path: Path,
        *,
        columns: Sequence[str] = (),
        utc_offset_min: int | None = None,
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self._path = path
        self._columns = tuple(columns)
        self._utc_offset_min = utc_offset_min
        self._clock = clock
        self._samples: tuple[GpuSample, ...] | None = None

    @property
    def url(self) -> str:
        """Where it is, for messages."""
        return f"smi:{self._path}"

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What it can do."""
        return frozenset({Capability.INVENTORY, Capability.SAMPLE, Capability.RECORDED})

    async def connect(self) -> None:
        """Read the file; raises DeviceError in one sentence that names it."""
        self._samples = None
        self._samples = await asyncio.to_thread(self._read)

    async def inventory(self) -> Sequence[Mapping[str, str]]:
        """Return the identity of each GPU in the file; raises DeviceError."""
        return [sample.identity for sample in await self.sample()]

    async def sample(self) -> Sequence[GpuSample]:
        """Return each GPU as it was printed last; raises DeviceError before :meth:`connect`."""
        if self._samples is None:
            raise DeviceError(f"{self._path} has not been read")
        return self._samples

    def faults(self) -> Sequence[GpuFault]:
        """A file tells no events."""
        return ()

    async def close(self) -> None:
        """Forget what was read."""
        self._samples = None

    def _read(self) -> tuple[GpuSample, ...]:
        text = read_capture(self._path)
        try:
            gpus = read_gpus(text, self._columns)
        except UnclearRowsError as error:
            raise DeviceGarbledError(f"{self._path} {error}") from None
        if not gpus:
            raise DeviceGarbledError(f"{self._path}: {_what_it_is(text)}")
        now = self._clock()
        return tuple(gpu.sample(gpu.index or 0, now, self._utc_offset_min) for gpu in gpus)


def read_gpus(text: str, columns: Sequence[str] = ()) -> list[CapturedGpu]:
    """Return the GPUs in the text of a capture, by number; raises UnclearRowsError."""
    present = newest(read_query_text(text) or read_query_csv(text, columns))
    return numbered(present, lost_gpus(text))


def _what_it_is(text: str) -> str:
    """Why there is no GPU in a text."""
    stripped = text.strip()
    if not stripped:
        return "the file is empty"
    for complaint in _COMPLAINTS:
        if (start := stripped.find(complaint)) >= 0:
            return f'nvidia-smi named no GPU: "{_quote(stripped[start:])}"'
    if "nvidia_smi_log" in stripped[:4096]:
        return "found nvidia-smi's XML; save the output of `nvidia-smi -q` instead"
    if re.search(r"^\|\s+NVIDIA-SMI [\d.]+", stripped, re.MULTILINE):
        return "found the plain table of nvidia-smi; save the output of `nvidia-smi -q` instead"
    return (
        f'found "{_quote(stripped)}", which is neither `nvidia-smi -q` nor '
        "`nvidia-smi --query-gpu=… --format=csv` (with noheader the columns must be told)"
    )


def _quote(text: str) -> str:
    line = "".join(c if c.isprintable() else "?" for c in text.split("\n", 1)[0].strip())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"
