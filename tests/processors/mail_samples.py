"""Writes docs/mails/ anew, mails as they look: python -m tests.processors.mail_samples [FOLDER pictures]"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregates.mailing.events import TemplateKey
from aggregates.mailing.placeholders import PLACEHOLDERS
from processors.runtime import outages
from processors.runtime.dress import Dress
from processors.runtime.wordings import defaults, filled
from schema.labels import label
from schema.wording import LANGUAGES, Language

FOLDER = Path(__file__).parents[2] / "docs" / "mails"
SHOWN: tuple[tuple[str, Language], ...] = (
    ("registration_confirmed", "fr"),
    ("registration_confirmed", "en"),
    ("reminder", "fr"),
    ("workshop_cancelled", "fr"),
    ("created_by_staff", "fr"),
    ("waiting_list_offer", "fr"),
    ("basket_confirmed", "fr"),
    ("payment_received", "fr"),
    ("proof_rejected", "fr"),
    ("phase_letter", "fr"),
    ("registered_by_mistake", "fr"),
    ("tax_receipt", "fr"),
    ("outage", "fr"),
    ("outage_over", "fr"),
)
"""The samples that are kept; pictures are made of all mails."""
URL = "https://portail.example.com"
SCHOOL = "École Horizon intérieur"
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "fr": {
        "cher": "Chère",
        "dates": "- samedi 5 décembre 2026, 09:00 – 16:30 (heure de l’Est)\n"
        "- dimanche 6 décembre 2026, 09:00 – 16:30 (heure de l’Est)",
        "anciennes_dates": "- samedi 21 novembre 2026, 09:00 – 16:30 (heure de l’Est)",
        "prix": "337,50\u00a0$",
        "acompte": "40,00\u00a0$",
        "paye": "40,00\u00a0$",
        "solde": "297,50\u00a0$",
        "montant": "40,00\u00a0$",
        "phase": "phase 1",
        "prix_regulier": "375,00\u00a0$",
        "motif": "La carte est échue depuis mars.",
        "conserve": "Nous avons gardé votre nom, votre code postal et ce que vous avez suivi.",
        "inscriptions": "Écoute de soi\n- samedi 5 décembre 2026, 09:00 – 16:30\nLieu : Laval"
        "\n\n———\n\nAutonomie affective\n- lundi 1er février 2027, 09:00 – 17:00\nLieu : Lyon",
        "a_planifier": "À planifier, à la date que vous choisirez :\n- Chant, 375,00\u00a0$",
        "moyen_paiement": "chèque",
        "echeance": "24 novembre 2026, 15 h (Toronto)",
        "expiration": "8 décembre 2026, 10 h (Toronto)",
    },
    "en": {
        "cher": "Dear",
        "dates": "- Saturday 5 December 2026, 09:00 – 16:30 (Eastern Time)\n"
        "- Sunday 6 December 2026, 09:00 – 16:30 (Eastern Time)",
        "anciennes_dates": "- Saturday 21 November 2026, 09:00 – 16:30 (Eastern Time)",
        "prix": "$337.50",
        "acompte": "$40.00",
        "paye": "$40.00",
        "solde": "$297.50",
        "montant": "$40.00",
        "phase": "phase 1",
        "moyen_paiement": "cheque",
        "echeance": "Nov 24, 2026, 3:00 pm (Toronto)",
        "expiration": "Dec 8, 2026, 10:00 am (Toronto)",
    },
}
_SAME = {
    "prenom_client": "Éloïse",
    "nom_client": "D’Arcy-Lévesque",
    "nom_ecole": SCHOOL,
    "courriel_ecole": "info@example.com",
    "telephone_ecole": "Canada : +1 514 555-0100, Europe : +33 1 99 00 00 00",
    "activite": "Écoute de soi",
    "lieu": "Hôtel du Parc, 1000, boulevard du Souvenir, Laval",
    "ancien_lieu": "Salle Jaune, Laval",
    "organisation": "Geneviève Saint-Amand",
    "note_activite": "Apportez un coussin et des vêtements souples.",
    "note_lieu": "Stationnement gratuit derrière l’hôtel : https://example.com/plan.",
    "note_atelier": "L’accueil ouvre à 8 h 30.",
    "rabais": "Étudiant",
    "lien_facture": f"CA-2026-0001, {URL}",
    "inscrits": "42",
    "places": "60",
}
_SINCE = datetime(2026, 11, 30, 14, 5, tzinfo=UTC)
_STOOD: Mapping[TemplateKey, Sequence[tuple[object, ...]]] = {
    TemplateKey.OUTAGE: (
        ("reading", _SINCE, 412, None, None),
        ("processor/reminder", _SINCE, 0, "KeyError (48123904)", None),
    ),
    TemplateKey.OUTAGE_OVER: (("reading", _SINCE, 412, None, _SINCE + timedelta(minutes=12)),),
}


def values(key: TemplateKey, language: Language) -> dict[str, str]:
    """Something for each placeholder that the mail knows."""
    where = label(language, "document", "terms_of_canada")
    page = label(language, "document", "terms_link").format(where=where)
    said = [label(language, "mail", f"terms_{name}") for name in ("canada", "later")]
    terms = "\n".join([*said, f"{page}https://example.com/conditions-canada"])
    made = {name: f"{URL}/{name}" if name.startswith("lien_") else "…" for name in PLACEHOLDERS[key]}
    known = {**_SAME, **_WORDS[language], "conditions_annulation": terms}
    if key is TemplateKey.REGISTERED_BY_MISTAKE:
        known["inscriptions"] = "- Écoute de soi, samedi 5 décembre 2026, 09:00 (heure de l’Est)"
    if key in (TemplateKey.OUTAGE, TemplateKey.OUTAGE_OVER):
        known |= {"arrets": outages.listed(_STOOD[key], "America/Toronto", language), "encore": ""}
    return made | {name: known[name] for name in made if name in known}


def dressed(key: str, language: Language) -> str:
    """The mail as it looks."""
    put_in = values(TemplateKey(key), language)
    said = filled(defaults(language)[key], put_in)
    links = {value for name, value in put_in.items() if name.startswith("lien_")}
    return Dress(language, SCHOOL, links).whole(said.subject, said.text)


def main() -> None:
    """The kept samples, or with a folder pictures of all at the widths of a phone and a desk."""
    if len(sys.argv) > 1:
        _pictures(Path(sys.argv[1]))
        return
    FOLDER.mkdir(exist_ok=True)
    for key, language in SHOWN:
        (FOLDER / f"{key}.{language}.html").write_text(dressed(key, language), encoding="utf-8")


def _pictures(folder: Path) -> None:
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which(os.environ.get("PORTAIL_CHROMIUM") or "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        for width, scheme in ((375, "light"), (800, "light"), (375, "dark")):
            context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
            page = context.new_page()
            for key in TemplateKey:
                for language in LANGUAGES:
                    page.set_viewport_size({"width": width, "height": 600})
                    page.set_content(dressed(key.value, language))
                    name = f"{key.value}-{language}-{width}-{scheme}.png"
                    page.screenshot(path=folder / name, full_page=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
