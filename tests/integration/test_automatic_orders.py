"""Orders that alarms, Xids and failed steps ask for, and alarms that go with their order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.cli.procedure_stage import paused_stage
from console.history.events import Kind
from console.work.orders.model import Origin
from console.work.orders.rules import State
from procedures.engine.state import RunStatus, StepStatus
from tests.integration.run_kit import HOST, SMALL, TANK, UNSTEADY, begin, crew_of, script, short
from tests.integration.test_procedure_run import at
from tests.integration.work_kit import Works, works

LEAK = "inject slow_leak tank-1"


def orders_of(works: Works) -> list[tuple[str, str, str]]:
    """Who opened what for which cause."""
    book = works.place.room.book
    return [(o.opened_by, o.source.origin, o.source.what.split()[0]) for o in book.orders.all()]


def leaking(works: Works) -> None:
    works.stage.world(LEAK)
    works.rest(40)
    shown = {status.key.alarm for status in works.stage.session.book.alarms()}
    assert "leak" in shown


def test_an_alarm_becomes_one_request_that_waits_for_a_person(tmp_path: Path) -> None:
    with works(tmp_path) as place:
        leaking(place)
        place.rest(5)
        asked = [r for r in place.place.room.book.open_requests() if "leak" in r.source.what]
        assert len(asked) == len({(r.about, r.source.what) for r in asked}) > 0
        wish = asked[0]
        assert (wish.by, wish.about, wish.source.origin) == ("system", TANK, Origin.ALARM)
        assert (wish.priority, wish.procedure) == (1, "respond-spill-leak")
        assert place.place.room.book.orders.all() == []
        orders = place.place.room.orders
        made = orders.open_from_request("chen", wish.id, wish.title, priority=wish.priority)
        assert made.alarms == wish.alarms
        assert made.source.what == wish.source.what
        place.rest(5)
        again = [r for r in place.place.room.book.open_requests() if r.source == wish.source]
        assert again == []


def test_an_alarm_opens_one_order_by_itself_also_over_a_restart(tmp_path: Path) -> None:
    with works(tmp_path, "automatic") as place:
        from console.cli.procedure_run import put_in_force
        from console.session.furnish import library

        spill = next(r for r in library() if r.procedure.id == "respond-spill-leak")
        put_in_force(place.driver, spill)
        leaking(place)
        place.rest(5)
        found = place.place.room.book.orders.all()
        leaks = [order for order in found if order.source.what.startswith("leak ")]
        assert leaks
        assert len({(o.about, o.source.what) for o in found}) == len(found)
        assert leaks[0].opened_by == "system"
        assert (leaks[0].priority, leaks[0].state) == (1, State.REQUEST)
        assert leaks[0].procedure
        assert leaks[0].procedure.revision == spill.digest
        cancelled = leaks[0].number
        place.move("silva", cancelled, State.CANCELLED, "somebody looks already")
        place.rest(5)
        assert len(place.place.room.book.orders.all()) == len(found)  # the same leak, not again
        end_us = place.stage.session.now().utc_us + 5_000_000
    with works(tmp_path, "automatic", before_s=0.0, end_us=end_us) as place:
        leaking(place)
        found_again = place.place.room.book.orders.all()
        assert len({(o.about, o.source.what) for o in found_again if not o.state.is_over}) == len(
            [o for o in found_again if not o.state.is_over]
        )


def test_a_site_may_want_none_of_it(tmp_path: Path) -> None:
    with works(tmp_path, "off") as place:
        leaking(place)
        assert place.place.room.book.orders.all() == []
        assert place.place.room.book.open_requests() == []


def test_an_alarm_that_work_holds_back_asks_for_nothing(tmp_path: Path) -> None:
    with works(tmp_path, "automatic", before_s=900.0) as place:
        name = begin(place.driver, short(60))
        crew = crew_of(place.stage, short(60), script(burn_in=UNSTEADY))
        place.driver.drive(name, crew)
        assert [cause for _, _, cause in orders_of(place) if cause == "level-low"] == []


def test_an_xid_asks_as_soon_as_the_gpu_has_to_come_out(tmp_path: Path) -> None:
    gpu = f"{HOST}/gpu0"
    with works(tmp_path, "automatic") as place:
        place.record(Kind.GPU_XID, gpu, code=79)
        assert orders_of(place) == []  # the first time the host is restarted
        end_us = place.stage.session.now().utc_us + 3600 * 1_000_000
    with works(tmp_path, "automatic", before_s=0.0, end_us=end_us) as place:
        place.rest()
        place.record(Kind.GPU_XID, gpu, code=79)
        place.record(Kind.GPU_XID, gpu, code=79)
        place.record(Kind.GPU_XID, gpu, code=13)  # a program's own mistake
        place.record(Kind.GPU_XID, gpu, code=999_999)
        assert orders_of(place) == [("system", "xid", "79")]
        place.record(Kind.GPU_XID, f"{HOST}/gpu1", code=64)
        assert orders_of(place)[1:] == [("system", "xid", "64")]
        (first, _) = place.place.room.book.orders.all()
        assert (first.about, first.priority) == (gpu, 2)


def test_what_failed_in_a_step_is_asked_for_with_the_order_it_came_from(tmp_path: Path) -> None:
    told: dict[str, Any] = {"shut_down": {"fail": "The switch does not move"}}
    with works(tmp_path, before_s=900.0) as place:
        name = begin(place.driver, short(60))
        parent = place.order(HOST, run=name)
        crew = crew_of(place.stage, short(60), script(**told))
        place.driver.drive(name, crew, until=lambda run: run.visits.get("shut-down") == 2)
        place.settle()
        (wish,) = [r for r in place.place.room.book.open_requests() if r.parent]
        assert (wish.by, wish.parent) == ("system", parent.number)
        assert "The switch does not move" in wish.title
        child = place.place.room.orders.open_from_request("chen", wish.id, wish.title)
        place.settle()
        assert child.parent == parent.number
        assert place.place.room.book.orders.children(parent.number) == [child]


def test_what_failed_in_a_step_becomes_an_order_of_its_own(tmp_path: Path) -> None:
    told: dict[str, Any] = {"burn_in": {**UNSTEADY, "fail": "GPU 1 stays hot"}}
    with works(tmp_path, "automatic", before_s=900.0) as place:
        name = begin(place.driver, short(60))
        parent = place.order(HOST, run=name)
        run = place.driver.drive(name, crew_of(place.stage, short(60), script(**told)))
        assert run.status is RunStatus.FINISHED
        place.settle()
        book = place.place.room.book
        children = book.orders.children(parent.number)
        assert {child.source.origin for child in children} == {Origin.CHECK}
        assert all(child.parent == parent.number for child in children)
        assert any("GPU 1 stays hot" in child.title for child in children)
        assert any("No steady load" in child.title for child in children) or len(children) == 1


@pytest.mark.parametrize("is_cancelled", [True, False])
def test_alarms_held_for_an_order_are_given_back_with_it(
    tmp_path: Path, is_cancelled: bool
) -> None:
    with works(tmp_path, before_s=900.0) as place:
        name = begin(place.driver, short(60))
        order = place.order(HOST, run=name)
        crew = crew_of(place.stage, short(60))
        place.driver.drive(name, crew, until=at("lift-clear", StepStatus.OPEN))
        alarms = place.stage.session.alarms
        assert alarms.held_for(name)
        if is_cancelled:
            place.move("okafor", order.number, State.CANCELLED, "the server is back in")
        else:
            place.move("chen", order.number, State.REVIEW)
            assert alarms.held_for(name)  # looking at it does not end it
            place.move("okafor", order.number, State.CLOSED)
        place.rest(2)
        view = place.place.runs.view(name)
        assert view
        assert not view.run.is_over
        assert view.expected == frozenset()
        assert list(alarms.held_for(name)) == []
        end_us = place.stage.session.now().utc_us + 5_000_000
    with works(tmp_path, before_s=0.0, end_us=end_us) as place:
        place.rest(3)
        assert [run.id for run in place.place.runs.open()] == [name]
        assert list(place.stage.session.alarms.held_for(name)) == []


def test_what_was_suppressed_under_the_number_of_an_order_goes_with_it(tmp_path: Path) -> None:
    with works(tmp_path) as place:
        order = place.order(TANK)
        alarms = place.stage.session.alarms
        keys = alarms.keys(TANK, "level-low")
        alarms.suppress(keys, order.number, "the tank is being filled", "chen")
        assert list(alarms.held_for(order.number)) == list(keys)
        place.move("silva", order.number, State.CANCELLED, "not today")
        assert list(alarms.held_for(order.number)) == []


def test_what_was_raised_before_anybody_looked_is_not_forgotten(tmp_path: Path) -> None:
    """A crash between an alarm and its order, or a log that was read late."""
    with paused_stage(tmp_path, SMALL, HOST, before_s=300.0) as stage:
        stage.session.is_demo = False
        stage.world(LEAK)
        for _ in range(40):
            stage.pace.rest()
            stage.session.refresh()
        place = stage.session.open_work(wait=True)
        assert place.settle()
        stage.session.refresh()
        assert place.settle()
        asked = [wish.source.what.split()[0] for wish in place.room.book.open_requests()]
        assert "leak" in asked
        assert len(asked) == len(set(place.room.book.open_requests()))
