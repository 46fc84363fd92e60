"""What a message says, to a person and to a program, in both languages."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from console import text as texts
from console.alarms.definitions import definitions_of, load_definitions
from console.alarms.events import AlarmKey, AlarmKind
from console.alarms.specs import AlarmSpec
from console.event_text import event_text
from console.history.events import EventDraft, Kind
from console.notify.message import Message
from console.notify.policy import Notice, Notifier
from console.notify.words import FAILURES, Speaker, failure_text
from drivers.points import Stamp
from tests.unit.notify.kit import START_US, event, key, notifier, raised

PUMP, HOT = key(), key(alarm="coolant-return-high")
MEASURED: dict[str, Any] = {"value": 55.23, "unit": "Cel", "limit": 55.0}
PART = Path(__file__).parents[3] / "resources" / "translations" / "parts" / "notify.toml"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    texts.use_language("en")


def definition_of(of: AlarmKey) -> AlarmSpec | None:
    specs = load_definitions([]).of(of.subject, "tank")
    return next((s for s in specs if isinstance(s, AlarmSpec) and s.id == of.alarm), None)


CHECK = (
    "Check pump, flow and facility water. If minutes to the limit are few, "
    "shut the load down first."
)
WORDS = "55.2 °C (limit 55 °C)".replace("t 5", "t\N{NO-BREAK SPACE}5").replace(
    " °", "\N{NO-BREAK SPACE}°"
)
SPEAKER = Speaker("hall", "Hall 1", lambda part: part.replace("tank-", "Tank "), definition_of)


def message(found: Notifier, now_s: float = 0.0) -> Message:
    ((_, notice),) = found.due(now_s)
    return SPEAKER.message(notice, START_US)


def group() -> Notifier:
    found = notifier()
    found.take(raised(PUMP, state="tripped"), 0.0)
    found.take(raised(HOT, 1, 1.0, first=PUMP, **MEASURED), 1.0)
    return found


def test_an_alarm_is_told_with_what_to_do() -> None:
    found = notifier()
    found.take(raised(HOT, **MEASURED), 0.0)
    told = message(found)
    assert told.title == "Priority 2: Tank 1: Coolant return high"
    assert told.text.split("\n") == [
        WORDS,
        f"What to do: {CHECK}",
        "Hall 1",
    ]


def test_a_group_is_told_by_its_cause_and_by_what_is_most_urgent() -> None:
    told = message(group())
    assert told.title == "Priority 1: Tank 1: Pump failed"
    assert told.text.split("\n")[:3] == [
        "tripped",
        "Most urgent now: Tank 1: Coolant return high",
        "Followed from it: 1",
    ]


def test_a_program_gets_the_facts() -> None:
    facts = message(group()).as_json()
    assert (facts["what"], facts["priority"], facts["count"]) == ("alarm", 1, 1)
    assert facts["sent_at"] == "2026-11-18T11:06:40Z"
    lead, urgent = facts["lead"], facts["urgent"]
    assert isinstance(lead, dict)
    assert isinstance(urgent, dict)
    assert (lead["alarm"], lead["subject"], lead["item"]) == ("pump-failed", "tank-1", "x")
    assert (lead["severity"], lead["time_to_respond_s"]) == ("critical", 300.0)
    assert str(lead["cause"]).startswith("The pump tripped")
    assert (urgent["severity"], urgent["time_to_respond_s"]) == ("fatal", 60.0)
    assert urgent["raised_at"] == "2026-11-18T11:06:41Z"


def test_the_environment_holds_single_lines_without_anything_that_ends_them() -> None:
    found = notifier()
    name = 'Leak\x00\n$(reboot); "x"\x1b[2J'
    found.take(raised(AlarmKey("tank-1", "own", "x"), name=name), 0.0)
    facts = message(found).as_environment()
    assert facts["TANKSIDE_NAME"] == 'Leak $(reboot); "x" [2J'
    assert facts["TANKSIDE_PRIORITY"] == "2"
    assert all(value.isprintable() for value in facts.values())
    assert all(key_.startswith("TANKSIDE_") for key_ in facts)


def test_a_summary_names_the_first_and_speaks_of_no_single_alarm() -> None:
    found = notifier(messages=2)
    for number in range(1, 8):
        found.take(raised(key(number), at_s=number), 0.0)
    found.due(0.0)
    told = message(found, 100.0)
    assert told.title == "Priority 2: 6 messages held back"
    assert told.text.split("\n")[0].count("Pump failed") == 3
    assert (told.lead, told.urgent, told.count) == (None, None, 6)


def test_a_repetition_says_so_and_how_many_wait() -> None:
    found = notifier()
    found.restore([raised(PUMP), raised(HOT, at_s=1)])
    told = message(found)
    assert told.title == "Priority 2, not acknowledged: Tank 1: Pump failed"
    assert "Others that wait to be acknowledged: 1" in told.text


def test_a_test_is_marked_as_one() -> None:
    told = SPEAKER.test(1, START_US)
    assert told.title == "Test of priority 1: Hall 1"
    assert "This is a test" in told.text
    assert told.as_json()["what"] == "test"
    assert told.as_json()["lead"] is None


def test_an_alarm_without_a_definition_or_with_a_strange_body_is_told_all_the_same() -> None:
    found = notifier()
    strange = raised(AlarmKey("tank-9", "gone", "x"), name=None, value="soup", limit=[1])
    found.take(strange, 0.0)
    told = message(found)
    assert told.title == "Priority 2: Tank 9: gone"
    assert told.lead is not None
    assert (told.lead.action, told.lead.respond_s) == ("", None)


def use_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the catalogue with this part's entries, merged into it or not yet."""
    texts.use_language("zh_CN")
    if PART.exists():
        part = tomllib.loads(PART.read_text(encoding="utf-8"))
        monkeypatch.setattr(texts, "_catalogue", {**texts._catalogue, **part})


