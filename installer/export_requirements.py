"""Write what pip installs from what uv locked: run after every ``uv lock``, then commit both.

uv run --no-project installer/export_requirements.py
"""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTS = {
    "requirements.txt": ["build"],
    "requirements-dev.txt": ["build", "dev", "release"],
}


def export(name: str, groups: list[str]) -> None:
    """Write one list with hashes for every platform; raises CalledProcessError when uv refuses."""
    chosen = [word for group in groups for word in ("--group", group)]
    command = ["uv", "export", "--quiet", "--locked", "--format", "requirements-txt", "--no-header"]
    command += ["--no-emit-project", "--no-default-groups", *chosen]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    header = "# Written by installer/export_requirements.py from uv.lock; do not edit.\n"
    (ROOT / "installer" / name).write_text(header + done.stdout, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for name, groups in LISTS.items():
        export(name, groups)
