"""Requests at the door: settled once, when nobody waits; nothing of them is left (DOS-1, DOS-4, DOS-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr

from aggregates.client.access.events import AddressConfirmed, LinkAsked, PasswordChosen, PolicyAccepted
from aggregates.client.access.refusals import AddressInUse, NoEmailToInvite
from aggregates.client.events import DossierCreated, DossierMatch, DossierOrigin, SecondDossierAttempted
from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.links import LinkOver, LinkPurpose
from aggregates.staff.events import StaffLinkAsked
from aggregates.staff.state import STAFF
from commands.access import SYSTEM
from commands.clients.invite_client import InviteClient
from commands.entering.ask_email_change import AskEmailChange
from commands.entering.choose_password import ChoosePassword
from commands.entering.confirm_address import ConfirmAddress
from commands.entering.confirm_email_change import ConfirmEmailChange
from commands.entering.sign_up import SignUp
from commands.sessions import WrongCredentialsError, hash_password
from commands.staff.add_staff import AddStaff
from tests.support.write_side import ADMIN, School, school_on

EMAIL, PASSWORD = "eloise@example.com", "Éloïse aime 3 pommes"


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def wish(**changes: Any) -> SignUp:
    values: dict[str, Any] = {
        "last_name": "D'Arcy-Lévesque",
        "first_name": "Éloïse",
        "email": EMAIL,
        "postal_code": "H2X 1Y4",
        "city": "Montréal",
        "country": "CA",
        "hashed": SecretStr(hash_password(PASSWORD)),
        "policy": "2026-09",
        "wording": "1",
        "by_email": True,
        "by_post": False,
    }
    return SignUp(**values | changes)


def signed_up(school: School, **changes: Any) -> UUID:
    """The dossier that somebody opened."""
    id_ = uuid4()
    school.side.door.sign_up(id_, wish(**changes))
    assert school.side.door.settle() == 1
    return school.send(wish(**changes), SYSTEM, id_).made["client"]


def log_in(school: School, email: str = EMAIL, password: str = PASSWORD) -> str:
    return school.side.sessions.log_in(email, password, None, uuid4().hex)


def waiting(school: School) -> int:
    with school.side.pool.connection() as connection:
        row = connection.execute("select count(*) from set_aside").fetchone()
    assert row is not None
    return int(row[0])


class TestSignUp:
    @pytest.mark.rule("DOS-1")
    def test_a_dossier_opens_with_the_policy_and_the_answers(self, school: School) -> None:
        client = signed_up(school)
        created, policy, *answers = school.facts(CLIENT.at(client))
        assert isinstance(created, DossierCreated)
        assert created.origin is DossierOrigin.CLIENT
        assert policy == PolicyAccepted(version="2026-09")
        assert answers == [
            PreferenceChosen(channel=Channel.POST, allowed=False, wording="1"),
            PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1"),
        ], "unanswered is no answer, and counts as no"
        assert waiting(school) == 0

    @pytest.mark.rule("DOS-1", "DOS-4")
    def test_nobody_logs_in_before_a_mail_was_read_at_the_address(self, school: School) -> None:
        client = signed_up(school)
        with pytest.raises(WrongCredentialsError):
            log_in(school)
        school.send(ConfirmAddress(client=client, number=1), SYSTEM)
        assert log_in(school)
        with pytest.raises(LinkOver):
            school.send(ConfirmAddress(client=client, number=1), SYSTEM)

    @pytest.mark.rule("DOS-1")
    def test_a_password_chosen_with_a_link_confirms_the_address_too(self, school: School) -> None:
        client = signed_up(school)
        school.side.door.password_forgotten(uuid4(), EMAIL)
        school.side.door.settle()
        state = school.state(CLIENT.at(client))
        assert isinstance(state, Dossier)
        school.send(
            ChoosePassword(
                person=client,
                staff=False,
                purpose=LinkPurpose.PASSWORD,
                number=state.access.links.open[LinkPurpose.PASSWORD],
                hashed=SecretStr(hash_password("une autre phrase")),
            ),
            SYSTEM,
        )
        assert school.facts(CLIENT.at(client))[-2:] == (PasswordChosen(), AddressConfirmed())
        assert log_in(school, password="une autre phrase")

    @pytest.mark.rule("DOS-4")
    @pytest.mark.parametrize(
        ("changes", "match"),
        [
            ({"email": "ELOISE@example.com", "last_name": "Roy"}, DossierMatch.EMAIL),
            ({"email": "autre@example.com", "last_name": "darcy levesque"}, DossierMatch.PERSON),
        ],
    )
    def test_who_has_a_dossier_gets_no_second_one(
        self, school: School, changes: dict[str, str], match: DossierMatch
    ) -> None:
        client = school.client(email=EMAIL, last_name="D'Arcy-Lévesque")
        school.side.door.sign_up(uuid4(), wish(**changes))
        school.side.door.settle()
        assert school.facts(CLIENT.at(client))[1:] == (SecondDossierAttempted(match=match),)
        with school.side.pool.connection() as connection:
            rows = connection.execute("select count(*) from accounts").fetchone()
        assert rows == (0,), "and no password of a stranger"

    @pytest.mark.rule("DOS-4")
    def test_what_waits_is_sealed_and_an_old_request_is_forgotten(self, school: School) -> None:
        school.side.door.sign_up(uuid4(), wish())
        with school.side.pool.connection() as connection:
            [row] = connection.execute("select s::text, sealed from set_aside s").fetchall()
        text = str(row) + repr(bytes(row[1]))
        assert not [typed for typed in (EMAIL, "Lévesque", "argon2") if typed in text]
        school.now(datetime.now(UTC) + timedelta(days=1, minutes=1))
        assert school.side.door.settle() == 0
        assert waiting(school) == 0


class TestForgottenPassword:
    @pytest.mark.rule("DOS-7", "STF-1")
    def test_who_has_the_address_gets_a_link_and_nobody_else(self, school: School) -> None:
        client = school.client(email=EMAIL)
        added = AddStaff(name="Aimée Côté", email="aimee@example.com", roles=(Role.OFFICE,))
        staff = school.send(added, ADMIN).made["staff"]
        for email in (EMAIL.upper(), "aimee@example.com", "personne@example.com"):
            school.side.door.password_forgotten(uuid4(), email)
        assert school.side.door.settle() == 3
        assert school.facts(CLIENT.at(client))[1:] == (LinkAsked(purpose=LinkPurpose.PASSWORD),)
        assert school.facts(STAFF.at(staff))[1:] == (StaffLinkAsked(purpose=LinkPurpose.PASSWORD),)
        assert waiting(school) == 0


class TestEmailChange:
    @pytest.mark.rule("DOS-19", "DOS-4")
    def test_an_address_that_somebody_took_meanwhile_is_refused(self, school: School) -> None:
        client = school.client(email=EMAIL)
        school.send(AskEmailChange(client=client, email="neuve@example.com"), SYSTEM)
        school.client(email="neuve@example.com")
        with pytest.raises(AddressInUse):
            school.send(ConfirmEmailChange(client=client, number=2), SYSTEM)

    @pytest.mark.rule("DOS-19")
    def test_the_account_logs_in_with_the_new_address(self, school: School) -> None:
        client = school.client(email=EMAIL)
        school.side.sessions.set_account(client, EMAIL, [Role.CLIENT], PASSWORD)
        school.send(AskEmailChange(client=client, email="neuve@example.com"), SYSTEM)
        school.send(ConfirmEmailChange(client=client, number=2), SYSTEM)
        assert log_in(school, "neuve@example.com")
        with pytest.raises(WrongCredentialsError):
            log_in(school)


@pytest.mark.rule("DOS-3")
def test_a_dossier_without_address_is_not_invited(school: School) -> None:
    client = school.client(email=None)
    with pytest.raises(NoEmailToInvite):
        school.send(InviteClient(client=client))
