"""dcgm-exporter's text: every field right, whichever of its versions wrote it."""

from __future__ import annotations

import pytest

from drivers.device import DeviceGarbledError
from drivers.gpu.exposition import ExpositionReader
from drivers.points import Reason
from tests.unit.gpu_sources.made import (
    UUID,
    good,
    labels_of,
    line,
    read,
    reason,
    temperature,
    text_of,
    value,
)


def test_the_text_of_two_h100() -> None:
    first, second = read(text_of("dcgm"))
    assert good(first) == {
        "core_temperature": 59,
        "memory_temperature": 55,
        "power": 629.45,
        "last_xid": 79,
    }
    assert good(second) == {
        "core_temperature": 41,
        "memory_temperature": 48,
        "power": 69.85,
        "last_xid": 0,
    }
    assert first.identity == {
        "uuid": UUID.format(0),
        "model": "NVIDIA H100 80GB HBM3",
        "pci_bus_id": "00000000:1A:00.0",
        "hostname": "rack7-node2",
        "driver": "580.126.09",
    }
    assert (first.index, first.key, first.measured) == (0, UUID.format(0), None)
    assert reason(first, "nvlink_errors") is Reason.NOT_EXPORTED


def test_an_old_exporter_with_spaces_blanks_and_no_bus_address() -> None:
    (gpu,) = read(text_of("dcgm_old"))
    assert good(gpu) == {
        "core_temperature": 44,
        "sm_clock": 1530,
        "energy": 8812345678,
        "retired_pages_uncorrected": 2,
    }
    assert reason(gpu, "memory_temperature") is Reason.NOT_SUPPORTED
    assert value(gpu, "memory_temperature") != value(gpu, "memory_temperature")  # no number
    assert gpu.identity == {
        "uuid": "GPU-90b4c2d6-1f3e-4a58-b7c9-0d2e4f6a8b10",
        "model": "Tesla V100-SXM2-32GB",
        "hostname": "old-node",
    }


@pytest.mark.parametrize(
    "name", ["DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_GPU_TEMP_CELSIUS", "dcgm_gpu_temp"]
)
@pytest.mark.parametrize("ending", ["", "_total"])
@pytest.mark.parametrize("label", ["UUID", "uuid", "gpu_uuid"])
def test_every_spelling_of_a_field_and_of_the_label(name: str, ending: str, label: str) -> None:
    (gpu,) = read(f'{name}{ending}{{gpu="3",{label}="GPU-x",model_name="A"}} 51\n')
    assert (gpu.index, gpu.key, gpu.identity["model"]) == (3, "GPU-x", "A")
    assert good(gpu) == {"core_temperature": 51}


def test_a_counter_by_its_type_line() -> None:
    field = "DCGM_FI_DEV_PCIE_REPLAY_COUNTER"
    (gpu,) = read(f"# TYPE {field} counter\n" + line(field, 9))
    assert good(gpu) == {"pcie_replay_count": 9}


@pytest.mark.parametrize(
    "blank",
    [
        *(9223372036854775792 + i for i in range(4)),
        *(2147483632 + i for i in range(4)),
        *(f"{140737488355328.0 + i:f}" for i in range(4)),
        "NaN",
        "+Inf",
        "-Inf",
    ],
)
def test_blanks_are_not_numbers(blank: object) -> None:
    (gpu,) = read(line("DCGM_FI_DEV_POWER_USAGE", blank) + temperature(40))
    assert good(gpu) == {"core_temperature": 40}
    assert reason(gpu, "power") is Reason.NOT_SUPPORTED


@pytest.mark.parametrize("number", ["2147483631", "2147483636", "140737488355327", "1e14"])
def test_numbers_beside_the_blanks_are_numbers(number: str) -> None:
    (gpu,) = read(line("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", number))
    assert good(gpu) == {"energy": float(number)}


def test_what_cannot_be_is_shown_and_marked() -> None:
    (gpu,) = read(temperature(600))
    assert (value(gpu, "core_temperature"), good(gpu)) == (600, {})
    assert reason(gpu, "core_temperature") is Reason.OUT_OF_RANGE


def test_a_negative_margin_keeps_its_sign() -> None:
    (gpu,) = read(line("DCGM_FI_DEV_GPU_TEMP_LIMIT", "-5"))
    assert good(gpu) == {"thermal_margin": -5}


def test_the_first_name_of_a_point_counts_whatever_the_order() -> None:
    enforced, asked = "DCGM_FI_DEV_ENFORCED_POWER_LIMIT", "DCGM_FI_DEV_POWER_MGMT_LIMIT"
    for text in (line(enforced, 600) + line(asked, 700), line(asked, 700) + line(enforced, 600)):
        assert good(read(text)[0]) == {"power_limit": 600}
    blank = line(enforced, 140737488355330) + line(asked, 700)
    assert good(read(blank)[0]) == {"power_limit": 700}


