"""Procedures: what there is, how it reads, what changed, and how a revision comes into force."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.session import procedure_files
from console.session.procedure_desk import ProcedureDesk
from console.session.procedure_files import read
from console.session.workplace import Workplace
from console.ui.work.procedures_reading import Inks, reading_html
from console.ui.work.procedures_rows import time_lines
from console.ui.work.procedures_tab import ProceduresTab
from console.work.events import Refused
from procedures.document import LIBRARY
from procedures.engine.state import Outcome, Run, RunStatus
from procedures.points import shipped
from procedures.register import RevisionState
from procedures.revision import Revision
from procedures.template import template
from tests.house import widgets
from tests.house.hands import press, write
from tests.ui.conftest import Look
from tests.ui.things_hands import PINS, choose, fill, reached, sign_in, workplace
from tests.ui.things_hands import look as see

INKS = Inks("#000000", "#555555", "#999999", "#EEEEEE")
SMALL = "wipe-the-lid"
Open = Callable[..., ProceduresTab]


@pytest.fixture
def site(demo: PausedDemo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the demo a site file with one small procedure of its own; one is shipped."""
    (tmp_path / "library").mkdir()
    source = (LIBRARY / "change-filter.yaml").read_bytes()
    (tmp_path / "library" / "change-filter.yaml").write_bytes(source)
    monkeypatch.setattr(procedure_files, "LIBRARY", tmp_path / "library")
    folder = tmp_path / "hall" / "procedures"
    folder.mkdir(parents=True)
    (folder.parent / "site.toml").write_text("", encoding="utf-8")
    demo.session.path = folder.parent / "site.toml"
    write_small(folder)
    return folder


@pytest.fixture
def place(demo: PausedDemo) -> Workplace:
    return workplace(demo, "berg")


@pytest.fixture
def open_tab(qtbot: QtBot, demo: PausedDemo, site: Path) -> Open:
    def show() -> ProceduresTab:
        tab = ProceduresTab(demo.session)
        qtbot.addWidget(tab)
        tab.resize(1192, 640)
        tab.show()
        settle(qtbot, demo, tab)
        return tab

    return show


def settle(qtbot: QtBot, demo: PausedDemo, tab: ProceduresTab) -> None:
    """Let every file be read."""

    def done() -> bool:
        tab.refresh(demo.session.refresh())
        return tab.settled

    assert demo.session.workplace is not None
    assert demo.session.workplace.settle()
    qtbot.waitUntil(done, timeout=20_000)
    tab.refresh(demo.session.refresh())
    QApplication.processEvents()


def write_small(folder: Path, change: Callable[[str], str] = str) -> Path:
    """Write a small procedure that lints clean."""
    path = folder / f"{SMALL}.yaml"
    path.write_text(change(template(SMALL, "haddad")), encoding="utf-8")
    return path


def key_of(tab: ProceduresTab, path: Path) -> str:
    return next(key for key, p in tab.view.papers.items() if p.file and p.file.path == path)


def row(tab: ProceduresTab, key: str) -> list[str]:
    return next([c.text for c in line.cells] for line in tab.view.table.lines if line.key == key)


def small_revision(site: Path) -> Revision:
    found = read(site / f"{SMALL}.yaml", False, shipped()).revision
    assert found is not None
    return found


def put_in_force(place: Workplace, site: Path) -> Revision:
    revision = small_revision(site)
    place.runs.submit(revision, "haddad")
    assert place.settle()
    place.runs.approve(revision, "berg")
    assert place.settle()
    return revision


# ---- the list ------------------------------------------------------------------------------


def test_library_and_own_procedures_are_listed_with_their_state(
    place: Workplace, open_tab: Open, site: Path
) -> None:
    tab = open_tab()
    own = key_of(tab, site / f"{SMALL}.yaml")
    _, origin, short, state, checks = row(tab, own)
    assert (origin, short, state) == ("this site", small_revision(site).short, "draft")
    assert checks == "clean"
    filter_ = next(key for key in tab.view.papers if key.endswith("change-filter.yaml"))
    assert row(tab, filter_)[:2] == ["Change a coolant filter", "shipped"]


def test_files_are_read_beside_the_window(
    demo: PausedDemo, place: Workplace, qtbot: QtBot, site: Path
) -> None:
    tab = ProceduresTab(demo.session)
    qtbot.addWidget(tab)
    tab.refresh(demo.session.refresh())
    assert not tab.settled
    assert tab.view.empty.text() == "Reading the procedures …"
    settle(qtbot, demo, tab)
    assert len(tab.view.table.lines) == 2


