"""A page of a session as a picture file."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.session import Session

_TURNS = 4
_WAIT_S = 20.0


def draw(
    session: Session,
    page: str,
    path: Path,
    *,
    theme: str,
    size: tuple[int, int],
    glove: bool = False,
    subject: str | None = None,
) -> None:
    """Write the window, showing a page, as a PNG of exactly ``size`` pixels.

    Raises ValueError for an unknown page or theme, OSError when the file cannot be written.
    """
    from console.ui.window import application, build_window

    app = application()
    window = build_window(session, page=page, theme=theme, glove=glove)
    try:
        window.resize(*size)
        window.show()
        if subject is not None:
            window.open(page, subject)
        deadline_s = time.monotonic() + _WAIT_S
        for turn in itertools.count():  # a page lays itself out, then draws with the sizes it got
            window.tick()
            app.processEvents()
            settled = window.page is None or window.page.settled
            if turn >= _TURNS and (settled or time.monotonic() > deadline_s):
                break
            time.sleep(0.0 if settled else 0.02)
        if not window.grab().save(str(path), "PNG"):
            raise OSError(f"{path} cannot be written as a PNG file")
    finally:
        window.deleteLater()
        app.processEvents()
