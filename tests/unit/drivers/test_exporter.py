"""dcgm-exporter text: what it says, what it leaves out, and what it only seems to say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError, DeviceGarbledError, DeviceRefusedError, DeviceTimeoutError
from drivers.gpu.exporter import ExporterDevice
from drivers.gpu.exposition import read_exposition
from drivers.points import Reason, Snapshot, Stamp

LABELS = (
    'gpu="{gpu}",UUID="GPU-{gpu}",pci_bus_id="00000000:1A:00.0",device="nvidia{gpu}",'
    'modelName="NVIDIA H100 80GB HBM3",{host}="node",DCGM_FI_DRIVER_VERSION="580.1"'
)


def line(field: str, value: str, gpu: int = 0, host: str = "hostname", more: str = "") -> str:
    return f"{field}{{{LABELS.format(gpu=gpu, host=host)}{more}}} {value}\n"


def gauge(field: str, *lines: str) -> str:
    return f"# HELP {field} A field.\n# TYPE {field} gauge\n" + "".join(lines)


TEMPERATURES = gauge(
    "DCGM_FI_DEV_GPU_TEMP",
    line("DCGM_FI_DEV_GPU_TEMP", "59"),
    line("DCGM_FI_DEV_GPU_TEMP", "41", gpu=1),
)


def device(**options: object) -> ExporterDevice:
    return ExporterDevice("node-1", "http://h/metrics", clock=lambda: Stamp(1, 1.0), **options)  # type: ignore[arg-type]


def test_each_gpu_is_a_part_with_its_identity() -> None:
    first, second = device().accept(TEMPERATURES)
    assert (first.device, second.device) == ("node-1/gpu0", "node-1/gpu1")
    assert first.good("core_temperature") == 59
    assert second.good("core_temperature") == 41
    assert first.identity["uuid"] == "GPU-0"
    assert first.identity["model"] == "NVIDIA H100 80GB HBM3"


def test_what_is_not_exported_says_so() -> None:
    (first, _) = device().accept(TEMPERATURES)
    assert first["power"].value is None
    assert first["power"].reason is Reason.NOT_EXPORTED


@pytest.mark.parametrize(
    "blank", ["9223372036854775794", "2147483633", "140737488355328.0", "NaN", "+Inf"]
)
def test_blanks_of_old_builds_are_not_numbers(blank: str) -> None:
    text = gauge("DCGM_FI_DEV_POWER_USAGE", line("DCGM_FI_DEV_POWER_USAGE", blank))
    (gpu,) = device().accept(text)
    assert gpu["power"].value is None
    assert gpu["power"].reason is Reason.NOT_SUPPORTED


def test_old_label_names_and_counters_are_understood() -> None:
    field = "DCGM_FI_DEV_PCIE_REPLAY_COUNTER"
    text = f"# TYPE {field} counter\n" + line(field, "3", host="Hostname")
    (gpu,) = device().accept(text)
    assert gpu.good("pcie_replay_count") == 3
    assert gpu.identity["hostname"] == "node"


def test_the_older_name_of_the_throttle_reasons_counts() -> None:
    field = "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS"
    (gpu,) = device().accept(gauge(field, line(field, "64")))
    reading = gpu["throttle_reasons"]
    assert reading.value is not None
    assert reading.point.words(reading.value) == "hardware thermal"


def test_instances_of_a_shared_gpu_are_not_the_gpu() -> None:
    text = gauge(
        "DCGM_FI_DEV_GPU_TEMP",
        line("DCGM_FI_DEV_GPU_TEMP", "59"),
        line("DCGM_FI_DEV_GPU_TEMP", "1", more=',GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"'),
    )
    (gpu,) = device().accept(text)
    assert gpu.good("core_temperature") == 59


def test_a_gpu_that_vanishes_is_lost_and_keeps_its_name() -> None:
    found = device()
    found.accept(TEMPERATURES)
    only_first = gauge("DCGM_FI_DEV_GPU_TEMP", line("DCGM_FI_DEV_GPU_TEMP", "59"))
    first, second = found.accept(only_first)
    assert first.good("core_temperature") == 59
    assert {r.reason for r in second.readings} == {Reason.DEVICE_LOST}
    assert second.identity["uuid"] == "GPU-1"
    assert found.accept(TEMPERATURES)[1].good("core_temperature") == 41


def test_a_gpu_promised_by_the_site_file_and_never_seen_is_lost() -> None:
    found = device(expected_gpus=3)
    assert [part for part, _ in found.parts] == ["node-1/gpu0", "node-1/gpu1", "node-1/gpu2"]
    assert found.accept(TEMPERATURES)[2]["core_temperature"].reason is Reason.DEVICE_LOST
    assert {r.reason for s in found.accept("") for r in s.readings} == {Reason.DEVICE_LOST}


def test_text_without_any_gpu_is_said() -> None:
    with pytest.raises(DeviceGarbledError, match="names no GPU"):
        device().accept("# nothing\n")


@given(st.text() | st.text().map(lambda noise: TEMPERATURES + noise))
def test_hostile_text_is_read_or_refused(text: str) -> None:
    try:
        gpus = read_exposition(text)
    except DeviceGarbledError:
        return
    for gpu in gpus.values():
        values, reasons = gpu.decode()
        assert len(values) == len(reasons)


async def scrape(reply: bytes | None, url: str = "/metrics") -> Sequence[Snapshot]:
    served: list[asyncio.Task[None] | None] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.current_task())
        await reader.readuntil(b"\r\n\r\n")
        if reply is None:
            await reader.read()  # silent until the client gives up
        else:
            writer.write(reply)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    found = ExporterDevice("node-1", f"http://127.0.0.1:{port}{url}", timeout_s=0.2)
    await found.connect()
    try:
        return await found.poll()
    finally:
        await found.close()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*filter(None, served))


def http(status: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def test_over_http() -> None:
    (first, _) = await scrape(http("200 OK", TEMPERATURES))
    assert first.good("core_temperature") == 59


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (http("503 Busy", ""), DeviceRefusedError, "503"),
        (None, DeviceTimeoutError, "did not answer within 0.2 s"),
        (b"not http at all\r\n\r\n", DeviceError, "http://127"),
        (http("200 OK", "DCGM_FI_DEV_GPU_TEMP{b 1"), DeviceGarbledError, "cannot be read"),
    ],
)
async def test_a_host_in_trouble_is_a_sentence(
    reply: bytes | None, error: type[DeviceError], words: str
) -> None:
    with pytest.raises(error, match=words):
        await scrape(reply)
