"""Towns and where they lie, from a table that comes with the portal: no network is asked (REQ-1).

Data of GeoNames (geonames.org), licence CC BY 4.0, made by tests/support/city_table.py.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

from aggregates.kernel import fold

TABLE = Path(__file__).with_name("cities.tsv.gz")

_SAINTS = re.compile(r"\b(st|ste|sts|stes)\b[.]?", re.IGNORECASE)
_WHOLE = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ASIDE = re.compile(r"[(,/].*")
_OVERSEAS = ("GP", "MQ", "GF", "RE", "PM", "YT", "BL", "MF", "NC", "PF", "WF")
"""People there also write France as their country."""
_BY_POSTAL_CODE = {
    "971": "GP",
    "972": "MQ",
    "973": "GF",
    "974": "RE",
    "975": "PM",
    "976": "YT",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
_PROVINCES: Mapping[str, Sequence[str]] = {
    "a": ("05",),
    "b": ("07",),
    "c": ("09",),
    "e": ("04",),
    "g": ("10",),
    "h": ("10",),
    "j": ("10",),
    "k": ("08",),
    "l": ("08",),
    "m": ("08",),
    "n": ("08",),
    "p": ("08",),
    "r": ("03",),
    "s": ("11",),
    "t": ("01",),
    "v": ("02",),
    "x": ("13", "14"),
    "y": ("12",),
}
"""A Canadian postal code's first letter → regions of the table."""
_ALIASES = {("CA", "bellefeuille"): "saintjerome"}
"""Towns that became part of another, by their folded names."""
_REGIONS = {
    "CA": "01 Alberta|02 Colombie-Britannique|03 Manitoba|04 Nouveau-Brunswick|05 Terre-Neuve-et-Labrador"
    "|07 Nouvelle-Écosse|08 Ontario|09 Île-du-Prince-Édouard|10 Québec|11 Saskatchewan|12 Yukon"
    "|13 Territoires du Nord-Ouest|14 Nunavut",
    "FR": "11 Île-de-France|24 Centre-Val de Loire|27 Bourgogne-Franche-Comté|28 Normandie"
    "|32 Hauts-de-France|44 Grand Est|52 Pays de la Loire|53 Bretagne|75 Nouvelle-Aquitaine|76 Occitanie"
    "|84 Auvergne-Rhône-Alpes|93 Provence-Alpes-Côte d'Azur|94 Corse",
    "BE": "BRU Bruxelles|VLG Flandre|WAL Wallonie",
}
"""GeoNames' codes of regions and their French names; a Swiss canton's code is what people write."""
NEAR_ENOUGH = 30.0
"""Kilometres: towns of one name that lie closer than this are one place to a query."""
EARTH = 6371.0
"""Radius in kilometres."""


@dataclass(frozen=True, slots=True)
class Town:
    """A town, or a part of one that has a name of its own; degrees north and east."""

    id: int
    """Of GeoNames."""
    country: str
    """ISO 3166 code; lands overseas have their own."""
    region: str
    """Province, region or canton as GeoNames codes it; empty where there is none."""
    name: str
    latitude: float
    longitude: float
    key: str
    """The folded name."""

    @property
    def full_name(self) -> str:
        """« Sherbrooke (Québec, CA) »."""
        named = (part.partition(" ") for part in _REGIONS.get(self.country, "").split("|"))
        region = {code: name for code, _, name in named}.get(self.region, self.region)
        return f"{self.name} ({', '.join(filter(None, (region, self.country)))})"


@lru_cache(4096)
def folded(name: str) -> str:
    """A town's name as it is compared: `Ste-Thérèse (Québec)` is `saintetherese`."""
    whole = _SAINTS.sub(lambda found: _WHOLE[found[1].lower()] + " ", _ASIDE.sub("", name))
    return fold(whole)


@cache
def _table() -> tuple[Mapping[int, Town], Mapping[str, Sequence[Town]]]:
    """Towns by id, and by each of their folded names, largest first."""
    towns: dict[int, Town] = {}
    named: dict[str, list[Town]] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode().splitlines():
        id_, country, region, name, latitude, longitude, names = line.split("\t")
        keys = names.split("|")
        found = Town(int(id_), country, region, name, float(latitude), float(longitude), keys[0])
        towns[found.id] = found
        for key in keys:
            named.setdefault(key, []).append(found)
    return towns, named


def town(id_: int) -> Town | None:
    """The town of that GeoNames id."""
    return _table()[0].get(id_)


def towns_named(name: str, country: str | None = None) -> list[Town]:
    """Towns of that name, largest first; those known by it among others only where nobody else is.

    With France as country also those overseas, where there is none at home.
    """
    key = folded(name)
    found = _table()[1].get(_ALIASES.get((country or "CA", key), key), ())
    if country is not None:
        overseas = _OVERSEAS if country == "FR" else ()
        found = [t for t in found if t.country == country] or [t for t in found if t.country in overseas]
    return [t for t in found if t.key == key] or list(found)


def far_apart(towns: Sequence[Town]) -> list[Town]:
    """One town for each place that these are in, largest first: a city's districts are one place."""
    kept: list[Town] = []
    for one in towns:
        if all(kilometres(one, other) >= NEAR_ENOUGH for other in kept):
            kept.append(one)
    return kept


def kilometres(one: Town, other: Town) -> float:
    """Along the surface."""
    return EARTH * 2 * asin(sqrt(_half_chord(one, other)))


def _half_chord(one: Town, other: Town) -> float:
    north = sin(radians(other.latitude - one.latitude) / 2) ** 2
    east = sin(radians(other.longitude - one.longitude) / 2) ** 2
    return north + cos(radians(one.latitude)) * cos(radians(other.latitude)) * east


def locate(city: str | None, country: str | None, postal_code: str | None) -> Town | None:
    """Where a client lives as far as the address tells; of several towns the one the postal code
    speaks for, then the largest.
    """
    if not city or not country:
        return None
    code = fold(postal_code or "")
    found = towns_named(city, _BY_POSTAL_CODE.get(code[:3], country) if country == "FR" else country)
    regions = _PROVINCES.get(code[:1], ()) if country == "CA" else ()
    spoken_for = [t for t in found if t.region in regions]
    return next(iter(spoken_for or found), None)
