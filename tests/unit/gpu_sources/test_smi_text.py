"""nvidia_gpu_exporter's text: SI units, UUIDs without their prefix, values that may be old."""

from __future__ import annotations

import pytest

from drivers.device import DeviceError
from drivers.gpu.exposition import ExpositionReader
from drivers.gpu.xid_times import XidTimes
from drivers.points import Reason
from tests.unit.gpu_sources.made import NOW, good, read, reason, text_of, value

BARE = "7c41d9a2-5e0b-4f83-9a16-c2d5e8f70b34"
H100 = {
    "core_temperature": 59,
    "memory_temperature": 54,
    "thermal_margin": 26,
    "power": 631.95,
    "power_instant": 625.68,
    "power_limit": 700,
    "utilization": 100,
    "memory_utilization": 11,
    "throttle_reasons": 0,
    "performance_state": 0,
    "sm_clock": 1980,
    "sm_clock_max": 1980,
    "memory_clock": 2619,
    "memory_used": 19818,
    "memory_total": 81559,
    "ecc_mode": 1,
    "ecc_corrected_volatile": 0,
    "ecc_uncorrected_volatile": 0,
    "ecc_corrected_aggregate": 0,
    "ecc_uncorrected_aggregate": 0,
    "sram_threshold_exceeded": 0,
    "correctable_remapped_rows": 0,
    "uncorrectable_remapped_rows": 0,
    "row_remap_pending": 0,
    "row_remap_failure": 0,
    "pcie_generation": 5,
    "pcie_generation_max": 5,
    "pcie_width": 16,
    "pcie_width_max": 16,
    "fabric_state": 3,
    "mig_mode": 0,
    "recovery_action": 0,
}


def smi(name: str, number: object, more: str = "", uuid: str = BARE) -> str:
    return f'nvidia_smi_{name}{{uuid="{uuid}"{more}}} {number}\n'


def test_every_field_of_an_h100_under_load() -> None:
    (gpu,) = read(text_of("smi_h100"))
    assert good(gpu) == H100
    assert gpu.identity == {
        "uuid": f"GPU-{BARE}",
        "model": "NVIDIA H100 80GB HBM3",
        "pci_bus_id": "00000000:00:09.0",
        "driver": "590.48.01",
        "serial": "1654923071122",
        "vbios": "96.00.A5.00.01",
        "module": "7",
    }
    assert (gpu.index, gpu.measured) == (0, None)


def test_a_geforce_without_memory_temperature_margin_or_ecc() -> None:
    (gpu,) = read(text_of("smi_rtx4080s"))
    for key in ("memory_temperature", "thermal_margin", "ecc_corrected_volatile", "fabric_state"):
        assert reason(gpu, key) is Reason.NOT_EXPORTED
    assert (value(gpu, "core_temperature"), value(gpu, "power")) == (46, 84.24)
    assert "serial" not in gpu.identity


def test_instances_hide_the_remapped_rows() -> None:
    (gpu,) = read(text_of("smi_h100_mig"))
    assert (value(gpu, "mig_mode"), value(gpu, "thermal_margin")) == (1, 24)
    assert reason(gpu, "uncorrectable_remapped_rows") is Reason.NOT_EXPORTED


def test_energy_of_the_nvml_backend_is_in_joules() -> None:
    assert good(read(smi("energy_joules_total", "12.5"))[0]) == {"energy": 12500}


def test_the_older_name_of_the_throttle_reasons() -> None:
    (gpu,) = read(smi("clocks_throttle_reasons_active", 64))
    assert good(gpu) == {"throttle_reasons": 64}


