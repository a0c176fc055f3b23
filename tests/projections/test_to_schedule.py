"""Who waits for a date, from facts to answers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import DateChosen, RegistrationCancelled, RegistrationDeferred
from projections import to_schedule
from tests.support.builders import (
    NOW,
    STARTS,
    activity_added,
    dossier_created,
    dossier_deactivated,
    envelope,
    profile_changed,
    registered,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("INS-7")


def waiting(models: Projecting, **wanted: Any) -> list[Row]:
    return models.ask(lambda c: to_schedule.waiting(c, **wanted))


def test_a_registration_without_a_date_waits_until_one_is_chosen(proven: Projecting) -> None:
    client, registration, other, activity = (uuid4() for _ in range(4))
    proven.given(
        (activity, activity_added("Autonomie affective")),
        (client, dossier_created(client)),
        (client, registered(registration, activity=activity, phase=uuid4(), retake=True)),
        (client, registered(other, activity=activity)),
        (client, registered(uuid4(), workshop=uuid4())),
    )
    row = {
        "registration": str(registration),
        "client": str(client),
        "last_name": "D'Arcy-Lévesque",
        "first_name": "Éloïse",
        "city": "Laval",
        "country": "CA",
        "activity": "Autonomie affective",
        "activity_id": str(activity),
        "student": True,
        "retake": True,
        "has_email": True,
        "since": "2026-11-24T15:00:00Z",
        "given_up": None,
    }
    plain = row | {"registration": str(other), "student": False, "retake": False}
    assert sorted(waiting(proven), key=lambda r: r["student"]) == [plain, row]
    chosen = DateChosen(registration=registration, workshop=uuid4(), starts=STARTS, given_up=None)
    proven.given((client, chosen))
    assert waiting(proven) == [plain]


def test_a_deferred_registration_waits_since_then_and_names_the_date_given_up(proven: Projecting) -> None:
    client, deferred, cancelled, workshop = (uuid4() for _ in range(4))
    proven.given(
        (client, dossier_created(client)),
        (workshop, workshop_planned()),
        (client, registered(deferred, workshop=workshop)),
        (client, registered(cancelled)),
    )
    later = envelope(at=NOW + timedelta(days=3, microseconds=5))
    proven.given((client, RegistrationDeferred(registration=deferred, workshop=workshop)), around=later)
    proven.given((client, RegistrationCancelled(registration=cancelled, workshop=None)))
    [row] = waiting(proven)
    assert (row["registration"], row["since"]) == (str(deferred), "2026-11-27T15:00:00.000005Z")
    assert row["given_up"] == {
        "id": str(workshop),
        "starts": "2026-12-05T14:00:00Z",
        "ends": "2026-12-05T22:00:00Z",
        "zone": "America/Toronto",
    }


def test_the_list_is_filtered_by_activity_and_country_and_paged_longest_first(proven: Projecting) -> None:
    made: list[UUID] = []
    activity = uuid4()
    for n in range(7):
        client, registration = uuid4(), uuid4()
        made.append(registration)
        sold = registered(registration, **({"activity": activity} if n < 2 else {}))
        at = envelope(at=NOW + timedelta(microseconds=n // 2))
        proven.given(
            (client, dossier_created(client, country="FR" if n == 6 else "CA")), (client, sold), around=at
        )

    def ids(rows: list[Row]) -> list[UUID]:
        return [UUID(row["registration"]) for row in rows]

    assert sorted(ids(waiting(proven, activity=activity))) == sorted(made[:2])
    assert ids(waiting(proven, country="FR")) == made[6:]
    assert proven.ask(lambda c: to_schedule.count(c)) == 7
    assert proven.ask(lambda c: to_schedule.count(c, activity=activity, country="CA")) == 2
    seen: list[Row] = []
    while page := waiting(
        proven, after=(seen[-1]["since"], UUID(seen[-1]["registration"])) if seen else None, limit=2
    ):
        seen += page
    assert sorted(ids(seen)) == sorted(made)
    instants = [datetime.fromisoformat(row["since"]) for row in seen]
    assert instants == sorted(instants)


@pytest.mark.rule("DOS-19")
def test_a_changed_profile_moves_who_waits_to_another_country(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    for person in (client, other):
        proven.given((person, dossier_created(person)), (person, registered(uuid4())))
    proven.given((client, profile_changed(client, last_name="Zola", city="Lyon", country="FR", email=None)))
    [row] = waiting(proven, country="FR")
    assert [row[n] for n in ("client", "last_name", "city", "has_email")] == [
        str(client),
        "Zola",
        "Lyon",
        False,
    ]
    assert [row["client"] for row in waiting(proven, country="CA")] == [str(other)]


@pytest.mark.rule("DOS-8")
def test_the_place_of_who_left_is_gone(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    for person in (client, other):
        proven.given((person, dossier_created(person)), (person, registered(uuid4())))
    proven.given((client, dossier_deactivated(client)))
    rows = {row["client"]: row for row in waiting(proven)}
    assert [rows[str(client)][name] for name in ("city", "country", "has_email")] == [None, None, False]
    assert rows[str(other)]["city"] == "Laval"
