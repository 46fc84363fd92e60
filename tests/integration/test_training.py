"""Trainings from the brief to the granted qualification, and everything that must not grant one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from console.history.reader import LogReader
from console.training.paper import NAME, Paper, papers_in
from console.training.people import trainee_named, trainees
from console.training.result import Code
from console.training.scenario import scenario_ids, scenario_named
from console.training.standing import results_of
from console.work.events import Refused
from tests.integration.commands import COMMAND, environment
from tests.integration.training_kit import (
    PINS,
    book_of,
    console_on,
    played,
    script_of,
    sign_in,
    trained,
)

QUALIFICATION = "label-discipline"
LIED: dict[str, Any] = {
    "find_the_slot": {"abort": "", "labels": {"slot-label": ["tank-1/slot-1"]}},
    "plan_the_lift": {"abort": "second thoughts"},
}
"""What the screen wants is entered, though the label reads something else."""


@pytest.fixture(scope="module", name="site_made")
def _site_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site whose people have PINs, and one training that was passed there."""
    site = tmp_path_factory.mktemp("sites") / "hall-a"
    with console_on(site):
        pass
    trained(site)
    return site


@pytest.fixture(name="site")
def _site(site_made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(site_made, tmp_path / "hall-a"))


def paper_at(site: Path) -> Path:
    return papers_in(site)[0]


def told_of(site: Path, kind: str) -> list[dict[str, Any]]:
    return [dict(event.body) for event in LogReader(site).of_kinds((kind,))]


def altered(path: Path, **changes: Any) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**told, **changes}), encoding="utf-8")


# ---- playing ----


@pytest.mark.parametrize("name", scenario_ids())
def test_every_scenario_can_be_passed_by_doing_it_right(name: str, tmp_path: Path) -> None:
    script = script_of(name)
    with played(name, tmp_path, trainee_named(None, "chen"), script) as stage:
        score = stage.trainer.score
        assert score is not None
        assert [one.id for one in score.reactions if not one.is_met] == []
        assert (score.deductions, score.points, score.passed) == ([], 100, True)
        assert stage.trainer.faults_begun == len(scenario_named(name).faults)
    assert LogReader(tmp_path).verify().ok


@pytest.mark.parametrize(
    ("name", "changes", "code"),
    [
        ("wrong-slot-label", LIED, Code.FALSE_LABEL),
        ("leak-during-lift", {"lift_half": {"world": ["hoist 0.5", "wait 200"]}}, Code.EXPECTED),
        ("leak-during-lift", {"cordon": {}, "idle": {"rush": True}}, Code.GATE_ATTEMPTED),
        (
            "leak-during-lift",
            {"plan_the_lift": {"values": {"plate-mass": [500, 55]}}},
            Code.VALUE_OUTSIDE,
        ),
        (
            "leak-during-lift",
            {"find_the_slot": {"labels": {"slot-label": ["tank-9", "tank-1/slot-1"]}}},
            Code.WRONG_LABEL,
        ),
    ],
)
def test_what_goes_wrong_is_named(
    name: str, changes: dict[str, Any], code: Code, tmp_path: Path
) -> None:
    script = script_of(name, **changes)
    with played(name, tmp_path, trainee_named(None, "chen"), script) as stage:
        score = stage.trainer.score
        assert score is not None
        assert code in {one.code for one in score.deductions}
        grave = code in {Code.FALSE_LABEL, Code.EXPECTED}
        assert score.passed is not grave


def test_colleagues_sign_after_a_visible_while_and_never_before(tmp_path: Path) -> None:
    with played("leak-during-lift", tmp_path, trainee_named(None, "chen")):
        pass
    by_kind: dict[str, list[Any]] = {}
    for event in LogReader(tmp_path).events():
        by_kind.setdefault(event.kind, []).append(event)
    witnessed = by_kind["work.step_witnessed"]
    assert {event.actor for event in witnessed} == {"colleague-verifier"}
    assert {event.body["signed"]["how"] for event in witnessed} == {"scripted"}
    started = {event.body["step"]: event.utc_us for event in by_kind["work.step_started"]}
    delay_us = 6_000_000
    assert all(one.utc_us - started[one.body["step"]] >= delay_us for one in witnessed)
    released = by_kind["work.hold_released"]
    assert [event.actor for event in released] == ["colleague-supervisor"]


def test_a_training_moves_no_stock_and_orders_nothing(tmp_path: Path) -> None:
    with played("wrong-slot-label", tmp_path, trainee_named(None, "chen")):
        pass
    kinds = {event.kind.partition(".")[0] for event in LogReader(tmp_path).events()}
    assert not kinds & {"order", "stock", "fluid", "asset", "part"}
    begun = told_of(tmp_path, "work.begun")
    assert [one["training"] for one in begun] == [True]


# ---- the site ----


