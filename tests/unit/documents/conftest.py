"""Chinese forms are made with every part of the catalogue, merged or not."""

from __future__ import annotations

import pytest

import console.text
from tests.unit.documents import kit


@pytest.fixture(autouse=True)
def _whole_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {"en": {}, "zh_CN": kit.chinese()}
    monkeypatch.setattr(console.text, "_read", whole.__getitem__)
