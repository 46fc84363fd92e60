"""What is asked of the log."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.history.events import Kind
from console.ui.log_filters import (
    LogFilter,
    kind_choices,
    kinds_of,
    moment_us,
    since_us,
    span_choices,
)

NOW_US = 1_795_262_651_000_000  # 2026-11-21 12:04:11 UTC, which is local time in tests
HOUR_US, DAY_US = 3_600_000_000, 86_400_000_000


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> int:
    local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    return round(local.timestamp() * 1e6)


def test_a_filter_lets_through_what_is_asked_for() -> None:
    chosen = LogFilter(
        subjects=frozenset({"tank-1"}),
        kinds=frozenset({"limit.crossed"}),
        since_us=100,
        until_us=200,
    )
    assert chosen.lets("tank-1", "limit.crossed", 100)
    assert not chosen.lets("tank-1", "limit.crossed", 200)
    assert not chosen.lets("tank-1", "limit.crossed", 99)
    assert not chosen.lets("tank-2", "limit.crossed", 150)
    assert not chosen.lets("tank-1", "limit.cleared", 150)
    assert not chosen.is_open
    assert LogFilter().lets("anything", "at.all", 0)
    assert LogFilter().is_open


def test_every_word_must_occur() -> None:
    chosen = LogFilter(words=("tank", "pump"))
    assert chosen.finds("tank 3\npump 1 state: tripped")
    assert not chosen.finds("tank 3\nlid open")


def test_every_kind_is_in_one_group_and_can_be_chosen_alone() -> None:
    choices = kind_choices()
    groups = [key for key, _ in choices[1:10]]
    grouped = [kind for key in groups for kind in kinds_of(key) or ()]
    assert sorted(grouped) == sorted(Kind)
    assert {key for key, _ in choices[10:]} == {str(kind) for kind in Kind}
    assert kinds_of("limit.crossed") == frozenset({"limit.crossed"})
    assert kinds_of("") is None


def test_spans_begin_where_they_say() -> None:
    assert since_us("hour", NOW_US) == NOW_US - HOUR_US
    assert since_us("week", NOW_US) == NOW_US - 7 * DAY_US
    assert since_us("today", NOW_US) == at(2026, 11, 21)
    assert since_us("all", NOW_US) is None
    assert [key for key, _ in span_choices()] == ["all", "hour", "today", "week", "between"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("", None, None),
        ("  ", None, None),
        ("12:04", at(2026, 11, 21, 12, 4), at(2026, 11, 21, 12, 5)),
        ("9:30:15", at(2026, 11, 21, 9, 30, 15), at(2026, 11, 21, 9, 30, 15)),
        ("2026-11-20", at(2026, 11, 20), at(2026, 11, 21)),
        ("2026-1-5 08:00", at(2026, 1, 5, 8), at(2026, 1, 5, 8, 1)),
        ("2026-11-20T08:00:59", at(2026, 11, 20, 8, 0, 59), at(2026, 11, 20, 8, 0, 59)),
    ],
)
def test_a_moment_as_people_write_it(text: str, start: int | None, end: int | None) -> None:
    assert moment_us(text, NOW_US) == start
    assert moment_us(text, NOW_US, end=True) == end


@pytest.mark.parametrize(
    "text", ["noon", "25:00", "2026-13-01", "2026-02-30", "12:4", "9999-12-31", "0000-01-01"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        moment_us(text, NOW_US, end=True)


@given(st.text(max_size=24) | st.from_regex(r"\d{4}-\d\d-\d\d \d\d:\d\d", fullmatch=True))
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    try:
        found = moment_us(text, NOW_US, end=True)
    except ValueError:
        return
    assert found is None or isinstance(found, int)
