"""Data and pictures that ship with the console, and the one way to find them."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

ROOT = Path(str(files(__package__)))
"""The folder of resources. Tankside is always installed unpacked, so it is a real folder."""


def path(*parts: str) -> Path:
    """Return the path of a shipped file; raises FileNotFoundError when it is not shipped."""
    found = ROOT.joinpath(*parts)
    if not found.exists():
        raise FileNotFoundError(
            f"{'/'.join(parts)} is not among the resources of this installation"
        )
    return found
