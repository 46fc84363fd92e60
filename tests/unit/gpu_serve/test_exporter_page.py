"""What the exporter of our own writes, read back by what reads exporters."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from drivers.gpu.exporter_page import XID_WINDOW_S, XidWindow, exporter_page
from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.points import gpu_points, gpu_schema
from drivers.gpu.source import GpuFault, GpuSample
from drivers.points import Reason, Stamp
from tests.unit.gpu_serve.fake_source import UUID, gpu, silent, who

NOW = Stamp(1_800_000_000_000_000, 5000.0)
KEYS = [spec.key for spec in gpu_points() if spec.key != "xid_count"]
LOADED = {
    "core_temperature": 59.0,
    "hotspot_temperature": 71.0,
    "memory_temperature": 55.0,
    "thermal_margin": -3.0,
    "power": 629.45,
    "power_limit": 700.0,
    "energy": 123_456_789_012.0,
    "throttle_reasons": float(0x6C),
    "sm_clock": 1980.0,
    "ecc_corrected_volatile": 1043.0,
    "row_remap_pending": 1.0,
    "channel_repair_pending": 1.0,
    "nvlink_errors": 12.0,
    "recovery_action": 1.0,
    "last_xid": 79.0,
}


def page(*samples: GpuSample, xids: dict[tuple[str, int], int] | None = None) -> str:
    return exporter_page(samples, {} if xids is None else xids, "node-17", 0.012)


def back(text: str) -> list[GpuSample]:
    return ExpositionReader().read(text, NOW)


def good(sample: GpuSample) -> dict[str, float]:
    return {
        point.key: float(value)
        for point, value, reason in zip(gpu_schema(), sample.values, sample.reasons, strict=True)
        if reason == Reason.NONE
    }


def test_what_is_written_is_read_back() -> None:
    limits = {"slowdown_margin": -2.0, "shutdown_margin": -8.0, "max_operating_margin": 0.0}
    (read,) = back(page(gpu(3, LOADED, limits=limits)))
    assert good(read) == {**LOADED, "xid_count": 0.0}
    assert read.index == 3
    assert read.identity == who(3, hostname="node-17")
    assert read.own_limits == limits


@given(
    st.dictionaries(
        st.sampled_from(KEYS), st.floats(0, 64, allow_subnormal=False), min_size=1, max_size=45
    )
)
def test_every_point_and_digit_survives(found: dict[str, float]) -> None:
    whole = {spec.key for spec in gpu_points() if spec.states or spec.flags}
    whole |= {"last_xid"}
    found = {key: float(round(value)) if key in whole else value for key, value in found.items()}
    (read,) = back(page(gpu(0, found)))
    seen = good(read)
    del seen["xid_count"]
    assert seen == {key: value for key, value in found.items() if key in seen}
    told = gpu(0, found)
    assert set(seen) == set(good(told))


def test_only_what_is_good_is_written() -> None:
    doubtful = {"power": 99_999.0, "core_temperature": 40.0}
    sample = gpu(0, doubtful, {"memory_temperature": Reason.STALE})
    recorded = GpuSample(1, who(1), sample.values, np.full_like(sample.reasons, Reason.RECORDED))
    text = page(sample, recorded)
    assert "DCGM_FI_DEV_POWER_USAGE" not in text
    assert "DCGM_FI_DEV_MEMORY_TEMP" not in text
    first, second = back(text)
    assert good(first) == {"core_temperature": 40.0, "xid_count": 0.0}
    assert good(second) == {"xid_count": 0.0}


def test_a_lost_gpu_has_no_line_and_one_that_hangs_is_still_there() -> None:
    text = page(silent(0, Reason.DEVICE_LOST), silent(1, Reason.NO_COMMS), gpu(2, LOADED))
    assert UUID.format(0) not in text
    hanging, healthy = back(text)
    assert hanging.identity["uuid"] == UUID.format(1)
    assert (hanging.reasons != Reason.NONE).sum() == len(gpu_schema()) - 1
    assert good(healthy)["power"] == 629.45


def test_it_is_text_that_prometheus_reads() -> None:
    families = {
        f.name: f for f in text_string_to_metric_families(page(gpu(0, LOADED), gpu(1, LOADED)))
    }
    temperature = families["DCGM_FI_DEV_GPU_TEMP"]
    assert (temperature.type, temperature.documentation) == ("gauge", "Core temperature (in Cel).")
    assert [sample.value for sample in temperature.samples] == [59, 59]
    assert temperature.samples[1].labels == {
        "gpu": "1",
        "UUID": UUID.format(1),
        "pci_bus_id": "00000000:1B:00.0",
        "device": "nvidia1",
        "modelName": "NVIDIA H100 80GB HBM3",
        "hostname": "node-17",
        "DCGM_FI_DRIVER_VERSION": "590.48.01",
        "DCGM_FI_DEV_SERIAL": "1650923014401",
        "DCGM_FI_DEV_VBIOS_VERSION": "96.00.A5.00.01",
        "DCGM_FI_DEV_INFOROM_IMAGE_VER": "G520.0200.00.05",
    }
    assert families["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"].type == "counter"
    assert families["DCGM_FI_DEV_XID_ERRORS"].samples[0].labels["err_code"] == "79"
    assert families["tankside_gpu_look_seconds"].samples[0].value == 0.012


@given(st.text(max_size=60))
def test_labels_hold_whatever_a_name_holds(name: str) -> None:
    text = page(gpu(0, {"power": 70.0}, model=name or "x", hostname='a"b\\c\nd'))
    lines = [line for line in text.split("\n") if line.startswith("DCGM_FI_DEV_POWER_USAGE{")]
    assert len(lines) == 1
    ((sample,),) = (family.samples for family in text_string_to_metric_families(lines[0]))
    assert sample.value == 70
    assert sample.labels["modelName"] == (name or "x")
    assert sample.labels["hostname"] == 'a"b\\c\nd'


def test_xids_are_counted_for_five_minutes() -> None:
    window = XidWindow()
    times_s = (100.0, 200.0, 250.0)
    window.add(GpuFault(UUID.format(0), 48, "", Stamp(0, time_s)) for time_s in times_s)
    window.add(
        [GpuFault(UUID.format(0), 63, "", Stamp(0, 250.0)), GpuFault("x", 0, "", Stamp(0, 1))]
    )
    assert window.counts(260.0) == {(UUID.format(0), 48): 3, (UUID.format(0), 63): 1}
    assert window.counts(100.0 + XID_WINDOW_S) == {(UUID.format(0), 48): 2, (UUID.format(0), 63): 1}
    assert not window.counts(1000.0)


def test_xid_counts_are_read_back() -> None:
    counts = {(UUID.format(0), 48): 3, (UUID.format(0), 63): 1}
    text = page(gpu(0, {"last_xid": 63.0}), gpu(1, {"last_xid": 0.0}), xids=counts)
    assert 'window_size_in_ms="300000",xid="48"} 3' in text
    seen = [good(sample) for sample in back(text)]
    assert [(one["last_xid"], one["xid_count"]) for one in seen] == [(63, 4), (0, 0)]


def test_when_a_xid_came_is_told_also_of_a_gpu_that_is_gone() -> None:
    times = {
        (UUID.format(0), 48): 1_800_000_000.25,
        (UUID.format(7), 79): 1.8e9,
        ("index 3", 1): 1.0,
    }
    text = exporter_page([gpu(0, {"last_xid": 48.0})], {}, "n", 0.0, times)
    reader = ExpositionReader()
    (there,) = reader.read(text, NOW)
    assert there.identity["uuid"] == UUID.format(0)
    assert dict(reader.xids) == {k: t for k, t in times.items() if k[0] != "index 3"}


def test_a_source_without_events_has_no_counts() -> None:
    assert "XID_ERRORS_COUNT" not in exporter_page([gpu(0, LOADED)], None, "n", 0.0)
