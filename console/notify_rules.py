"""The ``[notify]`` tables of a site file: who is told of alarms outside the window, and how often.

Nobody is unless the file says so. docs/notify.md explains every key.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from drivers.files import Fault, FileModel, faults_error

Priority = Annotated[int, Field(ge=1, le=4)]
Word = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
_SHORTEST_REPEAT_S = 60.0


def _web_address(text: str) -> str:
    """Refuse what is no http(s) address, without showing it: it may hold a password."""
    try:
        parts = urlsplit(text)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in text):
        raise _fault("not an address; allowed is http://HOST/… or https://HOST/…")
    if parts.username or parts.password:
        raise _fault("a password does not belong in the address; name a token_file")
    return text


def _fault(told: str, *key: str) -> PydanticCustomError:
    return faults_error([Fault(key, "notify", told)])


class OutletRule(FileModel):
    """Which alarms go one way, and how often at most.

    At most ``messages`` of one priority in any ``per_s`` seconds, the summary of what was held
    back among them; ``repeat_s`` is how often what nobody acknowledges is told again, 0 for never.
    ``timeout_s`` is for one attempt.
    """

    priorities: tuple[Priority, ...] = Field(min_length=1)
    messages: int = Field(default=10, ge=2, le=1000)
    per_s: float = Field(default=600.0, ge=10, le=86_400)
    repeat_s: float = Field(default=0.0, ge=0, le=86_400)
    timeout_s: float = Field(default=10.0, ge=0.5, le=120)

    @field_validator("priorities")
    @classmethod
    def _each_once(cls, found: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(found)) < len(found):
            raise ValueError("a priority is given twice")
        return tuple(sorted(found))

    @field_validator("repeat_s")
    @classmethod
    def _not_too_often(cls, found: float) -> float:
        if 0 < found < _SHORTEST_REPEAT_S:
            raise ValueError(f"allowed are 0 (never) and {_SHORTEST_REPEAT_S:g} or more")
        return found


class DesktopRule(OutletRule):
    """A notification of the desktop."""


class CommandRule(OutletRule):
    """A program of this computer, run without a shell; its first word is a file or is found."""

    name: str = Field(default="", max_length=60)
    run: tuple[Word, ...] = Field(min_length=1, max_length=100)


class WebhookRule(OutletRule):
    """An address that takes the alarm as JSON by POST.

    Files are named from the site file's folder: ``token_file`` holds a bearer token, ``ca`` the
    certificates that sign the server's.
    """

    name: str = Field(default="", max_length=60)
    url: Annotated[str, AfterValidator(_web_address)]
    token_file: str = ""
    ca: str = ""

    @model_validator(mode="after")
    def _no_token_in_the_clear(self) -> Self:
        parts = urlsplit(self.url)
        if self.token_file and parts.scheme != "https" and not _is_here(parts.hostname or ""):
            raise _fault("a token is only sent by https://, or to this computer", "token_file")
        return self


class NotifyRules(FileModel):
    """Every way out. Alarms of one group that come within ``gather_s`` make one message."""

    gather_s: float = Field(default=2.0, ge=0, le=60)
    desktop: DesktopRule | None = None
    command: tuple[CommandRule, ...] = Field(default=(), max_length=20)
    webhook: tuple[WebhookRule, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Self:
        names = [name for name, _ in self.outlets()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"name: {twice[0]!r} is given twice")
        return self

    def outlets(self) -> Iterator[tuple[str, OutletRule]]:
        """Yield every way out by the name that it is called in the log, in the file's order."""
        if self.desktop is not None:
            yield "desktop", self.desktop
        yield from _named("command", self.command)
        yield from _named("webhook", self.webhook)


def _named(
    kind: Literal["command", "webhook"], rules: tuple[CommandRule | WebhookRule, ...]
) -> Iterator[tuple[str, OutletRule]]:
    for number, rule in enumerate(rules, 1):
        yield rule.name or f"{kind} {number}", rule


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
