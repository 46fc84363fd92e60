"""The people of the demo: ready, able to do a whole order, with PINs a real roster would take."""

from __future__ import annotations

from pathlib import Path

from console.work.demo import demo_people, furnish
from console.work.people.pins import check_pin
from console.work.people.roles import shipped_roles
from tests.unit.work.kit import Site, gate_of, recorded


def test_everybody_can_sign_in_and_a_restart_adds_nobody(tmp_path: Path) -> None:
    site = Site(crew={})
    gate = gate_of(site, tmp_path)
    try:
        furnish(site.desk, gate).result(timeout=20)
        told = len(site.told)
        furnish(site.desk, gate).result(timeout=20)
        assert len(site.told) == told
        for person in demo_people():
            assert gate.sign_in(person.id, person.pin).result(timeout=20).person.name == person.name
        assert not site.book.unread
    finally:
        gate.close()
    again = Site(crew={})
    again.desk.take(recorded(site.told))
    assert again.desk.who("chen").has("immersion-extraction", site.clock.wall_us)


def test_their_roles_are_known_their_pins_good_enough_and_every_act_has_somebody() -> None:
    roles, given = shipped_roles(), set()
    for person in demo_people():
        assert set(person.roles) <= set(roles.role)
        check_pin(person.pin, person.roles, roles, (person.id, person.name))
        given |= {act for act in roles.acts if roles.permits(person.roles, act)}
    assert given == set(roles.acts)
