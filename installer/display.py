"""Whether a window can be shown here, found by asking the display server before Qt does."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WITHOUT_SERVER = {"offscreen", "minimal", "vnc", "linuxfb", "eglfs"}  # Qt platforms needing none
SERVERS = {  # library, function that connects, function that disconnects
    "x11": ("libX11.so.6", "XOpenDisplay", "XCloseDisplay"),
    "wayland": ("libwayland-client.so.0", "wl_display_connect", "wl_display_disconnect"),
}


def server_answers(kind: str) -> bool:
    """Whether the X or Wayland server of this session accepts a connection.

    True also when its client library is not installed yet: then nobody knows, and it is worth
    installing.
    """
    name, connect, disconnect = SERVERS[kind]
    try:
        library = ctypes.CDLL(name)
    except OSError:
        return True
    opening, closing = getattr(library, connect), getattr(library, disconnect)
    opening.argtypes, opening.restype = [ctypes.c_char_p], ctypes.c_void_p
    closing.argtypes = [ctypes.c_void_p]
    session = opening(None)
    if session:
        closing(session)
    return bool(session)


def find_screen(
    env: Mapping[str, str],
    system: str = sys.platform,
    answers: Callable[[str], bool] = server_answers,
) -> tuple[str | None, str]:
    """The kind of screen a window would open on, and if there is none (None), why."""
    if system != "linux":
        return "native", ""
    if env.get("QT_QPA_PLATFORM", "").split(":")[0] in WITHOUT_SERVER:
        return "offscreen", ""
    variables = {"x11": "DISPLAY", "wayland": "WAYLAND_DISPLAY"}
    named = {kind: env[name] for kind, name in variables.items() if env.get(name)}
    for kind in named:
        if answers(kind):
            return kind, ""
    if not named:
        return None, "no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
    tried = " or ".join(f"{variables[kind]}={value}" for kind, value in named.items())
    return None, f"no display: nothing answers at {tried}"
