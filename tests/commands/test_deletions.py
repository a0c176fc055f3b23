"""A dossier's end at command height: how it is told, who deletes it, and what is left of its address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from aggregates.client.events import NoteKind
from aggregates.client.imports.refusals import AddressSuppressed
from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.preferences.state import Wishes
from aggregates.client.refusals import (
    BalanceNotZero,
    DossierNotActive,
    EmailTaken,
    NoSuchDossier,
    RegistrationsOpen,
)
from aggregates.client.registrations.events import Registered
from aggregates.client.removal.refusals import DeletionNeedsAnother, DeletionNotProposed, WorkshopsFollowed
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.kernel import Currency, Money, Role
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import SYSTEM, ForbiddenError
from commands.claims import SUPPRESSED, same_email
from commands.clients.add_interest import AddInterest
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.clients.set_billing import SetBilling
from commands.clients.withdraw_deletion import WithdrawDeletion
from commands.clients.write_note import WriteNote
from commands.imports.import_client import ImportClient
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.workshops.join_waiting_list import JoinWaitingList
from commands.workshops.tick_attendance import TickAttendance
from service.verify import claims_check
from tests.support.command_samples import sample
from tests.support.write_side import ACCOUNTING, VAULT, School, principal, school_on

SECOND = principal(Role.OFFICE)
FREE = (Money(minor=0, currency=Currency.CAD), Money(minor=0, currency=Currency.EUR))


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def suppressed(school: School, email: str) -> bool:
    """Whether somebody holds the claim of this address's mark."""
    mark = VAULT.keyed_hash(SUPPRESSED, same_email(email)).hex()
    owner = school.side.store.log.claim_owner(SUPPRESSED, VAULT.keyed_hash(SUPPRESSED, mark))
    return owner is not None


def state(school: School, client: UUID) -> Any:
    return school.side.store.load([CLIENT.at(client)])[0].state


def claims_follow_from_the_log(school: School) -> None:
    with school.side.store.log.connection() as connection, connection.transaction():
        assert claims_check(VAULT)(connection) is None


def propose(client: UUID) -> ProposeDeletion:
    return ProposeDeletion(client=client, reason="Ne veut plus rien recevoir.")


def deleted(school: School, client: UUID) -> None:
    school.send(propose(client))
    school.send(ApproveDeletion(client=client), SECOND)


def cancelled(school: School, client: UUID) -> None:
    """A registration that came to nothing, its invoice settled."""
    registration = school.registration(client, school.activity())
    school.cancelled(client, registration)


def followed(school: School, client: UUID) -> None:
    activity = school.activity(prices=FREE)
    date = school.workshop(activity, starts=datetime.now(UTC) - timedelta(hours=3))
    registration = school.late_registration(client, activity, date)
    school.send(TickAttendance(workshop=date, registrations=(registration,)))


class TestFourOutcomes:
    @pytest.mark.rule("DOS-8")
    def test_each_is_told_apart_by_who_sends_the_command(self, school: School) -> None:
        nobody, past, owing, waiting = (school.client() for _ in range(4))
        followed(school, past)
        school.registration(owing, school.activity())
        school.registration(waiting, school.activity(prices=FREE))
        told: list[object] = []
        for client in (nobody, past, owing, waiting):
            try:
                told.append(
                    school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client)).made
                )
            except (BalanceNotZero, RegistrationsOpen) as refused:
                told.append((refused.code, refused.rule))
        assert told == [
            {"erased": nobody},
            {"deactivated": past},
            ("balance_not_zero", "DOS-8"),
            ("registrations_open", "DOS-8"),
        ]

    @pytest.mark.rule("DOS-8")
    def test_asking_again_tells_the_same(self, school: School) -> None:
        gone, kept = school.client(), school.client()
        followed(school, kept)
        for client, outcome in ((gone, "erased"), (kept, "deactivated")):
            for _ in range(2):
                assert school.send(RemoveDossier(client=client)).made == {outcome: client}

    @pytest.mark.rule("DOS-8")
    def test_a_past_date_that_nobody_ticked_is_still_open(self, school: School) -> None:
        client, activity = school.client(), school.activity(prices=FREE)
        date = school.workshop(activity, starts=datetime.now(UTC) - timedelta(days=90))
        school.late_registration(client, activity, date)
        with pytest.raises(RegistrationsOpen):
            school.send(RemoveDossier(client=client))

    @pytest.mark.rule("DOS-8")
    def test_interests_notes_and_answers_are_no_registration(self, school: School) -> None:
        client = school.client()
        wished(school, client)
        assert school.send(RemoveDossier(client=client)).made == {"erased": client}

    @pytest.mark.rule("DOS-8")
    def test_a_removal_asked_by_the_client_suppresses_nothing(self, school: School) -> None:
        school.send(RemoveDossier(client=school.client(email="zoe@example.com")))
        assert not suppressed(school, "zoe@example.com")


