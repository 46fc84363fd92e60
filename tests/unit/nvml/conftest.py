"""The real binding over a fake library, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pynvml
import pytest

from drivers.gpu.nvml.reader import GpuReader
from tests.fake_nvml import scenarios
from tests.fake_nvml.library import FakeLibrary, complain

Open = Callable[[str], FakeLibrary]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Put a scenario under the binding; a handle misused fails the test."""

    def put(name: str) -> FakeLibrary:
        library = scenarios.ALL[name]()
        library._on_misuse = complain
        monkeypatch.setattr(pynvml, "nvmlLib", library)
        pynvml._nvmlGetFunctionPointer_cache.clear()
        pynvml.nvmlInitWithFlags(0)
        library.asked.clear()
        return library

    yield put
    pynvml._nvmlGetFunctionPointer_cache.clear()


def reader_of(index: int = 0, **options: Any) -> GpuReader:
    return GpuReader(pynvml, pynvml.nvmlDeviceGetHandleByIndex(index), **options)
