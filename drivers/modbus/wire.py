"""One open connection: questions go out, checked answers come back, nothing else gets through.

With transaction numbers (TCP, TLS) a late or doubled answer is recognised and dropped; bytes that
are no frame end the connection, because nothing after them can be trusted. Without (RTU, ASCII)
anything that is not exactly the answer awaited is a *stray*: it fails the question and the line
has to fall silent before the next (:mod:`drivers.modbus.line` waits for that).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from drivers.device import DeviceError, DeviceGarbledError, DeviceTimeoutError
from drivers.modbus.frames import payload_of
from drivers.modbus.framings import Frame, Framing, Question

_MOST_GHOSTS = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    question: Question
    answer: asyncio.Future[bytes]


@dataclass(slots=True)
class Ghost:
    """A question that was given up and may still be answered; times by the loop's clock."""

    question: Question
    asked_s: float


class Wire(asyncio.Protocol):
    """The asyncio protocol of one connection.

    ``strays`` counts what came unasked, ``heard_s`` is when the last byte came (loop time);
    ``on_ghost`` is told of a late answer and its age in seconds.
    """

    def __init__(
        self,
        framing: Framing,
        name: str,
        on_ghost: Callable[[Ghost, float], None],
        *,
        echo: bool = False,
    ) -> None:
        self._framing = framing
        self._name = name
        self._on_ghost = on_ghost
        self._echo = echo
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._awaited_echo = b""
        self._asked: dict[int, _Asked] = {}
        self._ghosts: dict[int, Ghost] = {}
        self.strays = 0
        self.heard_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether questions can be asked."""
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = transport  # type: ignore[assignment]  # asyncio's name for a stream's
        self.heard_s = self._loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio: whoever waits is told now, not at the time-out."""
        self._transport = None
        reason = f": {exc}" if exc else ""
        self._fail_all(DeviceError(f"{self._name} closed the connection{reason}"))

    def close(self) -> None:
        """Drop the connection at once; whoever waits is told."""
        if self._transport is not None:
            self._transport.abort()
            self._fail_all(DeviceError(f"{self._name}: the connection was dropped"))

    async def exchange(self, question: Question, timeout_s: float) -> bytes:
        """Ask and return the checked data bytes; raises DeviceError.

        Only what the peer does is told: who it was, the caller says. A question given up, by
        time-out or by cancelling, becomes a ghost.
        """
        if self._transport is None or self._transport.is_closing():
            raise DeviceError(f"{self._name} closed the connection")
        if not self._framing.tagged:
            self._received.clear()
            self._ghosts.clear()
        asked = _Asked(question, self._loop.create_future())
        self._asked[question.tag] = asked
        asked_s = self._loop.time()
        timer = self._loop.call_later(timeout_s, self._expire, asked, timeout_s)
        frame = self._framing.wrap(question)
        self._awaited_echo = frame if self._echo else b""
        self._transport.write(frame)
        try:
            return await asked.answer
        except (DeviceTimeoutError, asyncio.CancelledError):
            self._haunt(question, asked_s)
            raise
        finally:
            timer.cancel()
            self._asked.pop(question.tag, None)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self.heard_s = self._loop.time()
        self._received += data
        given: dict[int, bytes] = {}
        try:
            while self._received and self._take(given):
                pass
            self._must_be_clean(given)
        except DeviceGarbledError as error:
            self._received.clear()
            self.strays += 1
            self._fail_all(error)
            if self._framing.tagged:
                self.close()
            return
        for tag, payload in given.items():
            self._asked[tag].answer.set_result(payload)

    def _take(self, given: dict[int, bytes]) -> bool:
        """Use one frame from what was received; False until there is one.

        Answers go to ``given`` by tag: they are believed once all that came with them is seen.
        """
        if self._awaited_echo and not self._take_echo():
            return False
        if not self._received:
            return False
        frame = self._framing.take(self._received, self._expected())
        if frame is None:
            return False
        asked = self._asked.get(frame.tag)
        if asked is not None and not asked.answer.done() and frame.tag not in given:
            self._answer(asked, frame, given)
        elif frame.tag in self._ghosts:
            ghost = self._ghosts.pop(frame.tag)
            self._on_ghost(ghost, self._loop.time() - ghost.asked_s)
        else:
            self._wonder(frame)
        return True

    def _must_be_clean(self, given: dict[int, bytes]) -> None:
        """An answer cut short and filled up from the next frame leaves the rest of that frame."""
        if self._received and given and len(given) == len(self._asked):
            raise DeviceGarbledError("more bytes came back than were asked for")

    def _answer(self, asked: _Asked, frame: Frame, given: dict[int, bytes]) -> None:
        try:
            if frame.unit != asked.question.unit:
                raise DeviceGarbledError(
                    f"unit {frame.unit} answered for unit {asked.question.unit}"
                )
            given[frame.tag] = payload_of(asked.question.pdu, frame.pdu)
        except DeviceError as error:
            if isinstance(error, DeviceGarbledError):
                self.strays += 1
            _fail(asked, error)

    def _wonder(self, frame: Frame) -> None:
        """An answer to nothing: one too many, or one that does not say what it answers."""
        self.strays += 1
        if frame.tag == 0 and self._framing.tagged:
            self._fail_all(DeviceGarbledError("the answer does not name the request it belongs to"))

    def _expected(self) -> Question | None:
        """What an untagged frame has to answer."""
        if self._framing.tagged:
            return None
        for asked in self._asked.values():
            return None if asked.answer.done() else asked.question
        for ghost in self._ghosts.values():
            return ghost.question
        return None

    def _take_echo(self) -> bool:
        """Remove what the adapter returned of our own sending; False while incomplete."""
        size = min(len(self._received), len(self._awaited_echo))
        if self._received[:size] != self._awaited_echo[:size]:
            self._awaited_echo = b""
            raise DeviceGarbledError("the adapter does not return what is sent (echo=1)")
        if size < len(self._awaited_echo):
            return False
        del self._received[:size]
        self._awaited_echo = b""
        return True

    def _expire(self, asked: _Asked, timeout_s: float) -> None:
        _fail(asked, DeviceTimeoutError(f"did not answer within {timeout_s:.3g} s"))

    def _haunt(self, question: Question, asked_s: float) -> None:
        if self._framing.tagged and self._received:
            self.close()  # a frame cut short would swallow the beginning of the next
            return
        if len(self._ghosts) >= _MOST_GHOSTS:
            del self._ghosts[next(iter(self._ghosts))]
        self._ghosts[question.tag] = Ghost(question, asked_s)

    def _fail_all(self, error: DeviceError) -> None:
        for asked in self._asked.values():
            _fail(asked, error)


def _fail(asked: _Asked, error: DeviceError) -> None:
    if not asked.answer.done():
        asked.answer.set_exception(error)
        asked.answer.exception()  # taken here: whoever asked may have been cancelled meanwhile
