"""Every text a person may be shown has a Chinese entry that takes the same values."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import console
from console.text import LANGUAGES, tr, use_language
from console.vocabulary import numbered, translated_name, translated_words
from tests.house import catalogue

CONSOLE = Path(console.__file__).parent
TEXTS = catalogue.exact_texts(CONSOLE)
EQUIPMENT = dict(catalogue.equipment())
ENTRIES = catalogue.entries()
DYNAMIC = {
    # Each takes its texts from a table in tests/house/catalogue.py, or a name from equipment.
    "alarm_report.py:verdict_text",
    "alarm_words.py:_severity",
    "alarm_words.py:_why",
    "alarm_words.py:_with",
    "alarm_words.py:tell",
    "alarms/desk.py:_suppression",
    "cli/check.py:_print",
    "cli/gpu_table.py:_finding",
    "cli/gpu_table.py:finding_lines",
    "cli/gpu_table.py:gpu_table",
    "cli/gpu_watch.py:_news",
    "cli/gpu_xid.py:_bucket",
    "cli/gpu_xid.py:_print_code",
    "cli/gpu_xid.py:_print_incidents",
    "cli/gpu_xid.py:meaning_text",
    "cli/log.py:list_events",
    "cli/people.py:list_people",
    "cli/procedure.py:sentence_text",
    "cli/procedure.py:state_word",
    "cli/regmap.py:_print_plan",
    "cli/table.py:_state",
    "cli/table.py:_table",
    "cli/work.py:list_orders",
    "documents/completion.py:_counted",
    "documents/completion.py:_money",
    "documents/completion.py:_origin",
    "documents/completion.py:_run_fact",
    "documents/completion_measured.py:_gate_row",
    "documents/completion_measured.py:_value_row",
    "documents/completion_parts.py:_fluid",
    "documents/completion_signed.py:_act",
    "documents/completion_signed.py:_given",
    "documents/completion_signed.py:_how",
    "documents/completion_signed.py:_of_run",
    "documents/completion_steps.py:_row",
    "documents/period_orders.py:_row",
    "documents/period_orders.py:run_blocks",
    "documents/period_orders.py:service_blocks",
    "documents/period_stores.py:fluid_blocks",
    "documents/report_runs.py:run_event_words",
    "documents/report_words.py:_deviation",
    "documents/report_words.py:finding_name",
    "documents/words.py:fluid_name",
    "documents/words.py:point_name",
    "documents/words.py:ppe_name",
    "documents/words.py:provider_name",
    "documents/words.py:qualification_name",
    "documents/words.py:role_name",
    "documents/words.py:signal_name",
    "event_text.py:_limit",
    "event_text.py:_say",
    "event_text.py:_tell_fault",
    "event_text.py:_tell_limit",
    "event_text.py:_tell_printed",
    "event_text.py:_tell_write",
    "event_text.py:tell",
    "gpu_words.py:xid_words",
    "health/gpu_finding.py:title_text",
    "health/gpu_finding.py:why_text",
    "history/kinds.py:label",
    "notify/words.py:failure_text",
    "session/automatic.py:_alarm",
    "session/procedure_desk.py:state_words",
    "session/running/desk.py:_enter",
    "session/running/desk.py:_waits",
    "training/inbox.py:sentence",
    "training/people.py:colleague_name",
    "training/report.py:result_lines",
    "training/result.py:sentence",
    "training/standing.py:_sentence",
    "training/words.py:_refused",
    "training/words.py:_taken",
    "ui/alarm_facts.py:action_html",
    "ui/alarm_facts.py:reasons_html",
    "ui/alarm_figures.py:__init__",
    "ui/alarm_tabs.py:__init__",
    "ui/alarm_tabs.py:show_counts",
    "ui/alarm_words.py:group_text",
    "ui/alarm_words.py:row_state",
    "ui/alarm_words.py:state_text",
    "ui/alarms_page.py:_show",
    "ui/conditions.py:severity_text",
    "ui/gpu_sentences.py:_meaning",
    "ui/gpu_sentences.py:_steps",
    "ui/gpu_sentences.py:finding_words",
    "ui/guided/finish.py:exception_text",
    "ui/guided/gate_facts.py:_live",
    "ui/guided/questions.py:deviation_question",
    "ui/guided/review.py:order_text",
    "ui/guided/scans.py:_expected",
    "ui/guided/values.py:title_of",
    "ui/guided/words.py:_own",
    "ui/guided/words.py:point",
    "ui/guided/words.py:role_name",
    "ui/guided/words.py:sentence",
    "ui/late/entry_view.py:_deviation",
    "ui/log_details.py:_name",
    "ui/log_details.py:_value",
    "ui/log_filters.py:kind_choices",
    "ui/review/facts.py:_disposition",
    "ui/review/facts.py:_section",
    "ui/review/facts.py:_signature",
    "ui/review/facts.py:_value",
    "ui/review/facts.py:gates",
    "ui/review/facts.py:step_head",
    "ui/review/forms.py:_answer",
    "ui/review/forms.py:_ask",
    "ui/review/forms.py:_change",
    "ui/review/forms.py:_deviation",
    "ui/review/forms.py:do",
    "ui/review/page.py:__init__",
    "ui/review/page.py:_show",
    "ui/review/record_panel.py:_plain",
    "ui/review/record_panel.py:_under",
    "ui/review/record_view.py:__init__",
    "ui/review/record_view.py:count",
    "ui/review/rows.py:_under",
    "ui/review/rows.py:told_of",
    "ui/review/steps_view.py:__init__",
    "ui/settings_panel.py:__init__",
    "ui/settings_panel.py:_log_text",
    "ui/setup_inspector.py:_error_facts",
    "ui/setup_inspector.py:_link_facts",
    "ui/setup_steps.py:_score_line",
    "ui/tank_trends.py:__init__",
    "ui/tile.py:_bars",
    "ui/training/bar.py:_second",
    "ui/training/hands_bar.py:place",
    "ui/training/in_front.py:_ask",
    "ui/training/page.py:_verdict",
    "ui/window.py:__init__",
    "ui/work/begin_form.py:_build",
    "ui/work/begin_form.py:_fluid",
    "ui/work/begin_words.py:qualification_name",
    "ui/work/begin_words.py:refusal",
    "ui/work/begin_words.py:role_name",
    "ui/work/board_lane.py:__init__",
    "ui/work/board_lane.py:paintEvent",
    "ui/work/board_lane.py:show_cards",
    "ui/work/equipment_acts.py:_about",
    "ui/work/equipment_acts.py:place_asks",
    "ui/work/equipment_conflicts.py:_facts",
    "ui/work/equipment_rows.py:kind_words",
    "ui/work/equipment_seen.py:preview",
    "ui/work/equipment_view.py:__init__",
    "ui/work/figures_words.py:order_facts",
    "ui/work/fluid_view.py:_act",
    "ui/work/fluid_view.py:_entry_words",
    "ui/work/fluid_view.py:_facts",
    "ui/work/fluid_view.py:asks",
    "ui/work/fluid_view.py:litres",
    "ui/work/order_doing.py:_sign",
    "ui/work/order_doing.py:_verify",
    "ui/work/order_facts.py:_run",
    "ui/work/order_facts.py:_source",
    "ui/work/order_facts.py:clocks",
    "ui/work/order_facts.py:costs",
    "ui/work/order_facts.py:facts",
    "ui/work/order_facts.py:next_up",
    "ui/work/order_facts.py:parts",
    "ui/work/order_forms.py:_pause",
    "ui/work/order_forms.py:providers",
    "ui/work/order_forms.py:yes_no",
    "ui/work/order_offers.py:_may_not",
    "ui/work/order_offers.py:_way",
    "ui/work/order_offers.py:_why_not_execute",
    "ui/work/order_panel.py:__init__",
    "ui/work/order_words.py:clock_text",
    "ui/work/order_words.py:pause_name",
    "ui/work/order_words.py:state_name",
    "ui/work/page.py:__init__",
    "ui/work/parts_view.py:__init__",
    "ui/work/people_rows.py:permission_words",
    "ui/work/people_rows.py:role_names",
    "ui/work/people_view.py:__init__",
    "ui/work/person_form.py:__init__",
    "ui/work/person_form.py:_explain",
    "ui/work/procedures_reading.py:_compared",
    "ui/work/procedures_words.py:_place",
    "ui/work/procedures_words.py:change_words",
    "ui/work/procedures_words.py:named",
    "ui/work/running_tab.py:_state",
    "ui/work/sign_chip.py:_words",
    "vocabulary.py:level_text",
    "vocabulary.py:reason_text",
    "vocabulary.py:translated_name",
    "work/desk.py:permit",
    "work/orders/desk.py:_refuse_apart",
    "work/orders/desk.py:_way",
    "work/reviews/desk.py:missing",
    "work/reviews/desk.py:refuse_hands",
    "work/reviews/words.py:_found",
    "work/reviews/words.py:_opened",
    "work/reviews/words.py:title",
    "work/words.py:_asset",
    "work/words.py:_clock",
    "work/words.py:_costed",
    "work/words.py:_fluid",
    "work/words.py:_opened",
    "work/words.py:_paused",
    "work/words.py:_reason",
    "work/words.py:_say",
    "work/words.py:_stock",
    "work/words.py:conflict_words",
    "work/words.py:place_words",
    "work/words.py:role_words",
    "work/words.py:state_words",
    "work/words.py:tell",
}
HAN = re.compile(r"[\u4e00-\u9fff]")
SAME_IN_BOTH = {
    "ECC",
    "VBIOS",
    "GPU",
    "gpu xid",
    "GPU {n}",
    "GPUs",
    "IT {power}",
    "MIG",
    "UUID",
    "Xid {code}: {meaning}",
    "Xid {n}",
    "{litres} L {why}",
    "Xid {codes}",
    "Xid {code}: {part}",
    "SHA-256 {digest}",
    "hh:mm",
    "{fluid}, {litres} L",
}
PLACEHOLDER = re.compile(r"{\w*}")


@pytest.fixture(autouse=True)
def _english_again() -> object:
    yield
    use_language("en")


def test_there_are_texts_to_translate() -> None:
    assert {"Log", "Limit crossed", "5 min", "{n} min"} <= set(TEXTS)
    assert {"Coolant return temperature", "tripped", "Pump 1 state"} <= set(EQUIPMENT)
    assert {"pump trip", "upper critical", "High contrast", "Level expected"} <= set(TEXTS)


def test_every_text_has_an_entry() -> None:
    missing = {text: where for text, where in TEXTS.items() if text not in ENTRIES}
    assert not missing


def test_every_name_of_equipment_has_an_entry_or_shares_one() -> None:
    missing = {t: w for t, w in EQUIPMENT.items() if not {t, numbered(t)[0]} & set(ENTRIES)}
    assert not missing


def test_every_entry_takes_the_same_values() -> None:
    differing = {
        text: translated
        for text, translated in ENTRIES.items()
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translated))
    }
    assert not differing


def test_every_entry_is_chinese() -> None:
    foreign = {t: PLACEHOLDER.sub("", z) for t, z in ENTRIES.items() if not HAN.search(z)}
    same = {text for text, rest in foreign.items() if re.search(r"[^\W\d_]", rest)}
    assert same <= SAME_IN_BOTH


def test_no_entry_is_left_over() -> None:
    used = {*TEXTS, *EQUIPMENT, *(numbered(text)[0] for text in EQUIPMENT)}
    assert not set(ENTRIES) - used


def test_what_is_translated_by_way_of_a_variable_is_in_a_table() -> None:
    assert set(catalogue.dynamic_calls(CONSOLE)) <= DYNAMIC


def test_names_with_a_number_share_an_entry() -> None:
    use_language("zh_CN")
    assert translated_name("Pump 2 speed") == "2 号泵转速"
    assert translated_name("Filter 12") == "12 号过滤器"
    assert numbered("Fan rack 2 detector 11") == (
        "Fan rack {n} detector {m}",
        {"n": "2", "m": "11"},
    )
    assert translated_words("running, leak") == "运行, 漏液"
    assert translated_name("Point 1 of 2") == "Point 1 of 2"
    assert translated_name("A name of the site's own") == "A name of the site's own"


def test_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown language 'tlh'; there are en, zh_CN"):
        use_language("tlh")
    assert set(LANGUAGES) == {"en", "zh_CN"}


def test_a_text_without_an_entry_is_shown_in_english() -> None:
    use_language("zh_CN")
    assert tr("no such entry {n}", n=3) == "no such entry 3"