def test_what_the_gpu_says_of_its_limits() -> None:
    (gpu,) = read(
        line("DCGM_FI_DEV_SLOWDOWN_TEMP", 89)
        + line("DCGM_FI_DEV_GPU_TEMP_SHUTDOWN_CELSIUS", 95)
        + line("DCGM_FI_DEV_GPU_MAX_OP_TEMP", 2147483634)
    )
    assert gpu.own_limits == {"slowdown": 89, "shutdown": 95}


def test_serial_and_versions_come_as_labels() -> None:
    more = (
        ',DCGM_FI_DEV_SERIAL="1654922000111",DCGM_FI_DEV_VBIOS_VERSION="96.00",'
        'DCGM_FI_DEV_INFOROM_IMAGE_VER="G520",DCGM_FI_DRIVER_VERSION="<<<NOT_SUPPORTED>>>"'
    )
    (gpu,) = read(temperature(40, more=more))
    assert gpu.identity["serial"] == "1654922000111"
    assert (gpu.identity["vbios"], gpu.identity["inforom"]) == ("96.00", "G520")
    assert "driver" not in gpu.identity


class TestLinks:
    FLIT, DATA = (f"DCGM_FI_DEV_NVLINK_CRC_{kind}_ERROR_COUNT_TOTAL" for kind in ("FLIT", "DATA"))

    def link(self, name: str, number: int, count: object) -> str:
        labels = labels_of().replace("UUID=", "gpu_uuid=").replace("modelName", "model_name")
        return f'{name}{{nvlink="{number}",{labels}}} {count}\n'

    def test_links_and_kinds_are_added_up(self) -> None:
        text = "".join(self.link(self.FLIT, n, n) for n in range(4)) + self.link(self.DATA, 0, 10)
        assert good(read(text)[0]) == {"nvlink_errors": 16}

    def test_a_total_beside_its_links_counts_once(self) -> None:
        text = self.link(self.FLIT, 0, 3) + self.link(self.FLIT, 1, 4) + line(self.FLIT, 7)
        assert good(read(text)[0]) == {"nvlink_errors": 7}

    def test_a_line_given_twice_counts_once(self) -> None:
        assert good(read(self.link(self.FLIT, 0, 3) * 2)[0]) == {"nvlink_errors": 3}

    def test_a_link_that_tells_nothing_is_not_counted_as_none(self) -> None:
        blank = self.link(self.FLIT, 1, 9223372036854775794)
        assert good(read(self.link(self.FLIT, 0, 3) + blank)[0]) == {"nvlink_errors": 3}
        (gpu,) = read(blank)
        assert reason(gpu, "nvlink_errors") is Reason.NOT_SUPPORTED

    def test_switches_and_processors_are_no_gpus(self) -> None:
        switch = f'{self.FLIT}{{nvlink="1",nvswitch="nvswitch0",hostname="n"}} 4\n'
        processor = 'DCGM_FI_DEV_GPU_TEMP{cpu="0",gpu="0",hostname="n"} 4\n'
        assert [gpu.index for gpu in read(temperature(40) + switch + processor)] == [0]
        assert good(read(temperature(40) + switch + processor)[0]) == {"core_temperature": 40}


class TestInstances:
    """MIG: dcgm-exporter names only the instances then, with the whole GPU's temperature."""

    MIG = ',GPU_I_PROFILE="1g.10gb",GPU_I_ID="{}"'

    def test_the_whole_gpu_comes_before_its_instances(self) -> None:
        text = temperature(1, more=self.MIG.format(7)) + temperature(59)
        for lines in (text, text + temperature(2, more=self.MIG.format(8))):
            assert good(read(lines)[0]) == {"core_temperature": 59}

    def test_without_it_they_tell_what_they_share(self) -> None:
        text = "".join(temperature(59, more=self.MIG.format(i)) for i in (7, 8))
        text += line("DCGM_FI_DEV_FB_USED", 12, more=self.MIG.format(7))
        (gpu,) = read(text)
        assert good(gpu) == {"core_temperature": 59}
        assert reason(gpu, "memory_used") is Reason.NOT_EXPORTED

    def test_the_xid_of_one_instance_does_not_hide_behind_another(self) -> None:
        def xid(code: int, instance: int) -> str:
            return line("DCGM_FI_DEV_XID_ERRORS", code, more=self.MIG.format(instance))

        for text in (xid(48, 1) + xid(0, 2), xid(0, 1) + xid(48, 2)):
            assert good(read(text)[0]) == {"last_xid": 48}
        whole = line("DCGM_FI_DEV_XID_ERRORS", 31)
        assert good(read(xid(48, 1) + whole + xid(0, 2))[0]) == {"last_xid": 31}

    def test_an_instance_by_its_own_uuid_is_no_gpu(self) -> None:
        instance = 'DCGM_FI_DEV_GPU_TEMP{gpu="0",UUID="MIG-1",GPU_I_ID="1"} 3\n'
        for text in (temperature(59) + instance, instance + temperature(59)):
            (gpu,) = read(text)
            assert (gpu.key, good(gpu)) == (UUID.format(0), {"core_temperature": 59})


