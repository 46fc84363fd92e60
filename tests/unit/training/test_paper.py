"""A result that was altered in any way does not have the machine's seal any more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.training.paper import LogEnd, Paper, PaperError, papers_in, read, write
from console.training.people import SiteSecrets
from console.work.people.secrets import SecretsError, SecretStore

TOLD: dict[str, Any] = {
    "schema": "training-result/1",
    "id": "0a1b2c3d-0000",
    "device": "log-1",
    "person": "chen",
    "scenario": "leak-during-lift",
    "title": {"en": "A leak", "zh_CN": "泄漏"},
    "procedure": "extract-server",
    "revision": "ab" * 32,
    "points": 40,
    "passed": False,
    "pass_mark": 80,
    "qualification": "immersion-emergency",
    "valid_days": 365,
    "ended_us": 1_790_000_000_000_000,
    "by_script": False,
    "log": {"device": "log-2", "sequence": 90, "hash": "cd" * 32},
    "score": {"points": 40, "deductions": []},
}
OTHERS: dict[str, Any] = {
    "id": "0a1b2c3d-0001",
    "device": "log-9",
    "person": "wu",
    "scenario": "calm-extraction",
    "title": {"en": "Another", "zh_CN": "另"},
    "procedure": "top-up",
    "revision": "ac" * 32,
    "points": 41,
    "passed": True,
    "pass_mark": 1,
    "qualification": "electrical",
    "valid_days": 366,
    "ended_us": 1_790_000_000_000_001,
    "by_script": True,
    "log": {"device": "log-2", "sequence": 91, "hash": "cd" * 32},
    "score": {"points": 40, "deductions": [], "more": 1},
}


@pytest.fixture(name="secrets")
def _secrets(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "site")


def test_what_was_written_is_read_back_genuine(tmp_path: Path, secrets: SecretStore) -> None:
    paper = Paper(**TOLD).sealed(secrets)
    path = write(tmp_path, paper)
    found, digest = read(path)
    assert found == paper
    assert len(digest) == 64
    assert found.is_genuine(secrets)
    assert found.is_genuine(SecretStore(tmp_path / "site"))


@pytest.mark.parametrize("member", OTHERS)
def test_no_member_can_be_altered(secrets: SecretStore, member: str) -> None:
    sealed = Paper(**TOLD).sealed(secrets)
    told = sealed.model_dump(mode="json", by_alias=True)
    assert not Paper(**{**told, member: OTHERS[member]}).is_genuine(secrets)


def test_every_member_is_tried_above() -> None:
    assert set(OTHERS) | {"schema"} == set(TOLD)


def test_another_machine_cannot_make_the_seal(tmp_path: Path, secrets: SecretStore) -> None:
    other = SecretStore(tmp_path / "elsewhere")
    assert not Paper(**TOLD).sealed(other).is_genuine(secrets)
    assert not Paper(**TOLD).is_genuine(secrets)


def test_a_pin_and_a_result_never_have_the_same_seal(secrets: SecretStore) -> None:
    assert secrets.vouch("480216") != secrets.peppered("480216").hex()


def test_a_site_without_a_pepper_is_not_given_one(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    with pytest.raises(SecretsError, match="no PINs yet"):
        Paper(**TOLD).sealed(SiteSecrets(site))
    assert list(site.iterdir()) == []


def test_a_new_hash_is_not_written_to_the_site(tmp_path: Path, secrets: SecretStore) -> None:
    seal = secrets.put("chen", "hash", "")
    before = {path: path.read_bytes() for path in (tmp_path / "site").iterdir()}
    site = SiteSecrets(tmp_path / "site")
    assert site.put("chen", "another", seal) == seal
    assert site.find("chen", seal) == "hash"
    assert {path: path.read_bytes() for path in (tmp_path / "site").iterdir()} == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"{" * 100_000,
        b'{"schema": "training-result/1"}',
        json.dumps({**TOLD, "points": 101}).encode(),
        json.dumps({**TOLD, "points": "many"}).encode(),
        json.dumps({**TOLD, "more": 1}).encode(),
        json.dumps({**TOLD, "log": {"device": "x", "sequence": 0, "hash": "00"}}).encode(),
    ],
)
def test_a_file_that_is_no_result_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(PaperError, match="damaged, or no result of a training"):
        read(path)


def test_a_file_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with path.open("wb") as file:
        file.truncate(3_000_000)
    with pytest.raises(PaperError, match="too large"):
        read(path)
    with pytest.raises(PaperError, match="cannot be read"):
        read(tmp_path / "nowhere.json")


@given(st.binary(max_size=200))
def test_whatever_lies_there_is_a_result_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("paper") / "result.json"
    path.write_bytes(content)
    with pytest.raises(PaperError):
        read(path)


def test_results_are_found_in_order(tmp_path: Path) -> None:
    for name in ("2026-b", "2026-a", "empty"):
        (tmp_path / "training" / name).mkdir(parents=True)
    for name in ("2026-b", "2026-a"):
        (tmp_path / "training" / name / "result.json").write_text("{}", encoding="utf-8")
    assert [path.parent.name for path in papers_in(tmp_path)] == ["2026-a", "2026-b"]
    assert papers_in(tmp_path / "nowhere") == []


def test_a_log_end_has_a_whole_hash() -> None:
    with pytest.raises(ValueError, match="hash"):
        LogEnd(device="x", sequence=1, hash="ab")
