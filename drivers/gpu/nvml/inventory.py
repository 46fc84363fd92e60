"""Who is there: the whole life of an inventory process, told one step at a time.

A look-up may hang, so each is announced before it is made: whoever listens knows which GPU it
was, ends this process, and starts another that leaves that one out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from drivers.gpu.nvml.library import words_of
from drivers.gpu.nvml.reader import identity_of
from drivers.gpu.nvml.ways import GpuLostError, WorkerEndError

Say = Callable[[Mapping[str, Any]], None]


def take_inventory(nvml: Any, skip: Collection[int], say: Say) -> None:
    """Say ``count``, then for every index ``looking`` and what became of it, then ``end``.

    ``gpu`` is the identity of one, ``unreadable`` the NVML code and words where it has none.
    """
    try:
        count = nvml.nvmlDeviceGetCount()
    except nvml.NVMLError as error:
        say({"failed": {"code": error.value, "text": words_of(error)}})
        return
    say({"count": count, "driver": _driver(nvml)})
    for index in range(count):
        if index not in skip:
            say({"looking": index})
            say(_look_up(nvml, index))
    say({"end": True})


def _look_up(nvml: Any, index: int) -> Mapping[str, Any]:
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        return {"gpu": {"index": index, "identity": identity_of(nvml, handle)}}
    except nvml.NVMLError as error:
        code, words = error.value, words_of(error)
    except GpuLostError as error:
        code, words = 15, str(error)
    except WorkerEndError as error:
        code, words = error.code, str(error)
    return {"unreadable": {"index": index, "code": code, "text": words}}


def _driver(nvml: Any) -> str:
    try:
        return str(nvml.nvmlSystemGetDriverVersion())
    except nvml.NVMLError:
        return ""
