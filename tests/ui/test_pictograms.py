"""We read path data as Qt's SVG renderer does, and every sign is drawn as it is written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from console import pictograms
from console.svg_path import parse_path
from console.ui.pictogram import PictogramView, draw, painter_path
from tests.ui.conftest import Look

SIDE = 96
number = st.integers(-90, 90).map(lambda n: n / 2)
place = st.tuples(number, number).map(lambda xy: f"{xy[0]} {xy[1]}")
radius = st.integers(2, 60).map(lambda n: n / 2)
flag = st.sampled_from("01")
arc = st.builds(
    lambda rx, ry, turn, large, sweep, to: f"{rx} {ry} {turn} {large} {sweep} {to}",
    radius,
    radius,
    st.integers(-180, 180),
    flag,
    flag,
    place,
)
command = st.one_of(
    st.builds("{}{}".format, st.sampled_from("LlMm"), place),
    st.builds("{}{}".format, st.sampled_from("HhVv"), number),
    st.builds("{}{} {} {}".format, st.sampled_from("Cc"), place, place, place),
    st.builds("{}{} {}".format, st.sampled_from("SsQq"), place, place),
    st.builds("{}{}".format, st.sampled_from("Aa"), arc),
    st.sampled_from("Zz"),
)
paths = st.builds(
    lambda first, rest: f"M{first} {' '.join(rest)}",
    place,
    st.lists(command, min_size=1, max_size=6),
)


def svg(d: str) -> QSvgRenderer:
    """Qt's own renderer with one path in a box wide enough for all that is tried."""
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-400 -400 800 800">'
        f'<path id="p" fill-rule="evenodd" fill="#000" d="{d}"/></svg>'
    )
    return QSvgRenderer(QByteArray(text.encode()))


@given(paths)
@settings(max_examples=300, deadline=None)
def test_bounds_are_those_of_qt_svg(d: str) -> None:
    ours = painter_path(parse_path(d)).boundingRect()
    theirs = svg(d).boundsOnElement("p")
    for edge in ("left", "top", "right", "bottom"):
        assert getattr(ours, edge)() == pytest.approx(getattr(theirs, edge)(), abs=0.05)


@given(paths)
@settings(max_examples=60, deadline=None)
def test_the_same_points_are_inside(d: str) -> None:
    ours, theirs = canvas(), canvas()
    p = QPainter(ours)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(QColor("#000000"))
    p.translate(SIDE / 2, SIDE / 2)
    p.scale(SIDE / 800, SIDE / 800)
    p.drawPath(painter_path(parse_path(d)))
    p.end()
    p = QPainter(theirs)
    svg(d).render(p, QRectF(0, 0, SIDE, SIDE))
    p.end()
    assert different(ours, theirs) == 0


def canvas() -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(255)
    return image


def different(one: QImage, other: QImage) -> int:
    """How many pixels are clearly not the same."""
    pairs = zip(bytes(one.constBits()), bytes(other.constBits()), strict=True)
    return sum(abs(a - b) > 40 for a, b in pairs)


@pytest.mark.parametrize("name", pictograms.names())
def test_a_sign_is_drawn_with_the_colours_of_its_shape(name: str, look: Look) -> None:
    look.use("contrast")
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#00FF00"))
    p = QPainter(image)
    draw(p, QRectF(0, 0, SIDE, SIDE), name)
    p.end()
    found = {image.pixelColor(x, y).name().upper() for x in range(SIDE) for y in range(SIDE)}
    wanted = {
        "warning": {"#FFCC00", "#000000"},
        "mandatory": {"#00538B", "#FFFFFF"},
        "prohibition": {"#B5121B", "#FFFFFF", "#000000"},
    }[pictograms.pictogram(name).shape]
    assert wanted <= found
    assert image.pixelColor(0, 0).name() == "#00ff00"


@pytest.mark.parametrize("name", pictograms.names())
def test_a_sign_can_be_told_from_every_other_one_at_32_pixels(name: str, look: Look) -> None:
    look.use()
    mine = small(name)
    for other in pictograms.names():
        if other != name:
            assert math.dist(mine, small(other)) > 400, other


def small(name: str) -> bytes:
    image = QImage(32, 32, QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    p = QPainter(image)
    draw(p, QRectF(0, 0, 32, 32), name)
    p.end()
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    return bytes(grey.constBits())


def test_an_unknown_sign_is_refused(look: Look) -> None:
    with pytest.raises(KeyError):
        draw(QPainter(), QRectF(0, 0, 10, 10), "unicorn")


def test_on_a_dark_ground_a_light_rim_keeps_the_edge_apart(look: Look) -> None:
    look.use("dark")
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGB32)
    image.fill(QColor("#2A2D30"))
    p = QPainter(image)
    draw(p, QRectF(0, 0, SIDE, SIDE), "general")
    p.end()
    column = [image.pixelColor(SIDE // 2, y).lightness() for y in range(SIDE)]
    edge = next(y for y, light in enumerate(column) if light != column[0])
    assert max(column[edge : edge + 5]) > 150
    assert min(column[edge : edge + 12]) < 30


def test_a_sign_as_a_widget_says_what_it_is(look: Look, qtbot: object) -> None:
    look.use()
    view = PictogramView("apron", "Wear an apron", 48)
    assert view.accessibleName() == "Wear an apron"
    assert view.sizeHint().width() == 48
    assert not view.grab().isNull()
