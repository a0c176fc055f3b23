"""What staff may put on a file: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from aggregates.client.events import (
    CardGranted,
    CardWithdrawn,
    DossierFact,
    MailWritten,
    NoteKind,
    NoteWritten,
)
from aggregates.client.marks.policies import a_card_lasts
from aggregates.client.policies import active
from aggregates.client.state import Card, Client, Note
from aggregates.mailing.events import ImagePlace, Picture

Facts = Sequence[DossierFact]


def write_note(
    client: Client, kind: NoteKind, text: str | None, *, no_online_registration: bool = False
) -> Facts:
    """Write a staff note anew, or empty it; the red flag may stop online registration (DOS-13).

    Raises NoSuchDossier, DossierNotActive, ValueError on that option with another note or none.
    """
    dossier = active(client)
    if no_online_registration and (kind is not NoteKind.ACCOUNTING or text is None):
        raise ValueError("only a red flag stops online registration")
    note = None if text is None else Note(text, no_online_registration)
    if dossier.notes.get(kind) == note:
        return []
    return [
        NoteWritten(person=dossier.id, kind=kind, text=text, no_online_registration=no_online_registration)
    ]


def write_to_client(
    client: Client,
    *,
    author: UUID,
    subject: str,
    text: str,
    attachments: tuple[UUID, ...],
    image: Picture | None,
) -> Facts:
    """One e-mail to this client (COM-5). Raises NoSuchDossier, DossierNotActive."""
    return [
        MailWritten(
            person=active(client).id,
            author=author,
            subject=subject,
            text=text,
            attachments=attachments,
            image=None if image is None else image.file,
            image_last=image is not None and image.place is ImagePlace.LAST,
        )
    ]


def grant_card(client: Client, *, valid_from: date, valid_until: date | None) -> Facts:
    """Grant the privilege card, or change its days; both count, without the last it is for good (DOS-20).

    Raises NoSuchDossier, DossierNotActive, CardEndsBeforeItBegins.
    """
    dossier = active(client)
    a_card_lasts(valid_from, valid_until)
    if dossier.card == Card(valid_from, valid_until):
        return []
    return [CardGranted(valid_from=valid_from, valid_until=valid_until)]


def withdraw_card(client: Client) -> Facts:
    """Withdraw the card; finished invoices stay as they are (DOS-20).

    Raises NoSuchDossier, DossierNotActive.
    """
    return [CardWithdrawn()] if active(client).card is not None else []