def test_the_sites_own_log_and_secrets_are_not_touched(site: Path) -> None:
    def state() -> dict[str, bytes]:
        kept = [*site.glob("people.*"), *site.glob("*.db"), *site.glob("*.sqlite*")]
        return {path.name: path.read_bytes() for path in kept}

    before, events = state(), len(list(LogReader(site).events()))
    trained(site)
    assert set(before) >= {"people.key", "people.pins"}
    assert state() == before
    assert len(list(LogReader(site).events())) == events
    assert len(papers_in(site)) == 2


def test_who_may_train_is_who_has_a_pin_at_the_site(site: Path) -> None:
    assert {one.id for one in trainees(site)} >= {"chen", "wu", "okafor"}
    with pytest.raises(Refused, match="mallory cannot train here"):
        trainee_named(site, "mallory")


def test_a_wrong_pin_is_refused_and_still_counts_in_the_next_training(site: Path) -> None:
    from console.cli.train_stage import training_folder, training_stage

    scenario = scenario_named("wrong-slot-label")
    sentences = []
    for _ in range(3):
        folder = training_folder(site, scenario)
        who = trainee_named(site, "wu")
        with training_stage(scenario, who, folder, hurry=True) as stage:
            for _ in range(3):
                sentences += sign_in(stage, "111222")
    assert sentences[0] == "Name or PIN is wrong."
    assert "is locked for another" in sentences[-1]
    assert len(sentences) == 9


def test_the_real_pin_lets_in_and_the_colleagues_are_no_people_of_the_site(site: Path) -> None:
    folder = paper_at(site).parent
    signed = LogReader(folder).of_kinds(("person.signed_in",))
    assert [event.subject for event in signed] == ["chen"]
    added = {event.subject for event in LogReader(folder).of_kinds(("person.added",))}
    assert added == {"chen", "colleague-verifier", "colleague-supervisor"}
    assert book_of(site).people.get("colleague-verifier") is None


# ---- granting ----


def test_the_next_console_takes_the_result_and_grants(site: Path) -> None:
    paper = Paper.model_validate_json(paper_at(site).read_bytes())
    with console_on(site) as demo:
        place = demo.session.workplace
        assert place is not None
        person = place.room.book.people.get("chen")
    assert person is not None
    granted = person.qualified[QUALIFICATION]
    assert granted.granted_by == "training"
    assert granted.until_us == paper.ended_us + 730 * 86_400_000_000
    assert f"{paper.points} points" in granted.because
    assert paper.log.hash in granted.because
    (taken,) = told_of(site, "training.taken")
    assert (taken["person"], taken["passed"], taken["outcome"]) == ("chen", True, "granted")
    assert LogReader(site).verify().ok


def test_it_is_granted_once_however_often_the_console_opens(site: Path) -> None:
    for _ in range(3):
        with console_on(site):
            pass
    granted = [
        event
        for event in LogReader(site).of_kinds(("person.qualified",))
        if event.body["qualification"] == QUALIFICATION
    ]
    assert len(granted) == 1
    assert len(told_of(site, "training.taken")) == 1
    assert told_of(site, "training.refused") == []


def test_what_was_taken_back_is_not_granted_again(site: Path) -> None:
    with console_on(site) as demo:
        place = demo.session.workplace
        assert place is not None
        place.room.gate.sign_in("adeyemi", "demo administrator").result(20)
        place.room.people.disqualify("adeyemi", "chen", QUALIFICATION, "cheated")
        place.settle()
    copy = shutil.copytree(paper_at(site).parent, site / "training" / "99991231-again")
    with console_on(site):
        pass
    chen = book_of(site).people.get("chen")
    assert chen is not None
    assert QUALIFICATION not in chen.qualified
    (refused,) = told_of(site, "training.refused")
    assert (refused["file"], refused["why"]) == (copy.name, "replayed")
    assert "counted already" in refused["sentence"]


def alter_points(path: Path) -> None:
    altered(path, points=100, passed=True, qualification="electrical")


def alter_seal(path: Path) -> None:
    altered(path, seal="0" * 64)


def alter_log(path: Path) -> None:
    import sqlite3

    for database in path.parent.glob("*.db"):
        with sqlite3.connect(database) as connection:
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            if "events" in names:
                connection.execute("DROP TRIGGER IF EXISTS events_never_change")
                for (trigger,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger'"
                ).fetchall():
                    connection.execute(f"DROP TRIGGER {trigger}")
                connection.execute("UPDATE events SET actor = 'wu' WHERE kind = 'work.begun'")
        connection.close()


def lose_log(path: Path) -> None:
    for other in path.parent.iterdir():
        if other.is_file() and other.name != NAME:
            other.unlink()


def scribble(path: Path) -> None:
    path.write_bytes(b"\x00" * 100)


