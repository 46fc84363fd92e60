"""What a test left behind: threads, asyncio tasks, child processes, timers, QThreads, widgets.

Qt is looked at only where something else has already imported it.
"""

from __future__ import annotations

import asyncio
import asyncio.runners
import gc
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import psutil

Inventory = dict[tuple[str, object], str]
KINDS = ("threads", "tasks", "processes", "timers", "qthreads", "widgets")
GRACE_S = 2.0
_LOOP_END = "_cancel_all_tasks"  # what both asyncio.run and Runner call last
_THREADS_OF_OTHERS = ("pytest_timeout",)
_PROCESSES_OF_OTHERS = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
_WIDGETS_OF_OTHERS = ("PySide6.", "pyqtgraph.")

cancelled_tasks: list[str] = []
"""The tasks that were still running when their event loop was closed."""
_made: weakref.WeakSet[Any] = weakref.WeakSet()


def watch_tasks() -> None:
    """Note every task that ``asyncio.run`` (or a Runner) finds still running at its end."""
    cancel_all: Callable[[asyncio.AbstractEventLoop], None] = getattr(asyncio.runners, _LOOP_END)

    def noted(loop: asyncio.AbstractEventLoop) -> None:
        # One that has been told to stop and merely had no turn yet is on its way out.
        left = [task for task in asyncio.all_tasks(loop) if not task.cancelling()]
        cancelled_tasks.extend(f"{task.get_name()} running {task.get_coro()}" for task in left)
        cancel_all(loop)

    setattr(asyncio.runners, _LOOP_END, noted)


def watch_qt() -> None:
    """Remember every QTimer and QThread made by Python from now on, without keeping it alive."""
    from PySide6.QtCore import QThread, QTimer

    for kind in (QTimer, QThread):
        original = kind.__init__

        def made(self: Any, *args: Any, _original: Any = original, **kwargs: Any) -> None:
            _original(self, *args, **kwargs)
            _made.add(self)

        kind.__init__ = made  # type: ignore[method-assign]


def inventory() -> Inventory:
    """Return everything that is running or open now: ``(kind, identity) -> words for a person``."""
    found: Inventory = {("threads", t.ident): f"thread {t.name!r}" for t in _threads()}
    found |= {("processes", key): words for key, words in _processes()}
    if _qt_is_up():
        found |= {("timers", id(t)): f"running QTimer {_named(t)}" for t in _running_timers()}
        found |= {("qthreads", id(t)): f"running QThread {_named(t)}" for t in _running_qthreads()}
        found |= {("widgets", key): words for key, words in _widgets()}
    return found


def left_behind(before: Inventory) -> list[tuple[str, str]]:
    """Return ``(kind, words)`` of what is here and was not before; waits a little for endings."""
    deadline_s = time.monotonic() + GRACE_S
    while True:
        left = {key: words for key, words in inventory().items() if key not in before}
        if not left or time.monotonic() > deadline_s:
            tasks = [("tasks", f"asyncio task {words}") for words in cancelled_tasks]
            return tasks + [(kind, words) for (kind, _), words in left.items()]
        del left
        _let_go()
        time.sleep(0.02)


def _let_go() -> None:
    """Let what is about to go, go: cycles, deferred deletions, events."""
    gc.collect()
    if _qt_is_up():
        from PySide6.QtCore import QCoreApplication, QEvent

        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()


def let_loops_run_again() -> None:
    """Undo an exit of the application outside its own loop: it ends every later loop at once."""
    if not _qt_is_up():
        return
    from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(0, loop, loop.quit)
    if loop.exec() == -1:
        QTimer.singleShot(0, lambda: QCoreApplication.exit(0))
        QCoreApplication.exec()  # which forgets, when it ends, that it was told to


def _threads() -> list[threading.Thread]:
    # A dummy stands for a foreign thread that once called Python; it stays after that has ended.
    return [
        t
        for t in threading.enumerate()
        if type(t).__name__ != "_DummyThread" and not t.name.startswith(_THREADS_OF_OTHERS)
    ]


def _processes() -> Iterator[tuple[object, str]]:
    for child in psutil.Process().children(recursive=True):
        try:
            command = " ".join(child.cmdline()) or child.name()
            key, state = (child.pid, child.create_time()), child.status()
        except psutil.NoSuchProcess:
            continue
        if not any(other in command for other in _PROCESSES_OF_OTHERS):
            yield key, f"child process {child.pid} ({command[:120]}), {state}"


def _qt_is_up() -> bool:
    core = sys.modules.get("PySide6.QtCore")
    return core is not None and core.QCoreApplication.instance() is not None


def _alive(kind: type) -> list[Any]:
    from shiboken6 import isValid

    return [thing for thing in list(_made) if isinstance(thing, kind) and isValid(thing)]


def _running_timers() -> list[Any]:
    from PySide6.QtCore import QTimer

    return [timer for timer in _alive(QTimer) if timer.isActive()]


def _running_qthreads() -> list[Any]:
    from PySide6.QtCore import QThread

    return [thread for thread in _alive(QThread) if thread.isRunning()]


def _widgets() -> Iterator[tuple[object, str]]:
    """Top-level widgets of our own, or in sight: pyqtgraph never frees its hidden menus."""
    if "PySide6.QtWidgets" not in sys.modules:
        return
    from PySide6.QtWidgets import QApplication
    from shiboken6 import getCppPointer

    if not isinstance(QApplication.instance(), QApplication):
        return
    for widget in QApplication.topLevelWidgets():
        ours = not f"{type(widget).__module__}.".startswith(_WIDGETS_OF_OTHERS)
        # QTipLabel and its like belong to the application and go by a clock of their own.
        tip = widget.metaObject().className() in {"QTipLabel", "QWhatsThat"}
        if (ours or widget.isVisible()) and not tip:
            key = getCppPointer(widget)[0]
            yield key, f"top-level widget {type(widget).__name__} {_named(widget)}"


def _named(thing: Any) -> str:
    owner = thing.parent()
    of = f" of {type(owner).__name__}" if owner is not None else ", which has no parent"
    return f"{thing.objectName()!r}{of}"
