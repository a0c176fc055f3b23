"""Which workshops are whose own: a table that the office can check (STF-1)."""

from __future__ import annotations

import pytest

from aggregates.catalogue.settings import Region
from aggregates.workshop.own import Own
from tests.aggregates.given import uid

AIMEE, MONIQUE, MARC = uid("Aimée"), uid("Monique"), uid("Marc")
PLACES = {"Laval": Region.CANADA, "EN LIGNE": None, "Lyon": Region.EUROPE, "Lima": Region.ABROAD}


@pytest.mark.rule("STF-1")
@pytest.mark.parametrize(
    ("regions", "holds"),
    [
        ((), set()),
        ((Region.CANADA,), {"Laval", "EN LIGNE"}),
        ((Region.EUROPE,), {"Lyon"}),
        ((Region.ABROAD,), {"Lima"}),
        ((Region.CANADA, Region.EUROPE), {"Laval", "EN LIGNE", "Lyon"}),
    ],
)
def test_monique_organises_marc_trains_and_a_workshop_is_aimees_by_its_region(
    regions: tuple[Region, ...], holds: set[str]
) -> None:
    hers = Own(AIMEE, frozenset(regions))
    assert {place for place, region in PLACES.items() if hers.holds((MONIQUE, MARC), region)} == holds
    for place in PLACES.values():
        assert Own(MONIQUE).holds((MONIQUE, MARC), place), "whoever organises it"
        assert hers.holds((MONIQUE, AIMEE), place), "whoever trains there"


def test_what_is_nobodys_is_no_machines() -> None:
    assert not Own(None).holds((MONIQUE,), Region.CANADA)
