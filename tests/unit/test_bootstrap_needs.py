"""Missing system libraries are found by asking the loader and named with one command."""

from __future__ import annotations

import importlib.util
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from installer import system_needs
from installer.system_needs import FONT, OFFSCREEN, VENV_MODULE, WAYLAND, X11, Stop

LACKING = ["libEGL.so.1", "libglib-2.0.so.0", "libgthread-2.0.so.0", FONT, VENV_MODULE]


class Person:
    """Sets who runs the set-up, on which distribution."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def on(self, release: dict[str, str] | None, *, root: bool, sudo: bool) -> None:
        def read() -> dict[str, str]:
            if release is None:
                raise OSError("no os-release")
            return release

        patch = self._patch.setattr
        patch(platform, "freedesktop_os_release", read)
        patch(system_needs, "is_root", lambda: root)
        patch(shutil, "which", lambda name: f"/usr/bin/{name}" if sudo else None)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Person:
    return Person(monkeypatch)


def loader_without(*absent: str) -> Callable[[str], object]:
    def load(name: str) -> object:
        if name in absent:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    return load


def test_loader_decides_what_is_missing() -> None:
    load = loader_without("libxcb-cursor.so.0", "libGL.so.1")
    assert system_needs.missing_libraries(OFFSCREEN | X11, load) == [
        "libGL.so.1",
        "libxcb-cursor.so.0",
    ]
    assert system_needs.missing_libraries(WAYLAND, load) == []


def test_real_loader_finds_and_misses() -> None:
    assert system_needs.missing_libraries(["libno-such-thing.so.9"]) == ["libno-such-thing.so.9"]


def test_every_library_has_a_debian_package() -> None:
    every = OFFSCREEN | X11 | WAYLAND
    assert len(system_needs.packages("apt", every)) == len(set(every.values()))
    assert not [name for name in system_needs.packages("apt", every) if ".so" in name]


def test_nothing_is_missing_where_qt_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_needs, "missing_libraries", list)
    assert system_needs.missing(None, venv_needed=False) == []


def test_a_split_off_ensurepip_is_missing_only_when_it_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert system_needs.missing(None, venv_needed=True) == [VENV_MODULE]
    assert system_needs.missing(None, venv_needed=False) == []


DEBIAN = {"ID": "debian"}
MINT = {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}
FEDORA = {"ID": "fedora"}
TUMBLEWEED = {"ID": "opensuse-tumbleweed", "ID_LIKE": "opensuse suse"}


@pytest.mark.parametrize(
    ("release", "manager"),
    [(DEBIAN, "apt"), (MINT, "apt"), (FEDORA, "dnf"), (TUMBLEWEED, "zypper"), (None, None),
     ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf"), ({"ID": "slackware"}, None)],
)  # fmt: skip
def test_package_manager(
    person: Person, release: dict[str, str] | None, manager: str | None
) -> None:
    person.on(release, root=False, sudo=True)
    assert system_needs.package_manager() == manager


def test_debian_user_with_sudo_gets_one_line(person: Person) -> None:
    person.on(DEBIAN, root=False, sudo=True)
    *_, command = system_needs.instructions(LACKING, "apt").splitlines()
    update, install = command.strip().split(" && ")
    assert update == "sudo apt-get update"
    assert install.startswith("sudo apt-get install -y --no-install-recommends ")
    words = install.split("--no-install-recommends ")[1].split()
    assert words == sorted(words)
    assert {"libegl1", "libglib2.0-0", "fonts-dejavu-core"} < set(words)
    assert [word for word in words if word.endswith("-venv")]
    assert words.count("libglib2.0-0") == 1


def test_debian_user_without_sudo_gets_one_line_for_su(person: Person) -> None:
    person.on(DEBIAN, root=False, sudo=False)
    command = system_needs.instructions(LACKING, "apt").splitlines()[-1].strip()
    program, option, script = shlex.split(command)
    assert (program, option) == ("su", "-c")
    assert script.startswith("apt-get update && apt-get install")


def test_fedora_asks_for_the_library_itself(person: Person) -> None:
    person.on(FEDORA, root=False, sudo=True)
    command = system_needs.instructions(["libEGL.so.1", FONT], "dnf").splitlines()[-1]
    assert shlex.split(command) == [
        "sudo", "dnf", "install", "-y", "dejavu-sans-fonts", "libEGL.so.1()(64bit)",
    ]  # fmt: skip


def test_unknown_system_gets_the_names(person: Person) -> None:
    person.on(None, root=False, sudo=True)
    text = system_needs.instructions(LACKING, None)
    assert all(name in text for name in LACKING)
    assert "\n" not in text


class Apt:
    """A system whose libraries appear when (and if) apt installs them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, works: bool) -> None:
        self.works, self.calls = works, list[list[str]]()
        self.lacking = ["libEGL.so.1"]
        monkeypatch.setattr(system_needs, "missing", lambda *_, **__: self.lacking)
        monkeypatch.setattr(subprocess, "call", self.call)

    def call(self, command: list[str], **_: object) -> int:
        self.calls.append(command)
        if "install" in command and self.works:
            self.lacking = []
        return 0 if self.works else 100


