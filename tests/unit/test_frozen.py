"""What the recipe of the frozen program leaves out, and what it may not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from installer.slim import EXCLUDED_MODULES, is_wanted

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PIL/_webp.cpython-311-x86_64-linux-gnu.so",
        "resources/regmaps/generic-single-phase.toml",
        "procedures/library/extract-server.yaml",
        "paperang_p2_fonts_cjk/fonts/wqy-microhei.ttc",
        "rich-15.0.0.dist-info/licenses/LICENSE",
        "tankside-0.1.0.dist-info/METADATA",
    ],
)
def test_what_is_needed_is_taken_along(path: str) -> None:
    assert is_wanted(path)
    assert is_wanted(path.replace("/", "\\"))


@pytest.mark.parametrize(
    "path",
    [
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/plugins/tls/libqopensslbackend.so",
        "numpy/tests/test_it.py",
        "tankside-0.1.0.dist-info/direct_url.json",
        "rich-15.0.0.dist-info/RECORD",
    ],
)
def test_what_nothing_uses_or_what_names_this_machine_stays_behind(path: str) -> None:
    assert not is_wanted(path)


def test_nothing_of_ours_imports_what_is_left_out() -> None:
    left_out = set(EXCLUDED_MODULES)
    for part in ("console", "drivers", "procedures", "resources"):
        for file in (ROOT / part).rglob("*.py"):
            found = {name for name in _imported(file) if _roots(name) & left_out}
            assert not found, f"{file.relative_to(ROOT)} imports {found}"


@pytest.mark.parametrize("module", ["os", "console.cli", "http.server"])
def test_the_frozen_program_answers_for_its_two_helpers_only(module: str) -> None:
    """``-m`` with any other module is an unknown option of the command line."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "installer" / "frozen_main.py"), "-m", module],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "No such option" in done.stderr


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _roots(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:n]) for n in range(1, len(parts) + 1)}
