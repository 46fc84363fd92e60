"""Signing in: PINs, lock-out, what lies in files and in the log, and what never does."""

from __future__ import annotations

import asyncio
import json
import stat
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

import pytest
from argon2 import PasswordHasher

from console.work.events import Kind, Refused
from console.work.people.gate import Gate
from console.work.people.pins import PinHasher, check_pin
from console.work.people.roles import shipped_roles
from console.work.people.secrets import HASHES_NAME, PEPPER_NAME, SecretStore
from tests.unit.work.kit import QUICK, Site, gate_of, recorded

T = TypeVar("T")
PIN, PHRASE = "480216", "oil and patience"
DAY_S = 86_400


def done(future: Future[T]) -> T:
    return future.result(timeout=20)


@pytest.fixture
def site() -> Site:
    return Site(crew={})


@pytest.fixture
def gate(site: Site, tmp_path: Path) -> Iterator[Gate]:
    gate = gate_of(site, tmp_path)
    done(gate.first_administrator("adeyemi", "Ada Adeyemi", PHRASE))
    done(gate.sign_in("adeyemi", PHRASE))
    site.people.add("adeyemi", "chen", "Chen Wei", ["technician"])
    done(gate.set_pin("adeyemi", "chen", PIN))
    yield gate
    gate.close()


def test_the_first_start_makes_the_first_administrator_once(site: Site, gate: Gate) -> None:
    assert site.desk.who("adeyemi").roles == {"admin"}
    with pytest.raises(Refused, match="people already"):
        done(gate.first_administrator("mallory", "M", "another passphrase"))


def test_right_and_wrong(site: Site, gate: Gate) -> None:
    assert done(gate.sign_in("CHEN", f" {PIN} ")).person.id == "chen"
    assert "chen" in site.desk.present
    gate.sign_out("chen")
    assert "chen" not in site.desk.present
    for person, pin in (("chen", "480217"), ("chen", ""), ("nobody", PIN)):
        with pytest.raises(Refused, match="Name or PIN is wrong"):
            done(gate.sign_in(person, pin))
    assert site.desk.present == {"adeyemi"}


def test_digits_from_a_chinese_keyboard_are_digits(gate: Gate) -> None:
    assert done(gate.sign_in("chen", "４８０２１６")).person.id == "chen"


