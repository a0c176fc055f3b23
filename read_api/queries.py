"""Who may ask which question; the role table's rows of the queries."""

from __future__ import annotations

from collections.abc import Mapping

from aggregates.kernel import Role
from commands.access import STAFF, Allowed, Principal, Scope, anyone
from commands.registrations.register_client import RegisterClient

LIST_WORKSHOPS: Allowed = STAFF
READ_ROSTER: Allowed = anyone(Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR) | dict.fromkeys(
    (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
)
LIST_DOSSIERS: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR)
READ_DOSSIER: Allowed = LIST_DOSSIERS
READ_COMMUNICATIONS: Allowed = READ_DOSSIER
READ_DOCUMENT: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN) | {
    Role.CLIENT: Scope.OWN_FILE
}
LIST_DUPLICATES: Allowed = anyone(Role.OFFICE)
PREPARE_EXPORT: Allowed = anyone(Role.OFFICE)
READ_QUOTE: Allowed = RegisterClient.ALLOWED
LIST_TO_SCHEDULE: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
LIST_INVOICES: Allowed = anyone(Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR)
READ_STATEMENT: Allowed = LIST_INVOICES
LIST_CASES: Allowed = LIST_INVOICES
LIST_CHEQUES: Allowed = anyone(Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR) | dict.fromkeys(
    (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
)
LIST_TO_DOS: Allowed = anyone(Role.OFFICE, Role.ACCOUNTING, Role.ADMIN) | dict.fromkeys(
    (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
)
READ_HISTORY: Allowed = LIST_DOSSIERS
READ_WORKSHOP_HISTORY: Allowed = {r: s for r, s in READ_ROSTER.items() if r is not Role.TRAINER}
READ_INVOICE: Allowed = READ_DOSSIER
PRINT_INVOICE: Allowed = {**READ_INVOICE, Role.CLIENT: Scope.OWN_FILE}
PRINT_ATTESTATION: Allowed = {**READ_DOSSIER, Role.CLIENT: Scope.OWN_FILE}
PRINT_PHASE_LETTER: Allowed = READ_DOSSIER
PRINT_TAX_RECEIPTS: Allowed = {role: scope for role, scope in READ_ROSTER.items() if role is not Role.TRAINER}
READ_ACCESS_TRAIL: Allowed = anyone(Role.OFFICE, Role.ADMIN, Role.AUDITOR)
READ_CATALOGUE: Allowed = STAFF
READ_OWN_FILE: Allowed = {Role.CLIENT: Scope.OWN_FILE}
READ_SETTINGS: Allowed = anyone(Role.OFFICE, Role.ACCOUNTING, Role.ADMIN, Role.AUDITOR)
READ_OWN_DATES: Allowed = {Role.CLIENT: Scope.OWN_FILE} | dict.fromkeys(
    (Role.ORGANISER, Role.TRAINER), Scope.OWN_WORKSHOPS
)
READ_TEMPLATES: Allowed = anyone(Role.OFFICE, Role.ADMIN, Role.AUDITOR)
RUN_AUDIENCES: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING, Role.ADMIN)
LIST_MAILINGS: Allowed = anyone(Role.OFFICE, Role.ADMIN, Role.AUDITOR) | dict.fromkeys(
    (Role.ORGANISER, Role.TRAINER, Role.ACCOUNTING), Scope.OWN_WORKSHOPS
)
REVIEW_MAILINGS: Allowed = anyone(Role.ORGANISER, Role.OFFICE, Role.ADMIN)
PREVIEW_TEMPLATES: Allowed = anyone(Role.OFFICE, Role.ADMIN)
LIST_CAUGHT_MAILS: Allowed = anyone(Role.ADMIN, Role.OFFICE)
READ_LEDGER: Allowed = anyone(Role.ACCOUNTING, Role.AUDITOR)
READ_OPERATIONS: Allowed = anyone(Role.ADMIN, Role.OFFICE, Role.AUDITOR)

SEES_MONEY = frozenset(Role) - {Role.TRAINER}

QUERIES: Mapping[str, Allowed] = {
    "list-workshops": LIST_WORKSHOPS,
    "read-roster": READ_ROSTER,
    "list-dossiers": LIST_DOSSIERS,
    "read-dossier": READ_DOSSIER,
    "read-own-file": READ_OWN_FILE,
    "read-own-dates": READ_OWN_DATES,
    "read-communications": READ_COMMUNICATIONS,
    "read-document": READ_DOCUMENT,
    "prepare-export": PREPARE_EXPORT,
    "list-duplicates": LIST_DUPLICATES,
    "read-quote": READ_QUOTE,
    "list-to-schedule": LIST_TO_SCHEDULE,
    "list-invoices": LIST_INVOICES,
    "read-statement": READ_STATEMENT,
    "list-cases": LIST_CASES,
    "list-to-dos": LIST_TO_DOS,
    "list-cheques": LIST_CHEQUES,
    "read-history": READ_HISTORY,
    "read-invoice": READ_INVOICE,
    "print-invoice": PRINT_INVOICE,
    "print-attestation": PRINT_ATTESTATION,
    "print-phase-letter": PRINT_PHASE_LETTER,
    "print-tax-receipts": PRINT_TAX_RECEIPTS,
    "read-workshop-history": READ_WORKSHOP_HISTORY,
    "read-access-trail": READ_ACCESS_TRAIL,
    "read-catalogue": READ_CATALOGUE,
    "read-settings": READ_SETTINGS,
    "read-templates": READ_TEMPLATES,
    "run-audiences": RUN_AUDIENCES,
    "list-mailings": LIST_MAILINGS,
    "review-mailings": REVIEW_MAILINGS,
    "preview-templates": PREVIEW_TEMPLATES,
    "list-caught-mails": LIST_CAUGHT_MAILS,
    "read-ledger": READ_LEDGER,
    "read-operations": READ_OPERATIONS,
}


def masks_contact(who: Principal) -> bool:
    """Auditors see names, not how to reach anybody; showing that is an act of its own."""
    return who.role is Role.AUDITOR
