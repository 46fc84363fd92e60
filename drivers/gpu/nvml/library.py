"""The NVML binding, loaded when it is first needed, over the driver's library or another one.

Another library is named by a file, or by ``package.module:factory`` with a factory of no arguments
that returns what stands where :class:`ctypes.CDLL` would: the whole binding then runs over it
unchanged, which is how tests do without a GPU.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
from typing import Any

from drivers.device import DeviceError

LIBRARY_VARIABLE = "TANKSIDE_NVML_LIBRARY"
FAKE_VARIABLE = "TANKSIDE_FAKE_NVML"
_FACTORY = re.compile(r"[A-Za-z_]\w+(\.\w+)*:\w+")  # two letters at least: C:\nvml.dll is a file

MEANINGS = {
    1: "NVML is not started",
    4: "the user of this program has no permission to use NVML",
    9: "the NVIDIA driver is not loaded",
    12: "there is no NVIDIA driver on this machine (the NVML library was not found)",
    15: "the GPU is lost",
    16: "the GPU needs a reset",
    18: "the NVIDIA driver was upgraded and not reloaded: library and kernel module differ; "
    "reload the module or restart this machine",
    28: "there is no such GPU",
}
"""What an NVML return code means for a person, where the library's own words say less."""


class NvmlStartError(DeviceError):
    """NVML cannot be used on this machine now; ``code`` is NVML's return code, 0 without one."""

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


def named_library() -> str:
    """Return the library that the environment names, empty for the driver's own."""
    return os.environ.get(FAKE_VARIABLE) or os.environ.get(LIBRARY_VARIABLE) or ""


def binding() -> Any:
    """Return the binding without any library behind it; raises NvmlStartError."""
    try:
        import pynvml
    except ImportError as error:
        raise NvmlStartError(f"the Python package nvidia-ml-py is missing: {error}") from None
    return pynvml


def start(library: str = "") -> Any:
    """Return the binding with NVML started; raises NvmlStartError with one sentence."""
    nvml = binding()
    if library:
        nvml.nvmlLib = _load(library)
    try:
        nvml.nvmlInitWithFlags(0)
    except nvml.NVMLError as error:
        raise NvmlStartError(words_of(error), error.value) from None
    return nvml


def words_of(error: Any) -> str:
    """Return what an NVMLError means in words for a person."""
    known = MEANINGS.get(error.value)
    return known or f"NVML says: {str(error).rstrip('.')} (code {error.value})"


def _load(library: str) -> Any:
    if not _FACTORY.fullmatch(library):
        try:
            return ctypes.CDLL(library)
        except OSError as error:
            raise NvmlStartError(f"the NVML library {library} cannot be loaded: {error}") from None
    module, _, factory = library.partition(":")
    try:
        return getattr(importlib.import_module(module), factory)()
    except (ImportError, AttributeError) as error:
        raise NvmlStartError(f"there is no {library}: {error}") from None
