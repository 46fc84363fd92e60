"""Two serial lines joined back to back."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

Through = Callable[[bytes], bytes]
"""What a wire does to the bytes that pass through it."""


def terminal() -> tuple[int, int]:
    """Open both ends of a pseudo-terminal, or skip the test where there is none to be had."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    try:
        ends: tuple[int, int] = pty.openpty()
    except OSError as error:
        pytest.skip(f"no pseudo-terminal to be had ({error}); is /dev/pts mounted?")
    return ends


@contextmanager
def serial_pair(towards_console: Through = bytes) -> Iterator[tuple[str, str]]:
    """Yield the device names of both ends; what one writes the other reads.

    ``towards_console`` sees, and may change, what goes from the second end to the first.
    """
    tty = pytest.importorskip("tty")
    (near, near_end), (far, far_end) = terminal(), terminal()
    for end in (near_end, far_end):
        tty.setraw(end)  # and kept open: a line without listeners is no error
    stop_read, stop_write = os.pipe()

    def relay() -> None:
        while True:
            ready, _, _ = select.select([near, far, stop_read], [], [])
            if stop_read in ready:
                return
            for source in ready:
                data = os.read(source, 4096)
                if source == near:
                    os.write(far, data)
                else:
                    os.write(near, towards_console(data))

    thread = threading.Thread(target=relay, name="serial wire")
    thread.start()
    try:
        yield os.ttyname(near_end), os.ttyname(far_end)
    finally:
        os.write(stop_write, b"x")
        thread.join()
        for handle in (near, near_end, far, far_end, stop_read, stop_write):
            os.close(handle)
