"""A pair of changes: what a fault does when it begins and when it is cleared.

``begin`` may be called again for a fault that is already there; it then changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from drivers.simulator.fault_kinds import Parameter

UnitT = TypeVar("UnitT")
Given = Mapping[str, Parameter]


class Effect(Generic[UnitT]):
    """A pair of changes to a tank or host; ``check`` raises ValueError where it cannot be done."""

    def __init__(
        self,
        begin: Callable[[UnitT, Given], None],
        end: Callable[[UnitT, Given], None],
        check: Callable[[UnitT, Given], None] = lambda _unit, _given: None,
    ) -> None:
        self.begin = begin
        self.end = end
        self.check = check
