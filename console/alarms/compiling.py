"""Drafts -> arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from console.alarms.drafting import Band, Draft, Drafter, Group, Leaf
from console.alarms.plan import Bands, Compound, Floats, Ints, Leaves, Plan
from console.alarms.specs import ConditionSpec
from drivers.points import Schema


def compile_plan(part: str, schema: Schema, specs: Iterable[ConditionSpec]) -> Plan:
    """Return the alarms that definitions make of a part's points."""
    drafts = Drafter(part, schema).drafts(specs)
    return _Assembly(schema, drafts).plan()


class _Assembly:
    """Collects leaves and groups in the order of the arrays."""

    def __init__(self, schema: Schema, drafts: Sequence[Draft]) -> None:
        self._schema = schema
        self._drafts = drafts
        self._leaves: list[Leaf] = []
        self._band_of_leaf: list[int] = []
        self._groups: list[Group] = []
        self._main: list[int] = []
        self._main_start: list[int] = []
        self._main_need: list[int] = []
        self._gates: list[tuple[int, int]] = []
        self._startups: list[tuple[int, int, float]] = []

    def plan(self) -> Plan:
        """Return the plan: bands of simple drafts are one leaf each, in the same order."""
        simple = [d for d in self._drafts if d.is_simple and d.startup is None]
        others = [d for d in self._drafts if not (d.is_simple and d.startup is None)]
        bands = [(draft, band) for draft in (*simple, *others) for band in draft.bands]
        first_leaf_of: list[int] = []
        count_simple = sum(len(draft.bands) for draft in simple)
        for number, (draft, band) in enumerate(bands):
            first_leaf_of.append(len(self._leaves))
            if number < count_simple:
                self._add_leaves(band.groups[0].leaves, number)
            else:
                self._add_compound(draft, band, number)
        drafts = [*simple, *others]
        return Plan(
            self._schema,
            tuple(draft.planned for draft in drafts),
            self._bands(drafts, [band for _, band in bands], first_leaf_of),
            _leaf_arrays(self._leaves, self._band_of_leaf, len(self._schema)),
            self._compound(count_simple) if others else None,
        )

    def _add_leaves(self, leaves: Iterable[Leaf], band: int) -> None:
        for leaf in leaves:
            self._leaves.append(leaf)
            self._band_of_leaf.append(band)

    def _add_group(self, group: Group, band: int) -> int:
        self._groups.append(group)
        self._add_leaves(group.leaves, band)
        return len(self._groups) - 1

    def _add_compound(self, draft: Draft, band: Band, number: int) -> None:
        self._main_start.append(len(self._main))
        self._main_need.append(band.need)
        self._main += [self._add_group(group, number) for group in band.groups]
        self._gates += [(self._add_group(gate, number), number) for gate in draft.gates]
        if draft.startup is not None:
            group = self._add_group(draft.startup, number)
            self._startups.append((number, group, draft.planned.spec.startup_inhibit_s))

    def _bands(self, drafts: Sequence[Draft], bands: Sequence[Band], leaf: list[int]) -> Bands:
        starts = np.cumsum([0, *(len(draft.bands) for draft in drafts)])[:-1]
        of_band = [draft.planned.spec for draft in drafts for _ in draft.bands]
        counted = [
            (i, spec.count, spec.within_s) for i, spec in enumerate(of_band) if spec.count > 1
        ]
        # A counted condition that stays is raised too, and clears once it was quiet as long.
        on = [
            spec.within_s if spec.count > 1 else band.on_delay_s
            for spec, band in zip(of_band, bands, strict=True)
        ]
        off = [max(spec.off_delay_s, spec.within_s) for spec in of_band]
        return Bands(
            severity=np.array([band.severity for band in bands], np.int8),
            on_delay_s=np.array(on, float),
            off_delay_s=np.array(off, float),
            alarm_start=_ints(starts),
            leaf=_ints(leaf),
            limits=tuple(band.limit for band in bands),
            counted=tuple(counted),
            startups=tuple(self._startups),
        )

    def _compound(self, first_band: int) -> Compound:
        sizes = [len(group.leaves) for group in self._groups]
        first_leaf = len(self._leaves) - sum(sizes)
        return Compound(
            first_band=first_band,
            first_leaf=first_leaf,
            start=_ints(np.cumsum([0, *sizes])[:-1]),
            size=_ints(sizes),
            need=_ints([group.need for group in self._groups]),
            is_vote=np.array([group.is_vote for group in self._groups], bool),
            main=_ints(self._main),
            main_start=_ints(self._main_start),
            main_need=_ints(self._main_need),
            gate=_ints([group for group, _ in self._gates]),
            gate_band=_ints([band for _, band in self._gates]),
        )


def _leaf_arrays(leaves: Sequence[Leaf], bands: Sequence[int], zero_row: int) -> Leaves:
    states = [i for i, leaf in enumerate(leaves) if leaf.states]
    bits = [i for i, leaf in enumerate(leaves) if leaf.bits]
    reasons = [i for i, leaf in enumerate(leaves) if leaf.reasons]
    return Leaves(
        row=_ints([leaf.row for leaf in leaves]),
        base=_ints([zero_row if leaf.base is None else leaf.base for leaf in leaves]),
        limit=np.array([leaf.limit for leaf in leaves], float),
        sign=np.array([leaf.sign for leaf in leaves], float),
        deadband=np.array([leaf.deadband for leaf in leaves], float),
        band=_ints(bands),
        has_base=any(leaf.base is not None for leaf in leaves),
        states=_ints(states),
        state_values=_padded([leaves[i].states for i in states]),
        changed=_ints([n for n, i in enumerate(states) if leaves[i].changed]),
        bits=_ints(bits),
        bit_masks=np.array([leaves[i].bits for i in bits], np.int64),
        reasons=_ints(reasons),
        reason_masks=np.array(
            [sum(1 << reason for reason in set(leaves[i].reasons)) for i in reasons], np.int64
        ),
    )


def _padded(rows: Sequence[Sequence[int]]) -> Floats:
    found = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for row, values in zip(found, rows, strict=True):
        row[: len(values)] = values
    return found


def _ints(values: Sequence[int] | NDArray[np.int_]) -> Ints:
    return np.asarray(values, np.intp)
