"""The roster: who may change whom, and the table of roles itself."""

from __future__ import annotations

from itertools import chain, combinations
from pathlib import Path

import pytest

from console.work.events import Refused
from console.work.people.desk import grant_shown
from console.work.people.roles import load_roles, shipped_roles
from drivers.files import FileError
from tests.unit.work.kit import NOON_US, Site

ROLES = shipped_roles()
DAY_US = 86_400_000_000


@pytest.fixture
def site() -> Site:
    return Site()


def test_what_is_not_listed_is_refused() -> None:
    assert not ROLES.permits([], "order.note")
    assert not ROLES.permits(["viewer", "no-such-role"], "order.note")
    assert not ROLES.permits(ROLES.role, "no.such.act")
    assert ROLES.role_for(["technician", "verifier"], "order.verify") == "verifier"


def test_no_set_of_roles_leads_to_approving_ones_own() -> None:
    """Whatever roles a person has: having done one act of a pair, the other one is refused."""
    pairs = ROLES.pairs_apart
    work = ("order.execute", "order.verify", "order.review")
    wanted = {frozenset(pair) for pair in combinations(work, 2)}
    assert wanted | {frozenset(("procedure.author", "procedure.approve"))} <= pairs
    for pair in pairs:
        for first, second in (tuple(pair), tuple(pair)[::-1]):
            assert ROLES.kept_apart(second, {first: ["Chen "]}, "chen")
            assert not ROLES.kept_apart(second, {first: ["wu"]}, "chen")
            assert not ROLES.kept_apart(first, {first: ["chen"]}, "chen")


def test_no_single_role_holds_both_acts_of_a_pair() -> None:
    for role in ROLES.role.values():
        assert not [pair for pair in ROLES.pairs_apart if pair <= set(role.permissions)]


def test_every_act_is_permitted_to_somebody_and_every_role_has_a_name() -> None:
    given = set(chain.from_iterable(role.permissions for role in ROLES.role.values()))
    assert given == set(ROLES.acts)
    assert all(role.name for role in ROLES.role.values())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[role.x]\nname = "X"\npermissions = ["fly"]', "unknown act 'fly'"),
        ('[[apart]]\nacts = ["a", "fly"]\nwhy = "w"', "unknown act 'fly'"),
        ('[granting]\ntwo_administrators = ["king"]', "unknown role 'king'"),
    ],
)
def test_a_table_that_names_what_there_is_not(tmp_path: Path, text: str, told: str) -> None:
    pin = (
        "[pin]\ndigits_min = 6\npassphrase_min = 10\n"
        "free_tries = 4\nfirst_s = 30\nlongest_s = 3600\n"
    )
    base = "" if "[role" in text else "[role]\n"
    file = tmp_path / "roles.toml"
    file.write_text(f'[acts]\na = "A"\n{base}{text}\n{pin}', encoding="utf-8")
    with pytest.raises(FileError, match=told):
        load_roles(file)


def test_adding_and_changing(site: Site) -> None:
    person = site.people.add("adeyemi", "li.na", "  Li   Na ", ["technician"], language="zh_CN")
    assert (person.name, person.roles, person.language) == (
        "Li Na",
        frozenset({"technician"}),
        "zh_CN",
    )
    assert site.people.change("adeyemi", "LI.NA", name="Li Na 2").name == "Li Na 2"
    with pytest.raises(Refused, match="never given twice"):
        site.people.add("adeyemi", "li.na", "Other", [])
    for wrong in ("Li", "li na", "", "x" * 32, "../etc"):
        with pytest.raises(Refused, match="cannot be an id"):
            site.people.add("adeyemi", wrong, "X", [])
    with pytest.raises(Refused, match="no role king; there are viewer"):
        site.people.add("adeyemi", "x", "X", ["king"])
    with pytest.raises(Refused, match="no language tlh"):
        site.people.add("adeyemi", "x", "X", [], language="tlh")


