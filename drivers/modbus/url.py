"""Where a controller is: ``tcp://host:502?unit=1``."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

ALLOWED = "tcp://HOST[:PORT][?unit=N]"


@dataclass(frozen=True, slots=True)
class ModbusUrl:
    """A parsed connection URL; ``unit`` is None where the register map decides."""

    host: str
    port: int
    unit: int | None

    @classmethod
    def parse(cls, text: str) -> ModbusUrl:
        """Parse a URL; raises ValueError saying what is allowed."""
        parts = urlsplit(text)
        if parts.scheme != "tcp" or not parts.hostname:
            raise ValueError(f"not a connection this version can open; allowed is {ALLOWED}")
        try:
            port = 502 if parts.port is None else parts.port
        except ValueError:
            raise ValueError(f"the port must be 1 to 65535; allowed is {ALLOWED}") from None
        if parts.path not in {"", "/"} or parts.fragment or parts.username:
            raise ValueError(f"allowed is {ALLOWED}")
        return cls(parts.hostname, port, _unit(parts.query))


def _unit(query: str) -> int | None:
    options = parse_qs(query, keep_blank_values=True)
    unknown = sorted(set(options) - {"unit"})
    if unknown:
        raise ValueError(f"unknown option {unknown[0]!r}; allowed is {ALLOWED}")
    if "unit" not in options:
        return None
    text = options["unit"][-1]
    if not text.isdecimal() or not 0 <= int(text) <= 255:
        raise ValueError(f"unit must be 0 to 255; allowed is {ALLOWED}")
    return int(text)
