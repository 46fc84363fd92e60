"""Signs as data: every name that a procedure may use, path data of all kinds, faults named."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import pictograms
from console.svg_path import PathError, Segment, arc_curves, parse_path
from drivers.files import FileError
from procedures.spec_parts import Hazard, PpeItem
from procedures.spec_parts import Pictogram as PictogramName

MORE = ("lock_out", "read_manual", "no_open_flame", "do_not_switch", "disconnect")
WANTED = (*get_args(PictogramName), *get_args(PpeItem), *MORE)
SHAPES = {"general": "warning", "apron": "mandatory", "do_not_switch": "prohibition"}

GOOD = """
[colour]
black = "#000000"
[frame.warning]
ink = "black"
ground = "black"
middle = [60, 40]
scale = 0.5
below = [{ d = "M 0 0 H 100", width = 5 }]
[sign.general]
shape = "warning"
path = [{ d = "M 50 50 h 20 v 20 z" }]
"""


@pytest.mark.parametrize("name", WANTED)
def test_there_is_a_sign_for_every_name(name: str) -> None:
    sign = pictograms.pictogram(name)
    assert sign.paths
    assert set(sign.paths) < set(sign.layers)


def test_no_sign_is_shipped_that_nobody_asks_for() -> None:
    assert sorted(pictograms.names()) == sorted(WANTED)


@pytest.mark.parametrize("name", WANTED)
def test_a_sign_stays_in_its_box_with_what_its_lines_are_wide(name: str) -> None:
    for shape in pictograms.pictogram(name).layers:
        xs, ys = points_of(shape.segments)
        reach = shape.width / 2 - 1e-6
        assert min(*xs, *ys) - reach >= -1
        assert max(*xs, *ys) + reach <= 101


@pytest.mark.parametrize("name", WANTED)
def test_a_picture_stands_in_the_middle_of_its_sign(name: str) -> None:
    xs, _ys = zip(
        *(ends for shape in pictograms.pictogram(name).paths for ends in drawn_box(shape)),
        strict=True,
    )
    assert (min(xs) + max(xs)) / 2 == pytest.approx(50, abs=5)


@pytest.mark.parametrize("name", get_args(PictogramName))
def test_a_picture_of_a_warning_leaves_yellow_between_itself_and_the_edge(name: str) -> None:
    black = [shape for shape in pictograms.pictogram(name).paths if shape.line == "#000000"]
    for shape in black:
        for x, y in zip(*points_of(shape.segments), strict=True):
            # Inside of the black edge: a triangle with its top at (50, 13).
            room = (y - 13) * math.tan(math.radians(30)) - abs(x - 50)
            assert room * math.cos(math.radians(30)) >= shape.width / 2 + 1
            assert y + shape.width / 2 <= 83.5


@pytest.mark.parametrize("name", WANTED)
def test_lines_are_thick_enough_to_print_at_12_mm(name: str) -> None:
    least_mm = 0.25
    for shape in pictograms.pictogram(name).paths:
        if shape.width and shape.fill == "none":
            assert shape.width / 100 * 12 >= least_mm


def test_shapes_are_those_of_iso_3864() -> None:
    found = {name: pictograms.pictogram(name).shape for name in SHAPES}
    assert found == SHAPES
    assert {pictograms.pictogram(n).shape for n in get_args(PpeItem)} == {"mandatory"}
    assert {pictograms.pictogram(n).shape for n in get_args(PictogramName)} == {"warning"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        pictograms.pictogram("unicorn")


def test_every_signal_word_has_its_colours_and_only_a_notice_has_no_symbol() -> None:
    words = get_args(Hazard.model_fields["signal"].annotation)
    bars = {word: pictograms.signal(word) for word in words}
    assert len({bar.ground for bar in bars.values()}) == 4
    assert [word for word, bar in bars.items() if not bar.has_symbol] == ["notice"]


# ---- the file ------------------------------------------------------------------------------


def read(tmp_path: Path, text: str) -> pictograms.SafetySigns:
    file = tmp_path / "signs.toml"
    file.write_text(text, encoding="utf-8")
    return pictograms.read_signs(file)


def test_a_picture_is_placed_by_its_frame(tmp_path: Path) -> None:
    sign = read(tmp_path, GOOD).signs["general"]
    placed: tuple[Segment, ...] = (("M", 60, 40), ("L", 70, 40), ("L", 70, 50), ("Z",))
    around: tuple[Segment, ...] = (("M", 0, 0), ("L", 100, 0))
    assert sign.paths[0].segments == placed
    assert sign.layers[0].segments == around


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("M 50 50 h 20", "M 50 50 x 20", "sign 'general' path[1]: at character 9: found 'x 20"),
        ("M 0 0 H 100", "H 100", "frame 'warning' path[1]: begins with 'H'"),
        ('z" }', 'z", fill = "pink" }', "sign 'general' path[1]: unknown colour 'pink'"),
        ('ink = "black"', 'ink = "pink"', "frame 'warning': unknown colour 'pink'"),
        ('shape = "warning"', 'shape = "mandatory"', "sign 'general': there is no frame"),
        ('shape = "warning"', 'shape = "star"', "shape"),
        ('"#000000"', '"black"', "colour black"),
        ("scale = 0.5", "scale = 0", "frame warning scale"),
        ("scale = 0.5", "scale = 0.5\nweight = 3", "weight: unknown key"),
    ],
)
def test_a_fault_names_file_sign_and_what_was_found(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in GOOD
    with pytest.raises(FileError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert "signs.toml" in str(caught.value)
    assert told in str(caught.value)


# ---- path data -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("M1 2L3 4z", (("M", 1, 2), ("L", 3, 4), ("Z",))),
        ("m1,2 3,4", (("M", 1, 2), ("L", 4, 6))),
        ("M0 0h5v-5H1V1", (("M", 0, 0), ("L", 5, 0), ("L", 5, -5), ("L", 1, -5), ("L", 1, 1))),
        ("M.5.5-1e1+2", (("M", 0.5, 0.5), ("L", -10, 2))),
        (
            "M0 0C1 1 2 1 3 0s2-1 3 0",
            (("M", 0, 0), ("C", 1, 1, 2, 1, 3, 0), ("C", 4, -1, 5, -1, 6, 0)),
        ),
        ("M0 0S2 1 3 0", (("M", 0, 0), ("C", 0, 0, 2, 1, 3, 0))),
        ("M0 0Q3 3 6 0", (("M", 0, 0), ("C", 2, 2, 4, 2, 6, 0))),
        ("M1 1H2ZL5 5", (("M", 1, 1), ("L", 2, 1), ("Z",), ("M", 1, 1), ("L", 5, 5))),
        ("M1 1H2Zm1 1", (("M", 1, 1), ("L", 2, 1), ("Z",), ("M", 2, 2))),
        ("M1 1A0 5 0 0 1 9 9", (("M", 1, 1), ("L", 9, 9))),
        ("M1 1A5 5 0 0 1 1 1", (("M", 1, 1),)),
    ],
)
def test_path_data_becomes_absolute(text: str, segments: tuple[Segment, ...]) -> None:
    found = parse_path(text)
    assert [s[0] for s in found] == [s[0] for s in segments]
    assert [n for s in found for n in s[1:]] == pytest.approx([n for s in segments for n in s[1:]])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("L 1 1", "begins with 'L'"),
        ("M 1", "found the end where a number is needed"),
        ("M 1 1 L 2", "at character 10: found the end where a number is needed"),
        (
            "M 1 1 T 2 2",
            "at character 7: found 'T 2 2' where one of the commands M L H V C S Q A Z",
        ),
        ("M 1 1 A 1 1 0 2 0 3 3", "found '2 0 3 3' where a flag, 0 or 1 is needed"),
        ("M 1 1e999", "out of range"),
        ("M 1 nan", "found 'nan' where a number is needed"),
        ("M 1 1 Z 5", "found '5'"),
        ("M" + " 1 1" * 10_000, "at most 20000"),
    ],
)
def test_path_data_that_is_wrong_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(PathError) as caught:
        parse_path(text)
    assert told in str(caught.value)


@given(st.text(alphabet="MmLlHhVvCcSsQqAaZz0123456789.,+-e \n", max_size=80))
def test_any_text_is_parsed_or_refused_and_what_is_parsed_is_finite(text: str) -> None:
    try:
        segments = parse_path(text)
    except PathError:
        return
    assert segments[0][0] == "M"
    lengths = {"M": 2, "L": 2, "C": 6, "Z": 0}
    for before, segment in pairwise(segments):
        assert len(segment) - 1 == lengths[segment[0]]
        assert all(math.isfinite(number) for number in segment[1:])
        assert before[0] != "Z" or segment[0] == "M"


@given(
    st.floats(1, 50),
    st.floats(1, 50),
    st.floats(-360, 360),
    st.booleans(),
    st.booleans(),
    st.floats(-50, 50),
    st.floats(-50, 50),
)
def test_an_arc_lies_on_its_ellipse(
    rx: float, ry: float, turn: float, large: bool, sweep: bool, x: float, y: float
) -> None:
    if math.hypot(x, y) < 0.1:
        return
    curves = list(arc_curves((0.0, 0.0), (rx, ry), turn, (large, sweep), (x, y)))
    assert curves[-1][2] == (x, y)
    at = (0.0, 0.0)
    ends = [at]
    for _one, _two, end in curves:
        ends.append(end)
        at = end
    # Turned upright and made a circle, every end is as far from the middle of the circle.
    c, s = math.cos(math.radians(-turn)), math.sin(math.radians(-turn))
    round_ = [((c * u - s * v) / rx, (s * u + c * v) / ry) for u, v in ends]
    if len(round_) >= 4:
        middle, radius = circle(round_[0], round_[1], round_[2])
        for u, v in round_:
            assert math.hypot(u - middle[0], v - middle[1]) == pytest.approx(radius, rel=1e-3)


def circle(
    a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    """The circle through three points."""
    d = 2 * (a[0] * (b[1] - c[1]) + b[0] * (c[1] - a[1]) + c[0] * (a[1] - b[1]))
    squares = [p[0] ** 2 + p[1] ** 2 for p in (a, b, c)]
    x = (squares[0] * (b[1] - c[1]) + squares[1] * (c[1] - a[1]) + squares[2] * (a[1] - b[1])) / d
    y = (squares[0] * (c[0] - b[0]) + squares[1] * (a[0] - c[0]) + squares[2] * (b[0] - a[0])) / d
    return (x, y), math.hypot(a[0] - x, a[1] - y)


def points_of(segments: tuple[Segment, ...]) -> tuple[list[float], list[float]]:
    """Points all along a path: sixteen of every curve, the ends of every line."""
    xs, ys = [], []
    at = (0.0, 0.0)
    for kind, *n in segments:
        if kind == "C":
            for i in range(1, 17):
                t = i / 16
                a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
                xs.append(a * at[0] + b * n[0] + c * n[2] + d * n[4])
                ys.append(a * at[1] + b * n[1] + c * n[3] + d * n[5])
        elif kind != "Z":
            xs.append(n[0])
            ys.append(n[1])
        if n:
            at = (n[-2], n[-1])
    return xs, ys


def drawn_box(shape: pictograms.PathShape) -> tuple[tuple[float, float], tuple[float, float]]:
    """The corners of what is drawn of a path."""
    xs, ys = points_of(shape.segments)
    reach = shape.width / 2
    return (min(xs) - reach, min(ys) - reach), (max(xs) + reach, max(ys) + reach)
