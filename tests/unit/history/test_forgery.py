"""What a forger, a careless hand or another laptop can do to logs that meet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.history.events import JSON, Event, EventDraft, Head
from console.history.logfile import insert_events
from console.history.reader import LogReader
from console.history.sync.batch import Batch, BatchError, read_batch, write_batch
from console.history.sync.exchange import batches, carry, taking
from console.history.sync.folder import SyncFolder
from console.history.sync.ledger import take
from console.history.sync.strangers import strangers_at
from console.history.trust.export_file import prove_lines
from console.history.trust.heads import keep_signed
from console.history.trust.keys import DeviceKey
from drivers.files import FileError
from tests.unit.history.kit import START_US, at, raw, write
from tests.unit.history.sync_kit import Laptop, held, laptops
from tests.unit.history.test_trust import exported

SITE = "hall-a"


def now() -> int:
    return START_US


def whole(laptop: Laptop) -> Batch:
    ledger, device = laptop.ledger, laptop.device_id
    (batch,) = batches(ledger, device, ledger.ends()[device], 0, SITE)
    return batch


def lines_of(batch: Batch) -> list[bytes]:
    told: list[str] = []

    class Sink:
        def write(self, text: str) -> None:
            told.append(text)

    write_batch(batch, Sink())
    return "".join(told).encode("utf-8").splitlines(keepends=True)


def made_up(laptop: Laptop, line: bytes, **changes: JSON) -> list[bytes]:
    """The first event of a laptop, changed, as a batch that its own key has signed."""
    event = {**json.loads(line), **changes}
    event.pop("hash")
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = _digest(text)
    number = event["sequence"]
    head = Head(laptop.device_id, number, digest)
    told = {
        "batch": {
            "format": 1,
            "log": "1.1",
            "site": SITE,
            "device_id": laptop.device_id,
            "first": number,
            "last": number,
            "previous_hash": event["previous_hash"],
        }
    }
    signed = laptop.key.sign_head(head, 1)
    names = ("device_id", "sequence", "hash", "utc_us", "public_key", "signature")
    values = (head.device_id, number, digest, 1, signed.public_key, signed.signature)
    end = {"checkpoint": dict(zip(names, values, strict=True))}
    full = json.dumps({**event, "hash": digest}, sort_keys=True, separators=(",", ":"))
    return [one.encode() + b"\n" for one in (json.dumps(told), full, json.dumps(end))]


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def nested(deep: int) -> JSON:
    body: dict[str, JSON] = {}
    for _ in range(deep):
        body = {"in": body}
    return body


HOSTILE: dict[str, dict[str, JSON]] = {
    "a number no file can hold": {"utc_us": 1 << 70},
    "a clock far below nothing": {"mono_us": -(1 << 70)},
    "a truth for a number": {"utc_us": True},
    "a fraction": {"utc_us": 5.0},
    "no number": {"body": {"x": float("nan")}},
    "a number without an end": {"body": {"x": float("inf")}},
    "half a character": {"actor": "\ud800"},
    "a list for a body": {"body": [1]},
    "text for a body": {"body": "x"},
    "nothing for a body": {"body": None},
    "a list for a name": {"actor": ["okafor"]},
    "an id with a NUL": {"id": "a\x00b"},
    "an id without end": {"id": "a" * 10_000},
    "nested deep": {"body": nested(300)},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_laptop_that_is_let_in_cannot_poison_a_log(tmp_path: Path, name: str) -> None:
    """Hash and signature are right; what is told could not be given back as it came."""
    with laptops(tmp_path, 1) as (one,):
        one.tell(1)
        line = lines_of(whole(one))[1]
        assert read_batch(made_up(one, line, actor="else")).events[0].actor == "else"
        with pytest.raises(BatchError):
            read_batch(made_up(one, line, **HOSTILE[name]))


@pytest.mark.parametrize(
    "change",
    [
        {"first": 10**40},
        {"first": 0},
        {"first": -4},
        {"device_id": "../up"},
        {"device_id": "\x1b["},
    ],
)
def test_a_header_that_lies(tmp_path: Path, change: dict[str, JSON]) -> None:
    with laptops(tmp_path, 1) as (one,):
        one.tell(2)
        lines = lines_of(whole(one))
        told = json.loads(lines[0])
        told["batch"] |= change
        with pytest.raises(BatchError):
            read_batch([json.dumps(told).encode(), *lines[1:]])


CHECKPOINT = b"""{"checkpoint":{"device_id":"%s","sequence":%s,"hash":"h","utc_us":1,\
"public_key":"k","signature":"s"}}"""
ODD = st.one_of(
    st.sampled_from(
        [
            CHECKPOINT % (b"d", b"1e999"),
            CHECKPOINT % (b"\\ud800", b"1"),
            b'{"seal":{"lines":1e999}}',
            b'{"seal":{"public_key":"\\udfff","signature":"00"}}',
            b'{"checkpoint":[]}',
            b"[" * 100_000,
            b'{"a":' * 5000,
            b'\xef\xbb\xbf{"seal":{}}',
            b"9" * 5000,
        ]
    ),
    st.binary(max_size=80),
)


@given(several=st.lists(ODD, max_size=4))
@settings(deadline=None, max_examples=60)
def test_whatever_the_lines_are_they_are_refused_and_nothing_fails(several: list[bytes]) -> None:
    lines = [one + b"\n" for one in several]
    assert prove_lines(lines).fault is not None
    with pytest.raises(BatchError):
        read_batch(lines)


def test_a_file_told_twice_over_or_with_other_line_ends(tmp_path: Path) -> None:
    with laptops(tmp_path, 1) as (one,):
        one.tell(2)
    lines = exported(one.folder)
    twice = lines[0].replace(b'{"actor"', b'{"actor":"x","actor"')
    fault = prove_lines([twice, *lines[1:]]).fault
    assert fault is not None
    assert (fault.line, fault.sequence) == (1, 1)
    assert not prove_lines([line.replace(b"\n", b"\r\n") for line in lines]).ok
    assert not prove_lines([b"\xef\xbb\xbf" + lines[0], *lines[1:]]).ok


class TestTaking:
    def test_a_signature_that_nobody_read_is_checked_as_well(self, tmp_path: Path) -> None:
        """A central log carries batches that no file told: who forges it has no key."""
        with laptops(tmp_path, 2) as (one, other):
            one.tell(3)
            batch = whole(one)
            forged = replace(batch, end=replace(batch.end, signature="00" * 64))
            with pytest.raises(BatchError, match="signature of the batch is forged"):
                take(other.ledger, forged, "central", now())
            assert not held(other)

    def test_an_altered_log_does_not_leave_its_laptop(self, tmp_path: Path) -> None:
        """Hash and signature stand as they were; the other log could never be mended."""
        with laptops(tmp_path, 2) as (one, other):
            one.tell(3)
            with raw(one.folder, unguarded=True) as connection:
                connection.execute("UPDATE events SET actor = 'nobody' WHERE sequence = 2")
            done = carry(one.ledger, other.ledger, SITE, taking(other.ledger, "one", now))
            assert "content is not what was recorded" in done.refused[one.device_id]
            refused: dict[str, str] = {}
            stick = SyncFolder(tmp_path / "stick", SITE)
            assert stick.put_all(one.ledger, refused) == 0
            assert set(refused) == {one.device_id}
            assert not held(other)

    def test_a_truncated_log_is_told_and_other_chains_go_on(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            one.tell(3)
            other.tell(2)
            carry(other.ledger, one.ledger, SITE, taking(one.ledger, "other", now))
            with raw(one.folder, unguarded=True) as connection:
                where = (one.device_id,)
                connection.execute("DELETE FROM events WHERE sequence = 3 AND device_id = ?", where)
            refused: dict[str, str] = {}
            assert SyncFolder(tmp_path / "stick", SITE).put_all(one.ledger, refused) == 2
            assert set(refused) == {one.device_id}

    def test_a_claim_on_this_laptops_log_with_another_key(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            one.tell(2)
            batch = whole(one)
            forged = replace(batch, end=other.key.sign_head(batch.end.head, 1))
            with pytest.raises(BatchError, match="which never signed it"):
                take(one.ledger, forged, "stick", now())
            assert one.ledger.quarantined() == []

    def test_an_id_that_is_there_already_refuses_one_batch_only(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            (mine,) = other.tell(1)
            one.tell(1)
            batch = read_batch(made_up(one, lines_of(whole(one))[1], id=mine.id))
            with pytest.raises(BatchError, match="cannot be added"):
                take(other.ledger, batch, "stick", now())
            assert LogReader(other.folder).verify().ok
            assert len(held(other)) == 1

    def test_nobody_lets_itself_in(self, tmp_path: Path) -> None:
        with (
            laptops(tmp_path, 1) as (one,),
            pytest.raises(FileError, match="this laptop itself"),
        ):
            one.ledger.enrol(one.enrolled, "admin", 1)


class TestStick:
    def test_a_file_that_lost_its_end_is_written_again(self, tmp_path: Path) -> None:
        stick = SyncFolder(tmp_path / "stick", SITE)
        with laptops(tmp_path / "all", 2) as (one, other):
            one.tell(10)
            assert stick.put_all(one.ledger) == 10
            (file,) = stick.files()
            file.path.write_bytes(file.path.read_bytes()[:-30])
            one.tell(5)
            assert stick.put_all(one.ledger) == 15
            done = stick.take_all(other.ledger, taking(other.ledger, "stick", now))
            assert done.refused == {}
            assert held(other) == held(one)

    def test_a_file_that_cannot_be_read_stops_its_chain_alone(self, tmp_path: Path) -> None:
        stick = SyncFolder(tmp_path / "stick", SITE)
        with laptops(tmp_path / "all", 3) as (one, two, three):
            for laptop in (one, two):
                laptop.tell(3)
                stick.put_all(laptop.ledger)
            bad = next(file for file in stick.files() if file.device_id == one.device_id)
            bad.path.unlink()
            bad.path.mkdir()
            done = stick.take_all(three.ledger, taking(three.ledger, "stick", now))
            assert done.new == {two.device_id: 3}
            assert "cannot be used" in done.refused[one.device_id]
            assert strangers_at(str(tmp_path / "stick"), SITE, [two.device_id]) == []

    @pytest.mark.parametrize(
        "told",
        [b"5", b"[5]", b"[" * 100_000, b"\xff", b'["x"]', b'[{"sequence":1e999}]', b"null", b""],
    )
    def test_a_spoilt_word_of_what_somebody_holds(self, tmp_path: Path, told: bytes) -> None:
        stick = SyncFolder(tmp_path, SITE)
        with laptops(tmp_path / "all", 2) as (one, other):
            one.tell(2)
            stick.tell_held(other.device_id, one.ledger.ends())
            (stick.root / "held" / "a.json").write_bytes(told)
            found = list(stick.receipts(one.device_id, one.device_id))
            assert [who for who, _ in found] == [other.device_id]


def forge_all(laptop: Laptop, of: Laptop, key: DeviceKey | None) -> None:
    """Change the first event of a chain and compute all hashes anew; sign with a key, or not."""
    device, previous = of.device_id, "0" * 64
    with raw(laptop.folder, unguarded=True) as connection:
        events = list(laptop.ledger.events(device, 0, 1 << 40))
        connection.execute("DELETE FROM events WHERE device_id = ?", (device,))
        made = []
        for event in events:
            told = {**event.content, "actor": "nobody", "previous_hash": previous}
            previous = Event(**told, hash="").hash_of_content()  # type: ignore[arg-type]
            made.append(Event(**told, hash=previous))  # type: ignore[arg-type]
        insert_events(connection, made)
        for table in ("signed_ends", "checkpoints"):
            connection.execute(f"DELETE FROM {table} WHERE device_id = ?", (device,))
        if key is not None:
            keep_signed(connection, key.sign_head(Head(device, len(made), previous), 1))


def let_in(laptop: Laptop, other: Laptop) -> None:
    from console.history.sync.notes import enrolled_draft

    write(laptop.log, enrolled_draft(other.enrolled, "admin", at(0)))


class TestVerify:
    def both(self, tmp_path: Path, one: Laptop, other: Laptop) -> None:
        let_in(one, other)
        other.tell(3)
        carry(other.ledger, one.ledger, SITE, taking(one.ledger, "other", now))
        assert LogReader(one.folder).verify().ok

    def test_anothers_log_made_up_here_without_a_signature(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            self.both(tmp_path, one, other)
            forge_all(one, other, None)
            bad = LogReader(one.folder).verify().first_bad
            assert bad is not None
            assert bad[0] == 1
            assert f"not signed (in the log of {other.device_id})" in bad[2]
            fault = prove_lines(exported(one.folder)).fault
            assert fault is not None
            assert "are not signed" in fault.why

    def test_anothers_log_made_up_here_and_signed_with_the_own_key(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            self.both(tmp_path, one, other)
            forge_all(one, other, one.key)
            bad = LogReader(one.folder).verify().first_bad
            assert bad is not None
            assert "unknown key" in bad[2]
            with raw(one.folder) as connection:  # and the table is made to fit
                connection.execute("UPDATE devices SET public_key = ?", (one.key.public,))
            assert not LogReader(one.folder).verify().ok

    def test_the_table_of_laptops_is_compared_with_what_the_log_tells(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            self.both(tmp_path, one, other)
            with raw(one.folder) as connection:
                connection.execute("UPDATE devices SET public_key = ?", ("ab" * 32,))
            bad = LogReader(one.folder).verify().first_bad
            assert bad is not None
            assert "is not the one that was let in" in bad[2]

    def test_this_laptop_told_to_be_another(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 1) as (one,):
            one.tell(2)
            with raw(one.folder) as connection:
                told = (one.device_id, one.key.public, "x", "x", 1)
                connection.execute("INSERT INTO devices VALUES (?, ?, ?, ?, ?)", told)
            assert not LogReader(one.folder).verify().ok

    def test_keys_that_may_have_signed(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 2) as (one, other):
            self.both(tmp_path, one, other)
            verify = LogReader(one.folder).verify
            assert verify(keys=[one.key.public, other.key.public]).ok
            bad = verify(keys=[one.key.public]).first_bad
            assert bad is not None
            assert f"in the log of {other.device_id}" in bad[2]

    def test_what_another_laptop_lost_or_set_aside_says_nothing_of_this_log(
        self, tmp_path: Path
    ) -> None:
        with laptops(tmp_path, 2) as (one, other):
            one.tell(3)
            for kind in ("log.shortened", "log.set_aside"):
                body: dict[str, JSON] = {
                    "device_id": one.device_id, "sequence": 900, "hash": "ab" * 32,
                }  # fmt: skip
                write(other.log, EventDraft(kind, "log", body, at(0)))
            carry(other.ledger, one.ledger, SITE, taking(one.ledger, "other", now))
            assert LogReader(one.folder).verify().ok
            from console.history.logfile import set_aside_chains

            assert set_aside_chains(one.log.connection) == set()

    @pytest.mark.parametrize("body", ['{"x":NaN}', '{"x":1e999}', '{"x":"\\ud800"}', "[" * 5000])
    def test_a_body_that_is_no_json_is_named(self, tmp_path: Path, body: str) -> None:
        with laptops(tmp_path, 1) as (one,):
            (first, *_) = one.tell(3)
            with raw(one.folder, unguarded=True) as connection:
                connection.execute("UPDATE events SET body = ? WHERE sequence = 1", (body,))
            bad = LogReader(one.folder).verify().first_bad
            assert bad == (1, first.id, "its content is not what was recorded")

    def test_an_old_signature_put_back(self, tmp_path: Path) -> None:
        with laptops(tmp_path, 1) as (one,):
            one.tell(3)
            with raw(one.folder) as connection:
                (row,) = connection.execute("SELECT * FROM signed_ends").fetchall()
                one.tell(2)
                marks = "(?, ?, ?, ?, ?, ?)"
                connection.execute(f"INSERT OR REPLACE INTO signed_ends VALUES {marks}", row)
            bad = LogReader(one.folder).verify().first_bad
            assert bad == (4, "", "events from 4 on are not signed")
