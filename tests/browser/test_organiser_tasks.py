"""An organiser does tasks of docs/taches.md in a browser on the demo school of `portail run`."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import By
from tests.browser.prepared import Prepared, zone_of_the_day
from tests.browser.walking import PASSWORD, Walker, logs_in, pays, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.owns_servers,
    pytest.mark.xdist_group("browser"),
    pytest.mark.rule("AID-1"),
]
TOWN = "Gaspé"
IN_TWO_HOURS = 1 / 12
AT_THE_DOOR = {"waive_reason": "Paie sur place."}


def has_mails(walker: Walker) -> bool:
    """Ask for the page again until mails stand on it."""
    walker.page.reload()
    return walker.main.get_by_role("link", name="Lire").count() > 0


def test_registrations_are_taken_confirmed_and_corrected(by: By, school: Prepared) -> None:
    organiser, ids = by("organiser"), school.ids
    client, wrong = school.client("Noé"), school.client("Jade")
    near, far = (school.workshop(ids["story"], days) for days in (20, 40))
    school.registered(wrong, ids["story"], near)
    school.settle()
    with organiser.task(17):
        organiser.finds(*school.found(client))
        organiser.follow("Inscrire…")
        organiser.choose(activite=ids["story"], lieu="online")
        expect(organiser.page.locator(f"#w-{near}")).to_be_visible()
    with organiser.task(22):
        organiser.choose(rabais=ids["discount"])
        organiser.sees("Sans emploi")
    with organiser.task(25):
        organiser.page.locator(f"#w-{near}").check()
        organiser.press("Inscrire")
        organiser.sees("Inscription faite", "INSCRIT")
    with organiser.task(29):
        organiser.follow("Modifier : Écrire son histoire")
        organiser.press("✉ Renvoyer la confirmation")
        organiser.sees("La confirmation repart")
    with organiser.task(28):
        organiser.finds(*school.found(client))
        organiser.follow("Communications")
        until(lambda: has_mails(organiser))
        organiser.sees("Courriel")
    with organiser.task(27):
        organiser.finds_date(ids["story"], near)
        organiser.sees(school.listed(client), school.listed(wrong))
    with organiser.task(38):
        organiser.finds(*school.found(client))
        organiser.follow("Factures")
        organiser.main.locator("th a").first.click()
        pdf = organiser.main.get_by_role("link", name="PDF").get_attribute("href")
        answer = organiser.page.request.get(f"{organiser.url}{pdf}")
        assert answer.headers["content-type"] == "application/pdf"
    with organiser.task(19):
        organiser.follow("Corriger…")
        organiser.choose(activite=ids["story"])
        organiser.page.locator(f"#w-{far}").check()
        organiser.fill(reason="Mauvaise date, sans rabais.")
        organiser.press("Corriger la facture")
        organiser.sees("Facture corrigée.", "solde")
    school.confirmed(wrong)
    with organiser.task(19):
        organiser.finds(*school.found(wrong))
        organiser.follow("Factures")
        organiser.main.locator("th a").first.click()
        organiser.unfold("Retirer ce qui a été inscrit par erreur")
        organiser.page.locator("#take-off-reason").fill("Une autre Jade.")
        organiser.press("Retirer de la facture")
        organiser.press("Envoyer le courriel prêt")
        organiser.sees("Le courriel part", "annulée : inscrite par erreur")


def test_dates_are_left_and_a_phase_begun(by: By, school: Prepared) -> None:
    organiser, ids = by("organiser"), school.ids
    client, other, student = school.client("Ugo"), school.client("Zoé"), school.client("Théo")
    fresh = school.client("Éva")
    school.registered(client, ids["story"], school.workshop(ids["story"], 21))
    enrolled = school.send("register-for-phase", client=student, phase=ids["phase"])
    lost = enrolled["registration-2"]
    school.send("cancel-registration", client=student, registration=lost, note="Ne vient plus.")
    school.registered(other, ids["first"], school.workshop(ids["first"], 30))
    school.settle()
    with organiser.task(33):
        organiser.finds(*school.found(client))
        organiser.follow("Modifier : Écrire son histoire")
        organiser.press("Date ultérieure")
        organiser.sees("à planifier", "À PLANIFIER")
    with organiser.task(35):
        organiser.follow("Choisir une date : Écrire son histoire")
        organiser.unfold("Annuler l’inscription")
        organiser.fill(note="Ne peut plus venir.")
        organiser.press("Annuler l’inscription")
        organiser.sees("Inscription annulée.")
    with organiser.task(25):
        organiser.finds(*school.found(fresh))
        organiser.follow("Inscrire à une phase…")
        organiser.choose(phase=ids["phase"])
        organiser.press("Inscrire à la phase")
        organiser.sees("Inscription faite", "Phase 1")
    with organiser.task(20):
        organiser.finds(*school.found(student))
        organiser.unfold("Phase 1")
        organiser.press("Signaler")
        organiser.sees("Place manquante signalée.")
    with organiser.task(26):
        organiser.finds(*school.found(other))
        organiser.follow("Inscrire à une phase…")
        organiser.choose(phase=ids["phase"])
        organiser.follow("De la carte à la phase…")
        organiser.sees("Ce qui passe à la phase", "garde")
        organiser.press("Passer", organiser.main.locator(".dock"))
        organiser.sees("Le client est inscrit à la phase")


def test_money_is_taken_before_and_on_the_morning_of_a_workshop(
    by: By, school: Prepared, anybody: Page
) -> None:
    organiser, ids = by("organiser"), school.ids
    client, late, poor, comes = (school.client(name) for name in ("Lou", "Tom", "Flo", "Max"))
    workshop = school.workshop(ids["sleep"], IN_TWO_HOURS, zone=zone_of_the_day())
    school.registered(client, ids["sleep"], workshop, **AT_THE_DOOR)
    school.registered(poor, ids["sleep"], workshop, discount=ids["discount"], **AT_THE_DOOR)
    school.settle()
    with organiser.task(46):
        organiser.goes("À faire")
        part = organiser.main.locator("section", has_text="Acompte manquant")
        if part.get_by_text(school.listed(client)).count() == 0:
            organiser.follow("Toute la liste", part)
        organiser.sees("Acompte manquant", school.listed(client))
    with organiser.task(16):
        organiser.finds_date(ids["sleep"], workshop)
        organiser.follow("Noter des paiements")
        organiser.page.get_by_label(f"Chèque de {school.names[client]}", exact=True).fill("40")
        organiser.press("Noter les paiements tapés")
        organiser.sees("Paiements notés", "noté, à déposer")
    with organiser.task(23):
        organiser.press(f"Sans preuve : {school.names[poor]}")
        organiser.sees("sans preuve : ")
    with organiser.task(30):
        school.registered(late, ids["sleep"], workshop, **AT_THE_DOOR)
        school.settle()
        organiser.page.evaluate("dispatchEvent(new Event('visibilitychange'))")
        organiser.sees(school.listed(late))
    with organiser.task(32):
        organiser.page.evaluate("window.print = () => document.body.append('imprimé')")
        organiser.press("Imprimer")
        expect(organiser.page.locator("body")).to_contain_text("imprimé")
        row = organiser.main.locator("tr", has_text=school.listed(late))
        row.locator("td[data-label=Prix] a").click()
        organiser.follow("Lien de paiement")
        link = organiser.page.locator("#link").input_value()
    anybody.goto(link)
    pays(anybody)
    organiser.finds_date(ids["sleep"], workshop)
    expect(row).to_contain_text("réglé")
    with organiser.task(25):
        organiser.finds(*school.found(comes))
        organiser.follow("Inscrire…")
        organiser.choose(activite=ids["sleep"], lieu="online")
        organiser.page.locator(f"#w-{workshop}").check()
        organiser.page.locator("[name=paid_by]").select_option("card")
        organiser.press("Inscrire")
        organiser.sees("En attente du paiement")
        anybody.goto(organiser.page.locator("#link").input_value())
        pays(anybody)
        expect(organiser.main).to_contain_text("Payé : l’inscription est faite.", timeout=15_000)
    with organiser.task(47):
        organiser.goes("Chèques")
        organiser.sees(school.listed(client))
        organiser.press("Envoyés à la comptabilité")
        organiser.sees("Chèques notés comme envoyés")


def test_somebody_comes_in_and_is_written_to(by: By, school: Prepared, anybody: Page) -> None:
    organiser, office, ids = by("organiser"), by("office"), school.ids
    name, email = school.person("Rose")
    with organiser.task(2):
        organiser.goes("Dossiers")
        organiser.follow("Créer un dossier")
        first, last = name.split()
        organiser.fill(first_name=first, last_name=last, email=email, country="CA", city=TOWN)
        organiser.press("Créer le dossier")
        organiser.sees("Dossier créé.", name)
    anybody.goto(school.link_of_mail(email, "/acces/"))
    anybody.get_by_label("Mot de passe").fill(f"{PASSWORD} {last}")
    anybody.get_by_role("button", name="Enregistrer").click()
    logs_in(anybody, school.url, email, f"{PASSWORD} {last}")
    for way in ("telephone", "post", "email"):
        anybody.locator(f"input[name={way}][value=yes]").check()
    anybody.get_by_role("button", name="Enregistrer").click()
    expect(anybody.locator("main")).to_contain_text("Préférences enregistrées")
    subject = f"Nouvelles dates pour {last}"
    with organiser.task(11):
        organiser.goes("Requêtes")
        organiser.follow("Une région")
        organiser.fill(city__0=TOWN, km__0="50")
        organiser.press("Trouver")
        organiser.sees("trouvée", last)
        organiser.follow("Envoyer un courriel à cette liste")
        organiser.fill(subject=subject, text="{cher} {prenom_client},\n\nVoici nos dates.")
        organiser.fill(day=(date.today() + timedelta(days=3)).isoformat(), hour="09:00")  # noqa: DTZ011
        organiser.press("Relire")
        organiser.sees("Ce que lit")
        with organiser.task(39):
            organiser.sees("réponses à organiser@example.com")
        with organiser.task(43):
            organiser.sees("il vous reste", "envois sur 500 par 24 heures")
        organiser.press("M’envoyer un test")
        organiser.sees("Essai envoyé à votre adresse")
        organiser.press("Programmer l’envoi")
        organiser.sees("Envoi confié")
    with organiser.task(40):
        organiser.goes("Envois")
        organiser.opens(subject)
        organiser.sees("départ prévu", "1 destinataire")
    client, other = school.client("Anne"), school.client("Paul")
    workshop = school.workshop(ids["sleep"], 6)
    for each in (client, other):
        school.registered(each, ids["sleep"], workshop)
    school.settle()
    with organiser.task(41):
        organiser.finds_date(ids["sleep"], workshop)
        organiser.page.get_by_label(school.names[other], exact=True).uncheck()
        organiser.press("Écrire aux cochés")
        organiser.sees("1 destinataire")
        organiser.fill(reason="La salle change.", subject=f"Salle, {last}", text="{activite} : salle 2.")
        organiser.press("Demander l’approbation")
        organiser.sees("Envoi confié")
    with office.task(41):
        office.goes("Envois")
        office.opens(f"Salle, {last}")
        office.press("Approuver l’envoi")
        office.sees("Envoi approuvé")


def test_organisers_announce_together(by: By, school: Prepared) -> None:
    organiser = by("organiser")
    prices = [{"minor": 9_000, "currency": "CAD"}]
    yoga = {"name": "Yoga des voyelles", "category": "complementary", "days": 1, "prices": prices}
    announced = school.workshop(school.send("add-activity", by("admin").page, **yoga)["activity"], 30)
    school.settle()
    with organiser.task(11):
        organiser.goes("Envois")
        organiser.follow("Annonce commune…")
        organiser.fill(country="CA", workshop=announced, subject="Yoga", text="{cher}, venez chanter.")
        organiser.page.get_by_label("Geneviève Saint-Amand").check()
        organiser.press("Relire")
        organiser.sees("Ce que lit")
        organiser.press("Demander l’approbation")
        organiser.sees("Envoi confié")
