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
STRIPS_SIZE = (640, 640)
STRIP_CURVES = 7


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


STRIPS = "a new sample in the four strips of the Tank page, an hour, 640x640"


@pytest.mark.benchmark(group=STRIPS)
def test_tank_strips(benchmark: Any, demo: PausedDemo, qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QApplication

    from console.ui.tank_trends import TankTrends

    trends = TankTrends(demo.session)
    qtbot.addWidget(trends)
    trends.resize(*STRIPS_SIZE)
    trends.show_tank("tank-1")
    trends.spans.chosen.emit("3600")
    trends.show()
    qtbot.waitUntil(lambda: not trends.view.waiting, timeout=20_000)
    assert len(trends.view.curves) >= STRIP_CURVES

    def second() -> tuple[tuple[()], dict[str, Any]]:
        demo.advance(2)
        return (), {}

    def tick() -> None:
        trends.refresh()
        QApplication.processEvents()

    benchmark.pedantic(tick, setup=second, rounds=20, warmup_rounds=2)


@pytest.mark.benchmark(group=STRIPS)
def test_alternative_four_plot_widgets(benchmark: Any, qtbot: QtBot) -> None:
    """Plots with fixed ranges, age on the axis, thin lines, thinned by pyqtgraph, all set anew."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

    whole = QWidget()
    qtbot.addWidget(whole)
    column = QVBoxLayout(whole)
    curves = []
    for number in range(4):
        plot = pg.PlotWidget()
        plot.setRange(xRange=(-3600, 0), yRange=(0, 100), padding=0)
        plot.setDownsampling(auto=True, mode="peak")
        plot.setClipToView(True)
        plot.disableAutoRange()
        curves += [plot.plot(pen=pg.mkPen("k", width=1)) for _ in range(1 + (number != 2))]
        column.addWidget(plot)
    whole.resize(*STRIPS_SIZE)
    whole.show()
    assert len(curves) == STRIP_CURVES
    ages, values = np.linspace(-3600, 0, 3600), np.random.default_rng(1).normal(50, 1, (2, 3600))
    turn = 0

    def tick() -> None:
        nonlocal turn
        turn += 1
        for curve in curves:
            curve.setData(ages, values[turn % 2])
        QApplication.processEvents()

    benchmark.pedantic(tick, rounds=20, warmup_rounds=2)
