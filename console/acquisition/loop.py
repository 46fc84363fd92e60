"""An asyncio loop whose name look-ups can never hold up another device or the end of the program.

asyncio resolves names in a pool of a few threads that the interpreter waits for when it exits: with
the site's name server gone, ten tanks would occupy the pool and closing the window would hang.
Here every name has at most one look-up under way, each in a daemon thread of its own.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import Any

if sys.platform == "win32":
    _Base = asyncio.ProactorEventLoop
else:
    _Base = asyncio.SelectorEventLoop

_Key = tuple[Any, ...]


class EquipmentLoop(_Base):
    """The platform's own loop with look-ups in daemon threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lookups: dict[_Key, asyncio.Future[Any]] = {}

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002  asyncio's name for it
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """Resolve a name; raises OSError as :func:`socket.getaddrinfo` does."""
        key = (host, port, family, type, proto, flags)
        lookup = self._lookups.get(key)
        if lookup is None:
            lookup = self._lookups[key] = self.create_future()
            threading.Thread(
                target=self._look_up, args=(key, lookup), name=f"lookup {host}", daemon=True
            ).start()
        # Shielded: a poll that gives up leaves the look-up to whoever asks next.
        return await asyncio.shield(lookup)

    def _look_up(self, key: _Key, lookup: asyncio.Future[Any]) -> None:
        found: Any = None
        failed: OSError | None = None
        try:
            found = socket.getaddrinfo(*key)
        except OSError as error:
            failed = error
        try:
            self.call_soon_threadsafe(self._finish, key, lookup, found, failed)
        except RuntimeError:
            return  # the loop was closed meanwhile; nobody waits any more

    def _finish(
        self, key: _Key, lookup: asyncio.Future[Any], found: Any, failed: OSError | None
    ) -> None:
        self._lookups.pop(key, None)
        if lookup.done():
            return
        if failed is None:
            lookup.set_result(found)
        else:
            lookup.set_exception(failed)
            lookup.exception()  # taken here: the poll that asked may have given up
