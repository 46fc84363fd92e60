"""``tankside --selftest``: whether this installation can do its work on this machine.

It touches no site and no data of anybody: everything happens in a folder that is removed, and the
equipment is the simulator. Run after an installation and before an update is put in use.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.text import tr

if TYPE_CHECKING:
    from console.session import Session, Summary

_SIZE = (1280, 800)
_FEWEST_COLOURS = 12
"""A page has more; a window that was never drawn has one."""
_ENOUGH_POLLS = 6
_ANSWER_S = 20.0
"""How long the simulated equipment may take: a busy machine is slow, not broken."""
_STOP_S = 5.0
_OPEN_S = 20.0
_CHINESE = "浸没式冷却"


class SelfTestError(Exception):
    """Something does not work: one sentence with what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check: its name, what it did or why it failed, how long it took."""

    name: str
    ok: bool
    detail: str
    took_s: float


def run_selftest() -> Iterator[Outcome]:
    """Yield the outcome of every check as it is known; one that fails does not stop the others."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="tankside-selftest-") as folder:
        for number, (name, check) in enumerate(_checks().items()):
            room = Path(folder) / str(number)
            room.mkdir()
            yield _outcome(name, check, room)


def _checks() -> dict[str, Callable[[Path], str]]:
    return {
        tr("page"): _page,
        tr("document"): _document,
        tr("database"): _database,
        tr("register maps"): _maps,
        tr("procedures"): _procedures,
        tr("simulator"): _simulator,
        tr("licences"): _licences,
    }


def _outcome(name: str, check: Callable[[Path], str], room: Path) -> Outcome:
    began_s = time.monotonic()
    try:
        ok, detail = True, check(room)
    except Exception as error:  # noqa: BLE001  whatever is broken is what this is to find
        ok, detail = False, f"{type(error).__name__}: {error}"
    return Outcome(name, ok, detail, time.monotonic() - began_s)


def _page(room: Path) -> str:
    """Draw the page of a tank without a screen and look at the picture."""
    from PIL import Image

    from console.demo import paused_demo
    from console.ui.picture import draw

    picture = room / "page.png"
    demo = paused_demo(room / "data", tanks=1, hosts=1, gpus=2, seconds=120)
    try:
        draw(demo.session, "tank", picture, theme="light", size=_SIZE)
    finally:
        demo.close()
    with Image.open(picture) as image:
        if image.size != _SIZE:
            raise SelfTestError(f"the picture has {image.size} pixels, not {_SIZE}")
        colours = image.convert("RGB").getcolors(_SIZE[0] * _SIZE[1]) or []
    if len(colours) < _FEWEST_COLOURS:
        raise SelfTestError(f"the page was drawn with {len(colours)} colours; it is empty")
    return tr("{wide} x {high} pixels, {count} colours", wide=_SIZE[0], high=_SIZE[1],
              count=len(colours))  # fmt: skip


def _document(room: Path) -> str:
    """Write a PDF with a QR code, in the fonts that documents need."""
    from console.documents.codes import PageCode, new_form
    from console.documents.fonts import fonts
    from console.documents.model import Document, Header, Paragraph
    from console.documents.pdf import render_pdf

    code = PageCode("selftest", new_form(), "", 1)
    header = Header("Self-test", code.form, "Self-test", ())
    blocks = (Paragraph("Temperature 40 °C, Δp 12 kPa"), Paragraph(_CHINESE))
    document = Document("en", header, blocks, ("", ""), "{page}/{pages}", "page {page}", code)
    pdf = render_pdf(document)
    (room / "selftest.pdf").write_bytes(pdf.data)
    names = fonts().names
    if not pdf.data.startswith(b"%PDF-") or pdf.pages != 1:
        raise SelfTestError(f"{len(pdf.data)} bytes on {pdf.pages} pages are no such PDF")
    missing = [wanted for wanted in ("NotoSans", "WenQuanYi") if not _is_among(wanted, names)]
    if missing:
        raise SelfTestError(f"the fonts {', '.join(missing)} are not there, only {names}")
    return tr("{bytes} bytes, with a QR code, in {fonts}", bytes=len(pdf.data),
              fonts=", ".join(names[:2]))  # fmt: skip


def _is_among(wanted: str, names: tuple[str, ...]) -> bool:
    return any(wanted in name.replace(" ", "") for name in names)


def _database(room: Path) -> str:
    """Record an event, close, and prove the log."""
    from console.history.events import EventDraft, Kind
    from console.history.history import History
    from console.history.reader import LogReader
    from drivers.points import Stamp

    history = History(room)
    history.start()
    history.record(EventDraft(Kind.APPLICATION_STARTED, "", {"selftest": True}, Stamp.now()))
    if not history.close(_OPEN_S):
        raise SelfTestError(history.status.sentence or "the event was not recorded in time")
    result = LogReader(room).verify()
    if not result.ok:
        raise SelfTestError("the log that was just written does not prove itself")
    return tr("written, closed and proven")


def _maps(_room: Path) -> str:
    """Read every register map that is shipped."""
    from drivers.modbus.regmap import load_map, shipped_maps

    points = [len(load_map(name).points) for name in shipped_maps()]
    if not points:
        raise SelfTestError("no register map is shipped")
    return tr("{count} maps, {points} points", count=len(points), points=sum(points))


def _procedures(_room: Path) -> str:
    """Read every procedure that is shipped and make its revision."""
    from procedures.document import library_ids, load_document, procedure_path
    from procedures.revision import compile_procedure

    revisions = [
        compile_procedure(load_document(procedure_path(name)).procedure) for name in library_ids()
    ]
    if not revisions:
        raise SelfTestError("no procedure is shipped")
    return tr("{count} procedures", count=len(revisions))


def _simulator(room: Path) -> str:
    """Start the simulated equipment in its own process and poll it over real sockets."""
    from console.app import demo_site
    from drivers.simulator.options import PlantOptions

    options = PlantOptions(tanks=2, hosts=1, gpus_per_host=2, seed=7)
    with demo_site(options, room) as session:
        session.start()
        try:
            summary = _watched(session)
        finally:
            session.stop(_STOP_S)
    if summary.devices_ok != summary.devices or summary.polls < _ENOUGH_POLLS:
        raise SelfTestError(f"{summary.devices_ok} of {summary.devices} simulated devices answered")
    return tr("{polls} polls of {count} devices, {missed} missed", polls=summary.polls,
              count=summary.devices, missed=summary.polls_missed)  # fmt: skip


def _watched(session: Session) -> Summary:
    """Watch until every device has answered a few times, or long enough."""
    end_s = time.monotonic() + _ANSWER_S
    while True:
        session.refresh()
        summary = session.summary()
        enough = summary.devices_ok == summary.devices and summary.polls >= _ENOUGH_POLLS
        if enough or time.monotonic() > end_s:
            return summary
        time.sleep(0.1)


def _licences(_room: Path) -> str:
    """Find the licence of everything that is shipped."""
    from console.about import components

    found = components()
    without = [part.name for part in found if not part.texts]
    if without:
        raise SelfTestError(f"no licence text for {', '.join(without)}")
    return tr("{count} parts, each with its text", count=len(found))
