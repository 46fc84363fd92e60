"""The one command: which Python it accepts, what it sets up for which display, what it hands on."""

from __future__ import annotations

import ast
import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from installer import bootstrap, commands, system_needs
from installer.display import find_screen
from installer.python_env import Environment
from installer.system_needs import Stop

SCRIPT = Path(bootstrap.__file__)
ENTRY = ["installer/bootstrap.py", "demo"]


@pytest.mark.parametrize("version", [(3, 11), (3, 12), bootstrap.NEWEST])
def test_supported_python_is_accepted(version: tuple[int, ...]) -> None:
    assert bootstrap.version_refusal(version, ENTRY) is None


def test_old_python_is_refused_with_the_newer_one_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"python3.12": "/opt/bin/python3.12", "python3.14": "/shims/python3.14"}
    monkeypatch.setattr(shutil, "which", found.get)
    monkeypatch.setattr(bootstrap, "runs", lambda command: command == ["/opt/bin/python3.12"])
    text = bootstrap.version_refusal((3, 8), ENTRY)
    assert text is not None
    assert "needs Python 3.11 or later, this is 3.8" in text
    assert text.endswith("\n  /opt/bin/python3.12 installer/bootstrap.py demo")


def test_old_python_without_another_is_told_where_to_get_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(bootstrap, "runs", lambda _: False)
    assert "python.org" in (bootstrap.version_refusal((3, 10), ENTRY) or "")


def test_uv_can_bring_a_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", {"uv": "/bin/uv"}.get)
    monkeypatch.setattr(bootstrap, "runs", lambda _: False)
    text = bootstrap.version_refusal((3, 10), ENTRY) or ""
    assert "uv run --no-project --python 3.12 installer/bootstrap.py demo" in text


def test_too_new_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "find_python", lambda: None)
    newer = (3, bootstrap.NEWEST[1] + 1)
    assert "no build for" in (bootstrap.version_refusal(newer, ENTRY) or "")


def test_a_shim_that_leads_nowhere_is_not_a_python(tmp_path: Path) -> None:
    assert bootstrap.runs([sys.executable])
    assert not bootstrap.runs([str(tmp_path / "python3.12")])
    assert not bootstrap.runs([sys.executable, "-c", "raise SystemExit(127)"])


def test_entry_refuses_before_it_imports_anything_newer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 8, 18))
    monkeypatch.setattr(sys, "argv", ENTRY)
    monkeypatch.setitem(sys.modules, "installer.commands", None)  # importing it would raise
    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    assert stop.value.code == 2
    assert "this is 3.8" in capsys.readouterr().err


def test_entry_is_written_in_the_grammar_of_old_pythons() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 7))
    assert "from __future__ import annotations\n" not in text  # a SyntaxError in Python 3.6


def screen_for(env: dict[str, str], *answering: str) -> tuple[str | None, str]:
    return find_screen(env, "linux", lambda kind: kind in answering)


