"""Mails that did not arrive and their to-dos, from facts to answers (COM-10)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.missed_mails.events import (
    AddressTrusted,
    MailsResent,
    MailUndelivered,
    MissedMailsSetAside,
    UndeliveredReason,
)
from projections import missed_mails, waiting_work
from projections.waiting_work import Asked, ToDoKind
from tests.support.builders import NOW, dossier_created, dossier_deactivated, workshop_planned
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("COM-10")
R = UndeliveredReason


def came_back(mail: UUID, reason: UndeliveredReason = R.BAD_ADDRESS, **changes: Any) -> MailUndelivered:
    values: dict[str, Any] = {
        "template": "reminder",
        "workshop": None,
        "to_organiser": False,
        "status": "5.1.1",
        "message": None,
        "address_in_use": True,
    }
    return MailUndelivered(mail=mail, reason=reason, **values | changes)


def missed(models: Projecting, client: UUID) -> Row:
    return models.ask(lambda c: missed_mails.missed(c, client))


def to_dos(models: Projecting, kind: ToDoKind, **asked: Any) -> list[Row]:
    who = Asked(now=NOW, user=asked.pop("user", None), **asked)
    return models.ask(lambda c: waiting_work.to_dos(c, kind, who, 50))


def test_they_stand_on_the_dossier_until_they_go_out_again_or_are_set_aside(proven: Projecting) -> None:
    client, other, first, second, full = (uuid4() for _ in range(5))
    proven.given(
        (client, dossier_created(client)),
        (other, dossier_created(other, email="autre@example.com")),
        (other, came_back(uuid4())),
        (client, came_back(first)),
        (client, came_back(full, R.MAILBOX_FULL, message=uuid4())),
        (client, came_back(second)),
    )
    found = missed(proven, client)
    assert found["address_bad"] is True
    assert {m["id"]: m["reason"] for m in found["mails"]} == {
        str(first): "bad_address",
        str(second): "bad_address",
        str(full): "mailbox_full",
    }
    [row] = [r for r in to_dos(proven, ToDoKind.CORRECT_ADDRESS) if r["id"] == str(client)]
    assert row["missing"] == {"mails": 2, "address": 1}
    assert [r["id"] for r in to_dos(proven, ToDoKind.DELIVERY_ERROR)] == [str(full)]
    proven.given((client, AddressTrusted()), (client, MailsResent(mails=(first, second))))
    found = missed(proven, client)
    assert (found["address_bad"], [m["id"] for m in found["mails"]]) == (False, [str(full)])
    assert [r["id"] for r in to_dos(proven, ToDoKind.CORRECT_ADDRESS)] == [str(other)]
    proven.given((client, MissedMailsSetAside(mails=(full,))), (client, came_back(full)))
    assert missed(proven, client)["mails"] == [], "what comes back later of it is no news"
    assert to_dos(proven, ToDoKind.DELIVERY_ERROR) == []
    assert len(missed(proven, other)["mails"]) == 1


def test_the_organiser_of_the_workshop_finds_the_address_else_the_office(proven: Projecting) -> None:
    organiser, workshop, client, other = (uuid4() for _ in range(4))
    proven.given(
        (workshop, workshop_planned(organiser=organiser)),
        (client, dossier_created(client)),
        (other, dossier_created(other, email="autre@example.com")),
        (client, came_back(uuid4(), workshop=workshop)),
        (other, came_back(uuid4())),
    )
    owners = {r["id"]: r["owner"] for r in to_dos(proven, ToDoKind.CORRECT_ADDRESS)}
    assert owners == {str(client): str(organiser), str(other): None}
    own = to_dos(proven, ToDoKind.CORRECT_ADDRESS, user=organiser, own=True)
    assert [r["id"] for r in own] == [str(client)]


def test_an_organisers_own_address_is_nobodys_flag(proven: Projecting) -> None:
    client, mail = uuid4(), uuid4()
    proven.given((client, dossier_created(client)), (client, came_back(mail, to_organiser=True)))
    assert missed(proven, client)["address_bad"] is False
    assert [r["id"] for r in to_dos(proven, ToDoKind.DELIVERY_ERROR)] == [str(mail)]
    assert to_dos(proven, ToDoKind.CORRECT_ADDRESS) == []


@pytest.mark.rule("DOS-8")
def test_a_dossier_that_is_retired_leaves_nothing(proven: Projecting) -> None:
    client = uuid4()
    proven.given(
        (client, dossier_created(client)),
        (client, came_back(uuid4())),
        (client, MissedMailsSetAside(mails=(uuid4(),))),
    )
    assert missed(proven, client)["mails"] != [], "the control"
    proven.given((client, dossier_deactivated(client)))
    assert missed(proven, client) == {"address_bad": False, "mails": []}
    assert to_dos(proven, ToDoKind.CORRECT_ADDRESS) == []