def wished(school: School, client: UUID) -> None:
    """All that a dossier may hold beside registrations."""
    activity = school.activity()
    school.send(AddInterest(client=client, activity=activity))
    school.send(SetBilling(client=client, name="Roy inc."))
    school.send(WriteNote(client=client, kind=NoteKind.ACCOUNTING, seen_version=1, text="Doit 375 $."))
    school.send(
        ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="2026-11"),
        principal(Role.CLIENT, user=client),
    )


class TestDeleting:
    @pytest.mark.rule("DOS-10")
    def test_one_proposes_and_another_approves(self, school: School) -> None:
        client = school.client(email="zoe@example.com")
        with pytest.raises(DeletionNotProposed):
            school.send(ApproveDeletion(client=client))
        school.send(propose(client))
        with pytest.raises(DeletionNeedsAnother):
            school.send(ApproveDeletion(client=client))
        assert isinstance(state(school, client), Dossier)
        assert school.send(ApproveDeletion(client=client), SECOND).made == {"erased": client}
        assert isinstance(state(school, client), ErasedDossier)
        assert school.send(ApproveDeletion(client=client)).made == {"erased": client}, "once more is once"

    @pytest.mark.rule("DOS-10")
    def test_by_the_office_alone(self, school: School) -> None:
        client = school.client()
        for command in (propose(client), WithdrawDeletion(client=client), ApproveDeletion(client=client)):
            for role in set(Role) - {Role.OFFICE, Role.SYSTEM}:
                with pytest.raises(ForbiddenError):
                    school.send(command, principal(role))

    @pytest.mark.rule("DOS-10")
    def test_a_withdrawn_proposal_deletes_nothing(self, school: School) -> None:
        client = school.client()
        school.send(propose(client))
        school.send(WithdrawDeletion(client=client), SECOND)
        with pytest.raises(DeletionNotProposed):
            school.send(ApproveDeletion(client=client), SECOND)
        deleted(school, client)

    @pytest.mark.rule("DOS-10", "DOS-8")
    def test_with_an_invoice_the_checks_and_the_outcome_are_those_of_a_removal(self, school: School) -> None:
        client = school.client()
        school.send(propose(client))
        registration = school.registration(client, school.activity())
        with pytest.raises(BalanceNotZero):
            school.send(ApproveDeletion(client=client), SECOND)
        school.cancelled(client, registration)
        free = school.registration(client, school.activity(prices=FREE))
        with pytest.raises(RegistrationsOpen):
            school.send(ApproveDeletion(client=client), SECOND)
        school.cancelled(client, free)
        assert school.send(ApproveDeletion(client=client), SECOND).made == {"deactivated": client}
        assert isinstance(state(school, client), DeactivatedDossier)

    @pytest.mark.rule("DOS-10", "DOS-8")
    @pytest.mark.parametrize("by_client", [True, False], ids=["removed", "deleted"])
    def test_places_on_waiting_lists_end(self, school: School, by_client: bool) -> None:
        activity, client, other = school.activity(), school.client(), school.client()
        full = school.workshop(activity, capacity=1)
        school.registration(school.client(), activity, full)
        for person in (client, other):
            school.send(JoinWaitingList(client=person, workshop=full))
        if by_client:
            school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client))
        else:
            deleted(school, client)
        workshop = school.side.store.load([WORKSHOP.at(full)])[0].state
        assert isinstance(workshop, Planned)
        assert list(workshop.waiting.entries) == [other]

    @pytest.mark.rule("DOS-10")
    def test_who_followed_a_workshop_here_or_abroad_is_not_deleted(self, school: School) -> None:
        here, abroad = school.client(), school.client()
        school.send(propose(here))
        followed(school, here)
        with pytest.raises(WorkshopsFollowed):
            school.send(ApproveDeletion(client=here), SECOND)
        day = datetime.now(UTC).date() - timedelta(days=30)
        school.send(
            AddFollowedWorkshop(
                client=abroad, activity=school.activity(), first_day=day, last_day=day, country="CH"
            ),
            ACCOUNTING,
        )
        with pytest.raises(WorkshopsFollowed):
            school.send(propose(abroad))

    def test_there_must_be_an_active_dossier(self, school: School) -> None:
        gone = school.client()
        school.send(RemoveDossier(client=gone))
        for command in (propose, lambda client: WithdrawDeletion(client=client)):
            with pytest.raises(NoSuchDossier):
                school.send(command(uuid4()))
            with pytest.raises(DossierNotActive):
                school.send(command(gone))
        with pytest.raises(NoSuchDossier):
            school.send(ApproveDeletion(client=uuid4()), SECOND)


