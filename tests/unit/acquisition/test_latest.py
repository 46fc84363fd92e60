"""Staleness by the clock, whatever the poll task is doing."""

from __future__ import annotations

import numpy as np
import pytest

from console.acquisition.latest import LatestStore, LinkState
from drivers.points import Point, Reason, Schema, Snapshot, Stamp

SCHEMA = Schema((Point("t", "T", "Cel"), Point("f", "F")))


def at(seconds: float) -> Stamp:
    return Stamp(int(seconds * 1e6), seconds)


@pytest.fixture
def store() -> LatestStore:
    made = LatestStore()
    made.add_device("tank-1", "tcp://h", period_s=1.0)
    made.add_part("tank-1", "tank-1", SCHEMA)
    return made


def sample(seconds: float, reasons: tuple[int, int] = (0, 0)) -> Snapshot:
    values = np.where(np.array(reasons) == 0, 46.0, np.nan)
    return Snapshot("tank-1", SCHEMA, values, np.array(reasons, np.uint8), at(seconds))


def test_before_the_first_answer_nothing_is_known(store: LatestStore) -> None:
    view = store.view("tank-1", at(0))
    assert {reading.reason for reading in view.readings} == {Reason.NOT_YET_READ}
    store.set_link("tank-1", state=LinkState.LOST)
    assert {r.reason for r in store.view("tank-1", at(1)).readings} == {Reason.NO_COMMS}


def test_live_until_two_and_a_half_periods_then_stale(store: LatestStore) -> None:
    store.put(sample(10.0))
    assert store.view("tank-1", at(12.5)).good("t") == 46.0
    stale = store.view("tank-1", at(12.51))
    assert [(r.value, r.reason) for r in stale.readings] == [(None, Reason.STALE)] * 2
    assert stale.time == at(10.0)  # the age on screen is that of the last sample
    store.set_link("tank-1", state=LinkState.LOST)
    assert store.view("tank-1", at(13))["t"].reason is Reason.NO_COMMS


def test_a_new_sample_is_live_at_once(store: LatestStore) -> None:
    store.put(sample(10.0))
    assert store.view("tank-1", at(99)).good("t") is None
    store.put(sample(99.5))
    assert store.view("tank-1", at(99.6)).good("t") == 46.0


def test_one_bad_value_does_not_taint_another(store: LatestStore) -> None:
    store.put(sample(10.0, (Reason.SENTINEL, 0)))
    view = store.view("tank-1", at(10.1))
    assert view["t"].reason is Reason.SENTINEL
    assert view.good("f") == 46.0


def test_an_unchanged_stale_view_is_made_once(store: LatestStore) -> None:
    store.put(sample(10.0))
    assert store.view("tank-1", at(20)) is store.view("tank-1", at(21))


def test_parts_and_links_keep_the_order_of_the_site(store: LatestStore) -> None:
    store.add_device("node-1", "http://h", period_s=2.0)
    for gpu in ("node-1/gpu0", "node-1/gpu1"):
        store.add_part("node-1", gpu, SCHEMA)
    assert store.parts() == ("tank-1", "node-1/gpu0", "node-1/gpu1")
    assert store.parts("node-1") == ("node-1/gpu0", "node-1/gpu1")
    assert [link.device for link in store.links()] == ["tank-1", "node-1"]
    assert store.device_of("node-1/gpu1") == "node-1"


def test_what_was_last_known_outlives_the_loss(store: LatestStore) -> None:
    assert store.last_known("tank-1") is None
    lost = int(Reason.DEVICE_LOST)
    store.put(sample(10.0))
    for seconds in (11.0, 12.0):
        store.put(sample(seconds, (lost, lost)))
    known = store.last_known("tank-1")
    assert known is not None
    assert (known.time, known.good("t")) == (at(10.0), 46.0)
    store.put(sample(13.0))
    known = store.last_known("tank-1")
    assert known is not None
    assert known.time == at(13.0)


def test_a_part_has_the_schema_of_its_last_sample(store: LatestStore) -> None:
    other = Schema((Point("t", "T", "Cel", high=200), Point("f", "F")))
    store.put(Snapshot("tank-1", other, np.full(2, 46.0), np.zeros(2, np.uint8), at(10)))
    assert store.schema("tank-1")["t"].high == 200
