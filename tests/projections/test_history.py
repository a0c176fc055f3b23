"""Which events concern which subject; nothing of what they say is kept."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from projections import history
from tests.support.builders import (
    dossier_created,
    invoice_issued,
    invoice_line,
    line_cancelled,
    registered,
    seat_taken,
    workshop_planned,
)
from tests.support.projecting import Projecting

pytestmark = pytest.mark.rule("AUD-1")


def positions(models: Projecting, subject: UUID, before: int | None = None, limit: int = 50) -> list[int]:
    return models.ask(lambda c: history.positions(c, subject, before=before, limit=limit))


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
    assert [set(row) for row in proven.rows("history_entry")] == [{"subject", "position"}]
