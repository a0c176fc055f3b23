"""Whom to call about a workshop, from facts to answers (ATE-4, ATE-5, ATE-7)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.registrations.events import DateChosen, RegistrationDeferred
from aggregates.workshop.closing.events import AbsenceOutcome, AbsenceSettled, CallNoted, CallOutcome
from aggregates.workshop.events import WorkshopCancelled, WorkshopRestored
from projections import calls
from tests.support.builders import (
    STARTS,
    dossier_created,
    dossier_deactivated,
    registered,
    seat_taken,
    staff_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row


def rows(models: Projecting, workshop: UUID, *, see_contact: bool = True) -> dict[str, Row]:
    found = models.ask(lambda c: calls.calls(c, workshop, see_contact=see_contact))
    return {row["registration"]: row for row in found}


def cancelled(*registrations: UUID) -> WorkshopCancelled:
    return WorkshopCancelled(reason="Salle inondée", registrations=registrations, waiting=())


@pytest.mark.rule("ATE-4", "ATE-5")
def test_who_was_called_what_they_want_and_who_came_back(proven: Projecting) -> None:
    workshop, other, staff = uuid4(), uuid4(), uuid4()
    people = {uuid4(): uuid4() for _ in range(3)}
    (stays, moves, late), (_, _, gone) = people, people.values()
    proven.given((workshop, workshop_planned()), (other, workshop_planned()))
    proven.given((staff, staff_added(staff, "Marc Ouellet")))
    for n, (registration, client) in enumerate(people.items()):
        born = dossier_created(client, last_name=f"Roy {n}")
        seat = (workshop, seat_taken(registration, client))
        proven.given((client, born), (client, registered(registration, workshop=workshop)), seat)
    proven.given((workshop, cancelled(*people)))
    proven.given(*((c, RegistrationDeferred(registration=r, workshop=workshop)) for r, c in people.items()))
    found = rows(proven, workshop)
    assert [row["last_name"] for row in found.values()] == ["Roy 0", "Roy 1", "Roy 2"]
    assert {(row["why"], row["called"], row["state"]) for row in found.values()} == {
        ("cancelled", None, "to_schedule")
    }
    assert rows(proven, other) == {}
    assert proven.ask(lambda c: calls.why_cancelled(c, workshop)) == "Salle inondée"
    assert proven.ask(lambda c: calls.why_cancelled(c, other)) is None

    call = CallNoted(registration=moves, called=True, outcome=CallOutcome.NEW_DATE)
    missed = CallNoted(registration=late, called=False, outcome=None)
    proven.given((workshop, call), (workshop, missed))
    proven.given(
        (people[moves], DateChosen(registration=moves, workshop=other, starts=STARTS, given_up=None))
    )
    found = rows(proven, workshop)
    assert (found[str(moves)]["called"], found[str(moves)]["outcome"]) == (True, "new_date")
    assert found[str(moves)]["date"]["id"] == str(other)
    assert (found[str(late)]["called"], found[str(late)]["date"]) == (False, None)

    back = WorkshopRestored(back=(stays,), moved_on=(moves,), no_seat=(late,))
    proven.given((workshop, back), (gone, dossier_deactivated(gone)))
    assert proven.ask(lambda c: calls.why_cancelled(c, workshop)) is None
    found = rows(proven, workshop)
    assert {r: row["why"] for r, row in found.items()} == {
        str(stays): "back",
        str(moves): "moved_on",
        str(late): "no_seat",
    }
    assert found[str(moves)]["outcome"] == "new_date"
    assert found[str(late)]["telephone"] is None
    assert rows(proven, workshop, see_contact=False)[str(stays)]["telephone"] == "[masqué]"

    proven.given((workshop, cancelled(stays)))
    assert {r: row["why"] for r, row in rows(proven, workshop).items()} == {str(stays): "cancelled"}


@pytest.mark.rule("ATE-7")
def test_the_absent_of_a_closed_workshop_are_called_too(proven: Projecting) -> None:
    workshop, client, registration, present = (uuid4() for _ in range(4))
    proven.given((workshop, workshop_planned()), (client, dossier_created(client)))
    for each in (registration, present):
        proven.given((client, registered(each, workshop=workshop)))
    settled = AbsenceSettled(
        registration=registration, client=client, outcome=AbsenceOutcome.DEFERRED, noticed=True
    )
    proven.given((workshop, settled))
    (row,) = rows(proven, workshop).values()
    assert (row["registration"], row["why"]) == (str(registration), "absent")
