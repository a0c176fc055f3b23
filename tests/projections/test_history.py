"""Which events concern which subject; nothing of what they say is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from projections import history
from tests.support.builders import (
    NOW,
    dossier_created,
    envelope,
    invoice_issued,
    invoice_line,
    line_cancelled,
    profile_changed,
    registered,
    seat_taken,
    workshop_planned,
)
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("AUD-1")


def positions(models: Projecting, subject: UUID, before: int | None = None, limit: int = 50) -> list[int]:
    return models.ask(lambda c: history.positions(c, subject, history.Wanted(), before=before, limit=limit))


def test_an_event_stands_under_its_stream_and_under_the_person_it_is_about(proven: Projecting) -> None:
    client, other, workshop, invoice, registration = (uuid4() for _ in range(5))
    line = invoice_line(registration=registration)
    first = proven.given((client, dossier_created(client)), (workshop, workshop_planned()))
    last = proven.given(
        (client, registered(registration, workshop=workshop, invoice=invoice, line=line.id)),
        (workshop, seat_taken(registration, client)),
        (invoice, invoice_issued(client, "CA-2026-0001", line)),
    )
    proven.given((other, dossier_created(other)))
    cancelled = proven.given((invoice, line_cancelled(client, line.id, "Deuil")))
    assert positions(proven, client) == [cancelled, last, last - 2, first - 1]
    assert positions(proven, workshop) == [last - 1, first]
    assert positions(proven, invoice) == [cancelled, last]
    assert positions(proven, uuid4()) == []
    assert proven.ask(lambda c: history.count(c, client)) == 4
    assert positions(proven, client, limit=2) == [cancelled, last]
    assert positions(proven, client, before=last) == [last - 2, first - 1]


@pytest.mark.rule("DOS-11")
def test_no_value_is_kept(proven: Projecting) -> None:
    client = uuid4()
    proven.given((client, dossier_created(client)))
    [row] = proven.rows("history_entry")
    assert set(row) == {"subject", "position", "topic", "at", "by_user", "behalf"}


def test_events_are_found_by_kind_actor_and_period(proven: Projecting) -> None:
    client, staff, helper = uuid4(), uuid4(), uuid4()
    later = NOW + timedelta(hours=1)
    created = proven.given((client, dossier_created(client)))
    changed = proven.given((client, profile_changed(client)), around=envelope(user=staff, at=later))
    helped = proven.given(
        (client, profile_changed(client, city="Lyon")), around=envelope(user=staff, behalf=helper, at=later)
    )
    proven.given((uuid4(), dossier_created(uuid4())), around=envelope(user=staff, at=later))

    def found(**wanted: Any) -> list[int]:
        return proven.ask(lambda c: history.positions(c, client, history.Wanted(**wanted)))

    assert found() == [helped, changed, created]
    assert found(topics=["client.dossier_created"]) == [created]
    assert found(topics=["client.dossier_created", "client.profile_changed"]) == found()
    assert found(topics=["workshop.planned"]) == []
    assert found(by=staff) == [helped, changed]
    assert found(by=helper) == [helped]
    assert found(since=later) == [helped, changed]
    assert found(until=later) == [created]
    assert found(since=NOW, until=NOW) == []
