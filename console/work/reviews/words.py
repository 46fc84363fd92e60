"""What exceptions and reviews say, in one sentence of the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from console.text import language, tr
from console.vocabulary import translated_name, unit
from console.work.review import FINDING_NAMES, Finding, FindingKind
from console.work.reviews.desk import SECTION_NAMES
from console.work.reviews.kinds import DISPOSITIONS, ReviewKind
from procedures.engine.state import TIMER
from procedures.spec import Procedure
from procedures.spec_parts import SOURCE_LANGUAGE, Gate, Invariant

Body = Mapping[str, Any]
Teller = Callable[[Body, str], str]
_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}
_UNITED = re.compile(r"(?<![\w.])(-?\d+(?:\.\d+)?) ([A-Za-z][A-Za-z0-9/\[\]]*)")
_POINT = re.compile(r"\b[a-z]+(?:\[[*\d]+\])?(?:[_.][a-z0-9]+)+\b")
_PART = re.compile(r"\b[a-z]+-\d+(?:/gpu\d+)?\b")
_NO_BREAK = "\N{NO-BREAK SPACE}"


class _Named(Protocol):
    @property
    def id(self) -> str: ...


class FindingWords:
    """Puts the exceptions of one run into words; ``procedure`` None where its text is not here.

    ``person`` gives the name of a person, ``name_of`` that of a part of the site; ``point`` is the
    reader's decimal point.
    """

    def __init__(
        self,
        procedure: Procedure | None,
        person: Callable[[str], str] = str,
        point: str = ".",
        name_of: Callable[[str], str] = str,
    ) -> None:
        self._procedure = procedure
        self._name_of = name_of
        self._person = person
        self._point = point

    def title(self, finding: Finding) -> str:
        """Return what sort of exception it is."""
        return tr(FINDING_NAMES[finding.kind])

    def step(self, finding: Finding) -> str:
        """Return the step with its number and visit; empty where it is about no step."""
        return self.step_name(finding.step, finding.visit)

    def step_name(self, step: str, visit: int = 1) -> str:
        """Return a step's number and title, and which visit where there are several."""
        if not step:
            return ""
        procedure = self._procedure
        spec = procedure.steps.get(step) if procedure else None
        told = words_of(spec.title) if spec else step
        order = list(procedure.order) if procedure else []
        if step in order:
            told = f"{order.index(step) + 1}. {told}"
        return tr("{step}, time {n}", step=told, n=visit) if visit > 1 else told

    def sentence(self, finding: Finding) -> str:
        """Return what was found, before and after, against what was allowed."""
        told = _SENTENCES.get(finding.kind, _plain)(self, finding)
        return told or self.title(finding)

    # ---- the parts of a sentence ----

    def part(self, finding: Finding, name: str) -> str:
        """Return the title of a value, gate, scan or condition of the finding's step."""
        return self.part_of(finding.step, name)

    def part_of(self, step: str, name: str) -> str:
        """Return the title of a value, gate, scan or condition of a step."""
        if name == TIMER:
            return tr("time of the step")
        spec = self._procedure.steps.get(step) if self._procedure else None
        during = self._procedure.invariants_of(step) if self._procedure and spec else ()
        lists = (spec.values, spec.scans, spec.gates, during) if spec else ()
        parts: list[_Named] = [one for found in lists for one in found]
        found = next((one for one in parts if one.id == name), None)
        text = getattr(found, "title", None) or getattr(found, "text", None)
        if not text and isinstance(found, Gate | Invariant):
            return self.check(found)
        return words_of(text) if text else name.replace("-", " ")

    def check(self, gate: Gate | Invariant) -> str:
        """Return what a gate asks for: ``Coolant return temperature ≤ 45 °C``."""
        one = gate.parsed.either[0]
        name = point_words(one.point)
        return f"{name} {self.plain(one.limit)}".rstrip()

    def plain(self, text: str) -> str:
        """Return what the engine wrote with signs and units as people write them."""
        for code, sign in _SIGNS.items():
            text = text.replace(code, sign)
        text = _PART.sub(
            lambda m: self._name_of(m[0]), _POINT.sub(lambda m: point_words(m[0]), text)
        )
        return _UNITED.sub(lambda m: self.amount(f"{m[1]} {m[2]}") if unit(m[2]) else m[0], text)

    def parts(self, finding: Finding) -> str:
        """Return all that a finding names, by its title."""
        return ", ".join(self.part(finding, one) for one in finding.about.split(", ") if one)

    def amount(self, text: str) -> str:
        """Return a number with its unit (UCUM) as people write them."""
        number, _, code = text.partition(" ")
        shown = number.replace(".", self._point).replace("-", "\N{MINUS SIGN}")
        return f"{shown}{_NO_BREAK}{unit(code)}" if code else shown

    def limits(self, finding: Finding) -> str:
        """Return what was allowed: ``40 to 50 °C``."""
        low, high = finding.low, finding.high
        code = finding.unit
        if low is not None and high is not None:
            low_text = self.amount(f"{low:g}")
            return tr("{low} to {high}", low=low_text, high=self.amount(f"{high:g} {code}"))
        if low is not None:
            return f"≥ {self.amount(f'{low:g} {code}')}"
        return f"≤ {self.amount(f'{high:g} {code}')}" if high is not None else finding.allowed

    def span(self, seconds: float | None) -> str:
        """Return a length of time."""
        return span_words(seconds or 0.0, self._point)

    def person(self, name: str) -> str:
        """Return the name of a person."""
        return self._person(name)

    def reason(self, finding: Finding) -> str:
        """Return the words of a reason that the author of a step listed."""
        spec = self._procedure.steps.get(finding.step) if self._procedure else None
        reasons = spec.skip.reasons if spec and spec.skip else ()
        found = next((one for one in reasons if one.id == finding.about), None)
        return words_of(found.text) if found else finding.about


