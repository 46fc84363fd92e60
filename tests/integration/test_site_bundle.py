"""Site bundles by the command: who may apply one, and what is refused with which words."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.integration.commands import COMMAND, environment
from tests.unit.bundle.kit import SITE, site_folder

ADA, CHEN, BO = "correct horse battery", "steady heron pond", "428871"


class Hall:
    """A data folder with an administrator, a supervisor and a technician, and a site's key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "data").mkdir()
        self("people add ada --name Ada", ADA)
        self("people add chen --name Chen --role supervisor --as ada", ADA)
        self("people add bo --name Bo --role technician --as ada", ADA)
        self("people pin chen --as ada", ADA, CHEN)
        self("people pin bo --as ada", ADA, BO)
        self.run("site key new site.key")
        self.run("site key new other.key")
        self.fingerprint = self.run("site key show site.key.pub").stdout.strip()

    def __call__(self, line: str, *typed: str) -> subprocess.CompletedProcess[str]:
        return self.run(f"{line} --data data", *typed)

    def run(self, line: str, *typed: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*COMMAND, *line.split()],
            input="".join(f"{text}\n" for text in typed),
            cwd=self.folder,
            env={**environment(self.folder), "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def pack(self, text: str, name: str, number: int, key: str = "site.key") -> None:
        site_folder(self.folder / "hall", text)
        self.run(f"site pack hall/site.toml -o {name} --key {key} --number {number}")

    def apply(self, name: str, by: str, *typed: str, code: int = 0, trust: str = "") -> str:
        line = f"site apply {name} --to live --as {by} --data data --yes"
        line += f" --trust {trust.replace(' ', '-')}" if trust else ""
        return self.run(line, *typed, code=code).stderr


@pytest.mark.timeout(240)
def test_a_supervisor_applies_what_is_right_and_nothing_else_is_taken(tmp_path: Path) -> None:
    hall = Hall(tmp_path)
    hall.pack(SITE, "1", 1)
    assert "No key is trusted" in hall.apply("1", "chen", CHEN, code=2)
    hall.apply("1", "chen", "wrong horse", code=2, trust=hall.fingerprint)
    assert "no role that permits" in hall.apply("1", "bo", BO, code=2, trust=hall.fingerprint)
    assert "no role that permits" in hall.apply("1", "ada", ADA, code=2, trust=hall.fingerprint)
    assert not (tmp_path / "live").exists()
    hall.apply("1", "chen", CHEN, trust=hall.fingerprint)
    hall.pack(SITE.replace("Tank A", "Tank one"), "2", 2)
    hall.apply("2", "chen", CHEN)
    assert "is older (number 1)" in hall.apply("1", "chen", CHEN, code=2)
    hall.pack(SITE, "other", 3, key="other.key")
    assert "this site's key is" in hall.apply("other", "chen", CHEN, code=2)
    with zipfile.ZipFile(tmp_path / "2") as whole, zipfile.ZipFile(tmp_path / "bad", "w") as bad:
        for entry in whole.namelist():
            bad.writestr(entry, whole.read(entry).replace(b"502", b"503"))
    assert "was altered" in hall.apply("bad", "chen", CHEN, code=2)
    hall.pack(SITE.replace("harbour", "quay"), "elsewhere", 4)
    assert "live holds the site harbour" in hall.apply("elsewhere", "chen", CHEN, code=2)
    live = tmp_path / "live" / "site.toml"
    assert "Tank one" in live.read_text(encoding="utf-8")
    hall("site rollback live --as chen", CHEN)
    assert live.read_text(encoding="utf-8") == SITE
    told = hall("log list").stdout
    assert "Site bundle 2 applied, 1 changes" in told
    assert "Back to site bundle 1" in told
    assert told.count("Site bundles are taken from the key") == 1
