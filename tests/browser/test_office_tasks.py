"""The head office does tasks of docs/taches.md in a browser on the demo school of `portail run`."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import By
from tests.browser.prepared import AN_HOUR_AGO, PDF, Prepared

pytestmark = [
    pytest.mark.browser,
    pytest.mark.owns_servers,
    pytest.mark.xdist_group("browser"),
    pytest.mark.rule("AID-1"),
]
SENTENCE = "Les pommiers de Solange"


def test_a_dossier_is_kept_in_order(by: By, school: Prepared) -> None:
    office, trainer, ids = by("office"), by("trainer"), school.ids
    client = school.client("Rémi", "FR")
    workshop = school.workshop(ids["sleep"], 15)
    school.registered(client, ids["sleep"], workshop)
    school.settle()
    with office.task(24):
        office.finds(*school.found(client))
        office.sees("EUR")
    with office.task(7):
        office.press("Inviter de nouveau au portail")
        office.sees("Invitation envoyée.")
    with office.task(44):
        office.follow("Modifier", office.main.locator(".head"))
        part = office.unfold("Facturer à quelqu’un d’autre")
        office.fill(billing__name="Boulangerie Roy inc.", billing__address="12, rue des Érables")
        office.press("Enregistrer", part)
        office.sees("Facturation changée", "Boulangerie Roy inc.")
    with office.task(10):
        office.follow("Modifier", office.main.locator(".head"))
        part = office.unfold("Intérêts")
        office.fill(interest__interest=f"activity:{ids['story']}")
        office.press("Ajouter", part)
        office.sees("Intérêt noté.")
    with office.task(45):
        office.follow("Modifier", office.main.locator(".head"))
        part = office.unfold("Note comptable")
        office.fill(note__accounting="Solde de 2024.")
        office.press("Enregistrer la note", part)
        office.sees("⚑ Note comptable", "Solde de 2024.")
    with trainer.task(45):
        trainer.finds_date(ids["sleep"], workshop)
        trainer.follow(f"Noter sur {school.names[client]}")
        trainer.fill(text="Une place devant.")
        trainer.press("Enregistrer la note")
        trainer.main.locator("summary", has_text=school.listed(client)).click()
        trainer.sees("Une place devant.")


def test_mails_reach_a_client_after_all(by: By, school: Prepared) -> None:
    office, ids = by("office"), school.ids
    client, alone = school.client("Luce"), school.client("Aimé", email=None)
    school.registered(client, ids["sleep"], school.workshop(ids["sleep"], 17))
    school.confirmed(client)
    with office.task(5):
        office.finds(*school.found(client))
        office.follow("Communications")
        office.follow("Lire")
        expect(office.main.locator("p.mail")).to_contain_text("Luce")
    with office.task(3):
        office.finds(*school.found(alone))
        office.follow("Modifier", office.main.locator(".head"))
        part = office.unfold("Courriel d’un proche")
        office.fill(relative__email="soeur@example.com", relative__via="sa sœur Léa")
        office.press("Enregistrer", part)
        office.sees("Courriel d’un proche noté.", "via sa sœur Léa")
    with office.task(4):
        bounced = school.client("Lise")
        mail = {"mail": str(uuid4()), "template": "reminder", "to_organiser": False, "reason": "bad_address"}
        empty = dict.fromkeys(("workshop", "status", "message", "sent_to"))
        school.send("note-undelivered", client=bounced, **mail, **empty)
        school.settle()
        office.goes("À faire")
        office.follow(f"Corriger l’adresse : {school.listed(bounced)}")
        office.sees("Adresse de courriel en erreur")
        office.follow("Modifier", office.main.locator(".head"))
        office.fill(profile__email=f"lise-{uuid4().hex[:6]}@example.com")
        office.press("Enregistrer")
        office.follow("Communications")
        office.press("Renvoyer ce qui a été manqué")
        office.sees("repartent")


def test_a_client_is_helped_by_the_head_office(by: By, school: Prepared) -> None:
    office, accounting, ids = by("office"), by("accounting"), school.ids
    client, student = school.client("Malo"), school.client("Maël")
    past = school.workshop(ids["story"], AN_HOUR_AGO)
    followed = school.registered(client, ids["story"], past, waive_reason="Paie sur place.")
    school.send("tick-attendance", workshop=past, registrations=[followed["registration"]])
    phase = next(row for row in school.get("catalogue")["phases"] if row["id"] == ids["phase"])
    *before, last = phase["activities"]
    day = (date.today() - timedelta(days=40)).isoformat()  # noqa: DTZ011
    for activity in before:
        known = {"first_day": day, "last_day": day, "country": "MA"}
        school.send("add-followed-workshop", accounting.page, client=student, activity=activity, **known)
    ninth = school.workshop(last, -3)
    dates = [{"activity": last, "workshop": ninth}]
    reason = {"waive_reason": "Paie sur place."}
    enrolled = school.send("register-for-phase", client=student, phase=phase["id"], dates=dates, **reason)
    place = enrolled[f"registration-{len(phase['activities'])}"]
    school.settle()
    with office.task(21):
        office.finds(*school.found(client))
        office.follow("Modifier", office.main.locator(".head"))
        office.unfold("Carte privilège")
        office.fill(card__valid_from="2026-01-01")
        office.press("Accorder la carte")
        office.sees("carte privilège")
        office.follow("Inscrire…")
        office.choose(activite=ids["story"])
        office.sees("Prix de reprise 0,00")
    with office.task(34):
        office.finds(*school.found(client))
        office.follow("Se connecter en tant que…")
        office.fill(reason="Ne trouve pas son attestation.")
        office.press("Se connecter en tant que Malo")
        expect(office.page.get_by_label("Connexion en tant que")).to_contain_text("Malo")
        office.page.get_by_role("button", name="Revenir au portail").click()
        office.sees("Malo")
    school.send("tick-attendance", workshop=ninth, registrations=[place])
    school.settle()
    with office.task(48):
        office.goes("À faire")
        office.follow(f"Envoyer la lettre : {school.listed(student)}")
        office.unfold("Phase 1")
        office.press("Envoyer la lettre par courriel")
        office.sees("La lettre de fin de phase part")


def test_who_telephones_waits_for_a_seat(by: By, school: Prepared) -> None:
    office, ids, client = by("office"), school.ids, school.client("Ève")
    full = school.workshop(ids["emotions"], 44, capacity=1)
    school.registered(school.client("Maud"), ids["emotions"], full)
    school.settle()
    with office.task(15):
        office.finds(*school.found(client))
        office.follow("Inscrire…")
        office.choose(activite=ids["emotions"])
        office.press("Attendre une place", office.main.locator("tr", has=office.page.locator(f"#w-{full}")))
        office.sees("Sur la liste d’attente", "liste d’attente")
        office.press("Retirer de la liste d’attente")
        office.sees("Retiré de la liste d’attente.")


def test_a_proof_is_refused_and_another_accepted(by: By, school: Prepared) -> None:
    office, ids, asked = by("office"), school.ids, school.client("Côme")
    school.registered(asked, ids["sleep"], school.workshop(ids["sleep"], 50), discount=ids["discount"])
    school.settle()
    with office.task(23):
        office.finds(*school.found(asked))
        office.follow("Documents")
        office.page.locator("#file").set_input_files(PDF)  # type: ignore[arg-type]
        office.press("Verser au dossier")
        office.unfold("Refuser…")
        office.fill(**{office.page.locator("textarea[name=reason]").get_attribute("id") or "": "Illisible."})
        office.press("Refuser la pièce")
        office.sees("Illisible.", "refusée")
    with office.task(23):
        office.finds(*school.found(asked))
        office.follow("Documents")
        office.page.locator("#file").set_input_files(PDF)  # type: ignore[arg-type]
        office.press("Verser au dossier")
        office.press("Accepter")
        office.sees("Pièce acceptée")


def test_dossiers_end_come_back_and_become_one(by: By, school: Prepared, anybody: Page) -> None:
    office, accounting, ids = by("office"), by("accounting"), school.ids
    plain, gone, tired = (school.client(name) for name in ("Rémi", "Yann", "Odile"))
    held = school.registered(plain, ids["story"])["registration"]
    school.send("cancel-registration", client=plain, registration=held, note="Erreur.")
    former = school.client("Yves", postal_code="H2X 1Y4")
    abroad = {"first_day": "2026-05-02", "last_day": "2026-05-02", "country": "MA"}
    school.send("add-followed-workshop", accounting.page, client=former, activity=ids["first"], **abroad)
    student = school.client("Nina")
    enrolled = school.send("register-for-phase", client=student, phase=ids["phase"])
    lost = enrolled["registration-3"]
    school.send("cancel-registration", client=student, registration=lost, note="Ne vient plus.")
    telephone = f"+1 418 555 {uuid4().int % 10_000:04}"
    one, two = (school.client(name, telephone=telephone) for name in ("Zoé", "Zoe"))
    school.settle()
    with office.task(9):
        office.finds(*school.found(tired))
        office.follow("Retirer ou supprimer le dossier…")
        office.fill(reason="Ne veut plus rien recevoir.")
        office.press("Proposer la suppression")
        office.sees("Suppression proposée", "Une autre personne")
    colleague = school.colleague(by("admin").page, anybody, SENTENCE)
    school.settle()
    second = by(colleague, SENTENCE)
    with second.task(9):
        second.finds(*school.found(tired))
        second.follow("Retirer ou supprimer le dossier…")
        second.sees("Ne veut plus rien recevoir.")
        second.press("Approuver la suppression")
        second.sees("supprimé")
    with office.task(8):
        office.finds(*school.found(plain))
        office.follow("Retirer ou supprimer le dossier…")
        office.sees("Pas maintenant.")
    with office.task(8):
        office.finds(*school.found(gone))
        office.follow("Retirer ou supprimer le dossier…")
        office.press("Retirer le dossier de Yann")
        office.sees("Dossier supprimé")
    with office.task(8):
        office.finds(*school.found(former))
        office.follow("Retirer ou supprimer le dossier…")
        office.press("Retirer le dossier de Yves")
        office.sees("Dossier désactivé")
        office.follow("Restaurer ce client…")
        office.fill(email=f"yves-{uuid4().hex[:6]}@example.com", country="CA")
        office.press("Restaurer le dossier")
        office.sees("Dossier restauré", "SUIVI")
    with office.task(20):
        office.finds(*school.found(student))
        office.unfold("Phase 1")
        office.press("Rouvrir la place")
        office.sees("Place rouverte")
    with office.task(6):
        office.goes("Dossiers")
        office.follow("Doublons probables")
        row = office.main.locator("tbody", has_text=school.listed(one)).filter(has_text=school.listed(two))
        office.follow("Comparer", row)
        office.press("Fusionner : garder Zo")
        office.sees("n’en font plus qu’un")


def test_workshops_are_planned_cancelled_and_restored(by: By, school: Prepared) -> None:
    office, ids = by("office"), school.ids
    client = school.client("Iris")
    with office.task(14):
        office.goes("Ateliers")
        office.follow("Planifier un atelier")
        day = (date.today() + timedelta(days=25)).isoformat()  # noqa: DTZ011
        office.fill(activity=ids["emotions"], day__0=day, start__0="09:00", end__0="17:00")
        office.fill(organiser=ids["organiser"], capacity="12")
        office.press("Planifier l’atelier")
        office.sees("Atelier planifié.", "0 / 12")
    workshop = office.page.url.split("/")[4]
    school.registered(client, ids["emotions"], workshop)
    school.settle()
    with office.task(14):
        office.finds_date(ids["emotions"], workshop)
        office.follow("Modifier", office.main.locator(".head"))
        office.fill(capacity="14", retake_limit="3")
        office.press("Enregistrer")
        office.sees("Atelier modifié.", "1 / 14", "reprises 0 / 3")
    with office.task(36):
        office.follow("Modifier", office.main.locator(".head"))
        office.unfold("Supprimer l’atelier")
        office.fill(reason="Salle inondée.")
        office.press("Supprimer « Le langage des émotions »")
        office.sees("Atelier supprimé", "0 / 1 jointes")
        office.page.get_by_label(f"Souhait de {school.names[client]}").select_option("new_date")
        office.press("Jointe")
        office.sees("1 / 1 jointes", "nouvelle date")
    with office.task(37):
        office.finds_date(ids["emotions"], workshop)
        office.follow("Modifier", office.main.locator(".head"))
        office.press("Restaurer l’atelier")
        office.sees("Ont retrouvé leur place : 1")
    with office.task(12):
        office.goes("Requêtes")
        office.follow("Nouvelle requête")
        office.fill(nouvelle="postal_prefix")
        office.press("Ajouter")
        office.fill(country__0="CA", prefix__0="G1")
        office.press("Trouver")
        office.sees("trouvée")
        with office.page.expect_download() as file:
            office.follow("Télécharger CSV")
        assert "COMM." in file.value.path().read_text("utf-8-sig").splitlines()[0]
