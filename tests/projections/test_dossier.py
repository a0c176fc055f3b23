"""The dossier and the search of dossiers, from facts to answers."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from aggregates.client.events import Language
from aggregates.client.registrations.events import (
    DateChosen,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
)
from projections import dossier, searching
from tests.support.builders import (
    STARTS,
    activity_added,
    cad,
    dossier_created,
    dossier_deactivated,
    dossier_erased,
    dossier_restored,
    envelope,
    eur,
    invoice_issued,
    invoice_line,
    line_cancelled,
    profile_changed,
    registered,
    staff_added,
    venue_added,
    workshop_planned,
)
from tests.support.projecting import Projecting, Row

IDENTITY = {
    "state": "active",
    "last_name": "D'Arcy-Lévesque",
    "first_name": "Éloïse",
    "form_of_address": "madam",
    "email": "eloise@example.com",
    "telephone": "+1 450 555-0143",
    "street": "1420, boulevard Saint-Martin",
    "city": "Laval",
    "postal_code": "H2X 1Y4",
    "country": "CA",
    "language": "fr",
    "merged_into": None,
    "created_at": "2026-11-24T15:00:00Z",
}
ERASED = "[effacé]"


def identity(models: Projecting, client: UUID) -> Row | None:
    return models.ask(lambda c: dossier.identity(c, client))


def found(models: Projecting, text: str) -> list[str]:
    rows = models.ask(lambda c: searching.search(c, text))
    assert models.ask(lambda c: searching.found(c, text)) == len(rows)
    return [f"{row['last_name']} {row['first_name']}" for row in rows]


def a_dossier(models: Projecting, last_name: str, first_name: str, **changes: str | None) -> UUID:
    client = uuid4()
    models.given((client, dossier_created(client, last_name=last_name, first_name=first_name, **changes)))
    return client


@pytest.mark.rule("DOS-17")
def test_the_identity_is_that_of_the_dossier_created(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    proven.given((client, dossier_created(client)))
    proven.given((other, dossier_created(other, last_name="Roy")))
    assert identity(proven, client) == IDENTITY | {"id": str(client)}
    assert identity(proven, uuid4()) is None


@pytest.mark.rule("DOS-11")
@pytest.mark.rule("DOS-8")
def test_a_deactivated_dossier_keeps_name_and_postal_code_only(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    proven.given((client, dossier_created(client)), (other, dossier_created(other)))
    proven.given((client, dossier_deactivated(client)))
    contact = dict.fromkeys(("email", "telephone", "street", "city", "country"), ERASED)
    kept = {"id": str(client), "state": "deactivated", "form_of_address": None}
    assert identity(proven, client) == IDENTITY | contact | kept
    assert identity(proven, other) == IDENTITY | {"id": str(other)}
    assert found(proven, "levesque") == ["D'Arcy-Lévesque Éloïse"] * 2
    assert found(proven, "eloise@") == ["D'Arcy-Lévesque Éloïse"]


@pytest.mark.rule("DOS-9")
def test_a_restored_dossier_has_its_new_address(proven: Projecting) -> None:
    client = uuid4()
    proven.given((client, dossier_created(client)))
    proven.given((client, dossier_deactivated(client)))
    proven.given((client, dossier_restored(client, telephone="+33 6 12 34 56 78")))
    row = identity(proven, client)
    assert row is not None
    assert (row["state"], row["email"], row["city"], row["street"]) == (
        "active",
        "nouvelle@example.com",
        "Québec",
        None,
    )
    assert found(proven, "nouvelle@example") == found(proven, "34 56 78") == ["D'Arcy-Lévesque Éloïse"]
    assert found(proven, "eloise@example.com") == []


@pytest.mark.rule("DOS-19")
def test_a_changed_profile_is_shown_sorted_and_found_anew(proven: Projecting) -> None:
    client, other = uuid4(), uuid4()
    proven.given((client, dossier_created(client)), (other, dossier_created(other, last_name="Zola")))
    anew = {
        "last_name": "Œuvrard",
        "first_name": "Ève",
        "form_of_address": None,
        "email": "eve@example.com",
        "telephone": "+33 4 72 00 00 99",
        "street": None,
        "city": "Lyon",
        "postal_code": "69002",
        "country": "FR",
        "language": Language.EN,
    }
    proven.given((client, profile_changed(client, **anew)))
    assert identity(proven, client) == IDENTITY | anew | {"id": str(client), "language": "en"}
    assert identity(proven, other) == IDENTITY | {"id": str(other), "last_name": "Zola"}
    assert found(proven, "") == ["Œuvrard Ève", "Zola Éloïse"]
    for text in ("oeuvrard", "eve@ex", "00 00 99"):
        assert found(proven, text) == ["Œuvrard Ève"]
    assert found(proven, "levesque") == []
    proven.given((client, dossier_deactivated(client)))
    assert found(proven, "eve@ex") == found(proven, "00 00 99") == []
    row = identity(proven, client)
    assert row is not None
    assert (row["last_name"], row["postal_code"], row["city"]) == ("Œuvrard", "69002", ERASED)


@pytest.mark.rule("DOS-11")
def test_nothing_of_an_erased_dossier_is_left_in_any_row(proven: Projecting) -> None:
    client = uuid4()
    values = ["Zzyzxova", "Wqxjkine", "K9Z 9Z9", "zq@example.org", "+1 999 111-2222", "Vwxroad", "Qpzville"]
    names = ["last_name", "first_name", "postal_code", "email", "telephone", "street", "city"]
    proven.given((client, dossier_created(client, **dict(zip(names, values, strict=True)))))
    before = repr(proven.everything()).lower()
    assert [v for v in values if v.lower() not in before] == [], "the control: they were there"
    proven.given((client, dossier_erased(client)))
    after = repr(proven.everything()).lower()
    assert [v for v in values if v.lower() in after] == []
    assert "zzyzxova" not in after
    assert found(proven, "") == []


@pytest.mark.rule("DOS-17")
@pytest.mark.rule("INS-7")
def test_registrations_stand_in_the_order_of_the_file_with_traces_of_changed_dates(
    proven: Projecting,
) -> None:
    client, staff, activity, venue = uuid4(), uuid4(), uuid4(), uuid4()
    first, second = uuid4(), uuid4()
    proven.given(
        (activity, activity_added("Autonomie affective")),
        (venue, venue_added()),
        (staff, staff_added(staff, "Monique Tremblay")),
        (first, workshop_planned(activity=activity, venue=venue)),
        (second, workshop_planned(activity=activity)),
        (client, dossier_created(client)),
    )
    moved, deferred, followed, cancelled = (uuid4() for _ in range(4))
    for n, registration in enumerate((moved, deferred, followed, cancelled)):
        line = invoice_line(registration=registration)
        sold = registered(registration, activity=activity, workshop=first, phase=activity, line=line.id)
        proven.given((client, sold), (sold.invoice, invoice_issued(client, f"CA-2026-041{n}", line)))
    by = envelope(user=staff)
    chosen = DateChosen(registration=moved, workshop=second, starts=STARTS, given_up=first)
    proven.given((client, chosen), around=by)
    proven.given((client, RegistrationDeferred(registration=deferred, workshop=first)), around=by)
    proven.given((client, RegistrationFollowed(registration=followed, workshop=first)))
    gone = (client, RegistrationCancelled(registration=cancelled, workshop=first))
    proven.given(gone, (sold.invoice, line_cancelled(client, line.id)))

    rows = proven.ask(lambda c: dossier.registrations(c, client))
    assert [(row["id"], row["state"]) for row in rows] == [
        (str(moved), "scheduled"),
        (str(deferred), "to_schedule"),
        (str(followed), "followed"),
        (str(cancelled), "cancelled"),
    ]
    assert rows[0]["activity"] == "Autonomie affective"
    assert rows[0]["workshop"] == {
        "id": str(second),
        "starts": "2026-12-05T14:00:00Z",
        "ends": "2026-12-05T22:00:00Z",
        "zone": "America/Toronto",
        "venue": None,
    }
    assert rows[2]["workshop"]["venue"] == {"name": "Hôtel du Parc", "city": "Laval", "country": "CA"}
    assert {row["full_payment_hours"] for row in rows} == {48}, "sold before the terms said so"
    assert [(row["student"], row["balance"]["minor"]) for row in rows] == [(True, 37_500)] * 3 + [(True, 0)]

    traces = proven.ask(lambda c: dossier.given_up(c, client))
    assert [(t["activity"], t["workshop"]["id"], t["by"], t["at"]) for t in traces] == [
        ("Autonomie affective", str(first), "Monique Tremblay", "2026-11-24T15:00:00Z")
    ] * 2


@pytest.mark.rule("DOS-17")
def test_invoices_stand_with_total_and_balance_in_their_currency(proven: Projecting) -> None:
    client, kept, gone, other = (uuid4() for _ in range(4))
    euro, dollar = uuid4(), uuid4()
    proven.given((client, dossier_created(client)))
    sold = registered(kept, invoice=dollar, price=cad(37_500))
    proven.given(
        (client, sold),
        (dollar, invoice_issued(client, "CA-2026-0412", invoice_line(cad(37_500), registration=kept))),
    )
    line = invoice_line(eur(20_000), registration=gone)
    proven.given(
        (client, registered(gone, invoice=euro, line=line.id, price=eur(20_000))),
        (euro, invoice_issued(client, "EU-2026-0031", line)),
    )
    proven.given(
        (client, RegistrationCancelled(registration=gone, workshop=None)),
        (euro, line_cancelled(client, line.id, "Deuil")),
    )
    proven.given((other, dossier_created(other)), (uuid4(), invoice_issued(other, "CA-2026-0413")))

    def money(minor: int, currency: str) -> Row:
        return {"minor": minor, "currency": currency}

    assert proven.ask(lambda c: dossier.invoices(c, client)) == [
        {
            "id": str(euro),
            "number": "EU-2026-0031",
            "issued_on": "2026-11-24",
            "total": money(20_000, "EUR"),
            "balance": money(0, "EUR"),
            "void": False,
        },
        {
            "id": str(dollar),
            "number": "CA-2026-0412",
            "issued_on": "2026-11-24",
            "total": money(37_500, "CAD"),
            "balance": money(37_500, "CAD"),
            "void": False,
        },
    ]


@pytest.mark.rule("DOS-17")
@pytest.mark.parametrize(
    "text",
    [
        "Lévesque",
        "levesque eloise",
        "ÉLOÏSE LÉVESQUE",
        "d'arcy",
        "darcy",
        "arcy lev",
        "Darcy-Levesque",
        "eloise.darcy@ex",
        " Eloise.Darcy@Example.com ",
        "450 555-0143",
        "0143",
        "+1 (450) 555 0143",
    ],
)
def test_a_dossier_is_found_by(models: Projecting, text: str) -> None:
    a_dossier(models, "D'Arcy-Lévesque", "Éloïse", email="eloise.darcy@example.com")
    a_dossier(models, "Roy", "Léa", email="lea@example.com", telephone="+1 418 555-0199")
    assert found(models, text) == ["D'Arcy-Lévesque Éloïse"]


@pytest.mark.parametrize("text", ["evesque", "lev roy", "@", "555", "x & !y", "':*", "%", "99999"])
def test_a_dossier_is_not_found_by(models: Projecting, text: str) -> None:
    a_dossier(models, "D'Arcy-Lévesque", "Éloïse", email="eloise.darcy@example.com")
    assert found(models, text) == []


@pytest.mark.rule("DOS-17")
def test_dossiers_are_listed_in_french_order_page_by_page(models: Projecting) -> None:
    for last, first in [
        ("Zola", "Ève"),
        ("Étienne", "Zoé"),
        ("Œuvrard", "Ana"),
        ("Oesch", "Bo"),
        ("de La Tour", "Jean"),
        ("Etienne", "Anne"),
        ("L'Écuyer", "Max"),
    ]:
        a_dossier(models, last, first)
    assert found(models, "") == [
        "de La Tour Jean",
        "Etienne Anne",
        "Étienne Zoé",
        "L'Écuyer Max",
        "Oesch Bo",
        "Œuvrard Ana",
        "Zola Ève",
    ]
    pages: list[Row] = []
    while True:
        after = (pages[-1]["sort"], pages[-1]["id"]) if pages else None
        page = models.ask(lambda c, after=after: searching.search(c, "", after=after, limit=3))  # type: ignore[misc]
        if not page:
            break
        pages += page
    assert [f"{row['last_name']} {row['first_name']}" for row in pages] == found(models, "")
