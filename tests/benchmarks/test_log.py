"""Proving and searching a long log, beside what it costs without our checks and index.

``TANKSIDE_SOAK=1`` takes a million events instead of a hundred thousand for the search.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from console.history.events import EventDraft
from console.history.logfile import LogFile
from console.history.reader import LogReader
from console.history.search import SEARCH_NAME, SearchIndex
from console.history.trust.export_file import prove_lines
from tests.unit.history.kit import at, write

COUNT = 1_000_000 if os.environ.get("TANKSIDE_SOAK") else 100_000
PROVEN = 100_000
KINDS = ("alarm.raised", "alarm.cleared", "work.step_done", "gpu.xid", "order.moved")
WORDS = ("Coolant return temperature high", "泵已停止", "Lid open too long", "Fallen off the bus")
QUERIES = ("coolant", "temperature high", "chen", "1654922000123", "node-17/gpu3", "停止", "xid 79")


def event(number: int, chance: random.Random) -> EventDraft:
    body = {
        "serial": f"16549220{chance.randrange(1000):05d}",
        "xid": chance.choice((31, 48, 63, 79, 94)),
        "text": chance.choice(WORDS),
        "number": number,
    }
    subject = f"node-{chance.randrange(400)}/gpu{chance.randrange(8)}"
    return EventDraft(
        chance.choice(KINDS), subject, body, at(number), chance.choice(("chen", "wu"))
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("long-log")
    chance = random.Random(1)
    log = LogFile(made, lambda: at(0))
    log.open()
    for start in range(0, COUNT, 1000):
        write(log, *(event(start + number, chance) for number in range(1000)))
    log.close()
    return made


@pytest.fixture(scope="module")
def indexed(folder: Path) -> Path:
    index = SearchIndex(folder)
    while index.catch_up(5000):
        pass
    return folder


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[bytes]:
    stream = io.StringIO()
    LogReader(folder).export(stream)
    told = stream.getvalue().encode("utf-8").splitlines(keepends=True)
    return told[:PROVEN] if COUNT > PROVEN else told


def taken_s(work: Callable[[], object]) -> float:
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


@pytest.mark.benchmark(group="prove 100,000 events")
def test_proving_an_exported_log(benchmark: BenchmarkFixture, lines: list[bytes]) -> None:
    """Target: 5 s. Beside it: nothing but the SHA-256 of the lines."""
    proof = benchmark.pedantic(prove_lines, (lines,), rounds=1)
    bare_s = taken_s(lambda: [hashlib.sha256(line).hexdigest() for line in lines])
    benchmark.extra_info["bare_sha256_s"] = round(bare_s, 3)
    assert proof.events >= PROVEN * 0.99


@pytest.mark.benchmark(group="prove 100,000 events")
def test_proving_the_log_itself(benchmark: BenchmarkFixture, folder: Path) -> None:
    """The same for the database, signatures and anchors included."""
    result = benchmark.pedantic(LogReader(folder).verify, rounds=1)
    assert (result.ok, result.events, result.signed) == (True, COUNT, COUNT)


@pytest.mark.benchmark(group="find words")
@pytest.mark.parametrize("words", QUERIES)
def test_first_results(benchmark: BenchmarkFixture, indexed: Path, words: str) -> None:
    """Target: 100 ms in a million events. Beside it: the same page without the index."""
    reader = LogReader(indexed)
    found = benchmark.pedantic(reader.page, (words,), {"limit": 50}, rounds=5, warmup_rounds=1)
    assert found
    path = indexed / SEARCH_NAME
    aside = path.rename(path.with_suffix(".aside"))
    try:
        slow_s = taken_s(lambda: reader.page(words, limit=50))
    finally:
        aside.rename(path)
    benchmark.extra_info["without_index_ms"] = round(slow_s * 1e3, 1)
