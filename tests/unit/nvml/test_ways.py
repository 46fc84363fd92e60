"""Numbers as NVML gives them: signs, types, sentinels, refusals."""

from __future__ import annotations

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gpu.nvml.ways import (
    GpuLostError,
    NoValueError,
    WorkerEndError,
    field_number,
    number,
    reason_of,
)
from drivers.points import Reason

MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")
SIGNED_32 = st.integers(-(2**31), 2**31 - 1)


def answer(kind: int, value: float, code: int = 0) -> pynvml.c_nvmlFieldValue_t:
    made = pynvml.c_nvmlFieldValue_t(valueType=kind, nvmlReturn=code)
    made.value.ullVal = 2**64 - 1  # what the wrong member would read
    if 0 <= kind < len(MEMBERS):
        setattr(made.value, MEMBERS[kind], value)
    return made


@given(SIGNED_32)
def test_a_signed_field_keeps_its_sign(value: int) -> None:
    assert field_number(answer(5, value)) == value
    assert field_number(answer(4, value)) == value


@given(SIGNED_32)
def test_a_signed_value_under_an_unsigned_type_gets_its_sign_back(value: int) -> None:
    assert field_number(answer(1, value % 2**32), signed=True) == value
    assert number(value % 2**32, signed=True) == value


@given(st.integers(0, 2**53 - 1).filter(lambda value: value != 2**32 - 1))
def test_unsigned_values_are_as_they_are(value: int) -> None:
    assert field_number(answer(3, value)) == value
    assert field_number(answer(1, value % (2**32 - 1))) == value % (2**32 - 1)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(1, 2**32 - 1), (3, 2**64 - 1), (0, float("nan")), (0, float("inf"))],
)
def test_what_is_not_available_is_no_number(kind: int, value: float) -> None:
    with pytest.raises(NoValueError) as found:
        field_number(answer(kind, value))
    assert found.value.reason is Reason.SENTINEL


def test_a_type_of_the_future_is_not_guessed() -> None:
    with pytest.raises(NoValueError) as found:
        field_number(answer(7, 0))
    assert found.value.reason is Reason.NOT_SUPPORTED


@given(st.integers(1, 2**31 - 1))
def test_every_code_has_a_reason_or_ends_something(code: int) -> None:
    if code == 15:
        with pytest.raises(GpuLostError):
            reason_of(code, "it")
    elif code in {1, 18}:
        with pytest.raises(WorkerEndError):
            reason_of(code, "it")
    else:
        assert reason_of(code, "it") is not Reason.NONE
