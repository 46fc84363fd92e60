"""The linter: every rule once, with its line; nothing to say about what is right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import procedures
from procedures.document import LIBRARY, library_ids
from procedures.lint import Finding, has_errors, lint_bytes, lint_file, rules
from procedures.lint_words import actions_in
from procedures.points import known, shipped
from procedures.template import template

from .bench import PATH, SMALL

FOLDER = Path(procedures.__file__).parent
MAT = "expect: {en: They lie., zh_CN: 已铺好。}\n"
COOL = "check: tank.coolant_return_temperature <= 45 Cel\n"


def lint(text: str) -> list[Finding]:
    return lint_bytes(text.encode(), PATH)


HAZARDS = "        hazards: [splash]\n"
RUN_OFF = '        do: {en: "Let it run off for {min}.", zh_CN: "沥液 {min}。"}\n'
SPARE_PATH = """make_safe:
  - id: spare
    title: {en: Spare, zh_CN: 备}
    ends_in: closed
    steps:
      - id: ms-spare-close
        title: {en: Say, zh_CN: 说}
        do: {en: Tell them., zh_CN: 说明。}
        expect: {en: They know., zh_CN: 已知。}
  - id: back"""
SPARE_HAZARD = """hazards:
  spare:
    type: fire
    signal: notice
    pictogram: fire
    consequence: {en: It burns., zh_CN: 燃烧。}
    avoid: {en: No flame., zh_CN: 禁火。}
  splash:"""
SCAN = "        do: {en: Scan the label., zh_CN: 扫描标签。}\n"
LABEL = """        scans:
          - {id: label, title: {en: Label, zh_CN: 标签}, of: tank, must_be: tank}
"""
VERIFY = "        do: {en: Verify the label., zh_CN: 核对标签。}\n"
LEAP = """        values:
          - id: number
            title: {en: Number, zh_CN: 编号}
            unit: '1'
            low: 1
            outside: goto
            goto: {goto: drain}
