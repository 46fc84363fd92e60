"""Pictures that a step wants: chosen from what a camera or a phone has left, newest first."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QRectF, QSize, QStandardPaths, QStorageInfo, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.running.crew import photo_command
from console.session.workplace import Workplace
from console.text import tr
from console.ui import formats
from console.ui.controls import frame
from console.ui.guided.hands import Hands
from console.ui.guided.rows import DONE, TODO, BigButton, Row, TapRow, ToolButton
from console.ui.guided.situation import Situation
from console.ui.guided.writing_field import WritingField
from console.ui.setup_parts import Words, scrolling
from console.ui.theme import metrics, theme
from console.work.events import Refused
from console.work.photos import StoredPhoto
from procedures.spec_parts import Photo

T = TypeVar("T")
_MOST = 24
_DEEP = 2
_KINDS = (".jpg", ".jpeg", ".png", ".webp")
_THUMB = 48


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file that could be taken."""

    path: Path
    utc_s: float
    size: int


def beside(
    place: Workplace,
    work: Callable[[], T],
    done: Callable[[T], None],
    refused: Callable[[str], None],
) -> None:
    """Do something slow beside the window, and tell of it in the window's thread."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except Refused as refusal:
            future.set_exception(refusal)
        except OSError as error:
            future.set_exception(Refused(error.strerror or str(error)))

    place.later(future, done, refused)
    threading.Thread(target=run, name="photo", daemon=True).start()


def newest_pictures(folder: Path, most: int = _MOST, deep: int = _DEEP) -> list[Picture]:
    """Return the newest pictures in a folder and its next ones; what cannot be read is left out."""
    found: list[Picture] = []
    _gather(folder, deep, found)
    found.sort(key=lambda one: -one.utc_s)
    return found[:most]


def _gather(folder: Path, deep: int, found: list[Picture]) -> None:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        try:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False) and deep > 0:
                _gather(Path(entry.path), deep - 1, found)
            elif entry.name.lower().endswith(_KINDS) and entry.is_file():
                seen = entry.stat()
                found.append(Picture(Path(entry.path), seen.st_mtime, seen.st_size))
        except OSError:
            continue


def usual_folders() -> list[tuple[str, Path]]:
    """Return where pictures usually are: cards and phones first, then this person's folders."""
    places = QStandardPaths.StandardLocation
    cards = [
        (volume.displayName(), Path(volume.rootPath()))
        for volume in QStorageInfo.mountedVolumes()
        if volume.isReady()
        and volume.rootPath().startswith(("/media/", "/run/media/", "/Volumes/"))
    ]
    own = (
        (tr("Pictures"), places.PicturesLocation),
        (tr("Downloads"), places.DownloadLocation),
        (tr("Desktop"), places.DesktopLocation),
    )
    found = [*cards, *((name, Path(QStandardPaths.writableLocation(at))) for name, at in own)]
    return [(name, path) for name, path in dict(found).items() if path.is_dir()]


