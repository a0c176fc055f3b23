"""Cancelling, restoring and moving a workshop at command height: one command, all its streams together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.refusals import NoSuchVenue, UnknownZone
from aggregates.catalogue.settings import Region
from aggregates.client.registrations.events import DateMoved, RegistrationDeferred
from aggregates.client.registrations.state import Cancelled, Scheduled, ToSchedule
from aggregates.client.state import CLIENT, Dossier
from aggregates.invoice.events import FeeBasis, LineCancelled
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Refused, Role
from aggregates.mailing.events import MailingEnded, StopReason
from aggregates.mailing.refusals import RosterMailAfterClosing
from aggregates.mailing.state import MAILING
from aggregates.workshop.closing.events import CallOutcome
from aggregates.workshop.closing.refusals import NobodyToCall
from aggregates.workshop.events import WorkshopCancelled, WorkshopMoved, WorkshopRestored
from aggregates.workshop.refusals import (
    NoSuchWorkshop,
    WorkshopBegun,
    WorkshopFollowed,
    WorkshopIsCancelled,
)
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from commands.access import SYSTEM, ForbiddenError
from commands.clients.remove_dossier import RemoveDossier
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.compose_mailing import ComposeMailing, Roster
from commands.mailing.start_sending import StartSending
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.choose_date import ChooseDate
from commands.registrations.defer_registration import DeferRegistration
from commands.registrations.register_client import RegisterClient
from commands.seen_version import ChangedMeanwhile
from commands.workshops.cancel_workshop import CancelWorkshop
from commands.workshops.change_plan import ChangePlan
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.dismiss_assistant import DismissAssistant
from commands.workshops.move_workshop import MoveWorkshop
from commands.workshops.name_assistant import NameAssistant
from commands.workshops.note_call import NoteCall
from commands.workshops.plan_workshop import PlannedSession
from commands.workshops.restore_workshop import RestoreWorkshop
from commands.workshops.tick_attendance import TickAttendance
from tests.support.write_side import OFFICE, ORGANISER, School, principal, school_on

REASON = "La salle est inondée."
IN_60_DAYS = datetime.now(UTC) + timedelta(days=60)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def only(school: School, client: UUID) -> Any:
    """The client's only registration."""
    state = school.state(CLIENT.at(client))
    assert isinstance(state, Dossier)
    (registration,) = state.registrations.values()
    return registration


def planned(school: School, workshop: UUID) -> Planned:
    state = school.state(WORKSHOP.at(workshop))
    assert isinstance(state, Planned)
    return state


def a_full_room(school: School, people: int, **changes: Any) -> tuple[UUID, UUID, list[tuple[UUID, UUID]]]:
    """An activity, a workshop of it in 60 days, and who is registered: client and registration."""
    activity = school.activity()
    workshop = school.workshop(activity, starts=IN_60_DAYS, capacity=people, **changes)
    clients = [school.client() for _ in range(people)]
    return activity, workshop, [(c, school.registration(c, activity, workshop)) for c in clients]


