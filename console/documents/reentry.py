"""Finding what a scanned or typed code is of, and what is to be written back from the form.

It says why not, in words, where a form cannot be copied: another site's, one that nobody printed,
another revision's page, a code that was misread, a page that was entered before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.documents.codes import CodeError, PageCode, read_form, shown_form
from console.documents.events import DocumentKind
from console.history.events import Event
from console.history.reader import LogReader
from console.session.late.written import LateForm
from console.text import tr
from procedures.engine.events import WorkKind
from procedures.register import Register
from procedures.register_events import Revisions

KINDS = frozenset({str(DocumentKind.PRINTED), str(DocumentKind.COPIED), str(WorkKind.BEGUN)})
_FORMS = frozenset({"work_order", "blank_form"})


class FormError(Exception):
    """Why a code leads to no form that can be copied; one sentence."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A form as the log was told of it when it was printed."""

    form: str
    document: str
    procedure: str
    revision: str
    order: str
    language: str
    pages: int
    printed_us: int
    by: str


@dataclass(frozen=True, slots=True)
class CopiedPage:
    """A page that was entered and verified: by whom, when (UTC us), the SHA-256 of its scan."""

    page: int
    copied_by: str
    verified_by: str
    scan: str
    utc_us: int


@dataclass(frozen=True, slots=True)
class Paperwork:
    """Every form of a log. ``initials`` maps those of a form to people, by form."""

    printed: Mapping[str, Printed]
    copied: Mapping[str, Mapping[int, CopiedPage]] = field(default_factory=dict)
    initials: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def waiting(self) -> Sequence[Printed]:
        """Return the forms of procedures of which no page was entered, newest first."""
        found = [
            one
            for one in self.printed.values()
            if one.document in _FORMS and one.procedure and one.form not in self.copied
        ]
        return sorted(found, key=lambda one: -one.printed_us)


@dataclass(frozen=True, slots=True)
class FoundForm:
    """A form that can be copied; ``page`` is the one whose code was scanned, 0 for a number.

    ``copied`` are its pages that were entered before.
    """

    form: LateForm
    printed: Printed
    page: int
    copied: Mapping[int, CopiedPage]
    initials: Mapping[str, str]


def read_paperwork(reader: LogReader) -> Paperwork:
    """Read every form of the log; raises StorageError."""
    return paperwork_of(reader.of_kinds(KINDS))


