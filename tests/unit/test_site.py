"""The site file: what is right, and in which words what is wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.session.devices import build_devices, derivers
from console.site import load_site, shipped_fluids
from drivers.files import FileError
from drivers.points import Level

GOOD = """
[site]
id = "harbour"
name = "Harbour hall"

[[tank]]
id = "tank-a"
name = "Tank A"
hall = "Hall 1"
map = "generic-single-phase"
url = "tcp://127.0.0.1:1502?unit=1"
fluid = "mine"
volume_l = 600
slots = 4

[tank.limits.coolant_return_temperature]
upper_critical = { reading = 52, dwell_s = 1 }

[[host]]
id = "node-1"
name = "Node 1"
tank = "tank-a"
slot = 2
url = "http://127.0.0.1:9400/metrics"
gpus = 8

[fluid.mine]
name = "Our fluid"
density_kg_m3 = 800
specific_heat_j_kgk = 2100
expansion_per_k = 7e-4
"""


def site_file(folder: Path, text: str = GOOD) -> Path:
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_becomes_devices(tmp_path: Path) -> None:
    loaded = load_site(site_file(tmp_path))
    tank, host = build_devices(loaded)
    assert (tank.id, host.id) == ("tank-a", "node-1")
    assert [part for part, _ in host.parts] == [f"node-1/gpu{i}" for i in range(8)]
    assert loaded.site.hosts_in("tank-a") == loaded.site.host


def test_the_sites_own_limits_replace_the_maps(tmp_path: Path) -> None:
    loaded = load_site(site_file(tmp_path))
    (_, schema) = build_devices(loaded)[0].parts[0]
    limits = schema["coolant_return_temperature"].limits
    assert [(limit.level, limit.reading) for limit in limits] == [(Level.UPPER_CRITICAL, 52)]
    assert schema["coolant_flow"].limits  # untouched ones stay
    assert derivers(loaded)["tank-a"].schema["coolant_return_temperature"].limits == limits


def test_two_tanks_share_one_schema_unless_limits_differ(tmp_path: Path) -> None:
    more = GOOD.replace(
        "[[host]]",
        '[[tank]]\nid="b"\nname="B"\nmap="generic-single-phase"\nurl="tcp://h"\n[[host]]',
    )
    loaded = load_site(site_file(tmp_path, more))
    assert [tank.id for tank in loaded.site.tank] == ["tank-a", "b"]


def test_every_shipped_fluid_has_a_source() -> None:
    assert all(fluid.source for fluid in shipped_fluids().values())


CHANGES = [
    ("slots = 4", "slot_count = 4", ['tank[1] "tank-a" slot_count', "unknown key", "4"]),
    (
        'map = "generic-single-phase"',
        'map = "nothing"',
        ['tank[1] "tank-a" map', "'nothing'", "generic-single-phase"],
    ),
    (
        'map = "generic-single-phase"',
        'map = "mine.toml"',
        ['tank[1] "tank-a" map', "mine.toml", "no such register map"],
    ),
    (
        "tcp://127.0.0.1:1502?unit=1",
        "127.0.0.1",
        ['tank[1] "tank-a" url', "127.0.0.1", "tcp://HOST"],
    ),
    (
        "tcp://127.0.0.1:1502?unit=1",
        "tcp://h?unit=999",
        ['tank[1] "tank-a" url', "unit must be 0 to 255"],
    ),
    (
        "http://127.0.0.1:9400/metrics",
        "ftp://h",
        ['host[1] "node-1" url', "ftp://h", "http://HOST"],
    ),
    ('id = "node-1"', 'id = "tank-a"', ["host[1] id", "'tank-a'", "tank[1]", "once"]),
    ('id = "tank-a"', 'id = "Tank A"', ['tank[1] "Tank A" id', "pattern", "Tank A"]),
    ("slot = 2", "slot = 5", ['host[1] "node-1" slot', "found 5", "slots 1 to 4"]),
    ('tank = "tank-a"', 'tank = "tank-z"', ["tank-z", "allowed are", "tank-a"]),
    ('fluid = "mine"', 'fluid = "oil"', ['tank[1] "tank-a" fluid', "'oil'", "gtl-light"]),
    ("volume_l = 600", "volume_l = -1", ['tank[1] "tank-a" volume_l', "-1", "greater than"]),
    (
        "coolant_return_temperature]",
        "bulk_temperature]",
        ["limits", "bulk_temperature", "coolant_flow"],
    ),
    ('name = "Harbour hall"', "", ["site name", "missing"]),
    ("[site]", "[site", ["site.toml", "not valid TOML", "line"]),
]


@pytest.mark.parametrize(
    ("old", "new", "words"), CHANGES, ids=[new or "removed" for _, new, _ in CHANGES]
)
def test_a_mistake_is_one_clear_message(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    path = site_file(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(FileError) as caught:
        load_site(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    for word in [str(path), *words]:
        assert word in message


def test_two_tanks_with_one_id(tmp_path: Path) -> None:
    twice = GOOD.replace(
        "[[host]]",
        '[[tank]]\nid = "tank-a"\nname = "B"\nmap = "generic-single-phase"\nurl = "tcp://h"\n\n[[host]]',
    )
    with pytest.raises(FileError, match=r"tank\[2\] id: 'tank-a' is already the id of tank\[1\]"):
        load_site(site_file(tmp_path, twice))


def test_nothing_to_watch(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="nothing to watch"):
        load_site(site_file(tmp_path, '[site]\nid = "a"\nname = "A"\n'))


def test_a_desk_that_only_reads_logs_has_nothing_to_watch(tmp_path: Path) -> None:
    header = '[site]\nid = "a"\nname = "A"\nlogs_only = true\n'
    loaded = load_site(site_file(tmp_path, header))
    assert (loaded.site.tank, loaded.site.host) == ((), ())
    both = GOOD.replace("[site]\n", "[site]\nlogs_only = true\n", 1)
    with pytest.raises(FileError, match="leave one out"):
        load_site(site_file(tmp_path, both))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="there is no such file"):
        load_site(tmp_path / "none.toml")


LISTED = """
[site]
id = "s"
name = "S"
[[host]]
id = "node-1"
name = "Node 1"
url = "nvml://local"
[[host.gpu]]
slot = 3
serial = "1650001"
[[host.gpu]]
slot = 4
uuid = "GPU-a"
"""


def test_a_host_lists_the_gpus_it_is_meant_to_have(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text(LISTED)
    (host,) = load_site(path).site.host
    assert [(gpu.slot, gpu.serial, gpu.uuid) for gpu in host.expected] == [
        (3, "1650001", ""),
        (4, "", "GPU-a"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("slot = 4", "slot = 3", "slot 3 is listed twice"),
        ('uuid = "GPU-a"', 'serial = "1650001"', "is listed in slot 3 of 'node-1' and in slot 4"),
        ('"nvml://local"', '"ftp://x"', "allowed are nvml://local"),
        ('"nvml://local"', '"http://:9400"', "allowed are nvml://local"),
        ('"nvml://local"', '"nvml://local"\ngpus = 8', "found 8, but 2"),
    ],
)
def test_a_wrong_list_of_gpus_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(LISTED.replace(old, new))
    with pytest.raises(FileError, match=told):
        load_site(path)


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:9400/metrics",
        "https://node:9400/metrics",
        "prometheus+http://prom:9090?instance=node-1:9400",
        "smi:mailed.txt",
    ],
)
def test_every_kind_of_source_is_allowed(tmp_path: Path, url: str) -> None:
    path = tmp_path / "site.toml"
    path.write_text(LISTED.replace("nvml://local", url))
    assert load_site(path).site.host[0].url == url
