"""What is taken over from another system: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aggregates.client.decisions import Identification, create
from aggregates.client.events import ClientFact, DossierOrigin
from aggregates.client.imports.refusals import AddressSuppressed
from aggregates.client.state import Client, NoDossier

Facts = Sequence[ClientFact]


def take_over(
    client: Client,
    person: UUID,
    who: Identification,
    *,
    email_owner: UUID | None,
    namesake: UUID | None,
    suppressed: bool,
) -> Facts:
    """Open the dossier of somebody the former system knew, marked as imported (IMP-1).

    One that is there already stays as it is, deactivated and erased ones too. `suppressed`: the address
    is on the suppression list; the rest as for `create`. Raises AddressSuppressed, EmailTaken,
    AlreadyClient.
    """
    if not isinstance(client, NoDossier):
        return []
    if suppressed:
        raise AddressSuppressed
    return create(
        client,
        person,
        who,
        origin=DossierOrigin.IMPORT,
        email_owner=email_owner,
        namesake=namesake,
        namesake_reason=None,
    )
