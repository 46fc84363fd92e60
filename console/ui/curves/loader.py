"""Asks a source in a worker thread, always for the latest wish: the window never waits."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Signal

from console.history.trouble import StorageError
from console.ui.curves.model import Answer, Columns, CurveSource, Request


class Loader(QObject):
    """Connect ``request`` to a view's ``wanted`` and ``answered`` to its ``answer``.

    One request is worked on at a time; a newer one replaces that which waits, and ends the
    present one after the curve in work. ``stop`` ends the thread; a stopped loader asks no more.
    """

    answered = Signal(object)

    def __init__(self, source: CurveSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._news = threading.Condition()
        self._next: Request | None = None
        self._stopped = False
        self._thread: threading.Thread | None = None

    def request(self, request: Request) -> None:
        """Ask for this instead of anything asked before; called by the window's thread."""
        with self._news:
            if self._stopped:
                return
            self._next = request
            self._news.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="curves", daemon=True)
            self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the thread; returns whether it ended in time."""
        with self._news:
            self._stopped = True
            self._next = None
            self._news.notify()
        if self._thread is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (request := self._wait()) is not None:
            answer = self._ask(request)
            with self._news:
                if self._stopped:
                    return
            if answer is not None:
                self.answered.emit(answer)

    def _wait(self) -> Request | None:
        with self._news:
            while self._next is None and not self._stopped:
                self._news.wait()
            request, self._next = self._next, None
            return request

    def _ask(self, request: Request) -> Answer | None:
        found: list[Columns] = []
        grid = request.grid
        for curve in request.curves:
            if self._next is not None or self._stopped:
                return None
            start_us, end_us = grid.start_us + curve.offset_us, grid.end_us + curve.offset_us
            try:
                columns = self._source.columns(curve.part, curve.key, start_us, end_us, grid.count)
            except (OSError, ValueError, StorageError) as error:
                return Answer(request.number, grid, error=str(error))
            found.append(columns)
        return Answer(request.number, grid, tuple(found))
