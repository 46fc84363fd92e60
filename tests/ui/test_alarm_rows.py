"""Which rows the alarms page shows: cause before consequence, folded, filtered, summarised."""

from __future__ import annotations

from console.alarms.journal import AlarmBook
from console.alarms.states import State
from console.ui.alarm_rows import Chosen, Row, Tab, counts, rows_of, to_acknowledge
from tests.unit.alarms_engine.bench import FOUR, Bench, key

TWO = f"""
[[alarm]]
id = "flow"
name = "Flow low"
points = ["flow"]
all = [{{ point = "flow", below = 100 }}]
priority = 2
group = "cooling"
{FOUR}
[[alarm]]
id = "warm"
name = "Warm"
all = [{{ point = "temperature", above = 50 }}]
priority = 3
group = "cooling"
{FOUR}
[[alarm]]
id = "leak"
name = "Leak"
all = [{{ point = "leak[1].state", state = ["leak"] }}]
priority = 1
{FOUR}
""".replace('points = ["flow"]\n', "")


def upset() -> Bench:
    """Return a bench on which flow fell, then it became warm, then it leaked."""
    bench = Bench(TWO)
    bench.feed()
    bench.feed(flow=10)
    bench.feed(flow=10, temperature=55)
    bench.feed_points(1.0, {"flow": 10, "temperature": 55, "leak[1].state": 1})
    return bench


def place_of(subject: str) -> str:
    return subject.partition("/")[0]


def names(rows: list[Row]) -> list[str]:
    return [f"{'  ' * row.depth}{row.status.key.alarm}" for row in rows]


def test_a_consequence_is_folded_beneath_its_cause() -> None:
    rows = rows_of(upset().book, Chosen(), (), place_of)
    assert names(rows) == ["leak", "flow"]
    assert [len(row.beneath) for row in rows] == [0, 1]
    assert rows[1].waiting == 1
    worst = rows[1].worst_waiting
    assert worst is not None
    assert worst.key.alarm == "warm"


def test_an_unfolded_row_is_followed_by_its_consequences() -> None:
    book = upset().book
    (flow,) = [row for row in rows_of(book, Chosen(), (), place_of) if row.beneath]
    rows = rows_of(book, Chosen(), {flow.key}, place_of)
    assert names(rows) == ["leak", "flow", "  warm"]
    assert rows[1].unfolded


def test_what_is_folded_is_not_acknowledged_with_the_page() -> None:
    book = upset().book
    rows = rows_of(book, Chosen(), (), place_of)
    assert [status.key.alarm for status in to_acknowledge(rows)] == ["leak", "flow"]


def test_a_flood_is_summarised_and_a_summary_acknowledges_nothing() -> None:
    bench = upset()
    rows = rows_of(bench.book, Chosen(), (), place_of, summarise=True)
    assert [row.summary for row in rows] == [False, True]
    assert names(rows) == ["leak", "flow"]
    assert [status.key.alarm for status in to_acknowledge(rows)] == ["leak"]
    assert {status.key for row in rows for status in row.whole} == {
        status.key for status in bench.book.alarms()
    }
    inside = rows_of(bench.book, Chosen(place="t"), (), place_of, summarise=True)
    assert not any(row.summary for row in inside)


def test_filters_by_priority_and_place() -> None:
    book = upset().book
    assert names(rows_of(book, Chosen(priority=3), (), place_of)) == ["warm"]
    assert rows_of(book, Chosen(place="elsewhere"), (), place_of) == []
    assert names(rows_of(book, Chosen(place="t"), (), place_of)) == ["leak", "flow"]


def test_every_list_holds_what_it_says() -> None:
    bench = upset()
    leak = next(s.key for s in bench.book.alarms() if s.key.alarm == "leak")
    warm = next(s.key for s in bench.book.alarms() if s.key.alarm == "warm")
    bench.take(bench.engine.shelve(leak, 60, "why", "a", bench.now))
    bench.take(bench.engine.take_out_of_service(warm, "WO 1", "why", "a", bench.now))
    book = bench.book
    assert names(rows_of(book, Chosen(Tab.SHELVED), (), place_of)) == ["leak"]
    assert names(rows_of(book, Chosen(Tab.OUT_OF_SERVICE), (), place_of)) == ["warm"]
    assert names(rows_of(book, Chosen(Tab.UNACKNOWLEDGED), (), place_of)) == ["flow"]
    found = counts(book)
    assert (found[Tab.ALL], found[Tab.SHELVED], found[Tab.OUT_OF_SERVICE]) == (1, 1, 1)


def test_over_but_unacknowledged_is_not_active() -> None:
    bench = Bench()
    bench.feed(temperature=52)
    bench.feed(temperature=40)
    assert bench.book.get(key()).state is State.RETURNED
    assert names(rows_of(bench.book, Chosen(), (), place_of)) == ["hot"]
    assert rows_of(bench.book, Chosen(Tab.ACTIVE), (), place_of) == []


def test_an_empty_book_has_no_rows() -> None:
    assert rows_of(AlarmBook(), Chosen(), (), place_of) == []
