"""``tankside workorder``: forms from a data folder, their hash in its log, errors as sentences."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from console import cli
from console.cli.work_access import opened
from console.documents.codes import read_form
from console.event_text import event_text
from console.history.events import EventDraft, Kind
from console.history.reader import LogReader
from console.work.events import Kind as WorkModelKind
from console.work.orders.desk import NewOrder
from console.work.orders.model import ProcedureRef
from drivers.points import Stamp
from procedures.engine.moment import Moment
from procedures.register import Register
from procedures.register_events import entry_events
from tests.unit.documents import kit


@pytest.fixture
def folder(tmp_path: Path) -> tuple[Path, str]:
    """A data folder with a planner, an approved procedure and an order that follows it."""
    data, revision = tmp_path / "north-hall", kit.sample()
    data.mkdir()
    with opened(data) as room:
        for name, roles in (("silva", ["planner"]), ("ada", ["admin"])):
            body = {"name": name.title(), "roles": roles}
            room.desk.tell(WorkModelKind.PERSON_ADDED, name, body, "system")
        register = Register().submit(revision, "haddad", 1).approve(revision, "berg", 2)
        moment = Moment(kit.NOON_US, 0, "boot", "session")
        for event in entry_events(Register(), register, revision, moment):
            room.record(EventDraft(event.kind, event.subject, event.body, Stamp.now(), event.actor))
        room.desk.enter("silva")
        order = room.orders.open("silva", NewOrder("Exchange GPU 2", "host-3/gpu2"))
        ref = ProcedureRef(revision.procedure.id, revision.digest)
        room.orders.follow("silva", order.number, ref)
    return data, order.number


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str | Path
) -> tuple[int, str, str]:
    monkeypatch.setenv("TANKSIDE_LANGUAGE", "en")
    monkeypatch.setattr(sys, "argv", ["tankside", "workorder", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_a_work_order_and_its_hash_in_the_log(
    folder: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, number = folder
    pdf, html = tmp_path / "order.pdf", tmp_path / "order.html"
    before = LogReader(data).page(limit=1)[0]
    where = ("--data", data, "-o", pdf, "--html", html, "--paper", "letter")
    code, out, err = run(monkeypatch, capsys, "print", number, *where)
    assert (code, err) == (0, "")
    digest = hashlib.sha256(pdf.read_bytes()).hexdigest()
    assert digest in out
    printed = LogReader(data).of_kinds([Kind.DOCUMENT_PRINTED])
    assert [event.subject for event in printed] == [number]
    body = printed[0].body
    assert body["sha256"] == digest
    assert body["revision"] == kit.sample().digest
    assert read_form(str(body["form"])) == body["form"]
    assert str(body["form"]) in event_text(printed[0]).what
    text = kit.words("".join(kit.texts(pdf.read_bytes())))
    assert before.hash in text
    assert f"TS1|north-hall|{body['form']}" in html.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "north-hall",
        "order.html",
        "order.pdf",
    ]


def test_a_blank_form_in_chinese(
    folder: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, _ = folder
    pdf = tmp_path / "blank.pdf"
    where = ("--data", data, "-o", pdf, "--language", "zh_CN")
    assert run(monkeypatch, capsys, "blank", "sample-work", *where)[0] == 0
    assert kit.words("验明无电") in kit.words("".join(kit.texts(pdf.read_bytes())))
    (printed,) = LogReader(data).of_kinds([Kind.DOCUMENT_PRINTED])
    assert (printed.body["document"], printed.subject) == ("blank_form", "sample-work")
    assert printed.body["language"] == "zh_CN"


def test_what_goes_wrong_ends_in_one_sentence(
    folder: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data, number = folder
    pdf = tmp_path / "x.pdf"
    cases = (
        (("print", "WO-9", "--data", data), "There is no order WO-9."),
        (("print", number, "--data", tmp_path / "none"), "no such data folder"),
        (("print", number, "--data", data, "--paper", "a3"), "a4, letter"),
        (("print", number, "--data", data, "--language", "tlh"), "no language tlh"),
        (("print", number, "--data", data, "--site", tmp_path / "no.toml"), "no.toml"),
        (("print", "--data", data), "name the order"),
        (("blank", "top-up", "--data", data), "approved are sample-work"),
    )
    for words, sentence in cases:
        code, _, err = run(monkeypatch, capsys, *words, "-o", pdf)
        assert code == 2
        assert sentence in " ".join(err.replace("│", " ").split())
        assert "Traceback" not in err
    assert not pdf.exists()
    assert not (tmp_path / "none").exists()
    code, _, err = run(
        monkeypatch, capsys, "print", number, "--data", data, "-o", tmp_path / "no" / "x.pdf"
    )
    assert code == 2
    assert "cannot be written" in err
    assert LogReader(data).of_kinds([Kind.DOCUMENT_PRINTED]) == []
