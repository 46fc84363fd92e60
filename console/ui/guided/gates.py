"""Gates: the live value, what it must be, its age, and why not yet."""

from __future__ import annotations

from console.text import tr
from console.ui import formats
from console.ui.guided.gate_facts import GateFacts, gate_facts, invariant_facts
from console.ui.guided.hands import Hands
from console.ui.guided.number_field import NumberEntry
from console.ui.guided.questions import override_question
from console.ui.guided.rows import UNKNOWN, UNMET, Live, Row, ToolButton
from console.ui.guided.situation import Situation
from procedures.engine import commands as cmd
from procedures.engine.evaluate import State
from procedures.engine.needs import GateState
from procedures.spec_parts import Gate, Invariant


def is_absent(state: GateState) -> bool:
    """Whether a gate is not asked for here, because the equipment has no such point."""
    return state.verdict.state is State.NOT_FITTED and state.gate.not_fitted == "skip"


class _FactsRow(Row):
    """What a gate and a condition have in common."""

    def __init__(self, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.live = Live(title)
        self.right.addWidget(self.live)
        self._shown: GateFacts | None = None

    def show_facts(self, facts: GateFacts) -> None:
        """Show what is known now."""
        if facts == self._shown:
            return
        self._shown = facts
        self.title.say(facts.title)
        self.tell(facts.why)
        self.mark.show_mark(facts.mark, facts.share)
        doubtful = facts.live == formats.NOTHING
        self.live.show_value(facts.live, facts.unit, facts.needed, facts.age, doubtful=doubtful)
        self.setAccessibleDescription(facts.spoken)


class GateRow(_FactsRow):
    """One gate of the step; where its author allows it, another person may let it pass."""

    def __init__(self, gate: Gate, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.gate = gate
        self.override = ToolButton(tr("Let it pass …"))
        self.override.setVisible(False)
        self.override.clicked.connect(self._override)
        self.entry: NumberEntry | None = None
        if gate.not_fitted == "by_hand":
            self.entry = NumberEntry(title, gate.parsed.either[0].unit, 1)
            self.entry.given.connect(self._by_hand)
            self.entry.hide()
            self.tools.addWidget(self.entry)
        self.tools.addWidget(self.override)
        self.tools.addStretch(1)

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        state = next((one for one in now.view.standing.gates if one.gate.id == self.gate.id), None)
        if state is None:
            return
        facts = gate_facts(state, now.names, now.spec)
        self.show_facts(facts)
        self.setVisible(not is_absent(state))
        can = now.is_member and now.is_free and not now.view.run.suspended_by
        is_wanted = facts.mark in {UNMET, UNKNOWN}
        self.override.setVisible(bool(self.gate.override) and is_wanted and can)
        if self.entry is not None:
            self.entry.setVisible(facts.mark == "by_hand" and can)

    def _override(self) -> None:
        self.hands.sheet.emit(override_question(self.hands, self.gate, self.title.text()))

    def _by_hand(self, number: float) -> None:
        step = self.hands.spec.id if self.hands.spec else ""
        if self.hands.ask(cmd.ByHand(step, self.hands.who, self.gate.id, number), self.say):
            self.say("")


class InvariantRow(_FactsRow):
    """What must stay met while the step is open; shown while it is not."""

    def __init__(self, invariant: Invariant, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.invariant = invariant

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        for state in now.view.standing.invariants:
            if state.invariant.id == self.invariant.id:
                self.show_facts(invariant_facts(state, now.names, now.spec))
                held = now.step is not None and self.invariant.id in now.step.held
                self.setVisible(held or not state.is_kept)
