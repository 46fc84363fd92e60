"""The commands end to end, each in a process of its own, on simulated equipment."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.commands import COMMAND, environment, json_of, tankside

SMALL = ["--tanks", "2", "--hosts", "2", "--gpus", "2"]
COUNTS = [
    "devices",
    "devices_ok",
    "points",
    "samples",
    "polls",
    "polls_missed",
    "events",
    "dropped",
    "seconds",
]


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    for words in (
        ["demo"],
        ["open"],
        ["record"],
        ["check"],
        ["simulate"],
        ["screenshot"],
        ["log", "list"],
        ["log", "verify"],
        ["log", "export"],
    ):
        done = tankside(tmp_path, *words, "--help")
        assert done.returncode == 0
        assert f"tankside {' '.join(words)}" in done.stdout.replace("\n", " ")
        assert "Example:" in done.stdout


def test_a_headless_demo_records_and_the_log_proves_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run = tankside(
        tmp_path,
        *["demo", *SMALL, "--headless", "--seconds", "4", "--data", str(data), "--json"],
        *["--fault", "pump_trip:tank-2@1"],
    )
    summary = json_of(run)
    assert run.returncode == 0, run.stderr
    assert list(summary) == COUNTS
    assert summary["devices"] == summary["devices_ok"] == 4
    assert summary["samples"] > 100
    assert summary["dropped"] == 0
    assert summary["seconds"] == pytest.approx(4, abs=1)
    assert tankside(tmp_path, "log", "verify", "--data", str(data)).returncode == 0
    events = json_of(tankside(tmp_path, "log", "list", "--data", str(data), "--json"))
    kinds = [event["kind"] for event in reversed(events)]
    assert kinds[0] == "application.started"
    assert kinds[-1] == "application.stopped"
    assert kinds.count("device.connected") == 4
    assert kinds.index("fault.injected") < kinds.index("alarm.raised")
    exported = tankside(tmp_path, "log", "export", "--data", str(data)).stdout
    lines = [json.loads(line) for line in exported.splitlines()]
    assert "seal" in lines[-1]
    assert [line["id"] for line in lines if "id" in line] == [
        event["id"] for event in reversed(events)
    ]


def test_a_demo_without_a_display_says_so_and_shows_a_table(tmp_path: Path) -> None:
    home = {**environment(tmp_path)}
    home.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(
        [*COMMAND, "demo", *SMALL, "--seconds", "2"],
        env=home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    if sys.platform == "linux":
        assert "no display" in done.stderr
    assert "Tank 1" in done.stdout
    assert "live" in done.stdout
    assert "polls_missed" in done.stdout


def test_simulate_serves_what_check_and_record_read(tmp_path: Path) -> None:
    site = tmp_path / "sim.toml"
    words = [*COMMAND, "simulate", *SMALL, "--modbus-port", "0", "--gpu-port", "0"]
    with subprocess.Popen(
        [*words, "--site-out", str(site)],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        text=True,
    ) as simulator:
        try:
            assert simulator.stdout is not None
            assert "2 tanks, 2 hosts" in simulator.stdout.readline()
            checked = tankside(tmp_path, "check", str(site), "--json")
            assert checked.returncode == 0, checked.stderr
            rows = {(r["part"], r["point"]): r for d in json_of(checked) for r in d["rows"]}
            row = rows["tank-1", "coolant_return_temperature"]
            assert (row["unit"], row["quality"], row["register"]) == ("Cel", "good", "30002")
            assert 40 < row["value"] < 55
            assert rows["node-1/gpu0", "core_temperature"]["quality"] == "good"
            table = tankside(tmp_path, "check", str(site)).stdout
            assert "coolant_return_temperature" in table
            recorded = tankside(tmp_path, "record", str(site), "--seconds", "3", "--json")
            assert json_of(recorded)["devices_ok"] == 4
        finally:
            simulator.terminate()
            ended = simulator.wait(10)
            assert os.name != "posix" or ended == 0


def site_text(url: str = "tcp://127.0.0.1:1", extra: str = "") -> str:
    return (
        '[site]\nid = "s"\nname = "S"\n\n[[tank]]\nid = "tank-1"\nname = "Tank 1"\n'
        f'map = "generic-single-phase"\nurl = "{url}"\n{extra}\n'
    )


def test_check_says_who_did_not_answer_and_exits_1(tmp_path: Path) -> None:
    site = tmp_path / "site.toml"
    site.write_text(site_text(), encoding="utf-8")
    done = tankside(tmp_path, "check", str(site))
    assert done.returncode == 1
    assert "tank-1" in done.stdout
    assert "127.0.0.1:1 does not accept the connection" in done.stdout.replace("\n", " ")


@pytest.mark.parametrize("command", ["open", "record", "check"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (site_text(extra="pump = 3"), ["tank[1]", "pump", "unknown key", "3"]),
        (site_text(url="http://plc"), ["url", "http://plc", "tcp://HOST"]),
        (site_text(extra='fluid = "water"'), ["fluid", "'water'", "gtl-light"]),
        (site_text() + site_text().split("\n\n", 1)[1], ["tank[2] id", "'tank-1'", "tank[1]"]),
        (site_text().replace("generic-single", "no-such"), ["map", "no-such-phase", "shipped are"]),
    ],
    ids=["unknown key", "bad url", "unknown fluid", "two with one id", "missing map"],
)
def test_a_bad_site_file_is_one_message_and_exit_2(
    tmp_path: Path, command: str, text: str, words: list[str]
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(text, encoding="utf-8")
    done = tankside(tmp_path, command, str(site))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.strip().splitlines()
    for word in ["site.toml", *words]:
        assert word in line
    assert not list(tmp_path.rglob("*.db"))  # nothing was started


def test_bad_options_say_what_is_allowed(tmp_path: Path) -> None:
    done = tankside(tmp_path, "demo", "--headless", "--fault", "meteor@3")
    assert done.returncode == 2
    assert "pump_trip" in done.stderr
    assert tankside(tmp_path, "log", "verify", "--data", str(tmp_path / "none")).returncode == 2
    assert "nothing has been recorded" in tankside(tmp_path, "log", "list").stderr


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.slow
def test_killed_at_any_moment_the_log_verifies_and_goes_on(tmp_path: Path) -> None:
    data, rounds = tmp_path / "data", 6
    moments = random.Random(20261121)
    seen = 0
    for _ in range(rounds):
        words = ["demo", *SMALL, "--headless", "--data", str(data), "--speed", "20"]
        with subprocess.Popen(
            [*COMMAND, *words, "--fault", "facility_water_lost@5"],
            env=environment(tmp_path),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as console:
            time.sleep(moments.uniform(0.8, 3.5))
            console.kill()
        done = tankside(tmp_path, "log", "verify", "--data", str(data), "--json")
        result = json_of(done) if data.exists() else {"ok": True, "events": 0}
        assert result["ok"], result
        assert result["events"] >= seen
        seen = result["events"]
    assert seen > rounds
