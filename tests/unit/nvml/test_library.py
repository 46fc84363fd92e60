"""Loading the library: another one by name, and one sentence where there is none."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import Any

import pynvml
import pytest

from drivers.device import DeviceError
from drivers.gpu.nvml import library

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pynvml, "nvmlLib", None)
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    monkeypatch.delenv(library.LIBRARY_VARIABLE, raising=False)
    monkeypatch.delenv(library.FAKE_VARIABLE, raising=False)


def refuse_every_library(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    tried: list[str] = []

    def no_such(name: str, *_: Any, **__: Any) -> None:
        tried.append(name)
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(pynvml, "CDLL", no_such)
    monkeypatch.setattr(ctypes, "CDLL", no_such)
    return tried


@pytest.mark.parametrize(
    ("platform", "tried"),
    [
        ("linux", ["libnvidia-ml.so.1"]),
        ("win32", ["System32/nvml.dll", "NVIDIA Corporation/NVSMI/nvml.dll"]),
    ],
)
def test_a_machine_without_a_driver_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, platform: str, tried: list[str]
) -> None:
    names = refuse_every_library(monkeypatch)
    monkeypatch.setattr(pynvml.sys, "platform", platform)
    with pytest.raises(DeviceError, match="there is no NVIDIA driver on this machine") as found:
        library.start()
    assert isinstance(found.value, library.NvmlStartError)
    assert found.value.code == 12
    assert [name.endswith(end) for name, end in zip(names, tried, strict=True)] == [True] * len(
        tried
    )


@pytest.mark.parametrize(
    ("scenario", "code", "words"),
    [
        ("driver_not_loaded", 9, "the NVIDIA driver is not loaded"),
        ("driver_mismatch", 18, "the NVIDIA driver was upgraded and not reloaded"),
    ],
)
def test_a_driver_that_does_not_start_is_one_sentence(scenario: str, code: int, words: str) -> None:
    with pytest.raises(library.NvmlStartError, match=words) as found:
        library.start(f"tests.fake_nvml:{scenario}")
    assert found.value.code == code
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    "name",
    ["/no/such/libnvidia-ml.so.1", r"C:\Windows\System32\nvml.dll", "no.such.package:factory",
     "tests.fake_nvml:no_such_scenario"],
)  # fmt: skip
def test_a_library_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(library.NvmlStartError) as found:
        library.start(name)
    assert name in str(found.value)


def test_a_factory_stands_where_the_library_would() -> None:
    nvml = library.start("tests.fake_nvml:eight")
    assert nvml.nvmlDeviceGetCount() == 8


def test_the_environment_names_another_library(monkeypatch: pytest.MonkeyPatch) -> None:
    assert library.named_library() == ""
    monkeypatch.setenv(library.LIBRARY_VARIABLE, "/opt/libnvidia-ml.so.1")
    assert library.named_library() == "/opt/libnvidia-ml.so.1"
    monkeypatch.setenv(library.FAKE_VARIABLE, "tests.fake_nvml:eight")
    assert library.named_library() == "tests.fake_nvml:eight"


def test_an_error_of_the_future_has_a_sentence() -> None:
    pynvml.nvmlLib = type("Mute", (), {})()
    assert "code 4711" in library.words_of(pynvml.NVMLError(4711))


def test_a_worker_starts_without_what_is_heavy() -> None:
    code = (
        "import sys, drivers.gpu.nvml.worker, drivers.gpu.nvml.library as library\n"
        "library.binding()\n"
        "heavy = ('numpy', 'pydantic', 'httpx', 'asyncio', 'PySide6')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
