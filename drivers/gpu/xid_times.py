"""Which Xids are new, where an exporter says when it last saw each."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.gpu.source import GpuFault
from drivers.points import Stamp


class XidTimes:
    """What nvidia_gpu_exporter tells of Xids from look to look.

    What it tells at the first look happened before and is no event; afterwards a Xid whose time is
    later than before, or which was not there, has just happened.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, int], float] | None = None
        self._new: list[GpuFault] = []
        self.are_told = False
        """Whether the source has ever told the time of a Xid."""

    def take(self, xids: Mapping[tuple[str, int], float], now: Stamp) -> None:
        """Take what one look says: seconds since 1970 by GPU and Xid."""
        self.are_told |= bool(xids)
        if self._seen is not None:
            later = [key for key, time_s in xids.items() if time_s > self._seen.get(key, 0.0)]
            for gpu, xid in sorted(later, key=lambda key: xids[key]):
                time = _moment(xids[gpu, xid], now)
                self._new.append(GpuFault(gpu, xid, f"Xid {xid} counted by the exporter", time))
        # A restarted exporter has forgotten them; what it tells later is new all the same.
        self._seen = {**(self._seen or {}), **xids}

    def new(self) -> list[GpuFault]:
        """Return the events since the last call, oldest first."""
        new, self._new = self._new, []
        return new


def _moment(time_s: float, now: Stamp) -> Stamp:
    """A time by the host's clock in ours; one that is ahead of ours is now."""
    age_s = max(0.0, now.utc_us / 1e6 - time_s)
    return Stamp(now.utc_us - round(age_s * 1e6), now.mono_s - age_s)