def point_words(key: str) -> str:
    """Return the name of a point by its key: ``coolant_return_temperature``, ``lid.state``."""
    return translated_name(re.sub(r"\[.*?\]|[_.]", " ", key).replace("  ", " ").capitalize())


def words_of(text: Mapping[str, str]) -> str:
    """Return a text of a procedure in the reader's language, else in English."""
    return str(text.get(language()) or text.get(SOURCE_LANGUAGE) or next(iter(text.values()), ""))


def span_words(seconds: float, point: str = ".") -> str:
    """Return a length of time: ``0.4 s``, ``12 s``, ``3 min``, ``2.5 h``."""
    size = abs(seconds)
    if size < 10:
        text = tr("{n} s", n=f"{size:.1f}")
    elif size < 120:
        text = tr("{n} s", n=f"{size:.0f}")
    elif size < 7200:
        text = tr("{n} min", n=f"{size / 60:.0f}")
    else:
        text = tr("{n} h", n=f"{size / 3600:.1f}")
    return text.replace(".", point)


def _plain(words: FindingWords, finding: Finding) -> str:
    told = [finding.text] if finding.text else []
    if finding.about and not told:
        told = [words.parts(finding)]
    return ": ".join(told)


def _out_of_limit(words: FindingWords, finding: Finding) -> str:
    return tr(
        "{value}: {found} found, allowed is {allowed}",
        value=words.part(finding, finding.about),
        found=words.amount(finding.after),
        allowed=words.limits(finding),
    )


def _retyped(words: FindingWords, finding: Finding) -> str:
    return tr(
        "{value}: first {before}, then {after}",
        value=words.part(finding, finding.about),
        before=words.amount(finding.before),
        after=words.amount(finding.after),
    )


def _skipped(words: FindingWords, finding: Finding) -> str:
    told = tr("{reason}: {text}", reason=words.reason(finding), text=finding.text)
    if not finding.second:
        return told
    return tr("{what}; {person} agreed", what=told, person=words.person(finding.second))


def _overridden(words: FindingWords, finding: Finding) -> str:
    told = tr(
        "{gate} was let pass: {reason}",
        gate=words.part(finding, finding.about),
        reason=finding.text,
    )
    return (
        tr("{what}. Found: {found}", what=told, found=words.plain(finding.after))
        if finding.after
        else told
    )


def _by_hand(words: FindingWords, finding: Finding) -> str:
    gate, found = words.part(finding, finding.about), words.amount(finding.after)
    return tr("{gate}: {found}, measured by hand", gate=gate, found=found)


