"""``site key|pack|inspect|apply|rollback|people``: a whole site in one signed file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.cli import options as opt
from console.history.events import EventDraft, Kind
from console.text import tr
from drivers.files import FileError
from drivers.points import Stamp

if TYPE_CHECKING:
    from console.bundle.archive import Bundle
    from console.session.work import WorkRoom
    from console.work.people.roster import Person

app = typer.Typer(
    help="A whole site in one signed file: pack it, look into it, apply it, take it back.",
    no_args_is_help=True,
)
key_app = typer.Typer(
    help="The key that signs a site's bundles, or releases.", no_args_is_help=True
)
app.add_typer(key_app, name="key")
BundleFile = Annotated[Path, typer.Argument(help="The bundle: a .tankside file.")]
By = Annotated[str, typer.Option("--as", help="Who does it; asks for the PIN.", metavar="PERSON")]
Folder = Annotated[Path, typer.Argument(help="The site's folder.")]


@key_app.command(name="new")
def new_key(
    file: Annotated[Path, typer.Argument(help="The file to write; FILE.pub beside it.")],
) -> None:
    """Make a key. Keep the file where no tank laptop ever is; FILE.pub may go anywhere.

    Example: [bold]tankside site key new site.key[/bold]
    """
    from console.history.trust.keys import fingerprint
    from console.signing import make_key

    typer.echo(fingerprint(make_key(file)))


@key_app.command(name="show")
def show_key(file: Annotated[Path, typer.Argument(help="A key's file, of either half.")]) -> None:
    """Print the fingerprint that people compare.

    Example: [bold]tankside site key show site.key.pub[/bold]
    """
    from console.history.trust.keys import fingerprint
    from console.signing import read_public

    typer.echo(fingerprint(read_public(file)))


@app.command()
def pack(
    site: Annotated[Path, typer.Argument(help="The site file; what it names lies beside it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The bundle to write.")],
    key: Annotated[Path, typer.Option("--key", help="The private key of the site.")],
    days: Annotated[
        float, typer.Option(help="How long it may be applied.", min=0.01, max=3660)
    ] = 90,
    number: Annotated[
        int | None, typer.Option(help="Higher than every one before.", show_default="the second")
    ] = None,
    note: Annotated[str, typer.Option(help="What it is for; shown where it is applied.")] = "",
    data: Annotated[
        Path | None, typer.Option("--data", help="Take the roster of this data folder along.")
    ] = None,
    paper: Annotated[
        Path | None, typer.Option(help="Also write a PDF to print and compare.")
    ] = None,
) -> None:
    """Check a site, then write it, its maps, procedures and roster as one signed file.

    Example: [bold]tankside site pack hall/site.toml -o hall.tankside --key site.key[/bold]
    """
    from console.bundle.archive import write_bundle
    from console.bundle.gather import gather, left_out, manifest_of
    from console.signing import read_key

    signing = read_key(key)
    loaded, contents = gather(site, _people_of(data))
    manifest = manifest_of(loaded, contents, days=days, number=number, note=note)
    bundle = write_bundle(output, manifest, contents, signing)
    _tell(bundle)
    for name in left_out(loaded):
        typer.echo(tr("not in it, and needed where it is applied: {name}", name=name))
    if paper is not None:
        _write_paper(paper, bundle)


@app.command()
def inspect(
    file: BundleFile,
    to: Annotated[
        Path | None, typer.Option(help="Show what it would change in this folder.")
    ] = None,
    paper: Annotated[Path | None, typer.Option(help="Write a PDF to print and compare.")] = None,
    as_json: opt.AsJson = False,
) -> None:
    """Prove a bundle and say what is in it; nothing is changed.

    Example: [bold]tankside site inspect hall.tankside --to /etc/tankside/hall[/bold]
    """
    from console.bundle.archive import read_bundle

    bundle = read_bundle(file)
    if as_json:
        told = bundle.manifest.model_dump(mode="json")
        told |= {"digest": bundle.digest, "key": bundle.signature.fingerprint}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        _tell(bundle)
        for entry in bundle.manifest.files:
            typer.echo(f"  {entry.name}  {entry.bytes}")
    if to is not None:
        _tell_changes(bundle, to)
    if paper is not None:
        _write_paper(paper, bundle)


@app.command()
def apply(
    file: BundleFile,
    to: Annotated[Path, typer.Option(help="The site's folder; the one there is kept.")],
    by: By,
    data: Annotated[Path, typer.Option("--data", help="The site's data folder.")],
    trust: Annotated[
        str, typer.Option(help="The first time: the key's fingerprint, from paper.")
    ] = "",
    yes: Annotated[
        bool, typer.Option("--yes", help="Do not ask once the changes are shown.")
    ] = False,
) -> None:
    """Show what a bundle changes, and put it in use when a supervisor agrees.

    Example:
    [bold]tankside site apply hall.tankside --to /etc/tankside/hall --as chen --data DIR[/bold]
    """
    from console.bundle.archive import read_bundle
    from console.bundle.place import exchange, recover, stage
    from console.bundle.standing import check, standing_in

    bundle = read_bundle(file)
    site = bundle.manifest.site
    folder = to.absolute()
    recover(folder)
    _refuse_other_site(folder, site)
    is_new_key = check(bundle, standing_in(data, site), trust)
    _tell(bundle)
    changes = _tell_changes(bundle, folder)
    staged = stage(bundle, folder)
    with _supervised(data, by) as room:
        if not yes and not typer.confirm(tr("Put this in use?")):
            raise typer.Exit(1)
        if is_new_key:
            _record_trust(room, bundle, by)
        exchange(folder, staged)
        _record_applied(room, bundle, by, changes)
    typer.echo(tr("In use: {folder}. Start the console anew to see it.", folder=folder))


@app.command()
def rollback(
    folder: Folder,
    by: By,
    data: Annotated[Path, typer.Option("--data", help="The site's data folder.")],
) -> None:
    """Put the site that was kept in use again; a second time changes back.

    Example: [bold]tankside site rollback /etc/tankside/hall --as chen --data DIR[/bold]
    """
    from console.bundle.place import record_at, roll_back
    from console.site import load_site

    folder = folder.absolute()
    with _supervised(data, by) as room:
        roll_back(folder)
        site = load_site(folder / "site.toml").site.site.id
        _record_rolled_back(room, site, by, record_at(folder))
    typer.echo(tr("In use: {folder}. Start the console anew to see it.", folder=folder))


@app.command()
def people(
    folder: Folder,
    by: By,
    data: Annotated[Path, typer.Option("--data", help="The site's data folder.")],
) -> None:
    """Add the people of an applied bundle who are not in the roster yet; PINs are set afterwards.

    Example: [bold]tankside site people /etc/tankside/hall --as ada --data DIR[/bold]
    """
    from console.bundle.manifest import PEOPLE
    from console.cli.people import sign_in
    from console.cli.work_access import opened
    from console.work.events import Refused
    from drivers.files import read_text

    found = json.loads(read_text(folder / PEOPLE))
    with opened(data) as room:
        sign_in(room, by)
        for person in found:
            if room.desk.book.people.get(person["id"]) is not None:
                continue
            try:
                room.people.add(
                    by, person["id"], person["name"], person["roles"], language=person["language"]
                )
            except Refused as why:
                typer.echo(f"{person['id']}: {why}", err=True)
            else:
                typer.echo(
                    tr(
                        "{person} was added; set a PIN with: tankside people pin {person}",
                        person=person["id"],
                    )
                )


def _people_of(data: Path | None) -> list[Person]:
    if data is None:
        return []
    from console.cli.work_access import read_book

    return list(read_book(data).people.everybody())


def _tell(bundle: Bundle) -> None:
    from console.bundle.words import told

    for name, text in told(bundle):
        typer.echo(f"{name:12} {text}")


def _tell_changes(bundle: Bundle, folder: Path) -> int:
    from console.bundle.difference import differences, files_in
    from console.bundle.place import RECORD

    now = {name: raw for name, raw in files_in(folder).items() if name != RECORD}
    found = differences(now, bundle.contents)
    typer.echo(tr("What changes in {folder}:", folder=folder) if found else tr("Nothing changes."))
    for line in found:
        typer.echo(f"  {line}")
    return len(found)


def _refuse_other_site(folder: Path, site: str) -> None:
    from console.site import load_site

    if not (folder / "site.toml").is_file():
        return
    here = load_site(folder / "site.toml").site.site.id
    if here != site:
        raise FileError(
            tr(
                "{folder} holds the site {here}; the bundle is for {site}",
                folder=folder,
                here=here,
                site=site,
            )
        )


def _write_paper(path: Path, bundle: Bundle) -> None:
    from console.bundle.words import told
    from console.documents.slip import slip

    try:
        path.write_bytes(slip(tr("Site bundle"), bundle.manifest.site_name, told(bundle)))
    except OSError as error:
        raise FileError(f"{path}: cannot be written: {error.strerror or error}") from None
    typer.echo(str(path))


@contextmanager
def _supervised(data: Path, by: str) -> Iterator[WorkRoom]:
    """Yield the work of a folder once a person who may apply bundles has given the PIN."""
    from console.cli.people import sign_in
    from console.cli.work_access import opened

    with opened(data) as room:
        sign_in(room, by)
        room.desk.allow(by, "site.apply")
        yield room


def _record_trust(room: WorkRoom, bundle: Bundle, by: str) -> None:
    body = {"key": bundle.signature.public_key, "fingerprint": bundle.signature.fingerprint}
    room.record(EventDraft(Kind.SITE_KEY_TRUSTED, bundle.manifest.site, body, Stamp.now(), by))


def _record_applied(room: WorkRoom, bundle: Bundle, by: str, changes: int) -> None:
    from console.bundle.standing import applied_body

    body = applied_body(bundle, changes)
    room.record(EventDraft(Kind.SITE_APPLIED, bundle.manifest.site, body, Stamp.now(), by))


def _record_rolled_back(room: WorkRoom, site: str, by: str, record: dict[str, Any]) -> None:
    body = {"number": record.get("number", 0), "digest": record.get("digest", "")}
    room.record(EventDraft(Kind.SITE_ROLLED_BACK, site, body, Stamp.now(), by))
