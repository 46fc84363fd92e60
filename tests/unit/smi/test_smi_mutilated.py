"""Whatever happens to a capture on its way: no value that was not printed for that GPU."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError
from drivers.gpu.smi.captured import CapturedGpu
from drivers.gpu.smi.file_text import capture_text
from drivers.gpu.smi.smi_csv import UnclearRowsError
from drivers.gpu.smi.source import read_gpus
from tests.unit.smi.captures import QUERIES, read, saved, text_of

FILES = [*(f"smi_q_{name}.txt" for name in QUERIES), "smi_query.csv"]
WHOLE = {name: text_of(name) for name in FILES}
# Two dumps in one file: either is what was printed, so each is mutilated alone.
MARK = "==============NVSMI LOG=============="
WHOLE["smi_q_h100.txt"] = MARK + WHOLE["smi_q_h100.txt"].split(MARK)[2]
PRINTED = {name: {gpu.key: gpu for gpu in read_gpus(text)} for name, text in WHOLE.items()}
ONE_GPU = [name for name in FILES if len(PRINTED[name]) == 1]


def invents_nothing(name: str, gpus: list[CapturedGpu]) -> None:
    for gpu in gpus:
        # One that lost its own name on the way can only be one of those that were printed.
        known = [PRINTED[name][gpu.key]] if gpu.key in PRINTED[name] else PRINTED[name].values()
        for key, value in gpu.found.items():
            assert any(value == one.found.get(key) for one in known), (gpu.key, key, value)
        for limit, value in gpu.own_limits.items():
            assert any(value == one.own_limits.get(limit) for one in known), limit


def gpus_of(text: str) -> list[CapturedGpu]:
    try:
        return read_gpus(text)
    except UnclearRowsError:
        return []


@given(st.sampled_from(FILES), st.data())
def test_cut_anywhere(name: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(WHOLE[name])))
    invents_nothing(name, gpus_of(WHOLE[name][:end]))


@given(st.sampled_from(ONE_GPU), st.data())
def test_two_lines_missing(name: str, data: st.DataObject) -> None:
    lines = WHOLE[name].split("\n")
    gone = data.draw(st.sets(st.integers(0, len(lines) - 1), min_size=1, max_size=2))
    kept = [line for n, line in enumerate(lines) if n not in gone]
    invents_nothing(name, gpus_of("\n".join(kept)))


@given(st.sampled_from(ONE_GPU), st.data())
def test_two_lines_without_their_indentation(name: str, data: st.DataObject) -> None:
    lines = WHOLE[name].split("\n")
    for n in data.draw(st.sets(st.integers(0, len(lines) - 1), max_size=2)):
        lines[n] = lines[n].strip()
    invents_nothing(name, gpus_of("\n".join(lines)))


@given(st.sampled_from(FILES), st.data())
def test_more_lines_missing_and_shuffled(name: str, data: st.DataObject) -> None:
    """So much can look like another capture; still nothing but what was printed is read."""
    lines = WHOLE[name].split("\n")
    chosen = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines)))
    for gpu in gpus_of("\n".join([*(lines[n] for n in chosen), ""])):
        text = WHOLE[name].replace(",", " ").replace("\n", " ").split()
        for key in ("core_temperature", "thermal_margin", "power", "memory_used", "sm_clock"):
            if (value := gpu.found.get(key)) is not None:
                assert {f"{value:.0f}", f"{value:.2f}"} & set(text), (key, value)


@given(st.sampled_from(FILES), st.data())
def test_garbage_between_the_lines(name: str, data: st.DataObject) -> None:
    lines = WHOLE[name].split("\n")
    for junk in data.draw(st.lists(st.text(max_size=40), max_size=6)):
        lines.insert(data.draw(st.integers(0, len(lines))), junk)
    invents_nothing(name, gpus_of("\n".join(lines)))


@given(st.sampled_from(FILES), st.data())
def test_bytes_changed_never_raise_anything_else(name: str, data: st.DataObject) -> None:
    content = bytearray(WHOLE[name].encode())
    for at in data.draw(st.sets(st.integers(0, len(content) - 1), max_size=20)):
        content[at] = data.draw(st.integers(0, 255))
    gpus_of(capture_text(bytes(content)))


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_capture_or_a_sentence(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = saved(Path(folder), content)
        told = ""
        try:
            gpus = read(path)
        except DeviceError as error:
            gpus, told = [], str(error)
    assert bool(gpus) != bool(told)
    assert "\n" not in told


@given(st.text(alphabet=st.sampled_from("GPU 0123:.\n,[]WMiB/NA%-abcxuid"), max_size=400))
def test_texts_of_the_right_alphabet(text: str) -> None:
    gpus_of(text)