@pytest.mark.parametrize("by", ["chen", "okafor", "silva"])
def test_only_administrators_manage(site: Site, by: str) -> None:
    for ask in (
        lambda: site.people.add(by, "x", "X", []),
        lambda: site.people.change(by, "wu", roles=["supervisor"]),
        lambda: site.people.retire(by, "wu", "r"),
        lambda: site.people.qualify(by, "wu", "lift"),
        lambda: site.people.unlock(by, "wu"),
        lambda: site.people.change(by, by, roles=["admin"]),
    ):
        with pytest.raises(Refused):
            ask()


def test_ones_own_language_is_ones_own(site: Site) -> None:
    assert site.people.change("chen", "chen", language="zh_CN").language == "zh_CN"
    site.desk.leave("chen")
    with pytest.raises(Refused, match="not signed in"):
        site.people.change("chen", "chen", language="en")


def test_administrators_neither_promote_themselves_nor_lock_everybody_out(site: Site) -> None:
    with pytest.raises(Refused, match="own roles"):
        site.people.change("adeyemi", "adeyemi", roles=["admin", "supervisor"])
    with pytest.raises(Refused, match="only administrator"):
        site.people.retire("adeyemi", "adeyemi", "tired")
    with pytest.raises(Refused, match="to themselves"):
        site.people.qualify("adeyemi", "adeyemi", "lift")


def test_a_second_administrator_signs_for_what_takes_two(site: Site) -> None:
    site.people.add("adeyemi", "berg", "Berg", ["admin"])  # the only one there is may name a second
    site.desk.enter("berg")
    with pytest.raises(Refused, match="second administrator: approver"):
        site.people.change("adeyemi", "wu", roles=["approver"])
    shown = grant_shown("wu", ["approver"])
    own = site.sign("adeyemi", "roster.manage", shown)
    with pytest.raises(Refused, match="second administrator"):
        site.people.change("adeyemi", "wu", roles=["approver"], second=own)
    other = site.sign("okafor", "roster.manage", shown)
    with pytest.raises(Refused, match="no role that permits"):
        site.people.change("adeyemi", "wu", roles=["approver"], second=other)
    second = site.sign("berg", "roster.manage", shown)
    assert site.people.change("adeyemi", "wu", roles=["approver"], second=second).roles == {
        "approver"
    }


def test_qualifications_end(site: Site) -> None:
    site.people.qualify("adeyemi", "chen", "lift", NOON_US + 20 * DAY_US, "course 12")
    chen = site.desk.who("chen")
    assert chen.qualifications == {"lift": NOON_US + 20 * DAY_US}
    assert chen.has("lift", NOON_US)
    assert not chen.has("lift", NOON_US + 20 * DAY_US)
    assert [q.id for q in chen.expiring(NOON_US)] == ["lift"]
    assert not chen.expiring(NOON_US, 10)
    site.people.disqualify("adeyemi", "chen", "lift", "dropped one")
    assert not site.desk.who("chen").has("lift", NOON_US)
    with pytest.raises(Refused, match="ended already"):
        site.people.qualify("adeyemi", "chen", "lift", NOON_US - 1)


def test_retired_people_stay_in_the_record(site: Site) -> None:
    site.people.retire("adeyemi", "chen", "moved on")
    assert "chen" not in {p.id for p in site.book.people.active()}
    assert site.book.people.get("chen") is not None
    site.people.reinstate("adeyemi", "chen", "back")
    assert site.desk.who("chen").active
    with pytest.raises(Refused, match="not signed in"):
        site.orders.note("chen", "WO-1", "x")


def test_roles_can_be_combined_freely_yet_permissions_only_add_up() -> None:
    for some in chain.from_iterable(combinations(ROLES.role, n) for n in (1, 2, 3)):
        for act in ROLES.acts:
            each = any(ROLES.permits([role], act) for role in some)
            assert ROLES.permits(some, act) is each
