"""The reviewer's queue: what waits, how grave, what of an order was not as planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.work.assets.places import Place
from console.work.events import JSON
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Order
from console.work.orders.rules import State
from console.work.review import Finding, FindingKind, exceptions
from console.work.reviews.book import ReviewBook
from console.work.reviews.findings import clock_findings, counted, order_findings, signal_of
from console.work.reviews.kinds import ReviewKind
from console.work.reviews.queue import (
    Elsewhere,
    Grade,
    Item,
    ItemKind,
    Sources,
    queue,
    runs_in,
)
from console.work.reviews.steps import step_records
from console.work.reviews.table import load_table, shipped_table
from console.work.reviews.words import FindingWords, point_words
from drivers.files import FileError
from procedures.engine import commands as ask
from procedures.engine.events import WorkKind
from procedures.engine.state import Run
from procedures.register import Entry, Register
from procedures.register_events import Revisions
from tests.unit.procedures.bench import Bench, small, through_json
from tests.unit.work.kit import NOON_US, Recorded, Site
from tests.unit.work.test_orders import in_review
from tests.unit.work.test_reviews import finished

K = FindingKind
GRAVE = Finding(K.OUT_OF_LIMIT, "measure", 1, "tom", NOON_US)
QUIET = Finding(K.REFUSED, "measure", 1, "tom", NOON_US)


@pytest.fixture
def site() -> Site:
    return Site()


def of(site: Site, **more: object) -> Sources:
    plain = Sources(site.book, ReviewBook(), {}, Revisions(), {})
    return replace(plain, **more)  # type: ignore[arg-type]  # its own members


def unlinked(site: Site, priority: int = 4) -> Order:
    """An order in review without a procedure: nothing was to be followed, nothing is missing."""
    order = site.orders.open("chen", NewOrder("Wipe the rim", "tank-1", priority))
    site.orders.without_procedure("silva", order.number, "A cloth is enough")
    site.orders.change("silva", order.number, OrderChanges(assigned=("chen",)))
    site.move("silva", order.number, State.PLANNED)
    site.move("okafor", order.number, State.READY)
    site.move("chen", order.number, State.IN_PROGRESS)
    return site.move("chen", order.number, State.REVIEW)


def with_run(site: Site, order: Order, run: Run) -> Order:
    return site.orders.link("chen", order.number, run=run.id)


def keys(found: Sequence[Item]) -> list[str]:
    return [item.key for item in found]


def test_an_order_without_exceptions_is_clean(site: Site) -> None:
    order = unlinked(site)
    (item,) = queue(of(site))
    assert (item.key, item.kind, item.exceptions) == (order.number, ItemKind.ORDER, 0)
    assert item.is_clean
    assert item.grade is Grade.LOW


def test_a_procedure_that_left_no_record_is_an_exception(site: Site) -> None:
    order = in_review(site)
    (found,) = order_findings(order, site.book)
    assert (found.kind, found.about, found.by) == (K.NO_RUN, "gpu-swap", "chen")
    assert not queue(of(site))[0].is_clean


def test_a_run_that_is_not_counted_is_not_clean(site: Site) -> None:
    run = finished().run
    assert run is not None
    with_run(site, unlinked(site), run)
    found = of(site, runs={run.id: run})
    (item,) = queue(found)
    assert item.exceptions is None
    assert not item.is_clean
    assert item.grade is Grade.UNKNOWN
    assert runs_in(found) == (run,)
    (clean,) = queue(replace(found, tallies={run.id: (QUIET,)}))
    assert clean.is_clean, "what counts nothing is told and keeps it clean"
    (grave,) = queue(replace(found, tallies={run.id: (GRAVE, GRAVE, GRAVE)}))
    assert (grave.exceptions, grave.grade) == (3, Grade.HIGH)


def test_a_run_that_the_log_does_not_hold_is_an_exception(site: Site) -> None:
    order = unlinked(site)
    site.orders.link("chen", order.number, run="R-lost")
    (item,) = queue(of(site))
    assert item.exceptions == 1


def test_the_gravest_comes_first_then_the_older(site: Site) -> None:
    old = unlinked(site)
    site.clock.advance(60)
    new = unlinked(site)
    site.clock.advance(60)
    urgent = unlinked(site, priority=1)
    assert keys(queue(of(site))) == [urgent.number, old.number, new.number]


def test_a_returned_order_waits_too_and_a_closed_one_no_more(site: Site) -> None:
    first, second = unlinked(site), unlinked(site)
    site.move("okafor", first.number, State.RETURNED, "A photo is missing")
    site.move("okafor", second.number, State.CLOSED)
    (item,) = queue(of(site))
    assert (item.key, item.is_returned, item.exceptions) == (first.number, True, 1)


def test_a_run_without_an_order_waits_until_somebody_concluded_it(site: Site) -> None:
    bench = finished()
    run = bench.run
    assert run is not None
    found = of(site, runs={run.id: run}, tallies={run.id: ()})
    (item,) = queue(found)
    assert (item.kind, item.key, item.by) == (ItemKind.RUN, f"run:{run.id}", "tom")
    training = replace(found, runs={run.id: replace(run, training=True)})
    assert queue(training) == ()
    book = ReviewBook()
    signature = site.sign("okafor", "order.review", "ab" * 32)
    body: dict[str, Any] = {"id": "1", "signature": signature.as_body()}
    assert book.take(Recorded(ReviewKind.SETTLED, item.key, body, "okafor", NOON_US))
    assert queue(replace(found, reviews=book)) == ()


def test_procedures_in_review_changes_asked_for_and_what_is_kept_apart(site: Site) -> None:
    revision = small()
    known = Revisions()
    known.registers[revision.procedure.id] = Register(
        (Entry(revision.digest, "submitted", "ada", NOON_US),)
    )
    book = ReviewBook()
    asked: dict[str, Any] = {
        "id": "c1",
        "text": "Scrape first",
        "procedure": "small",
        "revision": "ab" * 32,
    }
    assert book.take(Recorded(ReviewKind.CHANGE_ASKED, "WO-1", asked, "okafor", NOON_US))
    apart = [
        Elsewhere(ItemKind.QUARANTINE, "dev:7", "3 events", "stick", 0),
        Elsewhere(ItemKind.TRAINING, "ev", "forged", "training", NOON_US),
    ]
    found = queue(of(site, revisions=known, reviews=book, elsewhere=apart))
    assert [item.kind for item in found] == [
        ItemKind.QUARANTINE,
        ItemKind.CHANGE,
        ItemKind.TRAINING,
        ItemKind.PROCEDURE,
    ]
    assert found[0].grade is Grade.HIGH


def test_a_late_entry_and_a_return_are_found(site: Site) -> None:
    order = unlinked(site)
    site.assets.register("chen", "GPU-1", "gpu")
    early_us = site.clock.wall_us - 3_600_000_000
    place = Place.parse("bench:B1")
    site.assets.move("chen", "GPU-1", place, order=order.number, occurred_us=early_us)
    site.clock.advance(1)
    site.move("okafor", order.number, State.RETURNED, "Why so late?")
    late, returned = order_findings(site.orders.find(order.number), site.book)
    assert (late.kind, late.seconds, late.by) == (K.LATE_ENTRY, 3600.0, "chen")
    assert (returned.kind, returned.text) == (K.RETURNED, "Why so late?")
    words = FindingWords(None)
    assert words.sentence(late) == "Written down 60 min after it happened"
    assert words.sentence(returned) == "Why so late?"


def test_clocks_that_were_set_are_found() -> None:
    events = [
        Recorded("clock.changed", "console", {"moved_s": 90.0}, "system", 5),
        Recorded("clock.backwards", "console", {"behind_s": 3.0}, "system", 6),
        Recorded("order.noted", "WO-1", {}, "chen", 7),
    ]
    found = clock_findings(events)
    assert [one.seconds for one in found] == [90.0, -3.0]
    words = FindingWords(None)
    assert words.sentence(found[0]) == "The clock was set forward by 90 s"
    assert words.sentence(found[1]) == "The clock was set back by 3.0 s"


def test_what_was_copied_from_paper_is_told_once_for_each_step() -> None:
    events = [through_json(event) for event in finished().events]
    late: dict[str, JSON] = {"form": "F-7", "page": 2, "copied_by": "wu"}
    on_paper = [
        replace(event, body={**event.body, "late": late})
        if event.body.get("step") == "measure"
        else event
        for event in events
    ]
    (found,) = exceptions(small().procedure, on_paper)
    assert (found.kind, found.step) == (K.LATE_ENTRY, "measure")
    assert FindingWords(small().procedure, str.title).sentence(found) == (
        "Copied from the paper form F-7 by Wu"
    )


# ---- words -----------------------------------------------------------------------------------


def odd_run() -> Bench:
    bench = Bench()
    bench.go_to("measure")
    bench.must(ask.Start("measure", "tom", "en"))
    for number in (700.0, 820.0):
        bench.must(ask.Record("measure", "tom", "level", number))
    bench.must(ask.Note("tom", "The gauge stuck."))
    return bench


def told(bench: Bench) -> Sequence[Finding]:
    return exceptions(bench.revision.procedure, [through_json(event) for event in bench.events])


def test_exceptions_in_words() -> None:
    bench = odd_run()
    words = FindingWords(bench.revision.procedure, str.title)
    outside, again = told(bench)
    assert words.sentence(
        outside
    ) == "Level: 700\N{NO-BREAK SPACE}mm found, allowed is 790 to 850 mm".replace(
        "850 mm", "850\N{NO-BREAK SPACE}mm"
    )
    assert words.sentence(again) == (
        "Level: first 700\N{NO-BREAK SPACE}mm, then 820\N{NO-BREAK SPACE}mm"
    )
    assert words.step(outside).endswith(". Measure")
    comma = FindingWords(bench.revision.procedure, point=",")
    assert "1,5" in comma.amount("1.5 mm")


@pytest.mark.parametrize("kind", list(FindingKind))
def test_every_kind_has_a_sentence_whatever_it_lacks(kind: FindingKind) -> None:
    words = FindingWords(None)
    assert words.sentence(Finding(kind, "", 0, "tom", 1)).strip()
    assert words.title(Finding(kind, "", 0, "tom", 1))


def test_gates_without_a_text_are_told_by_what_they_ask() -> None:
    words = FindingWords(small().procedure)
    assert words.part_of("cool", "hard") == "Coolant return temperature ≤ 50\N{NO-BREAK SPACE}°C"
    assert words.part_of("cool", "unknown-part") == "unknown part"
    assert point_words("leak[1].state") == "Leak state"
    named = FindingWords(None, name_of=str.upper)
    plain = named.plain("tank-1 coolant_return_temperature is 46.2 Cel; it must be <= 45 Cel")
    assert plain.replace("\N{NO-BREAK SPACE}", " ") == (
        "TANK-1 Coolant return temperature is 46.2 °C; it must be ≤ 45 °C"
    )


# ---- steps -----------------------------------------------------------------------------------


def test_a_run_step_by_step() -> None:
    bench = finished()
    events = [through_json(event) for event in bench.events]
    records = step_records(bench.revision.procedure, events)
    assert [one.step for one in records] == list(
        dict.fromkeys(e.body["step"] for e in events if e.body.get("step"))
    )
    measure = next(one for one in records if one.step == "measure")
    (value,) = measure.values
    assert (value.id, value.unit, value.low, value.high, value.inside) == (
        "level",
        "mm",
        790,
        850,
        True,
    )
    assert [one.kind for one in measure.signed] == [
        "work.step_started",
        "work.step_performed",
        "work.step_done",
    ]
    assert measure.time is not None
    assert measure.time.result == "done"
    drain = next(one for one in records if one.step == "drain")
    assert [shot.title["en"] for shot in drain.photos] == ["Drip"]
    cool = next(one for one in records if one.step == "cool")
    assert {gate.id: gate.state for gate in cool.gates} == {"cool": "met", "hard": "met"}


def test_a_note_is_of_the_visit_that_is_open_and_damage_is_passed_over() -> None:
    bench = odd_run()
    events = [through_json(event) for event in bench.events]
    bad = replace(events[-1], kind=WorkKind.VALUE_RECORDED, body={"step": "measure", "visit": 1})
    records = step_records(bench.revision.procedure, [*events, bad])
    measure = next(one for one in records if one.step == "measure")
    assert [(line.what, line.text) for line in measure.said] == [("note", "The gauge stuck.")]
    assert [value.number for value in measure.values] == [700.0, 820.0]


# ---- the table -------------------------------------------------------------------------------


def test_every_exception_has_a_weight() -> None:
    table = shipped_table()
    assert set(table.weight) == set(FindingKind)
    assert counted([GRAVE, QUIET]) == 1
    assert signal_of(small().procedure) in table.signal
    assert signal_of(None) == ""


def test_a_table_that_lacks_a_weight_is_refused(tmp_path: Path) -> None:
    import resources

    text = resources.path("review.toml").read_text(encoding="utf-8")
    path = tmp_path / "review.toml"
    path.write_text(text.replace("skipped = 4\n", ""), encoding="utf-8")
    with pytest.raises(FileError, match="skipped is missing"):
        load_table(path)
    path.write_text(text.replace("middle_from = 6", "middle_from = 60"), encoding="utf-8")
    with pytest.raises(FileError, match="must not be above high_from"):
        load_table(path)
