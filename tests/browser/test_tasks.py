"""Staff do tasks of docs/taches.md in a browser on the demo school of `portail run`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import SHOTS, Portal
from tests.browser.walking import Prepared, Walker, entered, prepared

pytestmark = [
    pytest.mark.browser,
    pytest.mark.owns_servers,
    pytest.mark.xdist_group("browser"),
    pytest.mark.long,
    pytest.mark.rule("AID-1"),
]
By = Callable[[str], Walker]
AN_HOUR_AGO = -1 / 24


@pytest.fixture(scope="module", params=["desktop"])
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    """Who logged in already, with their cookies."""
    return {}


@pytest.fixture(scope="module")
def by(browser: Browser, portal: Portal, size: str, known: dict[str, Any]) -> Iterator[By]:
    """A walker by the local part of an address, one page each."""
    shots = SHOTS / size
    shots.mkdir(parents=True, exist_ok=True)
    walkers: dict[str, Walker] = {}

    def walker(name: str) -> Walker:
        if name not in walkers:
            page = entered(browser, portal, f"{name}@example.com", size, known)
            walkers[name] = Walker(page, portal.url, shots)
        return walkers[name]

    yield walker
    for each in walkers.values():
        each.page.context.close()


@pytest.fixture(scope="module")
def school(by: By, portal: Portal) -> Prepared:
    return prepared(by("office").page, portal.url)


def mails_of(walker: Walker, dossier: str) -> bool:
    walker.at(f"{dossier}?onglet=communications")
    return walker.main.get_by_role("link", name="Lire").count() > 0


def until(happened: Callable[[], bool]) -> None:
    """Mails leave in the background."""
    give_up = time.monotonic() + 15
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def test_registrations_are_taken_changed_and_given_up_by_an_organiser(by: By, school: Prepared) -> None:
    organiser, ids = by("organiser"), school.ids
    client = school.client("Noé")
    near, far = (school.workshop(ids["story"], days) for days in (20, 40))
    school.settle()
    with organiser.task(17):
        organiser.at(f"/dossiers/{client}")
        organiser.follow("Inscrire…")
        organiser.fill(activite=ids["story"], lieu="online")
        organiser.press("Voir les dates")
        expect(organiser.page.locator(f"#w-{near}")).to_be_visible()
    with organiser.task(22):
        organiser.fill(rabais=ids["discount"])
        organiser.press("Voir les dates")
        organiser.sees("Sans emploi")
    with organiser.task(25):
        organiser.page.locator(f"#w-{near}").check()
        organiser.press("Inscrire")
        organiser.sees("Inscription faite", "INSCRIT")
    with organiser.task(29):
        organiser.follow("Modifier : Écrire son histoire")
        organiser.press("Renvoyer la confirmation")
        organiser.sees("La confirmation repart")
    with organiser.task(28):
        until(lambda: mails_of(organiser, f"/dossiers/{client}"))
        organiser.sees("Courriel")
    with organiser.task(38):
        organiser.at(f"/dossiers/{client}?onglet=factures")
        organiser.main.locator("th a").first.click()
        pdf = organiser.main.get_by_role("link", name="PDF").get_attribute("href")
        answer = organiser.page.request.get(f"{organiser.url}{pdf}")
        assert answer.headers["content-type"] == "application/pdf"
    invoice = organiser.page.url.removeprefix(organiser.url)
    with organiser.task(19):
        organiser.follow("Corriger…")
        organiser.fill(activite=ids["story"])
        organiser.press("Voir les dates")
        organiser.page.locator(f"#w-{far}").check()
        organiser.fill(reason="Mauvaise date, sans rabais.")
        organiser.press("Corriger la facture")
        organiser.sees("Facture corrigée.", "solde")
    organiser.at(invoice)
    organiser.sees("annulée : inscrite par erreur")


def test_dates_are_left_and_a_phase_begun_by_an_organiser(by: By, school: Prepared) -> None:
    organiser, ids = by("organiser"), school.ids
    client, other, student = school.client("Ugo"), school.client("Zoé"), school.client("Théo")
    school.registered(client, ids["story"], school.workshop(ids["story"], 21))
    phase = school.send("register-for-phase", client=student, phase=ids["phase"])
    lost = phase["registration-2"]
    school.send("cancel-registration", client=student, registration=lost, note="Ne vient plus.")
    school.registered(other, ids["first"], school.workshop(ids["first"], 30))
    school.settle()
    with organiser.task(33):
        organiser.at(f"/dossiers/{client}")
        organiser.follow("Modifier : Écrire son histoire")
        organiser.press("Date ultérieure")
        organiser.sees("à planifier", "À PLANIFIER")
    with organiser.task(35):
        organiser.follow("Choisir une date : Écrire son histoire")
        organiser.unfold("Annuler l’inscription")
        organiser.fill(note="Ne peut plus venir.")
        organiser.press("Annuler l’inscription")
        organiser.sees("Inscription annulée.")
    with organiser.task(20):
        organiser.at(f"/dossiers/{student}")
        organiser.unfold("Phase 1")
        organiser.press("Signaler")
        organiser.sees("Place manquante signalée.")
    with organiser.task(26):
        organiser.at(f"/dossiers/{other}")
        organiser.follow("Inscrire à une phase…")
        organiser.fill(phase=ids["phase"])
        organiser.press("Voir le prix")
        organiser.follow("De la carte à la phase…")
        organiser.sees("Ce qui passe à la phase", "garde")
        organiser.press("à la phase", organiser.main.locator(".dock"))
        organiser.sees("Le client est inscrit à la phase")


def test_what_waits_is_done_by_the_head_office(by: By, school: Prepared) -> None:
    office, ids = by("office"), school.ids
    plain, student, asked = school.client("Rémi"), school.client("Maël"), school.client("Côme")
    soon = school.workshop(ids["story"], 4)
    unreached = school.client("Aimé", email=None)
    school.registered(unreached, ids["story"], soon)
    enrolled = school.send("register-for-phase", client=student, phase=ids["phase"])
    lost = enrolled["registration-3"]
    school.send("cancel-registration", client=student, registration=lost, note="Ne vient plus.")
    proof = school.workshop(ids["sleep"], 50)
    school.registered(asked, ids["sleep"], proof, discount=ids["discount"])
    school.settle()
    with office.task(7):
        office.at(f"/dossiers/{plain}")
        office.press("Inviter de nouveau au portail")
        office.sees("Invitation envoyée.")
    with office.task(21):
        office.follow("Modifier")
        office.unfold("Carte privilège")
        office.fill(card__valid_from="2026-01-01")
        office.press("Accorder la carte")
        office.sees("carte privilège")
    with office.task(34):
        office.follow("Se connecter en tant que…")
        office.fill(reason="Ne trouve pas son attestation.")
        office.press("Se connecter en tant que Rémi")
        expect(office.page.get_by_label("Connexion en tant que")).to_contain_text("Rémi")
        office.page.get_by_role("button", name="Revenir au portail").click()
        office.sees("Rémi")
    with office.task(23):
        office.at(f"/dossiers/{asked}?onglet=documents")
        pdf = {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
        office.page.locator("#file").set_input_files(pdf)  # type: ignore[arg-type]
        office.press("Verser au dossier")
        office.press("Accepter")
        office.sees("Pièce acceptée")
    with office.task(46):
        office.at("/a-faire?tous=1&genre=missing_email")
        office.sees("Aimé")
    office.at(f"/dossiers/{student}")
    office.unfold("Phase 1")
    office.press("Rouvrir la place")
    office.sees("Place rouverte")


def test_dossiers_end_and_mails_are_sent_again_by_the_head_office(by: By, school: Prepared) -> None:
    office, ids = by("office"), school.ids
    plain = school.client("Rémi")
    with office.task(9):
        tired = school.client("Odile")
        school.settle()
        office.at(f"/dossiers/{tired}/retrait")
        office.fill(reason="Ne veut plus rien recevoir.")
        office.press("Proposer la suppression")
        office.sees("Suppression proposée", "Une autre personne")
    with office.task(8):
        held = school.registered(plain, ids["story"])["registration"]
        school.send("cancel-registration", client=plain, registration=held, note="Erreur.")
        school.settle()
        office.at(f"/dossiers/{plain}/retrait")
        office.sees("Pas maintenant.")
        gone = school.client("Yann")
        school.settle()
        office.at(f"/dossiers/{gone}/retrait")
        office.press("Retirer le dossier de Yann")
        office.sees("Dossier supprimé")
    with office.task(4):
        bounced = school.client("Lise")
        mail = {"mail": str(uuid4()), "template": "reminder", "to_organiser": False, "reason": "bad_address"}
        empty = dict.fromkeys(("workshop", "status", "message", "sent_to"))
        school.send("note-undelivered", client=bounced, **mail, **empty)
        school.settle()
        office.at(f"/dossiers/{bounced}?onglet=communications")
        office.sees("Adresse de courriel en erreur")
        office.follow("Modifier")
        office.fill(profile__email=f"lise-{uuid4().hex[:6]}@example.com")
        office.press("Enregistrer")
        office.at(f"/dossiers/{bounced}?onglet=communications")
        office.press("Renvoyer ce qui a été manqué")
        office.sees("repartent")


def test_workshops_are_closed_in_their_four_ways(by: By, school: Prepared) -> None:
    organiser, office = by("organiser"), by("office")
    trainer, accounting, ids = by("trainer"), by("accounting"), school.ids
    quebec = school.workshop(ids["sleep"], AN_HOUR_AGO)
    place = {"venue": ids["lyon"], "zone": "Europe/Paris"}
    europe = school.workshop(ids["story"], AN_HOUR_AGO, **place)
    independent = school.workshop(ids["breath"], AN_HOUR_AGO, independent=True, **place)
    for activity, workshop in (("sleep", quebec), ("story", europe), ("breath", independent)):
        country = "CA" if workshop == quebec else "FR"
        client = school.client("Présent", country=country)
        school.registered(client, ids[activity], workshop, waive_reason="Paie sur place.")
    school.settle()
    with office.task(49):
        office.at(f"/ateliers/{quebec}/participants")
        office.press("Marquer présents")
        office.follow("Fermer l’atelier…")
        office.sees("Ce qui manque", "Présent")
        office.fill(close__reason="Paie demain.")
        office.press("Fermer l’atelier (lecture seule)")
        office.sees("lecture seule")
    with office.task(42):
        office.at(f"/ateliers/{quebec}/participants")
        office.sees("plus aucun courriel ne part")
    with organiser.task(50):
        organiser.at(f"/ateliers/{europe}/participants")
        organiser.press("Marquer présents")
        organiser.follow("Fermer l’atelier…")
        pdf = {"name": "salle.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
        organiser.page.get_by_label("Facture : location de salle").set_input_files(pdf)  # type: ignore[arg-type]
        organiser.press("Joindre : location de salle")
        organiser.sees("Facture de dépense jointe.", "salle.pdf")
        organiser.press("Elle est prête")
        organiser.press("Remettre pour vérification")
        organiser.sees("Liste remise")
    accounting.at(f"/ateliers/{europe}/fermeture")
    accounting.fill(close__reason="Le reste suit.")
    accounting.press("Fermer l’atelier (lecture seule)")
    accounting.sees("lecture seule")
    with trainer.task(51):
        trainer.at(f"/ateliers/{independent}/participants")
        trainer.press("Marquer présents")
        trainer.follow("Noter des paiements")
        trainer.page.get_by_label("Espèces de Présent").fill("106")
        trainer.press("Noter les paiements tapés")
        trainer.sees("FAC-5", "105,00")
        trainer.page.get_by_label("Espèces de Présent").fill("105")
        trainer.press("Noter les paiements tapés")
        trainer.follow("Fermer l’atelier…")
        trainer.press("Remettre pour vérification")
        trainer.sees("Liste remise")


def test_money_is_kept_by_accounting_and_read_by_the_auditor(by: By, school: Prepared) -> None:
    accounting, auditor, ids = by("accounting"), by("auditor"), school.ids
    client = school.client("Inès")
    school.settle()
    with accounting.task(52):
        accounting.at(f"/dossiers/{client}")
        accounting.follow("Ajouter un atelier suivi à l’étranger…")
        accounting.fill(activity=ids["first"], first_day="2026-05-02", country="MA")
        accounting.press("Ajouter l’atelier suivi")
        accounting.sees("Maroc", "SUIVI")
    with accounting.task(53):
        accounting.at("/comptabilite/depots")
        accounting.main.get_by_role("checkbox").first.check()
        accounting.press("Marquer déposés")
        accounting.sees("Dépôt noté")
        accounting.follow("Balance")
        accounting.sees("Débits et crédits sont égaux.")
    with auditor.task(54):
        auditor.at(f"/dossiers/{client}?onglet=historique")
        auditor.follow("Avec ce qui a changé")
        auditor.sees("Historique", "François-Xavier Morneau")
