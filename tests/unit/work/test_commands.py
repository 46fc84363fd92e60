"""The commands on a real data folder: through the same events, the same rules, the same log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from console.cli import people, work
from console.history.lock import FolderLock
from console.history.reader import LogReader
from console.work.people import gate
from console.work.people.pins import PinHasher
from console.work.people.secrets import SecretStore
from drivers.files import FileError
from tests.unit.work.kit import QUICK

PHRASE, CHEN, OKAFOR = "oil and patience", "480216", "careful reading"


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    def quick(secrets: SecretStore) -> PinHasher:
        return PinHasher(secrets, QUICK)

    monkeypatch.setattr(gate, "PinHasher", quick)
    app = typer.Typer(pretty_exceptions_enable=False)
    people.register(app)
    work.register(app)
    return app


class Shell:
    """Commands on one folder; PINs come from standard input."""

    def __init__(self, app: typer.Typer, folder: Path) -> None:
        self.app, self.folder = app, folder

    def __call__(self, *words: str, pins: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(
            self.app, [*words, "--data", str(self.folder)], input=pins, catch_exceptions=False
        )
        assert result.exit_code == code, result.output
        return result.output.strip()

    def refused(self, *words: str, pins: str = "") -> str:
        return self(*words, pins=pins, code=2)


@pytest.fixture
def shell(app: typer.Typer, tmp_path: Path) -> Shell:
    shell = Shell(app, tmp_path / "site")
    shell("people", "add", "ada", "--name", "Ada A", pins=f"{PHRASE}\n")
    for person, role, pin in (
        ("chen", "technician", CHEN),
        ("okafor", "supervisor", OKAFOR),
        ("silva", "planner", "305829"),
    ):
        name = person.title()
        shell("people", "add", person, "--name", name, "--role", role, "--as", "ada", pins=PHRASE)
        shell("people", "pin", person, "--as", "ada", pins=f"{PHRASE}\n{pin}\n")
    return shell


def test_an_order_from_wish_to_record(shell: Shell) -> None:
    number = shell("work", "new", "Change filter 1", "--about", "tank-1", "--as", "chen", pins=CHEN)
    procedure = f"change-filter@{'ab' * 32}"
    plan = ("work", "plan", number, "--assign", "chen", "--procedure", procedure)
    shell(*plan, "--due", "2030-01-31", "--as", "silva", pins="305829")
    shell("work", "move", number, "ready", "--as", "okafor", pins=OKAFOR)
    shell("work", "move", number, "in_progress", "--as", "chen", pins=CHEN)
    shell("work", "note", number, "seal was dry", "--as", "chen", pins=CHEN)
    shell("work", "move", number, "review", "--as", "chen", pins=CHEN)
    assert "no role that permits" in shell.refused(
        "work", "move", number, "closed", "--as", "chen", pins=CHEN
    )
    shell("work", "move", number, "closed", "--as", "okafor", pins=OKAFOR)
    assert json.loads(shell("work", "list", "--json")) == []
    [order] = json.loads(shell("work", "list", "--all", "--json"))
    assert order["state"] == "closed"
    assert [m["signed"] for m in order["moves"]] == [False, True, True, True, True]
    told = shell("work", "show", number)
    assert "change-filter abababababab" in told
    assert "In review → Closed, signed Okafor" in told
    assert LogReader(shell.folder).verify().ok


def test_who_is_not_who_they_say(shell: Shell) -> None:
    new = ("work", "new", "x", "--about", "tank-1")
    assert "Name or PIN is wrong" in shell.refused(*new, "--as", "chen", pins="000000")
    assert "Say who does it" in shell.refused(*new)
    assert "standard input" in shell.refused(*new, "--as", "chen")
    add = ("people", "add", "eve", "--name", "Eve", "--role", "admin", "--as", "chen")
    assert "no role that permits" in shell.refused(*add, pins=CHEN)


def test_wrong_pins_are_remembered_from_command_to_command(shell: Shell) -> None:
    new = ("work", "new", "x", "--about", "tank-1", "--as", "chen")
    for _ in range(5):
        shell.refused(*new, pins="000000")
    assert "chen" in shell.refused(*new, pins=CHEN).casefold()
    assert "locked" in shell.refused(*new, pins=CHEN)
    shell("people", "unlock", "chen", "--as", "ada", pins=PHRASE)
    assert shell(*new, pins=CHEN).startswith("WO-")


def test_the_roster(shell: Shell) -> None:
    grant = ("people", "qualify", "chen", "lifting", "--until", "2030-06-30", "--as", "ada")
    shell(*grant, pins=PHRASE)
    shell("people", "retire", "silva", "--reason", "left", "--as", "ada", pins=PHRASE)
    found = {p["id"]: p for p in json.loads(shell("people", "list", "--json"))}
    assert found["silva"]["active"] is False
    assert found["chen"]["qualifications"] == {"lifting": 1_909_094_400_000_000}
    assert "lifting 2030-06-30" in shell("people", "list")
    assert "no day" in shell.refused("people", "qualify", "chen", "x", "--until", "soon")


def test_a_console_that_runs_keeps_commands_out_but_not_from_reading(shell: Shell) -> None:
    lock = FolderLock(shell.folder)
    lock.acquire()
    try:
        with pytest.raises(FileError, match="changed nothing: do it in that console"):
            shell("work", "new", "x", "--about", "tank-1", "--as", "chen", pins=CHEN)
        assert "Chen" in shell("people", "list")
    finally:
        lock.release()


def test_nothing_contradicts_itself(shell: Shell) -> None:
    assert shell("work", "conflicts") == ""
