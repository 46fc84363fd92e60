"""A referee who knows the small procedure by heart, and nothing of the engine."""

from __future__ import annotations

import json
from typing import Any

from drivers.points import Reason
from procedures.engine.events import WorkEvent

from .bench import PEOPLE, Bench

TEMPERATURE, LEAK, LID = "tank.coolant_return_temperature", "tank.leak[1].state", "tank.lid.state"
Given = float | str | Reason


class Referee:
    """Knows the rules of the small procedure by heart, and the truth about the world."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.seen = 0
        self.cool_since_s: float | None = None
        self.started_s = 0.0
        self.hands: set[str] = set()
        self.released: dict[str, str] = {}
        self.overridden: dict[str, set[str]] = {}
        self.witnesses: set[str] = set()
        self.opened = {bench.session}

    def world(self, name: str) -> Given | None:
        """Return what is true now, None where nothing fresh is known."""
        bench = self.bench
        age_s = bench.now().mono_s - bench.readings.time.mono_s
        return bench.readings.values.get(name) if age_s <= 10 else None

    def at_most(self, limit: float) -> bool:
        value = self.world(TEMPERATURE)
        return isinstance(value, float) and value <= limit

    def tick(self) -> None:
        """Follow what is true between events."""
        if not self.at_most(45):
            self.cool_since_s = None
        elif self.cool_since_s is None:
            self.cool_since_s = self.bench.true_s

    def judge(self) -> None:
        """Look at every new event."""
        for event in self.bench.events[self.seen :]:
            self._somebody_looked(event)
            handler = getattr(self, f"_{event.kind.removeprefix('work.')}", None)
            if handler:
                handler(event, event.body)
        self.seen = len(self.bench.events)

    def _somebody_looked(self, event: WorkEvent) -> None:
        """In a new session nothing happens before the work was reopened, but leaving it."""
        session = json.loads(json.dumps(event.body["at"]))["session"]
        if event.kind == "work.reopened":
            self.opened.add(session)
        assert session in self.opened or event.kind in {"work.aborted", "work.noted"}

    def _hold_released(self, event: WorkEvent, body: Any) -> None:
        assert "supervisor" in PEOPLE[event.actor].roles
        self.released[body["step"]] = event.actor

    def _step_chosen(self, *_: Any) -> None:
        self.overridden, self.released = {}, {}

    def _step_started(self, event: WorkEvent, body: Any) -> None:
        step = body["step"]
        if step == "open-lid":
            assert self.released.get("open-lid") not in {None, event.actor}
            assert self.at_most(50)
        if step in {"open-lid", "drain", "measure", "choose", "polish", "close-lid"}:
            assert self.world(LEAK) == "dry"
        if not step.startswith("ms-"):
            assert "technician" in PEOPLE[event.actor].roles
        self.started_s = self.bench.true_s
        self.hands, self.witnesses = {event.actor}, set()
        self.released = {}

    def _taken_over(self, event: WorkEvent, _body: Any) -> None:
        self.hands.add(event.actor)

    def _gate_overridden(self, event: WorkEvent, body: Any) -> None:
        assert (body["step"], body["gate"]) == ("cool", "cool")
        assert "supervisor" in PEOPLE[event.actor].roles
        self.overridden.setdefault(body["gate"], set()).add(event.actor)

    def _step_witnessed(self, event: WorkEvent, _body: Any) -> None:
        assert "verifier" in PEOPLE[event.actor].roles
        self.witnesses.add(event.actor)

    def _step_performed(self, event: WorkEvent, body: Any) -> None:
        self._proofs(event, body)

    def _step_done(self, event: WorkEvent, body: Any) -> None:
        self._proofs(event, body)
        step = body["step"]
        if step == "open-lid":
            assert self.witnesses - self.hands
            assert body["second"] in self.witnesses - self.hands
        if step == "measure":
            assert body["second"] == event.actor
            assert event.actor not in self.hands
            assert "verifier" in PEOPLE[event.actor].roles
        self.overridden = {}

    def _step_skipped(self, event: WorkEvent, body: Any) -> None:
        assert body["step"] == "polish"
        assert body["second"] != event.actor
        assert "supervisor" in PEOPLE[body["second"]].roles

    def _proofs(self, _event: WorkEvent, body: Any) -> None:
        step = body["step"]
        if step == "cool":
            assert self.at_most(50)
            if not self.overridden.get("cool", set()) - self.hands:
                assert self.cool_since_s is not None
                assert self.bench.true_s - self.cool_since_s >= 20
        if step == "open-lid":
            assert self.world(LID) == "open"
        if step == "close-lid" or (step == "ms-close" and not body["unproven"]):
            assert self.world(LID) == "closed"
        if step == "drain":
            assert self.bench.true_s - self.started_s >= 120
        if step in {"open-lid", "drain", "measure", "choose", "polish", "close-lid"}:
            assert self.world(LEAK) == "dry"
