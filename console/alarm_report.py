"""The figures of the alarms themselves over a period, for screen, paper and other programs.

Read from the log alone. What stood before the period is known from all that the log holds of it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from console.alarms.events import AlarmKey
from console.alarms.flood import WINDOW_US
from console.alarms.metrics import Figure, Report, report
from console.alarms.severity import PRIORITIES
from console.alarms.status import ALARM_KINDS
from console.history.events import Event
from console.text import tr
from console.vocabulary import translated_name

DAY_US = 86_400_000_000
VERDICTS = {"good": "good", "bearable": "bearable", "too much": "too much"}
"""How a figure compares with its target; a key of the catalogue each."""
_SHARES = frozenset({"busy_share", "flood_share", "top_ten_share"})
_COUNTS = frozenset({"peak_in_10_min", "chattering", "fleeting", "stale"})
NameOf = Callable[[AlarmKey, str], str]
"""Gives an alarm's name by its key and what its definition is called."""


class AlarmLog(Protocol):
    """What is asked of the log (:class:`console.history.reader.LogReader`)."""

    def of_kinds(self, kinds: Collection[str]) -> list[Event]:
        """Return every event of some kinds, oldest first."""
        ...

    def events(self) -> Iterator[Event]:
        """Yield every event in the order of recording."""
        ...


def read_report(log: AlarmLog, days: float, now_us: int, operators: float = 1.0) -> Report:
    """Return the report of the days before a moment; raises StorageError and ValueError.

    Where the log begins later the period does too: nobody may be praised for days without record.
    """
    events = log.of_kinds(frozenset(str(kind) for kind in ALARM_KINDS))
    first = next(iter(log.events()), None)
    began_us = now_us if first is None else first.utc_us
    since_us = max(now_us - round(days * DAY_US), min(began_us, now_us - WINDOW_US))
    return report(events, since_us, now_us, operators)


def shown(figure: Figure, value: float) -> str:
    """Return a value of a figure as a person reads it: a share in percent, a count whole."""
    if figure.key in _SHARES:
        return f"{value * 100:.1f} %"
    return f"{value:.0f}" if figure.key in _COUNTS else f"{value:.2f}"


def _plain_number(figure: Figure, value: float) -> str:
    """A target as it is written: without decimals that say nothing."""
    return f"{value * 100:g} %" if figure.key in _SHARES else f"{value:g}"


def target_text(figure: Figure) -> str:
    """Return what a figure should be at most, and what is still bearable where that is more."""
    target = _plain_number(figure, figure.target)
    if figure.most > figure.target:
        most = _plain_number(figure, figure.most)
        return tr("{target}, at most {most}", target=target, most=most)
    return target


def verdict_text(verdict: str) -> str:
    """Return how a figure compares, in the reader's language."""
    return tr(VERDICTS[verdict]) if verdict in VERDICTS else verdict


def name_text(key: AlarmKey, name: str) -> str:
    """Return which alarm it is, place first, as far as the log alone knows it."""
    item = f" ({key.item})" if key.item else ""
    return tr("{place}: {what}", place=key.subject, what=f"{translated_name(name)}{item}")


def split_texts(found: Report) -> list[tuple[int, float]]:
    """Return each priority with its share of all alarms, 0 to 1."""
    return [(priority, found.split.get(priority, 0.0)) for priority in PRIORITIES]


def as_text(found: Report, name_of: NameOf = name_text) -> str:
    """Return the report as lines to read or to print."""
    return "\n".join(_lines(found, name_of)) + "\n"