class PhotoRow(Row):
    """One kind of picture, and how many of it."""

    def __init__(self, photo: Photo, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.photo = photo
        self.button = ToolButton(tr("Choose a picture …"))
        self.button.setAccessibleName(tr("Choose a picture: {what}", what=title))
        self.thumbs = Thumbs(title)
        self.right.addWidget(self.thumbs)
        self.right.addWidget(self.button)
        self.button.clicked.connect(self._choose)
        self._asked: set[str] = set()

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        taken = now.step.photos.get(self.photo.id, ()) if now.step else ()
        need = self.photo.count
        self.mark.show_mark(DONE if len(taken) >= need else TODO)
        self.tell(tr("{have} of {need}", have=len(taken), need=need))
        self.button.setVisible(now.can_record)
        self.button.rename(tr("Choose a picture …") if len(taken) < need else tr("Another one …"))
        self.button.setAccessibleName(tr("Choose a picture: {what}", what=self.title.text()))
        for sha256 in taken:
            self._show_thumb(sha256)

    def take(self, path: Path, done: Callable[[], None], refuse: Callable[[str], None]) -> None:
        """Keep a picture beside the data, then say that it was taken."""
        place = self.hands.place
        if place is None:
            refuse(tr("The work log is not open yet."))
            return
        take, taken = place.photos.take, self._taken
        beside(place, lambda: take(path), lambda kept: taken(kept, done, refuse), refuse)

    def _taken(
        self, kept: StoredPhoto, done: Callable[[], None], refuse: Callable[[str], None]
    ) -> None:
        step = self.hands.spec.id if self.hands.spec else ""
        command = photo_command(step, self.hands.who, self.photo.id, kept)
        if self.hands.ask(command, refuse):
            done()

    def _choose(self) -> None:
        self.say("")
        self.hands.sheet.emit(PictureSheet(self))

    def _show_thumb(self, sha256: str) -> None:
        place = self.hands.place
        if sha256 in self._asked or place is None:
            return
        self._asked.add(sha256)
        store, edge = place.photos, 2 * _THUMB
        beside(place, lambda: store.thumbnail(sha256, edge), self.thumbs.add, lambda _why: None)


class Thumbs(QWidget):
    """Small pictures of what was taken."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(tr("Pictures taken: {what}", what=name))
        self._pictures: list[QPixmap] = []

    def add(self, content: bytes) -> None:
        """Show another picture."""
        picture = QPixmap()
        if picture.loadFromData(content):
            self._pictures = [*self._pictures[-2:], picture]
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(len(self._pictures) * (_THUMB + 4), _THUMB)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, picture in enumerate(self._pictures):
            box = QRectF(number * (_THUMB + 4), (self.height() - _THUMB) / 2, _THUMB, _THUMB)
            size = min(picture.width(), picture.height())
            middle = QRectF((picture.width() - size) / 2, (picture.height() - size) / 2, size, size)
            p.drawPixmap(box, picture, middle)
            p.setPen(theme().line)
            p.drawRect(box.adjusted(0, 0, -1, -1))


class PictureSheet(QWidget):
    """The newest pictures of a folder to touch, or a file by its name."""

    left = Signal()

    def __init__(self, row: PhotoRow) -> None:
        super().__init__()
        self._row = row
        self.setAccessibleName(tr("Choose a picture"))
        self.heading = Words(row.title.text(), 20)
        self.said = Words("", 13)
        self.said.hide()
        self.file = WritingField(tr("File"), tr("Name of a file or of a folder"))
        self.cancel = BigButton(tr("Cancel"))
        self.folders = [(name, path, BigButton(name)) for name, path in usual_folders()]
        self.pictures: list[_PictureRow] = []
        self._inside = QWidget()
        self._rows = QVBoxLayout(self._inside)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._lay_out()
        self.file.returnPressed.connect(self._named)
        self.cancel.clicked.connect(self.left)
        for _name, path, button in self.folders:
            button.clicked.connect(lambda _=False, at=path: self.look_in(at))
        if self.folders:
            self.look_in(self.folders[0][1])
        self.setFocusProxy(self.file)

    def look_in(self, folder: Path) -> None:
        """Show what is in a folder."""
        place = self._row.hands.place
        if place is not None:
            beside(place, lambda: newest_pictures(folder), self._show, self._refuse)

    def choose(self, path: Path) -> None:
        """Take one picture."""
        self._refuse("")
        self.said.setText(tr("Looking at the picture"))
        self.said.show()
        self._row.take(path, self.left.emit, self._refuse)

    def _named(self) -> None:
        text = self.file.text().strip()
        if not text:
            return
        path = Path(text).expanduser()
        if path.is_dir():
            self.look_in(path)
        else:
            self.choose(path)

    def _show(self, pictures: Sequence[Picture]) -> None:
        for old in self.pictures:
            old.hide()
            old.deleteLater()
        self.pictures = []
        for picture in pictures:
            row = _PictureRow(picture, self._row.hands)
            row.tapped.connect(lambda at=picture.path: self.choose(at))
            self._rows.insertWidget(len(self.pictures), row)
            self.pictures.append(row)
        self._refuse("" if pictures else tr("There is no picture in this folder."))

    def _refuse(self, sentence: str) -> None:
        self.said.say(sentence)
        self.said.setVisible(bool(sentence))

    def _lay_out(self) -> None:
        places = QHBoxLayout()
        places.setSpacing(8)
        for _name, _path, button in self.folders:
            places.addWidget(button)
        places.addStretch(1)
        self._rows.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.cancel)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addLayout(places)
        column.addWidget(self.file)
        column.addWidget(self.said)
        column.addWidget(scrolling(self._inside, tr("Pictures")), 1)
        column.addLayout(foot)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _PictureRow(TapRow):
    """One picture file."""

    def __init__(self, picture: Picture, hands: Hands) -> None:
        super().__init__(picture.path.name, hands)
        self.mark.hide()
        now_us = hands.session.now().utc_us
        size = tr("{size} kB", size=formats.decimal(picture.size / 1000, 0))
        self.tell(f"{formats.clock(round(picture.utc_s * 1e6), now_us)}   {size}")
        self.allow(True)
        self.setMinimumHeight(max(metrics().target, 48))

    def show_state(self, now: Situation) -> None:
        """Nothing changes here."""
