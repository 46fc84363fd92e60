"""What the operating system must bring before Qt can start, found by asking the loader.

Qt names only the first library it misses, and only by dying. The tables are what PySide6 6.11
links against (``readelf -d``), less what every Linux with Python has.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# Library: package on Debian and Ubuntu. dnf and zypper find the package by the library itself.
OFFSCREEN = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",  # newer systems' libglib2.0-0t64 provides this name too
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}
X11 = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = {
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
}
SCREENS = {"offscreen": OFFSCREEN, "x11": OFFSCREEN | X11, "wayland": OFFSCREEN | WAYLAND}
FONT, VENV_MODULE = "a font", "Python's ensurepip"
# Package manager of each family of distributions, the command that installs, and a font for it.
FAMILIES = {"debian": "apt", "ubuntu": "apt", "fedora": "dnf", "rhel": "dnf", "suse": "zypper"}
INSTALL = {
    "apt": ["apt-get update", "apt-get install -y --no-install-recommends"],
    "dnf": ["dnf install -y"],
    "zypper": ["zypper --non-interactive install"],
}
FONTS = {"apt": "fonts-dejavu-core", "dnf": "dejavu-sans-fonts", "zypper": "dejavu-fonts"}


class Stop(Exception):  # noqa: N818  not every stop is an error of this program
    """The set-up cannot go on: a sentence for the person, and the exit code."""

    def __init__(self, message: str, code: int = 2) -> None:
        super().__init__(message)
        self.code = code


def say(message: str) -> None:
    """Tell the person what the set-up does; on stderr, so that ``--json`` output stays pure."""
    print(f"tankside: {message}", file=sys.stderr, flush=True)


def platform_refusal() -> str | None:
    """Why no Qt build fits this operating system, or None when one does."""
    system = platform.system()
    if sys.maxsize < 2**32 or platform.python_implementation() != "CPython":
        return "Tankside needs a 64-bit CPython; its Qt is built for nothing else."
    if system == "Darwin" and int(platform.mac_ver()[0].split(".")[0]) < 13:
        return f"Tankside needs macOS 13 or later, this is {platform.mac_ver()[0]}."
    if system == "Linux":
        return linux_refusal(platform.machine(), platform.libc_ver())
    return None


def linux_refusal(machine: str, libc: tuple[str, str]) -> str | None:
    """Why Qt's Linux builds fit neither this processor nor this C library; None when they do."""
    oldest = {"x86_64": (2, 34), "aarch64": (2, 39)}.get(machine)
    if oldest is None:
        return f"Tankside's Qt is built for x86_64 and aarch64 only; this machine is {machine}."
    name, version = libc
    if name != "glibc":
        return "Tankside's Qt needs the GNU C library (glibc), which this system does not use."
    if tuple(int(part) for part in version.split(".")[:2]) < oldest:
        wanted = ".".join(map(str, oldest))
        return f"Tankside needs glibc {wanted} or later on {machine}, this system has {version}."
    return None


def missing_libraries(
    names: Iterable[str], load: Callable[[str], object] = ctypes.CDLL
) -> list[str]:
    """Those of the libraries that the loader cannot load, in the order given."""
    missing = []
    for name in names:
        try:
            load(name)
        except OSError:
            missing.append(name)
    return missing


def font_found(folders: Iterable[Path]) -> bool:
    """Whether any font that Qt could draw with is installed; without one, text is blank."""
    kinds = {".ttf", ".otf", ".ttc", ".pfb"}
    found = any(file.suffix in kinds for folder in folders for file in folder.rglob("*"))
    return found or bool(fc_list())


def font_folders() -> list[Path]:
    """Where Linux keeps fonts unless fontconfig is told otherwise."""
    home = Path.home()
    system = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts")]
    return [*system, home / ".local/share/fonts", home / ".fonts"]


