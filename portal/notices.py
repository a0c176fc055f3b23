"""The line at the top that says what was just done, and what may follow."""

from __future__ import annotations

from portal.page import Notice, Page

_DONE = {
    "dossier_created": "Dossier créé.",
    "registered": "Inscription faite ; la confirmation part par courriel.",
    "date_chosen": "Date choisie ; le client reçoit les détails par courriel.",
    "deferred": "Date retirée : l’inscription est à planifier.",
    "cancelled": "Inscription annulée.",
    "confirmation_resent": "La confirmation repart par courriel.",
    "letter_sent": "La lettre de fin de phase part par courriel.",
    "missed_resent": "Les courriels manqués repartent.",
    "mail_resent": "Le courriel repart.",
    "missed_set_aside": "Les courriels non remis sont laissés de côté.",
    "document_attached": "Document versé au dossier.",
    "document_removed": "Document retiré : le fichier est détruit.",
    "proof_accepted": "Pièce acceptée : le rabais est acquis.",
    "proof_rejected": "Pièce refusée ; le client reçoit la raison par courriel et peut en envoyer une autre.",
    "ticked": "Présences cochées.",
    "unticked": "Présences retirées.",
    "planned": "Atelier planifié.",
    "mailing_approved": "Envoi approuvé : il part à son heure.",
    "mailing_paused": "Envoi suspendu.",
    "mailing_resumed": "Envoi repris.",
    "mailing_cancelled": "Envoi annulé : ce qui n’est pas parti ne partira pas.",
    "held_mail_decided": "Décision notée.",
    "case_decided": "Annulation décidée.",
    "credit_refunded": "Remboursement noté.",
    "credit_moved": "Crédit déplacé sur l’autre facture.",
    "refund_approved": "Remboursement approuvé.",
    "refund_withdrawn": "Remboursement retiré.",
    "payments_noted": "Paiements notés, à déposer.",
    "payment_noted": "Paiement noté, à déposer.",
    "deposited": "Dépôt noté : le solde des factures en tient compte.",
    "bounced": "Paiement renversé : il est dû de nouveau.",
    "payment_corrected": "Paiement corrigé.",
    "payment_withdrawn": "Paiement retiré.",
    "line_credited": "Note de crédit faite.",
    "price_raised": "Facture de supplément faite.",
    "invoice_addressed": "Adresse de facturation changée.",
    "absences_settled": "Absences réglées.",
    "expense_told": "Dépense notée.",
    "envelope_listed": "Liste de l’enveloppe notée comme prête.",
    "handed_over": "Liste remise pour vérification.",
    "workshop_closed": "Atelier fermé : la liste est en lecture seule.",
    "given_back": "Liste rendue à compléter.",
    "reopening_proposed": "Réouverture proposée ; une seconde personne approuve.",
    "workshop_reopened": "Atelier rouvert.",
    "plan_changed": "Atelier modifié.",
    "workshop_moved": "Atelier déplacé ; chaque personne inscrite reçoit la nouvelle date.",
    "workshop_cancelled": "Atelier supprimé ; chaque personne inscrite est invitée à choisir une autre date.",
    "workshop_restored": "Atelier restauré.",
    "profile_changed": "Dossier modifié.",
    "relative_recorded": "Courriel d’un proche noté.",
    "relative_removed": "Courriel d’un proche retiré.",
    "preference_recorded": "Refus noté.",
    "billing_set": "Facturation changée pour les prochaines factures.",
    "card_granted": "Carte privilège accordée.",
    "card_withdrawn": "Carte privilège retirée.",
    "interest_added": "Intérêt noté.",
    "interest_withdrawn": "Intérêt retiré.",
    "note_written": "Note enregistrée.",
    "cheques_sent": "Chèques notés comme envoyés à la comptabilité.",
    "period_closed": "Période fermée pour de bon.",
    "undelivered_noted": "Message classé : le courriel est noté comme non remis.",
    "removed": "Dossier retiré.",
    "deletion_proposed": "Suppression proposée ; une autre personne de l’administration approuve.",
    "deletion_withdrawn": "Le dossier reste : la proposition est retirée.",
    "restored": "Dossier restauré ; toutes les préférences sont à « non » jusqu’au choix du client.",
}


def notice_of(page: Page, *following: tuple[str, str]) -> Notice | None:
    """The notice of `?fait=…`, with next steps (label, address)."""
    text = _DONE.get(page.request.query_params.get("fait", ""))
    return (
        None if text is None else Notice(text, [{"label": label, "href": href} for label, href in following])
    )
