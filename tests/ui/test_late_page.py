"""A filled form copied through the real page gives the record of the screen, but for its marks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtWidgets import QApplication

from console.demo import PausedDemo
from console.documents.codes import PageCode, new_form
from console.documents.events import DocumentKind
from console.history.reader import LogReader
from console.session.late.written import Opening
from console.session.running.record import RUN_KINDS
from console.ui.late.box_rows import ChoiceRow
from console.ui.late.entry_view import NEXT
from console.ui.window import build_window
from procedures.engine import commands as ask
from procedures.revision import Revision
from tests.ui.conftest import Look
from tests.ui.late_hands import Clerk, print_blank, work_on_screen
from tests.unit import late_kit

_CREW = [("chen", "MC"), ("wu", "LW"), ("okafor", "NO")]


@contextmanager
def _clerk(demo: PausedDemo, folder: Path, size: tuple[int, int] = (1280, 800)) -> Iterator[Clerk]:
    window = build_window(demo.session)
    window.resize(*size)
    window.show()
    window.activateWindow()
    for timer in window.timers:
        timer.stop()
    try:
        yield Clerk(demo, window, folder)
    finally:
        window.hide()
        window.deleteLater()
        QApplication.processEvents()


def test_a_filled_form_gives_the_record_of_the_screen(
    demo_of: Callable[..., PausedDemo], tmp_path: Path, look: Look
) -> None:
    demo = demo_of(tanks=1, hosts=2, gpus=2, seconds=600)
    number = new_form()
    form = print_blank(demo, number)
    on_screen = work_on_screen(demo)
    demo.advance(120)
    events = [
        event
        for event in LogReader(demo.session.data).of_kinds(RUN_KINDS)
        if event.body.get("run") == on_screen.id
    ]
    told = form.printed
    filled = late_kit.fill(events, _revision(demo, told.revision))
    with _clerk(demo, tmp_path) as clerk:
        code = PageCode(demo.session.site.site.id, number, told.revision, 3)
        clerk.open(code.payload)
        assert clerk.page.copying is not None, clerk.page.finder.said.text()
        assert clerk.copy_opening(filled) == ""
        turned = False
        for step in range(len(filled.steps)):
            if not turned:
                turned = _turn_to_another(clerk)
            assert clerk.copy_step(filled, step) == "", filled.steps[step].step
        assert turned, "the order of some steps is free, and the pen's counts"
        clerk.put("sign/executor/name", filled.closed[0])
        clerk.put("sign/executor/time", filled.closed[1])
        assert clerk.check() == ""
        clerk.compare("wu")
        assert not clerk.page.copying.pad.pending, clerk.page.compare.sign.said.text()
        assert clerk.page.over.isVisible()
    late = next(run for run in demo.session.workplace.runs.runs() if run.late == number)  # type: ignore[union-attr]
    assert late_kit.record_of(late) == late_kit.record_of(on_screen)
    ends, wanted = late_kit.spans_s(late), late_kit.spans_s(on_screen)
    assert {name: abs(ends[name] - wanted[name]) <= 2.0 for name in wanted} == dict.fromkeys(
        wanted, True
    )
    copied = LogReader(demo.session.data).of_kinds({DocumentKind.COPIED})
    assert {event.body["copied_by"] for event in copied} == {"silva"}


def _revision(demo: PausedDemo, digest: str) -> Revision:
    place = demo.session.workplace
    assert place is not None
    return place.runs.procedures.revisions[digest]


def test_a_code_that_leads_nowhere_says_why(demo: PausedDemo, tmp_path: Path, look: Look) -> None:
    number = new_form()
    form = print_blank(demo, number)
    site, digest = demo.session.site.site.id, form.printed.revision
    other = number[:-2] + ("0" if number[-2] != "0" else "1") + number[-1]
    wrong = {
        PageCode("elsewhere", number, digest, 1).payload: "printed for the site elsewhere",
        PageCode(site, new_form(), digest, 1).payload: "was printed in this log",
        PageCode(site, number, "f" * 16, 1).payload: "altered",
        PageCode(site, number, digest, 999).payload: "there is no page 999",
        other: "misread or is damaged",
        "https://example.org": "neither the code of a page",
        "文" * 500: "neither the code of a page",
    }
    with _clerk(demo, tmp_path) as clerk:
        for code, said in wrong.items():
            clerk.page.finder.field.setText("")
            clerk.open(code)
            assert clerk.page.copying is None
            assert said in clerk.page.finder.said.text(), code
        clerk.page.finder.field.setText("")
        clerk.open(number.lower())
        assert clerk.page.copying is not None


def test_what_was_compared_survives_the_console_and_what_was_not_is_asked_again(
    demo: PausedDemo, tmp_path: Path, look: Look
) -> None:
    number = new_form()
    form = print_blank(demo, number, "top-up")
    began = demo.session.now().utc_us
    demo.advance(600)
    opening = Opening(late_kit.dated(began), _CREW, _tools(demo, form.printed.revision))
    filled = late_kit.Filled(opening, (), ("", ""))
    with _clerk(demo, tmp_path) as clerk:
        clerk.open(number)
        assert clerk.copy_opening(filled, "tank-1") == ""
        first = clerk.at
        clerk.compare()
        place = clerk.place
        late = next(run for run in place.runs.runs() if run.late)
        assert late.id not in {run.id for run in place.runs.open()}, "nobody works at it now"
        events = late.events
        clerk.place.runs.tick()
        demo.advance(30)
        clerk.settle()
        again = next(run for run in place.runs.runs() if run.late)
        assert again.events == events, "time that passes now is not its time"
        view = place.runs.view(late.id)
        assert view is not None
        assert not view.expected, "it holds no alarm back"
        clerk.page.close_form()
        page_one = PageCode(demo.session.site.site.id, number, form.printed.revision, 1)
        clerk.open(page_one.payload)
        assert clerk.page.copying is not None
        assert clerk.at == first
        assert "was entered before" in clerk.page.said.text()
        assert clerk.page.copying.pad.names.find("MC") == "chen"


def test_a_run_from_paper_takes_no_command_of_the_screen(
    demo: PausedDemo, tmp_path: Path, look: Look
) -> None:
    number = new_form()
    form = print_blank(demo, number, "top-up")
    began = demo.session.now().utc_us
    demo.advance(600)
    opening = Opening(late_kit.dated(began), _CREW, _tools(demo, form.printed.revision))
    with _clerk(demo, tmp_path) as clerk:
        clerk.open(number)
        assert clerk.copy_opening(late_kit.Filled(opening, (), ("", "")), "tank-1") == ""
        clerk.compare()
        place = clerk.place
        late = next(run for run in place.runs.runs() if run.late)
        decision = place.runs.ask(late.id, ask.Abort("chen", "why not"))
        assert [one.code for one in decision.refusals] == ["paper"]


def _tools(demo: PausedDemo, digest: str) -> dict[str, str]:
    requires = _revision(demo, digest).procedure.requires
    return {tool.id: "2036-01-01" for tool in requires.tools}


def _turn_to_another(clerk: Clerk) -> bool:
    """Where the order is free, turn to another step and back; returns whether it is."""
    row, here = clerk.page.entry.rows.get(NEXT), clerk.page.entry.at
    if not isinstance(row, ChoiceRow):
        return False
    other = next(k for n in range(row.choice.count()) if (k := row.choice.itemData(n)) != here)
    for name in (other, here):
        clerk.put(NEXT, name)
        clerk.settle_at(name)
        assert f"step/{name}/initials" in clerk.page.entry.rows
    return True
