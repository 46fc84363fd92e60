"""What tests of the GPUs page do to a demo site: other answers, silence, a page of it."""

from __future__ import annotations

import re
from collections.abc import Callable

from pytestqt.qtbot import QtBot

from console.acquisition.latest import LinkState
from console.demo import PausedDemo
from console.session.session import Refresh
from console.ui.gpus_page import GpusPage

NOTHING = Refresh((), alarms_changed=False)
Change = Callable[[str], str]


def page_of(qtbot: QtBot, demo: PausedDemo) -> GpusPage:
    """Show the page of a demo as large as in the smallest window it is designed for."""
    page = GpusPage(demo.session)
    qtbot.addWidget(page)
    page.resize(1192, 704)
    with qtbot.waitActive(page):
        page.show()
        page.activateWindow()
    page.refresh(demo.session.refresh())
    page.refresh(NOTHING)
    return page


def again(demo: PausedDemo, page: GpusPage) -> None:
    """Refresh a page as the window does."""
    page.refresh(demo.session.refresh())


def answer(demo: PausedDemo, host: str, change: Change) -> None:
    """Let a host answer with another text than the simulator's."""
    text = change(demo._plant.exposition(host))
    samples = demo._readers[host].read(text, demo.clock())
    demo.session.intake.accept(host, demo._hosts[host].take(samples))


def without(*fields: str) -> Change:
    """Leave out every line that holds one of these words."""
    return lambda text: "\n".join(
        line for line in text.split("\n") if not any(field in line for field in fields)
    )


def field(name: str, value: float, gpu: int = 0) -> Change:
    """Let one GPU tell another value of a field, whatever the field's spelling."""
    line = rf'^(DCGM_FI_DEV_{name}\{{gpu="{gpu}".*\}}) .*$'
    return lambda text: re.sub(line, rf"\g<1> {value:g}", text, flags=re.MULTILINE)


def silence(demo: PausedDemo, host: str) -> None:
    """Let a host stop answering for long enough."""
    demo._hosts.pop(host)
    demo.session.intake.link_changed(host, LinkState.LOST, "did not answer")
    demo.advance(20)
