"""``tankside log sync`` between data folders, by a stick and by a central log."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import app
from console.history.events import EventDraft, Head
from console.history.history import History
from console.history.reader import LogReader
from console.history.sync.folder import SyncFolder
from console.history.sync.service import SyncService
from console.history.trust.keys import DeviceKey
from drivers.files import FileError
from tests.integration.postgres_peer import postgres
from tests.unit.history.kit import at

runner = CliRunner()


def laptop(folder: Path, count: int, start: int = 0) -> Path:
    history = History(folder)
    history.start()
    for number in range(start, start + count):
        history.record(EventDraft("work.noted", "tank-1", {"text": f"{number}"}, at(number)))
    assert history.close(10)
    return folder


def run(*arguments: str | Path, code: int = 0) -> str:
    result = runner.invoke(app, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output


def told(folder: Path) -> dict[str, str]:
    return dict(json.loads(run("log", "device", "--data", folder, "--json")))


def enrolling(folder: Path) -> list[str]:
    device = told(folder)
    return ["log", "enrol", device["device_id"], device["public_key"], "--name", folder.name]


def know_each_other(one: Path, other: Path) -> None:
    for here, there in ((one, other), (other, one)):
        device = told(there)
        run(
            "log",
            "enrol",
            device["device_id"],
            device["public_key"],
            "--name",
            there.name,
            "--data",
            here,
        )


def events(folder: Path) -> set[str]:
    """What was noted there, less what syncs and enrolling note of themselves."""
    return {event.hash for event in LogReader(folder).of_kinds(["work.noted"])}


def kinds(folder: Path) -> list[str]:
    """What syncs and enrolling told of themselves, by this folder's own laptop."""
    told_of = ("device.enrolled", "log.synced", "log.quarantined")
    return [event.kind for event in LogReader(folder).of_kinds(told_of, taken_in=False)]


def test_two_laptops_and_a_stick(tmp_path: Path) -> None:
    one, other = laptop(tmp_path / "one", 300), laptop(tmp_path / "two", 20)
    stick = tmp_path / "stick"
    stick.mkdir()
    site = ("--site", "hall-a")
    run("log", "sync", stick, *site, "--data", one)
    refused = run("log", "sync", stick, *site, "--data", other, code=1)
    assert "enrol it first" in refused
    know_each_other(one, other)
    for folder in (other, one, other):
        run("log", "sync", stick, *site, "--data", folder)
    assert events(one) == events(other)
    assert len(events(one)) == 320
    again = json.loads(run("log", "sync", stick, *site, "--data", one, "--json"))
    assert (again["sent"], again["receipts"]) == (1, 1)  # that the sync before was
    run("log", "sync", stick, *site, "--data", one)
    assert kinds(one) == ["log.synced", "device.enrolled", "log.synced", "log.synced"]
    assert kinds(other) == ["log.synced", "device.enrolled", "log.synced", "log.synced"]
    for folder in (one, other):
        result = LogReader(folder).verify()
        assert result.ok
        assert result.anchors > 0
        run("log", "verify", "--data", folder)
        exported = tmp_path / f"{folder.name}.jsonl"
        run("log", "export", "--data", folder, "-o", exported)
        run("log", "verify", exported, "--key", told(folder)["fingerprint"], code=1)
        run("log", "verify", exported)
        ours, theirs = told(folder)["fingerprint"], told(one if folder == other else other)
        run("log", "verify", "--data", folder, "--key", ours, code=1)
        run("log", "verify", "--data", folder, "--key", ours, "--key", theirs["public_key"])


def test_a_receipt_shows_a_log_that_was_cut_off(tmp_path: Path) -> None:
    """All witnesses on the machine are put back to an older state; the receipt is not."""
    with postgres() as server:
        one = laptop(tmp_path / "one", 5)
        device = told(one)
        run(
            "log",
            "enrol",
            device["device_id"],
            device["public_key"],
            "--name",
            "one",
            "--central",
            server.url,
        )
        run("log", "sync", server.url, "--site", "a", "--data", one)
        laptop(one, 5, start=5)
        up = run("log", "sync", server.url, "--site", "a", "--data", one)
        assert up.startswith("6 events sent")  # with what told of the first sync
        assert LogReader(one).verify().anchors == 2


def test_a_console_records_while_a_stick_is_read(tmp_path: Path) -> None:
    """Taking in ten thousand events does not keep the console's own events waiting."""
    one, other = laptop(tmp_path / "one", 10_000), laptop(tmp_path / "two", 1)
    stick = tmp_path / "stick"
    stick.mkdir()
    run("log", "sync", stick, "--site", "a", "--data", one)
    know_each_other(one, other)
    history = History(other)
    history.start()
    service = SyncService(history, "a", lambda: time.time_ns() // 1000)
    before = time.monotonic()
    report = service.sync(str(stick))
    took_s = time.monotonic() - before
    assert report.taken == {told(one)["device_id"]: 10_000}
    history.record(EventDraft("work.noted", "tank-1", {"text": "after"}, at(1)))
    assert history.close(10)
    assert took_s < 60
    assert len(events(other)) == 10_002


def test_a_receipt_that_anybody_could_have_written_is_told_and_not_kept(tmp_path: Path) -> None:
    """An anchor stays for ever: a stick must not be able to make a sound log look cut off."""
    one, stick = laptop(tmp_path / "one", 5), tmp_path / "stick"
    stick.mkdir()
    run("log", "sync", stick, "--site", "a", "--data", one)
    forger = DeviceKey(b"f" * 32)
    head = Head(told(one)["device_id"], 9000, "ab" * 32)
    SyncFolder(stick, "a").tell_held("laptop-9", {"x": forger.sign_head(head, 1)})
    refused = run("log", "sync", stick, "--site", "a", "--data", one, code=1)
    assert "which never signed it" in refused
    assert LogReader(one).verify().ok
    genuine = DeviceKey.of(one).sign_head(head, 1)  # this one tells of a log that was cut off
    SyncFolder(stick, "a").tell_held("laptop-9", {"x": genuine})
    assert "It holds event 9000" in run("log", "sync", stick, "--site", "a", "--data", one, code=1)
    assert not LogReader(one).verify().ok


def test_a_stick_that_can_only_be_read_still_brings_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, stick = laptop(tmp_path / "one", 5), laptop(tmp_path / "two", 1), tmp_path / "stick"
    stick.mkdir()
    know_each_other(one, other)
    run("log", "sync", stick, "--site", "a", "--data", one)

    def full(*_: object) -> None:
        raise FileError("No space left on device")

    monkeypatch.setattr(SyncFolder, "_write", full)
    assert "No space left" in run("log", "sync", stick, "--site", "a", "--data", other, code=1)
    assert events(one) <= events(other)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("log", "sync", "/nowhere/at/all"), "there is no such folder"),
        (("log", "sync", "postgresql://x:secret@127.0.0.1:1/y"), "cannot be used"),
        (("log", "enrol", "x", "zz", "--name", "n"), "64 hex digits"),
        (("log", "verify", "/nowhere.jsonl"), "cannot be read"),
        (("log", "verify", "--anchor", "x"), "DEVICE:NUMBER:HASH"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, arguments: tuple[str, ...], why: str) -> None:
    folder = laptop(tmp_path / "one", 1)
    result = runner.invoke(app, [*arguments, "--data", str(folder)])
    assert result.exit_code == 2 or why in str(result.exception)
    assert why in f"{result.output}{result.exception}"
    assert "secret" not in f"{result.output}{result.exception}"
