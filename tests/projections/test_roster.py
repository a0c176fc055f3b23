"""The list of participants, from facts to rows."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import (
    DateChosen,
    FollowedUndone,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from projections import roster
from tests.support.builders import (
    STARTS,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    eur,
    invoice_issued,
    invoice_line,
    profile_changed,
    registered,
    seat_taken,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("LIS-1")


def participants(models: Projecting, workshop: UUID, *, see_money: bool = True) -> list[Row]:
    return models.ask(lambda c: roster.participants(c, workshop, see_money=see_money))


def test_a_registration_is_a_row_with_name_price_and_balance(proven: Projecting) -> None:
    client, other, registration, workshop, invoice = (uuid4() for _ in range(5))
    proven.given(
        (client, dossier_created(client)),
        (client, registered(registration, workshop=workshop, invoice=invoice, price=eur(37_500))),
        (
            invoice,
            invoice_issued(client, "EU-2026-0031", invoice_line(eur(37_500), registration=registration)),
        ),
    )
    proven.given((other, dossier_created(other)), (other, registered(uuid4(), workshop=uuid4())))

    assert participants(proven, workshop) == [
        {
            "registration": str(registration),
            "client": str(client),
            "last_name": "D'Arcy-Lévesque",
            "first_name": "Éloïse",
            "state": "scheduled",
            "student": False,
            "retake": False,
            "has_email": True,
            "telephone": "+1 450 555-0143",
            "given_up": [],
            "price": {"minor": 37_500, "currency": "EUR"},
            "balance": {"minor": 37_500, "currency": "EUR"},
            "invoice": str(invoice),
        }
    ]


@pytest.mark.rule("INS-13")
def test_marks_states_and_places_follow_the_registration(proven: Projecting) -> None:
    client, first, second, third = (uuid4() for _ in range(4))
    student, retake, ticked, moved, late, gone = (uuid4() for _ in range(6))
    proven.given(
        (client, dossier_created(client)),
        *((w, workshop_planned()) for w in (first, second, third)),
        (client, registered(student, workshop=first, phase=uuid4())),
        (client, registered(retake, workshop=first, retake=True)),
        (client, registered(ticked, workshop=first)),
        (client, registered(moved, workshop=first)),
        (client, registered(late)),
        (client, registered(gone, workshop=first)),
    )
    proven.given((client, RegistrationFollowed(registration=student, workshop=first)))
    proven.given((client, RegistrationFollowed(registration=ticked, workshop=first)))
    proven.given((client, FollowedUndone(registration=ticked, workshop=first)))
    proven.given(
        (client, DateChosen(registration=moved, workshop=third, starts=STARTS, given_up=first)),
        (client, DateChosen(registration=late, workshop=second, starts=STARTS, given_up=None)),
        (client, RegistrationCancelled(registration=gone, workshop=first)),
    )
    proven.given((client, RegistrationDeferred(registration=moved, workshop=third)))
    proven.given((client, DateChosen(registration=moved, workshop=second, starts=STARTS, given_up=None)))

    def marks(workshop: UUID) -> dict[str, tuple[str, bool, bool, list[str]]]:
        return {
            row["registration"]: (row["state"], row["student"], row["retake"], row["given_up"])
            for row in participants(proven, workshop)
        }

    start = "2026-12-05T14:00:00Z"
    assert marks(first) == {
        str(student): ("followed", True, False, []),
        str(retake): ("scheduled", False, True, []),
        str(ticked): ("scheduled", False, False, []),
    }
    assert marks(second) == {
        str(moved): ("scheduled", False, False, [start, start]),
        str(late): ("scheduled", False, False, []),
    }
    assert marks(third) == {}


@pytest.mark.rule("ATE-4", "ATE-5")
def test_of_a_cancelled_workshop_those_stand_there_who_were_on_it(proven: Projecting) -> None:
    client, gone, other = (uuid4() for _ in range(3))
    later, moved_on, back = (uuid4() for _ in range(3))
    proven.given(
        (client, dossier_created(client)),
        *((w, workshop_planned()) for w in (gone, other)),
        *((client, registered(r, workshop=gone)) for r in (later, moved_on, back)),
        *((gone, seat_taken(r, client)) for r in (later, moved_on, back)),
    )
    everybody = (later, moved_on, back)
    proven.given(
        (gone, WorkshopCancelled(reason="Eau", registrations=everybody, waiting=())),
        *((client, RegistrationDeferred(registration=r, workshop=gone, by_school=True)) for r in everybody),
    )
    proven.given(
        (client, DateChosen(registration=moved_on, workshop=other, starts=STARTS, given_up=None)),
        (other, seat_taken(moved_on, client)),
    )

    def on(workshop: UUID) -> dict[str, str]:
        return {row["registration"]: row["state"] for row in participants(proven, workshop)}

    assert on(gone) == {str(later): "to_schedule", str(moved_on): "scheduled", str(back): "to_schedule"}
    assert on(other) == {str(moved_on): "scheduled"}
    proven.given(
        (gone, WorkshopRestored(back=(back,), moved_on=(moved_on,), no_seat=(later,))),
        (client, RegistrationRestored(registration=back, workshop=gone, starts=STARTS)),
    )
    assert on(gone) == {str(back): "scheduled"}


def test_names_stand_in_french_order_and_money_is_not_for_everybody(proven: Projecting) -> None:
    workshop = uuid4()
    for last, first in [("Zola", "Ève"), ("Étienne", "Zoé"), ("Etienne", "Anne"), ("Œuvrard", "Bo")]:
        client = uuid4()
        proven.given(
            (client, dossier_created(client, last_name=last, first_name=first, email=None)),
            (client, registered(uuid4(), workshop=workshop)),
        )
    rows = participants(proven, workshop, see_money=False)
    assert [f"{row['last_name']} {row['first_name']}" for row in rows] == [
        "Etienne Anne",
        "Étienne Zoé",
        "Œuvrard Bo",
        "Zola Ève",
    ]
    assert {(row["price"], row["balance"], row["invoice"], row["has_email"]) for row in rows} == {
        (None, None, None, False)
    }


@pytest.mark.rule("DOS-19")
def test_a_changed_profile_is_shown_in_its_new_place(proven: Projecting) -> None:
    workshop, client, other = (uuid4() for _ in range(3))
    for person in (client, other):
        proven.given((person, dossier_created(person)), (person, registered(uuid4(), workshop=workshop)))
    changes = {"last_name": "Zola", "first_name": "Ève", "telephone": "+33 1 00 00", "email": None}
    proven.given((client, profile_changed(client, **changes)))
    shown = ("last_name", "first_name", "telephone", "has_email")
    assert [[row[name] for name in shown] for row in participants(proven, workshop)] == [
        ["D'Arcy-Lévesque", "Éloïse", "+1 450 555-0143", True],
        ["Zola", "Ève", "+33 1 00 00", False],
    ]


@pytest.mark.rule("DOS-8")
def test_who_left_keeps_the_name_on_old_rosters_and_loses_the_rest(proven: Projecting) -> None:
    workshop, client, other, erased = (uuid4() for _ in range(4))
    for person in (client, other, erased):
        proven.given((person, dossier_created(person)), (person, registered(uuid4(), workshop=workshop)))
    proven.given((client, dossier_deactivated(client)))
    proven.given((erased, dossier_erased(erased)))
    rows = {row["client"]: row for row in participants(proven, workshop)}
    kept = ("last_name", "first_name", "has_email", "telephone")
    assert [rows[str(client)][name] for name in kept] == ["D'Arcy-Lévesque", "Éloïse", False, None]
    assert [rows[str(other)][name] for name in kept][2:] == [True, "+1 450 555-0143"]
    assert [rows[str(erased)][name] for name in kept] == ["[effacé]", "", False, None]
    proven.given((client, dossier_restored(client)))
    rows = {row["client"]: row for row in participants(proven, workshop)}
    assert [rows[str(client)][name] for name in kept][2:] == [True, None]
