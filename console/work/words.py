"""What is said of people, orders, assets, parts and fluid, from a body of whatever version.

Every teller may raise what a body of another shape raises; :mod:`console.event_text` then shows
the body as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from console.text import tr
from console.work.assets.fluid import Why
from console.work.assets.places import Place, PlaceKind
from console.work.conflicts import Conflict, ConflictKind
from console.work.events import Kind
from console.work.orders.model import Origin, Provider
from console.work.orders.rules import STATE_NAMES, State, shipped_rules
from console.work.people.roles import shipped_roles
from console.work.people.roster import FOR_EVER

Body = Mapping[str, Any]
Teller = Callable[[Body, str], str]
_WITHOUT_CENTS = frozenset({"CLP", "ISK", "JPY", "KRW", "VND"})
_NO_BREAK = "\N{NO-BREAK SPACE}"
WHY_NAMES: dict[str, str] = {
    Why.FILL: "first filling",
    Why.TOP_UP: "topped up",
    Why.RETURN: "given back",
    Why.DRAG_OUT: "dragged out",
    Why.DRAIN: "drained",
    Why.SAMPLE: "taken as a sample",
    Why.SPILL: "spilt",
    Why.VAPOUR: "lost as vapour",
}
"""Why fluid came or went; a key of the catalogue each."""
ORIGIN_NAMES: dict[str, str] = {
    Origin.HAND: "by hand",
    Origin.ALARM: "from an alarm",
    Origin.XID: "from a Xid",
    Origin.CHECK: "from a check",
    Origin.PLAN: "from the plan",
}
"""What an order came from; a key of the catalogue each."""
PROVIDER_NAMES: dict[str, str] = {
    Provider.OWN: "own",
    Provider.OEM: "manufacturer",
    Provider.THIRD_PARTY: "third party",
}
"""Who is paid; a key of the catalogue each."""
PLACE_NAMES: dict[str, str] = {
    PlaceKind.TANK: "tank {holder}",
    PlaceKind.SERVER: "server {holder}",
    PlaceKind.RACK: "rack {holder}",
    PlaceKind.BENCH: "bench {holder}",
    PlaceKind.STORE: "store {holder}",
    PlaceKind.AWAY: "away: {holder}",
    PlaceKind.SCRAPPED: "scrapped",
}
"""Where a thing is; a key of the catalogue each."""
CONFLICT_NAMES: dict[str, str] = {
    ConflictKind.FORK: "Two machines wrote under one name: one is a copy of the other",
    ConflictKind.PLACE: "{serial} is recorded in {recorded} and was found in {claimed}",
    ConflictKind.SLOT: "{serial} and {other} are both recorded in {place}",
    ConflictKind.STOCK: "More {part} left the store than was there",
    ConflictKind.FLUID: "More fluid left {tank} than was in it by the books",
    ConflictKind.ORDER: "The order was moved on in two places",
    ConflictKind.NUMBER: "Two orders have one number",
    ConflictKind.APART: "Somebody did what they may not do after their own work",
    ConflictKind.PERSON: "Two people have one id",
}
"""What contradicts what; a key of the catalogue each."""


def place_words(place: Place | str) -> str:
    """Return a place in the reader's language: ``tank tank-1, slot 3``."""
    found = Place.parse(place) if isinstance(place, str) else place
    where = tr(PLACE_NAMES[found.kind], holder=found.holder)
    return tr("{where}, slot {slot}", where=where, slot=found.slot) if found.slot else where


def conflict_words(conflict: Conflict) -> str:
    """Return what contradicts what, in one sentence."""
    facts = {name: str(value) for name, value in conflict.facts.items()}
    for name in ("recorded", "claimed", "place"):
        if facts.get(name):
            facts[name] = place_words(facts[name])
    known = dict.fromkeys(("serial", "recorded", "claimed", "other", "place", "part", "tank"), "?")
    return tr(CONFLICT_NAMES[conflict.kind], **{**known, **facts})


def role_words(roles: Any) -> str:
    """Return names of roles in the reader's language; one from another version as it is."""
    table = shipped_roles().role
    return ", ".join(tr(table[r].name) if r in table else str(r) for r in roles) or "-"


def state_words(state: str) -> str:
    """Return the name of an order's state; one from another version as it is."""
    return tr(STATE_NAMES[State(state)]) if state in set(State) else state


def _number(value: Any, decimal_point: str) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".").replace(".", decimal_point)


def _added(body: Body, _point: str) -> str:
    return tr("{name} added: {roles}", name=body["name"], roles=role_words(body["roles"]))


