"""A workshop followed abroad at command height (ATE-8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.catalogue.refusals import NoSuchActivity
from aggregates.client.registrations.events import FollowedAbroad
from aggregates.client.registrations.refusals import FollowedInFuture
from aggregates.client.state import CLIENT, Dossier
from commands.access import ForbiddenError
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from tests.support.write_side import ACCOUNTING, OFFICE, School, school_on

pytestmark = pytest.mark.rule("ATE-8")


@pytest.fixture
def school(database: str) -> Iterator[School]:
    with school_on(database) as made:
        yield made


def followed(client: UUID, activity: UUID, last_day: date) -> AddFollowedWorkshop:
    first_day = last_day - timedelta(days=1)
    return AddFollowedWorkshop(
        client=client, activity=activity, first_day=first_day, last_day=last_day, country="MA"
    )


def day(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)


def test_accounting_add_it_without_invoice_and_the_next_one_is_a_retake(school: School) -> None:
    client, activity = school.client(), school.activity()
    added = school.send(followed(client, activity, day(-30)), ACCOUNTING).made
    assert set(added) == {"registration"}, "no invoice"
    facts = school.facts(CLIENT.at(client))
    assert isinstance(facts[-1], FollowedAbroad)
    assert (facts[-1].registration, facts[-1].country) == (added["registration"], "MA")
    sold = school.sold(client, activity)
    dossier = school.state(CLIENT.at(client))
    assert isinstance(dossier, Dossier)
    assert dossier.registrations[sold.registration].sale.retake


def test_nobody_else_does(school: School) -> None:
    client, activity = school.client(), school.activity()
    with pytest.raises(ForbiddenError):
        school.send(followed(client, activity, day(-30)), OFFICE)


def test_not_one_to_come_nor_of_an_unknown_activity(school: School) -> None:
    client, activity = school.client(), school.activity()
    with pytest.raises(FollowedInFuture):
        school.send(followed(client, activity, day(3)), ACCOUNTING)
    with pytest.raises(NoSuchActivity):
        school.send(followed(client, client, day(-30)), ACCOUNTING)
    assert len(school.facts(CLIENT.at(client))) == 1
