"""JSON-line commands from standard input."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable
from typing import Any

from drivers.simulator.plant import Plant

MOST_LINE = 65_536
STANDARD_INPUT = 0
ALLOWED = "inject, clear, lift, lower, handle"


class CommandReader:
    """A thread that hands each line of standard input to the event loop.

    It reads the descriptor itself: a thread that sleeps inside Python's buffered standard input
    makes the interpreter abort at exit. ``at_end`` is called in the loop when input closes.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_line: Callable[[bytes], None],
        at_end: Callable[[], None] | None,
    ) -> None:
        self._loop = loop
        self._on_line = on_line
        self._at_end = at_end
        self._thread = threading.Thread(target=self._read, name="commands", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def _read(self) -> None:
        buffer = b""
        while data := _next_bytes():
            *lines, buffer = (buffer + data).split(b"\n")
            buffer = buffer[-MOST_LINE:]
            for line in lines:
                self._post(self._on_line, line)
        if self._at_end is not None:
            self._post(self._at_end)

    def _post(self, call: Callable[..., None], *arguments: bytes) -> None:
        try:
            self._loop.call_soon_threadsafe(call, *arguments)
        except RuntimeError:  # the loop has closed: there is nobody left to command
            return


def obey(plant: Plant, line: bytes, emit: Callable[[dict[str, Any]], None]) -> None:
    """Carry out one command; a command that cannot be carried out is answered with an error."""
    if not line.strip():
        return
    try:
        _carry_out(plant, json.loads(line))
    except (ValueError, TypeError, RecursionError) as error:
        emit({"error": f"{error} in {line[:200].decode('utf-8', 'replace')!r}"})


def _carry_out(plant: Plant, command: object) -> None:
    if not isinstance(command, dict):
        raise ValueError(f"a command is an object with one of {ALLOWED}")  # noqa: TRY004  of a file, not of a call
    name, target = _text(command, *ALLOWED.split(", ")), command.get("target")
    if target is not None and not isinstance(target, str):
        raise ValueError("target must be the id of a tank or host")
    if "inject" in command:
        plant.inject(
            name,
            target,
            duration_s=_number(command.get("duration_s")),
            parameters=_table(command.get("parameters")),
        )
    elif "clear" in command:
        plant.clear(name, target)
    elif "handle" in command:
        amount = _number(command.get("amount"))
        plant.handle(name, target or "", 1.0 if amount is None else amount)
    elif "lift" in command:
        plant.lift(name)
    else:
        plant.lower(name)


def _text(command: dict[str, object], *keys: str) -> str:
    for key in keys:
        value = command.get(key)
        if isinstance(value, str):
            return value
    raise ValueError(f"a command is an object with one of {ALLOWED}")


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise ValueError("duration_s must be seconds from 0")
    return float(value)


def _table(value: object) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("parameters must be an object")  # noqa: TRY004  of a file, not of a call
    return value


def _next_bytes() -> bytes:
    try:
        return os.read(STANDARD_INPUT, 4096)
    except OSError:  # no standard input at all
        return b""
