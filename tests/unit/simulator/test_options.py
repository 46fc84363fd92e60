"""The command line and the commands that come by standard input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.simulator.commands import obey
from drivers.simulator.faults import FaultSpec
from drivers.simulator.options import PlantOptions, read_arguments
from drivers.simulator.plant import Plant
from tests.unit.simulator.made import make_plant


def test_options_survive_the_command_line() -> None:
    options = PlantOptions(
        tanks=3,
        hosts=5,
        gpus_per_host=4,
        seed=9,
        speed=2.5,
        modbus_port=1502,
        gpu_port=9400,
        faults=(FaultSpec.parse("pump_trip:tank-2@3+1,pumps=2"), FaultSpec.parse("gpu_lost@0.1")),
        exporter="mixed",
        counters="default",
    )
    assert read_arguments(options.arguments()).options == options
    assert read_arguments([]).options == PlantOptions()


def test_how_the_process_behaves() -> None:
    command = read_arguments(["--attached", "--site-out", "x.toml"])
    assert (command.attached, command.site_out) == (True, Path("x.toml"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--tanks", "0"], "tanks must be 1 to 600"),
        (["--fault", "melt@3"], "unknown fault 'melt'; allowed are pump_trip"),
        (["--speed", "fast"], "invalid float value"),
    ],
)
def test_a_wrong_command_line_ends_with_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_the_help_names_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_arguments(["--help"])
    assert "paste_drift" in capsys.readouterr().out


class TestCommands:
    def told(self, plant: Plant, command: object) -> list[dict[str, Any]]:
        said: list[dict[str, Any]] = []
        line = command if isinstance(command, bytes) else json.dumps(command).encode()
        obey(plant, line, said.append)
        return said

    def test_inject_and_clear(self) -> None:
        plant = make_plant()
        command = {"inject": "slow_leak", "target": "tank-2", "parameters": {"l_per_min": 4}}
        assert self.told(plant, {**command, "duration_s": 30}) == []
        (event,) = plant.active_faults
        assert (event.target, event.parameters) == ("tank-2", {"l_per_min": 4.0})
        assert self.told(plant, {"clear": "slow_leak", "target": "tank-2"}) == []
        assert plant.active_faults == ()

    def test_lift_and_lower(self) -> None:
        plant = make_plant()
        self.told(plant, {"lift": "node-1"})
        assert plant.hosts["node-1"].lifted
        self.told(plant, {"lower": "node-1"})
        assert not plant.hosts["node-1"].lifted

    @pytest.mark.parametrize(
        ("command", "message"),
        [
            (b"{", "Expecting"),
            (b"\xff", "codec"),
            (b"[" * 100_000, ""),
            ([1], "one of inject, clear, lift, lower"),
            ({}, "one of inject, clear, lift, lower"),
            ({"inject": 3}, "one of inject"),
            ({"inject": "melt"}, "unknown fault 'melt'"),
            ({"inject": "pump_trip", "target": 3}, "target must be the id"),
            ({"inject": "pump_trip", "duration_s": "x"}, "duration_s must be"),
            ({"inject": "pump_trip", "duration_s": -1}, "duration_s must be"),
            ({"inject": "pump_trip", "parameters": 3}, "parameters must be an object"),
            ({"inject": "pump_trip", "parameters": {"pumps": None}}, "pumps must be a int"),
            ({"lift": "node-99"}, "no host 'node-99'"),
        ],
    )
    def test_what_cannot_be_done_is_answered(self, command: object, message: str) -> None:
        plant = make_plant()
        (said,) = self.told(plant, command)
        assert message in said["error"]
        assert plant.active_faults == ()

    def test_an_empty_line_is_nothing(self) -> None:
        assert self.told(make_plant(), b"  \r") == []

    @given(st.binary(max_size=80))
    def test_any_line_is_survived(self, line: bytes) -> None:
        self.told(PLANT, line)


PLANT = make_plant(tanks=1, hosts=1)
