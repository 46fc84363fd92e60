"""What is hashed, byte for byte, and what becomes of values that JSON cannot hold."""

from __future__ import annotations

import hashlib
import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.history.events import (
    LABELS,
    NO_HASH,
    EventDraft,
    Head,
    Kind,
    canonical,
    label,
    plain,
    seal,
    uuid7,
)
from drivers.points import Reason, Stamp
from tests.unit.history.kit import START_US, at, draft

HEAD = Head("d0", 6, "ab" * 32)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def audited(line: str) -> bool:
    """The auditor's ten lines: nothing of ours, only a JSON library and SHA-256."""
    event = json.loads(line)
    claimed = event.pop("hash")
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return bool(hashlib.sha256(text.encode("utf-8")).hexdigest() == claimed)


def test_the_exact_bytes() -> None:
    told = EventDraft("limit.crossed", "tank-3", {"value": 55.2, "at": 55, "ä": None}, at(1.5))
    event, body = seal(told, "id-1", HEAD, "boot-1")
    text = (
        '{"actor":"system","body":{"at":55,"value":55.2,"ä":null},"boot_id":"boot-1",'
        '"device_id":"d0","id":"id-1","kind":"limit.crossed","mono_us":101500000,'
        f'"previous_hash":"{"ab" * 32}","sequence":7,"subject":"tank-3",'
        '"utc_us":1795262401500000}'
    )
    assert event.hash == hashlib.sha256(text.encode("utf-8")).hexdigest()
    assert body == '{"at":55,"value":55.2,"ä":null}'
    assert audited(canonical({**event.content, "hash": event.hash}))


@given(st.dictionaries(st.text(), ANYTHING, max_size=5), st.text(), st.text())
def test_whatever_is_told_can_be_audited(body: dict[str, object], subject: str, actor: str) -> None:
    told = EventDraft("device.lost", subject, body, at(0), actor)  # type: ignore[arg-type]
    event, text = seal(told, "id", HEAD, "boot")
    line = canonical({**event.content, "hash": event.hash})
    line.encode("utf-8")
    assert audited(line)
    assert json.loads(text) == event.body
    assert event.hash == event.hash_of_content()


@given(st.sampled_from(["id", "device_id", "actor", "kind", "subject", "boot_id", "body"]))
def test_every_member_is_covered_by_the_hash(member: str) -> None:
    event, _ = seal(draft(), "id", HEAD, "boot")
    changed = {**event.content, member: "x"}
    assert audited(canonical({**event.content, "hash": event.hash}))
    assert not audited(canonical({**changed, "hash": event.hash}))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.nan, None),
        (-math.inf, None),
        (np.float64("nan"), None),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (True, True),
        (Reason.STALE, 2),
        (Kind.DEVICE_LOST, "device.lost"),
        ((1, [2.0]), [1, [2.0]]),
        ({1: {"a": math.nan}}, {"1": {"a": None}}),
        (b"ab", "b'ab'"),
        (Path("a"), "a"),
        (Decimal("1.50"), "1.50"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_plain(value: object, expected: object) -> None:
    found = plain(value)
    assert found == expected
    assert type(json.loads(canonical(found))) is type(expected)


def test_numbers_of_the_wrong_kind_are_refused_by_the_canonical_form() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical({"a": math.nan})


def test_uuid7_says_when_and_sorts_by_it() -> None:
    moments = [START_US + step for step in (0, 1, 999, 1000, 1_000_000, 10**12)]
    ids = [uuid7(utc_us) for utc_us in moments]
    assert ids == sorted(ids)
    assert len({uuid7(START_US) for _ in range(1000)}) == 1000
    for utc_us, text in zip(moments, ids, strict=True):
        assert (text[14], text[19]) == ("7", text[19])
        assert text[19] in "89ab"
        assert int(text[:8] + text[9:13], 16) == utc_us // 1000


@given(st.integers(-(10**18), 10**19))
def test_uuid7_of_a_clock_gone_mad(utc_us: int) -> None:
    assert len(uuid7(utc_us)) == 36


def test_every_kind_has_a_label_and_an_unknown_one_shows_itself() -> None:
    assert set(LABELS) == set(Kind)
    assert label("device.lost") == "Device lost"
    assert label("from.the.future") == "from.the.future"


def test_the_first_event_follows_zeros() -> None:
    event, _ = seal(draft(), "id", Head("d", 0, NO_HASH), "boot")
    assert (event.sequence, event.previous_hash) == (1, "0" * 64)
    assert event.utc_us == START_US
    assert EventDraft("a", "b", {}, Stamp(5, 1.0)).utc_us == 5