class TestCancelWorkshop:
    @pytest.mark.rule("ATE-4")
    def test_everybody_is_to_schedule_in_one_step(self, school: School) -> None:
        _, workshop, people = a_full_room(school, 3)
        answer = school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        state = school.state(WORKSHOP.at(workshop))
        assert isinstance(state, CancelledWorkshop)
        assert school.facts(WORKSHOP.at(workshop))[-1] == WorkshopCancelled(
            reason=REASON, registrations=tuple(r for _, r in people), waiting=()
        )
        for client, registration in people:
            assert isinstance(only(school, client), ToSchedule)
            assert school.facts(CLIENT.at(client))[-1] == RegistrationDeferred(
                registration=registration, workshop=workshop, by_school=True
            )
        last = school.side.store.read_after(answer.position - 4, 10)
        assert len({row.position >> 12 for row in last}) == 1, "all in one append"

    @pytest.mark.rule("ATE-4")
    def test_not_once_somebody_followed_it(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=1))
        registration = school.late_registration(school.client(), activity, workshop)
        school.send(TickAttendance(workshop=workshop, registrations=(registration,)))
        with pytest.raises(WorkshopFollowed):
            school.send(CancelWorkshop(workshop=workshop, reason=REASON))

    @pytest.mark.rule("ATE-4")
    def test_an_organiser_cancels_own_workshops_only(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        cancel = CancelWorkshop(workshop=workshop, reason=REASON)
        with pytest.raises(NoSuchWorkshop):
            school.send(cancel, principal(Role.ORGANISER))
        with pytest.raises(ForbiddenError):
            school.send(cancel, principal(Role.TRAINER))
        school.send(cancel, ORGANISER)
        with pytest.raises(NoSuchWorkshop):
            school.send(RestoreWorkshop(workshop=workshop), principal(Role.ORGANISER))

    @pytest.mark.rule("ATE-4")
    def test_nobody_gets_in_afterwards(self, school: School) -> None:
        activity, workshop, _ = a_full_room(school, 1)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        with pytest.raises(WorkshopIsCancelled):
            school.send(RegisterClient(client=school.client(), activity=activity, workshop=workshop))

    @pytest.mark.rule("INS-9", "ATE-4")
    def test_who_cancels_then_pays_no_fee(self, school: School) -> None:
        _, workshop, ((client, registration),) = a_full_room(school, 1)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.send(CancelRegistration(client=client, registration=registration, note="Remboursez."))
        cancelled = school.facts(INVOICE.at(only(school, client).sale.invoice))[-1]
        assert isinstance(cancelled, LineCancelled)
        assert cancelled.fee is not None
        assert cancelled.fee.basis is FeeBasis.BY_SCHOOL

    @pytest.mark.rule("ATE-4")
    def test_the_roster_works_as_a_call_list(self, school: School) -> None:
        _, workshop, ((_, registration),) = a_full_room(school, 1)
        call = NoteCall(workshop=workshop, registration=registration, called=True, outcome=CallOutcome.LATER)
        with pytest.raises(NobodyToCall):
            school.send(call)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.send(call, ORGANISER)
        state = school.state(WORKSHOP.at(workshop))
        assert isinstance(state, CancelledWorkshop)
        assert state.calls[registration].outcome is CallOutcome.LATER
        with pytest.raises(NoSuchWorkshop):
            school.send(call, principal(Role.ORGANISER))

    @pytest.mark.rule("COM-7")
    def test_no_mail_leaves_from_its_roster(self, school: School) -> None:
        _, workshop, ((_, registration),) = a_full_room(school, 1)
        mail = ComposeMailing(
            subject="Salle",
            text="Apportez une lampe.",
            roster=Roster(workshop=workshop, registrations=(registration,), reason="Panne"),
        )
        waiting = school.send(mail, ORGANISER).made["mailing"]
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        with pytest.raises(WorkshopIsCancelled):
            school.send(mail, ORGANISER)
        with pytest.raises(WorkshopIsCancelled):
            school.send(ApproveMailing(mailing=waiting))

    @pytest.mark.rule("COM-7")
    def test_nor_from_that_of_a_closed_one(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=1))
        registration = school.late_registration(school.client(), activity, workshop)
        mail = ComposeMailing(
            subject="Merci",
            text="Merci d’être venus.",
            roster=Roster(workshop=workshop, registrations=(registration,), reason="Merci"),
        )
        waiting = school.send(mail, ORGANISER).made["mailing"]
        approved = school.send(mail, ORGANISER).made["mailing"]
        school.send(ApproveMailing(mailing=approved))
        school.send(CloseWorkshop(workshop=workshop, reason="Solde à suivre."))
        with pytest.raises(RosterMailAfterClosing):
            school.send(mail, ORGANISER)
        with pytest.raises(RosterMailAfterClosing):
            school.send(ApproveMailing(mailing=waiting))
        school.send(StartSending(mailing=approved), SYSTEM)
        ended = MailingEnded(sent=0, skipped=1, stopped=StopReason.WORKSHOP_CLOSED)
        assert school.facts(MAILING.at(approved))[-1] == ended