def test_display_detection() -> None:
    assert screen_for({"DISPLAY": ":0"}, "x11") == ("x11", "")
    assert screen_for({"WAYLAND_DISPLAY": "wayland-0"}, "wayland") == ("wayland", "")
    both = {"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}
    assert screen_for(both, "wayland") == ("wayland", "")
    assert screen_for({"QT_QPA_PLATFORM": "vnc:size=800x600"}) == ("offscreen", "")
    assert find_screen({}, "win32") == find_screen({}, "darwin") == ("native", "")


def test_no_display_says_why() -> None:
    screen, why = screen_for({"DISPLAY": ""})
    assert screen is None
    assert "DISPLAY" in why
    screen, why = screen_for({"DISPLAY": ":77"})
    assert screen is None
    assert "DISPLAY=:77" in why


@pytest.mark.skipif(sys.platform != "linux", reason="X11 and Wayland are asked only on Linux")
def test_a_display_where_nothing_answers_is_no_display(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    libraries = ["libX11.so.6", "libwayland-client.so.0"]
    lacking = system_needs.missing_libraries(libraries)
    if lacking:
        pytest.skip(f"not installed here: {', '.join(lacking)}")
    monkeypatch.setenv("DISPLAY", ":9876")
    monkeypatch.setenv("WAYLAND_DISPLAY", "no-such-socket")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    assert find_screen(os.environ)[0] is None


class Started:
    """Records what would be set up and started."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, screen: str | None) -> None:
        self.groups: set[str] = set()
        self.screen: str | None = "never set up"
        self.command: list[str] = []
        environment = Environment(commands.ROOT, None)

        def set_up(groups: set[str], wanted: str | None) -> Environment:
            self.groups, self.screen = groups, wanted
            return environment

        def hand_over(command: list[str]) -> int:
            self.command = command
            return 7

        monkeypatch.setattr(commands, "set_up", set_up)
        monkeypatch.setattr(commands, "hand_over", hand_over)
        monkeypatch.setattr(commands, "find_screen", lambda _: (screen, "" if screen else "dark"))


def test_demo_opens_a_window_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(monkeypatch, "x11")
    assert commands.main(["demo", "--tanks", "4", "--fault", "pump_trip:tank-3@30"]) == 7
    assert started.screen == "x11"
    assert started.command[1:] == ["demo", "--tanks", "4", "--fault", "pump_trip:tank-3@30"]


def test_demo_without_a_display_says_so_and_is_headless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started = Started(monkeypatch, None)
    commands.main(["demo", "--seconds", "5", "--json"])
    assert started.screen is None  # nothing of Qt is asked for
    assert started.command[1:] == ["demo", "--seconds", "5", "--json", "--headless"]
    printed = capsys.readouterr()
    assert "dark" in printed.err
    assert printed.out == ""  # --json output stays pure


def test_demo_that_asked_for_headless_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    started = Started(monkeypatch, "x11")
    commands.main(["demo", "--headless"])
    assert started.screen is None
    assert started.command[1:] == ["demo", "--headless"]


@pytest.mark.parametrize(
    ("arguments", "screen"),
    [(["screenshot", "site"], "offscreen"), (["record", "site.toml"], None), ([], None),
     (["--", "--version"], None), (["open", "--help"], None)],
)  # fmt: skip
def test_run_asks_for_what_the_command_needs(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], screen: str | None
) -> None:
    started = Started(monkeypatch, None)
    commands.main(["run", *arguments])
    assert started.screen == screen
    assert started.command[1:] == [word for word in arguments if word != "--"]


def test_open_without_a_display_is_refused_before_any_set_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started = Started(monkeypatch, None)
    assert commands.main(["run", "open", "site.toml"]) == 2
    assert started.screen == "never set up"
    with pytest.raises(Stop, match=r"record SITE\.toml"):
        commands.fit_display(["open", "site.toml"])


def test_arguments_of_test_go_to_pytest_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = Started(monkeypatch, None)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "")  # so that it is put back afterwards
    monkeypatch.delenv("QT_QPA_PLATFORM")
    assert commands.main(["test", "-x", "tests/unit"]) == 7
    assert started.groups == {"dev", "release"}
    assert started.command[1:] == ["-m", "pytest", "-x", "tests/unit"]
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"
    assert Path.cwd() == commands.ROOT


def test_full_test_run_has_every_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Started(monkeypatch, None)
    monkeypatch.chdir(tmp_path)
    steps: dict[str, list[str]] = {}

    def run_steps(wanted: dict[str, list[str]]) -> int:
        steps.update(wanted)
        return 1

    monkeypatch.setattr(commands, "run_steps", run_steps)
    monkeypatch.setattr(commands, "add_peers", lambda _: None)
    monkeypatch.setattr(commands, "unpack_peers", lambda _: None)
    assert commands.main(["test"]) == 1
    assert list(steps) == ["ruff check", "ruff format", "mypy", "lint-imports", "pytest"]


def test_all_steps_run_though_one_fails(capfd: pytest.CaptureFixture[str]) -> None:
    def step(text: str, code: int) -> list[str]:
        return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]

    steps = {"first": step("one", 0), "second": step("two", 3), "third": step("three", 0)}
    assert commands.run_steps(steps) == 1
    printed = capfd.readouterr().out
    assert printed.index("one") < printed.index("two") < printed.index("three")
    assert "second        FAILED (exit 3) in " in printed
    assert printed.endswith("failed: second\n")
    assert commands.run_steps({"first": steps["first"]}) == 0


def test_peers_are_tried_once_and_never_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[list[str]] = []
    monkeypatch.setattr(commands, "PEERS", {"libmodbus-dev": str(tmp_path / "modbus.h")})
    monkeypatch.setattr(system_needs, "package_manager", lambda: "apt")
    monkeypatch.setattr(system_needs, "is_root", lambda: True)
    monkeypatch.setattr(system_needs, "apt_install", tries.append)  # None: it failed
    (tmp_path / ".venv").mkdir()
    environment = Environment(tmp_path, None)
    commands.add_peers(environment)
    commands.add_peers(environment)
    assert tries == [["libmodbus-dev"]]
    assert "apt-get install" in capsys.readouterr().err
    (tmp_path / "modbus.h").touch()
    commands.add_peers(environment)
    assert capsys.readouterr().err == ""


def test_servers_are_unpacked_once_and_never_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: list[tuple[str, Path]] = []

    def unpack(package: str, folder: Path) -> bool:
        tries.append((package, folder))
        return False

    monkeypatch.setattr(commands, "UNPACKED", {"metrics": "no/such/program"})
    monkeypatch.setattr(system_needs, "package_manager", lambda: "apt")
    monkeypatch.setattr(system_needs, "apt_unpack", unpack)
    (tmp_path / ".venv").mkdir()
    environment = Environment(tmp_path, None)
    for _ in range(2):
        commands.unpack_peers(environment)
    assert tries == [("metrics", tmp_path / ".venv" / "tankside-peers")]
    assert "without metrics some tests" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="needs dpkg-deb")
def test_a_package_is_unpacked_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "DEBIAN").mkdir(parents=True)
    (source / "usr/bin").mkdir(parents=True)
    (source / "usr/bin/thing").write_text("x")
    fields = "Package: thing\nVersion: 1\nArchitecture: all\nMaintainer: me\nDescription: it\n"
    (source / "DEBIAN/control").write_text(fields)
    program = tmp_path / "apt-get"
    program.write_text(f"#!/bin/sh\nexec dpkg-deb --build {source} thing.deb >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "out").mkdir()
    assert system_needs.apt_unpack("thing", tmp_path / "out")
    assert (tmp_path / "out/usr/bin/thing").read_text() == "x"
    program.write_text("#!/bin/sh\nexit 100\n")
    assert not system_needs.apt_unpack("thing", tmp_path / "out")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["setup", "now"]])
def test_wrong_command_line_is_exit_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert commands.main(arguments) == 2
    assert capsys.readouterr().err.startswith("tankside: ")


@pytest.mark.parametrize("name", list(commands.HELP))
def test_help_shows_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main([name, "--help"]) == 0
    assert f"Example: python3 installer/bootstrap.py {name}" in capsys.readouterr().out


def test_the_script_itself_runs_from_anywhere(tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert all(f"bootstrap.py {name}" in done.stdout for name in commands.HELP)


def test_exit_code_of_what_was_started_comes_through() -> None:
    program = f"""
import sys
sys.path.insert(0, {str(commands.ROOT)!r})
from installer.commands import hand_over
sys.exit(hand_over([sys.executable, "-c", "raise SystemExit(5)"]))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 5


def test_ctrl_c_during_the_set_up_is_exit_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "set_up", interrupted)
    assert commands.main(["setup"]) == 130
