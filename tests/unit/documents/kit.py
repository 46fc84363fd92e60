"""A site, an order, stores and a small procedure: what forms are made of in tests."""

from __future__ import annotations

import io
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

import resources
from console.documents.sheet import LogEnd, Printing, Sheet, Store
from console.site import Site
from console.work.assets.equipment import Equipment
from console.work.assets.stock import Stock
from console.work.conflicts import Conflicts
from console.work.events import JSON, Draft, Kind, Mark, Moment
from console.work.orders.model import Note, Order, Origin, ProcedureRef, Source
from drivers.points import Stamp
from procedures.document import load_document, procedure_path
from procedures.revision import Revision, compile_procedure

FOLDER = Path(__file__).parent
NOON_US = 1_795_262_651_000_000
FORM = "7K3QX9M2PG"
HEAD = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PARTS = resources.ROOT / "translations" / "parts"


@cache
def site() -> Site:
    tank = {"id": "tank-1", "name": "North tank", "hall": "Hall A", "map": "generic-single-phase"}
    hosts: list[dict[str, Any]] = [
        {"id": f"host-{n}", "name": f"Server {n}", "tank": "tank-1", "slot": n, "url": "http://h:9"}
        for n in (1, 3, 4)
    ]
    return Site.model_validate(
        {
            "site": {"id": "demo-site", "name": "Demo site"},
            "tank": [{**tank, "url": "tcp://h:502"}],
            "host": hosts,
        }
    )


@cache
def sample() -> Revision:
    return compile_procedure(load_document(FOLDER / "sample.yaml").procedure)


@cache
def shipped(name: str) -> Revision:
    return compile_procedure(load_document(procedure_path(name)).procedure)


def stock() -> Stock:
    conflicts = Conflicts()
    found = Stock(Equipment(conflicts), conflicts)
    told: tuple[tuple[Kind, dict[str, JSON]], ...] = (
        (Kind.PART_DEFINED, {"name": "GPU board"}),
        (Kind.STOCK_RECEIVED, {"store": "main", "count": 5}),
        (Kind.STOCK_RESERVED, {"store": "main", "count": 2, "order": "WO-1"}),
    )
    for n, (kind, body) in enumerate(told, 1):
        draft = Draft(kind, "PN-4711", body, Stamp(NOON_US, 0.0), "silva")
        found.fold(draft, Mark(n, "log", str(n)))
    return found


def order(revision: Revision | None, **more: Any) -> Order:
    base = Order(
        "WO-1",
        "Exchange GPU 2 of host 3",
        "host-3/gpu2",
        2,
        "silva",
        Moment(NOON_US, 0, "boot"),
        Source(Origin.XID, "79", "host-3/gpu2"),
        serial="1650924012345",
        due_us=NOON_US,
        procedure=ProcedureRef(revision.procedure.id, revision.digest) if revision else None,
        no_procedure="" if revision else "a new kind of work",
        assigned=("chen", "wu"),
        notes=(Note("hinge is worn", "wu", NOON_US),),
    )
    return replace(base, **more)


def printing(language: str = "en") -> Printing:
    log = LogEnd("0196-log", 4321, HEAD)
    return Printing(FORM, NOON_US, "silva", language, "demo-site", "Demo site", log)


def sheet(revision: Revision | None = None, language: str = "en", **more: Any) -> Sheet:
    known = revision or sample()
    base = Sheet(printing(language), known, "approved", order(known), site(), Store(stock()))
    return replace(base, **more)


def texts(data: bytes) -> list[str]:
    """Return the text of every page, as an independent reader finds it."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()


def pictures(data: bytes, scale: float = 1.0) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=scale).to_pil().copy() for page in document]
    finally:
        document.close()


def words(text: str) -> str:
    """Return a text without spaces and line ends: lines are broken on paper.

    The reader tells a hyphen at the end of a line by a character of its own.
    """
    return "".join(text.replace("\x02", "-").replace("\ufffe", "-").split())


@cache
def chinese() -> dict[str, str]:
    """Return the Chinese catalogue with the parts that wait to be merged."""
    found = tomllib.loads((PARTS.parent / "zh_CN.toml").read_text(encoding="utf-8"))
    for path in sorted(PARTS.glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def png(colour: str = "grey") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()
