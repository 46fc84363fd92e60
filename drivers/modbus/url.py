"""Where a controller is: ``tcp://host:502?unit=1``, ``rtu:///dev/ttyUSB0?baud=19200&parity=N``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from drivers.modbus.regmap import Transport

SCHEMES = {
    "tcp": "tcp://HOST[:502][?unit=N]",
    "rtu+tcp": "rtu+tcp://HOST:PORT[?unit=N]",
    "tls": "tls://HOST[:802][?unit=N&ca=FILE&cert=FILE&key=FILE]",
    "rtu": "rtu:///dev/ttyUSB0[?baud=19200&parity=N&stop=1&unit=N&echo=0] (Windows: rtu://COM3?…)",
    "ascii": "ascii:///dev/ttyUSB0[?baud=19200&parity=E&stop=1&bits=7&unit=N&echo=0]",
}
ALLOWED = ", ".join(SCHEMES.values())
_SERIAL = frozenset({"rtu", "ascii"})
_DEFAULT_PORTS = {"tcp": 502, "rtu+tcp": 502, "tls": 802}
_WINDOWS_PORT = re.compile(r"/?(COM\d{1,3})$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Everything that those who share one connection must agree on.

    ``host`` and ``port`` for the network, ``device`` and the line's settings for a serial line;
    ``ca``, ``cert`` and ``key`` name files for TLS. ``echo`` says that the adapter returns what is
    sent.
    """

    scheme: str
    host: str = ""
    port: int = 0
    device: str = ""
    baud: int = 19200
    parity: str = "N"
    stop_bits: int = 1
    data_bits: int = 8
    echo: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""

    @property
    def name(self) -> str:
        """How messages call it: ``10.0.0.7:502`` or ``/dev/ttyUSB0``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.device or f"{host}:{self.port}"

    @property
    def place(self) -> str:
        """What can be opened only once: two endpoints of one place must be equal."""
        return self.device or f"{self.host.lower()}:{self.port}"

    @property
    def is_serial(self) -> bool:
        """Whether bytes take a time on the line that counts."""
        return self.scheme in _SERIAL

    @property
    def byte_s(self) -> float:
        """How long one byte takes, in seconds; 0 on a network."""
        if not self.is_serial:
            return 0.0
        return (1 + self.data_bits + (self.parity != "N") + self.stop_bits) / self.baud

    @property
    def settings(self) -> str:
        """The settings of a serial line as people write them (``19200 8N1``), else the scheme."""
        if not self.is_serial:
            return self.scheme
        return f"{self.scheme} {self.baud} {self.data_bits}{self.parity}{self.stop_bits}"


@dataclass(frozen=True, slots=True)
class ModbusUrl:
    """A parsed connection URL; what it leaves open (None) the register map decides."""

    scheme: str
    host: str = ""
    port: int | None = None
    device: str = ""
    unit: int | None = None
    baud: int | None = None
    parity: str | None = None
    stop_bits: int | None = None
    data_bits: int | None = None
    echo: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> ModbusUrl:
        """Parse a URL; raises ValueError saying what is allowed."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise ValueError(f"{error}; allowed is {ALLOWED}") from None
        form = SCHEMES.get(parts.scheme, "")
        if not form:
            raise ValueError(f"not a connection this version can open; allowed is {ALLOWED}")
        if parts.fragment or parts.username is not None or parts.password is not None:
            raise ValueError(f"allowed is {form}")
        if parts.scheme in _SERIAL:
            where: dict[str, Any] = {"device": _device(parts.netloc, parts.path, form)}
        else:
            where = {"host": _host(parts.hostname, parts.path, form), "port": _port(port, form)}
        return cls(parts.scheme, **where, **_options(parts.query, parts.scheme, form))

    def endpoint(self, transport: Transport) -> Endpoint:
        """Return where to connect, with the map's transport where the URL is silent."""
        if self.scheme in _SERIAL:
            return Endpoint(
                self.scheme,
                device=self.device,
                baud=self.baud or transport.baud,
                parity=self.parity or transport.parity,
                stop_bits=self.stop_bits or transport.stop_bits,
                data_bits=8 if self.scheme == "rtu" else self.data_bits or transport.data_bits,
                echo=self.echo,
            )
        own = transport.port if transport.protocol == PROTOCOLS[self.scheme] else None
        return Endpoint(
            self.scheme,
            host=self.host,
            port=self.port or own or _DEFAULT_PORTS[self.scheme],
            ca=self.ca,
            cert=self.cert,
            key=self.key,
        )


