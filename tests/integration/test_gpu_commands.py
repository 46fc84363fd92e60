"""``tankside gpu list``, ``watch`` and ``serve`` as a person runs them."""

from __future__ import annotations

import asyncio
import io
import json
import signal
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from console.cli.gpu_look import SeenGpu
from console.cli.gpu_table import gpu_table
from console.site import HostGpu
from drivers.gpu.points import gpu_schema
from drivers.http_server import MetricsProtocol
from drivers.points import Reason
from drivers.ports import Port
from tests.integration.commands import COMMAND, environment, json_of, tankside
from tests.integration.test_peers import free_port

CAPTURES = Path(__file__).parents[1] / "fixtures" / "gpu"
WORN = str(CAPTURES / "smi_q_worn.txt")
UUID = "GPU-5e0c4f2a-9b31-4d77-8c15-3f60a2d4e9{:02x}"


def page(*gpus: int, xid: int = 0, temperature: int = 59) -> str:
    lines = []
    for n in gpus:
        who = f'gpu="{n}",UUID="{UUID.format(n)}",DCGM_FI_DEV_SERIAL="16509{n:02d}"'
        lines += [f"DCGM_FI_DEV_GPU_TEMP{{{who}}} {temperature}"]
        lines += [f"DCGM_FI_DEV_XID_ERRORS{{{who}}} {xid}"]
    return "\n".join([*lines, ""])


class Exporter:
    """An exporter whose text a test changes while it is scraped."""

    def __init__(self, text: str) -> None:
        self.text: str | None = text
        self.scrapes = 0
        self.url = ""

    def page(self) -> str | None:
        self.scrapes += 1
        return self.text


@contextmanager
def exporter(text: str) -> Iterator[Exporter]:
    """Serve a text from a thread of its own."""
    served, loop = Exporter(text), asyncio.new_event_loop()
    port = Port(lambda registry: MetricsProtocol(registry, served.page), "127.0.0.1", 0)
    loop.run_until_complete(port.open())
    served.url = f"http://127.0.0.1:{port.number}/metrics"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield served
    finally:
        loop.call_soon_threadsafe(port.close)
        loop.call_soon_threadsafe(loop.call_later, 0.05, loop.stop)
        thread.join(5)
        loop.close()


def test_a_capture_is_diagnosed_offline(tmp_path: Path) -> None:
    done = tankside(tmp_path, "gpu", "list", WORN)
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stdout.split())
    assert "recorded at 2026-09-02 23:59:07" in told
    assert "1650923014411" in told
    assert "-3 K" in told
    assert "hardware slowdown" in told
    assert "device lost" in told
    assert "[now] A memory row could not be remapped" in told
    assert "[now] Too many uncorrectable errors in the GPU's SRAM" in told
    assert "(The GPU: has to come out)" in told


def test_the_same_as_json(tmp_path: Path) -> None:
    look = json_of(tankside(tmp_path, "gpu", "list", WORN, "--json"))
    ill, lost, dead = look["gpus"]
    assert look["recorded"] is True
    assert look["units"]["thermal_margin"] == "K"
    assert ill["values"]["thermal_margin"] == -3
    assert ill["values"]["power"] == 502.1
    assert ill["reasons"]["power"] == "recorded"
    assert ill["values"]["last_xid"] is None
    assert ill["reasons"]["last_xid"] == "not_exported"
    assert ill["limits"]["shutdown_margin"] == -8
    assert ill["measured"].startswith("2026-09-0")
    assert lost["lost"] is True
    assert set(lost["values"].values()) == {None}
    assert [f["id"] for f in lost["findings"]] == ["gpu-lost"]
    assert "row-remap-failure" in [f["id"] for f in dead["findings"]]
    assert {f["extraction"] for f in dead["findings"]} == {"yes"}


def test_a_healthy_capture_calls_for_nothing(tmp_path: Path) -> None:
    for name in ("smi_q_h100.txt", "smi_q_geforce.txt", "smi_query.csv"):
        look = json_of(tankside(tmp_path, "gpu", "list", str(CAPTURES / name), "--json"))
        first = look["gpus"][0]
        assert first["findings"] == [], name


