"""The time zones that a text names."""

import re
from collections.abc import Mapping
from functools import lru_cache

_PLACE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z_]+)+|[A-Z][a-z]+(?: [A-Z][a-z]+)*|[A-Z]{3,4}|[a-z]+")


def timezones(prose: str) -> list[str]:
    """The IANA time zones that the text names, by their own names or their cities'."""
    known = _known_zones()
    found: list[str] = []
    for match in _PLACE.finditer(prose):
        said = match[0].lower()
        zone = known.get(said) or next((known[w] for w in said.split() if w in known), None)
        if zone:
            found.append(zone)
    return found


@lru_cache(maxsize=1)
def _known_zones() -> Mapping[str, str]:
    from zoneinfo import available_timezones

    zones = [zone for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]
    cities = {zone.rpartition("/")[2].replace("_", " ").lower(): zone for zone in zones}
    return {**cities, **{zone.lower(): zone for zone in zones}}
