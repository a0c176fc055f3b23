"""The rows that queries for audiences look at, from facts; and the saved queries."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.audience.events import QueryChanged, QueryDeleted, QuerySaved
from aggregates.client.events import (
    CardGranted,
    CardWithdrawn,
    ContactAddressRecorded,
    ContactAddressRemoved,
    CoordinatesSet,
)
from aggregates.client.phases.events import Enrolled, PlaceReopened
from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from aggregates.client.registrations.events import (
    DateChosen,
    FollowedAbroad,
    FollowedBeforePortal,
    FollowedUndone,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from projections import audience_sql
from tests.support.builders import (
    STARTS,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    profile_changed,
    registered,
    staff_added,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("REQ-1")
LAVAL = (45.5699, -73.692)


def row_of(models: Projecting, table: str, **key: Any) -> Row:
    [found] = [r for r in models.rows(f"audience_{table}") if all(r[n] == v for n, v in key.items())]
    return found


def two(models: Projecting) -> tuple[UUID, UUID]:
    """A client to whom things happen, and one to whom nothing does."""
    client, other = uuid4(), uuid4()
    models.given((client, dossier_created(client)), (other, dossier_created(other, first_name="Zoé")))
    return client, other


def test_a_client_stands_in_one_row_with_the_town_looked_up(proven: Projecting) -> None:
    client, other = two(proven)
    row = row_of(proven, "person", client=client)
    place = (row.pop("latitude"), row.pop("longitude"))
    assert place == pytest.approx(LAVAL, abs=0.05)
    assert row == {
        "client": client,
        "active": True,
        "confirmed": True,
        "sort": "darcylevesque eloise",
        "country": "CA",
        "postal_key": "h2x1y4",
        "own_latitude": None,
        "own_longitude": None,
        "language": "fr",
        "telephone_ok": False,
        "post_ok": False,
        "email_ok": False,
        "has_email": True,
        "has_relative": False,
        "card_from": None,
        "card_until": None,
    }
    proven.given(
        (client, profile_changed(client, city="Sion", country="CH", postal_code="1950", email=None)),
        (client, CoordinatesSet(person=client, latitude=46.1, longitude=7.2)),
        (client, ContactAddressRecorded(person=client, email="zoe@example.com", via="sa fille")),
        (client, CardGranted(valid_from=date(2026, 1, 1), valid_until=None)),
    )
    moved = row_of(proven, "person", client=client)
    assert (moved["latitude"], moved["longitude"]) == pytest.approx((46.23, 7.36), abs=0.05)
    assert [moved[n] for n in ("own_latitude", "own_longitude", "country", "postal_key", "has_email")] == [
        46.1,
        7.2,
        "CH",
        "1950",
        False,
    ]
    assert [moved[n] for n in ("has_relative", "card_from", "card_until")] == [True, date(2026, 1, 1), None]
    assert row_of(proven, "person", client=other)["country"] == "CA"


def test_what_was_set_is_taken_back(proven: Projecting) -> None:
    client, other = two(proven)
    for person in (client, other):
        proven.given(
            (person, CoordinatesSet(person=person, latitude=46.1, longitude=7.2)),
            (person, ContactAddressRecorded(person=person, email="zoe@example.com", via="sa fille")),
            (person, CardGranted(valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))),
        )
    proven.given(
        (client, CoordinatesSet(person=client, latitude=None, longitude=None)),
        (client, ContactAddressRemoved()),
        (client, CardWithdrawn()),
    )
    names = ("own_latitude", "own_longitude", "has_relative", "card_from", "card_until")
    assert [row_of(proven, "person", client=client)[n] for n in names] == [None, None, False, None, None]
    kept = [46.1, 7.2, True, date(2026, 1, 1), date(2026, 12, 31)]
    assert [row_of(proven, "person", client=other)[n] for n in names] == kept


@pytest.mark.rule("REQ-3")
def test_each_consent_has_its_column_and_the_last_answer_counts(proven: Projecting) -> None:
    client, other = two(proven)

    def chosen(channel: Channel, allowed: bool) -> PreferenceChosen:
        return PreferenceChosen(channel=channel, allowed=allowed, wording="1")

    proven.given(
        (client, chosen(Channel.EMAIL, True)),
        (client, chosen(Channel.POST, True)),
        (
            client,
            PreferenceRecorded(
                person=client, channel=Channel.POST, allowed=False, source="un appel", proof=None
            ),
        ),
    )
    columns = ("telephone_ok", "post_ok", "email_ok")
    assert [row_of(proven, "person", client=client)[c] for c in columns] == [False, False, True]
    assert [row_of(proven, "person", client=other)[c] for c in columns] == [False, False, False]


@pytest.mark.rule("DOS-14")
def test_interests_come_and_go_and_a_phase_makes_a_student(proven: Projecting) -> None:
    client, other = two(proven)
    activity, phase = uuid4(), uuid4()
    for person in (client, other):
        proven.given(
            (person, InterestAdded(person=person, activity=activity, phase=None)),
            (person, InterestAdded(person=person, activity=None, phase=phase)),
        )
    proven.given((client, InterestWithdrawn(person=client, activity=activity, phase=None)))
    enrolled = Enrolled(enrolment=uuid4(), phase=phase, number=1, activities=(), invoice=uuid4(), done=())
    proven.given((client, enrolled))
    interests = {(r["client"], r["subject"]) for r in proven.rows("audience_interest")}
    assert interests == {(client, phase), (other, activity), (other, phase)}
    assert proven.rows("audience_student") == [{"client": client, "phase": phase}]


def test_a_registration_follows_its_dates(proven: Projecting) -> None:
    client, registration, other, workshop = uuid4(), uuid4(), uuid4(), uuid4()
    proven.given(
        (client, dossier_created(client)),
        (client, registered(registration)),
        (client, registered(other, workshop=workshop)),
    )

    def seen() -> list[Any]:
        row = row_of(proven, "registration", registration=registration)
        return [row[n] for n in ("state", "workshop", "last_day")]

    ends, at = STARTS + timedelta(hours=8), {"registration": registration, "workshop": workshop}
    steps: list[tuple[Any, list[Any]]] = [
        (DateChosen(**at, starts=STARTS, given_up=None), ["scheduled", workshop, None]),
        (RegistrationDeferred(**at), ["to_schedule", None, None]),
        (RegistrationRestored(**at, starts=STARTS), ["scheduled", workshop, None]),
        (RegistrationFollowed(**at, last_day=ends.date(), ends=ends), ["followed", workshop, ends.date()]),
        (FollowedUndone(**at), ["scheduled", workshop, None]),
        (RegistrationCancelled(**at), ["cancelled", workshop, None]),
        (PlaceReopened(registration=registration), ["to_schedule", None, None]),
    ]
    assert seen() == ["to_schedule", None, None]
    for fact, expected in steps:
        proven.given((client, fact))
        assert seen() == expected
    abroad = FollowedAbroad(
        registration=uuid4(),
        activity=uuid4(),
        first_day=date(2025, 3, 1),
        last_day=date(2025, 3, 2),
        country="ES",
    )
    proven.given((client, abroad))
    row = row_of(proven, "registration", registration=abroad.registration)
    assert (row["state"], row["workshop"], row["last_day"]) == ("followed", None, date(2025, 3, 2))
    early = FollowedBeforePortal(registration=uuid4(), activity=uuid4(), last_day=date(2019, 5, 4))
    proven.given((client, early))
    row = row_of(proven, "registration", registration=early.registration)
    assert (row["state"], row["workshop"], row["last_day"]) == ("followed", None, date(2019, 5, 4))
    assert row_of(proven, "registration", registration=other)["state"] == "scheduled"


@pytest.mark.rule("DOS-8", "DOS-9", "DOS-11")
def test_who_leaves_is_forgotten_and_comes_back_without_wishes(proven: Projecting) -> None:
    client, other = two(proven)
    activity = uuid4()
    for person in (client, other):
        proven.given(
            (person, InterestAdded(person=person, activity=activity, phase=None)),
            (person, PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")),
            (person, CoordinatesSet(person=person, latitude=46.1, longitude=7.2)),
        )
    again = uuid4()
    proven.given(
        (client, InterestAdded(person=client, activity=uuid4(), phase=None)),
        (client, dossier_deactivated(client)),
    )
    row = row_of(proven, "person", client=client)
    names = ("active", "country", "latitude", "own_latitude", "has_email", "email_ok", "postal_key")
    assert [row[n] for n in names] == [False, None, None, None, False, False, "h2x1y4"]
    assert [r["client"] for r in proven.rows("audience_interest")] == [other]
    proven.given(
        (client, dossier_restored(client, city="Lyon", country="FR")),
        (client, InterestAdded(person=client, activity=again, phase=None)),
    )
    row = row_of(proven, "person", client=client)
    assert (row["active"], row["country"], row["email_ok"]) == (True, "FR", False)
    assert row["latitude"] == pytest.approx(45.75, abs=0.05)
    interests = {(r["client"], r["subject"]) for r in proven.rows("audience_interest")}
    assert interests == {(other, activity), (client, again)}


@pytest.mark.rule("DOS-10")
def test_an_erased_client_leaves_no_row(proven: Projecting) -> None:
    client, other = two(proven)
    proven.given(
        (client, InterestAdded(person=client, activity=uuid4(), phase=None)), (client, dossier_erased(client))
    )
    assert [r["client"] for r in proven.rows("audience_person")] == [other]
    assert proven.rows("audience_interest") == []


@pytest.mark.rule("REQ-4")
def test_saved_queries_are_listed_by_name_with_their_owner(proven: Projecting) -> None:
    owner, first, second, third = (uuid4() for _ in range(4))
    tree = '{"kind":"country","country":"CA"}'
    proven.given(
        (owner, staff_added(owner, "Monique Tremblay")),
        (first, QuerySaved(name="Zone", conditions=tree, owner=owner)),
        (second, QuerySaved(name="Étudiants", conditions=tree, owner=uuid4())),
        (third, QuerySaved(name="À jeter", conditions=tree, owner=owner)),
        (first, QueryChanged(name="Belgique", conditions='{"kind":"country","country":"BE"}')),
        (third, QueryDeleted()),
    )
    assert proven.ask(audience_sql.saved) == [
        {
            "id": str(first),
            "name": "Belgique",
            "query": {"kind": "country", "country": "BE"},
            "owner_id": str(owner),
            "owner": "Monique Tremblay",
            "sort": "belgique",
        },
        {
            "id": str(second),
            "name": "Étudiants",
            "query": {"kind": "country", "country": "CA"},
            "owner_id": str(row_of(proven, "saved", query=second)["owner"]),
            "owner": None,
            "sort": "etudiants",
        },
    ]
