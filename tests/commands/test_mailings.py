"""Mailings at command height: to audiences, to rosters with approval, announcements counted at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.audience.conditions import Near
from aggregates.audience.found import fingerprint
from aggregates.audience.refusals import NoSuchQuery, UnknownTown
from aggregates.catalogue.settings import SchoolSettings
from aggregates.client.events import ContactAddressRecorded
from aggregates.kernel import ERASED, Role
from aggregates.mailing.events import (
    AudienceMailingComposed,
    Exclusion,
    MailingEnded,
    Pressure,
    RosterMailingComposed,
    Series,
    StopReason,
)
from aggregates.mailing.refusals import (
    AudienceChanged,
    AudienceTooLarge,
    AuthorNotStaff,
    MailingAlreadyCancelled,
    MailingAwaitsApproval,
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
    Sending,
    announcements_id,
)
from aggregates.workshop.refusals import NoSuchWorkshop, NotOnRoster, WorkshopIsCancelled
from commands.access import SYSTEM, ForbiddenError
from commands.audiences.change_query import ChangeQuery
from commands.audiences.delete_query import DeleteQuery
from commands.audiences.save_query import SaveQuery
from commands.catalogue.change_settings import ChangeSettings
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.compose_mailing import Announced, Audience, ComposeMailing, Roster
from commands.mailing.end_sending import EndSending
from commands.mailing.start_sending import StartSending
from commands.staff.remove_staff import RemoveStaff
from commands.workshops.cancel_workshop import CancelWorkshop
from schema.append import Effect
from schema.store import Loaded
from tests.golden import samples as golden
from tests.support.listing import LISTED, Listing, audience, interested, listing
from tests.support.write_side import ADMIN, OFFICE, ORGANISER, School, principal, school_on

T = TypeVar("T")


@pytest.fixture
def listed(database: str) -> Iterator[Listing]:
    with listing(database) as made:
        yield made


@pytest.fixture
def school(database: str, listed: Listing) -> Iterator[School]:
    with school_on(database) as made:
        made.employ(ORGANISER.user, OFFICE.user)
        made.employ(ADMIN.user, roles=(Role.ADMIN,))
        yield made


def writing(**changes: Any) -> ComposeMailing:
    return ComposeMailing(**{"subject": "Nouvelles dates", "text": "{cher}, voici nos dates."} | changes)


def to_audience(**changes: Any) -> ComposeMailing:
    return writing(audience=audience(**changes))


def the_fact(school: School, id_: UUID) -> AudienceMailingComposed:
    fact = mailing(school, id_).facts[0]
    assert isinstance(fact, AudienceMailingComposed)
    return fact


def sent_to(school: School, id_: UUID) -> set[UUID]:
    return set(the_fact(school, id_).recipients)


def to_roster(
    workshop: UUID, *registrations: UUID, reason: str | None = "La salle change."
) -> ComposeMailing:
    return writing(roster=Roster(workshop=workshop, registrations=registrations, reason=reason))


def mailing(school: School, id_: UUID) -> Loaded[Any]:
    return school.side.store.load([MAILING.at(id_)])[0]


def series(
    school: School, city: str | None = "Lyon", name: str | None = "Printemps", **changes: Any
) -> Announced:
    """A series with a new workshop in that city, or EN LIGNE."""
    venue = None if city is None else school.venue(city=city)
    return Announced(workshop=school.workshop(school.activity(), venue=venue, **changes), name=name)


def announced(school: School, organiser: UUID | None = None) -> dict[UUID, str | None]:
    """Mailings that count as this organiser's announcements, with their city."""
    made = school.state(ANNOUNCEMENTS.at(announcements_id(organiser or the(ORGANISER.user)))).made
    return {mailing: announcement.city for mailing, announcement in made.items()}


def the(value: T | None) -> T:
    assert value is not None
    return value


