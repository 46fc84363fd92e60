"""Work orders and blank forms: what is on them, and the words they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from console.documents import model as m
from console.documents import words as w
from console.documents.events import printed_form
from console.documents.issue import DocumentError, blank_sheet, make_form, new_printing, order_sheet
from console.documents.notes import texts_of
from console.documents.sheet import LogEnd, path_letter, target_of
from console.documents.sheet_after import dead_values
from console.documents.words import PPE_NAMES
from console.documents.workorder import form_document
from console.pictograms import pictogram
from console.text import speaking
from console.work.book import WorkBook
from procedures.checks import parse_check
from procedures.document import library_ids
from procedures.register_events import Revisions
from tests.unit.documents import kit


def entry_ids(part: Any) -> Iterator[str]:
    """Yield the id of every box of a document."""
    if isinstance(part, m.Entry | m.Blank | m.Tick) and part.id:
        yield part.id
    if isinstance(part, m.Jump | m.Sign) and part.tick:
        yield part.tick
    if isinstance(part, tuple):
        for item in part:
            yield from entry_ids(item)
    elif is_dataclass(part):
        for field in fields(part):
            yield from entry_ids(getattr(part, field.name))


@pytest.mark.parametrize("name", library_ids())
def test_every_entry_of_every_procedure_has_its_own_box(name: str) -> None:
    revision = kit.shipped(name)
    found = list(entry_ids(form_document(kit.sheet(revision)).blocks))
    assert len(found) == len(set(found)), {one for one in found if found.count(one) > 1}
    wanted = set()
    for step in revision.procedure.steps.values():
        at = f"step/{step.id}"
        wanted |= {f"{at}/done", f"{at}/initials"}
        wanted |= {f"{at}/value/{value.id}" for value in step.values}
        wanted |= {f"{at}/scan/{scan.id}" for scan in step.scans}
        wanted |= {f"{at}/photo/{photo.id}" for photo in step.photos}
        wanted |= {f"{at}/item/{item.id}" for item in step.items}
        wanted |= {f"{at}/gate/{gate.id}" for gate in step.gates}
        wanted |= {f"{at}/lock/{lock.id}" for lock in step.locks}
        wanted |= {f"{at}/answer/{a.id}" for a in (step.ask.answers if step.ask else ())}
        wanted |= {f"{at}/second/initials"} if step.sign.second else set()
        wanted |= {f"{at}/hold/signature"} if step.hold else set()
        wanted |= {f"{at}/fail"} if step.on_fail else set()
    assert wanted <= set(found)


@pytest.mark.parametrize("name", library_ids())
def test_hazards_stand_right_before_their_steps(name: str) -> None:
    revision = kit.shipped(name)
    blocks = form_document(kit.sheet(revision)).blocks
    steps = [block for block in blocks if isinstance(block, m.StepBlock)]
    assert len(steps) == len(revision.procedure.steps)
    for block, step in zip(steps, revision.procedure.steps.values(), strict=True):
        shown = len(block.hazards.signs) if block.hazards else 0
        assert shown == len(step.hazards)


def test_a_blank_form_is_for_any_equipment() -> None:
    document = form_document(replace(kit.sheet(), order=None))
    texts = " ".join(texts_of(document.blocks))
    assert document.header.kind == "Blank form"
    assert "any equipment" in texts
    assert "host-3" not in texts
    assert not any(isinstance(block, m.TankPlan) for block in document.blocks)


def test_an_order_without_a_procedure_has_lines_to_write_on() -> None:
    sheet = replace(kit.sheet(), revision=None, order=kit.order(None), standing="")
    document = form_document(sheet)
    assert document.code is not None
    assert document.code.digest == ""
    assert "a new kind of work" in " ".join(texts_of(document.blocks))
    assert "free/12/initials" in set(entry_ids(document.blocks))


@pytest.mark.parametrize("standing", ["draft", "review", "superseded", ""])
def test_what_is_not_approved_says_so_on_every_page(standing: str) -> None:
    assert "NOT APPROVED" in form_document(replace(kit.sheet(), standing=standing)).header.mark


def test_training_says_so_and_real_work_says_nothing() -> None:
    assert "TRAINING" in form_document(replace(kit.sheet(), training=True)).header.mark
    assert form_document(kit.sheet()).header.mark == ""


def test_all_words_of_a_chinese_form_are_chinese() -> None:
    english = set(texts_of(form_document(kit.sheet()).blocks))
    chinese = set(texts_of(form_document(kit.sheet(language="zh_CN")).blocks))
    same = {text for text in english & chinese if " " in text and text.isascii()}
    assert same <= {
        "Exchange GPU 2 of host 3",
        "hinge is worn",
        "chen, wu",
        "The test authors",
        "no source at all",
        "North tank",
        "2026-11-21 12:04 UTC, silva",
    }


def test_prove_dead_is_what_measures_a_voltage() -> None:
    found = [value.id for _, value in dead_values(kit.shipped("extract-server").procedure)]
    assert found == ["volts-a", "volts-b"]
    assert [value.id for _, value in dead_values(kit.sample().procedure)] == ["volts"]


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("tank.coolant_return_temperature <= 50 Cel", "Coolant return temperature: ≤ 50 °C"),
        ("all tank.leak[*].state == dry", "Leak detector, each: dry"),
        ("any tank.pump[*].state == running", "Pump state, at least one: running"),
        ("tank.level between 790 and 850 mm", "Fluid level: 790 to 850 mm"),
        ("work.alarms_critical == 0", "Critical alarms of the tank: = 0"),
        ("tank.pump[1].state != tripped", "Pump 1 state: not tripped"),
        ("tank.tank_pressure >= -2 kPa", "Tank pressure: ≥ −2 kPa"),
    ],
)
def test_checks_in_words(check: str, told: str) -> None:
    assert w.check_words(parse_check(check)).replace("\N{NO-BREAK SPACE}", " ") == told


def test_checks_in_chinese_have_no_number_where_any_is_meant() -> None:
    with speaking("zh_CN"):
        told = w.check_words(parse_check("any tank.pump[*].state == running"))
    assert "号" not in told
    assert "泵" in told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(45, "45 s"), (90, "90 s"), (300, "5 min"), (5400, "90 min"), (7200, "2 h"), (86400, "24 h")],
)
def test_times_as_people_say_them(seconds: float, told: str) -> None:
    assert w.span(seconds).replace("\N{NO-BREAK SPACE}", " ") == told


def test_ways_back_have_letters() -> None:
    assert [path_letter(n) for n in (0, 1, 25, 26, 27, 52)] == ["A", "B", "Z", "AA", "AB", "BA"]


def test_targets_are_found_in_the_site() -> None:
    site = kit.site()
    gpu = target_of(site, "host-3/gpu2")
    assert (gpu.host and gpu.host.id, gpu.tank and gpu.tank.id, gpu.slot) == ("host-3", "tank-1", 3)
    tank = target_of(site, "tank-1")
    assert (tank.host, tank.tank and tank.tank.id, tank.slot) == (None, "tank-1", None)
    assert target_of(site, "elsewhere").tank is None
    assert target_of(None, "tank-1").tank is None


@pytest.mark.parametrize("name", sorted(PPE_NAMES))
def test_everything_worn_has_a_sign_of_its_own(name: str) -> None:
    assert pictogram(name).shape == "mandatory"


def test_the_log_is_told_what_was_printed() -> None:
    sheet = kit.sheet()
    form = make_form(sheet)
    body = form.printed.as_body()
    assert body == {
        "document": "work_order",
        "sha256": form.pdf.sha256,
        "pages": form.pdf.pages,
        "form": kit.FORM,
        "order": "WO-1",
        "procedure": "sample-work",
        "revision": kit.sample().digest,
        "language": "en",
    }
    assert form.printed.subject == "WO-1"
    blank = printed_form(replace(sheet, order=None), form.pdf)
    assert (blank.document, blank.subject) == ("blank_form", "sample-work")
    assert "</html>" in form.html()


def test_what_cannot_be_made_is_refused_in_one_sentence() -> None:
    book, revisions = WorkBook(), Revisions()
    with pytest.raises(DocumentError, match="There is no order WO-9"):
        order_sheet("WO-9", book, revisions, None, kit.printing())
    with pytest.raises(DocumentError, match="No revision of top-up is approved"):
        blank_sheet("top-up", revisions, None, kit.printing())
    with pytest.raises(DocumentError, match="no language tlh"):
        new_printing("s", "S", LogEnd("", 0, ""), "silva", "tlh", 0)
