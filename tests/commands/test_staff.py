"""Staff users at command height: who leaves or gets other roles is out at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pyotp
import pytest

from aggregates.catalogue.settings import Region
from aggregates.kernel import ERASED, Role
from aggregates.staff.events import StaffAdded
from aggregates.staff.refusals import LastAdmin, NoSuchStaff, OwnAccess, StaffEmailTaken, StaffHasLeft
from aggregates.staff.state import ADMINS, ADMINS_ID, STAFF, Admins, FormerStaff, StaffUser
from commands import sessions
from commands.access import ForbiddenError
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.remove_dossier import RemoveDossier
from commands.seen_version import ChangedMeanwhile
from commands.sessions import Credentials, Session, WrongCredentialsError
from commands.staff.add_staff import AddStaff
from commands.staff.change_staff import ChangeStaff
from commands.staff.remove_staff import RemoveStaff
from schema.pools import async_pool
from tests.support.tokens import token_of
from tests.support.write_side import ADMIN, School, principal, school_on

PASSWORD = "Éloïse aime 3 pommes"
pytestmark = pytest.mark.rule("STF-1")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def added(school: School, *roles: Role, email: str = "aimee@example.com") -> UUID:
    """A staff user who may log in."""
    wanted = AddStaff(name="Aimée Côté", email=email, roles=roles or (Role.OFFICE,))
    staff = school.send(wanted, ADMIN).made["staff"]
    school.side.sessions.set_account(staff, email, wanted.roles, PASSWORD)
    return staff


def changing(staff: UUID, seen_version: int = 1, **changes: Any) -> ChangeStaff:
    values: dict[str, Any] = {"name": "Aimée Côté", "email": "aimee@example.com", "roles": (Role.OFFICE,)}
    return ChangeStaff(staff=staff, seen_version=seen_version, **values | changes)


def log_in(school: School, email: str = "aimee@example.com", code: str | None = None) -> str:
    return school.side.sessions.log_in(email, PASSWORD, code, uuid4().hex)


def state(school: School, staff: UUID) -> Any:
    return school.side.store.load([STAFF.at(staff)])[0].state


@pytest.fixture
def roles_of(school: School, database: str) -> Any:
    """The roles behind a session or token; none once it ended."""

    async def read_side(shown: Credentials) -> Session | None:
        async with async_pool(database, 1) as pool, pool.connection() as connection:
            return await school.side.sessions.find(connection, shown)

    def find(cookie: str | None = None, bearer: str | None = None) -> frozenset[Role]:
        shown = Credentials(bearer or cookie or "", bearer=bearer is not None)
        found = asyncio.run(read_side(shown))
        with school.side.pool.connection() as connection:
            assert school.side.sessions.find_on(connection, shown) == found
        return frozenset() if found is None else found.principal.roles

    return find


class TestChange:
    def test_name_address_and_roles_are_set_anew(self, school: School) -> None:
        staff = added(school)
        school.send(changing(staff, name="Aimée Roy", email="roy@example.com", roles=(Role.TRAINER,)), ADMIN)
        changed = state(school, staff)
        assert changed == StaffUser(staff, "Aimée Roy", "roy@example.com", (Role.TRAINER,), changed.links)
        assert changed.links.open == {}, "what was sent to the address of before is over"

    def test_an_address_stays_unique_among_clients_and_staff(self, school: School) -> None:
        client = "eloise@example.com"
        school.client(email=client)
        added(school, email="luc@example.com")
        staff = added(school)
        for taken in (client, "LUC@example.com"):
            with pytest.raises(StaffEmailTaken):
                school.send(changing(staff, email=taken), ADMIN)
        school.send(changing(staff, email="Aimee@example.com"), ADMIN)
        assert state(school, staff).email == "Aimee@example.com"

    def test_an_address_given_up_is_free_for_others(self, school: School) -> None:
        staff = added(school)
        school.send(changing(staff, email="roy@example.com"), ADMIN)
        school.client(email="aimee@example.com")

    def test_the_same_field_changed_meanwhile_stops_the_wish_another_does_not(self, school: School) -> None:
        staff = added(school)
        school.send(changing(staff, name="Aimée Roy"), ADMIN)
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(changing(staff, name="Aimée Lavoie"), ADMIN)
        assert caught.value.fields == {"changed": {"name": {"theirs": "Aimée Roy", "yours": "Aimée Lavoie"}}}
        school.send(changing(staff, roles=(Role.TRAINER, Role.OFFICE)), ADMIN)
        kept = state(school, staff)
        assert (kept.name, set(kept.roles)) == ("Aimée Roy", {Role.OFFICE, Role.TRAINER})

    def test_who_says_nothing_of_regions_leaves_them_as_they_are(self, school: School) -> None:
        staff = added(school, Role.ORGANISER)
        organises: dict[str, Any] = {"roles": (Role.ORGANISER,)}
        school.send(changing(staff, regions=(Region.EUROPE,), **organises), ADMIN)
        school.send(changing(staff, 2, name="Aimée Roy", **organises), ADMIN)
        assert state(school, staff).regions == (Region.EUROPE,)
        with pytest.raises(ChangedMeanwhile) as caught:
            school.send(changing(staff, regions=(Region.ABROAD,), **organises), ADMIN)
        assert caught.value.fields == {
            "changed": {"regions": {"theirs": (Region.EUROPE,), "yours": (Region.ABROAD,)}}
        }

    def test_the_same_wish_twice_records_nothing(self, school: School) -> None:
        staff = added(school, Role.OFFICE, Role.TRAINER)
        wish = changing(staff, roles=(Role.TRAINER, Role.OFFICE), name="Aimée Roy")
        for _ in range(2):
            school.send(wish, ADMIN)
        assert school.side.store.load([STAFF.at(staff)])[0].version == 2

    def test_nobody_but_an_admin_may(self, school: School) -> None:
        staff = added(school)
        for command in (changing(staff), RemoveStaff(staff=staff)):
            with pytest.raises(ForbiddenError):
                school.send(command)

    def test_an_unknown_or_former_one_is_told_so(self, school: School) -> None:
        staff = added(school)
        with pytest.raises(NoSuchStaff):
            school.send(changing(uuid4()), ADMIN)
        school.send(RemoveStaff(staff=staff), ADMIN)
        with pytest.raises(StaffHasLeft):
            school.send(changing(staff), ADMIN)

    def test_an_admin_keeps_the_own_role(self, school: School) -> None:
        staff = added(school, Role.ADMIN)
        oneself = principal(Role.ADMIN, user=staff)
        with pytest.raises(OwnAccess):
            school.send(changing(staff), oneself)
        with pytest.raises(OwnAccess):
            school.send(RemoveStaff(staff=staff), oneself)


class TestAdmins:
    def named(self, school: School) -> frozenset[UUID]:
        admins = school.side.store.load([ADMINS.at(ADMINS_ID)])[0].state
        assert isinstance(admins, Admins)
        return admins.named

    def test_the_list_follows_the_role(self, school: School) -> None:
        aimee = added(school, Role.ADMIN)
        luc = added(school, Role.OFFICE, email="luc@example.com")
        assert self.named(school) == {aimee}
        school.send(changing(luc, name="Luc", email="luc@example.com", roles=(Role.ADMIN,)), ADMIN)
        assert self.named(school) == {aimee, luc}
        school.send(changing(luc, 2, name="Luc", email="luc@example.com"), ADMIN)
        assert self.named(school) == {aimee}
        eve = added(school, Role.ADMIN, email="eve@example.com")
        for _ in range(2):
            school.send(RemoveStaff(staff=aimee), ADMIN)
        assert self.named(school) == {eve}

    def test_the_last_admin_stays_even_where_a_machine_asks(self, school: School) -> None:
        aimee = added(school, Role.ADMIN)
        for command in (RemoveStaff(staff=aimee), changing(aimee)):
            with pytest.raises(LastAdmin):
                school.send(command, ADMIN)
        assert state(school, aimee).roles == (Role.ADMIN,)

    @pytest.mark.parametrize("gone", ["left", "other roles"])
    def test_who_was_dismissed_meanwhile_dismisses_nobody(self, school: School, gone: str) -> None:
        aimee, luc = added(school, Role.ADMIN), added(school, Role.ADMIN, email="luc@example.com")
        added(school, Role.ADMIN, email="eve@example.com")
        school.send(RemoveStaff(staff=aimee) if gone == "left" else changing(aimee), ADMIN)
        late = principal(Role.ADMIN, user=aimee)
        for command in (RemoveStaff(staff=luc), changing(luc, email="luc@example.com")):
            with pytest.raises(ForbiddenError):
                school.send(command, late)


class TestLogInFollows:
    def test_who_left_is_out_at_once_and_stays_out(self, school: School, roles_of: Any) -> None:
        staff, other = added(school), added(school, email="luc@example.com")
        token = token_of(school.side, staff, [Role.OFFICE], timedelta(hours=1))
        mine, others = log_in(school), log_in(school, "luc@example.com")
        school.send(RemoveStaff(staff=staff), ADMIN)
        assert roles_of(cookie=mine) == roles_of(bearer=token) == frozenset()
        assert roles_of(cookie=others) == {Role.OFFICE}
        assert state(school, other).email == "luc@example.com"
        with pytest.raises(WrongCredentialsError):
            log_in(school)

    def test_who_left_keeps_the_name_and_loses_the_address(self, school: School) -> None:
        staff = added(school)
        school.send(RemoveStaff(staff=staff), ADMIN)
        loaded = school.side.store.load([STAFF.at(staff)])[0]
        assert loaded.state == FormerStaff(staff, "Aimée Côté")
        first = loaded.facts[0]
        assert isinstance(first, StaffAdded)
        assert first.email == ERASED
        again = added(school)
        assert again != staff

    def test_other_roles_hold_from_the_next_log_in_and_the_old_ones_from_now_on_no_more(
        self, school: School, roles_of: Any
    ) -> None:
        staff = added(school, Role.OFFICE, Role.TRAINER)
        tokens = {
            role: token_of(school.side, staff, [role], timedelta(hours=1))
            for role in (Role.OFFICE, Role.TRAINER)
        }
        session = log_in(school)
        school.send(changing(staff, roles=(Role.TRAINER, Role.AUDITOR)), ADMIN)
        assert roles_of(cookie=session) == roles_of(bearer=tokens[Role.OFFICE]) == frozenset()
        assert roles_of(bearer=tokens[Role.TRAINER]) == {Role.TRAINER}
        assert roles_of(cookie=log_in(school)) == {Role.TRAINER, Role.AUDITOR}

    @pytest.mark.rule("DOS-7")
    def test_a_role_that_wants_a_second_factor_wants_it_at_once(self, school: School, roles_of: Any) -> None:
        staff, session = added(school), None
        session = log_in(school)
        school.send(changing(staff, roles=(Role.ACCOUNTING,)), ADMIN)
        assert roles_of(cookie=session) == frozenset()
        assert roles_of(cookie=log_in(school)) == frozenset(), "a session that waits opens nothing"
        secret = pyotp.random_base32()
        school.side.sessions.set_account(
            staff, "aimee@example.com", [Role.ACCOUNTING], PASSWORD, totp_secret=secret
        )
        assert log_in(school, code=pyotp.TOTP(secret).now())

    def test_the_new_address_logs_in_and_the_old_one_no_more(self, school: School, roles_of: Any) -> None:
        staff = added(school)
        session = log_in(school)
        school.send(changing(staff, email="roy@example.com"), ADMIN)
        assert roles_of(cookie=session) == frozenset()
        with pytest.raises(WrongCredentialsError):
            log_in(school)
        assert roles_of(cookie=log_in(school, "roy@example.com")) == {Role.OFFICE}

    def test_regions_hold_from_the_next_log_in_and_for_a_token_at_once(self, school: School) -> None:
        def regions(**shown: Any) -> frozenset[Region] | None:
            with school.side.pool.connection() as connection:
                found = school.side.sessions.find_on(connection, Credentials(**shown))
            return None if found is None else found.principal.regions

        staff = added(school, Role.ORGANISER)
        session, token = log_in(school), token_of(school.side, staff, [Role.ORGANISER], timedelta(hours=1))
        assert regions(token=session, bearer=False) == regions(token=token, bearer=True) == frozenset()
        school.send(changing(staff, roles=(Role.ORGANISER,), regions=(Region.EUROPE,)), ADMIN)
        assert regions(token=session, bearer=False) is None
        assert regions(token=token, bearer=True) == frozenset({Region.EUROPE})
        assert regions(token=log_in(school), bearer=False) == frozenset({Region.EUROPE})

    def test_another_name_ends_nothing(self, school: School, roles_of: Any) -> None:
        staff = added(school)
        session = log_in(school)
        school.send(changing(staff, name="Aimée Roy"), ADMIN)
        assert roles_of(cookie=session) == {Role.OFFICE}

    @pytest.mark.parametrize("wish", ["leave", "other roles"])
    def test_a_log_in_under_way_finds_the_account_changed(
        self, school: School, roles_of: Any, monkeypatch: pytest.MonkeyPatch, wish: str
    ) -> None:
        staff, check = added(school), sessions._matches
        command = RemoveStaff(staff=staff) if wish == "leave" else changing(staff, roles=(Role.TRAINER,))

        def meanwhile(stored: str, password: str) -> bool:
            school.send(command, ADMIN)
            return check(stored, password)

        monkeypatch.setattr(sessions, "_matches", meanwhile)
        with pytest.raises(WrongCredentialsError):
            log_in(school)
        monkeypatch.undo()
        if wish == "other roles":
            assert roles_of(cookie=log_in(school)) == {Role.TRAINER}

    def test_a_log_in_waits_for_a_change_that_is_not_committed_yet(self, school: School) -> None:
        staff, opened = added(school), []
        with ThreadPoolExecutor(1) as pool, school.side.pool.connection() as connection:
            with connection.transaction():
                connection.execute("update accounts set roles = '{trainer}' where user_id = %s", (staff,))
                opened.append(pool.submit(log_in, school))
                with pytest.raises(TimeoutError):
                    opened[0].result(1)
            with pytest.raises(WrongCredentialsError):
                opened[0].result(10)

    @pytest.mark.rule("DOS-8")
    def test_a_client_whose_dossier_is_removed_is_out_too(self, school: School, roles_of: Any) -> None:
        email = "eloise@example.com"
        client = school.client(email=email)
        school.side.sessions.set_account(client, email, [Role.CLIENT], PASSWORD)
        assert roles_of(cookie=log_in(school, email)) == frozenset(), "preferences come first"
        answers = ChoosePreferences(client=client, telephone=False, post=False, email=True, wording="1")
        school.send(answers, principal(Role.CLIENT, user=client))
        session = log_in(school, email)
        assert roles_of(cookie=session) == {Role.CLIENT}
        school.send(RemoveDossier(client=client), principal(Role.CLIENT, user=client))
        assert roles_of(cookie=session) == frozenset()
        with pytest.raises(WrongCredentialsError):
            log_in(school, email)
