"""Colours that can be read, told apart and trusted to mean something, in every theme."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from console.ui import paint, theme
from console.ui.theme import Theme
from tests.ui.conftest import Look

THEMES = ("light", "dark", "contrast", "contrast-dark")
HIGH = ("contrast", "contrast-dark")
Matrix = NDArray[np.float64]

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = TO_XYZ.sum(axis=1)


def contrast(a: QColor, b: QColor) -> float:
    """WCAG 2 contrast ratio."""
    high, low = sorted((paint.luminance(a), paint.luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def linear(colour: QColor) -> Matrix:
    c = np.array([colour.redF(), colour.greenF(), colour.blueF()])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: Matrix) -> Matrix:
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(a: QColor, b: QColor, seen_as: Matrix) -> float:
    """CIE 1976 colour difference; 2.3 is just noticeable."""
    return float(np.linalg.norm(lab(seen_as @ linear(a)) - lab(seen_as @ linear(b))))


@pytest.mark.parametrize("theme_id", THEMES)
def test_texts_can_be_read_on_what_they_stand_on(theme_id: str) -> None:
    t = Theme.load(theme_id)
    least = 7.0 if theme_id in HIGH else 4.5
    for ground in (t.background, t.panel):
        for ink in (t.text, t.value, t.muted):
            assert contrast(ink, ground) >= least, (ink.name(), ground.name())
    for chosen in (t.desired, t.range):
        assert contrast(t.text, chosen) >= 4.5, (t.text.name(), chosen.name())
        assert contrast(t.value, chosen) >= 4.0, (t.value.name(), chosen.name())


@pytest.mark.parametrize("theme_id", THEMES)
def test_marks_and_lines_can_be_seen_on_a_panel(theme_id: str) -> None:
    t = Theme.load(theme_id)
    for ground in (t.background, t.panel):
        for mark in (t.focus, t.stale, t.suppressed):
            assert contrast(mark, ground) >= 3.0, (mark.name(), ground.name())
    for pen in t.pens:
        assert contrast(pen, t.panel) >= 3.0, pen.name()
    for colour in t.priority.values():
        assert contrast(paint.ink_on(colour), colour) >= 4.5, colour.name()
        assert contrast(colour, t.panel) >= (4.5 if theme_id in HIGH else 1.7), colour.name()


@pytest.mark.parametrize("theme_id", THEMES)
@pytest.mark.parametrize(
    ("seen_as", "least"),
    [(np.eye(3), 25.0), (PROTANOPIA, 10.0), (DEUTERANOPIA, 10.0)],
    ids=["full colour", "protanopia", "deuteranopia"],
)
def test_priorities_differ_in_colour(theme_id: str, seen_as: Matrix, least: float) -> None:
    colours = Theme.load(theme_id).priority
    for one, other in combinations(colours, 2):
        apart = difference(colours[one], colours[other], seen_as)
        assert apart >= least, (one, other, round(apart, 1))


@pytest.mark.parametrize("theme_id", THEMES)
@pytest.mark.parametrize("side", [14, 20, 24])
def test_priorities_differ_by_shape_and_number_in_greyscale(
    look: Look, theme_id: str, side: int
) -> None:
    look.use(theme_id)
    marks = {p: grey_mark(p, side) for p in theme.theme().priority}
    for one, other in combinations(marks, 2):
        differing = np.abs(marks[one].astype(int) - marks[other].astype(int)) > 32
        assert differing.mean() >= 0.08, (one, other, round(float(differing.mean()), 3))


def grey_mark(priority: int, side: int) -> NDArray[np.uint8]:
    """Return a mark as a greyscale printer would print it, shape (side, side)."""
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(theme.theme().panel)
    p = QPainter(image)
    paint.priority_mark(p, QRectF(0, 0, side, side), priority)
    p.end()
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grey.constBits(), np.uint8).reshape(side, grey.bytesPerLine())
    return rows[:, :side].copy()


@pytest.mark.parametrize("theme_id", THEMES)
def test_saturated_colour_is_kept_for_priorities(theme_id: str) -> None:
    t = Theme.load(theme_id)
    least = min(chroma(colour) for colour in t.priority.values())
    calm = [t.background, t.panel, t.line, t.text, t.muted, t.value, t.normal, t.range]
    calm += [t.desired, t.fluid, t.suppressed, t.stale]
    if theme_id not in HIGH:
        calm += [*t.pens, t.focus]
    for colour in calm:
        assert chroma(colour) <= 0.35 < least, colour.name()


def chroma(colour: QColor) -> float:
    channels = (colour.redF(), colour.greenF(), colour.blueF())
    return max(channels) - min(channels)


def test_an_unknown_theme_is_refused_by_name(qapp: QApplication) -> None:
    with pytest.raises(ValueError, match="unknown theme 'neon'; there are light, dark"):
        theme.apply("neon")


def test_sizes_follow_glove_mode_and_the_palette_follows_the_theme(
    qapp: QApplication, look: Look
) -> None:
    look.use("dark", glove=True)
    assert theme.metrics().target >= 60
    assert theme.metrics().strip >= theme.metrics().target
    assert qapp.palette().window().color() == theme.theme().background
    look.use("contrast")
    assert theme.metrics().target == 40
    assert qapp.palette().window().color().name() == "#ffffff"


def test_only_the_allowed_sizes_of_type_exist(qapp: QApplication) -> None:
    assert theme.font(13, bold=True).bold()
    with pytest.raises(ValueError, match="12 pt is not among the sizes"):
        theme.font(12)
