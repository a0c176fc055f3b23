"""Small predicates over a client's file, one per rule."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.refusals import AlreadyRegistered, AlreadyToSchedule, DossierNotActive, NoSuchDossier
from aggregates.client.state import (
    Client,
    Dossier,
    Followed,
    NoDossier,
    Registration,
    Scheduled,
    ToSchedule,
)


def active(client: Client) -> Dossier:
    """The active dossier. Raises NoSuchDossier or DossierNotActive."""
    if isinstance(client, NoDossier):
        raise NoSuchDossier
    if not isinstance(client, Dossier):
        raise DossierNotActive
    return client


def is_open(registration: Registration) -> bool:
    """À PLANIFIER or INSCRIT (INS-12)."""
    return isinstance(registration, ToSchedule | Scheduled)


def followed_before(dossier: Dossier, activity: UUID) -> UUID | None:
    """The registration SUIVI before that makes another one for the activity a retake (INS-3)."""
    for registration in dossier.registrations.values():
        if isinstance(registration, Followed) and registration.sale.activity == activity:
            return registration.sale.id
    return None


def only_one_active_registration(dossier: Dossier, activity: UUID) -> None:
    """One active registration per client and activity; À PLANIFIER leads to choosing its date (INS-12)."""
    for registration in dossier.registrations.values():
        if registration.sale.activity == activity:
            if isinstance(registration, ToSchedule):
                raise AlreadyToSchedule(registration=registration.sale.id)
            if isinstance(registration, Scheduled):
                raise AlreadyRegistered(registration=registration.sale.id)