def _lines(found: Report, name_of: NameOf) -> Iterator[str]:
    since, until = _day(found.since_us), _day(found.until_us)
    yield tr("Alarms from {since} to {until} UTC", since=since, until=until)
    yield tr(
        "Alarms announced: {n}, operators: {operators}",
        n=found.announced,
        operators=f"{found.operators:g}",
    )
    if not found.is_long_enough:
        yield tr("Thirty days are needed to judge by these figures.")
    yield ""
    names = [translated_name(figure.name) for figure in found.figures]
    width = max(map(len, names))
    for figure, name in zip(found.figures, names, strict=True):
        value, verdict = shown(figure, figure.value), verdict_text(figure.verdict)
        yield f"{name:<{width}}  {value:>9}  {target_text(figure):<20}  {verdict}"
    yield ""
    shares = ", ".join(f"{priority}: {share * 100:.0f} %" for priority, share in split_texts(found))
    told = verdict_text(found.split_verdict)
    yield tr("Share by priority: {shares} ({verdict})", shares=shares, verdict=told)
    yield tr("Time in floods: {minutes} min", minutes=f"{found.flood_s / 60:.0f}")
    yield from _section(tr("Most frequent"), _top(found, name_of))
    for title, keys in (
        (tr("Chattering"), found.chattering),
        (tr("Over before anybody could act"), found.fleeting),
        (tr("Stood longer than a day"), found.stale),
    ):
        yield from _section(title, [name_of(key, _plain(key)) for key in keys])


def _plain(key: AlarmKey) -> str:
    """The definition's id in plain words: what chatters or stands is known by its key alone."""
    return key.alarm.replace("-", " ")


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield ""
    yield f"{title}: {len(lines) or tr('none')}"
    yield from (f"  {line}" for line in lines)


def _top(found: Report, name_of: NameOf) -> list[str]:
    return [
        f"{one.count:>6}  {one.share * 100:4.1f} %  {name_of(one.key, one.name)}"
        for one in found.top_ten
    ]


def as_csv(found: Report) -> str:
    """Return the report as CSV with plain numbers: section, name, value, target, most, verdict."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n").writerow
    write(("section", "name", "value", "target", "most", "verdict"))
    write(("period", "since", _iso(found.since_us), "", "", ""))
    write(("period", "until", _iso(found.until_us), "", "", ""))
    write(("period", "operators", found.operators, "", "", ""))
    write(("period", "announced", found.announced, "", "", ""))
    write(("period", "flood_s", round(found.flood_s, 1), "", "", ""))
    for figure in found.figures:
        write(("figure", figure.key, figure.value, figure.target, figure.most, figure.verdict))
    for priority, share in split_texts(found):
        write(("split", priority, share, "", "", found.split_verdict))
    for one in found.top_ten:
        write(("top_ten", "/".join(filter(None, one.key)), one.count, "", "", f"{one.share:.4f}"))
    for section, keys in (
        ("chattering", found.chattering),
        ("fleeting", found.fleeting),
        ("stale", found.stale),
    ):
        for key in keys:
            write((section, "/".join(filter(None, key)), 1, "", "", ""))
    return out.getvalue()


def as_dict(found: Report) -> dict[str, Any]:
    """Return the report for JSON; keys as in :class:`console.alarms.metrics.Report`."""
    return {
        "since": _iso(found.since_us),
        "until": _iso(found.until_us),
        "operators": found.operators,
        "announced": found.announced,
        "is_long_enough": found.is_long_enough,
        "figures": {
            f.key: {"value": f.value, "target": f.target, "most": f.most, "verdict": f.verdict}
            for f in found.figures
        },
        "flood_s": found.flood_s,
        "split": {str(priority): share for priority, share in split_texts(found)},
        "split_verdict": found.split_verdict,
        "top_ten": [
            {"alarm": list(one.key), "name": one.name, "count": one.count, "share": one.share}
            for one in found.top_ten
        ],
        "chattering": [list(key) for key in found.chattering],
        "fleeting": [list(key) for key in found.fleeting],
        "stale": [list(key) for key in found.stale],
        "per_10_min": list(found.per_10_min),
    }


def _iso(utc_us: int) -> str:
    return datetime.fromtimestamp(utc_us / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _day(utc_us: int) -> str:
    return datetime.fromtimestamp(utc_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M")
