"""What tests of the window share: the look and the language, a small site, hands on a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from console import text
from console.demo import PausedDemo, paused_demo
from console.ui import theme


class Look:
    """Chooses theme, glove mode and language for one test."""

    def use(self, theme_id: str = "light", *, glove: bool = False, language: str = "en") -> None:
        text.use_language(language)
        theme.apply(theme_id, glove=glove)


@pytest.fixture
def look(qapp: QApplication) -> Look:
    """Return what chooses the look; it starts light, bare-handed and English."""
    chosen = Look()
    chosen.use()
    return chosen


@pytest.fixture(autouse=True)
def _same_look(qapp: QApplication) -> Iterator[None]:
    """Give every test of the window the look it would have alone."""
    theme.apply("light")
    yield
    if text.language() != "en":
        text.use_language("en")
    if (theme.theme().id, theme.metrics().glove) != ("light", False):
        theme.apply("light")


@pytest.fixture
def demo_of(tmp_path: Path) -> Iterator[Callable[..., PausedDemo]]:
    """Return a maker of paused demo sites (``paused_demo`` less the folder), closed at the end."""
    made: list[PausedDemo] = []

    def make(**options: object) -> PausedDemo:
        folder = tmp_path / f"data-{len(made)}"
        made.append(paused_demo(folder, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for demo in made:
        demo.close()


@pytest.fixture
def demo(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    """Return a small healthy site: two tanks, two hosts with two GPUs each, ten seconds old."""
    return demo_of(tanks=2, hosts=2, gpus=2, seconds=10)
