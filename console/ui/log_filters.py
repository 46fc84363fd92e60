"""Which events of the log are shown: text, tank, kinds and time. No widgets in here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.history.events import LABELS, Kind
from console.text import tr

ANY = ""
"""The key of every choice that filters nothing."""
_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
_MOMENT = re.compile(r"(?:(\d{4})-(\d\d?)-(\d\d?))?[ T]?(?:(\d\d?):(\d\d)(?::(\d\d))?)?")

_GROUPS = {
    "alarms": ("Alarms", ("alarm.", "condition.", "limit.", "notify.")),
    "work": (
        "Work",
        ("work.", "order.", "asset.", "part.", "stock.", "fluid.", "conflict.", "document."),
    ),
    "review": ("Review", ("review.",)),
    "people": ("People", ("person.", "training.")),
    "losses": (
        "Lost and restored",
        ("device.connected", "device.lost", "device.restored", "gpu.", "sensor."),
    ),
    "writes": ("Writing", ("write.",)),
    "faults": ("Injected faults", ("fault.",)),
    "recording": (
        "Recording",
        ("storage.", "samples.", "log.", "clock.", "event.", "telemetry.", "device.enrolled"),
    ),
    "console": ("Console", ("application.", "site.", "update.")),
}
GROUP_LABELS = tuple(name for name, _ in _GROUPS.values())
"""English names of the groups of kinds; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What is asked of the log; empty or None filters nothing.

    ``words`` are lower-case and each must occur; ``subjects`` are part ids, times UTC microseconds
    with ``since_us <= time < until_us``.
    """

    words: tuple[str, ...] = ()
    subjects: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    since_us: int | None = None
    until_us: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it lets everything through."""
        return self == LogFilter()

    def lets(self, subject: str, kind: str, utc_us: int) -> bool:
        """Whether an event of that subject, kind and time is asked for; says nothing of words."""
        return (
            (self.subjects is None or subject in self.subjects)
            and (self.kinds is None or kind in self.kinds)
            and (self.since_us is None or utc_us >= self.since_us)
            and (self.until_us is None or utc_us < self.until_us)
        )

    def finds(self, text: str) -> bool:
        """Whether every word occurs in a text already in lower case."""
        return all(word in text for word in self.words)


def kind_choices() -> list[tuple[str, str]]:
    """Return ``(key, label)``: everything, the groups, then each kind, indented."""
    groups = [(key, tr(name)) for key, (name, _) in _GROUPS.items()]
    kinds = [(str(kind), f"   {kind.label}") for kind in LABELS]
    return [(ANY, tr("All kinds")), *groups, *kinds]


def kinds_of(key: str) -> frozenset[str] | None:
    """Return the kinds that a choice stands for, None for all of them."""
    if key == ANY:
        return None
    if key in _GROUPS:
        return frozenset(str(k) for k in Kind if k.startswith(_GROUPS[key][1]))
    return frozenset({key})


def span_choices() -> list[tuple[str, str]]:
    """Return ``(key, label)`` of the spans of time."""
    return [
        ("all", tr("All")),
        ("hour", tr("Last hour")),
        ("today", tr("Today")),
        ("week", tr("7 days")),
        ("between", tr("From – to")),
    ]


def since_us(span: str, now_us: int) -> int | None:
    """Return where a span that ends now begins; today begins at local midnight."""
    if span == "hour":
        return now_us - _HOUR_US
    if span == "week":
        return now_us - 7 * _DAY_US
    if span == "today":
        now = datetime.fromtimestamp(now_us / 1e6).astimezone()
        return _microseconds(now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None))
    return None


def moment_us(text: str, now_us: int, *, end: bool = False) -> int | None:
    """Read a local moment: ``12:04`` (today), ``2026-11-21``, ``2026-11-21 12:04``, with seconds.

    An ``end`` given to the day or the minute includes that day or minute. None for an empty text;
    raises ValueError for what is no moment.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    year, month, day, hour, minute, second = found.groups()
    if year is None and hour is None:
        return None
    today = datetime.fromtimestamp(now_us / 1e6).astimezone()
    date = (int(year), int(month), int(day)) if year else (today.year, today.month, today.day)
    local = datetime(*date, int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
    try:
        if end:
            local += timedelta(days=hour is None, minutes=hour is not None and second is None)
        return _microseconds(local)
    except (OverflowError, OSError):
        raise ValueError(text) from None


def _microseconds(local: datetime) -> int:
    return round(local.timestamp() * 1e6)
