"""What a GPU's readings and Xids call for, most urgent first. Pure: no clock, no connection.

A reading that is not known (None) counts neither as healthy nor as a fault: no finding comes of
it, and none is taken away by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.health.gpu_finding import Finding, number_text
from console.health.gpu_heat import Neighbours, heat_signs, heat_verdict, known
from console.health.gpu_rules import HeatSign, Rule, gpu_rules
from console.health.gpu_xids import RecentXid, xid_findings
from drivers.gpu.actions import action
from drivers.gpu.advice import advice_for, advice_for_xid
from drivers.gpu.models import GpuModel

Values = Mapping[str, float | None]
_NOTHING: Mapping[str, float] = {}
_NO_NEIGHBOURS = Neighbours(0, 0)
__all__ = ["Finding", "Neighbours", "RecentXid", "findings"]


def findings(
    values: Values,
    *,
    rates_per_h: Values = _NOTHING,
    xids: Sequence[RecentXid] = (),
    model: GpuModel | None = None,
    others: Neighbours = _NO_NEIGHBOURS,
    limits: Mapping[str, float] = _NOTHING,
) -> list[Finding]:
    """Return what one GPU calls for, most urgent first.

    ``values`` by point key (``resources/gpu/points.toml``), ``lost`` and ``silent`` (it hangs, its
    host answers) as 1, None where nothing is known; ``rates_per_h`` counters per hour by the same
    keys; ``others`` the other GPUs of the tank (:func:`console.health.gpu_heat.neighbours`);
    ``limits`` a site's own limit by rule id.
    """
    found = xid_findings(xids)
    found += _from_rules(values, rates_per_h, model, limits)
    found += _from_heat(values, model, others, limits)
    found += _from_last_xid(values, xids)
    return sorted(found, key=lambda finding: finding.severity)


def _from_rules(
    values: Values, rates_per_h: Values, model: GpuModel | None, limits: Mapping[str, float]
) -> list[Finding]:
    found = []
    for rule in gpu_rules().rule:
        if rule.feature is not None and model is not None and model.lacks(rule.feature):
            continue
        numbers = _judged(rule, rates_per_h if rule.per_hour else values, values, limits)
        if numbers is not None:
            found.append(_by_rule(rule, numbers))
    return found


def _judged(
    rule: Rule, of: Values, values: Values, limits: Mapping[str, float]
) -> dict[str, str] | None:
    """Return the numbers for the rule's sentence where it applies, else None."""
    value = _value(of, rule)
    if value is None or not _loaded(rule, values):
        return None
    if rule.at_least is not None:
        limit = limits.get(rule.id, rule.at_least)
        return _numbers(value, limit=limit) if value >= limit else None
    if rule.below is not None:
        limit = limits.get(rule.id, rule.below)
        return _numbers(value, limit=limit) if value < limit else None
    if rule.below_point is not None:
        other = known(values, rule.below_point)
        return _numbers(value, other=other) if other is not None and value < other else None
    if rule.bits is not None:
        bits = int(value)
        return _numbers(value) if bits & rule.bits and not bits & rule.unless_bits else None
    return _numbers(value) if value == rule.equals else None


def _value(of: Values, rule: Rule) -> float | None:
    """The rule's point, or the sum of its two as far as they are known."""
    keys = (rule.point,) if rule.plus is None else (rule.point, rule.plus)
    told = [value for key in keys if (value := known(of, key)) is not None]
    return sum(told) if told else None


def _loaded(rule: Rule, values: Values) -> bool:
    """Whether the GPU works hard enough for the rule; an unknown load is not enough."""
    if rule.load_at_least is None:
        return True
    load = known(values, "utilization")
    return load is not None and load >= rule.load_at_least


def _numbers(value: float, **more: float) -> dict[str, str]:
    return {name: number_text(number) for name, number in {"value": value, **more}.items()}


def _by_rule(rule: Rule, numbers: dict[str, str]) -> Finding:
    return Finding(
        id=rule.id,
        severity=rule.severity,
        title=rule.title,
        why=rule.why,
        action=rule.action,
        extraction=action(rule.action).extraction,
        source=rule.source,
        values=numbers,
    )


def _from_heat(
    values: Values, model: GpuModel | None, others: Neighbours, limits: Mapping[str, float]
) -> list[Finding]:
    """Return at most one finding: the most urgent sign, and whether it is the GPU or the tank."""
    signs = heat_signs(values, model, limits)
    return [_by_heat(signs[0], others)] if signs else []


def _by_heat(sign: HeatSign, others: Neighbours) -> Finding:
    _, verdict = heat_verdict(others)
    advice = advice_for(verdict.action, 1)
    return Finding(
        id=sign.id,
        severity=min(sign.severity, advice.action.urgency),
        title=sign.title,
        why=verdict.why,
        action=verdict.action,
        extraction=advice.extraction,
        source=sign.source,
        values={"hot": str(others.hot), "known": str(others.known)},
    )


def _from_last_xid(values: Values, xids: Sequence[RecentXid]) -> list[Finding]:
    """Return what an exporter's gauge of the last Xid says, unless that Xid is known with a time.

    It may be a month old, so it never asks for more than a look this week.
    """
    last = known(values, "last_xid")
    if last is None or last < 1 or any(seen.code == last for seen in xids):
        return []
    advice = advice_for_xid(int(last))
    said = gpu_rules().last_xid
    return [
        Finding(
            id=f"last-xid-{int(last)}",
            severity=max(advice.action.urgency, 3),
            title=said.title,
            why=said.why,
            action=advice.action.id,
            extraction=advice.extraction,
            source=said.source,
            values={"code": str(int(last))},
        )
    ]
