"""A data folder with one whole order: a run on the paused simulator, parts, fluid, signatures."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from console.session.running.script import Script
from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.orders.rules import State
from console.work.photos import PhotoStore
from procedures.engine.state import RunStatus
from tests.integration.run_kit import HOST, TANK, begin, crew_of, script, short
from tests.integration.work_kit import Works, works

OLD, NEW, PART, STORE = "GPU-OLD-0001", "GPU-NEW-0002", "gpu-board", "main"
TIMES = 40.0
BEFORE_S = 900.0


@dataclass(frozen=True)
class Done:
    """The folder, and what is in it."""

    folder: Path
    order: str
    run: str
    photos: tuple[str, ...]


def told() -> Script:
    """What people do: one value corrected, one outside its limits, a gate overridden, a note."""
    return script(
        locks_off={
            "values": {"locks-hanging": [1]},
            "deviations": {"locks-hanging": "the key is at the gate"},
        },
        weigh={"values": {"mass-out": [57.5]}, "note": "drips <b>more</b> than usual & 液体"},
        burn_in={"overrides": {"as-cool-as-before": "No steady load before the work"}},
    )


def make(folder: Path) -> Done:
    """Do the work of an order from opening to closing."""
    revision = short(TIMES)
    with works(folder, before_s=BEFORE_S) as site:
        run = begin(site.driver, revision)
        order = site.order(HOST, run)
        crew = crew_of(site.stage, revision, told())
        ended = site.driver.drive(run, crew)
        assert ended.status is RunStatus.FINISHED
        site.driver.look()
        _parts(site, order.number)
        site.driver.gather()
        _close(site, order.number)
        site.settle()
        number = order.number
    return Done(folder, number, run, tuple(_photos(folder)))


def _parts(site: Works, order: str) -> None:
    """Exchange a GPU, and book the fluid that went with the server."""
    assets = site.place.room.assets
    assets.register("chen", OLD, "gpu", model="H100", batch="B7")
    assets.move("chen", OLD, Place.parse("server:SN-1/0"))
    assets.define("silva", PART, "GPU board", serialised=True)
    assets.receive("silva", Pieces(PART, STORE, 0, (NEW,)))
    assets.issue("chen", Pieces(PART, STORE, 0, (NEW,)), order)
    assets.move("chen", OLD, Place.parse("away:maker"), order=order, because="failed")
    assets.move("chen", NEW, Place.parse("server:SN-1/0"), order=order)
    assets.fluid("chen", TANK, Why.FILL, 576.0, batch="F-2026-07", measured=True)
    assets.fluid("chen", TANK, Why.DRAG_OUT, 2.5, order=order)
    assets.fluid("chen", TANK, Why.TOP_UP, 2.0, batch="F-2026-09", order=order, measured=True)
    site.place.room.orders.note("chen", order, "the lid closes hard")
    site.settle()


def _close(site: Works, order: str) -> None:
    site.move("chen", order, State.REVIEW)
    site.move("okafor", order, State.CLOSED)


def _photos(folder: Path) -> list[str]:
    store = PhotoStore(folder)
    return sorted(path.stem for path in store.folder.glob("??/*"))


def photograph(seed: int = 1, size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A photo of many colours, as a camera makes them."""
    chance = random.Random(seed)
    small = Image.new("RGB", (32, 24))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(32 * 24)])
    out = io.BytesIO()
    small.resize(size).save(out, "JPEG", quality=85)
    return out.getvalue()