class TestXids:
    COUNT = "DCGM_EXP_XID_ERRORS_COUNT"

    def counted(self, count: int, xid: int | None) -> str:
        which = "" if xid is None else f',xid="{xid}"'
        return line(self.COUNT, count, more=f',window_size_in_ms="300000"{which}')

    def test_counts_are_added_up(self) -> None:
        assert good(read(self.counted(2, 31) + self.counted(1, 79))[0]) == {"xid_count": 3}

    def test_no_xid_at_all_is_none_and_known(self) -> None:
        assert good(read(self.counted(0, None))[0]) == {"xid_count": 0}

    def test_no_error_is_not_counted_as_one(self) -> None:
        assert good(read(self.counted(4, 0) + self.counted(1, 48))[0]) == {"xid_count": 1}


class TestFromLookToLook:
    def test_a_vanished_gpu_is_not_there(self) -> None:
        reader = ExpositionReader()
        assert len(read(temperature(40) + temperature(41, 1), reader)) == 2
        (left,) = read(temperature(42, 1), reader)
        assert (left.index, good(left)) == (1, {"core_temperature": 42})
        assert read("# HELP DCGM_FI_DEV_GPU_TEMP t\n", reader) == []
        assert read("", reader) == []

    def test_an_exporter_that_has_lost_every_gpu_says_nothing(self) -> None:
        assert read("") == []

    def test_renumbered_after_a_loss_it_is_still_the_same(self) -> None:
        reader = ExpositionReader()
        read(temperature(40) + temperature(41, 1), reader)
        (gpu,) = read(temperature(42, 1).replace('gpu="1"', 'gpu="0"'), reader)
        assert (gpu.key, gpu.index, good(gpu)) == (UUID.format(1), 0, {"core_temperature": 42})

    def test_another_one_in_its_place_is_another(self) -> None:
        reader = ExpositionReader()
        read(temperature(40), reader)
        (gpu,) = read(temperature(42).replace(UUID.format(0), "GPU-new"), reader)
        assert (gpu.key, gpu.index) == ("GPU-new", 0)

    def test_a_driver_update_shows_in_the_identity(self) -> None:
        reader = ExpositionReader()
        read(temperature(40, more=',DCGM_FI_DRIVER_VERSION="580"'), reader)
        (gpu,) = read(temperature(40, more=',DCGM_FI_DRIVER_VERSION="590"'), reader)
        assert gpu.identity["driver"] == "590"

    def test_rows_without_a_uuid_are_the_same_gpu(self) -> None:
        power = 'DCGM_FI_DEV_POWER_USAGE{gpu="0"} 70\n'
        for text in (temperature(40) + power, power + temperature(40)):
            (gpu,) = read(text)
            assert good(gpu) == {"core_temperature": 40, "power": 70}

    def test_values_that_change_are_the_new_values(self) -> None:
        reader = ExpositionReader()
        for degrees in (40, 41.5, "4.2e1", "NaN", 43):
            (gpu,) = read(temperature(degrees), reader)
            assert good(gpu) == (
                {} if degrees == "NaN" else {"core_temperature": float(str(degrees))}
            )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (temperature(40) + "DCGM_FI_DEV_POWER_USAGE{gpu=", "cut short"),
        (temperature(40) + "DCGM_FI_DEV_POWER_USAGE{gpu=\n", "cannot be read"),
        (temperature("4_0"), "cannot be read"),
        (temperature("warm"), "cannot be read"),
        (temperature(""), "cannot be read"),
        ("<html>\n", "cannot be read"),
        ("node_load1 0.5\n", "names no GPU"),
        ("".join(temperature(1, 0, f',pod="{i}"') for i in range(20_001)), "far larger"),
        ("\n" * 100_001, "far larger"),
        (temperature(40, more=f',pod="{"x" * 20_000}"'), "far larger"),
        ("".join(temperature(40, i) for i in range(257)), "more than 256 GPUs"),
    ],
)
def test_what_is_no_exporter_text_is_refused(text: str, words: str) -> None:
    reader = ExpositionReader()
    with pytest.raises(DeviceGarbledError, match=words):
        read(text, reader)
    assert good(read(temperature(40), reader)[0]) == {"core_temperature": 40}


def test_another_programs_text_is_not_taken_for_lost_gpus() -> None:
    reader = ExpositionReader()
    read(temperature(40), reader)
    with pytest.raises(DeviceGarbledError, match="names no GPU"):
        read("node_load1 0.5\n", reader)
