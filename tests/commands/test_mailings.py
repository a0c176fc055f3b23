"""Mailings at command height: to audiences, to rosters with approval, announcements counted at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Role
from aggregates.mailing.events import AudienceMailingComposed, Pressure, RosterMailingComposed, Series
from aggregates.mailing.refusals import (
    AudienceTooLarge,
    NoSuchMailing,
    PressureToConfirm,
    RosterMailNeedsReason,
    WordsInCapitals,
)
from aggregates.mailing.state import (
    ANNOUNCEMENTS,
    MAILING,
    AwaitingApproval,
    CancelledMailing,
    Queued,
    announcements_id,
)
from aggregates.workshop.refusals import NoSuchWorkshop, NotOnRoster
from commands.access import ForbiddenError
from commands.catalogue.change_settings import ChangeSettings
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.compose_mailing import Announced, Audience, ComposeMailing, Roster
from schema.store import Loaded
from tests.support.write_side import ADMIN, OFFICE, ORGANISER, School, principal, school_on

PRINTEMPS = Announced(city="Lyon", name="Printemps")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def writing(**changes: Any) -> ComposeMailing:
    return ComposeMailing(**{"subject": "Nouvelles dates", "text": "{cher}, voici nos dates."} | changes)


def to_audience(*found: UUID, **changes: Any) -> ComposeMailing:
    return writing(audience=Audience(found=found or (uuid4(),), **changes))


def to_roster(
    workshop: UUID, *registrations: UUID, reason: str | None = "La salle change."
) -> ComposeMailing:
    return writing(roster=Roster(workshop=workshop, registrations=registrations, reason=reason))


def mailing(school: School, id_: UUID) -> Loaded[Any]:
    return school.side.store.load([MAILING.at(id_)])[0]


def announced(school: School, city: str | None = "Lyon", organiser: UUID | None = None) -> set[UUID]:
    """Mailings that count as this organiser's announcements for the city."""
    series = Series(organiser=organiser or the(ORGANISER.user), city=city, name="any", workshop=None)
    return set(school.side.store.load([ANNOUNCEMENTS.at(announcements_id(series))])[0].state.made)


def the(user: UUID | None) -> UUID:
    assert user is not None
    return user


