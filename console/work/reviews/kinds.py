"""What a review tells the log. The subject is the order's number, or the key of what has no order.

| kind | members of the body besides ``id`` and ``run`` |
|---|---|
| ``review.opened`` | ``session section``: that a reviewer had this part on the screen |
| ``review.question`` | ``step text thread turn``: whose thread, what was said before |
| ``review.answered`` | ``thread text turn`` |
| ``review.deviation`` | ``step text disposition`` |
| ``review.change_asked`` | ``step text procedure revision`` |
| ``review.settled`` | ``text signature``: concluded, where there is no order to close |
"""

from __future__ import annotations

from enum import StrEnum


class ReviewKind(StrEnum):
    """Kinds of event of a review; none is ever renamed."""

    OPENED = "review.opened"
    QUESTION = "review.question"
    ANSWERED = "review.answered"
    DEVIATION = "review.deviation"
    CHANGE_ASKED = "review.change_asked"
    SETTLED = "review.settled"


REVIEW_LABELS = {
    ReviewKind.OPENED: "Record looked at",
    ReviewKind.QUESTION: "Question of the reviewer",
    ReviewKind.ANSWERED: "Question answered to the reviewer",
    ReviewKind.DEVIATION: "Deviation found in review",
    ReviewKind.CHANGE_ASKED: "Change of a procedure asked for",
    ReviewKind.SETTLED: "Review concluded",
}
"""The English label of each kind, a key of the catalogue."""
KINDS = frozenset(map(str, ReviewKind))
DISPOSITIONS = {
    "accept": "Accepted as it is",
    "repair": "To be put right",
    "watch": "To be watched",
}
"""What is to come of a deviation that a reviewer found; a key of the catalogue each."""