def _changed(body: Body, _point: str) -> str:
    told = [str(body["name"])] if "name" in body else []
    told += [role_words(body["roles"])] if "roles" in body else []
    told += [str(body["language"])] if "language" in body else []
    return tr("Changed: {what}", what=", ".join(told))


def _qualified(body: Body, _point: str) -> str:
    until_us = int(body["until_us"])
    if until_us >= FOR_EVER:
        return tr("Qualified: {what}", what=body["qualification"])
    day = f"{datetime.fromtimestamp(until_us / 1e6, UTC):%Y-%m-%d}"
    return tr("Qualified: {what}, until {day}", what=body["qualification"], day=day)


def _refused(body: Body, _point: str) -> str:
    return tr("Tried while locked") if body["why"] == "locked" else tr("Wrong PIN")


def _locked(body: Body, _point: str) -> str:
    return tr(
        "Locked for {seconds} s after {count} wrong PINs",
        seconds=body["lasts_s"],
        count=body["wrong"],
    )


def _opened(body: Body, _point: str) -> str:
    source = body.get("source") or {}
    origin = tr(ORIGIN_NAMES[source.get("origin", Origin.HAND)])
    told = tr(
        "{title} ({origin}, priority {priority})",
        title=body["title"],
        origin=origin,
        priority=body["priority"],
    )
    if not body.get("parent"):
        return told
    return tr("{what}, out of {parent}", what=told, parent=body["parent"])


def _order_changed(body: Body, _point: str) -> str:
    procedure = body.get("procedure")
    if procedure:
        revision = str(procedure["revision"])[:12]
        return tr(
            "To be done by {procedure}, revision {revision}",
            procedure=procedure["id"],
            revision=revision,
        )
    if body.get("no_procedure"):
        return tr("No procedure: {why}", why=body["no_procedure"])
    if "assigned" in body:
        return tr("Assigned: {people}", people=", ".join(body["assigned"]) or "-")
    told = (f"{name} {body[name]}" for name in body if name not in {"mark", "procedure"})
    return tr("Changed: {what}", what=", ".join(told))


def _moved(body: Body, _point: str) -> str:
    told = tr("{before} → {after}", before=state_words(body["from"]), after=state_words(body["to"]))
    told = _signed(told, body)
    return tr("{what}: {told}", what=told, told=body["reason"]) if body.get("reason") else told


def _verified(body: Body, _point: str) -> str:
    return _signed(tr("Work verified"), body)


def _signed(told: str, body: Body) -> str:
    signature = body.get("signature")
    if not signature:
        return told
    return tr("{what}, signed {name}", what=told, name=signature["name"])


def _linked(body: Body, _point: str) -> str:
    told = (str(body[name]) for name in ("run", "alarm", "part") if body.get(name))
    return tr("Linked: {what}", what=", ".join(told))


def _paused(body: Body, _point: str) -> str:
    rule = shipped_rules().pause_rule(str(body["reason"]))
    return tr(rule.name) if rule else str(body["reason"])


def _clock(labour: str, downtime: str) -> Teller:
    def tell(body: Body, _point: str) -> str:
        return tr(
            downtime if body["clock"] == "downtime" else labour, person=body.get("person", "")
        )

    return tell


def _costed(body: Body, point: str) -> str:
    units = 1 if body["currency"] in _WITHOUT_CENTS else 100
    amount = _number(int(body["amount_minor"]) / units, point)
    money = f"{amount}{_NO_BREAK}{body['currency']}"
    provider = tr(PROVIDER_NAMES[body["provider"]])
    return tr("{what}: {money} ({provider})", what=body["what"], money=money, provider=provider)


def _registered(body: Body, _point: str) -> str:
    told = (str(body[n]) for n in ("kind", "maker", "model", "part") if body.get(n))
    return tr("Registered: {what}", what=", ".join(told) or "-")


def _asset(template: str) -> Teller:
    return lambda body, _point: tr(template, place=place_words(str(body["to"])))


def _stock(template: str) -> Teller:
    def tell(body: Body, _point: str) -> str:
        serials = ", ".join(body.get("serials") or ())
        count = serials or body["count"]
        told = tr(template, count=count, store=body["store"], to_store=body.get("to_store", ""))
        return (
            tr("{what} for {order}", what=told, order=body["order"]) if body.get("order") else told
        )

    return tell


def _defined(body: Body, _point: str) -> str:
    return tr("{name}, at least {count}", name=body["name"], count=body["minimum"])