def test_wrong_ones_lock_longer_and_longer_across_a_restart(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    def wrong(g: Gate) -> str:
        with pytest.raises(Refused) as refused:
            done(g.sign_in("chen", "000001"))
        return str(refused.value)

    for _ in range(4):
        assert wrong(gate) == "Name or PIN is wrong."
    assert "another 30 s" in wrong(gate)
    with pytest.raises(Refused, match="locked for another 30 s"):
        done(gate.sign_in("chen", PIN))  # the right one does not help while locked
    site.clock.advance(31)
    assert "another 60 s" in wrong(gate)

    again = Site(crew={})
    again.desk.take(recorded(site.told))
    again.clock = again.desk._clock = site.clock
    second = gate_of(again, tmp_path)
    try:
        with pytest.raises(Refused, match="locked for another 60 s"):
            done(second.sign_in("chen", PIN))
        site.clock.set_wall(10 * DAY_S)  # the wall clock is no way out
        with pytest.raises(Refused, match="locked"):
            done(second.sign_in("chen", PIN))
        site.clock.advance(61)
        assert done(second.sign_in("chen", PIN)).person.id == "chen"
        assert wrong(second) == "Name or PIN is wrong."  # counted from nothing again
    finally:
        second.close()


def test_the_lock_has_an_end() -> None:
    rules = shipped_roles().pin
    lasting = [rules.lock_s(n) for n in range(14)]
    assert lasting[:6] == [0, 0, 0, 0, 0, 30]
    assert lasting == sorted(lasting)
    assert max(rules.lock_s(n) for n in range(500)) == rules.longest_s


def test_many_tries_at_once_do_not_slip_past_the_lock(site: Site, gate: Gate) -> None:
    futures = [gate.sign_in("chen", f"{n:06d}") for n in range(40)] + [gate.sign_in("chen", PIN)]
    outcomes = [str(f.exception(timeout=20)) for f in futures]
    assert sum("wrong" in o for o in outcomes) == 4
    assert "locked" in outcomes[-1]
    assert site.desk.who("chen").lock.wrong == 5


def test_an_administrator_ends_a_lock_and_not_their_own(site: Site, gate: Gate) -> None:
    for _ in range(5):
        with pytest.raises(Refused):
            done(gate.sign_in("chen", "1"))
    with pytest.raises(Refused, match="own lock-out"):
        site.people.unlock("adeyemi", "adeyemi")
    site.people.unlock("adeyemi", "chen")
    assert done(gate.sign_in("chen", PIN)).person.id == "chen"


def test_the_log_never_holds_pin_or_hash(site: Site, gate: Gate, tmp_path: Path) -> None:
    done(gate.sign_in("chen", PIN))
    told = json.dumps([dict(d.body) for d in site.told])
    hashes = json.loads((tmp_path / HASHES_NAME).read_text())
    assert PIN not in told
    assert PHRASE not in told
    for hashed in (h for found in hashes.values() for h in found):
        assert hashed.startswith("$argon2id$")
        assert hashed not in told
        assert not [part for part in hashed.split("$")[-2:] if part in told]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no mode bits")
def test_the_files_are_their_owners(gate: Gate, tmp_path: Path) -> None:
    for name in (PEPPER_NAME, HASHES_NAME):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_hashes_are_useless_without_the_machines_pepper(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    hashed = json.loads((tmp_path / HASHES_NAME).read_text())["chen"][-1]
    from argon2.exceptions import VerifyMismatchError

    with pytest.raises(VerifyMismatchError):
        QUICK.verify(hashed, PIN)
    (tmp_path / PEPPER_NAME).write_bytes(b"x" * 32)
    other = gate_of(site, tmp_path)
    try:
        with pytest.raises(Refused, match="has no PIN on this machine"):
            done(other.sign_in("chen", PIN))
    finally:
        other.close()


def test_a_hash_that_somebody_put_into_the_file_counts_for_nothing(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    file = tmp_path / HASHES_NAME
    found = json.loads(file.read_text())
    forged = PinHasher(SecretStore(tmp_path), QUICK).hash("111222")
    file.write_text(json.dumps({**found, "adeyemi": found["chen"], "chen": [forged]}))
    for person, pin in (("chen", "111222"), ("adeyemi", PIN)):
        with pytest.raises(Refused, match="no PIN on this machine"):
            done(gate.sign_in(person, pin))


def test_an_old_pin_put_back_counts_for_nothing(site: Site, gate: Gate, tmp_path: Path) -> None:
    file = tmp_path / HASHES_NAME
    old = file.read_bytes()
    done(gate.sign_in("chen", PIN))
    done(gate.set_pin("chen", "chen", "975310"))
    file.write_bytes(old)
    with pytest.raises(Refused, match="no PIN on this machine"):
        done(gate.sign_in("chen", PIN))


def test_a_crash_between_file_and_log_leaves_the_old_pin(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    store = SecretStore(tmp_path)
    in_force = site.desk.who("chen").pins["log-a"]
    store.put("chen", PinHasher(store, QUICK).hash("975310"), in_force)  # and no event
    assert done(gate.sign_in("chen", PIN)).person.id == "chen"
    with pytest.raises(Refused, match="wrong"):
        done(gate.sign_in("chen", "975310"))


@pytest.mark.parametrize("damage", [b"", b"short", b"[1, 2]", b'{"chen": 3}', b"\xff\xfe"])
@pytest.mark.parametrize("name", [PEPPER_NAME, HASHES_NAME])
def test_damaged_files_let_nobody_in_and_say_so(
    site: Site, gate: Gate, tmp_path: Path, name: str, damage: bytes
) -> None:
    (tmp_path / name).write_bytes(damage)
    other = gate_of(site, tmp_path)
    try:
        with pytest.raises(Refused, match=f"{name} cannot be used"):
            done(other.sign_in("chen", PIN))
    finally:
        other.close()


def test_a_pin_is_set_by_oneself_or_an_administrator(site: Site, gate: Gate) -> None:
    site.people.add("adeyemi", "wu", "Wu", ["technician"])
    with pytest.raises(Refused, match="not signed in"):
        done(gate.set_pin("wu", "wu", "975310"))
    done(gate.sign_in("chen", PIN))
    with pytest.raises(Refused, match="no role that permits"):
        done(gate.set_pin("chen", "wu", "975310"))
    done(gate.set_pin("adeyemi", "wu", "975310"))
    assert done(gate.sign_in("wu", "975310")).person.id == "wu"


def test_a_weaker_hash_is_renewed_at_the_next_sign_in(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    store = SecretStore(tmp_path)
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    strong = Gate(site.desk, store, PinHasher(store, stronger))
    try:
        assert done(strong.sign_in("chen", PIN)).person.id == "chen"
        hashed = store.find("chen", site.desk.who("chen").pins["log-a"])
        assert hashed is not None
        assert "m=16,t=2" in hashed
        assert done(strong.sign_in("chen", PIN)).person.id == "chen"
    finally:
        strong.close()


@pytest.mark.parametrize(
    ("pin", "roles", "told"),
    [
        ("12345", ["technician"], "at least 6 digits"),
        ("123456", ["technician"], "easy to guess"),
        ("654321", ["technician"], "easy to guess"),
        ("777777", ["technician"], "easy to guess"),
        ("212121", ["technician"], "easy to guess"),
        ("480216", ["technician", "supervisor"], "needs a passphrase"),
        ("short", ["technician"], "at least 10 characters"),
        ("", [], "at least 10 characters"),
        ("okafor okafor", ["supervisor"], "easy to guess"),
        ("x" * 300, [], "too long"),
    ],
)
def test_pins_that_are_too_easy(pin: str, roles: list[str], told: str) -> None:
    with pytest.raises(Refused, match=told):
        check_pin(pin, roles, shipped_roles(), ("okafor", "Okafor Okafor"))


def test_a_signature_takes_the_pin_again_and_says_what_it_means(site: Site, gate: Gate) -> None:
    done(gate.sign_in("chen", PIN))
    given = done(gate.sign("chen", PIN, "order.execute", "f" * 64))
    assert (given.person, given.name, given.role) == ("chen", "Chen Wei", "technician")
    assert (given.meaning, given.shown) == ("order.execute", "f" * 64)
    with pytest.raises(Refused, match="PIN is wrong"):
        done(gate.sign("chen", "480217", "order.execute", "f" * 64))
    with pytest.raises(Refused, match="no role that permits"):
        done(gate.sign("chen", PIN, "order.review", "f" * 64))
    assert site.desk.who("chen").lock.wrong == 1
    with pytest.raises(Refused, match="something else"):
        site.desk.use(given, "wu", "order.execute", "f" * 64)
    assert site.desk.use(given, "chen", "order.execute", "f" * 64)["signature"]
    with pytest.raises(Refused, match="used already"):
        site.desk.use(given, "chen", "order.execute", "f" * 64)


async def test_a_coroutine_waits_without_blocking_and_a_window_is_free_at_once(
    site: Site, gate: Gate, tmp_path: Path
) -> None:
    store = SecretStore(tmp_path)
    slow = Gate(site.desk, store, PinHasher(store))  # what is shipped: 64 MiB, three passes
    try:
        began = time.perf_counter()
        future = slow.sign_in("chen", PIN)
        asked_s = time.perf_counter() - began
        assert not future.done()
        signed = await asyncio.wrap_future(future)
        took_s = time.perf_counter() - began
    finally:
        await asyncio.to_thread(slow.close)
    assert signed.person.id == "chen"
    assert asked_s < took_s / 3
    kinds = [draft.kind for draft in site.told[-2:]]
    assert kinds == [Kind.PERSON_PIN_SET, Kind.PERSON_SIGNED_IN]  # the quick hash was renewed


def test_nobody_signs_in_before_the_log_is_open(tmp_path: Path) -> None:
    site = Site(log="", crew={})
    gate = gate_of(site, tmp_path)
    try:
        with pytest.raises(Refused, match="log is not open"):
            done(gate.first_administrator("ada", "Ada", PHRASE))
    finally:
        gate.close()
