"""What the alarms page and the strip say of an alarm: place, values, state, times, who and why."""

from __future__ import annotations

from typing import Any

from console.alarms.events import AlarmKey
from console.alarms.specs import AlarmSpec
from console.alarms.states import State
from console.alarms.status import Status
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.conditions import alarm_name, alarm_point, worst
from console.vocabulary import translated_words, unit

STATES = {
    State.NORMAL: "normal",
    State.UNACKNOWLEDGED: "unacknowledged",
    State.ACKNOWLEDGED: "acknowledged",
    State.RETURNED: "over, unacknowledged",
    State.LATCHED_UNACKNOWLEDGED: "latched, unacknowledged",
    State.LATCHED_ACKNOWLEDGED: "latched, to be reset",
    State.SHELVED: "shelved",
    State.SUPPRESSED: "suppressed",
    State.OUT_OF_SERVICE: "out of service",
}
"""Where an alarm stands, in words; a key of the catalogue each."""
GROUPS = {"cooling": "Cooling", "fluid": "Fluid", "gpu": "GPUs", "": "Others"}
"""What shipped definitions call their groups, in words; a key of the catalogue each."""
_RULE, _WORK = "rule:", "work:"
_THIN = "\N{NARROW NO-BREAK SPACE}"


def state_text(alarm: Status) -> str:
    """Return where it stands; that data is missing is said, for then nobody sees it clear."""
    return tr(STATES[alarm.state])


def group_text(group: str) -> str:
    """Return what a group is called; a site's own is called as the site wrote it."""
    return tr(GROUPS[group]) if group in GROUPS else formats.translated_name(group)


def place_text(session: Session, subject: str) -> str:
    """Return where it is, tank first: ``Tank 3 > Node 2 GPU 1``."""
    name, tank = session.name_of(subject), session.tank_of(subject)
    return f"{tank.name} > {name}" if tank is not None and tank.id != subject else name


def place_id(session: Session, subject: str) -> str:
    """Return the id of the tank that a part is in, or of its device where it is in none."""
    tank = session.tank_of(subject)
    return tank.id if tank is not None else subject.partition("/")[0]


def measured_text(alarm: Status) -> str:
    """Return what was measured against what limit: ``Level 742 mm (limit 750 mm)``.

    Empty where nothing was measured. The point is left out where the alarm's own name has it.
    """
    body, point = alarm.body, alarm_point(alarm)
    words = body.get("flag") or body.get("state")
    told = translated_words(str(words)) if words else _number(body, "value")
    if not told:
        message = str(body.get("message") or "")
        return message or point
    is_named = not point or point.casefold() in alarm_name(alarm).casefold()
    said = told if is_named else tr("{name}: {state}", name=point, state=told)
    limit = "" if words else _number(body, "limit")
    return tr("{value} (limit {limit})", value=said, limit=limit) if limit else said


def value_now(session: Session, alarm: Status) -> str:
    """Return what its point reads now, ``---`` where that cannot be trusted; empty without one."""
    if not alarm.point or alarm.subject not in session.latest.parts():
        return ""
    reading = session.view(alarm.subject).get(alarm.point)
    return "" if reading is None else formats.with_unit(reading)


def key_text(session: Session, key: AlarmKey, name: str) -> str:
    """Return an alarm of which only its key and its name are known: ``Tank 2: Pump failed (…)``."""
    spec = session.alarms.definition_of(key)
    what, item = formats.translated_name(spec.name if spec else name), key.item.partition("/")
    known = key.subject in session.latest.parts()
    reading = session.view(key.subject).get(item[0]) if known and item[0] else None
    point = formats.point_name(reading.point) if reading else item[0].replace("_", " ")
    told = ", ".join(filter(None, (point, item[2])))
    if told and told.casefold() not in what.casefold():
        what = tr("{what} ({point})", what=what, point=told)
    return tr("{place}: {what}", place=session.name_of(key.subject), what=what)


def _number(body: Any, member: str) -> str:
    found = body.get(member)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return ""
    text = formats.decimal(float(found), 0 if abs(found) >= 100 or found == int(found) else 1)
    symbol = unit(str(body.get("unit") or ""))
    return f"{text}{_THIN}{symbol}" if symbol else text


def left_s(alarm: Status, spec: AlarmSpec | None, now_us: int) -> float | None:
    """Return the seconds left to respond, negative when late; None where nothing is waiting."""
    if spec is None or not alarm.active or alarm.state.is_set_aside:
        return None
    return spec.time_to_respond_of(worst(alarm)) - (now_us - alarm.since_us) / 1e6


def left_text(seconds: float) -> str:
    """Return the time left to respond in words, rounded down; or by how much it is late."""
    if seconds >= 0:
        return tr("{time} left", time=_span(seconds))
    return tr("late by {time}", time=_span(-seconds))


def _span(seconds: float) -> str:
    if seconds < 60:
        return tr("{n} s", n=int(seconds))
    return duration_text(seconds)


def duration_text(seconds: float) -> str:
    """Return a length of time in whole minutes, hours and minutes, or days."""
    whole = int(seconds // 60)
    if whole < 60:
        return tr("{n} min", n=whole)
    if whole < 48 * 60:
        hours, rest = divmod(whole, 60)
        return tr("{h} h {m} min", h=hours, m=rest) if rest else tr("{n} h", n=hours)
    return tr("{n} d", n=whole // 1440)


def row_state(alarm: Status) -> tuple[str, str]:
    """Return where it stands in two short words: whether somebody saw it, what is left of it."""
    match alarm.state:
        case State.RETURNED:
            return tr("unacknowledged"), tr("over")
        case State.LATCHED_UNACKNOWLEDGED:
            return tr("unacknowledged"), tr("latched")
        case State.LATCHED_ACKNOWLEDGED:
            return tr("to be reset"), tr("latched")
    return tr(STATES[alarm.state]), ""


def shelf_left(alarm: Status, now_us: int) -> str:
    """Return how long it stays on the shelf; empty where it is not there."""
    if alarm.state is not State.SHELVED:
        return ""
    return tr("{time} left", time=_span(max((alarm.until_us - now_us) / 1e6, 0.0)))


def aside_text(alarm: Status, now_us: int) -> str:
    """Return why it is set aside, by whom or what, and until when; empty where it is not."""
    who = tr("system") if alarm.actor == "system" else alarm.actor
    match alarm.state:
        case State.SHELVED:
            return tr(
                "until {time} \N{MIDDLE DOT} {who}: {reason}",
                time=formats.clock(alarm.until_us, now_us),
                who=who,
                reason=alarm.reason,
            )
        case State.SUPPRESSED:
            return ", ".join(suppressor_text(alarm, one) for one in sorted(alarm.suppressors))
        case State.OUT_OF_SERVICE:
            return tr(
                "work order {order} \N{MIDDLE DOT} {who}: {reason}",
                order=alarm.work_order,
                who=who,
                reason=alarm.reason,
            )
    return ""


def suppressor_text(alarm: Status, by: str) -> str:
    """Return what holds an alarm back: the name of its cause, or ``work order 4711``."""
    if by.startswith(_WORK):
        return tr("work order {order}", order=by.removeprefix(_WORK))
    rules = [one for one in alarm.suppressors if one.startswith(_RULE)]
    told = alarm.reason if len(rules) == 1 and alarm.reason else by.removeprefix(_RULE)
    return tr("its cause: {name}", name=formats.translated_name(told))
