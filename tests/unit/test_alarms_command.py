"""``tankside alarms report``: from a data folder to text, CSV and JSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from console.cli import alarms
from console.demo import paused_demo
from drivers.files import FileError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder of a site on which a pump tripped."""
    data = tmp_path_factory.mktemp("data")
    demo = paused_demo(data, tanks=1, hosts=0, seconds=60, faults=["pump_trip:tank-1@5"])
    demo.close()
    return data


def command() -> typer.Typer:
    app = typer.Typer()
    alarms.register(app)
    return app


def run(folder: Path, *options: str) -> str:
    result = CliRunner().invoke(
        command(), ["alarms", "report", "--days", "3660", "--data", str(folder), *options]
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_report_reads_as_lines(folder: Path) -> None:
    text = run(folder)
    assert "Alarms announced: 1, operators: 1" in text
    assert "tank-1: Pump failed (pump[1].state)" in text
    assert "Thirty days are needed" in text


def test_the_report_as_json(folder: Path) -> None:
    told = json.loads(run(folder, "--json"))
    assert told["announced"] == 1
    assert told["top_ten"][0]["alarm"] == ["tank-1", "pump-failed", "pump[1].state"]
    assert set(told["figures"]["peak_in_10_min"]) == {"value", "target", "most", "verdict"}


def test_the_report_as_a_csv_file(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "alarms.csv"
    run(folder, "--csv", "-o", str(file))
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert {row["section"] for row in rows} >= {"period", "figure", "split", "top_ten"}


def test_one_format_at_a_time(folder: Path) -> None:
    result = CliRunner().invoke(
        command(), ["alarms", "report", "--data", str(folder), "--json", "--csv"]
    )
    assert result.exit_code == 2


def test_a_file_that_cannot_be_written_is_said(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        command(), ["alarms", "report", "--data", str(folder), "-o", str(tmp_path / "no" / "x")]
    )
    assert isinstance(result.exception, FileError)
    assert "cannot be written" in str(result.exception)
