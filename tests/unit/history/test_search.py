"""Finding words of the log by its index: the same as without it, at once, and never a lie."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.history.events import JSON, EventDraft
from console.history.reader import LogReader
from console.history.search import SEARCH_NAME, SearchIndex, SearchKeeper, query_of
from console.history.trouble import StorageError
from tests.unit.history.kit import at, fill, opened, raw, write

TOLD: list[tuple[str, str, dict[str, JSON], str]] = [
    ("gpu.xid", "node-17/gpu3", {"xid": 79, "serial": "1654922012345"}, "system"),
    ("alarm.raised", "tank-1", {"text": "Coolant return temperature high"}, "system"),
    ("work.noted", "tank-2", {"text": "泵已停止，请检查"}, "chen"),
    ("order.opened", "O-2026-0001", {"title": "Swap GPU", "about": "node-17/gpu3"}, "okafor"),
    ("work.noted", "tank-10", {"text": "Кран закрыт", "deep": [{"part": "Élan-7"}]}, "wu"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path) as log:
        for number, (kind, subject, body, actor) in enumerate(TOLD):
            write(log, EventDraft(kind, subject, body, at(number), actor))
    return tmp_path


def index(folder: Path) -> int:
    kept, total = SearchIndex(folder), 0
    while count := kept.catch_up(2):
        total += count
    return total


def found(folder: Path, text: str, **more: object) -> list[str]:
    return [event.subject for event in LogReader(folder).page(text, **more)]  # type: ignore[arg-type]


QUERIES = {
    "1654922012345": ["node-17/gpu3"],
    "16549220": ["node-17/gpu3"],
    "node-17/gpu3": ["O-2026-0001", "node-17/gpu3"],
    "xid 79": ["node-17/gpu3"],
    "coolant HIGH": ["tank-1"],
    "停止": ["tank-2"],
    "泵 检查": ["tank-2"],
    "chen": ["tank-2"],
    "tank-1": ["tank-10", "tank-1"],
    "elan": ["tank-10"],
    "кран": ["tank-10"],
    "okafor swap": ["O-2026-0001"],
    "nothing": [],
}


@pytest.mark.parametrize("text", QUERIES)
def test_words_are_found_newest_first(folder: Path, text: str) -> None:
    assert index(folder) == 5
    assert found(folder, text) == QUERIES[text]
    assert LogReader(folder).count(text) == len(QUERIES[text])


def test_what_is_not_indexed_yet_is_found_too(folder: Path) -> None:
    SearchIndex(folder).catch_up(3)
    assert found(folder, "node-17") == ["O-2026-0001", "node-17/gpu3"]
    assert found(folder, "node-17", limit=1) == ["O-2026-0001"]
    last = LogReader(folder).page("node-17", limit=1)[0].id
    assert found(folder, "node-17", before=last) == ["node-17/gpu3"]


def test_words_and_other_conditions(folder: Path) -> None:
    index(folder)
    assert found(folder, "gpu", kinds=["gpu.xid"]) == ["node-17/gpu3"]
    assert found(folder, "gpu", until_us=at(1).utc_us) == ["node-17/gpu3"]
    assert found(folder, "tank", subjects=["tank-2"]) == ["tank-2"]


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 100])
def test_an_index_that_is_spoilt_is_made_anew(folder: Path, damage: bytes) -> None:
    index(folder)
    (folder / SEARCH_NAME).write_bytes(damage)
    assert found(folder, "coolant") == ["tank-1"]
    assert index(folder) == 5
    assert found(folder, "停止") == ["tank-2"]


def test_an_index_of_another_log_is_not_believed(folder: Path, tmp_path: Path) -> None:
    index(folder)
    with raw(folder, unguarded=True) as connection:
        connection.execute("DELETE FROM events")
    fill(folder, 7)
    assert found(folder, "coolant") == []
    assert index(folder) == 7
    assert len(found(folder, "tank-1")) == 7
    assert (tmp_path / SEARCH_NAME).exists()


def test_the_keeper_follows_and_ends(folder: Path) -> None:
    keeper = SearchKeeper(folder)
    keeper.start()
    done = threading.Event()
    for _ in range(500):
        if (folder / SEARCH_NAME).exists() and SearchIndex(folder).catch_up() == 0:
            break
        done.wait(0.01)
    keeper.close()
    assert found(folder, "停止") == ["tank-2"]


HARD = {
    "operators": "AND OR NOT NEAR(a b) * : ^ - ( ) {} col:",
    "quotes": '"tank" ""tank"" \'tank\' " "',
    "a very long word": "x" * 120_000,
    "a page": " ".join(f"word{n}" for n in range(3000)),
    "lines of signs": "___ -- ::: %%% \\ !!",
    "half a character": "tank \ud800",
    "a NUL": "tank\x00-1",
}


@pytest.mark.parametrize("name", HARD)
@pytest.mark.parametrize("is_indexed", [False, True])
def test_hard_words_are_no_error(folder: Path, name: str, *, is_indexed: bool) -> None:
    if is_indexed:
        index(folder)
    assert len(LogReader(folder).page(HARD[name])) == LogReader(folder).count(HARD[name])


def test_words_of_operators_are_words(folder: Path) -> None:
    with opened(folder) as log:
        write(log, EventDraft("work.noted", "tank-9", {"text": "valve OR pump \N{FIRE}"}, at(9)))
    for _ in range(2):
        assert found(folder, "OR pump") == ["tank-9"]
        assert found(folder, '"valve" OR') == (
            ["tank-9"] if (folder / SEARCH_NAME).exists() else []
        )
        assert found(folder, "NEAR pump") == []
        assert found(folder, "pump \N{FIRE}") == ["tank-9"]
        assert found(folder, "tank \N{FIRE}") == ["tank-9"]
        assert found(folder, "\N{FIRE}") == ["tank-9"]
        assert found(folder, "swap ___") == []
        index(folder)


def test_one_event_nested_without_end_keeps_no_other_from_being_found(folder: Path) -> None:
    with raw(folder, unguarded=True) as connection:
        for number, body in ((2, '{"a":' * 900 + '"x"' + "}" * 900), (3, '{"a":"\\ud800"}')):
            connection.execute("UPDATE events SET body = ? WHERE sequence = ?", (body, number))
    assert index(folder) == 5
    assert found(folder, "elan") == ["tank-10"]


def test_an_index_damaged_inside_only_makes_searching_slower(folder: Path) -> None:
    with opened(folder) as log:
        drafts = [
            EventDraft("work.noted", f"tank-{n}", {"text": f"note{n} {n * 7919:x}"}, at(n))
            for n in range(3000)
        ]
        write(log, *drafts)
    SearchIndex(folder).catch_up(5000)
    path = folder / SEARCH_NAME
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\x5a" * (len(content) - 8192))
    assert found(folder, "note2999") == ["tank-2999"]
    assert LogReader(folder).count("note2999") == 1
    with opened(folder) as log:
        write(log, EventDraft("work.noted", "tank-x", {"text": "after"}, at(4000)))
    kept = SearchIndex(folder)
    for _ in range(6):
        with contextlib.suppress(StorageError):
            while kept.catch_up(5000):
                pass
    assert LogReader(folder).not_indexed() == 0
    assert found(folder, "note2999") == ["tank-2999"]


@given(text=st.text(max_size=60))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_no_error(folder: Path, text: str) -> None:
    index(folder)
    LogReader(folder).page(text)
    assert "\x00" not in query_of(text)