def test_the_lines_for_a_site_file_are_valid(tmp_path: Path) -> None:
    done = tankside(tmp_path, "gpu", "list", WORN, "--site")
    listed = tomllib.loads("[[host]]\n" + done.stdout)["host"][0]["gpu"]
    assert [HostGpu.model_validate(gpu).slot for gpu in listed] == [0, 2]
    assert listed[0]["serial"] == "1650923014411"
    assert "# slot 1: 00000000:1D:00.0" in done.stdout


def test_columns_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("0, 61, 402.11\n")
    columns = "index, temperature.gpu, power.draw"
    look = json_of(tankside(tmp_path, "gpu", "list", str(path), "--columns", columns, "--json"))
    values = look["gpus"][0]["values"]
    assert (values["core_temperature"], values["power"]) == (61, 402.11)


def test_an_exporter_is_listed(tmp_path: Path) -> None:
    with exporter(page(0, 1, xid=79)) as host:
        look = json_of(tankside(tmp_path, "gpu", "list", host.url, "--json"))
        shown = tankside(tmp_path, "gpu", "list", host.url.removesuffix("/metrics")).stdout
    assert [gpu["values"]["core_temperature"] for gpu in look["gpus"]] == [59, 59]
    assert look["recorded"] is False
    assert look["gpus"][0]["findings"][0]["id"] == "last-xid-79"
    assert " ms" in shown


def test_a_gpu_that_hangs_hides_none_of_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANKSIDE_FAKE_NVML", "tests.fake_nvml.scenarios:one_of_eight_hangs")
    look = json_of(tankside(tmp_path, "gpu", "list", "nvml://local", "--json"))
    temperatures = [gpu["values"]["core_temperature"] for gpu in look["gpus"]]
    assert temperatures == [59, 59, 59, 59, 59, None, 59, 59]
    assert set(look["gpus"][5]["reasons"].values()) == {"no_comms"}
    assert look["trouble"][0].startswith("index 5: ")


def test_nvml_in_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANKSIDE_FAKE_NVML", "tests.fake_nvml.scenarios:negative_margin")
    done = tankside(tmp_path, "gpu", "list", "nvml://local")
    assert done.returncode == 0, done.stderr
    assert "-5 K" in done.stdout
    assert "[now] The GPU is beyond its slowdown temperature" in done.stdout


@pytest.mark.parametrize(
    ("width", "there", "missing"),
    [
        (80, {"Core", "Margin", "Findings"}, {"Serial", "Remapped", "Model"}),
        (105, {"Serial", "Remapped"}, {"Model", "UUID", "Bus"}),
        (150, {"Serial", "Remapped", "Model", "UUID", "Bus"}, set()),
    ],
)
def test_a_narrow_terminal_has_fewer_columns_and_whole_numbers(
    width: int, there: set[str], missing: set[str]
) -> None:
    schema = gpu_schema()
    values, reasons = np.full(len(schema), np.nan), np.full(len(schema), Reason.NOT_SUPPORTED)
    for key, value in {"core_temperature": 90, "thermal_margin": -3, "power": 629.45}.items():
        values[schema.index[key]], reasons[schema.index[key]] = value, Reason.NONE
    seen = SeenGpu(0, {"serial": "1650000000000"}, values, reasons.astype(np.uint8))
    console = Console(width=width, file=io.StringIO())
    console.print(gpu_table([seen], "nvml://local", width, [[]]))
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert {heading for heading in there | missing if heading in shown} == there
    assert all(text in shown for text in ("90 °C", "-3 K", "629 W"))
    assert max(map(len, shown.splitlines())) <= width


