"""Two revisions compared in words: ``limit of touch: 45 -> 50 Cel``, not lines of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from procedures.checks import parse_check, plain
from procedures.spec import Procedure

_NAMES = {
    "max_age_s": "oldest value",
    "for_s": "time met without a gap",
    "grace_s": "grace",
    "min_s": "minimum",
    "max_s": "maximum",
    "warn_s": "warning",
    "low": "lower limit",
    "high": "upper limit",
    "do": "instruction",
    "expect": "expected result",
    "title": "title",
    "hazards": "hazards",
    "make_safe": "way to safe",
    "not_fitted": "where not fitted",
}
_NAMED_BY = ("id", "alarm", "role", "fluid")
_IGNORED = {"id"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where in words, what kind, and the values before and after as written."""

    where: str
    what: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if self.before and self.after:
            return f"{self.where}: {self.what} {self.before} -> {self.after}"
        return f"{self.where}: {self.what} {self.before or self.after}".rstrip()


def diff(old: Procedure, new: Procedure) -> list[Change]:
    """Return what changed from one procedure to another, in the order of the file."""
    before = old.model_dump(mode="json", by_alias=True)
    after = new.model_dump(mode="json", by_alias=True)
    return list(_mapping("the procedure", before, after))


def _mapping(where: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in _IGNORED or where == "the procedure":
            yield from _value(where, key, old.get(key), new.get(key), old.get("unit", ""))


def _value(where: str, key: str, old: Any, new: Any, unit: str) -> Iterator[Change]:
    if old == new:
        return
    name = _NAMES.get(key, key.replace("_", " "))
    if key == "check" and isinstance(old, str) and isinstance(new, str):
        yield _check(where, old, new)
    elif _is_text(old) or _is_text(new):
        yield from _texts(where, name, old or {}, new or {})
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _mapping(_inside(where, key), old, new)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list(where, key, old, new)
    elif _is_nothing(old):
        yield Change(where, f"{name} added:", after=_short(new, key, unit))
    elif _is_nothing(new):
        yield Change(where, f"{name} removed:", before=_short(old, key, unit))
    else:
        yield Change(where, name, _short(old, key, unit), _short(new, key, unit))


def _check(where: str, old: str, new: str) -> Change:
    """Say only the limit where the limit is all that changed."""
    one, other = parse_check(old).either, parse_check(new).either
    if len(one) == len(other) == 1:
        a, b = one[0], other[0]
        same = (a.subject, a.point, a.operator, a.unit, a.quantifier)
        if same == (b.subject, b.point, b.operator, b.unit, b.quantifier) and not a.state + b.state:
            if a.operator != "between":
                bound_a = a.low if a.high is None else a.high
                bound_b = b.low if b.high is None else b.high
                after = f"{plain(bound_b)} {b.unit}".strip()
                return Change(where, "limit", plain(bound_a), after)
            return Change(where, "limit", a.limit, b.limit)
    return Change(where, "check", f"'{old}'", f"'{new}'")


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and "en" in value


def _texts(where: str, name: str, old: dict[str, str], new: dict[str, str]) -> Iterator[Change]:
    for language in dict.fromkeys((*old, *new)):
        before, after = old.get(language, ""), new.get(language, "")
        if before != after:
            what = f"{name} ({language})"
            quoted = [f"'{words}'" if words else "" for words in (before, after)]
            yield Change(where, what if all(quoted) else f"{what} changed:", *quoted)


def _list(where: str, key: str, old: list[Any], new: list[Any]) -> Iterator[Change]:
    by = next((n for n in _NAMED_BY if all(_has(n, item) for item in (*old, *new))), None)
    name = _NAMES.get(key, key.replace("_", " "))
    if by is None:
        shown = [", ".join(map(str, items)) or "none" for items in (old, new)]
        yield Change(where, name, *shown)
        return
    before = {item[by]: item for item in old}
    after = {item[by]: item for item in new}
    one = _singular(key)
    for word in before:
        if word not in after:
            yield Change(where, f"{one} removed:", before=str(word))
    for word, item in after.items():
        if word not in before:
            yield Change(where, f"{one} added:", after=str(word))
        else:
            yield from _mapping(_inside(where, f"{one} {word}"), before[word], item)
    kept_before = [word for word in before if word in after]
    kept_after = [word for word in after if word in before]
    if kept_before != kept_after:
        yield Change(where, f"order of {name}", ", ".join(kept_before), ", ".join(kept_after))


def _has(name: str, item: Any) -> bool:
    return isinstance(item, dict) and name in item


def _singular(key: str) -> str:
    special = {"before": "gate before", "verify": "gate", "during": "invariant", "people": "people"}
    return special.get(key, key.replace("_", " ").removesuffix("s"))


def _inside(where: str, part: str) -> str:
    return part if where == "the procedure" else f"{where}, {part}"


def _is_nothing(value: Any) -> bool:
    return value is None or value in ([], {}, "")


def _short(value: Any, key: str, unit: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float | int):
        of = "s" if key.endswith("_s") else unit if key in {"low", "high"} else ""
        return f"{plain(value)} {of}".strip()
    if isinstance(value, dict):
        return str(value.get("id") or value.get("goto") or value.get("role") or "")
    return str(value)