def test_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    use_chinese(monkeypatch)
    told = message(group())
    assert told.title.startswith("优先级 1：Tank 1：")
    assert "后续报警：1" in told.text


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        (
            Kind.NOTIFY_FAILED,
            {"outlet": "pager", "code": "timeout", "values": {"seconds": "10"}},
            "Telling by pager failed: no end within 10 s",
        ),
        (
            Kind.NOTIFY_FAILED,
            {"outlet": "pager", "code": "of a newer version"},
            "Telling by pager failed: of a newer version",
        ),
        (
            Kind.NOTIFY_RESTORED,
            {"outlet": "pager", "failed": 3},
            "Telling by pager works again; 3 messages did not go",
        ),
        (
            Kind.NOTIFY_HELD_BACK,
            {"outlet": "pager", "priority": 2, "count": 991},
            "991 messages of priority 2 by pager were held back and told as one",
        ),
        (
            Kind.NOTIFY_DROPPED,
            {"outlet": "pager", "count": 4},
            "4 messages by pager were not sent: too many waited, or the console was closed",
        ),
        (
            Kind.NOTIFY_DROPPED,
            {"count": 40},
            "40 events passed before they could be told outside",
        ),
        (Kind.NOTIFY_FAILED, {"outlet": "pager"}, "outlet pager"),
    ],
)
def test_the_log_tells_what_did_not_go(kind: Kind, body: dict[str, object], sentence: str) -> None:
    draft = EventDraft(kind, "notify", body, Stamp(1, 1.0))  # type: ignore[arg-type]
    assert event_text(draft).sentence == sentence


def test_every_failure_takes_values_that_are_there() -> None:
    values = dict.fromkeys(("program", "why", "seconds", "status", "output", "file"), "something")
    for code, template in FAILURES.items():
        names = {name for _, name, _, _ in Formatter().parse(template) if name}
        assert names <= set(values), code
        assert "{" not in failure_text(code, values)


def test_values_that_are_missing_leave_the_code() -> None:
    assert failure_text("exit", {}) == "exit"


def test_a_condition_of_the_sites_own_is_told_with_its_own_words() -> None:
    spec = """
[[alarm]]
id = "door"
name = "Door of the hall open"
on = "tank"
points = ["x"]
limits = "upper"
cause = "c"
consequence = "q"
action = "Close the door."
time_to_respond_s = 60
priority = 2
"""
    own = definitions_of(tomllib.loads(spec), Path("own.toml"), spec).file.alarm[0]
    speaker = Speaker("hall", "Hall 1", str, lambda _: own)
    found = notifier()
    found.take(raised(AlarmKey("tank-1", "door", "x"), name="Door of the hall open"), 0.0)
    ((_, notice),) = found.due(0.0)
    assert isinstance(notice, Notice)
    assert "What to do: Close the door." in speaker.message(notice, START_US).text


def test_an_alarm_that_only_changed_keeps_what_raised_it() -> None:
    found = notifier(1)
    found.take(raised(HOT, 2, **MEASURED), 0.0)
    found.take(event(AlarmKind.CHANGED, HOT, severity="fatal", active="fatal"), 1.0)
    told = message(found, 1.0)
    assert told.lead is not None
    assert (told.lead.severity, told.lead.measured) == ("fatal", WORDS)
