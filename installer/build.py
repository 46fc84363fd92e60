"""Build releases: ``python -m installer.build COMMAND [--out FOLDER]``, in an environment with the
groups build and release (``uv sync --group build --group release``).

    freeze      the frozen program, complete with licences and SBOM
    tar, deb    packages of it
    kit         wheels of everything for this system, with an installer that needs no network
    windows     the same for Windows, and setup.exe where makensis is installed
    release     all of the above for this system, in one folder, signed with --key
    compare     build the frozen program twice and name every file that differs
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a file
    sys.path.insert(0, str(ROOT))

from installer.freeze import BuildError, digests, freeze, size_bytes  # noqa: E402


def main(argv: list[str]) -> int:
    """Run one command; 0 when it is done, 1 with a sentence when it is not."""
    parser = argparse.ArgumentParser(
        "installer.build", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to (dist)")
    parser.add_argument("--wheels", type=Path, help="a wheelhouse fetched before")
    parser.add_argument("--key", type=Path, help="the private key of releases")
    parser.add_argument(
        "--days", type=int, default=365, help="how long the release may be installed"
    )
    chosen = parser.parse_args(argv)
    chosen.out = chosen.out.absolute()
    chosen.out.mkdir(parents=True, exist_ok=True)
    try:
        return COMMANDS[chosen.command](chosen)
    except BuildError as error:
        print(f"installer.build: {error}", file=sys.stderr)
        return 1


def do_freeze(chosen: argparse.Namespace) -> int:
    """Freeze and complete; say how large and how long."""
    from installer.package import complete

    began_s = time.monotonic()
    program = freeze(chosen.out)
    complete(program)
    found = digests(program)
    took_s = time.monotonic() - began_s
    print(f"{program}: {size_bytes(program) / 1e6:.1f} MB, {len(found)} files, {took_s:.0f} s")
    return 0


def do_tar(chosen: argparse.Namespace) -> int:
    """Pack the frozen program as a tar."""
    from installer.package import tar

    return _told(tar(_frozen(chosen), chosen.out))


def do_deb(chosen: argparse.Namespace) -> int:
    """Pack the frozen program for Debian and Ubuntu."""
    from installer.package import deb

    return _told(deb(_frozen(chosen), chosen.out))


def do_kit(chosen: argparse.Namespace) -> int:
    """Make the kit and its tar."""
    from installer.kit import kit, packed

    return _told(packed(kit(chosen.out, chosen.wheels)))


def do_windows(chosen: argparse.Namespace) -> int:
    """Make the kit for Windows and, where makensis is, setup.exe."""
    from installer.windows import setup_exe, windows_kit

    folder = windows_kit(chosen.out)
    _told(folder)
    return _told(setup_exe(folder))


def do_compare(chosen: argparse.Namespace) -> int:
    """Build twice in two folders and compare every byte; 1 where anything differs."""
    from installer.package import complete

    found = []
    for name in ("one", "two"):
        program = freeze(chosen.out / name)
        complete(program)
        found.append(digests(program))
    one, two = found
    differ = sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))
    print("\n".join(differ) + f"{len(differ)} of {len(one)} files differ")
    return 1 if differ else 0


def do_release(chosen: argparse.Namespace) -> int:
    """Make the folder that goes on the stick; raises BuildError without a key."""
    from installer.release import release

    return _told(release(chosen.out, _frozen(chosen), chosen.key, chosen.days))


def _frozen(chosen: argparse.Namespace) -> Path:
    program: Path = chosen.out / "tankside"
    if not (program / "LICENCES.txt").exists():
        do_freeze(chosen)
    return program


def _told(path: Path) -> int:
    size = path.stat().st_size if path.is_file() else size_bytes(path)
    print(f"{path}: {size / 1e6:.1f} MB")
    return 0


COMMANDS = {
    "compare": do_compare, "deb": do_deb, "freeze": do_freeze, "kit": do_kit,
    "release": do_release, "tar": do_tar, "windows": do_windows,
}  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
