"""One refresh of each page, beside the alternative that pyqtgraph offers for the same content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo, paused_demo

SIZE = (1280, 800)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PausedDemo]:
    made = paused_demo(
        tmp_path_factory.mktemp("data"), tanks=60, hosts=60, gpus=8, seed=7, seconds=120
    )
    yield made
    made.close()


@contextmanager
def refresher(demo: PausedDemo, page: str) -> Iterator[Callable[[], None]]:
    """Yield what one 200 ms tick does for a visible page, painting included."""
    from console.ui.window import application, build_window

    app = application()
    window = build_window(demo.session, page=page)
    window.resize(*SIZE)
    window.show()
    for _ in range(5):
        window.tick()
        app.processEvents()

    def tick() -> None:
        window.tick()
        app.processEvents()

    try:
        yield tick
    finally:
        for timer in window.timers:
            timer.stop()
        window.deleteLater()
        app.processEvents()


@pytest.mark.benchmark(group="one refresh, 60 tanks and 480 GPUs, 1280x800")
@pytest.mark.parametrize("page", ["site", "tank", "gpus", "log"])
def test_page(benchmark: Any, demo: PausedDemo, qtbot: QtBot, page: str) -> None:
    def second() -> tuple[tuple[()], dict[str, Any]]:
        demo.advance(2)  # every tank has a new sample: nothing is skipped as unchanged
        return (), {}

    with refresher(demo, page) as tick:
        benchmark.pedantic(tick, setup=second, rounds=10, warmup_rounds=1)


@pytest.mark.benchmark(group="one refresh, 60 tanks and 480 GPUs, 1280x800")
def test_alternative_sixty_plot_items(benchmark: Any, qtbot: QtBot) -> None:
    """An overview made of plots: one PlotItem with one sparkline for each tank, ranges fixed."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication

    view = pg.GraphicsLayoutWidget()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    curves = []
    for i in range(60):
        plot = view.addPlot(row=i // 10, col=i % 10)
        plot.setRange(xRange=(-1800, 0), yRange=(20, 70))
        plot.disableAutoRange()
        curves.append(plot.plot())
    view.show()
    ages, values = np.linspace(-1800, 0, 300), np.random.default_rng(1).normal(46, 1, (2, 300))
    turn = 0

    def tick() -> None:
        nonlocal turn
        turn += 1
        for curve in curves:
            curve.setData(ages, values[turn % 2])
        QApplication.processEvents()

    benchmark.pedantic(tick, rounds=10, warmup_rounds=1)
