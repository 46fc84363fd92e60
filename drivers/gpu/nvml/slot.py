"""One GPU and the process that reads it: started, asked, given up, and started again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from drivers.device import DeviceError
from drivers.gpu.nvml.patience import BackOff, Patience
from drivers.gpu.nvml.process import ENDED, Message, WorkerProcess
from drivers.gpu.nvml.scan import Found
from drivers.gpu.nvml.ways import MISMATCH
from drivers.gpu.source import GpuFault, GpuSample, readings, silence
from drivers.points import Reason, Stamp

_log = logging.getLogger(__name__)
_WAKE: Message = {"wake": True}


@dataclass
class Cost:
    """What looks at a GPU take, in seconds: the last ``fast`` and ``slow`` set of calls as the
    worker measured them, the last round trip, and the longest of each.
    """

    last_s: dict[str, float] = field(default_factory=dict)
    longest_s: dict[str, float] = field(default_factory=dict)

    def note(self, took_s: Mapping[str, float]) -> None:
        """Take the times of one look."""
        self.last_s |= took_s
        for name, seconds in took_s.items():
            self.longest_s[name] = max(self.longest_s.get(name, 0.0), seconds)


class _WorkerDownError(DeviceError):
    """The worker cannot go on; ``code`` is NVML's, 0 where it has none."""

    def __init__(self, sentence: str, code: int = 0) -> None:
        super().__init__(sentence)
        self.code = code


class _GpuGoneError(DeviceError):
    """NVML says that the GPU is lost."""


