"""Two people act on one dossier, or on one address, at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.policies import consents
from aggregates.client.refusals import AlreadyClient, BalanceNotZero, DossierNotActive, EmailTaken
from aggregates.client.removal.refusals import DeletionNotProposed
from aggregates.client.state import CLIENT, Dossier, ErasedDossier
from aggregates.kernel import Refused, Role
from commands.access import Principal
from commands.clients.approve_deletion import ApproveDeletion
from commands.clients.change_profile import ChangeProfile
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.create_dossier import CreateDossier
from commands.clients.grant_card import GrantCard
from commands.clients.propose_deletion import ProposeDeletion
from commands.clients.record_preference import RecordPreference
from commands.clients.withdraw_deletion import WithdrawDeletion
from commands.message import Answer, Command
from commands.registrations.register_client import RegisterClient
from commands.seen_version import ChangedMeanwhile
from tests.support.write_side import OFFICE, School, principal, school_on

TIMES = 8
"""How often each race is run: not every start is close enough to cross."""
SECOND, THIRD = principal(Role.OFFICE), principal(Role.OFFICE)


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def at_once(school: School, *wishes: tuple[Command, Principal]) -> list[Answer | Refused]:
    """What each is answered when all are sent at the same moment."""
    together = threading.Barrier(len(wishes))

    def send(wish: tuple[Command, Principal]) -> Answer | Refused:
        together.wait(10)
        try:
            return school.send(*wish)
        except Refused as refused:
            return refused

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(send, wishes))


def loaded(school: School, client: UUID) -> Any:
    return school.side.store.load([CLIENT.at(client)])[0]


def refused(outcomes: list[Answer | Refused]) -> Refused:
    """The one that was refused, where exactly one was."""
    (found,) = (outcome for outcome in outcomes if isinstance(outcome, Refused))
    return found


def profile(client: UUID, **changes: Any) -> ChangeProfile:
    """As the dossier was opened, with these changes; its names are not its namesakes'."""
    values: dict[str, Any] = {
        "last_name": f"Roy-{client.hex}",
        "first_name": "Luc",
        "form_of_address": None,
        "email": f"{client.hex}@example.com",
        "telephone": None,
        "street": None,
        "postal_code": "H2X 1Y4",
        "city": "Montréal",
        "country": "CA",
        "language": "fr",
    }
    return ChangeProfile.model_validate(
        {"client": client, "seen_version": 2, **values, **changes}, strict=False
    )


def person(school: School) -> UUID:
    """A dossier whose profile was changed once."""
    client = school.client()
    school.send(profile(client).model_copy(update={"seen_version": 1}))
    return client


class TestOneProfile:
    @pytest.mark.rule("DOS-19")
    def test_of_two_who_change_one_field_the_second_sees_the_firsts(self, school: School) -> None:
        for _ in range(TIMES):
            client = person(school)
            one, other = profile(client, city="Laval"), profile(client, city="Lyon")
            lost = refused(at_once(school, (one, OFFICE), (other, SECOND)))
            assert isinstance(lost, ChangedMeanwhile)
            stands = loaded(school, client).state.city
            assert lost.fields["changed"]["city"]["theirs"] == stands
            assert stands in ("Laval", "Lyon")

    @pytest.mark.rule("DOS-19")
    def test_two_who_change_different_fields_both_get_them(self, school: School) -> None:
        for _ in range(TIMES):
            client = person(school)
            wishes = [profile(client, city="Laval"), profile(client, telephone="+1 514 555 0199")]
            outcomes = at_once(school, *((wish, OFFICE) for wish in wishes))
            assert all(isinstance(outcome, Answer) for outcome in outcomes)
            now = loaded(school, client).state
            assert (now.city, now.telephone) == ("Laval", "+1 514 555 0199")

    @pytest.mark.rule("DOS-4")
    def test_a_changed_address_and_a_new_dossier_never_share_a_log_in(self, school: School) -> None:
        for _ in range(TIMES):
            client, email = person(school), f"{uuid4().hex}@example.com"
            new = CreateDossier(last_name=f"Côté-{email}", first_name="Ève", country="CA", email=email)
            lost = refused(at_once(school, (profile(client, email=email), OFFICE), (new, SECOND)))
            assert isinstance(lost, EmailTaken)

    @pytest.mark.rule("DOS-4")
    def test_two_who_become_the_same_person_at_once_are_one_too_many(self, school: School) -> None:
        for _ in range(TIMES):
            same = {"last_name": f"Roy {uuid4().hex}", "postal_code": "H7N 1A1"}
            wishes = [profile(person(school), **same) for _ in range(2)]
            lost = refused(at_once(school, *((wish, OFFICE) for wish in wishes)))
            assert isinstance(lost, AlreadyClient)


