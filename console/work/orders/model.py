"""A work order as the events make it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from console.work.events import Moment
from console.work.orders.rules import State
from console.work.people.signature import Signature


class Origin(StrEnum):
    """What an order came from."""

    HAND = "hand"
    ALARM = "alarm"
    XID = "xid"
    CHECK = "check"
    PLAN = "plan"


class Provider(StrEnum):
    """Who does the work and sends the bill."""

    OWN = "own"
    OEM = "oem"
    THIRD_PARTY = "third_party"


@dataclass(frozen=True, slots=True)
class Source:
    """What an order came from: for an alarm its name and item, for a Xid its code, else a word."""

    origin: Origin = Origin.HAND
    what: str = ""
    subject: str = ""
    request: str = ""


@dataclass(frozen=True, slots=True)
class ProcedureRef:
    """A procedure at a revision (SHA-256 of its canonical text, 64 hex digits)."""

    id: str
    revision: str


@dataclass(frozen=True, slots=True)
class Move:
    """One step of an order's way."""

    from_: State
    to: State
    by: str
    at: Moment
    reason: str = ""
    signature: Signature | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time that began and, unless it still runs, ended. ``what`` says of what."""

    what: str
    by: str
    began: Moment
    ended: Moment | None = None

    def seconds(self, now: Moment) -> float:
        """Return its length so far, seconds, never negative."""
        return (self.ended or now).since(self.began) / 1e6


@dataclass(frozen=True, slots=True)
class Cost:
    """An amount in the smallest unit of a currency (cents), who is paid, and for what."""

    provider: Provider
    amount_minor: int
    currency: str
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something somebody wrote down."""

    text: str
    by: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class Order:
    """One work order. ``about`` is the part it is about (``tank-1``, ``host-1/gpu0``).

    ``no_procedure`` is the reason where there is none to follow. ``labour`` and ``downtime`` are
    spans; ``pauses`` name the reason. ``verify`` asks for a second person before closing.
    """

    number: str
    title: str
    about: str
    priority: int
    opened_by: str
    opened: Moment
    source: Source = Source()
    serial: str = ""
    due_us: int = 0
    state: State = State.REQUEST
    procedure: ProcedureRef | None = None
    no_procedure: str = ""
    runs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    provider: Provider = Provider.OWN
    warranty: bool = False
    verify: bool = False
    parent: str = ""
    moves: tuple[Move, ...] = ()
    verified: tuple[Signature, ...] = ()
    pauses: tuple[Span, ...] = ()
    labour: tuple[Span, ...] = ()
    downtime: tuple[Span, ...] = ()
    costs: tuple[Cost, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def paused(self) -> Span | None:
        """The pause that lasts, if any."""
        return next((span for span in self.pauses if span.ended is None), None)

    @property
    def is_down(self) -> bool:
        """Whether the equipment is out of use because of this order now."""
        return any(span.ended is None for span in self.downtime)

    def working(self) -> tuple[str, ...]:
        """Return who has a labour clock running."""
        return tuple(span.by for span in self.labour if span.ended is None)

    def labour_s(self, now: Moment) -> Mapping[str, float]:
        """Return the seconds that each person worked on it."""
        found: dict[str, float] = {}
        for span in self.labour:
            found[span.by] = found.get(span.by, 0.0) + span.seconds(now)
        return found

    def downtime_s(self, now: Moment) -> float:
        """Return the seconds that the equipment was out of use."""
        return sum(span.seconds(now) for span in self.downtime)

    def cost_by_provider(self) -> Mapping[tuple[Provider, str], int]:
        """Return the sum for each provider and currency, in the currency's smallest unit."""
        found: dict[tuple[Provider, str], int] = {}
        for cost in self.costs:
            key = (cost.provider, cost.currency)
            found[key] = found.get(key, 0) + cost.amount_minor
        return found

    def acts(self) -> Mapping[str, tuple[str, ...]]:
        """Return who did what that others must not do: executed, verified, reviewed.

        Who began, ended or worked on it executed it.
        """
        working = (State.IN_PROGRESS, State.REVIEW)
        movers = [move.by for move in self.moves if move.to in working]
        return {
            "order.execute": (*movers, *(span.by for span in self.labour)),
            "order.verify": tuple(signature.person for signature in self.verified),
            "order.review": tuple(
                move.by
                for move in self.moves
                if move.from_ is State.REVIEW and move.to is not State.CANCELLED
            ),
        }


@dataclass(frozen=True, slots=True)
class Request:
    """A wish for work on a part, not yet an order.

    One that an alarm, a Xid or a failed step made by itself (``by`` is ``system``) says its
    ``source``, the ``alarms``, the order it came out of (``parent``) and the procedure's id.
    """

    id: str
    about: str
    by: str
    utc_us: int
    serial: str = ""
    findings: tuple[str, ...] = ()
    xids: tuple[int, ...] = field(default=())
    alarms: tuple[str, ...] = ()
    source: Source = Source()
    priority: int = 3
    procedure: str = ""
    parent: str = ""
    title: str = ""
