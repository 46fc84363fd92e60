"""What is told of people, orders, assets, parts and fluid, and how such events are put in order.

Every body carries a :class:`Mark` under ``mark``: the writing log's id and a counter that is one
more than the highest its writer had seen. Sorted by it, events stand in one order on every laptop,
after what they were made in knowledge of, whatever the wall clocks said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, TypeAlias

from drivers.points import Stamp

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Body: TypeAlias = Mapping[str, Any]


class Kind(StrEnum):
    """The kinds of event of this package; none is ever renamed."""

    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_RETIRED = "person.retired"
    PERSON_REINSTATED = "person.reinstated"
    PERSON_QUALIFIED = "person.qualified"
    PERSON_DISQUALIFIED = "person.disqualified"
    PERSON_PIN_SET = "person.pin_set"
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_SIGNED_OUT = "person.signed_out"
    PERSON_REFUSED = "person.refused"
    PERSON_LOCKED = "person.locked"
    PERSON_UNLOCKED = "person.unlocked"
    ORDER_OPENED = "order.opened"
    ORDER_CHANGED = "order.changed"
    ORDER_MOVED = "order.moved"
    ORDER_VERIFIED = "order.verified"
    ORDER_LINKED = "order.linked"
    ORDER_NOTED = "order.noted"
    ORDER_PAUSED = "order.paused"
    ORDER_RESUMED = "order.resumed"
    ORDER_CLOCK_STARTED = "order.clock_started"
    ORDER_CLOCK_STOPPED = "order.clock_stopped"
    ORDER_COSTED = "order.costed"
    ASSET_REGISTERED = "asset.registered"
    ASSET_CHANGED = "asset.changed"
    ASSET_MOVED = "asset.moved"
    ASSET_SEEN = "asset.seen"
    PART_DEFINED = "part.defined"
    STOCK_RECEIVED = "stock.received"
    STOCK_RESERVED = "stock.reserved"
    STOCK_RELEASED = "stock.released"
    STOCK_ISSUED = "stock.issued"
    STOCK_RETURNED = "stock.returned"
    STOCK_MOVED = "stock.moved"
    STOCK_COUNTED = "stock.counted"
    STOCK_SCRAPPED = "stock.scrapped"
    FLUID_ADDED = "fluid.added"
    FLUID_REMOVED = "fluid.removed"
    CONFLICT_RESOLVED = "conflict.resolved"


REQUESTED = "work.requested"
"""A wish for work that needs no mark: it depends on nothing (``Session.request_work``)."""
KINDS = frozenset({*map(str, Kind), REQUESTED})
"""Every kind that a :class:`console.work.book.WorkBook` reads."""


class Refused(Exception):  # noqa: N818  it is no error of the program: the rules say no
    """What somebody asked for is not allowed; one sentence says why, and nothing has happened."""


class Happening(Protocol):
    """What is needed of an event: a draft here, or an event as the log holds it."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Body: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def utc_us(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Draft:
    """An event as the desk tells it: the members of a draft of the log."""

    kind: str
    subject: str
    body: Mapping[str, JSON]
    time: Stamp
    actor: str

    @property
    def utc_us(self) -> int:
        """When it happened, UTC microseconds; named as in an event of the log."""
        return self.time.utc_us


class Mark(NamedTuple):
    """Where an event stands: its number, the log that wrote it, and a digest of what it says.

    Two events of one number and log with different digests come from a cloned machine.
    """

    number: int
    log: str
    digest: str

    @property
    def uid(self) -> str:
        """The event's name in every laptop: ``LOG:NUMBER``."""
        return f"{self.log}:{self.number}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When, by both clocks; ``mono_us`` counts within ``boot``."""

    utc_us: int
    mono_us: int
    boot: str

    def since(self, earlier: Moment) -> int:
        """Return the microseconds since an earlier moment, never negative.

        By the wall clock, which goes on while a laptop sleeps; where it was set back within one
        start of the machine, by the monotonic one.
        """
        return max(self.utc_us - earlier.utc_us, self._counted_since(earlier), 0)

    def surely_since(self, earlier: Moment) -> int:
        """Return the microseconds that surely passed: setting the wall clock forward adds none."""
        if self.boot and self.boot == earlier.boot:
            return self._counted_since(earlier)
        return max(self.utc_us - earlier.utc_us, 0)

    def _counted_since(self, earlier: Moment) -> int:
        is_one_start = self.boot and self.boot == earlier.boot
        return max(self.mono_us - earlier.mono_us, 0) if is_one_start else 0


def mark_body(number: int, log: str, now: Moment) -> dict[str, JSON]:
    """Return the member ``mark`` of a body."""
    return {
        "n": number,
        "log": log,
        "utc_us": now.utc_us,
        "mono_us": now.mono_us,
        "boot": now.boot,
    }


def mark_of(event: Happening) -> Mark:
    """Return where an event stands; raises KeyError, TypeError or ValueError where it has none."""
    mark = event.body["mark"]
    number, log = mark["n"], str(mark["log"])
    if not isinstance(number, int) or isinstance(number, bool) or number < 1 or not log:
        raise ValueError(f"mark: found {mark!r}; n counts from 1 and log is not empty")
    said = [event.kind, event.subject, event.actor, event.body]
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), default=_plain)
    return Mark(number, log, hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest())


def moment_of(event: Happening) -> Moment:
    """Return when an event happened, by both clocks."""
    mark = event.body["mark"]
    return Moment(int(mark["utc_us"]), int(mark["mono_us"]), str(mark["boot"]))


def _plain(value: object) -> object:
    """Return what JSON has no word for as the log writes it."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    return str(value)


def text_of(body: Body, name: str, default: str = "") -> str:
    """Return a text of a body; raises TypeError where something else stands there."""
    found = body.get(name, default)
    if not isinstance(found, str):
        raise TypeError(f"{name}: found {found!r}; it must be text")
    return found


def texts_of(body: Body, name: str) -> tuple[str, ...]:
    """Return a list of texts of a body, empty where it is missing; raises TypeError."""
    found = body.get(name, ())
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise TypeError(f"{name}: found {found!r}; it must be a list")
    return tuple(str(item) for item in found)


def whole_of(body: Body, name: str, default: int | None = None) -> int:
    """Return a whole number of a body; raises KeyError or TypeError."""
    found = body[name] if default is None else body.get(name, default)
    if not isinstance(found, int) or isinstance(found, bool):
        raise TypeError(f"{name}: found {found!r}; it must be a whole number")
    return found


def number_of(body: Body, name: str) -> float:
    """Return a finite number of a body; raises KeyError, TypeError or ValueError."""
    found = body[name]
    if not isinstance(found, int | float) or isinstance(found, bool):
        raise TypeError(f"{name}: found {found!r}; it must be a number")
    if not abs(found) < float("inf"):
        raise ValueError(f"{name}: found {found!r}; it must be finite")
    return float(found)
