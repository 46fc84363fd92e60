"""Set Tankside up on a fresh machine and start it: one command, bare Python, nothing else.

    python3 installer/bootstrap.py demo     the simulated site, in a window or in the terminal
    python3 installer/bootstrap.py test     the linters, the type check and the test suite

This file must run on any Python 3 that a machine happens to have, if only to say that it is too
old: no ``from __future__``, annotations in quotes, and the rest is imported after the check.
"""

import os
import shutil
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 14)  # the newest for which the locked Qt (6.11) has builds
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120


def runs(command: "list[str]") -> bool:
    """Whether a Python starts at all: a pyenv or Store shim may sit on PATH and lead nowhere."""
    try:
        null = subprocess.DEVNULL
        return subprocess.call([*command, "-c", ""], stdout=null, stderr=null, timeout=20) == 0
    except (OSError, subprocess.SubprocessError):
        return False


def find_python() -> "list[str] | None":
    """The command of the newest supported Python on PATH, or None."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        path = shutil.which(f"python3.{minor}")
        command = ["py", f"-3.{minor}"] if os.name == "nt" and not path else [path or ""]
        if command[0] and runs(command):
            return command
    return None


def version_refusal(version: "tuple[int, ...]", argv: "list[str]") -> "str | None":
    """Why this Python cannot be used and which command can be; None when it can."""
    here = f"{version[0]}.{version[1]}"
    if OLDEST <= version[:2] <= NEWEST:
        return None
    if version[:2] > NEWEST:
        why = f"Tankside's Qt has no build for Python {here} yet; 3.11 to 3.{NEWEST[1]} work."
    else:
        why = f"Tankside needs Python 3.11 or later, this is {here}."
    found = find_python()
    if found:
        start, advice = found, f"Found {' '.join(found)}; run:"
    elif shutil.which("uv"):
        start, advice = ["uv", "run", "--no-project", "--python", "3.12"], "uv can fetch one; run:"
    else:
        return f"{why} Install one from your system's packages or from https://www.python.org."
    return f"{why} {advice}\n  {' '.join([*start, *argv])}"


if __name__ == "__main__":
    refusal = version_refusal(tuple(sys.version_info[:2]), sys.argv)
    if refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)
    sys.path.insert(0, ROOT)
    from installer.commands import main

    sys.exit(main(sys.argv[1:]))