def test_an_xid_and_a_loss_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TANKSIDE_FAKE_NVML", "tests.fake_nvml.scenarios:lost_with_xid")
    done = tankside(tmp_path, "gpu", "watch", "nvml://local", "--seconds", "5")
    assert done.returncode == 0, done.stderr
    assert "The GPU is lost" in done.stdout
    assert "Xid 79: The GPU stopped answering" in done.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "ftp://x"], "nvml://local"),
        (["list", "nonsense"], "nvml://local"),
        (["list", "nvml://elsewhere"], "nvml://local"),
        (["list", "missing.txt"], "missing.txt: there is no such file"),
        (["list", "smi:/no/such"], "/no/such: there is no such file"),
        (["list", __file__], "which is neither"),
        (["list", "http://127.0.0.1:1/metrics"], "127.0.0.1:1"),
        (["watch", WORN], "is a recording"),
        (["watch", "http://"], "nvml://local"),
        (["watch", "http://127.0.0.1:1/metrics"], "127.0.0.1:1"),
        (["serve", "--listen", "nowhere"], "HOST:PORT"),
        (["serve", "--listen", "1.2.3.4:99999"], "HOST:PORT"),
        (["serve", "--source", "http://127.0.0.1:1/metrics", "--listen", ":0"], "127.0.0.1:1"),
    ],
)
def test_mistakes_are_sentences(tmp_path: Path, words: list[str], sentence: str) -> None:
    done = tankside(tmp_path, "gpu", *words)
    assert done.returncode == 2, done.stderr
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_events_are_told_while_watching(tmp_path: Path) -> None:
    with exporter(page(0, 1)) as host:
        words = ["gpu", "watch", host.url, "--seconds", "4", "--interval", "0.2"]
        process = subprocess.Popen(
            [*COMMAND, *words],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for text in (page(0, 1), page(0, 1, xid=48), page(0, xid=48), page(0, 1, xid=48)):
            host.text = text
            _wait_for_scrapes(host, host.scrapes + 2)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    lines = [line.split("  ", 1)[1] for line in out.splitlines() if "GPU" in line and ":" in line]
    assert any(line.startswith("GPU 1 1650901: Xid 48") for line in lines), out
    assert "GPU 1 1650901: The GPU is lost" in lines
    assert "GPU 1 1650901: The GPU answers again" in lines
    assert "look " in out
    assert "59 °C" in out


def _wait_for_scrapes(host: Exporter, count: int) -> None:
    until_s = time.monotonic() + 20
    while host.scrapes < count:
        assert time.monotonic() < until_s
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C is not a signal there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_served_is_listed_and_a_signal_ends_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_port()
    with exporter(page(0, 3, xid=79)) as host:
        words = ["gpu", "serve", "--source", host.url, "--listen", f"127.0.0.1:{port}"]
        process = subprocess.Popen(
            [*COMMAND, *words, "--interval", "0.2"],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        try:
            assert f"127.0.0.1:{port}/metrics" in process.stdout.readline()
            url = f"http://127.0.0.1:{port}/metrics"
            with urllib.request.urlopen(url, timeout=5) as answer:
                text = answer.read().decode()
            look = json_of(tankside(tmp_path, "gpu", "list", url, "--json"))
        finally:
            process.send_signal(number)
        started_s = time.monotonic()
        _, err = process.communicate(timeout=10)
    assert time.monotonic() - started_s < 2
    assert (process.returncode, err) == (0, "")
    assert "# TYPE DCGM_FI_DEV_GPU_TEMP gauge" in text
    first, second = look["gpus"]
    assert (first["identity"]["uuid"], second["number"]) == (UUID.format(0), 3)
    assert second["values"]["core_temperature"] == 59
    assert second["values"]["last_xid"] == 79


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    with exporter(page(0)) as host:
        taken = host.url.removeprefix("http://").removesuffix("/metrics")
        done = tankside(tmp_path, "gpu", "serve", "--source", host.url, "--listen", taken)
    assert done.returncode == 2
    assert taken in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", ["list", "watch", "serve"])
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    shown = tankside(tmp_path, "gpu", command, "--help").stdout
    assert f"Example: tankside gpu {command} " in " ".join(shown.split())


def test_json_is_one_document_without_secrets(tmp_path: Path) -> None:
    with exporter(page(0)) as host:
        secret = host.url.replace("http://", "http://op:s3cret@")
        done = tankside(tmp_path, "gpu", "list", secret, "--json")
    assert json.loads(done.stdout)["source"] == host.url
    assert "s3cret" not in done.stdout + done.stderr
