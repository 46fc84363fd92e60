"""Photos go where the log goes: into backups, back out of them, and before ``data verify``."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from console.history.attachments import ATTACHMENT_FOLDER, MEMBER
from console.history.events import EventDraft
from console.history.history import History
from console.work.photos import PHOTO_FOLDER, PhotoStore, StoredPhoto
from drivers.points import Stamp
from tests.integration.test_data_commands import run


def photo(store: PhotoStore, red: int) -> StoredPhoto:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), (red, 0, 0)).save(out, "PNG")
    return store.put(out.getvalue())


def told(photo: StoredPhoto) -> EventDraft:
    body = {"run": "R-1", "photo": "drip", "sha256": photo.sha256, "metadata": photo.metadata}
    return EventDraft("work.photo_taken", "tank-1", body, Stamp.now(), "chen")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with two photos that its log names."""
    folder = tmp_path / "hall-a"
    store = PhotoStore(folder)
    history = History(folder)
    history.start()
    for red in (10, 20):
        history.record(told(photo(store, red)))
    assert history.close(10)
    return folder


def test_both_sides_speak_of_the_same_files(tmp_path: Path) -> None:
    kept = photo(PhotoStore(tmp_path), 1)
    assert MEMBER.fullmatch(kept.path.relative_to(tmp_path).as_posix())
    assert ATTACHMENT_FOLDER == PHOTO_FOLDER


@pytest.mark.parametrize("name", ["copy", "copy.zip"])
def test_photos_are_backed_up_and_restored(tmp_path: Path, data: Path, name: str) -> None:
    copy, other = tmp_path / name, tmp_path / "other"
    files = json.loads(run("backup", "--data", data, "-o", copy, "--json").stdout)["files"]
    photos = [file for file in files if file.startswith("photos")]
    assert len(photos) == 2
    assert files.index("log.db") < files.index(photos[0])  # what the log names is in the copy
    verified = json.loads(run("verify", copy, "--json").stdout)
    assert verified["photos"]["files"] == 2
    run("restore", copy, "--data", other)
    assert "2 photos are as they were taken" in run("verify", "--data", other).stdout
    assert {p.name for p in (other / "photos").rglob("*.png")} == {Path(p).name for p in photos}


def test_a_photo_that_was_changed_or_is_gone_is_named(tmp_path: Path, data: Path) -> None:
    first, second = sorted((data / "photos").rglob("*.png"))
    first.write_bytes(first.read_bytes() + b"x")
    second.unlink()
    result = run("verify", "--data", data)
    assert result.exit_code == 1
    assert f"photos/{first.parent.name}/{first.name}: is not what was taken" in result.stderr
    assert f"{second.stem}: is missing" in result.stderr
    faults = json.loads(run("verify", "--data", data, "--json").stdout)["photos"]["faults"]
    assert len(faults) == 2
    copied = run("backup", "--data", data, "-o", tmp_path / "copy")
    assert copied.exit_code == 1
    assert first.name in copied.stderr


def test_a_zip_brings_photos_and_nothing_beside_them(tmp_path: Path, data: Path) -> None:
    import zipfile

    copy = tmp_path / "copy.zip"
    run("backup", "--data", data, "-o", copy)
    names = ("photos/../evil.jpg", f"photos/aa/{'b' * 64}.jpg", "photos/aa/x.jpg", "photos/evil.sh")
    with zipfile.ZipFile(copy, "a") as hostile:
        for name in names:
            hostile.writestr(name, "evil")
    run("restore", copy, "--data", tmp_path / "other")
    found = [p for p in (tmp_path / "other" / "photos").rglob("*") if p.is_file()]
    assert len(found) == 2
    assert not list(tmp_path.rglob("*evil*"))
