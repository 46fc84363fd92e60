"""Hands at the tank of a demo: while a procedure is on the screen, its equipment can be moved."""

from __future__ import annotations

from console.session.session import Session, Tools
from console.ui.training.hands_bar import Hand, HandsBar


class DemoHands(HandsBar):
    """The bar of a demo; it follows the newest open work, and hides where there is none."""

    def __init__(self, session: Session, tools: Tools) -> None:
        self._session = session
        self._hands: dict[str, Hand] = {}
        self._tools = tools
        super().__init__(Hand(session, (), tools.handle))

    def refresh(self) -> None:
        """Turn to the equipment of the newest open work and show what may be done."""
        hosts = self._hosts()
        key = " ".join(hosts)
        if key not in self._hands:
            self._hands[key] = Hand(self._session, hosts, self._tools.handle)
        self.hand = self._hands[key]
        super().refresh()

    @property
    def is_of_use(self) -> bool:
        """Whether there is anything that hands could do."""
        return bool(self.hand.hosts)

    def _hosts(self) -> tuple[str, ...]:
        place = self._session.workplace
        open_runs = place.runs.open() if place is not None and place.is_ready else ()
        if not open_runs:
            return ()
        run = open_runs[-1]
        named = {part.partition("/")[0] for parts in run.subjects.values() for part in parts}
        known = [host.id for host in self._session.hosts if host.id in named]
        if known:
            return tuple(known)
        return tuple(host.id for host in self._session.site.hosts_in(run.subject))
