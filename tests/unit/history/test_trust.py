"""A log as a file proves itself: whatever is done to it, the first wrong event is named."""

from __future__ import annotations

import copy
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from console.history.events import JSON, NO_HASH, Event, Head, canonical
from console.history.logfile import LOG_NAME
from console.history.reader import LogReader
from console.history.trust.anchors import anchor_of, anchor_text
from console.history.trust.export_file import _Reader, prove_lines
from console.history.trust.heads import EVERY, Anchor
from console.history.trust.keys import KEY_NAME, DeviceKey, KeyFileError
from drivers.files import FileError
from tests.unit.history.kit import draft, fill, opened, raw, write

Lines = list[bytes]


def exported(folder: Path) -> Lines:
    stream = io.StringIO()
    LogReader(folder).export(stream)
    return stream.getvalue().encode("utf-8").splitlines(keepends=True)


def bulk(folder: Path, count: int, at_once: int = 100) -> None:
    with opened(folder) as log:
        for start in range(0, count, at_once):
            write(log, *(draft(number) for number in range(start, min(start + at_once, count))))


@pytest.fixture(scope="module")
def ten_thousand(tmp_path_factory: pytest.TempPathFactory) -> Lines:
    folder = tmp_path_factory.mktemp("log")
    bulk(folder, 10_000)
    return exported(folder)


def events_at(lines: Lines) -> list[int]:
    """The indices of lines that are events."""
    return [n for n, line in enumerate(lines) if not line.startswith((b'{"check', b'{"seal'))]


def test_an_unaltered_file(ten_thousand: Lines) -> None:
    proof = prove_lines(ten_thousand)
    assert (proof.ok, proof.events, proof.is_sealed) == (True, 10_000, True)
    assert proof.heads[0].sequence == 10_000
    kept = sum(line.startswith(b'{"checkpoint"') for line in ten_thousand)
    assert kept >= 10_000 // EVERY


def rehashed(event: dict[str, JSON], previous: str) -> bytes:
    told: dict[str, JSON] = {**event, "previous_hash": previous}
    told.pop("hash")
    digest = Event(**told, hash="").hash_of_content()  # type: ignore[arg-type]
    return canonical({**told, "hash": digest}).encode("utf-8") + b"\n"


def mutate(line: bytes, chance: random.Random) -> bytes:
    event = json.loads(line)
    name = chance.choice([name for name in event if name != "body"] + ["body"])
    if name == "body":
        event["body"] = {**event["body"], "number": -1}
    elif isinstance(event[name], int):
        event[name] += chance.choice([-1, 1, 1 << 40])
    else:
        event[name] = f"{event[name]}x"
    return canonical(event).encode("utf-8") + b"\n"


def one_change(lines: Lines, chance: random.Random) -> Lines:
    """Return the file with a single change at one of its events."""
    places = events_at(lines)
    at = chance.randrange(1, len(places) - 1)
    place = places[at]
    line, after = lines[place], lines[place + 1 :]
    spot = chance.randrange(len(line) - 1)
    flipped = bytes([line[spot] ^ 1 << chance.randrange(7)])
    middle: Callable[[], Lines] = chance.choice(
        [
            lambda: [mutate(line, chance), *after],
            lambda: after,
            lambda: [lines[places[chance.randrange(at)]], line, *after],
            lambda: [after[0], line, *after[1:]],
            list,  # cut off
            lambda: [line, mutate_body(line), *after],
            lambda: [line[:spot] + flipped + line[spot + 1 :], *after],
        ]
    )
    return [*lines[:place], *middle()]


def mutate_body(line: bytes) -> bytes:
    event = json.loads(line)
    return rehashed({**event, "actor": "somebody"}, event["previous_hash"])


def test_a_thousand_single_changes_are_all_found(ten_thousand: Lines) -> None:
    """The line that was changed is named; what stands before it is read once for all of them."""
    chance, readers = random.Random(7), states(ten_thousand)
    for _ in range(1000):
        changed = one_change(ten_thousand, chance)
        pairs = enumerate(zip(changed, ten_thousand, strict=False))
        first = next((n for n, (new, old) in pairs if new != old), len(changed))
        start = first // WINDOW * WINDOW
        fault = next(resumed(readers[start]).faults(changed[start:]), None)
        assert fault is not None
        assert fault.line == first + 1


WINDOW = 250


def states(lines: Lines) -> dict[int, _Reader]:
    """The reader as it stands after every so many lines."""
    reader, found = _Reader(set()), {}
    for start in range(0, len(lines), WINDOW):
        found[start] = resumed(reader)
        for line in lines[start : start + WINDOW]:
            assert reader.take(line) is None
    return found


def resumed(reader: _Reader) -> _Reader:
    twin = copy.copy(reader)
    twin._digest = reader._digest.copy()
    for name in ("_seen", "_proven", "heads", "keys"):
        setattr(twin, name, dict(getattr(reader, name)) if name != "_seen" else {})
    return twin


