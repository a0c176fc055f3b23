"""What stands on each document, in both languages; the samples in docs/documents/ are these."""

from __future__ import annotations

import pytest

from processors.documents.press import pressed
from tests.documents.conftest import Printed, text_of
from tests.documents.samples import FOLDER, roster_paper

SAMPLES = [
    "facture",
    "facture-anglais",
    "facture-europe",
    "facture-entreprise",
    "facture-phase",
    "facture-complement",
    "note-de-credit",
    "liste-de-participants",
    "lettre-de-phase",
    "attestation",
    "attestation-anglais",
    "recus-aux-fins-d-impot",
]
SAID = {
    "facture": (
        "École Horizon intérieur inc.",
        "Facture Numéro CA-2026-0001 Date 24 novembre 2026",
        "1420, boulevard Saint-Martin, app. 3 Laval H7A 1B2 Canada",
        "Écoute de soi 5 et 6 décembre 2026, Hôtel du Parc, Laval Rabais ; prix régulier : 375,00 $ 40,00 $",
        "40,00 $ 337,50 $ Payer en ligne Jusqu’au 24 novembre 2027 Total 337,50 $",
        "dont TPS 5 % 14,68 $ dont TVQ 9,975 % 29,28 $",
        "Payé −40,00 $ Solde de cette facture 297,50 $ Solde à payer 335,00 $",
        "factures CA-2026-0001 et CA-2026-0003",
        "24 novembre 2026 Chèque 40,00 $ 30 novembre 2026 Chèque, reçu, en attente de dépôt 125,00 $",
        "Facture CA-2026-0001 297,50 $ Facture CA-2026-0003 37,50 $",
        "https://example.com/conditions-canada",
        "TPS 12345 6789 RT0001 · TVQ 1234567890 TQ0001 page 1 de 1",
    ),
    "facture-complement": (
        "Complète la facture CA-2026-0001",
        "La preuve du rabais n’a pas été fournie.",
        "Solde à payer 335,00 $",
    ),
    "facture-anglais": (
        "Invoice Number CA-2026-0002 Date November 30, 2026",
        "December 5 and 6, 2026, Hôtel du Parc, Laval $40.00 $375.00",
        "Credit note CA-N-2026-0001, November 30, 2026 −$50.00",
        "including TPS 5% $14.13",
        "Paid −$375.00 Credit in your favour $50.00",
        "page 1 of 1",
    ),
    "facture-europe": (
        "École Horizon intérieur Europe 12, avenue de l’Exemple 69003 Lyon France",
        "12 bis, rue du 1er-Mai 69003 Lyon France",
        "Inscription annulée le 30 novembre 2026 Frais d’annulation : 40,00 €",
        "Note de crédit EU-N-2026-0001, 30 novembre 2026 −335,00 €",
        "Payé −1 250,00 € Crédit en votre faveur 1 210,00 €",
        "Empêchée par le travail : elle ne viendra pas.",
        "https://example.com/conditions-europe",
    ),
    "facture-entreprise": ("Tremblay & Fils inc. À l’attention de Luc Tremblay 500, rue Principale Granby",),
    "facture-phase": ("Activité 9 vendredi 23 octobre 2026, en ligne", "Solde à payer 3 375,00 $"),
    "note-de-credit": (
        "Credit note Number CA-N-2026-0001 Date November 30, 2026 On invoice CA-2026-0002",
        "Price invoiced: $375.00 $50.00",
        "Amount credited $50.00",
        "Une journée de moins que prévu",
    ),
    "attestation": (
        "École Horizon intérieur atteste que Madame Éloïse D’Arcy-Lévesque a suivi",
        "a suivi l’atelier « Écoute de soi »",
        "samedi 5 décembre 2026, de 9 h à 16 h 30 dimanche 6 décembre 2026, de 9 h à 16 h 30",
        "15 heures",
        "Hôtel du Parc, Laval, Canada",
        "Benoît Lacasse-Dubé et Josée L’Heureux",
        "Délivrée le 14 décembre 2026",
    ),
    "attestation-anglais": (
        "certifies that Margaret O’Neill has followed the workshop “Écoute de soi”",
        "Saturday, December 5, 2026, 9:00 am to 4:30 pm",
        "Issued on December 14, 2026",
    ),
    "lettre-de-phase": (
        "Zoé Gagnon Montréal H2X 1Y4 Canada 24 novembre 2026 Vous avez terminé la phase 1 Chère Zoé,",
        "1 Activité 1 8 mai 2026",
        "9 Activité 9 23 octobre 2026",
    ),
    "recus-aux-fins-d-impot": (
        "Reçu aux fins d’impôt",
        "Facture CA-2026-0001 Participation de Éloïse D’Arcy-Lévesque",
        "Reçu le 24 novembre 2026 : 40,00 $ Montant payé 40,00 $ dont TPS 5 % 1,74 $",
        "\fÉcole Horizon intérieur inc.",
        "Tax receipt Margaret O’Neill",
        "Amount paid $325.00",
    ),
    "liste-de-participants": (
        "Écoute de soi Liste de participants · 5 et 6 décembre 2026, 9 h – 16 h 30 · Hôtel du Parc",
        "9 / 60 inscrits",
        "1 D’Arcy-Lévesque, Éloïse +1 450 555-0143 337,50 $ 165,00 $ 210,00 $ 165,00 $",
        "Demander la preuve du rabais, sinon 375,00 $ chèque, 0412",
        '#eval(read("/etc/passwd")), *_`$x^2$`_*',
        "Total en CAD 3 337,50 $",
        "page 1 de 1",
    ),
}


@pytest.mark.rule("FAC-7", "FAC-9", "ATT-1", "ATT-2", "LIS-1", "INS-9", "DOS-16", "CAT-1")
@pytest.mark.parametrize("name", SAMPLES)
def test_it_says_what_it_must(printed: Printed, name: str) -> None:
    text = printed.text(name)
    assert [words for words in SAID[name] if words not in text] == [], text


@pytest.mark.rule("FAC-7")
@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_in_the_docs_is_this_document_byte_for_byte(printed: Printed, name: str) -> None:
    """After a change of layout or of typst: make documents."""
    assert (FOLDER / f"{name}.pdf").read_bytes() == pressed(printed.papers[name])


def test_there_are_no_other_samples(printed: Printed) -> None:
    assert sorted(printed.papers) == sorted(SAMPLES)
    assert sorted(path.stem for path in FOLDER.glob("*.pdf")) == sorted(SAMPLES)


@pytest.mark.rule("ATE-4", "LIS-1")
def test_the_list_of_a_cancelled_workshop_is_a_call_list(printed: Printed) -> None:
    paper = printed.models.ask(lambda c: roster_paper(printed.told, c, cancelled=True))
    text = text_of(pressed(paper))
    assert "Atelier annulé : liste d’appels" in text
    assert "Appel Nom Téléphone" in text
    assert "Présence" not in text


@pytest.mark.rule("LIS-1")
def test_who_may_not_see_money_has_a_list_without_it(printed: Printed) -> None:
    paper = printed.models.ask(lambda c: roster_paper(printed.told, c, see_money=False))
    text = text_of(pressed(paper))
    assert "Présence Nom Téléphone Commentaires" in text
    assert "Demander la preuve du rabais" in text
    assert "$ " not in text.replace("*_`$x^2$`_*", "")
