"""The kinds of event that training makes; none is ever renamed.

| kind | log | members of the body |
|---|---|---|
| ``training.begun`` | training | ``scenario procedure revision person target run by_script`` |
| ``training.fault`` | training | ``fault inject target`` |
| ``training.label_read`` | training | ``scan reads`` |
| ``training.override_asked`` | training | ``gate step granted`` |
| ``training.ended`` | training | ``why points passed`` |
| ``training.taken`` | the site's | ``file sha256 outcome values`` and of the result, below |
| ``training.refused`` | the site's | ``file sha256 why values sentence`` and of the result |

Of the result: ``result person scenario points passed pass_mark qualification by_script log``.
"""

from __future__ import annotations

from enum import StrEnum


class TrainingKind(StrEnum):
    """Kinds of event."""

    BEGUN = "training.begun"
    FAULT = "training.fault"
    LABEL_READ = "training.label_read"
    OVERRIDE_ASKED = "training.override_asked"
    ENDED = "training.ended"
    TAKEN = "training.taken"
    REFUSED = "training.refused"


TRAINING_LABELS = {
    TrainingKind.BEGUN: "Training begun",
    TrainingKind.FAULT: "Training: something goes wrong",
    TrainingKind.LABEL_READ: "Training: label read",
    TrainingKind.OVERRIDE_ASKED: "Training: override asked for",
    TrainingKind.ENDED: "Training ended",
    TrainingKind.TAKEN: "Result of a training taken",
    TrainingKind.REFUSED: "Result of a training refused",
}
"""The English label of each kind, a key of the catalogue."""
