"""Findings from a GPU's recent Xids: bursts are one, the second time asks for more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.health.gpu_finding import Finding, number_text
from console.health.gpu_rules import RepeatRule, gpu_rules
from drivers.gpu.actions import Extraction, second_within_s
from drivers.gpu.advice import UNKNOWN_CODE_ACTION, advice_for, advice_for_xid
from drivers.gpu.xids import UNKNOWN_MEANING, xid

ONCE = "Reported within the last {hours} h."
OFTEN = "Reported {times} times within {hours} h."
SECOND = "Reported {times} times within {hours} h: the second time asks for more than the first."
OLDER = "Reported, but not within the last {hours} h or at an unknown time."
_FOLLOWS = "follow-other"
_TOGETHER_S = 600.0
"""The driver tells companions within seconds; a log written late may be minutes off."""
_UNKNOWN_SOURCE = "not in resources/gpu/xids.toml"


@dataclass(frozen=True, slots=True)
class RecentXid:
    """An Xid that a GPU reported: the code and its age in seconds, None where no clock tells.

    Pass what still matters, such as the last 24 h or since the last work on the GPU.
    """

    code: int
    age_s: float | None = None


def xid_findings(xids: Sequence[RecentXid]) -> list[Finding]:
    """Return one finding per code, in order of first appearance.

    Xids that only come along with another one are left out where that other one is there.
    """
    leading = [seen for seen in xids if not _follows(seen.code)]
    told = [x for x in xids if not _follows(x.code) or not any(_together(x, y) for y in leading)]
    codes = dict.fromkeys(seen.code for seen in told)
    return [_finding(code, [x for x in told if x.code == code]) for code in codes]


def _follows(code: int) -> bool:
    known = xid(code)
    return known is not None and known.action == _FOLLOWS


def _together(one: RecentXid, other: RecentXid) -> bool:
    """Whether two came within minutes of each other, or no clock tells otherwise."""
    if one.age_s is None or other.age_s is None:
        return True
    return abs(one.age_s - other.age_s) <= _TOGETHER_S


def times_within(xids: Iterable[RecentXid], within_s: float) -> int:
    """Return how many incidents of one code there were: bursts count once, unknown ages not."""
    silence_s = gpu_rules().burst.silence_s
    ages = sorted(x.age_s for x in xids if x.age_s is not None and x.age_s <= within_s)
    return sum(1 for i, age in enumerate(ages) if i == 0 or age - ages[i - 1] > silence_s)


def _finding(code: int, xids: list[RecentXid]) -> Finding:
    times = times_within(xids, second_within_s())
    rule = next((rule for rule in gpu_rules().repeat if _named(rule, code, xids)), None)
    if rule is not None:
        return _repeated(rule, code, times_within(xids, rule.within_h * 3600))
    if advice_for_xid(code, times).is_second:
        return _plain(code, times)
    rule = next((rule for rule in gpu_rules().repeat if _any_code(rule, code, xids)), None)
    if rule is not None:
        return _repeated(rule, code, times_within(xids, rule.within_h * 3600))
    return _plain(code, times)


def _named(rule: RepeatRule, code: int, xids: list[RecentXid]) -> bool:
    return code in rule.codes and times_within(xids, rule.within_h * 3600) >= rule.times


def _any_code(rule: RepeatRule, code: int, xids: list[RecentXid]) -> bool:
    known = xid(code)
    urgent = known is not None and known.urgency <= 2
    often = times_within(xids, rule.within_h * 3600) >= rule.times
    return not rule.codes and urgent and often


def _repeated(rule: RepeatRule, code: int, times: int) -> Finding:
    values = {"code": str(code), "times": str(times), "hours": number_text(rule.within_h)}
    extraction = advice_for(rule.action, 1).extraction
    return Finding(
        id=f"{rule.id}-{code}",
        severity=rule.severity,
        title=rule.title,
        why=rule.why,
        action=rule.action,
        extraction=extraction,
        source=rule.source,
        xid=code,
        values=values,
    )


def _plain(code: int, times: int) -> Finding:
    known = xid(code)
    advice = advice_for_xid(code, times)
    hours = number_text(second_within_s() / 3600)
    why = SECOND if advice.is_second else OFTEN if times > 1 else ONCE if times else OLDER
    return Finding(
        id=f"xid-{code}",
        severity=1 if advice.extraction is Extraction.YES else advice.action.urgency,
        title=known.meaning if known else UNKNOWN_MEANING,
        why=why,
        action=advice.action.id if known else UNKNOWN_CODE_ACTION,
        extraction=advice.extraction,
        source=known.source if known else _UNKNOWN_SOURCE,
        xid=code,
        values={"times": str(times), "hours": hours},
    )
