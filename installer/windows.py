"""For Windows, made on any system: the wheelhouse and the NSIS script that carries it.

Nobody has run the result on Windows yet; docs/operations.md says so. The frozen program is made on
a Windows machine by the same recipe (``python -m installer.build freeze``).
"""

from __future__ import annotations

import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from installer.freeze import BuildError
from installer.kit import WINDOWS, own_wheel, requirements_of, wheelhouse
from installer.package import FILES

PYTHONS = ("3.11", "3.12", "3.13")
"""The interpreters that a Windows kit is made for; PySide6's own wheel fits all of them."""


def windows_kit(out: Path, python: str = PYTHONS[1]) -> Path:
    """Make the folder of the kit for Windows and one version of Python; raises BuildError."""
    folder = out / f"tankside-kit-windows-py{python.replace('.', '')}"
    shutil.rmtree(folder, ignore_errors=True)
    house = folder / "wheelhouse"
    wheelhouse(house, (*WINDOWS, "--python-version", python), _markers(python))
    own_wheel(house)
    (folder / "requirements.txt").write_text(requirements_of(house), encoding="utf-8")
    shutil.copyfile(FILES / "kit-install.ps1", folder / "install.ps1")
    shutil.copyfile(FILES / "tankside.nsi", folder / "tankside.nsi")
    return folder


def _markers(python: str) -> dict[str, str]:
    return {
        "os_name": "nt",
        "sys_platform": "win32",
        "platform_system": "Windows",
        "platform_machine": "AMD64",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": python,
        "python_full_version": f"{python}.0",
    }


def setup_exe(folder: Path) -> Path:
    """Build ``setup.exe`` from a Windows kit with makensis; raises BuildError where it is not."""
    name = f"tankside-{version('tankside')}-setup.exe"
    command = ["makensis", "-V2", f"-DVERSION={version('tankside')}", f"-DOUT={name}"]
    try:
        done = subprocess.run(
            [*command, "tankside.nsi"], cwd=folder, capture_output=True, text=True, check=False
        )
    except OSError:
        raise BuildError(
            "makensis is missing; on Debian and Ubuntu it is in the package nsis"
        ) from None
    if done.returncode:
        raise BuildError(f"makensis: {(done.stdout + done.stderr).strip()[-500:]}")
    return folder / name
