"""The Xid table: complete, in our own words, and right where it matters."""

from __future__ import annotations

import pytest

from drivers.gpu.actions import Extraction, action, actions, bucket_words, buckets
from drivers.gpu.advice import advice_for, advice_for_xid
from drivers.gpu.xids import XidClass, xid, xid_table

TABLE = xid_table()
USED = [entry for entry in TABLE.values() if not entry.unused]


def test_every_code_of_the_catalogue_is_there_once() -> None:
    assert list(TABLE) == list(range(1, 173))


def test_what_is_not_in_the_catalogue_is_not_made_up() -> None:
    assert xid(0) is None
    assert xid(173) is None
    assert xid(-1) is None


def test_meanings_differ_and_are_short() -> None:
    meanings = [entry.meaning for entry in USED]
    assert len(set(meanings)) == len(meanings) == 109
    assert all(10 <= len(meaning) <= 140 for meaning in meanings)
    assert all(meaning.endswith(".") for meaning in meanings)


def test_unused_codes_share_one_sentence_and_keep_their_facts() -> None:
    unused = [entry for entry in TABLE.values() if entry.unused]
    assert len(unused) == 63
    assert len({entry.meaning for entry in unused}) == 1
    assert {entry.action for entry in unused} == {"look-up-older"}
    assert TABLE[61].mnemonic == "PMU_BREAKPOINT"
    assert TABLE[14].immediate == "IGNORE"
    assert TABLE[108].investigatory == "XID_137_FLOW"


def test_mnemonics_differ() -> None:
    assert len({entry.mnemonic for entry in TABLE.values()}) == 172


def test_every_action_and_every_code_of_nvidia_is_known() -> None:
    assert {entry.action for entry in TABLE.values()} <= set(actions())
    given = {code for entry in TABLE.values() for code in (entry.immediate, entry.investigatory)}
    assert given - {""} == set(buckets())
    assert all(bucket_words(code) != code for code in buckets())
    assert bucket_words("A_NEW_ONE") == "A_NEW_ONE"


def test_what_ends_an_escalation_is_an_action_at_the_tank() -> None:
    for todo in actions().values():
        if todo.extraction is Extraction.SECOND:
            assert action(todo.then_action).extraction is Extraction.YES, todo.id
        else:
            assert todo.then_action == "", todo.id
        if todo.extraction is Extraction.YES:
            assert todo.where == "at tank", todo.id


def test_extraction_of_a_code_and_of_its_action_agree() -> None:
    differing = {
        entry.code for entry in USED if entry.extraction is not action(entry.action).extraction
    }
    assert differing == set()


@pytest.mark.parametrize(
    ("code", "immediate", "investigatory", "severity", "todo", "extraction"),
    [
        (13, "RESTART_APP", "WORKFLOW_XID_13", "application", "restart-job", "no"),
        (31, "RESTART_APP", "WORKFLOW_XID_31", "application", "restart-job", "no"),
        (48, "WORKFLOW_XID_48", "WORKFLOW_XID_48", "memory", "reset-memory-error", "second"),
        (54, "CHECK_MECHANICALS", "CONTACT_SUPPORT", "power", "inspect-power", "yes"),
        (62, "RESET_GPU", "CONTACT_SUPPORT", "firmware", "reset-gpu", "no"),
        (63, "IGNORE", "IGNORE", "memory", "reset-for-remap", "no"),
        (64, "RESET_GPU", "CONTACT_SUPPORT", "memory", "replace-gpu", "yes"),
        (74, "WORKFLOW_NVLINK_ERR", "CONTACT_SUPPORT", "link", "check-links", "second"),
        (79, "RESTART_BM", "CONTACT_SUPPORT", "bus", "power-cycle-once", "second"),
        (94, "RESTART_APP", "IGNORE (sympathetic)", "memory", "restart-job", "no"),
        (95, "RESET_GPU", "IGNORE (sympathetic)", "memory", "reset-memory-error", "second"),
        (119, "RESET_GPU", "INVESTIGATE_SW", "firmware", "reset-gpu", "no"),
        (120, "RESET_GPU", "INVESTIGATE_SW", "firmware", "reset-gpu", "no"),
        (136, "RESET_GPU", "INVESTIGATE_LINK_SI", "link", "inspect-connectors", "yes"),
        (143, "RESET_GPU", "CONTACT_SUPPORT", "bus", "power-cycle-once", "second"),
        (162, "", "", "informational", "record", "no"),
    ],
)
def test_facts_that_decide_about_a_gpu(
    code: int, immediate: str, investigatory: str, severity: str, todo: str, extraction: str
) -> None:
    entry = TABLE[code]
    assert (entry.immediate, entry.investigatory) == (immediate, investigatory)
    assert (entry.severity, entry.action, entry.extraction) == (
        XidClass(severity),
        todo,
        Extraction(extraction),
    )


def test_contradictions_between_sources_are_told() -> None:
    assert "NVSentinel" in TABLE[160].note
    assert "DCGM" in TABLE[62].note
    assert "wrong" in TABLE[79].note


def test_a_gpu_off_the_bus_comes_out_only_the_second_time() -> None:
    first, second = advice_for_xid(79, 1), advice_for_xid(79, 2)
    assert (first.action.id, first.extraction) == ("power-cycle-once", Extraction.SECOND)
    assert (second.action.id, second.extraction) == ("reseat-gpu", Extraction.YES)
    assert second.is_second
    assert not first.is_second


def test_no_number_of_program_faults_takes_a_gpu_out() -> None:
    assert advice_for_xid(31, 1000).extraction is Extraction.NO


def test_an_unknown_code_is_collected_and_reported() -> None:
    assert advice_for_xid(9999).action.id == "collect-report"


def test_an_action_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        advice_for("hope", 1)