def test_a_broken_file_is_told_with_its_line_and_cannot_be_submitted(
    place: Workplace, open_tab: Open, site: Path
) -> None:
    path = write_small(site, lambda text: text.replace("schema: procedure/1", "schema: yes"))
    sign_in(place, "haddad")
    tab = open_tab()
    choose(tab.view, key_of(tab, path))
    assert row(tab, str(path))[3:] == ["unreadable", "1 error"]
    said = fill(tab.view, "submit", {})
    assert "With errors it cannot be submitted" in said
    assert tab.view.detail.views.key == "checks", "it shows what is wrong"
    line = tab.view.detail.checks.lines[0]
    text = path.read_text(encoding="utf-8").splitlines()
    where = int(line.cells[0].text.partition(":")[0])
    assert "schema: yes" in text[where - 1]
    press(tab.view.detail.checks, Qt.Key.Key_Down)
    assert f"{SMALL}.yaml:{where}:" in tab.view.detail.said.text()


def test_a_lint_error_is_told_in_words_with_what_its_rule_is_about(
    place: Workplace, open_tab: Open, site: Path
) -> None:
    path = site / "change-filter.yaml"
    text = (LIBRARY / "change-filter.yaml").read_text(encoding="utf-8")
    path.write_text(text.replace("tank.coolant_flow", "tank.levle"), encoding="utf-8")
    tab = open_tab()
    choose(tab.view, key_of(tab, path))
    tab.view.detail.show_view("checks")
    assert any("levle" in line.cells[2].text for line in tab.view.detail.checks.lines)
    assert row(tab, str(path))[4].endswith(("error", "errors"))


def test_a_file_is_read_again_when_it_was_written(
    demo: PausedDemo, place: Workplace, open_tab: Open, site: Path, qtbot: QtBot
) -> None:
    tab = open_tab()
    path = site / f"{SMALL}.yaml"
    before = row(tab, str(path))[2]
    library = dict(tab.view.library.files)
    write_small(site, lambda text: text.replace("haddad", "Lina Haddad"))
    demo.advance(11, hosts_from_s=1e9)
    tab.refresh(demo.session.refresh())
    qtbot.waitUntil(lambda: row(tab, str(path))[2] != before, timeout=20_000)
    settle(qtbot, demo, tab)
    for other, file in tab.view.library.files.items():
        if other != path:
            assert file is library[other], "what was not written is not read again"


def test_a_search_finds_words_of_every_language(place: Workplace, open_tab: Open) -> None:
    tab = open_tab()
    write_in_search(tab, "过滤器")
    assert [line.cells[0].text for line in tab.view.table.lines] == ["Change a coolant filter"]
    write_in_search(tab, "no such words")
    assert tab.view.table.lines == ()
    assert tab.view.empty.text() == "Nothing fits. Look for something else."


def write_in_search(tab: ProceduresTab, text: str) -> None:
    tab.view.search.setText(text)
    press(tab.view.search, Qt.Key.Key_Return)


# ---- reading -------------------------------------------------------------------------------


def test_the_whole_procedure_is_read_in_either_language(place: Workplace, open_tab: Open) -> None:
    tab = open_tab()
    choose(tab.view, next(key for key in tab.view.papers if key.endswith("change-filter.yaml")))
    detail = tab.view.detail
    text = detail.reading.toPlainText()
    spec = tab.view.papers[tab.view.table.key].revision.procedure  # type: ignore[union-attr]
    for step in spec.steps.values():
        assert step.title["en"] in text
        for name in step.hazards:
            assert spec.hazards[name].avoid["en"] in text
    for word in ("DANGER", "WARNING", "Surface thermometer (calibrated)", "eye protection"):
        assert word in text
    assert text.index("DANGER") < text.index("WARNING"), "the worst hazard comes first"
    assert "{" not in text, "limits stand in place of their names"
    assert detail.languages is not None
    press(detail.languages.findChildren(type(tab.view.acts.form.go))[1], Qt.Key.Key_Space)
    assert spec.phases[0].steps[0].do["zh_CN"] in detail.reading.toPlainText()
    assert detail.name.text() == spec.title["zh_CN"]


def test_gates_and_timers_are_read_with_their_limits(place: Workplace) -> None:
    source = read(LIBRARY / "extract-server.yaml", True, shipped()).revision
    assert source is not None
    html = reading_html(source, "en", INKS)
    assert "≤ 45\N{NARROW NO-BREAK SPACE}°C" in html
    assert "at least" in html
    assert "Hold point" in html
    assert "immersion-extraction" in html


def test_hostile_words_are_shown_and_never_obeyed(
    place: Workplace, open_tab: Open, site: Path
) -> None:
    evil = "<img src='file:///etc/hostname'><script>x</script><a href='http://e'>&amp;</a>"
    path = write_small(site, lambda text: text.replace("  en: ", f'  en: "{evil}" #', 1))
    tab = open_tab()
    choose(tab.view, key_of(tab, path))
    reading = tab.view.detail.reading
    assert reading.loadResource(2, QUrl("file:///etc/hostname")) is None
    assert reading.loadResource(2, QUrl("http://e/x.png")) is None
    assert evil in reading.toPlainText() or evil in tab.view.detail.name.text()
    tab.grab()


