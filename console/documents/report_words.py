"""What reports say of runs: steps by number and title, people by name, what was not as planned."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from console.documents import words as w
from console.documents.report_times import Clock, spent
from console.documents.sheet import path_letter
from console.text import tr
from console.vocabulary import reason_text
from console.work.people.roster import Roster
from console.work.review import FINDING_NAMES, Finding, FindingKind
from console.work.reviews.table import shipped_table
from console.work.reviews.words import FindingWords
from drivers.points import Reason
from procedures.checks import parse_check
from procedures.engine.state import TIMER
from procedures.spec import Procedure, Step

_URGENT = 4
"""From this weight on a finding is marked: no reviewer may pass it over."""
_SYSTEM = "system"
_SEEN = re.compile(r"\S+ \S+ is (.+)")
_UNKNOWN = re.compile(r"\S+ (\S+): (\w+)")


@dataclass(frozen=True)
class Told:
    """In which language and zone a report speaks, and whom it knows."""

    language: str
    clock: Clock
    people: Roster

    def person(self, name: str) -> str:
        """Return a person's name and id; an id that nobody has as it is."""
        if name == _SYSTEM:
            return tr("the console")
        found = self.people.get(name)
        return f"{found.name} ({found.id})" if found else name

    def printed(self, name: str) -> str:
        """Return a person's name alone."""
        found = self.people.get(name)
        return found.name if found else (tr("the console") if name == _SYSTEM else name)


class Steps:
    """The steps of one procedure as the report names them; none is known without its text."""

    def __init__(self, procedure: Procedure | None, language: str) -> None:
        self.procedure = procedure
        self.language = language
        self.numbers = _numbers(procedure)

    def spec(self, step: str) -> Step | None:
        """Return a step as its author wrote it."""
        return self.procedure.steps.get(step) if self.procedure else None

    def title(self, step: str) -> str:
        """Return a step's title; its id where nothing more is known."""
        spec = self.spec(step)
        return w.said(spec.title, self.language) if spec else step

    def named(self, step: str, visit: int = 1) -> str:
        """Return ``12 Cool enough to touch``, with the visit where it is not the first."""
        if not step:
            return "---"
        told = f"{self.numbers.get(step, '')} {self.title(step)}".strip()
        return tr("{step}, visit {visit}", step=told, visit=visit) if visit > 1 else told

    def value(self, step: str, name: str) -> str:
        """Return what a value, gate, photo, scan, item or clock of a step is called."""
        spec = self.spec(step)
        if name == TIMER:
            return tr("time of the step")
        if spec is not None:
            titles = {part.id: part.title for part in spec.values}
            titles |= {part.id: part.title for part in spec.photos}
            titles |= {part.id: part.title for part in spec.scans}
            if name in titles:
                return w.said(titles[name], self.language)
            gate = next((gate for gate in spec.gates if gate.id == name), None)
            if gate is not None:
                return w.check_words(gate.parsed)
        return self._of_procedure(step, name)

    def _of_procedure(self, step: str, name: str) -> str:
        if self.procedure is None:
            return name
        clock = next((one for one in self.procedure.clocks if one.id == name), None)
        if clock is not None:
            return w.said(clock.title, self.language)
        if step in self.procedure.steps:
            kept = next((i for i in self.procedure.invariants_of(step) if i.id == name), None)
            if kept is not None:
                return w.check_words(kept.parsed)
        return name

    def item(self, step: str, name: str) -> str:
        """Return the words of a line that was confirmed."""
        spec = self.spec(step)
        found = next((one for one in spec.items if one.id == name), None) if spec else None
        return w.said(found.text, self.language) if found else name

    def reason(self, step: str, name: str) -> str:
        """Return the words of a reason for skipping."""
        spec = self.spec(step)
        reasons = spec.skip.reasons if spec and spec.skip else ()
        found = next((one for one in reasons if one.id == name), None)
        return w.said(found.text, self.language) if found else name

    def answer(self, step: str, name: str) -> str:
        """Return the words of an answer."""
        spec = self.spec(step)
        answers = spec.ask.answers if spec and spec.ask else ()
        found = next((one for one in answers if one.id == name), None)
        return w.said(found.text, self.language) if found else name


def _numbers(procedure: Procedure | None) -> Mapping[str, str]:
    if procedure is None:
        return {}
    found = {name: str(n) for n, name in enumerate(procedure.order, 1)}
    for n, path in enumerate(procedure.make_safe):
        found |= {step.id: f"{path_letter(n)}{k}" for k, step in enumerate(path.steps, 1)}
    return found


def quantity(text: str) -> str:
    """Return ``46.1 Cel`` as people write it; anything else as it is."""
    number, _, code = text.partition(" ")
    try:
        return w.amount(float(number), code) if code else w.amount(float(number), "")
    except ValueError:
        return text


def with_unit(number: float, code: str) -> str:
    """Return a measured number with its unit, with no more decimals than it has."""
    return w.amount(round(number, 4), code)


def check_text(check: str) -> str:
    """Return a check as the log holds it in words; one of another version as it is."""
    try:
        return w.check_words(parse_check(check))
    except ValueError:
        return check


def limits_text(low: float | None, high: float | None, code: str) -> str:
    """Return the limits of a value: ``0 to 1 V``; empty where there are none."""
    if low is None and high is None:
        return ""
    if low is None:
        return f"≤ {w.amount(high or 0.0, code)}"
    if high is None:
        return f"≥ {w.amount(low, code)}"
    return tr("{low} to {high}", low=w.amount(low, ""), high=w.amount(high, code))


