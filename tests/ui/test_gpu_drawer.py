"""The details of a GPU: what it needs, its Xids, its values, and work asked for once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from console.demo import PausedDemo
from console.history.events import EventDraft, Kind
from console.history.reader import LogReader
from console.site import HostGpu
from console.ui import gpu_rows
from console.ui.gpu_counters import growth
from console.ui.gpu_history import Who, xid_records
from console.ui.gpus_page import GpusPage
from drivers.gpu.actions import action
from drivers.gpu.points import gpu_schema
from drivers.gpu.schema import schema_for
from drivers.gpu.xids import xid
from drivers.points import Reason, Snapshot, Stamp
from tests.house.hands import tap
from tests.ui.conftest import Look
from tests.ui.gpu_hands import NOTHING, again, answer, field, page_of, silence, without

PART = "node-1/gpu0"
Show = Callable[[PausedDemo], GpusPage]


@pytest.fixture
def show(qtbot: QtBot, look: Look) -> Show:
    return lambda demo: page_of(qtbot, demo)


@pytest.fixture
def healthy(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    return demo_of(tanks=2, hosts=3, gpus=4, seconds=60)


@pytest.fixture
def sick(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    """One GPU of twelve is off the bus."""
    return demo_of(tanks=2, hosts=3, gpus=4, seconds=60, faults=["gpu_lost:node-2@20,gpu=1"])


def opened(qtbot: QtBot, page: GpusPage, part: str) -> None:
    """Open a GPU and wait for what the log tells of it."""
    page.show_subject(part)
    history = page.drawer.history
    qtbot.waitUntil(lambda: history.read, timeout=5000)
    page.refresh(NOTHING)


def tell(demo: PausedDemo, page: GpusPage, *changes: Callable[[str], str]) -> None:
    """Let the first host answer with changed values."""

    def changed(text: str) -> str:
        for change in changes:
            text = change(text)
        return text

    answer(demo, "node-1", changed)
    demo._settle()
    again(demo, page)


def wait(demo: PausedDemo) -> None:
    """Let time pass in which nobody answers."""
    demo._elapsed_s += 2.0


def who(demo: PausedDemo, part: str = PART) -> dict[str, str]:
    identity = demo.session.view(part).identity
    return {name: identity[name] for name in ("uuid", "serial", "model") if name in identity}


# ---- who and where -------------------------------------------------------------------------------


def test_it_says_who_and_where(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    page = show(healthy)
    page.show_subject("node-3/gpu2")
    identity = {row.name: row.value for row in page.drawer.identity.rows}
    known = healthy.session.view("node-3/gpu2").identity
    assert identity["UUID"] == known["uuid"]
    assert identity["Model"] == known["model"]
    assert identity["PCI bus"] == known["pci_bus_id"]
    assert page.drawer.place == "Tank 1 > slot 2 > Node 3"
    strips = page.drawer.trends.view.strips
    assert [strip.title for strip in strips] == ["Margin", "Temperature", "Power"]
    with qtbot.waitSignal(page.open_subject) as asked:
        page.drawer.tank_button.click()
    assert asked.args == ["tank", "tank-1"]


def test_another_gpu_than_expected_is_said(
    demo_of: Callable[..., PausedDemo], show: Show, qtbot: QtBot
) -> None:
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=60, faults=["gpu_swapped:node-1@30,gpu=1"])
    page = show(demo)
    opened(qtbot, page, "node-1/gpu1")
    expected = next(gpu for gpu in demo.session.hosts[0].gpu if gpu.slot == 1)
    said = page.drawer.head.expected.text()
    assert (expected.serial or expected.uuid) in said
    assert page.drawer.head.word.accessibleDescription() == "Other GPU than expected"
    assert "put the expected one back" in page.drawer.todo.plain
    page.show_subject("node-1/gpu0")
    assert page.drawer.head.expected.isHidden()


def changed(demo: PausedDemo, page: GpusPage, part: str, **changes: Any) -> None:
    """Let a GPU be read with other members of its snapshot."""
    before = demo.session.view(part)
    demo.session.intake.accept("node-1", [replace(before, time=demo.session.now(), **changes)])
    demo._settle()
    again(demo, page)
    page.refresh(NOTHING)


def test_a_gpu_that_hangs_beside_its_server_says_what_to_do(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    assert page.drawer.todo.plain == "Nothing has to be done."
    count = len(gpu_schema())
    reasons = np.full(count, Reason.NO_COMMS, np.uint8)
    changed(healthy, page, PART, values=np.full(count, np.nan), reasons=reasons)
    assert [finding.id for finding in page.drawer.findings] == ["gpu-silent"]
    assert "Drain and restart the host" in page.drawer.todo.plain
    assert "never pull a server that hangs" in page.drawer.todo.plain


def test_a_gpu_of_a_silent_server_is_not_said_to_hang(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    silence(healthy, "node-1")
    again(healthy, page)
    page.refresh(NOTHING)
    assert page.drawer.findings == []
    assert page.drawer.todo.plain == "Not known: nobody answers for this GPU."


def test_a_gpus_own_limits_come_before_those_of_its_model(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    view = healthy.session.view(PART)
    values, reasons = view.values.copy(), view.reasons.copy()
    values[view.schema.index["thermal_margin"]] = -3.0
    reasons[view.schema.index["thermal_margin"]] = Reason.NONE
    model = view.identity["model"]
    for slowdown_k, sign in ((-5.0, "margin-used-up"), (-2.0, "margin-slowdown")):
        own = {"max_operating_margin": 0.0, "slowdown_margin": slowdown_k}
        schema = schema_for(model, own, has_margin=True)
        changed(healthy, page, PART, schema=schema, values=values.copy(), reasons=reasons.copy())
        assert [finding.id for finding in page.drawer.findings] == [sign]


def test_a_gpu_that_the_site_does_not_name_is_not_called_another(
    healthy: PausedDemo, show: Show
) -> None:
    page = show(healthy)
    state = page.roster.states[0]
    for expected in (None, HostGpu(slot=0)):
        page.drawer.head.show_gpu(replace(state, place=replace(state.place, expected=expected)), 0)
        assert page.drawer.head.expected.isHidden()


# ---- values --------------------------------------------------------------------------------------


def test_every_point_is_there_or_named_as_missing(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    tell(healthy, page, without("DCGM_FI_DEV_MEMORY_TEMP"))
    page.show_subject(PART)
    drawer = page.drawer
    told = ", ".join(
        section.accessibleDescription()
        for section in (drawer.values, drawer.memory, drawer.links, drawer.absent, drawer.xids)
    )
    quiet = {"pcie_generation", "pcie_generation_max", "pcie_width", "pcie_width_max"}
    quiet |= {"last_xid", "thermal_margin"}
    missing = [p.name for p in gpu_schema() if p.key not in quiet and p.name not in told]
    assert missing == []
    assert "not exported: " in drawer.absent.plain
    assert "Memory temperature" in drawer.absent.plain
    assert "Memory temperature" not in drawer.values.accessibleDescription()
    assert re.search(r"Core temperature \d+ °C", drawer.values.accessibleDescription())
    assert re.search(r"Margin \d+ K \(as the GPU tells it\)", drawer.values.accessibleDescription())


def test_whose_margin_it_is(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    page.show_subject(PART)
    tell(healthy, page, field("GPU_TEMP_LIMIT", -3))
    first = page.drawer.values.rows[0]
    assert (first.value, first.unit) == ("\N{MINUS SIGN}3", "K")
    tell(healthy, page, without("TEMP_LIMIT"), field("GPU_TEMP", 70))
    assert "to the limit of" in page.drawer.values.rows[0].note
    strips = page.drawer.trends.view.strips
    assert [strip.title for strip in strips] == ["Temperature", "Power"], "none of what is not told"
    unknown = without("TEMP_LIMIT")
    tell(healthy, page, lambda text: unknown(text.replace("H100 80GB HBM3", "Model X")))
    assert page.drawer.values.rows[0].value == "unknown"


def test_a_lost_gpu_shows_its_last_values_as_such(sick: PausedDemo, show: Show) -> None:
    page = show(sick)
    page.show_subject("node-2/gpu1")
    drawer = page.drawer
    assert drawer.values.past
    assert drawer.memory.past
    said = drawer.values.accessibleDescription()
    assert re.match(r"last read at 12:0\d:\d\d: Margin", said)
    last = sick.session.latest.last_known("node-2/gpu1")
    assert last is not None
    core = next(row for row in drawer.values.rows if row.name == "Core temperature")
    assert core.value == f"{last.good('core_temperature'):.0f}"
    assert re.match(r"Lost, last read at", drawer.head.word.accessibleDescription())
    assert drawer.alarms.accessibleDescription() == "GPU lost"
    identity = {row.name: row.value for row in drawer.identity.rows}
    assert identity["UUID"].startswith("GPU-"), "who it was is still known"
    page.show_subject("node-2/gpu0")
    assert not drawer.values.past


def test_a_gpu_that_was_never_read_has_no_values(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    healthy.session.latest._snapshots.pop(PART)
    again(healthy, page)
    page.show_subject(PART)
    assert page.drawer.values.isHidden()
    assert "nobody answers" in page.drawer.todo.plain


def test_a_silent_host_leaves_last_values(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    silence(healthy, "node-2")
    again(healthy, page)
    page.show_subject("node-2/gpu0")
    assert page.drawer.values.past
    assert page.drawer.values.accessibleDescription().startswith("last read at ")
    assert page.drawer.todo.plain == "Not known: nobody answers for this GPU."


def test_a_recording_is_marked(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    live = healthy.session.view(PART)
    reasons = np.where(live.reasons == 0, int(Reason.RECORDED), live.reasons).astype(np.uint8)
    told = Snapshot(PART, live.schema, live.values, reasons, live.time, 9, live.identity)
    healthy.session.intake.accept("node-1", [told])
    again(healthy, page)
    page.show_subject(PART)
    state = page.roster.states[0]
    assert (state.recorded, state.word) == (True, "from a recording")
    assert state.margin_k is not None
    core = next(row for row in page.drawer.values.rows if row.name == "Core temperature")
    assert core.note == "from a recording"
    assert "from a recording" in page.drawer.values.rows[0].note


def test_counters_say_how_they_grew(healthy: PausedDemo, show: Show) -> None:
    page = show(healthy)
    page.show_subject(PART)
    wait(healthy)
    tell(healthy, page, field("ECC_SBE_VOL_TOTAL", 40))
    rows = {row.name: row for row in page.drawer.memory.rows}
    grown = rows["ECC corrected, since driver load"]
    assert grown.value == "40"
    assert re.fullmatch(r"\+40 since 12:03:\d\d, last 12:04:\d\d", grown.note)
    still = rows["ECC uncorrected, since driver load"]
    assert re.fullmatch(r"no change since 12:03:\d\d", still.note)
    assert not rows["Row remap pending"].note, "a flag does not grow"


def test_a_counter_that_was_set_back_counts_from_then(healthy: PausedDemo) -> None:
    for value in (100, 130, 0, 7, 7):
        wait(healthy)
        answer(healthy, "node-1", field("ECC_SBE_VOL_TOTAL", value))
    grown = growth(healthy.session, PART, "ecc_corrected_volatile")
    assert grown is not None
    assert grown.grown == 7
    assert grown.per_hour is None, "seconds are too short for a rate"
    assert growth(healthy.session, PART, "retired_pages_corrected") is None


def test_a_narrow_link_says_what_it_could_be(healthy: PausedDemo) -> None:
    schema = gpu_schema()
    values = np.full(len(schema), np.nan)
    reasons = np.full(len(schema), int(Reason.NOT_EXPORTED), np.uint8)
    told = {"pcie_generation": 5, "pcie_generation_max": 5, "pcie_width": 8, "pcie_width_max": 16}
    for key, value in told.items():
        values[schema.index[key]], reasons[schema.index[key]] = value, 0
    view = Snapshot(PART, schema, values, reasons, healthy.clock())
    row = gpu_rows.link_rows(healthy.session, view, {})[0]
    assert (row.value, row.note) == ("Gen 5, 8 lanes", "at most Gen 5, 16 lanes")


# ---- what to do, Xids ----------------------------------------------------------------------------


def test_nothing_to_do(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    assert page.drawer.findings == []
    assert page.drawer.todo.plain == "Nothing has to be done."
    assert page.drawer.xids.plain == "none"


def test_an_xid_has_its_time_its_meaning_and_what_to_do(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    tell(healthy, page, field("XID_ERRORS", 79))
    about = xid(79)
    assert about is not None
    said = page.drawer.xids.plain
    assert re.match(r"Xid 79 \(.*12:04:11\)", said)
    assert about.meaning in said
    assert action(about.action).title in said
    finding = page.drawer.findings[0]
    todo = page.drawer.todo.plain
    assert finding.xid == 79
    assert todo.startswith(f"Xid 79: {about.meaning}")
    for number, step in enumerate(action(finding.action).steps, 1):
        assert f"{number}. {step}" in todo
    assert "The GPU comes out only if this comes back within 24 h." in todo


def test_xids_of_before_are_read_from_the_log(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    def record(kind: Kind, part: str, **body: object) -> None:
        healthy.session.history.record(EventDraft(kind, part, body, healthy.clock()))  # type: ignore[arg-type]

    mine, other = who(healthy), who(healthy, "node-1/gpu1")
    record(Kind.GPU_XID, PART, code=74, **mine)
    record(Kind.GPU_XID, "node-3/gpu3", code=63, **mine)
    record(Kind.GPU_XID, PART, code=48, **other)
    record(Kind.GPU_XID, PART, code=94, text="<b>Ch 0a</b> & more", **mine)
    record(
        Kind.GPU_XID_REPEATED,
        PART,
        code=94,
        count=5,
        first_us=healthy.clock().utc_us,
        last_us=healthy.clock().utc_us + 60_000_000,
    )
    healthy._settle()
    page = show(healthy)
    opened(qtbot, page, PART)
    said = page.drawer.xids.plain
    assert "Xid 74" in said
    assert "Xid 63" in said
    assert "It sat in Node 3 GPU 3 then." in said
    assert "Xid 48" not in said, "that was another GPU in the same place"
    assert "5 times until 12:05:11" in said
    assert "<b>Ch 0a</b> & more" in said
    assert "&lt;b&gt;Ch 0a" in page.drawer.xids.words.text(), "a log is no markup"


def test_an_xid_that_stood_there_has_no_time(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    live = healthy.session.view(PART)
    values = live.values.copy()
    values[live.schema.index["last_xid"]] = 63
    told = Snapshot(PART, live.schema, values, live.reasons, live.time, 9, live.identity)
    healthy.session.intake.accept("node-1", [told])
    page = show(healthy)
    opened(qtbot, page, PART)
    assert page.drawer.xids.plain.startswith(
        "Xid 63 (time unknown)\nIt stood there when the console first looked."
    )
    assert "last-xid-63" in [finding.id for finding in page.drawer.findings]


def test_an_unknown_xid_is_no_stop(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    page = show(healthy)
    opened(qtbot, page, PART)
    tell(healthy, page, field("XID_ERRORS", 901))
    assert "Xid 901" in page.drawer.xids.plain
    assert page.drawer.findings[0].xid == 901
    assert page.roster.states[0].need == 6, "what nobody knows may be grave"


@pytest.mark.parametrize(
    "body",
    [{}, {"code": None}, {"code": "79"}, {"code": float("nan")}, {"code": []}, {"code": True}],
)
def test_events_of_another_version_are_no_stop(
    body: dict[str, object], healthy: PausedDemo
) -> None:
    draft = EventDraft(Kind.GPU_XID, PART, body, healthy.clock())  # type: ignore[arg-type]
    assert xid_records([draft, replace(draft, kind=Kind.GPU_XID_REPEATED)]) == []
    assert Who(PART, "GPU-1").is_meant_by(draft)


def test_a_uuid_is_the_same_however_it_is_written() -> None:
    gpu = Who("a/gpu0", "GPU-ABC", "")
    draft = EventDraft(Kind.GPU_XID, "b/gpu3", {"uuid": "gpu-abc"}, Stamp(0, 0.0))
    assert gpu.is_meant_by(draft)


def test_what_happened_before_is_told(sick: PausedDemo, show: Show, qtbot: QtBot) -> None:
    page = show(sick)
    opened(qtbot, page, "node-2/gpu1")
    assert re.search(r"GPU lost \(.*12:03:\d\d\)", page.drawer.past.plain)


def test_a_log_that_cannot_be_read_is_said(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    page = show(healthy)

    class Broken:
        def page(self, *_: object, **__: object) -> list[object]:
            raise OSError("the disk is gone")

    page.drawer.history._log = Broken()  # type: ignore[assignment]
    opened(qtbot, page, PART)
    assert "the disk is gone" in page.drawer.past.plain


# ---- work ----------------------------------------------------------------------------------------


def test_work_is_asked_for_once(
    healthy: PausedDemo, show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "m.chen")
    page = show(healthy)
    opened(qtbot, page, PART)
    tell(healthy, page, field("XID_ERRORS", 79))
    drawer = page.drawer
    assert drawer.requested.isHidden()
    tap(drawer.work_button)
    assert not drawer.work_button.isEnabled(), "at once, before it is on the disk"
    healthy._settle()
    again(healthy, page)
    page.refresh(NOTHING)
    assert drawer.requested.text() == "Work requested 12:04:11 by m.chen"
    assert not drawer.work_button.isEnabled()
    events = LogReader(healthy.session.data).page(kinds=[Kind.WORK_REQUESTED])
    assert [(e.subject, e.actor, dict(e.body)) for e in events] == [
        (PART, "m.chen", {**who(healthy), "findings": ["xid-79"], "xids": [79]})
    ]


def test_a_request_outlives_the_window(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    healthy.session.request_work(PART, [], "m.chen")
    healthy._settle()
    page = show(healthy)
    opened(qtbot, page, PART)
    assert page.drawer.requested.text().endswith("by m.chen")
    assert not page.drawer.work_button.isEnabled()
    opened(qtbot, page, "node-1/gpu1")
    assert page.drawer.work_button.isEnabled(), "that was for another GPU"
    assert page.drawer.requested.isHidden()


def test_something_new_may_be_asked_for(healthy: PausedDemo, show: Show, qtbot: QtBot) -> None:
    healthy.session.request_work(PART, ["xid-79"], "m.chen")
    healthy._settle()
    page = show(healthy)
    opened(qtbot, page, PART)
    assert not page.drawer.work_button.isEnabled()
    tell(healthy, page, field("ECC_DBE_VOL_TOTAL", 2))
    assert [f.id for f in page.drawer.findings] == ["uncorrected-ecc"]
    assert page.drawer.work_button.isEnabled()


def test_a_swapped_gpu_has_no_part_in_the_request(
    healthy: PausedDemo, show: Show, qtbot: QtBot
) -> None:
    healthy.session.request_work(PART, [], "m.chen")
    healthy._settle()
    page = show(healthy)
    opened(qtbot, page, PART)
    old = who(healthy)
    tell(
        healthy,
        page,
        lambda text: text.replace(old["uuid"], "GPU-new").replace(old.get("serial", "-1-"), "1"),
    )
    qtbot.waitUntil(lambda: page.drawer.history.read, timeout=5000)
    page.refresh(NOTHING)
    assert page.drawer.work_button.isEnabled()