class TestSuppression:
    @pytest.mark.rule("DOS-10", "DOS-11")
    @pytest.mark.parametrize("with_invoice", [False, True], ids=["erased", "deactivated"])
    def test_the_address_stays_as_a_mark_that_an_import_finds(
        self, school: School, with_invoice: bool
    ) -> None:
        client = school.client(email="Zoe@example.com")
        if with_invoice:
            cancelled(school, client)
        assert not suppressed(school, "zoe@example.com")
        deleted(school, client)
        assert suppressed(school, "zoe@example.com")
        assert suppressed(school, " ZOE@example.com ")
        assert not suppressed(school, "zoe+1@example.com")
        mark = state(school, client).suppressed
        assert len(mark) == 64
        assert mark != VAULT.keyed_hash("email", "zoe@example.com").hex()
        claims_follow_from_the_log(school)

    @pytest.mark.rule("DOS-10")
    def test_a_mark_is_not_a_log_in(self, school: School) -> None:
        """Who comes back of their own will opens a dossier like anybody."""
        deleted(school, school.client(email="zoe@example.com"))
        again = school.client(email="zoe@example.com")
        assert state(school, again).email == "zoe@example.com"
        assert suppressed(school, "zoe@example.com")

    @pytest.mark.rule("DOS-10")
    def test_the_same_address_is_deleted_a_second_time(self, school: School) -> None:
        for _ in range(3):
            client = school.client(email="zoe@example.com")
            deleted(school, client)
            assert isinstance(state(school, client), ErasedDossier)
        assert suppressed(school, "zoe@example.com")
        claims_follow_from_the_log(school)

    @pytest.mark.rule("DOS-10")
    def test_without_an_address_there_is_nothing_to_mark(self, school: School) -> None:
        client = school.client(email=None)
        deleted(school, client)
        assert state(school, client) == ErasedDossier()

    @pytest.mark.rule("DOS-5", "DOS-10")
    @pytest.mark.parametrize("own", ["zoe@example.com", None])
    def test_addresses_of_dossiers_that_became_part_of_it_are_marked_too(
        self, school: School, own: str | None
    ) -> None:
        stays = school.client(email=own)
        first, second = school.client(email="z.roy@example.com"), school.client(email="zoe.r@example.com")
        school.send(MergeDossiers(survivor=second, other=first))
        school.send(MergeDossiers(survivor=stays, other=second))
        school.send(MergeDossiers(survivor=stays, other=school.client(email=None)))
        deleted(school, stays)
        assert suppressed(school, "z.roy@example.com")
        assert suppressed(school, "zoe.r@example.com")
        assert suppressed(school, "zoe@example.com") is (own is not None)
        line = sample(ImportClient, email="Z.Roy@example.com")
        with pytest.raises(AddressSuppressed):
            school.send(line, SYSTEM)
        claims_follow_from_the_log(school)

    @pytest.mark.rule("DOS-9", "DOS-10")
    def test_who_is_restored_may_be_written_to_again(self, school: School) -> None:
        client = school.client(email="zoe@example.com")
        cancelled(school, client)
        deleted(school, client)
        school.send(RestoreDossier(client=client, email="zoe@example.com", country="CA"))
        assert not suppressed(school, "zoe@example.com")
        claims_follow_from_the_log(school)


class TestRestoring:
    @pytest.mark.rule("DOS-9")
    def test_notes_answers_and_interests_are_gone_and_the_past_is_there(self, school: School) -> None:
        client = school.client()
        cancelled(school, client)
        wished(school, client)
        school.send(RemoveDossier(client=client))
        school.send(RestoreDossier(client=client, email="zoe@example.com", country="CA"))
        restored = state(school, client)
        assert isinstance(restored, Dossier)
        assert (restored.notes, restored.billing, restored.wishes) == ({}, None, Wishes())
        assert not any(consents(restored, channel) for channel in Channel)
        assert len(restored.registrations) == 1
        facts = school.side.store.load([CLIENT.at(client)])[0].facts
        assert any(isinstance(fact, Registered) for fact in facts)

    @pytest.mark.rule("DOS-9")
    def test_an_address_is_required(self) -> None:
        for email in (None, "", "zoe"):
            with pytest.raises(ValidationError, match="email"):
                RestoreDossier(client=uuid4(), email=email, country="CA")  # type: ignore[arg-type]

    @pytest.mark.rule("DOS-9", "DOS-18")
    def test_the_answers_are_given_anew(self, school: School) -> None:
        client = school.client()
        cancelled(school, client)
        school.send(RemoveDossier(client=client))
        school.send(RestoreDossier(client=client, email="zoe@example.com", country="CA"))
        wished(school, client)
        assert all(consents(state(school, client), channel) for channel in Channel)

    @pytest.mark.rule("DOS-9", "DOS-4")
    def test_the_address_of_another_deactivated_dossier_is_free(self, school: School) -> None:
        client, other = school.client(email="zoe@example.com"), school.client()
        for one in (client, other):
            cancelled(school, one)
            school.send(RemoveDossier(client=one))
        school.send(RestoreDossier(client=other, email="zoe@example.com", country="CA"))
        with pytest.raises(EmailTaken) as caught:
            school.send(RestoreDossier(client=client, email="zoe@example.com", country="CA"))
        assert caught.value.fields == {"dossier": other}
