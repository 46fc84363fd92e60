"""What may be written in the [notify] tables, and what is said of a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.notify_rules import NotifyRules
from console.site import load_site
from drivers.files import FileError

SITE = """
[site]
id = "hall"
name = "Hall"

[[host]]
id = "node-1"
name = "Node 1"
url = "nvml://local"
"""
GOOD = """
[notify]
gather_s = 5

[notify.desktop]
priorities = [2, 1]

[[notify.command]]
name = "pager"
priorities = [1, 2]
run = ["/usr/local/bin/page", "--site"]
timeout_s = 10
messages = 5
per_s = 300
repeat_s = 900

[[notify.command]]
priorities = [4]
run = ["log-it"]

[[notify.webhook]]
url = "https://alerts.example/in?key=1"
priorities = [1]
token_file = "token"
ca = "ca.pem"
"""


def load(folder: Path, text: str) -> NotifyRules:
    path = folder / "site.toml"
    path.write_text(SITE + text, encoding="utf-8")
    return load_site(path).site.notify


def test_nobody_is_told_unless_the_file_says_so(tmp_path: Path) -> None:
    assert list(load(tmp_path, "").outlets()) == []
    assert list(load(tmp_path, "[notify]\n").outlets()) == []


def test_every_way_out_has_a_name(tmp_path: Path) -> None:
    rules = load(tmp_path, GOOD)
    assert rules.gather_s == 5
    assert [(name, rule.priorities) for name, rule in rules.outlets()] == [
        ("desktop", (1, 2)),
        ("pager", (1, 2)),
        ("command 2", (4,)),
        ("webhook 1", (1,)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("priorities = [4]", "priorities = []", 27, "at least 1 item"),
        ("priorities = [4]", "priorities = [5]", 27, "less than or equal to 4 (found 5)"),
        ("priorities = [4]", "priorities = [4, 4]", 27, "a priority is given twice"),
        ("priorities = [4]", "", 26, "missing; it must be given"),
        ('run = ["log-it"]', "run = []", 28, "at least 1 item"),
        ('run = ["log-it"]', 'run = "log-it"', 28, "valid tuple"),
        ('run = ["log-it"]', 'run = ["a\\u0000b"]', 28, "match pattern"),
        ('run = ["log-it"]', 'run = [""]', 28, "at least 1 character"),
        ("messages = 5", "messages = 1", 22, "greater than or equal to 2"),
        ("per_s = 300", "per_s = 0", 23, "greater than or equal to 10"),
        ("per_s = 300", "per_s = nan", 23, "per_s: Input should be"),
        ("repeat_s = 900", "repeat_s = 5", 24, "allowed are 0 (never) and 60 or more"),
        ("timeout_s = 10", "timeout_s = 1e9", 21, "less than or equal to 120"),
        ("gather_s = 5", "gather_s = -1", 12, "greater than or equal to 0"),
        ("gather_s = 5", "gather = 5", 12, "unknown key"),
        ("https://alerts", "ftp://alerts", 31, "allowed is http://HOST"),
        ("https://alerts", "http://alerts", 33, "only sent by https://"),
        ("https://alerts", "https://me:word@alerts", 31, "name a token_file"),
        ("alerts.example", "alerts .example", 31, "not an address"),
        ("alerts.example", "[::1", 31, "not an address"),
        ('name = "pager"', 'name = "command 2"', 11, "'command 2' is given twice"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    assert old in GOOD
    with pytest.raises(FileError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / 'site.toml'}:{line}: notify"), told
    assert said in told


def test_a_password_in_an_address_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        load(tmp_path, GOOD.replace("https://alerts", "https://me:secretword@alerts"))
    assert "secretword" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8080", "[::1]"])
def test_a_token_may_go_in_the_clear_to_this_computer_alone(tmp_path: Path, host: str) -> None:
    text = GOOD.replace("https://alerts.example", f"http://{host}")
    assert load(tmp_path, text).webhook[0].token_file == "token"
