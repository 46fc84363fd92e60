"""Bringing logs together: where they meet, how it goes, whose logs are taken, what contradicts."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.history.sync.ledger import Enrolled
from console.history.sync.overview import SyncOverview
from console.history.sync.target import is_central, with_password, without_password
from console.history.trust.keys import fingerprint
from console.session.session import Refresh, Session
from console.session.sync_desk import ENROL, SyncState, checked
from console.session.workplace import Workplace
from console.settings import SettingsError, SettingsFile
from console.text import tr
from console.ui import sync_words as words
from console.ui.controls import Button, Choice, Field, Segments
from console.ui.log_actions import proof_text
from console.ui.log_reading import Proof
from console.ui.page import Page
from console.ui.plain_table import PlainTable
from console.ui.setup_parts import FactList, Panel, Words
from console.ui.sync_reading import LetIn, OverviewFound, SyncReading
from console.ui.work.acts import Act, Acts, Answers, Ask
from console.ui.work.things_view import Detail
from console.work.events import Refused

LAPTOPS, APART, ANCHORS = "laptops", "apart", "anchors"
_MOST_TARGETS = 6
_SIDE = 400
_EVERY_US = 10_000_000


class MeetingPlace(Panel):
    """Where logs meet, and the button; ``wanted`` carries the target with its password."""

    wanted = Signal(str)

    def __init__(self, settings: SettingsFile) -> None:
        super().__init__(tr("Where logs meet"))
        self._settings = settings
        self._dialog: QFileDialog | None = None
        self.field = Field(tr("Folder, stick or central log"),
                           tr("/media/stick or postgresql://user@host/database"))  # fmt: skip
        self.password = Field(tr("Password of the central log"), tr("not kept"))
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.before = Choice(tr("Used before"), [])
        self.choose = Button(tr("Choose …"))
        self.go = Button(tr("Sync now"), primary=True)
        self.says = Words("", 13)
        self._lay_out()
        self.offer()
        self.field.textChanged.connect(self._changed)
        self.before.activated.connect(self._take)
        self.choose.clicked.connect(self._choose)
        for field in (self.field, self.password):
            field.returnPressed.connect(self._go)
        self.go.clicked.connect(self._go)
        self._changed()

    def offer(self) -> None:
        """Offer the places of before; the newest stands there already."""
        kept = self._settings.values.sync_targets
        self.before.clear()
        self.before.addItem(tr("Used before"), "")
        for target in kept:
            self.before.addItem(target, target)
        self.before.setVisible(len(kept) > 1)
        if kept and not self.field.text():
            self.field.setText(kept[0])

    def remember(self, target: str) -> str:
        """Keep a place for the next time, without its password; returns what went wrong.

        Nothing where it did not.
        """
        plain = without_password(target)
        kept = (plain, *(one for one in self._settings.values.sync_targets if one != plain))
        try:
            self._settings.change(sync_targets=kept[:_MOST_TARGETS])
        except SettingsError as error:
            return str(error)
        finally:
            self.offer()
        return ""

    def _take(self) -> None:
        if self.before.key:
            self.field.setText(self.before.key)
        self.before.setCurrentIndex(0)

    def _go(self) -> None:
        target = self.field.text().strip()
        if is_central(target) and self.password.text():
            target = with_password(target, self.password.text())
        self.password.clear()
        self.wanted.emit(target)

    def _changed(self) -> None:
        self.password.setVisible(is_central(self.field.text().strip()))

    def _choose(self) -> None:
        if self._dialog is None:
            self._dialog = QFileDialog(self, tr("Where logs meet"))
            self._dialog.setFileMode(QFileDialog.FileMode.Directory)
            self._dialog.fileSelected.connect(self.field.setText)
        here = self.field.text().strip()
        self._dialog.setDirectory(here if Path(here).is_dir() else str(Path.home()))
        self._dialog.open()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (self.field, self.before, self.choose, self.go):
            row.addWidget(part, int(part is self.field))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.password)
        column.addWidget(self.says)


class SyncPage(Page):
    """Opened from the log and from the settings; it is about no part."""

    name = "sync"
    icon = "log"

    def __init__(
        self, session: Session, settings: SettingsFile, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, parent)
        self.overview: SyncOverview | None = None
        self._shown: object = None
        self._asked: object = None
        self.reading = SyncReading(session, self)
        self.meeting = MeetingPlace(settings)
        self.laptops = PlainTable(tr("Laptops"), words.LAPTOPS)
        self.apart = PlainTable(tr("Kept apart"), words.APART)
        self.anchors = PlainTable(tr("Held elsewhere"), words.ANCHORS, dense=True)
        self.tables = {LAPTOPS: self.laptops, APART: self.apart, ANCHORS: self.anchors}
        self.view = Segments(
            tr("Show"),
            [(LAPTOPS, tr("Laptops")), (APART, tr("Kept apart")), (ANCHORS, tr("Held elsewhere"))],
        )
        self.note = Words(quiet=True)
        self.empty = Words("", 13, quiet=True)
        self.own = FactList(tr("This laptop"))
        self.copy = Button(tr("Copy id and key"))
        self.verify = Button(tr("Verify log"))
        self.proof = Words()
        self.conflicts = Button(tr("Contradictions"))
        self.key = Words("", 20)
        self.detail = Detail()
        self.acts = Acts(session, tr("Chosen laptop"), self.detail)
        self._lay_out()
        self._connect()

    def title(self) -> str:
        return tr("Bring logs together")

    def headline(self) -> str:
        return f"{tr('Log')} > {self.title()}"

    @property
    def settled(self) -> bool:
        return self.overview is not None

    def refresh(self, changes: Refresh) -> None:
        place = self._place()
        state = place.sync.state if place is not None else SyncState()
        now_us = self.session.now().utc_us
        asked = (state.ended_us, state.is_running, now_us // _EVERY_US)
        if asked != self._asked:
            self._asked = asked
            self.reading.ask()
        for part in (self._upper, self.acts.always):  # a form takes the room
            part.setVisible(not self.acts.is_open)
        version = place.version if place is not None else -1
        shown = (state, self.overview, version, self.view.key)
        if shown != self._shown:
            self._shown = shown
            self._show(place, state)

    # ---- showing ----

    def _show(self, place: Workplace | None, state: SyncState) -> None:
        overview = self.overview or SyncOverview()
        names = words.names_of(overview)
        now_us = self.session.now().utc_us
        told = list(words.state_lines(state, names, now_us))
        if place is None:
            told = [tr("Logs are brought together once orders and people have been read.")]
        self.meeting.says.say("\n".join(told))
        self.meeting.go.setEnabled(place is not None)
        self.own.show_facts(words.own_facts(overview))
        self.copy.setEnabled(bool(overview.public_key))
        self.laptops.show_lines(words.laptop_lines(overview, state.strangers))
        self.apart.show_lines(words.apart_lines(overview))
        self.anchors.show_lines(words.anchor_lines(overview))
        self._show_list()
        self._show_conflicts(place)
        self._show_chosen()

    def _show_list(self) -> None:
        view = self.view.key
        table = self.tables[view]
        self._stack.setCurrentWidget(table)
        self.empty.say("" if table.lines else _nothing(view))
        self.empty.setVisible(not table.lines)
        self.note.say(tr("{n} shown", n=len(table.lines)))

    def _show_conflicts(self, place: Workplace | None) -> None:
        open_ = len(place.room.book.conflicts.open()) if place is not None else 0
        self.conflicts.setText(tr("Contradictions not settled: {n}", n=open_))
        self.conflicts.setAccessibleName(self.conflicts.text())
        self.conflicts.setEnabled(open_ > 0)
        self.conflicts.updateGeometry()

    def _show_chosen(self) -> None:
        """Say who is chosen, and what can be done: let in, under comparison of the key."""
        stranger = self._stranger()
        chosen = next(
            (
                one
                for one in (self.overview or SyncOverview()).laptops
                if one.device.device_id == self.laptops.key
            ),
            None,
        )
        acts: list[Act] = []
        self.key.say(fingerprint(stranger.public_key) if stranger is not None else "")
        self.key.setVisible(stranger is not None)
        if stranger is not None:
            name = stranger.name or tr("A laptop that nobody has let in")
            self.detail.head(name, tr("Its log waits there and is not taken."))
            acts.append(self._letting_in(stranger))
        elif chosen is not None:
            by = chosen.by or tr("somebody at the command line")
            told = tr("let in by {name}", name=by)
            self.detail.head(chosen.device.name, f"{chosen.fingerprint} \N{MIDDLE DOT} {told}")
        else:
            self.detail.head(tr("No laptop chosen"), tr("Choose a row to see its key."))
        if not self.acts.is_open:
            self.acts.offer(acts, (self._by_hand(),))

    # ---- letting in ----

    def _stranger(self) -> Enrolled | None:
        place = self._place()
        strangers = place.sync.state.strangers if place is not None else ()
        return next((one for one in strangers if one.device_id == self.laptops.key), None)

    def _letting_in(self, stranger: Enrolled) -> Act:
        """Let in a laptop that left its log: its key is compared with what its own panel shows."""
        key = fingerprint(stranger.public_key)
        return Act(
            "let-in",
            tr("Let it in"),
            ENROL,
            lambda by, answers: self._let_in(
                by, Enrolled(stranger.device_id, stranger.public_key, answers["name"])
            ),
            lambda: [Ask("name", tr("What people call it"), stranger.name)],
            lambda: tr(
                "Go to that laptop and open this page there. Under \u201cThis laptop\u201d its "
                "key must read exactly so: {key}. Anything else is another machine: leave it.",
                key=key,
            ),
            done=tr("Keys match: let in"),
        )

    def _by_hand(self) -> Act:
        """Let in a laptop whose id and key somebody brought."""

        def do(by: str, answers: Answers) -> str:
            device_id, _, key = answers["card"].strip().partition(" ")
            told = checked(device_id, key, answers["name"])
            shown = fingerprint(told.public_key)
            if "".join(answers["same"].lower().split()) != "".join(shown.split()):
                raise Refused(tr("Its key reads {key}. Compare it with that laptop.", key=shown))
            return self._let_in(by, told)

        asks = [
            Ask("card", tr("Its id and key"), hint=tr("as its own page copies them")),
            Ask("same", tr("The key that its own page shows"), hint="1a2b 3c4d 5e6f 7081"),
            Ask("name", tr("What people call it")),
        ]
        title = tr("Let in by hand")
        return Act("by-hand", title, ENROL, do, lambda: asks, done=tr("Let it in"))

    def _let_in(self, by: str, device: Enrolled) -> str:
        place = self._place()
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        checked(device.device_id, device.public_key, device.name)
        self.reading.let_in(place, device, by)
        return tr("Letting {name} in …", name=device.name)

    # ---- answers and hands ----

    def _answered(self, answer: object) -> None:
        match answer:
            case OverviewFound():
                self.overview = answer.overview or self.overview
            case LetIn(device=device, trouble=trouble):
                name = device.name if device is not None else ""
                said = tr("{name} is let in. Its log comes with the next sync.", name=name)
                self.acts.say(trouble or said)
                self.laptops.setFocus()
                self.reading.ask()
            case Proof():
                self.verify.setEnabled(True)
                self.proof.say(_breakable(proof_text(answer, self.session.now().utc_us)))
        self._shown = None

    def _sync(self, target: str) -> None:
        place = self._place()
        if place is None:
            return
        try:
            place.sync.begin(target, place.hands)
        except Refused as refusal:
            self.meeting.says.say(str(refusal))
            return
        trouble = self.meeting.remember(target)
        if trouble:
            self.note.say(trouble)
        self._shown = None

    def _verify(self) -> None:
        self.verify.setEnabled(False)
        self.proof.say(tr("Proving every event …"))
        self.reading.verify()

    def _copy(self) -> None:
        if self.overview is not None:
            card = f"{self.overview.device_id} {self.overview.public_key}"
            QGuiApplication.clipboard().setText(card)

    def _place(self) -> Workplace | None:
        place = self.session.workplace
        return place if place is not None and place.is_ready else None

    # ---- putting together ----

    def _connect(self) -> None:
        self.reading.answered.connect(self._answered)
        self.meeting.wanted.connect(self._sync)
        self.view.chosen.connect(lambda _key: self._show_list())
        self.laptops.chosen.connect(self._chosen)
        self.verify.clicked.connect(self._verify)
        self.copy.clicked.connect(self._copy)
        self.conflicts.clicked.connect(lambda: self.open_subject.emit("work", "conflicts"))

    def _chosen(self, _key: str) -> None:
        self.acts.leave()
        self.acts.say("")
        self._show_chosen()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for table in self.tables.values():
            self._stack.addWidget(table)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.view)
        head.addWidget(self.note, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.meeting)
        left.addLayout(head)
        left.addWidget(self.empty)
        left.addWidget(self._stack, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 0, 16, 16)
        whole.setSpacing(16)
        whole.addLayout(left, 1)
        whole.addWidget(self._side())

    def _side(self) -> QWidget:
        panel = Panel(tr("This laptop"))
        panel.setFixedWidth(_SIDE)
        column = QVBoxLayout(panel)
        column.setContentsMargins(16, 12, 16, 16)
        column.setSpacing(8)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.copy, self.verify):
            buttons.addWidget(button, 1)
        self._upper = QWidget()
        upper = QVBoxLayout(self._upper)
        upper.setContentsMargins(0, 0, 0, 8)
        upper.setSpacing(8)
        upper.addWidget(self.own)
        upper.addLayout(buttons)
        upper.addWidget(self.proof)
        upper.addWidget(self.conflicts)
        column.addWidget(self._upper)
        column.addWidget(self.key)
        column.addWidget(self.acts, 1)
        column.addWidget(self.acts.always)
        return panel


def _breakable(text: str) -> str:
    """Let a hash break where it does not fit."""
    return re.sub("([0-9a-f]{8})(?=[0-9a-f])", "\\1\u200b", text)


def _nothing(view: str) -> str:
    return {
        LAPTOPS: tr(
            "No other laptop is let in. Bring both logs to one stick: each then finds the other "
            "here, and an administrator compares the keys."
        ),
        APART: tr("Nothing contradicts anything."),
        ANCHORS: tr("Nobody has confirmed yet how far they hold this log; that comes with a sync."),
    }[view]
