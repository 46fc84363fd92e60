"""``tankside gpu xid``: one number, or the faults of a kernel log."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from console.cli.gpu_xid import register
from drivers.files import FileError

LOG = """\
2026-10-06T10:00:00Z h kernel: NVRM: GPU at PCI:0000:01:00: GPU-71dcdf29-68ae-87d1
2026-10-06T10:00:00Z h kernel: NVRM: Xid (PCI:0000:01:00): 79, pid=7, name=[bold]x, gone
2026-10-06T10:00:01Z h kernel: NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.
2026-10-06T16:00:00Z h kernel: NVRM: Xid (PCI:0000:01:00): 79, gone again
2026-10-06T16:00:00Z h kernel: nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 3
2026-10-06T16:00:00Z h kernel: NVRM: Xid (PCI:0000:02:00): 4242, of the future
"""


@pytest.fixture
def app() -> typer.Typer:
    group = typer.Typer()
    group.callback()(lambda: None)
    register(group)
    return group


def run(app: typer.Typer, *words: str, stdin: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["xid", *words], input=stdin, catch_exceptions=False)
    return result.exit_code, result.output


def test_a_number(app: typer.Typer) -> None:
    code, told = run(app, "79")
    assert code == 0
    for text in (
        "ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS",
        "The GPU stopped answering on the PCIe bus.",
        "NVIDIA, at once: RESTART_BM (restart the whole machine)",
        "What to do: Power the host off and on once",
        "  1. Save the kernel log first",
        "The GPU: only if it comes back within 24 h",
        "Then: Take the GPU out and reseat it",
    ):
        assert text in told


def test_a_number_as_json(app: typer.Typer) -> None:
    code, told = run(app, "64", "--json")
    fields = json.loads(told)
    assert (code, fields["code"], fields["known"]) == (0, 64, True)
    assert fields["nvidia"]["immediate"] == {"code": "RESET_GPU", "words": "reset the GPU"}
    assert (fields["action"]["id"], fields["extraction"]) == ("replace-gpu", "yes")


def test_a_code_without_actions_of_nvidia(app: typer.Typer) -> None:
    assert "NVIDIA, at once: gives nothing" in run(app, "165")[1]
    assert json.loads(run(app, "165", "--json")[1])["nvidia"]["immediate"] is None


@pytest.mark.parametrize("number", ["0", "173", "999", "9" * 4999])
def test_a_number_that_is_not_known(app: typer.Typer, number: str) -> None:
    code, told = run(app, number)
    assert code == 1
    assert "is not known: NVIDIA's catalogue has 1 to 172." in told
    code, told = run(app, number, "--json")
    assert (code, json.loads(told)["known"]) == (1, False)


def test_a_log(app: typer.Typer, tmp_path: Path) -> None:
    file = tmp_path / "dmesg.txt"
    file.write_text(LOG, encoding="utf-8")
    code, told = run(app, str(file), "--json")
    first, again, switch, unknown = json.loads(told)
    assert code == 0
    assert (first["code"], first["bus_id"], first["count"]) == (79, "0000:01:00.0", 2)
    assert (first["uuid"], first["processes"]) == ("GPU-71dcdf29-68ae-87d1", ["[bold]x"])
    assert (first["time"], first["line"]) == ("2026-10-06T10:00:00+00:00", 2)
    assert (first["action"]["id"], first["extraction"]) == ("power-cycle-once", "second")
    assert (again["action"]["id"], again["extraction"]) == ("reseat-gpu", "yes")
    assert again["again_within_a_day"]
    assert (switch["kind"], switch["code"]) == ("sxid", 20034)
    assert unknown["action"]["id"] == "collect-report"


def test_a_log_as_a_table_from_stdin(app: typer.Typer) -> None:
    code, told = run(app, "-", stdin=LOG)
    assert code == 0
    for text in (
        "2026-10-06 10:00:00 +0000",
        "0000:01:00.0",
        "Power the host off and on once",
        "Take the GPU out and reseat it",
        "has to come out",
        "SXid 20034",
        "Xid 4242",
    ):
        assert text in told


def test_a_time_without_year_counts_from_when_the_file_was_written(
    app: typer.Typer, tmp_path: Path
) -> None:
    file = tmp_path / "kern.log"
    file.write_text("Oct  6 17:59:27 h kernel: NVRM: Xid (0000:01:00): 31, x", encoding="utf-8")
    os.utime(file, (1_600_000_000, 1_600_000_000))  # September 2020
    assert json.loads(run(app, str(file), "--json")[1])[0]["time"] == "2019-10-06T17:59:27"


def test_a_log_with_control_characters_and_markup_is_shown_as_text(app: typer.Typer) -> None:
    line = "nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 1, [/nope] \x1b[31mred"
    code, told = run(app, "-", stdin=line)
    assert code == 0
    assert "[/nope]" in told
    assert "\x1b" not in told


def test_a_log_without_faults(app: typer.Typer) -> None:
    assert run(app, "-", stdin="all quiet\n") == (0, "No GPU fault in this log.\n")
    assert run(app, "-", "--json", stdin="") == (0, "[]\n")


def test_files_that_cannot_be_read(app: typer.Typer, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no such file, and it is not a number either"):
        run(app, str(tmp_path / "none.txt"))
    with pytest.raises(FileError, match=r"cannot be read"):
        run(app, str(tmp_path))
