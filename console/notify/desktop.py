"""Showing a message on the desktop: by notify-send where it is, else by the window."""

from __future__ import annotations

import html
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from console.notify.command import run_bounded
from console.notify.message import Failure, Message

Present = Callable[[str, str, bool], bool]
"""Shows title and text, urgent or not, from any thread at once; False where it cannot."""
_TOOL = "notify-send"
_URGENT = 2
"""Priorities up to this stay on screen until somebody takes them away."""


def has_tool() -> bool:
    """Whether this desktop has the program that shows notifications."""
    return sys.platform not in {"win32", "darwin"} and shutil.which(_TOOL) is not None


class DesktopSender:
    """Shows each message. ``present`` is set by a window, if there is one that can."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self.present: Present | None = None

    def send(self, message: Message, stop: threading.Event) -> Failure | None:
        """Show it; a desktop that does not answer is given up after a while."""
        urgent = message.priority <= _URGENT
        if has_tool():
            words = [_TOOL, "--app-name=Tankside", "--category=device.error"]
            words += ["--urgency=critical" if urgent else "--urgency=normal", "--"]
            # The text of a notification may hold markup, its title may not.
            words += [message.title, html.escape(message.text, quote=False)]
            return run_bounded(words, Path("/"), "", os.environ, self._timeout_s, stop)
        present = self.present
        if present is None or not present(message.title, message.text, urgent):
            return Failure("no_desktop")
        return None
