"""How guided work reads: the engine's sentences with names in place of ids, limits, times.

No Qt in here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from console.text import LANGUAGES, language, tr
from console.ui import formats
from console.vocabulary import REASONS
from console.work.people.roles import shipped_roles
from procedures.checks import Comparison
from procedures.engine.sentence import Sentence
from procedures.engine.state import TIMER, Run
from procedures.spec import Procedure, Step
from procedures.texts import fill, words

if TYPE_CHECKING:
    from console.session.session import Session

WORK_POINTS = {
    "level_drop": ("Level drop", 0),
    "level_drop_predicted": ("Level drop predicted", 0),
    "level_drop_deviation": ("Level drop off its prediction", 0),
    "thermal_resistance_change": ("Change of thermal resistance", 1),
    "level_deviation": ("Level off its expectation", 0),
    "alarms_critical": ("Critical alarms of the tank", 0),
}
"""Name (a key of the catalogue) and decimals of the points that are derived for the work."""
_SAID = {
    "limit": "{where}{point} is {value}; it must be {limit}",
    "bad": "{where}{point}: {reason}",
    "old": "{where}{point} is {age} s old; at most {limit} s",
    "value_outside": "{value} is {found}; it must be {limits}",
    "value_deviation": "{value} is outside its limits: report a deviation",
    "value_differs": "{value} is {found}; it must be {wanted} like {other}",
    "value_missing": "Not measured yet: {value}",
    "scan_missing": "Not scanned yet: {scan}",
    "photo_missing": "Pictures of {photo}: {have} of {need}",
    "second_missing": "Second signature missing: {role}",
    "hold": "Hold point: {role} releases it",
}
"""What is said shorter here than the engine says it, by code; a key of the catalogue each."""
_OWN = {
    "limit": {"limit", "value"},
    "bad": {"reason"},
    "held": {"why"},
    "not_read": {"point"},
    "by_hand": {"point"},
}
_PEOPLE = frozenset({"person", "executor", "owner"})
_TITLED = frozenset({"value", "scan", "photo", "lock", "tool", "spare", "about", "other", "gate"})
_REASONS = {reason.word: text for reason, text in REASONS.items()}
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "<", ">": ">"}
_UNITED = re.compile(r"^(<=|>=|==|!=|<|>)?\s*(-?\d+(?:\.\d+)?)\s*(\S+)?$")
_BETWEEN = re.compile(r"^between (\S+) and (\S+?)(?: (\S+))?$")


def role_name(role: str) -> str:
    """Return the word for a role; an unknown one stays."""
    found = shipped_roles().role.get(role)
    return tr(found.name) if found else role


def span(seconds: float) -> str:
    """Return a time that is left or was wanted: ``48 s``, ``4:12``, ``1:04:12``."""
    return formats.age(seconds) if seconds < 60 else formats.elapsed(seconds)


def countdown(seconds: float) -> str:
    """Return a time that is left, rounded up: ``0:48``, ``29:12``, ``1:04:12``."""
    whole = max(0, -int(-seconds // 1))
    return formats.elapsed(whole)


def amount(number: float, unit: str, decimals: int | None = None) -> str:
    """Return a number with the printed symbol of its unit: ``50 °C``."""
    shown = formats.decimal(number, _decimals(number) if decimals is None else decimals)
    symbol = formats.unit(unit)
    return f"{shown}\N{NARROW NO-BREAK SPACE}{symbol}" if symbol else shown


def _decimals(number: float) -> int:
    _, _, behind = f"{number:.6g}".partition(".")
    return len(behind) if behind.isdigit() else 0


def limit_text(limit: str) -> str:
    """Return a limit of a check in the reader's way: ``<= 50 Cel`` gives ``≤ 50 °C``."""
    between = _BETWEEN.match(limit)
    if between:
        low, high, unit = between.groups()
        return tr(
            "{low} to {high}", low=amount(float(low), ""), high=amount(float(high), unit or "")
        )
    plain = _UNITED.match(limit)
    if plain:
        sign, number, unit = plain.groups()
        return f"{_SIGNS.get(sign or '', '')} {amount(float(number), unit or '')}".strip()
    sign, _, word = limit.partition(" ")
    if sign == "!=":
        return tr("not {word}", word=formats.translated_name(word))
    return formats.translated_name(word) if sign == "==" else limit


