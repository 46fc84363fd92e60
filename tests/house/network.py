"""Tests reach loopback and nothing else."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Callable
from typing import Any

attempts: list[str] = []
"""What the running test has tried to reach."""


def is_here(host: object) -> bool:
    """Whether a host is this machine by a name or address that never leaves it."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in {"", "localhost", "<broadcast>"}:
        return host != "<broadcast>"
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def guard() -> Callable[[], None]:
    """Refuse connections, datagrams and look-ups beyond loopback; returns what lifts the guard."""
    connect, connect_ex, sendto = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.socket.sendto,
    )
    getaddrinfo = socket.getaddrinfo

    def checked_connect(self: socket.socket, address: Any, /) -> None:
        _check(self, address)
        connect(self, address)

    def checked_connect_ex(self: socket.socket, address: Any, /) -> int:
        _check(self, address)
        return connect_ex(self, address)

    def checked_sendto(self: socket.socket, data: Any, *rest: Any) -> int:
        _check(self, rest[-1])
        return sendto(self, data, *rest)

    def checked_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_here(host):
            attempts.append(f"the name {host!r}")
            raise socket.gaierror(socket.EAI_NONAME, f"tests do not look up {host!r}")
        return getaddrinfo(host, *args, **kwargs)

    _put(checked_connect, checked_connect_ex, checked_sendto, checked_getaddrinfo)
    return lambda: _put(connect, connect_ex, sendto, getaddrinfo)


def _put(connect: Any, connect_ex: Any, sendto: Any, getaddrinfo: Any) -> None:
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
    socket.socket.sendto = sendto  # type: ignore[method-assign]
    socket.getaddrinfo = getaddrinfo


def _check(sock: socket.socket, address: Any) -> None:
    """Fail as a machine without a network does, so that the code under test goes its usual way."""
    if sock.family in {socket.AF_INET, socket.AF_INET6} and not is_here(address[0]):
        attempts.append(f"{address[0]}:{address[1]}")
        raise OSError(errno.ENETUNREACH, f"tests do not reach {address[0]}")


def problems() -> list[str]:
    """Return one line per attempt of the running test."""
    return [f"network: tried to reach {where}; tests stay on loopback" for where in attempts]
