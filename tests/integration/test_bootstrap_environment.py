"""Real virtual environments, made, broken and repaired; only the package installer is a stand-in.

The stand-in for uv is a script that writes down how it was called and does what its plan says, so
that these tests need no network.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from installer import python_env
from installer.python_env import STAMP, Environment
from installer.system_needs import Stop

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in for uv is a POSIX script")

UV = f"""#!{sys.executable}
import pathlib, sys, time
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
plan = here / "plan"
exec(plan.read_text() if plan.exists() else "")
"""


class Checkout:
    """A folder with the files that a set-up reads, and a stand-in for uv beside it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tankside"
        for name in python_env.INPUTS:
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(f"# {name}\n")
        self.tools = folder / "tools"
        self.tools.mkdir()
        uv = self.tools / "uv"
        uv.write_text(UV)
        uv.chmod(0o755)
        self.environment = Environment(self.root, str(uv))

    def calls(self) -> list[str]:
        log = self.tools / "calls"
        return log.read_text().splitlines() if log.exists() else []

    def plan(self, code: str) -> None:
        (self.tools / "plan").write_text(code)

    def stamp(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.environment.folder / STAMP).read_text())
        return found

    def keepsake(self) -> Path:
        """A file that is gone after the environment was made afresh."""
        file = self.environment.folder / "keepsake"
        file.touch()
        return file


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_first_set_up_makes_and_fills_and_the_second_does_nothing(checkout: Checkout) -> None:
    environment = checkout.environment
    assert not environment.ready(set())
    environment.prepare(set())
    prefix = [str(environment.python), "-c", "import sys; print(sys.prefix)"]
    done = subprocess.run(prefix, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(environment.folder)
    assert checkout.calls() == [
        "sync --frozen --quiet --no-default-groups --group build --no-install-project",
        "sync --frozen --quiet --no-default-groups --group build --no-build-isolation",
    ]
    assert environment.ready(set())
    environment.prepare(set())
    assert len(checkout.calls()) == 2


def test_a_set_up_environment_is_recognised_in_no_time(checkout: Checkout) -> None:
    checkout.environment.prepare(set())
    began = time.perf_counter()
    assert checkout.environment.ready(set())
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("changed", python_env.INPUTS)
def test_any_changed_input_calls_for_another_set_up(checkout: Checkout, changed: str) -> None:
    checkout.environment.prepare(set())
    kept = checkout.keepsake()
    (checkout.root / changed).write_text("# other\n")
    assert not checkout.environment.ready(set())
    checkout.environment.prepare(set())
    assert checkout.environment.ready(set())
    assert kept.exists()  # brought up to date, not thrown away


def test_groups_add_up(checkout: Checkout) -> None:
    environment = checkout.environment
    environment.prepare(set())
    assert not environment.ready({"dev"})
    environment.prepare({"dev"})
    assert "--group build --group dev" in checkout.calls()[-1]
    assert environment.ready(set())
    (checkout.root / "uv.lock").write_text("# newer\n")
    environment.prepare(set())
    assert "--group dev" in checkout.calls()[-1]  # a demo does not take the test tools away


def test_a_killed_set_up_is_started_afresh(checkout: Checkout) -> None:
    checkout.plan("(here / 'began').touch(); time.sleep(60)")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(python_env.__file__).parents[1])!r})\n"
        "from pathlib import Path; from installer.python_env import Environment\n"
        f"Environment(Path({str(checkout.root)!r}), {checkout.environment.uv!r}).prepare(set())"
    )
    command = [sys.executable, "-c", program]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (checkout.tools / "began").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert checkout.stamp() == {"finished": False}
    half = checkout.keepsake()
    checkout.plan("")
    assert not checkout.environment.ready(set())
    checkout.environment.prepare(set())
    assert not half.exists()
    assert checkout.environment.ready(set())


def test_a_failed_install_says_so_and_leaves_what_was_there(checkout: Checkout) -> None:
    environment = checkout.environment
    environment.prepare(set())
    kept, before = checkout.keepsake(), checkout.stamp()
    (checkout.root / "uv.lock").write_text("# newer\n")
    checkout.plan("sys.exit(2)")
    with pytest.raises(Stop, match="uv could not install") as stop:
        environment.prepare(set())
    assert stop.value.code == 1
    assert checkout.stamp() == before
    assert not environment.ready(set())  # for the newer lock; it is tried again, not trusted
    checkout.plan("")
    environment.prepare(set())
    assert kept.exists()


