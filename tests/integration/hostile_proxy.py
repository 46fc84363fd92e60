"""A proxy in front of a right server that does to its answers whatever it is told to."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.unit.drivers.wired import Answer, Reply, Server, bare, framed, right

LATENCY_S = 0.003
"""How long the right server takes, in virtual seconds."""


@dataclass(frozen=True)
class Mutation:
    """What happens to one answer; ``a`` and ``b`` say how much of it."""

    kind: str
    a: int = 0
    b: int = 0
    data: bytes = b""


KINDS = (
    "right",
    "truncated",
    "oversized",
    "wrong unit",
    "wrong id",
    "wrong function",
    "wrong byte count",
    "fewer registers",
    "more registers",
    "bytewise",
    "twice",
    "again later",
    "late",
    "garbage",
    "garbage before",
    "exception",
    "damaged",
    "silence",
    "hang up",
)


def hostile(scheme: str, mutations: Iterator[Mutation], timeout_s: float) -> Answer:
    """Return a server's answers after mutation, one each; right when there is none left."""

    def answer(request: bytes) -> Reply:
        mutation = next(mutations, Mutation("right"))
        return _mutated(scheme, request, mutation, timeout_s)

    return answer


def _mutated(scheme: str, request: bytes, how: Mutation, timeout_s: float) -> Reply:
    pdu = right(bare(scheme, request))
    frame = framed(scheme, request, pdu)
    late_s = LATENCY_S + timeout_s * (1 + how.a % 60 / 100)
    timed: dict[str, Reply] = {
        "silence": [],
        "hang up": None,
        "late": [(late_s, frame)],
        "bytewise": [
            (LATENCY_S + i * 1e-4 * (how.a % 5), frame[i : i + 1]) for i in range(len(frame))
        ],
        "twice": [(LATENCY_S, frame), (LATENCY_S, frame)],
        "again later": [(LATENCY_S, frame), (LATENCY_S + how.a % 40 / 1000, frame)],
    }
    if how.kind in timed:
        return timed[how.kind]
    return [(LATENCY_S, _damaged(scheme, request, pdu, frame, how))]


def _damaged(scheme: str, request: bytes, pdu: bytes, frame: bytes, how: Mutation) -> bytes:
    noise = how.data or b"\0"
    bytewise: dict[str, Callable[[], bytes]] = {
        "truncated": lambda: frame[: how.a % len(frame)],
        "oversized": lambda: frame + noise,
        "garbage": lambda: how.data,
        "garbage before": lambda: noise + frame,
        "wrong unit": lambda: framed(scheme, _with_unit(scheme, request, how.a), pdu),
        "wrong id": lambda: how.a.to_bytes(4)[2:] + frame[2:] if scheme == "tcp" else frame,
        "damaged": lambda: _flipped(frame, how, header_only=scheme == "tcp"),
    }
    if how.kind in bytewise:
        return bytewise[how.kind]()
    return framed(scheme, request, _other_pdu(request, scheme, pdu, how))


def _other_pdu(request: bytes, scheme: str, pdu: bytes, how: Mutation) -> bytes:
    asked = bare(scheme, request)
    if how.kind == "wrong function":
        return bytes(((pdu[0] + 1 + how.a % 254) % 256,)) + pdu[1:]
    if how.kind == "wrong byte count":
        return bytes((pdu[0], (pdu[1] + 1 + how.a % 254) % 256)) + pdu[2:]
    if how.kind == "exception":
        return bytes((pdu[0] | 0x80,)) + (bytes((how.b % 256,)) if how.a % 4 else b"")
    count = struct.unpack(">H", asked[4:6])[0]
    other = (
        max(count - 1 - how.a % 3, 0) if how.kind == "fewer registers" else count + 1 + how.a % 3
    )
    if how.kind in {"fewer registers", "more registers"} and pdu[0] > 2:
        return right(asked[:4] + struct.pack(">H", other))
    return pdu


def _with_unit(scheme: str, request: bytes, by: int) -> bytes:
    at = 6 if scheme == "tcp" else 0
    if scheme == "ascii":
        unit = int(request[1:3], 16)
        return request[:1] + f"{(unit + 1 + by % 254) % 256:02X}".encode() + request[3:]
    unit = (request[at] + 1 + by % 254) % 256
    return request[:at] + bytes((unit,)) + request[at + 1 :]


def _flipped(frame: bytes, how: Mutation, *, header_only: bool) -> bytes:
    """Flip bits of one byte; a TCP payload has no check sum, so there only the header."""
    place = how.a % (8 if header_only else len(frame))
    flip = how.b % 255 + 1
    return frame[:place] + bytes((frame[place] ^ flip,)) + frame[place + 1 :]


async def idle(server: Server) -> bool:
    """Whether nobody is connected any more."""
    for _ in range(20):
        if server.open == 0:
            return True
        await asyncio.sleep(0.01)
    return False
