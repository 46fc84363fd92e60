"""When a Xid is new: edges of a gauge that never resets, and bursts told as one.

An exporter shows the last Xid until it restarts, so a value found at the first look may be a
month old and is no event. The same Xid again within three minutes belongs to the same incident
(the rule of NVIDIA's own tools).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from drivers.points import Happening, Stamp

SILENCE_S = 180.0
XID, REPEATED = "xid", "xid_repeated"


@dataclass
class _Burst:
    first: Stamp
    last: Stamp
    count: int = 1


class GaugeEdges:
    """One GPU's last-Xid gauge and Xid counter, as an exporter shows them."""

    def __init__(self) -> None:
        self._code: float | None = None
        self._count: float | None = None

    def new(self, code: float | None, count: float | None) -> int | None:
        """Return the Xid that must have happened since the last look, None without one.

        None for ``code`` is a gauge that is not there; it keeps what was known.
        """
        if code is None:
            return None
        known, self._code = self._code, code
        before, self._count = self._count, count
        again = count is not None and before is not None and count > before
        if known is None or not code or (code == known and not again):
            return None
        return int(code)


class Bursts:
    """The Xids of one GPU: the first of each incident at once, their number when it is over."""

    def __init__(self) -> None:
        self._bursts: dict[int, _Burst] = {}

    def add(self, code: int, time: Stamp, about: Mapping[str, str | int]) -> Iterator[Happening]:
        """Take a Xid; yields it if it begins an incident."""
        known = self._bursts.get(code)
        if known is not None and time.mono_s - known.last.mono_s <= SILENCE_S:
            known.count += 1
            known.last = max(known.last, time, key=lambda t: t.mono_s)
            return
        if known is not None:
            yield from _over(code, known, time)
        self._bursts[code] = _Burst(time, time)
        yield Happening(XID, {"code": code, **about}, time)

    def tick(self, now: Stamp) -> Iterator[Happening]:
        """Yield what is to be said of incidents that have been silent for long enough."""
        for code, burst in list(self._bursts.items()):
            if now.mono_s - burst.last.mono_s > SILENCE_S:
                del self._bursts[code]
                yield from _over(code, burst, now)


def _over(code: int, burst: _Burst, now: Stamp) -> Iterator[Happening]:
    if burst.count > 1:
        body = {
            "code": code,
            "count": burst.count,
            "first_us": burst.first.utc_us,
            "last_us": burst.last.utc_us,
        }
        yield Happening(REPEATED, body, now)