def test_a_moved_folder_gets_a_new_environment(checkout: Checkout, tmp_path: Path) -> None:
    checkout.environment.prepare(set())
    pip = checkout.environment.program("pip")  # any script knows the folder it was made for
    pip.write_text(f"#!{checkout.environment.python}\n")
    moved = Environment(tmp_path / "elsewhere", checkout.environment.uv)
    checkout.root.rename(moved.root)
    kept = moved.folder / "keepsake"
    kept.touch()
    assert not moved.ready(set())
    moved.prepare(set())
    assert not kept.exists()
    assert moved.ready(set())


def test_an_environment_of_an_unsupported_python_is_replaced(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    from installer import bootstrap

    checkout.environment.prepare(set())
    (checkout.environment.folder / STAMP).unlink()
    kept = checkout.keepsake()
    assert checkout.environment.usable()
    monkeypatch.setattr(bootstrap, "NEWEST", (3, 10))
    assert not checkout.environment.usable()
    checkout.environment.prepare(set())
    assert not kept.exists()


def test_an_environment_whose_python_is_gone_is_replaced(checkout: Checkout) -> None:
    checkout.environment.prepare(set())
    for link in checkout.environment.programs.glob("python*"):
        link.unlink()
    checkout.environment.python.symlink_to("/nowhere/python3.11")
    assert not checkout.environment.ready(set())
    checkout.environment.prepare(set())
    assert checkout.environment.ready(set())


def test_without_uv_an_environment_needs_pip(checkout: Checkout) -> None:
    checkout.environment.prepare(set())  # made without pip, for uv
    assert checkout.environment.usable()
    assert not Environment(checkout.root, None).usable()


def test_a_folder_that_is_no_environment_is_not_removed(checkout: Checkout) -> None:
    precious = checkout.environment.folder / "readings.csv"
    precious.parent.mkdir()
    precious.touch()
    with pytest.raises(Stop, match="not a Python environment"):
        checkout.environment.prepare(set())
    assert precious.exists()


def test_a_link_is_replaced_and_what_it_led_to_stays(checkout: Checkout, tmp_path: Path) -> None:
    precious = tmp_path / "data" / "readings.csv"
    precious.parent.mkdir()
    precious.touch()
    checkout.environment.folder.symlink_to(precious.parent)
    checkout.environment.prepare(set())
    assert precious.exists()
    assert checkout.environment.ready(set())


def test_an_environment_that_may_not_be_changed_is_named(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    checkout.environment.prepare(set())
    checkout.environment.python.unlink()
    monkeypatch.setattr(shutil, "rmtree", refuse)  # root could, so the test cannot use chmod
    with pytest.raises(Stop, match=r"could not change .*\.venv: .*Permission denied") as stop:
        checkout.environment.prepare(set())
    assert stop.value.code == 1


def test_two_set_ups_at_once_take_turns(checkout: Checkout) -> None:
    checkout.plan("time.sleep(0.5)")
    program = (
        f"import sys; sys.path.insert(0, {str(Path(python_env.__file__).parents[1])!r})\n"
        "from pathlib import Path; from installer.python_env import Environment\n"
        f"Environment(Path({str(checkout.root)!r}), {checkout.environment.uv!r}).prepare(set())"
    )
    both = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert len(checkout.calls()) == 2  # the second found it done
    assert checkout.environment.ready(set())


def test_pip_is_told_to_check_hashes_and_build_nothing(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(checkout.tools)
    ran: list[list[str]] = []
    environment = Environment(checkout.root, None)
    monkeypatch.setattr(environment, "usable", lambda: True)
    environment.folder.mkdir()
    monkeypatch.setattr(environment, "_run", lambda command, _: ran.append(command))
    environment.prepare({"dev"})
    packages, project = ran
    assert "--require-hashes" in packages
    assert packages[-1] == "installer/requirements-dev.txt"
    assert packages[packages.index("--only-binary") + 1] == ":all:"
    assert "--no-build-isolation" in project
    assert "--no-deps" in project