def verdict(number: float, low: float | None, high: float | None) -> str:
    """Return on which side of its limits a number is: empty inside."""
    if high is not None and number > high:
        return tr("TOO HIGH")
    if low is not None and number < low:
        return tr("TOO LOW")
    return ""


def weight_of(kind: FindingKind) -> int:
    """Return how heavy a kind of finding is (``resources/review.toml``); a new kind is heavy."""
    return shipped_table().weight.get(kind, _URGENT)


def is_urgent(kind: FindingKind) -> bool:
    """Whether a kind of finding is marked, on paper as on the screen first of all."""
    return weight_of(kind) >= _URGENT


def finding_name(finding: Finding) -> str:
    """Return what sort of finding it is."""
    return tr(FINDING_NAMES[finding.kind])


def finding_words(finding: Finding, steps: Steps, told: Told) -> str:
    """Return everything that is known of a finding beside its kind, step, person and time."""
    tell = _DETAILS.get(finding.kind)
    if tell is None:
        return FindingWords(steps.procedure, told.printed).sentence(finding)
    detail = tell(finding, steps, told)
    if finding.second:
        second = tr("agreed: {who}", who=told.person(finding.second))
        return "; ".join(filter(None, (detail, second)))
    return detail


_Detail = Callable[[Finding, Steps, Told], str]


def _plain(f: Finding, steps: Steps, _told: Told) -> str:
    about = ", ".join(steps.value(f.step, one) for one in f.about.split(", ")) if f.about else ""
    return "; ".join(filter(None, (about, f.text)))


def _out_of_limit(f: Finding, steps: Steps, _told: Told) -> str:
    number, _, _ = f.after.partition(" ")
    side = ""
    with suppress(ValueError):
        side = verdict(float(number), f.low, f.high)
    return tr(
        "{what}: {found} {side}, limits {limits}",
        what=steps.value(f.step, f.about),
        found=quantity(f.after),
        side=side or tr("OUTSIDE"),
        limits=limits_text(f.low, f.high, f.unit) or "---",
    )


def _retyped(f: Finding, steps: Steps, _told: Told) -> str:
    return tr(
        "{what}: first {before}, then {after}",
        what=steps.value(f.step, f.about),
        before=quantity(f.before),
        after=quantity(f.after),
    )


def _skipped(f: Finding, steps: Steps, _told: Told) -> str:
    reason = steps.reason(f.step, f.about)
    return reason if f.text in {"", f.about} else f"{reason}: {f.text}"


def _overridden(f: Finding, _steps: Steps, _told: Told) -> str:
    return tr(
        "{check}; found: {found}; reason: {reason}",
        check=check_text(f.allowed),
        found=found_text(f.after) or "---",
        reason=f.text,
    )


def found_text(found: str) -> str:
    """Return what a gate found, without the limit that is told anyway: ``46.1 °C``."""
    return ", ".join(filter(None, (_found_one(one) for one in found.split("; "))))


def _found_one(found: str) -> str:
    """Return one thing that was found; the limit it missed is told before it."""
    seen, unknown = _SEEN.fullmatch(found), _UNKNOWN.fullmatch(found)
    if seen:
        return quantity(seen[1])
    if unknown:
        name = w.point_name(unknown[1])
        with suppress(KeyError):
            return f"{name}: {reason_text(Reason[unknown[2].upper()])}"
    return "" if found.startswith("it must be ") else found


def _by_hand(f: Finding, steps: Steps, _told: Told) -> str:
    return f"{steps.value(f.step, f.about)}: {quantity(f.after)}"


def _late(f: Finding, steps: Steps, _told: Told) -> str:
    what = steps.value(f.step, f.about)
    if f.seconds is None or f.high is None:
        return what
    return tr(
        "{what}: {found}, at most {most}", what=what, found=spent(f.seconds), most=spent(f.high)
    )


def _gap(f: Finding, steps: Steps, told: Told) -> str:
    lasted = tr("after {span}", span=spent(f.seconds or 0.0))
    return "; ".join(filter(None, (lasted, _plain(f, steps, told))))


def _clock(f: Finding, _steps: Steps, _told: Told) -> str:
    if f.seconds is None:
        return tr("how long the step lasted is in doubt")
    return tr("the clock was off by {span}", span=spent(f.seconds))


def _handed(f: Finding, _steps: Steps, told: Told) -> str:
    return tr("from {giver} to {taker}", giver=told.person(f.before), taker=told.person(f.after))


def _deviation(f: Finding, steps: Steps, _told: Told) -> str:
    about = steps.value(f.step, f.about) if f.about else ""
    after = tr(DISPOSITIONS[f.after]) if f.after in DISPOSITIONS else f.after
    return "; ".join(filter(None, (about, f.text, after)))


DISPOSITIONS = {
    "use_as_is": "used as it is",
    "rework": "to be reworked",
    "repair": "to be repaired",
    "scrap": "to be scrapped",
}
"""What is done about a deviation; a key of the catalogue each."""
_DETAILS: dict[FindingKind, _Detail] = {
    FindingKind.OUT_OF_LIMIT: _out_of_limit,
    FindingKind.RETYPED: _retyped,
    FindingKind.SKIPPED: _skipped,
    FindingKind.OVERRIDDEN: _overridden,
    FindingKind.BY_HAND: _by_hand,
    FindingKind.LATE: _late,
    FindingKind.REOPENED: _gap,
    FindingKind.CLOCK: _clock,
    FindingKind.HANDED_OVER: _handed,
    FindingKind.DEVIATION: _deviation,
}
