"""What is shipped is known, part by part, with its licence and the licence's text."""

from __future__ import annotations

import tomllib
from importlib import metadata

import resources
from console.about import components, licences_text, resources_known, shipped_names


def test_every_part_has_a_licence_and_its_text() -> None:
    for part in components():
        assert part.texts, part.name
        assert part.licence != "see its text", part.name
        assert all(len(text) > 100 for text in part.texts), part.name


def test_everything_that_tankside_requires_is_among_them() -> None:
    names = set(shipped_names())
    assert {"pyside6-essentials", "shiboken6", "numpy", "psycopg-binary", "pydantic-core"} <= names
    assert not names & {"pytest", "mypy", "pyinstaller", "duckdb", "pyqtgraph"}


def test_qt_is_under_the_lgpl_with_both_texts() -> None:
    qt = next(part for part in components() if part.name == "PySide6_Essentials")
    assert qt.licence == "LGPL-3.0-only"
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in qt.texts[0]
    assert "GNU GENERAL PUBLIC LICENSE" in qt.texts[1]


def test_one_text_holds_them_all() -> None:
    text = licences_text()
    for part in components():
        assert f"{part.name} {part.version}\n" in text
    assert metadata.version("PySide6-Essentials") in text.split("=====")[0]


def test_what_we_add_is_about_packages_that_are_shipped() -> None:
    with resources.path("licences", "known.toml").open("rb") as file:
        assert set(tomllib.load(file)["package"]) == set(resources_known())
    assert set(resources_known()) - set(shipped_names()) <= {"colorama"}
