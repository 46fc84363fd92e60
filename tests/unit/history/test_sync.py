"""Logs of several laptops: in any order one end state; what is wrong is refused whole."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from console.history.reader import LogReader
from console.history.sync.batch import Batch, BatchError, batch_of, read_batch, write_batch
from console.history.sync.exchange import Carried, batches, carry, taking
from console.history.sync.folder import ROOT_NAME, SyncFolder
from console.history.sync.ledger import Ledger, take
from console.history.trust.heads import EVERY
from drivers.files import FileError
from tests.unit.history.kit import START_US
from tests.unit.history.sync_kit import Laptop, held, laptops

SITE = "hall-a"


def now() -> int:
    return START_US


def bring(source: Ledger, target: Ledger, name: str) -> Carried:
    return carry(source, target, SITE, taking(target, name, now))


def whole(laptop: Laptop, of: Laptop | None = None) -> list[Batch]:
    """Every batch of a laptop's own log (or of another's that it has)."""
    device = (of or laptop).device_id
    end = laptop.ledger.ends()[device]
    return list(batches(laptop.ledger, device, end, 0, SITE))


def test_any_order_and_duplicates_lead_to_one_state(tmp_path: Path) -> None:
    chance = random.Random(3)
    with laptops(tmp_path) as several:
        for _ in range(40):
            chance.choice(several).tell(chance.randrange(1, 30))
            source, target = chance.sample(several, 2)
            bring(source.ledger, target.ledger, source.name)
        for _ in range(2):
            for source in several:
                for target in several:
                    if source is not target:
                        carry(
                            source.ledger,
                            target.ledger,
                            SITE,
                            taking(target.ledger, source.name, now),
                        )
        states = [held(one) for one in several]
        assert all(state == states[0] for state in states)
        assert len(states[0]) == sum(one.ledger.head(one.device_id).sequence for one in several)
    for one in several:
        result = LogReader(one.folder).verify()
        assert (result.ok, result.events, len(result.keys)) == (True, len(states[0]), 4)


def test_batches_that_come_in_the_wrong_order_name_what_is_missing(tmp_path: Path) -> None:
    with laptops(tmp_path, 2) as (one, other):
        for _ in range(3):
            one.tell(EVERY)
        first, *rest = _small(one)
        with pytest.raises(BatchError, match=r"Events 1 to \d+ of .* are missing"):
            take(other.ledger, rest[-1], "stick", now())
        assert not held(other)
        for batch in (first, first, *rest, *rest):
            take(other.ledger, batch, "stick", now())
        assert held(other) == held(one)


def _small(laptop: Laptop) -> list[Batch]:
    """The log in batches from signed head to signed head."""
    ledger, device = laptop.ledger, laptop.device_id
    ends = ledger.signed_heads(device)
    found, after = [], 0
    for end in ends:
        events = ledger.events(device, after, end.head.sequence)
        if events:
            found.append(batch_of(SITE, events, end))
            after = end.head.sequence
    return found


def test_a_cloned_laptop_is_found_kept_in_quarantine_and_changes_nothing(tmp_path: Path) -> None:
    with laptops(tmp_path, 2) as (one, other):
        one.tell(5)
        shutil.copytree(one.folder, tmp_path / "clone")
        clone = Laptop(tmp_path / "clone", one.name, seed=1)
        one.tell(3)
        clone.tell(2)
        bring(one.ledger, other.ledger, "one")
        before = held(other)
        done = bring(clone.ledger, other.ledger, "clone")
        assert "cloned or its log forged" in done.refused[one.device_id]
        assert held(other) == before
        rows = other.log.connection.execute("SELECT sequence, source FROM quarantine").fetchall()
        assert rows == [(6, "clone"), (7, "clone")]
        carry(
            clone.ledger, other.ledger, SITE, taking(other.ledger, "clone", now)
        )  # told again: kept once
        assert other.log.connection.execute("SELECT count(*) FROM quarantine").fetchone() == (2,)
        clone.close()


def test_nobody_adds_to_this_laptops_own_log(tmp_path: Path) -> None:
    """A disk image that is put back has an older end than the others know of."""
    with laptops(tmp_path, 2) as (one, other):
        one.tell(3)
        shutil.copytree(one.folder, tmp_path / "image")
        one.tell(3)
        bring(one.ledger, other.ledger, "one")
        image = Laptop(tmp_path / "image", one.name)
        done = bring(other.ledger, image.ledger, "other")
        assert (
            "own log goes on elsewhere, to event 6, and ends here at 3"
            in (done.refused[one.device_id])
        )
        image.close()


def _lines(batch: Batch) -> list[bytes]:
    told: list[str] = []

    class Sink:
        def write(self, text: str) -> None:
            told.append(text)

    write_batch(batch, Sink())
    return "".join(told).encode("utf-8").splitlines(keepends=True)


def _header(lines: list[bytes], **changes: object) -> list[bytes]:
    told = json.loads(lines[0])
    told["batch"] |= changes
    return [json.dumps(told).encode() + b"\n", *lines[1:]]


WRONG: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "an event changed": (lambda b: [b[0], b[1].replace(b"tank", b"tonk"), *b[2:]], "not what was"),
    "an event missing": (lambda b: [b[0], b[1], *b[3:]], "event 2 is missing"),
    "an event twice": (lambda b: [b[0], b[1], b[1], *b[2:]], "there twice"),
    "the end missing": (lambda b: b[:-1], "end of the batch is missing"),
    "half a line": (lambda b: [*b[:3], b[3][:40]], "not a line"),
    "something behind": (lambda b: [*b, b[1]], "follows the seal"),
    "a bad signature": (lambda b: [*b[:-1], _unsigned(b[-1])], "forged"),
    "another format": (lambda b: _header(b, format=2), "another version"),
    "another log": (lambda b: _header(b, log="2.0"), "another version"),
    "no batch": (lambda _: [b"hello\n"], "not a line"),
    "nothing": (lambda _: [], "not a line"),
    "no header": (lambda b: b[1:], "not a batch"),
    "numbers that are none": (lambda b: _header(b, first="1"), "not a batch"),
    "a header with more": (lambda b: _header(b, more=1), "not a batch"),
}


def _unsigned(line: bytes) -> bytes:
    told = json.loads(line)
    told["checkpoint"]["signature"] = "00" * 64
    return json.dumps(told).encode() + b"\n"


@pytest.mark.parametrize("name", WRONG)
def test_a_batch_that_is_wrong_is_refused_whole(tmp_path: Path, name: str) -> None:
    change, why = WRONG[name]
    with laptops(tmp_path, 1) as (one,):
        one.tell(5)
        (batch,) = whole(one)
        lines = _lines(batch)
        assert read_batch(lines) == batch
        with pytest.raises(BatchError, match=why):
            read_batch(change(lines))


def test_a_stranger_and_another_key_are_refused(tmp_path: Path) -> None:
    with laptops(tmp_path, 2, known=False) as (one, other):
        one.tell(2)
        done = bring(one.ledger, other.ledger, "one")
        assert "is not known here; enrol it first" in done.refused[one.device_id]
        stranger = one.enrolled
        other.ledger.enrol(type(stranger)(one.device_id, other.key.public, "one"), "admin", 1)
        done = bring(one.ledger, other.ledger, "one")
        assert "not with the one enrolled" in done.refused[one.device_id]
        assert not held(other)
        other.ledger.enrol(stranger, "admin", 2)
        assert bring(one.ledger, other.ledger, "one").events == 2


class TestFolder:
    def test_a_stick_carries_four_logs_and_brings_receipts_back(self, tmp_path: Path) -> None:
        stick = SyncFolder(tmp_path / "stick", SITE)
        with laptops(tmp_path / "all") as several:
            for lap in range(3):
                for one in several:
                    one.tell(50 * (lap + 1))
                    stick.put_all(one.ledger)
                    done = stick.take_all(one.ledger, taking(one.ledger, "stick", now))
                    assert not done.refused
                    stick.tell_held(one.device_id, one.ledger.ends())
            for one in several:
                stick.take_all(one.ledger, taking(one.ledger, "stick", now))
            assert all(held(one) == held(several[0]) for one in several)
            first = several[0]
            receipts = dict(stick.receipts(first.device_id, first.device_id))
            assert set(receipts) == {one.device_id for one in several[1:]}
            before = len(stick.files())
            assert stick.put_all(first.ledger) == 0
            assert len(stick.files()) == before

    def test_a_stick_pulled_out_and_spoilt(self, tmp_path: Path) -> None:
        stick = SyncFolder(tmp_path / "stick", SITE)
        with laptops(tmp_path / "all", 3) as (one, two, three):
            one.tell(10)
            two.tell(10)
            stick.put_all(one.ledger)
            stick.put_all(two.ledger)
            spoilt = next(file for file in stick.files() if file.device_id == one.device_id)
            spoilt.path.write_bytes(spoilt.path.read_bytes()[:700])
            (spoilt.path.parent / ".part-x").write_bytes(b"half a file")
            done = stick.take_all(three.ledger, taking(three.ledger, "stick", now))
            assert done.new == {two.device_id: 10}
            assert spoilt.path.name in done.refused[one.device_id]
            assert held(three) == held(two)

    def test_a_batch_of_another_site_is_refused(self, tmp_path: Path) -> None:
        ours, theirs = SyncFolder(tmp_path, SITE), SyncFolder(tmp_path, "hall-b")
        with laptops(tmp_path / "all", 2) as (one, two):
            one.tell(3)
            theirs.put_all(one.ledger)
            source = theirs.root / one.device_id
            shutil.copytree(source, ours.root / one.device_id)
            done = ours.take_all(two.ledger, taking(two.ledger, "stick", now))
            assert "of the site hall-b" in done.refused[one.device_id]

    def test_a_folder_that_cannot_be_used(self, tmp_path: Path) -> None:
        (tmp_path / ROOT_NAME).write_text("a file")
        with laptops(tmp_path / "all", 1) as (one,):
            one.tell()
            with pytest.raises(FileError, match="cannot be used"):
                SyncFolder(tmp_path, SITE).put_all(one.ledger)
        with pytest.raises(FileError, match="cannot be the name"):
            SyncFolder(tmp_path, "../up")
