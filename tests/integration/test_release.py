"""Releases as they are built and as they arrive: frozen, packed, installed without a network.

The frozen program is built here, twice, once for each run of the suite. What cannot be done on a
machine skips and says why.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

from installer.commands import WHEELS_IN
from installer.freeze import source_date_epoch
from tests.integration import clean_system, first_paint, no_network
from tests.integration.guide import commands

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="packages are tried on Linux"),
    pytest.mark.timeout(900),
]
MOST_BYTES = 260_000_000
ROOT = Path(__file__).parents[2]
needs_namespace = pytest.mark.skipif(
    sys.platform == "linux" and bool(no_network.why_not()),
    reason=f"no namespace without a network here: {no_network.why_not()}",
)
_SITE = """
[site]
id = "paint"
name = "Paint"
[[tank]]
id = "tank-1"
name = "Tank 1"
map = "generic-single-phase"
url = "tcp://127.0.0.1:1?unit=1"
"""


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What releases are built from, as it is now: somebody may be writing in the checkout."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("console", "drivers", "procedures", "resources", "installer", "docs"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "CHANGELOG.md", folder)
    return folder


@pytest.fixture(scope="module")
def program(sources: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The frozen program, complete."""
    for tool in ("strip", "dpkg-query"):
        if shutil.which(tool) is None:
            pytest.skip(f"there is no {tool} here")
    if find_spec("PyInstaller") is None:
        pytest.skip("PyInstaller is not installed: the group release is missing")
    return built(sources, tmp_path_factory.mktemp("frozen"))


def built(sources: Path, out: Path) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "installer.build", "freeze", "--out", str(out)],
        cwd=sources,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(source_date_epoch())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out / "tankside"


def run(words: list[str], home: Path, **more: str) -> subprocess.CompletedProcess[str]:
    clean = {
        "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        **more,
    }
    return subprocess.run(
        words,
        env=clean,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
        check=False,
    )


def in_guide(where: str, *parts: str) -> None:
    """Fail where what is tried here is not what the guide says."""
    assert any(
        command.where == where and all(part in command.line for part in parts)
        for command in commands()
    ), f"the guide has no {where} command with {parts}"


