"""What a gate shows: the live value that matters, what it must be, how old it is, why not yet.

No Qt in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from console.text import tr
from console.ui import formats
from console.ui.guided.words import WORK_POINTS, Namer, amount, comparison_limit, countdown
from console.vocabulary import REASONS
from drivers.points import Reason
from procedures.checks import Comparison
from procedures.engine.evaluate import Evidence, State, Verdict
from procedures.engine.needs import GateState
from procedures.engine.sentence import Sentence
from procedures.engine.standing import InvariantState
from procedures.spec import Step
from procedures.units import converted

_NAMES = {reason.word: text for reason, text in REASONS.items()}


@dataclass(frozen=True, slots=True)
class GateFacts:
    """One gate as shown.

    ``mark`` is ``met``, ``wait`` (met, not long enough), ``unmet``, ``unknown``, ``by_hand`` or
    ``overridden``; ``share`` is how much of the wanted time has passed, 0 to 1.
    """

    title: str
    live: str
    unit: str
    needed: str
    age: str
    mark: str
    why: str
    share: float | None = None

    @property
    def spoken(self) -> str:
        """All of it as one text, for a screen reader."""
        value = f"{self.live} {self.unit}".strip()
        return ", ".join(part for part in (self.title, value, self.needed, self.why) if part)


def gate_facts(state: GateState, names: Namer, spec: Step | None) -> GateFacts:
    """Return what a gate shows."""
    gate = state.gate
    either = gate.parsed.either
    comparison, evidence, count = _telling(either, state.verdict)
    live, unit, age = _live(comparison, evidence)
    mark, share = _mark(state)
    return GateFacts(
        title=_title(names.of(gate.text, spec) or names.compared(comparison), count),
        live=live,
        unit=unit,
        needed=" / ".join(dict.fromkeys(comparison_limit(one) for one in either)),
        age=age,
        mark=mark,
        why=_why(state, names, spec, share),
        share=share,
    )


def invariant_facts(state: InvariantState, names: Namer, spec: Step | None) -> GateFacts:
    """Return what a condition that must stay met shows."""
    either = state.invariant.parsed.either
    comparison, evidence, count = _telling(either, state.verdict)
    live, unit, age = _live(comparison, evidence)
    why = "" if state.is_kept else "; ".join(names.sentence(w, spec) for w in state.verdict.why[:2])
    mark = "met" if state.is_kept else _unmet(state.verdict)
    said = names.of(state.invariant.text, spec) or names.compared(comparison)
    return GateFacts(_title(said, count), live, unit, comparison_limit(comparison), age, mark, why)


def _title(said: str, count: int) -> str:
    return tr("{name}, all {count}", name=said, count=count) if count > 1 else said


def _telling(
    either: Sequence[Comparison], verdict: Verdict
) -> tuple[Comparison, Evidence | None, int]:
    """Return the comparison and the value to show: of several the one that decides."""
    seen = verdict.evidence
    if not seen:
        return either[0], None, 0
    comparison = next(
        (one for one in either if any(_is_of(one, evidence) for evidence in seen)), either[0]
    )
    of_it = [evidence for evidence in seen if _is_of(comparison, evidence)] or list(seen)
    worst = max(of_it, key=lambda evidence: _badness(comparison, evidence))
    return comparison, worst, len(of_it)


def _is_of(comparison: Comparison, evidence: Evidence) -> bool:
    head, _, _ = comparison.point.partition("[")
    return evidence.point.startswith(head)


def _badness(comparison: Comparison, evidence: Evidence) -> float:
    """How near a value is to not being met, or beyond; unknown is the worst of all."""
    if evidence.value is None or evidence.reason != Reason.NONE.word:
        return float("inf")
    if comparison.state:
        return 0.0 if comparison.accepts_word(evidence.word or "") else 1e12
    number = converted(evidence.value, evidence.unit, comparison.unit)
    if number is None:
        return 1e15
    beyond = [-float("inf")]
    if comparison.high is not None:
        beyond.append(number - comparison.high)
    if comparison.low is not None:
        beyond.append(comparison.low - number)
    return max(beyond)


def _live(comparison: Comparison, evidence: Evidence | None) -> tuple[str, str, str]:
    if evidence is None:
        return formats.NOTHING, "", ""
    age = formats.age(evidence.age_s)
    if evidence.value is None or evidence.reason != Reason.NONE.word:
        return formats.NOTHING, "", tr(_NAMES.get(evidence.reason, "not yet read"))
    if evidence.word is not None:
        return formats.translated_name(evidence.word), "", age
    number = converted(evidence.value, evidence.unit, comparison.unit)
    if number is None:
        return formats.NOTHING, "", age
    decimals = _decimals(comparison, evidence)
    return formats.decimal(number, decimals), formats.unit(comparison.unit), age


def _decimals(comparison: Comparison, evidence: Evidence) -> int:
    if evidence.point in WORK_POINTS:
        return WORK_POINTS[evidence.point][1]
    return 1 if comparison.unit in {"Cel", "bar", "kPa", "V", "A", "L/min", "kW"} else 0


def _mark(state: GateState) -> tuple[str, float | None]:
    gate = state.gate
    if state.overridden_by:
        return "overridden", None
    if state.verdict.state is State.NOT_FITTED and gate.not_fitted == "by_hand":
        return ("met" if state.passes else "by_hand"), None
    share = min(state.met_for_s / gate.for_s, 1.0) if gate.for_s else None
    if state.passes:
        return "met", share
    if state.verdict.is_met:
        return "wait", share
    return _unmet(state.verdict), None


def _unmet(verdict: Verdict) -> str:
    return "unknown" if verdict.state is State.UNKNOWN else "unmet"


def _why(state: GateState, names: Namer, spec: Step | None, share: float | None) -> str:
    if state.overridden_by:
        return tr("let pass by {person}", person=names.person(state.overridden_by))
    if state.verdict.state is State.NOT_FITTED and state.passes:
        by_hand = state.gate.not_fitted == "by_hand"
        return tr("measured by hand") if by_hand else tr("not fitted here, so not asked for")
    if state.verdict.is_met and not state.passes and share is not None:
        left_s = max(state.gate.for_s - state.met_for_s, 0.0)
        return tr("met; must stay so for {left} more", left=countdown(left_s))
    if state.passes:
        return ""
    if state.verdict.state is State.UNMET:
        return _how_far(state.gate.parsed.either, state.verdict)
    return _sentences(state.needs, names, spec)


def _how_far(either: Sequence[Comparison], verdict: Verdict) -> str:
    """Return how far what is shown is from where it must be; of several also how many are."""
    comparison, worst, count = _telling(either, verdict)
    if worst is None or comparison.state or worst.value is None:
        return tr("not as it must be")
    number = converted(worst.value, worst.unit, comparison.unit)
    if number is None:
        return ""
    decimals = _decimals(comparison, worst)
    if comparison.high is not None and number > comparison.high:
        far = amount(number - comparison.high, comparison.unit, decimals)
        said = tr("too high by {amount}", amount=far)
    elif comparison.low is not None and number < comparison.low:
        far = amount(comparison.low - number, comparison.unit, decimals)
        said = tr("too low by {amount}", amount=far)
    else:
        said = tr("not as it must be")
    bad = sum(1 for one in verdict.evidence if _badness(comparison, one) > 0)
    return tr("{bad} of {count}: {said}", bad=bad, count=count, said=said) if count > 1 else said


def _sentences(needs: Sequence[Sentence], names: Namer, spec: Step | None) -> str:
    said = list(dict.fromkeys(names.sentence(need, spec) for need in needs))
    more = len(said) - 2
    return "; ".join([*said[:2], *([tr("and {n} more", n=more)] if more > 0 else [])])
