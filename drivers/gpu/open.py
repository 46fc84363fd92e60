"""From what a person writes to a source of GPU readings; only the kind asked for is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from drivers.gpu.source import GpuSource
from drivers.gpu.urls import ALLOWED, check_source


def open_source(
    text: str,
    base: Path | None = None,
    *,
    period_s: float = 1.0,
    timeout_s: float = 1.0,
    ca_file: Path | None = None,
    columns: Sequence[str] = (),
    connect_s: float | None = None,
) -> GpuSource:
    """Return the source that ``text`` names, not yet connected; raises ValueError.

    ``nvml://local``, ``http(s)://HOST:9400/metrics``, ``prometheus+http(s)://…``, ``smi:FILE`` or
    the path of a file, relative to ``base``. ``period_s`` is how often it will be asked, the
    longest wait for an answer over HTTP is ``timeout_s``; ``ca_file`` is for https, ``columns``
    for a CSV file without a heading. ``connect_s`` is how long NVML may take to name its GPUs
    before the first look does without the rest; who looks only once should wait for all of them.
    """
    if _is_path(text):
        return _capture(text, base, columns)
    scheme = check_source(text)
    if scheme == "smi":
        return _capture(text.removeprefix("smi:"), base, columns)
    if scheme == "nvml":
        return _nvml(period_s, connect_s)
    if scheme.startswith("prometheus"):
        from drivers.gpu.prometheus_source import PrometheusSource

        return PrometheusSource(text, timeout_s=timeout_s, ca_file=ca_file)
    from drivers.gpu.exporter_source import ExporterSource

    return ExporterSource(text, timeout_s=timeout_s, ca_file=ca_file)


def _nvml(period_s: float, connect_s: float | None) -> GpuSource:
    from drivers.gpu.nvml.patience import Patience
    from drivers.gpu.nvml.source import NvmlSource

    patience = Patience.for_period(period_s)
    if connect_s is not None:
        patience = replace(patience, connect_s=connect_s)
    return NvmlSource(period_s=period_s, patience=patience)


def _is_path(text: str) -> bool:
    """Whether it can only be a file: it has no scheme (``C:`` is none), or there is such a file."""
    scheme, colon, _ = text.partition(":")
    if colon and len(scheme) > 1:
        return "://" not in text and scheme != "smi" and _is_file(Path(text))
    if any(mark in text for mark in ("/", "\\", ".")) or _is_file(Path(text)):
        return True
    raise ValueError(f"found {text!r}; allowed are {ALLOWED}")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _capture(text: str, base: Path | None, columns: Sequence[str]) -> GpuSource:
    from drivers.gpu.smi.source import CaptureSource

    path = Path(text).expanduser()
    return CaptureSource(base / path if base is not None else path, columns=columns)
