"""Roles and permissions, as ``resources/roles.toml`` has them: what is not listed is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileModel, parse, read_text, toml_of

GUIDE = "docs/work.md"


class Role(FileModel):
    """A role: its English name, what it permits, whether a PIN of digits is too little for it."""

    name: str
    permissions: tuple[str, ...]
    passphrase: bool = False


class Apart(FileModel):
    """Acts that one person never does for the same thing, and why."""

    acts: tuple[str, ...] = Field(min_length=2)
    why: str


class Granting(FileModel):
    """Rules for granting roles."""

    never_to_oneself: bool = True
    two_administrators: tuple[str, ...] = ()


class PinRules(FileModel):
    """What a PIN or passphrase must be, and how wrong ones are slowed down."""

    digits_min: int = Field(ge=4, le=20)
    passphrase_min: int = Field(ge=8, le=64)
    free_tries: int = Field(ge=1, le=10)
    first_s: int = Field(ge=1, le=3600)
    longest_s: int = Field(ge=1, le=86_400)

    def lock_s(self, wrong_in_a_row: int) -> int:
        """Return how long so many wrong tries in a row lock, seconds; 0 while they are free."""
        over = wrong_in_a_row - self.free_tries
        if over <= 0:
            return 0
        doubled: int = self.first_s << min(over - 1, 20)
        return min(doubled, self.longest_s)


class Roles(FileModel):
    """The whole table."""

    acts: dict[str, str]
    role: dict[str, Role]
    apart: tuple[Apart, ...] = ()
    granting: Granting = Granting()
    pin: PinRules

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        for name, role in self.role.items():
            for act in role.permissions:
                if act not in self.acts:
                    raise ValueError(f"role {name}: unknown act {act!r}; add it to [acts]")
        for rule in self.apart:
            for act in rule.acts:
                if act not in self.acts:
                    raise ValueError(f"apart: unknown act {act!r}; add it to [acts]")
        for name in self.granting.two_administrators:
            if name not in self.role:
                raise ValueError(f"granting: unknown role {name!r}; known are {sorted(self.role)}")
        return self

    def permits(self, roles: Iterable[str], act: str) -> bool:
        """Whether somebody with these roles may do an act; unknown roles permit nothing."""
        return any(act in self.role[name].permissions for name in roles if name in self.role)

    def role_for(self, roles: Iterable[str], act: str) -> str:
        """Return the role by which somebody may do an act, or nothing."""
        known = (name for name in self.role if name in set(roles))
        return next((name for name in known if act in self.role[name].permissions), "")

    def needs_passphrase(self, roles: Iterable[str]) -> bool:
        """Whether a PIN of digits is too little for somebody with these roles."""
        return any(self.role[name].passphrase for name in roles if name in self.role)

    def kept_apart(self, act: str, done: Mapping[str, Iterable[str]], person: str) -> str:
        """Return why a person may not do an act on something, or nothing.

        ``done`` holds who did which act on it before.
        """
        for rule in self.apart:
            others = [other for other in rule.acts if other != act] if act in rule.acts else []
            if any(same(person, who) for other in others for who in done.get(other, ())):
                return rule.why
        return ""

    @property
    def pairs_apart(self) -> frozenset[frozenset[str]]:
        """Every two acts that no person does for the same thing."""
        return frozenset(
            frozenset(pair) for rule in self.apart for pair in combinations(rule.acts, 2)
        )


def same(one: str, other: str) -> bool:
    """Whether two ids are the same person's; letter case makes nobody another."""
    return one.strip().casefold() == other.strip().casefold()


def load_roles(path: Path) -> Roles:
    """Return the table in a file; raises FileError naming place, found and allowed."""
    text = read_text(path)
    return parse(Roles, toml_of(text, path), path, text=text, guide=GUIDE)


@lru_cache(maxsize=1)
def shipped_roles() -> Roles:
    """Return the table of this installation."""
    return load_roles(resources.path("roles.toml"))
