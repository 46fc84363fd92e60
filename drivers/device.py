"""What the console asks of anything it polls, and how equipment fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from drivers.points import Schema, Snapshot


class DeviceError(Exception):
    """The equipment, the link or the file describing it is at fault: one sentence for a person.

    ``kind`` is the word under which such errors are counted.
    """

    kind = "connection"


class DeviceTimeoutError(DeviceError):
    """No answer within the time allowed."""

    kind = "no answer"


class DeviceRefusedError(DeviceError):
    """An answer that says no (a Modbus exception, an HTTP status)."""

    kind = "refused"


class DeviceGarbledError(DeviceError):
    """An answer that does not fit the question; nothing in it may be used."""

    kind = "rejected"


class Device(Protocol):
    """One connection to one piece of equipment, polled by exactly one task.

    A device may speak for several parts: a host answers for each of its GPUs. ``parts`` gives
    the parts known so far with the schema of each, so that what never answered is still shown.
    """

    @property
    def id(self) -> str:
        """The id from the site file."""
        ...

    @property
    def url(self) -> str:
        """Where it is, for messages."""
        ...

    @property
    def period_s(self) -> float:
        """How often it is polled."""
        ...

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        """``(part id, schema)`` of everything this device answers for."""
        ...

    async def connect(self) -> None:
        """Open the link; raises DeviceError. Called again after every failure, with back-off."""
        ...

    async def poll(self) -> Sequence[Snapshot]:
        """Read everything once; raises DeviceError when nothing could be read."""
        ...

    async def close(self) -> None:
        """Drop the link at once; never raises, never waits for the peer."""
        ...