class GpuSlot:
    """Keeps one GPU's worker alive, as a task of the loop it was made in.

    ``tell`` receives faults; ``on_lost`` is called when the GPU is lost, ``on_mismatch`` when
    the driver was replaced under a worker that had worked.
    """

    def __init__(
        self,
        found: Found,
        command: Sequence[str],
        patience: Patience,
        tell: Callable[[GpuFault], None],
        on_lost: Callable[[], None],
        on_mismatch: Callable[[], None],
    ) -> None:
        self.key = found.key
        self.index = found.index
        self.identity: Mapping[str, str] = found.identity
        self.trouble = ""
        self.abandoned = 0
        self.restarts = 0
        self.cost = Cost()
        self._command = command
        self._patience = patience
        self._tell = tell
        self._on_lost = on_lost
        self._on_mismatch = on_mismatch
        self._state = Reason.NOT_YET_READ
        self._back_off = BackOff(patience)
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._process: WorkerProcess | None = None
        self._killed: list[WorkerProcess] = []
        self._question: asyncio.Future[Message] | None = None
        self._asked_s = self._lost_s = 0.0
        self._no_events = "not asked yet"
        self.last_xid = self._xid_count = 0
        self._revive = asyncio.Event()
        self.settled = asyncio.Event()
        self._task = asyncio.create_task(self._live(), name=f"NVML {self.key}")

    @property
    def lost(self) -> bool:
        """Whether NVML said that it is lost."""
        return self._state is Reason.DEVICE_LOST

    @property
    def lost_for_s(self) -> float:
        """How long it has been lost, 0 where it is not."""
        return asyncio.get_running_loop().time() - self._lost_s if self.lost else 0.0

    @property
    def pid(self) -> int | None:
        """The process that reads it, None while there is none."""
        return self._process.pid if self._process else None

    @property
    def stuck(self) -> Sequence[WorkerProcess]:
        """The processes that were ended by force and are still there."""
        self._killed = [process for process in self._killed if not process.gone]
        return self._killed

    def ask(self) -> asyncio.Future[Message] | None:
        """Return what will be the answer to a look: of the question under way if there is one.

        None while nobody can be asked.
        """
        if self._state is not Reason.NONE or self._process is None:
            return None
        if self._question is None:
            loop = asyncio.get_running_loop()
            self._question, self._asked_s = loop.create_future(), loop.time()
            self._process.ask({"ask": "look"})
            self._inbox.put_nowait(_WAKE)  # from now on there is something to wait for in vain
        return self._question

    def sample(self, answer: asyncio.Future[Message] | None) -> GpuSample:
        """Return what a look says, by the answer that :meth:`ask` promised."""
        if answer is None or not answer.done() or answer.cancelled():
            state = Reason.NO_COMMS if self._state is Reason.NONE else self._state
            return GpuSample(self.index, self.identity, *silence(state))
        look = answer.result()
        missing = {key: Reason(reason) for key, reason in look["missing"].items()}
        values, reasons = readings(
            {**look["values"], **self._counted()},
            {**missing, **self._uncounted()},
            Reason.NOT_SUPPORTED,
        )
        measured = Stamp(look["utc_us"], look["mono_s"])
        return GpuSample(self.index, self.identity, values, reasons, look["own_limits"], measured)

    def lose(self, sentence: str) -> None:
        """Take note that the GPU cannot even be looked up any more."""
        if not self.lost and self._process is not None:
            self._inbox.put_nowait({"lost": {"text": sentence, "code": 0}})

    def revive(self) -> None:
        """Try again a GPU that was lost and can be looked up once more."""
        self._revive.set()

    def restart(self) -> None:
        """Replace the process, now."""
        self._back_off.reset()
        if self._process is not None:
            self._inbox.put_nowait({ENDED: "the NVIDIA driver was replaced; starting anew"})

    def close(self) -> asyncio.Task[None]:
        """End the process and the task; return the task, which ends at once."""
        self._end_process()
        self._task.cancel()
        return self._task

    async def _live(self) -> None:
        while True:
            try:
                await self._serve()
            except _GpuGoneError as error:
                await self._lost(str(error))
            except DeviceError as error:
                self._fail(str(error))
                if isinstance(error, _WorkerDownError) and error.code == MISMATCH:
                    self._on_mismatch()
            except Exception as error:  # noqa: BLE001  ours: in the log, and the GPU is tried again
                _log.exception("the worker of %s could not be understood", self.key)
                self._fail(f"internal error: {error!r}; see the log file")
            finally:
                self._end_process()
            self.settled.set()
            await asyncio.sleep(self._back_off.next_s())
            self.restarts += 1

    async def _serve(self) -> None:
        """Start a process and listen to it; raises DeviceError when it is of no more use."""
        if len(self.stuck) >= self._patience.most_stuck:
            raise DeviceError(
                f"{len(self.stuck)} processes that asked this GPU hang in the driver; "
                "no other is started until one of them ends"
            )
        self._inbox = asyncio.Queue()
        who = self.identity
        place = ["--gpu", who.get("pci_bus_id", ""), "--uuid", who.get("uuid", "")]
        self._process = WorkerProcess([*self._command, *place], self._inbox)
        allowed_s = self._patience.start_s
        async with self._within(allowed_s, f"NVML did not open this GPU within {allowed_s:g} s"):
            while "ready" not in (message := await self._next()):
                pass
        self._begin(message["ready"])
        while True:
            await self._await_message()

    async def _await_message(self) -> None:
        if self._question is None:
            await self._next()
            return
        allowed_s = self._patience.hard_s
        left_s = self._asked_s + allowed_s - asyncio.get_running_loop().time()
        async with self._within(left_s, f"NVML did not answer within {allowed_s:g} s"):
            await self._next()

    @asynccontextmanager
    async def _within(self, allowed_s: float, otherwise: str) -> AsyncIterator[None]:
        """Give a block its time; a process that takes longer is abandoned (DeviceError)."""
        try:
            async with asyncio.timeout(allowed_s):
                yield
        except TimeoutError:
            raise _WorkerDownError(self._abandon(otherwise)) from None

    async def _next(self) -> Message:
        """Return the next message, after taking what it says; raises DeviceError."""
        message = await self._inbox.get()
        if "look" in message:
            self._answered(message["look"])
        elif "fault" in message:
            self._fault(message["fault"])
        elif "lost" in message:
            raise _GpuGoneError(str(message["lost"]["text"]))
        elif "failed" in message:
            failed: Any = message["failed"]
            # A driver that did not fit from the start is no reason to start the others anew.
            code = failed["code"] if self._state is Reason.NONE else 0
            raise _WorkerDownError(str(failed["text"]), code)
        elif ENDED in message:
            raise _WorkerDownError(str(message[ENDED]))
        return message

    def _begin(self, ready: Mapping[str, Any]) -> None:
        self.identity = ready["identity"]
        self._no_events = ready["no_events"]
        self._state = Reason.NONE
        self.settled.set()

    def _answered(self, look: Message) -> None:
        self._back_off.reset()
        self.trouble = ""  # not before: opening is not reading
        round_trip_s = asyncio.get_running_loop().time() - self._asked_s
        self.cost.note({**look["took_s"], "round_trip": round_trip_s})
        question, self._question = self._question, None
        if question is not None and not question.done():
            question.set_result(look)

    def _fault(self, fault: Mapping[str, Any]) -> None:
        self.last_xid = fault["code"]
        self._xid_count += 1
        time = Stamp(fault["utc_us"], fault["mono_s"])
        self._tell(GpuFault(self.key, fault["code"], fault["text"], time))

    async def _lost(self, sentence: str) -> None:
        """Wait for a Xid that tells why, give the process up, and wait to be revived."""
        self._state, self.trouble = Reason.DEVICE_LOST, sentence
        self._lost_s = asyncio.get_running_loop().time()
        self._drop_question()
        self.settled.set()
        self._on_lost()
        self._revive.clear()
        try:
            async with asyncio.timeout(self._patience.last_words_s):
                while True:
                    message = await self._inbox.get()
                    if "fault" in message:
                        self._fault(message["fault"])
        except TimeoutError:
            self._end_process()
        await self._revive.wait()

    def _fail(self, sentence: str) -> None:
        if not self.trouble:
            _log.info("%s: %s", self.key, sentence)
        self._state, self.trouble = Reason.NO_COMMS, sentence
        self._drop_question()

    def _abandon(self, sentence: str) -> str:
        """Count a process that hangs and say so, the first time in a row as a fault as well."""
        self.abandoned += 1
        words = f"{sentence}; its process was abandoned (number {self.abandoned})"
        if not self.trouble:
            self._tell(GpuFault(self.key, 0, words, Stamp.now()))
        return words

    def _drop_question(self) -> None:
        question, self._question = self._question, None
        if question is not None:
            question.cancel()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            self._killed.append(process)

    def _counted(self) -> dict[str, float]:
        """Xids since this source began; 0 for none, as every exporter writes it."""
        if self._no_events:
            return {}
        return {"last_xid": float(self.last_xid), "xid_count": float(self._xid_count)}

    def _uncounted(self) -> dict[str, Reason]:
        keys = ("last_xid", "xid_count") if self._no_events else ()
        return dict.fromkeys(keys, Reason.NOT_SUPPORTED)