def paperwork_of(events: Iterable[Event]) -> Paperwork:
    """Return what events tell of forms; one that cannot be read is none."""
    printed: dict[str, Printed] = {}
    copied: dict[str, dict[int, CopiedPage]] = {}
    initials: dict[str, Mapping[str, str]] = {}
    for event in events:
        body = event.body
        try:
            if event.kind == DocumentKind.PRINTED and "form" in body:
                one = _printed(body, event)
                printed[one.form] = one
            elif event.kind == DocumentKind.COPIED:
                page = _copied(body, event.utc_us)
                copied.setdefault(str(body["form"]), {})[page.page] = page
            elif event.kind == WorkKind.BEGUN and isinstance(body.get("late"), Mapping):
                late: Any = body["late"]
                initials[str(late["form"])] = {str(k): str(v) for k, v in late["initials"].items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            continue
    return Paperwork(printed, copied, initials)


def find_form(text: str, site: str, paperwork: Paperwork, revisions: Revisions) -> FoundForm:
    """Return the form behind what was scanned or typed; raises FormError saying why not."""
    form, code = _read(text)
    if code is not None and not code.belongs_to(site):
        told = tr(
            "This page was printed for the site {other}; this console is of {site}. Copy it there.",
            other=code.site,
            site=site,
        )
        raise FormError(told)
    printed = paperwork.printed.get(form)
    if printed is None:
        told = tr(
            "No form {form} was printed in this log. If another laptop printed it, bring the two"
            " logs together first.",
            form=shown_form(form),
        )
        raise FormError(told)
    _look_at_page(printed, code)
    return FoundForm(
        _late_form(printed, revisions),
        printed,
        code.page if code else 0,
        paperwork.copied.get(form, {}),
        paperwork.initials.get(form, {}),
    )


def entered_before(found: FoundForm) -> str:
    """Return that the scanned page was entered before, in words; empty where it was not."""
    one = found.copied.get(found.page)
    if one is None:
        return ""
    return tr(
        "Page {page} was entered before: copied by {copier}, compared by {verifier}.",
        page=one.page,
        copier=one.copied_by,
        verifier=one.verified_by,
    )


def _read(text: str) -> tuple[str, PageCode | None]:
    plain = text.strip()
    try:
        if "|" in plain:
            code = PageCode.parse(plain)
            return code.form, code
        return read_form(plain), None
    except CodeError as error:
        shown = plain[:60] or "---"
        if "misread" in str(error):
            told = tr(
                "{text} was misread or is damaged: its check character does not fit. Scan it again,"
                " or type the number of the form from the header.",
                text=shown,
            )
        else:
            told = tr("{text} is neither the code of a page nor the number of a form.", text=shown)
        raise FormError(told) from None


def _look_at_page(printed: Printed, code: PageCode | None) -> None:
    if code is not None and code.digest != printed.revision[: len(code.digest)]:
        told = tr(
            "The code names revision {found}, but form {form} was printed of {wanted}: this page"
            " is not of that form, or somebody altered it.",
            found=code.digest[:8] or "---",
            form=shown_form(printed.form),
            wanted=printed.revision[:8] or "---",
        )
        raise FormError(told)
    if code is not None and code.page > printed.pages:
        told = tr(
            "Form {form} has {pages} pages; there is no page {page}.",
            form=shown_form(printed.form),
            pages=printed.pages,
            page=code.page,
        )
        raise FormError(told)


def _late_form(printed: Printed, revisions: Revisions) -> LateForm:
    if printed.document not in _FORMS:
        raise FormError(tr("{form} is a report: nothing is filled in.", form=printed.form))
    if not printed.revision:
        told = tr(
            "{order} follows no procedure: there are no steps to copy. Write what was done as notes"
            " of the order.",
            order=printed.order,
        )
        raise FormError(told)
    revision = revisions.revisions.get(printed.revision)
    if revision is None:
        short = printed.revision[:12]
        raise FormError(tr("The text of revision {revision} is not in this log", revision=short))
    register = revisions.registers.get(printed.procedure, Register())
    if not _was_approved(register, printed.revision, printed.printed_us):
        told = tr("The form was printed of a revision that was not approved; it is not for use.")
        raise FormError(told)
    return LateForm(
        printed.form,
        revision,
        printed.language,
        printed.printed_us,
        printed.pages,
        printed.order,
        superseded_us=_superseded_us(register, printed.revision, printed.printed_us),
    )


def _was_approved(register: Register, digest: str, utc_us: int) -> bool:
    of = [one for one in register.entries if one.digest == digest and one.utc_us <= utc_us]
    return bool(of) and of[-1].step == "approved"


def _superseded_us(register: Register, digest: str, since_us: int) -> int:
    later = (
        one.utc_us
        for one in register.entries
        if one.digest == digest and one.step == "superseded" and one.utc_us > since_us
    )
    return next(later, 0)


def _printed(body: Mapping[str, Any], event: Event) -> Printed:
    return Printed(
        read_form(str(body["form"])),
        str(body["document"]),
        str(body["procedure"]),
        str(body["revision"]),
        str(body["order"]),
        str(body["language"]),
        int(body["pages"]),
        event.utc_us,
        event.actor,
    )


def _copied(body: Mapping[str, Any], utc_us: int) -> CopiedPage:
    return CopiedPage(
        int(body["page"]),
        str(body["copied_by"]),
        str(body["verified_by"]),
        str(body["scan"]),
        utc_us,
    )
