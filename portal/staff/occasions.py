"""Which e-mail stands under which occasion, as people look for it (COM-4, COM-5)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.mailing.events import TemplateKey

LETTERS: tuple[tuple[str, Sequence[TemplateKey]], ...] = (
    (
        "Le dossier et le compte",
        (
            TemplateKey.CREATED_BY_CLIENT,
            TemplateKey.CREATED_BY_STAFF,
            TemplateKey.ADDED_MANUALLY,
            TemplateKey.PORTAL_INVITATION,
            TemplateKey.ADDRESS_VALIDATION,
            TemplateKey.PASSWORD_RESET,
            TemplateKey.EMAIL_CHANGE,
            TemplateKey.EMAIL_CHANGE_TOLD,
            TemplateKey.ALREADY_CLIENT,
            TemplateKey.PREFERENCES_ASKED,
            TemplateKey.DOSSIER_REMOVED,
            TemplateKey.DOSSIER_RESTORED,
        ),
    ),
    (
        "L’inscription et sa date",
        (
            TemplateKey.REGISTRATION_CONFIRMED,
            TemplateKey.BASKET_CONFIRMED,
            TemplateKey.CONFIRMED_WORKSHOP,
            TemplateKey.DATE_CHOSEN,
            TemplateKey.DATE_CHANGED,
            TemplateKey.REMINDER,
            TemplateKey.REGISTERED_BY_MISTAKE,
            TemplateKey.WAITING_LIST_OFFER,
            TemplateKey.PHASE_LETTER,
            TemplateKey.PHASE_LETTER_PAGE,
        ),
    ),
    (
        "L’atelier qui change",
        (
            TemplateKey.WORKSHOP_MOVED,
            TemplateKey.WORKSHOP_CANCELLED,
            TemplateKey.WORKSHOP_RESTORED,
            TemplateKey.WORKSHOP_RESTORED_FULL,
            TemplateKey.WAITING_LIST_CLOSED,
        ),
    ),
    (
        "Les preuves et l’argent",
        (
            TemplateKey.PROOF_ASKED,
            TemplateKey.PROOF_REMINDER,
            TemplateKey.PROOF_REJECTED,
            TemplateKey.PAYMENT_RECEIVED,
            TemplateKey.PAYMENT_KEPT,
            TemplateKey.TAX_RECEIPT,
        ),
    ),
    (
        "Pour l’équipe",
        (
            TemplateKey.STAFF_INVITATION,
            TemplateKey.ORGANISER_ARRIVAL,
            TemplateKey.ORGANISER_DEPARTURE,
            TemplateKey.ORGANISER_PROOF_MISSING,
            TemplateKey.OUTAGE,
            TemplateKey.OUTAGE_OVER,
        ),
    ),
)
"""Every e-mail under the occasion that people look for it by."""
STARTERS = LETTERS[1:4]
"""What a mail of one's own may start from: neither links of an account nor notices to staff (COM-5)."""
