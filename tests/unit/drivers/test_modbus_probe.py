"""Fingerprinting an unknown controller: the right map wins, politely, and says why."""

from __future__ import annotations

import itertools
import time

import pytest

from drivers.modbus.datatypes import Area
from drivers.modbus.probe import MOST_READS_PER_MAP, ProbeReport, probe
from drivers.modbus.probe_score import FITS, MAY_FIT
from drivers.modbus.regmap import RegisterMap, load_map, shipped_maps
from tests.house.virtual_time import run_virtually
from tests.unit.drivers.controllers import MappedController, memory_of
from tests.unit.drivers.wired import Reply, Server, bare, framed, serve

MAPS = [load_map(name) for name in shipped_maps()]


def url_of(server: Server) -> str:
    return f"{server.scheme}://127.0.0.1:{server.port}?unit=1"


@pytest.mark.parametrize("scheme", ["tcp", "rtu+tcp"])
@pytest.mark.parametrize("regmap", MAPS, ids=lambda regmap: regmap.id)
def test_the_map_of_the_controller_wins(regmap: RegisterMap, scheme: str) -> None:
    controller = MappedController(memory_of(regmap), scheme)
    told: list[str] = []

    async def run() -> ProbeReport:
        async with serve(controller, scheme) as server:
            return await probe(url_of(server), MAPS, progress=told.append)

    report = run_virtually(run())
    assert report.error == ""
    assert report.best is not None
    assert report.best.map_id == regmap.id
    assert report.best.score > report.scores[1].score
    assert report.best.evidence
    assert set(controller.functions) <= {1, 2, 3, 4}  # it never writes
    assert report.reads <= len(controller.functions) <= MOST_READS_PER_MAP * len(MAPS)
    assert told == [each.id for each in MAPS]


async def test_reads_are_paced_and_none_is_made_twice() -> None:
    times: list[float] = []
    controller = MappedController(memory_of(load_map("generic-single-phase")))

    def answer(request: bytes) -> Reply:
        times.append(time.monotonic())
        return controller(request)

    async with serve(answer) as server:
        await probe(url_of(server), MAPS[:3], pace_s=0.02)
        asked = list(server.asked)
    assert len(set(asked)) == len(asked)
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.019
    assert server.connections == 1


async def test_a_controller_of_zeros_fits_nothing_for_sure() -> None:
    def zeros(request: bytes) -> Reply:
        pdu = bare("tcp", request)
        count = int.from_bytes(pdu[4:6])
        size = (count + 7) // 8 if pdu[1] < 3 else 2 * count
        return framed("tcp", request, bytes((pdu[1], size)) + bytes(size))

    async with serve(zeros) as server:
        report = await probe(url_of(server), MAPS, pace_s=0)
    assert all("every register read is 0" in score.evidence for score in report.scores)
    assert all(score.score < FITS for score in report.scores)


async def test_another_controllers_name_speaks_against_a_map() -> None:
    regmap = load_map("generic-two-phase")
    memory = memory_of(regmap)
    model = next(text for text in regmap.identity if text.key == "model")
    memory |= {(model.area, model.address + i): 0x5A5A for i in range(model.words)}
    async with serve(MappedController(memory)) as server:
        report = await probe(url_of(server), [regmap], pace_s=0)
    (score,) = report.scores
    assert score.score < MAY_FIT
    assert score.verdict == "does not fit"
    assert score.evidence[0].startswith("Model is 'ZZZZ")
    assert report.best is None


async def test_impossible_values_are_named() -> None:
    regmap = load_map("generic-single-phase")
    memory = memory_of(regmap) | {(Area.INPUT, 0): 20_000, (Area.INPUT, 1): 20_000}
    async with serve(MappedController(memory)) as server:
        report = await probe(url_of(server), [regmap], pace_s=0)
    told = " ".join(report.scores[0].evidence)
    assert "coolant_supply_temperature would be 2000.0 Cel" in told
    assert "coolant_supply_temperature" not in report.scores[0].values


async def test_who_does_not_answer_is_not_asked_for_long() -> None:
    controller = MappedController({}, units=set())
    async with serve(controller) as server:
        report = await probe(url_of(server), MAPS, pace_s=0)
    assert "no unit answers" in report.error
    assert report.scores == ()
    assert len(controller.functions) == 2


async def test_who_cannot_be_reached_is_a_sentence() -> None:
    report = await probe("tcp://127.0.0.1:1", MAPS)
    assert "does not accept the connection" in report.error
    assert report.as_dict()["scores"] == []
    with pytest.raises(ValueError, match="allowed is"):
        await probe("http://x", MAPS)


async def test_a_report_can_be_written_as_json() -> None:
    regmap = load_map("rack-pdu")
    async with serve(MappedController(memory_of(regmap))) as server:
        report = await probe(url_of(server), [regmap], pace_s=0)
    (score,) = report.as_dict()["scores"]
    assert (score["map_id"], score["verdict"]) == ("rack-pdu", "fits")
    assert score["read"] == score["points"] == len(regmap.readable)
