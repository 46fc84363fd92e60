"""Who acts is proven: nobody signed in, a wrong PIN, the proof in the events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from console.demo import PausedDemo, paused_demo
from console.history.events import canonical
from console.history.reader import LogReader
from console.session.running import NewRun, bind
from console.session.running.desk import RunDesk
from console.session.workplace import IDLE_S, Workplace
from console.work.demo import demo_people
from console.work.events import Refused
from procedures.engine import commands as cmd
from procedures.engine.decide import Decision
from procedures.engine.state import Run
from tests.integration.run_kit import bodies

HOST = "node-1"
PINS = {person.id: person.pin for person in demo_people()}
Show = Callable[..., None]


class Console:
    """The demo's workplace as a window uses it, answers and refusals in lists."""

    def __init__(self, demo: PausedDemo) -> None:
        self.demo = demo
        self.place: Workplace = demo.session.open_work(wait=True)
        self.done: list[Any] = []
        self.refused: list[str] = []
        self.run_id = ""

    def sign_in(self, person: str, pin: str = "") -> None:
        given = pin or PINS[person]
        self.place.sign_in(person, given, lambda: self.done.append(person), self.refused.append)
        assert self.place.settle()

    def begin(self, by: str = "chen") -> Decision:
        revision = self.place.runs.procedures.in_force("extract-server")
        assert revision
        tools = {tool.id: 2**53 for tool in revision.procedure.requires.tools}
        new = NewRun(by, ("chen", "wu", "okafor"), "en", tools)
        bound = bind(self.demo.session, revision.procedure, HOST)
        self.run_id, decision = self.place.begin(revision, bound, new)
        assert self.place.settle()
        return decision

    def ask(self, command: cmd.Command) -> Decision:
        decision = self.place.ask(self.run_id, command)
        assert self.place.settle()
        return decision

    def ask_as(self, command: cmd.Command, pin: str) -> None:
        place = self.place
        place.ask_as(self.run_id, command, pin, self.done.append, self.refused.append)
        assert place.settle()

    @property
    def run(self) -> Run:
        view = self.place.runs.view(self.run_id)
        assert view
        return view.run


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    demo = paused_demo(tmp_path_factory.mktemp("proof"), tanks=1, hosts=1, gpus=1, seconds=300)
    console = Console(demo)
    console.place.runs._gatherer.submit(lambda _reader: None)  # its thread is there from now on
    console.place.take_photo(tmp_path_factory.mktemp("none"), print, console.refused.append)
    assert console.place.settle()
    yield console
    demo.close()


@pytest.fixture
def console(shared: Console) -> Console:
    """The same workplace for every test, with nobody signed in and no work open."""
    for run in shared.place.runs.open():
        shared.sign_in("chen")
        shared.place.ask(run.id, cmd.Abort("chen", "the next test"))
        assert shared.place.settle()
        _close(shared.place.runs, run.id, shared.place)
    shared.place.sign_out()
    assert shared.place.settle()
    shared.done, shared.refused = [], []
    return shared


def _close(desk: RunDesk, name: str, place: Workplace) -> None:
    for _ in range(40):
        view = desk.view(name)
        assert view
        if view.run.is_over:
            return
        step = view.run.current
        if step is None:
            command: cmd.Command = cmd.Close("chen")
        elif step.status == "ready":
            hazards = view.revision.procedure.steps[step.step].hazards
            command = cmd.Start(step.step, "chen", "en", hazards)
        else:
            command = cmd.Complete(step.step, "chen", "a test")
        place.ask(name, command)
        assert place.settle()


def test_who_is_not_signed_in_is_refused(console: Console) -> None:
    with pytest.raises(Refused, match="Sign in first"):
        console.begin()
    console.sign_in("chen")
    assert console.begin().is_allowed
    events = console.run.events
    console.place.sign_out()
    step = console.run.current
    assert step
    for command in (cmd.Start(step.step, "chen", "en"), cmd.Note("chen", "x"), cmd.Note("", "x")):
        with pytest.raises(Refused, match="Sign in first"):
            console.place.ask(console.run_id, command)
    console.sign_in("wu")
    with pytest.raises(Refused, match="nobody else may sign for you"):
        console.place.ask(console.run_id, cmd.Start(step.step, "chen", "en"))
    assert console.place.settle()
    assert console.run.events == events


def test_the_way_to_safety_waits_for_no_proof(console: Console) -> None:
    console.sign_in("chen")
    assert console.begin().is_allowed
    assert console.place.settle()
    console.place.sign_out()
    assert console.place.ask(console.run_id, cmd.Abort("chen", "Smoke")).is_allowed
    assert console.place.settle()
    events = LogReader(console.demo.session.data).of_kinds(["work.aborted"])
    assert '"how":"nobody"' in canonical(events[-1].body)