class TestToAnAudience:
    @pytest.mark.rule("COM-6")
    @pytest.mark.parametrize("who", [ORGANISER, OFFICE, ADMIN])
    def test_it_is_queued_with_its_author_and_ids_only(self, school: School, who: Any) -> None:
        clients = (uuid4(), uuid4())
        made = school.send(to_audience(*clients), who).made["mailing"]
        loaded = mailing(school, made)
        assert isinstance(loaded.state, Queued)
        (fact,) = loaded.facts
        assert isinstance(fact, AudienceMailingComposed)
        assert (fact.author, fact.recipients) == (who.user, clients)

    @pytest.mark.rule("COM-6")
    def test_capitals_store_nothing(self, school: School) -> None:
        with pytest.raises(WordsInCapitals):
            school.send(writing(subject="DERNIER rappel", audience=Audience(found=(uuid4(),))))

    @pytest.mark.rule("COM-6")
    def test_the_school_allows_words_in_its_settings(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        registration = school.registration(school.client(), activity, workshop)
        loud = {"subject": "ÊTRE BIEN à Lyon"}
        roster = Roster(workshop=workshop, registrations=(registration,))
        commands = [writing(**loud, audience=Audience(found=(uuid4(),))), writing(**loud, roster=roster)]
        for command in commands:
            with pytest.raises(WordsInCapitals):
                school.send(command)
        allowed = SchoolSettings(capitals_allowed=("ÊTRE", "BIEN"))
        school.send(ChangeSettings(seen_version=0, settings=allowed), ADMIN)
        for command in commands:
            school.send(command)

    @pytest.mark.rule("COM-8")
    def test_301_persons_found_are_too_many(self, school: School) -> None:
        persons = tuple(uuid4() for _ in range(301))
        with pytest.raises(AudienceTooLarge):
            school.send(to_audience(*persons, left_out=persons[:200]))
        school.send(to_audience(*persons[:300]))

    @pytest.mark.rule("COM-9")
    def test_an_announcement_soon_after_another_needs_a_reason(self, school: School) -> None:
        first = school.send(to_audience(announces=PRINTEMPS), ORGANISER).made["mailing"]
        again = Announced(city="LYON", name="Automne")
        with pytest.raises(PressureToConfirm) as caught:
            school.send(to_audience(announces=again), ORGANISER)
        assert caught.value.fields["warnings"] == (Pressure.TOO_SOON,)
        assert announced(school) == {first}
        made = school.send(to_audience(announces=again, pressure_reason="Le lieu a changé."), ORGANISER).made[
            "mailing"
        ]
        assert announced(school) == {first, made}
        (fact,) = mailing(school, made).facts
        assert isinstance(fact, AudienceMailingComposed)
        assert (fact.pressure, fact.pressure_reason) == ((Pressure.TOO_SOON,), "Le lieu a changé.")

    @pytest.mark.rule("COM-9")
    def test_other_cities_and_organisers_are_not_pressed(self, school: School) -> None:
        other = principal(Role.ORGANISER)
        school.send(to_audience(announces=PRINTEMPS), ORGANISER)
        school.send(to_audience(announces=PRINTEMPS.model_copy(update={"city": "Paris"})), ORGANISER)
        school.send(to_audience(announces=PRINTEMPS.model_copy(update={"city": None})), ORGANISER)
        school.send(to_audience(announces=PRINTEMPS), other)
        school.send(to_audience(), ORGANISER)
        assert len(announced(school)) == len(announced(school, organiser=other.user)) == 1

    @pytest.mark.rule("COM-9")
    def test_an_organiser_announces_for_nobody_else_office_may(self, school: School) -> None:
        of_another = PRINTEMPS.model_copy(update={"organiser": uuid4()})
        school.send(to_audience(announces=of_another), ORGANISER)
        assert len(announced(school)) == 1
        of_the_organiser = PRINTEMPS.model_copy(update={"organiser": ORGANISER.user})
        with pytest.raises(PressureToConfirm):
            school.send(to_audience(announces=of_the_organiser))

    @pytest.mark.rule("COM-9")
    def test_a_cancelled_announcement_counts_no_more(self, school: School) -> None:
        made = school.send(to_audience(announces=PRINTEMPS), ORGANISER).made["mailing"]
        for _ in range(2):
            school.send(CancelMailing(mailing=made), ORGANISER)
        assert isinstance(mailing(school, made).state, CancelledMailing)
        assert announced(school) == set()
        school.send(to_audience(announces=PRINTEMPS), ORGANISER)

    @pytest.mark.rule("COM-7")
    @pytest.mark.parametrize("role", [Role.TRAINER, Role.ACCOUNTING, Role.AUDITOR, Role.CLIENT])
    def test_these_roles_write_to_nobody(self, school: School, role: Role) -> None:
        for command in (to_audience(), CancelMailing(mailing=uuid4()), ApproveMailing(mailing=uuid4())):
            with pytest.raises(ForbiddenError):
                school.send(command, principal(role))


@pytest.mark.rule("COM-7")
class TestToARoster:
    def seated(self, school: School, count: int = 2) -> tuple[UUID, list[UUID], list[UUID]]:
        """A workshop of the organiser's, its registrations and their clients."""
        activity = school.activity()
        workshop = school.workshop(activity)
        clients = [school.client() for _ in range(count)]
        return workshop, [school.registration(c, activity, workshop) for c in clients], clients

    def test_an_organisers_to_the_checked_waits_for_approval(self, school: School) -> None:
        workshop, registrations, clients = self.seated(school)
        made = school.send(to_roster(workshop, registrations[1]), ORGANISER).made["mailing"]
        loaded = mailing(school, made)
        assert isinstance(loaded.state, AwaitingApproval)
        (fact,) = loaded.facts
        assert isinstance(fact, RosterMailingComposed)
        assert (fact.registrations, fact.recipients) == ((registrations[1],), (clients[1],))
        with pytest.raises(ForbiddenError):
            school.send(ApproveMailing(mailing=made), ORGANISER)
        for _ in range(2):
            school.send(ApproveMailing(mailing=made))
        assert isinstance(mailing(school, made).state, Queued)
        assert mailing(school, made).version == 2

    def test_an_organiser_says_why_office_and_admin_need_neither_reason_nor_approval(
        self, school: School
    ) -> None:
        workshop, registrations, _ = self.seated(school)
        with pytest.raises(RosterMailNeedsReason):
            school.send(to_roster(workshop, *registrations, reason=None), ORGANISER)
        for who in (OFFICE, ADMIN):
            made = school.send(to_roster(workshop, *registrations, reason=None), who).made["mailing"]
            assert isinstance(mailing(school, made).state, Queued)

    def test_an_organiser_writes_to_own_workshops_only(self, school: School) -> None:
        workshop, registrations, _ = self.seated(school)
        with pytest.raises(NoSuchWorkshop):
            school.send(to_roster(workshop, *registrations), principal(Role.ORGANISER))
        with pytest.raises(NoSuchWorkshop):
            school.send(to_roster(uuid4(), *registrations))

    def test_only_who_has_a_place_there_is_written_to(self, school: School) -> None:
        workshop, registrations, _ = self.seated(school)
        _, others, _ = self.seated(school, 1)
        with pytest.raises(NotOnRoster):
            school.send(to_roster(workshop, *registrations, *others))

    def test_it_is_turned_down_by_cancelling_with_a_reason(self, school: School) -> None:
        workshop, registrations, _ = self.seated(school)
        made = school.send(to_roster(workshop, *registrations), ORGANISER).made["mailing"]
        school.send(CancelMailing(mailing=made, reason="Les notes de l’atelier suffisent."))
        assert isinstance(mailing(school, made).state, CancelledMailing)

    def test_organisers_cancel_their_own_only(self, school: School) -> None:
        made = school.send(to_audience(), ORGANISER).made["mailing"]
        for command, who in (
            (CancelMailing(mailing=made), principal(Role.ORGANISER)),
            (CancelMailing(mailing=uuid4()), OFFICE),
            (ApproveMailing(mailing=uuid4()), OFFICE),
        ):
            with pytest.raises(NoSuchMailing):
                school.send(command, who)


@pytest.mark.rule("COM-6")
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "audience": Audience(found=(UUID(int=1),)),
            "roster": Roster(workshop=UUID(int=2), registrations=(UUID(int=3),)),
        },
    ],
)
def test_recipients_are_either_an_audience_or_a_roster(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        writing(**changes)


@pytest.mark.rule("COM-9")
@pytest.mark.parametrize("changes", [{}, {"name": "Printemps", "workshop": UUID(int=1)}])
def test_a_series_has_a_name_or_is_one_workshop(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Announced(city="Lyon", **changes)
