"""The log of a training as a story: who is the trainee, when faults began, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from console.training.kinds import TrainingKind
from console.training.scenario import Scenario
from procedures.engine.events import WorkKind
from procedures.engine.people import same

_ENDS = {WorkKind.FINISHED: "finished", WorkKind.MADE_SAFE: "safe"}
_STEP_ENDS = frozenset(
    {WorkKind.STEP_DONE, WorkKind.STEP_FAILED, WorkKind.STEP_SKIPPED, WorkKind.ABORTED}
)


class Happening(Protocol):
    """What is needed of an event of the log."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def body(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def actor(self) -> str: ...  # noqa: D102
    @property
    def utc_us(self) -> int: ...  # noqa: D102


def body_text(body: Mapping[str, Any], name: str) -> str:
    """Return a member of a body as text, empty where there is none."""
    found = body.get(name)
    return "" if found is None else str(found)


@dataclass(frozen=True, slots=True)
class Story:
    """The events of one training, asked for what scoring needs."""

    events: Sequence[Happening]
    trainee: str

    @classmethod
    def of(cls, events: Sequence[Happening], trainee: str) -> Story:
        """Return the story of a log, oldest event first."""
        return cls(sorted(events, key=lambda event: event.utc_us), trainee)

    def is_trainee(self, actor: str) -> bool:
        """Whether an event is by the trainee."""
        return same(actor, self.trainee)

    def of_kind(self, *kinds: str) -> Iterator[Happening]:
        """Yield the events of some kinds."""
        wanted = {str(kind) for kind in kinds}
        return (event for event in self.events if str(event.kind) in wanted)

    @property
    def began_us(self) -> int | None:
        """When the work was begun."""
        return next((event.utc_us for event in self.of_kind(WorkKind.BEGUN)), None)

    @property
    def ended(self) -> str:
        """How the work ended: ``finished``, ``safe``, or empty where it was left."""
        found = next(self.of_kind(*_ENDS), None)
        return _ENDS[WorkKind(str(found.kind))] if found else ""

    @property
    def seconds(self) -> float:
        """How long the work took, s, to its end or to the last event."""
        began = self.began_us
        if began is None:
            return 0.0
        end = next((event.utc_us for event in self.of_kind(*_ENDS)), self.events[-1].utc_us)
        return max(0.0, (end - began) / 1e6)

    def fault_us(self, fault: str) -> int | None:
        """Return when a fault of the scenario began; None where it never did."""
        for event in self.of_kind(TrainingKind.FAULT):
            if body_text(event.body, "fault") == fault:
                return event.utc_us
        return None

    def target_of(self, fault: str) -> str:
        """Return the equipment that a fault hit."""
        for event in self.of_kind(TrainingKind.FAULT):
            if body_text(event.body, "fault") == fault:
                return body_text(event.body, "target")
        return ""

    def step_seconds(self) -> dict[str, float]:
        """Return how long each step was open, s, all visits together, in the order of the work."""
        found: dict[str, float] = {}
        opened: dict[str, int] = {}
        for event in self.of_kind(WorkKind.STEP_STARTED, *_STEP_ENDS):
            step = body_text(event.body, "step")
            if event.kind == WorkKind.STEP_STARTED:
                opened[step] = event.utc_us
                found.setdefault(step, 0.0)
            elif step in opened:
                found[step] = found.get(step, 0.0) + (event.utc_us - opened.pop(step)) / 1e6
        return found

    def labels_entered(
        self, scenario: Scenario
    ) -> Iterator[tuple[str, Happening, str, Sequence[str]]]:
        """Yield each label that the trainee entered, taken or refused, with what it really reads.

        What it reads is what the scenario shows up to then: another label is there to be entered
        only once it was looked for.
        """
        reads = {label.scan: [label.reads[0]] for label in scenario.labels}
        for event in self.events:
            if event.kind == TrainingKind.LABEL_READ:
                reads.setdefault(body_text(event.body, "scan"), []).append(
                    body_text(event.body, "reads")
                )
            elif event.kind == WorkKind.LABEL_SCANNED and self.is_trainee(event.actor):
                scan = body_text(event.body, "scan")
                if scan in reads:
                    yield scan, event, body_text(event.body, "label"), tuple(reads[scan])
            elif event.kind == WorkKind.REFUSED and self.is_trainee(event.actor):
                asked = event.body.get("asked")
                if isinstance(asked, Mapping) and str(asked.get("scan", "")) in reads:
                    scan = str(asked["scan"])
                    yield scan, event, str(asked.get("label", "")), tuple(reads[scan])
