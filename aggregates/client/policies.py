"""Small predicates over a client's file, one per rule."""

from __future__ import annotations

from datetime import date

from aggregates.client.events import NoteKind
from aggregates.client.merging.refusals import DossierIsMerged
from aggregates.client.refusals import (
    DossierNotActive,
    NoSuchDossier,
    PleaseContactUs,
    RedFlagUnconfirmed,
)
from aggregates.client.state import Client, Dossier, MergedDossier, NoDossier


def active(client: Client) -> Dossier:
    """The active dossier. Raises NoSuchDossier, DossierIsMerged or DossierNotActive."""
    if isinstance(client, NoDossier):
        raise NoSuchDossier
    if isinstance(client, MergedDossier):
        raise DossierIsMerged(into=client.into)
    if not isinstance(client, Dossier):
        raise DossierNotActive
    return client


def holds_card(dossier: Dossier, today: date) -> bool:
    """The privilege card is valid on that day of the school's zone (DOS-20)."""
    card = dossier.card
    if card is None or today < card.valid_from:
        return False
    return card.valid_until is None or today <= card.valid_until


def red_flag_heeded(dossier: Dossier, *, by_staff: bool, confirmed: bool) -> None:
    """The red flag: staff confirm before registering; clients may be asked to contact us (DOS-13)."""
    flag = dossier.notes.get(NoteKind.ACCOUNTING)
    if flag is None:
        return
    if by_staff and not confirmed:
        raise RedFlagUnconfirmed
    if not by_staff and flag.no_online_registration:
        raise PleaseContactUs