def fc_list(*pattern: str) -> str:
    """What fontconfig lists for a pattern; empty when it lists nothing or is not installed."""
    try:
        done = subprocess.run(["fc-list", *pattern], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout


def chinese_hint(env: Mapping[str, str]) -> str | None:
    """What to install for a person who reads Chinese on a system that cannot draw it."""
    language = env.get("LC_ALL") or env.get("LC_MESSAGES") or env.get("LANG") or ""
    if sys.platform != "linux" or not language.startswith("zh") or fc_list(":lang=zh"):
        return None
    return "no Chinese font found; fonts-noto-cjk or fonts-wqy-microhei would bring one"


def missing(screen: str | None, *, venv_needed: bool) -> list[str]:
    """What this system lacks: library names, :data:`FONT`, :data:`VENV_MODULE`.

    ``screen`` is one of :data:`SCREENS`, or None when Qt will not be started.
    """
    lacking = []
    if venv_needed and importlib.util.find_spec("ensurepip") is None:
        lacking.append(VENV_MODULE)
    if screen and sys.platform == "linux":
        lacking += missing_libraries(SCREENS[screen])
        lacking += [] if font_found(font_folders()) else [FONT]
    return lacking


def package_manager() -> str | None:
    """Which of :data:`INSTALL` this system uses, by its os-release; None for any other."""
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return None
    words = [release["ID"], *release.get("ID_LIKE", "").split()]
    return next((FAMILIES[word] for word in words if word in FAMILIES), None)


def packages(manager: str, lacking: Iterable[str]) -> list[str]:
    """The packages that bring what is lacking, each once, sorted."""
    known = {FONT: FONTS[manager]}
    if manager == "apt":
        # Only Debian and its children split ensurepip off.
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        known |= OFFSCREEN | X11 | WAYLAND | {VENV_MODULE: f"python{version}-venv"}
    return sorted({known.get(name, f"{name}()(64bit)") for name in lacking})


def is_root() -> bool:
    """Whether packages can be installed without asking anybody."""
    return sys.platform != "win32" and os.geteuid() == 0


def one_command(manager: str, wanted: Iterable[str]) -> str:
    """The one line that installs packages, to be pasted into this person's shell."""
    steps = [*INSTALL[manager][:-1], f"{INSTALL[manager][-1]} {shlex.join(wanted)}"]
    if is_root():
        return " && ".join(steps)
    if shutil.which("sudo"):
        return " && ".join(f"sudo {step}" for step in steps)
    return f"su -c {shlex.quote(' && '.join(steps))}"


def apt_install(wanted: Iterable[str]) -> bool:
    """Install packages without questions; False when apt could not, with its errors on stderr."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    options = ["-qq", "-o", "DPkg::Lock::Timeout=120"]
    nobody = subprocess.DEVNULL
    code = 0
    for step in (["update"], ["install", "-y", "--no-install-recommends", *wanted]):
        command = ["apt-get", *options, *step]
        code = subprocess.call(command, env=env, stdin=nobody, stdout=nobody)
    return code == 0  # a failed update does not matter: the lists may be good enough


def apt_unpack(package: str, folder: Path) -> bool:
    """Fetch a package and unpack it into a folder, installing nothing; False where that fails."""
    quiet = subprocess.DEVNULL
    with tempfile.TemporaryDirectory(prefix="tankside-") as passing:
        fetch = ["apt-get", "-qq", "download", package]
        try:
            done = subprocess.call(fetch, cwd=passing, stdin=quiet, stdout=quiet, stderr=quiet)
            found = list(Path(passing).glob("*.deb"))
            if done != 0 or not found:
                return False
            return subprocess.call(["dpkg", "-x", str(found[0]), str(folder)], stdin=quiet) == 0
        except OSError:
            return False


def provide(screen: str | None, *, venv_needed: bool) -> None:
    """Install what is missing where that is possible; otherwise :class:`Stop` with one command."""
    lacking = missing(screen, venv_needed=venv_needed)
    manager = package_manager() if lacking else None
    if manager == "apt" and is_root():
        wanted = packages(manager, lacking)
        say(f"installing system packages: {' '.join(wanted)}")
        apt_install(wanted)
        importlib.invalidate_caches()
        lacking = missing(screen, venv_needed=venv_needed)
    if lacking:
        raise Stop(instructions(lacking, manager))


def instructions(lacking: list[str], manager: str | None) -> str:
    """The sentence that names what is missing and, where it is known, the one command for it."""
    text = f"this system lacks {', '.join(lacking)}."
    if manager is None:
        return f"{text} Install the packages that hold them, then run this again."
    command = one_command(manager, packages(manager, lacking))
    return f"{text} Run this one command, then this set-up again:\n  {command}"
