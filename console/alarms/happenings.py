"""Alarms of what drivers tell beside values: a Xid, another GPU than expected in a slot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from console.alarms.plan import Planned
from drivers.points import Happening


class Happenings:
    """Which alarms a happening raises or ends, part by part."""

    def __init__(self) -> None:
        self._planned: dict[str, Sequence[Planned]] = {}

    def add(self, part: str, planned: Sequence[Planned]) -> None:
        """Make a part known with the alarms that happenings may raise on it."""
        self._planned[part] = planned

    def changes(
        self, part: str, happenings: Iterable[Happening]
    ) -> Iterator[tuple[Planned, bool, Happening]]:
        """Yield ``(alarm, raised, happening)`` in the order in which they were told.

        One that nothing ends is raised and over at once.
        """
        for happening in happenings:
            for planned in self._planned.get(part, ()):
                spec = planned.spec.happening
                if spec is None:
                    continue
                if spec.until and happening.kind == spec.until:
                    yield planned, False, happening
                elif happening.kind == spec.kind and all(
                    happening.body.get(name) in values for name, values in spec.having.items()
                ):
                    yield planned, True, happening
                    if not spec.until:
                        yield planned, False, happening
