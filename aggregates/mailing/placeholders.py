"""Which placeholders each e-mail knows: what stands here, and nothing else, can be put into its wording."""

from __future__ import annotations

from collections.abc import Mapping

from aggregates.mailing.events import TemplateKey as Key

_PERSON = ("cher", "prenom_client", "nom_client")
_SCHOOL = ("nom_ecole", "courriel_ecole", "telephone_ecole", "lien_dossier")
_WORKSHOP = (
    "activite",
    "dates",
    "lieu",
    "organisation",
    "note_lieu",
    "note_activite",
    "note_atelier",
)
"""`dates` are days and hours with the zone's name, `lieu` the address or EN LIGNE."""
_MONEY = ("prix", "acompte", "paye", "solde", "lien_facture", "lien_paiement", "conditions_annulation")
_CLIENT = (*_PERSON, *_SCHOOL)
_REGISTRATION = (*_CLIENT, *_WORKSHOP, *_MONEY)
_ORGANISER = ("prenom_client", "nom_client", *_SCHOOL, *_WORKSHOP, "inscrits", "places", "lien_liste")
_PROOF = ("rabais", "lien_televersement", "prix_regulier")
_FIRST_STEPS = ("lien_activation", "lien_video", "lien_preferences", "lien_confidentialite", "expiration")

PLACEHOLDERS: Mapping[Key, tuple[str, ...]] = {
    Key.CREATED_BY_CLIENT: (*_CLIENT, "lien_validation", "lien_infolettre", "expiration"),
    Key.CREATED_BY_STAFF: (*_CLIENT, *_FIRST_STEPS),
    Key.ADDED_MANUALLY: (*_CLIENT, *_FIRST_STEPS),
    Key.PORTAL_INVITATION: (*_CLIENT, *_FIRST_STEPS),
    Key.ADDRESS_VALIDATION: (*_CLIENT, "lien_validation", "expiration"),
    Key.PASSWORD_RESET: (*_CLIENT, "lien_mot_de_passe", "expiration"),
    Key.EMAIL_CHANGE: (*_CLIENT, "lien_validation", "expiration"),
    Key.EMAIL_CHANGE_TOLD: _CLIENT,
    Key.ALREADY_CLIENT: (*_CLIENT, "lien_connexion", "lien_oubli"),
    Key.STAFF_INVITATION: (*_CLIENT, "lien_activation", "lien_video", "expiration"),
    Key.PREFERENCES_ASKED: (*_PERSON, *_SCHOOL, "lien_preferences", "lien_confidentialite"),
    Key.DOSSIER_REMOVED: (*_PERSON, "nom_ecole", "courriel_ecole", "telephone_ecole", "conserve"),
    Key.DOSSIER_RESTORED: (*_CLIENT, "lien_activation", "lien_preferences", "conserve", "expiration"),
    Key.REGISTRATION_CONFIRMED: _REGISTRATION,
    Key.BASKET_CONFIRMED: (*_CLIENT, "inscriptions", "a_planifier", *_MONEY),
    Key.CONFIRMED_WORKSHOP: (*_WORKSHOP, "prix", "acompte", "conditions_annulation"),
    Key.REGISTERED_BY_MISTAKE: (*_CLIENT, "inscriptions", "lien_facture"),
    Key.DATE_CHOSEN: _REGISTRATION,
    Key.DATE_CHANGED: (*_REGISTRATION, "anciennes_dates"),
    Key.REMINDER: _REGISTRATION,
    Key.WORKSHOP_MOVED: (*_REGISTRATION, "anciennes_dates", "ancien_lieu", "lien_date_ulterieure"),
    Key.WORKSHOP_CANCELLED: (*_CLIENT, *_WORKSHOP, "lien_choisir_date"),
    Key.WORKSHOP_RESTORED: (*_REGISTRATION, "lien_choisir_date"),
    Key.WORKSHOP_RESTORED_FULL: (*_CLIENT, *_WORKSHOP, "lien_choisir_date"),
    Key.WAITING_LIST_CLOSED: (*_CLIENT, *_WORKSHOP, "lien_choisir_date"),
    Key.PROOF_ASKED: (*_REGISTRATION, *_PROOF, "echeance"),
    Key.PROOF_REMINDER: (*_REGISTRATION, *_PROOF),
    Key.PROOF_REJECTED: (*_REGISTRATION, *_PROOF, "motif"),
    Key.ORGANISER_PROOF_MISSING: (*_ORGANISER, "rabais", "prix_regulier"),
    Key.PAYMENT_RECEIVED: (
        *_CLIENT,
        "activite",
        "montant",
        "moyen_paiement",
        "solde",
        "lien_facture",
        "lien_paiement",
    ),
    Key.PAYMENT_KEPT: (*_CLIENT, "montant"),
    Key.WAITING_LIST_OFFER: (*_CLIENT, *_WORKSHOP, "prix", "lien_offre", "echeance"),
    Key.PHASE_LETTER: (*_CLIENT, "phase"),
    Key.PHASE_LETTER_PAGE: (*_PERSON, "nom_ecole", "phase"),
    Key.TAX_RECEIPT: (*_CLIENT, "activite", "dates", "lieu", "lien_facture"),
    Key.ORGANISER_ARRIVAL: _ORGANISER,
    Key.ORGANISER_DEPARTURE: _ORGANISER,
    Key.OUTAGE: (*_CLIENT, "arrets", "lien_exploitation", "lien_aide"),
    Key.OUTAGE_OVER: (*_CLIENT, "arrets", "encore", "lien_exploitation"),
}
"""Placeholders are written `{prenom_client}`, the same in both languages; `{cher}` agrees (DOS-1, COM-4)."""

FILES = "pieces_jointes"
"""Where the links to the files stand; without it they close the text (COM-6)."""
AUDIENCE_PLACEHOLDERS = (*_CLIENT, FILES)
ROSTER_PLACEHOLDERS = (*_CLIENT, *_WORKSHOP, FILES)
"""What a mailing knows (COM-6, COM-7): nothing of money."""
