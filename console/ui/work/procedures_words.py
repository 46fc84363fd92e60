"""The words of the procedure language as the console says them, and changes between revisions.

Every value of a table is a key of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from console.text import tr
from procedures.diff import Change

SIGNAL_NAMES = {
    "danger": "DANGER",
    "warning": "WARNING",
    "caution": "CAUTION",
    "notice": "NOTICE",
}
COOLING_NAMES = {"single_phase": "single-phase", "two_phase": "two-phase", "air": "air-cooled"}
SUBJECT_NAMES = {
    "tank": "Tank",
    "server": "Server",
    "rack": "Rack",
    "gpu": "GPU module",
    "pump": "Pump",
    "filter": "Filter",
    "cdu": "Cooling unit",
}
FLUID_NAMES = {
    "tank_fluid": "fluid of the tank",
    "isopropyl_alcohol": "isopropyl alcohol",
    "detergent": "detergent",
    "water": "water",
    "other": "other fluid",
}
PPE_NAMES = {
    "nitrile_gloves": "nitrile gloves",
    "insulating_gloves": "insulating gloves",
    "cryogenic_gloves": "cryogenic gloves",
    "eye_protection": "eye protection",
    "face_shield": "face shield",
    "apron": "apron",
    "sleeves": "sleeves",
    "anti_slip_shoes": "anti-slip shoes",
    "safety_shoes": "safety shoes",
    "helmet": "helmet",
    "respirator": "respirator",
    "wrist_strap": "wrist strap",
}
SECOND_NAMES = {
    "concurrent": "watches it being done",
    "independent": "looks at it afterwards",
}
TAKEN_NAMES = {"as_found": "as found", "as_left": "as left", "reading": "reading"}
ANSWERS_OUTSIDE = {
    "refuse": "outside: measure again",
    "deviate": "outside: only with a deviation",
    "goto": "outside: go another way",
}
LOCK_NAMES = {"hang": "Hang your lock", "remove": "Take your lock off"}
STEP_NAMES = {
    "submitted": "Submitted",
    "returned": "Given back",
    "approved": "Approved",
    "superseded": "Superseded",
}
SEVERITY_NAMES = {"error": "error", "warning": "note"}
CHANGE_NAMES = {
    name: name
    for name in (
        *("limit", "check", "title", "purpose", "instruction", "why", "expected result", "text"),
        *("oldest value", "time met without a gap", "grace", "minimum", "maximum", "warning"),
        *("lower limit", "upper limit", "hazards", "hazard", "way to safe", "where not fitted"),
        *("consequence", "avoid", "signal", "pictogram", "type", "minutes", "author", "sources"),
        *("step", "phase", "gate", "gate before", "invariant", "value", "scan", "photo", "item"),
        *("lock", "tool", "spare", "people", "fluid", "permit", "count", "ppe", "qualifications"),
        *("clock", "expects alarm", "phases", "order of steps", "order of phases", "timer", "sign"),
        *("hold", "skip", "ask", "on fail", "safe state", "calibrated", "unit", "kind", "litres"),
        *("languages", "exclusive", "applies_to", "requires", "subjects", "the procedure"),
    )
}
"""What can differ between two revisions; a key of the catalogue each."""
_MORE = {"added": "{name} added", "removed": "{name} removed", "changed": "{name} changed"}
_WHAT = re.compile(r"^(?P<name>.*?)(?: \((?P<language>[a-z]{2}(?:_[A-Z]{2})?)\))?"
                   r"(?: (?P<how>added|removed|changed):)?$")  # fmt: skip


def named(names: Mapping[str, str], word: str) -> str:
    """Return the word of a table in the reader's language; one that is not in it as it is."""
    return tr(names[word]) if word in names else word.replace("_", " ")


def change_words(change: Change) -> tuple[str, str]:
    """Return where and what changed, in the reader's language; ids stay as they are."""
    where = ", ".join(_place(part) for part in change.where.split(", "))
    found = _WHAT.match(change.what)
    what = change.what
    if found:
        what = named(CHANGE_NAMES, found["name"])
        if found["language"]:
            what = f"{what} ({found['language']})"
        if found["how"]:
            what = tr(_MORE[found["how"]], name=what)
    values = " \N{RIGHTWARDS ARROW} ".join(filter(None, (change.before, change.after)))
    return where, f"{what}: {values}" if values else what


def _place(part: str) -> str:
    """Translate the sort of a place and leave its id: ``step cool-enough``."""
    if part in CHANGE_NAMES:
        return tr(part)
    head, _, name = part.rpartition(" ")
    return f"{tr(head)} {name}" if head in CHANGE_NAMES else part
