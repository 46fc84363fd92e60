"""Revisions: their life, their files, and what changed between them in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.files import FileError
from procedures.diff import diff
from procedures.engine.events import WorkEvent
from procedures.engine.moment import Moment
from procedures.register import Entry, Register, RegisterError, RevisionState, Shelf
from procedures.register_events import entry_events, revisions_in
from procedures.revision import Revision, digest_of, revision_of

from .bench import SMALL, small, through_json

HOT = "tank.coolant_return_temperature <= 45 Cel"
COLD = "tank.coolant_supply_temperature <= 45 Cel"
FIRST = small()
SECOND = small(SMALL.replace("low: 790", "low: 795"))


def in_force() -> Register:
    return Register().submit(FIRST, "Eve", 1).approve(FIRST, "Bob", 2)


def test_a_revision_goes_from_draft_to_approved_to_superseded() -> None:
    register = Register()
    assert register.state(FIRST.digest) is RevisionState.DRAFT
    register = register.submit(FIRST, "Eve", 1)
    assert register.state(FIRST.digest) is RevisionState.REVIEW
    register = register.approve(FIRST, "Bob", 2)
    assert register.approved == FIRST.digest
    register = register.submit(SECOND, "Eve", 3).approve(SECOND, "Bob", 4)
    assert register.approved == SECOND.digest
    assert register.state(FIRST.digest) is RevisionState.SUPERSEDED
    assert (register.number(FIRST.digest), register.number(SECOND.digest)) == (1, 2)
    register = register.submit(FIRST, "Eve", 5).approve(FIRST, "Bob", 6)
    assert register.approved == FIRST.digest


def test_nobody_approves_their_own_work() -> None:
    register = Register().submit(FIRST, "Eve", 1)
    for name in ("Eve", " eve ", "Ada", "ADA"):
        with pytest.raises(RegisterError, match="another person must approve"):
            register.approve(FIRST, name, 2)


def test_steps_are_not_jumped() -> None:
    with pytest.raises(RegisterError, match="is draft; only review can be approved"):
        Register().approve(FIRST, "Bob", 1)
    with pytest.raises(RegisterError, match="is approved; only"):
        in_force().submit(FIRST, "Eve", 3)
    with pytest.raises(RegisterError, match="is approved; only review can be returned"):
        in_force().give_back(FIRST, "Bob", 3, "no")
    with pytest.raises(RegisterError, match="what is to be changed"):
        Register().submit(FIRST, "Eve", 1).give_back(FIRST, "Bob", 2, " ")
    with pytest.raises(RegisterError, match="who does it"):
        Register().submit(FIRST, " ", 1)
    returned = Register().submit(FIRST, "Eve", 1).give_back(FIRST, "Bob", 2, "numbers")
    assert returned.state(FIRST.digest) is RevisionState.DRAFT


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.register("small") == Register()
    shelf.keep("small", in_force(), FIRST)
    assert shelf.register("small") == in_force()
    assert shelf.revision("small", FIRST.digest) == FIRST


def test_an_approved_text_that_was_changed_is_not_used(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.keep("small", in_force(), FIRST)
    path = tmp_path / "small" / f"{FIRST.digest}.json"
    path.write_text(FIRST.canonical.replace("Ada", "Eve"), encoding="utf-8")
    with pytest.raises(FileError, match="the stored text has the hash"):
        shelf.revision("small", FIRST.digest)
    with pytest.raises(FileError, match="somebody changed an approved revision"):
        shelf.keep("small", in_force(), FIRST)
    with pytest.raises(FileError, match="cannot be read"):
        shelf.revision("small", SECOND.digest)


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"entries": [{"digest": 1}]}', '{"entries": 1}', "{", '{"entries": [{}]}'],
)
def test_a_damaged_register_is_one_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "small").mkdir()
    (tmp_path / "small" / "register.json").write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match="not a register of revisions"):
        Shelf(tmp_path).register("small")


def test_a_register_that_was_forged_is_not_read(tmp_path: Path) -> None:
    forged = Register((Entry(FIRST.digest, "approved", "Eve", 1),))
    Shelf(tmp_path).keep("small", forged, FIRST)
    with pytest.raises(FileError, match="only review can be approved"):
        Shelf(tmp_path).register("small")


NOW = Moment(5, 5, "boot", "session")


def as_events(register: Register, revision: Revision) -> list[WorkEvent]:
    return list(entry_events(Register(), register, revision, NOW))


def test_the_log_tells_the_same_life() -> None:
    events = as_events(in_force(), FIRST)
    found = revisions_in(through_json(event) for event in events)
    assert found.faults == []
    assert found.in_force("small") == FIRST
    later = in_force().submit(SECOND, "Eve", 3)
    events += entry_events(in_force(), later, SECOND, NOW)
    assert revisions_in(events).in_force("small") == FIRST
    events += entry_events(later, later.approve(SECOND, "Bob", 4), SECOND, NOW)
    found = revisions_in(events)
    assert found.in_force("small") == SECOND
    assert found.registers["small"].state(FIRST.digest) is RevisionState.SUPERSEDED
    assert revisions_in([]).in_force("small") is None


def test_what_the_rules_do_not_allow_does_not_count_in_the_log() -> None:
    submitted, approved = as_events(in_force(), FIRST)
    assert revisions_in([approved]).in_force("small") is None
    own = revisions_in([submitted, replace(approved, actor="eve")])
    assert own.in_force("small") is None
    assert "another person must approve" in own.faults[0]
    forged = {**submitted.body, "canonical": FIRST.canonical.replace("Ada", "Eve")}
    other = revisions_in([replace(submitted, body=forged), approved])
    assert other.in_force("small") is None
    assert "has the hash" in other.faults[0]
    assert revisions_in([replace(submitted, body={})]).faults


def test_a_text_is_read_when_it_is_used_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(canonical: str, digest: str | None = None) -> Revision:
        read.append(str(digest))
        return revision_of(canonical, digest)

    monkeypatch.setattr("procedures.register_events.revision_of", counted)
    events = as_events(in_force(), FIRST)
    events += entry_events(in_force(), in_force().submit(SECOND, "Eve", 3), SECOND, NOW)
    known = revisions_in(events)
    assert read == []
    assert known.in_force("small") == FIRST
    known.take(events[0])  # again: a fault, and no reason to read anything
    assert known.in_force("small") == FIRST
    assert read == [FIRST.digest]
    assert list(known.revisions) == [FIRST.digest, SECOND.digest]
    assert read == [FIRST.digest, SECOND.digest]


def test_a_text_of_a_newer_version_is_told_when_it_is_used_and_harms_no_other() -> None:
    newer = FIRST.canonical.replace('"schema":', '"no_such_member":1,"schema":')
    digest = digest_of(newer)
    submitted, approved = as_events(in_force(), FIRST)
    told = {**submitted.body, "canonical": newer, "revision": digest}
    events = [replace(submitted, body=told), replace(approved, body={**told, "note": ""})]
    known = revisions_in(events)
    assert known.faults == []
    assert known.in_force("small") is None
    assert "cannot be read by this version" in known.faults[0]
    assert known.in_force("small") is None
    assert len(known.faults) == 1
    assert list(known.revisions) == []
    with pytest.raises(KeyError):
        known.revisions[digest]


@pytest.mark.parametrize("text", ["[]", "{", '{"id":"other"}'])
def test_a_text_that_is_not_of_its_procedure_does_not_count(text: str) -> None:
    submitted, _ = as_events(in_force(), FIRST)
    told = {**submitted.body, "canonical": text, "revision": digest_of(text)}
    known = revisions_in([replace(submitted, body=told)])
    assert known.faults
    assert known.registers == {}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "return_temperature <= 45 Cel",
            "return_temperature <= 50 Cel",
            "phase plan, step cool, gate cool: limit 45 -> 50 Cel",
        ),
        (
            "return_temperature <= 45 Cel",
            "supply_temperature <= 45 Cel",
            f"phase plan, step cool, gate cool: check '{HOT}' -> '{COLD}'",
        ),
        (
            "low: 790",
            "low: 795",
            "phase open, step measure, value level: lower limit 790 mm -> 795 mm",
        ),
        ("min_s: 120", "min_s: 180", "phase open, step drain, timer: minimum 120 s -> 180 s"),
        (
            "en: Lay mats.",
            "en: Lay two mats.",
            "phase prepare, step mats: instruction (en) 'Lay mats.' -> 'Lay two mats.'",
        ),
        (
            "any_order: true\n",
            "any_order: false\n",
            "phase prepare: any order yes -> no",
        ),
        (
            "          - {id: right, text: {en: Right, zh_CN: 右}}\n",
            "",
            "phase prepare, step gloves: item removed: right",
        ),
        (
            "            override: {role: supervisor}\n",
            "",
            "phase plan, step cool, gate cool: override removed: supervisor",
        ),
        (
            "    - {role: verifier}\n",
            "    - {role: verifier}\n    - {role: supervisor}\n",
            "requires: people added: supervisor",
        ),
        (
            "{role: verifier}",
            "{role: verifier, count: 2}",
            "requires, people verifier: count 1 -> 2",
        ),
        ("exclusive: [tank]\n", "", "the procedure: exclusive tank -> none"),
    ],
)
def test_a_change_is_said_in_words(old: str, new: str, said: str) -> None:
    assert old in SMALL
    changed = small(SMALL.replace(old, new, 1)).procedure
    assert said in [str(change) for change in diff(FIRST.procedure, changed)]


def test_a_step_moved_is_a_change_of_order_and_nothing_is_no_change() -> None:
    assert diff(FIRST.procedure, FIRST.procedure) == []
    block = SMALL[SMALL.index("      - id: gloves") : SMALL.index("      - id: mats")]
    end = SMALL.index("  - id: open\n")
    moved = SMALL[:end].replace(block, "") + block + SMALL[end:]
    told = [str(change) for change in diff(FIRST.procedure, small(moved).procedure)]
    assert told == ["phase prepare: order of steps gloves, mats -> mats, gloves"]
