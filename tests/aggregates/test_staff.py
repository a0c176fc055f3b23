"""Staff users change and leave."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.catalogue.settings import Region
from aggregates.kernel import Role
from aggregates.staff.decisions import add, change, leave, name_admin
from aggregates.staff.events import (
    AdminAppointed,
    AdminDismissed,
    StaffAdded,
    StaffChanged,
    StaffFact,
    StaffLeft,
)
from aggregates.staff.refusals import (
    LastAdmin,
    NoSuchStaff,
    NotAStaffRole,
    OwnAccess,
    OwnGrant,
    RegionsOfNoOrganiser,
    StaffEmailTaken,
    StaffHasLeft,
)
from aggregates.staff.state import ADMINS, STAFF, FormerStaff
from tests.aggregates.given import OTHER_CLIENT, given, uid

AIMEE, BOSS = uid("staff"), uid("another admin")
ADDED = StaffAdded(
    person=AIMEE, name="Aimée Côté", email="aimee@example.com", roles=(Role.ADMIN, Role.OFFICE)
)
LEFT = StaffLeft(person=AIMEE)
pytestmark = pytest.mark.rule("STF-1")


def changing(**changes: Any) -> dict[str, Any]:
    """What she is, with these changes."""
    values: dict[str, Any] = {
        "name": "Aimée Côté",
        "email": "aimee@example.com",
        "roles": (Role.ADMIN, Role.OFFICE),
        "email_owner": AIMEE,
        "by": BOSS,
    }
    return values | changes


class TestChange:
    def test_name_address_and_roles_are_set_anew(self) -> None:
        wanted: dict[str, Any] = {
            "name": "Aimée Roy",
            "email": "roy@example.com",
            "roles": (Role.ACCOUNTING,),
        }
        changed = StaffChanged(person=AIMEE, **wanted)
        after = given(STAFF, ADDED).when(change, **changing(**wanted, email_owner=None)).then(changed)
        assert after == given(STAFF, ADDED, changed).state
        given(STAFF, ADDED, changed).when(change, **changing(**wanted)).then_nothing()

    def test_the_order_of_roles_says_nothing(self) -> None:
        given(STAFF, ADDED).when(change, **changing(roles=(Role.OFFICE, Role.ADMIN))).then_nothing()

    def test_the_own_address_is_no_obstacle_another_accounts_is(self) -> None:
        other_case = changing(email="AIMEE@example.com")
        kept = StaffChanged(
            person=AIMEE, name="Aimée Côté", email="AIMEE@example.com", roles=(Role.ADMIN, Role.OFFICE)
        )
        given(STAFF, ADDED).when(change, **other_case).then(kept)
        taken = changing(email="luc@example.com", email_owner=OTHER_CLIENT)
        given(STAFF, ADDED).when(change, **taken).then_refused(StaffEmailTaken)

    @pytest.mark.parametrize("roles", [(), (Role.CLIENT,), (Role.ADMIN, Role.SYSTEM)])
    def test_staff_roles_only_and_one_at_least(self, roles: tuple[Role, ...]) -> None:
        given(STAFF, ADDED).when(change, **changing(roles=roles)).then_refused(NotAStaffRole)

    def test_an_admin_keeps_the_own_role_and_may_give_others_up(self) -> None:
        given(STAFF, ADDED).when(change, **changing(by=AIMEE, roles=(Role.OFFICE,))).then_refused(OwnAccess)
        renamed = StaffChanged(person=AIMEE, name="Aimée Roy", email="aimee@example.com", roles=(Role.ADMIN,))
        mine = changing(by=AIMEE, name="Aimée Roy", roles=(Role.ADMIN,))
        given(STAFF, ADDED).when(change, **mine).then(renamed)

    def test_another_admin_may_take_the_role_away(self) -> None:
        changed = StaffChanged(
            person=AIMEE, name="Aimée Côté", email="aimee@example.com", roles=(Role.OFFICE,)
        )
        given(STAFF, ADDED).when(change, **changing(roles=(Role.OFFICE,))).then(changed)


class TestRegions:
    """Aimée organises: the school gives her Europe."""

    organises = ADDED.model_copy(update={"roles": (Role.ADMIN, Role.ORGANISER)})
    europe = StaffChanged(
        person=AIMEE,
        name="Aimée Côté",
        email="aimee@example.com",
        roles=(Role.ADMIN, Role.ORGANISER),
        regions=(Region.EUROPE,),
    )

    def wish(self, *regions: Region, **changes: Any) -> dict[str, Any]:
        return changing(**{"roles": (Role.ADMIN, Role.ORGANISER), "regions": regions, **changes})

    def test_they_are_given_and_taken_away_again(self) -> None:
        given(STAFF, self.organises).when(change, **self.wish(Region.EUROPE)).then(self.europe)
        given(STAFF, self.organises, self.europe).when(change, **self.wish(Region.EUROPE)).then_nothing()
        none = self.europe.model_copy(update={"regions": ()})
        given(STAFF, self.organises, self.europe).when(change, **self.wish()).then(none)

    def test_their_order_says_nothing(self) -> None:
        both = self.europe.model_copy(update={"regions": (Region.CANADA, Region.EUROPE)})
        again = self.wish(Region.EUROPE, Region.CANADA)
        given(STAFF, self.organises, both).when(change, **again).then_nothing()

    @pytest.mark.parametrize("role", [Role.TRAINER, Role.OFFICE, Role.AUDITOR])
    def test_only_who_organises_has_some(self, role: Role) -> None:
        wish = self.wish(Region.EUROPE, roles=(role,))
        given(STAFF, self.organises).when(change, **wish).then_refused(RegionsOfNoOrganiser)
        luc: dict[str, Any] = {"name": "Luc", "email": "luc@example.com", "email_owner": None}
        luc |= {"roles": (role,), "regions": (Region.EUROPE,)}
        given(STAFF).when(add, AIMEE, **luc).then_refused(RegionsOfNoOrganiser)

    def test_an_organiser_comes_with_them(self) -> None:
        added = self.organises.model_copy(update={"regions": (Region.CANADA,)})
        wish: dict[str, Any] = {"name": added.name, "email": added.email, "roles": added.roles}
        wish |= {"regions": (Region.CANADA,), "email_owner": None}
        given(STAFF).when(add, AIMEE, **wish).then(added)

    def test_nobody_gives_themselves_a_region_or_a_role_but_may_give_it_up(self) -> None:
        mine = self.wish(Region.EUROPE, by=AIMEE)
        given(STAFF, self.organises).when(change, **mine).then_refused(OwnGrant)
        both = self.wish(Region.EUROPE, Region.CANADA, by=AIMEE)
        given(STAFF, self.organises, self.europe).when(change, **both).then_refused(OwnGrant)
        none = self.europe.model_copy(update={"regions": ()})
        given(STAFF, self.organises, self.europe).when(change, **self.wish(by=AIMEE)).then(none)
        more = changing(by=AIMEE, roles=(Role.ADMIN, Role.OFFICE, Role.ACCOUNTING))
        given(STAFF, ADDED).when(change, **more).then_refused(OwnGrant)


class TestLeave:
    def test_the_account_is_closed_once_and_the_name_stays(self) -> None:
        after = given(STAFF, ADDED).when(leave, by=BOSS).then(LEFT)
        assert after == FormerStaff(id=AIMEE, name="Aimée Côté")
        given(STAFF, ADDED, LEFT).when(leave, by=BOSS).then_nothing()

    @pytest.mark.parametrize("role", [Role.ADMIN, Role.TRAINER])
    def test_nobody_closes_the_own_account(self, role: Role) -> None:
        added = ADDED.model_copy(update={"roles": (role,)})
        given(STAFF, added).when(leave, by=AIMEE).then_refused(OwnAccess)

    def test_an_act_of_the_system_is_nobodys_own(self) -> None:
        given(STAFF, ADDED).when(leave, by=None).then(LEFT)

    def test_who_has_left_is_neither_changed_nor_added_again(self) -> None:
        given(STAFF, ADDED, LEFT).when(change, **changing()).then_refused(StaffHasLeft)
        again = {"name": "Aimée", "email": "a@example.com", "roles": (Role.OFFICE,), "email_owner": None}
        given(STAFF, ADDED, LEFT).when(add, AIMEE, **again).then_nothing()

    @pytest.mark.parametrize("decide", [change, leave])
    def test_who_never_was_is_missing(self, decide: Any) -> None:
        named = changing() if decide is change else {"by": BOSS}
        given(STAFF).when(decide, **named).then_refused(NoSuchStaff)


class TestAdmins:
    def test_each_is_put_on_the_list_once_and_taken_off_once(self) -> None:
        appointed, dismissed = AdminAppointed(staff=AIMEE), AdminDismissed(staff=AIMEE)
        boss = AdminAppointed(staff=BOSS)
        given(ADMINS).when(name_admin, AIMEE, admin=True).then(appointed)
        given(ADMINS, appointed).when(name_admin, AIMEE, admin=True).then_nothing()
        after = given(ADMINS, boss, appointed).when(name_admin, AIMEE, admin=False).then(dismissed)
        assert after.named == {BOSS}
        given(ADMINS, boss, appointed, dismissed).when(name_admin, AIMEE, admin=False).then_nothing()
        given(ADMINS, boss).when(name_admin, AIMEE, admin=False).then_nothing()

    def test_the_last_one_stays(self) -> None:
        boss, appointed = AdminAppointed(staff=BOSS), AdminAppointed(staff=AIMEE)
        given(ADMINS, boss).when(name_admin, BOSS, admin=False).then_refused(LastAdmin)
        gone = AdminDismissed(staff=BOSS)
        given(ADMINS, boss, appointed, gone).when(name_admin, AIMEE, admin=False).then_refused(LastAdmin)


@pytest.mark.parametrize(
    ("before", "fact"),
    [((), LEFT), ((ADDED,), ADDED), ((ADDED, LEFT), LEFT), ((ADDED, LEFT), ADDED)],
)
def test_a_fact_that_no_decision_makes_is_an_error(before: tuple[StaffFact, ...], fact: StaffFact) -> None:
    with pytest.raises(ValueError, match=fact.TOPIC):
        STAFF.evolve(given(STAFF, *before).state, fact)