@pytest.mark.parametrize(
    ("spoil", "why", "words"),
    [
        (alter_points, "forged", "altered after the training"),
        (alter_seal, "forged", "not made by this console"),
        (alter_log, "log", "not there, or was altered"),
        (lose_log, "log", "not there, or was altered"),
        (scribble, "unreadable", "damaged"),
    ],
)
def test_what_was_altered_is_refused_in_words_and_recorded_once(
    site: Path, spoil: Any, why: str, words: str
) -> None:
    spoil(paper_at(site))
    for _ in range(2):
        with console_on(site):
            pass
    (refused,) = told_of(site, "training.refused")
    assert refused["why"] == why
    assert words in refused["sentence"]
    chen = book_of(site).people.get("chen")
    assert chen is not None
    assert not {QUALIFICATION, "electrical"} & set(chen.qualified)
    (row,) = results_of(site)
    assert (row.state, row.passed) == ("refused", row.passed)
    assert words in row.sentence


def test_a_result_of_another_machine_is_refused(site: Path, tmp_path: Path) -> None:
    other = tmp_path / "hall-b"
    with console_on(other):
        pass
    shutil.copytree(paper_at(site).parent, other / "training" / paper_at(site).parent.name)
    with console_on(other):
        pass
    (refused,) = told_of(other, "training.refused")
    assert refused["why"] == "other_machine"
    altered(paper_at(other), device=LogReader(other).page(limit=1)[0].device_id)
    with console_on(other):
        pass
    assert [one["why"] for one in told_of(other, "training.refused")] == [
        "other_machine",
        "forged",
    ]


def test_a_failed_training_is_recorded_and_grants_nothing(site: Path) -> None:
    paper_at(site).unlink()
    script = script_of("wrong-slot-label", **LIED)
    paper = trained(site, script=script)
    assert not paper.passed
    with console_on(site):
        pass
    (taken,) = told_of(site, "training.taken")
    assert (taken["passed"], taken["outcome"]) == (False, "failed")
    chen = book_of(site).people.get("chen")
    assert chen is not None
    assert QUALIFICATION not in chen.qualified


def test_a_result_for_somebody_who_left_is_refused(site: Path) -> None:
    held = paper_at(site).parent.rename(site / "kept")
    with console_on(site) as demo:
        place = demo.session.workplace
        assert place is not None
        place.room.gate.sign_in("adeyemi", "demo administrator").result(20)
        place.room.people.retire("adeyemi", "chen", "left the site")
        place.settle()
    held.rename(site / "training" / "20260101-left")
    with console_on(site):
        pass
    (refused,) = told_of(site, "training.refused")
    assert refused["why"] == "stranger"
    assert "chen" in refused["sentence"]


# ---- commands ----


def written(path: Path, script: Any) -> Path:
    """A script as a file (JSON is YAML as far as a script goes)."""
    path.write_text(script.model_dump_json(by_alias=True), encoding="utf-8")
    return path


def command(home: Path, argv: list[str], typed: str = "") -> tuple[int, str, str]:
    """Run ``tankside`` as a person does; returns exit code, output, complaints."""
    done = subprocess.run(
        [*COMMAND, *argv],
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        input=typed,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_commands_train_and_tell(site: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "well.script.yaml", script_of("wrong-slot-label"))
    argv = ["train", "run", "wrong-slot-label", "--data", str(site), "--person", "chen"]
    argv += ["--script", str(file), "--json"]
    code, out, err = command(tmp_path, argv, f"{PINS['chen']}\n")
    assert code == 0, err
    assert "Played by a script; nothing is granted" in err
    told = json.loads(out)
    assert (told["points"], told["passed"], told["by_script"]) == (100, True, True)
    rows = results_of(site)
    assert [row.state for row in rows] == ["taken", "taken"]
    assert [row.sentence for row in rows][1] == "Played by a script; nothing is granted"
    code, out, _ = command(tmp_path, ["train", "results", "--data", str(site), "--json"])
    assert code == 0
    assert [row["state"] for row in json.loads(out)] == ["taken", "taken"]
    code, out, _ = command(tmp_path, ["train", "grant", "--data", str(site)])
    assert (code, out.strip()) == (0, "Nothing waits.")


def test_a_wrong_pin_ends_the_command_in_a_sentence(site: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "well.script.yaml", script_of("wrong-slot-label"))
    argv = ["train", "run", "wrong-slot-label", "--data", str(site), "--person", "chen"]
    code, out, err = command(tmp_path, [*argv, "--script", str(file)], "000111\n")
    assert (code, out) == (2, "")
    assert "Name or PIN is wrong." in err


def test_a_failed_training_ends_with_one_and_names_every_deduction(tmp_path: Path) -> None:
    file = written(tmp_path / "lied.script.yaml", script_of("wrong-slot-label", **LIED))
    argv = ["train", "run", "wrong-slot-label", "--script", str(file)]
    code, out, _ = command(tmp_path, argv)
    assert code == 1
    assert "Not passed" in out
    assert "Entered tank-1/slot-1; the label reads tank-1/slot-2  decisive" in out


def test_the_list_names_what_passing_grants(tmp_path: Path) -> None:
    code, out, _ = command(tmp_path, ["train", "list", "--json"])
    assert code == 0
    found = {one["id"]: one["grant"]["qualification"] for one in json.loads(out)}
    assert set(found) == set(scenario_ids())
    assert found["calm-extraction"] == "immersion-extraction"
