"""The state behind the fake library: a machine with GPUs, and what is wrong with them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SUCCESS = 0
NOT_SUPPORTED = 3
GPU_IS_LOST = 15


@dataclass(frozen=True)
class Code:
    """A return code in the place of a value."""

    value: int


@dataclass(frozen=True)
class FieldAnswer:
    """A value of ``nvmlDeviceGetFieldValues`` with its ``valueType``."""

    kind: int
    value: float


@dataclass
class FakeGpu:
    """One GPU: answers by function name, or by ``(name, arguments…)`` where those matter.

    An answer is a number, a text, a tuple (several outputs), a dict (members of a struct) or a
    :class:`Code`; a function without one is not supported. ``fields`` are by id or
    ``(id, scope)``. ``hangs`` names functions that never return, ``"*"`` for every one.
    ``xids`` are ``(seconds after start, code)``; ``lost_after_s`` is when it falls off the bus,
    ``lookup_code`` what looking it up returns while those who have it go on.
    """

    uuid: str
    bus_id: str
    calls: dict[Any, Any] = field(default_factory=dict)
    fields: dict[Any, Any] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    xids: list[tuple[float, int]] = field(default_factory=list)
    lost_after_s: float | None = None
    lookup_code: int = SUCCESS
    said_lost: bool = False


@dataclass
class FakeMachine:
    """The whole machine. ``init_code`` is what starting NVML returns, ``exported`` the functions
    that the driver has (None for all that the fake knows), ``mismatch_after_s`` when the driver
    is replaced under whoever uses it.
    """

    gpus: list[FakeGpu]
    driver: str = "590.48.01"
    init_code: int = SUCCESS
    exported: frozenset[str] | None = None
    absent: frozenset[str] = frozenset()
    mismatch_after_s: float | None = None
    clock: Callable[[], float] = time.monotonic
    started_s: float = field(init=False)

    def __post_init__(self) -> None:
        self.started_s = self.clock()

    @property
    def age_s(self) -> float:
        """Seconds since the process began to use it."""
        return self.clock() - self.started_s

    def refresh(self) -> None:
        """Look at what may have changed; before every answer."""

    def is_lost(self, gpu: FakeGpu) -> bool:
        """Whether a GPU has fallen off the bus by now."""
        return gpu.lost_after_s is not None and self.age_s >= gpu.lost_after_s

    def exports(self, function: str) -> bool:
        """Whether the driver has a function."""
        return function not in self.absent and (self.exported is None or function in self.exported)
