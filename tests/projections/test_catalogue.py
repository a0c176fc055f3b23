"""What forms choose from, from facts to answers."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from aggregates.catalogue.events import (
    ActivityChanged,
    ActivityResumed,
    ActivityRetired,
    DiscountAdded,
    DiscountChanged,
    DiscountRetired,
    PhaseAdded,
    PhaseChanged,
    PhasePrice,
    SettingsChanged,
    VenueChanged,
)
from aggregates.catalogue.settings import Region, SchoolSettings
from aggregates.catalogue.state import SETTINGS_ID
from aggregates.kernel import Role
from aggregates.staff.events import StaffChanged
from projections import catalogue
from tests.support.builders import activity_added, eur, staff_added, staff_left, venue_added
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("CAT-1")


def test_activities_phases_venues_and_staff_are_listed_by_name(proven: Projecting) -> None:
    second, third, first, phase, lyon, laval, staff = (uuid4() for _ in range(7))
    proven.given(
        (second, activity_added("Écoute de soi")),
        (third, activity_added("Zen")),
        (first, activity_added("Autonomie", days=3, prices=(eur(20_000),), note="Coussin")),
        (phase, PhaseAdded(number=1, name="Phase 1", activities=(second, first))),
        (lyon, venue_added(name="Brotteaux", city="Lyon", country="FR", region=Region.EUROPE)),
        (laval, venue_added()),
        (staff, staff_added(staff, "Monique Tremblay", Role.ORGANISER, Role.OFFICE)),
    )
    rows = proven.ask(catalogue.activities)
    assert [row["name"] for row in rows] == ["Autonomie", "Écoute de soi", "Zen"]
    assert rows[:2] == [
        {
            "id": str(first),
            "name": "Autonomie",
            "category": "regular",
            "days": 3,
            "prices": [{"minor": 20_000, "currency": "EUR"}],
            "note": "Coussin",
            "retake_price_with_card": [],
            "roster_cap_per_day": [],
            "retired": False,
        },
        {
            "id": str(second),
            "name": "Écoute de soi",
            "category": "regular",
            "days": 2,
            "prices": [{"minor": 37_500, "currency": "CAD"}, {"minor": 37_500, "currency": "EUR"}],
            "note": None,
            "retake_price_with_card": [],
            "roster_cap_per_day": [],
            "retired": False,
        },
    ]
    assert proven.ask(catalogue.phases) == [
        {
            "id": str(phase),
            "number": 1,
            "name": "Phase 1",
            "activities": [str(second), str(first)],
            "prices": [],
        }
    ]
    assert [venue["city"] for venue in proven.ask(catalogue.venues)] == ["Laval", "Lyon"]
    assert proven.ask(catalogue.countries) == ["CA", "FR"]
    assert proven.ask(catalogue.staff) == [
        {"id": str(staff), "name": "Monique Tremblay", "roles": ["organiser", "office"], "regions": []}
    ]
    assert proven.ask(lambda c: catalogue.staff_name(c, staff)) == "Monique Tremblay"
    assert proven.ask(lambda c: catalogue.staff_name(c, uuid4())) is None
    ids = [first, phase, laval, staff, uuid4()]
    assert proven.ask(lambda c: catalogue.names(c, ids)) == {
        first: "Autonomie",
        phase: "Phase 1",
        laval: "Hôtel du Parc",
        staff: "Monique Tremblay",
    }


def test_the_settings_are_the_last_ones_or_the_defaults(proven: Projecting) -> None:
    assert proven.ask(catalogue.school) == SchoolSettings()
    for zone in ("Europe/Paris", "America/Halifax"):
        proven.given((SETTINGS_ID, SettingsChanged(settings=SchoolSettings(zone=zone))))
    assert proven.ask(catalogue.school) == SchoolSettings(zone="America/Halifax")


@pytest.mark.rule("STF-1")
def test_who_changes_is_shown_changed_and_who_leaves_keeps_the_name_alone(proven: Projecting) -> None:
    staff, other = uuid4(), uuid4()
    renamed = StaffChanged(
        person=staff,
        name="Aimée Roy",
        email="roy@example.com",
        roles=(Role.ORGANISER,),
        regions=(Region.EUROPE, Region.ABROAD),
    )
    proven.given((staff, staff_added(staff)), (other, staff_added(other)), (staff, renamed))
    told = {row["id"]: row for row in proven.ask(catalogue.staff)}
    europe = {"name": "Aimée Roy", "roles": ["organiser"], "regions": ["europe", "abroad"]}
    assert told[str(staff)] == {"id": str(staff), **europe}
    assert told[str(other)]["regions"] == [], "the control"
    assert proven.ask(lambda c: catalogue.staff_email(c, staff)) == "roy@example.com"
    proven.given((staff, staff_left(staff)))
    assert [row["id"] for row in proven.ask(catalogue.staff)] == [str(other)]
    assert proven.ask(lambda c: catalogue.staff_name(c, staff)) == "Aimée Roy"
    assert proven.ask(lambda c: catalogue.staff_email(c, staff)) is None
    assert proven.ask(lambda c: catalogue.staff_email(c, other)) == f"{other}@example.com"


def test_what_is_described_anew_reads_so_and_an_activity_off_sale_says_so(proven: Projecting) -> None:
    activity, other, phase, venue, hall = (uuid4() for _ in range(5))
    described = activity_added("Écoute", days=3, prices=(eur(40_000),), note="Coussin")
    proven.given(
        (activity, activity_added()),
        (other, activity_added("Zen")),
        (phase, PhaseAdded(number=1, name="Phase 1", activities=(activity, other))),
        (venue, venue_added()),
        (hall, venue_added(name="Brotteaux", city="Lyon", country="FR", region=Region.EUROPE)),
    )
    proven.given(
        (activity, ActivityRetired()),
        (activity, ActivityChanged(**dict(described))),
        (other, ActivityRetired()),
        (other, ActivityResumed()),
        (
            phase,
            PhaseChanged(
                number=2,
                name="Phase 2",
                activities=(other,),
                prices=(PhasePrice(activity=other, price=eur(30_000)),),
            ),
        ),
        (venue, VenueChanged(**dict(venue_added(name="Auberge", city="Moncton")))),
    )
    changed, kept = proven.ask(catalogue.activities)
    assert changed == {
        "id": str(activity),
        "name": "Écoute",
        "category": "regular",
        "days": 3,
        "prices": [{"minor": 40_000, "currency": "EUR"}],
        "note": "Coussin",
        "retake_price_with_card": [],
        "roster_cap_per_day": [],
        "retired": True,
    }
    assert (kept["name"], kept["retired"]) == ("Zen", False)
    (shown,) = proven.ask(catalogue.phases)
    assert (shown["number"], shown["activities"]) == (2, [str(other)])
    assert shown["prices"] == [{"activity": str(other), "price": {"minor": 30_000, "currency": "EUR"}}]
    assert [v["name"] for v in proven.ask(catalogue.venues)] == ["Brotteaux", "Auberge"]


@pytest.mark.rule("CAT-4")
def test_discounts_are_listed_with_who_may_choose_them_and_stay_listed_when_retired(
    proven: Projecting,
) -> None:
    student, early = uuid4(), uuid4()
    described: dict[str, Any] = {
        "proof_needed": True,
        "chosen_by": (Role.CLIENT,),
        "valid_from": None,
        "valid_until": None,
    }
    percent = described | {"percent": 10, "amounts": ()}
    amount = described | {"percent": None, "amounts": (eur(2_000),), "valid_until": date(2026, 12, 31)}
    proven.given(
        (student, DiscountAdded(name="Étudiant", **percent)),
        (early, DiscountAdded(name="Hâtif", **percent)),
        (early, DiscountRetired()),
        (early, DiscountChanged(name="Devancé", **amount)),
    )
    first, second = proven.ask(catalogue.discounts)
    assert (first["name"], first["percent"], first["retired"]) == ("Devancé", None, True)
    assert first["amounts"] == [{"minor": 2_000, "currency": "EUR"}]
    assert first["valid_until"] == "2026-12-31"
    assert (second["name"], second["percent"], second["retired"]) == ("Étudiant", 10, False)
    assert second["chosen_by"] == ["client"]
