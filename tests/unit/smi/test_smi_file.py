"""Captured files as they arrive: encodings, garbage around, and files that are something else."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.device import DeviceError, DeviceGarbledError
from drivers.gpu.smi import file_text
from drivers.gpu.smi.source import CaptureSource
from drivers.gpu.source import Capability
from tests.unit.smi.captures import FOLDER, NOW, read, saved, text_of, values
from tests.unit.smi.test_smi_text import H100_LOAD

FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "windows": lambda text: text.replace("\n", "\r\n").encode(),
    "utf-8 with a mark": lambda text: text.encode("utf-8-sig"),
    "powershell": lambda text: codecs.BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16 without a mark": lambda text: text.replace("\n", "\r\n").encode("utf-16-le"),
    "utf-16 the other way": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "prompts around": lambda text: (
        b"\x1b]0;root@node: ~\x07\x1b[01;32mroot@node\x1b[0m:~# nvidia-smi -q\n"
        + text.encode()
        + b"PS C:\\Users\\op> exit\n"
    ),
    "not utf-8 around": lambda text: (
        b"\xb2\xe9\xd1\xaf: nvidia-smi\n" + text.encode() + b"\xff\xfe\n"
    ),
    "colours inside": lambda text: text.replace("59 C", "\x1b[31m59 C\x1b[0m").encode(),
    "a message in between": lambda text: text.replace(
        "    Temperature\n", "    Temperature\n[1]+  Done   ./gpu_burn\n"
    ).encode(),
    "indented by a mail": lambda text: ("    " + text.replace("\n", "\n    ")).encode() + b"\n",
    "tabs": lambda text: text.replace("        ", "\t").encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_way_of_saving(tmp_path: Path, form: str) -> None:
    text = text_of("smi_q_h100.txt")
    (gpu,) = read(saved(tmp_path, FORMS[form](text)))
    assert values(gpu) == H100_LOAD
    assert gpu.identity["captured_at"] == "2026-07-14 08:12:53"


@pytest.mark.parametrize("form", ["windows", "utf-8 with a mark", "powershell"])
def test_the_same_for_csv(tmp_path: Path, form: str) -> None:
    first, second = read(saved(tmp_path, FORMS[form](text_of("smi_query.csv"))))
    assert (values(first)["power"], values(second)["power"]) == (631.95, 84.24)
    assert first.identity["serial"] == "1650923014407"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "the file is empty"),
        ("\n \r\n", "the file is empty"),
        ("| NVIDIA-SMI 590.48.01    Driver Version: 590.48.01 |\n", "the plain table"),
        ('<?xml version="1.0" ?>\n<nvidia_smi_log>\n', "XML"),
        ("NVIDIA-SMI has failed because it couldn't communicate\n", "NVIDIA-SMI has failed"),
        ("x\nFailed to initialize NVML: Driver/library version mismatch\n", "version mismatch"),
        ("No devices were found\n", "No devices were found"),
        ("Dear all,\nplease see attached\n", "Dear all"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "which is neither"),
        ("x" * 5000, "…"),
    ],
)
def test_what_is_no_capture_is_said_in_one_sentence(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    path = saved(tmp_path, content)
    with pytest.raises(DeviceGarbledError) as caught:
        read(path)
    told = str(caught.value)
    assert sentence in told
    assert told.startswith(str(path))
    assert "\n" not in told
    assert len(told) < 400


def test_no_file_and_no_readable_file(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="there is no such file"):
        read(tmp_path / "missing.txt")
    with pytest.raises(DeviceError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(DeviceError, match="cannot be read"):
        read(Path("a\0b"))


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_text, "MOST_BYTES", 2**20)
    with pytest.raises(DeviceGarbledError, match="has more than 1 MiB"):
        read(saved(tmp_path, b"a" * (2**20 + 1)))


async def test_a_capture_says_that_it_is_one() -> None:
    source = CaptureSource(FOLDER / "smi_query.csv", clock=lambda: NOW)
    assert Capability.RECORDED in source.capabilities
    assert Capability.EVENTS not in source.capabilities
    assert source.url.startswith("smi:")
    with pytest.raises(DeviceError, match="has not been read"):
        await source.sample()
    await source.connect()
    assert [who["model"] for who in await source.inventory()] == [
        "NVIDIA H100 80GB HBM3",
        "NVIDIA GeForce RTX 4080 SUPER",
    ]
    assert source.faults() == ()
    await source.close()


async def test_the_zone_of_the_host_can_be_told() -> None:
    east = CaptureSource(FOLDER / "smi_q_h100.txt", utc_offset_min=480, clock=lambda: NOW)
    await east.connect()
    (gpu,) = await east.sample()
    assert gpu.measured is not None
    assert gpu.measured.utc_us == 1_784_016_773_000_000 - 8 * 3600 * 1_000_000
    assert gpu.identity["captured_at"] == "2026-07-14 08:12:53", "as it was printed"
