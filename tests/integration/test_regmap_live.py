"""``regmap probe`` and ``regmap read`` against equipment that this project did not write."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands import json_of, tankside
from tests.integration.modbus_peers import libmodbus_serial, pymodbus_server
from tests.integration.serial_pair import serial_pair
from tests.integration.test_peers import INPUTS, filter_words, free_port, pymodbustcp

REGISTERS = {1: INPUTS | {30: filter_words()}}


@pytest.mark.peer
def test_an_unknown_controller_is_recognised(tmp_path: Path) -> None:
    port = free_port()
    with pymodbus_server(str(port), "socket", REGISTERS):
        found = tankside(tmp_path, "regmap", "probe", f"tcp://127.0.0.1:{port}?unit=1", "--json")
        shown = tankside(tmp_path, "regmap", "probe", f"tcp://127.0.0.1:{port}?unit=1")
        other = tankside(tmp_path, "regmap", "probe", f"tcp://127.0.0.1:{port}?unit=1", "rack-pdu")
    report = json_of(found)
    assert found.returncode == shown.returncode == 0
    best = report["scores"][0]
    assert best["map_id"] == "generic-single-phase"
    assert best["verdict"] in {"fits", "may fit"}
    assert best["values"]["coolant_return_temperature"] == 46.3
    assert len(report["scores"]) > 5
    assert "generic-single-phase" in shown.stdout
    assert "points can be read" in shown.stdout
    assert other.returncode == 1


@pytest.mark.peer
def test_registers_are_shown_in_every_plausible_way(tmp_path: Path) -> None:
    with pymodbustcp() as port:
        url = f"tcp://127.0.0.1:{port}"
        found = tankside(tmp_path, "regmap", "read", url, "input", "0x1E", "2", "--json")
        shown = tankside(tmp_path, "regmap", "read", url, "input", "30", "2")
        bits = tankside(tmp_path, "regmap", "read", url, "discrete", "0", "2", "--json")
    read = json_of(found)
    assert (read["address"], read["words"]) == (30, filter_words())
    floats = [d for d in read["rows"][0]["decodings"] if d["kind"] == "f32" and d["plausible"]]
    assert {"kind": "f32", "order": "ABCD", "value": 12.5, "plausible": True} in floats
    assert shown.returncode == 0
    assert "30031" in shown.stdout
    assert "12.5" in shown.stdout
    assert json_of(bits)["words"] == [0, 1]


@pytest.mark.peer
def test_a_serial_line_can_be_read_and_probed(tmp_path: Path) -> None:
    with serial_pair() as (near, far), libmodbus_serial(far, "rtu", REGISTERS):
        url = f"rtu://{near}?baud=19200&parity=N&unit=1"
        read = json_of(tankside(tmp_path, "regmap", "read", url, "input", "0", "5", "--json"))
        found = tankside(tmp_path, "regmap", "probe", url, "generic-single-phase", "--json")
    assert read["words"] == INPUTS[0]
    assert json_of(found)["scores"][0]["verdict"] in {"fits", "may fit"}


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["probe", "http://x"], 2, "tcp://HOST"),
        (["probe", "tcp://127.0.0.1:1"], 1, "does not accept the connection"),
        (["probe", "tcp://127.0.0.1:1", "nonsense"], 2, "there is no register map 'nonsense'"),
        (["read", "tcp://127.0.0.1:1", "input", "0", "2"], 1, "does not accept the connection"),
        (["read", "tcp://127.0.0.1:1", "inputs", "0", "2"], 2, "holding"),
        (["read", "tcp://127.0.0.1:1", "input", "zero", "2"], 2, "must be a number"),
        (["read", "tcp://127.0.0.1:1", "input", "0", "126"], 2, "1 to 125"),
        (["read", "tcp://127.0.0.1:1", "coil", "0", "2001"], 2, "1 to 2000"),
        (["read", "tcp://127.0.0.1:1", "input", "65535", "2"], 2, "65535"),
        (["read", "rtu:///dev/no-such-line", "input", "0", "2"], 1, "cannot be opened"),
    ],
)
def test_mistakes_are_sentences(tmp_path: Path, words: list[str], code: int, sentence: str) -> None:
    done = tankside(tmp_path, "regmap", *words)
    assert done.returncode == code, done.stderr
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["probe", "read"])
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    shown = tankside(tmp_path, "regmap", command, "--help").stdout
    assert f"Example: tankside regmap {command} tcp://" in " ".join(shown.split())
