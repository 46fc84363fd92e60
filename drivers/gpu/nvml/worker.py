"""The process that talks to NVML: one GPU and its Xids, or the inventory. Lines of JSON.

It reads ``{"ask": "look"}`` and answers one ``look`` to each; what else it says comes by itself:
``ready``, ``fault``, ``lost``, ``failed``, and what :mod:`drivers.gpu.nvml.inventory` lists. It
ends when its standard input does, whatever NVML is doing: another thread waits for that. Its start
is what a restart costs, so it imports neither numpy nor pydantic.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

from drivers.gpu.nvml import library
from drivers.gpu.nvml.events import XidWatch
from drivers.gpu.nvml.inventory import take_inventory
from drivers.gpu.nvml.reader import SLOW_EVERY_S, GpuReader, Look, identity_of
from drivers.gpu.nvml.ways import GPU_IS_LOST, GPU_NOT_FOUND, GpuLostError, WorkerEndError


class Speaker:
    """Writes messages as lines, from any thread; ends the process when nobody listens."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def say(self, message: Mapping[str, Any]) -> None:
        """Write one message.

        It begins with a line break of its own: half a line that the driver's library printed
        must not spoil it.
        """
        line = b"\n" + json.dumps(message).encode() + b"\n"
        try:
            with self._lock:
                self._stream.write(line)
                self._stream.flush()
        except OSError:
            os._exit(0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as the command line says; for ``python -m`` and for a frozen application alike."""
    options = _options(arguments)
    questions = _listen()
    speaker = Speaker(sys.stdout.buffer)
    try:
        nvml = library.start(options.library)
    except library.NvmlStartError as error:
        speaker.say({"failed": {"code": error.code, "text": str(error)}})
        return 1
    if options.inventory:
        skip = {int(index) for index in options.skip.split(",") if index}
        take_inventory(nvml, skip, speaker.say)
        return 0
    return _watch_gpu(nvml, options, speaker, questions)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tankside-nvml-worker", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--inventory", action="store_true", help="say who is there, and end")
    what.add_argument("--gpu", metavar="BUS_ID", help="watch the GPU in this place on the bus")
    parser.add_argument("--uuid", default="", help="which GPU is expected there")
    parser.add_argument("--skip", default="", help="indexes to leave out, with commas")
    parser.add_argument("--library", default="", help="a file, or MODULE:FACTORY")
    parser.add_argument("--slow-every-s", type=float, default=SLOW_EVERY_S)
    return parser.parse_args(arguments)


def _listen() -> queue.SimpleQueue[str]:
    """Read questions in a thread of their own, which ends the process with its parent.

    The main thread may hang in the driver at that moment; only ending outright gets past it.
    """
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        # Unbuffered: the buffer's lock, held while waiting here, would abort the interpreter's end.
        with open(0, "rb", buffering=0, closefd=False) as questioner:
            for line in questioner:
                questions.put(line.decode(errors="replace"))
        os._exit(0)

    threading.Thread(target=read, name="questions", daemon=True).start()
    return questions


def _watch_gpu(
    nvml: Any, options: argparse.Namespace, speaker: Speaker, questions: queue.SimpleQueue[str]
) -> int:
    try:
        # By its place on the bus: looking a UUID up opens every GPU on the way, dead ones too.
        handle = nvml.nvmlDeviceGetHandleByPciBusId(options.gpu)
        identity = identity_of(nvml, handle)
        if options.uuid and identity.get("uuid") != options.uuid:
            words = f"another GPU is at {options.gpu} now: {identity.get('uuid', 'unknown')}"
            speaker.say({"failed": {"code": GPU_NOT_FOUND, "text": words}})
            return 1
        watch = XidWatch(nvml, handle, lambda code, text: _tell(speaker, code, text))
        speaker.say({"ready": {"identity": identity, "no_events": watch.problem}})
        watch.start()
        _answer(GpuReader(nvml, handle, slow_every_s=options.slow_every_s), speaker, questions)
    except nvml.NVMLError as error:
        kind = "lost" if error.value == GPU_IS_LOST else "failed"
        speaker.say({kind: {"code": error.value, "text": library.words_of(error)}})
    except GpuLostError as error:
        speaker.say({"lost": {"code": GPU_IS_LOST, "text": str(error)}})
        threading.Event().wait()  # a Xid that tells why may still come; the parent ends this
    except WorkerEndError as error:
        speaker.say({"failed": {"code": error.code, "text": str(error)}})
    return 1


def _answer(reader: GpuReader, speaker: Speaker, questions: queue.SimpleQueue[str]) -> None:
    while True:
        if json.loads(questions.get()).get("ask") == "look":
            speaker.say({"look": _packed(reader.look())})


def _packed(look: Look) -> Mapping[str, Any]:
    return {
        "values": look.values,
        "missing": {key: int(reason) for key, reason in look.missing.items()},
        "own_limits": look.own_limits,
        "took_s": look.took_s,
        **_now(),
    }


def _tell(speaker: Speaker, code: int, text: str) -> None:
    speaker.say({"fault": {"code": code, "text": text, **_now()}})


def _now() -> Mapping[str, float]:
    """Both clocks; the monotonic one is the machine's, so the parent's is the same."""
    return {"utc_us": time.time_ns() // 1000, "mono_s": time.monotonic()}


if __name__ == "__main__":
    sys.exit(main())
