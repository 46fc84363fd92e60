"""Whether the time of this laptop is in doubt: its clock was behind the log, nobody confirmed it.

It comes from the log alone, so a restart changes nothing. Only signing waits for it: alarms,
monitoring and the way back to safety never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from console.history.kinds import Kind
from console.text import tr

CONFIRM = "time.confirm"
"""The act of ``resources/roles.toml`` that one of the two who confirm must be permitted."""
KINDS = frozenset({str(Kind.CLOCK_BACKWARDS), str(Kind.CLOCK_CONFIRMED)})


class Told(Protocol):
    """What is needed of an event."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def utc_us(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Doubt:
    """The clock said ``found_us`` (UTC) while the log already knew ``last_us``; None: not told."""

    found_us: int
    last_us: int | None


class TimeDoubt:
    """Follows the events of this laptop, oldest first."""

    def __init__(self) -> None:
        self.doubt: Doubt | None = None

    def restore(self, events: Iterable[Told]) -> None:
        """Take up what the log holds."""
        for event in events:
            self.take(event)

    def take(self, event: Told) -> bool:
        """Take an event; returns whether the doubt came or went."""
        if event.kind == Kind.CLOCK_BACKWARDS:
            last = event.body.get("last_utc_us")
            is_known = isinstance(last, int) and not isinstance(last, bool)
            self.doubt = Doubt(event.utc_us, last if is_known else None)
            return True
        if event.kind == Kind.CLOCK_CONFIRMED:
            was, self.doubt = self.doubt, None
            return was is not None
        return False

    @property
    def sentence(self) -> str:
        """Why nobody can sign now; empty where the time is not in doubt."""
        if self.doubt is None:
            return ""
        return tr(
            "The time is in doubt: the clock was behind the log. Nobody signs until two people "
            "have confirmed it."
        )
