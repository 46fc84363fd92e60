"""Every kind of event that a part of the console makes is one that the log has a label for."""

from __future__ import annotations

from enum import StrEnum

import pytest

from console.alarms.events import AlarmKind
from console.documents.events import DocumentKind
from console.history.kinds import LABELS, Kind
from console.work.events import Kind as ModelKind
from procedures.engine.events import KIND_LABELS, WorkKind


@pytest.mark.parametrize("made", [AlarmKind, DocumentKind, ModelKind, WorkKind])
def test_the_log_knows_every_kind(made: type[StrEnum]) -> None:
    assert {str(kind) for kind in made} <= {str(kind) for kind in Kind}


def test_the_engine_and_the_log_call_a_kind_the_same() -> None:
    assert {str(kind): label for kind, label in KIND_LABELS.items()} == {
        str(kind): LABELS[Kind(str(kind))] for kind in WorkKind
    }