class TestRestoreWorkshop:
    @pytest.mark.rule("ATE-5")
    def test_three_groups(self, school: School) -> None:
        activity, workshop, people = a_full_room(school, 5)
        other = school.workshop(activity, starts=IN_60_DAYS + timedelta(days=7))
        (back, r0), (elsewhere, r1), (ended, r2), (gone, r3), (late, r4) = people
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.send(ChooseDate(client=elsewhere, registration=r1, workshop=other))
        school.send(CancelRegistration(client=ended, registration=r2, note="Ne vient pas."))
        school.cancelled(gone, r3)
        school.send(RemoveDossier(client=gone))
        version = len(school.facts(WORKSHOP.at(workshop)))
        school.send(
            ChangePlan(
                workshop=workshop,
                seen_version=version,
                organiser=planned_before(school, workshop).plan.organiser,
                trainers=(),
                capacity=1,
                retake_limit=None,
                place_note=None,
                practical_note=None,
            )
        )
        school.send(RestoreWorkshop(workshop=workshop), ORGANISER)
        assert school.facts(WORKSHOP.at(workshop))[-1] == WorkshopRestored(
            back=(r0,), moved_on=(r1, r2, r3), no_seat=(r4,)
        )
        assert list(planned(school, workshop).seats) == [r0]
        assert only(school, back).workshop == workshop
        assert only(school, elsewhere).workshop == other
        assert isinstance(only(school, ended), Cancelled)
        assert isinstance(only(school, late), ToSchedule)

    @pytest.mark.rule("ATE-5")
    def test_who_deferred_again_by_themselves_stays_to_schedule(self, school: School) -> None:
        activity, workshop, ((client, registration),) = a_full_room(school, 1)
        other = school.workshop(activity, starts=IN_60_DAYS)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.send(ChooseDate(client=client, registration=registration, workshop=other))
        school.send(DeferRegistration(client=client, registration=registration))
        school.send(RestoreWorkshop(workshop=workshop))
        assert isinstance(only(school, client), ToSchedule)
        assert not planned(school, workshop).seats

    @pytest.mark.rule("ATE-5")
    def test_not_after_its_start(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.now(IN_60_DAYS)
        with pytest.raises(WorkshopBegun):
            school.send(RestoreWorkshop(workshop=workshop))

    def test_restored_twice_is_restored_once(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        school.send(CancelWorkshop(workshop=workshop, reason=REASON))
        school.send(RestoreWorkshop(workshop=workshop))
        before = school.facts(WORKSHOP.at(workshop))
        school.send(RestoreWorkshop(workshop=workshop))
        assert school.facts(WORKSHOP.at(workshop)) == before


def planned_before(school: School, workshop: UUID) -> Planned:
    """What it was before it was cancelled."""
    state = school.state(WORKSHOP.at(workshop))
    assert isinstance(state, CancelledWorkshop)
    return state.was


def move(workshop: UUID, seen_version: int, **changes: Any) -> MoveWorkshop:
    starts = IN_60_DAYS + timedelta(days=10)
    values: dict[str, Any] = {
        "venue": None,
        "zone": "America/Toronto",
        "sessions": (PlannedSession(starts=starts, ends=starts + timedelta(hours=8)),),
    }
    return MoveWorkshop(workshop=workshop, seen_version=seen_version, **values | changes)


class TestMoveWorkshop:
    @pytest.mark.rule("ATE-10")
    def test_everybody_follows_with_old_and_new_details(self, school: School) -> None:
        _, workshop, people = a_full_room(school, 2)
        lyon = school.venue(name="Salle Bellecour", country="FR", region=Region.EUROPE, zone="Europe/Paris")
        school.send(move(workshop, 3, venue=lyon, zone="Europe/Paris"), ORGANISER)
        state = planned(school, workshop)
        assert (state.region, state.venue, len(state.seats)) == (Region.EUROPE, lyon, 2)
        moved = school.facts(WORKSHOP.at(workshop))[-1]
        assert isinstance(moved, WorkshopMoved)
        assert (moved.was_venue, moved.was_zone) == (None, "America/Toronto")
        for client, registration in people:
            assert school.facts(CLIENT.at(client))[-1] == DateMoved(
                registration=registration,
                workshop=workshop,
                starts=state.starts,
                zone="Europe/Paris",
                venue=lyon,
                was_starts=moved.was_sessions[0].starts,
                was_zone="America/Toronto",
                was_venue=None,
            )
            now = only(school, client)
            assert isinstance(now, Scheduled)
            assert now.starts == state.starts

    @pytest.mark.rule("ATE-10", "INS-9")
    def test_deferring_what_the_school_moved_costs_nothing(self, school: School) -> None:
        _, workshop, ((client, registration),) = a_full_room(school, 1)
        starts = datetime.now(UTC) + timedelta(days=5)
        soon = (PlannedSession(starts=starts, ends=starts + timedelta(hours=8)),)
        school.send(move(workshop, 2, sessions=soon))
        school.send(DeferRegistration(client=client, registration=registration))
        assert only(school, client).sale.deposit_lost_with is None

    @pytest.mark.rule("ATE-10")
    def test_not_once_started(self, school: School) -> None:
        activity = school.activity()
        workshop = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=1))
        with pytest.raises(WorkshopBegun):
            school.send(move(workshop, 1))

    @pytest.mark.rule("ATE-10")
    def test_what_somebody_else_moved_meanwhile_is_shown(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        school.send(move(workshop, 2))
        further = IN_60_DAYS + timedelta(days=20)
        other = (PlannedSession(starts=further, ends=further + timedelta(hours=8)),)
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(move(workshop, 2, sessions=other))
        assert list(caught.value.fields["changed"]) == ["sessions"]

    @pytest.mark.rule("ATE-10")
    def test_a_room_chosen_meanwhile_stays_when_only_the_date_moves(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        venue = school.venue()
        before = planned(school, workshop).sessions
        same_date = tuple(PlannedSession(starts=s.starts, ends=s.ends) for s in before)
        school.send(move(workshop, 2, venue=venue, sessions=same_date))
        school.send(move(workshop, 2))
        state = planned(school, workshop)
        assert (state.venue, state.region) == (venue, Region.CANADA)
        assert state.sessions != before

    def test_to_where_it_is_nothing_happens(self, school: School) -> None:
        _, workshop, ((client, _),) = a_full_room(school, 1)
        school.send(move(workshop, 2))
        school.send(move(workshop, 2))
        assert sum(isinstance(fact, DateMoved) for fact in school.facts(CLIENT.at(client))) == 1

    @pytest.mark.rule("ATE-1")
    def test_only_to_what_there_is(self, school: School) -> None:
        _, workshop, _ = a_full_room(school, 1)
        with pytest.raises(NoSuchVenue):
            school.send(move(workshop, 2, venue=uuid4()))
        with pytest.raises(UnknownZone):
            school.send(move(workshop, 2, zone="Mars/Olympus"))
        with pytest.raises(NoSuchWorkshop):
            school.send(move(uuid4(), 1))
        school.send(CancelWorkshop(workshop=workshop, reason=REASON), OFFICE)
        with pytest.raises(WorkshopIsCancelled):
            school.send(move(workshop, 2))


@pytest.mark.rule("LIS-1")
def test_an_assistant_is_a_client_with_a_dossier(school: School) -> None:
    workshop, helper, gone = school.workshop(school.activity()), school.client(), school.client()
    school.send(RemoveDossier(client=gone))
    school.send(NameAssistant(workshop=workshop, client=helper))
    for nobody in (gone, uuid4()):
        with pytest.raises(Refused):
            school.send(NameAssistant(workshop=workshop, client=nobody))
    assert planned(school, workshop).assistants == (helper,)
    school.send(DismissAssistant(workshop=workshop, client=helper))
    assert planned(school, workshop).assistants == ()
