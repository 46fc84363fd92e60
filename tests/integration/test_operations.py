"""The operations guide, followed to the letter: every command that needs no other machine."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.commands import COMMAND, environment
from tests.integration.guide import Command, commands

_SIMULATOR_S = 20.0


@pytest.fixture
def beside() -> Iterator[list[subprocess.Popen[bytes]]]:
    """What the guide leaves running, ended afterwards."""
    running: list[subprocess.Popen[bytes]] = []
    yield running
    for process in running:
        process.terminate()
        process.wait(20)


@pytest.mark.timeout(300)
def test_the_guide_from_a_bare_laptop_to_a_live_tank(
    tmp_path: Path, beside: list[subprocess.Popen[bytes]]
) -> None:
    fingerprint = ""
    for command in (c for c in commands() if not c.where):
        words = _real([word.replace("FINGERPRINT", fingerprint) for word in command.words])
        if command.stays:
            beside.append(_start(words, tmp_path))
            continue
        done = _run(words, command.typed, tmp_path)
        assert done.returncode == 0, f"{command.line}\n{done.stdout}\n{done.stderr}"
        if command.words[1:4] == ["site", "key", "show"]:
            fingerprint = done.stdout.strip()
    assert (tmp_path / "hall.pdf").read_bytes().startswith(b"%PDF-")
    question = (tmp_path / "question.txt").read_text(encoding="utf-8")
    assert "Devices: plan and timing" in question
    assert not any(name in question for name in ("Chen", "Ada", "Byron", "chen", "Simulated site"))


def test_every_command_is_run_or_marked() -> None:
    marks = {command.where for command in commands()}
    assert marks == {"", "root", "release", "untried"}
    assert sum(1 for command in commands() if not command.where) >= 20


def test_what_a_person_types_is_what_is_asked() -> None:
    pin = Command("tankside people pin chen --as ada --data data", "")
    assert pin.typed.splitlines() == ["correct horse battery", "steady heron pond", "y"]


def _real(words: list[str]) -> list[str]:
    """The checkout's own command for ``tankside``."""
    return [*COMMAND, *words[1:]] if words[0] == "tankside" else words


def _run(words: list[str], typed: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        input=typed,
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _start(words: list[str], folder: Path) -> subprocess.Popen[bytes]:
    site = folder / words[words.index("--site-out") + 1]
    process = subprocess.Popen(
        words, cwd=folder, env=_environment(folder), stdout=subprocess.DEVNULL
    )
    end_s = time.monotonic() + _SIMULATOR_S
    while not site.exists() and time.monotonic() < end_s and process.poll() is None:
        time.sleep(0.05)
    assert site.exists(), "the simulator does not start"
    return process


def _environment(folder: Path) -> dict[str, str]:
    found = environment(folder)
    root = str(Path(__file__).parents[2])
    return {**found, "PYTHONPATH": root, "QT_QPA_PLATFORM": "offscreen"}
