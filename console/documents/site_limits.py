"""The limits of a site's tanks, for the charts of a report."""

from __future__ import annotations

from console.documents import words as w
from console.documents.completion_charts import SiteLimits
from console.site import LoadedSite
from console.vocabulary import level_text


def limits_of_site(loaded: LoadedSite) -> SiteLimits:
    """Return every limit of every tank: its value, and in words what it means to cross it."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for tank in loaded.site.tank:
        known = loaded.maps.get(tank.map)
        for point in known.schema_of_points if known else ():
            for limit in tank.limits_of(point.key, point.limits):
                text = f"{level_text(limit.level)}: {w.amount(limit.reading, point.unit)}"
                found.setdefault((tank.id, point.key), []).append((limit.reading, text))
    return found