def _fluid(body: Body, point: str) -> str:
    litres = f"{_number(body['litres'], point)}{_NO_BREAK}L"
    why = tr(WHY_NAMES[body["why"]])
    told = tr("{litres} {why}", litres=litres, why=why)
    return (
        tr("{what}, batch {batch}", what=told, batch=body["batch"]) if body.get("batch") else told
    )


def _say(text: str) -> Teller:
    return lambda _body, _point: tr(text)


def _reason(template: str) -> Teller:
    def tell(body: Body, _point: str) -> str:
        why = body.get("reason") or body.get("because") or ""
        told = tr(template, what=body.get("qualification", ""))
        return tr("{what}: {told}", what=told, told=why) if why else told

    return tell


def _text(member: str) -> Teller:
    return lambda body, _point: str(body[member])


_RETIRED, _BACK, _LOST = "Retired", "Reinstated", "No longer qualified: {what}"
_PIN, _IN, _OUT, _FREE = "A new PIN was set", "Signed in", "Signed out", "Lock-out ended"
_ON, _DOWN = "{person} began work", "Out of use"
_OFF, _UP = "{person} ended work", "In use again"
_RESUMED = "No longer waits"
_MOVED, _SEEN = "Moved to {place}", "Seen in {place}"
_RECEIVED, _RESERVED, _RELEASED = (
    "{count} received into {store}",
    "{count} reserved in {store}",
    "{count} in {store} no longer reserved",
)
_ISSUED, _RETURNED = "{count} issued from {store}", "{count} returned to {store}"
_CARRIED, _COUNTED = "{count} carried from {store} to {to_store}", "{count} counted in {store}"
_SCRAPPED = "{count} scrapped from {store}"
SAID = (
    *(_RETIRED, _BACK, _LOST, _PIN, _IN, _OUT, _FREE, _ON, _DOWN, _OFF, _UP, _RESUMED),
    *(_MOVED, _SEEN, _RECEIVED, _RESERVED, _RELEASED, _ISSUED, _RETURNED, _CARRIED, _COUNTED),
    _SCRAPPED,
)
"""Texts that reach ``tr`` by way of a table; a key of the catalogue each."""
TELLERS: dict[str, Teller] = {
    Kind.PERSON_ADDED: _added,
    Kind.PERSON_CHANGED: _changed,
    Kind.PERSON_RETIRED: _reason(_RETIRED),
    Kind.PERSON_REINSTATED: _reason(_BACK),
    Kind.PERSON_QUALIFIED: _qualified,
    Kind.PERSON_DISQUALIFIED: _reason(_LOST),
    Kind.PERSON_PIN_SET: _say(_PIN),
    Kind.PERSON_SIGNED_IN: _say(_IN),
    Kind.PERSON_SIGNED_OUT: _say(_OUT),
    Kind.PERSON_REFUSED: _refused,
    Kind.PERSON_LOCKED: _locked,
    Kind.PERSON_UNLOCKED: _say(_FREE),
    Kind.ORDER_OPENED: _opened,
    Kind.ORDER_CHANGED: _order_changed,
    Kind.ORDER_MOVED: _moved,
    Kind.ORDER_VERIFIED: _verified,
    Kind.ORDER_LINKED: _linked,
    Kind.ORDER_NOTED: _text("text"),
    Kind.ORDER_PAUSED: _paused,
    Kind.ORDER_RESUMED: _say(_RESUMED),
    Kind.ORDER_CLOCK_STARTED: _clock(_ON, _DOWN),
    Kind.ORDER_CLOCK_STOPPED: _clock(_OFF, _UP),
    Kind.ORDER_COSTED: _costed,
    Kind.ASSET_REGISTERED: _registered,
    Kind.ASSET_CHANGED: _registered,
    Kind.ASSET_MOVED: _asset(_MOVED),
    Kind.ASSET_SEEN: _asset(_SEEN),
    Kind.PART_DEFINED: _defined,
    Kind.STOCK_RECEIVED: _stock(_RECEIVED),
    Kind.STOCK_RESERVED: _stock(_RESERVED),
    Kind.STOCK_RELEASED: _stock(_RELEASED),
    Kind.STOCK_ISSUED: _stock(_ISSUED),
    Kind.STOCK_RETURNED: _stock(_RETURNED),
    Kind.STOCK_MOVED: _stock(_CARRIED),
    Kind.STOCK_COUNTED: _stock(_COUNTED),
    Kind.STOCK_SCRAPPED: _stock(_SCRAPPED),
    Kind.FLUID_ADDED: _fluid,
    Kind.FLUID_REMOVED: _fluid,
    Kind.CONFLICT_RESOLVED: _text("resolution"),
}
"""The sentence of each kind: from the body and the reader's decimal point."""