# ---- coming into force ---------------------------------------------------------------------


def test_a_revision_is_submitted_and_approved_by_another_by_keyboard_alone(
    demo: PausedDemo, place: Workplace, open_tab: Open, site: Path, qtbot: QtBot
) -> None:
    tab = open_tab()
    key = key_of(tab, site / f"{SMALL}.yaml")
    choose(tab.view, key)
    assert fill(tab.view, "submit", {}) == "Sign in first: nobody else may sign for you."
    sign_in(place, "chen")
    assert "has no role that permits this" in fill(tab.view, "submit", {})
    sign_in(place, "haddad")
    said = fill(tab.view, "submit", {"note": "a first try"})
    assert said.startswith("Submitted")
    settle(qtbot, demo, tab)
    assert row(tab, key)[3] == "in review"
    press(tab.view.acts.buttons["approve"], Qt.Key.Key_Space)
    sign = tab.view.sign
    assert sign.isVisible()
    assert sign.person == "berg", "who submitted it is not offered"
    give_pin(tab, "wrong passphrase")
    qtbot.waitUntil(lambda: spoken(demo, tab) not in {"", "Checking"}, timeout=20_000)
    assert row(tab, key)[3] == "in review"
    give_pin(tab, PINS["berg"])
    qtbot.waitUntil(lambda: not is_open(demo, tab), timeout=20_000)
    assert tab.view.acts.says.text() == "Approved. New work follows this revision."
    settle(qtbot, demo, tab)
    assert row(tab, key)[3] == "approved"
    assert set(tab.view.acts.buttons) == {"print"}
    assert place.runs.procedures.in_force(SMALL) == small_revision(site)
    assert "Submitted by Lina Haddad" in tab.view.detail.under.text()
    assert "Approved by Maja Berg" in tab.view.detail.under.text()
    assert "–" not in tab.view.detail.under.text(), "it is known when"
    tab.view.detail.show_view("history")
    what = [line.cells[2].text for line in tab.view.detail.history.lines]
    assert what == ["Approved", "Submitted: a first try"]


def give_pin(tab: ProceduresTab, pin: str) -> None:
    write(tab.view.sign.pin, pin)
    press(tab.view.sign.pin, Qt.Key.Key_Return)


def spoken(demo: PausedDemo, tab: ProceduresTab) -> str:
    tab.refresh(demo.session.refresh())
    return tab.view.sign.said.text()


def is_open(demo: PausedDemo, tab: ProceduresTab) -> bool:
    tab.refresh(demo.session.refresh())
    return tab.view.acts.is_open


def test_an_approval_is_in_the_log_with_its_signature(
    place: Workplace, site: Path, demo: PausedDemo
) -> None:
    from console.history.reader import LogReader

    revision = small_revision(site)
    place.runs.submit(revision, "haddad")
    assert place.settle()
    told: list[str] = []
    desk = ProcedureDesk(place)
    desk.approve("berg", PINS["berg"], revision, lambda: told.append("done"), told.append)
    assert place.settle()
    assert told == ["done"]
    events = LogReader(demo.session.data).of_kinds({"work.procedure_approved"})
    signature = cast("dict[str, str]", events[-1].body["signature"])
    assert signature["person"] == "berg"
    assert signature["meaning"] == "procedure.approve"


@pytest.mark.parametrize("author", ["berg", "Maja Berg", "MAJA BERG"])
def test_the_author_never_approves_by_id_or_by_name(
    demo: PausedDemo, place: Workplace, site: Path, author: str, open_tab: Open, qtbot: QtBot
) -> None:
    path = write_small(site, lambda text: text.replace("haddad", author))
    revision = read(path, False, shipped()).revision
    assert revision is not None
    assert revision.procedure.author == author
    place.runs.submit(revision, "haddad")
    tab = open_tab()
    choose(tab.view, key_of(tab, path))
    press(tab.view.acts.buttons["approve"], Qt.Key.Key_Space)
    assert "Nobody may approve it" in tab.view.acts.says.text()
    assert not tab.view.acts.is_open
    told: list[str] = []
    ProcedureDesk(place).approve("berg", PINS["berg"], revision, lambda: None, told.append)
    assert told == ["Maja Berg wrote or submitted it; another must approve."]
    assert place.runs.state_of(revision) is RevisionState.REVIEW


