"""From what a person writes to a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from drivers.gpu.exporter_source import ExporterSource
from drivers.gpu.nvml.source import NvmlSource
from drivers.gpu.open import open_source
from drivers.gpu.prometheus_source import PrometheusSource
from drivers.gpu.smi.source import CaptureSource


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nvml://local", NvmlSource),
        ("http://node-17:9400/metrics", ExporterSource),
        ("https://node-17:9400", ExporterSource),
        ("prometheus+http://metrics:9090?instance=node-17", PrometheusSource),
        ("prometheus+https://metrics?instance=node-17", PrometheusSource),
        ("smi:node-17.txt", CaptureSource),
        ("node-17.txt", CaptureSource),
        ("captures/node-17", CaptureSource),
        ("C:\\captures\\node-17.csv", CaptureSource),
        ("smi:C:\\captures\\node-17.csv", CaptureSource),
    ],
)
def test_every_kind(text: str, kind: type) -> None:
    assert isinstance(open_source(text), kind)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "nvml://elsewhere", "nvml:", "smi:", "ftp://x/y", "http://", "node-17:9400"],
)
def test_anything_else_is_a_value_error_with_what_is_allowed(text: str) -> None:
    with pytest.raises(ValueError, match="nvml://local") as caught:
        open_source(text)
    assert "smi:FILE" in str(caught.value)


def test_files_are_found_beside_the_site_file(tmp_path: Path) -> None:
    for text in ("smi:node.txt", "node.txt"):
        assert open_source(text, tmp_path).url == f"smi:{tmp_path / 'node.txt'}"
    other = tmp_path / "elsewhere" / "node.txt"
    assert open_source(f"smi:{other}", tmp_path).url == f"smi:{other}"


def test_a_file_whose_name_looks_like_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "capture").write_text("")
    assert isinstance(open_source("capture"), CaptureSource)


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in open_source("http://op:s3cret@node-17:9400").url
