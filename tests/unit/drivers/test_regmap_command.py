"""``tankside regmap``: exit codes, files and words, as a person meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli.regmap import app
from drivers.modbus.regmap import load_map, map_path, shipped_maps
from drivers.modbus.schema import regmap_schema


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    text = map_path("generic-single-phase").read_text(encoding="utf-8")
    file = tmp_path / "bad.toml"
    file.write_text(text.replace('unit = "L/min"', 'unit = "lpm"', 1), encoding="utf-8")
    return file


def test_good_maps_exit_0() -> None:
    result = run("lint", *shipped_maps())
    assert result.exit_code == 0
    assert "0 errors, 0 warnings" in result.output


def test_errors_exit_1_and_name_file_and_line(bad: Path) -> None:
    result = run("lint", "vertiv-xdu1350b", bad)
    assert result.exit_code == 1
    line = bad.read_text(encoding="utf-8").splitlines().index('unit = "lpm"') + 1
    assert f'{bad}:{line}: error: point[3] "coolant_flow" unit: unknown UCUM unit' in result.output
    assert "did you mean 'L/min'" in result.output


def test_warnings_alone_exit_0(tmp_path: Path) -> None:
    text = map_path("generic-single-phase").read_text(encoding="utf-8")
    file = tmp_path / "warned.toml"
    file.write_text(text.replace('unit = "mm"\n', ""), encoding="utf-8")
    result = run("lint", file)
    assert result.exit_code == 0
    assert "warning" in result.output
    assert "[unit-missing]" in result.output


def test_a_file_that_cannot_be_read_exits_2_and_the_others_are_still_read(bad: Path) -> None:
    result = run("lint", "nothing.toml", bad)
    assert result.exit_code == 2
    assert "there is no such register map" in result.output
    assert "unknown UCUM unit" in result.output


def test_findings_as_json(bad: Path) -> None:
    result = run("lint", bad, "--json")
    assert result.exit_code == 1
    (finding,) = json.loads(result.stdout)
    assert finding["rule"] == "unit-unknown"
    assert finding["point"] == "coolant_flow"
    assert finding["severity"] == "error"
    assert finding["file"] == str(bad)


def test_a_plan_names_reads_and_costs() -> None:
    result = run("plan", "ocp-orv3-rpu", "--baud", "9600")
    assert result.exit_code == 0
    for words in ("FC3 holding", "every 10 s", "once per connection", "up to 12 registers"):
        assert words in result.output


def test_a_plan_as_json_adds_up() -> None:
    told = json.loads(run("plan", "ocp-orv3-rpu", "--json").stdout)
    each = [read["time_ms"] for read in told["reads"] if read["every_s"] == 0]
    assert told["cycle_ms"] == pytest.approx(sum(each), abs=0.01)
    faster = json.loads(run("plan", "ocp-orv3-rpu", "--baud", "115200", "--json").stdout)
    assert faster["cycle_ms"] < told["cycle_ms"] / 2
    assert json.loads(run("plan", "ocp-orv3-rpu", "--protocol", "tcp", "--json").stdout)["reads"]


@pytest.mark.parametrize("target", ["csv", "mbmap"])
def test_a_map_goes_out_and_comes_back(tmp_path: Path, target: str) -> None:
    out, back = tmp_path / "out.txt", tmp_path / "back.toml"
    assert run("export", "--to", target, "rack-pdu", "-o", out).exit_code == 0
    result = run("import", "--from", target, out, "-o", back)
    assert result.exit_code == 0
    assert load_map("back.toml", tmp_path) == load_map("rack-pdu")


def test_an_import_with_errors_is_written_and_said(tmp_path: Path) -> None:
    listed, out = tmp_path / "list.csv", tmp_path / "map.toml"
    listed.write_text("address,name,unit\n1,Flow,lpm\n1,Level,furlong\n", encoding="utf-8")
    result = run("import", "--from", "csv", listed, "-o", out)
    assert result.exit_code == 1
    assert "both use holding 1" in result.output
    assert 'unit = "L/min"' in out.read_text(encoding="utf-8")


def test_an_import_to_the_terminal_is_the_map(tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text("register,name,unit\n40002,Flow,lpm\n", encoding="utf-8")
    result = run("import", "--from", "csv", listed)
    assert result.exit_code == 0
    assert result.stdout.startswith('schema = "regmap/1"')


def test_the_schema_is_written(tmp_path: Path) -> None:
    assert run("schema", "-o", tmp_path / "s.json").exit_code == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == regmap_schema()


@pytest.mark.parametrize("command", ["lint", "plan", "import", "export", "schema"])
def test_every_command_has_help_with_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"tankside regmap {command}" in " ".join(result.output.split())
