"""What a bundle would change at a site, in words: a line for each thing one would ask about."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from console.bundle.gather import PROCEDURES
from console.bundle.manifest import PEOPLE, SITE_FILE
from console.text import tr
from drivers.files import FileError

_NAMED_BY = ("id", "key", "name", "alarm", "slot")
_LONGEST = 60


def differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> list[str]:
    """Return one line for each difference between the files of a site now and then.

    ``old`` is empty where there is no site yet. Files that cannot be read are told by name only.
    """
    told = []
    for name in sorted(old.keys() | new.keys(), key=lambda n: (n != SITE_FILE, n)):
        if old.get(name) == new.get(name):
            continue
        if name not in new:
            told.append(tr("{name}: is removed", name=name))
        elif name not in old:
            told.append(tr("{name}: is new", name=name))
        else:
            inside = list(_inside(name, old[name], new[name]))
            told += inside or [tr("{name}: only its wording or layout differs", name=name)]
    return told


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the files of a site's folder as a bundle would name them; empty without one."""
    if not folder.is_dir():
        return {}
    found = [*folder.iterdir(), *(folder / PROCEDURES).glob("*.yaml")]
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(found)
        if file.is_file() and not file.name.startswith(".")
    }


def _inside(name: str, old: bytes, new: bytes) -> Iterator[str]:
    try:
        if name == PEOPLE:
            yield from _people(json.loads(old), json.loads(new))
        elif name.endswith(".toml"):
            yield from _tables(name, tomllib.loads(old.decode()), tomllib.loads(new.decode()))
        elif name.startswith(f"{PROCEDURES}/"):
            yield from _procedure(name, old, new)
        else:
            yield tr("{name}: differs", name=name)
    except (ValueError, KeyError, TypeError, AttributeError, FileError):
        yield tr("{name}: differs", name=name)


def _tables(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    before, after = dict(_flat((), old)), dict(_flat((), new))
    heads_before, heads_after = _heads(before), _heads(after)
    for head in sorted(heads_after - heads_before):
        yield tr("{name}: {what} is new", name=name, what=" ".join(head))
    for head in sorted(heads_before - heads_after):
        yield tr("{name}: {what} is removed", name=name, what=" ".join(head))
    for path in [*before, *(p for p in after if p not in before)]:
        one, other = before.get(path), after.get(path)
        if one == other or path[:1] not in heads_before & heads_after:
            continue
        where = " ".join(path)
        yield tr(
            "{name}: {where}: {old} becomes {new}",
            name=name,
            where=where,
            old=_shown(one),
            new=_shown(other),
        )


def _heads(flat: Mapping[tuple[str, ...], object]) -> set[tuple[str, ...]]:
    return {path[:1] for path in flat}


def _flat(path: tuple[str, ...], node: Any) -> Iterator[tuple[tuple[str, ...], object]]:
    """Yield every value with its place; entries of lists are known by id, else by number."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
                for number, entry in enumerate(value, 1):
                    yield from _flat((*path, _entry(key, entry, number)), entry)
            elif isinstance(value, dict) and not path:
                yield from _flat((key,), value)
            else:
                yield from _flat((*path, key), value)
    else:
        yield path, node


def _entry(key: str, entry: dict[str, Any], number: int) -> str:
    name = next((entry[by] for by in _NAMED_BY if by in entry), None)
    return f"{key} {number}" if name is None else f'{key} "{name}"'


def _people(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Iterator[str]:
    before, after = ({str(p["id"]): p for p in people} for people in (old, new))
    for person in sorted(before.keys() | after.keys()):
        if person not in before:
            roles = ", ".join(after[person]["roles"])
            yield tr("people: {person} is new ({roles})", person=person, roles=roles)
        elif person not in after:
            yield tr("people: {person} is removed", person=person)
        else:
            for key, value in after[person].items():
                if before[person].get(key) != value:
                    yield tr(
                        "people: {person}: {what}: {old} becomes {new}",
                        person=person,
                        what=key,
                        old=_shown(before[person].get(key)),
                        new=_shown(value),
                    )


def _procedure(name: str, old: bytes, new: bytes) -> Iterator[str]:
    from procedures.diff import diff
    from procedures.document import document_of_bytes

    before, after = (document_of_bytes(raw, Path(name)).procedure for raw in (old, new))
    for change in diff(before, after):
        yield f"{name}: {change}"


def _shown(value: object) -> str:
    if value is None:
        return tr("nothing")
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
