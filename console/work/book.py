"""Everything that the log tells of work, in one place, rebuilt from events alone.

The book takes events one by one as they are published, or many at once; the same set of events
makes the same book in whatever order and pieces it comes. What it cannot read is kept and counted,
never guessed at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from console.work.assets.equipment import Equipment
from console.work.assets.fluid import FluidLedger
from console.work.assets.stock import Stock
from console.work.conflicts import Conflict, ConflictKind, Conflicts
from console.work.events import JSON, KINDS, REQUESTED, Happening, Mark, text_of
from console.work.orders.fold import Orders, Requests
from console.work.orders.model import Request
from console.work.orders.rules import OrderRules, shipped_rules
from console.work.people.roles import Roles, shipped_roles
from console.work.people.roster import Roster
from console.work.replay import Replay


class WorkState:
    """What a fold over marked events makes: people, orders, assets, stock, fluid, conflicts."""

    def __init__(self, roles: Roles, rules: OrderRules) -> None:
        self.conflicts = Conflicts()
        self.people = Roster(self.conflicts)
        self.orders = Orders(roles, rules, self.conflicts)
        self.assets = Equipment(self.conflicts)
        self.stock = Stock(self.assets, self.conflicts)
        self.fluid = FluidLedger(self.conflicts)
        self.unread: list[Happening] = []

    def fold(self, event: Happening, mark: Mark) -> bool:
        """Take the next event; what cannot be read is set aside."""
        try:
            return self._fold(event, mark)
        except (KeyError, TypeError, ValueError, AttributeError):
            self.unread.append(event)
            return False

    def fork(self, event: Happening, mark: Mark) -> None:
        """Note that a cloned machine wrote another event with this number; it is not taken."""
        facts: dict[str, JSON] = {"log": mark.log, "number": mark.number, "kind": event.kind}
        self.conflicts.raise_(
            Conflict(
                f"{ConflictKind.FORK}:{mark.uid}:{mark.digest[:8]}",
                ConflictKind.FORK,
                event.subject,
                event.actor,
                event.utc_us,
                facts,
            )
        )

    def _fold(self, event: Happening, mark: Mark) -> bool:
        family = event.kind.partition(".")[0]
        if family == "person":
            return self.people.fold(event, mark)
        if family == "order":
            return self.orders.fold(event, mark)
        if family == "asset":
            return self.assets.fold(event, mark)
        if family in {"part", "stock"}:
            return self.stock.fold(event, mark)
        if family == "fluid":
            return self.fluid.fold(event, mark)
        was_open = self.conflicts.get(text_of(event.body, "conflict"))
        settled = self.conflicts.resolve(event.body, event.actor)
        is_first = was_open is not None and was_open.is_open
        return self.assets.settle(settled, event, mark, is_first=is_first) or is_first


class WorkBook:
    """The state of all work; ``apply`` is all that ever changes it."""

    def __init__(self, roles: Roles | None = None, rules: OrderRules | None = None) -> None:
        self.roles = roles or shipped_roles()
        self.rules = rules or shipped_rules()
        self.requests = Requests()
        self._replay = Replay(lambda: WorkState(self.roles, self.rules))

    def apply(self, event: Happening) -> bool:
        """Take one event; returns whether the book changed. What it cannot read changes nothing."""
        if event.kind == REQUESTED:
            return self.requests.add(event)
        if event.kind not in KINDS:
            return False
        try:
            return self._replay.add(event)
        except (KeyError, TypeError, ValueError, AttributeError):
            return False

    def restore(self, events: Iterable[Happening]) -> None:
        """Take what logs hold, in any order."""
        known = [event for event in events if event.kind in KINDS]
        for event in known:
            self.requests.add(event)
        self._replay.add_all(event for event in known if event.kind != REQUESTED)

    def catch_up(self, other: WorkBook) -> None:
        """Take what another book knows and this one does not, in its order."""
        for event in self._replay.lacks(other._replay):
            self.apply(event)
        self.requests.merge(other.requests)

    @property
    def last(self) -> int:
        """The highest number of any event known; the next one has one more."""
        return self._replay.last

    @property
    def people(self) -> Roster:
        """Who there is."""
        return self._replay.state.people

    @property
    def orders(self) -> Orders:
        """Every work order."""
        return self._replay.state.orders

    @property
    def assets(self) -> Equipment:
        """Equipment by serial number."""
        return self._replay.state.assets

    @property
    def stock(self) -> Stock:
        """Parts in stores."""
        return self._replay.state.stock

    @property
    def fluid(self) -> FluidLedger:
        """Fluid in tanks."""
        return self._replay.state.fluid

    @property
    def conflicts(self) -> Conflicts:
        """What contradicts something else."""
        return self._replay.state.conflicts

    @property
    def unread(self) -> Sequence[Happening]:
        """Events with a mark that this version cannot read: damaged, or from a newer one."""
        return list(self._replay.state.unread)

    @property
    def unread_count(self) -> int:
        """How many such events there are."""
        return len(self._replay.state.unread)

    def open_requests(self) -> Sequence[Request]:
        """Return the wishes for work that no order was made of, oldest first."""
        return [r for r in self.requests.all() if not self.orders.taken(r.id)]

    def events(self) -> Sequence[Happening]:
        """Return every event of work, in order."""
        return self._replay.events()

    def history(self, subject: str) -> Sequence[Happening]:
        """Return every event about an order, person, asset, part or tank, in order."""
        return [event for event in self._replay.events() if event.subject == subject]
