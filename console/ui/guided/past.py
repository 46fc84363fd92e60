"""What the log holds of one run beside what the run itself knows: read beside the window. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.session.running.record import RecordKind
from console.work.events import Refused
from procedures.engine.events import WorkKind

KINDS = frozenset(
    {
        str(WorkKind.SUSPENDED),
        str(WorkKind.PHOTO_TAKEN),
        str(RecordKind.LEVEL_BEFORE),
        str(RecordKind.ACCEPTED_HEAT),
        str(RecordKind.EVIDENCE),
    }
)
_DROP, _PREDICTED = "level_drop", "level_drop_predicted"


class Told(Protocol):
    """What is needed of an event of the log."""

    @property
    def kind(self) -> str: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Past:
    """``heat`` maps a GPU to K/W before, K/W after and the change in percent; ``drops`` holds the
    end of every step at which a drop was known (UTC us), what was measured and predicted, mm;
    ``photos`` the hash of every picture.
    """

    handover: Mapping[str, str] = field(default_factory=dict)
    heat: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    drops: tuple[tuple[int, float, float], ...] = ()
    photos: frozenset[str] = frozenset()

    @property
    def drop_mm(self) -> tuple[float, float] | None:
        """What was measured and predicted with the server clear of the fluid.

        It is told of the step after the lift: by then what hung in the server has run out of it.
        """
        most = max((predicted for _, _, predicted in self.drops), default=0.0)
        whole = sorted(drop for drop in self.drops if drop[2] == most and most > 0)
        return whole[min(1, len(whole) - 1)][1:] if whole else None

    def after(self, event: Told) -> Past:
        """Return it after an event of this run; one that cannot be read changes nothing."""
        try:
            return self._after(event.kind, event.body)
        except (KeyError, TypeError, ValueError):
            return self

    def _after(self, kind: str, body: Mapping[str, Any]) -> Past:
        if kind == WorkKind.SUSPENDED:
            names = ("state", "prohibitions", "isolations")
            return replace(self, handover={name: str(body.get(name, "")) for name in names})
        if kind == WorkKind.PHOTO_TAKEN:
            return replace(self, photos=self.photos | {str(body["sha256"])})
        if kind == RecordKind.ACCEPTED_HEAT:
            before, after = body["before_k_w"], body["after_k_w"]
            change = body["change_percent"]
            heat = {
                str(gpu): (float(before[gpu]), float(after[gpu]), float(change[gpu]))
                for gpu in change
            }
            return replace(self, heat=heat)
        if kind == RecordKind.EVIDENCE:
            derived = body.get("derived") or {}
            if _DROP in derived and _PREDICTED in derived:
                drop = int(body["until_us"]), float(derived[_DROP]), float(derived[_PREDICTED])
                return replace(self, drops=(*self.drops, drop))
        return self


def past_of(run: str, events: Iterable[Told]) -> Past:
    """Return what events tell of one run."""
    past = Past()
    for event in events:
        if event.kind in KINDS and event.body.get("run") == run:
            past = past.after(event)
    return past


def read_past(folder: Path, run: str) -> Past:
    """Read it from the log; raises Refused where the log cannot be read."""
    try:
        return past_of(run, LogReader(folder).of_kinds(KINDS))
    except StorageError as error:
        raise Refused(error.sentence) from None
