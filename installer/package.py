"""Packages of the frozen program: a plain tar and a Debian package, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import lzma
import os
import platform
import shutil
import subprocess
import tarfile
from importlib.metadata import version
from pathlib import Path

from console.about import LICENCES_FILE
from console.update.installation import BUILD_FILE
from installer.freeze import ROOT, BuildError, size_bytes, source_date_epoch
from installer.manpage import man_page
from installer.sbom import licences_file, sbom
from installer.system_parts import system_parts

FILES = ROOT / "installer" / "files"
LICENCES, SBOM = LICENCES_FILE, "sbom.cdx.json"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# What the frozen program does not carry: the C library, OpenGL's dispatch (it must fit the driver),
# the X and Wayland clients that must fit their servers, and fonts for the window.
DEPENDS = (
    "libc6 (>= 2.36)", "libegl1", "libgl1", "libxcb1", "fontconfig-config", "fonts-dejavu-core",
)  # fmt: skip
RECOMMENDS = (
    "libwayland-client0", "libwayland-cursor0", "libwayland-egl1", "fonts-wqy-microhei", "udev",
)  # fmt: skip


_IN_OTHER_PLACES = shutil.ignore_patterns("share", "operations.md", "tankside.1", LICENCES)


def complete(program: Path) -> None:
    """Put licences, SBOM, guide and manual page into the program's folder; raises BuildError."""
    epoch_s = source_date_epoch()
    parts = system_parts(program)
    written = {
        LICENCES: licences_file(parts),
        BUILD_FILE: json.dumps({"version": version("tankside"), "number": epoch_s}) + "\n",
        SBOM: json.dumps(sbom(parts, epoch_s), indent=1, sort_keys=True) + "\n",
        "operations.md": (ROOT / "docs" / "operations.md").read_text(encoding="utf-8"),
        "tankside.1": man_page(epoch_s),
    }
    for name, text in written.items():
        _write(program / name, text.encode("utf-8"), epoch_s)
    for name in ("tankside.desktop", "tankside.svg", "70-tankside-serial.rules",
                 "tankside-record@.service", "install.sh"):  # fmt: skip
        _write(program / "share" / name, (FILES / name).read_bytes(), epoch_s)
    (program / "share" / "install.sh").chmod(0o755)
    os.utime(program / "share", (epoch_s, epoch_s))
    os.utime(program, (epoch_s, epoch_s))


def tar(program: Path, out: Path, preset: int | None = 2) -> Path:
    """Write ``tankside-VERSION-linux-ARCH.tar.xz``; unpacked it is one folder that runs as it is.

    ``preset`` is how hard xz tries, 0 to 9; None writes a plain ``.tar``, in seconds.
    """
    name = f"tankside-{version('tankside')}"
    path = out / f"{name}-linux-{platform.machine()}.tar{'' if preset is None else '.xz'}"
    epoch_s = source_date_epoch()
    with (
        path.open("wb") if preset is None else lzma.open(path, "wb", preset=preset) as packed,
        tarfile.open(fileobj=packed, mode="w") as file,
    ):
        for found in [program, *sorted(program.rglob("*"))]:
            _add(file, found, f"{name}/{found.relative_to(program).as_posix()}", epoch_s)
    return path


def _add(file: tarfile.TarFile, found: Path, name: str, epoch_s: int) -> None:
    info = file.gettarinfo(str(found), name.rstrip("/.") if name.endswith("/.") else name)
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = epoch_s
    if not found.is_file() or found.is_symlink():
        file.addfile(info)
        return
    info.type = tarfile.REGTYPE  # never a link to a file with the same content
    with found.open("rb") as content:
        info.size = found.stat().st_size
        file.addfile(info, content)