class TestFailedCollection:
    def failed(self, text: str, since_s: float | None = None) -> str:
        when = f"{NOW.utc_us / 1e6 - (since_s or 0):f}"
        at = f"nvidia_smi_last_collect_success_timestamp_seconds {when}\n"
        replaced = text.replace(
            "nvidia_smi_last_collect_success 1", "nvidia_smi_last_collect_success 0"
        )
        assert replaced != text
        return replaced + (at if since_s is not None else "")

    def test_its_values_are_stale_and_of_their_time(self) -> None:
        (gpu,) = read(self.failed(text_of("smi_h100"), 40))
        assert good(gpu) == {}
        assert value(gpu, "core_temperature") == 59
        assert reason(gpu, "core_temperature") is Reason.STALE
        assert reason(gpu, "nvlink_errors") is Reason.NOT_EXPORTED
        assert gpu.measured is not None
        assert gpu.measured.mono_s == pytest.approx(NOW.mono_s - 40)
        assert gpu.measured.utc_us == pytest.approx(NOW.utc_us - 40e6, abs=10)

    def test_without_the_time_only_stale(self) -> None:
        (gpu,) = read(self.failed(text_of("smi_h100")))
        assert (good(gpu), gpu.measured) == ({}, None)

    def test_a_gpu_that_is_not_named_then_is_not_lost(self) -> None:
        reader = ExpositionReader()
        read(text_of("smi_h100"), reader)
        (gpu,) = read("nvidia_smi_last_collect_success 0\n", reader)
        assert value(gpu, "core_temperature") == 59
        assert reason(gpu, "core_temperature") is Reason.STALE
        (again,) = read(text_of("smi_h100"), reader)
        assert good(again) == H100

    def test_with_nothing_known_it_is_an_error(self) -> None:
        with pytest.raises(DeviceError, match="its own look at the GPUs fails"):
            read("nvidia_smi_last_collect_success 0\n")

    def test_a_clock_ahead_of_ours_is_not_followed(self) -> None:
        (gpu,) = read(self.failed(text_of("smi_h100"), -1000))
        assert gpu.measured == NOW


class TestXids:
    def seen(self, xid: int, ago_s: float) -> str:
        when = NOW.utc_us / 1e6 - ago_s
        return smi("xid_last_timestamp_seconds", f"{when:f}", f',xid="{xid}"')

    def test_the_latest_is_the_last_and_all_are_counted(self) -> None:
        text = self.seen(31, 10) + self.seen(79, 100) + smi("temperature_gpu", 40)
        text += smi("xid_errors_total", 2, ',xid="31"') + smi("xid_errors_total", 1, ',xid="79"')
        assert good(read(text)[0]) == {"core_temperature": 40, "last_xid": 31, "xid_count": 3}

    def test_the_xids_of_a_lost_gpu_do_not_bring_it_back(self) -> None:
        reader = ExpositionReader()
        read(smi("temperature_gpu", 40), reader)
        gone = self.seen(79, 1) + smi("xid_errors_total", 1, ',xid="79"')
        assert read(gone + "nvidia_smi_last_collect_success 1\n", reader) == []
        assert set(reader.xids) == {(f"GPU-{BARE}", 79)}

    def test_the_first_look_tells_history_the_next_ones_events(self) -> None:
        reader, times = ExpositionReader(), XidTimes()
        steps = [
            (self.seen(31, 1000), []),
            (self.seen(31, 1000), []),
            (self.seen(31, 1000) + self.seen(79, 3), [79]),
            (self.seen(31, 1) + self.seen(79, 3), [31]),
            ("", []),
            (self.seen(48, 0), [48]),
        ]
        for text, expected in steps:
            read(smi("temperature_gpu", 40) + text, reader)
            times.take(reader.xids, NOW)
            told = times.new()
            assert [fault.code for fault in told] == expected
            assert all(fault.gpu == f"GPU-{BARE}" for fault in told)
            assert all(fault.time.mono_s <= NOW.mono_s for fault in told)
        assert times.are_told
        assert times.new() == []

    def test_the_time_is_that_of_the_event(self) -> None:
        reader, times = ExpositionReader(), XidTimes()
        for text in ("", self.seen(79, 3)):
            read(smi("temperature_gpu", 40) + text, reader)
            times.take(reader.xids, NOW)
        (fault,) = times.new()
        assert fault.time.mono_s == pytest.approx(NOW.mono_s - 3, abs=1e-3)
