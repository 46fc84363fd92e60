"""What pip installs is what uv locked, and what uv locked is what pyproject asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TANKSIDE = next(package for package in LOCK if package["name"] == "tankside")

Pin = tuple[str, str]  # name, version


def listed(file: Path) -> dict[Pin, set[str]]:
    """Every pin of a requirements file with its hashes."""
    text = re.sub(r"^\s*#.*\n", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: dict[Pin, set[str]] = {}
    for line in text.replace("\\\n", " ").strip().splitlines():
        pin, *hashes = line.split(" --hash=")
        requirement = Requirement(pin)
        version = str(requirement.specifier).removeprefix("==")
        found[(canonicalize_name(requirement.name), version)] = {part.strip() for part in hashes}
    return found


def hashes_of(package: dict[str, Any]) -> set[str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return {file["hash"] for file in files}


def closure(start: list[dict[str, Any]]) -> dict[Pin, set[str]]:
    """Everything in the lock that these dependencies pull in, on any platform."""
    found: dict[Pin, set[str]] = {}
    queue = list(start)
    while queue:
        wanted = queue.pop()
        for package in LOCK:
            version = wanted.get("version", package.get("version"))
            if (package["name"], package.get("version")) != (wanted["name"], version):
                continue
            queue += [
                dependency
                for extra in wanted.get("extra", [])
                for dependency in package.get("optional-dependencies", {}).get(extra, [])
            ]
            if (package["name"], version) not in found:
                found[(package["name"], version)] = hashes_of(package)
                queue += package.get("dependencies", [])
    return found


@pytest.mark.parametrize(
    ("file", "groups"),
    [("requirements.txt", ["build"]), ("requirements-dev.txt", ["build", "dev", "release"])],
)
def test_pip_list_is_the_lock(file: str, groups: list[str]) -> None:
    start = [*TANKSIDE["dependencies"]]
    for group in groups:
        start += TANKSIDE["dev-dependencies"][group]
    expected, found = closure(start), listed(ROOT / "installer" / file)
    advice = "run installer/export_requirements.py"
    assert found.keys() == expected.keys(), advice
    assert {pin: hashes for pin, hashes in found.items() if hashes != expected[pin]} == {}, advice


def test_every_listed_file_has_a_hash_and_every_package_a_wheel() -> None:
    for hashes in listed(ROOT / "installer/requirements-dev.txt").values():
        assert hashes
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes)
    assert [p["name"] for p in LOCK if p is not TANKSIDE and not p.get("wheels")] == []


def normal(requirements: list[str]) -> set[tuple[str, str]]:
    parsed = [Requirement(text) for text in requirements]
    return {(canonicalize_name(one.name), str(one.specifier)) for one in parsed}


def locked(entries: list[dict[str, str]]) -> set[tuple[str, str]]:
    return normal([f"{entry['name']}{entry.get('specifier', '')}" for entry in entries])


def test_lock_answers_pyproject() -> None:
    metadata = TANKSIDE["metadata"]
    advice = "run uv lock, then installer/export_requirements.py"
    assert normal(PROJECT["project"]["dependencies"]) == locked(metadata["requires-dist"]), advice
    groups = {name: normal(wanted) for name, wanted in PROJECT["dependency-groups"].items()}
    assert groups == {n: locked(w) for n, w in metadata["requires-dev"].items()}, advice


def test_build_backend_is_in_the_lock() -> None:
    backend = normal(PROJECT["build-system"]["requires"])
    assert backend <= normal(PROJECT["dependency-groups"]["build"])
