"""``workorder report|period|labels``: files, the log, one sentence for each mistake."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from console.cli import app
from console.history.reader import LogReader
from drivers.files import FileError
from tests.unit.documents import kit, report_kit
from tests.unit.work.kit import NOON_US

SITE = """
[site]
id = "demo-site"
name = "Demo site"

[[tank]]
id = "tank-1"
name = "North tank"
map = "generic-single-phase"
url = "tcp://127.0.0.1:1?unit=1"

[[host]]
id = "node-1"
name = "Node 1"
tank = "tank-1"
slot = 3
url = "http://127.0.0.1:1/metrics"
"""


def run(*args: object) -> Result:
    return CliRunner().invoke(app, ["workorder", *map(str, args)], catch_exceptions=True)


@pytest.fixture
def month(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    report_kit.record(folder, report_kit.month())
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def test_a_report_and_its_hash_in_the_log(month: Path, site: Path, tmp_path: Path) -> None:
    output, html = tmp_path / "report.pdf", tmp_path / "report.html"
    number = next(e.subject for e in LogReader(month).of_kinds({"order.opened"}))
    found = run("report", number, "-o", output, "--html", html, "--data", month, "--site", site)
    assert found.exit_code == 0, found.output
    (event,) = LogReader(month).of_kinds({"document.printed"})
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    assert event.subject == number
    assert event.body["sha256"] == digest
    assert event.body["html_sha256"] == hashlib.sha256(html.read_bytes()).hexdigest()
    assert event.body["document"] == "completion_report"
    assert digest in found.output.replace("\n", "")
    assert "Demo site" in "".join(kit.texts(output.read_bytes()))
    assert LogReader(month).verify().ok
    assert {path.name for path in tmp_path.iterdir()} == {
        "data",
        "report.html",
        "report.pdf",
        "site.toml",
    }


def test_a_period_without_a_record(month: Path, tmp_path: Path) -> None:
    output = tmp_path / "period.pdf"
    found = run(
        "period", "-o", output, "--data", month, "--since", "2026-11-22", "--until", "2026-12-21",
        "--no-record", "--paper", "letter", "--language", "zh_CN",
    )  # fmt: skip
    assert found.exit_code == 0, found.output
    assert "2026-11-22" in "".join(kit.texts(output.read_bytes()))
    assert not LogReader(month).of_kinds({"document.printed"})


def test_the_last_thirty_days_without_dates(month: Path, tmp_path: Path) -> None:
    output = tmp_path / "period.pdf"
    found = run("period", "-o", output, "--data", month)
    assert found.exit_code == 0, found.output
    (event,) = LogReader(month).of_kinds({"document.printed"})
    since_us, until_us = int(str(event.body["since_us"])), int(str(event.body["until_us"]))
    assert until_us - since_us == 30 * 86_400_000_000


@pytest.mark.parametrize("kind", ["tanks", "slots", "servers"])
def test_labels_of_a_site(kind: str, site: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.pdf"
    found = run("labels", kind, "-o", output, "--site", site, "--sheet", "2x4")
    assert found.exit_code == 0, found.output
    assert output.read_bytes().startswith(b"%PDF")


def test_labels_of_parts(month: Path, tmp_path: Path) -> None:
    output = tmp_path / "labels.pdf"
    found = run(
        "labels", "parts", "-o", output, "--data", month, "--only", "SPARE-01", "--sheet", "strip"
    )
    assert found.exit_code == 0, found.output
    assert "SPARE-01" in "".join(kit.texts(output.read_bytes()))


def test_errors_of_the_world_are_one_sentence(month: Path, site: Path, tmp_path: Path) -> None:
    output = tmp_path / "x.pdf"
    for args, told in (
        (("report", "WO-NONE", "-o", output, "--data", month), "There is no order WO-NONE."),
        (("labels", "tanks", "-o", output), "made from a site file"),
        (("labels", "tanks", "-o", output, "--site", tmp_path / "no.toml"), "no.toml"),
        (("labels", "slots", "-o", output, "--site", site, "--sheet", "1x1"), "no sheet 1x1"),
        (("labels", "tanks", "-o", tmp_path / "no" / "x.pdf", "--site", site), "cannot be written"),
    ):
        found = run(*args)
        assert isinstance(found.exception, FileError), (args, found.output)
        assert told in str(found.exception)
        assert "\n" not in str(found.exception)
    assert not output.exists()


@pytest.mark.parametrize(
    "args",
    [
        ("labels", "chairs", "-o", "x.pdf"),
        ("period", "-o", "x.pdf", "--since", "yesterday"),
        ("period", "-o", "x.pdf", "--since", "2026-11-22", "--until", "2026-11-01"),
        ("report", "WO-1", "-o", "x.pdf", "--paper", "a5"),
        ("report", "WO-1", "-o", "x.pdf", "--language", "tlh"),
    ],
)
def test_what_is_typed_wrong_ends_with_2(args: tuple[str, ...], tmp_path: Path) -> None:
    found = run(*args, "--data", tmp_path) if "labels" not in args else run(*args)
    assert found.exit_code == 2


def test_the_month_begins_at_noon() -> None:
    assert report_kit.month()[0].time.utc_us == NOON_US
