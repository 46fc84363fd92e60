"""Faults of ours: each ends up in the log file of the data folder, with where and what."""

from __future__ import annotations

import faulthandler
import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import TextIO

_log = logging.getLogger("tankside")
_FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_MOST_BYTES = 2_000_000
_crash_files: list[TextIO] = []


def log_to(folder: Path) -> Path | None:
    """Send warnings and faults to ``tankside.log`` in the folder; None where it cannot be written.

    Every way an exception can escape leads here: the main thread, any other thread, a destructor.
    A crash of the interpreter itself leaves ``crash.log``.
    """
    path = folder / "tankside.log"
    logging.raiseExceptions = False  # a full disk must not fill the terminal with traces
    logging.getLogger().addHandler(logging.NullHandler())  # nor the terminal repeat the log
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path, maxBytes=_MOST_BYTES, backupCount=3, encoding="utf-8", delay=True
        )
        _keep_crashes((folder / "crash.log").open("a", encoding="utf-8"))
    except OSError:
        return None  # the history says so, where the person sees it
    handler.setFormatter(logging.Formatter(_FORMAT))
    handler.setLevel(logging.WARNING)
    logging.getLogger().addHandler(handler)
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread
    sys.unraisablehook = _on_unraisable
    return path


def _keep_crashes(file: TextIO) -> None:
    """Let the interpreter's own crashes go to a file, and close the one before."""
    faulthandler.enable(file)
    for before in _crash_files:
        before.close()
    _crash_files[:] = [file]


def _on_exception(
    kind: type[BaseException], value: BaseException, trace: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("an unexpected error", exc_info=(kind, value, trace))


def _on_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        name = args.thread.name if args.thread else "?"
        _log.critical(
            "an unexpected error in thread %s",
            name,
            exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        )


def _on_unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        _log.error(
            "an error nobody could be told of: %s",
            args.err_msg or args.object,
            exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
        )
