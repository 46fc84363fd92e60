"""``tankside procedure``: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from console.cli.procedure import register
from drivers.files import FileError

from .bench import SMALL

RUNNER = CliRunner()


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def run(*words: object) -> Result:
    app = typer.Typer()
    register(app)
    return RUNNER.invoke(app, ["procedure", *map(str, words)])


def test_lint_says_where_and_exits_one_for_errors(small: Path) -> None:
    assert run("lint", small).exit_code == 0
    small.write_text(SMALL.replace("tank.lid.state == open", "tank.lid.state == ajar"), "utf-8")
    found = run("lint", small)
    assert found.exit_code == 1
    assert f"{small}:85:" in found.output
    told = json.loads(run("lint", small, "--json").output)
    assert {"state-unknown"} == {one["rule"] for one in told if one["severity"] == "error"}


def test_lint_without_a_name_looks_at_every_shipped_procedure() -> None:
    found = run("lint")
    assert found.exit_code == 0
    assert "0 errors, 0 warnings" in found.output


def test_a_rule_is_explained() -> None:
    assert "Who reads from top to bottom" in run("lint", "--explain", "hazard-after-step").output
    assert run("lint", "--explain", "nothing").exit_code == 2


def test_show_puts_hazards_before_the_instruction() -> None:
    text = run("show", "extract-server", "--step", "lift-half", "--language", "en").output
    assert text.index("DANGER") < text.index("Lift straight up")
    chinese = run("show", "extract-server", "--language", "zh_CN").output
    assert "垂直吊至一半高度" in chinese
    assert json.loads(run("show", "extract-server", "--json").output)["id"] == "extract-server"
    assert run("show", "extract-server", "--step", "nothing").exit_code == 2
    assert run("show", "extract-server", "--language", "tlh").exit_code == 2


def test_the_ways_are_drawn(small: Path, tmp_path: Path) -> None:
    assert run("graph", small).output.startswith("flowchart TD")
    out = tmp_path / "ways.dot"
    assert run("graph", small, "--to", "dot", "-o", out).exit_code == 0
    assert out.read_text(encoding="utf-8").startswith("digraph")


def test_a_new_procedure_lints_clean_and_never_overwrites(tmp_path: Path) -> None:
    out = tmp_path / "mine.yaml"
    assert run("new", "my-work", "--author", "Ada", "-o", out).exit_code == 0
    assert run("lint", out).exit_code == 0
    again = run("new", "my-work", "--author", "Ada", "-o", out)
    assert isinstance(again.exception, FileError)
    assert run("new", "My Work", "--author", "Ada").exit_code == 2


def test_a_revision_is_reviewed_and_approved_by_another(small: Path) -> None:
    early = run("approve", small, "--by", "Bob")
    assert isinstance(early.exception, FileError)
    assert "only review can be approved" in str(early.exception)
    assert "in review" in run("approve", small, "--to", "review", "--by", "Eve").output
    own = run("approve", small, "--by", "Eve")
    assert "another person must approve" in str(own.exception)
    done = run("approve", small, "--by", "Bob")
    assert "small revision 1" in done.output
    assert ": approved" in done.output
    kept = sorted(path.name for path in (small.parent / "revisions" / "small").iterdir())
    assert len(kept) == 2
    assert run("diff", small.parent / "revisions" / "small" / kept[0], small).exit_code == 0


def test_what_does_not_lint_is_not_approved(small: Path) -> None:
    small.write_text(SMALL.replace("tank.lid.state == open", "tank.lid.state == ajar"), "utf-8")
    assert run("approve", small, "--to", "review", "--by", "Eve").exit_code == 1
    assert not (small.parent / "revisions").exists()


def test_a_difference_is_said_in_words(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(SMALL.replace("temperature <= 45 Cel", "temperature <= 50 Cel"), "utf-8")
    found = run("diff", small, other)
    assert found.exit_code == 1
    assert "gate cool: limit 45 -> 50 Cel" in found.output
    told = json.loads(run("diff", small, other, "--json").output)
    assert [(one["before"], one["after"]) for one in told] == [("45", "50 Cel")]


def test_a_dry_run_comes_to_its_end_or_says_why_not(small: Path) -> None:
    assert run("dry-run", small).exit_code == 0
    hot = run("dry-run", small, "--set", "tank.coolant_return_temperature=55", "--json")
    assert hot.exit_code == 1
    assert json.loads(hot.output)["stuck"][0]["code"] == "limit"
    safe = json.loads(run("dry-run", small, "--abort-at", "drain", "--json").output)
    assert safe["status"] == "safe"
    stuck = run("dry-run", small, "--label", "label=tank-9")
    assert "stuck at find: The label reads tank-9; it must read tank-1" in stuck.output
    assert run("dry-run", small, "--set", "nonsense").exit_code == 2
    assert run("dry-run", small, "--value", "level=much").exit_code == 2
