"""How good the alarms were: each figure beside its target, what came most often, alarms by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from console.alarm_report import name_text, shown, split_texts, target_text, verdict_text
from console.alarms.events import AlarmKey
from console.alarms.metrics import Report
from console.documents.model import Block, Heading, Paragraph
from console.documents.period_data import Period
from console.documents.report_model import Bar, Bars, Flag, Listing, ReportCell, ReportColumn
from console.documents.report_times import DAY_US, spent
from console.documents.report_words import Told
from console.text import tr
from console.vocabulary import translated_name

_MOST_BARS = 62
_MOST_KEYS = 15


def alarm_blocks(period: Period, told: Told) -> Iterator[Block]:
    """Yield the figures of the alarms of the period."""
    yield Heading(tr("Alarms"), anchor="alarms", note=tr("after ISA-18.2 and EEMUA 191"))
    found = period.alarms
    if found is None:
        yield Paragraph(tr("Nothing was recorded in this period."))
        return
    if not found.is_long_enough:
        yield Paragraph(tr("Thirty days are needed to judge by these figures."), "strong")
    yield Listing(
        (
            ReportColumn(tr("Figure"), 4.0),
            ReportColumn(tr("Value"), 1.2, "right"),
            ReportColumn(tr("Target"), 1.8),
            ReportColumn(tr("Verdict"), 1.4),
        ),
        tuple(_figures(found)),
    )
    yield _by_day(period, told, found)
    yield Listing(
        (
            ReportColumn(tr("Most frequent"), 5.0),
            ReportColumn(tr("How often"), 1.0, "right"),
            ReportColumn(tr("Share"), 1.0, "right"),
        ),
        tuple(
            (name_text(one.key, one.name), str(one.count), f"{one.share * 100:.1f} %")
            for one in found.top_ten
        ),
        empty=tr("No alarm was announced."),
    )
    for title, keys in (
        (tr("Chattering"), found.chattering),
        (tr("Over before anybody could act"), found.fleeting),
        (tr("Stood longer than a day"), found.stale),
    ):
        yield Paragraph(f"{title}: {_listed(keys)}", "small")


def _figures(found: Report) -> Iterator[tuple[ReportCell, ...]]:
    for figure in found.figures:
        verdict = verdict_text(figure.verdict)
        yield (
            translated_name(figure.name),
            shown(figure, figure.value),
            target_text(figure),
            verdict if figure.verdict == "good" else Flag(verdict),
        )
    shares = ", ".join(f"{p}: {share * 100:.0f} %" for p, share in split_texts(found))
    verdict = verdict_text(found.split_verdict)
    yield (
        tr("Share by priority"),
        "",
        shares,
        verdict if found.split_verdict == "good" else Flag(verdict),
    )
    yield tr("Time in floods"), spent(found.flood_s), "", ""


def _by_day(period: Period, told: Told, found: Report) -> Bars:
    each = max(1, -(-len(period.per_day) // _MOST_BARS))
    sums: Counter[int] = Counter()
    first = period.per_day[0][0] if period.per_day else 0
    for day_us, count in period.per_day:
        sums[(day_us - first) // (each * DAY_US)] += count
    stretches = range(-(-len(period.per_day) // each))
    bars = tuple(
        Bar(told.clock.day(first + n * each * DAY_US)[5:], (float(sums[n]),)) for n in stretches
    )
    title = tr("Alarms raised each day")
    if each > 1:
        title = tr("Alarms raised, {days} days together", days=each)
    alt = tr(
        "{count} alarms were raised, {announced} of them announced.",
        count=sums.total(),
        announced=found.announced,
    )
    return Bars(title, bars, (tr("alarms"),), alt)


def _listed(keys: Sequence[AlarmKey]) -> str:
    if not keys:
        return tr("none")
    names = [name_text(key, key.alarm.replace("-", " ")) for key in keys[:_MOST_KEYS]]
    more = len(keys) - len(names)
    return "; ".join(names) + (tr(" and {count} more", count=more) if more > 0 else "")
