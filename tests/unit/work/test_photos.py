"""Photos: what is kept, what is taken out of it, and what is refused with a sentence."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from PIL.Image import Exif

from console.site import check_site
from console.work.events import Refused
from console.work.photos import MOST_BYTES, PhotoError, PhotoStore
from console.work.pictures import MOST_PIXELS, PictureError, read_picture
from drivers.files import FileError

FORMATS = ("JPEG", "PNG", "WEBP")
GPS, ORIENTATION, MAKE, TAKEN = 0x8825, 0x0112, 0x010F, 0x9003


def exif() -> Exif:
    told = Exif()
    told[ORIENTATION] = 6
    told[MAKE] = "Telephone"
    told.get_ifd(0x8769)[TAKEN] = "2026:11:21 12:04:11"
    told.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return told


def drawn() -> Image.Image:
    image = Image.radial_gradient("L").resize((80, 60)).convert("RGB")
    image.putpixel((3, 5), (250, 10, 10))
    return image


def picture(form: str = "JPEG", *, tagged: bool = True, **more: object) -> bytes:
    out = io.BytesIO()
    if tagged:
        more["exif"] = exif()
    drawn().save(out, form, **more)
    return out.getvalue()


def kept_exif(content: bytes) -> Exif:
    return Image.open(io.BytesIO(content)).getexif()


def pixels(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "data")


def given_file(folder: Path, content: bytes, name: str = "photo.jpg") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("form", FORMATS)
def test_a_photo_without_metadata_is_kept_bit_for_bit(
    store: PhotoStore, tmp_path: Path, form: str
) -> None:
    content = picture(form, tagged=False)
    if form == "JPEG":
        content = content.replace(b"", b"", 1)
    photo = store.take(given_file(tmp_path, content, "photo.tmp"))
    assert photo.path.read_bytes() == content
    assert photo.sha256 == photo.original == hashlib.sha256(content).hexdigest()
    assert photo.path.parent == store.folder / photo.sha256[:2]
    assert (photo.width_px, photo.height_px, photo.size) == (80, 60, len(content))
    assert photo.media_type == f"image/{form.lower()}"
    assert photo.metadata == "none"
    with store.open(photo.sha256) as file:
        assert file.read() == content


@pytest.mark.parametrize("form", FORMATS)
def test_where_it_was_taken_is_left_out_and_no_pixel_changes(
    store: PhotoStore, tmp_path: Path, form: str
) -> None:
    content = picture(form)
    assert kept_exif(content).get_ifd(GPS)
    photo = store.take(given_file(tmp_path, content))
    kept = photo.path.read_bytes()
    found = kept_exif(kept)
    assert not found.get_ifd(GPS)
    assert MAKE not in found
    assert b"Telephone" not in kept
    assert found[ORIENTATION] == 6
    assert found.get_ifd(0x8769)[TAKEN] == "2026:11:21 12:04:11"
    assert ImageChops.difference(pixels(content), pixels(kept)).getbbox() is None
    assert photo.metadata == "removed"
    assert photo.sha256 == hashlib.sha256(kept).hexdigest() != photo.original


@pytest.mark.parametrize("form", FORMATS)
def test_a_site_may_keep_all_of_it(tmp_path: Path, form: str) -> None:
    content = picture(form)
    photo = PhotoStore(tmp_path / "data", keep_exif=True).take(given_file(tmp_path, content))
    assert photo.path.read_bytes() == content
    assert photo.metadata == "kept"


def test_the_site_file_says_what_is_kept() -> None:
    told = {
        "site": {"id": "s", "name": "S"},
        "host": [{"id": "h", "name": "H", "url": "smi:x.txt"}],
    }
    assert check_site(told, Path("site.toml")).site.photos.keep_exif is False
    kept = check_site({**told, "photos": {"keep_exif": True}}, Path("site.toml"))
    assert kept.site.photos.keep_exif is True
    with pytest.raises(FileError, match="photos"):
        check_site({**told, "photos": {"keep_gps": True}}, Path("site.toml"))
    with pytest.raises(FileError, match="work orders"):
        check_site({**told, "work": {"orders": "always"}}, Path("site.toml"))


def test_colours_progressive_scans_and_texts(store: PhotoStore, tmp_path: Path) -> None:
    icc = b"profile" * 20_000  # more than one segment holds
    content = picture(progressive=True, icc_profile=icc, comment=b"at home", xmp=b"<xmp gps/>")
    photo = store.take(given_file(tmp_path, content))
    kept = photo.path.read_bytes()
    assert Image.open(io.BytesIO(kept)).info["icc_profile"] == icc
    assert b"at home" not in kept
    assert b"<xmp" not in kept
    assert ImageChops.difference(pixels(content), pixels(kept)).getbbox() is None


def test_the_same_photo_is_kept_once_and_mended_if_it_was_damaged(
    store: PhotoStore, tmp_path: Path
) -> None:
    path = given_file(tmp_path, picture())
    first = store.take(path)
    before = first.path.stat().st_mtime_ns
    assert store.take(path) == first
    assert first.path.stat().st_mtime_ns == before
    first.path.write_bytes(b"x")
    with pytest.raises(PhotoError, match="damaged"):
        store.open(first.sha256)
    assert not store.verify().ok
    assert store.take(path) == first
    assert store.verify([first.sha256]).ok
    assert [p.name for p in store.folder.rglob("*") if p.is_file()] == [first.path.name]


def test_verify_names_what_is_missing(store: PhotoStore, tmp_path: Path) -> None:
    photo = store.take(given_file(tmp_path, picture()))
    found = store.verify([photo.sha256, "f" * 64])
    assert (found.files, found.bytes) == (1, photo.size)
    assert [name for name, _ in found.faults] == ["f" * 64]
    assert not store.holds("f" * 64)
    with pytest.raises(PhotoError, match="not in this folder"):
        store.open("f" * 64)
    assert PhotoStore(tmp_path / "nothing").verify().ok


@pytest.mark.parametrize("form", FORMATS)
def test_thumbnails_stand_upright(store: PhotoStore, tmp_path: Path, form: str) -> None:
    photo = store.take(given_file(tmp_path, picture(form)))
    small = Image.open(io.BytesIO(store.thumbnail(photo.sha256, 40)))
    assert (small.format, small.size) == ("JPEG", (30, 40))  # turned a quarter, by its EXIF
    assert store.thumbnail(photo.sha256, 40) is store.thumbnail(photo.sha256, 40)


def bomb() -> bytes:
    """A PNG of a few kilobytes that claims more pixels than may be."""
    edge = 20_000
    head = struct.pack(">IIBBBBB", edge, edge, 1, 0, 0, 0, 0)
    line = zlib.compress(b"\0" * (edge // 8 + 1) * 10)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", line) + chunk(b"IEND", b"")


def large_png() -> bytes:
    """A real PNG of one colour just above the most pixels allowed."""
    out = io.BytesIO()
    Image.new("1", (10_000, MOST_PIXELS // 10_000 + 1)).save(out, "PNG")
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("run.txt", "hidden")
    return out.getvalue()


def film() -> bytes:
    out = io.BytesIO()
    more = [Image.new("RGB", (80, 60), (n, 0, 0)) for n in range(3)]
    drawn().save(out, "WEBP", save_all=True, append_images=more)
    return out.getvalue()


REFUSED = {
    "a text": (b"not a picture at all", "This is no picture"),
    "nothing": (b"", "is empty"),
    "a bomb": (bomb(), "too many pixels"),
    "a wall": (large_png(), "too many pixels"),
    "a JPEG that breaks off": (picture()[:-200], "damaged or incomplete"),
    "a PNG that breaks off": (picture("PNG")[:-30], "damaged or incomplete"),
    "a WebP that breaks off": (picture("WEBP")[:-30], "damaged or incomplete"),
    "a JPEG and a zip": (picture() + zipped(), "hides behind the picture"),
    "two JPEGs and a zip": (picture() * 2 + zipped(), "hides behind the picture"),
    "a PNG and a zip": (picture("PNG") + zipped(), "hides behind the picture"),
    "a WebP and a zip": (picture("WEBP") + zipped(), "hides behind the picture"),
    "a GIF": (b"GIF89a" + bytes(20), "This is no picture"),
    "a head alone": (b"\xff\xd8\xff\xe0", "damaged or incomplete"),
    "a film": (film(), "a film"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("keep_exif", [False, True])
def test_what_is_no_picture_is_refused_and_nothing_is_kept(
    tmp_path: Path, name: str, keep_exif: bool
) -> None:
    content, said = REFUSED[name]
    store = PhotoStore(tmp_path / "data", keep_exif=keep_exif)
    with pytest.raises(Refused, match=said) as refusal:
        store.take(given_file(tmp_path, content))
    assert str(refusal.value).count("\n") == 0
    assert not store.folder.exists()


def test_what_a_telephone_adds_is_no_reason_to_refuse(store: PhotoStore, tmp_path: Path) -> None:
    plain = store.take(given_file(tmp_path, picture()))
    for more in (picture(), b"\0\0\0\x18ftypmp42 film", b"\0\0notes SEFT", b"\0" * 9):
        photo = store.take(given_file(tmp_path, picture() + more))
        assert photo.sha256 == plain.sha256
        assert photo.metadata == "removed"


def test_a_file_of_200_mb_is_refused_before_it_is_read(store: PhotoStore, tmp_path: Path) -> None:
    path = given_file(tmp_path, picture())
    os.truncate(path, 200_000_000)  # takes no room and would take its time to read
    with pytest.raises(PhotoError, match="has 200 MB; a photo has at most 30 MB"):
        store.take(path)
    assert MOST_BYTES == 30_000_000


def test_what_is_no_file_is_refused(store: PhotoStore, tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is a folder"):
        store.take(tmp_path)
    with pytest.raises(PhotoError, match="There is no file"):
        store.take(tmp_path / "gone.jpg")
    with pytest.raises(PhotoError, match="There is no file"):
        store.take(tmp_path / "a\0b")


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names")
def test_a_pipe_is_not_waited_for(store: PhotoStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="is no file"):
        store.take(tmp_path / "pipe.jpg")


def test_a_disk_that_refuses_keeps_nothing_and_says_so(
    store: PhotoStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    path = given_file(tmp_path, picture())
    monkeypatch.setattr("console.work.photos.os.fsync", full)
    with pytest.raises(PhotoError, match="No space left"):
        store.take(path)
    assert [p for p in store.folder.rglob("*") if p.is_file()] == []


@pytest.mark.filterwarnings("ignore")  # what Pillow says when the test itself reads odd metadata
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FORMATS), st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
def test_damaged_bytes_are_refused_or_kept_as_a_picture(form: str, where: int, what: bytes) -> None:
    content = bytearray(picture(form))
    where %= len(content)
    content[where : where + len(what)] = what
    for keep_exif in (False, True):
        try:
            found = read_picture(bytes(content), keep_exif=keep_exif)
        except PictureError:
            continue
        again = Image.open(io.BytesIO(found.content))
        again.load()
        assert again.size == (found.width_px, found.height_px)
        if not keep_exif:
            assert not again.getexif().get_ifd(GPS)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"]), st.binary())
def test_any_bytes_behind_a_right_beginning(head: bytes, rest: bytes) -> None:
    with pytest.raises(PictureError):
        read_picture(head + rest, keep_exif=False)