def test_a_revision_is_given_back_with_a_note(
    demo: PausedDemo, place: Workplace, open_tab: Open, site: Path, qtbot: QtBot
) -> None:
    place.runs.submit(small_revision(site), "haddad")
    sign_in(place, "berg")
    tab = open_tab()
    key = key_of(tab, site / f"{SMALL}.yaml")
    choose(tab.view, key)
    assert fill(tab.view, "return", {"note": " "}) == "Say what is to be changed."
    tab.view.acts.leave()
    assert fill(tab.view, "return", {"note": "name the tank"}) == "Given back to its author."
    settle(qtbot, demo, tab)
    assert row(tab, key)[3] == "draft"
    tab.view.detail.show_view("history")
    assert tab.view.detail.history.lines[0].cells[2].text == "Given back: name the tank"


def test_changes_to_the_revision_in_force_are_told_in_words(
    demo: PausedDemo, place: Workplace, open_tab: Open, site: Path
) -> None:
    before = put_in_force(place, site)
    path = write_small(site, lambda text: text.replace("Open the fill", "Open a fill"))
    tab = open_tab()
    assert {paper.state for paper in tab.view.papers.values() if paper.procedure == SMALL} == {
        RevisionState.DRAFT,
        RevisionState.APPROVED,
    }, "what is in force is shown though no file has it any more"
    choose(tab.view, key_of(tab, path))
    tab.view.detail.show_view("changes")
    assert before.short in tab.view.detail.said.text()
    what = [line.cells[1].text for line in tab.view.detail.changes.lines]
    assert what == ["instruction (en): 'Open the fill port.' → 'Open a fill port.'"]
    choose(tab.view, before.digest)
    assert "is the one in force" in tab.view.detail.said.text()
    assert tab.view.acts.buttons.keys() == {"print"}


def test_what_is_on_its_way_is_not_submitted_twice(
    demo: PausedDemo, place: Workplace, open_tab: Open, site: Path
) -> None:
    sign_in(place, "haddad")
    tab = open_tab()
    choose(tab.view, key_of(tab, site / f"{SMALL}.yaml"))
    assert fill(tab.view, "submit", {}).startswith("Submitted")
    assert "already" in fill(tab.view, "submit", {})
    see(demo, tab)
    assert place.runs.procedures.faults == []


def test_nobody_approves_what_is_not_in_review(place: Workplace, site: Path) -> None:
    told: list[str] = []
    revision = small_revision(site)
    ProcedureDesk(place).approve("berg", PINS["berg"], revision, lambda: None, told.append)
    assert told == [f"Revision {revision.short} is draft; that cannot be done with it."]
    with pytest.raises(Refused, match="not signed in"):
        ProcedureDesk(place).give_back("berg", revision, "x")


# ---- all of it -----------------------------------------------------------------------------


def test_without_finished_work_no_time_is_made_up(place: Workplace, site: Path) -> None:
    lines = time_lines(small_revision(site), place.runs.runs(), "en")
    assert lines
    assert all(line.cells[2].text == "–" for line in lines)


def test_steps_took_what_passed_since_the_one_before(place: Workplace, site: Path) -> None:
    revision = small_revision(site)
    first, second, *_ = revision.procedure.order
    runs = [
        run_of(revision, RunStatus.FINISHED, {first: 60, second: 60 + 600}),
        run_of(revision, RunStatus.FINISHED, {first: 120, second: 120 + 300}),
        run_of(revision, RunStatus.FINISHED, {first: 30}),
        run_of(revision, RunStatus.SAFE, {first: 9_000}),
    ]
    lines = time_lines(revision, runs, "en")
    told = {line.key: [cell.text for cell in line.cells] for line in lines}
    assert told[first][2:] == ["01:00", "02:00", "3"], "an abort tells nothing of how long it takes"
    assert told[second][2:] == ["07:30", "10:00", "2"]


def run_of(revision: Revision, status: RunStatus, ended_s: Mapping[str, int]) -> Run:
    done = {step: Outcome("done", s * 1_000_000, "chen") for step, s in ended_s.items()}
    return cast(Run, SimpleNamespace(procedure=revision.procedure.id, status=status, done=done))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_is_named_reached_and_drawn(
    place: Workplace, open_tab: Open, site: Path, look: Look, theme: str
) -> None:
    look.use(theme, glove=True)
    tab = open_tab()
    choose(tab.view, key_of(tab, site / f"{SMALL}.yaml"))
    for view in ("read", "checks", "changes", "history", "times"):
        tab.view.detail.show_view(view)
        assert widgets.unnamed(tab) == []
        tab.grab()
    come = reached(tab.view.search)
    assert tab.view.table in come
    assert tab.view.acts.buttons["submit"] in come
    tab.view.detail.show_view("read")
    assert tab.view.detail.reading in reached(tab.view.search)
