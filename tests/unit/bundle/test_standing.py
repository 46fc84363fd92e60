"""Which bundle may be applied: by key, by time, by number; and what the log remembers of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.bundle.archive import Bundle
from console.bundle.standing import Standing, check
from console.signing import RefusedFileError
from tests.unit.bundle.kit import DAY_US, KEY, NOW_US, OTHER_KEY, packed, site_folder


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return packed(tmp_path / "b", site_folder(tmp_path / "hall"))


def test_the_first_key_is_typed_from_paper(bundle: Bundle) -> None:
    shown = bundle.signature.fingerprint
    assert check(bundle, Standing(), shown.upper().replace(" ", "-"), NOW_US)
    with pytest.raises(RefusedFileError, match=f'--trust "{shown}"'):
        check(bundle, Standing(), "", NOW_US)
    with pytest.raises(RefusedFileError, match="not by 0000 0000 0000 0000"):
        check(bundle, Standing(), "0000 0000 0000 0000", NOW_US)


def test_a_trusted_key_is_not_replaced(tmp_path: Path) -> None:
    other = packed(tmp_path / "o", site_folder(tmp_path / "hall"), key=OTHER_KEY)
    with pytest.raises(RefusedFileError, match="this site's key is"):
        check(other, Standing(KEY.public), other.signature.fingerprint, NOW_US)


def test_an_older_one_is_refused_the_same_again_is_not(bundle: Bundle) -> None:
    assert not check(bundle, Standing(KEY.public, 4, "x"), "", NOW_US)
    assert not check(bundle, Standing(KEY.public, 5, bundle.digest), "", NOW_US)
    with pytest.raises(
        RefusedFileError, match=r"older \(number 5\) than the one applied last \(number 6\)"
    ):
        check(bundle, Standing(KEY.public, 6, "x"), "", NOW_US)
    with pytest.raises(RefusedFileError, match="Another bundle with the number 5"):
        check(bundle, Standing(KEY.public, 5, "another"), "", NOW_US)


def test_an_expired_one_and_one_from_the_future_are_refused(bundle: Bundle) -> None:
    standing = Standing(KEY.public)
    assert not check(bundle, standing, "", NOW_US + 30 * DAY_US)
    with pytest.raises(RefusedFileError, match="expired on 2026-12-21"):
        check(bundle, standing, "", NOW_US + 30 * DAY_US + 1)
    with pytest.raises(RefusedFileError, match="check this machine's clock"):
        check(bundle, standing, "", NOW_US - 2 * DAY_US)
