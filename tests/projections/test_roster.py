"""The list of participants, from facts to rows."""

from __future__ import annotations

from uuid import uuid4

import pytest

from projections import roster
from tests.support.builders import (
    dossier_created,
    eur,
    registered,
)
from tests.support.projecting import Projecting, Row

pytestmark = pytest.mark.rule("LIS-1")


def participants(models: Projecting, workshop: object, *, see_money: bool = True) -> list[Row]:
    return models.ask(lambda c: roster.participants(c, workshop, see_money=see_money))  # type: ignore[arg-type]


def test_a_registration_is_a_row_with_name_price_and_balance(proven: Projecting) -> None:
    client, other, registration, workshop, invoice = (uuid4() for _ in range(5))
    proven.given(
        (client, dossier_created(client)),
        (client, registered(registration, workshop=workshop, invoice=invoice, price=eur(37_500))),
    )
    proven.given((other, dossier_created(other)), (other, registered(uuid4(), workshop=uuid4())))

    assert participants(proven, workshop) == [
        {
            "registration": str(registration),
            "client": str(client),
            "last_name": "D'Arcy-Lévesque",
            "first_name": "Éloïse",
            "state": "scheduled",
            "student": False,
            "retake": False,
            "has_email": True,
            "telephone": "+1 450 555-0143",
            "price": {"minor": 37_500, "currency": "EUR"},
            "balance": {"minor": 37_500, "currency": "EUR"},
            "invoice": str(invoice),
        }
    ]
