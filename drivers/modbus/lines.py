"""All connections of a console: one for each place."""

from __future__ import annotations

from drivers.modbus.line import Line
from drivers.modbus.url import Endpoint


class Lines:
    """Hands out the same line to whoever asks for the same place."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def line(self, endpoint: Endpoint) -> Line:
        """Return the line to an endpoint; raises ValueError where it is in use otherwise."""
        line = self._lines.setdefault(endpoint.place, Line(endpoint))
        if line.endpoint != endpoint:
            raise ValueError(
                f"{endpoint.name} is already used as {line.endpoint.settings}; "
                f"it cannot be {endpoint.settings} as well"
            )
        return line
