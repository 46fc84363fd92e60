"""The facts of one alarm and the advice of its definition, as rich text."""

from __future__ import annotations

from html import escape

from console.alarms.specs import AlarmSpec
from console.alarms.status import Status
from console.session.session import Session
from console.text import tr
from console.ui import alarm_words as words
from console.ui import formats
from console.ui.conditions import severity_text, worst
from console.ui.theme import theme


def facts_html(session: Session, alarm: Status, spec: AlarmSpec | None) -> str:
    """Return place, values and times as a small table."""
    now_us = session.now().utc_us
    now, measured = words.value_now(session, alarm), words.measured_text(alarm)
    left = words.left_s(alarm, spec, now_us)
    bad = alarm.current != alarm.active
    aside = (words.shelf_left(alarm, now_us), words.aside_text(alarm, now_us))
    state = words.state_text(alarm)
    pairs = [
        (tr("Where"), words.place_text(session, alarm.subject)),
        (tr("Measured"), measured),
        (tr("Now"), "" if now and measured.endswith(now) else now),
        (tr("Since"), f"{formats.clock(alarm.since_us, now_us)} ({_ago(alarm, now_us)})"),
        (tr("Time left"), "" if left is None else words.left_text(left)),
        (tr("Severity"), severity_text(worst(alarm))),
        (tr("Data"), tr("missing; it cannot be seen to clear") if bad else ""),
        (state[:1].upper() + state[1:], ", ".join(filter(None, aside))),
    ]
    muted, text = theme().muted.name(), theme().text.name()
    named = f"color:{muted}; padding: 0 12px 4px 0; white-space:nowrap"
    cells = (
        f'<tr><td style="{named}">{escape(name)}</td>'
        f'<td style="color:{text}; padding-bottom:4px">{escape(value)}</td></tr>'
        for name, value in pairs
        if value
    )
    return f'<table width="100%">{"".join(cells)}</table>'


def _ago(alarm: Status, now_us: int) -> str:
    return formats.age(max(now_us - alarm.since_us, 0) / 1e6)


def action_html(spec: AlarmSpec | None) -> str:
    """Return what to do, or that nobody has written it down."""
    if spec is None:
        return escape(tr("This version has no definition of this alarm any more."))
    return _paragraph(tr("What to do"), tr(spec.action))


def reasons_html(spec: AlarmSpec | None, alarm: Status) -> str:
    """Return the cause, what follows if nothing is done, and how long there is."""
    if spec is None:
        return ""
    respond_s = spec.time_to_respond_of(worst(alarm))
    parts = (
        (tr("Cause"), tr(spec.cause)),
        (tr("Consequence"), tr(spec.consequence)),
        (tr("Time to respond"), words.duration_text(respond_s)),
    )
    return "".join(_paragraph(title, told) for title, told in parts)


def _paragraph(title: str, told: str) -> str:
    muted, text = theme().muted.name(), theme().text.name()
    return (
        f'<p style="margin:0 0 10px 0"><span style="color:{muted}">{escape(title)}</span><br>'
        f'<span style="color:{text}">{escape(told)}</span></p>'
    )
