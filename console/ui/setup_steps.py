"""The steps to a new tank, one widget each: where it is, which map, does it read right, its name.

A step holds what was entered and says what it needs; what is asked of the controller and what is
saved is decided in :mod:`console.ui.setup_adopt`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.adopt import AdoptError, id_for, new_tank, tank_text
from console.fieldwork import Fingerprint, Trial
from console.site import Fluid, Tank
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Choice, Field
from console.ui.plain_table import Cell, Column, Ink, Line, PlainTable
from console.ui.setup_parts import SIDE, FactList, Panel, Words, scrolling
from console.ui.setup_rows import (
    DECODING_COLUMNS,
    ON_THE_WIRE,
    REGISTER_COLUMNS,
    decodings_of,
    register_lines,
    words_of,
)
from drivers.modbus.datatypes import Area
from drivers.modbus.probe_score import MapScore
from drivers.modbus.url import SCHEMES
from drivers.points import Quality

VERDICTS = {"fits": "fits", "may fit": "may fit", "does not fit": "does not fit"}
"""What a score means; a key of the catalogue each."""
MAP_COLUMNS = (
    Column(lambda: tr("Score"), "100", right=True),
    Column(lambda: tr("Verdict"), "does not fit"),
    Column(lambda: tr("Map"), "generic-single-phase", grows=True),
    Column(lambda: tr("Unit number"), "255", right=True),
    Column(lambda: tr("Answered"), "88 / 88", right=True),
)
_NARROW = 304
_PERIODS = (1.0, 2.0, 5.0, 10.0, 30.0)
_BUSIEST = 0.4
"""The part of a period that a poll may take before a longer one is proposed."""


class WhereStep(QWidget):
    """The address; ``entered`` says that Return was pressed."""

    entered = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.url = Field(tr("Address of the controller"), "tcp://10.0.0.7:502?unit=1")
        forms = FactList(tr("Addresses may be written so"))
        forms.show_facts(tuple((form.partition(" (")[0], "") for form in SCHEMES.values()))
        column = _column(self)
        column.addWidget(Words(tr("Where is the controller?"), 16))
        column.addWidget(
            Words(
                tr(
                    "It is asked for a few registers, one after the other, and compared with "
                    "every map. Nothing is written to it."
                ),
                quiet=True,
            )
        )
        column.addSpacing(8)
        column.addWidget(self.url)
        column.addSpacing(16)
        column.addWidget(forms)
        column.addStretch(1)
        self.url.returnPressed.connect(self.entered)


class MapStep(QWidget):
    """The maps by how well they fit, why, and a look at any register; ``look`` asks for words."""

    look = Signal()
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.found: Fingerprint | None = None
        self.maps = PlainTable(tr("Maps by how well they fit"), MAP_COLUMNS)
        self.reasons = Words()
        self.area = Choice(tr("Area"), [(area.value, area.value) for area in Area])
        self.area.choose(Area.INPUT.value)
        self.address = Field(tr("Address on the wire"), "0")
        self.read = Button(tr("Read"))
        self.words = Words(quiet=True)
        self.decodings = PlainTable(tr("Every way of reading it"), DECODING_COLUMNS, dense=True)
        self._lay_out()
        self.maps.chosen.connect(self._show_reasons)
        self.read.clicked.connect(self.look)
        self.address.returnPressed.connect(self.look)

    @property
    def score(self) -> MapScore | None:
        """The map that is chosen."""
        scores = self.found.report.scores if self.found else ()
        return next((score for score in scores if score.map_id == self.maps.key), None)

    def show_found(self, found: Fingerprint) -> None:
        """Show what the fingerprint found, the best map chosen if any fits."""
        self.found = found
        self.maps.show_lines(tuple(_score_line(score) for score in found.report.scores))
        best = found.report.best
        self.maps.choose(best.map_id if best else "")
        self._show_reasons()
        self.show_words((), 0)

    def show_words(self, words: Sequence[int], address: int) -> None:
        """Show registers in every way of reading them."""
        self.words.say(" ".join(f"{word:04X}" for word in words))
        self.decodings.show_lines(decodings_of(words, address))

    def say(self, sentence: str) -> None:
        """Say why no registers can be shown."""
        self.words.say(sentence)
        self.decodings.show_lines(())

    def _show_reasons(self) -> None:
        score = self.score
        if score is None:
            self.reasons.say(tr("No map fits. Look at registers, or write a map of your own."))
        else:
            head = f"{score.vendor} {score.model}".strip()
            self.reasons.say("\n".join((head, *(f"\N{BULLET} {said}" for said in score.evidence))))
        self.chosen.emit()

    def _lay_out(self) -> None:
        self.reasons.setAlignment(Qt.AlignmentFlag.AlignTop)
        why = Panel(tr("Why"))
        inside = QVBoxLayout(why)
        inside.setContentsMargins(16, 12, 8, 12)
        inside.addWidget(scrolling(self.reasons, tr("Why")))
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(Words(tr("Which map fits?"), 16))
        left.addWidget(self.maps, 3)
        left.addWidget(why, 2)
        side = Panel(tr("Look at registers"))
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addWidget(Words(tr("Look at registers")))
        place = QHBoxLayout()
        place.setSpacing(8)
        place.addWidget(self.area)
        place.addWidget(self.address, 1)
        column.addLayout(place)
        self.read.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        column.addWidget(self.read)
        column.addWidget(self.words)
        column.addWidget(self.decodings, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(left, 1)
        whole.addWidget(side)


def _score_line(score: MapScore) -> Line:
    return Line(
        score.map_id,
        (
            Cell(str(score.score), Ink.VALUE),
            Cell(tr(VERDICTS.get(score.verdict, score.verdict))),
            Cell(score.map_id),
            Cell(str(score.unit), Ink.QUIET),
            Cell(f"{score.read} / {score.points}", Ink.QUIET),
        ),
    )


class TryStep(QWidget):
    """One poll by the chosen map: every point with its words, value and quality."""

    def __init__(self) -> None:
        super().__init__()
        self.trial: Trial | None = None
        self.note = Words(quiet=True)
        self.table = PlainTable(tr("What the controller says"), REGISTER_COLUMNS)
        self.table.setColumnHidden(ON_THE_WIRE, True)  # named beside, for the chosen one
        self.decodings = PlainTable(tr("Every way of reading it"), DECODING_COLUMNS, dense=True)
        self.point = Words(tr("Choose a register to see every way of reading it."), quiet=True)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(Words(tr("Does it read right?"), 16))
        left.addWidget(self.note)
        left.addWidget(self.table, 1)
        side = Panel(tr("Every way of reading it"))
        side.setFixedWidth(_NARROW)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 8, 12)
        column.setSpacing(8)
        column.addWidget(self.point)
        column.addWidget(self.decodings, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(left, 1)
        whole.addWidget(side)
        self.table.chosen.connect(self._choose)

    def show_trial(self, trial: Trial) -> None:
        """Show what one poll gave."""
        self.trial = trial
        snapshot = trial.inspection.snapshot
        good = sum(reading.quality is Quality.GOOD for reading in snapshot.readings)
        self.note.say(
            tr(
                "{good} of {points} points are good. One poll took {ms} ms. "
                "Compare the values with the controller's own display.",
                good=good,
                points=len(snapshot.schema),
                ms=formats.decimal(trial.took_s * 1000, 1),
            )
        )
        self.table.show_lines(register_lines(trial.inspection, snapshot))
        self._choose("")

    def _choose(self, key: str) -> None:
        inspection = self.trial.inspection if self.trial else None
        specs = inspection.regmap.readable if inspection else ()
        spec = next((spec for spec in specs if spec.key == key), None)
        if inspection is None or spec is None or spec.area.is_bits:
            self.point.say(tr("Choose a register to see every way of reading it."))
            self.decodings.show_lines(())
            return
        place, name = f"{spec.area.value} {spec.address}", formats.point_name(spec.point())
        self.point.say(tr("{name} ({place}), read in every way", name=name, place=place))
        self.decodings.show_lines(decodings_of(words_of(inspection, spec), spec.address))


class SaveStep(QWidget):
    """Name, id and hall, what is written for them, and where; ``changed`` after every key."""

    changed = Signal()

    def __init__(
        self, fluids: dict[str, Fluid], halls: Sequence[str], taken: set[str], tanks: int
    ) -> None:
        super().__init__()
        self._taken = taken
        self._tanks = tanks
        self._url = self._map = ""
        self.tank_name = Field(tr("Name of the tank"), tr("Tank {n}", n=tanks + 1))
        self.id = Field(tr("Id in the site file"), "tank-7")
        self.hall = Field(tr("Hall"), halls[-1] if halls else tr("Hall A"))
        self.fluid = Choice(tr("Fluid"), [(key, fluid.name) for key, fluid in fluids.items()])
        self.fluid.choose(Tank.model_fields["fluid"].default)
        periods = [(f"{s:g}", tr("every {seconds} s", seconds=f"{s:g}")) for s in _PERIODS]
        self.period = Choice(tr("Polled"), periods)
        self.file = Field(tr("New site file"), "hall.toml")
        self.file_label = Words(tr("New site file"), quiet=True)
        self.place = Words(quiet=True)
        self.preview = Words()
        self.trouble = Words()
        self._own_id = False
        self._lay_out()
        self._connect()

    def begin(self, url: str, map_name: str, took_s: float, place: str) -> None:
        """Start with what is known; ``place`` is the site file, empty where there is none."""
        self._url, self._map = url, map_name
        slow = next((s for s in _PERIODS if took_s <= s * _BUSIEST), _PERIODS[-1])
        self.period.choose(f"{slow:g}")
        self.file.setVisible(not place)
        self.file_label.setVisible(not place)
        self.place.say(
            tr("Will be added at the end of {file}; the rest stays as it is.", file=place)
            if place
            else tr(
                "This is a demo site, which has no file. Choose a new file for the tank: "
                "the console can be opened with it."
            )
        )
        if not self.tank_name.text():
            self.tank_name.setText(tr("Tank {n}", n=self._tanks + 1))
        self._refresh()

    def tank(self) -> Tank:
        """Return the tank as entered; raises AdoptError."""
        return new_tank(
            id=self.id.text().strip(),
            name=self.tank_name.text().strip(),
            hall=self.hall.text().strip(),
            map=self._map,
            url=self._url,
            period_s=float(self.period.key),
            fluid=self.fluid.key,
        )

    def taken(self, tank_id: str) -> None:
        """Take in that a tank has been saved, and begin with empty fields next time."""
        self._taken.add(tank_id)
        self._tanks += 1
        self._own_id = False
        self.tank_name.clear()

    def _refresh(self) -> None:
        written = trouble = ""
        try:
            written = tank_text(self.tank())
        except AdoptError as error:
            trouble = str(error)
        if self.id.text().strip() in self._taken:
            written, trouble = "", tr("id: {id} is taken already", id=self.id.text().strip())
        self.preview.say(written)
        self.trouble.say(trouble)
        self.changed.emit()

    @property
    def is_ready(self) -> bool:
        """Whether what was entered can be saved."""
        return bool(self.preview.text()) and bool(self.file.isHidden() or self.file.text().strip())

    def _named(self) -> None:
        if not self._own_id:
            self.id.setText(id_for(self.tank_name.text(), self._taken))
        self._refresh()

    def _id_written(self) -> None:
        self._own_id = bool(self.id.text())

    def _connect(self) -> None:
        self.tank_name.textChanged.connect(self._named)
        self.id.textEdited.connect(self._id_written)
        for field in (self.id, self.hall, self.file):
            field.textChanged.connect(self._refresh)
        self.fluid.currentIndexChanged.connect(self._refresh)
        self.period.currentIndexChanged.connect(self._refresh)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        fields = (self.tank_name, self.id, self.hall, self.fluid, self.period)
        for number, field in enumerate(fields):
            grid.addWidget(Words(field.accessibleName(), quiet=True), number, 0)
            grid.addWidget(field, number, 1)
        grid.addWidget(self.file_label, len(fields), 0)
        grid.addWidget(self.file, len(fields), 1)
        grid.setColumnMinimumWidth(0, 136)
        inside = QWidget()
        left = QVBoxLayout(inside)
        left.setContentsMargins(0, 0, 8, 0)
        left.setSpacing(8)
        left.addWidget(Words(tr("What is it called?"), 16))
        left.addSpacing(8)
        left.addLayout(grid)
        left.addWidget(self.trouble)
        left.addStretch(1)
        side = Panel(tr("What is written"))
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(16)
        column.addWidget(Words(tr("What is written")))
        column.addWidget(self.place)
        self.preview.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(scrolling(self.preview, tr("What is written")), 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(24)
        whole.addWidget(scrolling(inside, tr("What is it called?")), 1)
        whole.addWidget(side, 1)


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    return column