class TestOneDeletion:
    @pytest.mark.rule("DOS-10")
    def test_two_approvals_at_once_delete_once(self, school: School) -> None:
        for _ in range(TIMES):
            client = school.client()
            school.send(ProposeDeletion(client=client, reason="Ne veut plus rien recevoir."))
            approval = ApproveDeletion(client=client)
            outcomes = at_once(school, (approval, SECOND), (approval, THIRD))
            assert [getattr(outcome, "made", None) for outcome in outcomes] == [{"erased": client}] * 2
            assert isinstance(loaded(school, client).state, ErasedDossier)
            assert loaded(school, client).version == 3

    @pytest.mark.rule("DOS-10")
    def test_an_approval_meets_a_withdrawal(self, school: School) -> None:
        for _ in range(TIMES):
            client = school.client()
            school.send(ProposeDeletion(client=client, reason="Ne veut plus rien recevoir."))
            approved, withdrawn = at_once(
                school, (ApproveDeletion(client=client), SECOND), (WithdrawDeletion(client=client), OFFICE)
            )
            now = loaded(school, client).state
            if isinstance(approved, Answer):
                assert isinstance(now, ErasedDossier)
                assert isinstance(withdrawn, DossierNotActive)
            else:
                assert isinstance(approved, DeletionNotProposed)
                assert isinstance(now, Dossier)
                assert now.deletion is None

    @pytest.mark.rule("DOS-10")
    def test_an_approval_meets_a_registration(self, school: School) -> None:
        activity = school.activity()
        for _ in range(TIMES):
            client = school.client()
            school.send(ProposeDeletion(client=client, reason="Ne veut plus rien recevoir."))
            registration = RegisterClient(client=client, activity=activity, workshop=None)
            lost = refused(at_once(school, (ApproveDeletion(client=client), SECOND), (registration, OFFICE)))
            assert isinstance(lost, BalanceNotZero | DossierNotActive)

    @pytest.mark.rule("DOS-10")
    def test_a_deletion_meets_the_same_address_deleted_before(self, school: School) -> None:
        """The mark of the first is there; the second needs none of its own and never waits for it."""
        for _ in range(TIMES):
            email, people = f"{uuid4().hex}@example.com", []
            for _ in range(2):
                people.append(school.client(email=email))
                school.send(ProposeDeletion(client=people[-1], reason="Ne veut plus rien recevoir."))
                approval = ApproveDeletion(client=people[-1])
                outcomes = at_once(school, (approval, SECOND), (approval, THIRD))
                assert all(isinstance(outcome, Answer) for outcome in outcomes)
            marks = [loaded(school, client).state.suppressed for client in people]
            assert [mark is None for mark in marks] == [False, True]


class TestOneAnswer:
    @pytest.mark.rule("DOS-18")
    def test_the_clients_answer_and_a_noted_no_leave_one_of_both(self, school: School) -> None:
        for _ in range(TIMES):
            client = school.client()
            chosen = ChoosePreferences(client=client, telephone=True, post=True, email=True, wording="1")
            noted = RecordPreference(
                client=client, channel=Channel.EMAIL, allowed=False, source="Au téléphone."
            )
            oneself = principal(Role.CLIENT, user=client)
            outcomes = at_once(school, (chosen, oneself), (noted, OFFICE))
            assert all(isinstance(outcome, Answer) for outcome in outcomes)
            now = loaded(school, client)
            last = [fact for fact in now.facts if getattr(fact, "channel", None) is Channel.EMAIL][-1]
            assert consents(now.state, Channel.EMAIL) is last.allowed
            assert consents(now.state, Channel.POST)

    @pytest.mark.rule("DOS-20")
    def test_two_who_grant_the_same_card_grant_one(self, school: School) -> None:
        for _ in range(TIMES):
            client = school.client()
            card = GrantCard(client=client, valid_from=school.side.clock().date())
            at_once(school, (card, OFFICE), (card, SECOND))
            assert loaded(school, client).version == 2
