"""What may be done about logging in as a client: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aggregates.client.impersonation.events import (
    ImpersonationBegun,
    ImpersonationEnded,
    ImpersonationFact,
)
from aggregates.client.impersonation.policies import LONGEST
from aggregates.client.policies import active
from aggregates.client.refusals import NoSuchDossier
from aggregates.client.state import Client, Dossier, NoDossier

Facts = Sequence[ImpersonationFact]


def begin_impersonation(
    client: Client, impersonation: UUID, *, helper: UUID, reason: str, now: datetime
) -> Facts:
    """Let the helper look as the client, for 30 minutes (DOS-12). Raises NoSuchDossier, DossierNotActive."""
    return [
        ImpersonationBegun(
            person=active(client).id,
            impersonation=impersonation,
            helper=helper,
            reason=reason,
            until=now + LONGEST,
        )
    ]


def end_impersonation(client: Client, impersonation: UUID) -> Facts:
    """Leave; who left already, or whose dossier is gone, has nothing to do. Raises NoSuchDossier."""
    if isinstance(client, NoDossier):
        raise NoSuchDossier
    if not isinstance(client, Dossier) or impersonation not in client.looked_at_as:
        return []
    return [ImpersonationEnded(impersonation=impersonation)]