def test_root_on_debian_installs_and_goes_on(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.on(DEBIAN, root=True, sudo=False)
    apt = Apt(monkeypatch, works=True)
    system_needs.provide("offscreen", venv_needed=False)
    assert [call[0] for call in apt.calls] == ["apt-get", "apt-get"]
    assert apt.calls[0][-1] == "update"
    assert apt.calls[1][-2:] == ["--no-install-recommends", "libegl1"]


def test_root_whose_apt_fails_is_told_the_command(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.on(DEBIAN, root=True, sudo=False)
    Apt(monkeypatch, works=False)
    with pytest.raises(Stop, match=r"\n  apt-get update && apt-get install .* libegl1$") as stop:
        system_needs.provide("offscreen", venv_needed=False)
    assert stop.value.code == 2


def test_user_is_told_and_nothing_is_run(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.on(DEBIAN, root=False, sudo=True)
    apt = Apt(monkeypatch, works=True)
    with pytest.raises(Stop, match="sudo apt-get install"):
        system_needs.provide("offscreen", venv_needed=False)
    assert apt.calls == []


@pytest.mark.parametrize(
    ("machine", "libc", "word"),
    [("x86_64", ("glibc", "2.33"), "2.34"), ("aarch64", ("glibc", "2.36"), "2.39"),
     ("armv7l", ("glibc", "2.41"), "armv7l"), ("x86_64", ("", ""), "glibc")],
)  # fmt: skip
def test_systems_without_a_qt_build_are_refused(
    machine: str, libc: tuple[str, str], word: str
) -> None:
    refusal = system_needs.linux_refusal(machine, libc)
    assert refusal is not None
    assert word in refusal


@pytest.mark.parametrize(("machine", "version"), [("x86_64", "2.34"), ("aarch64", "2.39.1")])
def test_systems_with_a_qt_build_are_accepted(machine: str, version: str) -> None:
    assert system_needs.linux_refusal(machine, ("glibc", version)) is None


def test_old_macos_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("12.7.1", ("", "", ""), ""))
    assert "12.7.1" in (system_needs.platform_refusal() or "")


def test_fonts_are_found_in_folders_or_by_fontconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_needs, "fc_list", lambda *_: "")
    (tmp_path / "truetype").mkdir()
    (tmp_path / "truetype" / "README").touch()
    assert not system_needs.font_found([tmp_path, tmp_path / "absent"])
    (tmp_path / "truetype" / "Sans.ttf").touch()
    assert system_needs.font_found([tmp_path])
    monkeypatch.setattr(system_needs, "fc_list", lambda *_: "/elsewhere/Sans.otf: Sans")
    assert system_needs.font_found([tmp_path / "absent"])


def test_chinese_reader_without_a_chinese_font_gets_a_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(system_needs, "fc_list", lambda *_: "")
    assert "fonts-noto-cjk" in (system_needs.chinese_hint({"LANG": "zh_CN.UTF-8"}) or "")
    assert system_needs.chinese_hint({"LANG": "en_GB.UTF-8"}) is None
    monkeypatch.setattr(system_needs, "fc_list", lambda *_: "Noto Sans CJK SC")
    assert system_needs.chinese_hint({"LANG": "zh_CN.UTF-8"}) is None