class TestToAnAudience:
    @pytest.mark.rule("COM-6")
    @pytest.mark.parametrize("who", [ORGANISER, OFFICE, ADMIN])
    def test_it_is_queued_with_its_author_and_ids_only(self, school: School, who: Any) -> None:
        made = school.send(to_audience(), who).made["mailing"]
        loaded = mailing(school, made)
        assert isinstance(loaded.state, Queued)
        (fact,) = loaded.facts
        assert isinstance(fact, AudienceMailingComposed)
        assert (fact.author, fact.recipients, fact.found) == (who.user, LISTED, 3)

    @pytest.mark.rule("COM-6")
    def test_capitals_store_nothing(self, school: School) -> None:
        with pytest.raises(WordsInCapitals):
            school.send(writing(subject="DERNIER rappel", audience=audience()))

    @pytest.mark.rule("COM-6")
    def test_the_school_allows_words_in_its_settings(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        registration = school.registration(school.client(), activity, workshop)
        loud = {"subject": "ÊTRE BIEN à Lyon"}
        roster = Roster(workshop=workshop, registrations=(registration,))
        commands = [writing(**loud, audience=audience()), writing(**loud, roster=roster)]
        for command in commands:
            with pytest.raises(WordsInCapitals):
                school.send(command)
        allowed = SchoolSettings(capitals_allowed=("ÊTRE", "BIEN"))
        school.send(ChangeSettings(seen_version=0, settings=allowed), ADMIN)
        for command in commands:
            school.send(command)

    @pytest.mark.rule("COM-8")
    def test_301_persons_found_are_too_many(self, school: School, listed: Listing) -> None:
        persons = tuple(uuid4() for _ in range(300))
        wished = listed.add(*persons)
        made = school.send(to_audience(activity=wished, clients=persons, left_out=persons[:200]))
        assert sent_to(school, made.made["mailing"]) == set(persons[200:])
        more = uuid4()
        listed.add(more, activity=wished)
        with pytest.raises(AudienceTooLarge) as caught:
            school.send(to_audience(activity=wished, clients=(*persons, more), left_out=persons[:200]))
        assert caught.value.fields == {"found": 301, "most": 300}

    @pytest.mark.rule("COM-6", "REQ-3")
    def test_only_who_allows_e_mail_and_has_an_address_gets_it_and_the_others_are_named(
        self, school: School, listed: Listing
    ) -> None:
        willing, related, unwilling, without, unwanted = persons = tuple(uuid4() for _ in range(5))
        wished = listed.add(willing, unwanted)
        relative = ContactAddressRecorded(person=related, email="marie@example.com", via="sa fille")
        listed.add(related, activity=wished, email=None, facts=(relative,))
        listed.add(unwilling, activity=wished, consents=False)
        listed.add(without, activity=wished, email=None)
        wish = to_audience(activity=wished, clients=persons, left_out=(unwanted,))
        made = school.send(wish).made["mailing"]
        assert sent_to(school, made) == {willing, related}
        fact = the_fact(school, made)
        assert {(e.client, e.reason) for e in fact.excluded} == {
            (unwanted, Exclusion.LEFT_OUT),
            (unwilling, Exclusion.NO_CONSENT),
            (without, Exclusion.NO_ADDRESS),
        }
        assert (fact.found, fact.conditions) == (5, interested(wished).model_dump_json())

    @pytest.mark.rule("COM-8")
    def test_a_list_that_changed_since_it_was_reviewed_is_reviewed_again(
        self, school: School, listed: Listing
    ) -> None:
        person = uuid4()
        wish = to_audience(activity=listed.add(person), clients=(person, uuid4()))
        for clients in (wish, to_audience(activity=uuid4(), reviewed=None)):
            with pytest.raises(AudienceChanged):
                school.send(clients)

    @pytest.mark.rule("COM-8")
    def test_what_was_held_is_told_again_under_the_same_key(self, school: School, listed: Listing) -> None:
        person, later, key = uuid4(), uuid4(), uuid4()
        wished = listed.add(person)
        wish = to_audience(activity=wished, clients=(person,))
        first = school.send(wish, OFFICE, key)
        listed.add(later, activity=wished)
        assert school.send(wish, OFFICE, key) == first
        assert sent_to(school, first.made["mailing"]) == {person}

    @pytest.mark.rule("REQ-4", "COM-6")
    def test_a_saved_query_is_run_as_it_is_saved_now(self, school: School, listed: Listing) -> None:
        one, two = (uuid4(),), (uuid4(),)
        before, after = (interested(listed.add(*clients)) for clients in (one, two))
        saved = school.send(SaveQuery(name="Laval", query=before), ORGANISER).made["saved_query"]
        by_name = writing(audience=Audience(saved=saved, reviewed=fingerprint(two)))
        with pytest.raises(AudienceChanged):
            school.send(by_name, ORGANISER)
        school.send(ChangeQuery(saved_query=saved, seen_version=1, name="Laval", query=after), ORGANISER)
        made = school.send(by_name, ORGANISER).made["mailing"]
        assert sent_to(school, made) == set(two)
        assert the_fact(school, made).conditions == after.model_dump_json()
        school.send(DeleteQuery(saved_query=saved), ORGANISER)
        for unknown in (saved, uuid4()):
            with pytest.raises(NoSuchQuery):
                school.send(writing(audience=Audience(saved=unknown)), ORGANISER)

    @pytest.mark.rule("REQ-1")
    def test_a_town_that_nobody_knows_is_said(self, school: School) -> None:
        nowhere = Near(kind="near", km=50, city="Nulle-Part-les-Bains")
        with pytest.raises(UnknownTown):
            school.send(writing(audience=Audience(query=nowhere)))

    @pytest.mark.rule("COM-9")
    def test_an_announcement_soon_after_another_needs_a_reason(self, school: School) -> None:
        first = school.send(to_audience(announces=series(school)), ORGANISER).made["mailing"]
        again = series(school, "LYON", "Automne")
        with pytest.raises(PressureToConfirm) as caught:
            school.send(to_audience(announces=again), ORGANISER)
        assert caught.value.fields["warnings"] == (Pressure.TOO_SOON,)
        assert announced(school) == {first: "Lyon"}
        wish = to_audience(announces=again, pressure_reason="Le lieu a changé.")
        made = school.send(wish, ORGANISER).made["mailing"]
        assert announced(school) == {first: "Lyon", made: "LYON"}
        (fact,) = mailing(school, made).facts
        assert isinstance(fact, AudienceMailingComposed)
        assert (fact.pressure, fact.pressure_reason) == ((Pressure.TOO_SOON,), "Le lieu a changé.")

    @pytest.mark.rule("COM-9")
    def test_other_cities_and_organisers_are_not_pressed(self, school: School) -> None:
        other = uuid4()
        for city in ("Lyon", "Paris", None):
            school.send(to_audience(announces=series(school, city)), ORGANISER)
        school.send(to_audience(announces=series(school, organiser=other)))
        school.send(to_audience(), ORGANISER)
        assert set(announced(school).values()) == {"Lyon", "Paris", None}
        assert list(announced(school, other).values()) == ["Lyon"]

    @pytest.mark.rule("COM-9")
    def test_organiser_and_city_are_the_workshops_whoever_writes(self, school: School) -> None:
        other = principal(Role.ORGANISER)
        school.employ(other.user)
        for who in (ORGANISER, OFFICE):
            with pytest.raises(NoSuchWorkshop):
                school.send(to_audience(announces=Announced(workshop=uuid4())), who)
        others = series(school, organiser=the(other.user))
        with pytest.raises(NoSuchWorkshop):
            school.send(to_audience(announces=others), ORGANISER)
        made = school.send(to_audience(announces=others)).made["mailing"]
        assert (announced(school), announced(school, other.user)) == ({}, {made: "Lyon"})
        (fact,) = mailing(school, made).facts
        assert isinstance(fact, AudienceMailingComposed)
        assert fact.announces == Series(
            organiser=the(other.user), city="Lyon", name="Printemps", workshop=others.workshop
        )
        with pytest.raises(PressureToConfirm):
            school.send(to_audience(announces=others), other)

    @pytest.mark.rule("COM-9")
    def test_a_workshop_without_a_name_is_its_own_series(self, school: School) -> None:
        one, other = series(school, name=None), series(school, name=None)
        why = {"pressure_reason": "On insiste."}
        for _ in range(2):
            school.send(to_audience(announces=one, **why))
        for workshop, warnings in ((one, 2), (other, 1)):
            with pytest.raises(PressureToConfirm) as caught:
                school.send(to_audience(announces=workshop))
            assert len(caught.value.fields["warnings"]) == warnings

    @pytest.mark.rule("COM-9")
    def test_a_cancelled_workshop_is_not_announced(self, school: School) -> None:
        gone = series(school)
        school.send(CancelWorkshop(workshop=gone.workshop, reason="Salle inondée."))
        with pytest.raises(WorkshopIsCancelled):
            school.send(to_audience(announces=gone))

    @pytest.mark.rule("COM-9")
    def test_a_cancelled_announcement_counts_no_more(self, school: School) -> None:
        spring = series(school)
        made = school.send(to_audience(announces=spring), ORGANISER).made["mailing"]
        for _ in range(2):
            school.send(CancelMailing(mailing=made), ORGANISER)
        assert isinstance(mailing(school, made).state, CancelledMailing)
        assert announced(school) == {}
        school.send(to_audience(announces=spring), ORGANISER)

    @pytest.mark.rule("COM-9")
    def test_one_that_may_have_left_stays_announced_when_the_rest_is_cancelled(self, school: School) -> None:
        spring = series(school)
        made = school.send(to_audience(announces=spring), ORGANISER).made["mailing"]
        for _ in range(2):
            school.send(StartSending(mailing=made), SYSTEM)
        assert isinstance(mailing(school, made).state, Sending)
        for _ in range(2):
            school.send(CancelMailing(mailing=made), ORGANISER)
        assert isinstance(mailing(school, made).state, CancelledMailing)
        assert announced(school) == {made: "Lyon"}
        with pytest.raises(MailingAlreadyCancelled):
            school.send(StartSending(mailing=made), SYSTEM)

    @pytest.mark.rule("COM-5")
    def test_who_writes_has_an_open_staff_account(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity)
        registration = school.registration(school.client(), activity, workshop)
        former = principal(Role.OFFICE)
        school.employ(former.user)
        school.send(RemoveStaff(staff=the(former.user)), ADMIN)
        for who in (principal(Role.OFFICE), former):
            for wish in (to_audience(), to_roster(workshop, registration)):
                with pytest.raises(AuthorNotStaff):
                    school.send(wish, who)

    @pytest.mark.rule("DOS-11")
    def test_what_was_written_stands_in_no_row_in_the_clear(self, school: School) -> None:
        spring = series(school, city=None, name=None)
        activity = school.activity()
        workshop = school.workshop(activity)
        registration = school.registration(school.client(), activity, workshop)
        secrets = {f"Mme Xanthippe {n}": n for n in range(7)}
        names = iter(secrets)
        school.send(to_audience(announces=spring))
        made = [
            school.send(
                writing(
                    subject=next(names),
                    text=next(names),
                    audience=audience(announces=spring, pressure_reason=next(names)),
                )
            ).made["mailing"],
            school.send(
                writing(
                    subject=next(names),
                    text=next(names),
                    roster=Roster(workshop=workshop, registrations=(registration,), reason=next(names)),
                )
            ).made["mailing"],
        ]
        school.send(CancelMailing(mailing=made[1], reason=next(names)))
        rows = [row for row in school.side.store.read_after(0, 1000) if row.originator_id in made]
        assert len(rows) == 3
        for row in rows:
            assert row.person == row.originator_id
            assert b"Xanthippe" not in row.state + (row.contact or b"") + (row.identity or b"") + row.envelope
        told = [v for m in made for f in mailing(school, m).facts for v in f.model_dump().values()]
        assert [secret for secret in secrets if secret not in told] == []

    @pytest.mark.rule("DOS-11")
    def test_it_is_cancelled_with_a_reason_whatever_became_of_its_key(self, school: School) -> None:
        written_before, _ = golden.read(golden.path_of("mailing.composed_for_audience"))
        school.side.store.log.insert_events([written_before], effect=Effect())
        gone = school.send(to_audience()).made["mailing"]
        with school.side.pool.connection() as connection:
            connection.execute("update keys set wrapped = null where person = %s", (gone,))
        for id_, subject in ((written_before.originator_id, "subject d’Éloïse"), (gone, ERASED)):
            assert isinstance(id_, UUID)
            school.send(CancelMailing(mailing=id_, reason="Une erreur de date."))
            composed, cancelled = mailing(school, id_).facts
            assert (composed.model_dump()["subject"], cancelled.model_dump()["reason"]) == (
                subject,
                "Une erreur de date.",
            )

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

    def test_nothing_leaves_before_approval_or_once_the_workshop_is_off(self, school: School) -> None:
        workshop, registrations, _ = self.seated(school)
        made = school.send(to_roster(workshop, *registrations), ORGANISER).made["mailing"]
        with pytest.raises(MailingAwaitsApproval):
            school.send(StartSending(mailing=made), SYSTEM)
        school.send(ApproveMailing(mailing=made))
        with pytest.raises(ForbiddenError):
            school.send(StartSending(mailing=made), OFFICE)
        school.send(CancelWorkshop(workshop=workshop, reason="Salle inondée."))
        school.send(StartSending(mailing=made), SYSTEM)
        with pytest.raises(ForbiddenError):
            school.send(EndSending(mailing=made, sent=0, skipped=0), OFFICE)
        nothing = MailingEnded(sent=0, skipped=len(registrations), stopped=StopReason.WORKSHOP_CLOSED)
        assert mailing(school, made).facts[-1] == nothing
        with pytest.raises(NoSuchMailing):
            school.send(StartSending(mailing=uuid4()), SYSTEM)

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
            "audience": audience(),
            "roster": Roster(workshop=UUID(int=2), registrations=(UUID(int=3),)),
        },
    ],
)
def test_recipients_are_either_an_audience_or_a_roster(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        writing(**changes)