PROTOCOLS = {
    "tcp": "tcp",
    "rtu+tcp": "rtu_over_tcp",
    "tls": "tls",
    "rtu": "rtu",
    "ascii": "ascii",
}
"""The name in a register map of what each scheme speaks."""


def _host(host: str | None, path: str, form: str) -> str:
    if not host or path not in {"", "/"}:
        raise ValueError(f"allowed is {form}")
    return host


def _port(port: int | None, form: str) -> int | None:
    if port == 0:
        raise ValueError(f"the port must be 1 to 65535; allowed is {form}")
    return port


def _device(netloc: str, path: str, form: str) -> str:
    """``/dev/ttyUSB0`` from the path, ``COM3`` from where a host would stand."""
    name = unquote(netloc + path)
    windows = _WINDOWS_PORT.match(name)
    if windows:
        return windows[1].upper()
    if netloc or not path.strip("/") or path.endswith("/"):
        raise ValueError(f"the serial device is missing; allowed is {form}")
    return name


def _options(query: str, scheme: str, form: str) -> dict[str, Any]:
    given = parse_qs(query, keep_blank_values=True)
    allowed = _OPTIONS_OF[scheme]
    found = {}
    for name, values in given.items():
        if name not in allowed:
            raise ValueError(f"unknown option {name!r}; allowed is {form}")
        if len(values) > 1:
            raise ValueError(f"{name} is given more than once; allowed is {form}")
        field, read = allowed[name]
        try:
            found[field] = read(name, values[0])
        except ValueError as error:
            raise ValueError(f"{error}; allowed is {form}") from None
    if bool(found.get("cert")) != bool(found.get("key")):
        raise ValueError(f"cert and key belong together; allowed is {form}")
    return found


def _number(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal() and low <= int(text[:12]) <= high):
            raise ValueError(f"{name} must be {low} to {high}, found {text!r}")
        return int(text)

    return read


def _choice(**allowed: Any) -> Callable[[str, str], Any]:
    choices = {word.removeprefix("_"): value for word, value in allowed.items()}

    def read(name: str, text: str) -> Any:
        if text.upper() not in choices:
            raise ValueError(f"{name} must be {' or '.join(choices)}, found {text!r}")
        return choices[text.upper()]

    return read


def _file(name: str, text: str) -> str:
    if not text:
        raise ValueError(f"{name} must name a file")
    return text


_Reader = tuple[str, Callable[[str, str], Any]]
_UNIT: Mapping[str, _Reader] = {"unit": ("unit", _number(0, 255))}
_LINE: Mapping[str, _Reader] = {
    "baud": ("baud", _number(300, 4_000_000)),
    "parity": ("parity", _choice(N="N", E="E", O="O")),
    "stop": ("stop_bits", _choice(_1=1, _2=2)),
    "echo": ("echo", _choice(_0=False, _1=True)),
}
_FILES: Mapping[str, _Reader] = {name: (name, _file) for name in ("ca", "cert", "key")}
_OPTIONS_OF: Mapping[str, Mapping[str, _Reader]] = {
    "tcp": _UNIT,
    "rtu+tcp": _UNIT,
    "tls": {**_UNIT, **_FILES},
    "rtu": {**_UNIT, **_LINE},
    "ascii": {**_UNIT, **_LINE, "bits": ("data_bits", _choice(_7=7, _8=8))},
}
