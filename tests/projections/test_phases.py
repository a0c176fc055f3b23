"""Students with what is done and missing, and workshops followed elsewhere, from facts to answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.events import PhaseAdded
from aggregates.client.phases.events import Enrolled, PhaseLetterSent
from aggregates.client.registrations.events import (
    FollowedAbroad,
    FollowedBeforePortal,
    RegistrationCancelled,
    RegistrationFollowed,
)
from projections import participants, phases
from projections.waiting_work import Asked, ToDoKind, to_dos
from tests.support.builders import activity_added, dossier_created, registered, workshop_planned
from tests.support.projecting import Projecting, Row

DAY = date(2019, 5, 4)


def students_of(models: Projecting, client: UUID) -> list[Row]:
    return models.ask(lambda c: phases.phases(c, client))


def elsewhere(models: Projecting, client: UUID) -> list[Row]:
    return models.ask(lambda c: phases.elsewhere(c, client))


def abroad(activity: UUID, registration: UUID | None = None) -> FollowedAbroad:
    return FollowedAbroad(
        registration=registration or uuid4(), activity=activity, first_day=DAY, last_day=DAY, country="MA"
    )


def before_portal(activity: UUID, registration: UUID | None = None) -> FollowedBeforePortal:
    return FollowedBeforePortal(registration=registration or uuid4(), activity=activity, last_day=DAY)


def enrolled(phase: UUID, *activities: UUID, number: int = 1, enrolment: UUID | None = None) -> Enrolled:
    return Enrolled(
        enrolment=enrolment or uuid4(),
        phase=phase,
        number=number,
        activities=activities,
        invoice=uuid4(),
        done=(),
    )


@pytest.mark.rule("ATE-8", "IMP-1", "DOS-17")
def test_what_was_followed_abroad_or_before_the_portal_stands_in_the_file(proven: Projecting) -> None:
    client, other, activity, first, second = (uuid4() for _ in range(5))
    proven.given((activity, activity_added("Écoute de soi")))
    proven.given((client, dossier_created(client)), (client, abroad(activity, first)))
    later = FollowedBeforePortal(registration=second, activity=activity, last_day=date(2020, 1, 2))
    proven.given((client, later), (other, dossier_created(other)))
    shown = {"activity": "Écoute de soi", "activity_id": str(activity)}
    assert elsewhere(proven, client) == [
        shown | {"id": str(second), "first_day": "2020-01-02", "last_day": "2020-01-02", "country": None},
        shown | {"id": str(first), "first_day": "2019-05-04", "last_day": "2019-05-04", "country": "MA"},
    ]
    assert elsewhere(proven, other) == []


@pytest.mark.rule("DOS-17", "INS-2", "INS-14")
def test_a_student_sees_what_of_the_phase_is_followed_dated_to_schedule_and_missing(
    proven: Projecting,
) -> None:
    client, other, phase, enrolment = (uuid4() for _ in range(4))
    dated, free, lost, done, away, early = activities = tuple(uuid4() for _ in range(6))
    workshop, old = uuid4(), uuid4()
    proven.given(
        *((a, activity_added(f"Activité {n}")) for n, a in enumerate(activities)),
        (phase, PhaseAdded(number=1, name="Phase 1", activities=activities)),
        (workshop, workshop_planned(activity=dated)),
        (old, workshop_planned(activity=done)),
        (client, dossier_created(client)),
        (other, dossier_created(other)),
    )
    kept, open_, gone, followed, theirs, foreign = (uuid4() for _ in range(6))
    proven.given(
        (client, registered(followed, activity=done, workshop=old)),
        (client, RegistrationFollowed(registration=followed, workshop=old)),
        (client, abroad(away)),
        (client, before_portal(early)),
        (client, enrolled(phase, *activities, enrolment=enrolment)),
        (client, registered(kept, activity=dated, workshop=workshop, phase=phase, enrolment=enrolment)),
        (client, registered(open_, activity=free, phase=phase, enrolment=enrolment)),
        (client, registered(gone, activity=lost, phase=phase, enrolment=enrolment)),
        (client, RegistrationCancelled(registration=gone, workshop=None)),
        (other, enrolled(phase, *activities, enrolment=foreign)),
        (other, registered(theirs, activity=free, phase=phase, enrolment=foreign)),
    )
    [found] = students_of(proven, client)
    places = {p["activity_id"]: p for p in found["places"]}
    assert [p["activity"] for p in found["places"]] == [f"Activité {n}" for n in range(6)]
    assert {a: (p["state"], p["registration"], p["followed_on"]) for a, p in places.items()} == {
        str(dated): ("scheduled", str(kept), None),
        str(free): ("to_schedule", str(open_), None),
        str(lost): ("missing", None, None),
        str(done): ("followed", str(followed), "2026-12-05"),
        str(away): ("followed", places[str(away)]["registration"], "2019-05-04"),
        str(early): ("followed", places[str(early)]["registration"], "2019-05-04"),
    }
    assert (places[str(dated)]["starts"], places[str(dated)]["zone"]) == (
        "2026-12-05T14:00:00Z",
        "America/Toronto",
    )
    assert (found["number"], found["name"], found["letter_sent"]) == (1, "Phase 1", None)
    proven.given((client, PhaseLetterSent(enrolment=enrolment, phase=phase, resend=False)))
    assert students_of(proven, client)[0]["letter_sent"] == "2026-11-24T15:00:00Z"
    [second] = students_of(proven, other)
    assert [p["state"] for p in second["places"]].count("missing") == len(activities) - 1
    assert second["letter_sent"] is None
    proven.given((other, RegistrationCancelled(registration=theirs, workshop=None)))
    assert students_of(proven, other) == [], "with the last place gone the enrolment is over"
    assert len(students_of(proven, client)) == 1


class TestTheMarkOnTheRoster:
    """« 9e atelier: phase terminée » (ATT-2)."""

    pytestmark = pytest.mark.rule("ATT-2", "INS-13", "LIS-1")

    def marks(self, models: Projecting, workshop: UUID) -> dict[str, int | None]:
        rows = models.ask(lambda c: participants.participants(c, workshop, see_money=False))
        return {row["registration"]: row["finishes_phase"] for row in rows}

    def test_it_stands_there_as_soon_as_all_others_are_followed_wherever_that_was(
        self, proven: Projecting
    ) -> None:
        student, single, phase, workshop, earlier = (uuid4() for _ in range(5))
        here, away, early, last = (uuid4() for _ in range(4))
        mine, theirs, before, enrolment = (uuid4() for _ in range(4))
        proven.given((workshop, workshop_planned(activity=last)), (earlier, workshop_planned(activity=here)))
        for client, registration, place in ((student, mine, enrolment), (single, theirs, None)):
            proven.given(
                (client, dossier_created(client)),
                (client, registered(registration, activity=last, workshop=workshop, enrolment=place)),
                (client, abroad(away)),
                (client, before_portal(early)),
            )
        proven.given(
            (student, enrolled(phase, here, away, early, last, enrolment=enrolment)),
            (student, registered(before, activity=here, workshop=earlier)),
        )
        assert self.marks(proven, workshop) == {str(mine): None, str(theirs): None}
        proven.given((student, RegistrationFollowed(registration=before, workshop=earlier)))
        expected = {str(mine): 1, str(theirs): None}
        assert self.marks(proven, workshop) == expected, "who isn't enrolled gets none"
        proven.given((student, RegistrationFollowed(registration=mine, workshop=workshop)))
        assert self.marks(proven, workshop) == expected, "ticked present, it stays"
        again, later = uuid4(), uuid4()
        proven.given(
            (later, workshop_planned(activity=last)),
            (student, registered(again, activity=last, workshop=later, retake=True)),
        )
        assert self.marks(proven, later) == {str(again): None}, "a retake doesn't finish it again"

    def test_only_phases_one_and_two_end_with_a_letter(self, proven: Projecting) -> None:
        workshop, activity, other = (uuid4() for _ in range(3))
        of_phase = {number: uuid4() for number in (1, 2, 3)}
        elsewhere = uuid4()
        proven.given((workshop, workshop_planned(activity=activity)), (other, dossier_created(other)))
        for number, registration in of_phase.items():
            client, enrolment = uuid4(), uuid4()
            proven.given(
                (client, dossier_created(client)),
                (client, enrolled(uuid4(), activity, number=number, enrolment=enrolment)),
                (client, registered(registration, activity=activity, workshop=workshop, enrolment=enrolment)),
            )
        proven.given(
            (other, enrolled(uuid4(), uuid4(), number=1)),
            (other, registered(elsewhere, activity=activity, workshop=workshop)),
        )
        expected = {1: 1, 2: 2, 3: None}
        marks = {str(r): expected[number] for number, r in of_phase.items()}
        assert self.marks(proven, workshop) == marks | {str(elsewhere): None}

    def test_none_for_who_is_no_student_any_more(self, proven: Projecting) -> None:
        """The phase was cancelled whole, its last activity is bought à la carte."""
        client, workshop, activity, enrolment, place, again = (uuid4() for _ in range(6))
        proven.given(
            (workshop, workshop_planned(activity=activity)),
            (client, dossier_created(client)),
            (client, enrolled(uuid4(), activity, enrolment=enrolment)),
            (client, registered(place, activity=activity, enrolment=enrolment)),
            (client, registered(again, activity=activity, workshop=workshop)),
        )
        assert self.marks(proven, workshop) == {str(again): 1}
        proven.given((client, RegistrationCancelled(registration=place, workshop=None)))
        assert self.marks(proven, workshop) == {str(again): None}


@pytest.mark.rule("ATT-2", "IMP-1")
def test_the_letter_waits_for_what_was_followed_before_the_portal_too(models: Projecting) -> None:
    client, phase, enrolment, place, workshop = (uuid4() for _ in range(5))
    away, early, here = (uuid4() for _ in range(3))

    def letters() -> list[Any]:
        asked = Asked(datetime(2027, 1, 1, tzinfo=UTC), None)
        return models.ask(lambda c: to_dos(c, ToDoKind.PHASE_LETTER, asked, 10))

    models.given(
        (client, dossier_created(client)),
        (client, enrolled(phase, away, early, here, enrolment=enrolment)),
        (client, registered(place, activity=here, workshop=workshop, enrolment=enrolment)),
        (client, RegistrationFollowed(registration=place, workshop=workshop)),
        (client, abroad(away)),
    )
    assert letters() == []
    models.given((client, before_portal(early)))
    assert [entry["client"]["id"] for entry in letters()] == [str(client)]
    models.given((client, RegistrationCancelled(registration=place, workshop=workshop)))
    models.given((client, abroad(here)))
    assert letters() == [], "no student any more"
