"""Rules about words: every language complete, limits named and not repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator

from procedures.lint_words import Doubt, Where
from procedures.spec import Procedure, Step
from procedures.spec_parts import PLACEHOLDER, SOURCE_LANGUAGE
from procedures.texts import limits_of, texts_in
from procedures.whole import steps_at

_NUMBER = re.compile(r"(?<![\w.{-])\d+(?:\.\d+)?(?![\w}]*})")
_LETTERS = re.compile(r"[A-Za-z]{4,}")
_BRACES = re.compile(r"{[^}]*}?")


def text_rules(procedure: Procedure) -> Iterator[Doubt]:
    """Yield what is wrong with the words."""
    steps = dict(steps_at(procedure))
    for path, text in texts_in(procedure):
        step = steps.get(path[:4])
        yield from _languages(procedure, path, text)
        yield from _placeholders(path, text, step)
        if step:
            yield from _numbers(path, text, step)


def _languages(procedure: Procedure, path: Where, text: dict[str, str]) -> Iterator[Doubt]:
    missing = [language for language in procedure.languages if language not in text]
    if missing:
        said = f"no words in {', '.join(missing)}; add them"
        yield Doubt(path, "text-missing", "error", said)
    extra = [language for language in text if language not in procedure.languages]
    if extra:
        said = f"words in {', '.join(extra)}, which 'languages' does not list"
        yield Doubt(path, "text-extra", "warning", said)
    source = text[SOURCE_LANGUAGE]
    for language, words in text.items():
        if language != SOURCE_LANGUAGE and words == source and _LETTERS.search(words):
            said = f"{language} has the same words as {SOURCE_LANGUAGE}; translate them"
            yield Doubt((*path, language), "text-untranslated", "warning", said)


def _placeholders(path: Where, text: dict[str, str], step: Step | None) -> Iterator[Doubt]:
    known = limits_of(step) if step else {}
    for language, words in text.items():
        for found in _BRACES.findall(words):
            name = PLACEHOLDER.fullmatch(found)
            if not name or name.group(1) not in known:
                allowed = ", ".join(f"{{{one}}}" for one in sorted(known)) or "none here"
                said = f"{found!r} stands for nothing; allowed are {allowed}"
                yield Doubt((*path, language), "placeholder-unknown", "error", said)
    named = {language: set(PLACEHOLDER.findall(words)) for language, words in text.items()}
    for language, names in named.items():
        if names != named[SOURCE_LANGUAGE]:
            said = f"{language} names other limits than {SOURCE_LANGUAGE}; use the same {{names}}"
            yield Doubt((*path, language), "placeholder-differs", "error", said)


def _numbers(path: Where, text: dict[str, str], step: Step) -> Iterator[Doubt]:
    limits: dict[float, str] = {}
    for name, (number, _unit) in limits_of(step).items():
        limits.setdefault(number, name)
    for language, words in text.items():
        for found in _NUMBER.findall(words):
            limit = limits.get(float(found))
            if limit:
                said = f"{found} repeats a limit; write {{{limit}}}"
                yield Doubt((*path, language), "number-in-text", "warning", said)
