"""Opening what carries the bytes: a TCP connection, a TLS connection, a serial line."""

from __future__ import annotations

import asyncio
import ssl

from drivers.device import DeviceError
from drivers.modbus.url import Endpoint
from drivers.modbus.wire import Wire


async def open_carrier(endpoint: Endpoint, wire: Wire) -> None:
    """Connect ``wire``; raises OSError with the system's words, DeviceError for a bad file."""
    if endpoint.is_serial:
        # Imported late: most sites have no serial line.
        from drivers.modbus.serial_port import open_serial

        await open_serial(endpoint, wire)
        return
    context = _tls(endpoint) if endpoint.scheme == "tls" else None
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: wire, endpoint.host, endpoint.port, ssl=context)


def _tls(endpoint: Endpoint) -> ssl.SSLContext:
    """Both sides show a certificate, as Modbus security demands; the host name is checked."""
    try:
        context = ssl.create_default_context(cafile=endpoint.ca or None)
        if endpoint.cert:
            context.load_cert_chain(endpoint.cert, endpoint.key, password=_no_password)
    except (OSError, ValueError) as error:
        files = ", ".join(name for name in (endpoint.ca, endpoint.cert, endpoint.key) if name)
        raise DeviceError(f"{endpoint.name}: {files} cannot be used: {error}") from None
    return context


def _no_password() -> str:
    # Without this OpenSSL asks at the terminal, and the console would hang.
    raise ValueError("the key is protected by a password; give one that is not")
