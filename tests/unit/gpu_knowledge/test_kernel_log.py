"""Kernel logs: every form that tools write, and nothing that a log can do to the reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gpu.kernel_log import EventKind, XidReport, normalised_bus_id, parse_kernel_log

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
REMAP = "NVRM: Xid (PCI:0000:10:1c): 63, pid=1896, Row Remapper: New row marked for remapping."


def parsed(text: str | bytes) -> list[XidReport]:
    return parse_kernel_log(text, now=NOW)


def one(text: str) -> XidReport:
    (report,) = parsed(text)
    return report


def test_the_newer_form() -> None:
    report = one(REMAP)
    assert (report.kind, report.code, report.bus_id) == (EventKind.XID, 63, "0000:10:1c.0")
    assert (report.pid, report.process) == (1896, None)
    assert report.detail == "Row Remapper: New row marked for remapping."
    assert (report.time, report.when.boot_s, report.line, report.times) == (None, None, 1, 1)


def test_the_older_form() -> None:
    report = one("NVRM: Xid (0000:01:00): 31, Ch 0000000b, engmask 00000101")
    assert (report.code, report.bus_id, report.pid) == (31, "0000:01:00.0", None)
    assert report.detail == "Ch 0000000b, engmask 00000101"


def test_pid_and_name() -> None:
    report = one("NVRM: Xid (PCI:0000:b1:00): 119, pid=2136, name=nv:[driver], Timeout after 45s")
    assert (report.pid, report.process, report.detail) == (2136, "nv:[driver]", "Timeout after 45s")


def test_a_process_that_the_driver_does_not_know() -> None:
    report = one("NVRM: Xid (PCI:0000:05:00): 79, pid='<unknown>', name=<unknown>, GPU is gone.")
    assert (report.pid, report.process, report.detail) == (None, None, "GPU is gone.")


def test_a_mig_instance() -> None:
    report = one("NVRM: Xid (PCI:0000:3b:00 GPU-I:05 GPU-CI:02): 94, pid=7194, Contained: CE")
    assert (report.code, report.bus_id, report.detail) == (94, "0000:3b:00.0", "Contained: CE")


def test_nothing_after_the_number() -> None:
    assert one("NVRM: Xid (PCI:0000:83:00): 48").detail == ""
    assert one("NVRM: Xid (PCI:0000:83:00): 48.").code == 48


def test_a_fault_of_a_switch() -> None:
    report = one("nvidia-nvswitch3: SXid (PCI:0000:05:00.0): 12028, Non-fatal, Link 32 egress")
    assert (report.kind, report.code, report.bus_id) == (EventKind.SXID, 12028, "0000:05:00.0")
    assert report.detail == "Non-fatal, Link 32 egress"


@pytest.mark.parametrize(
    "text",
    [
        (
            "NVRM: The NVIDIA GPU 0000:b3:00.0 (PCI ID: 10de:1e07) installed in this\n"
            "NVRM: system has fallen off the bus and is not responding to commands."
        ),
        (
            "NVRM: The NVIDIA GPU 0000:b3:00.0\r\nNVRM: (PCI ID: 10de:2330)\r\n"
            "NVRM: installed in this system has\r\nNVRM: fallen off the bus."
        ),
        "[9.1] NVRM: GPU 0000:b3:00.0: GPU has fallen off the bus.",
        "NVRM: GPU at PCI:0000:B3:00.0 has fallen off the bus.",
    ],
)
def test_a_gpu_off_the_bus_without_an_xid(text: str) -> None:
    report = one(text)
    assert (report.kind, report.code) == (EventKind.OFF_THE_BUS, None)
    assert report.bus_id == "0000:b3:00.0"


def test_an_xid_that_says_off_the_bus_is_one_report() -> None:
    assert one("NVRM: Xid (PCI:0000:b3:00.0): 79, GPU has fallen off the bus.").code == 79


def test_a_sentence_long_after_its_gpu_names_none() -> None:
    text = "NVRM: GPU 0000:b3:00.0: something\n" + "other\n" * 9 + "NVRM: fallen off the bus"
    assert one(text).bus_id is None


def test_uuid_and_serial_of_the_gpu() -> None:
    report = one(
        "NVRM: GPU at PCI:0000:10:1c: GPU-71dcdf29-68ae-87d1-b57b-86d9f8f01ffc\n"
        "NVRM: GPU Board Serial Number: 0422318024689\n" + REMAP
    )
    assert report.uuid == "GPU-71dcdf29-68ae-87d1-b57b-86d9f8f01ffc"
    assert report.serial == "0422318024689"
    assert report.line == 3


def test_uuid_of_another_gpu_is_not_taken() -> None:
    report = one("NVRM: GPU at PCI:0000:99:00: GPU-71dcdf29-68ae\n" + REMAP)
    assert report.uuid is None


LOCAL = datetime(2026, 10, 6, 17, 59, 27)  # noqa: DTZ001  a log without a zone


@pytest.mark.parametrize(
    ("prefix", "time", "boot_s"),
    [
        ("", None, None),
        ("[12345.678901] ", None, 12345.678901),
        ("[    3.250000] ", None, 3.25),
        ("kern  :err   : [12345.678901] ", None, 12345.678901),
        ("[Tue Oct  6 17:59:27 2026] ", LOCAL, None),
        ("Oct 06 17:59:27 balrog kernel: ", LOCAL, None),
        ("Okt 06 17:59:27 balrog kernel: ", LOCAL, None),
        ("10月 06 17:59:27 balrog kernel: ", LOCAL, None),
        ("Oct  6 17:59:27 balrog kernel: [  888.328147] ", LOCAL, 888.328147),
        ("<3>Oct  6 17:59:27 balrog kernel: ", LOCAL, None),
        ("2026-10-06 17:59:27 balrog kernel: ", LOCAL, None),
        ("2026-10-06T17:59:27+0000 balrog kernel: ", LOCAL.replace(tzinfo=UTC), None),
        ("<3>1 2026-10-06T17:59:27Z balrog kernel - - - ", LOCAL.replace(tzinfo=UTC), None),
        ("Tue 2026-10-06 17:59:27 UTC balrog kernel: ", LOCAL.replace(tzinfo=UTC), None),
        (
            "2026-10-06T17:59:27,250000+02:00 ",
            LOCAL.replace(microsecond=250_000, tzinfo=timezone(timedelta(hours=2))),
            None,
        ),
        ("1791309567.500000 balrog kernel: ", datetime.fromtimestamp(1791309567.5, UTC), None),
        ("3,1234,5678901,-;", None, 5.678901),
    ],
)
def test_times(prefix: str, time: datetime | None, boot_s: float | None) -> None:
    report = one(prefix + REMAP)
    assert (report.time, report.when.boot_s) == (time, boot_s)
    assert (report.time is None) or (report.time.tzinfo is None) == (time.tzinfo is None)  # type: ignore[union-attr]
    assert (report.code, report.pid) == (63, 1896)


def test_a_month_still_to_come_was_last_year() -> None:
    assert one("Dec 24 18:00:00 balrog kernel: " + REMAP).time == datetime(2025, 12, 24, 18)  # noqa: DTZ001


def test_a_leap_day_falls_into_a_leap_year() -> None:
    assert one("Feb 29 18:00:00 balrog kernel: " + REMAP).time == datetime(2024, 2, 29, 18)  # noqa: DTZ001


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-13-41T25:61:61 h kernel: ",
        "[Foo Bar 99 99:99:99 2026] ",
        "Oct 99 17:59:27 h k: ",
        "0000-00-00 00:00:00 ",
        "2026-10-06T17:59:27+99:99 ",
        "99999999999.9 h kernel: ",
    ],
)
def test_a_time_that_no_calendar_has_is_not_known(prefix: str) -> None:
    report = one(prefix + REMAP)
    assert report.code == 63
    assert report.time is None or report.time.year > 2026  # 99999999999 s are the year 5138


def test_what_syslog_folded_counts_as_often() -> None:
    report = one(
        "Jan 22 18:38:35 x kernel: message repeated 5 times: [ NVRM: Xid (PCI:0000:81:00): "
        "31, pid=9684, name=python, Ch 00000016]"
    )
    assert (report.times, report.detail) == (5, "Ch 00000016")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_bytes(encoding: str) -> None:
    assert [r.code for r in parsed(REMAP.encode(encoding))] == [63]
    assert [r.code for r in parsed(b"\xff\xfe\x00broken")] == []
    assert [r.code for r in parsed(b"\x80\x81\n" + REMAP.encode())] == [63]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NVRM: Xid error: xyz, invalid data",
        "NVRM: Xid (PCI:garbled): 79, no address",
        "nvidia-nvswitch3: SXid (PCI:0000:c1:00.0): garbled, Fatal",
        "usb 1-1: device has fallen off the bus",
        f"NVRM: Xid (PCI:0000:01:00): {'9' * 5000}, far too long",
    ],
)
def test_what_is_no_report_gives_none(text: str) -> None:
    assert parsed(text) == []


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("0000:10:1c", "0000:10:1c.0"),
        ("0000:10:1c.0", "0000:10:1c.0"),
        ("00000000:10:1C.0", "0000:10:1c.0"),
        ("00010000:10:1C.1", "10000:10:1c.1"),
        ("10:1c.0", "0000:10:1c.0"),
        (" 0000:1A:00.0 ", "0000:1a:00.0"),
        ("GPU-0a1b", None),
        ("", None),
        ("0000:10:1c.0.0", None),
    ],
)
def test_every_form_of_a_pci_address_is_one(written: str, normalised: str | None) -> None:
    assert normalised_bus_id(written) == normalised


NOISE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "NVRM: ",
            "Xid (",
            "PCI:",
            "0000:01:00",
            "): ",
            "79, ",
            "pid=",
            "name=",
            "SXid (",
            "\n",
            "fallen off the bus",
            "[Tue Oct  6 17:59:27 2020] ",
            "message repeated 3 times: [ ",
            "GPU at PCI:0000:01:00: GPU-1234567",
            "2026-02-30T00:00:00 ",
            "\x00",
            "\r",
        ]
    ),
)


@given(st.lists(NOISE, max_size=30).map("".join))
def test_no_text_makes_it_fail(text: str) -> None:
    for report in parsed(text):
        assert report.bus_id is None or normalised_bus_id(report.bus_id) == report.bus_id
        assert report.times >= 1
        assert report.line >= 1


@given(st.binary(max_size=500))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    parsed(data)


@given(now=st.datetimes(timezones=st.sampled_from([None, UTC])))
def test_no_date_makes_a_time_without_year_fail(now: datetime) -> None:
    (report,) = parse_kernel_log("Feb 29 18:00:00 h kernel: " + REMAP, now=now)
    assert report.time is None or report.time <= now.replace(tzinfo=None) + timedelta(days=1)


class Written(NamedTuple):
    """An Xid as a driver would write it."""

    address: tuple[int, int, int]
    code: int
    pid: int | None
    name: str | None
    detail: str
    newer: bool

    @property
    def line(self) -> str:
        words = f"pid={self.pid}, " if self.pid is not None else ""
        words += f"name={self.name}, " if self.name is not None else ""
        mark = "PCI:" if self.newer else ""
        return f"NVRM: Xid ({mark}{self.bus}): {self.code}, {words}{self.detail}"

    @property
    def bus(self) -> str:
        domain, bus, device = self.address
        return f"{domain:04x}:{bus:02x}:{device:02x}"


WRITTEN = st.builds(
    Written,
    st.tuples(st.integers(0, 0xFFFF), st.integers(0, 0xFF), st.integers(0, 0x1F)),
    st.integers(1, 9999),
    st.none() | st.integers(0, 2**31 - 1),
    st.none() | st.text("abcdefgh_[]:.", min_size=1, max_size=12),
    st.text("abc XYZ:@_(){}<>019", max_size=40).map(str.strip),
    st.booleans(),
)
PREFIXES = st.sampled_from(
    ["", "[1.5] ", "Oct  6 17:59:27 h kernel: ", "2026-10-06T17:59:27Z h k: "]
)
OTHER_LINES = st.text("ab:()[] ", max_size=40)


@given(st.lists(st.tuples(PREFIXES, WRITTEN, OTHER_LINES), max_size=8))
def test_what_was_written_is_found(lines: list[tuple[str, Written, str]]) -> None:
    log = "\n".join(f"{other}\n{prefix}{xid.line}" for prefix, xid, other in lines)
    found = [(r.code, r.bus_id, r.pid, r.process, r.detail) for r in parsed(log)]
    assert found == [(x.code, f"{x.bus}.0", x.pid, x.name, x.detail) for _, x, _ in lines]
