"""A training without a window: a script plays the trainee, the scenario's colleagues the others."""

from __future__ import annotations

from console.session.running.crew import Crew
from console.session.running.desk import Proof, RunView
from console.session.running.script import People, Script
from console.training.people import colleague_id
from console.training.result import Score
from console.training.trainer import Trainer
from procedures.engine import commands as cmd
from procedures.engine.people import same

_REST_S = 2.0
_MOST_REFUSED = 12
"""A script whose trainee is refused so often in a row knows no way on."""


class ScriptedTrainee:
    """Plays one training to its end; gives up where ``patience_s`` pass without anything new."""

    def __init__(self, trainer: Trainer, script: Script, *, patience_s: float = 7200.0) -> None:
        self._trainer = trainer
        self._script = _cast(trainer, script)
        self._patience_s = patience_s
        self._crew = Crew(self._script, trainer.revision.procedure, self._act)
        self._asked: set[tuple[str, int, str]] = set()
        self._refused = 0

    def play(self) -> Score:
        """Go on until the work is over; returns the score."""
        trainer, place = self._trainer, self._trainer.place
        events, changed_s = -1, 0.0
        while not trainer.is_over:
            place.settle()
            trainer.tick()
            view = trainer.view
            if view is None or trainer.is_over:
                continue
            now_s = trainer.session.now().mono_s
            if view.run.events != events:
                events, changed_s = view.run.events, now_s
            is_lost = self._refused > _MOST_REFUSED
            if is_lost or now_s - changed_s > self._patience_s:
                trainer.give_up()
                continue
            if not self._step(view):
                self._pass(_REST_S)
        if trainer.score is None:
            raise RuntimeError("the training ended without a score")
        return trainer.score

    def _step(self, view: RunView) -> bool:
        """Ask what the script asks next; returns whether that was taken."""
        command = None if view.waits else self._stop(view) or self._crew.next(view)
        if command is None:
            return False
        self._ask_overrides(view)
        if not same(str(getattr(command, "by", "")), self._trainer.who.id):
            return False  # a colleague does that
        place = self._trainer.place
        proof = Proof("script", self._trainer.session.now().utc_us)
        decision = place.runs.ask(self._trainer.run_id, command, proof=proof)
        place.settle()
        self._refused = 0 if decision.is_allowed else self._refused + 1
        return decision.is_allowed

    def _stop(self, view: RunView) -> cmd.Abort | None:
        """Break off where the script does, also while the step is held."""
        step = view.run.current
        why = self._script.step(step.step).abort if step and step.held else ""
        return cmd.Abort(self._trainer.who.id, why) if why and view.run.phase_holds else None

    def _ask_overrides(self, view: RunView) -> None:
        step = view.run.current
        if step is None:
            return
        told = self._script.step(step.step).overrides
        for state in view.standing.gates:
            key = step.step, step.visit, state.gate.id
            if state.gate.id in told and not state.passes and key not in self._asked:
                self._asked.add(key)
                self._trainer.ask_override(state.gate.id, told[state.gate.id])

    def _act(self, words: str) -> None:
        """Do one act of the script to the equipment."""
        verb, *rest = words.split()
        if verb == "wait":
            self._pass(float(rest[0]))
        elif verb == "acknowledge":
            self._acknowledge()
        elif verb == "look_for_another":
            self._trainer.look_for_another(rest[0])
        else:
            self._trainer.handle(verb, float(rest[0]) if rest else 1.0)

    def _acknowledge(self) -> None:
        """Acknowledge every alarm that nobody has acknowledged."""
        session = self._trainer.session
        seen = [one for one in session.book.alarms() if one.state.awaits_acknowledgement]
        if seen:
            session.acknowledge(seen, self._trainer.who.id)
            self._trainer.place.settle()

    def _pass(self, seconds: float) -> None:
        """Let time pass while the scenario goes on."""
        left_s = seconds
        while left_s > 0 and not self._trainer.is_over:
            step_s = min(_REST_S, left_s)
            left_s -= step_s
            self._trainer.world.advance(step_s)
            self._trainer.place.settle()
            self._trainer.tick()


def _cast(trainer: Trainer, script: Script) -> Script:
    """Return a script in which the trainee and the scenario's colleagues play."""
    roles: dict[str, str] = {role: colleague_id(role) for role in trainer.scenario.crew.colleagues}
    roles[trainer.scenario.crew.trainee] = trainer.who.id
    people = People(**{role: roles.get(role, "nobody") for role in People.model_fields})
    return script.model_copy(update={"people": people})
