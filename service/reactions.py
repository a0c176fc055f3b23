"""Every process manager of the service, on one screen."""

from __future__ import annotations

from processors import (
    account_mails,
    basket_hold,
    card_refund,
    dossier_removed,
    erasure,
    mailing,
    missed_mails,
    mistake_told,
    old_proofs,
    organiser_notice,
    payment_receipt,
    phase_letter,
    preferences_asked,
    proofs as proofs_processor,
    registration_confirmation,
    reminder,
    tax_receipts,
    waiting_list as waiting_list_processor,
    workshop_changes,
    written_mail,
)
from processors.runtime.effects import Processor

PROCESSORS: tuple[Processor, ...] = (
    registration_confirmation.PROCESSOR,
    organiser_notice.PROCESSOR,
    workshop_changes.PROCESSOR,
    reminder.PROCESSOR,
    waiting_list_processor.PROCESSOR,
    basket_hold.PROCESSOR,
    phase_letter.PROCESSOR,
    mistake_told.PROCESSOR,
    tax_receipts.PROCESSOR,
    proofs_processor.PROCESSOR,
    old_proofs.PROCESSOR,
    payment_receipt.PROCESSOR,
    mailing.PROCESSOR,
    missed_mails.PROCESSOR,
    written_mail.PROCESSOR,
    account_mails.PROCESSOR,
    card_refund.PROCESSOR,
    erasure.PROCESSOR,
    dossier_removed.PROCESSOR,
    preferences_asked.PROCESSOR,
)
