"""Asking a controller nobody watches yet: answered, given up, or ended by its limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.fieldwork import Errand, fingerprint, known_maps, read_words, try_map
from drivers.device import DeviceError
from drivers.modbus.datatypes import Area
from drivers.modbus.regmap import load_map
from drivers.points import Quality
from drivers.simulator.modbus_server import Manner
from tests.house.controller import MAP, controller


def ended(errand: Errand[object]) -> None:
    assert errand.wait(5), "an errand ends"


def test_an_errand_brings_its_result_and_its_progress() -> None:
    async def work(tell: Callable[[str], None]) -> str:
        tell("half way")
        return "done"

    errand: Errand[object] = Errand(work, 5)
    ended(errand)
    assert errand.outcome is not None
    assert (errand.outcome.result, errand.outcome.trouble) == ("done", "")
    assert errand.progress == "half way"


def test_an_errand_given_up_ends_at_once_and_says_nothing() -> None:
    async def work(_tell: Callable[[str], None]) -> None:
        await asyncio.sleep(60)

    errand: Errand[object] = Errand(work, 60)
    errand.give_up()
    ended(errand)
    assert errand.outcome is None


def test_an_errand_ends_by_its_limit() -> None:
    async def work(_tell: Callable[[str], None]) -> None:
        await asyncio.sleep(60)

    errand: Errand[object] = Errand(work, 0.05)
    ended(errand)
    assert errand.outcome is not None
    assert errand.outcome.trouble == "no answer within 0.05 s"


@pytest.mark.expected_logs("asking a controller failed")
def test_a_fault_of_the_program_leaves_nobody_waiting() -> None:
    async def work(_tell: Callable[[str], None]) -> None:
        raise LookupError("ours")

    errand: Errand[object] = Errand(work, 5)
    ended(errand)
    assert errand.outcome is not None
    assert "internal error: LookupError" in errand.outcome.trouble


async def test_a_controller_is_recognized_tried_and_looked_at() -> None:
    with controller() as served:
        told: list[str] = []
        found = await fingerprint(served.url, None, told.append)
        assert found.report.best is not None
        assert found.names[found.report.best.map_id] == MAP
        assert MAP in told
        trial = await try_map(served.url, found.maps[MAP])
        snapshot = trial.inspection.snapshot
        assert all(reading.quality is Quality.GOOD for reading in snapshot.readings)
        words = await read_words(served.url, found.maps[MAP], Area.INPUT, 1, 4)
        spec = next(s for s in found.maps[MAP].readable if s.key == "coolant_return_temperature")
        assert words[0] == pytest.approx((snapshot[spec.key].value or 0) / spec.factor, abs=2)


async def test_a_silent_controller_is_said_in_a_bounded_time() -> None:
    with controller(Manner.SILENT) as served:
        began_s = time.monotonic()
        with pytest.raises(DeviceError):
            await fingerprint(served.url, None, lambda _: None)
        with pytest.raises(DeviceError):
            await try_map(served.url, load_map(MAP))
        assert time.monotonic() - began_s < 30


def test_a_map_beside_the_site_file_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    from drivers.modbus.regmap import map_path

    (tmp_path / "ours.toml").write_text(map_path(MAP).read_text("utf-8"), encoding="utf-8")
    (tmp_path / "hall.toml").write_text("[site]\n", encoding="utf-8")
    maps = known_maps(tmp_path)
    assert "ours.toml" in maps
    assert MAP not in maps
    assert "hall.toml" not in maps
    assert set(known_maps(None)) >= {MAP, "dry-cooler"}
