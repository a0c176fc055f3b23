"""PAYER in the client's own file: a balance, by somebody logged in, and nobody else's (DOS-19, FAC-2)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.kernel import Role
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.paying import Till


@pytest.mark.rule("DOS-19", "FAC-2")
def test_a_client_pays_a_balance_from_the_own_file(till: Till) -> None:
    client, invoice = till.invoice(till.school.at_home())
    till.show()
    till.http.base_url = till.portal
    door = Door(till.school, till.http)
    page = Page(door, "/mon-dossier", Role.CLIENT, user=client)
    path = f"/payer/facture/{invoice}"
    assert f'href="{path}"' in page.text
    assert till.http.get(path).status_code in (303, 401), "who is not logged in"
    stranger = Page(door, "/compte", Role.CLIENT, user=till.school.at_home())
    assert till.http.get(path, headers=stranger.headers).status_code == 404
    assert till.http.get(f"/payer/facture/{uuid4()}", headers=page.headers).status_code == 404
    page.text = till.http.get(path, headers=page.headers).text
    assert page.send(path, {"amount": "1,00"}).status_code == 422, "the deposit is due first"
    sent = page.send(path, {"amount": "375,00"})
    intent = UUID(sent.headers["location"].rpartition("/")[2])
    till.turn()
    till.approve(intent)
    till.settle(3)
    assert till.booked(invoice) == 37_500
    assert "Rien à payer" in till.http.get(path, headers=page.headers).text
    till.show()
    assert f'href="{path}"' not in till.http.get("/mon-dossier", headers=page.headers).text
