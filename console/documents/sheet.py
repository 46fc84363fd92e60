"""What a form is made from: order, procedure, site, stores, and the printing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from console.documents.codes import PageCode
from console.site import Host, Site, Tank
from console.work.assets.stock import Stock
from console.work.orders.model import Order
from console.work.people.roster import Roster
from procedures.revision import Revision
from procedures.spec import Procedure, Step


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The end of the log when a document was made: which log, how many events, the last hash."""

    device: str
    count: int
    hash: str


@dataclass(frozen=True, slots=True)
class Printing:
    """One printing of a form. ``form`` is its id (:func:`console.documents.codes.new_form`)."""

    form: str
    utc_us: int
    by: str
    language: str
    site: str
    site_name: str
    log: LogEnd


@dataclass(frozen=True, slots=True)
class Store:
    """What is known of stores and people; both may be missing."""

    stock: Stock | None = None
    people: Roster | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """The equipment that an order is about, as far as the site file knows it."""

    id: str
    tank: Tank | None = None
    host: Host | None = None
    gpu: str = ""

    @property
    def slot(self) -> int | None:
        """The slot in the tank."""
        return self.host.slot if self.host else None


@dataclass(frozen=True)
class Sheet:
    """Everything that goes on a form. Without an order it is a blank one for any equipment.

    ``standing`` says how far the revision has come (``approved``), in the log's own word.
    """

    printing: Printing
    revision: Revision | None
    standing: str = ""
    order: Order | None = None
    site: Site | None = None
    store: Store = field(default_factory=Store)
    training: bool = False

    @property
    def language(self) -> str:
        """The language of the texts."""
        return self.printing.language

    @property
    def procedure(self) -> Procedure | None:
        """The procedure to follow, if there is one."""
        return self.revision.procedure if self.revision else None

    @property
    def code(self) -> PageCode:
        """The code of the first page."""
        digest = self.revision.digest if self.revision else ""
        return PageCode(self.printing.site, self.printing.form, digest, 1)

    @cached_property
    def target(self) -> Target:
        """What the order is about."""
        return target_of(self.site, self.order.about) if self.order else Target("")

    @cached_property
    def numbers(self) -> dict[str, str]:
        """The number of every step: ``1``, ``2`` … and ``A1``, ``A2`` … on ways back."""
        if self.procedure is None:
            return {}
        found = {name: str(n) for n, name in enumerate(self.procedure.order, 1)}
        for n, path in enumerate(self.procedure.make_safe):
            letter = path_letter(n)
            found |= {step.id: f"{letter}{k}" for k, step in enumerate(path.steps, 1)}
        return found

    @cached_property
    def letters(self) -> dict[str, str]:
        """The letter of every way back."""
        paths = self.procedure.make_safe if self.procedure else ()
        return {path.id: path_letter(n) for n, path in enumerate(paths)}

    def steps(self) -> Sequence[Step]:
        """Return the main steps in order."""
        procedure = self.procedure
        return [procedure.steps[name] for name in procedure.order] if procedure else []


def path_letter(number: int) -> str:
    """Return the letter of the nth way back, from 0: ``A`` … ``Z``, ``AA`` …"""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def target_of(site: Site | None, about: str) -> Target:
    """Return the equipment behind a part's id: a tank, a host, or a GPU of a host."""
    if site is None:
        return Target(about)
    name, _, gpu = about.partition("/")
    host = next((host for host in site.host if host.id == name), None)
    wanted = host.tank if host else name
    tank = next((tank for tank in site.tank if tank.id == wanted), None)
    return Target(about, tank, host, gpu if host else "")


def anchor_of(step: str) -> str:
    """Return the anchor of a step."""
    return f"step-{step}"


def path_anchor(path: str) -> str:
    """Return the anchor of a way back."""
    return f"path-{path}"
