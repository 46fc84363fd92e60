"""What the log is told of a sync, and what is never told: passwords, and syncs that did nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.event_text import event_text
from console.history.kinds import Kind
from console.history.sync.ledger import Enrolled
from console.history.sync.notes import enrolled_draft, sync_drafts
from console.history.sync.service import SyncReport
from console.history.sync.target import (
    has_password,
    is_central,
    with_password,
    without_password,
)
from drivers.points import Stamp
from tests.unit.history.kit import START_US

NOW = Stamp(START_US, 1.0)


def kinds(report: SyncReport, last_kind: str = "") -> list[str]:
    return [draft.kind for draft in sync_drafts(report, "/stick", "chen", NOW, last_kind=last_kind)]


def test_a_sync_that_did_nothing_is_not_told() -> None:
    assert kinds(SyncReport()) == []
    assert kinds(SyncReport(receipts=3)) == []
    assert kinds(SyncReport(sent=1), Kind.LOG_SYNCED) == []
    assert kinds(SyncReport(sent=1)) == [Kind.LOG_SYNCED]
    assert kinds(SyncReport(sent=2), Kind.LOG_SYNCED) == [Kind.LOG_SYNCED]
    assert kinds(SyncReport(taken={"b": 1}), Kind.LOG_SYNCED) == [Kind.LOG_SYNCED]
    assert kinds(SyncReport(refused={"b": "why"})) == [Kind.LOG_SYNCED]


def test_what_is_kept_apart_is_told_once_for_each_laptop() -> None:
    report = SyncReport(kept_apart=[("b", 7), ("b", 5), ("a", 2)], refused={"b": "", "a": ""})
    drafts = sync_drafts(report, "/stick", "chen", NOW)
    apart = [(d.subject, d.body) for d in drafts if d.kind == Kind.LOG_QUARANTINED]
    assert apart == [("a", {"sequence": 2, "count": 1}), ("b", {"sequence": 5, "count": 2})]
    told = event_text(drafts[1]).sentence
    assert "number 5: 2 are kept apart" in told


def test_they_read_as_sentences() -> None:
    report = SyncReport(sent=5, taken={"b": 3, "c": 4}, refused={"d": "why"})
    (draft,) = sync_drafts(report, "postgresql://u:secret@h/d", "chen", NOW)
    told = event_text(draft).sentence
    assert "secret" not in told
    assert "5 events sent, 7 taken; refused from 1 laptops" in told
    enrolled = enrolled_draft(Enrolled("dev", "ab" * 32, "laptop 2"), "adeyemi", NOW)
    assert "laptop 2 is taken in from now on" in event_text(enrolled).sentence


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/media/stick", "/media/stick"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://u:p@h:5432/d?x=1", "postgresql://u@h:5432/d?x=1"),
        ("postgres://u:p%40q@h/d", "postgres://u@h/d"),
        ("postgresql://h/d?user=u&password=p&sslpassword=q", "postgresql://h/d?user=u"),
    ],
)
def test_a_password_is_left_out(target: str, kept: str) -> None:
    assert without_password(target) == kept
    assert has_password(target) == (target != kept)


@given(password=st.text(min_size=1, max_size=30))
def test_a_password_given_for_once_goes_in_and_out(password: str) -> None:
    url = "postgresql://u@h:5432/d"
    whole = with_password(url, password)
    assert is_central(whole)
    assert without_password(whole) == url
    assert with_password("/media/stick", password) == "/media/stick"


@given(st.text(max_size=60))
def test_nothing_that_people_write_breaks_it(text: str) -> None:
    without_password(text)
    assert "secret" not in without_password(f"postgresql://a:secret@{text}") or "secret" in text
