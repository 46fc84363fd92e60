"""``tankside --selftest`` finds what works, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.selftest import Outcome, run_selftest
from procedures import document
from tests.integration.commands import tankside


def test_everything_works_here(tmp_path: Path) -> None:
    done = tankside(tmp_path, "--selftest", timeout_s=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["ok"] * 7
    assert not (tmp_path / ".local").exists()


def test_what_is_broken_is_named_and_the_rest_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "library_ids", lambda: ["no-such-procedure"])
    monkeypatch.setattr("console.selftest._page", lambda _room: "drawn elsewhere")
    found: dict[str, Outcome] = {outcome.name: outcome for outcome in run_selftest()}
    assert {name for name, outcome in found.items() if not outcome.ok} == {"procedures"}
    assert "no-such-procedure" in found["procedures"].detail
    assert len(found) == 7
