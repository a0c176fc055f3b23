"""The head office's own pages: wordings, settings, search, differences with the provider (COM-4, INS-5)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from copy import copy
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import Category, Responsibility, SchoolSettings
from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.events import Language
from aggregates.kernel import Currency, Money, Role
from aggregates.ledger.events import DifferenceKind, DifferenceOutcome, PaymentDiffered
from aggregates.ledger.state import LEDGER, LEDGER_ID
from aggregates.mailing.events import TemplateKey, TemplateTested
from aggregates.mailing.state import TEMPLATE, Wording, template_id
from commands.catalogue.change_settings import ChangeSettings
from portal.staff.occasions import LETTERS
from service.bootstrap import MODELS
from tests.support.desk import Page
from tests.support.http import Door
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import ADMIN, ORGANISER, School


@pytest.fixture(scope="module")
def models(shared_database: str, school: School) -> Iterator[Projecting]:
    with projecting(shared_database, MODELS) as running:
        yield running


@pytest.fixture(scope="module")
def admin(door: Door, school: School, models: Projecting) -> Page:
    page = Page(door, "/modeles", Role.ADMIN)
    school.employ(page.user, roles=(Role.ADMIN,))
    school.employ(ORGANISER.user)
    models.catch_up()
    return page


def at(page: Page, path: str) -> Page:
    """The same person at another page."""
    other = copy(page)
    other.text = html.unescape(page.http.get(path, headers=page.headers).text)
    return other


def own_wording(school: School, key: TemplateKey, language: Language) -> Wording | None:
    return school.state(TEMPLATE.at(template_id(key))).wordings.get(language)


@pytest.mark.rule("COM-4")
def test_a_wording_is_read_over_tried_changed_and_put_back(
    admin: Page, school: School, models: Projecting
) -> None:
    assert {key for _, letters in LETTERS for key in letters} == set(TemplateKey)
    client = school.client(first_name="Ève", last_name="Œuvrard")
    activity = school.activity("Présence à soi")
    school.registration(client, activity, school.workshop(activity))
    models.catch_up()
    assert "Rappel une semaine avant" in at(admin, "/modeles").text
    path = "/modeles/reminder"
    first, stale = at(admin, path), at(admin, path)
    assert "Texte d’origine du portail" in first.text
    typed = {
        "seen_version": first.hidden("seen_version"),
        "subject": "Bientôt : {activite}",
        "body": "{cher} {prenom_client},\r\n\r\n{dates}",
        "pour": "oeuvrard",
    }
    read = html.unescape(first.send(path, {**typed, "act": "look"}).text)
    assert "Ce que lirait Œuvrard, Ève" in read
    assert "Bientôt : Présence à soi" in read
    assert "{expiration}" not in read  # no field of another mail is offered
    wrong = first.send(path, {**typed, "act": "save", "body": "{expiration}"})
    assert (wrong.status_code, "{expiration}" in wrong.text) == (409, True)
    tested = first.send(path, {**typed, "act": "test", "reader": str(client)})
    assert "Essai envoyé à votre adresse" in tested.text
    assert first.send(path, {**typed, "act": "save"}).status_code == 303
    facts = school.facts(TEMPLATE.at(template_id(TemplateKey.REMINDER)))
    assert isinstance(facts[0], TemplateTested)
    kept = own_wording(school, TemplateKey.REMINDER, Language.FR)
    assert kept == Wording("Bientôt : {activite}", "{cher} {prenom_client},\n\n{dates}")
    late = stale.send(path, {**typed, "act": "save", "subject": "Dans une semaine"})
    assert late.status_code == 409
    assert "Changé entre-temps" in late.text
    assert 'value="Dans une semaine"' in late.text
    again = at(admin, path)
    assert again.send(path, {"act": "restore"}).status_code == 303
    assert own_wording(school, TemplateKey.REMINDER, Language.FR) is None
    models.catch_up()
    english = at(admin, f"{path}?langue=en")
    default = {"seen_version": english.hidden("seen_version"), "act": "save"}
    default |= {"subject": html.unescape(re.findall(r'name="subject"[^>]* value="([^"]*)"', english.text)[0])}
    body = re.search(r"<textarea[^>]*>(.*?)</textarea>", english.text, re.DOTALL)
    assert body is not None
    assert english.send(f"{path}?langue=en", {**default, "body": body[1]}).status_code == 303
    assert own_wording(school, TemplateKey.REMINDER, Language.EN) is None, "what is as it was stays default"


@pytest.mark.rule("COM-4")
def test_office_try_a_wording_on_the_page_and_change_none(door: Door, admin: Page) -> None:
    path = "/modeles/reminder"
    office = Page(door, path, Role.OFFICE)
    assert ">Enregistrer<" not in office.text
    typed = {"seen_version": "0", "subject": "Bonjour", "body": "{cher}"}
    assert office.send(path, {**typed, "act": "look"}).status_code == 200
    assert office.send(path, {**typed, "act": "save"}).status_code == 403
    assert door.http.get("/modeles/autre", headers=office.headers).status_code == 404


def values_of(page: Page) -> dict[str, str]:
    """What stands in the fields of the page."""
    found = dict(re.findall(r'<input[^>]*? name="([^"]+)" value="([^"]*)"(?![^>]*checkbox)', page.text))
    ticked = re.findall(r'type="checkbox" name="([^"]+)" value="([^"]*)"[^>]* checked', page.text)
    boxes = set(re.findall(r'type="checkbox" name="([^"]+)"', page.text))
    chosen = re.findall(
        r'<select id="[^"]+" name="([^"]+)".*?<option value="([^"]*)" selected', page.text, re.S
    )
    areas = re.findall(r'<textarea[^>]*? name="([^"]+)"[^>]*>(.*?)</textarea>', page.text, re.DOTALL)
    plain = {name: value for name, value in found.items() if name not in boxes and name != "q"}
    return plain | dict(ticked) | dict(chosen) | dict(areas)


def settings(school: School) -> SchoolSettings:
    return school.state(SETTINGS.at(SETTINGS_ID))


@pytest.mark.rule("INS-5", "CAT-2")
def test_settings_are_changed_once_before_and_after_were_seen(admin: Page, school: School) -> None:
    path = "/reglages/paiement"
    page = at(admin, path)
    typed = values_of(page)
    field = "deposit-regular-CAD"
    assert typed[field] == "40,00"
    wrong = page.send(path, {**typed, field: "beaucoup"})
    assert (wrong.status_code, "Écrivez un montant" in wrong.text) == (422, True)
    assert "Rien à changer" in page.send(path, typed).text
    looked = copy(page)
    looked.text = html.unescape(
        page.send(path, {**typed, field: "50", "late_everywhere-regular-EUR": "oui"}).text
    )
    assert "Enregistrer ces 2 changements" in looked.text
    assert "Acompte (régulier, CAD)" in looked.text
    assert settings(school) == SchoolSettings()
    assert looked.send(path, values_of(looked)).status_code == 303
    kept = settings(school).terms_of(Category.REGULAR, Currency.CAD)
    assert kept.deposit == 5_000
    assert settings(school).terms_of(Category.REGULAR, Currency.EUR).late_everywhere
    assert settings(school).terms_of(Category.ETRE_BIEN, Currency.CAD).deposit == 2_000
    told = at(admin, "/reglages").text
    assert "<s>40,00</s> → 50,00" in told
    late = copy(page)
    late.text = html.unescape(page.send(path, {**typed, field: "60,00"}).text)
    assert "Changé entre-temps" in late.text
    assert values_of(late)["late_everywhere-regular-EUR"] == "oui", "what one left alone stays theirs"
    school.send(
        ChangeSettings(seen_version=1, settings=settings(school).model_copy(update={"terms": {}})), ADMIN
    )
    clashed = late.send(path, values_of(late))
    assert clashed.status_code == 409
    assert 'value="60,00"' in clashed.text


@pytest.mark.rule("INS-5")
def test_each_part_of_the_settings_is_read_and_kept_as_it_was_typed(
    admin: Page, school: School, models: Projecting
) -> None:
    wished = {
        "ecole": {
            "name": "École des Érables",
            "telephones": "Québec : 514 555-0199\r\nEurope : 01 76 66 07 55",
        },
        "conditions": {"terms-europe": "https://example.com/conditions", "policy_version": "2027"},
        "devises": {
            "series-EUR": "FR",
            "countries-EUR": "FR BE",
            "taxes-CAD": "TPS : 5\r\nTVQ : 9,975 %",
            "refund_limit-CAD": "750,50",
            "issuer_name-EUR": "École d’Europe",
            "issuer_address-EUR": "1, rue du Parc\r\n69001 Lyon",
        },
        "delais": {"offer_hours": "48", "capitals_allowed": "CNV, RGPD", "link-password": "2"},
        "responsabilites": {"tax_receipts": "accounting", "delivery_errors": str(ORGANISER.user)},
    }
    for part, values in wished.items():
        page = at(admin, f"/reglages/{part}")
        page.text = html.unescape(page.send(f"/reglages/{part}", values_of(page) | values).text)
        assert page.send(f"/reglages/{part}", values_of(page)).status_code == 303, part
    found = settings(school)
    assert found.name == "École des Érables"
    assert found.telephones == {"Québec": "514 555-0199", "Europe": "01 76 66 07 55"}
    assert (found.privacy_policy.version, found.privacy_policy.link) == ("2027", "")
    assert {c for c, money in found.currencies.items() if money is Currency.EUR} == {"FR", "BE"}
    assert [(tax.name, tax.rate) for tax in found.taxes[Currency.CAD]] == [("TPS", 5_000), ("TVQ", 9_975)]
    assert found.series == {Currency.CAD: "CA", Currency.EUR: "FR"}
    assert found.refund_limit[Currency.CAD] == 75_050
    assert found.issuer_of(Currency.EUR).address == ("1, rue du Parc", "69001 Lyon")
    assert found.capitals_allowed == ("CNV", "RGPD")
    assert found.holder_of(Responsibility.TAX_RECEIPTS) is Role.ACCOUNTING
    assert found.holder_of(Responsibility.DELIVERY_ERRORS) == ORGANISER.user
    assert found.holder_of(Responsibility.CANCELLATION_CASES) is Role.OFFICE
    models.catch_up()
    shown = at(admin, "/reglages").text
    assert "Monique Tremblay" in shown
    wrong = at(admin, "/reglages/ecole")
    refused = wrong.send("/reglages/ecole", values_of(wrong) | {"newsletter": "exemple", "telephones": "514"})
    assert "adresse complète" in refused.text
    assert "deux-points" in refused.text


@pytest.mark.rule("ATE-3")
def test_the_search_finds_people_workshops_invoices_and_tasks_as_far_as_the_reader_reaches(
    admin: Page, door: Door, school: School, models: Projecting
) -> None:
    activity = school.activity("Voix et mouvement")
    venue = school.venue(city="Trois-Rivières")
    starts = datetime.now(UTC) + timedelta(days=20)
    workshop = school.workshop(activity, venue=venue, starts=starts)
    client = school.client(last_name="Vaillancourt", first_name="Côme")
    sold = school.sold(client, activity, workshop)
    models.catch_up()
    found = at(admin, "/recherche?q=vaillancour").text
    assert f"/dossiers/{client}" in found
    dates = at(admin, "/recherche?q=voix+de+trois").text
    assert f"/ateliers/{workshop}/participants" in dates
    assert f"/ateliers/{workshop}" not in at(admin, "/recherche?q=voix+laval").text
    assert "/aide/" in at(admin, "/recherche?q=fermer+un+atelier").text
    assert "Rien de ce nom" in at(admin, "/recherche?q=xyzzy").text
    number = school.issued(sold.invoice).number
    answer = door.http.get(f"/recherche?q={number.lower()}", headers=admin.headers, follow_redirects=False)
    assert answer.headers["location"] == f"/factures/{sold.invoice}"
    series, year, n = number.split("-")
    for part in (n, n.lstrip("0"), f"{year}-{n}", f"{series.lower()}+{n}"):
        assert f'href="/factures/{sold.invoice}"' in at(admin, f"/recherche?q={part}").text
    assert str(sold.invoice) not in at(admin, f"/recherche?q=EU+{n}").text
    trainer = Page(door, "/recherche?q=vaillancourt+voix", Role.TRAINER)
    assert f"/dossiers/{client}" not in trainer.text
    assert f"/ateliers/{workshop}" not in at(trainer, "/recherche?q=voix").text
    asked = door.http.get(f"/recherche?q={number}", headers=trainer.headers, follow_redirects=False)
    assert asked.status_code == 200
    home = at(admin, "/").text
    assert "Voix et mouvement" in home
    assert "Inscriptions par semaine" in home
    weekly = re.findall(r'<td class="number">(\d+)</td>', home[home.index('id="semaines"') :])
    assert len(weekly) == 12
    assert int(weekly[0]) >= 1, "this week stands first in the table"


@pytest.mark.rule("FAC-3")
def test_a_difference_with_the_provider_is_settled_and_kept(
    door: Door, school: School, models: Projecting
) -> None:
    difference: UUID = uuid4()
    sold = school.sold(school.client(), school.activity())
    fact = PaymentDiffered(
        difference=difference,
        kind=DifferenceKind.NOT_BOOKED,
        reference="8XJ44472SM091763L",
        provider=Money(minor=4_000, currency=Currency.CAD),
        booked=None,
        invoice=sold.invoice,
    )
    models.given((LEDGER_ID, fact))
    path = "/comptabilite/ecarts"
    page = Page(door, path, Role.ACCOUNTING)
    assert "8XJ44472SM091763L" in page.text
    assert school.issued(sold.invoice).number in page.text
    wrong = page.send(path, {"difference": str(difference), "outcome": ""})
    assert (wrong.status_code, "Dites ce qui a été fait" in wrong.text) == (422, True)
    settled = {"difference": str(difference), "outcome": "refunded_otherwise"}
    assert page.send(path, settled).status_code == 303
    books = school.state(LEDGER.at(LEDGER_ID))
    assert books.differences[difference] is DifferenceOutcome.REFUNDED_OTHERWISE
    models.catch_up()
    after = at(page, path).text
    assert "Aucun écart" in after
    assert "remboursé autrement" in after
