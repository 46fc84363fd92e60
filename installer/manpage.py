"""The manual page, made from the commands themselves, so that it names every one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import typer

_MARKUP = re.compile(r"\[/?[a-z ]+\]")


def man_page(epoch_s: int) -> str:
    """Return ``tankside.1`` as roff, dated by a release's moment."""
    from console.cli import app
    from console.text import use_language

    use_language("en")
    root = typer.main.get_command(app)
    day = datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%d")
    lines = [
        f'.TH TANKSIDE 1 "{day}" "tankside {version("tankside")}" "Tankside"',
        ".SH NAME",
        r"tankside \- operations console for immersion-cooled GPU tanks",
        ".SH SYNOPSIS",
        r".B tankside",
        r"[\fIoptions\fR] \fIcommand\fR [\fIarguments\fR]",
        ".SH OPTIONS",
        *_options(root),
        ".SH COMMANDS",
        *_commands(root, "tankside"),
        *_TAIL,
    ]
    return "\n".join(lines) + "\n"


_TAIL = (
    ".SH EXIT STATUS",
    r"0: done. 1: done, and what was looked at is not in order. 2: it could not be done; one",
    "sentence on standard error says why.",
    ".SH ENVIRONMENT",
    r".TP",
    r".B TANKSIDE_LANGUAGE",
    r"en or zh_CN, where the desktop's own is not wanted.",
    r".TP",
    r".B TANKSIDE_CONFIG_DIR",
    r"Where one person's settings are kept.",
    ".SH FILES",
    r".TP",
    r".I ~/.local/share/tankside/SITE",
    r"The log and the history of a site, unless \-\-data names another folder.",
    r".TP",
    r".I /etc/tankside/SITE/site.toml",
    r"The site that tankside\-record@SITE.service records.",
    ".SH SEE ALSO",
    r"/usr/share/doc/tankside/operations.md, from a bare laptop to a live tank.",
)


# Typer brings its own copy of click, so commands are known by what they have, not by their class.
def _commands(group: Any, name: str) -> Iterator[str]:
    for word in sorted(group.commands):
        command = group.commands[word]
        whole = f"{name} {word}"
        if hasattr(command, "commands"):
            yield from _commands(command, whole)
            continue
        yield f".SS {_roff(whole)} {_roff(_arguments(command))}".rstrip()
        yield from _paragraphs(command.help or "")
        yield from _options(command)


def _arguments(command: Any) -> str:
    found = [param for param in command.params if param.param_type_name == "argument"]
    return " ".join((param.metavar or param.name or "").upper() for param in found)


def _options(command: Any) -> Iterator[str]:
    for param in command.params:
        if param.param_type_name != "option" or param.hidden:
            continue
        names = ", ".join([*param.opts, *param.secondary_opts])
        value = "" if param.is_flag else f" {(param.metavar or param.name).upper()}"
        yield ".TP"
        yield rf".B {_roff(names + value)}"
        yield _roff(param.help or "")


def _paragraphs(text: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n", text.strip()):
        yield _roff(" ".join(part.split()))
        yield ".PP"


def _roff(text: str) -> str:
    """Return a text with what roff would read as its own taken from it."""
    plain = _MARKUP.sub("", text).replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{plain}" if plain.startswith((".", "'")) else plain
