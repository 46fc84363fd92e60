"""Which start of this machine the monotonic clock counts from."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import uuid
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def boot_id() -> str:
    """Return a text that is the same for every process until the machine is started again.

    Where the system has none, it is new for each process, so that monotonic times of two
    processes are never compared as if they had one origin. Never raises.
    """
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        return _of_system()
    return f"process-{uuid.uuid4()}"


if sys.platform == "win32":
    import winreg

    _KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"

    def _of_system() -> str:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY) as key:
            return f"windows-{uuid.getnode():012x}-{winreg.QueryValueEx(key, 'BootId')[0]}"

elif sys.platform == "darwin":

    def _of_system() -> str:
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        answer = subprocess.run(command, capture_output=True, check=True, timeout=2)
        return answer.stdout.decode("ascii").strip()

else:

    def _of_system() -> str:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
