"""One connection, shared by every unit behind it: whose turn it is, and when the line is clean.

A gateway, a serial line or a controller is connected to once, however many tanks lie behind it.
Questions are asked in the order in which they came, one at a time unless every map allows more.
After a time-out on a line without transaction numbers the late answer would fit the next question;
so nothing is asked until the line has been quiet for as long as the slowest answer takes, and the
first answer of that unit afterwards is thrown away as well. A silent unit costs the others at most
a share of the line (:mod:`drivers.modbus.patience`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from drivers.device import DeviceError, DeviceGarbledError, DeviceTimeoutError
from drivers.modbus.carriers import open_carrier
from drivers.modbus.frames import GATEWAY_PATH, GATEWAY_TARGET, ModbusRefusedError, answer_size
from drivers.modbus.framings import FRAMINGS, Question
from drivers.modbus.patience import Patience
from drivers.modbus.stillness import Stillness
from drivers.modbus.url import Endpoint
from drivers.modbus.wire import Ghost, Wire

_TAG_STRIDE = 40503
"""Odd, so that every number comes once in 65536; not 1, so that a late answer off by one misses."""
_LOOK_S = 0.02
_FORGET = 0.95
_UNANSWERED_UNTIL_DROPPED = 3
_LEAST_GAP_S = 0.00175
_NETWORK_GAP_S = 0.005
_CONNECT_HOLD_S = (0.5, 8.0)


@dataclass(frozen=True, slots=True)
class Manners:
    """How one unit wants to be asked; a shared line keeps to the most demanding.

    ``worst_latency_s`` is how late an answer may still come after it was asked for.
    """

    inter_request_s: float = 0.0
    pause_after_connect_s: float = 0.0
    worst_latency_s: float = 0.5
    in_flight: int = 1


class Line:
    """The connection to one endpoint; opened while anybody holds it."""

    def __init__(
        self,
        endpoint: Endpoint,
        opener: Callable[[Endpoint, Wire], Awaitable[None]] = open_carrier,
    ) -> None:
        self.endpoint = endpoint
        self.name = endpoint.name
        self.framing = FRAMINGS[endpoint.scheme]()
        self._opener = opener
        self._wire: Wire | None = None
        self._opening = asyncio.Lock()
        self._turns: asyncio.Semaphore | None = None
        self._holders: set[object] = set()
        self._units: set[int] = set()
        self._manners = Manners(worst_latency_s=0.0)
        self._in_flight = 0
        self._tag = random.randrange(65536)
        self._patience = Patience()
        self._stillness = Stillness()
        self._next_s = 0.0
        self._strays = 0
        self._unanswered = 0
        self._refused_until_s = 0.0
        self._refusals = 0
        self._refusal = ""
        self.round_trip_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._wire is not None and self._wire.is_open

    @property
    def tagged(self) -> bool:
        """Whether answers name the question they belong to."""
        return self.framing.tagged

    @property
    def strays(self) -> int:
        """How many answers came that nobody had asked for, since the beginning."""
        return self._strays + (self._wire.strays if self._wire else 0)

    @property
    def units(self) -> frozenset[int]:
        """The units that are asked here."""
        return frozenset(self._units)

    @property
    def in_flight(self) -> int:
        """How many questions may be asked at once."""
        return max(self._in_flight, 1) if self.tagged else 1

    @property
    def gap_s(self) -> float:
        """The silence that parts two frames where nothing else does."""
        if self.tagged:
            return 0.0
        least_s = _LEAST_GAP_S if self.endpoint.is_serial else _NETWORK_GAP_S
        return max(3.5 * self.endpoint.byte_s, least_s)

    def join(self, unit: int, manners: Manners) -> None:
        """Make a unit known; call before the line is first opened."""
        mine = self._manners
        self._units.add(unit)
        self._manners = Manners(
            max(mine.inter_request_s, manners.inter_request_s),
            max(mine.pause_after_connect_s, manners.pause_after_connect_s),
            max(mine.worst_latency_s, manners.worst_latency_s),
        )
        self._in_flight = min(self._in_flight or manners.in_flight, manners.in_flight)
        self._stillness.expect(manners.worst_latency_s)

    async def open(self, holder: object, timeout_s: float) -> None:
        """Connect unless connected, and keep it so until ``holder`` lets go; raises DeviceError."""
        self._holders.add(holder)
        async with self._opening:
            if not self.is_open:
                self._refuse_what_just_failed()
                await self._connect(timeout_s)

    def let_go(self, holder: object) -> None:
        """Give the connection up; it is dropped at once when nobody else holds it."""
        self._holders.discard(holder)
        if not self._holders:
            self._drop()

    async def ask(self, unit: int, pdu: bytes, timeout_s: float) -> bytes:
        """Ask in turn and return the checked data bytes; raises DeviceError.

        ``timeout_s`` is for the unit to begin answering: the time on a serial line comes on top,
        and so does the wait for the turn.
        """
        if self._turns is None:
            self._turns = asyncio.Semaphore(self.in_flight)
        self._leave_alone_if_silent(unit)
        async with self._turns:
            self._leave_alone_if_silent(unit)
            await self._wait_until_clean()
            if self._stillness.owes(unit):
                await self._get_in_step(unit, pdu, timeout_s)
            return await self._exchange(unit, pdu, timeout_s)

    async def rest(self, least_s: float) -> None:
        """Wait in turn for ``least_s`` (and at least one gap) in which nobody asks anything."""
        if self._turns is None:
            return
        async with self._turns:
            await asyncio.sleep(max(least_s, self.gap_s))

    async def _connect(self, timeout_s: float) -> None:
        wire = Wire(self.framing, self.name, self._on_ghost, echo=self.endpoint.echo)
        try:
            async with asyncio.timeout(timeout_s):
                await self._opener(self.endpoint, wire)
        except TimeoutError:
            raise self._refused(f"no answer within {timeout_s:g} s") from None
        except OSError as error:
            raise self._refused(_words(error)) from None
        self._refusals, self._refused_until_s = 0, 0.0
        self._wire, self._unanswered = wire, 0
        self._next_s = self._now() + self._manners.pause_after_connect_s

    def _refused(self, why: str) -> DeviceError:
        what = "cannot be opened" if self.endpoint.is_serial else "does not accept the connection"
        self._refusal = f"{self.name} {what}: {why}"
        self._refusals += 1
        if len(self._holders) > 1:
            least, most = _CONNECT_HOLD_S
            hold_s = min(least * 2.0 ** (self._refusals - 1), most)
            self._refused_until_s = self._now() + random.uniform(hold_s / 2, hold_s)
        return DeviceError(self._refusal)

    def _refuse_what_just_failed(self) -> None:
        """Twenty units behind a dead gateway make one attempt between them, not twenty."""
        if self._now() < self._refused_until_s:
            raise DeviceError(self._refusal)

    def _drop(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._strays += wire.strays
            wire.close()

    def _leave_alone_if_silent(self, unit: int) -> None:
        hold_s = self._patience.hold_s(unit, self._now())
        if hold_s > 0:
            raise DeviceTimeoutError(
                f"unit {unit} at {self.name} does not answer; it is asked again in {hold_s:.0f} s, "
                "so that the other units keep their turn"
            )

    async def _wait_until_clean(self) -> None:
        """Wait for the pace, for the gap between frames and for what may still come unasked."""
        while True:
            wire = self._open_wire()
            now_s = self._now()
            if not self.tagged:
                self._stillness.note_strays(self.strays, wire.heard_s)
            wait_s = max(self._next_s, wire.heard_s + self.gap_s) - now_s
            still_s = self._stillness.lasts_s(wire.heard_s, now_s)
            if max(wait_s, still_s) <= 0:
                return
            # A late answer ends the stillness, so it is looked at again and again.
            await asyncio.sleep(max(wait_s, min(still_s, _LOOK_S)))

    async def _get_in_step(self, unit: int, pdu: bytes, timeout_s: float) -> None:
        """Ask once for nothing: the first answer after a time-out may be to the question before."""
        if pdu[0] > 4:
            raise DeviceError(f"{self.name}: unit {unit} has to be read again before it is written")
        with contextlib.suppress(ModbusRefusedError):  # an answer all the same
            await self._exchange(unit, pdu, timeout_s)
        self._stillness.forgive(unit)
        self._stillness.begin(self._now())
        await self._wait_until_clean()

    async def _exchange(self, unit: int, pdu: bytes, timeout_s: float) -> bytes:
        wire = self._open_wire()
        began_s = self._now()
        try:
            payload = await wire.exchange(
                Question(self._next_tag(), unit, pdu), timeout_s + self.transfer_s(pdu)
            )
        except DeviceTimeoutError as error:
            self._gave_up(unit, began_s)
            who = f"unit {unit} at {self.name}" if len(self._units) > 1 else self.name
            raise DeviceTimeoutError(f"{who} {error}") from None
        except asyncio.CancelledError:
            self._gave_up(unit, began_s)
            raise
        except ModbusRefusedError as error:
            if error.code in {GATEWAY_PATH, GATEWAY_TARGET}:
                self._unanswered = 0  # the gateway lives, the unit behind it may not
                self._patience.gave_up(unit, self._now() - began_s, self._now())
            else:
                self._answered(unit)
            raise
        except DeviceGarbledError:
            self._unanswered = 0
            raise
        finally:
            self._next_s = self._now() + self._manners.inter_request_s
        self._answered(unit)
        # The longest, slowly forgotten: an answer to the question before comes too soon.
        self.round_trip_s = max(self._now() - began_s, _FORGET * self.round_trip_s)
        return payload

    def _open_wire(self) -> Wire:
        if self._wire is None:
            raise DeviceError(f"{self.name} is not connected")
        if not self._wire.is_open:
            raise DeviceError(f"{self.name} closed the connection")
        return self._wire

    def _answered(self, unit: int) -> None:
        self._unanswered = 0
        self._patience.answered(unit)

    def _gave_up(self, unit: int, began_s: float) -> None:
        now_s = self._now()
        cost_s = now_s - began_s
        if not self.tagged:
            self._stillness.gave_up(unit, now_s)
            cost_s += self._stillness.worst_latency_s
        elif len(self._units) > 1 and self.in_flight == 1:
            # Behind a gateway the next question would only queue up behind the one given up.
            self._stillness.begin(now_s)
            cost_s += self._stillness.worst_latency_s
        self._patience.gave_up(unit, cost_s, now_s)
        self._unanswered += 1
        if self._unanswered >= _UNANSWERED_UNTIL_DROPPED:
            self._drop()  # half open: the peer may be gone without having said so

    def _on_ghost(self, ghost: Ghost, age_s: float) -> None:
        """Learn from a late answer how slow a unit is; it is in step if it owed no other."""
        self._unanswered = 0
        self._stillness.came_late(ghost.question.unit, age_s)

    def _next_tag(self) -> int:
        if not self.tagged:
            return 0
        self._tag = (self._tag + _TAG_STRIDE) & 0xFFFF or _TAG_STRIDE
        return self._tag

    def transfer_s(self, pdu: bytes) -> float:
        """Return how long a question and its right answer take on a serial line, in seconds."""
        sizes = self.framing.size(len(pdu)) + self.framing.size(answer_size(pdu))
        return sizes * self.endpoint.byte_s

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _words(error: OSError) -> str:
    """The system's words for an error, without its numbers."""
    if isinstance(error, ssl.SSLError):
        return getattr(error, "verify_message", "") or error.reason or str(error)
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno).lower()
    return error.strerror or str(error)
