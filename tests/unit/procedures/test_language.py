"""The language: what it refuses, what a revision is, what stays in step with it."""

from __future__ import annotations

from pathlib import Path

import pytest

import resources
from drivers.files import FileError
from procedures.checks import parse_check
from procedures.document import document_of_bytes, library_ids, load_document, procedure_path
from procedures.revision import compile_procedure, revision_of
from procedures.schema import procedure_schema
from procedures.texts import fill, shown_hash, step_texts

from .bench import PATH, SMALL, small

FIND = "    steps:\n      - id: find"
COOL = "check: tank.coolant_return_temperature <= 45 Cel\n"
TELL = "title: {en: Tell, zh_CN: 通知}"


def faults(text: str) -> list[str]:
    with pytest.raises(FileError) as error:
        document_of_bytes(text.encode(), PATH)
    return str(error.value).splitlines()


def line_of(part: str, text: str = SMALL) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("author: Ada\n", "author: Ada\ncolour: red\n", "colour: red", "unknown key"),
        ("author: Ada\n", "", "schema:", "missing; it must be given"),
        (
            f"make_safe: back\n{FIND}",
            f"make_safe: nowhere\n{FIND}",
            "make_safe: nowhere",
            "no make-safe path 'nowhere'; allowed are back",
        ),
        (
            "hazards: [splash]\n        hold",
            "hazards: [fire]\n        hold",
            "hazards: [fire]",
            "no hazard 'fire'; allowed are splash",
        ),
        (
            "id: mats\n",
            "id: gloves\n",
            "id: gloves\n        title: {en: Mats",
            "'gloves' is given twice",
        ),
        ("{min_s: 120, max_s: 600}", "{min_s: 700, max_s: 600}", "timer:", "must rise"),
        ("low: 790", "low: 890", "- id: level", "low 890 is above high 850"),
        ("for_s: 20\n", "for_s: -1\n", "for_s: -1", "greater than or equal to 0"),
        (
            COOL,
            "check: pump.x <= 45 Cel\n",
            "check: pump.x",
            "no subject 'pump'; allowed are spare_meter, tank",
        ),
        (
            COOL,
            "check: 45 degrees or so\n",
            "check: 45 degrees",
            "is not understood; write it like",
        ),
        (
            "goto: {goto: drain, max: 2}",
            "goto: {goto: nowhere}",
            "goto: {goto: nowhere",
            "no step 'nowhere'",
        ),
        (
            "on_fail: {goto: polish, max: 1}",
            "on_fail: {goto: close-lid}",
            "on_fail:",
            "a failed step leads back",
        ),
        ("ends_in: closed", "ends_in: opened", "ends_in: opened", "no safe state 'opened'"),
        ("instrument: gauge", "instrument: ruler", "instrument: ruler", "no tool 'ruler'"),
        ("kind: decide\n", "kind: check\n", "- id: choose", "'kind: decide' and 'ask' go together"),
        ("must_be: tank}", "must_be: rack}", "must_be: rack", "no subject 'rack'"),
        ("phases: [open], why", "phases: [shut], why", "phases: [shut]", "no phase 'shut'"),
        ("from_step: open-lid", "from_step: shut-lid", "from_step: shut-lid", "no step 'shut-lid'"),
        (TELL, "title: {zh_CN: 通知}", "title: {zh_CN: 通知}", "the words in 'en' are missing"),
    ],
)
def test_a_fault_names_line_and_what_is_allowed(old: str, new: str, line: str, said: str) -> None:
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    told = faults(text)
    assert any(said in one for one in told), told
    where = next(one for one in told if said in one)
    assert where.startswith(f"small.yaml:{line_of(line, text)}:")


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("before: [{id: x, check: tank.level >= 1 mm}]", "has no 'before'"),
        ("during: [{id: x, check: tank.level >= 1 mm}]", "has no 'during'"),
        ("hold: {role: supervisor}", "has no 'hold'"),
        ("sign: {second: {mode: concurrent}}", "needs one person only"),
        ("timer: {max_s: 60, on_overrun: hold}", "it does not hold"),
        ("skip: {reasons: [{id: a, text: {en: A}}]}", "has no 'skip'"),
        ("on_fail: {goto: ms-tell}", "has no 'on_fail'"),
    ],
)
def test_nothing_may_stand_in_the_way_to_safe(member: str, said: str) -> None:
    anchor = "expect: {en: They know., zh_CN: 已知悉。}\n"
    told = faults(SMALL.replace(anchor, f"{anchor}        {member}\n"))
    assert any(said in one for one in told), told


