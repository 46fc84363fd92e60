"""A whole result as lines of text, for the terminal and the window."""

from __future__ import annotations

from collections.abc import Iterator

from console.text import tr
from console.training.result import Score
from console.training.scenario import said

ENDS = {
    "finished": "The work came to its end",
    "safe": "The work was broken off and made safe",
    "": "The work was left in the middle",
}
"""How a training's work ended; a key of the catalogue each."""


def verdict_line(score: Score) -> str:
    """Return the one line that matters: passed or not, with points."""
    told = {"points": score.points, "mark": score.pass_mark}
    if score.passed:
        return tr("Passed: {points} of 100 points, {mark} are needed", **told)
    return tr("Not passed: {points} of 100 points, {mark} are needed", **told)


def points_line(score: Score) -> str:
    """Return the points beside what is needed."""
    told = {"points": score.points, "mark": score.pass_mark}
    return tr("{points} of 100 points; {mark} are needed", **told)


def result_lines(score: Score) -> Iterator[str]:
    """Yield a result as lines of plain text, every deduction by name."""
    yield verdict_line(score)
    yield tr(ENDS[score.ended])
    yield tr(
        "Hands' time {worked} s (a good time is {par} s), "
        "{attempts} gates attempted, {errors} errors",
        worked=round(score.worked_s),
        par=round(score.par_s),
        attempts=score.gates_attempted,
        errors=score.errors,
    )
    for one in score.reactions:
        mark = tr("done") if one.is_met else tr("NOT DONE")
        after = f" ({one.seconds:g} s)" if one.seconds is not None else ""
        yield f"  {mark}: {said(dict(one.text))}{after}"
    for fault in score.deductions:
        where = f"  [{fault.step}]" if fault.step else ""
        grave = f"  {tr('decisive')}" if fault.critical else ""
        yield f"  \N{MINUS SIGN}{fault.points}{where}  {fault.sentence}{grave}"
