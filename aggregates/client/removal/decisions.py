"""How a dossier is deleted by two persons of the office: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.decisions import end, remove
from aggregates.client.events import ClientFact
from aggregates.client.policies import active
from aggregates.client.removal.events import DeletionProposed, DeletionWithdrawn
from aggregates.client.removal.policies import a_second_person, nothing_followed, nothing_open
from aggregates.client.state import Client, DeactivatedDossier, Dossier, ErasedDossier

Facts = Sequence[ClientFact]


def propose_deletion(client: Client, *, by: UUID, reason: str, money_open: bool) -> Facts:
    """Propose to delete the dossier of somebody who followed nothing and wants nothing more (DOS-10).

    `money_open` as for a removal. Raises NoSuchDossier, DossierNotActive, WorkshopsFollowed,
    BalanceNotZero, RegistrationsOpen.
    """
    dossier = active(client)
    if dossier.deletion is not None:
        return []
    nothing_followed(dossier)
    nothing_open(dossier, money_open=money_open)
    return [DeletionProposed(person=dossier.id, by=by, reason=reason)]


def withdraw_deletion(client: Client) -> Facts:
    """Keep the dossier after all (DOS-10). Raises NoSuchDossier, DossierNotActive."""
    return [DeletionWithdrawn()] if active(client).deletion is not None else []


def approve_deletion(
    client: Client,
    *,
    by: UUID,
    money_open: bool,
    suppressed: str | None,
    suppressed_too: Sequence[str] = (),
) -> Facts:
    """Delete it: whole without invoice, else with the checks and the outcome of a removal (DOS-10).

    `suppressed` is the keyed hash of its address, None where none is to be kept; `suppressed_too` those of
    dossiers that are part of it. Raises NoSuchDossier, DeletionNotProposed, DeletionNeedsAnother,
    WorkshopsFollowed, BalanceNotZero, RegistrationsOpen.
    """
    if isinstance(client, DeactivatedDossier | ErasedDossier):
        return []
    dossier = active(client)
    a_second_person(dossier, by)
    nothing_followed(dossier)
    return remove(client, money_open=money_open, suppressed=suppressed, suppressed_too=suppressed_too)


def erase_again(
    client: Client, *, whole: bool, suppressed: str | None, suppressed_too: Sequence[str] = ()
) -> Facts:
    """The end that a dossier had come to in a log that was lost; nothing is weighed anew (DOS-11)."""
    if not isinstance(client, Dossier):
        return []
    return end(client, whole=whole, suppressed=suppressed, suppressed_too=suppressed_too)