def test_a_hold_point_cannot_be_skipped() -> None:
    anchor = "hold: {role: supervisor}\n"
    text = SMALL.replace(anchor, anchor + "        skip: {reasons: [{id: a, text: {en: A}}]}\n")
    assert any("cannot be skipped" in one for one in faults(text))


def test_comments_spaces_and_order_make_no_other_revision() -> None:
    first = small()
    commented = SMALL.replace("author: Ada\n", "# by hand\nauthor:    'Ada'\n")
    assert small(commented).digest == first.digest
    moved = "author: Ada\n" + SMALL.replace("author: Ada\n", "")
    assert small(moved).digest == first.digest
    spaced = SMALL.replace("temperature <= 45 Cel", "temperature<=45.0   Cel")
    assert small(spaced).digest == first.digest
    assert small(SMALL.replace("for_s: 20\n", "for_s: 21\n")).digest != first.digest
    assert small(SMALL.replace("zh_CN: 小", "zh_CN: 小小")).digest != first.digest


def test_a_revision_comes_back_from_its_canonical_text() -> None:
    first = small()
    again = revision_of(first.canonical, first.digest)
    assert again == first
    assert again.procedure == first.procedure
    assert compile_procedure(again.procedure).canonical == first.canonical
    with pytest.raises(FileError, match="the stored text has the hash"):
        revision_of(first.canonical.replace("Ada", "Eve"), first.digest)
    with pytest.raises(FileError, match="cannot be read by this version"):
        revision_of("{}")


def test_the_published_schema_is_in_step() -> None:
    kept = resources.path("schemas", "procedure.schema.json").read_text(encoding="utf-8")
    assert kept == procedure_schema()


@pytest.mark.parametrize(
    "text",
    [
        "tank.coolant_flow",
        "tank.coolant_flow >= ",
        "coolant_flow >= 3 L/min",
        "tank.level between 9 and 3 mm",
        "tank.lid.state < open",
        "tank.lid.state == open Cel",
        "tank.level >= 3 mm and tank.level <= 4 mm",
        "__import__('os') == 1",
        "x" * 500,
        "",
    ],
)
def test_a_check_that_is_no_comparison_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|never|compares a word|at most"):
        parse_check(text)


def test_words_take_their_numbers_from_the_limits() -> None:
    procedure = small().procedure
    assert fill("Wait for {cool}.", procedure.steps["cool"]) == "Wait for 45 Cel."
    assert fill("For {min}, {what}", procedure.steps["drain"]) == "For 2 min, {what}"
    level = procedure.steps["measure"]
    assert fill("{level.low} to {level.high}", level, lambda n, u: f"{n:.1f}{u}") == (
        "790.0mm to 850.0mm"
    )


def test_words_are_keyed_by_step_and_what_was_shown_has_a_hash() -> None:
    procedure = small().procedure
    assert step_texts(procedure, "zh_CN")["open-lid"]["do"] == "打开箱盖。"
    assert step_texts(procedure, "tlh")["open-lid"]["do"] == "Open the lid."
    step = procedure.steps["open-lid"]
    hashes = {shown_hash(procedure, step, language) for language in ("en", "zh_CN")}
    assert len(hashes) == 2
    other = small(SMALL.replace("Fluid in the eyes.", "Fluid in the eye.")).procedure
    assert shown_hash(other, other.steps["open-lid"], "en") not in hashes


def test_a_shipped_procedure_is_found_by_its_id(tmp_path: Path) -> None:
    assert "extract-server" in library_ids()
    for name in library_ids():
        assert load_document(procedure_path(name)).procedure.id == name
    with pytest.raises(FileError, match=r"no such procedure; a \.yaml file, or a shipped one"):
        procedure_path("nothing")
    assert procedure_path(str(tmp_path / "x.yaml")) == tmp_path / "x.yaml"
