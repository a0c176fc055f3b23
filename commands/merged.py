"""Who acts on a dossier that was merged meanwhile acts on the one that it is part of (DOS-5)."""

from __future__ import annotations

from aggregates.client.state import CLIENT, Client, MergedDossier
from commands.message import Act
from schema.store import Loaded


def followed(act: Act, client: Loaded[Client]) -> Loaded[Client]:
    """The surviving file where this one was merged, for acts that were asked for before; loads once more."""
    state = client.state
    return act.load(CLIENT.at(state.into)) if isinstance(state, MergedDossier) else client
