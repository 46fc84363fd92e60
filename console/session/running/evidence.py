"""Telemetry as evidence: what was recorded while a step was open, in figures and as a hash.

The hash is the SHA-256 of the samples as canonical JSON, so that anybody with the telemetry can
prove later that it is the same. It is gathered in a thread of its own: a disk may be slow.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from console.history.events import JSON
from console.history.history import History
from console.history.telemetry_reader import TelemetryReader, Trend
from console.history.trouble import StorageError

_logger = logging.getLogger(__name__)
_WRITTEN_S = 30.0
_LOOK_S = 0.02
Name = tuple[str, str]
Job = Callable[[TelemetryReader], None]


class Gatherer:
    """Does work on recorded telemetry, once everything told so far is on the disk. Close it."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._reader = TelemetryReader(history.folder)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="evidence")
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._open: set[Future[None]] = set()

    @property
    def waiting(self) -> int:
        """How many jobs are not done."""
        with self._lock:
            return len(self._open)

    def submit(self, job: Job) -> None:
        """Do a job later; one that the disk refuses is left and told in the program's log."""
        counters = self._history.counters
        until = counters.snapshots_written + counters.queue_depth
        with self._lock:
            future = self._worker.submit(self._run, job, until)
            self._open.add(future)
        future.add_done_callback(self._forget)

    def close(self) -> None:
        """End the thread; what is not done is done by the next console that opens the run."""
        self._ending.set()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, until: int) -> None:
        end_s = time.monotonic() + _WRITTEN_S
        while self._history.counters.snapshots_written < until and time.monotonic() < end_s:
            if self._ending.wait(_LOOK_S):
                return
        try:
            job(self._reader)
        except StorageError as trouble:
            _logger.error("evidence of a step could not be read: %s", trouble.sentence)  # noqa: TRY400  the sentence says it all
        except Exception:  # a fault here must not end the gathering
            _logger.exception("evidence of a step could not be gathered")

    def _forget(self, future: Future[None]) -> None:
        with self._lock:
            self._open.discard(future)


def evidence_of(
    reader: TelemetryReader, names: Sequence[Name], since_us: int, until_us: int
) -> dict[str, JSON]:
    """Return what was recorded of points in ``since_us <= time <= until_us``; StorageError.

    The members are ``from_us until_us points sha256``; a point has ``part point samples good
    minimum maximum mean sha256``, figures being null where there is no value.
    """
    trends = reader.ranges(list(names), since_us, until_us + 1)
    points = [_figures(name, trend) for name, trend in zip(names, trends, strict=True)]
    whole = hashlib.sha256("".join(str(point["sha256"]) for point in points).encode()).hexdigest()
    return {"from_us": since_us, "until_us": until_us, "points": points, "sha256": whole}


def proves(reader: TelemetryReader, body: Mapping[str, Any]) -> bool:
    """Whether the telemetry still is what an event of evidence says; raises StorageError."""
    names = [(str(point["part"]), str(point["point"])) for point in body["points"]]
    return evidence_of(reader, names, body["from_us"], body["until_us"]) == dict(body_of(body))


def body_of(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the members of an event of evidence that the telemetry alone decides."""
    wanted = ("from_us", "until_us", "points", "sha256")
    return {name: body[name] for name in wanted}


def hash_of(trend: Trend) -> str:
    """Return the SHA-256 of samples: a list of ``[utc_us, value or null, reason]`` as JSON."""
    rows = [
        [int(at), float(value) if np.isfinite(value) else None, int(reason)]
        for at, value, reason in zip(trend.utc_us, trend.values, trend.reasons, strict=True)
    ]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()


def _figures(name: Name, trend: Trend) -> dict[str, JSON]:
    good = trend.values[np.isfinite(trend.values) & (trend.reasons == 0)]
    is_any = len(good) > 0
    return {
        "part": name[0],
        "point": name[1],
        "samples": len(trend),
        "good": len(good),
        "minimum": round(float(good.min()), 6) if is_any else None,
        "maximum": round(float(good.max()), 6) if is_any else None,
        "mean": round(float(good.mean()), 6) if is_any else None,
        "sha256": hash_of(trend),
    }