def test_after_a_quarter_of_an_hour_nobody_is_there_any_more(console: Console) -> None:
    console.sign_in("chen")
    assert console.begin().is_allowed
    console.demo.advance(IDLE_S + 10)
    assert console.place.settle()
    assert console.place.hands == ""
    with pytest.raises(Refused, match="Sign in first"):
        console.place.ask(console.run_id, cmd.Note("chen", "I am back"))


def test_a_wrong_pin_changes_nothing(console: Console) -> None:
    console.sign_in("chen", "000000")
    assert console.place.hands == ""
    assert len(console.refused) == 1
    console.sign_in("chen")
    assert console.begin().is_allowed
    before = console.run
    console.ask_as(cmd.Suspend("wu", "shift"), "111111")
    console.ask_as(cmd.Suspend("nobody", "shift"), PINS["wu"])
    console.ask_as(cmd.Suspend("wu", "shift"), PINS["chen"])
    assert len(console.refused) == 4
    assert console.done == ["chen"]
    assert console.run == before
    console.ask_as(cmd.Suspend("wu", "shift"), PINS["wu"])
    assert console.run.suspended_by == "wu"


def test_the_events_say_how_it_was_proven_and_what_was_shown(console: Console) -> None:
    folder = console.demo.session.data
    console.sign_in("chen")
    assert console.begin().is_allowed
    (begun,) = [b for b in bodies(folder, "work.begun") if b["run"] == console.run_id]
    assert begun["signed"]["how"] == "signed_in"
    assert begun["signed"]["meaning"] == "Begin"
    step = console.run.current
    assert step
    hazards = console.place.runs.procedures.revisions[begun["revision"]].procedure.steps[step.step]
    assert console.ask(cmd.Start(step.step, "chen", "en", hazards.hazards)).is_allowed
    for text in ("one", "one", "two"):
        assert console.ask(cmd.Note("chen", text)).is_allowed
    console.ask_as(cmd.Note("wu", "one"), PINS["wu"])
    notes = [b for b in bodies(folder, "work.noted") if b["run"] == console.run_id]
    assert [note["signed"]["how"] for note in notes] == ["signed_in"] * 3 + ["pin"]
    first, same, other, by_another = (note["signed"]["shown"] for note in notes)
    assert first == same
    assert len({first, other, by_another}) == 3
    (started,) = [b for b in bodies(folder, "work.step_started") if b["run"] == console.run_id]
    assert started["signed"]["utc_us"] == started["at"]["utc_us"]


def test_the_hash_changes_with_a_value(console: Console) -> None:
    """Two signatures of one step, of which only a value differs, are of two things."""
    console.sign_in("chen")
    assert console.begin().is_allowed
    folder = console.demo.session.data
    shown = []
    for number in (51.0, 52.0):
        _until_value(console)
        step = console.run.current
        assert step
        assert console.ask(cmd.Record(step.step, "chen", "plate-mass", number)).is_allowed
        assert console.ask(cmd.Note("chen", "as it is shown")).is_allowed
        shown.append(bodies(folder, "work.noted")[-1]["signed"]["shown"])
    assert shown[0] != shown[1]


def _until_value(console: Console) -> None:
    """Go on to the step in which the mass of the server is recorded."""
    from console.session.running.crew import Crew
    from tests.integration.run_kit import script

    revision = console.place.runs.procedures.in_force("extract-server")
    assert revision
    crew = Crew(script(), revision.procedure, lambda _act: None, console.place.photos)
    for _ in range(200):
        step = console.run.current
        assert step
        if step.step == "plan-the-lift" and step.status == "open":
            return
        view = console.place.runs.view(console.run_id, crew.executor(console.run))
        assert view
        command = crew.next(view)
        if command is None:
            console.demo.advance(2)
        else:
            console.place.runs.ask(console.run_id, command)
        assert console.place.settle()
    raise AssertionError("it does not get there")


def test_a_photo_that_is_not_kept_is_refused_and_the_step_stays_open(console: Console) -> None:
    console.sign_in("chen")
    assert console.begin().is_allowed
    before = console.run
    step = before.current
    assert step
    with pytest.raises(Refused, match="not in this folder"):
        console.place.ask(console.run_id, cmd.TakePhoto(step.step, "chen", "any", "a" * 64))
    assert console.run == before


def test_a_file_that_is_no_photo_is_told_in_the_window(console: Console, tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("no picture", encoding="utf-8")
    console.place.take_photo(path, console.done.append, console.refused.append)
    assert console.place.settle()
    assert console.refused == ["This is no picture: it must be a JPEG, PNG or WebP file."]
    assert console.done == []