def deb(program: Path, out: Path, compression: str = "xz") -> Path:
    """Write ``tankside_VERSION_ARCH.deb``; raises BuildError where dpkg-deb cannot."""
    root = out / "deb-root"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(program, root / "usr/lib/tankside", symlinks=True,
                    ignore=_IN_OTHER_PLACES)  # fmt: skip
    _place(program, root)
    _control(root)
    _settle(root)
    path = out / f"tankside_{version('tankside')}_{_architecture()}.deb"
    command = ["dpkg-deb", "--root-owner-group", f"-Z{compression}"]
    command += ["-z2"] if compression == "xz" else []
    command += ["--build", str(root), str(path)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date_epoch())}
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    except OSError:
        raise BuildError("dpkg-deb is missing; a .deb is made on Debian or Ubuntu") from None
    shutil.rmtree(root)
    if done.returncode:
        raise BuildError(f"dpkg-deb: {done.stderr.strip()}")
    return path


def _place(program: Path, root: Path) -> None:
    """Put what the desktop, the manual, udev and systemd look for where they look."""
    usr = root / "usr"
    copies = {
        FILES / "tankside.desktop": usr / "share/applications/tankside.desktop",
        FILES / "tankside.svg": usr / "share/icons/hicolor/scalable/apps/tankside.svg",
        FILES / "70-tankside-serial.rules": usr / "lib/udev/rules.d/70-tankside-serial.rules",
        FILES / "tankside-record@.service": usr / "lib/systemd/system/tankside-record@.service",
        FILES / "launch.sh": usr / "libexec/tankside/launch",
        program / LICENCES: usr / "share/doc/tankside/copyright",
        program / "operations.md": usr / "share/doc/tankside/operations.md",
        program / SBOM: usr / "share/doc/tankside" / SBOM,
    }
    for source, target in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    (usr / "libexec/tankside/launch").chmod(0o755)
    (usr / "lib/tankside" / LICENCES).symlink_to("../../share/doc/tankside/copyright")
    _packed(usr / "share/man/man1/tankside.1.gz", (program / "tankside.1").read_bytes())
    _packed(usr / "share/doc/tankside/changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())
    (usr / "bin").mkdir()
    (usr / "bin/tankside").symlink_to("../lib/tankside/tankside")


def _control(root: Path) -> None:
    folder = root / "DEBIAN"
    folder.mkdir()
    fields = {
        "Package": "tankside",
        "Version": version("tankside"),
        "Architecture": _architecture(),
        "Maintainer": "The Tankside authors <tankside@localhost>",
        "Installed-Size": str(size_bytes(root / "usr") // 1024),
        "Depends": ", ".join(DEPENDS),
        "Recommends": ", ".join(RECOMMENDS),
        "Section": "utils",
        "Priority": "optional",
        "Description": "operations console for immersion-cooled GPU tanks\n"
        " See, diagnose, extract and record at immersion-cooled GPU tanks: live values,\n"
        " alarms, guided work and a log that proves itself, without a network.",
    }
    text = "".join(f"{name}: {value}\n" for name, value in fields.items())
    (folder / "control").write_text(text, encoding="utf-8")
    for name in ("postinst", "prerm"):
        shutil.copyfile(FILES / f"deb.{name}", folder / name)
        (folder / name).chmod(0o755)
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{path.relative_to(root).as_posix()}\n"
        for path in sorted((root / "usr").rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]
    (folder / "md5sums").write_text("".join(sums), encoding="utf-8")


def _architecture() -> str:
    return ARCHITECTURES[platform.machine()]


def _packed(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=9) as file:
        file.write(content)
    path.write_bytes(out.getvalue())


def _write(path: Path, content: bytes, epoch_s: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o644)
    os.utime(path, (epoch_s, epoch_s))


def _settle(root: Path) -> None:
    epoch_s = source_date_epoch()
    for path in sorted([root, *root.rglob("*")], reverse=True):
        if path.is_symlink():
            os.utime(path, (epoch_s, epoch_s), follow_symlinks=False)
            continue
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (epoch_s, epoch_s))
