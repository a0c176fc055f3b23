"""Every read model of the service, on one screen."""

from __future__ import annotations

from projections import (
    audience,
    calls,
    cases,
    catalogue,
    dossier,
    duplicates,
    history,
    ledger,
    mailings,
    missed_mails,
    money,
    papers,
    phases,
    profile,
    proofs,
    roster,
    templates,
    to_dos,
    to_schedule,
    waiting_list,
    workshop_dates,
)
from projections.model import Model

MODELS: tuple[Model, ...] = (
    catalogue.MODEL,
    workshop_dates.MODEL,
    roster.MODEL,
    to_schedule.MODEL,
    dossier.MODEL,
    profile.MODEL,
    duplicates.MODEL,
    phases.MODEL,
    proofs.MODEL,
    waiting_list.MODEL,
    missed_mails.MODEL,
    money.MODEL,
    ledger.MODEL,
    cases.MODEL,
    papers.MODEL,
    to_dos.MODEL,
    calls.MODEL,
    templates.MODEL,
    mailings.MODEL,
    audience.MODEL,
    history.MODEL,
)