"""
CASES = {
    "yaml": ("author: Ada\n", "author: yes\n", "author: yes"),
    "model": ("author: Ada\n", "author: Ada\ncolour: red\n", "colour"),
    "step-unreachable": (
        "text: {en: Go on, zh_CN: 继续}",
        "text: {en: Go on, zh_CN: 继续}, goto: close-lid",
        "id: polish",
    ),
    "make-safe-unused": ("make_safe:\n  - id: back", SPARE_PATH, "id: spare"),
    "safe-state-unused": (
        "safe_states:\n",
        "safe_states:\n  - {id: lost, text: {en: Lost., zh_CN: 丢失。}}\n",
        "- {id: lost",
    ),
    "hazard-after-step": (
        f"{HAZARDS}{RUN_OFF}",
        f"{RUN_OFF}{HAZARDS}",
        "hazards: [splash]\n        timer",
    ),
    "hazard-missing": ("involves: [fluid]", "involves: [fluid, lifting]", "involves:"),
    "hazard-unused": ("hazards:\n  splash:", SPARE_HAZARD, "spare:"),
    "involves-missing": ("en: Lay mats.", "en: Lift the mats.", "do: {en: Lift the mats"),
    "danger-alone": ("signal: warning", "signal: danger", "hazards: [splash]\n        do"),
    "verify-missing": (f"        {MAT}", "", "do: {en: Lay mats"),
    "check-without-value": (f"{SCAN}{LABEL}", VERIFY, "do: {en: Verify"),
    "action-count": ("en: Lay mats.", "en: Lay mats and close the door.", "do: {en: Lay mats and"),
    "value-unit": ("            unit: mm\n", "", "- id: level"),
    "value-limits": (
        "            low: 790\n            high: 850\n",
        "",
        "- id: level",
    ),
    "unit-unknown": ("unit: mm\n", "unit: furlong\n", "unit: furlong"),
    "unit-mismatch": (COOL, COOL.replace("Cel", "kPa"), "check: tank.coolant_return_temp"),
    "point-unknown": (COOL, COOL.replace("return", "returned"), "check: tank.coolant_returned"),
    "state-unknown": ("tank.lid.state == open", "tank.lid.state == ajar", "- {id: lid-open, check"),
    "role-missing": (
        "{second: {mode: concurrent}}",
        "{second: {role: supervisor, mode: concurrent}}",
        "sign: {second: {role",
    ),
    "two-person-one": (
        "    - {role: technician, qualifications: [lid]}\n    - {role: verifier}\n",
        "    - {role: verifier}\n",
        "sign: {second: {mode: concurrent",
    ),
    "text-missing": (MAT, "expect: {en: They lie.}\n", "expect: {en: They lie.}"),
    "text-extra": (MAT, "expect: {en: They lie., zh_CN: 好, de: Gut}\n", "expect: {en: They lie"),
    "text-untranslated": (MAT, "expect: {en: They lie., zh_CN: They lie.}\n", "expect: {en: They"),
    "placeholder-unknown": ('"Wait for {cool}."', '"Wait for {warm}."', 'do: {en: "Wait'),
    "placeholder-differs": ('"等待 {cool}。"', "等待。", 'do: {en: "Wait'),
    "number-in-text": ('"Wait for {cool}."', '"Wait for {cool}, 45."', 'do: {en: "Wait'),
    "goto-over-hold": (SCAN, f"{SCAN}{LEAP}", "- id: find"),
    "order-free": (
        "goto: {goto: drain, max: 2}",
        "goto: {goto: mats, max: 2}",
        "- id: measure",
    ),
    "refers-later": (
        "timer: {min_s: 120, max_s: 600}",
        "timer: {min_s: 120, max_s: 600, since: close-lid}",
        "timer: {min_s",
    ),
    "lock-stays": (MAT, f"{MAT}        locks: [{{id: feed, act: hang}}]\n", "locks: [{id: feed"),
    "clock-never-ends": (
        "until_steps: [close-lid, ms-close]",
        "until_steps: [find, ms-close]",
        "until_steps",
    ),
    "clock-in-safety": (
        "until_steps: [close-lid, ms-close]",
        "until_steps: [close-lid]",
        "until_steps",
    ),
    "alarm-unknown": ("alarm: lid-open-running", "alarm: lid-opened-running", "{alarm: lid"),
    "alarm-kept": ("alarm: lid-open-running", "alarm: leak", "{alarm: leak"),
    "subject-unused": (
        "subjects:\n",
        "subjects:\n  other: {kind: cdu}\n",
        "other: {kind: cdu}",
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_rule_is_found_at_its_line(rule: str) -> None:
    old, new, at = CASES[rule]
    assert old in SMALL
    text = SMALL.replace(old, new, 1)
    found = [finding for finding in lint(text) if finding.rule == rule]
    assert found, [str(finding) for finding in lint(text)]
    lines = {text[: start.start()].count("\n") + 1 for start in re.finditer(re.escape(at), text)}
    first = next((one for one in found if one.line in lines), None)
    assert first, (found, lines)
    assert str(first).startswith(f"small.yaml:{first.line}:{first.column}: ")


def test_the_rules_in_code_in_words_and_in_tests_are_the_same() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("lint*.py"))
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+|yaml|model)", "(?:error|warning)"', code))
    assert named == set(rules()) == set(CASES)


def test_what_is_right_is_left_alone() -> None:
    told = {finding.rule for finding in lint(SMALL)}
    assert told <= {"role-missing"}  # the hold's supervisor comes from outside the crew
    assert not has_errors(lint(SMALL))


@pytest.mark.parametrize("name", library_ids())
def test_every_shipped_procedure_is_clean(name: str) -> None:
    assert [str(finding) for finding in lint_file(LIBRARY / f"{name}.yaml")] == []


def test_a_new_procedure_is_clean_and_its_ids_are_checked() -> None:
    text = template("change-filter", 'Ada "the author" O\'Neill')
    assert [str(finding) for finding in lint(text)] == []
    for name in ("", "Change", "change_filter", "../x", "x" * 64):
        with pytest.raises(ValueError, match="words joined by dashes"):
            template(name, "Ada")
    with pytest.raises(ValueError, match="who writes it"):
        template("x", " ")


def test_a_file_that_cannot_be_read_is_one_finding(tmp_path: Path) -> None:
    found = lint_file(tmp_path / "none.yaml")
    assert [(one.rule, one.severity) for one in found] == [("yaml", "error")]
    (tmp_path / "bad.yaml").write_bytes(b"a: 1\nb:\n\t- c\n")
    found = lint_file(tmp_path / "bad.yaml")
    assert (found[0].line, found[0].column, found[0].text) == (
        3,
        1,
        "a tab character; indent with spaces",
    )


def test_a_point_nearly_right_is_guessed() -> None:
    text = SMALL.replace(COOL, COOL.replace("return", "retrun"))
    found = [one.text for one in lint(text) if one.rule == "point-unknown"]
    assert "did you mean 'coolant_return_temperature'" in found[0]


def test_a_sites_own_map_is_known_when_given(tmp_path: Path) -> None:
    assert shipped().point("tank", "sludge_depth") is None
    path = tmp_path / "own.toml"
    path.write_text(
        'device_class = "immersion_tank"\n[[point]]\nkey = "sludge_depth"\nunit = "mm"\n',
        encoding="utf-8",
    )
    point = known([path]).point("tank", "sludge_depth")
    assert point
    assert point.units == {"mm"}


@pytest.mark.parametrize(
    ("sentence", "actions"),
    [
        ("Open the lid.", ["open"]),
        ("Open the lid and lift the server.", ["open", "lift"]),
        ("Open the lid. Then wait.", ["open"]),
        ("Lock both feeds with your own locks.", ["lock"]),
        ("Slowly it goes.", []),
        ("", []),
    ],
)
def test_actions_are_counted(sentence: str, actions: list[str]) -> None:
    assert actions_in(sentence) == actions
