"""Every kind of event that a part of the console makes is one that the log has a label for."""

from __future__ import annotations

from enum import StrEnum

import pytest

from console.alarms.events import AlarmKind
from console.documents.events import DocumentKind
from console.history.kinds import LABELS, Kind
from console.training.kinds import TRAINING_LABELS, TrainingKind
from console.work.events import Kind as ModelKind
from console.work.reviews.kinds import REVIEW_LABELS, ReviewKind
from procedures.engine.events import KIND_LABELS, WorkKind


@pytest.mark.parametrize(
    "made", [AlarmKind, DocumentKind, ModelKind, ReviewKind, TrainingKind, WorkKind]
)
def test_the_log_knows_every_kind(made: type[StrEnum]) -> None:
    assert {str(kind) for kind in made} <= {str(kind) for kind in Kind}


def test_the_engine_and_the_log_call_a_kind_the_same() -> None:
    assert {str(kind): label for kind, label in KIND_LABELS.items()} == {
        str(kind): LABELS[Kind(str(kind))] for kind in WorkKind
    }


def test_training_and_the_log_call_a_kind_the_same() -> None:
    assert {str(kind): label for kind, label in TRAINING_LABELS.items()} == {
        str(kind): LABELS[Kind(str(kind))] for kind in TrainingKind
    }


def test_the_review_and_the_log_call_a_kind_the_same() -> None:
    assert {str(kind): label for kind, label in REVIEW_LABELS.items()} == {
        str(kind): LABELS[Kind(str(kind))] for kind in ReviewKind
    }
