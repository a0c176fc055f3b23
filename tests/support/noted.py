"""What may be noted of a person beside who they are, one of each kind."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from aggregates.client.events import BillingSet, CardGranted, ContactAddressRecorded, NoteKind, NoteWritten
from aggregates.client.preferences.events import Channel, InterestAdded, PreferenceChosen


def written(client: UUID, kind: NoteKind, text: str | None, **changes: Any) -> tuple[UUID, NoteWritten]:
    return client, NoteWritten(person=client, kind=kind, text=text, **changes)


def everything(client: UUID, activity: UUID, phase: UUID) -> list[tuple[UUID, Any]]:
    """One of each that the profile shows."""
    return [
        written(client, NoteKind.ACCOUNTING, "Ne pas inscrire", no_online_registration=True),
        written(client, NoteKind.TRAINER, "Porte un appareil auditif"),
        (client, CardGranted(valid_from=date(2026, 1, 1), valid_until=None)),
        (client, PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="2026-01")),
        (client, InterestAdded(person=client, activity=activity, phase=None)),
        (client, InterestAdded(person=client, activity=None, phase=phase)),
        (client, ContactAddressRecorded(person=client, email="zoe@example.com", via="sa fille Zoé")),
        (client, BillingSet(person=client, name="Coopérative du Parc", address="900, rue du Parc")),
    ]
