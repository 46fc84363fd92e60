"""Running the ``tankside`` command as a person does: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "console"]


def environment(home: Path) -> dict[str, str]:
    """A clean environment with a home of its own, in English, without a display."""
    drop = {"DISPLAY", "WAYLAND_DISPLAY", "LANG", "LC_ALL", "TANKSIDE_LANGUAGE"}
    kept = {k: v for k, v in os.environ.items() if k not in drop and not k.startswith("XDG_")}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error"}


def tankside(home: Path, *words: str, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def json_of(done: subprocess.CompletedProcess[str]) -> Any:
    """What a command printed as JSON; shows its complaint when it did not."""
    if not done.stdout:
        raise ValueError(f"exit {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)
