"""The central log on a real PostgreSQL: one state from four laptops, whatever breaks meanwhile."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from console.history.events import Event, Head
from console.history.reader import LogReader
from console.history.sync.batch import Batch, BatchError, batch_of
from console.history.sync.central import CentralError, CentralLog
from console.history.sync.exchange import Carried, batches, carry, taking
from console.history.sync.ledger import Ledger, take
from console.history.trust.export_file import event_line
from tests.house.logs import Expected
from tests.integration.postgres_peer import PostgresServer, postgres
from tests.unit.history.kit import START_US
from tests.unit.history.sync_kit import Laptop, held, laptops

SITE = "hall-a"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres() as running:
        yield running


@pytest.fixture
def central(server: PostgresServer) -> Iterator[CentralLog]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS tankside CASCADE")
    log = CentralLog(server.url)
    yield log
    log.close()


def now() -> int:
    return START_US


def bring(source: Ledger, target: Ledger, name: str) -> Carried:
    return carry(source, target, SITE, taking(target, name, now))


def enrol(log: CentralLog, several: list[Laptop]) -> None:
    for one in several:
        log.enrol(one.enrolled, "admin")


def both_ways(log: CentralLog, laptop: Laptop) -> None:
    up = bring(laptop.ledger, log, laptop.name)
    down = bring(log, laptop.ledger, "central")
    assert not up.refused
    assert not down.refused


def test_four_laptops_with_wrong_clocks_meet_in_the_central_log(
    central: CentralLog, tmp_path: Path
) -> None:
    chance = random.Random(5)
    with laptops(tmp_path) as several:
        enrol(central, several)
        for _ in range(30):
            one = chance.choice(several)
            one.tell(chance.randrange(1, 40))
            both_ways(central, chance.choice(several))
        for one in several * 2:
            both_ways(central, one)
        assert all(held(one) == held(several[0]) for one in several)
        count = len(held(several[0]))
        for one in several:
            assert central.head(one.device_id) == one.ledger.head(one.device_id)
    assert sum(central.head(one.device_id).sequence for one in several) == count
    assert all(LogReader(one.folder).verify().ok for one in several)


def test_the_server_dies_in_the_middle_and_nothing_is_lost(
    tmp_path: Path, expected_logs: Expected
) -> None:
    expected_logs("the connection is lost", optional=True)
    with postgres() as server, laptops(tmp_path / "all", 2) as (one, other):
        central = CentralLog(server.url)
        enrol(central, [one, other])
        for _ in range(40):
            one.tell(300)
        killer = threading.Timer(0.15, server.kill)
        killer.start()
        told = ""
        try:
            bring(one.ledger, central, "one")
        except CentralError as error:
            told = str(error)
        killer.join()
        central.close()
        server.start()
        again = CentralLog(server.url)
        try:
            reached = again.head(one.device_id).sequence
            rest = bring(one.ledger, again, "one")
            assert reached + rest.events == 12_000
            assert bring(again, other.ledger, "central").events == 12_000
            assert held(one) <= held(other)
        finally:
            again.close()
        assert "Nothing was lost" in told or reached == 12_000


def test_two_laptops_at_once_and_the_same_batch_twice(
    central: CentralLog, server: PostgresServer, tmp_path: Path
) -> None:
    with laptops(tmp_path, 1) as (one,):
        enrol(central, [one])
        one.tell(500)
        several = [CentralLog(server.url) for _ in range(3)]
        told: list[int] = []
        batch_lists = [list(_batches(one)) for _ in several]

        def push(number: int) -> None:
            log = several[number]
            told.extend(take(log, batch, "one", now()).new for batch in batch_lists[number])

        threads = [threading.Thread(target=push, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        for log in several:
            log.close()
        assert sum(told) == 500
        assert central.head(one.device_id).sequence == 500


def _batches(laptop: Laptop) -> Iterator[Batch]:
    end = laptop.ledger.ends()[laptop.device_id]
    return batches(laptop.ledger, laptop.device_id, end, 0, SITE)


def test_the_server_itself_refuses_to_change_the_log(
    central: CentralLog, server: PostgresServer, tmp_path: Path
) -> None:
    with laptops(tmp_path, 1) as (one,):
        enrol(central, [one])
        one.tell(3)
        bring(one.ledger, central, "one")
    for statement in (
        "UPDATE tankside.events SET actor = 'x'",
        "DELETE FROM tankside.events",
        "TRUNCATE tankside.events",
        "INSERT INTO tankside.events SELECT device_id, 9, 'x', utc_us, '', '', '', hash, line "  # noqa: ISC004
        "FROM tankside.events LIMIT 1",
    ):
        with (
            psycopg.connect(server.url) as connection,
            pytest.raises(psycopg.errors.RaiseException, match="append-only"),
        ):
            connection.execute(statement)


def test_a_forged_row_in_the_central_log_is_found_when_it_is_read(
    central: CentralLog, server: PostgresServer, tmp_path: Path
) -> None:
    with laptops(tmp_path, 2) as (one, other):
        enrol(central, [one, other])
        one.tell(5)
        bring(one.ledger, central, "one")
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("ALTER TABLE tankside.events DISABLE TRIGGER ALL")
            connection.execute(
                "UPDATE tankside.events SET line = replace(line, 'tank', 'tonk') WHERE sequence = 2"
            )
        done = bring(central, other.ledger, "central")
        assert "content is not what was recorded" in done.refused[one.device_id]
        assert not held(other)


def test_a_log_forged_anew_in_the_central_log_is_not_taken(
    central: CentralLog, server: PostgresServer, tmp_path: Path
) -> None:
    """All hashes fit and the head names the enrolled key: its signature is what cannot be made."""
    with laptops(tmp_path, 2) as (one, other):
        enrol(central, [one, other])
        one.tell(1)
        bring(one.ledger, central, "one")
        (event,) = central.events(one.device_id, 0, 1)
        told = {**event.content, "actor": "nobody"}
        digest = Event(**told, hash="").hash_of_content()  # type: ignore[arg-type]
        line = event_line(Event(**told, hash=digest))  # type: ignore[arg-type]
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("ALTER TABLE tankside.events DISABLE TRIGGER ALL")
            connection.execute("UPDATE tankside.events SET hash = %s, line = %s", (digest, line))
            connection.execute("UPDATE tankside.heads SET hash = %s", (digest,))
        done = bring(central, other.ledger, "central")
        assert "signature of the batch is forged" in done.refused[one.device_id]
        assert not held(other)


def test_a_role_that_may_only_read_and_add(
    central: CentralLog, server: PostgresServer, tmp_path: Path
) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE adder LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA tankside TO adder")
        connection.execute("GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA tankside TO adder")
    try:
        with laptops(tmp_path, 2) as (one, other):
            enrol(central, [one, other])
            one.tell(20)
            log = CentralLog(server.url.replace("tankside@", "adder@"))
            try:
                both_ways(log, one)
                both_ways(log, other)
            finally:
                log.close()
            assert held(one) <= held(other)
    finally:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("DROP OWNED BY adder")
            connection.execute("DROP ROLE adder")


def test_an_id_that_is_there_already_refuses_one_chain_only(
    central: CentralLog, tmp_path: Path
) -> None:
    with laptops(tmp_path, 2) as (one, other):
        enrol(central, [one, other])
        one.tell(2)
        both_ways(central, one)
        (first,) = central.events(one.device_id, 0, 1)
        other.tell(1)
        (mine,) = other.ledger.events(other.device_id, 0, 1)
        told = {**mine.content, "id": first.id}
        digest = Event(**told, hash="").hash_of_content()  # type: ignore[arg-type]
        twin = Event(**told, hash=digest)  # type: ignore[arg-type]
        end = other.key.sign_head(Head(other.device_id, 1, digest), 1)
        with pytest.raises(BatchError, match="cannot be added"):
            take(central, batch_of(SITE, [twin], end), "other", now())
        one.tell(1)
        both_ways(central, one)
        assert central.head(other.device_id).sequence == 0


def test_a_taker_that_stops_in_the_middle_keeps_nobody_waiting_for_ever(
    central: CentralLog, server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.history.sync.central._PATIENCE", ("SET lock_timeout = '200ms'",))
    with central.transaction(), pytest.raises(CentralError, match="lock timeout"):
        CentralLog(server.url)


def test_a_schema_of_another_program_is_left_alone(
    central: CentralLog, server: PostgresServer
) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA tankside CASCADE")
        connection.execute("CREATE SCHEMA tankside")
        connection.execute("CREATE TABLE tankside.version (release text)")
        with pytest.raises(CentralError, match="cannot be used"):
            CentralLog(server.url)
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'tankside'"
        ).fetchone()
    assert tables == (1,)
    assert central.own == ""


def test_a_server_that_is_not_there_and_one_of_another_version(
    central: CentralLog, server: PostgresServer
) -> None:
    started_s = time.monotonic()
    with pytest.raises(CentralError, match="cannot be used") as refused:
        CentralLog("postgresql://someone:secret@127.0.0.1:1/none")
    assert "secret" not in str(refused.value)
    assert time.monotonic() - started_s < 15
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("UPDATE tankside.version SET number = 99")
    with pytest.raises(CentralError, match="version 99"):
        CentralLog(server.url)
    assert central.own == ""