def test_a_log_rehashed_without_the_key_is_found(ten_thousand: Lines) -> None:
    lines, previous = list(ten_thousand), NO_HASH
    for place in events_at(lines):
        event = json.loads(lines[place])
        if event["sequence"] == 5000:
            event["actor"] = "nobody"
        lines[place] = rehashed(event, previous)
        previous = json.loads(lines[place])["hash"]
    fault = prove_lines(lines).fault
    assert fault is not None
    assert fault.sequence <= 5000 < fault.sequence + EVERY + 100
    assert "was signed" in fault.why


def test_a_file_signed_with_another_key_is_refused_where_the_key_is_known(tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        bulk(tmp_path / name, 10)
    ours = DeviceKey.of(tmp_path / "ours")
    theirs = exported(tmp_path / "theirs")
    assert prove_lines(theirs).ok
    proof = prove_lines(theirs, keys=[ours.public])
    assert proof.fault is not None
    assert "unknown key" in proof.fault.why
    signed = LogReader(tmp_path / "ours").ends()[0]
    assert prove_lines(exported(tmp_path / "ours"), keys=[signed.fingerprint]).ok


def test_anchors_find_a_log_that_was_cut_off_with_all_its_witnesses(tmp_path: Path) -> None:
    events = fill(tmp_path, 6)
    line = anchor_text(LogReader(tmp_path).ends()[0])
    kept = anchor_of(line, "paper")
    assert kept == Anchor(Head(events[5].device_id, 6, events[5].hash), "paper")
    assert LogReader(tmp_path).verify([kept]).ok
    with raw(tmp_path, unguarded=True) as connection:
        connection.execute("DELETE FROM events WHERE sequence > 4")
        connection.execute("DELETE FROM signed_ends")
        connection.execute("DELETE FROM checkpoints")
    fill(tmp_path, 2)  # written on: everything here agrees with itself
    assert LogReader(tmp_path).verify().ok
    assert LogReader(tmp_path).verify([kept]).first_bad is not None
    assert not prove_lines(exported(tmp_path), anchors=[kept]).ok


@pytest.mark.parametrize("text", ["", "abc", "1:2:3", "x" * 200, "a" * 36 + ":1:" + "g" * 64])
def test_an_anchor_that_is_none(text: str) -> None:
    with pytest.raises(FileError, match="DEVICE:NUMBER:HASH"):
        anchor_of(text, "paper")


def resigned(folder: Path) -> None:
    """A forger without the key puts another signature there."""
    with raw(folder, unguarded=True) as connection:
        connection.execute("UPDATE signed_ends SET signature = ?", ("00" * 64,))


def replaced(folder: Path) -> None:
    """A forger changes the last event, makes the chain fit, and points the signed head at it."""
    with raw(folder, unguarded=True) as connection:
        last = LogReader(folder).page(limit=1)[0]
        digest = Event(**{**last.content, "actor": "x"}, hash="").hash_of_content()  # type: ignore[arg-type]
        where = (digest, last.sequence)
        connection.execute("UPDATE events SET actor = 'x', hash = ? WHERE sequence = ?", where)
        connection.execute("UPDATE signed_ends SET hash = ?", (digest,))


def unsigned(folder: Path) -> None:
    with raw(folder, unguarded=True) as connection:
        connection.execute("DELETE FROM signed_ends")


@pytest.mark.parametrize("forge", [resigned, replaced, unsigned])
def test_a_forged_signature_in_the_file(tmp_path: Path, forge: Callable[[Path], None]) -> None:
    fill(tmp_path, 5)
    assert LogReader(tmp_path).verify().signed == 5
    forge(tmp_path)
    assert not LogReader(tmp_path).verify().ok


def test_a_log_without_a_key_goes_on_unsigned_and_says_so(
    tmp_path: Path, expected_logs: Callable[[str], None]
) -> None:
    expected_logs("recorded unsigned")
    fill(tmp_path, 3)
    (tmp_path / KEY_NAME).write_bytes(b"damaged")
    assert fill(tmp_path, 2)[-1].sequence == 5
    assert LogReader(tmp_path).verify().first_bad == (4, "", "events from 4 on are not signed")
    (tmp_path / KEY_NAME).unlink()
    fill(tmp_path, 1)
    result = LogReader(tmp_path).verify()
    assert (result.ok, result.signed, len(result.keys)) == (True, 6, 2)


def test_the_key_is_for_its_owner_only_and_stays_the_same(tmp_path: Path) -> None:
    key = DeviceKey.of(tmp_path)
    assert DeviceKey.of(tmp_path).public == key.public
    assert (tmp_path / KEY_NAME).stat().st_mode & 0o077 == 0
    with pytest.raises(KeyFileError, match="cannot be written"):
        DeviceKey.of(tmp_path / "nowhere")
    assert DeviceKey.found(tmp_path / "nowhere") is None


def test_a_log_of_before_signatures_is_signed_when_it_is_opened(tmp_path: Path) -> None:
    fill(tmp_path, 3)
    unsigned(tmp_path)
    fill(tmp_path, 0)
    assert LogReader(tmp_path).verify().signed == 3
    assert (tmp_path / LOG_NAME).exists()
