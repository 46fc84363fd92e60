"""The commands of ``bootstrap.py``: set up, then start the console or the tests."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from installer import system_needs
from installer.display import find_screen
from installer.python_env import Environment
from installer.system_needs import Stop, say

ROOT = Path(__file__).resolve().parent.parent
START = "python3 installer/bootstrap.py"
IMPORT_QT = "import PySide6.QtGui, PySide6.QtWidgets, PySide6.QtSvg"
# What the tests against programs of others use: package, and the file that shows it is there.
PEERS = {
    "xvfb": "/usr/bin/Xvfb",
    "gcc": "/usr/bin/cc",
    "libc6-dev": "/usr/include/stdio.h",
    "libmodbus-dev": "/usr/include/modbus/modbus.h",
    "binutils": "/usr/bin/strip",
    "postgresql": "/usr/lib/postgresql",
}
# The same for a server that its package would start for good: it is unpacked beside the
# environment and not installed (tests/integration/metrics_peers.py looks there as well).
UNPACKED = {"victoria-metrics": "usr/bin/victoria-metrics"}
UNPACKED_IN = "tankside-peers"
# The wheels that the kit is made of (tests/integration/test_release.py looks there): tests do not
# fetch, so they are fetched here, once for each lock.
WHEELS_IN = "tankside-wheels"
HELP = {
    "demo": f"""{START} demo [options of tankside demo]
  Set up what is missing, then run the simulated site: in a window where there is a display,
  otherwise in this terminal until Ctrl-C (or for --seconds T).
  `{START} run demo --help` lists the options.
  Example: {START} demo --tanks 4 --fault pump_trip:tank-3@30""",
    "test": f"""{START} test [arguments of pytest]
  Set up what is missing, then run ruff, mypy, lint-imports and pytest, and say which failed.
  With arguments, run pytest alone and hand them on (paths start at the project's folder).
  Example: {START} test -x tests/unit""",
    "setup": f"""{START} setup
  Set up what is missing (.venv, locked packages, system libraries for Qt) and start nothing.
  Example: {START} setup""",
    "run": f"""{START} run [tankside command and its options]
  Set up what is missing, then run any command of tankside.
  Example: {START} run check site.toml""",
}


def main(argv: list[str]) -> int:
    """Run one command; the exit code is that of what was started, 1 or 2 when it could not be."""
    name, arguments = (argv[0] if argv else "no command"), argv[1:]
    if name in {"-h", "--help"} or (name in HELP and arguments[:1] in (["-h"], ["--help"])):
        print(HELP.get(name) or "\n\n".join(HELP.values()))
        return 0
    if name not in HELP:
        say(f"{name}: there are {', '.join(HELP)}; `{START} --help` explains them")
        return 2
    try:
        return {"demo": demo, "test": test, "setup": setup, "run": run}[name](arguments)
    except Stop as stop:
        say(str(stop))
        return stop.code
    except KeyboardInterrupt:
        return 130


def demo(arguments: list[str]) -> int:
    """Run the simulated site in a window, or in the terminal where there is no display."""
    return run(["demo", *arguments])


def run(arguments: list[str]) -> int:
    """Run any command of tankside, from where the person is, after setting up what it needs."""
    words, screen = fit_display(arguments[1:] if arguments[:1] == ["--"] else arguments)
    environment = set_up(set(), screen)
    return hand_over([str(environment.program("tankside")), *words])


def setup(arguments: list[str]) -> int:
    """Set up for a window where there is a display, else for drawing without one."""
    if arguments:
        raise Stop(f"setup takes no arguments, found {' '.join(arguments)}")
    set_up(set(), find_screen(os.environ)[0] or "offscreen")
    say(f"ready; `{START} demo` starts it")
    return 0


SIDE_BY_SIDE = ("-n", "3", "--dist", "loadfile")
"""Many tests wait for real servers and clocks: three at a time keep two cores busy."""


def test(arguments: list[str]) -> int:
    """Run every check of the project, or pytest alone when there are arguments for it."""
    environment = set_up({"dev", "release"}, "offscreen")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.chdir(ROOT)
    if not arguments or any("integration" in word for word in arguments):
        add_peers(environment)
        unpack_peers(environment)
        fetch_wheels(environment)
    pytest = [str(environment.python), "-m", "pytest", *arguments]
    if arguments:
        return hand_over(pytest)
    ruff = str(environment.program("ruff"))
    steps = {
        "ruff check": [ruff, "check", "."],
        "ruff format": [ruff, "format", "--check", "."],
        "mypy": [str(environment.python), "-m", "mypy"],
        "lint-imports": [str(environment.program("lint-imports"))],
        "pytest": [*pytest, *SIDE_BY_SIDE],
    }
    return run_steps(steps)


def run_steps(steps: dict[str, list[str]]) -> int:
    """Run every step whatever the others do; 0 when all passed, else 1, with a summary."""
    results = {}
    for name, command in steps.items():
        print(f"== {name}", flush=True)
        began = time.monotonic()
        code = subprocess.run(command, check=False).returncode
        verdict = f"FAILED (exit {code})" if code else "passed"
        results[name] = f"{verdict} in {time.monotonic() - began:.1f} s"
        print(f"== {name} {results[name]}\n", flush=True)
    failed = [name for name, result in results.items() if not result.startswith("passed")]
    print("\n".join(f"{name:13} {result}" for name, result in results.items()))
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return 1 if failed else 0


def set_up(groups: set[str], screen: str | None) -> Environment:
    """Bring system and environment up to what is needed; :class:`Stop` when that cannot be.

    ``groups`` are dependency groups beside the run-time ones; ``screen`` is what Qt will draw on,
    None when Qt stays out of it.
    """
    refusal = system_needs.platform_refusal()
    if refusal:
        raise Stop(refusal)
    environment = Environment(ROOT, shutil.which("uv"))
    ready = environment.ready(groups)
    venv_needed = not (ready or environment.uv or environment.usable())
    system_needs.provide(screen, venv_needed=venv_needed)
    if not ready:
        began = time.monotonic()
        environment.prepare(groups)
        if screen:
            check_qt(environment)
        say(f"set up in {time.monotonic() - began:.0f} s")
        hint = system_needs.chinese_hint(os.environ)
        if hint:
            say(hint)
    return environment


def check_qt(environment: Environment) -> None:
    """Load Qt once, so that whatever else it misses is told here and not by a crash."""
    command = [str(environment.python), "-c", IMPORT_QT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Stop(f"Qt is installed but does not load: {lines[-1]}")


def fit_display(arguments: list[str]) -> tuple[list[str], str | None]:
    """The arguments as the display allows them, and the screen that Qt needs for them or None."""
    command = arguments[0] if arguments else ""
    if command == "screenshot":
        return arguments, "offscreen"
    if command not in {"demo", "open"} or {"--headless", "--help"} & set(arguments):
        return arguments, None
    screen, why = find_screen(os.environ)
    if screen:
        return arguments, screen
    if command == "open":
        raise Stop(f"{why}, and open needs one. `{START} run record SITE.toml` does without.")
    say(f"{why}; running the same site in this terminal, Ctrl-C stops it")
    return [*arguments, "--headless"], None


def add_peers(environment: Environment) -> None:
    """Try once to install what the tests against foreign programs use; without it they skip."""
    lacking = [package for package, file in PEERS.items() if not Path(file).exists()]
    if not lacking or system_needs.package_manager() != "apt":
        return
    tried = environment.folder / "tankside-peers-tried"
    if system_needs.is_root() and not tried.exists():
        say(f"installing for the tests against real peers: {' '.join(lacking)}")
        tried.touch()
        if system_needs.apt_install(lacking):
            return
    say(f"without {', '.join(lacking)} some tests against real peers skip, saying so; to run them:")
    say(f"  {system_needs.one_command('apt', lacking)}")


def unpack_peers(environment: Environment) -> None:
    """Try once to fetch the servers that some tests are run against; without them those skip."""
    folder = environment.folder / UNPACKED_IN
    for package, file in UNPACKED.items():
        if Path("/", file).exists() or folder.exists() or system_needs.package_manager() != "apt":
            continue
        say(f"fetching {package} for the tests against real peers")
        folder.mkdir()
        if not system_needs.apt_unpack(package, folder):
            say(f"without {package} some tests against real peers skip, saying so")


def fetch_wheels(environment: Environment) -> None:
    """Try once for each lock to fetch the kit's wheels; without them its test skips, saying so."""
    lock = hashlib.sha256((ROOT / "installer" / "requirements.txt").read_bytes()).hexdigest()[:16]
    folder = environment.folder / WHEELS_IN
    if (folder / lock).exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / lock).touch()
    say("fetching the wheels that the test of the kit installs")
    code = "from pathlib import Path; from installer.kit import wheelhouse; wheelhouse(Path({!r}))"
    house = str(folder / "house")
    command = [str(environment.python), "-c", code.format(house)]
    done = subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    if done.returncode:
        shutil.rmtree(house, ignore_errors=True)
        say("they could not be fetched: the test of the kit skips, saying so")


def hand_over(command: list[str]) -> int:
    """Become the command, so that Ctrl-C and its exit code are the command's own."""
    sys.stdout.flush()
    if os.name == "posix":
        os.execv(command[0], command)  # does not return
    with subprocess.Popen(command) as process:  # Windows has no exec that a console waits for
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the command got it too and decides
