"""What curves cost without a GPU: ours, a bare QPainter, and pyqtgraph, in one run.

64 curves of 24 h at 1 Hz at 1600x900, offscreen, on one CPU: Qt hands transparent lines to other
threads, whose waking up would speak against pyqtgraph on small virtual machines.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.ui.curves import Answer, Columns, Curve, CurveView, Request, Strip, spark
from console.ui.theme import apply, theme

SIZE = (1600, 900)
CURVES, STRIPS, SAMPLES = 64, 8, 86_400
NOW, SECOND = 1_800_000_000_000_000, 1_000_000
ROUNDS = 9
TILES, SLICES = 60, 300
NOISES = {"quiet": 0.5, "noisy": 10.0}
Floats = NDArray[np.float64]


@contextmanager
def on_one_cpu() -> Iterator[None]:
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def samples(noise: float) -> Floats:
    """Return a day of 64 points between 0 and 100, shape (64, 86400)."""
    rng, at = np.random.default_rng(7), np.arange(SAMPLES)
    waves = [50 + 30 * np.sin(at / SAMPLES * 12.6 + n) for n in range(CURVES)]
    return np.clip(np.array(waves) + rng.normal(0, noise, (CURVES, SAMPLES)), 0, 100)


def columns(day: Floats, count: int) -> tuple[Floats, Floats]:
    starts = np.arange(count) * SAMPLES // count
    return np.minimum.reduceat(day, starts, axis=1), np.maximum.reduceat(day, starts, axis=1)


class Bare(QWidget):
    """The floor: a background and one polyline through least and greatest of each column."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._points = np.empty((CURVES, 2 * width, 2))
        self._points[:, :, 0] = np.repeat(np.arange(width) + 0.5, 2)

    def show_columns(self, low: Floats, high: Floats) -> None:
        height = SIZE[1] // STRIPS
        tops = (np.arange(CURVES) * STRIPS // CURVES * height)[:, None]
        self._points[:, 0::2, 1] = tops + (100 - high) / 100 * (height - 1)
        self._points[:, 1::2, 1] = tops + (100 - low) / 100 * (height - 1)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        p, look = QPainter(self), theme()
        p.fillRect(self.rect(), look.panel)
        for number, points in enumerate(self._points):
            p.setPen(QPen(look.pens[number % len(look.pens)], 1))
            p.drawPolyline(polygon(points))


def polygon(points: Floats) -> QPolygonF:
    """Copy points to where Qt keeps them; lists of QPointF would take ten times as long."""
    made = QPolygonF()
    made.resize(len(points))
    memory: Any = shiboken6.VoidPtr(made.data(), points.nbytes, True)  # type: ignore[call-arg, arg-type]
    np.frombuffer(memory, np.float64).reshape(points.shape)[:] = points
    return made


def strips() -> list[Strip]:
    each = CURVES // STRIPS
    return [
        Strip(
            f"Strip {s}",
            "Cel",
            tuple(Curve("p", str(n), f"Curve {n}", n % 6) for n in range(s * each, (s + 1) * each)),
            0.0,
            100.0,
        )
        for s in range(STRIPS)
    ]


class Ours:
    """A view with a day of everything, and what happens to it."""

    def __init__(self, day: Floats, *, legend: bool) -> None:
        self._day, self._now = day, NOW
        self.view = CurveView("Benchmark", NOW, legend=legend)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.resize(*SIZE)
        self.view.wanted.connect(self._answer)
        self.view.set_strips(strips())
        self.view.follow(SAMPLES * SECOND)
        self.view.show()
        QApplication.processEvents()

    def _answer(self, request: Request) -> None:
        low, high = columns(self._day, request.grid.count)
        good = np.zeros(request.grid.count, np.uint8)
        found = tuple(Columns(a, b, a, good) for a, b in zip(low, high, strict=True))
        self.view.answer(Answer(request.number, request.grid, found))

    def repaint(self) -> None:
        """Draw everything from the columns: what another look asks for."""
        self.view._relook()
        QApplication.processEvents()

    def from_samples(self) -> None:
        """Find the columns in all samples, then draw: what another range asks for."""
        self.view.reload()
        QApplication.processEvents()

    def column(self) -> None:
        """Let a whole column of time pass and draw what came."""
        self._now += self.view.grid.step_us
        self.view.advance(self._now)
        self._sample(50 + self._now // SECOND % 7)

    def second(self) -> None:
        """Take a second's samples while the newest column goes on."""
        self._sample(50.0)

    def _sample(self, value: float) -> None:
        numbers, at = np.arange(CURVES), np.full(CURVES, self._now - 1)
        self.view.append(numbers, at, np.full(CURVES, value), np.zeros(CURVES, np.uint8))
        QApplication.processEvents()


def pyqtgraph_default(day: Floats, qtbot: QtBot) -> Callable[[], None]:
    import pyqtgraph as pg

    plot = pg.PlotWidget()
    qtbot.addWidget(plot)
    plot.resize(*SIZE)
    plot.showGrid(x=True, y=True)
    curves = [plot.plot(pen=theme().pens[n % 6]) for n in range(CURVES)]
    plot.show()
    at = np.arange(SAMPLES, dtype=np.float64)

    def update() -> None:
        nonlocal at
        at = at + 1.0
        for curve, values in zip(curves, day, strict=True):
            curve.setData(at, values)
        assert plot.isVisible()  # a plot that nobody holds would be gone with its curves
        QApplication.processEvents()

    return update


def medians_ms(todo: dict[str, Callable[[], None]], rounds: int) -> dict[str, float]:
    """CPU time of each in turns, after one unmeasured round: what else runs does not count."""
    times: dict[str, list[float]] = {name: [] for name in todo}
    for turn in range(rounds + 1):
        for name, do in todo.items():
            began_s = time.process_time()
            do()
            if turn:
                times[name].append((time.process_time() - began_s) * 1e3)
    return {name: statistics.median(each) for name, each in times.items()}


def tell(told: dict[str, Any], record_property: Callable[[str, object], None]) -> None:
    for name, value in told.items():
        record_property(name, value)
    print(told)  # noqa: T201  shown with -s: the figures are the point


@pytest.mark.parametrize("noise", NOISES)
def test_a_day_of_64_curves(
    qtbot: QtBot, record_property: Callable[[str, object], None], noise: str, request: Any
) -> None:
    apply("light")
    rounds = ROUNDS if request.config.getoption("benchmark_enable") else 1
    day = samples(NOISES[noise])
    with on_one_cpu():
        ours, silent = Ours(day, legend=True), Ours(day, legend=False)
        bare = Bare(SIZE[0])
        for widget in (ours.view, silent.view, bare):
            qtbot.addWidget(widget)
        bare.resize(*SIZE)
        bare.show_columns(*columns(day, SIZE[0]))
        bare.show()

        def bare_from_samples() -> None:
            bare.show_columns(*columns(day, SIZE[0]))
            bare.repaint()

        ms = medians_ms(
            {
                "bare": bare.repaint,
                "bare_from_samples": bare_from_samples,
                "full": ours.repaint,
                "full_from_samples": ours.from_samples,
                "column": silent.column,
                "column_and_64_values": ours.column,
                "within_column": silent.second,
            },
            rounds,
        )
        default = pyqtgraph_default(day, qtbot)
        ms |= medians_ms({"pyqtgraph": default}, min(rounds, 3))
    told: dict[str, Any] = {f"{name}_ms": round(value, 2) for name, value in ms.items()}
    told |= {
        "full_to_bare": round(ms["full"] / ms["bare"], 2),
        "from_samples_to_bare": round(ms["full_from_samples"] / ms["bare_from_samples"], 2),
        "pyqtgraph_to_full": round(ms["pyqtgraph"] / ms["full"], 1),
        "pyqtgraph_to_from_samples": round(ms["pyqtgraph"] / ms["full_from_samples"], 1),
        "column_to_full": round(ms["column"] / ms["full"], 3),
        "column_to_from_samples": round(ms["column"] / ms["full_from_samples"], 3),
        "column_to_bare": round(ms["column"] / ms["bare"], 3),
    }
    tell(told, record_property)
    # What no load on the machine can turn round.
    assert ms["full"] < ms["pyqtgraph"]
    assert ms["column"] < ms["full_from_samples"]
    assert silent.view.full_repaints < 10
    if request.config.getoption("benchmark_enable"):
        assert told["full_to_bare"] <= 1.2
        assert told["from_samples_to_bare"] <= 1.2
        assert told["pyqtgraph_to_from_samples"] >= 12
        assert told["column_to_from_samples"] <= 0.1


def polylines(
    p: QPainter, rect: QRectF, past: Floats, low: float, high: float, limits: tuple[float, ...]
) -> None:
    """A small trend drawn by QPainter: one polyline through lowest and highest of each slice."""
    area = QRectF(rect.toRect())
    height = area.height() - 1
    p.setPen(QPen(theme().line, 1, Qt.PenStyle.DotLine))
    for limit in limits:
        y = round(area.bottom() - (limit - low) / (high - low) * height)
        p.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
    p.setPen(QPen(theme().muted, 1))
    step = area.width() / past.shape[1]
    ys = area.bottom() - 1 - (np.clip(past, low, high) - low) / (high - low) * height
    xs = (area.left() + (n + 0.5) * step for n in range(past.shape[1]))
    p.drawPolyline([QPointF(x, y) for x, pair in zip(xs, ys.T, strict=True) for y in pair])


def test_60_tiles(
    qapp: QApplication, record_property: Callable[[str, object], None], request: Any
) -> None:
    apply("light")
    rounds = ROUNDS if request.config.getoption("benchmark_enable") else 1
    rng = np.random.default_rng(7)
    pasts = np.sort(46 + rng.normal(0, 2, (TILES, 2, SLICES)), axis=1)
    image = QImage(*SIZE, QImage.Format.Format_RGB32)

    def tiles(draw: Callable[..., None]) -> Callable[[], None]:
        def all_tiles() -> None:
            p = QPainter(image)
            for number, past in enumerate(pasts):
                box = QRectF(number % 10 * 160, number // 10 * 150, 150, 50)
                draw(p, box, past, 30.0, 60.0, (52.0, 58.0))
            p.end()

        return all_tiles

    with on_one_cpu():
        ms = medians_ms({"ours": tiles(spark), "polylines": tiles(polylines)}, rounds)
    tell({f"60_tiles_{name}_ms": round(value, 2) for name, value in ms.items()}, record_property)
    if request.config.getoption("benchmark_enable"):
        assert ms["ours"] <= 10
