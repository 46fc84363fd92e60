"""Run a command where there is no network but this machine itself: ``unshare -n``, loopback up.

Used as a program inside the new namespace: ``python no_network.py COMMAND …``. A namespace begins
with its loopback down, which no real machine has; a laptop without any cable has it up.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def command(*words: str) -> list[str]:
    """The words, to be run without a network."""
    here = str(Path(__file__).resolve())
    return ["unshare", "-n", sys.executable, here, *words]


def why_not() -> str:
    """Why this machine cannot make such a namespace; empty where it can."""
    try:
        done = subprocess.run(command("true"), capture_output=True, text=True, check=False)
    except OSError:
        return "there is no unshare here"
    return done.stderr.strip() if done.returncode else ""


def _loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        asked = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(control, _GET_FLAGS, asked))[1]
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14s", b"lo", flags | _UP, b""))


if __name__ == "__main__":
    _loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])
