"""Whatever an exporter says, it is read as prometheus_client reads it or refused; never more."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from drivers.device import DeviceGarbledError
from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.source import GpuSample
from drivers.points import Reason
from tests.unit.gpu_sources.made import good, read, temperature, text_of

GOOD = temperature(59) + temperature(41, 1)
PIECES = st.sampled_from(
    [
        "DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_POWER_USAGE", "nvidia_smi_temperature_gpu", "_total",
        "{", "}", '"', "=", ",", " ", "\t", "\n", "\r", "\\", "#", " # ", "gpu", 'gpu="0"',
        'UUID="GPU-a"', 'uuid="b"', 'GPU_I_ID="1"', 'modelName="A } B"', "59", " 59", "-1", "1e3",
        "NaN", "+Inf", "1_0", "0x10", "1700000000000", "# TYPE", "# HELP", "counter", "\x00",
        "\x1c", "\u2028", "٣", "9" * 400, "<html>",
    ]
)  # fmt: skip
HOSTILE = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60)
VALUES = st.sampled_from(
    ["1", "-2.5", "1e1", "NaN", "+Inf", " 3", "4 ", "5\t", "\t6", "7 1700000000000", "8 # {} 1",
     "1_0", "", "x", "0x1", "٣", "3\r", "2 3 4"]
)  # fmt: skip


def numbers(samples: list[GpuSample]) -> list[dict[str, float]]:
    return [good(sample) for sample in samples]


def checked(text: str, reader: ExpositionReader) -> list[GpuSample] | None:
    try:
        samples = read(text, reader)
    except DeviceGarbledError:
        return None
    for sample in samples:
        known = (sample.reasons == Reason.NONE) | (sample.reasons == Reason.OUT_OF_RANGE)
        assert (known == ~np.isnan(sample.values)).all()
    return samples


def literal_numbers(text: str) -> Iterator[float]:
    for word in text.replace("\t", " ").split():
        try:
            yield float(word)
        except ValueError:
            continue


@given(HOSTILE)
@example("{} 5")
@example('{"DCGM_FI_DEV_GPU_TEMP",gpu="0"} 5')
@example('DCGM_FI_DEV_GPU_TEMP{gpu="0"}5')
def test_it_is_read_or_refused_and_the_next_text_is_read(noise: str) -> None:
    reader = ExpositionReader()
    for text in (noise, noise + "\n", GOOD + noise + "\n"):
        checked(text, reader)
    assert numbers(read(GOOD, reader)) == [{"core_temperature": 59}, {"core_temperature": 41}]


@given(HOSTILE)
def test_no_value_is_invented(noise: str) -> None:
    samples = checked(noise + "\n", ExpositionReader())
    told = set(literal_numbers(noise.replace("}", "} ")))
    for values in numbers(samples or []):
        for key, value in values.items():
            assert key in {"xid_count", "last_xid"} or value in told


@given(st.lists(VALUES, min_size=1, max_size=6), st.sampled_from(["", " ", "\t", "\r"]))
def test_every_value_is_what_the_parser_says(values: list[str], end: str) -> None:
    """The same line with one value after another: known from the second time on."""
    reader = ExpositionReader()
    for value in values:
        text = temperature(value).rstrip("\n") + end + "\n"
        samples = checked(text, reader)
        try:
            ((sample,),) = (f.samples for f in text_string_to_metric_families(text))
            expected: float | None = float(sample.value)
        except (ValueError, IndexError):
            expected = None
        if samples is None:
            assert expected is None
        elif expected is None or not math.isfinite(expected):
            assert numbers(samples) == [{}]
            assert expected is not None
        else:
            assert numbers(samples) == [{"core_temperature": expected}]


@given(st.integers(0, len(text_of("smi_h100"))))
def test_a_text_cut_anywhere_never_shows_a_wrong_value(cut: int) -> None:
    whole = text_of("smi_h100")
    (complete,) = numbers(read(whole))
    samples = checked(whole[:cut], ExpositionReader())
    for values in numbers(samples or []):
        assert values.items() <= complete.items()
    # Cut inside a line and ended by a careless proxy: a shorter number would be a wrong one, so
    # only a missing end of the last line can be noticed. It is.
    if cut and whole[cut - 1] != "\n":
        assert samples is None


def test_what_is_kept_is_bounded() -> None:
    reader = ExpositionReader()
    for look in range(8):
        text = "".join(f'other_metric{{n="{look * 20_000 + i}"}} 1\n' for i in range(20_000))
        read(GOOD + text, reader)
        assert len(reader._known) < 80_000
    timed = "".join(temperature(i, 0, f',pod="{i}"') for i in range(50)).replace("\n", " 17\n")
    for _ in range(5):
        read(timed, reader)
    assert len(reader._table._cells) < 10
