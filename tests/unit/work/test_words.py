"""Every kind has a label and a sentence in both languages; no body of another shape breaks one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import console
import resources
from console.event_text import event_text
from console.history import events as log
from console.text import use_language
from console.work import words
from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.conflicts import Conflict, ConflictKind
from console.work.events import Kind
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import ProcedureRef, Provider
from console.work.orders.rules import STATE_NAMES, State, shipped_rules
from console.work.people.roles import shipped_roles
from tests.house import catalogue
from tests.unit.work.kit import NOON_US, Recorded, Site, recorded

PARTS = resources.ROOT / "translations" / "parts" / "work.toml"
AREA = ("work", "cli/work.py", "cli/people.py", "cli/work_access.py")
_VALUES = re.compile(r"{\w*}")


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


def a_busy_day() -> list[Recorded]:
    """Events of nearly every kind, as a desk tells them."""
    site = Site()
    site.people.qualify("adeyemi", "chen", "lift", NOON_US + 86_400_000_000)
    site.people.disqualify("adeyemi", "chen", "lift", "dropped one")
    site.people.change("adeyemi", "wu", name="Wu Lan", roles=["technician"])
    site.people.unlock("adeyemi", "wu")
    site.desk.tell(Kind.PERSON_PIN_SET, "wu", {"seal": "5" * 64}, "adeyemi")
    site.desk.tell(Kind.PERSON_SIGNED_IN, "wu", {}, "wu")
    site.desk.tell(Kind.PERSON_SIGNED_OUT, "wu", {}, "wu")
    site.desk.tell(Kind.PERSON_REFUSED, "wu", {"why": "pin"}, "wu")
    site.desk.tell(Kind.PERSON_LOCKED, "wu", {"wrong": 5, "lasts_s": 30}, "wu")
    site.people.retire("adeyemi", "wu", "left")
    site.people.reinstate("adeyemi", "wu", "back")
    a_whole_order(site)
    assert not site.book.unread
    return recorded(site.told)


def a_whole_order(site: Site) -> None:
    orders = site.orders
    number = orders.open("chen", NewOrder("Swap GPU 3", "host-1/gpu3", 2, verify=True)).number
    orders.open_child("chen", number, "Hinge", "worn")
    site.move("silva", number, State.PLANNED)
    orders.follow("silva", number, ProcedureRef("gpu-swap", "ab" * 32))
    orders.change("silva", number, OrderChanges(assigned=("chen",)))
    orders.change("silva", number, OrderChanges(priority=1))
    site.move("okafor", number, State.READY)
    site.move("chen", number, State.IN_PROGRESS)
    orders.link("chen", number, run="run-1")
    orders.note("chen", number, "torque 2 N.m")
    orders.pause("chen", number, "parts")
    orders.resume("chen", number)
    orders.start_labour("chen", number)
    orders.stop_labour("chen", number)
    orders.set_down("chen", number, down=True)
    orders.set_down("chen", number, down=False)
    orders.cost("chen", number, Provider.OEM, 120_050, "EUR", "spare")
    things(site, number)
    site.move("chen", number, State.REVIEW)
    site.add("dana", "verifier")
    shown = orders.shown_to_verify(number)
    orders.verify("dana", number, site.sign("dana", "order.verify", shown))


def things(site: Site, number: str) -> None:
    assets = site.assets
    assets.define("silva", "GPU-H", "GPU", serialised=True, minimum=2)
    assets.define("silva", "RING", "O-ring")
    assets.receive("silva", Pieces("GPU-H", "main", serials=("g1",)))
    assets.receive("silva", Pieces("RING", "main", 9))
    assets.reserve("chen", Pieces("RING", "main", 2), number)
    assets.release("chen", Pieces("RING", "main", 1), number)
    assets.issue("chen", Pieces("RING", "main", 3), number)
    assets.give_back("chen", Pieces("RING", "main", 1), number)
    assets.transfer("chen", Pieces("RING", "main", 1), "van")
    assets.scrap("silva", Pieces("RING", "main", 1), "worn")
    assets.count("silva", "RING", "main", 4)
    assets.register("chen", "s1", "server", maker="ACME", model="X")
    assets.move("chen", "s1", Place.parse("tank:tank-1/3"))
    assets.see("chen", "s1", Place.parse("rack:R1/4"))
    assets.fluid("chen", "tank-1", Why.FILL, 576.5, batch="B7")
    assets.fluid("chen", "tank-1", Why.DRAG_OUT, 1.25)
    place = Place.parse("rack:R1/4")
    site.assets.resolve("okafor", site.book.conflicts.open()[0].id, "it stands in the rack", place)
    site.desk.tell(Kind.ASSET_CHANGED, "S1", {"kind": "server", "model": "Y"}, "chen")


DAY = a_busy_day()
ORDER = next(event.subject for event in DAY if event.kind == Kind.ORDER_OPENED)


def test_every_kind_is_a_kind_of_the_log_with_a_label_and_a_teller() -> None:
    assert {str(kind) for kind in Kind} <= {str(kind) for kind in log.Kind}
    assert set(words.TELLERS) == set(Kind)
    assert {event.kind for event in DAY} == set(Kind)


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_event_is_a_sentence(language: str) -> None:
    use_language(language)
    for event in DAY:
        told = event_text(event).what
        assert told
        assert not {"mark", "{", "utc_us"} & set(re.findall(r"\w+|{", told)), told


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.PERSON_QUALIFIED, "Qualified: lift, until 2026-11-22"),
        (Kind.ORDER_COSTED, "spare: 1200.5\xa0EUR (manufacturer)"),
        (Kind.ASSET_MOVED, "Moved to tank tank-1, slot 3"),
        (Kind.FLUID_REMOVED, "1.25\xa0L dragged out"),
        (Kind.STOCK_RESERVED, f"2 reserved in main for {ORDER}"),
        (Kind.PERSON_LOCKED, "Locked for 30 s after 5 wrong PINs"),
    ],
)
def test_what_is_said(kind: str, told: str) -> None:
    assert event_text(next(e for e in DAY if e.kind == kind)).what == told


def test_a_move_says_who_signed() -> None:
    moves = [event_text(e).what for e in DAY if e.kind == Kind.ORDER_MOVED]
    assert moves[:2] == ["Request → Planned", "Planned → Ready, signed Okafor"]


@pytest.mark.parametrize("body", [{}, {"roles": 3}, {"to": "moon:1"}, {"why": None, "litres": "x"}])
def test_bodies_of_another_shape_are_shown_as_they_are(body: dict[str, Any]) -> None:
    for kind in Kind:
        assert isinstance(event_text(Recorded(kind, "x", body, "y", 0)).what, str)


def test_every_sort_of_contradiction_is_a_sentence() -> None:
    for kind in ConflictKind:
        told = words.conflict_words(Conflict("c", kind, "S1", "chen", 0, {"serial": "S1"}))
        assert told
        assert "{" not in told


def texts() -> dict[str, str]:
    """Every text of this area that needs a Chinese entry."""
    root = Path(console.__file__).parent
    found: dict[str, str] = {}
    for area in AREA:
        path = root / area
        folder = path if path.is_dir() else path.parent
        told = (*catalogue.literals(folder), *catalogue.local_tables(folder))
        meant = "" if path.is_dir() else f"{path.name}:"
        found |= {text: where for text, where in told if where.startswith(meant)}
    tables = (
        words.WHY_NAMES,
        words.ORIGIN_NAMES,
        words.PROVIDER_NAMES,
        words.PLACE_NAMES,
        words.CONFLICT_NAMES,
        STATE_NAMES,
        shipped_roles().acts,
    )
    said = [text for table in tables for text in table.values()]
    said += [role.name for role in shipped_roles().role.values()]
    said += [rule.why for rule in shipped_roles().apart]
    said += [rule.name for rule in shipped_rules().pause]
    said += [rule.name for rule in shipped_rules().clock]
    said += [*words.SAID, *(log.LABELS[log.Kind(kind)] for kind in Kind)]
    return {**dict.fromkeys(said, "a table"), **found}


def test_every_text_has_a_chinese_entry_that_takes_the_same_values() -> None:
    entries = tomllib.loads(PARTS.read_text(encoding="utf-8")) if PARTS.exists() else {}
    entries = {**catalogue.entries(), **entries}
    needed = texts()
    assert {text: where for text, where in needed.items() if text not in entries} == {}
    for text in needed:
        assert sorted(_VALUES.findall(text)) == sorted(_VALUES.findall(entries[text])), text