def passes_self_test(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ok ") == 7
    assert "FAILED" not in done.stdout


def polls_demo(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["polls"] > 10
    assert found["devices_ok"] == found["devices"] == 12
    assert found["polls_missed"] == 0


def test_the_frozen_program_is_small_and_complete(program: Path) -> None:
    from installer.freeze import size_bytes

    assert size_bytes(program) <= MOST_BYTES
    licences = (program / "LICENCES.txt").read_text(encoding="utf-8")
    bill = json.loads((program / "sbom.cdx.json").read_text(encoding="utf-8"))
    for part in bill["components"]:
        assert f"{part['name']} {part['version']}" in licences, part["name"]
    carried = {prop["value"] for part in bill["components"] for prop in part.get("properties", ())}
    inside = {f.name for f in (program / "_internal").glob("lib*.so*") if not f.is_symlink()}
    assert {name for name in inside if not name.startswith("libpython")} <= carried
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in licences


def test_the_sbom_is_what_the_standard_says(program: Path) -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    text = (program / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_two_clean_builds_are_the_same(sources: Path, program: Path, tmp_path: Path) -> None:
    from installer.freeze import digests

    one, two = digests(program), digests(built(sources, tmp_path))
    assert len(one) > 400
    assert sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name)) == []


@needs_namespace
def test_the_package_on_a_clean_system_without_a_network(program: Path, tmp_path: Path) -> None:
    from installer.package import DEPENDS, deb

    if os.geteuid() != 0:
        pytest.skip("a system in a folder needs root (chroot)")
    system = tmp_path / "system"
    try:
        clean_system.make(system, DEPENDS)
    except clean_system.NotHereError as why:
        pytest.skip(f"no clean system can be made here: {why}")
    package = deb(program, tmp_path, compression="none")
    shutil.move(package, system / "root" / package.name)
    in_guide("root", "dpkg -i tankside_")

    def inside(*words: str) -> subprocess.CompletedProcess[str]:
        return run(no_network.command(*clean_system.inside(system, *words)), tmp_path)

    installed = inside("dpkg", "-i", f"/root/{package.name}")
    assert installed.returncode == 0, installed.stderr
    assert inside("tankside", "--version").stdout.strip() == f"tankside {version('tankside')}"
    passes_self_test(inside("tankside", "--selftest"))
    polls_demo(inside("tankside", "demo", "--headless", "--seconds", "10", "--json"))
    assert inside("dpkg", "-V", "tankside").stdout == ""
    for file in (
        "man/man1/tankside.1.gz",
        "applications/tankside.desktop",
        "doc/tankside/copyright",
    ):
        assert (system / "usr/share" / file).is_file()
    assert inside("dpkg", "-r", "tankside").returncode == 0
    assert not (system / "usr/lib/tankside").exists()


@needs_namespace
def test_the_tar_installs_updates_and_goes_back_without_a_network(
    program: Path, tmp_path: Path
) -> None:
    """The same program with a higher number stands for the next release; its self-test is real."""
    from installer.package import tar
    from tests.unit.update.kit import key_file

    in_guide("release", "share/install.sh")
    stick, base = tmp_path / "stick", tmp_path / ".local/share/tankside/app"
    home = {"XDG_DATA_HOME": str(tmp_path / ".local/share")}
    stick.mkdir()
    packed = tar(program, stick, preset=None)
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    subprocess.run(["tar", "-xf", str(packed), "-C", str(unpacked)], check=True)
    installer = next(unpacked.iterdir()) / "share" / "install.sh"
    passes_self_test(run(no_network.command(str(installer), str(base)), tmp_path, **home))
    release = next_release(program, tmp_path, key_file(tmp_path))
    tankside = str(base / "current" / "tankside")
    in_guide("release", "tankside update apply")
    refused = run(no_network.command(tankside, "update", "check", str(release)), tmp_path)
    assert refused.returncode == 2
    assert "--trust" in refused.stderr
    trust = refused.stderr.partition('--trust "')[2].partition('"')[0]
    applied = run(
        no_network.command(tankside, "update", "apply", str(release), "--trust", trust), tmp_path
    )
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert json.loads((base / "current/build.json").read_text(encoding="utf-8"))["version"] == "9.9"
    again = run(no_network.command(tankside, "update", "apply", str(release)), tmp_path)
    assert "is not newer" in again.stderr
    assert run(no_network.command(tankside, "update", "back"), tmp_path).returncode == 0
    assert (base / "current").resolve().name == version("tankside")


def next_release(program: Path, folder: Path, key: Path) -> Path:
    from installer.package import tar
    from installer.release import sign_release

    later = folder / "later"
    shutil.copytree(program, later, symlinks=True)
    build = json.loads((later / "build.json").read_text(encoding="utf-8"))
    build |= {"version": "9.9", "number": build["number"] + 1}
    (later / "build.json").write_text(json.dumps(build), encoding="utf-8")
    release = folder / "tankside-9.9"
    release.mkdir()
    packed = tar(later, release, preset=None)
    sign_release(release, later, packed.name, key, 30)
    return release


@needs_namespace
def test_the_kit_installs_without_a_network(tmp_path: Path) -> None:
    from installer.kit import kit

    house = ROOT / ".venv" / WHEELS_IN / "house"
    if not house.is_dir():
        pytest.skip("the wheels are not here: bootstrap.py test fetches them once for each lock")
    in_guide("release", "tankside-kit/install.sh")
    folder = kit(tmp_path, house)
    python = os.path.realpath(sys.executable)
    target = tmp_path / "home" / "tankside"
    installer = str(folder / "install.sh")
    done = run(no_network.command(installer, str(target)), tmp_path, PYTHON=python)
    passes_self_test(done)
    tankside = str(target / "venv/bin/tankside")
    polls_demo(
        run(
            no_network.command(tankside, "demo", "--headless", "--seconds", "10", "--json"),
            tmp_path,
        )
    )
    whole = run([str(target / "venv/bin/python"), "-m", "pip", "check"], tmp_path)
    assert whole.returncode == 0, whole.stdout
    wheel = next((folder / "wheelhouse").glob("annotated_doc-*.whl"))
    raw = bytearray(wheel.read_bytes())
    raw[len(raw) // 2] ^= 1
    wheel.write_bytes(raw)
    again = run(no_network.command(installer, str(tmp_path / "second")), tmp_path, PYTHON=python)
    assert again.returncode != 0
    assert "DO NOT MATCH THE HASHES" in again.stderr
    assert not (tmp_path / "second" / "venv").exists()


def test_the_first_paint_is_no_later_than_from_source(program: Path, tmp_path: Path) -> None:
    """Processor time, best of three each, with room for what else this machine does."""
    if shutil.which("Xvfb") is None:
        pytest.skip("there is no Xvfb here")
    (tmp_path / "site.toml").write_text(_SITE, encoding="utf-8")
    words = ["open", str(tmp_path / "site.toml"), "--data", str(tmp_path / "data")]
    frozen, source = [str(program / "tankside"), *words], [sys.executable, "-m", "console", *words]
    with first_paint.screen(tmp_path, 90 + os.getpid() % 900) as shown:
        seen = {**shown, "HOME": str(tmp_path)}
        times = {
            name: [first_paint.time_to_paint(command, seen, tmp_path) for _ in range(3)]
            for name, command in (("frozen", frozen), ("source", source))
        }
    best = {name: min(found.cpu_s for found in all_found) for name, all_found in times.items()}
    assert best["frozen"] <= best["source"] * 1.6, times  # 0.84 s each where it was measured


def test_this_machine_is_named_as_releases_name_it() -> None:
    from console.update.release import system_name

    assert system_name() == f"linux-{platform.machine()}"
