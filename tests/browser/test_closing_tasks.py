"""Workshops are closed and books kept, tasks of docs/taches.md, in a browser on the demo school."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.browser.conftest import By
from tests.browser.prepared import AN_HOUR_AGO, PDF, Prepared

pytestmark = [
    pytest.mark.browser,
    pytest.mark.owns_servers,
    pytest.mark.xdist_group("browser"),
    pytest.mark.rule("AID-1"),
]
NAMES = {
    "sleep": "Le sommeil réparateur",
    "story": "Écrire son histoire",
    "breath": "ÊTRE BIEN · Le souffle retrouvé",
}


def began(school: Prepared, activity: str, country: str, **where: object) -> tuple[str, dict[str, str]]:
    """The list of a workshop that began an hour ago, and what registering somebody present made."""
    workshop = school.workshop(school.ids[activity], AN_HOUR_AGO, **where)
    client = school.client("Présent", country)
    made = school.registered(client, school.ids[activity], workshop, waive_reason="Paie sur place.")
    return f"/ateliers/{workshop}/participants", {**made, "client": client}


def test_the_head_office_closes_a_workshop_of_quebec(by: By, school: Prepared) -> None:
    office, accounting = by("office"), by("accounting")
    roster, made = began(school, "sleep", "CA")
    amount = {"minor": 37_500, "currency": "CAD"}
    part = {"client": made["client"], "registration": made["registration"], "amount": amount}
    paid = school.send("note-payment", payment={"method": "cash"}, parts=[part])["payment-1"]
    on = {"invoice": made["invoice"], "payment": paid}
    school.send("deposit-payments", accounting.page, payments=[on])
    school.settle()
    with office.task(49):
        office.finds(NAMES["sleep"], roster)
        office.press("Marquer présents")
        office.follow("Fermer l’atelier…")
        office.press("Fermer l’atelier (lecture seule)")
        office.sees("lecture seule", "1 à envoyer")
        office.press("Envoyer le reçu par courriel")
        office.sees("Reçus d’impôt confiés")
    with office.task(42):
        office.finds(NAMES["sleep"], roster)
        office.sees("plus aucun courriel ne part")


def test_an_organiser_hands_a_workshop_of_europe_over_and_accounting_close(by: By, school: Prepared) -> None:
    organiser, accounting = by("organiser"), by("accounting")
    place = {"venue": school.ids["lyon"], "zone": "Europe/Paris"}
    roster, _ = began(school, "story", "FR", **place)
    school.settle()
    with organiser.task(50):
        organiser.finds(NAMES["story"], roster)
        organiser.press("Marquer présents")
        organiser.follow("Fermer l’atelier…")
        organiser.page.get_by_label("Facture : location de salle").set_input_files(PDF)  # type: ignore[arg-type]
        organiser.press("Joindre : location de salle")
        organiser.sees("Facture de dépense jointe.", "piece.pdf")
        organiser.press("Elle est prête")
        organiser.press("Remettre pour vérification")
        organiser.sees("Liste remise")
    with accounting.task(50):
        accounting.finds(NAMES["story"], roster)
        accounting.follow("Fermer l’atelier…")
        accounting.fill(close__reason="Le reste suit.")
        accounting.press("Fermer l’atelier (lecture seule)")
        accounting.sees("lecture seule")


def test_a_trainer_takes_the_money_of_an_independent_workshop(by: By, school: Prepared) -> None:
    trainer, office = by("trainer"), by("office")
    place = {"venue": school.ids["lyon"], "zone": "Europe/Paris", "independent": True}
    roster, made = began(school, "breath", "FR", **place)
    cell = f"Espèces de {school.names[made['client']]}"
    school.settle()
    with trainer.task(51):
        trainer.finds(NAMES["breath"], roster)
        trainer.press("Marquer présents")
        trainer.follow("Noter des paiements")
        trainer.page.get_by_label(cell).fill("105")
        trainer.press("Noter les paiements tapés")
        trainer.follow("Fermer l’atelier…")
        trainer.press("Remettre pour vérification")
        trainer.sees("Liste remise")
    with office.task(51):
        office.finds(NAMES["breath"], roster)
        office.follow("Fermer l’atelier…")
        office.fill(close__reason="L’acompte reste dû.")
        office.press("Fermer l’atelier (lecture seule)")
        office.sees("lecture seule")


def test_money_is_kept_by_accounting_and_read_by_the_auditor(by: By, school: Prepared, size: str) -> None:
    accounting, auditor, ids = by("accounting"), by("auditor"), school.ids
    client, other = school.client("Inès"), school.client("Éric")
    sold = school.registered(other, ids["story"], school.workshop(ids["story"], 33))
    amount = {"minor": 4_000, "currency": "CAD"}
    part = {"client": other, "registration": sold["registration"], "amount": amount}
    school.send("note-payment", payment={"method": "cheque"}, parts=[part])
    school.settle()
    with accounting.task(52):
        accounting.finds(*school.found(client))
        accounting.follow("Ajouter un atelier suivi à l’étranger…")
        accounting.fill(activity=ids["first"], first_day="2026-05-02", country="MA")
        accounting.press("Ajouter l’atelier suivi")
        accounting.sees("Maroc", "SUIVI")
    with accounting.task(35):
        accounting.goes("Comptabilité")
        accounting.follow("Annulations")
        accounting.follow("Décider")
        accounting.press("Décider")
        accounting.sees("Annulation décidée.")
    with accounting.task(22):
        accounting.at(f"/factures/{sold['invoice']}")
        accounting.unfold("Diminuer par une note de crédit")
        accounting.fill(credit__amount="10", credit__reason="Geste après une salle froide.")
        accounting.press("Faire la note de crédit")
        accounting.sees("−10,00")
    with accounting.task(53):
        accounting.goes("Comptabilité")
        accounting.follow("À déposer")
        accounting.main.get_by_role("checkbox").first.check()
        accounting.press("Marquer déposés")
        accounting.sees("Dépôt noté")
        accounting.follow("Journal")
        accounting.sees("Débit")
        accounting.follow("Balance")
        last = date.today().replace(day=1) - timedelta(days=1)  # noqa: DTZ011
        accounting.fill(au=last.replace(day=10 if size == "desktop" else 20).isoformat())
        accounting.press("Montrer")
        accounting.sees("Débits et crédits sont égaux.")
        accounting.unfold("Fermer la période")
        accounting.press("Fermer jusqu’au")
        accounting.sees("Période fermée pour de bon.")
    with auditor.task(54):
        auditor.finds(*school.found(client))
        auditor.follow("Historique")
        auditor.follow("Avec ce qui a changé")
        auditor.sees("Historique", "François-Xavier Morneau")
    with auditor.task(54):
        auditor.finds(*school.found(client))
        auditor.follow("À une autre date…")
        auditor.follow("← Changement d’avant")
        auditor.sees("Tel que le", "Aucune inscription.")
