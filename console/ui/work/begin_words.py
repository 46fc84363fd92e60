"""How the beginning of a procedure reads: the engine's refusals, people's papers, protection."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from console.session.workplace import Workplace
from console.text import tr
from console.ui.work import order_words as words
from console.work.people.roles import shipped_roles
from console.work.people.roster import FOR_EVER, Person
from procedures.engine.sentence import Sentence
from procedures.spec import People, Procedure

PPE_NAMES = {
    "nitrile_gloves": "Nitrile gloves",
    "insulating_gloves": "Insulating gloves",
    "cryogenic_gloves": "Gloves against cold",
    "eye_protection": "Eye protection",
    "face_shield": "Face shield",
    "apron": "Apron",
    "sleeves": "Sleeves",
    "anti_slip_shoes": "Shoes that do not slip",
    "safety_shoes": "Safety shoes",
    "helmet": "Helmet",
    "respirator": "Respirator",
    "wrist_strap": "Wrist strap",
}
"""What is worn; a key of the catalogue each."""
FLUID_NAMES = {
    "tank_fluid": "Fluid of the tank",
    "isopropyl_alcohol": "Isopropyl alcohol",
    "detergent": "Detergent",
    "water": "Water",
    "other": "Other fluid",
}
"""What is at hand; a key of the catalogue each."""
QUALIFICATION_NAMES = {
    "immersion-extraction": "extraction from immersion",
    "gpu-handling": "handling of GPUs",
    "electrical": "electrical work",
}
"""Qualifications of the shipped procedures; a key of the catalogue each."""


def role_name(role: str) -> str:
    """Return a role in the reader's language; one from another version as it is."""
    found = shipped_roles().role.get(role)
    return tr(found.name) if found else role


def qualification_name(name: str) -> str:
    """Return a qualification in the reader's language; one of the site's own as it is."""
    return tr(QUALIFICATION_NAMES[name]) if name in QUALIFICATION_NAMES else name


def papers(person: Person, need: People, utc_us: int) -> str:
    """Return whether somebody has what a place in the crew asks for: valid until when, or not."""
    if not need.qualifications:
        return tr("no qualification needed")
    return "; ".join(_paper(person, name, utc_us) for name in need.qualifications)


def _paper(person: Person, name: str, utc_us: int) -> str:
    found, what = person.qualified.get(name), qualification_name(name)
    if found is None:
        return tr("{what}: not qualified", what=what)
    if found.until_us >= FOR_EVER:
        return tr("{what}: valid", what=what)
    day = datetime.fromtimestamp(found.until_us / 1e6).astimezone().strftime("%Y-%m-%d")
    if found.until_us <= utc_us:
        return tr("{what}: expired {day}", what=what, day=day)
    return tr("{what}: valid until {day}", what=what, day=day)


def is_fit(person: Person, need: People, utc_us: int) -> bool:
    """Whether somebody has the role of a place in the crew, and its qualifications."""
    has_papers = all(person.has(name, utc_us) for name in need.qualifications)
    return need.role in person.roles and has_papers


def refusals(
    place: Workplace,
    procedure: Procedure,
    found: Iterable[Sentence],
    name_of: Callable[[str], str] = str,
) -> list[str]:
    """Return why a run cannot begin, each reason once, and all things that lack in one line."""
    lacking: dict[str, list[str]] = {}
    said: list[str] = []
    for sentence in found:
        about = sentence.values.get("tool") or sentence.values.get("spare")
        if about is None:
            said.append(refusal(place, procedure, sentence, name_of))
        else:
            kind = "calibration" if sentence.code == "calibration" else "missing"
            lacking.setdefault(kind, []).append(_title(procedure, str(about)))
    if "missing" in lacking:
        said.append(tr("Missing: {items}", items=", ".join(lacking["missing"])))
    if "calibration" in lacking:
        items = ", ".join(lacking["calibration"])
        said.append(tr("Out of calibration, or its date is missing: {items}", items=items))
    return list(dict.fromkeys(said))


def _title(procedure: Procedure, thing: str) -> str:
    titles = {tool.id: tool.title for tool in procedure.requires.tools}
    titles |= {spare.id: spare.title for spare in procedure.requires.spares}
    return words.words_of(titles[thing]) if thing in titles else thing


def refusal(
    place: Workplace,
    procedure: Procedure,
    sentence: Sentence,
    name_of: Callable[[str], str] = str,
) -> str:
    """Return why a run cannot begin, with names in place of ids; ``name_of`` names equipment."""
    told: dict[str, object] = {}
    for key, value in sentence.values.items():
        text = str(value)
        match key:
            case "person":
                told[key] = words.person_name(place.room.desk.book, text)
            case "role":
                told[key] = " + ".join(role_name(one) for one in text.split("+"))
            case "qualification":
                told[key] = qualification_name(text)
            case "tool" | "spare":
                told[key] = _title(procedure, text)
            case "subject" if text in procedure.subjects:
                told[key] = words.words_of(procedure.subjects[text].title) or text
            case "subject":
                told[key] = ", ".join(name_of(part) for part in text.split(", "))
            case "state":
                told[key] = tr(text)
            case _:
                told[key] = value
    return tr(sentence.pattern, **told)