def comparison_limit(comparison: Comparison) -> str:
    """Return what a comparison wants, without what it compares."""
    said = limit_text(comparison.limit)
    return tr("must be {word}", word=said) if comparison.state else said


def choose_language(procedure: Procedure, wanted: str = "") -> str:
    """Return the language a procedure is shown in: the wanted one, the console's, its own."""
    for code in (wanted, language(), "en"):
        if code in procedure.languages:
            return code
    return procedure.languages[0]


def language_name(code: str) -> str:
    """Return a language's own name for itself."""
    return LANGUAGES.get(code, code)


class Namer:
    """Puts names in place of ids, for one run in one language."""

    def __init__(self, session: Session, run: Run, procedure: Procedure, shown: str) -> None:
        self._session = session
        self._run = run
        self._procedure = procedure
        self.language = shown

    # ---- of the procedure ----

    def of(self, text: Mapping[str, str] | None, step: Step | None = None) -> str:
        """Return words in the language of the run, with limits filled in; empty where none."""
        if not text:
            return ""
        said = words(dict(text), self.language)[0]
        return fill(said, step, amount) if step else said

    def step(self, name: str) -> str:
        """Return the title of a step."""
        found = self._procedure.steps.get(name)
        return self.of(found.title) if found else name

    def title(self, name: str, step: Step | None) -> str:
        """Return the title of anything that has an id in a step, or of a tool, spare or clock."""
        if name == TIMER:
            return tr("the timer")
        for part in self._parts(step):
            if part.id == name:
                text = getattr(part, "title", None) or getattr(part, "text", None)
                check = getattr(part, "check", "")
                return self.of(text) if text else self._check_words(check) if check else name
        return name

    def _parts(self, step: Step | None) -> Iterable[Any]:
        if step is not None:
            for member in ("values", "scans", "photos", "items", "locks", "before", "verify"):
                yield from getattr(step, member)
            yield from self._procedure.invariants_of(step.id)
        yield from self._procedure.clocks
        yield from self._procedure.requires.tools
        yield from self._procedure.requires.spares
        for other in self._procedure.steps.values():
            for member in ("values", "scans", "locks"):
                yield from getattr(other, member)

    # ---- of the site ----

    def person(self, who: str) -> str:
        """Return a person's name; what is no id of the roster stays."""
        place = self._session.workplace
        found = place.room.desk.book.people.get(who) if place and who else None
        return found.name if found else who

    def part(self, part: str) -> str:
        """Return the name of a piece of equipment."""
        return self._session.name_of(part) if part else part

    def point(self, part: str, key: str) -> str:
        """Return the name of a point."""
        if key in WORK_POINTS:
            return tr(WORK_POINTS[key][0])
        schema = self._session.latest.schema(part) if part in self._session.latest.parts() else None
        if schema is not None and key in schema:
            return formats.point_name(schema[key])
        return formats.translated_name(_spoken(key))

    def compared(self, comparison: Comparison) -> str:
        """Return what a comparison looks at, in words."""
        parts = self._run.subjects.get(comparison.subject, ())
        part = next((one for one in parts if "/" in one), parts[0] if parts else "")
        key = comparison.point.replace("[*]", "[1]")
        said = self.point(part, key)
        return _without_number(said) if "[*]" in comparison.point else said

    # ---- sentences ----

    def sentence(self, sentence: Sentence, step: Step | None = None) -> str:
        """Return why something is not possible, in the reader's language and with names."""
        values = dict(sentence.values)
        told = {name: self._value(sentence, name, value, step) for name, value in values.items()}
        if sentence.code in _SAID:
            return tr(_SAID[sentence.code], **told, **self._where(values))
        if sentence.code == "min_time":
            return tr("{left} to go", left=countdown(float(str(values["left"]))))
        if sentence.code == "steady":
            left_s = float(str(values["need"])) - float(str(values["have"]))
            return tr("met; must stay so for {left} more", left=countdown(left_s))
        if sentence.code == "item_missing":
            return tr("Lines still to confirm: {n}", n=len(str(values["items"]).split(",")))
        if sentence.code == "overrun":
            told["limit"] = span(float(str(values["limit"])))
            return tr("Longer than {limit}: write a deviation about {about}", **told)
        return tr(sentence.pattern, **told)

    def _where(self, values: Mapping[str, object]) -> Mapping[str, object]:
        """Return which of several parts is meant, as words to put before its point."""
        part = str(values.get("part", ""))
        return {"where": f"{self.part(part)}, " if "/" in part else ""}

    def _value(self, sentence: Sentence, name: str, value: object, step: Step | None) -> object:
        """Return a value of a sentence as it is read: a name in place of an id."""
        text = str(value)
        if sentence.code in _OWN and name in _OWN[sentence.code]:
            return self._own(sentence, name, text, step)
        if name in _PEOPLE:
            return self.person(text)
        if name in _TITLED:
            return self.title(text, step)
        tellers: dict[str, Callable[[str], str]] = {
            "part": self.part,
            "role": role_name,
            "step": self.step,
            "current": self.step,
            "limits": limits_words,
            "point": lambda key: self.point(str(sentence.values.get("part", "")), key),
            "items": lambda ids: "; ".join(self.title(one, step) for one in ids.split(", ")),
            "hazards": lambda ids: ", ".join(self._hazard(one) for one in ids.split(", ")),
        }
        return tellers[name](text) if name in tellers else value

    def _own(self, sentence: Sentence, name: str, text: str, step: Step | None) -> str:
        """Return a value that means something else in this sentence than in others."""
        if sentence.code == "limit":
            return limit_text(text) if name == "limit" else _live_text(text)
        if sentence.code == "bad":
            return tr(_REASONS.get(text, text))
        if sentence.code == "held":
            return ", ".join(self.condition(one, step) for one in text.split(", "))
        return self._check_words(text)

    def condition(self, name: str, step: Step | None) -> str:
        """Return in words what must stay met, by its id: ``leak sensor: dry``."""
        if name == TIMER:
            return tr("the time")
        for part in self._procedure.invariants_of(step.id) if step else ():
            if name in {part.id, part.check}:
                return self.of(part.text) or self._check_words(part.check)
        return name

    def _check_words(self, check: str) -> str:
        from procedures.checks import parse_check

        try:
            first = parse_check(check).either[0]
        except ValueError:
            part, _, key = check.partition(".")
            parts = self._run.subjects.get(part, ())
            return self.point(parts[0] if parts else part, key)
        return f"{self.compared(first)} {comparison_limit(first)}"

    def _hazard(self, name: str) -> str:
        found = self._procedure.hazards.get(name)
        return self.of(found.consequence) if found else name


def _live_text(text: str) -> str:
    """Return a live value as the engine writes it, rounded for reading: ``282.843 W`` to 282.8."""
    found = _UNITED.match(text)
    if not found:
        return formats.translated_name(text)
    _, number, unit = found.groups()
    decimals = min(_decimals(float(number)), 1)
    return amount(float(number), unit or "", decimals)


def limits_words(text: str) -> str:
    """Return the limits of a measured value in the reader's language, from the engine's English."""
    both = re.match(r"^(-?[\d.]+) to (-?[\d.]+)(?: (\S+))?$", text)
    if both:
        low, high, unit = both.groups()
        return tr(
            "{low} to {high}", low=amount(float(low), ""), high=amount(float(high), unit or "")
        )
    for english, sign in (("at most ", "≤"), ("at least ", "≥")):
        if text.startswith(english):
            return limit_text(f"{'<=' if sign == '≤' else '>='} {text.removeprefix(english)}")
    return text


def _spoken(key: str) -> str:
    return re.sub(r"\[(\d+)\]", r" \1", key).replace(".", " ").replace("_", " ").capitalize()


def _without_number(name: str) -> str:
    return re.sub(r"\s+", " ", _NUMBER.sub("", name)).strip()