def _late(words: FindingWords, finding: Finding) -> str:
    about = words.parts(finding)
    if finding.seconds is None:
        return tr("{what} ran out", what=about)
    return tr(
        "{what} took {time}, allowed is {allowed}",
        what=about,
        time=words.span(finding.seconds),
        allowed=words.limits(finding),
    )


def _broken(words: FindingWords, finding: Finding) -> str:
    about = words.parts(finding)
    told = words.plain(finding.text)
    return tr("{what}: {told}", what=about, told=told) if told else about


def _deviation(words: FindingWords, finding: Finding) -> str:
    return tr("{what}: {told}", what=words.parts(finding), told=finding.text)


def _reopened(words: FindingWords, finding: Finding) -> str:
    return tr("The console was away for {time}", time=words.span(finding.seconds))


def _clock(words: FindingWords, finding: Finding) -> str:
    if finding.seconds is None:
        return tr("How long the step took is in doubt")
    if finding.seconds < 0:
        return tr("The clock was set back by {span}", span=words.span(finding.seconds))
    return tr("The clock was set forward by {span}", span=words.span(finding.seconds))


def _handed_over(words: FindingWords, finding: Finding) -> str:
    before, after = words.person(finding.before), words.person(finding.after)
    return tr("{before} handed over to {after}", before=before, after=after)


def _late_entry(words: FindingWords, finding: Finding) -> str:
    if finding.seconds is None:
        who = words.person(finding.after)
        return tr("Copied from the paper form {form} by {person}", form=finding.about, person=who)
    return tr("Written down {time} after it happened", time=words.span(finding.seconds))


def _no_run(_words: FindingWords, finding: Finding) -> str:
    return tr("{procedure} was to be followed; no run of it is linked", procedure=finding.about)


def _repeated(_words: FindingWords, finding: Finding) -> str:
    return tr("Begun for the {n}. time", n=finding.visit)


_SENTENCES: dict[FindingKind, Callable[[FindingWords, Finding], str]] = {
    FindingKind.OUT_OF_LIMIT: _out_of_limit,
    FindingKind.RETYPED: _retyped,
    FindingKind.SKIPPED: _skipped,
    FindingKind.OVERRIDDEN: _overridden,
    FindingKind.BY_HAND: _by_hand,
    FindingKind.LATE: _late,
    FindingKind.BROKEN: _broken,
    FindingKind.RELEASED: _broken,
    FindingKind.DEVIATION: _deviation,
    FindingKind.REOPENED: _reopened,
    FindingKind.CLOCK: _clock,
    FindingKind.HANDED_OVER: _handed_over,
    FindingKind.LATE_ENTRY: _late_entry,
    FindingKind.REPEATED: _repeated,
    FindingKind.NO_RUN: _no_run,
}


# ---- events of a review -----------------------------------------------------------------------


def _opened(body: Body, _point: str) -> str:
    section = str(body["section"])
    name, _, step = section.partition(" ")
    if step:
        return tr("Looked at step {step}", step=step)
    return tr("Looked at: {what}", what=tr(SECTION_NAMES[name]))


def _of_step(body: Body, _point: str) -> str:
    text = str(body["text"])
    step = str(body.get("step") or "")
    return tr("{step}: {text}", step=step, text=text) if step else text


def _found(body: Body, point: str) -> str:
    what = tr(DISPOSITIONS[str(body["disposition"])])
    return tr("{what}: {told}", what=what, told=_of_step(body, point))


def _change(body: Body, point: str) -> str:
    return tr("{what}: {told}", what=body["procedure"], told=_of_step(body, point))


def _settled(body: Body, _point: str) -> str:
    told = tr("Review concluded, signed {name}", name=body["signature"]["name"])
    return tr("{what}: {told}", what=told, told=body["text"]) if body.get("text") else told


TELLERS: dict[str, Teller] = {
    ReviewKind.OPENED: _opened,
    ReviewKind.QUESTION: _of_step,
    ReviewKind.ANSWERED: _of_step,
    ReviewKind.DEVIATION: _found,
    ReviewKind.CHANGE_ASKED: _change,
    ReviewKind.SETTLED: _settled,
}
"""The sentence of each kind of event of a review."""
