"""Places that were registered by mistake of which the client was not told yet, for who may tell (INS-10)."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.registrations.policies import taken_back
from aggregates.client.state import CLIENT, Dossier
from commands.message import Act


def untold_mistakes(client: UUID, invoice: UUID, act: Act) -> frozenset[UUID]:
    """Their registrations, of that invoice; none once the dossier is not active."""
    state = act.load(CLIENT.at(client)).state
    if not isinstance(state, Dossier):
        return frozenset()
    return frozenset(r.sale.id for r in taken_back(state.places, invoice) if not r.told)
