"""How far an organiser's mailing may reach: REQ-2 where it is composed, and joint announcements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.audience.conditions import AllOf, AnyOf, InCountry, PostalPrefix, Speaks
from aggregates.audience.found import fingerprint
from aggregates.audience.refusals import AudienceTooBroad, NoJointAnnouncement
from aggregates.catalogue.settings import Category, Responsibility, SchoolSettings
from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import AudienceMailingComposed
from aggregates.mailing.refusals import AudienceTooLarge, NobodyToWriteTo, PressureToConfirm
from aggregates.mailing.state import ANNOUNCEMENTS, MAILING, AwaitingApproval, Queued, announcements_id
from aggregates.staff.refusals import NoSuchStaff
from commands.access import ForbiddenError
from commands.catalogue.change_settings import ChangeSettings
from commands.mailing.approve_mailing import ApproveMailing
from commands.mailing.compose_mailing import Announced, Audience, ComposeMailing
from tests.support.listing import Listing, listing
from tests.support.write_side import ADMIN, OFFICE, ORGANISER, School, principal, school_on

pytestmark = pytest.mark.rule("REQ-2")
FRANCE = InCountry(kind="country", country="FR")
FRENCH = Speaks(kind="language", language=Language.FR)
WHY: dict[str, Any] = {"pressure_reason": "Une annonce en plusieurs parties."}


@pytest.fixture
def listed(database: str) -> Iterator[Listing]:
    with listing(database) as made:
        yield made


@pytest.fixture
def school(database: str, listed: Listing) -> Iterator[School]:
    with school_on(database) as made:
        made.employ(ORGANISER.user, OFFICE.user)
        yield made


def writing(query: Any, clients: tuple[UUID, ...] = (), **changes: Any) -> ComposeMailing:
    reviewed = {"reviewed": fingerprint(clients)}
    audience = Audience(**{"query": query} | reviewed | changes)
    return ComposeMailing(subject="Nos dates", text="{cher}, voici nos dates.", audience=audience)


def announced(school: School, category: Category = Category.COMPLEMENTARY) -> Announced:
    activity = school.activity(category=category)
    return Announced(workshop=school.workshop(activity, venue=school.venue(city="Lyon")), name="Été")


def composed(school: School, mailing: UUID) -> AudienceMailingComposed:
    fact = school.facts(MAILING.at(mailing))[0]
    assert isinstance(fact, AudienceMailingComposed)
    return fact


def test_an_organiser_writes_to_a_region_and_office_to_anybody(school: School, listed: Listing) -> None:
    client = uuid4()
    listed.add(client, country="FR", postal_code="69001")
    lyon = PostalPrefix(kind="postal_prefix", country="FR", prefix="69")
    either = AnyOf(kind="any_of", conditions=(lyon, FRANCE))
    for query in (FRANCE, either):
        with pytest.raises(AudienceTooBroad):
            school.send(writing(query, (client,)), ORGANISER)
        school.send(writing(query, (client,)), OFFICE)
    school.send(writing(AllOf(kind="all_of", conditions=(lyon, FRANCE)), (client,)), ORGANISER)


def test_a_joint_announcement_of_a_complementary_workshop_goes_to_a_country_in_parts_once_office_approve(
    school: School, listed: Listing
) -> None:
    persons = tuple(uuid4() for _ in range(302))
    listed.add(*persons, country="FR", city="Lyon", postal_code="69001")
    wish: dict[str, Any] = {"joint": (ORGANISER.user,), "announces": announced(school)}
    both = writing(FRANCE, part=1, **wish), writing(FRANCE, part=2, **wish)
    parts = [school.send(part, ORGANISER).made["mailing"] for part in both]
    first, second = (composed(school, mailing) for mailing in parts)
    assert (len(first.recipients), len(second.recipients), first.found) == (300, 2, 302)
    assert {*first.recipients, *second.recipients} == set(persons)
    assert (first.joint, first.needs_approval) == ((ORGANISER.user,), True)
    with pytest.raises(NobodyToWriteTo):
        school.send(writing(FRANCE, part=3, **wish, **WHY), ORGANISER)
    state = school.state(MAILING.at(parts[0]))
    assert isinstance(state, AwaitingApproval)
    approve = ApproveMailing(mailing=parts[0])
    for who in (ORGANISER, principal(Role.ACCOUNTING)):
        with pytest.raises(ForbiddenError):
            school.send(approve, who)
    school.send(approve, OFFICE)
    assert isinstance(school.state(MAILING.at(parts[0])), Queued)
    with pytest.raises(AudienceTooLarge):
        school.send(writing(FRANCE, persons), OFFICE)
    office = school.send(writing(FRANCE, **wish, **WHY), OFFICE).made["mailing"]
    assert isinstance(school.state(MAILING.at(office)), Queued), "office need nobody's approval"


@pytest.mark.rule("COM-9")
def test_the_parts_of_a_joint_announcement_count_once(school: School, listed: Listing) -> None:
    listed.add(*(uuid4() for _ in range(302)), country="FR", city="Lyon", postal_code="69001")
    wish: dict[str, Any] = {"joint": (ORGANISER.user,), "announces": announced(school)}
    assert ORGANISER.user is not None
    made = ANNOUNCEMENTS.at(announcements_id(ORGANISER.user))
    for part in (1, 2):
        school.send(writing(FRANCE, part=part, **wish), ORGANISER)
    assert len(school.state(made).made) == 1
    with pytest.raises(PressureToConfirm):
        school.send(writing(FRANCE, part=1, **wish), ORGANISER)
    school.now(school.side.clock() + timedelta(days=15))
    with pytest.raises(PressureToConfirm):
        school.send(writing(FRANCE, part=2, **wish), ORGANISER)


def test_who_approves_roster_mails_does_not_approve_joint_announcements(
    school: School, listed: Listing
) -> None:
    accounting = principal(Role.ACCOUNTING)
    given = SchoolSettings(responsibilities={Responsibility.ROSTER_MAILS: Role.ACCOUNTING})
    school.send(ChangeSettings(seen_version=0, settings=given), ADMIN)
    listed.add(uuid4(), country="FR")
    wish = writing(FRANCE, joint=(ORGANISER.user,), announces=announced(school))
    made = school.send(wish, ORGANISER).made["mailing"]
    with pytest.raises(ForbiddenError):
        school.send(ApproveMailing(mailing=made), accounting)
    school.send(ApproveMailing(mailing=made), OFFICE)


def test_nothing_else_is_announced_jointly(school: School, listed: Listing) -> None:
    listed.add(uuid4(), country="FR")
    joint: dict[str, Any] = {"joint": (ORGANISER.user,)}
    regular = writing(FRANCE, announces=announced(school, Category.REGULAR), **joint)
    world = writing(FRENCH, announces=announced(school), **joint)
    anywhere = AnyOf(kind="any_of", conditions=(FRANCE, FRENCH))
    for wish in (regular, world, writing(anywhere, announces=announced(school), **joint)):
        with pytest.raises(NoJointAnnouncement):
            school.send(wish, ORGANISER)
    stranger = writing(FRANCE, announces=announced(school), joint=(uuid4(),))
    with pytest.raises(NoSuchStaff):
        school.send(stranger, ORGANISER)
    both = AllOf(kind="all_of", conditions=(FRENCH, FRANCE))
    school.send(writing(both, announces=announced(school), **joint), ORGANISER)
